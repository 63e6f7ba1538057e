package kubetest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// client is a plain HTTP client for one test.
type client struct {
	t   testing.TB
	srv *Server
	hc  *http.Client
}

func newClient(t testing.TB, srv *Server) *client {
	t.Helper()
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	return &client{t: t, srv: srv, hc: &http.Client{Transport: tr, Timeout: 30 * time.Second}}
}

// start is a server with what the options say, and a client for it.
func start(t testing.TB, opts ...Option) *client {
	t.Helper()
	return newClient(t, NewServer(t, append([]Option{WithFreshnessWait(10 * time.Millisecond)}, opts...)...))
}

// answer is a response that was read to its end.
type answer struct {
	t      testing.TB
	code   int
	header http.Header
	text   string
	doc    Object
}

func (c *client) request(method, path, body string, header ...string) *http.Request {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.srv.URL()+strings.TrimPrefix(path, "/"), strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return req
}

// do sends a request; header is a list of names and values.
func (c *client) do(method, path, body string, header ...string) *answer {
	c.t.Helper()
	resp, err := c.hc.Do(c.request(method, path, body, header...))
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatalf("%s %s: reading the body: %v", method, path, err)
	}
	a := &answer{t: c.t, code: resp.StatusCode, header: resp.Header, text: string(data)}
	if bytes.HasPrefix(data, []byte("{")) {
		if a.doc, err = decodeObject(data); err != nil {
			c.t.Fatalf("%s %s: %v in %s", method, path, err, data)
		}
	}
	return a
}

func (c *client) get(path string, header ...string) *answer {
	c.t.Helper()
	return c.do("GET", path, "", header...)
}

func (c *client) patch(kind, path, body string) *answer {
	c.t.Helper()
	types := map[string]string{"merge": mergePatchType, "json": jsonPatchType, "strategic": strategicType, "apply": applyPatchType}
	return c.do("PATCH", path, body, "Content-Type", types[kind])
}

// must checks the status code.
func (a *answer) must(code int) *answer {
	a.t.Helper()
	if a.code != code {
		a.t.Fatalf("got %d, want %d: %s", a.code, code, a.text)
	}
	return a
}

// fails checks a Status' code, reason and text.
func (a *answer) fails(code int, reason, message string) *answer {
	a.t.Helper()
	a.must(code)
	if got := a.doc.Text("reason"); got != reason {
		a.t.Errorf("got reason %q, want %q", got, reason)
	}
	if got := a.doc.Text("message"); got != message {
		a.t.Errorf("got message\n%s\nwant\n%s", got, message)
	}
	if a.doc.Kind() != "Status" || a.doc.Text("status") != "Failure" {
		a.t.Errorf("got no failed Status: %s", a.text)
	}
	return a
}

// has checks the JSON text of a value in the answer.
func (a *answer) has(want string, path ...string) *answer {
	a.t.Helper()
	got, err := json.Marshal(a.doc.At(path...))
	if err != nil {
		a.t.Fatal(err)
	}
	if string(got) != want {
		a.t.Errorf("%s: got %s, want %s", strings.Join(path, "."), got, want)
	}
	return a
}

// names are those of a List's items.
func (a *answer) names() string {
	a.t.Helper()
	a.must(200)
	var out []string
	for _, item := range listAt(a.doc, "items") {
		out = append(out, text(asMap(item), "metadata", "name"))
	}
	return strings.Join(out, " ")
}

func pod(name string, labels ...string) Object {
	p := Object{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": map[string]any{"name": name, "namespace": "default"},
		"spec":     map[string]any{"containers": []any{map[string]any{"name": "main", "image": "nginx:1"}}},
	}
	for i := 0; i+1 < len(labels); i += 2 {
		p.Put(labels[i+1], "metadata", "labels", labels[i])
	}
	return p
}

func jsonOf(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}

const pods = "/api/v1/namespaces/default/pods"

func TestServerAnswersAndCloses(t *testing.T) {
	c := start(t, WithObjects(pod("a", "app", "web"), pod("b")))
	c.get("/version").must(200).has(`"v1.36.3"`, "gitVersion")
	if got := c.get(pods).names(); got != "a b" {
		t.Errorf("got %q", got)
	}
	if got := c.get(pods + "?labelSelector=app%3Dweb").names(); got != "a" {
		t.Errorf("got %q", got)
	}
	c.do("POST", pods, jsonOf(pod("c"))).must(201)
	c.patch("strategic", pods+"/c", `{"metadata":{"labels":{"x":"y"}}}`).must(200).has(`{"x":"y"}`, "metadata", "labels")
	c.patch("merge", pods+"/c", `{"metadata":{"labels":{"x":null}}}`).must(200).has(`null`, "metadata", "labels")
	c.patch("json", pods+"/c", `[{"op":"add","path":"/metadata/labels","value":{"z":"1"}}]`).must(200).has(`{"z":"1"}`, "metadata", "labels")
	t.Log(c.get(pods + "/c").text)
	c.do("DELETE", pods+"/c", "").must(200)
	c.get(pods+"/c").fails(404, "NotFound", `pods "c" not found`)
	if err := c.srv.Close(); err != nil {
		t.Error(err)
	}
}
