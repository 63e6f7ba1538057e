package items_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kubetest"
)

// web is a Service with all kinds of ports, a headless one, an alias, and a Pod.
const web = `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports:
  - {name: http, port: 80, targetPort: main}
  - {name: dns, port: 53, protocol: UDP, targetPort: 53}
  - {name: dns-tcp, port: 53, targetPort: 5353}
  - {name: sctp, port: 132, protocol: SCTP}
  - {name: "8080", port: 90}
  - {name: lost, port: 91, targetPort: unknown}
---
apiVersion: v1
kind: Service
metadata: {name: one, namespace: shop}
spec:
  clusterIP: None
  selector: {app: web}
  ports: [{port: 7000, targetPort: 8000}]
---
apiVersion: v1
kind: Service
metadata: {name: bare, namespace: shop}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: alias, namespace: shop}
spec: {type: ExternalName, externalName: example.com, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: shop, labels: {app: web}}
spec:
  nodeName: node
  containers:
  - name: main
    image: x
    ports: [{name: main, containerPort: 8000}, {name: udp, containerPort: 8001, protocol: UDP}]
status: {phase: Running, podIP: 10.0.0.9, conditions: [{type: Ready, status: "True"}]}
`

func serve(t *testing.T) (*kubetest.Server, *kube.Cluster) {
	t.Helper()
	srv := kubetest.NewServer(t, kubetest.WithObjects(web))
	return srv, connect(t, srv.URL())
}

