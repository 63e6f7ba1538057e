package items

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/kubeviews/kube/internal/rest"
)

// check refuses what would not arrive, or would do something else on its way.
func (p *HTTPProxy) check(req *http.Request) error {
	if p == nil || p.conn == nil {
		return &rest.ArgumentError{Arg: "HTTP proxy", Reason: "the zero HTTPProxy leads nowhere"}
	}
	if err := checkMethod(req.Method); err != nil {
		return err
	}
	if err := p.checkURL(req.URL); err != nil {
		return err
	}
	if err := checkPath(req.URL); err != nil {
		return err
	}
	if req.Host != "" && req.Host != req.URL.Host {
		return &rest.ArgumentError{Arg: "Host", Value: req.Host, Reason: "the application would see that of the API server"}
	}
	return checkHeaders(req.Header)
}

// passed are the methods that the API server passes on.
var passed = []string{"", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

func checkMethod(method string) error {
	if slices.Contains(passed, method) {
		return nil
	}
	return &rest.ArgumentError{Arg: "method", Value: method, Reason: "the API server does not pass it on"}
}

func (p *HTTPProxy) checkURL(u *url.URL) error {
	bad := func(value, reason string) error {
		return &rest.ArgumentError{Arg: "URL", Value: value, Reason: reason}
	}
	switch {
	case u == nil:
		return bad("", "it is nil")
	case u.Opaque != "":
		return bad("", "it has no path")
	case u.User != nil:
		return bad("", "the API server would take the user in it for its own")
	case u.Scheme != "" && u.Scheme != p.scheme:
		return bad(u.Scheme+"://"+u.Host, "the port is reached by "+p.scheme+"; see OverTLS")
	case !p.isHost(u.Hostname()):
		return bad(u.Host, "it leads elsewhere: not to "+p.name)
	case u.Port() != "" && u.Port() != strconv.Itoa(p.port):
		return bad(u.Host, "it leads elsewhere: not to port "+strconv.Itoa(p.port))
	}
	return nil
}

// isHost reports whether a host is one of the names that the service has in a
// cluster, whatever the cluster's domain is.
func (p *HTTPProxy) isHost(host string) bool {
	host = strings.ToLower(host)
	full := p.name + "." + p.namespace
	return host == "" || host == p.name || host == full ||
		host == full+".svc" || strings.HasPrefix(host, full+".svc.")
}

// checkPath refuses the paths that do not arrive as they are. Those with ".." would
// leave the service.
func checkPath(u *url.URL) error {
	bad := func(reason string) error {
		return &rest.ArgumentError{Arg: "path", Value: u.Path, Reason: reason}
	}
	if u.Path == "" {
		return nil
	}
	if u.Path[0] != '/' {
		return bad("it must begin with a slash")
	}
	if strings.Count(u.EscapedPath(), "/") != strings.Count(u.Path, "/") {
		return bad("a slash in it is encoded, which the API server would undo")
	}
	parts := strings.Split(u.Path[1:], "/")
	for i, part := range parts {
		if part == "." || part == ".." || part == "" && i < len(parts)-1 {
			return bad("a segment of it is empty, . or .., which would not arrive")
		}
	}
	return nil
}

// checkHeaders refuses those that the API server would take as meant for itself. By
// all of them it would take the request for another user's.
func checkHeaders(h http.Header) error {
	for name := range h {
		if isForServer(strings.ToLower(name)) {
			return &rest.ArgumentError{Arg: "header", Value: name, Reason: "the API server would take it for its own; it does not reach the application"}
		}
	}
	return nil
}

func isForServer(header string) bool {
	switch header {
	case "authorization", "x-remote-user", "x-remote-uid", "x-remote-group":
		return true
	}
	return strings.HasPrefix(header, "impersonate-") || strings.HasPrefix(header, "x-remote-extra-")
}

// behind is where the API server serves a URL of the application. Without a path it
// would answer with a redirect.
func (p *HTTPProxy) behind(u *url.URL) *url.URL {
	escaped := u.EscapedPath()
	if escaped == "" {
		escaped = "/"
	}
	to := &url.URL{RawQuery: u.RawQuery}
	setPath(to, p.path+escaped)
	return to
}

// setPath gives u a path that is encoded already.
func setPath(u *url.URL, encoded string) {
	u.Path, _ = url.PathUnescape(encoded)
	u.RawPath = encoded
}
