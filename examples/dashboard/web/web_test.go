package web

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/examples/dashboard/demo"
	"github.com/kubeviews/kube/examples/dashboard/live"
	"github.com/kubeviews/kube/kubetest"
)

const demoKinds = "nodes,namespaces,pods,deployments,replicasets,statefulsets,daemonsets,jobs,cronjobs," +
	"horizontalpodautoscalers,services,ingresses,endpointslices,networkpolicies,configmaps,secrets," +
	"persistentvolumeclaims,persistentvolumes,storageclasses,events,campaigns.promo.shop.example"

// begin shows the cluster at a URL, of which perhaps nothing is read.
func begin(t testing.TB, url string, names ...string) *Server {
	t.Helper()
	api, err := kube.NewCluster(kube.WithURL(url))
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := live.Start(t.Context(), api, names...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cluster.Close(); _ = api.Close() })
	server := New(cluster, "test")
	server.Hosts = []string{"example.com"} // of httptest's requests
	return server
}

// serve shows the cluster at a URL, once all its kinds are read.
func serve(t testing.TB, url string, names ...string) *Server {
	t.Helper()
	server := begin(t, url, names...)
	cluster := server.cluster
	until(t, cluster, func() bool {
		for _, r := range cluster.Resources() {
			if !r.Known() {
				return false
			}
		}
		return len(cluster.Resources()) == len(names) && cluster.Contact().Live && cluster.Version() != ""
	})
	return server
}

func until(t testing.TB, cluster *live.Cluster, met func() bool) {
	t.Helper()
	limit := time.After(30 * time.Second)
	for {
		changed := cluster.Changed()
		if met() {
			return
		}
		select {
		case <-changed:
		case <-time.After(5 * time.Millisecond): // the contact changes without an object
		case <-limit:
			t.Fatal("it does not come to be")
		}
	}
}

func ask(s *Server, method, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(method, target, nil))
	return w
}

// get is a page, which must be well-formed whatever it tells.
func get(t *testing.T, s *Server, status int, target string) string {
	t.Helper()
	w := ask(s, http.MethodGet, target)
	if w.Code != status {
		t.Errorf("GET %.200s: %d, not %d", target, w.Code, status)
	}
	body := w.Body.String()
	if err := wellFormed(body); err != nil {
		t.Errorf("GET %.200s: %v", target, err)
	}
	return body
}

// empty are the elements without an end.
var empty = regexp.MustCompile(`<(meta|link|input)\b[^>]*>`)

// bare are attributes without a value.
var bare = regexp.MustCompile(` (defer|hidden|selected|data-live|data-problem)([ >])`)

// wellFormed checks that a page's elements are nested as they shall be, that no id is
// there twice, that headings skip no level, and that cells of heads, fields and
// buttons say what they are.
func wellFormed(body string) error {
	text := strings.TrimPrefix(body, "<!doctype html>")
	text = empty.ReplaceAllStringFunc(text, func(tag string) string { return strings.TrimSuffix(tag, ">") + "/>" })
	for bare.MatchString(text) {
		text = bare.ReplaceAllString(text, ` $1=""$2`)
	}
	d := xml.NewDecoder(strings.NewReader(text))
	d.Entity = xml.HTMLEntity
	ids, open, level, firsts := map[string]bool{}, []string{}, 0, 0
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		switch e := token.(type) {
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.StartElement:
			open = append(open, e.Name.Local)
			attributes := map[string]string{}
			for _, a := range e.Attr {
				attributes[a.Name.Local] = a.Value
			}
			if id, ok := attributes["id"]; ok && (ids[id] || id == "" || strings.ContainsAny(id, " \t\n")) {
				return fmt.Errorf("the id %q is there twice, or is none", id)
			} else if ok {
				ids[id] = true
			}
			switch name := e.Name.Local; name {
			case "html":
				if attributes["lang"] == "" {
					return errors.New("it has no language")
				}
			case "h1", "h2", "h3":
				at := int(name[1] - '0')
				if at > level+1 {
					return fmt.Errorf("<%s> comes behind <h%d>", name, level)
				}
				if level = at; at == 1 {
					firsts++
				}
			case "th":
				if attributes["scope"] != "col" {
					return errors.New("a head without its scope")
				}
			case "input", "select":
				if attributes["type"] != "hidden" && !strings.Contains(strings.Join(open, " "), "label") {
					return fmt.Errorf("a field without a label: %v", attributes)
				}
			case "script":
				if attributes["src"] == "" {
					return errors.New("a script within the page")
				}
			}
			for a, value := range attributes {
				if a == "style" || strings.HasPrefix(a, "on") {
					return fmt.Errorf("the policy forbids %s=%q", a, value)
				}
				if a == "href" && !strings.HasPrefix(value, "/") && !strings.HasPrefix(value, "?") && !strings.HasPrefix(value, "#") || strings.HasPrefix(value, "//") {
					return fmt.Errorf("a link leads away: %q", value)
				}
			}
		}
	}
	if firsts != 1 {
		return fmt.Errorf("%d headings of the first level", firsts)
	}
	return nil
}

