package views

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kubeviews/kube/internal/follow"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/internal/sorted"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/meta"
	"github.com/kubeviews/kube/raw"
	"github.com/kubeviews/kube/watch"
)

// Mirror keeps what a view shows current, in the background, through whatever
// happens to the connection and to the server. It never gives up before it is
// closed: while the server is away or refuses, it keeps what it has, and Status
// says so.
//
// Any number of goroutines may read it: a snapshot is one atomic load.
type Mirror[T items.Item] struct{ m *mirror }

// mirror is a Mirror of items whose type it need not know.
type mirror struct {
	cancel  context.CancelCauseFunc
	done    chan struct{} // closed when nothing comes any more
	err     error         // why; written before done is closed
	tracker follow.Tracker
	kind    string
	place   string // what it shows
	indexes []index
	packer  *raw.Packer // of what it holds

	log log
}

// identity tells the snapshots of one mirror from all others. It is not the mirror
// itself: whoever keeps a snapshot keeps nothing else.
type identity struct{ _ byte }

// Mirror lists and then watches the view's objects in the background, until ctx
// is done or the mirror is closed. It returns at once, with a mirror that is
// empty until it is synced: see [Mirror.Synced]. A mirror of a namespace that is
// not there is empty, too.
//
//	mirror, err := cluster.Pods().Mirror(ctx)
//	defer mirror.Close()
//	if err := mirror.Synced(ctx); err != nil { … }
//	for pod := range mirror.Snapshot().All() { … }
//
// The indexes are kept current with the objects: see [Snapshot.By]. Possible
// errors are those of a view that is faulty.
func (v View[T]) Mirror(ctx context.Context, indexes ...Index[T]) (*Mirror[T], error) {
	all := make([]index, len(indexes))
	for i, x := range indexes {
		all[i] = x.index
	}
	m, err := v.mirror(ctx, all)
	if err != nil {
		return nil, err
	}
	return &Mirror[T]{m}, nil
}

func (v view) mirror(ctx context.Context, indexes []index) (*mirror, error) {
	if err := v.Err(); err != nil {
		return nil, err
	}
	if ctx == nil {
		return nil, &rest.ArgumentError{Arg: "context", Reason: "it is nil"}
	}
	for _, x := range indexes {
		if x.values == nil {
			return nil, &rest.ArgumentError{Arg: "index", Value: x.Name(), Reason: "it has no function"}
		}
	}
	m := &mirror{kind: string(v.kind.Name()), place: v.whole(), indexes: indexes, packer: raw.NewPacker()}
	source := v.source()
	source.MustExist = false
	source.Collection.Packer = m.packer
	m.start(ctx, source)
	return m, nil
}

func (m *mirror) start(ctx context.Context, source follow.Source[items.Item]) {
	ctx, m.cancel = context.WithCancelCause(ctx)
	m.done = make(chan struct{})
	m.log.current.Store(&snapshot{mirror: new(identity)})
	go func() {
		m.err = follow.Follow(ctx, source, &m.tracker, m.apply)
		m.cancel(m.err)
		close(m.done)
	}()
}

// apply publishes what a step has brought, and notifies then: whoever wakes up
// must find it.
func (m *mirror) apply(step follow.Step[items.Item]) {
	old := m.log.current.Load()
	if step.Version == old.version && len(step.Events) == 0 {
		m.log.wake() // the status may have changed
		return
	}
	m.log.add(step.Events, &snapshot{
		version: step.Version, place: m.place, all: step.Objects, contact: m.tracker.LastContact(),
		indexes: m.reindex(old, step), mirror: old.mirror, at: old.at + int64(len(step.Events)),
		bytes: reweigh(old, step),
	})
}

