// Package rest is the seam between the rooms that show a cluster and the one
// that reaches it: what views, items and watches need from a connection, and
// the errors that they share with it.
package rest

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/kubeviews/kube/raw"
)

// Conn is a connection to one cluster. It is safe for concurrent use.
type Conn interface {
	// Send makes a request and returns the document that the server answers.
	// Possible errors: *ArgumentError, ErrClosed, *APIError.
	Send(ctx context.Context, r Request) (raw.Object, error)
	// Open makes a request and returns the body of its answer, to be read as
	// it comes. Possible errors: those of Send. Errors of reading are the
	// transport's: see Broken.
	Open(ctx context.Context, r Request) (io.ReadCloser, error)
	// Served returns the first of the resource's group versions that the
	// server serves. Possible errors: those of Send.
	Served(ctx context.Context, r Resource) (groupVersion string, err error)
	// Renegotiate asks anew, after stale has turned out not to be served.
	Renegotiate(ctx context.Context, r Resource, stale string) (groupVersion string, err error)
	// Limits tells the bounds that were set when the connection was made.
	Limits() Limits
	// RoundTrip passes a request on as it is, once, and its answer back, whatever
	// that is. Of the URL, path and query count. The answer of a request that
	// switches protocols has a body that can be written to. Errors are those of
	// Send, but for what an answer tells.
	http.RoundTripper
}

// Limits are bounds and defaults of a connection.
type Limits struct {
	MaxObject int // bytes of one document
	PageSize  int // items a page of a list; 0 for all in one answer
	Retries   int // how often a failed request is tried again
	// Timeout is how long an attempt at a request may take; 0 for the default.
	Timeout time.Duration
	// Watch is how long a watch is held open before it is opened again.
	Watch time.Duration
	// Manager is the field manager of what is applied and does not name one.
	Manager string
}

// Resource is what a kind is called in URLs, and where.
type Resource struct {
	Plural        string
	GroupVersions []string // newest first; not to be written to
}

// Request is one call of the API.
type Request struct {
	Verb        string // the HTTP method
	Path        string // absolute, each segment percent-encoded
	Query       url.Values
	Accept      string // "application/json" when empty
	Body        []byte
	ContentType string
	// Sensitive keeps what the server says of the request, or echoes of it,
	// out of error texts.
	Sensitive bool
	// Once leaves it to the caller to try a failed request again.
	Once bool
	// Conditional says that the server would refuse the request the second time,
	// were it taken the first. It is tried again only where it surely was not.
	Conditional bool
	// Endless says that the answer may begin late and be silent for long: only
	// its context ends it.
	Endless bool
	// Prompt says of an endless one that it begins at once, be it with nothing.
	Prompt bool
}

// PatchType is the content type that tells the server how to read a patch.
type PatchType string

// The patch types of the Kubernetes API:
// https://kubernetes.io/docs/reference/using-api/api-concepts/#patch-and-apply
const (
	StrategicMergePatch PatchType = "application/strategic-merge-patch+json"
	MergePatch          PatchType = "application/merge-patch+json" // RFC 7386
	JSONPatch           PatchType = "application/json-patch+json"  // RFC 6902
	ApplyPatch          PatchType = "application/apply-patch+yaml" // server-side apply
)

// Valid reports whether the server knows the patch type.
func (p PatchType) Valid() bool {
	switch p {
	case StrategicMergePatch, MergePatch, JSONPatch, ApplyPatch:
		return true
	}
	return false
}

// Body is what a request carries: the JSON form of anything that has one. A
// []byte is JSON text already; a document, or an item, is its own text.
func Body(v any) ([]byte, error) {
	switch v := v.(type) {
	case []byte:
		return json.Marshal(json.RawMessage(v))
	case raw.Object:
		return v.Bytes(), nil
	case raw.Value:
		return v.Bytes(), nil
	case interface{ Raw() raw.Object }:
		return v.Raw().Bytes(), nil
	}
	return json.Marshal(v)
}

// Base is the path below which a group version is served, without slashes at
// its ends: "api/v1", "apis/apps/v1".
func Base(groupVersion string) string {
	if strings.Contains(groupVersion, "/") {
		return "apis/" + groupVersion
	}
	return "api/" + groupVersion
}

// Path is the absolute path of a collection, an object (with a name) or a
// subresource of one. Empty parts are left out.
func Path(groupVersion, namespace, plural, name string, subresource ...string) string {
	var b strings.Builder
	b.WriteString("/" + Base(groupVersion))
	if namespace != "" {
		b.WriteString("/namespaces/" + url.PathEscape(namespace))
	}
	b.WriteString("/" + plural)
	if name != "" {
		b.WriteString("/" + url.PathEscape(name))
	}
	for _, s := range subresource {
		b.WriteString("/" + url.PathEscape(s))
	}
	return b.String()
}

// OnServed calls f with the group version that serves the resource, and once
// more when the answer shows that another one does by now.
func OnServed(ctx context.Context, c Conn, r Resource, f func(groupVersion string) error) error {
	gv, err := c.Served(ctx, r)
	if err != nil {
		return err
	}
	err = f(gv)
	if !NotServed(err) || len(r.GroupVersions) == 1 {
		return err
	}
	other, again := c.Renegotiate(ctx, r, gv)
	if again != nil || other == gv {
		return err // what the server said of the request itself tells more
	}
	return f(other)
}
