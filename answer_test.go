package kube

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/raw"
)

// failure of an answer, as the caller sees it.
type wanted struct {
	text   string // what follows "kube: VERB URL: "
	syntax bool   // wraps a *SyntaxError
	gone   bool   // is an *UnreachableError
}

func (w wanted) check(t *testing.T, err error) {
	t.Helper()
	var api *APIError
	if w.text == "" {
		if err != nil {
			t.Errorf("got %v", err)
		}
		return
	}
	if !errors.As(err, &api) {
		t.Fatalf("got %v, want an APIError", err)
	}
	if got := strings.TrimPrefix(err.Error(), "kube: "+api.Verb+" "+api.URL+": "); got != w.text {
		t.Errorf("got  %s\nwant %s", got, w.text)
	}
	if errors.As(err, new(*SyntaxError)) != w.syntax || errors.As(err, new(*UnreachableError)) != w.gone {
		t.Errorf("got %T %v: %v", err, err, api.Err)
	}
}

func failed(code int, reason string) string {
	return fmt.Sprintf(`{"kind":"Status","apiVersion":"v1","status":"Failure","message":"because","reason":%q,"code":%d}`, reason, code)
}

// K10, K17: what an answer to one object may turn out to be.
func TestAnswersOfAnObjectK10(t *testing.T) {
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		want    wanted
	}{
		{"good", says(200, podText), wanted{}},
		{"pretty", says(200, strings.ReplaceAll(podText, ",", ",\n  ")+"\n"), wanted{}},
		{"201", says(201, podText), wanted{}},
		{"HTML", says(200, "<html>Sign in</html>", "Content-Type: text/html"),
			wanted{text: "200 OK: the answer is text/html, not JSON: bad JSON at offset 0: expected an object", syntax: true}},
		{"no type", says(200, "nonsense", "Content-Type: "),
			wanted{text: "200 OK: the answer is of no type, not JSON: bad JSON at offset 0: expected an object", syntax: true}},
		{"truncated, as long as told", says(200, `{"kind":"Po`),
			wanted{text: "200 OK: bad JSON at offset 11 in /kind: unexpected end of the text", syntax: true}},
		{"truncated, shorter than told", cut(`{"kind":"Po`), wanted{text: "unexpected EOF", gone: true}},
		{"empty", says(200, ""), wanted{text: "200 OK: bad JSON at offset 0: unexpected end of the text", syntax: true}},
		{"204", says(204, ""), wanted{text: `200 OK: the answer is of kind "", not Pod`}},
		{"an array", says(200, "[]"), wanted{text: "200 OK: bad JSON at offset 0: expected an object", syntax: true}},
		{"two documents", says(200, podText+podText),
			wanted{text: fmt.Sprintf("200 OK: bad JSON at offset %d: text behind the document", len(podText)), syntax: true}},
		{"another kind", says(200, `{"kind":"Node","apiVersion":"v1"}`), wanted{text: `200 OK: the answer is of kind "Node", not Pod`}},
		{"a list", says(200, podsText), wanted{text: `200 OK: the answer is of kind "PodList", not Pod`}},
		{"a Status", says(200, `{"kind":"Status","apiVersion":"v1","status":"Success"}`), wanted{text: `200 OK: the answer is of kind "Status", not Pod`}},
		{"a failed Status", says(200, failed(410, "Expired")), wanted{text: "410 Expired: because"}},
		{"a failed Status without a code", says(200, failed(0, "")), wanted{text: "200 OK: because"}},
		{"a Status with another code", says(500, failed(404, "NotFound")), wanted{text: "404 NotFound: because"}},
		{"a Status with no HTTP code", says(500, failed(42, "Odd")), wanted{text: "500 Odd: because"}},
		{"text", text(500, " dial tcp: refused \n"), wanted{text: "500 Internal Server Error: dial tcp: refused", gone: true}},
		{"broken text", text(403, "For\xffbidden"), wanted{text: "403 Forbidden: For\uFFFDbidden"}},
		{"long text", text(400, strings.Repeat("x", 5000)), wanted{text: "400 Bad Request: " + strings.Repeat("x", 1000) + "…"}},
		{"HTML of a gateway", says(502, "<html>", "Content-Type: text/html"), wanted{text: `502 Bad Gateway: 6 bytes of "text/html"`, gone: true}},
		{"an unknown code", text(599, ""), wanted{text: "599", gone: true}},
		{"a Status without a kind", says(504, `{"metadata":{},"status":"Failure","message":"because","reason":"Timeout","code":504}`), wanted{text: "504 Timeout: because"}},
		{"an object's own status", says(500, `{"kind":"Pod","status":"Failure"}`), wanted{text: `500 Internal Server Error: 33 bytes of "application/json"`, gone: true}},
		{"500 Status", says(500, failed(500, "InternalError")), wanted{text: "500 InternalError: because"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			pod, err := at(t, test.handler).Pods().In("ns").Fetch(t.Context(), "a")
			test.want.check(t, err)
			if (err == nil) == pod.IsZero() {
				t.Errorf("got %v and %v", pod, err)
			}
		})
	}
}