func connect(t *testing.T, url string, options ...kube.Option) *kube.Cluster {
	t.Helper()
	c, err := kube.NewCluster(append(options, kube.WithURL(url))...)
	do(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func do(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func serviceOf(t *testing.T, c *kube.Cluster, name string) items.Service {
	t.Helper()
	s, err := c.Services().In("shop").Fetch(t.Context(), name)
	do(t, err)
	return s
}

func proxyOf(t *testing.T, c *kube.Cluster, name, port string) *items.HTTPProxy {
	t.Helper()
	p, err := serviceOf(t, c, name).HTTP(port)
	do(t, err)
	return p
}

// at has a handler answer in the place of kubectl proxy, for a service that is known
// from before.
func at(t *testing.T, h http.HandlerFunc) *items.HTTPProxy {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return proxyAt(t, srv.URL)
}

func proxyAt(t *testing.T, url string) *items.HTTPProxy {
	t.Helper()
	_, c := serve(t)
	p, err := kube.Bind(connect(t, url), serviceOf(t, c, "web")).HTTP("http")
	do(t, err)
	return p
}

func TestServiceHTTPR14(t *testing.T) {
	srv, c := serve(t)
	show := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Answer", "1")
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprintf(w, "%s %s %s %q", r.Method, r.RequestURI, r.Header.Get("X-Own"), body)
	}
	for service, port := range map[string]string{"web": "http", "one": "7000", "bare": "80"} {
		srv.SetService("shop", service, port, http.HandlerFunc(show))
	}
	srv.SetService("shop", "web", "dns-tcp", http.HandlerFunc(show))
	srv.SetService("shop", "web", "90", http.HandlerFunc(show))
	for _, test := range []struct{ service, port, url, want string }{
		{"web", "http", "http://web/a/b?x=1&y=%2F;z", "/a/b?x=1&y=%2F;z"},
		{"web", "80", "/a/b", "/a/b"},
		{"web", "53", "/", "/"}, // not the UDP port of the same number
		{"web", "dns-tcp", "", "/"},
		{"web", "90", "/x/", "/x/"},
		{"one", "", "http://one", "/"},
		{"one", "7000", "http://one:7000?q", "/?q"},
		{"bare", "80", "http://Bare.shop/%20%25?", "/%20%25"},
		{"bare", "80", "http://bare.shop.svc/x", "/x"},
		{"bare", "80", "http://bare.shop.svc.cluster.local:80/x#f", "/x"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), "PUT", test.url, strings.NewReader("body"))
		do(t, err)
		req.Header.Set("X-Own", "own")
		resp, err := proxyOf(t, c, test.service, test.port).Client().Do(req)
		do(t, err)
		text, err := io.ReadAll(resp.Body)
		do(t, errors.Join(err, resp.Body.Close()))
		if want := fmt.Sprintf("PUT %s own %q", test.want, "body"); string(text) != want || resp.StatusCode != 418 || resp.Header.Get("X-Answer") != "1" {
			t.Errorf("%s: got %d %q", test.url, resp.StatusCode, text)
		}
		if resp.Request != req || req.URL.String() != test.url {
			t.Errorf("%s: the request is now %v", test.url, req.URL)
		}
	}
}

func TestServiceHTTPPortsR14(t *testing.T) {
	_, c := serve(t)
	for _, test := range []struct{ service, port, says string }{
		{"web", "", "http 80/TCP, dns 53/UDP"},
		{"web", "81", "there is no such port; there are http 80/TCP"},
		{"web", "8080", "there is no such port"}, // a name, but the server reads a number
		{"web", "dns", "UDP"},
		{"web", "132", "SCTP"},
		{"one", "http", "no such port"},
		{"alias", "http", "ExternalName"},
	} {
		_, err := serviceOf(t, c, test.service).HTTP(test.port)
		if e := argument(t, err); e != nil && !strings.Contains(e.Error(), test.says) {
			t.Errorf("%s:%s: %v", test.service, test.port, err)
		}
	}
	_, err := items.Service{}.HTTP("80")
	argument(t, err)
}

func argument(t *testing.T, err error) *kube.ArgumentError {
	t.Helper()
	var e *kube.ArgumentError
	if !errors.As(err, &e) {
		t.Errorf("got %v, want an ArgumentError", err)
	}
	return e
}

// closing is a body that tells whether it was closed.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }

// R14: what would not arrive, or act as another user, is not sent.
func TestServiceHTTPRefusesR14(t *testing.T) {
	proxy := at(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s was sent", r.URL) })
	for name, change := range map[string]func(*http.Request){
		"method":           func(r *http.Request) { r.Method = "PROPFIND" },
		"connect":          func(r *http.Request) { r.Method = "CONNECT" },
		"no URL":           func(r *http.Request) { r.URL = nil },
		"opaque":           func(r *http.Request) { r.URL = &url.URL{Scheme: "http", Opaque: "x"} },
		"scheme":           func(r *http.Request) { r.URL.Scheme = "https" },
		"another scheme":   func(r *http.Request) { r.URL.Scheme = "ftp" },
		"host":             func(r *http.Request) { r.URL.Host = "example.com" },
		"another service":  func(r *http.Request) { r.URL.Host = "web2" },
		"another space":    func(r *http.Request) { r.URL.Host = "web.shop2.svc" },
		"a longer name":    func(r *http.Request) { r.URL.Host = "web.shop.svcs" },
		"another port":     func(r *http.Request) { r.URL.Host = "web:81" },
		"Host":             func(r *http.Request) { r.Host = "app.example.com" },
		"relative":         func(r *http.Request) { r.URL.Path = "x" },
		"up":               func(r *http.Request) { r.URL.Path = "/../../x" },
		"encoded up":       func(r *http.Request) { r.URL.Path, r.URL.RawPath = "/../x", "/%2e%2e/x" },
		"up at the end":    func(r *http.Request) { r.URL.Path = "/x/.." },
		"dot":              func(r *http.Request) { r.URL.Path = "/./x" },
		"two slashes":      func(r *http.Request) { r.URL.Path = "//x" },
		"two at the end":   func(r *http.Request) { r.URL.Path = "/x//" },
		"encoded slash":    func(r *http.Request) { r.URL.Path, r.URL.RawPath = "/a/b", "/a%2Fb" },
		"impersonation":    func(r *http.Request) { r.Header.Set("Impersonate-User", "root") },
		"lower case":       func(r *http.Request) { r.Header["impersonate-group"] = []string{"system:masters"} },
		"extra":            func(r *http.Request) { r.Header.Set("Impersonate-Extra-x", "x") },
		"authorization":    func(r *http.Request) { r.Header.Set("Authorization", "Bearer secret") },
		"user":             func(r *http.Request) { r.URL.User = url.UserPassword("a", "secret") },
		"front proxy":      func(r *http.Request) { r.Header.Set("X-Remote-User", "root") },
		"front proxy more": func(r *http.Request) { r.Header.Set("X-Remote-Extra-Scopes", "x") },
	} {
		body := &closing{Reader: strings.NewReader("x")}
		req, err := http.NewRequestWithContext(t.Context(), "POST", "http://web/x", body)
		do(t, err)
		change(req)
		resp, err := proxy.RoundTrip(req)
		if err == nil {
			resp.Body.Close()
		}
		if argument(t, err); t.Failed() || strings.Contains(err.Error(), "secret") || !body.closed {
			t.Fatalf("%s: %v, closed %v", name, err, body.closed)
		}
	}
	_, err := new(items.HTTPProxy).Client().Get("/x")
	argument(t, err)
	_, err = proxy.Client().Get("http://a:secret@web/x") // net/http makes a header of it
	argument(t, err)
}

// R14: an HTTPS port is another one to the API server, and to the client.
func TestServiceHTTPOverTLSR14(t *testing.T) {
	_, c := serve(t)
	var seen string
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r.URL.Path }))
	t.Cleanup(srv.Close)
	p, err := kube.Bind(connect(t, srv.URL), serviceOf(t, c, "web")).HTTP("http", items.OverTLS(), nil)
	do(t, err)
	get(t, p, "https://web/x")
	if seen != "/api/v1/namespaces/shop/services/https:web:http/proxy/x" {
		t.Errorf("seen %s", seen)
	}
	_, err = p.Client().Get("http://web/x")
	argument(t, err)
}