// reweigh is how many bytes the objects take, at the cost of what has changed.
func reweigh(old *snapshot, step follow.Step[items.Item]) int64 {
	bytes := old.bytes
	if len(step.Events) == 1 && step.Events[0].Item != nil { // nothing else has changed
		key := follow.KeyOf(step.Events[0].Item)
		was, _ := old.all.Get(key)
		is, _ := step.Objects.Get(key)
		return bytes + footprint(is) - footprint(was)
	}
	for d := range sorted.Diff(old.all, step.Objects, sameDocument) {
		bytes += footprint(d.New) - footprint(d.Old)
	}
	return bytes
}

func sameDocument(a, b items.Item) bool { return a.Raw() == b.Raw() }

// footprint is what an item takes; nothing, if there is none.
func footprint(item items.Item) int64 {
	if item == nil {
		return 0
	}
	return int64(item.Raw().Footprint())
}

func (m *mirror) reindex(old *snapshot, step follow.Step[items.Item]) *indexes {
	if old.indexes == nil || len(step.Events) > old.Len()/8+1 {
		return newIndexes(m.indexes, step.Objects)
	}
	next := old.indexes
	for d := range sorted.Diff(old.all, step.Objects, sameContent) {
		next = next.next(d.Old, d.New)
	}
	return next
}

// Snapshot returns what the mirror shows now: one consistent state of the server,
// immutable. It takes no lock, and no longer the more items there are. Before the
// mirror is synced, it is empty and has no version.
func (m *Mirror[T]) Snapshot() Snapshot[T] { return Snapshot[T]{m.m.snapshot()} }

func (m *mirror) snapshot() snapshot {
	contact := m.tracker.LastContact() // before the state, which must not be older
	s := *m.log.current.Load()
	if contact.After(s.contact) {
		s.contact = contact
	}
	return s
}

// Status tells how the mirror is getting on: whether it is live, or stale since
// when, and why; and how much it holds. It takes no longer the more items there are.
func (m *Mirror[T]) Status() watch.Status { return m.m.status() }

func (m *mirror) status() watch.Status {
	status, s := m.tracker.Status(), m.log.current.Load()
	status.Items, status.Bytes = s.Len(), s.bytes+int64(m.packer.Shared())
	return status
}

// Synced waits until the mirror shows a state of the server, and returns at once
// when it has done so before. It does not wait on when the server refuses, or
// answers what cannot be understood: that error is returned, the mirror goes on
// trying, and Synced may be called again.
//
// Possible errors: *APIError when the server refuses, *WaitError when ctx is done,
// ErrClosed.
func (m *Mirror[T]) Synced(ctx context.Context) error { return m.m.synced(ctx) }

func (m *mirror) synced(ctx context.Context) error {
	_, err := m.await(ctx, "the mirror of "+m.kind+" to be synced", func(s snapshot) (bool, error) {
		if s.version != "" {
			return true, nil
		}
		err := m.status().Err
		if follow.IsRefusal(err) || follow.IsNonsense(err) {
			return false, err
		}
		return false, nil
	})
	return err
}

// Wait waits until a snapshot meets a condition, and returns that snapshot. The
// condition is asked about the present one first, and then about those that come;
// not about each, when they come faster than it answers. Possible errors:
// *WaitError when ctx is done, ErrClosed.
func (m *Mirror[T]) Wait(ctx context.Context, met func(Snapshot[T]) bool) (Snapshot[T], error) {
	if met == nil {
		return Snapshot[T]{}, &rest.ArgumentError{Arg: "condition", Reason: "it is nil"}
	}
	s, err := m.m.await(ctx, "a snapshot of "+m.m.kind+" that meets the condition", func(s snapshot) (bool, error) {
		return s.version != "" && met(Snapshot[T]{s}), nil
	})
	return Snapshot[T]{s}, err
}