func TestWellFormedTells(t *testing.T) {
	page := func(body string) string {
		return "<!doctype html><html lang=\"en\"><body><h1>a</h1>" + body + "</body></html>"
	}
	if err := wellFormed(page("<label>a <input></label><h2>b</h2>")); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"<b>", "<b><i></b></i>", "<h3>c</h3>", "<h1>b</h1>", "<input>", "<i id=\"a\"/><b id=\"a\"/>", "<th>a</th>",
		"<script>1</script>", "<a href=\"javascript:1\">x</a>", "<a href=\"//example.com\">x</a>", "<i style=\"a\"/>", "<i onclick=\"a\"/>"} {
		if wellFormed(page(bad)) == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

func TestAllPagesOfAWorld(t *testing.T) {
	t.Parallel()
	world, err := demo.Start(t.Context(), demo.Options{ChangesPerSecond: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(world.Close)
	s := serve(t, world.URL(), strings.Split(demoKinds, ",")...)
	for range 60 {
		if err := world.Step(); err != nil {
			t.Fatal(err)
		}
	}
	get(t, s, 200, "/")
	get(t, s, 200, "/changes")
	get(t, s, 200, "/changes?kind=pods")
	get(t, s, 404, "/nothing")
	get(t, s, 404, "/pods/a/b/c/d")
	seen, links := map[string]bool{}, regexp.MustCompile(`href="(/[^"]*/[^"]*)"`)
	for _, r := range s.cluster.Resources() {
		table := get(t, s, 200, "/"+r.Name())
		for _, c := range columns(r) {
			get(t, s, 200, "/"+r.Name()+"?size=3&sort=-"+c.Key)
		}
		for i := range min(2, r.Snapshot().Len()) { // one is like the next
			page := get(t, s, 200, link(r, r.Snapshot().At(i)))
			for _, found := range links.FindAllStringSubmatch(page, -1) {
				if seen[found[1]] {
					continue
				}
				seen[found[1]] = true
				if w := ask(s, http.MethodGet, strings.ReplaceAll(found[1], "&amp;", "&")); w.Code != 200 && !strings.Contains(found[1], "kube-") {
					t.Errorf("%s leads to %s: %d", link(r, r.Snapshot().At(i)), found[1], w.Code)
				}
			}
		}
		if r.Snapshot().Len() > 0 && !strings.Contains(table, "data-key") {
			t.Errorf("%s shows no rows", r.Name())
		}
	}
}

const evil = `"'><script>alert(1)</script><img src=x onerror=alert(1)>`

// What objects say is shown as text, wherever it stands.
func TestObjectsCannotScript(t *testing.T) {
	server := kubetest.NewServer(t)
	meta := func(name string) map[string]any {
		return map[string]any{"name": name, "namespace": "default", "uid": "u-" + name, "labels": map[string]any{"a": evil},
			"annotations": map[string]any{evil: evil}, "ownerReferences": []any{map[string]any{"apiVersion": evil, "kind": evil, "name": evil, "uid": evil, "controller": true}},
			"managedFields": []any{map[string]any{"manager": evil, "operation": "Update", "apiVersion": evil, "fieldsType": "FieldsV1", "fieldsV1": map[string]any{"f:" + evil: map[string]any{}}}}}
	}
	pod := map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": meta("bad"),
		"spec": map[string]any{"nodeName": evil, "containers": []any{map[string]any{"name": evil, "image": evil}}},
		"status": map[string]any{"phase": evil, "message": evil, "conditions": []any{map[string]any{"type": evil, "status": evil, "reason": evil, "message": evil}},
			"containerStatuses": []any{map[string]any{"name": evil, "image": evil, "state": map[string]any{"waiting": map[string]any{"reason": evil, "message": evil}}}}}}
	event := map[string]any{"apiVersion": "v1", "kind": "Event", "metadata": meta("e"), "type": "Warning", "reason": evil, "message": evil, "lastTimestamp": time.Now().Format(time.RFC3339),
		"involvedObject": map[string]any{"apiVersion": "v1", "kind": "Pod", "name": evil, "namespace": evil, "uid": "u-bad"}}
	s := serve(t, server.URL(), "pods", "events", "configmaps", "namespaces")
	put(t, server, pod, event, map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta("c"), "data": map[string]any{evil: evil}})
	if _, err := server.Update("pods", "default", "bad", func(o kubetest.Object) { o["spec"].(map[string]any)["hostname"] = evil }); err != nil {
		t.Fatal(err)
	}
	until(t, s.cluster, func() bool { return s.cluster.Seq() >= 4 })
	query := "?q=" + url.QueryEscape(evil) + "&labels=" + url.QueryEscape(evil) + "&fields=" + url.QueryEscape(evil) + "&ns=" + url.QueryEscape(evil) + "&sort=" + url.QueryEscape(evil) + "&kind=" + url.QueryEscape(evil)
	shown := 0
	for _, target := range []string{"/", "/pods", "/events", "/configmaps", "/changes", "/pods/default/bad", "/events/default/e", "/configmaps/default/c", "/pods" + query, "/changes" + query} {
		body := get(t, s, 200, target)
		shown += strings.Count(body, "&lt;script&gt;")
		if strings.Contains(body, "<script>") || strings.Contains(body, "<img") {
			t.Errorf("%.100s lets a script through", target)
		}
	}
	get(t, s, 404, "/"+url.PathEscape(evil))
	get(t, s, 404, "/pods/default/"+url.PathEscape(evil))
	if shown < 30 {
		t.Errorf("only %d texts are shown at all", shown)
	}
}

func put(t testing.TB, server *kubetest.Server, docs ...any) {
	t.Helper()
	for _, doc := range docs {
		if _, err := server.Put(doc); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOddRequests(t *testing.T) {
	server := kubetest.NewServer(t)
	for i := range 120 {
		put(t, server, map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": fmt.Sprintf("c%03d", i), "namespace": "default"}})
	}
	s := serve(t, server.URL(), "configmaps", "nodes", "namespaces")
	for _, query := range []string{"page=-1&size=1e9&sort=nope&labels=((&fields=x", "page=99999999999999999999", "page=9223372036854775807&size=9223372036854775807",
		"page=0&size=0", "size=-3", "sort=-", "sort=--name", "sort=-nope", "ns=%00", "ns=../..", "q=%ff%fe",
		"fields=metadata.name%3Dc001", "a=b;c=d", "%zz=1", "page=2&page=3"} {
		get(t, s, 200, "/configmaps?"+query)
	}
	for _, target := range []string{"/pods", "/configmaps/default", "/configmaps/default/", "/configmaps/default/nope", "/configmaps/c001", "/nodes/default/c001", "/%2e%2e%2f%2e%2e/etc", "/configmaps/default/%00",
		"/configmaps/default/a%2Fb", "/static/", "/static/nope", "/static/..%2fserver.go", "/" + strings.Repeat("x", 10_000), "/favicon.ico", "/configmaps/%ff/%ff"} {
		if w := ask(s, http.MethodGet, target); w.Code != 404 && w.Code/100 != 3 {
			t.Errorf("GET %.100s: %d", target, w.Code)
		}
	}
	first := func(query string) string {
		body := get(t, s, 200, "/configmaps"+query)
		if parts := regexp.MustCompile(`class="name"[^>]*>([^<]*)`).FindStringSubmatch(body); parts != nil {
			return parts[1]
		}
		return ""
	}
	for query, want := range map[string]string{"": "c000", "?page=3": "c100", "?page=4": "c100", "?page=-1": "c000", "?sort=-name": "c119", "?sort=-nope": "c000",
		"?sort=name&page=2": "c050", "?q=C11": "c110", "?labels=((": "", "?ns=other": "", "?size=100&page=2": "c100"} {
		if got := first(query); got != want {
			t.Errorf("%q begins with %q, not %q", query, got, want)
		}
	}
}

// A name comes before another whatever their namespaces, if names are to be ordered;
// and what a head claims is so.
func TestTableOrder(t *testing.T) {
	server := kubetest.NewServer(t)
	for _, name := range []string{"a/z", "b/a", "c/m"} {
		namespace, name, _ := strings.Cut(name, "/")
		put(t, server, map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": namespace}},
			map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name, "namespace": namespace}})
	}
	s := serve(t, server.URL(), "configmaps", "namespaces", "nodes")
	keys := regexp.MustCompile(`data-key="([^"]*)"`)
	heads := regexp.MustCompile(`aria-sort="(\w+)"><a href="[^"]*">(\w+)`)
	for query, want := range map[string]string{
		"":                "a/z b/a c/m|ascending Namespace",
		"?sort=nope":      "a/z b/a c/m|ascending Namespace",
		"?sort=name":      "b/a c/m a/z|ascending Name",
		"?sort=-name":     "a/z c/m b/a|descending Name",
		"?sort=namespace": "a/z b/a c/m|ascending Namespace", "?sort=-namespace": "c/m b/a a/z|descending Namespace",
	} {
		body, got := get(t, s, 200, "/configmaps"+query), ""
		for _, key := range keys.FindAllStringSubmatch(body, -1) {
			got += key[1] + " "
		}
		got = strings.TrimSpace(got) + "|"
		for _, head := range heads.FindAllStringSubmatch(body, -1) {
			got += head[1] + " " + head[2]
		}
		if got != want {
			t.Errorf("%q: %s, not %s", query, got, want)
		}
	}
	if body := get(t, s, 200, "/nodes"); !strings.Contains(body, `aria-sort="ascending"><a href="?sort=-name">Name`) {
		t.Error("nodes are by name")
	}
}

// Objects whose parts are not what they shall be are shown as far as they can be.
func TestMalformedObjects(t *testing.T) {
	t.Parallel()
	server := kubetest.NewServer(t, kubetest.WithResource(
		kubetest.Resource{Group: "serving.knative.dev", Version: "v1", Plural: "services", Kind: "Service", Namespaced: true},
		kubetest.Resource{Group: "example.com", Version: "v1", Plural: "nodes", Kind: "Node"},
		kubetest.Resource{Group: "example.com", Version: "v1", Plural: "pods", Kind: "Pod", Namespaced: true},
		kubetest.Resource{Group: "example.com", Version: "v1", Plural: "events", Kind: "Event", Namespaced: true}))
	names := append(strings.Split(strings.TrimSuffix(demoKinds, ",campaigns.promo.shop.example"), ","),
		"services.serving.knative.dev", "nodes.example.com", "pods.example.com", "events.example.com")
	s := serve(t, server.URL(), names...)
	odd := []any{nil, 7, "text", true, []any{}, []any{nil, 3, "x"}, map[string]any{}, map[string]any{"conditions": 1, "phase": 2, "containerStatuses": []any{nil, 5}, "replicas": "x", "capacity": []any{}, "allocatable": map[string]any{"cpu": "much", "memory": true}, "loadBalancer": 1},
		map[string]any{"containers": nil, "ports": []any{nil, 1}, "rules": "x", "replicas": -5, "template": map[string]any{"spec": map[string]any{"containers": map[string]any{}}}, "capacity": "x", "nodeName": 5, "completions": "x", "schedule": 1}}
	for _, r := range s.cluster.Resources() {
		for i, value := range odd {
			doc := map[string]any{"apiVersion": r.Kind().GroupVersions()[0], "kind": string(r.Kind().Name()), "metadata": map[string]any{"name": fmt.Sprint("x", i), "uid": fmt.Sprint(r.Name(), i)}}
			if r.Kind().Namespaced() {
				doc["metadata"].(map[string]any)["namespace"] = "default"
			}
			for _, member := range []string{"spec", "status", "data", "involvedObject", "reason", "message", "count", "type", "lastTimestamp"} {
				doc[member] = value
			}
			if _, err := server.Put(doc); err != nil && r.BuiltIn() == "" {
				t.Fatal(err) // kubetest itself refuses some of the others
			}
		}
	}
	for _, r := range s.cluster.Resources() {
		docs, err := server.List(r.Kind().Resource()+"."+r.Kind().Group(), "")
		if err != nil {
			t.Fatal(err)
		}
		until(t, s.cluster, func() bool { return r.Snapshot().Len() == len(docs) })
	}
	get(t, s, 200, "/")
	get(t, s, 200, "/changes")
	for _, r := range s.cluster.Resources() {
		get(t, s, 200, "/"+r.Name())
		for _, c := range columns(r) {
			get(t, s, 200, "/"+r.Name()+"?sort="+c.Key)
		}
		if r.Snapshot().Len() == 0 {
			t.Errorf("%s has none", r.Name())
		}
		for item := range r.Snapshot().All() {
			get(t, s, 200, link(r, item))
		}
	}
}

// Owners that own each other end, and so do chains into kinds of other scopes.
func TestOwners(t *testing.T) {
	owned := func(name string, owner ...string) map[string]any {
		return map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name, "namespace": "default", "uid": "u-" + name,
			"ownerReferences": []any{map[string]any{"apiVersion": "v1", "kind": owner[0], "name": owner[1], "uid": "u-" + owner[1], "controller": true}}}}
	}
	server := kubetest.NewServer(t, kubetest.WithoutGarbageCollection())
	put(t, server, owned("a", "ConfigMap", "b"), owned("b", "ConfigMap", "a"), owned("self", "ConfigMap", "self"), owned("of-node", "Node", "n1"), owned("lost", "Widget", "w"),
		map[string]any{"apiVersion": "v1", "kind": "Node", "metadata": map[string]any{"name": "n1", "uid": "u-n1"}})
	s := serve(t, server.URL(), "configmaps", "nodes")
	for _, name := range []string{"a", "b", "self", "lost"} {
		get(t, s, 200, "/configmaps/default/"+name)
	}
	if body := get(t, s, 200, "/configmaps/default/of-node"); !strings.Contains(body, `<a href="/nodes/n1"><small>Node</small> n1</a>`) {
		t.Error("no link to the node")
	}
}

