package views

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/kubeviews/kube/internal/collection"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/meta"
	"github.com/kubeviews/kube/raw"
)

// Create stores a new object, and returns it as the server did. The manifest
// is anything that has a JSON form: a map, a raw.Object, a struct with JSON
// tags, an item; a []byte is taken as JSON text. Options: [items.DryRun],
// [items.FieldManager], [items.FieldValidation].
//
// Of a kind that asks a question, such as SubjectAccessReview, the manifest needs no
// name, and what is returned is the answer.
//
// Possible errors, before anything is sent: *ArgumentError for a manifest that is
// incomplete or of another kind, and for an option that makes no sense here,
// *NamespaceError when the namespace is missing or is not that of the view; then
// *APIError, of which *AlreadyExistsError and *InvalidError.
func (v View[T]) Create(ctx context.Context, manifest any, options ...items.ChangeOption) (T, error) {
	item, err := v.store(ctx, http.MethodPost, manifest, options)
	return items.As[T](item), err
}

// Apply creates the object, or changes it, so that the fields of the manifest are
// as it says, and belong to the field manager: a server-side apply. Fields that the
// manager applied before and that are no longer in the manifest go; others stay.
// Options: [items.FieldManager], [items.Force], [items.DryRun],
// [items.FieldValidation].
//
// Errors are those of Create, and *ConflictError when another manager owns a field:
// its Status names them. The manifest must have a name.
//
// See https://kubernetes.io/docs/reference/using-api/server-side-apply/.
func (v View[T]) Apply(ctx context.Context, manifest any, options ...items.ChangeOption) (T, error) {
	item, err := v.store(ctx, http.MethodPatch, manifest, options)
	return items.As[T](item), err
}

// store sends a manifest to where its object is, or is to be.
func (v view) store(ctx context.Context, verb string, manifest any, options []items.ChangeOption) (item items.Item, err error) {
	doc, err := v.manifest(manifest)
	if err == nil {
		err = v.checkContent(verb, doc)
	}
	if err != nil {
		return item, err
	}
	namespace, name := rest.String(doc, "metadata", "namespace"), rest.String(doc, "metadata", "name")
	r := rest.Request{Verb: verb, Body: doc.Bytes(), ContentType: "application/json", Sensitive: collection.IsSensitive(v.kind)}
	if r.Query, err = items.CreateQuery(verb, v.conn, options); err != nil {
		return item, err
	}
	gv, of := rest.String(doc, "apiVersion"), ""
	if verb == http.MethodPatch {
		of, r.ContentType = name, string(rest.ApplyPatch)
	}
	r.Path = rest.Path(gv, namespace, v.kind.Resource(), of)
	stored, err := v.conn.Send(ctx, r)
	if err != nil {
		return item, err
	}
	if isQuestion(v.kind) && rest.String(stored, "kind") == string(v.kind.Name()) {
		return v.maker(gv)(stored), nil // nothing is stored that has a name
	}
	return v.item(r, gv, stored, namespace, name)
}

// isQuestion tells whether objects of a kind are questions, such as a
// SubjectAccessReview: they have no name, and what Create returns is the answer.
func isQuestion(kind kinds.Kind) bool { return slices.Equal(kind.Verbs(), []string{"create"}) }

// manifest checks a manifest as far as that is possible without the server.
func (v view) manifest(manifest any) (raw.Object, error) {
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
// name, but for the kinds that have none. Possible error: *ArgumentError.
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
	kind, _ := kinds.Builtin().LookupObject(rest.String(doc, "apiVersion"), rest.String(doc, "kind"))
	if !doc.Get("metadata").IsSet() && isQuestion(kind) {
		return doc, nil
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
	if name == "" && prefix == "" && !isQuestion(kind) {
		return raw.Object{}, &rest.ArgumentError{Arg: "manifest", Reason: "metadata.name and metadata.generateName are missing"}
	}
	if name != "" {
		if err := meta.ValidateName(name); err != nil {
			return raw.Object{}, &rest.ArgumentError{Arg: "manifest", Err: err}
		}
	}
	return doc, nil
}

func (v view) checkKind(doc raw.Object) error {
	if kind := rest.String(doc, "kind"); kind != string(v.kind.Name()) {
		return &rest.ArgumentError{Arg: "manifest", Reason: "it is of kind " + kind + ", and the view shows " + string(v.kind.Name())}
	}
	gv := rest.String(doc, "apiVersion")
	if slices.Contains(v.kind.GroupVersions(), gv) {
		return nil
	}
	return &rest.ArgumentError{Arg: "manifest", Reason: fmt.Sprintf("apiVersion %q has no %s; it is one of %s",
		gv, v.kind.Name(), strings.Join(v.kind.GroupVersions(), ", "))}
}

// checkContent checks what only one of Create and Apply demands: the one a whole
// object, the other its name.
func (v view) checkContent(verb string, doc raw.Object) error {
	reason := ""
	switch {
	case verb == http.MethodPatch && rest.String(doc, "metadata", "name") == "":
		reason = "metadata.name is missing"
	case verb == http.MethodPost && doc.MetadataOnly():
		reason = "it was read without all but its metadata"
	case verb == http.MethodPost && items.NeedsSpec(v.kind) && doc.Get("spec").Kind() != raw.KindObject:
		reason = "spec is missing"
	default:
		return nil
	}
	return &rest.ArgumentError{Arg: "manifest", Reason: reason}
}

// place puts the manifest into the view's namespace.
func (v view) place(doc raw.Object) (raw.Object, error) {
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
