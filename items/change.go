package items

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/kubeviews/kube/internal/collection"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/meta"
)

// PatchType is the content type that tells the server how to read a patch.
type PatchType = rest.PatchType

// Fetch returns the latest revision of the object, as a new item: also one that
// took its name. Possible errors: *APIError, of which *NotFoundError when the
// object is gone.
func (o Object[T]) Fetch(ctx context.Context) (T, error) {
	return o.send(ctx, rest.Request{Verb: http.MethodGet})
}

// Latest is Fetch for any item.
func (o Object[T]) Latest(ctx context.Context) (Item, error) {
	t, err := o.Fetch(ctx)
	if err != nil {
		return nil, err
	}
	item, _ := any(t).(Item)
	return item, nil
}

// Patch changes the object by a patch of the given type, and returns its next
// revision. The patch is anything that has a JSON form; a []byte is taken as
// JSON text. An object that took the item's name is not changed.
//
// Possible errors: *ArgumentError for a patch without the JSON form of its type,
// and for server-side apply, which only the proxy can do so far; *APIError, of
// which *NotFoundError when the object is gone, and *ConflictError when another
// has taken its name.
func (o Object[T]) Patch(ctx context.Context, how PatchType, patch any) (T, error) {
	var zero T
	if !how.Valid() {
		return zero, &rest.ArgumentError{Arg: "patch type", Value: string(how), Reason: "not one that the API knows"}
	}
	if how == rest.ApplyPatch {
		return zero, &rest.ArgumentError{Arg: "patch type", Value: string(how),
			Reason: `an item has no field manager to apply as; use Proxy().Query("fieldManager", name).As(kube.ApplyPatch).Patch(ctx, patch, item.Link())`}
	}
	body, err := patchBody(patch)
	if err == nil {
		body, err = o.guarded(how, body)
	}
	if err != nil {
		return zero, err
	}
	return o.send(ctx, rest.Request{Verb: http.MethodPatch, Body: body, ContentType: string(how)})
}

// MergePatch is Patch with a JSON merge patch (RFC 7386).
func (o Object[T]) MergePatch(ctx context.Context, patch any) (T, error) {
	return o.Patch(ctx, rest.MergePatch, patch)
}

func patchBody(patch any) ([]byte, error) {
	body, err := rest.Body(patch)
	if err != nil {
		return nil, &rest.ArgumentError{Arg: "patch", Reason: "it has no JSON form", Err: err}
	}
	return body, nil
}

// Delete deletes the object, if it is still the one of this item's uid.
// Possible errors: *APIError, of which *NotFoundError when it is gone already,
// and *ConflictError when another object has taken its name.
//
// The object may stay for a while after Delete returns: until its grace period
// is over and its finalizers are done.
func (o Object[T]) Delete(ctx context.Context) error {
	_, err := o.request(ctx, rest.Request{Verb: http.MethodDelete, Body: o.deleteOptions(), ContentType: "application/json"})
	return err
}

func (o Object[T]) deleteOptions() []byte {
	options := map[string]any{"apiVersion": "v1", "kind": "DeleteOptions"}
	if uid := o.UID(); uid != "" {
		options["preconditions"] = map[string]any{"uid": uid}
	}
	body, _ := json.Marshal(options) // strings only
	return body
}

// send makes a request whose answer is the object's latest revision.
func (o Object[T]) send(ctx context.Context, r rest.Request) (T, error) {
	var zero T
	d, err := o.request(ctx, r)
	if err != nil {
		return zero, err
	}
	r.Path = o.d.path(d.origin.groupVersion)
	if err := rest.CheckObject(r, d.doc, string(d.origin.kind.Name()), o.Namespace(), o.Name()); err != nil {
		return zero, err
	}
	return o.with(d), nil
}

// request makes a request at the object's own path, below the group version
// that the server serves now.
func (o Object[T]) request(ctx context.Context, r rest.Request, subresource ...string) (*data, error) {
	if err := o.reachable(); err != nil {
		return nil, err
	}
	var next *data
	origin := o.d.origin
	r.Sensitive = collection.IsSensitive(origin.kind)
	err := rest.OnServed(ctx, origin.conn, collection.ServedAs(origin.kind), func(gv string) error {
		r.Path = o.d.path(gv, subresource...)
		doc, err := origin.conn.Send(ctx, r)
		if err != nil {
			return err
		}
		at := origin
		if gv != origin.groupVersion {
			at = &Origin{origin.conn, origin.kind, gv}
		}
		next = &data{doc, at}
		return nil
	})
	return next, err
}

// reachable tells why the item cannot be asked for, if so.
func (o Object[T]) reachable() error {
	switch {
	case o.d == nil:
		return &rest.ArgumentError{Arg: "item", Reason: "the zero item is no object of a cluster"}
	case o.d.origin == nil || o.d.origin.conn == nil:
		return &rest.ArgumentError{Arg: "item", Value: o.String(), Reason: "it has no connection to a cluster"}
	case o.Name() == "":
		return &rest.ArgumentError{Arg: "item", Reason: "it has no name"}
	case o.Namespace() != "":
		if err := meta.ValidateNamespace(o.Namespace()); err != nil {
			return err
		}
	}
	return meta.ValidateName(o.Name())
}

// Using returns the same revision of the item, which from now on uses another
// connection. It is for the root package: see its Bind.
func Using[T Typed[T]](conn rest.Conn, item T) T {
	d := item.inner()
	if d == nil {
		return item
	}
	return New[T](&Origin{conn, d.origin.kind, d.origin.groupVersion}, d.doc)
}
