package items

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/kubeviews/kube/internal/collection"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
)

// From makes an item of anything that has a JSON form: a map, a struct with JSON
// tags such as those of k8s.io/api, an object with UnstructuredContent such as
// client-go's dynamic ones, JSON text as []byte, a raw.Object, another item.
//
//	pod, err := items.From[items.Pod](&corev1.Pod{…})
//
// The item is a copy: what becomes of obj later does not show in it. It has no
// connection, and its methods that need the cluster return an *ArgumentError;
// kube.Bind gives it one.
//
// Go types leave out kind and apiVersion, because they are known from the type.
// They are then taken from obj's type, by its name and package, as in
// k8s.io/api/apps/v1, or else from T when that is a type of this package and obj
// has metadata.
//
// An Event of events.k8s.io becomes an [Event] of the core group, which has other
// names for its members: as the server does it, which stores them as one.
//
// Possible error: *ArgumentError for what is no JSON object, for an object whose
// kind and apiVersion nobody tells, for a list or a part of an object, and for one
// that is not of T's kind.
func From[T Typed[T]](obj any) (T, error) {
	var none T
	doc, err := documentOf(obj)
	if err != nil {
		return none, err
	}
	own := kindOf(reflect.TypeFor[T]())
	if doc, err = named(doc, reflect.TypeOf(obj), own); err != nil {
		return none, err
	}
	if doc, err = asCore(doc, own); err != nil {
		return none, err
	}
	gv, name := rest.String(doc, "apiVersion"), rest.String(doc, "kind")
	if !own.IsZero() && !isOf(own, gv, name) {
		return none, &rest.ArgumentError{Arg: "object", Value: gv + " " + name, Reason: "it is no " + own.String()}
	}
	kind, _ := kinds.Builtin().LookupObject(gv, name) // the zero Kind is for Bind to look up
	if collection.IsSensitive(kind) {
		doc = doc.Sensitive()
	}
	return New[T](NewOrigin(nil, kind, gv), doc), nil
}

// documentOf makes a document of another library's object.
func documentOf(obj any) (raw.Object, error) {
	if v := reflect.ValueOf(obj); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return raw.Object{}, &rest.ArgumentError{Arg: "object", Reason: "it is nil"}
	}
	obj = addressable(obj)
	if u, ok := obj.(interface{ UnstructuredContent() map[string]any }); ok {
		obj = u.UnstructuredContent()
	}
	doc, err := raw.From(obj)
	if err == nil && doc.IsZero() {
		return doc, &rest.ArgumentError{Arg: "object", Reason: "it is empty"}
	}
	if err != nil {
		return doc, &rest.ArgumentError{Arg: "object", Reason: "it is not a JSON object", Err: err}
	}
	return doc, checkObject(doc)
}

// addressable is a pointer to a copy of a value: methods that make the JSON form
// may need one, as those of client-go's dynamic objects do. What raw.From knows
// stays as it is.
func addressable(obj any) any {
	switch obj.(type) {
	case raw.Object, raw.Value, []byte, json.RawMessage, Item:
		return obj
	}
	v := reflect.ValueOf(obj)
	if v.Kind() == reflect.Pointer {
		return obj
	}
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	return p.Interface()
}

// checkObject refuses what has the form of no object.
func checkObject(doc raw.Object) error {
	for _, field := range []string{"kind", "apiVersion"} {
		if v := doc.Get(field); v.IsSet() && v.Kind() != raw.KindString {
			return &rest.ArgumentError{Arg: "object", Reason: field + " is " + v.Kind().String() + ", not a string"}
		}
	}
	if elements := doc.Get("items").Kind(); rest.String(doc, "metadata", "name") == "" &&
		(elements == raw.KindArray || elements == raw.KindNull) {
		return &rest.ArgumentError{Arg: "object", Reason: "it is a list"}
	}
	return nil
}

// named gives a document the kind and apiVersion that it lacks: those of the Go
// type that it was, or those of T.
func named(doc raw.Object, t reflect.Type, own kinds.Kind) (raw.Object, error) {
	name, gv := rest.String(doc, "kind"), rest.String(doc, "apiVersion")
	if name != "" && gv != "" {
		return doc, nil
	}
	kind, version := kindOfGo(t)
	if kind.IsZero() && !own.IsZero() && (name != "" || doc.Get("metadata").Kind() == raw.KindObject && !isPart(t)) {
		kind, version = own, own.GroupVersions()[0]
	}
	if kind.IsZero() || name != "" && name != string(kind.Name()) || gv != "" && !slices.Contains(kind.GroupVersions(), gv) {
		return doc, &rest.ArgumentError{Arg: "object", Value: strings.TrimSpace(gv + " " + name),
			Reason: "it does not tell its kind and apiVersion; set both"}
	}
	if gv == "" {
		gv = version
	}
	return withType(doc, string(kind.Name()), gv)
}

// withType sets an object's kind and apiVersion, which are plain names.
func withType(doc raw.Object, kind, apiVersion string) (raw.Object, error) {
	doc, err := doc.With(kind, "kind")
	if err == nil {
		doc, err = doc.With(apiVersion, "apiVersion")
	}
	if err != nil {
		return doc, &rest.ArgumentError{Arg: "object", Err: err}
	}
	return doc, nil
}

// kindOf is the kind of an item type of this package, which has its name; the zero
// Kind for Generic, and for other packages' types.
func kindOf(item reflect.Type) kinds.Kind {
	if item.PkgPath() != reflect.TypeFor[Generic]().PkgPath() {
		return kinds.Kind{}
	}
	name := item.Name()
	for kind := range kinds.Builtin().All() { // of several groups, the core group is the first
		if string(kind.Name()) == name {
			return kind
		}
	}
	return kinds.Kind{}
}

// kindOfGo is the built-in kind and group version that a Go type stands for: a
// type apps/v1.Deployment, wherever its package is.
func kindOfGo(t reflect.Type) (found kinds.Kind, groupVersion string) {
	if t = pointee(t); t.Name() == "" {
		return kinds.Kind{}, ""
	}
	for kind := range kinds.Builtin().All() {
		if string(kind.Name()) != t.Name() {
			continue
		}
		for _, gv := range kind.GroupVersions() {
			if strings.HasSuffix("/"+t.PkgPath(), "/"+goPackage(gv)) {
				return kind, gv
			}
		}
	}
	return kinds.Kind{}, ""
}

func pointee(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// isPart reports whether a Go type that is of no kind is of Kubernetes' own: a part
// of objects, of which some have metadata too, such as PodTemplateSpec.
func isPart(t reflect.Type) bool { return strings.HasPrefix(pointee(t).PkgPath(), "k8s.io/api/") }

// goPackage is the end of the path of the Go package that has a group version's
// types: "apps/v1", "networking/v1", "core/v1".
func goPackage(groupVersion string) string {
	group, version := kinds.SplitGroupVersion(groupVersion)
	switch group {
	case "":
		group = "core"
	case "internal.apiserver.k8s.io":
		group = "apiserverinternal"
	}
	group, _, _ = strings.Cut(group, ".")
	return group + "/" + version
}

// isOf reports whether an object is of a kind, be it in a version that is not
// known yet.
func isOf(kind kinds.Kind, apiVersion, name string) bool {
	group, _ := kinds.SplitGroupVersion(apiVersion)
	return name == string(kind.Name()) && slices.ContainsFunc(kind.GroupVersions(), func(gv string) bool {
		known, _ := kinds.SplitGroupVersion(gv)
		return known == group
	})
}
