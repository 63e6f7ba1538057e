package items

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/kubeviews/kube/internal/collection"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/meta"
	"github.com/kubeviews/kube/raw"
)

// PatchType is the content type that tells the server how to read a patch.
type PatchType = rest.PatchType

// Fetch returns the latest revision of the object, as a new item: also one that
// took its name. Possible errors: *APIError, of which *NotFoundError when the
// object is gone.
func (o Object[T]) Fetch(ctx context.Context) (T, error) {
	return o.next(o.d.fetch(ctx))
}

// Latest is Fetch for any item.
func (o Object[T]) Latest(ctx context.Context) (Item, error) {
	return o.d.latest(ctx, o.as)
}

func (d *data) latest(ctx context.Context, as func(*data) Item) (Item, error) {
	now, err := d.fetch(ctx)
	if err != nil {
		return nil, err
	}
	return as(now), nil
}

func (d *data) fetch(ctx context.Context) (*data, error) {
	return d.send(ctx, rest.Request{Verb: http.MethodGet})
}

// Patch changes the object by a patch of the given type, and returns its next
// revision. The patch is anything that has a JSON form; a []byte is taken as
// JSON text. An object that took the item's name is not changed.
//
// With [Subresource], the patch is of that part. Where its form is another than
// the object's, as of "scale", the object is fetched thereafter; a dry run returns it
// with the replicas that it would have.
//
// Possible errors: *ArgumentError for a patch without the JSON form of its type,
// and for an option that it cannot heed; *APIError, of which *NotFoundError when
// the object is gone, *ConflictError when another has taken its name, when it is
// not as [IfUnchanged] demands, or when another manager owns what is applied, and
// *InvalidError.
func (o Object[T]) Patch(ctx context.Context, how PatchType, patch any, options ...ChangeOption) (T, error) {
	return o.next(o.d.patch(ctx, how, patch, options...))
}

func (d *data) patch(ctx context.Context, how PatchType, patch any, options ...ChangeOption) (*data, error) {
	if !how.Valid() {
		return nil, &rest.ArgumentError{Arg: "patch type", Value: string(how), Reason: "not one that the API knows"}
	}
	c, err := d.heed(http.MethodPatch, how == rest.ApplyPatch, options)
	if err != nil {
		return nil, err
	}
	body, err := patchBody(patch)
	if err == nil && c.apply {
		c.setManager(d.origin.conn)
		body, err = d.named(c, body)
	}
	if err == nil {
		body, err = d.guarded(how, body, c.unchanged)
	}
	if err != nil {
		return nil, err
	}
	return d.send(ctx, rest.Request{Verb: http.MethodPatch, Query: c.query, Body: body, ContentType: string(how)}, c.parts()...)
}

// MergePatch is Patch with a JSON merge patch (RFC 7386).
func (o Object[T]) MergePatch(ctx context.Context, patch any) (T, error) {
	return o.next(o.d.mergePatch(ctx, patch))
}

func (d *data) mergePatch(ctx context.Context, patch any) (*data, error) {
	return d.patch(ctx, rest.MergePatch, patch)
}

// Apply is Patch with a server-side apply: the fields of the configuration become
// as it says, and belong to the field manager; those that the manager applied
// before, and that are no longer in it, go. The configuration needs no name and no
// kind: the item's are filled in.
//
// See https://kubernetes.io/docs/reference/using-api/server-side-apply/.
func (o Object[T]) Apply(ctx context.Context, configuration any, options ...ChangeOption) (T, error) {
	return o.next(o.d.apply(ctx, configuration, options))
}

func (d *data) apply(ctx context.Context, configuration any, options []ChangeOption) (*data, error) {
	return d.patch(ctx, rest.ApplyPatch, configuration, options...)
}

// Replace stores another content of the object, and returns its next revision. The
// content is anything that has a JSON form. It is the whole object: what it lacks is
// gone, but for the kind, the name and the uid, which are filled in. One without any
// metadata, or empty, is refused as a slip. It is based on the resourceVersion that it
// carries, or, without one, on this item's: if the object is no longer at that version,
// the server refuses with a *ConflictError, and nothing is lost.
//
//	next, err := item.Raw().With("yes", "data", "audited")
//	item, err = item.Replace(ctx, next)
//
// Possible errors: *ArgumentError for a content that is of another object, that has no
// metadata, or that lacks what was left out when it was read; *APIError, of which *ConflictError,
// *NotFoundError, *InvalidError. An *UnreachableError leaves open whether the
// content was stored.
func (o Object[T]) Replace(ctx context.Context, content any, options ...ChangeOption) (T, error) {
	return o.next(o.d.replace(ctx, content, options))
}

func (d *data) replace(ctx context.Context, content any, options []ChangeOption) (*data, error) {
	c, err := d.heed(http.MethodPut, false, options)
	if err != nil {
		return nil, err
	}
	doc, err := d.content(c, content)
	if err != nil {
		return nil, err
	}
	return d.put(ctx, c, doc)
}

// put sends a whole content. It is sent once only, unless it surely was not taken:
// were it taken, and the answer lost, it would be refused the next time, as if
// somebody else had been faster.
func (d *data) put(ctx context.Context, c *change, doc raw.Object) (*data, error) {
	return d.send(ctx, rest.Request{Verb: http.MethodPut, Query: c.query, Body: doc.Bytes(),
		ContentType: "application/json", Conditional: true}, c.parts()...)
}

