package kubetest

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
)

// maxBody is what the real server takes in one request.
const maxBody = 3 << 20

// call is one request on its way through the server.
type call struct {
	srv   *Server
	w     http.ResponseWriter
	req   *http.Request
	query url.Values
	body  []byte

	res  *resource
	ns   string
	name string
	sub  string

	watched bool // the path itself asks for a watch

	user         User // who asks
	asked        User // whom the client impersonates, as it says
	impersonated bool
}

// serve is the entrance: it logs, applies faults and the proxy's filter, and
// answers panics of ours as the real server answers its own.
func (s *Server) serve(w http.ResponseWriter, req *http.Request) {
	if !s.handlers.enter() {
		panic(http.ErrAbortHandler)
	}
	defer s.handlers.leave()
	body, err := io.ReadAll(io.LimitReader(req.Body, maxBody+1))
	if err != nil {
		// The client went away or broke off its body.
		http.Error(w, "unable to read the body", http.StatusBadRequest)
		return
	}
	s.requests.add(s.opts.requestLimit, req, body)
	w, done := s.applyFaults(w, req)
	if done {
		return
	}
	if s.filtered(w, req) {
		return
	}
	c := &call{srv: s, w: w, req: req, body: body}
	c.query, err = url.ParseQuery(req.URL.RawQuery)
	if err != nil {
		c.query = req.URL.Query()
	}
	defer c.recover()
	if err := c.whoAsks(); err != nil {
		c.fail(err)
		return
	}
	c.route()
}

func (c *call) recover() {
	switch p := recover(); p {
	case nil:
	case http.ErrAbortHandler:
		panic(p)
	default:
		http.Error(c.w, fmt.Sprintf("This request caused apiserver to panic. Look in the logs for details: %v", p), http.StatusInternalServerError)
	}
}

var (
	localHost   = regexp.MustCompile(`^(localhost|127\.0\.0\.1|\[::1\])$`)
	rejectPaths = regexp.MustCompile(`^/api/.*/pods/.*/(exec|attach)`)
)

// filtered is what "kubectl proxy" refuses before the server sees it.
func (s *Server) filtered(w http.ResponseWriter, req *http.Request) bool {
	if s.opts.openProxy {
		return false
	}
	host := req.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
		if strings.Contains(h, ":") {
			host = "[" + h + "]"
		}
	}
	if localHost.MatchString(host) && !rejectPaths.MatchString(req.URL.Path) {
		return false
	}
	http.Error(w, "Forbidden", http.StatusForbidden)
	return true
}

func (c *call) route() {
	c.tick()
	if c.redirected() {
		return
	}
	parts := splitPath(c.req.URL.EscapedPath())
	switch {
	case len(parts) == 0:
		c.roots()
	case parts[0] == "api":
		c.routeGroup("", parts[1:])
	case parts[0] == "apis" && len(parts) == 1:
		c.groupList()
	case parts[0] == "apis":
		c.routeGroup(parts[1], parts[2:])
	default:
		c.routeOther(parts)
	}
}

// redirected sends clients with a careless path to the tidy one.
func (c *call) redirected() bool {
	p := c.req.URL.Path
	tidy := path.Clean("/" + p)
	if strings.HasSuffix(p, "/") && tidy != "/" {
		tidy += "/"
	}
	if tidy == p || strings.Contains(c.req.URL.EscapedPath(), "%") {
		return false
	}
	http.Redirect(c.w, c.req, (&url.URL{Path: tidy, RawQuery: c.req.URL.RawQuery}).String(), http.StatusTemporaryRedirect)
	return true
}

func (c *call) tick() {
	c.srv.store.mu.Lock()
	defer c.srv.store.mu.Unlock()
	c.srv.store.tick(c.srv.now())
}

func splitPath(escaped string) []string {
	var parts []string
	for part := range strings.SplitSeq(escaped, "/") {
		if part == "" {
			continue
		}
		if plain, err := url.PathUnescape(part); err == nil {
			part = plain
		}
		parts = append(parts, part)
	}
	return parts
}

