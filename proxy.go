package kube

import (
	"cmp"
	"context"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
	"github.com/kubeviews/kube/watch"
)

// PatchType is the content type that tells the server how to read a patch.
type PatchType = rest.PatchType

// The patch types of the Kubernetes API:
// https://kubernetes.io/docs/reference/using-api/api-concepts/#patch-and-apply
const (
	StrategicMergePatch = rest.StrategicMergePatch // custom resources refuse it with 415
	MergePatch          = rest.MergePatch          // RFC 7386
	JSONPatch           = rest.JSONPatch           // RFC 6902
	ApplyPatch          = rest.ApplyPatch          // server-side apply
)

// APIServerProxy makes single requests through kubectl proxy: for paths that no
// view knows. It is safe for concurrent use; [APIServerProxy.Query] and
// [APIServerProxy.As] return another one, on the same connections.
//
// A path is given in parts, which are joined by "/" and percent-encoded. Only
// the first may itself contain "/". A part that would leave its place ("..",
// "a/b", "") is an *ArgumentError, before anything is sent. One absolute path,
// such as an item's Link, works alone; it is encoded already.
//
// Possible errors of all requests: *[ArgumentError], [ErrClosed], *[APIError].
type APIServerProxy struct {
	t     *transport
	query url.Values
	patch PatchType
}

// URL is where the proxy is, without credentials.
func (p *APIServerProxy) URL() string {
	if p == nil || p.t == nil {
		return ""
	}
	return p.t.shown
}

// Query returns the proxy whose requests carry another query parameter:
//
//	proxy.Query("limit", "5").Get(ctx, "api/v1", "pods")
func (p *APIServerProxy) Query(key string, values ...string) *APIServerProxy {
	q := maps.Clone(p.query)
	if q == nil {
		q = url.Values{}
	}
	q[key] = slices.Concat(q[key], values)
	return &APIServerProxy{p.t, q, p.patch}
}

// As returns the proxy whose patches are of the given type. Without it they are
// strategic merge patches, which custom resources refuse.
func (p *APIServerProxy) As(how PatchType) *APIServerProxy {
	return &APIServerProxy{p.t, p.query, how}
}

// Get returns the document at a path.
func (p *APIServerProxy) Get(ctx context.Context, path ...string) (raw.Object, error) {
	return p.send(ctx, http.MethodGet, nil, "", path)
}

// Post sends a body, which is anything that has a JSON form, or nil for none; a
// []byte is taken as JSON text.
func (p *APIServerProxy) Post(ctx context.Context, body any, path ...string) (raw.Object, error) {
	return p.send(ctx, http.MethodPost, body, "application/json", path)
}

// Put replaces what is at a path. The body is as for Post.
func (p *APIServerProxy) Put(ctx context.Context, body any, path ...string) (raw.Object, error) {
	return p.send(ctx, http.MethodPut, body, "application/json", path)
}

// Patch changes what is at a path. The patch is as the body of Post, of the
// type that [APIServerProxy.As] has set.
func (p *APIServerProxy) Patch(ctx context.Context, patch any, path ...string) (raw.Object, error) {
	how := p.patch
	if how == "" {
		how = StrategicMergePatch
	}
	if !how.Valid() {
		return raw.Object{}, &ArgumentError{Arg: "patch type", Value: string(how), Reason: "not one that the API knows"}
	}
	return p.send(ctx, http.MethodPatch, patch, string(how), path)
}

// Delete deletes what is at a path. The body is as for Post: nil, or
// DeleteOptions.
func (p *APIServerProxy) Delete(ctx context.Context, body any, path ...string) (raw.Object, error) {
	return p.send(ctx, http.MethodDelete, body, "application/json", path)
}

// Text returns an answer that is not JSON: "healthz", "metrics", a pod's "log".
func (p *APIServerProxy) Text(ctx context.Context, path ...string) (string, error) {
	r, err := p.request(http.MethodGet, nil, "", path)
	if err != nil {
		return "", err
	}
	r.Accept = "*/*"
	_, body, err := p.t.do(ctx, r)
	return string(body), err
}

// Watch opens a watch of the collection or object at a path. It is the plain
// request: when the server ends it, it is over. Version and selectors are query
// parameters: resourceVersion, fieldSelector, labelSelector.
//
//	stream, err := proxy.Query("resourceVersion", v).Watch(ctx, "api/v1/pods")
//	defer stream.Close()
//	for { notice, err := stream.Next(ctx); … }
//
// What the server says to the request is told by the stream's first Next.
func (p *APIServerProxy) Watch(ctx context.Context, path ...string) (*watch.Stream, error) {
	r, err := p.Query("watch", "1").request(http.MethodGet, nil, "", path)
	if err != nil {
		return nil, err
	}
	r.Endless = true
	ctx, end, err := p.t.begin(ctx)
	if err != nil {
		return nil, err
	}
	return watch.NewStream(ctx, r, p.t.config.maxObject, func(ctx context.Context) (io.ReadCloser, error) {
		body, err := p.t.open(ctx, r)
		if err != nil {
			end(nil)
			return nil, err
		}
		return &openBody{body, end}, nil
	}), nil
}

