package cluster_test

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/google/go-cmp/cmp"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/views"
	"github.com/kubeviews/kube/watch"
)

type event = watch.Event[items.Generic]

// A told is an event as a consumer saw it.
type told struct {
	how  watch.Type
	name string
	at   revision
	gap  watch.Gap
	err  error
}

func revisionOf(item items.Generic) revision {
	text, _ := item.Raw().Get("metadata", "annotations", "n").Text()
	return revision{item.UID(), item.Version(), text}
}

// A consumer builds the state from events, and notes what breaks the promises: each
// revision is told once, an object's versions rise, and how it changes is told as it
// is for who was told the rest.
type consumer struct {
	who string

	mu     sync.Mutex
	events []told
	state  state
	seen   map[revision]bool // since the server went back last
	back   bool              // within the difference of a rewind
	faults []error
	end    error
	pause  chan struct{} // nil, or closed when it may go on
}

func newConsumer(who string, known state) *consumer {
	return &consumer{who: who, state: maps.Clone(known), seen: map[revision]bool{}}
}

func (c *consumer) consume(events iter.Seq2[event, error]) {
	for event, err := range events {
		c.take(event, err)
	}
}

func (c *consumer) take(event event, err error) {
	c.mu.Lock()
	for c.pause != nil {
		pause := c.pause
		c.mu.Unlock()
		<-pause
		c.mu.Lock()
	}
	defer c.mu.Unlock()
	if err != nil {
		c.end = err
		return
	}
	this := told{how: event.Type, gap: event.Gap, err: event.Err}
	switch event.Type {
	case watch.Missed:
		c.back = event.Gap.Rewound
		if c.back {
			clear(c.seen)
		}
	case watch.Synced:
		c.back = false
	case watch.Added, watch.Modified, watch.Deleted:
		this.name, this.at = event.Item.Name(), revisionOf(event.Item)
		c.apply(this)
	}
	c.events = append(c.events, this)
}

func (c *consumer) apply(e told) {
	old, known := c.state[e.name]
	same := known && old.uid == e.at.uid
	wrong := ""
	switch {
	case e.how == watch.Added && known:
		wrong = "it was there"
	case e.how != watch.Added && !same:
		wrong = "it was not there"
	case e.how != watch.Deleted && c.seen[e.at]:
		wrong = "it was told before"
	case e.how == watch.Modified && !c.back && number(e.at.version) <= number(old.version):
		wrong = "it goes back"
	}
	if wrong != "" {
		c.faults = append(c.faults, fmt.Errorf("%s: event %d %s %s %.60v: %s: %.60v", c.who, len(c.events), e.how, e.name, e.at, wrong, old))
	}
	if e.how == watch.Deleted {
		delete(c.state, e.name)
		return
	}
	c.seen[e.at] = true
	c.state[e.name] = e.at
}

// hold stops the consumer before its next event, until it is released.
func (c *consumer) hold() (release func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	pause := make(chan struct{})
	c.pause = pause
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.pause = nil
		close(pause)
	})
}

func (c *consumer) has(want state) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if diff := cmp.Diff(want, c.state, cmp.AllowUnexported(revision{})); diff != "" {
		return fmt.Errorf("%s: the state of its events, from the server's (%v):\n%.3000s", c.who, c.end, diff)
	}
	return nil
}

// since is what was told behind the first n events.
func (c *consumer) since(n int) []told {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.events[n:])
}

func (c *consumer) len() int { return len(c.since(0)) }

// ended is the error that has ended the events.
func (c *consumer) ended() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end
}

func (c *consumer) gaps() (gaps []watch.Gap) {
	for _, e := range c.since(0) {
		if e.how == watch.Missed {
			gaps = append(gaps, e.gap)
		}
	}
	return gaps
}

// account checks that each write was told, or is within a gap.
func (c *consumer) account(writes []write) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	made, began, ended := map[revision]bool{}, map[string]bool{}, map[string]int{}
	var gaps []watch.Gap
	for _, e := range c.events {
		switch e.how {
		case watch.Missed:
			gaps = append(gaps, e.gap)
		case watch.Added, watch.Modified:
			made[e.at], began[e.at.uid] = true, true
		case watch.Deleted:
			ended[e.at.uid]++
		}
	}
	errs := slices.Clone(c.faults)
	for _, w := range writes {
		switch {
		case w.deleted && began[w.made.uid] && ended[w.made.uid] != 1:
			errs = append(errs, fmt.Errorf("%s: the deletion of %s %s was told %d times", c.who, w.name, w.made.uid, ended[w.made.uid]))
		case !w.deleted && !made[w.made] && !slices.ContainsFunc(gaps, func(g watch.Gap) bool { return within(g, w.made.version) }):
			errs = append(errs, fmt.Errorf("%s: %s %.60v was not told, and is in none of %v", c.who, w.name, w.made, gaps))
		}
	}
	return errors.Join(errs[:min(len(errs), 5)]...)
}

func within(g watch.Gap, version string) bool {
	v := number(version)
	return number(g.From) < v && v <= number(g.To)
}

// number orders versions as the API server of these tests makes them.
func number(version string) uint64 {
	n, err := strconv.ParseUint(version, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

// A look is a mirror's snapshot.
type look struct {
	version string
	state   state
}

// looks keeps what a mirror showed, as often as that can be seen.
type looks struct {
	mu  sync.Mutex
	all []look
}

func (l *looks) add(s views.Snapshot[items.Generic]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	this := look{s.Version(), stateOf(s)}
	if n := len(l.all); n == 0 || l.all[n-1].version != this.version {
		l.all = append(l.all, this)
	}
}

func (l *looks) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.all)
}

func stateOf(s views.Snapshot[items.Generic]) state {
	all := state{}
	for item := range s.All() {
		all[item.Name()] = revisionOf(item)
	}
	return all
}

// check compares each look with the writes: none shows half of what there was at its
// version, and none is older than the one before it, but where the server went back.
func (l *looks) check(writes []write, from string, rewinds int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for i, this := range l.all {
		if i > 0 && number(this.version) < number(l.all[i-1].version) {
			if rewinds--; rewinds < 0 {
				errs = append(errs, fmt.Errorf("a snapshot goes back from %s to %s", l.all[i-1].version, this.version))
			}
		}
		if number(this.version) > number(from) {
			errs = append(errs, this.check(writes)...)
		}
	}
	return errors.Join(errs[:min(len(errs), 5)]...)
}

// check looks at each life of a name between its writes. When a deletion came is not
// known, only that what was there before is not there after the next write.
func (l look) check(writes []write) (errs []error) {
	latest, doomed := map[string]revision{}, map[string]bool{}
	for _, w := range writes {
		switch {
		case w.deleted:
			doomed[w.made.uid] = true
		case number(w.made.version) <= number(l.version):
			latest[w.name] = w.made
		}
	}
	for name, want := range latest {
		got, ok := l.state[name]
		if got != want && (ok || !doomed[want.uid]) {
			errs = append(errs, fmt.Errorf("the snapshot of %s has %s %.60v, want %.60v", l.version, name, got, want))
		}
	}
	for name, got := range l.state {
		if number(got.version) > number(l.version) {
			errs = append(errs, fmt.Errorf("the snapshot of %s has %s %.60v, which is newer", l.version, name, got))
		}
	}
	return errs
}
