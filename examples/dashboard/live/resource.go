package live

import (
	"context"
	"strings"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/views"
	"github.com/kubeviews/kube/watch"
)

// The indexes that the mirrors keep.
var (
	byOwner = views.ByOwner[items.Item]()
	byNode  = views.ByField[items.Item]("spec", "nodeName")
	// byObject is of Events: by the uid of the object that they are about.
	byObject = views.ByField[items.Item]("involvedObject", "uid")
)

// Resource is one kind, and all its objects.
type Resource struct {
	kind   kinds.Kind
	view   views.View[items.Item]
	mirror *views.Mirror[items.Item]
}

func newResource(ctx context.Context, view views.View[items.Item]) (*Resource, error) {
	kind := view.Kind()
	indexes := []views.Index[items.Item]{byOwner}
	switch kind.Name() {
	case kinds.Secret:
		view = view.Metadata() // what is not read cannot be shown
	case kinds.Pod:
		indexes = append(indexes, byNode)
	case kinds.Event:
		indexes = append(indexes, byObject)
	}
	mirror, err := view.WithoutManagedFields().Mirror(ctx, indexes...)
	if err != nil {
		return nil, err
	}
	return &Resource{kind, view, mirror}, nil
}

// Name is the name in URLs: "pods".
func (r *Resource) Name() string { return r.kind.Resource() }

// Kind is the kind.
func (r *Resource) Kind() kinds.Kind { return r.kind }

// Snapshot is all objects as they are known now.
func (r *Resource) Snapshot() views.Snapshot[items.Item] { return r.mirror.Snapshot() }

// Status is how the mirror is getting on.
func (r *Resource) Status() watch.Status { return r.mirror.Status() }

// Fetch asks the server for one object, with all that the mirror leaves out.
func (r *Resource) Fetch(ctx context.Context, namespace, name string) (items.Item, error) {
	view := r.view
	if r.kind.Namespaced() {
		view = view.In(namespace)
	}
	return view.Fetch(ctx, name)
}

// Owned are the objects that belong to one, kind by kind.
func (c *Cluster) Owned(owner items.Item) []views.Snapshot[items.Item] {
	return c.related(func(r *Resource) views.Snapshot[items.Item] {
		return r.Snapshot().By(byOwner, owner.UID())
	})
}

// On are the pods that run on a node.
func (c *Cluster) On(node string) []views.Snapshot[items.Item] {
	return c.related(func(r *Resource) (none views.Snapshot[items.Item]) {
		if r.kind.Name() != kinds.Pod {
			return none
		}
		return r.Snapshot().By(byNode, node)
	})
}

// About are the Events that tell of an object.
func (c *Cluster) About(item items.Item) (events []items.Event) {
	for _, found := range c.related(func(r *Resource) (none views.Snapshot[items.Item]) {
		if r.kind.Name() != kinds.Event {
			return none
		}
		return r.Snapshot().By(byObject, item.UID())
	}) {
		for e := range found.All() {
			events = append(events, items.As[items.Event](e))
		}
	}
	return events
}

func (c *Cluster) related(find func(*Resource) views.Snapshot[items.Item]) (all []views.Snapshot[items.Item]) {
	for _, r := range c.Resources() {
		if found := find(r); found.Len() > 0 {
			all = append(all, found)
		}
	}
	return all
}

func group(apiVersion string) string {
	if group, _, ok := strings.Cut(apiVersion, "/"); ok {
		return group
	}
	return ""
}
