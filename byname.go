package kube

import (
	"context"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
	"github.com/kubeviews/kube/views"
)

// View returns the view of a kind by any of its names, in any case: "deploy",
// "deployments", "Deployment", "deployments.apps", "widgets.v1.example.com". The
// items are of the kind's own type where it has one, built in or declared, and
// items.Generic otherwise:
//
//	all, err := cluster.View(ctx, "deploy")
//	for item, err := range all.All(ctx) {
//		if d, ok := item.(items.Deployment); ok { … }
//	}
//
// A name with a version shows the kind in that version; without, in the newest that
// the server serves. The server is asked only about names that the cluster does not
// know, and about those of built-in kinds that not every server serves, which are
// those of alpha and beta versions alone: "podmetrics", "podgroups". A built-in kind
// that is named with its group or version is not asked about; List tells then.
//
// Possible errors: *[KindError] for a name that is not known, or not served; it has
// the names that look like it; *[APIError].
func (c *Cluster) View(ctx context.Context, name string) (views.View[items.Item], error) {
	r, err := c.find(func(t kinds.Table) (kinds.Kind, error) { return c.conn.d.find(ctx, t, name) })
	if err != nil {
		return views.View[items.Item]{}, err
	}
	return r.Untyped(), nil
}

// Create stores a new object, and returns it as the server did, as an item of
// its kind's type. The manifest is anything that has a JSON form: a map, a
// raw.Object, an item, a struct with JSON tags; a []byte is taken as JSON text. The
// object goes into the given namespace; it may be "" for the manifest's own.
//
// The server is asked about a kind that the cluster does not know. Possible errors,
// before anything is stored: *[ArgumentError] for an incomplete manifest, *[KindError]
// for an unknown kind, *[NamespaceError] when the namespace is missing, contradicts
// the manifest, or is given to a kind that has none; then *[APIError], of which
// *[AlreadyExistsError] and *[InvalidError].
func (c *Cluster) Create(ctx context.Context, namespace string, manifest any, options ...items.ChangeOption) (items.Item, error) {
	view, doc, err := c.place(ctx, namespace, manifest)
	if err != nil {
		return nil, err
	}
	return view.Create(ctx, doc, options...)
}

// Apply creates the object of a manifest, or changes it, so that its fields are as
// the manifest says: a server-side apply, see [views.View.Apply]. The manifest, the
// namespace and the errors are as those of Create, and *[ConflictError] when another
// manager owns a field.
func (c *Cluster) Apply(ctx context.Context, namespace string, manifest any, options ...items.ChangeOption) (items.Item, error) {
	view, doc, err := c.place(ctx, namespace, manifest)
	if err != nil {
		return nil, err
	}
	return view.Apply(ctx, doc, options...)
}

// place finds the view that a manifest's object goes into.
func (c *Cluster) place(ctx context.Context, namespace string, manifest any) (view views.View[items.Item], doc raw.Object, err error) {
	if doc, err = views.ManifestOf(manifest); err != nil {
		return view, doc, err
	}
	r, err := c.findObject(ctx, rest.String(doc, "apiVersion"), rest.String(doc, "kind"))
	if err != nil {
		return view, doc, err
	}
	if view = r.Untyped(); namespace != "" {
		view = view.In(namespace)
	}
	return view, doc, nil
}

func (c *Cluster) findObject(ctx context.Context, apiVersion, kind string) (Resource, error) {
	return c.find(func(t kinds.Table) (kinds.Kind, error) { return c.conn.d.findObject(ctx, t, apiVersion, kind) })
}

// find returns a kind that is looked for in the cluster's table first, and then on
// the server.
func (c *Cluster) find(in func(kinds.Table) (kinds.Kind, error)) (Resource, error) {
	if c == nil || c.conn == nil {
		return Resource{}, &rest.ArgumentError{Arg: "cluster", Reason: "the zero Cluster leads nowhere"}
	}
	c.mu.Lock()
	table := c.table
	c.mu.Unlock()
	kind, err := in(table)
	if err != nil {
		return Resource{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.resource(kind), nil
}
