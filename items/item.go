// Package items holds the objects of a cluster as immutable values.
//
// An item is a snapshot of one revision of one object. It is 8 bytes, copied
// freely, safe in any number of goroutines, and never changes: what changes the
// object in the cluster is a method call that returns the next revision.
//
// Each kind has its own type, with accessors of its status. A program adds a kind
// of its own by embedding [Object], which has all the methods that items have:
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

// Item is any item: of a type of this package, or of one that embeds an [Object].
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

// Typed is the constraint of item types: those of this package, and those that
// embed Object of themselves.
type Typed[T any] interface {
	Item
	self() T
}

// Object is what an item type of one's own embeds: type Widget struct{ items.Object[Widget] }.
// The types of this package have the same methods. The zero Object is no item: its
// accessors return zero values, and its methods that need the cluster return an
// *ArgumentError.
//
// Go converts the types of this package into each other, as in items.Deployment(pod): that
// makes no deployment of a pod, whose Kind stays what it was. [From] checks the kind.
type Object[T any] struct{ object }

// object is what is the same for items of all types. The types of this package embed
// it, so that the compiler takes them for one when it compiles what is generic: with an
// [Object] of its own in each, all views, snapshots and watchers were compiled once for
// each kind, in each package that names the Cluster. What returns an item's own type is
// generated for them.
type object struct{ d *data }

//go:generate go run generate.go -o typed_generated.go

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

func (o *object) set(d *data) { o.d = d }

func (o object) inner() *data { return o.d }

// made is what came of a request, for an item of the object's own type.
func made(d *data, err error) (object, error) {
	if err != nil {
		return object{}, err
	}
	return object{d}, nil
}

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

// next is made, for types that are not known here.
func (o Object[T]) next(d *data, err error) (t T, _ error) {
	if err != nil {
		return t, err
	}
	return o.with(d), nil
}

func (o object) doc() raw.Object {
	if o.d == nil {
		return raw.Object{}
	}
	return o.d.doc
}

// IsZero reports whether o is the zero item, which is no item.
func (o object) IsZero() bool { return o.d == nil }

// Raw is the whole object as the server wrote it, kind and apiVersion included.
func (o object) Raw() raw.Object { return o.doc() }

// Spec is the desired state; missing for kinds that have none, such as Secrets.
func (o object) Spec() raw.Value { return o.doc().Get("spec") }

// Status is the observed state; missing when there is none.
func (o object) Status() raw.Value { return o.doc().Get("status") }

// Kind is the kind: "Pod".
func (o object) Kind() kinds.Name { return kinds.Name(rest.String(o.doc(), "kind")) }

// APIVersion is the group and version that the item is written in: "apps/v1".
func (o object) APIVersion() string { return rest.String(o.doc(), "apiVersion") }

// Resource is the kind's name in URLs: "pods".
func (o object) Resource() string {
	if o.d == nil || o.d.origin == nil {
		return ""
	}
	return o.d.origin.kind.Resource()
}

// APIPaths are the base paths at which the API has offered the kind, newest
// first, without slashes at the ends: "apis/apps/v1", …. The slice is the
// caller's.
func (o object) APIPaths() []string {
	if o.d == nil || o.d.origin == nil {
		return nil
	}
	return o.d.origin.kind.APIPaths()
}

// Meta is the metadata.
func (o Object[T]) Meta() meta.ObjectMeta[T] { return metaOf[T](o.d, o) }

func metaOf[T any](d *data, owner meta.Owner[T]) meta.ObjectMeta[T] {
	if d == nil {
		return meta.ObjectMeta[T]{}
	}
	return meta.Of(d.doc, owner)
}

// Name is the object's name.
func (o object) Name() string { return rest.String(o.doc(), "metadata", "name") }

// Namespace is the object's namespace; "" for a cluster-scoped kind.
func (o object) Namespace() string { return rest.String(o.doc(), "metadata", "namespace") }

// UID tells the object from others of the same name, before and after it.
func (o object) UID() string { return rest.String(o.doc(), "metadata", "uid") }

// Version is the resource version of this revision: opaque text, which is good
// for comparing with == and for starting a watch.
func (o object) Version() string { return rest.String(o.doc(), "metadata", "resourceVersion") }

// Labels are the labels.
func (o Object[T]) Labels() meta.Labels[T] { return o.Meta().Labels() }

// Annotations are the annotations.
func (o Object[T]) Annotations() meta.Annotations[T] { return o.Meta().Annotations() }

// Link is the absolute path of the object, below the group version that it was
// read from: proxy.Get(ctx, item.Link()) fetches it.
func (o object) Link() string {
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
func (o object) Equal(other Item) bool {
	if other == nil || other.inner() == nil || o.d == nil {
		return o.d == nil && (other == nil || other.inner() == nil)
	}
	return o.d == other.inner() || o.d.doc.Equal(other.inner().doc)
}

// MarshalJSON returns the object's JSON text; null for the zero item. A Secret
// refuses, with [raw.ErrSensitive]: log handlers marshal what lies in the slices,
// maps and structs that they are given. Raw().Bytes() is the explicit way.
func (o object) MarshalJSON() ([]byte, error) {
	if o.d == nil {
		return []byte("null"), nil
	}
	return o.d.doc.MarshalJSON()
}

// String names the item and its revision: Pod default/web-0@1234. Of a Secret,
// a fingerprint tells revisions apart.
func (o object) String() string {
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
func (o object) Format(f fmt.State, verb rune) {
	if verb == 'q' {
		fmt.Fprintf(f, "%q", o.String())
		return
	}
	fmt.Fprintf(f, fmt.FormatString(f, 's'), o.String())
}

// LogValue is String, so that no log handler shows more.
func (o object) LogValue() slog.Value { return slog.StringValue(o.String()) }
