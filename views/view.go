// Package views shows the objects of a cluster, kind by kind: all of them, or
// those in one namespace, or those that a selector selects.
//
// A [View] is a value. It does nothing until it is used, and narrowing it
// returns another one, so a view can be shared, kept, and narrowed twice. What
// is wrong with a namespace or selector is told by the first use of the view.
package views

import (
	"context"
	"errors"
	"net/url"
	"strconv"

	"github.com/kubeviews/kube/internal/collection"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/meta"
	"github.com/kubeviews/kube/raw"
)

// View shows the objects of one kind as items of type T. It is immutable and
// safe for concurrent use. The zero View is not usable: its methods return an
// *ArgumentError.
type View[T items.Item] struct{ view }

// view is a View of items whose type it need not know: what is said here of all
// kinds is compiled once, and not for each of them.
type view struct {
	conn      rest.Conn
	kind      kinds.Kind
	make      maker
	namespace string // "" for all
	selector  meta.Selector
	selected  bool // selector is in use
	pageSize  int
	err       error

	drop         bool // leave managedFields out
	metadataOnly bool
}

// maker makes items of the documents that come from one origin. A view holds it,
// because its type alone does not tell how: what a view of items.Item makes
// depends on its kind.
type maker func(*items.Origin) func(raw.Object) items.Item

// Of returns the view of all objects of a kind. It is for the root package,
// which offers it as ViewOf.
func Of[T items.Typed[T]](conn rest.Conn, kind kinds.Kind) View[T] {
	return View[T]{newView(conn, kind, makerOf[T])}
}

// Untyped returns the view of the same objects whose items are of T as well, but
// known to the compiler as items only. It is for the root package, which offers
// it as the view of a kind by its name.
func Untyped[T items.Typed[T]](conn rest.Conn, kind kinds.Kind) View[items.Item] {
	return View[items.Item]{newView(conn, kind, makerOf[T])}
}

func makerOf[T items.Typed[T]](origin *items.Origin) func(raw.Object) items.Item {
	m := items.NewMaker[T](origin)
	return func(doc raw.Object) items.Item { return m.Make(doc) }
}

func newView(conn rest.Conn, kind kinds.Kind, how maker) view {
	v := view{conn: conn, kind: kind, make: how}
	switch {
	case conn == nil:
		v.err = &rest.ArgumentError{Arg: "connection", Reason: "there is none"}
	case kind.IsZero():
		v.err = &rest.ArgumentError{Arg: "kind", Reason: "the zero Kind is none"}
	default:
		v.pageSize = conn.Limits().PageSize
	}
	return v
}

// Labels selects by labels, in the server's own notation: "app in (a,b),!x".
// An empty or malformed expression is told by the first use of the view.
func Labels(expr string) meta.Selector { return meta.LabelSelector(expr) }

// LabelsEqual selects objects that have all of these labels. An empty map is an
// error, which the first use of the view tells.
func LabelsEqual(labels map[string]string) meta.Selector { return meta.LabelsEqual(labels) }

// Fields selects by fields, in the server's own notation:
// "status.phase=Running,spec.nodeName!=a". Which fields a kind offers is up to
// the server. An empty or malformed expression is told by the first use of the
// view.
func Fields(expr string) meta.Selector { return meta.FieldSelector(expr) }

// FieldsEqual selects objects that have all of these fields. An empty map is an
// error, which the first use of the view tells.
func FieldsEqual(fields map[string]string) meta.Selector { return meta.FieldsEqual(fields) }

// In returns the view of the objects in one namespace. On a view that is bound
// already it must be the same one.
func (v View[T]) In(namespace string) View[T] { return View[T]{v.in(namespace)} }

func (v view) in(namespace string) view {
	switch {
	case v.Err() != nil:
		v.err = v.Err()
	case !v.kind.Namespaced():
		v.err = &rest.NamespaceError{Kind: string(v.kind.Name()), Namespace: namespace, Reason: "the kind is not namespaced"}
	case v.namespace != "" && v.namespace != namespace:
		v.err = &rest.NamespaceError{Kind: string(v.kind.Name()), Namespace: namespace, Reason: "the view is bound to " + strconv.Quote(v.namespace)}
	default:
		v.err = meta.ValidateNamespace(namespace)
		v.namespace = namespace
	}
	return v
}

// Filter returns the view of those objects that all of the selectors select,
// beside those that the view has already.
func (v View[T]) Filter(selectors ...meta.Selector) View[T] { return View[T]{v.filter(selectors)} }

func (v view) filter(selectors []meta.Selector) view {
	v.err = v.Err()
	for _, s := range selectors {
		if v.err == nil {
			v.err = s.Err()
		}
		if v.selected {
			s = v.selector.And(s)
		}
		v.selector, v.selected = s, true
	}
	return v
}

