package views

import (
	"context"
	"strconv"

	"github.com/kubeviews/kube/internal/follow"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/internal/sorted"
	"github.com/kubeviews/kube/watch"
)

// Watch follows the changes of the view's objects, from now on or from another
// place; see package watch. It returns when the server has answered. The watcher
// lives until it is closed, or ctx is done.
//
//	w, err := cluster.Pods().In("default").Watch(ctx)
//	defer w.Close()
//	for event, err := range w.All() { … }
//
// Errors are those of [View.List]; *ArgumentError for a start that cannot be,
// such as another view's snapshot; *NamespaceError when the view's namespace is
// not there.
func (v View[T]) Watch(ctx context.Context, start ...watch.Start) (*watch.Watcher[T], error) {
	if err := v.Err(); err != nil {
		return nil, err
	}
	from, known, err := v.start(start)
	if err != nil {
		return nil, err
	}
	return follow.Watch(ctx, v.source(), from, known)
}

// start is where a watch begins, and what is known to be there.
func (v View[T]) start(given []watch.Start) (from watch.Start, known *sorted.Map[follow.Key, T], err error) {
	switch len(given) {
	case 0:
		return from, nil, nil
	case 1:
		from = given[0]
	default:
		return from, nil, &rest.ArgumentError{Arg: "starts of a watch", Value: strconv.Itoa(len(given)), Reason: "a watch begins once"}
	}
	snapshot, ok := from.Base().(Snapshot[T])
	if !ok {
		return from, nil, nil
	}
	if here := v.whole(); snapshot.place != here {
		return from, nil, &rest.ArgumentError{Arg: "snapshot", Value: snapshot.place, Reason: "it is of another view than " + here}
	}
	return from, &snapshot.all, nil
}

func (v View[T]) source() follow.Source[T] {
	return follow.Source[T]{Collection: v.collection(), PageSize: v.pageSize, Make: v.maker, MustExist: v.namespace != ""}
}
