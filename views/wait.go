package views

import (
	"context"
	"errors"
	"fmt"

	"github.com/kubeviews/kube/internal/collection"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/until"
)

// WaitAny waits until an object of the view meets all of the goals, and returns
// its revision that does. It need not exist yet:
//
//	pods := cluster.Pods().In("shop").Filter(views.Fields("metadata.name=web-0"))
//	pod, err := pods.WaitAny(ctx, until.Condition("Ready"))
//
// Of several, it is the first by namespace and name. Possible errors:
// *ArgumentError for a goal that is none, *WaitError, which tells what was seen
// last, when ctx is done, and those of [Mirror.Synced].
func (v View[T]) WaitAny(ctx context.Context, goals ...until.Goal) (T, error) {
	item, err := v.waitAny(ctx, goals)
	return items.As[T](item), err
}

func (v view) waitAny(ctx context.Context, goals []until.Goal) (item items.Item, err error) {
	goal := together(goals)
	if met, _ := goal.Met(nil); met {
		return item, &rest.ArgumentError{Arg: "goal", Value: goal.String(), Reason: "no object can meet it by being gone; use WaitAll, or Wait of the item"}
	}
	_, err = v.wait(ctx, "any of "+v.text()+": "+v.goalText(goal), goal, func(s snapshot) (bool, string, error) {
		last := ""
		for candidate := range s.values() {
			met, err := goal.Met(candidate)
			if met || err != nil {
				item = candidate
				return met, "", err
			}
			last = fmt.Sprintf("none of %d: %v: %s", s.Len(), candidate, goal.Saw(candidate))
		}
		return false, last, nil
	})
	return item, err
}

// WaitAll waits until all objects that the view shows at one moment meet all of
// the goals, and returns that snapshot. While the view shows none, that is not
// met, unless the goals are met by an object that is gone.
//
// Such goals, like [until.Deleted], wait for the objects that are there at first:
// those that come later do not count, also if they take a name of the former.
//
// Errors are those of [View.WaitAny].
func (v View[T]) WaitAll(ctx context.Context, goals ...until.Goal) (Snapshot[T], error) {
	all, err := v.waitAll(ctx, goals)
	return Snapshot[T]{all}, err
}

func (v view) waitAll(ctx context.Context, goals []until.Goal) (snapshot, error) {
	goal := together(goals)
	orGone, _ := goal.Met(nil)
	var first map[string]bool // the uids of those that count, if not all do
	return v.wait(ctx, "all of "+v.text()+": "+v.goalText(goal), goal, func(s snapshot) (bool, string, error) {
		if orGone && first == nil {
			first = uids(s)
		}
		unmet, last := 0, "there is none"
		for item := range s.values() {
			if first != nil && !first[item.UID()] {
				continue
			}
			met, err := goal.Met(item)
			if err != nil {
				return false, "", err
			}
			if !met {
				unmet++
				last = fmt.Sprintf("%d of %d do not: %v: %s", unmet, s.Len(), item, goal.Saw(item))
			}
		}
		return unmet == 0 && (s.Len() > 0 || orGone), last, nil
	})
}

func uids(s snapshot) map[string]bool {
	all := make(map[string]bool)
	for item := range s.values() {
		all[item.UID()] = true
	}
	return all
}

// together is the one goal that all of the goals make.
func together(goals []until.Goal) until.Goal {
	if len(goals) == 1 {
		return goals[0]
	}
	return until.All(goals...)
}

// wait waits with a mirror of the view. What met says beside its answer is what
// was seen last.
func (v view) wait(ctx context.Context, what string, goal until.Goal, met func(snapshot) (bool, string, error)) (snapshot, error) {
	if err := firstOf(v.Err(), goal.Err()); err != nil {
		return snapshot{}, err
	}
	m, err := v.mirror(ctx, nil)
	if err != nil {
		return snapshot{}, err
	}
	defer m.close()
	last := "the server has not answered"
	if err = m.synced(ctx); err == nil {
		var s snapshot
		s, err = m.await(ctx, what, func(s snapshot) (done bool, err error) {
			done, last, err = met(s)
			return done, err
		})
		if err == nil {
			return s, nil
		}
	}
	if ctx.Err() == nil {
		return snapshot{}, err
	}
	if status := m.status(); status.Err != nil && !errors.Is(status.Err, ctx.Err()) {
		last += "; stale: " + status.Err.Error()
	}
	return snapshot{}, &rest.WaitError{For: what, Last: last, Err: rest.Cause(ctx)}
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// goalText is the goal in an error. One for Secrets may name what they must hold.
func (v view) goalText(goal until.Goal) string {
	if collection.IsSensitive(v.kind) {
		return "the goal"
	}
	return goal.String()
}

// text names what the view shows.
func (v view) text() string {
	if v.Err() != nil {
		return "a view"
	}
	return v.collection().String()
}
