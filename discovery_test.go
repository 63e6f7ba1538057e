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
