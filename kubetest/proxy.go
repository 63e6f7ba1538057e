package kubetest

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

type serviceKey struct{ namespace, name, port string }

// SetService sets what answers requests that are proxied to a port of a Service:
// .../services/[https:]NAME[:PORT]/proxy/PATH. The port is the name that it has
// in the Service, its number, or "" for the only port without a name. The Service
// must be in the server; the handler stands for its endpoints, of which there are
// none without it. Nil removes it.
//
// The handler sees the PATH as the server passes it on, without escapes that need
// not be, and the client's whole path in X-Forwarded-Uri. Where it sends the client
// to another path of the same host, the Location gets the server's path in front.
func (s *Server) SetService(namespace, name, port string, h http.Handler) {
	s.remote.mu.Lock()
	defer s.remote.mu.Unlock()
	if s.remote.services == nil {
		s.remote.services = map[serviceKey]http.Handler{}
	}
	setOrRemove(s.remote.services, serviceKey{namespace, name, port}, h)
}

// SetPodHandler sets what answers requests that are proxied to a port of a pod:
// .../pods/[https:]NAME[:PORT]/proxy/PATH. A request without a port means the
// pod's first container port, or 80. Nil removes it.
func (s *Server) SetPodHandler(namespace, pod string, port int, h http.Handler) {
	s.remote.mu.Lock()
	defer s.remote.mu.Unlock()
	if s.remote.pods == nil {
		s.remote.pods = map[portKey]http.Handler{}
	}
	setOrRemove(s.remote.pods, portKey{namespace, pod, port}, h)
}

func setOrRemove[K comparable](m map[K]http.Handler, key K, h http.Handler) {
	if h == nil {
		delete(m, key)
		return
	}
	m[key] = h
}

func isServices(r *resource) bool { return r.builtin && r.Group == "" && r.Plural == "services" }

// proxied tells a request to be passed on.
func (c *call) proxied() bool {
	sub, _, _ := strings.Cut(c.sub, "/")
	return sub == "proxy"
}

// target is what the name in the path of a proxied request means.
type target struct{ scheme, name, port string }

// parseTarget reads [SCHEME:]NAME[:PORT]; a scheme needs the second colon.
func parseTarget(id string) (t target, ok bool) {
	switch parts := strings.Split(id, ":"); len(parts) {
	case 1:
		t.name = parts[0]
	case 2:
		t.name, t.port = parts[0], parts[1]
	case 3:
		t.scheme, t.name, t.port = parts[0], parts[1], parts[2]
		if t.scheme != "" && t.scheme != "http" && t.scheme != "https" {
			return t, false
		}
	}
	return t, t.name != ""
}

func unavailable(message string) *statusError {
	return &statusError{code: http.StatusServiceUnavailable, reason: "ServiceUnavailable", message: message}
}

func (c *call) proxyService() error {
	t, ok := parseTarget(c.name)
	if !ok {
		return badRequest("invalid service request %q", c.name)
	}
	s := c.srv.store
	s.mu.RLock()
	rev := c.res.table.get(objectKey(c.ns, t.name))
	s.mu.RUnlock()
	if rev == nil {
		return notFound(c.res, t.name)
	}
	port, known := servicePort(rev.doc, t.port)
	if _, err := strconv.Atoi(t.port); err == nil && !known {
		return unavailable("no service port " + t.port + " found for service " + strconv.Quote(t.name))
	}
	h, any := c.serviceHandler(t.name, port, known)
	switch {
	case !any:
		return unavailable("no endpoints available for service " + strconv.Quote(t.name))
	case h == nil:
		return unavailable("no endpoints available for service " + strconv.Quote(c.name))
	}
	return c.pass(h)
}

type namedPort struct{ name, number string }

// servicePort finds a port by its number or its name.
func servicePort(doc map[string]any, asked string) (namedPort, bool) {
	for _, e := range listAt(doc, "spec", "ports") {
		n, _ := intAt(asMap(e), "port")
		port := namedPort{text(asMap(e), "name"), strconv.FormatInt(n, 10)}
		if asked == port.name || asked == port.number {
			return port, true
		}
	}
	return namedPort{}, false
}

