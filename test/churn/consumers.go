package churn

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/views"
	"github.com/kubeviews/kube/watch"
)

// ConfigMap is a kind of the program's own, as any user of the library makes one.
type ConfigMap struct{ items.Object[ConfigMap] }

// revisionOf is what matters of an item. Its texts are copies: a log must not hold
// the documents.
func revisionOf(item ConfigMap) Revision {
	version, err := strconv.ParseInt(item.Version(), 10, 64)
	if err != nil {
		version = -1
	}
	mark, _ := item.Raw().Get("data", markField).Text()
	selected, _ := item.Raw().Get("metadata", "labels", selectedLabel).Text()
	return Revision{
		Key: Key{strings.Clone(item.Namespace()), strings.Clone(item.Name())}, UID: strings.Clone(item.UID()),
		Version: version, Mark: strings.Clone(mark), Selected: selected == "yes",
	}
}

func number(version string) int64 {
	n, _ := strconv.ParseInt(version, 10, 64)
	return n
}

func toldOf(e watch.Event[ConfigMap], at string) Told {
	t := Told{Type: e.Type, At: number(at)}
	switch e.Type {
	case watch.Added, watch.Modified, watch.Deleted:
		t.Revision = revisionOf(e.Item)
	case watch.Error:
		t.Err = e.Err.Error()
	}
	if !e.Gap.IsZero() {
		t.Gap = &Gap{number(e.Gap.From), number(e.Gap.To), e.Gap.Rewound, e.Gap.Partial, e.Gap.Err.Error()}
	}
	return t
}

// consumer follows changes in a goroutine of its own, and logs what it is told.
type consumer struct {
	name string
	mu   sync.Mutex
	log  *Player
	err  error // why it has ended too early
}

func (c *consumer) tell(t Told) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.log.Tell(t)
}

func (c *consumer) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = errors.Join(c.err, err)
}

// has reports whether a consumer has come to a revision, or need not.
func (c *consumer) has(r Revision) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.log.Scope.holds(r) || c.log.began && c.log.gap == nil && c.log.state[r.Key] == r
}

func (c *consumer) verdict(acks []Ack, objects map[Key]Revision) ([]Violation, Coverage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	bad, coverage := c.log.Verdict(acks, objects)
	if c.err != nil {
		bad = append(bad, c.log.violation(State, Key{}, "it has ended: %v", c.err))
	}
	return bad, coverage
}

func (c *consumer) events() (events, gaps, faults int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.log.events), len(c.log.gaps), c.log.faults
}

// follow logs the events of a sequence until it ends, which it must only do when
// ctx is done.
func (c *consumer) follow(ctx context.Context, events iter.Seq2[watch.Event[ConfigMap], error], at func() string, each func()) {
	for event, err := range events {
		if err != nil {
			if ctx.Err() == nil {
				c.fail(err)
			}
			return
		}
		c.tell(toldOf(event, at()))
		each()
	}
}

func nowhere() string { return "" }
func nothing()        {}

// keep opens something, in spite of the faults of the first request.
func keep[T any](ctx context.Context, open func() (T, error)) (T, error) {
	for {
		t, err := open()
		if err == nil || ctx.Err() != nil {
			return t, err
		}
		if !pause(ctx, 100*time.Millisecond) {
			return t, err
		}
	}
}

// watched follows a watcher of a view, from the state on.
func watched(ctx context.Context, c *consumer, view views.View[ConfigMap]) (*watch.Watcher[ConfigMap], error) {
	w, err := keep(ctx, func() (*watch.Watcher[ConfigMap], error) { return view.Watch(ctx, watch.StateFirst()) })
	if err != nil {
		return nil, err
	}
	go c.follow(ctx, w.All(), w.Version, nothing)
	return w, nil
}

// itemWatched follows one object by its name.
func itemWatched(ctx context.Context, c *consumer, item ConfigMap) (*watch.Watcher[ConfigMap], error) {
	r := revisionOf(item)
	c.log = NewPlayerFrom(c.name, Scope{Only: r.Key}, r.Version, map[Key]Revision{r.Key: r})
	w, err := keep(ctx, func() (*watch.Watcher[ConfigMap], error) { return item.Watch(ctx) })
	if err != nil {
		return nil, err
	}
	go c.follow(ctx, w.All(), w.Version, nothing)
	return w, nil
}

// subscribed follows a mirror. While it is slow it takes a moment for each event.
func subscribed(ctx context.Context, c *consumer, m *views.Mirror[ConfigMap], slow *atomic.Bool) {
	snapshot := m.Snapshot()
	c.log = NewPlayerFrom(c.name, Scope{}, number(snapshot.Version()), stateOf(snapshot))
	go c.follow(ctx, m.ChangesSince(ctx, snapshot), nowhere, func() {
		if slow != nil && slow.Load() {
			pause(ctx, 20*time.Millisecond)
		}
	})
}

// resumer follows a watcher that dies now and then, as a process does. Another goes
// on from the checkpoint that was written last; what was told behind that died with
// the process. What is left must be as if nothing had happened.
type resumer struct {
	*consumer
	view   views.View[ConfigMap]
	random *rand.Rand
	lives  atomic.Int64
	steady atomic.Bool // while it is looked at, no process dies
}

// save is what a process has stored.
type save struct {
	checkpoint string
	events     int // of the log
}

func (r *resumer) run(ctx context.Context) {
	var last save
	for ctx.Err() == nil {
		last = r.live(ctx, last)
	}
}

// live is the life of one process.
func (r *resumer) live(ctx context.Context, last save) save {
	checkpoint, err := watch.ParseCheckpoint(last.checkpoint)
	if err != nil {
		r.fail(err)
		return last
	}
	w, err := keep(ctx, func() (*watch.Watcher[ConfigMap], error) {
		return r.view.Watch(ctx, watch.FromCheckpoint(checkpoint))
	})
	if err != nil {
		return last
	}
	defer w.Close()
	if r.lives.Add(1) > 1 {
		r.rollBack(last.events)
	}
	for left := 200 + r.random.IntN(600); left > 0 || r.steady.Load(); {
		event, err := w.Next(ctx)
		if err != nil {
			if ctx.Err() == nil {
				r.fail(fmt.Errorf("life %d: %w", r.lives.Load(), err))
			}
			return last
		}
		r.tell(toldOf(event, w.Version()))
		// Who dies in the midst of the state, or of a gap, begins it anew: to get on,
		// one must live to its end and beyond, where the next checkpoint is.
		if !r.amidst() {
			left--
		}
		if r.random.IntN(10) == 0 {
			last = r.save(w.Checkpoint(), last)
		}
	}
	return last
}

func (r *resumer) amidst() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.log.began || r.log.gap != nil
}

// save stores a checkpoint. In the midst of a gap it is that from before it, and so
// is what it stands for.
func (r *resumer) save(at watch.Checkpoint, last save) save {
	r.mu.Lock()
	defer r.mu.Unlock()
	text, err := at.MarshalText()
	if err != nil || at.IsZero() {
		return last
	}
	events := len(r.log.events)
	if r.log.gap != nil {
		for events--; r.log.events[events].Type != watch.Missed; events-- {
		}
	}
	return save{string(text), events}
}

// rollBack forgets what was told behind a checkpoint.
func (r *resumer) rollBack(events int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	old := r.log
	r.log = NewPlayer(old.Name, old.Scope)
	for _, t := range old.events[:events] {
		r.log.Tell(t)
	}
	r.log.Tell(Told{Type: Resumed})
}
