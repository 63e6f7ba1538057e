// Package items holds the objects of a cluster as immutable values.
//
// An item is a snapshot of one revision of one object. It is 8 bytes, copied
// freely, safe in any number of goroutines, and never changes: what changes the
// object in the cluster is a method call that returns the next revision.
//
// Each kind has its own type, which embeds [Object] of itself and adds
// accessors of its status. A program adds a kind of its own in the same way:
//
//	type Widget struct{ items.Object[Widget] }
//
// Status accessors return a value and an error: a *StatusError (the root
// package names it) when the server has not set the attribute, or has set it
// to something malformed.
package items

import (
	"context"

	"fmt"
	"log/slog"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/meta"
	"github.com/kubeviews/kube/raw"
)

// Item is any item. All its types embed an [Object].
type Item interface {
	// Kind is the kind: "Pod".
	Kind() kinds.Name
	// APIVersion is the group and version that the item is written in: "apps/v1".
	APIVersion() string
	// Resource is the kind's name in URLs: "pods".
	Resource() string
	Name() string
	// Namespace is "" for an item of a cluster-scoped kind.
	Namespace() string
	UID() string
	// Version is the resource version of this revision.
	Version() string
	// Link is the absolute path of the item, as the proxy takes it.
	Link() string
	Raw() raw.Object
	Spec() raw.Value
	Status() raw.Value
	// Equal reports whether both are the same revision of the same object.
	Equal(Item) bool
	// Latest fetches the latest revision.
	Latest(ctx context.Context) (Item, error)
	Delete(ctx context.Context, options ...DeleteOption) error
	IsZero() bool

	inner() *data
	as(*data) Item // another revision, as the item's own type
}

// Typed is the constraint of item types: T embeds Object[T].
type Typed[T any] interface {
	Item
	self() T
}

// Object is what all item types embed: type Pod struct{ items.Object[Pod] }.
// The zero Object is no item: its accessors return zero values, and its methods
// that need the cluster return an *ArgumentError.
type Object[T any] struct{ d *data }

// data is what an item points to. Nobody writes to it after it is made. What items
// of all kinds do alike is done here: a method of Object is compiled for each kind,
// and several times, so those are short.
type data struct {
	doc    raw.Object
	origin *Origin
}

// Origin is where items come from: a connection, and a kind at the group
// version that serves it. The items of one list share one.
type Origin struct {
	conn         rest.Conn
	kind         kinds.Kind
	groupVersion string
}

// NewOrigin is for the rooms that read items off a connection.
func NewOrigin(conn rest.Conn, kind kinds.Kind, groupVersion string) *Origin {
	return &Origin{conn, kind, groupVersion}
}

// Maker makes the items of one list. It is for one goroutine.
type Maker[T any] struct {
	slot   *T
	object interface{ set(*data) }
	origin *Origin
}

// NewMaker is for the rooms that read items off a connection.
func NewMaker[T Typed[T]](origin *Origin) Maker[T] {
	m := Maker[T]{slot: new(T), origin: origin}
	m.object = any(m.slot).(interface{ set(*data) }) // Typed sees to it
	return m
}

// Make makes an item of a document.
func (m Maker[T]) Make(doc raw.Object) T {
	m.object.set(&data{doc, m.origin})
	return *m.slot
}

// New makes one item of a document.
func New[T Typed[T]](origin *Origin, doc raw.Object) T { return NewMaker[T](origin).Make(doc) }

func (o *Object[T]) set(d *data) { o.d = d }

func (o Object[T]) inner() *data { return o.d }

// self returns the item that o is embedded in.
func (o Object[T]) self() T { return o.with(o.d) }

func (o Object[T]) with(d *data) (t T) {
	if s, ok := any(&t).(interface{ set(*data) }); ok {
		s.set(d)
	}
	return t
}

// as is another revision of the object as an item of its own type.
func (o Object[T]) as(d *data) Item {
	item, _ := any(o.with(d)).(Item)
	return item
}

// next is what came of a request, as an item of the object's own type.
func (o Object[T]) next(d *data, err error) (t T, _ error) {
	if err != nil {
		return t, err
	}
	return o.with(d), nil
}

func (o Object[T]) doc() raw.Object {
	if o.d == nil {
		return raw.Object{}
	}
	return o.d.doc
}

// IsZero reports whether o is the zero item, which is no item.
func (o Object[T]) IsZero() bool { return o.d == nil }

// Raw is the whole object as the server wrote it, kind and apiVersion included.
func (o Object[T]) Raw() raw.Object { return o.doc() }

// Spec is the desired state; missing for kinds that have none, such as Secrets.
func (o Object[T]) Spec() raw.Value { return o.doc().Get("spec") }