func get(t *testing.T, p *items.HTTPProxy, url string) (int, string) {
	t.Helper()
	resp, err := p.Client().Get(url)
	do(t, err)
	text, err := io.ReadAll(resp.Body)
	do(t, errors.Join(err, resp.Body.Close()))
	return resp.StatusCode, string(text)
}

const statusHead = `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",`

// R14: the answers of an application are answers, whatever they look like.
func TestServiceHTTPAnswersR14(t *testing.T) {
	for _, test := range []struct {
		code       int
		kind, text string
	}{
		{404, "text/plain", "404 page not found\n"},
		{403, "text/plain", "Forbidden\n"},
		{500, "text/plain; charset=utf-8", "dial tcp: connection refused\n"},
		{503, "application/json", `{"error":"down"}`},
		{503, "application/json", ""},
		{503, "application/json", `{"kind":"Status","apiVersion":"v1","metadata"`},
		{503, "application/json", statusHead + strings.Repeat(" ", 80<<10) + `"message":"no endpoints available for service \"web\"","code":503}`},
		{500, "application/json", `{"kind":"Statuses","apiVersion":"v1"}`},
		{403, "application/json", statusHead + `"message":"forbidden: User \"system:anonymous\" cannot get path \"/\"","reason":"Forbidden","details":{},"code":403}`},
		{404, "application/json", statusHead + `"message":"pods \"x\" not found","reason":"NotFound","details":{"name":"x","kind":"pods"},"code":404}`},
		{404, "application/json", statusHead + `"message":"services \"web\" not found","reason":"NotFound","details":{"name":"web","kind":"services"},"code":403}`},
		{200, "application/json", statusHead + `"message":"Unauthorized","reason":"Unauthorized","code":401}`},
		{418, "text/html", "<a href=/x>"},
	} {
		p := at(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Audit-Id", "1")
			w.Header().Set("Content-Type", test.kind)
			w.WriteHeader(test.code)
			_, _ = io.WriteString(w, test.text)
		})
		if code, text := get(t, p, "/"); code != test.code || text != test.text {
			t.Errorf("%d %q came as %d %q", test.code, test.text, code, text)
		}
	}
}

