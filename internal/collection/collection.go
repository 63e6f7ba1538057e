// Package collection reads the objects of one kind off a connection: lists in
// pages, and watches event by event. Views, items and watchers share it.
package collection

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
)

// Collection is the objects that a view shows, or the one that an item is a
// revision of. It is a value: nobody writes to what it refers to.
type Collection struct {
	Conn      rest.Conn
	Kind      kinds.Kind
	Namespace string     // "" for all
	Selector  url.Values // labelSelector and fieldSelector, where there are any

	DropManagedFields bool
	MetadataOnly      bool
	// Packer packs the objects, for who keeps them all; nil for nobody.
	Packer *raw.Packer
	// Rows asks for a table instead of objects. Then Columns is told the column
	// definitions of each answer before its rows, by the goroutine that reads them.
	Rows    Rows
	Columns func(definitions raw.Value) error
	// Once leaves it to the caller to try a failed request again.
	Once bool
}

// ServedAs is what a connection needs to know of a kind to find it.
func ServedAs(k kinds.Kind) rest.Resource {
	return rest.Resource{Plural: k.Resource(), GroupVersions: k.GroupVersions()}
}

// IsSensitive reports whether items of the kind hide their content when they
// are printed: Secrets do.
func IsSensitive(k kinds.Kind) bool { return k.Resource() == "secrets" && k.Group() == "" }

// String names what the collection is of: "pods in default, labelSelector=app%3Dweb".
func (c Collection) String() string {
	text := c.Kind.Resource()
	if c.Kind.Group() != "" {
		text += "." + c.Kind.Group()
	}
	if c.Namespace != "" {
		text += " in " + c.Namespace
	}
	if len(c.Selector) > 0 {
		text += ", " + c.Selector.Encode()
	}
	return text
}

// request is a GET of the collection below a group version.
func (c Collection) request(gv, form string) rest.Request {
	r := rest.Request{
		Verb:      http.MethodGet,
		Path:      rest.Path(gv, c.Namespace, c.Kind.Resource(), ""),
		Query:     maps.Clone(c.Selector),
		Sensitive: IsSensitive(c.Kind),
		Once:      c.Once,
	}
	if r.Query == nil {
		r.Query = url.Values{}
	}
	if c.Rows != "" {
		form = "Table"
		r.Query.Set("includeObject", string(c.Rows))
	}
	if c.Rows != "" || c.MetadataOnly {
		r.Accept = "application/json;as=" + form + ";g=meta.k8s.io;v=v1,application/json"
	}
	return r
}

// Get asks for one object of the collection, below a group version. Neither selector
// nor DropManagedFields count: they are for many.
func (c Collection) Get(ctx context.Context, gv, name string) (rest.Request, raw.Object, error) {
	c.Selector, c.DropManagedFields = nil, false
	r := c.request(gv, "PartialObjectMetadata")
	r.Path = rest.Path(gv, c.Namespace, c.Kind.Resource(), name)
	doc, err := c.Conn.Send(ctx, r)
	if err != nil || !c.MetadataOnly {
		return r, doc, err
	}
	switch rest.String(doc, "kind") {
	case "PartialObjectMetadata", string(c.Kind.Name()):
		doc, err = c.reading(gv).Parse(doc.Bytes())
	}
	return r, doc, err
}

// reading is how documents are made of what the server sends.
func (c Collection) reading(gv string) raw.ReadOptions {
	if c.Rows != "" { // the options are for the objects that come with them
		return raw.ReadOptions{MaxItem: c.Conn.Limits().MaxObject}
	}
	return raw.ReadOptions{
		Kind:              string(c.Kind.Name()),
		APIVersion:        gv,
		DropManagedFields: c.DropManagedFields,
		MetadataOnly:      c.MetadataOnly,
		Sensitive:         IsSensitive(c.Kind),
		MaxItem:           c.Conn.Limits().MaxObject,
		Packer:            c.Packer,
	}
}

// onServed calls f with the group version that serves the kind.
func (c Collection) onServed(ctx context.Context, f func(gv string) error) error {
	return rest.OnServed(ctx, c.Conn, ServedAs(c.Kind), f)
}

// fault is what makes a document none of the collection's objects, or "".
func (c Collection) fault(doc raw.Object) string {
	if got, want := rest.String(doc, "kind"), string(c.Kind.Name()); got != want {
		return "is of kind " + strconv.Quote(got) + ", not " + want
	}
	if got := rest.String(doc, "metadata", "namespace"); c.Namespace != "" && got != c.Namespace {
		return "is of namespace " + strconv.Quote(got) + ", not " + c.Namespace
	}
	return ""
}

// unexpected is the error of an answer that went well and makes no sense.
func unexpected(r rest.Request, text string) error {
	return &rest.APIError{Verb: r.Verb, URL: r.URL(), Code: http.StatusOK, Message: text}
}