// Status is the observed state; missing when there is none.
func (o Object[T]) Status() raw.Value { return o.doc().Get("status") }

// Kind is the kind: "Pod".
func (o Object[T]) Kind() kinds.Name { return kinds.Name(rest.String(o.doc(), "kind")) }

// APIVersion is the group and version that the item is written in: "apps/v1".
func (o Object[T]) APIVersion() string { return rest.String(o.doc(), "apiVersion") }

// Resource is the kind's name in URLs: "pods".
func (o Object[T]) Resource() string {
	if o.d == nil || o.d.origin == nil {
		return ""
	}
	return o.d.origin.kind.Resource()
}

// APIPaths are the base paths at which the API has offered the kind, newest
// first, without slashes at the ends: "apis/apps/v1", …. The slice is the
// caller's.
func (o Object[T]) APIPaths() []string {
	if o.d == nil || o.d.origin == nil {
		return nil
	}
	return o.d.origin.kind.APIPaths()
}

// Meta is the metadata.
func (o Object[T]) Meta() meta.ObjectMeta[T] {
	if o.d == nil {
		return meta.ObjectMeta[T]{}
	}
	return meta.Of[T](o.d.doc, o)
}

// Name is the object's name.
func (o Object[T]) Name() string { return o.Meta().Name() }

// Namespace is the object's namespace; "" for a cluster-scoped kind.
func (o Object[T]) Namespace() string { return o.Meta().Namespace() }

// UID tells the object from others of the same name, before and after it.
func (o Object[T]) UID() string { return o.Meta().UID() }

// Version is the resource version of this revision: opaque text, which is good
// for comparing with == and for starting a watch.
func (o Object[T]) Version() string { return o.Meta().Version() }

// Labels are the labels.
func (o Object[T]) Labels() meta.Labels[T] { return o.Meta().Labels() }

// Annotations are the annotations.
func (o Object[T]) Annotations() meta.Annotations[T] { return o.Meta().Annotations() }

// Link is the absolute path of the object, below the group version that it was
// read from: proxy.Get(ctx, item.Link()) fetches it.
func (o Object[T]) Link() string {
	if o.d == nil || o.d.origin == nil || o.d.origin.kind.IsZero() {
		return ""
	}
	return o.d.path(o.d.origin.groupVersion)
}

func (d *data) path(groupVersion string, subresource ...string) string {
	return rest.Path(groupVersion, d.namespace(), d.origin.kind.Resource(), d.name(), subresource...)
}

func (d *data) name() string      { return rest.String(d.doc, "metadata", "name") }
func (d *data) namespace() string { return rest.String(d.doc, "metadata", "namespace") }
func (d *data) uid() string       { return rest.String(d.doc, "metadata", "uid") }
func (d *data) version() string   { return rest.String(d.doc, "metadata", "resourceVersion") }

// Equal reports whether both are the same revision of the same object: their
// documents mean the same. go-cmp uses it.
func (o Object[T]) Equal(other Item) bool {
	if other == nil || other.inner() == nil || o.d == nil {
		return o.d == nil && (other == nil || other.inner() == nil)
	}
	return o.d == other.inner() || o.d.doc.Equal(other.inner().doc)
}

// MarshalJSON returns the object's JSON text; null for the zero item. A Secret
// refuses, with [raw.ErrSensitive]: log handlers marshal what lies in the slices,
// maps and structs that they are given. Raw().Bytes() is the explicit way.
func (o Object[T]) MarshalJSON() ([]byte, error) {
	if o.d == nil {
		return []byte("null"), nil
	}
	return o.d.doc.MarshalJSON()
}

// String names the item and its revision: Pod default/web-0@1234. Of a Secret,
// a fingerprint tells revisions apart.
func (o Object[T]) String() string {
	if o.d == nil {
		return "no item"
	}
	text := string(o.Kind()) + " "
	if ns := o.Namespace(); ns != "" {
		text += ns + "/"
	}
	text += o.Name()
	if v := o.Version(); v != "" {
		text += "@" + v
	}
	if o.d.doc.IsSensitive() {
		text += " " + o.d.doc.Fingerprint()
	}
	return text
}

// Format prints String for every verb, so that no format shows what an item
// keeps inside.
func (o Object[T]) Format(f fmt.State, verb rune) {
	if verb == 'q' {
		fmt.Fprintf(f, "%q", o.String())
		return
	}
	fmt.Fprintf(f, fmt.FormatString(f, 's'), o.String())
}

// LogValue is String, so that no log handler shows more.
func (o Object[T]) LogValue() slog.Value { return slog.StringValue(o.String()) }