// An answer that goes on and on is not waited for, once it is clear whose it is.
func TestServiceHTTPAnswerStreamsR14(t *testing.T) {
	for _, begin := range []string{`{"kind":"S`, ` { "kind": "Status", "apiVersion": "v2"`, "[", "x"} {
		p := at(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(500)
			fmt.Fprint(w, begin, "x")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		})
		resp, err := p.Client().Get("/")
		do(t, err)
		text := make([]byte, len(begin))
		if _, err := io.ReadFull(resp.Body, text); err != nil || string(text) != begin {
			t.Errorf("got %q, %v", text, err)
		}
		do(t, resp.Body.Close())
	}
}

// R14: what the API server, or kubectl proxy, answers itself is an error.
func TestServiceHTTPRefusalsR14(t *testing.T) {
	for _, test := range []struct {
		code       int
		kind, text string
		is         func(error) bool
	}{
		{401, "application/json", statusHead + `"message":"Unauthorized","reason":"Unauthorized","code":401}`, is[*kube.ForbiddenError]},
		{403, "application/json", statusHead + `"message":"no","reason":"Forbidden","details":{"name":"web:http","kind":"services"},"code":403}`, is[*kube.ForbiddenError]},
		{404, "application/json", statusHead + `"message":"no","reason":"NotFound","details":{"name":"web","kind":"services"},"code":404}`, is[*kube.NotFoundError]},
		{404, "application/json", "{\n  \"kind\": \"Status\",\n\t" + strings.TrimPrefix(statusHead, `{"kind":"Status",`) + `"message":"no","reason":"NotFound","details":{"name":"web","kind":"endpoints"},"code":404}`, is[*kube.NotFoundError]},
		{503, "application/json", statusHead + `"message":"no endpoints available for service \"web:http\"","reason":"ServiceUnavailable","code":503}`, is[*kube.UnreachableError]},
		{503, "application/json", statusHead + `"message":"error trying to reach service: EOF","reason":"ServiceUnavailable","code":503}`, is[*kube.UnreachableError]},
		{403, "text/plain; charset=utf-8", "Forbidden\n", is[*kube.ForbiddenError]},
		{500, "text/plain; charset=utf-8", "dial tcp 127.0.0.1:6443: connect: connection refused\n", is[*kube.UnreachableError]},
	} {
		p := at(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", test.kind)
			w.WriteHeader(test.code)
			_, _ = io.WriteString(w, test.text)
		})
		_, err := p.Client().Get("/x?secret")
		var own *kube.APIError
		if !test.is(err) || !errors.As(err, &own) || own.Code != test.code || own.URL != "/api/v1/namespaces/shop/services/web:http/proxy/x" {
			t.Errorf("%d %s: %v", test.code, test.text, err)
		}
		resp, err := p.Client().Head("/x")
		if err != nil || resp.StatusCode != test.code {
			t.Errorf("HEAD: %v, %v", resp, err)
		}
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// R14: redirects work with the same client, and do not leave the service.
func TestServiceHTTPRedirectsR14(t *testing.T) {
	srv, c := serve(t)
	srv.SetService("shop", "web", "http", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if to := r.URL.Query().Get("to"); to != "" {
			w.Header().Set("Location", strings.ReplaceAll(to, "HOST", r.Host))
			w.WriteHeader(http.StatusFound)
			return
		}
		fmt.Fprint(w, r.URL.RequestURI())
	}))
	p := proxyOf(t, c, "web", "http")
	for to, want := range map[string]string{
		"/":                               "/",
		"/login%3Fa=b%26c=d":              "/login?a=b&c=d",
		"/a%2520b/":                       "/a%20b/",
		"next":                            "/dir/next",
		"../x":                            "/x",
		"%3Fq=1":                          "/dir/page?q=1",
		"http://HOST/there":               "/there",
		"http://web/x":                    "/x",
		"http://web.shop.svc:80/x":        "/x",
		"/api/v1/namespaces/shop/own/way": "/api/v1/namespaces/shop/own/way",
		"/api/v1/namespaces/shop/services/web:http/proxy":         "/",
		"/api/v1/namespaces/shop/services/web:http/proxy//evil/x": "/evil/x",
	} {
		for _, base := range []string{"http://web", ""} {
			if code, text := get(t, p, base+"/dir/page?to="+to); code != 200 || text != want {
				t.Errorf("%s%s led to %d %s, want %s", base, to, code, text, want)
			}
		}
	}
	for _, to := range []string{"https://example.com/", "http://other/x", "//evil/x", "https://web/x", "http://web:81/"} {
		_, err := p.Client().Get("/?to=" + url.QueryEscape(to))
		argument(t, err)
	}
	resp, err := p.RoundTrip(httptest.NewRequestWithContext(t.Context(), "GET", "http://web/?to=/x%23f", nil))
	do(t, err)
	defer resp.Body.Close()
	if got := resp.Header.Get("Location"); got != "/x#f" {
		t.Errorf("the Location is %s", got)
	}
}