// K10, K17: what an answer to a list may turn out to be.
func TestAnswersOfAListK10(t *testing.T) {
	const head = `{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7"}`
	const item = `{"metadata":{"name":"a","namespace":"ns"}}`
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		n       int
		want    wanted
	}{
		{"good", says(200, head+`,"items":[`+item+`]}`), 1, wanted{}},
		{"kind behind", says(200, `{"items":[`+item+`],"kind":"PodList"}`), 1, wanted{}},
		{"kind List", says(200, `{"kind":"List","items":[`+item+`]}`), 1, wanted{}},
		{"empty", says(200, head+`,"items":[]}`), 0, wanted{}},
		{"items null", says(200, head+`,"items":null}`), 0, wanted{}},
		{"no items", says(200, head+`}`), 0, wanted{text: "200 OK: the answer is a list without items"}},
		{"items an object", says(200, head+`,"items":{}}`), 0, wanted{text: "200 OK: the answer is a list without items"}},
		{"an object", says(200, podText), 0, wanted{text: `200 OK: the answer is of kind "Pod", not PodList`}},
		{"another list", says(200, `{"kind":"NodeList","items":[`+item+`]}`), 0, wanted{text: `200 OK: the answer is of kind "NodeList", not PodList`}},
		{"another list, told late", says(200, `{"items":[`+item+`],"kind":"NodeList"}`), 1, wanted{text: `200 OK: the answer is of kind "NodeList", not PodList`}},
		{"no kind", says(200, `{"items":[`+item+`]}`), 1, wanted{text: `200 OK: the answer is of kind "", not PodList`}},
		{"an item of another kind", says(200, head+`,"items":[`+item+`,{"kind":"Node"}]}`), 1, wanted{text: `200 OK: an item is of kind "Node", not Pod`}},
		{"an item that is none", says(200, head+`,"items":[`+item+`,7]}`), 1, wanted{text: "200 OK: bad JSON at offset 123 in /items/1: expected an object", syntax: true}},
		{"a failed Status", says(200, failed(403, "Forbidden")), 0, wanted{text: "403 Forbidden: because"}},
		{"a Status", says(200, `{"kind":"Status","apiVersion":"v1","status":"Success"}`), 0, wanted{text: `200 OK: the answer is of kind "Status", not PodList`}},
		{"HTML", says(200, "<html>", "Content-Type: text/html"), 0, wanted{text: "200 OK: bad JSON at offset 0: expected an object", syntax: true}},
		{"truncated, as long as told", says(200, head+`,"items":[`+item+`,`), 1, wanted{text: "200 OK: bad JSON at offset 123 in /items/1: unexpected end of the text", syntax: true}},
		{"truncated, shorter than told", cut(head + `,"items":[` + item + `,`), 1, wanted{text: "200 OK: unexpected EOF", gone: true}},
		{"nothing", says(200, ""), 0, wanted{text: "200 OK: bad JSON at offset 0: unexpected end of the text", syntax: true}},
		{"204", says(204, ""), 0, wanted{text: "200 OK: bad JSON at offset 0: unexpected end of the text", syntax: true}},
		{"text", text(500, "dial tcp: refused"), 0, wanted{text: "500 Internal Server Error: dial tcp: refused", gone: true}},
		{"404 text", text(404, "404 page not found"), 0, wanted{text: "404 Not Found: 404 page not found"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := at(t, test.handler)
			n, last := 0, error(nil)
			for pod, err := range c.Pods().All(t.Context()) {
				if last = err; err == nil {
					n++
				}
				if pod.IsZero() != (err != nil) {
					t.Errorf("got %v and %v", pod, err)
				}
			}
			test.want.check(t, last)
			if n != test.n {
				t.Errorf("%d items, want %d", n, test.n)
			}
			s, err := c.Pods().List(t.Context())
			test.want.check(t, err)
			if err != nil && s.Len() != 0 {
				t.Errorf("a partial list of %d", s.Len())
			}
		})
	}
}

// K17: 204 has no document, and is no error.
func TestNoContent(t *testing.T) {
	doc, err := at(t, says(204, "")).Proxy().Delete(t.Context(), nil, "api/v1/pods")
	if err != nil || !doc.IsZero() {
		t.Errorf("got %v, %v", doc, err)
	}
}