func (c *call) routeOther(parts []string) {
	switch {
	case len(parts) == 1 && parts[0] == "version" && c.req.Method != http.MethodGet && c.req.Method != http.MethodHead:
		c.fail(noSuchMethod())
	case len(parts) == 1 && parts[0] == "version":
		c.serverVersion()
	case len(parts) == 1 && (parts[0] == "healthz" || parts[0] == "livez" || parts[0] == "readyz"):
		c.health(parts[0])
	default:
		c.pageNotFound()
	}
}

// pageNotFound is what the server's outermost router says about paths that no
// API owns.
func (c *call) pageNotFound() {
	h := c.w.Header()
	c.commonHeaders()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	c.w.WriteHeader(http.StatusNotFound)
	_, _ = io.WriteString(c.w, "404 page not found\n")
}

func (c *call) routeGroup(group string, parts []string) {
	if len(parts) == 0 {
		c.groupRoot(group)
		return
	}
	version, parts := parts[0], parts[1:]
	s := c.srv.store
	s.mu.RLock()
	served := s.kinds.serves(group, version)
	known := len(s.kinds.versions(group)) > 0 && builtinGroup(group)
	s.mu.RUnlock()
	switch {
	case c.virtual(group, version, parts):
	case !served && known:
		c.fail(noSuchRoute())
	case !served:
		c.pageNotFound()
	case len(parts) == 0:
		c.resourceList(group, version)
	default:
		c.routeResource(group, version, parts)
	}
}

// routeResource reads RESOURCE[/NAME[/SUB...]] with or without
// namespaces/NAMESPACE before it, and the old watch/ prefix.
func (c *call) routeResource(group, version string, parts []string) {
	if parts[0] == "watch" && len(parts) > 1 {
		parts = parts[1:]
		c.query.Set("watch", "true")
		c.watched = true
	}
	inNamespace := false
	if parts[0] == "namespaces" && len(parts) > 2 && !namespaceSubresource(group, parts) {
		c.ns, parts, inNamespace = parts[1], parts[2:], true
	}
	s := c.srv.store
	s.mu.RLock()
	c.res = s.kinds.find(group, version, parts[0])
	custom := c.res == nil && !builtinGroup(group)
	s.mu.RUnlock()
	if len(parts) > 1 {
		c.name = parts[1]
	}
	if len(parts) > 2 {
		c.sub = strings.Join(parts[2:], "/")
	}
	switch {
	case custom || c.res != nil && !c.res.builtin && c.misplaced(inNamespace):
		c.pageNotFound()
	case c.res == nil || c.misplaced(inNamespace):
		c.fail(noSuchRoute())
	default:
		c.dispatch()
	}
}

// namespaceSubresource tells namespaces/NAME/status from a resource in the
// namespace.
func namespaceSubresource(group string, parts []string) bool {
	return group == "" && len(parts) == 3 && (parts[2] == "status" || parts[2] == "finalize")
}

// misplaced is true for paths that the resource's scope rules out.
func (c *call) misplaced(inNamespace bool) bool {
	if !c.res.Namespaced {
		return inNamespace
	}
	if !c.res.builtin && !inNamespace && c.req.Method != http.MethodGet && c.req.Method != http.MethodHead {
		return true
	}
	return c.name != "" && !inNamespace
}

func builtinGroup(group string) bool {
	return group == "" || !strings.Contains(group, ".") || strings.HasSuffix(group, ".k8s.io")
}

// dispatch finds the verb and answers with what it returns.
func (c *call) dispatch() {
	c.warnDeprecated()
	if err := c.authorize(c.attributes()); err != nil {
		c.fail(err)
		return
	}
	handle := c.handler()
	if handle == nil {
		c.fail(noSuchMethod())
		return
	}
	if len(c.body) > maxBody && !c.proxied() {
		c.fail(&statusError{
			code: http.StatusRequestEntityTooLarge, reason: "RequestEntityTooLarge",
			message: fmt.Sprintf("Request entity too large: limit is %d", maxBody),
		})
		return
	}
	if err := handle(); err != nil {
		c.fail(err)
	}
}

