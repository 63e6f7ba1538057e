package items

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// answer is what came back through the API server.
type answer struct {
	proxy *HTTPProxy
	req   *http.Request // as it was sent
	resp  *http.Response
}

// refusal is the error of an answer that is not the application's, or nil.
func (a *answer) refusal() error {
	if a.resp.StatusCode < 400 || a.req.Method == http.MethodHead {
		return nil
	}
	switch media, _, _ := strings.Cut(a.resp.Header.Get("Content-Type"), ";"); media {
	case "application/json":
		return a.byServer()
	case "text/plain":
		return a.byKubectl()
	}
	return nil
}

// byServer is about an answer that may be a Status.
func (a *answer) byServer() error {
	text := a.peek(`{"kind":"Status","apiVersion":"v1",`)
	status, err := raw.Parse(text)
	if err != nil || !rest.IsStatus(status) || rest.String(status, "status") != "Failure" || !a.isServers(status) {
		return nil
	}
	err = rest.AnswerError(a.request(), a.resp, text)
	if e, ok := err.(*rest.APIError); ok && e.Code == http.StatusServiceUnavailable {
		return rest.Unreachable(e)
	}
	return err
}

// isServers reports whether a Status is the API server's own: one that names what
// was asked of it, or says what only it has to say. An application may be a server
// of the API too.
func (a *answer) isServers(status raw.Object) bool {
	if code, err := status.Get("code").Int(); err != nil || int(code) != a.resp.StatusCode {
		return false
	}
	switch name := rest.String(status, "details", "name"); rest.String(status, "reason") {
	case "NotFound", "Forbidden":
		kind := rest.String(status, "details", "kind")
		return slices.Contains(proxiedKinds, kind) && (name == a.proxy.id || name == a.proxy.name)
	}
	message := rest.String(status, "message")
	return slices.ContainsFunc(serversWords, func(w string) bool { return strings.HasPrefix(message, w) })
}

// proxiedKinds are what the API server looks at to find the application.
var proxiedKinds = []string{"services", "endpoints", "pods"}

// serversWords are how its other refusals begin.
var serversWords = []string{
	"Unauthorized",
	"no endpoints available for service ",
	"no service port ",
	"error trying to reach service: ",
	"address not allowed",
	"Internal error occurred: error trying to parse Location header",
}

// byKubectl is about an answer in plain text. The API server puts headers of its own
// on all that it passes back, but where protocols are to be switched.
func (a *answer) byKubectl() error {
	if a.req.Header.Get("Upgrade") != "" || a.resp.Header.Get("Audit-Id") != "" || a.resp.Header.Get("Cache-Control") != "" {
		return nil
	}
	if code := a.resp.StatusCode; code != http.StatusForbidden && code != http.StatusInternalServerError {
		return nil
	}
	return rest.Refused(a.request(), "proxy", a.resp, a.peek(""))
}

// maxRefusal is how much is looked at of an answer that may not be the
// application's.
const maxRefusal = 64 << 10

// peek is the start of the body, which can be read all the same. It is nothing, and
// does not wait for more of it, as soon as the body begins with something else.
func (a *answer) peek(begins string) []byte {
	r := bufio.NewReaderSize(a.resp.Body, maxRefusal)
	a.resp.Body = &peeked{r, a.resp.Body}
	if !startsWith(r, begins) {
		return nil
	}
	text, _ := r.Peek(maxRefusal) // its error comes again when it is read
	return text
}

type peeked struct {
	io.Reader
	io.Closer
}

// startsWith looks at a text without its whitespace.
func startsWith(r *bufio.Reader, want string) bool {
	for n := 1; want != ""; n++ {
		text, err := r.Peek(n)
		if err != nil {
			return false
		}
		switch c := text[n-1]; c {
		case want[0]:
			want = want[1:]
		case ' ', '\t', '\r', '\n':
		default:
			return false
		}
	}
	return true
}

func (a *answer) request() rest.Request {
	return rest.Request{Verb: a.req.Method, Path: a.req.URL.EscapedPath()}
}

// relocate makes a Location lead from the application's own URLs again. The server
// puts its path in front of it, and may leave its own host there.
func (a *answer) relocate() {
	u, err := url.Parse(a.resp.Header.Get("Location"))
	if err != nil {
		return
	}
	_, after, found := strings.Cut(u.EscapedPath(), a.proxy.path)
	if !found || after != "" && after[0] != '/' {
		return
	}
	to := url.URL{RawQuery: u.RawQuery, Fragment: u.Fragment, RawFragment: u.RawFragment}
	setPath(&to, "/"+strings.TrimLeft(after, "/")) // two slashes would be a host
	a.resp.Header.Set("Location", to.String())
}

// watchBody gives the errors of reading the library's form. What was switched to
// another protocol is not touched: it can be written to as well.
func (a *answer) watchBody() {
	if a.resp.StatusCode != http.StatusSwitchingProtocols {
		a.resp.Body = &answerBody{a.resp.Body, a.req.Context(), a.request()}
	}
}

// answerBody is read by the caller.
type answerBody struct {
	io.ReadCloser
	ctx     context.Context
	request rest.Request
}

func (b *answerBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = rest.Broken(b.ctx, b.request, err)
	}
	return n, err
}
