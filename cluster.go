// Package kube is for programs that read Kubernetes clusters: dashboards, audit
// tools, reports, checks.
//
// It reaches the API through kubectl proxy, and shows a cluster as views, which
// hand out items: immutable snapshots of one revision of one object. Whatever
// changes the cluster is a method call that returns the next revision.
//
//	cluster, err := kube.NewCluster() // http://localhost:8001/, no request yet
//	defer cluster.Close()
//	for pod, err := range cluster.Pods().Filter(views.Labels("app=web")).All(ctx) {
//		…
//	}
//
// Three promises settle how everything here works, in this order: nothing that
// a caller holds can change; nothing is lost without telling; a program pays
// only for what it reads.
//
// All values of the library are safe for concurrent use, unless their
// documentation says otherwise.
package kube

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"sync"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
	"github.com/kubeviews/kube/views"
)

// Cluster is one Kubernetes cluster, reached through one kubectl proxy.
//
// Requests that only read or delete, and those of [APIServerProxy.Put], are tried
// again, with growing pauses, when the connection breaks, when the proxy or server
// answers 429, 502, 503 or 504, and when the proxy says in plain text that it does
// not reach the server (500). Others are tried again only when the server surely has
// not acted: the connection was refused, or it answered 429. So are replacements and
// edits of items, which a second try would find done by somebody else. Evictions, and
// the requests of watches, are tried once: who makes them has pauses of its own.
//
// Retry-After is obeyed up to 30 s; a server that asks for more is not asked again.
// [WithRetries] sets how often a request is tried again, and the context always wins.
type Cluster struct {
	conn  *connection
	proxy *APIServerProxy

	mu    sync.Mutex
	table kinds.Table
	types map[kinds.Kind]entry // of declared kinds
}

// NewCluster returns the cluster behind kubectl proxy at [DefaultURL], or at
// another place that [WithURL] sets. It makes no request. Possible errors:
// *[ArgumentError] for an option that cannot work, such as the URL of another
// host (see [WithInsecureRemote]); *[DuplicateKindError].
func NewCluster(options ...Option) (*Cluster, error) {
	c, err := newConfig(options)
	if err != nil {
		return nil, err
	}
	t, err := newTransport(c)
	if err != nil {
		return nil, err
	}
	return &Cluster{
		conn:  &connection{t, newDiscovery(t)},
		proxy: &APIServerProxy{t: t},
		table: c.table,
		types: make(map[kinds.Kind]entry),
	}, nil
}

// Close ends all requests under way and releases the connections. After that
// every request of the cluster, its views and its items is [ErrClosed]. Closing
// twice is fine.
func (c *Cluster) Close() error {
	if c.proxy == nil {
		return nil // the zero Cluster
	}
	return c.proxy.Close()
}

// Proxy makes single requests, on the cluster's connections.
func (c *Cluster) Proxy() *APIServerProxy { return c.proxy }

// ViewOf returns the view of any kind, as items of type T:
//
//	type Widget struct{ items.Object[Widget] }
//	widgets := kube.ViewOf[Widget](cluster, kind)
func ViewOf[T items.Typed[T]](c *Cluster, kind kinds.Kind) views.View[T] {
	if c == nil || c.conn == nil {
		return views.View[T]{}
	}
	return views.Of[T](c.conn, kind)
}

// Bind returns the same revision of an item, which from now on uses another
// cluster, or, if it was made of a manifest, uses a cluster at all.
func Bind[T items.Typed[T]](c *Cluster, item T) T {
	if c == nil || c.conn == nil {
		return items.Using(nil, item, func(string, string) kinds.Kind { return kinds.Kind{} })
	}
	return items.Using(c.conn, item, c.kindOf)
}

// kindOf is the kind that the cluster knows by these names; the zero Kind else.
func (c *Cluster) kindOf(apiVersion, kind string) kinds.Kind {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, _ := c.table.LookupObject(apiVersion, kind)
	return known
}

// Or returns a function that replaces an attribute which is absent or malformed
// by a default, for tables and texts:
//
//	phase := kube.Or(kinds.PodUnknown)(pod.Phase())
func Or[V any](otherwise V) func(V, error) V {
	return func(v V, err error) V {
		if err != nil {
			return otherwise
		}
		return v
	}
}