// R14: one request is one request.
func TestServiceHTTPOnceR14(t *testing.T) {
	var n atomic.Int32
	p := at(t, func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		if _, err := io.ReadAll(r.Body); err == nil {
			panic(http.ErrAbortHandler)
		}
	})
	for i, method := range []string{"POST", "PUT", "PATCH", "GET"} {
		req, err := http.NewRequestWithContext(t.Context(), method, "/", strings.NewReader("x"))
		do(t, err)
		if _, err := p.Client().Do(req); !is[*kube.UnreachableError](err) || n.Load() != int32(i+1) {
			t.Errorf("%s: %v, after %d requests", method, err, n.Load())
		}
	}
}

// R14: bodies are streams in both ways, and the context ends them.
func TestServiceHTTPStreamsR14(t *testing.T) {
	gone := make(chan struct{})
	p := at(t, func(w http.ResponseWriter, r *http.Request) {
		defer close(gone)
		ctl := http.NewResponseController(w)
		_ = ctl.EnableFullDuplex()
		_ = ctl.Flush()
		for lines := bufio.NewScanner(r.Body); lines.Scan(); {
			fmt.Fprintln(w, "echo", lines.Text())
			_ = ctl.Flush()
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	body, write := io.Pipe()
	req, err := http.NewRequestWithContext(ctx, "POST", "/", body)
	do(t, err)
	resp, err := p.Client().Do(req)
	do(t, err)
	defer resp.Body.Close()
	lines := bufio.NewReader(resp.Body)
	for _, text := range []string{"a", "b"} {
		fmt.Fprintln(write, text)
		if line, err := lines.ReadString('\n'); line != "echo "+text+"\n" {
			t.Fatalf("got %q, %v", line, err)
		}
	}
	cancel()
	if _, err := lines.ReadString('\n'); !errors.Is(err, context.Canceled) || !is[kube.Error](err) {
		t.Errorf("got %v", err)
	}
	<-gone
}

// R14: an answer that breaks does not look like one that ends.
func TestServiceHTTPCutR14(t *testing.T) {
	p := at(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10")
		fmt.Fprint(w, "half")
	})
	resp, err := p.Client().Get("/")
	do(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if string(text) != "half" || !is[*kube.UnreachableError](err) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %q, %v", text, err)
	}
}

// R14: a WebSocket, or whatever else is spoken after a switch of protocols.
func TestServiceHTTPUpgradesR14(t *testing.T) {
	p := at(t, func(w http.ResponseWriter, r *http.Request) {
		conn, buf, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		_, _ = io.Copy(conn, buf)
	})
	req, err := http.NewRequestWithContext(t.Context(), "GET", "/ws", nil)
	do(t, err)
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "echo")
	resp, err := p.Client().Do(req)
	do(t, err)
	defer resp.Body.Close()
	both, ok := resp.Body.(io.ReadWriter)
	if !ok || resp.StatusCode != 101 {
		t.Fatalf("got %d, %T", resp.StatusCode, resp.Body)
	}
	fmt.Fprintln(both, "hello")
	if line, err := bufio.NewReader(both).ReadString('\n'); line != "hello\n" {
		t.Errorf("got %q, %v", line, err)
	}
}

// R14: a proxy below a path, and one at a socket. Who is below a path puts it in front
// of a Location, or does not.
func TestServiceHTTPPlacesR14(t *testing.T) {
	const own = "/api/v1/namespaces/shop/services/web:http/proxy"
	for _, before := range []string{"", "/k8s/clusters/c%20d"} {
		redirect := func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.EscapedPath(), own+"/there%20x") {
				fmt.Fprint(w, "there")
				return
			}
			w.Header().Set("Location", before+own+"/there%20x")
			w.WriteHeader(302)
		}
		srv := httptest.NewServer(http.StripPrefix("/k8s/clusters/c d", http.HandlerFunc(redirect)))
		defer srv.Close()
		socket := filepath.Join(t.TempDir(), "s")
		l, err := net.Listen("unix", socket)
		do(t, err)
		local := &http.Server{Handler: http.HandlerFunc(redirect)}
		go local.Serve(l)
		defer local.Close()
		for _, url := range []string{srv.URL + "/k8s/clusters/c%20d/", "unix://" + socket} {
			if code, text := get(t, proxyAt(t, url), "http://web/x"); code != 200 || text != "there" {
				t.Errorf("%s: got %d %s", url, code, text)
			}
		}
	}
}

