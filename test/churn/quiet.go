package churn

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/kubeviews/kube/views"
)

// stallLimit is how long after the faults a write may take until all are told.
const stallLimit = 25 * time.Second

// barrier is written when the writers rest: who has it was told all before it.
var barrier = Key{"default", "barrier"}

// check waits until all consumers have what was written last, and holds what they
// have against the server's list.
func (r *run) check(ctx context.Context, round int) error {
	r.resumer.steady.Store(true)
	defer r.resumer.steady.Store(false)
	if err := r.settle(ctx); err != nil {
		return err
	}
	// A write without an answer may still happen: then there is another list to
	// compare with. And a process that was about to die has less for a moment.
	for try := 1; ; try++ {
		l, err := r.server.list(ctx)
		if err != nil {
			return err
		}
		bad, err := r.compare(ctx, l)
		if err != nil {
			return err
		}
		if len(bad) > 0 && try < 6 {
			pause(ctx, 500*time.Millisecond)
			if err := r.settle(ctx); err != nil {
				return err
			}
			continue
		}
		r.blame(bad)
		r.measure()
		r.Logf("round %d: %d objects at version %d, %d violations", round, len(l.objects), l.version, len(bad))
		return nil
	}
}

// settle writes a last word to each consumer, and waits until it is told.
func (r *run) settle(ctx context.Context) error {
	begun := time.Now()
	var words []Revision
	for _, key := range append(slices.Clone(r.itemKeys), barrier) {
		word, err := r.herald.put(ctx, key, key == barrier)
		if err != nil {
			return err
		}
		words = append(words, word)
	}
	waiting := slices.Clone(r.consumers)
	for len(waiting) > 0 && time.Since(begun) < stallLimit && pause(ctx, 10*time.Millisecond) {
		waiting = slices.DeleteFunc(waiting, func(c *consumer) bool {
			for _, word := range words {
				if !c.has(word) {
					return false
				}
			}
			if d := time.Since(begun); d > r.report.Stall {
				r.report.Stall, r.report.StallOf = d, c.name
			}
			return true
		})
	}
	for _, c := range waiting {
		r.violate(c.name, Stall, "%s after the last write it has not come", stallLimit)
	}
	return ctx.Err()
}

func (r *run) violate(who, promise, format string, args ...any) {
	r.blame([]Violation{{Consumer: who, Promise: promise, Text: fmt.Sprintf(format, args...)}})
}

// blame reports violations, each once: what a consumer was told stays wrong.
func (r *run) blame(bad []Violation) {
	for _, v := range bad {
		same := func(o Violation) bool { return o.Consumer == v.Consumer && o.Promise == v.Promise && o.Text == v.Text }
		if !slices.ContainsFunc(r.report.Violations, same) {
			r.report.Violations = append(r.report.Violations, v)
		}
	}
}

// compare is what is wrong with whom, at one moment.
func (r *run) compare(ctx context.Context, l *list) (bad []Violation, err error) {
	acks, unknown := r.ledger.all()
	r.report.Acks, r.report.Unknown = len(acks), unknown
	r.report.OneByOne, r.report.InGaps = 0, 0
	for _, c := range r.consumers {
		wrong, coverage := c.verdict(acks, l.objects)
		bad = append(bad, wrong...)
		r.report.OneByOne += coverage.OneByOne
		r.report.InGaps += coverage.InGaps
	}
	add := func(who, text string) { bad = append(bad, Violation{Consumer: who, Promise: State, Text: text}) }
	snapshot := r.mirror.Snapshot()
	for _, d := range Differences(stateOf(snapshot), l.objects) {
		add("mirror", d.String())
	}
	for _, d := range r.oracle.differences(l.objects) {
		add("client-go", d.String())
	}
	for _, text := range compareIndexes(snapshot, r.byTeam, l, func(m configMap) string { return m.label(teamLabel) }) {
		add("mirror", text)
	}
	for _, text := range compareIndexes(snapshot, r.byGroup, l, func(m configMap) string { return m.Data[groupField] }) {
		add("mirror", text)
	}
	texts, err := r.compareBytes(ctx, snapshot)
	for _, text := range texts {
		add("mirror", text)
	}
	return bad, err
}