// PageSize returns the view that lists in pages of at most n items; 0 is for
// all in one answer. Pages bound what the server keeps in memory for an answer;
// few large ones cost less than many small ones. While one page is read, the next
// is asked for, unless its items are taken slowly.
func (v View[T]) PageSize(n int) View[T] { return View[T]{v.paged(n)} }

func (v view) paged(n int) view {
	if n < 0 && v.err == nil {
		v.err = &rest.ArgumentError{Arg: "page size", Value: strconv.Itoa(n), Reason: "must not be negative"}
	}
	v.pageSize = n
	return v
}

// WithoutManagedFields returns the view whose lists, watches and mirrors leave
// out metadata.managedFields, about half of an object's memory. Items that lack
// them say so, see [raw.Object.ManagedFieldsDropped].
func (v View[T]) WithoutManagedFields() View[T] {
	v.drop = true
	return v
}

// Metadata returns the view that asks the server for nothing but each object's
// metadata, in all that it reads. Accessors of the rest, which such items lack,
// return ErrFieldsDropped; see [raw.Object.MetadataOnly]. What the server answers to
// a change of such an item is whole.
func (v View[T]) Metadata() View[T] {
	v.metadataOnly = true
	return v
}

// Kind is the kind of the view's objects.
func (v view) Kind() kinds.Kind { return v.kind }

// Resource is the kind's name in URLs: "pods".
func (v view) Resource() string { return v.kind.Resource() }

// Namespace is the namespace that the view is bound to; "" for a global view.
func (v view) Namespace() string { return v.namespace }

// APIPaths are the base paths at which the API has offered the kind, newest
// first, without slashes at the ends: "apis/apps/v1", …. The slice is the
// caller's. The newest that the server serves is used.
func (v view) APIPaths() []string { return v.kind.APIPaths() }

// Err is what is wrong with the view, or nil: every use of it returns the same.
func (v view) Err() error {
	if v.err == nil && v.conn == nil {
		return &rest.ArgumentError{Arg: "view", Reason: "the zero View shows nothing"}
	}
	return rest.Copy(v.err)
}

// Fetch returns the latest revision of one object. Selectors of the view do not
// count. Possible errors: *ArgumentError for a name that no object can have,
// *NamespaceError on a global view of a namespaced kind, and *APIError, of
// which *NotFoundError.
func (v View[T]) Fetch(ctx context.Context, name string) (T, error) {
	item, err := v.fetch(ctx, name)
	return items.As[T](item), err
}

func (v view) fetch(ctx context.Context, name string) (item items.Item, err error) {
	if err := v.one(name); err != nil {
		return nil, err
	}
	err = v.onServed(ctx, func(gv string) error {
		r, doc, err := v.collection().Get(ctx, gv, name)
		if err == nil {
			item, err = v.item(r, gv, doc, v.namespace, name)
		}
		return err
	})
	return item, err
}

// Exists asks whether there is an object of that name. Errors are those of Fetch,
// but *NotFoundError.
func (v view) Exists(ctx context.Context, name string) (bool, error) {
	v.metadataOnly = true // more is not looked at
	_, err := v.fetch(ctx, name)
	if missing := (*rest.NotFoundError)(nil); errors.As(err, &missing) {
		return false, nil
	}
	return err == nil, err
}

// one checks that the view and a name make a single object.
func (v view) one(name string) error {
	if err := v.Err(); err != nil {
		return err
	}
	if err := meta.ValidateName(name); err != nil {
		return err
	}
	if v.kind.Namespaced() && v.namespace == "" {
		return &rest.NamespaceError{Kind: string(v.kind.Name()), Name: name, Reason: "a namespace is needed; none is assumed"}
	}
	return nil
}

func (v view) onServed(ctx context.Context, f func(gv string) error) error {
	return rest.OnServed(ctx, v.conn, collection.ServedAs(v.kind), f)
}

// item makes an item of an answer, which must be the object that was asked for.
func (v view) item(r rest.Request, gv string, doc raw.Object, namespace, name string) (items.Item, error) {
	if err := rest.CheckObject(r, doc, string(v.kind.Name()), namespace, name); err != nil {
		return nil, err
	}
	return v.maker(gv)(doc), nil
}

// query is what narrows a request to the view's objects.
func (v view) query() url.Values {
	q := url.Values{}
	if v.selected {
		if text := v.selector.LabelQuery(); text != "" {
			q.Set("labelSelector", text)
		}
		if text := v.selector.FieldQuery(); text != "" {
			q.Set("fieldSelector", text)
		}
	}
	return q
}