// Show returns an attribute as text, or "-" when it is absent or malformed:
//
//	fmt.Println(kube.Show(deployment.ReadyReplicas()))
func Show[V any](v V, err error) string {
	if err != nil {
		return "-"
	}
	return fmt.Sprint(v)
}

// Resource is what a cluster knows of a kind: its names, its view, the type of
// its items. The zero Resource is none.
type Resource struct {
	kind  kinds.Kind
	entry entry
	c     *Cluster
}

// entry is a kind's item type, in forms that do not depend on it.
type entry struct {
	itemType reflect.Type
	view     func(*Cluster, kinds.Kind) any
	untyped  func(rest.Conn, kinds.Kind) views.View[items.Item]
}

func entryOf[T items.Typed[T]]() entry {
	return entry{
		itemType: reflect.TypeFor[T](),
		view:     func(c *Cluster, k kinds.Kind) any { return ViewOf[T](c, k) },
		untyped:  views.Untyped[T],
	}
}

// Kind is the kind.
func (r Resource) Kind() kinds.Kind { return r.kind }

// Name is the kind's name in URLs: "pods".
func (r Resource) Name() string { return r.kind.Resource() }

// ItemType is the Go type of the kind's items: items.Pod, or items.Generic for
// a kind that has none of its own.
func (r Resource) ItemType() reflect.Type { return r.entry.itemType }

// View is the kind's view, as a views.View of its item type:
//
//	pods, ok := resource.View().(views.View[items.Pod])
func (r Resource) View() any {
	if r.c == nil {
		return nil
	}
	return r.entry.view(r.c, r.kind)
}

// Untyped is the same view, whose items the compiler knows as items only. They are
// of the kind's type all the same:
//
//	pod, ok := item.(items.Pod)
func (r Resource) Untyped() views.View[items.Item] {
	if r.c == nil {
		return views.View[items.Item]{}
	}
	return r.entry.untyped(r.c.conn, r.kind)
}

// Lookup returns what the cluster knows of a kind, by any of its names: kind,
// plural, singular, short name, resource.group, resource.version.group, in any
// case. It makes no request. Possible error: *[KindError].
func (c *Cluster) Lookup(name string) (Resource, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	kind, err := c.table.Lookup(name)
	if err != nil {
		return Resource{}, err
	}
	return c.resource(kind), nil
}

func (c *Cluster) resource(kind kinds.Kind) Resource {
	if kind.IsZero() {
		return Resource{kind, entryOf[items.Generic](), c}
	}
	whole := kind // and not in one version alone
	if k, err := c.table.LookupObject(kind.GroupVersions()[0], string(kind.Name())); err == nil {
		whole = k
	}
	e, ok := c.types[whole]
	if !ok {
		e, ok = builtinType(whole)
	}
	if !ok {
		e = entryOf[items.Generic]()
	}
	return Resource{kind, e, c}
}

// Declare makes the cluster know a kind by name, with items of type T, and
// returns its view. A kind that the cluster knows already is a
// *[DuplicateKindError]: then the first declaration stays, and the view, which
// is returned all the same, is of the declaration that was refused.
func Declare[T items.Typed[T]](c *Cluster, kind kinds.Kind) (views.View[T], error) {
	view := ViewOf[T](c, kind)
	if err := view.Err(); err != nil {
		return view, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	table, err := c.table.With(kind)
	if err != nil {
		return view, err
	}
	c.table = table
	c.types[kind] = entryOf[T]()
	return view, nil
}

// connection is the cluster as the other rooms see it.
type connection struct {
	t *transport
	d *discovery
}

func (c *connection) Send(ctx context.Context, r rest.Request) (raw.Object, error) {
	return c.t.document(ctx, r)
}

func (c *connection) Open(ctx context.Context, r rest.Request) (io.ReadCloser, error) {
	return c.t.open(ctx, r)
}

func (c *connection) Served(ctx context.Context, r rest.Resource) (string, error) {
	return c.d.served(ctx, r, "")
}

func (c *connection) Renegotiate(ctx context.Context, r rest.Resource, stale string) (string, error) {
	return c.d.served(ctx, r, stale)
}

func (c *connection) Limits() rest.Limits {
	return rest.Limits{MaxObject: c.t.config.maxObject, PageSize: c.t.config.pageSize, Retries: c.t.config.retries, Timeout: c.t.config.header,
		Watch: c.t.config.watch, Manager: c.t.config.manager()}
}