// What a Secret holds is on no page, wherever it stands.
func TestSecretsAreNotShown(t *testing.T) {
	server := kubetest.NewServer(t)
	secret := func(round, word string) map[string]any {
		return map[string]any{"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": "s", "namespace": "default", "labels": map[string]any{"round": round},
			"annotations": map[string]any{"kubectl.kubernetes.io/last-applied-configuration": `{"kind":"Secret","data":{"password":"` + word + `"}}`}},
			"data": map[string]any{"password": "aHVudGVyMg==", "other": word + word}, "stringData": map[string]any{"x": "hunter2" + word}}
	}
	s := serve(t, server.URL(), "secrets", "events")
	put(t, server, secret("1", "c2VjcmV0MQ"), secret("2", "c2VjcmV0Mg"))
	until(t, s.cluster, func() bool { return s.cluster.Seq() >= 2 })
	if err := server.Remove("secrets", "default", "s"); err != nil {
		t.Fatal(err)
	}
	check := func(targets ...string) {
		for _, target := range targets {
			body := get(t, s, 200, target)
			for _, word := range []string{"aHVudGVyMg", "hunter2", "c2VjcmV0MQ", "c2VjcmV0Mg", "password"} {
				if strings.Contains(body, word) {
					t.Errorf("%s shows %s", target, word)
				}
			}
		}
	}
	check("/", "/changes", "/secrets/default/s")
	until(t, s.cluster, func() bool { return s.cluster.Seq() >= 3 })
	put(t, server, secret("3", "c2VjcmV0Mg"))
	until(t, s.cluster, func() bool { return s.cluster.Seq() >= 4 })
	check("/", "/changes", "/secrets", "/secrets/default/s", "/secrets?sort=labels", "/secrets?q=s")
}

