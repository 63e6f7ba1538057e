package kube

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/kubeviews/kube/kinds"
)

// K01: which URLs are taken, and what is asked for there.
func TestURLK01(t *testing.T) {
	var asked string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.Host + r.RequestURI
		says(200, podText)(w, r)
	}))
	defer srv.Close()
	host := strings.TrimPrefix(srv.URL, "http://")
	local := strings.Replace(host, "127.0.0.1", "localhost", 1)
	for _, test := range []struct{ url, shown, asked string }{
		{"http://" + host, "http://" + host, host + "/api/v1/pods"},
		{"http://" + host + "/", "http://" + host, host + "/api/v1/pods"},
		{"http://" + host + "//", "http://" + host, host + "/api/v1/pods"},
		{"http://" + host + "/api", "http://" + host, host + "/api/v1/pods"},
		{"http://" + host + "/api/", "http://" + host, host + "/api/v1/pods"},
		{"http://" + local + "/api", "http://" + local, local + "/api/v1/pods"},
		{"HTTP://" + strings.ToUpper(local), "http://" + strings.ToUpper(local), strings.ToUpper(local) + "/api/v1/pods"},
		{"http://" + host + "/k8s/api", "http://" + host + "/k8s", host + "/k8s/api/v1/pods"},
		{"http://" + host + "/a%20b/c%2Fd/", "http://" + host + "/a%20b/c%2Fd", host + "/a%20b/c%2Fd/api/v1/pods"},
		{"http://me:secret@" + host, "http://" + host, host + "/api/v1/pods"},
	} {
		c, err := NewCluster(WithURL(test.url))
		if err != nil {
			t.Errorf("%s: %v", test.url, err)
			continue
		}
		if got := c.Proxy().URL(); got != test.shown {
			t.Errorf("%s: shown as %s", test.url, got)
		}
		if _, err := c.Proxy().Get(t.Context(), "api/v1/pods"); err != nil || asked != test.asked {
			t.Errorf("%s: asked for %s, %v", test.url, asked, err)
		}
		c.Close()
	}
	c, err := NewCluster()
	if err != nil || c.Proxy().URL() != "http://localhost:8001" {
		t.Errorf("got %v, %v", c.Proxy().URL(), err)
	}
}

func TestSocketURL(t *testing.T) {
	dir, err := os.MkdirTemp("", "kube") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "p.sock")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	var host string
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host = r.Host
		says(200, podText)(w, r)
	})}
	go srv.Serve(ln)
	defer srv.Close()
	c, err := NewCluster(WithURL("unix://" + path))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Pods().In("ns").Fetch(t.Context(), "a"); err != nil || host != "localhost" {
		t.Errorf("got %v from %q", err, host) // kubectl proxy refuses other hosts
	}
}

// Neither a URL that is refused nor an error of one that works shows who uses it.
func TestBadURLs(t *testing.T) {
	for _, test := range []struct{ url, text string }{
		{"localhost:8001", `kube: bad URL "localhost:8001": the scheme must be http, https or unix`},
		{"ftp://localhost/", `kube: bad URL "ftp://localhost/": the scheme must be http, https or unix`},
		{"http://", `kube: bad URL "http:": the host is missing`},
		{"http:///api", `kube: bad URL "http:///api": the host is missing`},
		{"http://me:secret@localhost/?token=secret", `kube: bad URL "http://localhost/": a query or fragment makes no sense here`},
		{"http://localhost/#secret", `kube: bad URL "http://localhost/": a query or fragment makes no sense here`},
		{"http://me:sec ret@localhost/", `kube: bad URL: it cannot be parsed`},
		{"http://me:secret@loc al/%zz", `kube: bad URL: it cannot be parsed`},
		{"unix://run/kube.sock", `kube: bad URL "unix://run/kube.sock": a socket has an absolute path: unix:///run/kube.sock`},
		{"unix:", `kube: bad URL "unix:": a socket has an absolute path: unix:///run/kube.sock`},
		{"http://me:secret@10.0.0.1:8001/", `kube: bad URL "http://10.0.0.1:8001/": plain HTTP goes to this machine only; see WithInsecureRemote`},
		{"http://example.com/", `kube: bad URL "http://example.com/": plain HTTP goes to this machine only; see WithInsecureRemote`},
		{"http://localhost.example.com/", `kube: bad URL "http://localhost.example.com/": plain HTTP goes to this machine only; see WithInsecureRemote`},
		{"http://127.1/", `kube: bad URL "http://127.1/": plain HTTP goes to this machine only; see WithInsecureRemote`},
		{"http://0.0.0.0/", `kube: bad URL "http://0.0.0.0/": plain HTTP goes to this machine only; see WithInsecureRemote`},
		{"http://[::]/", `kube: bad URL "http://[::]/": plain HTTP goes to this machine only; see WithInsecureRemote`},
	} {
		c, err := NewCluster(WithURL(test.url))
		var bad *ArgumentError
		if c != nil || !errors.As(err, &bad) || bad.Arg != "URL" || err.Error() != test.text {
			t.Errorf("%s:\ngot  %v\nwant %s", test.url, err, test.text)
		}
	}
	for _, fine := range []string{
		"http://127.0.0.1:1", "http://127.200.0.1", "http://[::1]:8001/", "http://[::ffff:127.0.0.1]/", "https://example.com/k8s/clusters/c-1",
		"https://user:password@10.0.0.1:6443", "http://LocalHost/",
	} {
		if c, err := NewCluster(WithURL(fine)); err != nil || strings.Contains(c.Proxy().URL(), "password") {
			t.Errorf("%s: %v", fine, err)
		}
	}
	if _, err := NewCluster(WithURL("http://10.0.0.1/"), WithInsecureRemote()); err != nil {
		t.Error(err)
	}
}