// WaitFor waits until the mirror shows a revision that this program knows of, or
// what came after it, and returns that snapshot: so the program reads its own
// writes.
//
//	next, err := pod.Labels().Set(ctx, "seen", "yes")
//	snapshot, err := mirror.WaitFor(ctx, next)
//
// Of an object that this program has deleted, WaitGone waits for the end.
//
// An item outside of the mirror's view is waited for until the mirror is known to
// be past its version. Errors are those of [Mirror.Wait].
func (m *Mirror[T]) WaitFor(ctx context.Context, item T) (Snapshot[T], error) {
	s, err := m.m.waitFor(ctx, item)
	return Snapshot[T]{s}, err
}

func (m *mirror) waitFor(ctx context.Context, item items.Item) (snapshot, error) {
	if item == nil || item.IsZero() || item.Version() == "" {
		return snapshot{}, &rest.ArgumentError{Arg: "item", Reason: "it is no revision of an object"}
	}
	return m.await(ctx, fmt.Sprintf("the mirror of %s to reach %v", m.kind, item), func(s snapshot) (bool, error) {
		if reached(s.version, item.Version()) {
			return true, nil
		}
		have, ok := s.all.Get(follow.KeyOf(item))
		return ok && have.UID() == item.UID() && reached(have.Version(), item.Version()), nil
	})
}

// WaitGone waits until the mirror no longer shows the object of an item, which this
// program has deleted, say; another that took its name does not count. Errors are
// those of [Mirror.Wait].
func (m *Mirror[T]) WaitGone(ctx context.Context, item T) (Snapshot[T], error) {
	s, err := m.m.waitGone(ctx, item)
	return Snapshot[T]{s}, err
}

func (m *mirror) waitGone(ctx context.Context, item items.Item) (snapshot, error) {
	if item == nil || item.IsZero() || item.Version() == "" {
		return snapshot{}, &rest.ArgumentError{Arg: "item", Reason: "it is no revision of an object"}
	}
	return m.await(ctx, fmt.Sprintf("%v to be gone", item), func(s snapshot) (bool, error) {
		have, ok := s.all.Get(follow.KeyOf(item))
		return (!ok || have.UID() != item.UID()) && reached(s.version, item.Version()), nil
	})
}

// reached reports whether a version is, or comes behind, another.
func reached(version, other string) bool {
	if version == other {
		return true
	}
	order, err := meta.CompareVersions(version, other)
	return err == nil && order > 0
}

func (m *mirror) await(ctx context.Context, what string, met func(snapshot) (bool, error)) (snapshot, error) {
	if ctx == nil {
		return snapshot{}, &rest.ArgumentError{Arg: "context", Reason: "it is nil"}
	}
	for {
		changed := m.log.changed() // before the look, so that nothing comes in between
		s := m.snapshot()
		if ok, err := met(s); ok || err != nil {
			return s, err
		}
		select {
		case <-changed:
		case <-m.done:
			return snapshot{}, rest.Copy(m.err)
		case <-ctx.Done():
			return snapshot{}, &rest.WaitError{For: what, Last: m.last(), Err: rest.Cause(ctx)}
		}
	}
}

// last is what a wait that was given up has seen last.
func (m *mirror) last() string {
	s, status := m.snapshot(), m.status()
	switch text := "the mirror is at version " + s.version; {
	case s.version == "" && status.Err == nil:
		return "the mirror is not synced"
	case s.version == "":
		return "the mirror is not synced: " + status.Err.Error()
	case status.Err == nil:
		return text
	default:
		return text + ", stale since " + status.Since.Format(time.RFC3339) + ": " + status.Err.Error()
	}
}

// Changes yields each change of the mirror from the moment on at which it is
// ranged over, once and in order, or a Missed, as a watcher does; see package
// watch. Of a mirror that is not synced, it tells all objects, as [Mirror.ChangesSince]
// does from the zero Snapshot on. It ends, with an error, when ctx is done or the
// mirror is closed.
//
// Who takes longer than the mirror remembers is told a Missed, and behind it how
// the objects differ from those that were told. So nobody who is slow holds up
// the mirror or others, or costs memory.
func (m *Mirror[T]) Changes(ctx context.Context) iter.Seq2[watch.Event[T], error] {
	return typed[T](m.m.changes(ctx, m.m.snapshot))
}