// serviceHandler finds what the test set for a port; any says whether it set
// something for the Service at all.
func (c *call) serviceHandler(name string, port namedPort, known bool) (h http.Handler, any bool) {
	c.srv.remote.mu.Lock()
	defer c.srv.remote.mu.Unlock()
	for key, handler := range c.srv.remote.services {
		if key.namespace != c.ns || key.name != name {
			continue
		}
		any = true
		if known && (key.port == port.name || key.port == port.number) {
			h = handler
		}
	}
	return h, any
}

func (c *call) proxyPod() error {
	t, ok := parseTarget(c.name)
	if !ok {
		return badRequest("invalid pod request %q", c.name)
	}
	s := c.srv.store
	s.mu.RLock()
	rev := c.res.table.get(objectKey(c.ns, t.name))
	s.mu.RUnlock()
	if rev == nil {
		return notFound(c.res, t.name)
	}
	port := t.port
	if port == "" {
		port = firstPort(rev.doc)
	}
	n, _ := strconv.Atoi(port)
	c.srv.remote.mu.Lock()
	h := c.srv.remote.pods[portKey{c.ns, t.name, n}]
	c.srv.remote.mu.Unlock()
	ip := net.ParseIP(text(rev.doc, "status", "podIP"))
	switch {
	case h != nil:
		return c.pass(h)
	case ip == nil || !ip.IsGlobalUnicast():
		return badRequest("address not allowed")
	}
	return unavailable("error trying to reach service: dial tcp " + net.JoinHostPort(ip.String(), port) + ": connect: connection refused")
}

func firstPort(doc map[string]any) string {
	for _, e := range listAt(doc, "spec", "containers") {
		for _, p := range listAt(asMap(e), "ports") {
			if n, ok := intAt(asMap(p), "containerPort"); ok {
				return strconv.FormatInt(n, 10)
			}
		}
	}
	return "80"
}

// pass hands the request to a handler as the server's proxy sends it on.
func (c *call) pass(h http.Handler) error {
	if c.redirectsToSlash() {
		return nil
	}
	req := c.req.Clone(c.req.Context())
	req.URL = c.rest()
	req.RequestURI = req.URL.RequestURI()
	req.Body = io.NopCloser(io.MultiReader(bytes.NewReader(c.body), c.req.Body)) // a long body was not read whole
	req.Header.Del("Authorization")
	req.Header.Set("X-Forwarded-Uri", c.req.URL.Path)
	for name := range req.Header {
		if strings.HasPrefix(name, "Impersonate-") {
			req.Header.Del(name)
		}
	}
	h.ServeHTTP(c.proxiedWriter(), req)
	return nil
}

// redirectsToSlash sends who reads the root without its slash to the one with
// it, so that links in a page work.
func (c *call) redirectsToSlash() bool {
	reads := c.req.Method == http.MethodGet || c.req.Method == http.MethodHead
	if !reads || c.sub != "proxy" || strings.HasSuffix(c.req.URL.Path, "/") {
		return false
	}
	to := c.req.URL.EscapedPath() + "/"
	if c.req.URL.RawQuery != "" {
		to += "?" + c.req.URL.RawQuery
	}
	c.w.Header().Set("Location", to)
	c.w.WriteHeader(http.StatusMovedPermanently)
	return true
}

// rest is the URL below .../NAME/proxy, as the server makes it anew.
func (c *call) rest() *url.URL {
	// /api/v1/namespaces/NAMESPACE/RESOURCE/NAME/proxy is seven parts long.
	parts := strings.SplitN(strings.TrimPrefix(c.req.URL.Path, "/"), "/", 8)
	return &url.URL{Path: joined("/", strings.Join(parts[7:], "")), RawQuery: c.req.URL.RawQuery}
}