func TestMethodsAndHeaders(t *testing.T) {
	server := kubetest.NewServer(t)
	s := serve(t, server.URL(), "pods")
	for _, target := range []string{"/", "/pods", "/changes", "/healthz", "/stream", "/static/app.js"} {
		if w := ask(s, http.MethodHead, target); w.Code != 200 {
			t.Errorf("HEAD %s: %d", target, w.Code)
		}
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch} {
			w := ask(s, method, target)
			if w.Code != 405 {
				t.Errorf("%s %s: %d", method, target, w.Code)
			}
		}
	}
	for _, target := range []string{"/", "/pods", "/nothing", "/static/app.js", "/healthz"} {
		h := ask(s, http.MethodGet, target).Header()
		for name, want := range map[string]string{"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin"} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", target, name, h.Get(name))
			}
		}
	}
	if strings.Contains(policy, "unsafe") || !strings.Contains(policy, "default-src 'none'") {
		t.Error(policy)
	}
}

func TestHealth(t *testing.T) {
	server := kubetest.NewServer(t)
	s := serve(t, server.URL(), "pods")
	if w := ask(s, http.MethodGet, "/healthz"); w.Code != 200 || w.Body.String() != "ok\n" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	outage := server.Inject(kubetest.Fault{Cut: true})
	server.CutConnections()
	until(t, s.cluster, func() bool { return ask(s, http.MethodGet, "/healthz").Code == 503 })
	if body := get(t, s, 200, "/pods"); !strings.Contains(body, `class="contact stale"`) || strings.Contains(body, `role="alert" hidden`) {
		t.Error("the page does not say so")
	}
	outage.Remove()
	until(t, s.cluster, func() bool { return ask(s, http.MethodGet, "/healthz").Code == 200 })
}

