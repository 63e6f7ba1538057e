// Package views shows the objects of a cluster, kind by kind: all of them, or
// those in one namespace, or those that a selector selects.
//
// A [View] is a value. It does nothing until it is used, and narrowing it
// returns another one, so a view can be shared, kept, and narrowed twice. What
// is wrong with a namespace or selector is told by the first use of the view.
package views

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

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
type View[T items.Item] struct {
	conn      rest.Conn
	kind      kinds.Kind
	make      maker[T]
	namespace string // "" for all
	selector  meta.Selector
	selected  bool // selector is in use
	pageSize  int
	err       error

	drop         bool // leave managedFields out
	metadataOnly bool
}

// maker makes items of the documents that come from one origin. A view holds it,
// because the type alone does not tell how: what a view of items.Item makes
// depends on its kind.
type maker[T any] func(*items.Origin) func(raw.Object) T

// Of returns the view of all objects of a kind. It is for the root package,
// which offers it as ViewOf.
func Of[T items.Typed[T]](conn rest.Conn, kind kinds.Kind) View[T] {
	return view(conn, kind, func(o *items.Origin) func(raw.Object) T { return items.NewMaker[T](o).Make })
}

// Untyped returns the view of the same objects whose items are of T as well, but
// known to the compiler as items only. It is for the root package, which offers
// it as the view of a kind by its name.
func Untyped[T items.Typed[T]](conn rest.Conn, kind kinds.Kind) View[items.Item] {
	return view(conn, kind, func(o *items.Origin) func(raw.Object) items.Item {
		typed := items.NewMaker[T](o)
		return func(doc raw.Object) items.Item { return typed.Make(doc) }
	})
}

