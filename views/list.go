package views

import (
	"context"
	"iter"

	"github.com/kubeviews/kube/internal/collection"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/raw"
)

// All yields the view's objects, in the order in which the server sends them,
// while they arrive: nothing is kept. Ranging again lists again.
//
// All pages show the cluster at one version. An error ends the sequence, as
// its last pair: those of [View.Fetch], and *ExpiredError when the server has
// forgotten that version before the last page: start over then, or use
// [View.List], which does.
func (v View[T]) All(ctx context.Context) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		v.each(ctx, func(item items.Item, err error) bool { return yield(items.As[T](item), err) })
	}
}

func (v view) each(ctx context.Context, yield func(items.Item, error) bool) {
	stopped := false
	err := v.Err()
	if err == nil {
		_, err = v.collection().Each(ctx, v.pageSize, func(gv string) func(raw.Object) bool {
			item := v.maker(gv)
			return func(doc raw.Object) bool {
				stopped = !yield(item(doc), nil)
				return !stopped
			}
		})
	}
	if err != nil && !stopped {
		yield(nil, err)
	}
}

// List returns the view's objects as they were at one version. A list whose
// pages expire, or whose connection breaks, is thrown away and started over, at
// last in one piece: it is never partial, and never mixed of two versions.
// Errors are those of [View.Fetch].
func (v View[T]) List(ctx context.Context) (Snapshot[T], error) {
	all, err := v.list(ctx)
	return Snapshot[T]{all}, err
}

func (v view) list(ctx context.Context) (snapshot, error) {
	if err := v.Err(); err != nil {
		return snapshot{}, err
	}
	all, version, err := collection.All(ctx, v.collection(), v.pageSize, v.maker)
	if err != nil {
		return snapshot{}, err
	}
	return newSnapshot(version, v.whole(), all), nil
}

// collection is what the view shows, as the connection reads it.
func (v view) collection() collection.Collection {
	return collection.Collection{
		Conn:              v.conn,
		Kind:              v.kind,
		Namespace:         v.namespace,
		Selector:          v.query(),
		DropManagedFields: v.drop,
		MetadataOnly:      v.metadataOnly,
	}
}

// whole names what the view's snapshots are of.
func (v view) whole() string {
	if v.metadataOnly {
		return v.collection().String() + ", metadata only"
	}
	return v.collection().String()
}

// maker makes items of the documents that a group version serves.
func (v view) maker(gv string) func(raw.Object) items.Item {
	return v.make(items.NewOrigin(v.conn, v.kind, gv))
}
