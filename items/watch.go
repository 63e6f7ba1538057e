package items

import (
	"context"
	"net/url"

	"github.com/kubeviews/kube/internal/collection"
	"github.com/kubeviews/kube/internal/follow"
	"github.com/kubeviews/kube/raw"
	"github.com/kubeviews/kube/watch"
)

// Watch follows the changes of the object that come behind this revision. It
// returns when the server has answered. The watcher lives until it is closed, or
// ctx is done. It watches the name: when the object is gone, and another takes
// its name, that is told as well; the items' UID tells them apart.
//
// The items are whole, whatever view this one came from.
//
// The object's version may be too old to begin at, although nothing has changed
// since: then the watcher tells a Missed, and goes on.
//
// Errors are those of [Object.Fetch], but that an object which is gone is told as
// Deleted.
func (o Object[T]) Watch(ctx context.Context) (*watch.Watcher[T], error) {
	return watchOf[T](ctx, o.d, o.as)
}

func watchOf[T any](ctx context.Context, d *data, as func(*data) Item) (*watch.Watcher[T], error) {
	if err := d.reachable(); err != nil {
		return nil, err
	}
	now := as(d)
	known := follow.Objects([]Item{now})
	return follow.WatchAs(ctx, d.source(as), watch.From(now), &known, As[T])
}

// As is the item as T, which it is known to be; no item is the zero T.
func As[T any](item Item) T {
	t, _ := item.(T)
	return t
}

// source is where the object's own changes come from. Its items are of the
// object's type, and known as items only, so that all kinds share one machine.
func (d *data) source(as func(*data) Item) follow.Source[Item] {
	origin := d.origin
	return follow.Source[Item]{
		Collection: collection.Collection{
			Conn: origin.conn, Kind: origin.kind, Namespace: d.namespace(),
			Selector: url.Values{"fieldSelector": {"metadata.name=" + d.name()}},
		},
		Make: func(gv string) func(raw.Object) Item {
			at := &Origin{origin.conn, origin.kind, gv}
			return func(doc raw.Object) Item { return as(&data{doc, at}) }
		},
	}
}
