package meta

import (
	"context"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// Owner is what an item gives to its metadata: where it is, and how it is
// changed. T is the item's own type.
type Owner[T any] interface {
	// Link is the absolute path of the item.
	Link() string
	// MergePatch changes the item by a JSON merge patch (RFC 7386), and
	// returns the next revision.
	MergePatch(ctx context.Context, patch any) (T, error)
}

// ObjectMeta is the metadata of one revision of an item of type T. It is
// immutable: what changes the metadata returns the item's next revision.
// The zero ObjectMeta is empty.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/.
type ObjectMeta[T any] struct {
	doc   raw.Object
	owner Owner[T]
}

// Of returns the metadata in an object's document. Items call it.
func Of[T any](doc raw.Object, owner Owner[T]) ObjectMeta[T] { return ObjectMeta[T]{doc, owner} }

// Name is unique among the objects of its kind, in its namespace if it has one.
func (m ObjectMeta[T]) Name() string { return rest.String(m.doc, "metadata", "name") }

// Namespace is "" for an object of a cluster-scoped kind.
func (m ObjectMeta[T]) Namespace() string { return rest.String(m.doc, "metadata", "namespace") }

// UID tells the object from others of the same name, before and after it.
func (m ObjectMeta[T]) UID() string { return rest.String(m.doc, "metadata", "uid") }

// Version is the resource version of this revision: opaque text, which is
// good for comparing with == and for starting a watch.
func (m ObjectMeta[T]) Version() string { return rest.String(m.doc, "metadata", "resourceVersion") }

// GenerateName is the prefix that the server made the name from, or "".
func (m ObjectMeta[T]) GenerateName() string { return rest.String(m.doc, "metadata", "generateName") }

// Generation counts the changes of the desired state. Possible error:
// *StatusError; not all kinds have one.
func (m ObjectMeta[T]) Generation() (int64, error) { return rest.Int(m.doc, "metadata", "generation") }

// Created is when the server stored the object, to the second. Possible error:
// *StatusError.
func (m ObjectMeta[T]) Created() (time.Time, error) {
	return rest.Time(m.doc, "metadata", "creationTimestamp")
}

// Deleting reports whether the object is being deleted: it goes away when its
// finalizers and its grace period are over.
func (m ObjectMeta[T]) Deleting() bool { return m.doc.Get("metadata", "deletionTimestamp").IsSet() }

// Deletion is when the grace period of a deletion is over. Possible error:
// *StatusError, also for an object that is not being deleted.
func (m ObjectMeta[T]) Deletion() (time.Time, error) {
	return rest.Time(m.doc, "metadata", "deletionTimestamp")
}

// DeletionGracePeriod is how long the object may take to end. Possible error:
// *StatusError, also for an object that is not being deleted.
func (m ObjectMeta[T]) DeletionGracePeriod() (time.Duration, error) {
	seconds, err := rest.Int(m.doc, "metadata", "deletionGracePeriodSeconds")
	return time.Duration(seconds) * time.Second, err
}

// Link is the absolute path of the object, below the group version that it was
// read from. (The server's own selfLink is gone since Kubernetes 1.24.)
func (m ObjectMeta[T]) Link() string {
	if m.owner == nil {
		return ""
	}
	return m.owner.Link()
}

// Labels are the labels, by which objects are selected.
func (m ObjectMeta[T]) Labels() Labels[T] { return Labels[T]{m.pairs("labels"), m.owner} }

// Annotations are the annotations, which tools keep their own data in.
func (m ObjectMeta[T]) Annotations() Annotations[T] {
	return Annotations[T]{m.pairs("annotations"), m.owner}
}

func (m ObjectMeta[T]) pairs(field string) pairs {
	return pairs{m.doc.Get("metadata", field), m.doc, field}
}

// Finalizers name what must be done before the object can go. The slice is the
// caller's. Possible error: *StatusError when they are not a list of strings.
func (m ObjectMeta[T]) Finalizers() ([]string, error) {
	return decode[[]string](m.doc, "finalizers")
}

// OwnerReference names an object that this one belongs to and is deleted with.
type OwnerReference struct {
	APIVersion         string `json:"apiVersion"`
	Kind               string `json:"kind"`
	Name               string `json:"name"`
	UID                string `json:"uid"`
	Controller         bool   `json:"controller,omitempty"`         // the one that manages it
	BlockOwnerDeletion bool   `json:"blockOwnerDeletion,omitempty"` // in a foreground deletion
}

// Owners are the objects that this one belongs to. The slice is the caller's.
// Possible error: *StatusError when they are malformed.
func (m ObjectMeta[T]) Owners() ([]OwnerReference, error) {
	return decode[[]OwnerReference](m.doc, "ownerReferences")
}

// Controller is the owner that manages the object; false when there is none.
func (m ObjectMeta[T]) Controller() (OwnerReference, bool) {
	owners, _ := m.Owners()
	for _, o := range owners {
		if o.Controller {
			return o, true
		}
	}
	return OwnerReference{}, false
}

// Equal reports whether both mean the same. go-cmp uses it.
func (m ObjectMeta[T]) Equal(other ObjectMeta[T]) bool { return m.Raw().Equal(other.Raw()) }

// Raw is the metadata as the server wrote it; empty when there is none.
func (m ObjectMeta[T]) Raw() raw.Object {
	o, _ := m.doc.Get("metadata").Object()
	return o
}

// decode reads a field of the metadata that may be absent.
func decode[V any](doc raw.Object, field string) (v V, err error) {
	at := doc.Get("metadata", field)
	if !at.IsSet() {
		return v, nil
	}
	if err := at.Decode(&v); err != nil {
		var zero V
		return zero, rest.Malformed(doc, err, "metadata", field)
	}
	return v, nil
}