// compareIndexes holds an index against one that is made of the list.
func compareIndexes(s views.Snapshot[ConfigMap], index views.Index[ConfigMap], l *list, value func(configMap) string) (bad []string) {
	want := map[string]map[Key]Revision{}
	for key, m := range l.docs {
		if v := value(m); v != "" {
			if want[v] == nil {
				want[v] = map[Key]Revision{}
			}
			want[v][key] = l.objects[key]
		}
	}
	for v, some := range s.Groups(index) {
		if d := Differences(stateOf(some), want[v]); len(d) > 0 {
			bad = append(bad, fmt.Sprintf("index %s, group %s: %v", index.Name(), v, d[0]))
		}
		if got := s.By(index, v).Len(); got != len(want[v]) {
			bad = append(bad, fmt.Sprintf("index %s, %s: %d items, want %d", index.Name(), v, got, len(want[v])))
		}
		delete(want, v)
	}
	for v := range want {
		bad = append(bad, fmt.Sprintf("index %s lacks the group %s", index.Name(), v))
	}
	return bad
}

// sampled is how many objects are compared by each byte.
const sampled = 25

func (r *run) compareBytes(ctx context.Context, s views.Snapshot[ConfigMap]) (bad []string, err error) {
	for range sampled {
		item := s.At(r.random.IntN(s.Len()))
		key := Key{item.Namespace(), item.Name()}
		want, err := r.server.document(ctx, key)
		if refusal := (*statusError)(nil); errors.As(err, &refusal) && refusal.code == http.StatusNotFound {
			bad = append(bad, fmt.Sprintf("%s is gone, and shown", key))
			continue
		}
		if err != nil {
			return bad, err
		}
		var doc any
		if err := json.Unmarshal(item.Raw().Bytes(), &doc); err != nil {
			return append(bad, fmt.Sprintf("%s is no document: %v", key, err)), nil
		}
		if got, _ := json.Marshal(doc); string(got) != want {
			bad = append(bad, fmt.Sprintf("%s is\n\t%s\nthe server has\n\t%s", key, got, want))
		}
	}
	return bad, nil
}

// heapLimit is some times what a run needs under the race detector.
const heapLimit = 512 << 20

func (r *run) measure() {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	r.report.Heap = max(r.report.Heap, m.HeapAlloc)
	if m.HeapAlloc > heapLimit {
		r.violate("all", Leak, "the heap has %d MB", m.HeapAlloc>>20)
	}
}

// finish judges the snapshots, closes all, and looks whether anything is left.
func (r *run) finish(cancel context.CancelFunc) {
	bad, compared := r.keeper.verdict(r.witness.log)
	r.blame(bad)
	r.blame(r.breaker.stale)
	r.report.Snapshots = compared
	for _, c := range r.consumers {
		events, gaps, faults := c.events()
		r.report.Events += events
		r.report.Errors += faults
		r.report.Gaps[c.name] = gaps
	}
	for name, status := range r.statuses() {
		s := status()
		r.report.Lists += s.Lists
		r.report.Streams += s.Streams
		if !s.Live {
			r.violate(name, Stale, "all is well, and it says that it is not live: %+v", s)
		}
	}
	r.report.Lives = r.resumer.lives.Load()
	for _, w := range r.watchers {
		w.Close()
	}
	r.mirror.Close()
	cancel()
	r.running.Wait()
	<-r.oracle.done
	r.kube.Close()
	r.server.close()
	r.leaks()
}

// leaks waits until nothing of the library is left, neither goroutine nor connection.
func (r *run) leaks() {
	deadline := time.Now().Add(5 * time.Second)
	for {
		open, left := r.wire.Counts().Open, leftovers()
		if open == 0 && left == "" {
			return
		}
		if time.Now().After(deadline) {
			r.violate("all", Leak, "after all is closed there are %d connections, and %s", open, left)
			return
		}
		pause(context.Background(), 20*time.Millisecond)
	}
}

// leftovers is a goroutine that runs in the library, or "".
func leftovers() string {
	buffer := make([]byte, 1<<20)
	for _, stack := range strings.Split(string(buffer[:runtime.Stack(buffer, true)]), "\n\n") {
		for _, room := range []string{"kube.(", "kube/watch.", "kube/views.", "kube/items.", "kube/internal/"} {
			if strings.Contains(stack, "github.com/kubeviews/"+room) {
				return stack
			}
		}
	}
	return ""
}