func TestObjectBeyondTheLimit(t *testing.T) {
	big := `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","namespace":"ns"},"a":"` + strings.Repeat("x", 20<<20) + `"}`
	flushed := func(w http.ResponseWriter, _ *http.Request) {
		http.NewResponseController(w).Flush()
		io.WriteString(w, big)
	}
	for name, handler := range map[string]http.HandlerFunc{"length told": says(200, big), "chunked": flushed} {
		c := at(t, handler)
		_, err := c.Pods().In("ns").Fetch(t.Context(), "a")
		var api *APIError
		var size *SizeError
		if !errors.As(err, &api) || !errors.As(err, &size) || size.Limit != 16<<20 || api.Code != 200 {
			t.Errorf("%s: got %v", name, err)
		}
		if want := "kube: GET /api/v1/namespaces/ns/pods/a: 200 OK: larger than the limit of 16777216 bytes"; err.Error() != want {
			t.Errorf("%s:\ngot  %v\nwant %s", name, err, want)
		}
		if errors.As(err, new(*UnreachableError)) {
			t.Errorf("%s: %T", name, err)
		}
	}
	c := at(t, says(200, big), WithMaxObject(32<<20))
	if pod, err := c.Pods().In("ns").Fetch(t.Context(), "a"); err != nil || pod.Raw().Size() != len(big) {
		t.Errorf("got %v, %v", pod, err)
	}
}

// The limit is for what comes out of the compression.
func TestCompressionBomb(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	z.Write([]byte(`{"kind":"PodList","a":"`))
	for range 4 {
		z.Write(bytes.Repeat([]byte("x"), 1<<20))
	}
	z.Close()
	var asked atomic.Value
	handler := func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Header.Get("Accept-Encoding"))
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(bomb.Bytes())
	}
	srv := httptest.NewTLSServer(http.HandlerFunc(handler))
	defer srv.Close()
	c, err := NewCluster(WithURL(srv.URL), WithMaxObject(1<<20), WithCompression(true))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.conn.t.pool.TLSClientConfig = srv.Client().Transport.(*http.Transport).TLSClientConfig
	for _, name := range []string{"Get", "List", "Fetch"} {
		if err := calls[name](t.Context(), c); !errors.As(err, new(*raw.SizeError)) || asked.Load() != "gzip" {
			t.Errorf("%s: %v", name, err)
		}
	}
	plain := at(t, handler)
	if err := calls["Get"](t.Context(), plain); !errors.As(err, new(*SyntaxError)) || asked.Load() != "" {
		t.Errorf("got %v for %q", err, asked.Load())
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the other host was asked")
	}))
	defer other.Close()
	place := strings.Replace(other.URL, "http://", "http://user:password@", 1) + "/api/v1/pods?token=abc"
	for _, code := range []int{300, 301, 302, 303, 304, 307, 308} {
		c := at(t, says(code, "", "Location: "+place))
		for _, verb := range verbs {
			err := verb.call(t.Context(), c)
			var api *APIError
			if !errors.As(err, &api) || api.Code != code {
				t.Fatalf("%d %s: %v", code, verb.name, err)
			}
			want := "the answer is a redirect, which is not followed: it leads to " + strings.TrimPrefix(other.URL, "http://")
			if api.Message != want || api.Err != nil {
				t.Errorf("got %q, %v", api.Message, api.Err)
			}
		}
		if err := calls["List"](t.Context(), c); err == nil || strings.Contains(err.Error(), "password") {
			t.Errorf("list: %v", err)
		}
	}
}

