package items

import (
	"net/http"
	"strconv"

	"github.com/kubeviews/kube/internal/rest"
)

// HTTPProxy speaks HTTP with one port of a service, or of a pod, through the API
// server. It is an http.RoundTripper, made by [Service.HTTP] and [Pod.HTTP]; it
// never changes, and is safe for concurrent use. It leads to what has the name when
// a request is made.
//
// A request's URL is that of the application: a path alone, or one with the name of
// the service, as inside the cluster. To whatever else it leads, such as where a
// redirect leaves the service, it is an *ArgumentError, and nothing is sent.
//
//	/metrics
//	http://web/metrics
//	http://web.shop.svc.cluster.local:8080/metrics
//
// Each request is sent once, as it is, and its answer passed back as it comes,
// whatever its code: a 404 of the application is an answer. Bodies are streams in
// both ways; the request's context ends them, and an answer that breaks tells so as
// an *UnreachableError. WebSockets pass. There is no time limit but that context:
// kube.WithTimeout does not count, for an application may take as long as it likes.
//
// Some things cannot pass, and are an *ArgumentError before anything is sent: the
// header Authorization, with which the API server would take the request for
// another user's, also out of a URL; the headers Impersonate-* and X-Remote-*, with
// which it would do so too; a Host of the request's own, which does not arrive;
// methods that the API server does not pass on; and paths that it would change, with
// an empty segment, "." or "..", or an encoded slash.
//
// What the API server changes in answers is undone where it can be: a Location is
// the application's own path again, so that redirects work. In HTML, the links to
// absolute paths have the API server's path in front; CORS headers are gone.
//
// An answer of the API server itself is an error: *ForbiddenError when the user may
// not, or kubectl proxy rejects it; *NotFoundError when the service is gone;
// *UnreachableError when no pod of it is ready, or takes the connection. It is told
// from an answer of the application by its text alone: a Status that names the
// service, or begins with a phrase of the proxy's. So an application that says the
// same, word for word, is taken for the API server. And what the API server says
// otherwise, to a HEAD or of a fault within itself, is passed back as an answer.
//
// Other possible errors: ErrClosed; *UnreachableError when the connection fails.
//
// See https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/#manually-constructing-apiserver-proxy-urls.
type HTTPProxy struct {
	conn            rest.Conn
	scheme          string // that the port speaks
	namespace, name string
	port            int
	id              string // what the API server calls the port: [https:]NAME:PORT
	path            string // that leads to it, encoded
}

// HTTPOption is an option of [Service.HTTP] and [Pod.HTTP].
type HTTPOption func(*httpOptions)

type httpOptions struct{ scheme string }

// OverTLS has the API server speak HTTPS with the port. It does not check who
// answers: certificates made for a service seldom have a name that it would know.
func OverTLS() HTTPOption { return func(o *httpOptions) { o.scheme = "https" } }

// HTTP leads to the pods behind a port of the service, one of them for each request.
// The port is known by its name, or its number; "" is the only one.
//
//	web, err := service.HTTP("http")
//	resp, err := web.Client().Get("/metrics")
//
// Nothing is sent. Possible errors: *ArgumentError when the service has no such port,
// or not with TCP, and for one of type ExternalName; *StatusError when its ports are
// malformed.
func (s Service) HTTP(port string, options ...HTTPOption) (*HTTPProxy, error) {
	at, err := s.tcpPort(port)
	if err != nil {
		return nil, err
	}
	called := strconv.Itoa(int(at.Port))
	if _, err := strconv.Atoi(at.Name); err != nil && at.Name != "" {
		called = at.Name // two ports can have one number
	}
	return s.d.httpProxy(int(at.Port), called, options), nil
}

// httpProxy leads to a port of the object, which the API server knows as called.
func (d *data) httpProxy(port int, called string, options []HTTPOption) *HTTPProxy {
	o := httpOptions{scheme: "http"}
	for _, option := range options {
		if option != nil {
			option(&o)
		}
	}
	p := &HTTPProxy{conn: d.origin.conn, scheme: o.scheme, namespace: d.namespace(), name: d.name(), port: port}
	p.id = p.name + ":" + called
	if p.scheme == "https" {
		p.id = "https:" + p.id
	}
	p.path = rest.Path(d.origin.groupVersion, p.namespace, d.origin.kind.Resource(), p.id, "proxy")
	return p
}

// Client is a new client that sends all its requests here.
func (p *HTTPProxy) Client() *http.Client { return &http.Client{Transport: p} }

// RoundTrip makes one request. What it takes and returns is told at [HTTPProxy].
func (p *HTTPProxy) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := p.send(req)
	if err != nil && req.Body != nil {
		_ = req.Body.Close() // as an http.RoundTripper must
	}
	return resp, err
}

func (p *HTTPProxy) send(req *http.Request) (*http.Response, error) {
	if err := p.check(req); err != nil {
		return nil, err
	}
	out := req.WithContext(req.Context())
	out.URL = p.behind(req.URL)
	resp, err := p.conn.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	a := &answer{p, out, resp}
	if err := a.refusal(); err != nil {
		_ = resp.Body.Close()
		return nil, err
	}
	a.relocate()
	a.watchBody()
	resp.Request = req
	return resp, nil
}