// ChangesSince is Changes from the moment on at which the snapshot was taken of
// this mirror: with both, a program has all, and nothing twice. From the zero
// Snapshot on, all objects are told as Added, behind which comes a Synced. From
// another snapshot of the view, such as a list's, the difference is told behind a
// Missed, as soon as the mirror is as far as that. A snapshot of anything else, also
// of a part of the view, is an *ArgumentError.
func (m *Mirror[T]) ChangesSince(ctx context.Context, since Snapshot[T]) iter.Seq2[watch.Event[T], error] {
	return typed[T](m.m.changes(ctx, func() snapshot { return since.s }))
}

// typed tells the items of events as what they are.
func typed[T items.Item](changes iter.Seq2[event, error]) iter.Seq2[watch.Event[T], error] {
	return func(yield func(watch.Event[T], error) bool) {
		for e, err := range changes {
			if !yield(watch.Convert(e, items.As[T]), err) {
				return
			}
		}
	}
}

// event is a change of an item whose type need not be known.
type event = watch.Event[items.Item]

func (m *mirror) changes(ctx context.Context, since func() snapshot) iter.Seq2[event, error] {
	return func(yield func(event, error) bool) {
		if ctx == nil {
			yield(event{}, &rest.ArgumentError{Arg: "context", Reason: "it is nil"})
			return
		}
		f := follower{ctx: ctx, m: m, told: since(), yield: yield}
		if f.told.version != "" && f.told.place != m.place {
			yield(event{}, &rest.ArgumentError{Arg: "snapshot", Value: f.told.place, Reason: "it does not show " + m.place})
			return
		}
		for f.tell() && f.wait() {
		}
	}
}

// follower is one who follows the changes of a mirror.
type follower struct {
	ctx     context.Context
	m       *mirror
	told    snapshot
	changed <-chan struct{} // closed when there is more than was told
	yield   func(event, error) bool
}

// tell tells all that there is, and whether to go on. The mirror does not wait
// for it: the events are made, or copied, when they are told.
func (f *follower) tell() bool {
	for {
		f.changed = f.m.log.changed()
		events, now := f.m.log.since(f.told)
		f.told = now
		if events == nil {
			return true
		}
		for e := range events {
			if err := rest.Cause(f.ctx); err != nil {
				f.yield(event{}, err)
				return false
			}
			e.Err, e.Gap.Err = rest.Copy(e.Err), rest.Copy(e.Gap.Err)
			if !f.yield(e, nil) {
				return false
			}
		}
	}
}

// wait waits for more, and reports whether there is.
func (f *follower) wait() bool {
	select {
	case <-f.changed:
		return true
	case <-f.ctx.Done():
		f.yield(event{}, rest.Cause(f.ctx))
	case <-f.m.done:
		if f.tell() { // what came last
			f.yield(event{}, rest.Copy(f.m.err))
		}
	}
	return false
}

// Close ends the mirror, frees its connection, and waits until that is done. The
// snapshots stay what they are, and so does the last. Closing twice is fine.
func (m *Mirror[T]) Close() error { return m.m.close() }

func (m *mirror) close() error {
	m.cancel(rest.ErrClosed)
	<-m.done
	return nil
}

// remembered is for how many events a mirror knows in which order they came. They
// hold revisions that nobody else may need.
const remembered = 256

// log remembers the latest events of a mirror, for who follows it.
type log struct {
	mu      sync.Mutex
	events  [remembered]event // a ring
	next    int64             // the number of the event that comes next
	lost    int64             // the number of the event behind the latest gap; 0 for none
	lostErr error             // the reason of that gap
	rewound int64             // the number of the event behind the latest rewind; 0 for none
	waiting chan struct{}     // closed with the next change; nil when nobody waits

	// current is behind all events. It is read without the lock, and written
	// under it, so that since never finds one that is ahead of the events.
	current atomic.Pointer[snapshot]
}

