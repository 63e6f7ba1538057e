package kube

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/kubeviews/kube/internal/rest"
)

// RoundTrip passes a request on as it is, and its answer back, whatever that is:
// for what speaks HTTP through the API server, rather than to it, and for other
// protocols that a request switches to. Of the URL, path and query count.
func (c *connection) RoundTrip(req *http.Request) (*http.Response, error) {
	return c.t.forward(req)
}

// forward sends a request once. The answer's body belongs to the transport's
// life: closing the transport ends it.
func (t *transport) forward(req *http.Request) (*http.Response, error) {
	ctx, end, err := t.begin(req.Context())
	if err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // as http.RoundTripper promises
		}
		return nil, err
	}
	r := forwarded(req)
	out := req.Clone(context.WithValue(ctx, requestKey{}, r))
	u := *t.base
	u.RawQuery = req.URL.RawQuery
	setPath(&u, u.EscapedPath()+req.URL.EscapedPath())
	out.URL, out.Host = &u, ""
	if out.Header == nil {
		out.Header = http.Header{}
	}
	t.present(out.Header)
	resp, err := t.attempt(out)
	if err != nil {
		defer end(nil)
		return nil, transportFault(ctx, r, err)
	}
	resp.Body = tied(ctx, resp.Body, end)
	return resp, nil
}

// forwarded is how error texts show a request that is passed on: its query may
// be anybody's, and is not shown.
func forwarded(req *http.Request) rest.Request {
	return rest.Request{Verb: req.Method, Path: (&url.URL{Path: req.URL.Path}).EscapedPath()}
}

// tied is a body whose request is under way until it is closed. That of another
// protocol can be written to as well; net/http no longer looks at its context.
func tied(ctx context.Context, body io.ReadCloser, end context.CancelCauseFunc) io.ReadCloser {
	rw, ok := body.(io.ReadWriteCloser)
	if !ok {
		return &openBody{body, end}
	}
	stop := context.AfterFunc(ctx, func() { _ = rw.Close() })
	return &tunnel{rw, func() { stop(); end(nil) }}
}

// tunnel is a connection that a request has switched to another protocol.
type tunnel struct {
	io.ReadWriteCloser
	end func()
}

func (t *tunnel) Close() error {
	err := t.ReadWriteCloser.Close()
	t.end()
	return err
}