func view[T items.Item](conn rest.Conn, kind kinds.Kind, how maker[T]) View[T] {
	v := View[T]{conn: conn, kind: kind, make: how}
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
func (v View[T]) In(namespace string) View[T] {
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
func (v View[T]) Filter(selectors ...meta.Selector) View[T] {
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
// few large ones cost less than many small ones.
func (v View[T]) PageSize(n int) View[T] {
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

// Metadata returns the view whose lists, watches and mirrors ask the server
// for nothing but each object's metadata. Accessors of the rest, which such
// items lack, return ErrFieldsDropped; see [raw.Object.MetadataOnly].
func (v View[T]) Metadata() View[T] {
	v.metadataOnly = true
	return v
}

// Kind is the kind of the view's objects.
func (v View[T]) Kind() kinds.Kind { return v.kind }

// Resource is the kind's name in URLs: "pods".
func (v View[T]) Resource() string { return v.kind.Resource() }

// Namespace is the namespace that the view is bound to; "" for a global view.
func (v View[T]) Namespace() string { return v.namespace }

// APIPaths are the base paths at which the API has offered the kind, newest
// first, without slashes at the ends: "apis/apps/v1", …. The slice is the
// caller's. The newest that the server serves is used.
func (v View[T]) APIPaths() []string { return v.kind.APIPaths() }

// Err is what is wrong with the view, or nil: every use of it returns the same.
func (v View[T]) Err() error {
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
	var item T
	if err := v.one(name); err != nil {
		return item, err
	}
	err := v.onServed(ctx, func(gv string) error {
		doc, err := v.conn.Send(ctx, v.request(http.MethodGet, gv, name))
		if err != nil {
			return err
		}
		item, err = v.item(v.request(http.MethodGet, gv, name), gv, doc, v.namespace, name)
		return err
	})
	return item, err
}

// Create stores a new object, and returns it as the server did. The manifest
// is anything that has a JSON form: a map, a raw.Object, a struct with JSON
// tags, an item; a []byte is taken as JSON text. Possible errors, before
// anything is sent: *ArgumentError for a manifest that is incomplete or of
// another kind, *NamespaceError when the namespace is missing or is not
// that of the view; then *APIError, of which *AlreadyExistsError and
// *InvalidError.
func (v View[T]) Create(ctx context.Context, manifest any) (T, error) {
	var item T
	doc, err := v.manifest(manifest)
	if err != nil {
		return item, err
	}
	gv := rest.String(doc, "apiVersion")
	r := v.request(http.MethodPost, gv, "")
	r.Path = rest.Path(gv, rest.String(doc, "metadata", "namespace"), v.kind.Resource(), "")
	r.Body, r.ContentType = doc.Bytes(), "application/json"
	created, err := v.conn.Send(ctx, r)
	if err != nil {
		return item, err
	}
	return v.item(r, gv, created, rest.String(doc, "metadata", "namespace"), rest.String(doc, "metadata", "name"))
}

// one checks that the view and a name make a single object.
func (v View[T]) one(name string) error {
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

func (v View[T]) onServed(ctx context.Context, f func(gv string) error) error {
	return rest.OnServed(ctx, v.conn, collection.ServedAs(v.kind), f)
}

func (v View[T]) request(verb, gv, name string) rest.Request {
	return rest.Request{
		Verb:      verb,
		Path:      rest.Path(gv, v.namespace, v.kind.Resource(), name),
		Sensitive: collection.IsSensitive(v.kind),
	}
}

// item makes an item of an answer, which must be the object that was asked for.
func (v View[T]) item(r rest.Request, gv string, doc raw.Object, namespace, name string) (item T, err error) {
	if err := rest.CheckObject(r, doc, string(v.kind.Name()), namespace, name); err != nil {
		return item, err
	}
	return v.maker(gv)(doc), nil
}

// query is what narrows a request to the view's objects.
func (v View[T]) query() url.Values {
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

// manifest checks a manifest as far as that is possible without the server.
func (v View[T]) manifest(manifest any) (raw.Object, error) {
	if err := v.Err(); err != nil {
		return raw.Object{}, err
	}
	doc, err := ManifestOf(manifest)
	if err != nil {
		return raw.Object{}, err
	}
	if err := v.checkKind(doc); err != nil {
		return raw.Object{}, err
	}
	return v.place(doc)
}

// ManifestOf makes a document of anything that has a JSON form, and checks that
// it is an object's manifest: it has an apiVersion, a kind, and metadata with a
// name. Possible error: *ArgumentError.
func ManifestOf(manifest any) (raw.Object, error) {
	doc, err := raw.From(manifest)
	if err != nil {
		return raw.Object{}, &rest.ArgumentError{Arg: "manifest", Reason: "it is not a JSON object", Err: err}
	}
	for _, field := range []string{"apiVersion", "kind"} {
		if rest.String(doc, field) == "" {
			return raw.Object{}, &rest.ArgumentError{Arg: "manifest", Reason: field + " is missing"}
		}
	}
	if doc.Get("metadata").Kind() != raw.KindObject {
		return raw.Object{}, &rest.ArgumentError{Arg: "manifest", Reason: "metadata is missing"}
	}
	for _, field := range []string{"name", "generateName", "namespace"} {
		if v := doc.Get("metadata", field); v.IsSet() && v.Kind() != raw.KindString {
			return raw.Object{}, &rest.ArgumentError{Arg: "manifest", Reason: "metadata." + field + " is not a string"}
		}
	}
	name, prefix := rest.String(doc, "metadata", "name"), rest.String(doc, "metadata", "generateName")
	if name == "" && prefix == "" {
		return raw.Object{}, &rest.ArgumentError{Arg: "manifest", Reason: "metadata.name and metadata.generateName are missing"}
	}
	if name != "" {
		if err := meta.ValidateName(name); err != nil {
			return raw.Object{}, &rest.ArgumentError{Arg: "manifest", Err: err}
		}
	}
	return doc, nil
}

func (v View[T]) checkKind(doc raw.Object) error {
	if kind := rest.String(doc, "kind"); kind != string(v.kind.Name()) {
		return &rest.ArgumentError{Arg: "manifest", Reason: "it is of kind " + kind + ", and the view shows " + string(v.kind.Name())}
	}
	gv := rest.String(doc, "apiVersion")
	for _, known := range v.kind.GroupVersions() {
		if gv == known {
			if items.NeedsSpec(v.kind) && doc.Get("spec").Kind() != raw.KindObject {
				return &rest.ArgumentError{Arg: "manifest", Reason: "spec is missing"}
			}
			return nil
		}
	}
	return &rest.ArgumentError{Arg: "manifest", Reason: fmt.Sprintf("apiVersion %q has no %s; it is one of %s",
		gv, v.kind.Name(), strings.Join(v.kind.GroupVersions(), ", "))}
}

// place puts the manifest into the view's namespace.
func (v View[T]) place(doc raw.Object) (raw.Object, error) {
	given, kind := rest.String(doc, "metadata", "namespace"), string(v.kind.Name())
	name := rest.String(doc, "metadata", "name")
	switch {
	case !v.kind.Namespaced() && given != "":
		return raw.Object{}, &rest.NamespaceError{Kind: kind, Name: name, Namespace: given, Reason: "the kind is not namespaced"}
	case !v.kind.Namespaced():
		return doc, nil
	case given == "" && v.namespace == "":
		return raw.Object{}, &rest.NamespaceError{Kind: kind, Name: name, Reason: "a namespace is needed; none is assumed"}
	case given == "":
		return doc.With(v.namespace, "metadata", "namespace")
	case v.namespace != "" && given != v.namespace:
		return raw.Object{}, &rest.NamespaceError{Kind: kind, Name: name, Namespace: v.namespace,
			Reason: "the manifest says " + strconv.Quote(given)}
	}
	return doc, meta.ValidateNamespace(given)
}
