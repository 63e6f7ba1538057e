package items

import (
	"context"
	"fmt"

	"github.com/kubeviews/kube/internal/follow"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/until"
	"github.com/kubeviews/kube/watch"
)

// Wait waits until the object meets all of the goals, and returns the revision
// that does. The server's present revision is asked first, not this one. For
// [until.Deleted] it returns the last revision that was seen.
//
//	pod, err := pod.Wait(ctx, until.Condition("Ready"))
//
// It waits for this very object: when another takes its name, this one is deleted.
// Possible errors: *ArgumentError for a goal that is none; *WaitError, which tells
// what was seen last, when ctx is done, or, wrapping ErrDeleted, when the object is
// deleted and so can never meet the goal; and those of [Object.Fetch].
func (o Object[T]) Wait(ctx context.Context, goals ...until.Goal) (T, error) {
	last, err := o.d.wait(ctx, goals, o.as)
	return As[T](last), err
}

func (d *data) wait(ctx context.Context, goals []until.Goal, as func(*data) Item) (Item, error) {
	if err := d.reachable(); err != nil {
		return nil, err
	}
	w := wait{object: as(d), last: as(d), source: d.source(as), goal: until.All(goals...)}
	if len(goals) == 1 {
		w.goal = goals[0] // its text is the shorter
	}
	if err := w.goal.Err(); err != nil {
		return nil, err
	}
	if err := w.run(ctx); err != nil {
		return nil, err
	}
	return w.last, nil
}

// wait is one wait for an object.
type wait struct {
	object Item
	source follow.Source[Item]
	goal   until.Goal
	last   Item // the last revision of the object
	there  bool // the server has told that it exists
	fault  error
}

// run returns nil when the goal is met.
func (w *wait) run(ctx context.Context) error {
	source := w.source
	source.PlainList = true // sooner there than a stream
	changes, err := follow.Watch(ctx, source, watch.StateFirst(), nil)
	if err != nil {
		return w.late(ctx, err)
	}
	defer changes.Close()
	for {
		event, err := changes.Next(ctx)
		if err != nil {
			return w.late(ctx, err)
		}
		if done, err := w.look(event); done || err != nil {
			return err
		}
	}
}

// look reports whether the goal is met behind an event.
func (w *wait) look(event watch.Event[Item]) (done bool, err error) {
	switch event.Type {
	case watch.Error:
		w.fault = event.Err
	case watch.Added, watch.Modified:
		if !w.isOurs(event.Item) {
			return w.gone()
		}
		w.last, w.there = event.Item, true
		return w.goal.Met(w.last)
	case watch.Deleted:
		if w.isOurs(event.Item) {
			return w.gone()
		}
	case watch.Synced:
		if !w.there {
			return w.gone()
		}
	}
	return false, nil
}

func (w *wait) isOurs(item Item) bool { return item.UID() == w.object.UID() }

// gone ends the wait: nothing more comes of the object.
func (w *wait) gone() (done bool, err error) {
	w.there = false
	if met, err := w.goal.Met(nil); met || err != nil {
		return met, err
	}
	return false, &rest.WaitError{For: w.what(), Err: rest.ErrDeleted}
}

// late is the error of a wait that ended before the goal was met.
func (w *wait) late(ctx context.Context, err error) error {
	if ctx == nil || ctx.Err() == nil {
		return err
	}
	late := &rest.WaitError{For: w.what(), Err: rest.Cause(ctx)}
	if w.there {
		late.Last = fmt.Sprintf("at version %s, %s", w.last.Version(), w.goal.Saw(w.last))
	}
	if w.fault != nil {
		late.Last += fmt.Sprintf("; the server refuses: %v", w.fault)
	}
	return late
}

// what is waited for. The goal for a Secret may name what it must hold.
func (w *wait) what() string {
	if w.object.Raw().IsSensitive() {
		return fmt.Sprintf("%v to meet its goal", w.object)
	}
	return fmt.Sprintf("%v: %v", w.object, w.goal)
}