// Close ends all requests under way and releases the connections. The cluster
// that the proxy belongs to is closed with it. Closing twice is fine.
func (p *APIServerProxy) Close() error {
	p.t.close()
	return nil
}

func (p *APIServerProxy) send(ctx context.Context, verb string, body any, contentType string, path []string) (raw.Object, error) {
	r, err := p.request(verb, body, contentType, path)
	if err != nil {
		return raw.Object{}, err
	}
	return p.t.document(ctx, r)
}

// document makes a request whose answer is one document.
func (t *transport) document(ctx context.Context, r rest.Request) (raw.Object, error) {
	resp, body, err := t.do(ctx, r)
	if err != nil {
		return raw.Object{}, err
	}
	if resp.StatusCode == http.StatusNoContent {
		return raw.Object{}, nil
	}
	doc, err := raw.Parse(body)
	if err != nil {
		e := &APIError{Verb: r.Verb, URL: r.URL(), Code: resp.StatusCode, Err: err}
		if kind := resp.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
			e.Message = "the answer is " + cmp.Or(kind, "of no type") + ", not JSON"
		}
		return raw.Object{}, e
	}
	if r.Sensitive {
		doc = doc.Sensitive()
	}
	if rest.IsStatus(doc) && rest.String(doc, "status") == "Failure" {
		return raw.Object{}, rest.FromStatus(r, resp.StatusCode, doc)
	}
	return doc, nil
}

func (p *APIServerProxy) request(verb string, body any, contentType string, path []string) (rest.Request, error) {
	at, err := joinPath(path)
	if err != nil {
		return rest.Request{}, err
	}
	r := rest.Request{Verb: verb, Path: at, Query: p.query, Sensitive: namesSecrets(at)}
	if body == nil {
		return r, nil
	}
	r.ContentType = contentType
	if r.Body, err = rest.Body(body); err != nil {
		return rest.Request{}, &ArgumentError{Arg: "body", Reason: "it has no JSON form", Err: err}
	}
	return r, nil
}

// namesSecrets reports whether an encoded path leads to Secrets.
func namesSecrets(path string) bool {
	plain, err := url.PathUnescape(path)
	return err != nil || slices.Contains(strings.Split(plain, "/"), "secrets")
}

// joinPath makes an absolute, encoded path of its parts.
func joinPath(parts []string) (string, error) {
	if len(parts) == 0 {
		return "", &ArgumentError{Arg: "path", Reason: "it is empty"}
	}
	if len(parts) == 1 && strings.HasPrefix(parts[0], "/") {
		return absolutePath(parts[0])
	}
	segments := strings.Split(inner(parts[0]), "/")
	segments = append(segments, parts[1:]...)
	var b strings.Builder
	for _, s := range segments {
		if reason := segmentFault(s); reason != "" {
			return "", &ArgumentError{Arg: "path", Value: strings.Join(parts, "/"), Reason: reason}
		}
		b.WriteString("/" + url.PathEscape(s))
	}
	return b.String(), nil
}

// inner is a path without the slash that it may start or end with.
func inner(path string) string { return strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/") }

// absolutePath checks a path that is encoded already.
func absolutePath(path string) (string, error) {
	bad := func(reason string) error {
		return &ArgumentError{Arg: "path", Value: path, Reason: reason}
	}
	if strings.ContainsAny(path, "?#") {
		return "", bad("query parameters are set by Query")
	}
	for s := range strings.SplitSeq(inner(path), "/") {
		plain, err := url.PathUnescape(s)
		if err != nil {
			return "", bad("it is not percent-encoded as it must be")
		}
		if strings.Contains(plain, "/") {
			return "", bad("a part of it contains a slash")
		}
		if reason := segmentFault(plain); reason != "" {
			return "", bad(reason)
		}
	}
	u := url.URL{Path: path}
	if p, err := url.PathUnescape(path); err == nil {
		u.Path, u.RawPath = p, path
	}
	return u.EscapedPath(), nil
}

func segmentFault(s string) string {
	switch {
	case s == "":
		return "a part of it is empty"
	case s == "." || s == "..":
		return "a part of it is " + s
	case strings.Contains(s, "/"):
		return "only the first part may contain a slash"
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "a part of it has a control character"
	}
	return ""
}