// content is what replaces the object, or a part of it: it must be of this very object.
func (d *data) content(c *change, v any) (raw.Object, error) {
	bad := func(reason string, err error) (raw.Object, error) {
		return raw.Object{}, &rest.ArgumentError{Arg: "content", Reason: reason, Err: err}
	}
	doc, err := raw.From(v)
	if err != nil {
		return bad("it is not a JSON object", err)
	}
	if doc.MetadataOnly() {
		return bad("it was read without all but its metadata, which would be lost", nil)
	}
	if doc.Get("metadata").Len() == 0 && (!c.scales() || doc.Len() == 0) {
		return bad("it has no metadata: the object's labels, owners and finalizers would be lost", nil)
	}
	apiVersion, kind := d.form(c)
	fill := []struct {
		want string
		path []string
	}{
		{apiVersion, []string{"apiVersion"}},
		{kind, []string{"kind"}},
		{d.name(), []string{"metadata", "name"}},
		{d.namespace(), []string{"metadata", "namespace"}},
		{d.uid(), []string{"metadata", "uid"}},
	}
	for _, f := range fill {
		if doc, err = matching(doc, f.want, f.path...); err != nil {
			return bad("it is of another object", err)
		}
	}
	version := rest.String(doc, "metadata", "resourceVersion")
	if c.unchanged && version != "" && version != d.version() {
		return bad("with IfUnchanged, it must be based on the item's version", nil)
	}
	if version != "" || d.version() == "" {
		return doc, nil
	}
	return doc.With(d.version(), "metadata", "resourceVersion")
}

// matching sets a text where there is none, and refuses another.
func matching(doc raw.Object, want string, path ...string) (raw.Object, error) {
	at := doc.Get(path...)
	got, err := at.Text()
	switch {
	case at.IsSet() && (err != nil || got != want):
		return doc, fmt.Errorf("%s is %s, not %q", strings.Join(path, "."), at, want)
	case !at.IsSet() && want != "":
		return doc.With(want, path...)
	}
	return doc, nil
}

// named is what is applied, which must say what it is of.
func (d *data) named(c *change, body []byte) ([]byte, error) {
	doc, err := raw.Parse(body)
	if err != nil {
		return nil, &rest.ArgumentError{Arg: "configuration", Reason: "it is not a JSON object", Err: err}
	}
	apiVersion, kind := d.form(c)
	for _, f := range [][2]string{{apiVersion, "apiVersion"}, {kind, "kind"}} {
		if doc, err = matching(doc, f[0], f[1]); err != nil {
			return nil, &rest.ArgumentError{Arg: "configuration", Reason: "it is of another kind", Err: err}
		}
	}
	if doc, err = matching(doc, d.name(), "metadata", "name"); err != nil {
		return nil, &rest.ArgumentError{Arg: "configuration", Reason: "it is of another object", Err: err}
	}
	return doc.Bytes(), nil
}

func patchBody(patch any) ([]byte, error) {
	body, err := rest.Body(patch)
	if err != nil {
		return nil, &rest.ArgumentError{Arg: "patch", Reason: "it has no JSON form", Err: err}
	}
	return body, nil
}

// send makes a request whose answer is the object's latest revision, or a part of
// it in a form of its own: then that revision is fetched.
func (d *data) send(ctx context.Context, r rest.Request, subresource ...string) (*data, error) {
	next, err := d.request(ctx, r, subresource...)
	if err != nil {
		return nil, err
	}
	kind := string(next.origin.kind.Name())
	if len(subresource) > 0 && rest.String(next.doc, "kind") != kind {
		return d.around(ctx, next.doc, r.Query.Has("dryRun"))
	}
	r.Path = d.path(next.origin.groupVersion, subresource...)
	if err := rest.CheckObject(r, next.doc, kind, d.namespace(), d.name()); err != nil {
		return nil, err
	}
	return next, nil
}

// request makes a request at the object's own path, below the group version
// that the server serves now.
func (d *data) request(ctx context.Context, r rest.Request, subresource ...string) (next *data, err error) {
	if err := d.reachable(); err != nil {
		return nil, err
	}
	origin := d.origin
	r.Sensitive = collection.IsSensitive(origin.kind)
	err = rest.OnServed(ctx, origin.conn, collection.ServedAs(origin.kind), func(gv string) error {
		r.Path = d.path(gv, subresource...)
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
func (d *data) reachable() error {
	bad := func(reason string) error {
		return &rest.ArgumentError{Arg: "item", Value: object{d}.String(), Reason: reason}
	}
	switch {
	case d == nil:
		return &rest.ArgumentError{Arg: "item", Reason: "the zero item is no object of a cluster"}
	case d.origin == nil || d.origin.conn == nil:
		return bad("it has no connection to a cluster")
	case d.origin.kind.IsZero():
		return bad("its cluster does not know the kind; see Declare")
	case d.name() == "":
		return &rest.ArgumentError{Arg: "item", Reason: "it has no name"}
	case d.namespace() != "":
		if err := meta.ValidateNamespace(d.namespace()); err != nil {
			return err
		}
	}
	return meta.ValidateName(d.name())
}

// Using returns the same revision of the item, which from now on uses another
// connection. An item that does not know its kind's place in the API learns it from
// kindOf. It is for the root package: see its Bind.
func Using[T Typed[T]](conn rest.Conn, item T, kindOf func(apiVersion, kind string) kinds.Kind) T {
	d := item.inner()
	if d == nil {
		return item
	}
	origin := Origin{conn: conn, groupVersion: item.APIVersion()}
	if d.origin != nil {
		origin.kind, origin.groupVersion = d.origin.kind, d.origin.groupVersion
	}
	if origin.kind.IsZero() {
		origin.kind = kindOf(item.APIVersion(), string(item.Kind()))
	}
	return New[T](&origin, d.doc)
}
