// Package follow is what watchers and mirrors are made of: a machine, which is a
// value with one step function, and a driver, which makes the machine's requests
// and keeps its clock.
package follow

import (
	"context"

	"github.com/kubeviews/kube/internal/sorted"
	"github.com/kubeviews/kube/watch"
)

// Watch starts a watcher, and waits until the server has answered. known is what
// there was at the version that start gives, or nil. Its errors are those of a
// list, *ArgumentError for a start that cannot be, and *NamespaceError for a
// namespace that is not there.
func Watch[T any](ctx context.Context, source Source[T], start watch.Start, known *sorted.Map[Key, T]) (*watch.Watcher[T], error) {
	return watch.New(ctx, start, source.Collection.String(), &feed[T]{source: source, first: initial(source, start, known)})
}

// WatchAs is Watch for a watcher of items of another type than the machine's. All
// kinds of items share one machine: one of its own for each is what a compiler, and
// a program, would have to carry.
func WatchAs[T, U any](ctx context.Context, source Source[T], start watch.Start, known *sorted.Map[Key, T], as func(T) U) (*watch.Watcher[U], error) {
	same := &feed[T]{source: source, first: initial(source, start, known)}
	return watch.New(ctx, start, source.Collection.String(), watch.Feed[U](converted[T, U]{same, as}))
}

// converted is a feed that tells items as another type.
type converted[T, U any] struct {
	watch.Feed[T]
	as func(T) U
}

func (c converted[T, U]) Run(ctx context.Context, tell func(watch.Batch[U])) error {
	var told scratch[watch.Told[U]]
	return c.Feed.Run(ctx, func(b watch.Batch[T]) {
		as := told.of(len(b.Told))
		for i, t := range b.Told {
			as[i] = watch.Told[U]{Event: watch.Convert(t.Event, c.as), Resume: t.Resume}
		}
		tell(watch.Batch[U]{Told: as, Begun: b.Begun, Version: b.Version, More: b.More})
		clear(as) // items must not live on here
	})
}

// scratch is memory for the few events of a step, which are told one step at a time.
type scratch[E any] [4]E

// of returns room for n.
func (s *scratch[E]) of(n int) []E {
	if n <= len(s) {
		return s[:n]
	}
	return make([]E, n)
}

// feed is a follower, as a watcher sees it.
type feed[T any] struct {
	Tracker
	source Source[T]
	first  machine[T]
}

// Run follows the source until there is nothing more to come.
func (w *feed[T]) Run(ctx context.Context, tell func(watch.Batch[T])) error {
	f := follower[T]{source: w.source, m: w.first, status: &w.Tracker}
	var told scratch[watch.Told[T]]
	f.tell = func(m machine[T], out []output[T]) {
		batch := watch.Batch[T]{Told: told.of(len(out)), Begun: m.hasBegun(), Version: m.version, More: f.more}
		for i, o := range out {
			batch.Told[i] = watch.Told[T](o)
		}
		tell(batch)
		clear(batch.Told)
	}
	err := f.run(ctx)
	w.fault(err)
	return err
}

// initial is the machine of a watch that is about to start.
func initial[T any](source Source[T], start watch.Start, known *sorted.Map[Key, T]) machine[T] {
	m := machine[T]{policy: policy{tellState: start.State(), streamList: start.State() && !source.PlainList, mustExist: source.MustExist, lasts: source.lasts()}}
	if start.Version() == "" {
		return m
	}
	m.phase, m.version, m.known = probing, start.Version(), Objects[T](nil)
	// A version of the caller's own that makes no sense to the server is its fault.
	m.partial, m.fresh = known == nil, known == nil
	if known != nil {
		m.known = *known
	}
	return m
}

// hasBegun reports whether the server has answered, or would have refused.
func (m machine[T]) hasBegun() bool { return m.began || m.phase == streaming }