// A kind that is no longer shown says so, and shows what was known.
func TestRefusedLater(t *testing.T) {
	server := kubetest.NewServer(t)
	put(t, server, map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "known", "namespace": "default"}})
	s := serve(t, server.URL(), "configmaps", "pods")
	defer server.Forbid(kubetest.Access{Resource: "configmaps"})()
	server.CutConnections()
	until(t, s.cluster, func() bool {
		return strings.Contains(ask(s, http.MethodGet, "/configmaps").Body.String(), "cannot be shown")
	})
	if body := get(t, s, 200, "/configmaps"); !strings.Contains(body, "known") || !strings.Contains(body, "forbidden") {
		t.Error("it does not show what was known, and why it is not current")
	}
}

// A kind that fails alone says so wherever it is shown, and all else goes on.
func TestOneKindFails(t *testing.T) {
	server := kubetest.NewServer(t)
	put(t, server, map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "known", "namespace": "default"}},
		map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": "web", "namespace": "default"}})
	s := serve(t, server.URL(), "configmaps", "deployments", "events", "nodes", "pods")
	const banner, mark = `class="banner partly"`, `class="mark"`
	for _, target := range []string{"/", "/deployments", "/deployments/default/web"} {
		if body := get(t, s, 200, target); strings.Contains(body, banner) || strings.Contains(body, mark) || strings.Contains(body, "tone warn\">Deployments") {
			t.Errorf("%s complains while all is well", target)
		}
	}
	fault := server.Inject(kubetest.Fault{Path: "/apis/apps/v1/deployments", Status: 500, Body: kubetest.StatusBody(500, "InternalError", "broken pipe dream")})
	server.EndWatches() // the others go on at once
	behind := func(n int) func() bool {
		return func() bool { c := s.cluster.Contact(); return c.Live && len(c.Behind) == n }
	}
	until(t, s.cluster, behind(1))
	const asOf = `as of \d\d:\d\d:\d\d`
	for target, wants := range map[string][]string{
		"/":                        {`<p class="note tone warn">Deployments ` + asOf + `</p>`, `<p class="note tone warn">but for 1 kind</p>`},
		"/deployments":             {`role="alert">As of \d\d:\d\d:\d\d, not current: .*broken pipe dream`, ">web<"},
		"/deployments/default/web": {`role="alert">As of \d\d:\d\d:\d\d, not current: .*broken pipe dream`},
		"/configmaps":              {">known<"},
	} {
		wants = append(wants, `class="contact partly"[^>]*>live, but for 1 kind<`, `1 kind is not current:</strong> <a href="/deployments">Deployments</a></p>`,
			`>Deployments <span class="mark"[^>]*title="`+asOf+`"`, `id="stale" class="banner" hidden`)
		body := get(t, s, 200, target)
		for _, want := range wants {
			if !regexp.MustCompile(want).MatchString(body) {
				t.Errorf("%s lacks %s", target, want)
			}
		}
		if strings.Count(body, mark) != 1 || strings.Count(body, "broken pipe dream") != strings.Count(target, "deployments") {
			t.Errorf("%s: what is current is marked too", target)
		}
	}
	if w := ask(s, http.MethodGet, "/healthz"); w.Code != 200 {
		t.Errorf("healthz: %d", w.Code)
	}
	outage := server.Inject(kubetest.Fault{Cut: true})
	server.CutConnections()
	until(t, s.cluster, func() bool { return !s.cluster.Contact().Live })
	if body := get(t, s, 200, "/deployments"); strings.Contains(body, banner) || strings.Contains(body, mark) || strings.Contains(body, `class="banner" hidden`) {
		t.Error("with the connection cut, it is one kind that is not current")
	}
	fault.Remove()
	outage.Remove()
	until(t, s.cluster, behind(0))
}

