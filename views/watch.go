package views

import (
	"context"
	"strconv"

	"github.com/kubeviews/kube/internal/follow"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/items"
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
	return follow.WatchAs(ctx, v.source(), from, known, items.As[T])
}

// start is where a watch begins, and what is known to be there.
func (v view) start(given []watch.Start) (from watch.Start, known *objects, err error) {
	switch len(given) {
	case 0:
		return from, nil, nil
	case 1:
		from = given[0]
	default:
		return from, nil, &rest.ArgumentError{Arg: "starts of a watch", Value: strconv.Itoa(len(given)), Reason: "a watch begins once"}
	}
	base, ok := from.Base().(interface{ shown() snapshot })
	if !ok {
		return from, nil, nil
	}
	s := base.shown()
	if here := v.whole(); s.place != here {
		return from, nil, &rest.ArgumentError{Arg: "snapshot", Value: s.place, Reason: "it is of another view than " + here}
	}
	return from, &s.all, nil
}

func (v view) source() follow.Source[items.Item] {
	return follow.Source[items.Item]{Collection: v.collection(), PageSize: v.pageSize, Make: v.maker, MustExist: v.namespace != ""}
}