// Neither an error nor its parts show what a Secret holds.
func TestSecretsStayOutOfErrors(t *testing.T) {
	const content = "aHVudGVyMg"
	secret := `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a","namespace":"ns"},"type":"Opaque","data":{"p":"` + content + `=="}}`
	status := strings.Replace(failed(422, "Invalid"), "because", "bad value "+content, 1)
	for name, handler := range map[string]http.HandlerFunc{
		"status":       says(422, status),
		"text":         text(400, "cannot read "+content),
		"other kind":   says(200, strings.Replace(secret, `"Secret"`, `"Node"`, 1)),
		"broken":       says(200, secret+content),
		"broken early": says(200, `{"data":{"p":"`+content+`\q"}}`),
		"in a list":    says(200, `{"kind":"SecretList","items":[{"data":{"p":"`+content+`\q"}}]}`),
		"redirect":     says(302, content, "Location: /"+content),
	} {
		c := at(t, handler)
		_, fetched := c.Secrets().In("ns").Fetch(t.Context(), "a")
		_, listed := c.Secrets().List(t.Context())
		_, created := c.Create(t.Context(), "ns", []byte(secret))
		_, got := c.Proxy().Get(t.Context(), "api/v1/namespaces/ns/secrets/a")
		_, encoded := c.Proxy().Get(t.Context(), "/api/v1/namespaces/ns/%73ecrets/a")
		_, posted := c.Proxy().Post(t.Context(), []byte(secret), "api/v1", "namespaces", "ns", "secrets")
		for i, err := range []error{fetched, listed, created, got, encoded, posted} {
			if err == nil && i < 3 {
				t.Errorf("%s: no error of call %d", name, i)
			}
			for _, form := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
				if text := fmt.Sprintf(form, err); strings.Contains(text, content) {
					t.Errorf("%s: call %d shows %s", name, i, text)
				}
			}
		}
	}
	c := at(t, says(200, secret))
	for _, path := range []string{"/api/v1/namespaces/ns/secrets/a", "/api/v1/namespaces/ns/%73ecrets/a", "/api/v1/watch/secrets"} {
		doc, err := c.Proxy().Get(t.Context(), path)
		if text := fmt.Sprintf("%v %+v %#v", doc, doc, doc); err != nil || strings.Contains(text, content) {
			t.Errorf("%s: %v, %v", path, text, err)
		}
	}
	item, err := c.Create(t.Context(), "ns", []byte(secret))
	if text := fmt.Sprintf("%v %+v %#v", item, item, item.Raw()); err != nil || strings.Contains(text, content) {
		t.Errorf("created: %v, %v", text, err)
	}
	if _, ok := item.(items.Secret); !ok {
		t.Errorf("got a %T", item)
	}
}

// K16: connections are kept and used again, after errors too.
func TestConnectionsAreKeptK16(t *testing.T) {
	inLab(t, answering(says(200, podText), says(404, failed(404, "NotFound")), text(500, "x"), says(200, podsText)), func(t *testing.T, l *lab) {
		for range 4 {
			calls["Fetch"](t.Context(), l.Cluster)
		}
		for range 4 {
			if err := calls["List"](t.Context(), l.Cluster); err != nil {
				t.Error(err)
			}
		}
		if l.dials != 1 {
			t.Errorf("%d connections for %d requests", l.dials, len(l.requests()))
		}
	}, WithRetries(0))
}

// A list that is left half-way gives its connection up.
func TestLeavingAListEndsIt(t *testing.T) {
	ended := make(chan struct{})
	handler := func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		says(200, strings.TrimSuffix(podsText, "]}"))(w, r)
		for {
			if _, err := io.WriteString(w, `,{"metadata":{"name":"b","namespace":"ns"}}`); err != nil {
				return
			}
		}
	}
	inLab(t, handler, func(t *testing.T, l *lab) {
		for pod, err := range l.Pods().All(t.Context()) {
			if pod.Name() != "a" || err != nil {
				t.Errorf("got %v, %v", pod, err)
			}
			break
		}
		<-ended
		if n := len(l.conn.t.live); n != 0 {
			t.Errorf("%d requests are under way", n)
		}
	})
}

func TestNilAndZero(t *testing.T) {
	ctx := context.Background()
	var bad *ArgumentError
	for name, c := range map[string]*Cluster{"zero": {}, "nil": nil} {
		if _, err := c.Pods().List(ctx); !errors.As(err, &bad) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := Bind(c, items.Pod{}).Fetch(ctx); !errors.As(err, &bad) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (&Cluster{}).Close(); err != nil {
		t.Error(err)
	}
	p := &APIServerProxy{}
	if _, err := p.Get(ctx, "api"); !errors.As(err, &bad) || p.URL() != "" || p.Close() != nil {
		t.Errorf("got %v", err)
	}
	if _, err := p.Watch(ctx, "api"); !errors.As(err, &bad) {
		t.Errorf("got %v", err)
	}
	if r := (Resource{}); r.Name() != "" || r.View() != nil || r.ItemType() != nil || !r.Kind().IsZero() {
		t.Errorf("got %v", r)
	}
	c := at(t, says(200, podText))
	unbound := Bind(nil, aPod(c))
	if _, err := unbound.Fetch(ctx); !errors.As(err, &bad) || err.Error() != `kube: bad item "Pod ns/a@7": it has no connection to a cluster` {
		t.Errorf("got %v", err)
	}
	if again, err := Bind(c, unbound).Fetch(ctx); err != nil || !again.Equal(unbound) {
		t.Errorf("got %v, %v", again, err)
	}
}
