package kubetest

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// FuzzRequests sends arbitrary requests: no answer may come from a panic, and
// every JSON answer must be JSON.
func FuzzRequests(f *testing.F) {
	for _, seed := range [][4]string{
		{"GET", "/api/v1/pods?limit=1&continue=e30", "", ""},
		{"GET", "/api/v1/namespaces/default/pods?fieldSelector=a%3Db&labelSelector=a+in+(b", "", tableAccept},
		{"POST", "/api/v1/namespaces/default/pods", `{"metadata":{"name":"x"},"spec":{"containers":[1,{"name":2,"ports":[3]}],"tolerations":[1]}}`, ""},
		{"POST", "/api/v1/namespaces/default/services", `{"metadata":{"name":"x"},"spec":{"ports":[1,{"port":"x"}],"clusterIP":3}}`, ""},
		{"POST", "/apis/apps/v1/namespaces/default/deployments", `{"metadata":{"name":"x"},"spec":{"selector":{"matchExpressions":[1]},"template":{"spec":{"containers":3}}}}`, ""},
		{"POST", crdPath, strings.ReplaceAll(widgetCRD, `"v1beta1"`, `7`), ""},
		{"PUT", "/api/v1/nodes/n", `{"metadata":{"name":"n"},"status":{"conditions":[1]}}`, ""},
		{"PATCH", "/api/v1/namespaces/default/pods/a", `{"spec":{"containers":[{"name":"a","$patch":1}]}}`, strategicType},
		{"PATCH", "/api/v1/namespaces/default/pods/a", `[{"op":"add","path":"/metadata","value":1}]`, jsonPatchType},
		{"PATCH", "/api/v1/namespaces/default/pods/a/status", `{"status":[1]}`, mergePatchType},
		{"PATCH", "/api/v1/namespaces/default/pods/a?fieldManager=x", `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","finalizers":[1]},"spec":{"containers":[{"ports":[1]}]}}`, applyPatchType},
		{"DELETE", "/api/v1/namespaces/default/pods/a", `{"gracePeriodSeconds":-1,"preconditions":1}`, ""},
		{"DELETE", "/api/v1/namespaces/default", ``, ""},
		{"GET", "/api/v1/pods?watch=1&sendInitialEvents=1&resourceVersionMatch=NotOlderThan&timeoutSeconds=1", "", ""},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	f.Fuzz(func(t *testing.T, method, path, body, kind string) {
		// No listener: the handler alone is tried, and much faster.
		req, err := http.NewRequest(method, "http://localhost/", strings.NewReader(body))
		if err != nil {
			t.Skip()
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		req = req.WithContext(ctx)
		if req.URL, err = req.URL.Parse(path); err != nil || req.URL.Host != "localhost" {
			t.Skip()
		}
		req.Header.Set("Accept", kind)
		req.Header.Set("Content-Type", kind)
		if method == "POST" || method == "PUT" {
			req.Header.Set("Content-Type", "application/json")
		}
		s := unheard(t)
		w := httptest.NewRecorder()
		s.serve(w, req)
		checkAnswer(t, w)
	})
}

// unheard is a Server without a listener.
func unheard(t testing.TB) *Server {
	t.Helper()
	s := &Server{
		opts: defaultOptions(), store: newStore(), stopped: make(chan struct{}), streams: make(chan struct{}), marks: make(chan struct{}),
		handlers: gate{idle: make(chan struct{})}, listener: noListener{},
	}
	s.opts.freshness = time.Nanosecond
	if err := s.populate(); err != nil {
		t.Fatal(err)
	}
	if err := s.Seed(bound("a"), configMap("b"), widgetCRD); err != nil {
		t.Fatal(err)
	}
	return s
}

func checkAnswer(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	if strings.Contains(w.Body.String(), "caused apiserver to panic") {
		t.Fatal(w.Body.String())
	}
	if w.Header().Get("Content-Type") == "application/json" && w.Header().Get("Content-Encoding") == "" && w.Body.Len() > 0 && !json.Valid(w.Body.Bytes()) {
		t.Fatalf("not JSON: %s", w.Body)
	}
}

// FuzzPatches lays arbitrary patches over arbitrary documents. The old document
// must stay what it was, since watchers may be reading it.
func FuzzPatches(f *testing.F) {
	f.Add([]byte(`{"spec":{"containers":[{"name":"a"}]}}`), []byte(`{"spec":{"containers":[{"name":"a","$patch":"delete"}]}}`))
	f.Add([]byte(`{"a":[1,[2]]}`), []byte(`[{"op":"copy","from":"/a","path":"/a/1/-"},{"op":"move","from":"/a/0","path":"/b"}]`))
	f.Add([]byte(`{"metadata":{"finalizers":["a"]}}`), []byte(`{"metadata":{"$deleteFromPrimitiveList/finalizers":["a"],"$retainKeys":[1]}}`))
	f.Fuzz(func(t *testing.T, doc, patch []byte) {
		obj, err := decodeObject(doc)
		if err != nil {
			t.Skip()
		}
		before := encode(obj)
		for _, kind := range []func([]byte) (patcher, error){mergePatcher, jsonPatcher, strategicPatcher} {
			p, err := kind(patch)
			if err != nil {
				continue
			}
			out, err := p(cloneMap(obj))
			if err == nil && !json.Valid(encode(out)) {
				t.Errorf("not JSON: %s", encode(out))
			}
			if !bytes.Equal(before, encode(obj)) {
				t.Errorf("the document changed: %s", encode(obj))
			}
		}
	})
}

// FuzzSelectors reads arbitrary selectors.
func FuzzSelectors(f *testing.F) {
	f.Add("a in (b,,c),!d,e!=f")
	f.Add(`metadata.name=a\,b`)
	f.Fuzz(func(t *testing.T, expr string) {
		if terms, err := parseLabels(expr); err == nil {
			terms.match(map[string]any{"a": "b"})
		}
		_, _ = parseFields(expr)
	})
}

// FuzzSeed reads arbitrary YAML.
func FuzzSeed(f *testing.F) {
	f.Add([]byte(manifests))
	f.Add([]byte("a: &x [*x]"))
	f.Add([]byte("a: 0x1f\nb: 1e400\nc: .nan\n<<: {d: 1}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		docs, err := manifestDocuments("x", data)
		if err != nil {
			return
		}
		for _, doc := range docs {
			if !json.Valid(encode(doc)) {
				t.Errorf("not JSON: %s", encode(doc))
			}
		}
	})
}

// noListener has an address and nothing else.
type noListener struct{ net.Listener }

func (noListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
