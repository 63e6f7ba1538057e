package kubetest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

func service(name string, ports ...any) Object {
	return Object{
		"apiVersion": "v1", "kind": "Service",
		"metadata": map[string]any{"name": name, "namespace": "default"},
		"spec":     map[string]any{"ports": ports},
	}
}

const services = "/api/v1/namespaces/default/services"

func show(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("X-Seen", r.Header.Get("X-Forwarded-Uri"))
	w.WriteHeader(http.StatusTeapot)
	fmt.Fprintf(w, "%s %s %d", r.Method, r.URL.RequestURI(), len(body))
}

// R14: the HTTP proxy of services.
func TestServiceProxyReachesTheHandler(t *testing.T) {
	c := start(t, WithObjects(
		service("web", map[string]any{"name": "http", "port": 80}, map[string]any{"name": "other", "port": 81}),
		service("one", map[string]any{"port": 80})))
	c.srv.SetService("default", "web", "http", http.HandlerFunc(show))
	c.srv.SetService("default", "one", "80", http.HandlerFunc(show))
	for path, want := range map[string]string{
		"/web:http/proxy/":             "GET / 0",
		"/web:80/proxy/a/b?x=1&y=%2F":  "GET /a/b?x=1&y=%2F 0",
		"/https:web:http/proxy/a%2Fb/": "GET /a/b/ 0",
		"/web:80/proxy/a/%2e%2e//b":    "GET /b 0",
		"/one/proxy/x":                 "GET /x 0",
	} {
		if a := c.get(services + path).must(http.StatusTeapot); a.text != want {
			t.Errorf("%s: got %q, want %q", path, a.text, want)
		}
	}
	long := strings.Repeat("x", 4<<20)
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
		if a := c.do(method, services+"/one/proxy/x", long).must(http.StatusTeapot); a.text != fmt.Sprintf("%s /x %d", method, len(long)) ||
			a.header.Get("X-Seen") != services+"/one/proxy/x" {
			t.Errorf("got %q, %v", a.text, a.header)
		}
	}
	c.hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if a := c.get(services + "/one/proxy?q=1").must(301); a.header.Get("Location") != services+"/one/proxy/?q=1" {
		t.Errorf("got %v", a.header)
	}
}

// The server puts its path in front of a Location on the same host.
func TestServiceProxyRewritesLocations(t *testing.T) {
	c := start(t, WithObjects(service("one", map[string]any{"port": 80})))
	c.srv.SetService("default", "one", "80", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", strings.ReplaceAll(r.URL.Query().Get("to"), "HOST", r.Host))
		w.WriteHeader(http.StatusFound)
	}))
	c.hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	host := strings.Trim(strings.TrimPrefix(c.srv.URL(), "http:"), "/")
	for to, want := range map[string]string{
		"":                                 "",
		"/":                                services + "/one/proxy/",
		"/a%2520b/%3Fq=1":                  services + "/one/proxy/a%20b/?q=1",
		services + "/one/proxy/x":          services + "/one/proxy/x",
		"a/b":                              "a/b",
		"http://HOST/a":                    "http://" + host + services + "/one/proxy/a",
		"https://example.com/a":            "https://example.com/a",
		"//example.com/" + services + "/a": "//example.com/" + services + "/a",
	} {
		if a := c.get(services + "/one/proxy/?to=" + to).must(302); a.header.Get("Location") != want {
			t.Errorf("%s: got %s, want %s", to, a.header.Get("Location"), want)
		}
	}
}

func TestServiceProxyTellsWhatIsMissing(t *testing.T) {
	c := start(t, WithObjects(service("web", map[string]any{"name": "http", "port": 80}), service("empty", map[string]any{"port": 80})))
	c.srv.SetService("default", "web", "http", http.HandlerFunc(show))
	for id, want := range map[string]string{
		"web":      `no endpoints available for service "web"`,
		"web:99":   `no service port 99 found for service "web"`,
		"web:zz":   `no endpoints available for service "web:zz"`,
		"empty":    `no endpoints available for service "empty"`,
		"empty:80": `no endpoints available for service "empty"`,
	} {
		c.get(services+"/"+id+"/proxy/").fails(503, "ServiceUnavailable", want)
	}
	c.get(services+"/none:80/proxy/").fails(404, "NotFound", `services "none" not found`)
	c.get(services+"/ftp:web:http/proxy/").fails(400, "BadRequest", `invalid service request "ftp:web:http"`)
	c.get(services+"/a:b:c:d/proxy/").fails(400, "BadRequest", `invalid service request "a:b:c:d"`)
	c.srv.SetService("default", "web", "http", nil)
	c.get(services+"/web:http/proxy/").fails(503, "ServiceUnavailable", `no endpoints available for service "web"`)
}

func TestPodProxy(t *testing.T) {
	p := bound("a")
	p.Put([]any{map[string]any{"name": "main", "image": "x", "ports": []any{map[string]any{"containerPort": 8080}}}}, "spec", "containers")
	p["status"] = map[string]any{"podIP": "10.1.0.2"}
	c := start(t, WithObjects(p, pod("b")))
	c.srv.SetPodHandler("default", "a", 8080, http.HandlerFunc(show))
	for _, id := range []string{"a", "a:8080", "http:a:8080"} {
		if a := c.get(pods + "/" + id + "/proxy/x").must(http.StatusTeapot); a.text != "GET /x 0" {
			t.Errorf("%s: got %q", id, a.text)
		}
	}
	c.get(pods+"/a:81/proxy/").fails(503, "ServiceUnavailable", "error trying to reach service: dial tcp 10.1.0.2:81: connect: connection refused")
	c.get(pods+"/b:81/proxy/").fails(400, "BadRequest", "address not allowed")
	c.get(pods+"/none/proxy/").fails(404, "NotFound", `pods "none" not found`)
	c.get(pods+"/ftp:a:80/proxy/").fails(400, "BadRequest", `invalid pod request "ftp:a:80"`)
}