// R14: closing the cluster ends what is under way, and what comes after.
func TestServiceHTTPClosedR14(t *testing.T) {
	srv, _ := serve(t)
	srv.SetService("shop", "web", "http", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	c, err := kube.NewCluster(kube.WithURL(srv.URL()))
	do(t, err)
	p := proxyOf(t, c, "web", "http")
	resp, err := p.Client().Get("/")
	do(t, err)
	defer resp.Body.Close()
	do(t, c.Close())
	if _, err := resp.Body.Read(make([]byte, 1)); !is[kube.Error](err) {
		t.Errorf("got %v", err)
	}
	body := &closing{Reader: strings.NewReader("")}
	if _, err := p.Client().Post("/", "", body); !errors.Is(err, kube.ErrClosed) || !body.closed {
		t.Errorf("got %v, closed %v", err, body.closed)
	}
}

// R14: the same for a pod.
func TestPodHTTPR14(t *testing.T) {
	srv, c := serve(t)
	srv.SetPodHandler("shop", "web-0", 8000, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/x", http.StatusFound)
			return
		}
		fmt.Fprint(w, r.URL.Path)
	}))
	pod, err := c.Pods().In("shop").Fetch(t.Context(), "web-0")
	do(t, err)
	for _, port := range []string{"8000", "main", ""} {
		p, err := pod.HTTP(port)
		do(t, err)
		if code, text := get(t, p, "http://web-0:8000/"); code != 200 || text != "/x" {
			t.Errorf("got %d %s", code, text)
		}
	}
	for _, port := range []string{"0", "65536", "-1", "udp", "none"} {
		_, err := pod.HTTP(port)
		argument(t, err)
	}
	p, err := pod.HTTP("81")
	do(t, err)
	if _, err := p.Client().Get("/"); !is[*kube.UnreachableError](err) {
		t.Errorf("nothing listens: %v", err)
	}
	do(t, srv.Remove("pods", "shop", "web-0"))
	if _, err := p.Client().Get("/"); !is[*kube.NotFoundError](err) {
		t.Errorf("no pod: %v", err)
	}
	_, err = items.Pod{}.HTTP("80")
	argument(t, err)
}