func (l *log) add(events []event, now *snapshot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	behind := l.next + int64(len(events))
	for _, e := range events {
		if e.Type == watch.Missed {
			l.lost, l.lostErr = behind, e.Gap.Err
		}
		if e.Gap.Rewound {
			l.rewound = behind
		}
		l.events[l.next%remembered] = e
		l.next++
	}
	l.current.Store(now)
	l.wakeLocked()
}

func (l *log) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wakeLocked()
}

func (l *log) wakeLocked() {
	if l.waiting != nil {
		close(l.waiting)
		l.waiting = nil
	}
}

// changed is closed with the next change.
func (l *log) changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting == nil {
		l.waiting = make(chan struct{})
	}
	return l.waiting
}

// since returns what came behind a snapshot, nil for nothing, and the snapshot
// behind that.
func (l *log) since(told snapshot) (iter.Seq[event], snapshot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := *l.current.Load()
	own := told.mirror == now.mirror
	switch behind := l.next - told.at; {
	case own && behind == 0:
		return nil, told
	case told.version == "" && now.version != "":
		return stateOf(now), now
	case own && behind <= remembered:
		return l.latest(behind), now
	case told.version == "": // nor is there one
		return nil, now
	case now.version == "", !own && l.rewound == 0 && isAhead(told, now):
		return nil, told // until the mirror has come there
	}
	return difference(told, now, l.gapBetween(told, now, own)), now
}

// latest yields the latest n events.
func (l *log) latest(n int64) iter.Seq[event] {
	events := make([]event, 0, n)
	for i := l.next - n; i < l.next; i++ {
		events = append(events, l.events[i%remembered])
	}
	return slices.Values(events)
}

// gapBetween is why the changes between two snapshots cannot be told one by one.
func (l *log) gapBetween(told, now snapshot, own bool) watch.Gap {
	gap := watch.Gap{From: told.version, To: now.version, Err: ErrSlow}
	if own && told.at < l.lost {
		gap.Err = l.lostErr // the mirror could not tell them either
	}
	gap.Rewound = own && told.at < l.rewound || isAhead(told, now)
	return gap
}

func isAhead(told, now snapshot) bool {
	order, err := meta.CompareVersions(told.version, now.version)
	return err == nil && order > 0
}

// ErrSlow is the reason of a gap: who follows the mirror took longer than it
// remembers, or came from elsewhere.
var ErrSlow = rest.Sentinel("kube: the mirror does not remember how it came there")

func stateOf(now snapshot) iter.Seq[event] {
	return func(yield func(event) bool) {
		for item := range now.values() {
			if !yield(event{Type: watch.Added, Item: item}) {
				return
			}
		}
		yield(event{Type: watch.Synced})
	}
}

// difference tells how the objects differ, to who has missed how it came about.
func difference(told, now snapshot, gap watch.Gap) iter.Seq[event] {
	return func(yield func(event) bool) {
		if !yield(event{Type: watch.Missed, Gap: gap}) {
			return
		}
		for c := range sorted.Diff(told.all, now.all, sameContent) {
			for _, e := range eventsOf(c) {
				e.Gap = gap
				if !yield(e) {
					return
				}
			}
		}
		yield(event{Type: watch.Synced, Gap: gap})
	}
}

// eventsOf tells a difference. An object that took another's name is none that
// was modified.
func eventsOf(c sorted.Change[follow.Key, items.Item]) (events []event) {
	if c.WasThere && c.IsThere && c.Old.UID() == c.New.UID() {
		return []event{{Type: watch.Modified, Item: c.New, Old: c.Old}}
	}
	if c.WasThere {
		events = append(events, event{Type: watch.Deleted, Item: c.Old, Old: c.Old})
	}
	if c.IsThere {
		events = append(events, event{Type: watch.Added, Item: c.New})
	}
	return events
}