func TestCredentialsStayOutOfErrors(t *testing.T) {
	for _, handler := range []http.HandlerFunc{cut(""), text(500, "x"), says(200, "{"), says(404, ""), says(302, "", "Location: :")} {
		srv := httptest.NewServer(handler)
		c, err := NewCluster(WithURL(strings.Replace(srv.URL, "//", "//zaphod:beeblebrox@", 1)), WithRetries(0))
		if err != nil {
			t.Fatal(err)
		}
		for name, call := range calls {
			err := call(t.Context(), c)
			if err == nil && name != "Text" {
				t.Errorf("%s: no error", name)
			}
			for ; err != nil; err = errors.Unwrap(err) {
				if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, "zaphod") || strings.Contains(text, "beeblebrox") {
					t.Errorf("%s: %v", name, text)
				}
			}
		}
		c.Close()
		srv.Close()
	}
}

// What "localhost" means is up to a resolver: the address counts.
func TestOtherMachineIsNotDialed(t *testing.T) {
	c, err := NewCluster()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	dial := c.conn.t.pool.DialContext
	tries := 0
	c.conn.t.pool.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		tries++
		return dial(ctx, network, "192.0.2.1:8001") // as if localhost led there
	}
	for _, name := range []string{"Get", "List", "Label", "negotiation"} {
		tries = 0
		var bad *ArgumentError
		if err := calls[name](t.Context(), c); !errors.As(err, &bad) || tries != 1 {
			t.Errorf("%s: got %v after %d dials", name, err, tries)
		} else if want := "kube: bad URL: the host is not this machine; plain HTTP goes to this machine only"; err.Error() != want {
			t.Errorf("got %v", err)
		}
	}
	for address, fine := range map[string]bool{
		"127.0.0.1:1": true, "[::1]:1": true, "[::ffff:127.0.0.1]:1": true, "127.9.9.9:1": true,
		"10.0.0.1:1": false, "0.0.0.0:1": false, "[::]:1": false, "[fe80::1%lo]:1": false, "localhost:1": false, "": false,
	} {
		if err := onlyLoopback(t.Context(), "tcp", address, nil); (err == nil) != fine {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestBadOptions(t *testing.T) {
	builtin, _ := kinds.Builtin().Lookup("Pod")
	for text, option := range map[string]Option{
		`kube: bad timeout "0s": must be positive`:                                           WithTimeout(0),
		`kube: bad number of retries "-1": must not be negative`:                             WithRetries(-1),
		`kube: bad page size "-1": must not be negative`:                                     WithPageSize(-1),
		`kube: bad size limit "0": must be positive`:                                         WithMaxObject(0),
		`kube: bad user agent "a\nb": must not have control characters`:                      WithUserAgent("a\nb"),
		`kube: kind Pod is declared already: core/Pod is taken; the first declaration stays`: WithKinds(builtin),
		`kube: bad kind: is the zero Kind; kinds.New makes one`:                              WithKinds(kinds.Kind{}),
	} {
		if _, err := NewCluster(nil, option); err == nil || err.Error() != text {
			t.Errorf("got  %v\nwant %s", err, text)
		}
	}
}

// K14, K15: how parts become a path.
func TestJoinPathK14K15(t *testing.T) {
	for _, test := range []struct {
		parts []string
		want  string // or "!" and the reason
	}{
		{[]string{"api/v1", "namespaces", "default", "pods"}, "/api/v1/namespaces/default/pods"},
		{[]string{"/api/v1", "pods"}, "/api/v1/pods"},
		{[]string{"/api/v1/", "pods"}, "/api/v1/pods"},
		{[]string{"api"}, "/api"},
		{[]string{"/api/v1/pods"}, "/api/v1/pods"},
		{[]string{"/api/v1/pods/"}, "/api/v1/pods/"},
		{[]string{"apis", "a b", "ü", "100%", "x?y", "x#y", "a;b", `a\b`, "…"}, "/apis/a%20b/%C3%BC/100%25/x%3Fy/x%23y/a%3Bb/a%5Cb/%E2%80%A6"},
		{[]string{"apis", "%2e%2e"}, "/apis/%252e%252e"},
		{[]string{"apis", "a%2Fb"}, "/apis/a%252Fb"},
		{[]string{"apis", "system:node", "a@b", "a=b&c"}, "/apis/system:node/a@b/a=b&c"},
		{[]string{"/apis/system%3Anode"}, "/apis/system%3Anode"},
		{[]string{"/apis/a%20b/ü"}, "/apis/a%20b/%C3%BC"},
		{[]string{"/apis/..."}, "/apis/..."},
		{nil, "!it is empty"},
		{[]string{""}, "!a part of it is empty"},
		{[]string{"/"}, "!a part of it is empty"},
		{[]string{"//"}, "!a part of it is empty"},
		{[]string{"api", ""}, "!a part of it is empty"},
		{[]string{"", "api"}, "!a part of it is empty"},
		{[]string{"api//v1", "pods"}, "!a part of it is empty"},
		{[]string{"//evil.example/api"}, "!a part of it is empty"},
		{[]string{"//evil.example", "api"}, "!a part of it is empty"},
		{[]string{"/api//pods"}, "!a part of it is empty"},
		{[]string{"/api/pods//"}, "!a part of it is empty"},
		{[]string{"api", "."}, "!a part of it is ."},
		{[]string{"api", ".."}, "!a part of it is .."},
		{[]string{"api/../v1", "pods"}, "!a part of it is .."},
		{[]string{"/api/../../etc"}, "!a part of it is .."},
		{[]string{"/api/%2e%2e/x"}, "!a part of it is .."},
		{[]string{"/api/.%2E/x"}, "!a part of it is .."},
		{[]string{"api", "a/b"}, "!only the first part may contain a slash"},
		{[]string{"api", "/a"}, "!only the first part may contain a slash"},
		{[]string{"/api/a%2fb"}, "!a part of it contains a slash"},
		{[]string{"/api/x?limit=1"}, "!query parameters are set by Query"},
		{[]string{"/api/x#a"}, "!query parameters are set by Query"},
		{[]string{"/api/100%"}, "!it is not percent-encoded as it must be"},
		{[]string{"api", "a\nb"}, "!a part of it has a control character"},
		{[]string{"/api/a%00b"}, "!a part of it has a control character"},
		{[]string{"api", "a\x7fb"}, "!a part of it has a control character"},
	} {
		got, err := joinPath(test.parts)
		if reason, bad := strings.CutPrefix(test.want, "!"); bad {
			var e *ArgumentError
			if !errors.As(err, &e) || e.Arg != "path" || e.Reason != reason || got != "" {
				t.Errorf("%q: got %q, %v, want %s", test.parts, got, err, reason)
			}
			continue
		}
		if err != nil || got != test.want {
			t.Errorf("%q: got %s, %v", test.parts, got, err)
		}
	}
}

// K14: whatever the parts are, each is a segment of its own, and the path stays
// where it is told.
func FuzzJoinPathK14(f *testing.F) {
	for _, seed := range [][3]string{{"api/v1", "pods", "a"}, {"/api/%2e%2e", "", ""}, {"a", "..", "%2f"}, {"/a/b%20c", "", ""}, {"//x", "y", "z"}} {
		f.Add(seed[0], seed[1], seed[2], 2)
	}
	f.Fuzz(func(t *testing.T, a, b, c string, more int) {
		parts := []string{a, b, c}[:1+uint(more)%3]
		path, err := joinPath(parts)
		if err != nil {
			return
		}
		u, err := url.Parse("http://localhost:8001" + path)
		if err != nil || u.Host != "localhost:8001" || u.RawQuery != "" || u.Fragment != "" || u.EscapedPath() != path {
			t.Fatalf("%q: %q becomes %v, %v", parts, path, u, err)
		}
		segments := strings.Split(inner(path), "/")
		for _, s := range segments {
			plain, err := url.PathUnescape(s)
			if err != nil || plain == "" || plain == "." || plain == ".." || strings.Contains(plain, "/") {
				t.Fatalf("%q: %q has the segment %q", parts, path, s)
			}
		}
		for i, part := range parts[1:] {
			plain, _ := url.PathUnescape(segments[len(segments)-len(parts)+1+i])
			if plain != part {
				t.Fatalf("%q: %q has %q for %q", parts, path, plain, part)
			}
		}
		if len(parts) == 1 && strings.HasPrefix(a, "/") {
			again, err := joinPath([]string{path})
			if err != nil || again != path {
				t.Fatalf("%q becomes %q, %v", path, again, err)
			}
		}
	})
}

// K15: what is asked for is what was joined, byte for byte.
func TestPathOnTheWireK15(t *testing.T) {
	inLab(t, says(200, podText), func(t *testing.T, l *lab) {
		p := l.Proxy()
		p.Get(t.Context(), "apis", "a b", "100%", "%2e%2e", "x?y")
		p.Get(t.Context(), "/apis/system%3Anode/a%20b")
		p.Query("limit", "5").Query("fieldSelector", "a=b").Get(t.Context(), "api/v1", "pods")
		p.Query("a", "1", "2").Query("a", "3").Get(t.Context(), "api")
		p.Get(t.Context(), aPod(l.Cluster).Link())
		p.Get(t.Context(), "api", "..")
		want := []string{
			"GET /apis/a%20b/100%25/%252e%252e/x%3Fy",
			"GET /apis/system%3Anode/a%20b",
			"GET /api/v1/pods?fieldSelector=a%3Db&limit=5",
			"GET /api?a=1&a=2&a=3",
			"GET /api/v1/namespaces/ns/pods/a",
		}
		if got := l.requests(); strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("got\n%s", strings.Join(got, "\n"))
		}
	})
}

// What is wrong with a socket is told: before a request is made, or as the fault
// of the connection. Only what may change is tried again.
func TestSocketErrors(t *testing.T) {
	long := "/" + strings.Repeat("x", maxSocketPath)
	for path, reason := range map[string]string{
		long:                 fmt.Sprintf("the path of a socket has at most %d bytes here, not %d", maxSocketPath, maxSocketPath+1),
		"/a%00b":             "the path has a zero byte",
		"//host/a":           "",
		long[1:]:             "a socket has an absolute path: unix:///run/kube.sock",
		long[:maxSocketPath]: "",
	} {
		_, err := NewCluster(WithURL("unix://" + path))
		var bad *ArgumentError
		if reason == "" && err != nil || reason != "" && (!errors.As(err, &bad) || bad.Reason != reason) {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, fault := range []struct {
		err   error
		tries int
	}{{syscall.ENOENT, 3}, {syscall.ECONNREFUSED, 3}, {syscall.EAGAIN, 3}, {syscall.EACCES, 1}, {syscall.EPERM, 1}} {
		for _, verb := range verbs {
			inLab(t, nil, func(t *testing.T, l *lab) {
				tries := 0
				l.conn.t.pool.DialContext = func(context.Context, string, string) (net.Conn, error) {
					tries++
					return nil, &net.OpError{Op: "dial", Net: "unix", Err: os.NewSyscallError("connect", fault.err)}
				}
				err := verb.call(t.Context(), l.Cluster)
				if !errors.As(err, new(*UnreachableError)) || !errors.Is(err, fault.err) || tries != fault.tries {
					t.Errorf("%s: %v after %d tries", verb.name, err, tries)
				}
			}, WithRetries(2))
		}
	}
	c, err := NewCluster(WithURL("unix:///nowhere/kube.sock"), WithRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := calls["Get"](t.Context(), c); err == nil || !strings.HasSuffix(err.Error(), "dial unix /nowhere/kube.sock: connect: no such file or directory") {
		t.Errorf("got %v", err)
	}
}