// handler picks the function for the verb; nil means that the path does not
// allow it.
func (c *call) handler() func() error {
	switch {
	case c.name == "":
		return c.collectionHandler()
	case c.sub == "":
		return c.objectHandler()
	default:
		return c.subresourceHandler()
	}
}

func (c *call) collectionHandler() func() error {
	switch c.req.Method {
	case http.MethodGet:
		return c.listOrWatch
	case http.MethodPost:
		if c.res.Namespaced && c.ns == "" {
			return nil
		}
		return c.create
	case http.MethodDelete:
		if c.res.Namespaced && c.ns == "" || c.res.noBulk {
			return nil
		}
		return c.deleteCollection
	case http.MethodPut, http.MethodPatch:
		if !c.res.builtin {
			return func() error { return badRequest("name must be provided") }
		}
	}
	return nil
}

func (c *call) objectHandler() func() error {
	switch c.req.Method {
	case http.MethodGet:
		if c.watched {
			return c.listOrWatch
		}
		return c.get
	case http.MethodPut:
		return c.replace
	case http.MethodPatch:
		return c.patch
	case http.MethodDelete:
		return c.delete
	case http.MethodPost:
		if !c.res.builtin {
			return c.create
		}
	}
	return nil
}

func (c *call) subresourceHandler() func() error {
	missing := func() error { return noSuchRoute() }
	if !c.res.builtin {
		missing = func() error { return notFound(c.res, c.name) }
	}
	switch {
	case c.sub == "finalize" && c.res.builtin && c.res.Plural == "namespaces":
		if c.req.Method == http.MethodPut {
			return c.replace
		}
		return nil
	case c.sub == "status" && c.res.Status:
		switch c.req.Method {
		case http.MethodGet:
			return c.get
		case http.MethodPut:
			return c.replace
		case http.MethodPatch:
			return c.patch
		}
		return nil
	case c.sub == "scale" && c.res.Scale != nil:
		switch c.req.Method {
		case http.MethodGet:
			return c.getScale
		case http.MethodPut:
			return c.replaceScale
		case http.MethodPatch:
			return c.patchScale
		}
		return nil
	case isPods(c.res) && c.proxied():
		return c.proxyPod
	case isServices(c.res) && c.proxied():
		return c.proxyService
	case isPods(c.res):
		if handle, ok := c.podSubresource(); ok {
			return handle
		}
	}
	return missing
}

// podSubresource finds what only pods have; a nil function means that the path
// does not allow the method.
func (c *call) podSubresource() (handle func() error, ok bool) {
	get, post := c.req.Method == http.MethodGet, c.req.Method == http.MethodPost
	switch c.sub {
	case "log":
		return allowed(get, c.podLog), true
	case "exec":
		return allowed(get || post, c.exec), true
	case "attach":
		return allowed(get || post, c.attach), true
	case "portforward":
		return allowed(get || post, c.portForward), true
	case "eviction":
		return allowed(post, c.evict), true
	}
	return nil, false
}

func allowed(yes bool, handle func() error) func() error {
	if yes {
		return handle
	}
	return nil
}

// truthy reads a boolean parameter as the server does: anything but 0 and false
// is true, also nothing.
func truthy(q url.Values, name string) bool {
	vs, ok := q[name]
	if !ok || len(vs) == 0 {
		return false
	}
	return vs[0] != "0" && strings.ToLower(vs[0]) != "false"
}

// fail answers with the error.
func (c *call) fail(err error) {
	var status *statusError
	if !errors.As(err, &status) {
		status = internalError(err)
	}
	c.writeStatus(status.code, status.document())
}
