package kube

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubeviews/kube/internal/collection"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/kubetest"
)

// served is a server that offers the deployments in some versions, and tells it
// in the form that it is asked to.
type served struct {
	mu       sync.Mutex
	versions []string
	form     string // "v2", "v2beta1", "legacy", "half": only the groups are aggregated
}

func (s *served) offer(versions ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.versions = versions
}

func (s *served) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	versions := slices.Clone(s.versions)
	s.mu.Unlock()
	group, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/apis/"), "/deployments")
	_, rest, _ = strings.Cut(rest, "/")
	switch path := r.URL.Path; {
	case path == "/apis" || path == "/api":
		s.root(w, r, versions)
	case !slices.Contains(versions, strings.Split(strings.TrimSuffix(group, "/"), "/namespaces")[0]):
		text(404, "404 page not found")(w, r)
	case !strings.Contains(path, "deployments"):
		says(200, `{"kind":"APIResourceList","groupVersion":"x","resources":[{"name":"deployments"},{"name":"deployments/scale"}]}`)(w, r)
	case rest == "" && strings.HasSuffix(path, "deployments"):
		says(200, `{"kind":"DeploymentList","items":[]}`)(w, r)
	default:
		gv, namespace, _ := strings.Cut(group, "/namespaces/")
		says(200, fmt.Sprintf(`{"kind":"Deployment","apiVersion":%q,"metadata":{"name":"a","namespace":%q}}`, gv, namespace))(w, r)
	}
}

// root answers /api and /apis.
func (s *served) root(w http.ResponseWriter, r *http.Request, versions []string) {
	core := r.URL.Path == "/api"
	if s.form == "legacy" || s.form == "half" && core || !strings.Contains(r.Header.Get("Accept"), "v="+strings.TrimPrefix(s.form, "half")) {
		says(200, `{"kind":"APIGroupList","apiVersion":"v1","groups":[]}`)(w, r)
		return
	}
	var groups []string
	for _, gv := range versions {
		name, version, _ := strings.Cut(gv, "/")
		groups = append(groups, fmt.Sprintf(`{"metadata":{"name":%q},"versions":[{"version":%q,"resources":[{"resource":"deployments"}]}]}`, name, version))
	}
	if core {
		groups = []string{`{"metadata":{},"versions":[{"version":"v1","resources":[{"resource":"pods"}]}]}`}
	}
	says(200, `{"kind":"APIGroupDiscoveryList","items":[`+strings.Join(groups, ",")+`]}`)(w, r)
}

// K24: of what is served, the newest is used, in whatever form the server tells.
func TestNewestServedK24(t *testing.T) {
	for _, form := range []string{"v2", "v2beta1", "legacy", "half"} {
		for _, test := range []struct {
			served []string
			want   string
		}{
			{[]string{"apps/v1"}, "apps/v1"},
			{[]string{"apps/v1beta2", "apps/v1"}, "apps/v1"},
			{[]string{"apps/v1beta2"}, "apps/v1beta2"},
			{[]string{"extensions/v1beta1"}, "extensions/v1beta1"},
			{[]string{"apps/v1beta1", "extensions/v1beta1"}, "apps/v1beta1"},
			{[]string{"apps/v2"}, ""},
			{nil, ""},
		} {
			s := &served{versions: test.served, form: form}
			inLab(t, s.ServeHTTP, func(t *testing.T, l *lab) {
				for range 2 {
					d, err := l.Deployments().In("ns").Fetch(t.Context(), "a")
					if test.want == "" {
						// What the newest one's path answers tells most.
						want := "kube: GET /apis/apps/v1/namespaces/ns/deployments/a: 404 Not Found: 404 page not found"
						if err == nil || err.Error() != want || !errors.As(err, new(*NotFoundError)) {
							t.Errorf("%s %v: got %v", form, test.served, err)
						}
						continue
					}
					if err != nil || d.APIVersion() != test.want || d.Link() != "/apis/"+test.want+"/namespaces/ns/deployments/a" {
						t.Errorf("%s %v: got %v at %s, %v", form, test.served, d, d.Link(), err)
					}
				}
				if want := 1; test.want != "" && count(l, "/apis") != want {
					t.Errorf("%s %v: asked %v", form, test.served, l.requests())
				}
			})
		}
	}
}

