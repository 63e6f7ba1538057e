package live

import (
	"context"
	"slices"

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
	kind    kinds.Kind
	builtin kinds.Name // "" for a kind that does not come with Kubernetes
	view    views.View[items.Item]
	mirror  *views.Mirror[items.Item]
	managed metadata
}

func newResource(ctx context.Context, view views.View[items.Item]) (*Resource, error) {
	kind := view.Kind()
	indexes := []views.Index[items.Item]{byOwner}
	builtin := builtinName(kind)
	switch builtin {
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
	return &Resource{kind: kind, builtin: builtin, view: view, mirror: mirror}, nil
}

// builtinName is the name of a kind that comes with Kubernetes. Others may have the
// same name in a group of their own: there are Services of serving.knative.dev.
func builtinName(kind kinds.Kind) kinds.Name {
	known, err := kinds.Builtin().Lookup(string(kind.Name()))
	if err != nil || known.Group() != kind.Group() {
		return ""
	}
	return kind.Name()
}

// Name is the name in URLs: "pods"; with the group for kinds that do not come with
// Kubernetes: "widgets.example.com".
func (r *Resource) Name() string {
	if r.builtin == "" && r.kind.Group() != "" {
		return r.kind.Resource() + "." + r.kind.Group()
	}
	return r.kind.Resource()
}

// BuiltIn is the name of a kind that comes with Kubernetes, and "" of others, whatever
// they are called: the items of such a kind are of its own type.
func (r *Resource) BuiltIn() kinds.Name { return r.builtin }

// Kind is the kind.
func (r *Resource) Kind() kinds.Kind { return r.kind }

// Snapshot is all objects as they are known now.
func (r *Resource) Snapshot() views.Snapshot[items.Item] { return r.mirror.Snapshot() }

// Status is how the mirror is getting on.
func (r *Resource) Status() watch.Status { return r.mirror.Status() }

// Group is some objects of one kind.
type Group struct {
	Resource *Resource
	views.Snapshot[items.Item]
}

// Owned are the objects that belong to one, kind by kind.
func (c *Cluster) Owned(owner items.Item) (groups []Group) {
	for _, r := range c.Resources() {
		if found := r.Snapshot().By(byOwner, owner.UID()); found.Len() > 0 {
			groups = append(groups, Group{r, found})
		}
	}
	return groups
}

// On are the pods that run on a node.
func (c *Cluster) On(node string) []Group {
	if r, ok := c.BuiltIn(kinds.Pod); ok {
		if found := r.Snapshot().By(byNode, node); found.Len() > 0 {
			return []Group{{r, found}}
		}
	}
	return nil
}

// About are the Events that tell of an object.
func (c *Cluster) About(item items.Item) (events []items.Event) {
	r, ok := c.BuiltIn(kinds.Event)
	if !ok {
		return nil
	}
	snapshot := r.Snapshot()
	for _, uid := range uidsOf(item) {
		for e := range snapshot.By(byObject, uid).All() {
			events = append(events, items.As[items.Event](e))
		}
	}
	return events
}

// uidsOf are the uids by which Events name an object: the kubelet takes the name of its
// Node for one, since it does not know the Node's own.
func uidsOf(item items.Item) []string {
	if _, ok := item.(items.Node); ok && item.Name() != item.UID() {
		return []string{item.UID(), item.Name()}
	}
	return []string{item.UID()}
}

// hasGroup reports whether the API has offered the kind in an apiVersion's group.
func (r *Resource) hasGroup(apiVersion string) bool {
	group, _ := kinds.SplitGroupVersion(apiVersion)
	return slices.ContainsFunc(r.kind.GroupVersions(), func(gv string) bool {
		offered, _ := kinds.SplitGroupVersion(gv)
		return offered == group
	})
}