func TestDescribe(t *testing.T) {
	now, fault := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC), errors.New("why")
	for want, c := range map[string]live.Contact{
		"live":    {Live: true, Last: now},
		"waiting": {},
		"stale":   {Last: now.Add(-time.Minute), Err: fault},
	} {
		if got := describe(c, now); got.State != want || (got.Why != "") != (c.Err != nil) {
			t.Errorf("%s: %+v", want, got)
		}
	}
	if got := describe(live.Contact{Last: now}, now); got.State != "waiting" {
		t.Errorf("what has just begun is not stale: %+v", got)
	}
	if got := describe(live.Contact{Last: now.Add(-48 * time.Hour), Err: fault}, now); !strings.Contains(got.Text, " Dec ") {
		t.Errorf("it is not of today: %+v", got)
	}
	if got := (contact{Behind: make([]lagging, 3)}).BehindText(); got != "3 kinds are not current:" {
		t.Error(got)
	}
}

func BenchmarkTable(b *testing.B) {
	world, err := demo.Start(b.Context(), demo.Options{Pods: 10_000, ChangesPerSecond: -1})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(world.Close)
	s := serve(b, world.URL(), "pods", "namespaces")
	for _, query := range []string{"", "?page=100", "?sort=-restarts", "?sort=name", "?q=storefront", "?fields=status.phase%3DRunning", "?labels=app"} {
		b.Run("pods"+query, func(b *testing.B) {
			for b.Loop() {
				if w := ask(s, http.MethodGet, "/pods"+query); w.Code != 200 {
					b.Fatal(w.Code)
				}
			}
		})
	}
}