// count tells how often a path was asked for.
func count(l *lab, path string) (n int) {
	for _, r := range l.requests() {
		if r == "GET "+path {
			n++
		}
	}
	return n
}

// K24: kinds that were never anywhere else are not asked for, and all others
// share one look, whoever uses them.
func TestDiscoveryIsSharedK24(t *testing.T) {
	s := &served{versions: []string{"apps/v1"}, form: "v2"}
	inLab(t, s.ServeHTTP, func(t *testing.T, l *lab) {
		var all sync.WaitGroup
		for i := range 30 {
			all.Go(func() {
				view := l.Deployments().In(fmt.Sprint("ns", i%3))
				if _, err := view.Fetch(t.Context(), "a"); err != nil {
					t.Error(err)
				}
				if _, err := view.List(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if a, b := count(l, "/apis"), count(l, "/api"); a != 1 || b != 1 {
			t.Errorf("asked %d and %d times", a, b)
		}
	})
	inLab(t, says(200, podText), func(t *testing.T, l *lab) {
		l.Pods().In("ns").Fetch(t.Context(), "a")
		l.Nodes().Fetch(t.Context(), "a")
		l.Secrets().List(t.Context())
		if count(l, "/apis")+count(l, "/api") != 0 {
			t.Errorf("asked %v", l.requests())
		}
	})
}

// K24: when a version is gone, the next one is looked for, by items too.
func TestRenegotiationK24(t *testing.T) {
	for _, form := range []string{"v2", "legacy", "half"} {
		s := &served{versions: []string{"apps/v1"}, form: form}
		inLab(t, s.ServeHTTP, func(t *testing.T, l *lab) {
			old, err := l.Deployments().In("ns").Fetch(t.Context(), "a")
			if err != nil {
				t.Fatal(err)
			}
			s.offer("apps/v1beta2")
			var all sync.WaitGroup
			for range 10 {
				all.Go(func() {
					now, err := old.Fetch(t.Context())
					if err != nil || now.APIVersion() != "apps/v1beta2" || now.Link() != "/apis/apps/v1beta2/namespaces/ns/deployments/a" {
						t.Errorf("%s: got %v, %v", form, now, err)
					}
				})
			}
			all.Wait()
			if old.Link() != "/apis/apps/v1/namespaces/ns/deployments/a" {
				t.Errorf("%s: the old item has changed: %s", form, old.Link())
			}
			if n := count(l, "/apis"); n != 2 {
				t.Errorf("%s: asked %d times", form, n)
			}
			s.offer("apps/v1", "apps/v1beta2") // what works is kept
			if now, err := old.Fetch(t.Context()); err != nil || now.APIVersion() != "apps/v1beta2" {
				t.Errorf("%s: got %v, %v", form, now.APIVersion(), err)
			}
			s.offer()
			if _, err := old.Fetch(t.Context()); !errors.As(err, new(*NotFoundError)) {
				t.Errorf("%s: got %v", form, err)
			}
			s.offer("apps/v1")
			if now, err := old.Fetch(t.Context()); err != nil || now.APIVersion() != "apps/v1" {
				t.Errorf("%s: got %v, %v", form, now.APIVersion(), err)
			}
		})
	}
}

// Many who find out together that a version is gone look again together.
func TestRenegotiationIsShared(t *testing.T) {
	s := &served{form: "v2"}
	slow := func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(time.Second) // virtual: all others have come by then
		s.ServeHTTP(w, r)
	}
	inLab(t, slow, func(t *testing.T, l *lab) {
		var all sync.WaitGroup
		for range 30 {
			all.Go(func() {
				if _, err := l.Deployments().List(t.Context()); !errors.As(err, new(*NotFoundError)) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		// The first look, one again, and one more for who came while that was on.
		if n := count(l, "/apis"); n > 3 {
			t.Errorf("asked %d times", n)
		}
	})
}

// A missing object is no reason to look again.
func TestMissingObjectDoesNotRenegotiate(t *testing.T) {
	srv := kubetest.NewServer(t)
	c, err := NewCluster(WithURL(srv.URL()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 3 {
		if _, err := c.Deployments().In("default").Fetch(t.Context(), "a"); !errors.As(err, new(*NotFoundError)) {
			t.Error(err)
		}
	}
	n := 0
	for _, r := range srv.Requests() {
		if r.Path == "/apis" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// K24: neither a fault nor a caller that gives up spoils the discovery for the
// next.
func TestDiscoveryIsNotPoisonedK24(t *testing.T) {
	s := &served{versions: []string{"apps/v1beta2"}, form: "v2"}
	for name, first := range map[string][]http.HandlerFunc{
		"500 text":      {text(500, "x")},
		"no JSON":       {says(200, "<html>", "Content-Type: text/html")},
		"403":           {says(403, failed(403, "Forbidden"))},
		"cut":           {cut("")},
		"core fails":    {s.ServeHTTP, text(503, "x")},
		"core is cut":   {s.ServeHTTP, cut("{")},
		"nobody waited": {silent("")},
	} {
		inLab(t, answering(append(first, s.ServeHTTP)...), func(t *testing.T, l *lab) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			view := l.Deployments().In("ns")
			if _, err := view.Fetch(ctx, "a"); !errors.As(err, new(*APIError)) {
				t.Errorf("%s: %v", name, err)
			}
			if d, err := view.Fetch(t.Context(), "a"); err != nil || d.APIVersion() != "apps/v1beta2" {
				t.Errorf("%s: %v, %v", name, d, err)
			}
		}, WithRetries(0))
	}
}

// One who waits for another's look at the server can give up, and takes over
// when the other does.
func TestDiscoveryTurns(t *testing.T) {
	s := &served{versions: []string{"apps/v1beta2"}, form: "v2"}
	inLab(t, answering(silent(""), s.ServeHTTP), func(t *testing.T, l *lab) {
		view := l.Deployments().In("ns")
		first, giveUp := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := view.Fetch(first, "a"); !errors.Is(err, context.Canceled) {
				t.Errorf("first: %v", err)
			}
		})
		synctest.Wait()
		all.Go(func() {
			if d, err := view.Fetch(t.Context(), "a"); err != nil || d.APIVersion() != "apps/v1beta2" {
				t.Errorf("second: %v, %v", d, err)
			}
		})
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := view.Fetch(short, "a"); !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, new(*APIError)) {
			t.Errorf("third: %v", err)
		}
		giveUp()
		all.Wait()
	})
}

// Whatever discovery says, something sensible is asked for.
func TestOddDiscoveryDocuments(t *testing.T) {
	const group = `{"metadata":{"name":"apps"},"versions":[`
	resources := func(v, more string) string {
		return `{"version":"` + v + `","resources":[{"resource":"deployments"}]` + more + `}`
	}
	for name, test := range map[string]struct{ items, want string }{
		"stale, but told":      {group + resources("v1", `,"freshness":"Stale"`) + `]}`, "apps/v1"},
		"stale and empty":      {group + `{"version":"v1","freshness":"Stale"},` + resources("v1beta2", "") + `]}`, "apps/v1beta2"},
		"stale, nothing else":  {group + `{"version":"v1","freshness":"Stale"}]}`, "apps/v1"},
		"no versions":          {`{"metadata":{"name":"apps"}}`, "apps/v1"},
		"versions of no type":  {`{"metadata":{"name":"apps"},"versions":"v1"}`, "apps/v1"},
		"resources of no type": {group + `{"version":"v1","resources":[1,null,{"resource":7}]}]}`, "apps/v1"},
		"null":                 {`null`, "apps/v1"},
		"nothing":              {``, "apps/v1"},
		"twice":                {group + resources("v1beta1", "") + `]},` + group + resources("v1beta2", "") + `]}`, "apps/v1beta2"},
	} {
		handler := func(w http.ResponseWriter, r *http.Request) {
			says(200, `{"kind":"APIGroupDiscoveryList","items":[`+test.items+`]}`)(w, r)
		}
		inLab(t, handler, func(t *testing.T, l *lab) {
			resource := collection.ServedAs(l.Deployments().Kind())
			for range 2 {
				if gv, err := l.conn.Served(t.Context(), resource); gv != test.want || err != nil {
					t.Errorf("%s: got %q, %v", name, gv, err)
				}
			}
			if len(l.requests()) != 2 {
				t.Errorf("%s: asked %v", name, l.requests())
			}
		})
	}
}

// A server that has no /apis is asked version by version; one that forbids the
// look is told as that.
func TestDiscoveryRefused(t *testing.T) {
	inLab(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/apis" {
			text(404, "404 page not found")(w, r)
			return
		}
		(&served{versions: []string{"apps/v1beta2"}, form: "legacy"}).ServeHTTP(w, r)
	}, func(t *testing.T, l *lab) {
		gv, err := l.conn.Served(t.Context(), collection.ServedAs(l.Deployments().Kind()))
		if gv != "apps/v1beta2" || err != nil {
			t.Errorf("got %q, %v", gv, err)
		}
	})
	inLab(t, text(403, "Forbidden"), func(t *testing.T, l *lab) {
		_, err := l.Deployments().List(t.Context())
		if want := "kube: GET /apis: 403 Forbidden: Forbidden"; err == nil || err.Error() != want {
			t.Errorf("got %v", err)
		}
	})
}

// K24, against the embedded server.
func TestVersionsOfTheEmbeddedServerK24(t *testing.T) {
	for name, options := range map[string][]kubetest.Option{
		"aggregated": nil,
		"older":      {kubetest.WithoutAggregatedDiscovery()},
	} {
		srv := kubetest.NewServer(t, options...)
		c, err := NewCluster(WithURL(srv.URL()))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for _, list := range []func() error{
			func() error { _, err := c.Deployments().List(t.Context()); return err },
			func() error { _, err := c.ReplicaSets().List(t.Context()); return err },
			func() error { _, err := c.DaemonSets().List(t.Context()); return err },
		} {
			if err := list(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if gv, err := c.conn.Served(t.Context(), rest.Resource{Plural: "deployments", GroupVersions: []string{"apps/v9", "apps/v1"}}); gv != "apps/v1" || err != nil {
			t.Errorf("%s: %q, %v", name, gv, err)
		}
	}
}

// finds is what a name leads to, on one line.
func finds(t *testing.T, c *Cluster, table kinds.Table, name string) string {
	t.Helper()
	k, err := c.conn.d.find(t.Context(), table, name)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(k, " ", k.GroupVersions())
}

func declared(t *testing.T, all ...kinds.Definition) kinds.Table {
	t.Helper()
	table := kinds.Builtin()
	for _, d := range all {
		k, err := kinds.New(d)
		if err != nil {
			t.Fatal(err)
		}
		if table, err = table.With(k); err != nil {
			t.Fatal(err)
		}
	}
	return table
}

// R10, R01: a kind that only the server knows is found by each of its names, in
// any case, and whoever gives a version gets that one.
func TestFindR10(t *testing.T) {
	withEmbedded(t, func(t *testing.T, srv *kubetest.Server, c *Cluster) {
		const both, beta = "Widget.example.com [example.com/v1 example.com/v1beta1]", "Widget.example.com [example.com/v1beta1]"
		for name, want := range map[string]string{
			"widgets":                     both,
			"widget":                      both,
			"Widget":                      both,
			"WD":                          both,
			"widgets.example.com":         both,
			"wd.Example.Com":              both,
			"widgets.v1.example.com":      "Widget.example.com [example.com/v1]",
			"widgets.v1beta1.example.com": beta,
			"WIDGET.V1BETA1.EXAMPLE.COM":  beta,
			"gadgets":                     "Gadget.example.com [example.com/v1beta1]",
		} {
			if got := finds(t, c, kinds.Builtin(), name); got != want {
				t.Errorf("%q is %s, want %s", name, got, want)
			}
		}
		one, err := c.conn.d.find(t.Context(), kinds.Builtin(), "wd.v1beta1.example.com")
		if err != nil || one.HasSubresource("scale") {
			t.Errorf("v1beta1 has what only v1 can do: %v, %v", one.Subresources(), err)
		}
		_, err = ViewOf[items.Generic](c, one).List(t.Context())
		if last := srv.Requests()[len(srv.Requests())-1]; err != nil || last.Path != "/apis/example.com/v1beta1/widgets" {
			t.Errorf("read from %s, %v", last.Path, err)
		}
	}, widgetResources)
}

// R10: nothing is asked for what is known: built in, declared, or no name at all.
func TestFindKnownR10(t *testing.T) {
	table := declared(t, kinds.Definition{Name: "PodGroup", GroupVersions: []string{"example.com/v1beta1", "example.com/v1alpha1"}, Plural: "podgroups", ShortNames: []string{"pg"}})
	inLab(t, text(403, "Forbidden"), func(t *testing.T, l *lab) {
		for name, want := range map[string]string{
			"deploy":                      "Deployment.apps [apps/v1 apps/v1beta2 apps/v1beta1 extensions/v1beta1]",
			"deployments.v1beta1.apps":    "Deployment.apps [apps/v1beta1]",
			"deploy.v1beta1.extensions":   "Deployment.extensions [extensions/v1beta1]",
			"po.v1":                       "Pod [v1]",
			"pg":                          "PodGroup.example.com [example.com/v1beta1 example.com/v1alpha1]",
			"pg.v1alpha1.example.com":     "PodGroup.example.com [example.com/v1alpha1]",
			"podgroups.scheduling.k8s.io": "PodGroup.scheduling.k8s.io [scheduling.k8s.io/v1alpha2]",
			"":                            `kube: unknown kind ""`,
			"pods/log":                    `kube: unknown kind "pods/log"`,
			"pods ":                       `kube: unknown kind "pods "; did you mean pods?`,
			"widgets\n":                   `kube: unknown kind "widgets\n"`,
			"widge\u212a":                 "kube: unknown kind \"widge\u212a\"",
		} {
			if got := finds(t, l.Cluster, table, name); got != want {
				t.Errorf("%q is %s, want %s", name, got, want)
			}
		}
		for _, gvk := range [][2]string{{"", ""}, {"v1", ""}, {"", "Pod"}, {"a b", "Pod"}, {"a.com/v1", "Po d"}, {"a/b/c", "Pod"}} {
			if k, err := l.conn.d.findObject(t.Context(), table, gvk[0], gvk[1]); !k.IsZero() || !errors.As(err, new(*KindError)) {
				t.Errorf("%q: %v, %v", gvk, k, err)
			}
		}
		if k, err := l.conn.d.findObject(t.Context(), table, "extensions/v1beta1", "Deployment"); len(k.GroupVersions()) != 4 || err != nil {
			t.Errorf("got %v, %v", k, err)
		}
		if len(l.requests()) != 0 {
			t.Errorf("asked %v", l.requests())
		}
	})
}

// R10: near misses are of all names: built in, declared and served.
func TestFindUnknownR10(t *testing.T) {
	table := declared(t, kinds.Definition{Name: "Gizmo", GroupVersions: []string{"example.com/v1"}, Plural: "gizmos"})
	withEmbedded(t, func(t *testing.T, _ *kubetest.Server, c *Cluster) {
		for name, want := range map[string]string{
			"deploymnets":            "deployments",
			"gizmoz":                 "gizmos",
			"widgetz":                "widgets",
			"widgets.example.cm":     "widgets.example.com",
			"widgets.v3.example.com": "widgets.v1.example.com",
			"quite-another":          "",
		} {
			_, err := c.conn.d.find(t.Context(), table, name)
			var unknown *KindError
			if !errors.As(err, &unknown) || unknown.Kind != name || best(unknown) != want {
				t.Errorf("%q: %v, want near %s", name, err, want)
			}
		}
		for gvk, want := range map[[2]string]string{
			{"example.com/v3", "Widget"}: "widget.example.com",
			{"example.com/v1", "Widgit"}: "widget.example.com",
			{"example.com/v1", "widget"}: "widget.example.com",
		} {
			_, err := c.conn.d.findObject(t.Context(), table, gvk[0], gvk[1])
			var unknown *KindError
			if !errors.As(err, &unknown) || unknown.Kind != gvk[0]+" "+gvk[1] || best(unknown) != want {
				t.Errorf("%q: %v, want near %s", gvk, err, want)
			}
		}
	}, widgetResources)
}

func best(e *KindError) string {
	if len(e.Near) == 0 {
		return ""
	}
	return e.Near[0]
}

// R10: the kind of a manifest is in the manifest's version.
func TestFindObjectR10(t *testing.T) {
	withEmbedded(t, func(t *testing.T, _ *kubetest.Server, c *Cluster) {
		for _, gv := range []string{"example.com/v1", "example.com/v1beta1"} {
			k, err := c.conn.d.findObject(t.Context(), kinds.Builtin(), gv, "Widget")
			if got := fmt.Sprint(k, k.GroupVersions()); got != "Widget.example.com ["+gv+"]" || err != nil {
				t.Errorf("got %s, %v", got, err)
			}
		}
	}, widgetResources)
}

// R10: a kind that was made after the look is found, by one more; a name that
// nobody knows costs one look each time, and no more.
func TestFindLooksAnewR10(t *testing.T) {
	var mu sync.Mutex
	serve := tells(podsOnly, "")
	inLab(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		h := serve
		mu.Unlock()
		h(w, r)
	}, func(t *testing.T, l *lab) {
		find := func(name, want string, looks int) {
			t.Helper()
			if got := finds(t, l.Cluster, kinds.Builtin(), name); got != want || count(l, "/apis") != looks {
				t.Errorf("%s is %s after %d looks; want %s after %d", name, got, count(l, "/apis"), want, looks)
			}
		}
		find("widgets", `kube: unknown kind "widgets"`, 1)
		find("widgets", `kube: unknown kind "widgets"`, 2)
		mu.Lock()
		serve = tells(podsOnly, groupOf("example.com", versionOf("v1", resourceOf("Widget", "widgets"))))
		mu.Unlock()
		find("widgets", "Widget.example.com [example.com/v1]", 3)
		find("widget.example.com", "Widget.example.com [example.com/v1]", 3)
		if k, err := l.conn.d.findObject(t.Context(), kinds.Builtin(), "example.com/v1", "Widget"); k.IsZero() || err != nil || count(l, "/apis") != 3 {
			t.Errorf("got %v, %v after %d looks", k, err, count(l, "/apis"))
		}
		l.conn.d.findObject(t.Context(), kinds.Builtin(), "example.com/v2", "Widget")
		if n := count(l, "/apis"); n != 4 {
			t.Errorf("%d looks, want 4", n)
		}
	})
}

// Many who look for what is not there look together.
func TestFindIsShared(t *testing.T) {
	slow := func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(time.Second) // virtual: all others have come by then
		tells(podsOnly, "")(w, r)
	}
	inLab(t, slow, func(t *testing.T, l *lab) {
		var all sync.WaitGroup
		for range 30 {
			all.Go(func() {
				if _, err := l.conn.d.find(t.Context(), kinds.Builtin(), "widgets"); !errors.As(err, new(*KindError)) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := count(l, "/apis"); n > 2 {
			t.Errorf("asked %d times", n)
		}
	})
}

// A name without a group means what the server serves, before a built-in alpha or
// beta kind that it may not serve; a declared kind is found by what is served.
func TestFindUncertain(t *testing.T) {
	theirs := groupOf("scheduling.example.com", versionOf("v1beta1", resourceOf("PodGroup", "podgroups")))
	ours := groupOf("scheduling.k8s.io", versionOf("v1alpha2", resourceOf("PodGroup", "podgroups")))
	const builtin, served = "PodGroup.scheduling.k8s.io [scheduling.k8s.io/v1alpha2]", "PodGroup.scheduling.example.com [scheduling.example.com/v1beta1]"
	declaredToo := declared(t, kinds.Definition{Name: "PodGroup", GroupVersions: []string{"scheduling.example.com/v2", "scheduling.example.com/v1beta1"}, Plural: "podgroups"})
	for _, test := range []struct {
		groups string
		table  kinds.Table
		want   string
	}{
		{theirs, kinds.Builtin(), served},
		{ours, kinds.Builtin(), builtin},
		{ours + "," + theirs, kinds.Builtin(), builtin},
		{theirs, declaredToo, "PodGroup.scheduling.example.com [scheduling.example.com/v2 scheduling.example.com/v1beta1]"},
	} {
		inLab(t, tells(podsOnly, test.groups), func(t *testing.T, l *lab) {
			for range 2 {
				if got := finds(t, l.Cluster, test.table, "podgroups"); got != test.want || count(l, "/apis") != 1 {
					t.Errorf("of %s: %s after %v, want %s", test.groups, got, l.requests(), test.want)
				}
			}
		})
	}
	inLab(t, tells(podsOnly, ""), func(t *testing.T, l *lab) {
		if _, err := l.conn.d.find(t.Context(), kinds.Builtin(), "podgroups"); !errors.As(err, new(*KindError)) {
			t.Errorf("it is not served, and the error is %v", err)
		}
	})
	inLab(t, text(403, "Forbidden"), func(t *testing.T, l *lab) {
		if _, err := l.conn.d.find(t.Context(), kinds.Builtin(), "podgroups"); !errors.As(err, new(*ForbiddenError)) {
			t.Errorf("it cannot be told which is meant, and the error is %v", err)
		}
	})
}

// An unknown name may be one of a group whose server is away.
func TestFindWhileAGroupIsAway(t *testing.T) {
	stale := groupOf("metrics.example.com", `{"version":"v1","freshness":"Stale"}`)
	widgets := groupOf("example.com", versionOf("v1", resourceOf("Widget", "widgets")))
	inLab(t, tells(podsOnly, widgets+","+stale), func(t *testing.T, l *lab) {
		_, err := l.conn.d.find(t.Context(), kinds.Builtin(), "widgetz")
		var unknown *KindError
		var incomplete *DiscoveryError
		if !errors.As(err, &unknown) || fmt.Sprint(unknown.Near) != "[widgets]" || !errors.As(err, &incomplete) || len(incomplete.GroupVersions) != 1 {
			t.Errorf("error %v", err)
		}
		if k, err := l.conn.d.find(t.Context(), kinds.Builtin(), "widgets"); k.IsZero() || err != nil {
			t.Errorf("what is there: %v, %v", k, err)
		}
	})
}

// K24: after all was forgotten, the version is chosen anew, in either form.
func TestForgottenVersionsK24(t *testing.T) {
	for _, form := range []string{"v2", "legacy", "half"} {
		s := &served{versions: []string{"apps/v1beta2"}, form: form}
		inLab(t, s.ServeHTTP, func(t *testing.T, l *lab) {
			for i, want := range []string{"apps/v1beta2", "apps/v1beta2", "apps/v1"} {
				d, err := l.Deployments().In("ns").Fetch(t.Context(), "a")
				if err != nil || d.APIVersion() != want {
					t.Errorf("%s %d: got %v, %v", form, i, d, err)
				}
				s.offer("apps/v1", "apps/v1beta2")
				if i == 1 {
					l.ForgetAPIResources()
				}
			}
		})
	}
}
