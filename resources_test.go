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

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/kubetest"
)

// described is a kind on one line.
func described(k kinds.Kind) string {
	return fmt.Sprint(k.Name(), " ", k.Resource(), " ", k.Singular(), " ", k.ShortNames(), " ", k.Namespaced(), " ",
		k.GroupVersions(), " ", strings.Join(k.Verbs(), ","), " ", k.Subresources(), " ", k.Categories(), " ", k.ScalePath())
}

func describedAll(all []kinds.Kind) (lines []string) {
	for _, k := range all {
		lines = append(lines, described(k))
	}
	return lines
}

// embedded are the two forms in which servers tell what they serve.
var embedded = map[string][]kubetest.Option{
	"aggregated": nil,
	"older":      {kubetest.WithoutAggregatedDiscovery()},
}

var widgetResources = kubetest.WithResource(
	kubetest.Resource{Group: "example.com", Version: "v1", Plural: "widgets", Kind: "Widget", ShortNames: []string{"wd"}, Categories: []string{"tools"},
		Namespaced: true, Status: true, Scale: &kubetest.Scale{SpecReplicas: ".spec.size", StatusReplicas: ".status.size"}},
	kubetest.Resource{Group: "example.com", Version: "v1beta1", Plural: "widgets", Kind: "Widget", ShortNames: []string{"wd"}, Namespaced: true},
	kubetest.Resource{Group: "example.com", Version: "v1beta1", Plural: "gadgets", Kind: "Gadget"},
)

// withEmbedded runs a test with both forms of discovery.
func withEmbedded(t *testing.T, test func(t *testing.T, srv *kubetest.Server, c *Cluster), more ...kubetest.Option) {
	for name, options := range embedded {
		t.Run(name, func(t *testing.T) {
			srv := kubetest.NewServer(t, append(options, more...)...)
			c, err := NewCluster(WithURL(srv.URL()))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			test(t, srv, c)
		})
	}
}

const eight = "create,delete,deletecollection,get,list,patch,update,watch"

// R15: what is served, and what can be done with it, in either form.
func TestAPIResourcesR15(t *testing.T) {
	withEmbedded(t, func(t *testing.T, srv *kubetest.Server, c *Cluster) {
		all, err := c.APIResources(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got := describedAll(all)
		for _, want := range []string{
			"Pod pods pod [po] true [v1] " + eight + " [attach eviction exec log portforward proxy status] [all] ",
			"Namespace namespaces namespace [ns] false [v1] create,delete,get,list,patch,update,watch [finalize status] [] ",
			"Deployment deployments deployment [deploy] true [apps/v1] " + eight + " [scale status] [all] spec.replicas",
			"Widget widgets widget [wd] true [example.com/v1 example.com/v1beta1] " + eight + " [scale status] [tools] ",
			"Gadget gadgets gadget [] false [example.com/v1beta1] " + eight + " [] [] ",
		} {
			if !slices.Contains(got, want) {
				t.Errorf("%q is not in\n%s", want, strings.Join(got, "\n"))
			}
		}
		if first := got[0]; !strings.Contains(first, " [v1] ") {
			t.Errorf("the core group is not the first: %s", first)
		}
		for _, k := range all {
			if k.Name() == "Widget" && !k.Scalable() || k.Name() == "Gadget" && k.Scalable() {
				t.Errorf("%v is scalable: %t", k, k.Scalable())
			}
		}
	}, widgetResources)
}

// R15: both forms tell the same.
func TestFormsTellTheSameR15(t *testing.T) {
	var told [][]string
	withEmbedded(t, func(t *testing.T, _ *kubetest.Server, c *Cluster) {
		all, err := c.APIResources(t.Context())
		versions, err2 := c.APIVersions(t.Context())
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		told = append(told, append(describedAll(all), versions...))
	}, widgetResources)
	if !slices.Equal(told[0], told[1]) {
		t.Errorf("one form tells\n%s\nthe other\n%s", strings.Join(told[0], "\n"), strings.Join(told[1], "\n"))
	}
}

// R15: group versions, the core group first.
func TestAPIVersionsR15(t *testing.T) {
	withEmbedded(t, func(t *testing.T, _ *kubetest.Server, c *Cluster) {
		got, err := c.APIVersions(t.Context())
		v1, beta := slices.Index(got, "example.com/v1"), slices.Index(got, "example.com/v1beta1")
		if err != nil || got[0] != "v1" || !slices.Contains(got, "apps/v1") || v1 < 1 || beta != v1+1 {
			t.Errorf("got %v, %v", got, err)
		}
	}, widgetResources)
}

// R15: the server is asked once, until the cluster is told to forget.
func TestAPIResourcesAreCachedR15(t *testing.T) {
	withEmbedded(t, func(t *testing.T, srv *kubetest.Server, c *Cluster) {
		roots := func() (n int) {
			for _, r := range srv.Requests() {
				if r.Path == "/apis" {
					n++
				}
			}
			return n
		}
		use := func() {
			t.Helper()
			_, err := c.APIResources(t.Context())
			_, err2 := c.APIVersions(t.Context())
			_, err3 := c.Deployments().List(t.Context())
			if err := errors.Join(err, err2, err3); err != nil {
				t.Error(err)
			}
		}
		use()
		use()
		if n := roots(); n != 1 {
			t.Errorf("asked %d times, want 1", n)
		}
		c.ForgetAPIResources()
		c.ForgetAPIResources()
		use()
		use()
		if n := roots(); n != 2 {
			t.Errorf("asked %d times, want 2", n)
		}
	})
}

// What a view has learned of is not asked for again.
func TestAPIResourcesUseTheFirstLook(t *testing.T) {
	s := &served{versions: []string{"apps/v1"}, form: "v2"}
	inLab(t, s.ServeHTTP, func(t *testing.T, l *lab) {
		if _, err := l.Deployments().List(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := l.APIVersions(t.Context()); err != nil || count(l, "/apis") != 1 {
			t.Errorf("asked %v, %v", l.requests(), err)
		}
	})
}

// A look that began before all was forgotten counts no more.
func TestForgetDuringALookR15(t *testing.T) {
	s := &served{versions: []string{"apps/v1"}, form: "v2"}
	var l *lab
	var once sync.Once
	inLab(t, func(w http.ResponseWriter, r *http.Request) {
		once.Do(func() { l.ForgetAPIResources() })
		s.ServeHTTP(w, r)
	}, func(t *testing.T, inside *lab) {
		l = inside
		for range 3 {
			if _, err := l.APIVersions(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if n := count(l, "/apis"); n != 2 {
			t.Errorf("asked %d times, want 2", n)
		}
	})
}

// tells answers with discovery documents: the items of the two roots.
func tells(core, groups string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		items := map[string]string{"/api": core, "/apis": groups}[r.URL.Path]
		says(200, `{"kind":"APIGroupDiscoveryList","items":[`+items+`]}`)(w, r)
	}
}

// a group of discovery, and a resource of it.
func groupOf(name string, versions ...string) string {
	return fmt.Sprintf(`{"metadata":{"name":%q},"versions":[%s]}`, name, strings.Join(versions, ","))
}

func versionOf(name string, resources ...string) string {
	return fmt.Sprintf(`{"version":%q,"resources":[%s],"freshness":"Current"}`, name, strings.Join(resources, ","))
}

func resourceOf(kind, plural string, more ...string) string {
	return fmt.Sprintf(`{"resource":%q,"responseKind":{"kind":%q},"scope":"Namespaced","verbs":["get","list"]%s}`, plural, kind, strings.Join(more, ""))
}

var podsOnly = groupOf("", versionOf("v1", resourceOf("Pod", "pods", `,"shortNames":["po"]`)))

// R15: a group whose server is away hides none of the others, and is told.
func TestUnavailableGroupsR15(t *testing.T) {
	stale := groupOf("metrics.example.com", `{"version":"v1","freshness":"Stale"}`) + "," +
		groupOf("old.example.com", `{"version":"v1","freshness":"Stale","resources":[`+resourceOf("Relic", "relics")+`]}`)
	inLab(t, tells(podsOnly, groupOf("example.com", versionOf("v1", resourceOf("Widget", "widgets")))+","+stale), func(t *testing.T, l *lab) {
		for range 2 {
			all, err := l.APIResources(t.Context())
			var incomplete *DiscoveryError
			if !errors.As(err, &incomplete) || fmt.Sprint(incomplete.GroupVersions) != "[metrics.example.com/v1 old.example.com/v1]" || incomplete.Err != nil {
				t.Fatalf("error %v", err)
			}
			if want := "kube: not all that is served could be looked up: without metrics.example.com/v1, old.example.com/v1"; err.Error() != want {
				t.Errorf("error %v", err)
			}
			if got := fmt.Sprint(all); got != "[Pod Widget.example.com Relic.old.example.com]" {
				t.Errorf("kinds %s", got)
			}
			all[0], incomplete.GroupVersions[0] = kinds.Kind{}, "changed" // they are the caller's
		}
		versions, err := l.APIVersions(t.Context())
		if got := fmt.Sprint(versions); got != "[v1 example.com/v1 metrics.example.com/v1 old.example.com/v1]" || err != nil {
			t.Errorf("versions %s, %v", got, err)
		}
		versions[0] = "changed"
		if again, _ := l.APIVersions(t.Context()); again[0] != "v1" {
			t.Error("the versions changed")
		}
	})
}

// older answers in the form of servers before 1.26, one group version at a time.
func older(lists map[string]http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api":
			says(200, `{"kind":"APIVersions","versions":["v1"]}`)(w, r)
		case "/apis":
			says(200, `{"kind":"APIGroupList","groups":[
				{"name":"a.com","versions":[{"groupVersion":"a.com/v1beta1"},{"groupVersion":"a.com/v1"}],"preferredVersion":{"groupVersion":"a.com/v1"}},
				{"name":"b.com","versions":[{"groupVersion":"b.com/v1"}]}]}`)(w, r)
		default:
			lists[strings.TrimPrefix(r.URL.Path, "/")](w, r)
		}
	}
}

func listed(resources ...string) http.HandlerFunc {
	return says(200, `{"kind":"APIResourceList","resources":[`+strings.Join(resources, ",")+`]}`)
}

// R15: so it is with older servers, where each group version is asked for.
func TestUnavailableGroupsOfOlderServersR15(t *testing.T) {
	widget := `{"name":"widgets","kind":"Widget","namespaced":true,"verbs":["get"]},{"name":"widgets/status","kind":"Widget","verbs":["get"]}`
	lists := map[string]http.HandlerFunc{
		"api/v1":             listed(`{"name":"pods","kind":"Pod","namespaced":true,"verbs":["list"]}`, `{"name":"pods/log","kind":"Pod","verbs":["get"]}`),
		"apis/a.com/v1":      listed(widget),
		"apis/a.com/v1beta1": listed(widget),
	}
	const served = "[Pod pods pod [] true [v1] list [log] []  Widget widgets widget [] true [a.com/v1 a.com/v1beta1] get [status] [] ]"
	const versions = "[v1 a.com/v1 a.com/v1beta1 b.com/v1]"
	for name, test := range map[string]struct {
		answer    http.HandlerFunc
		told      string // the cause; "" for a group version that has gone
		fails     bool   // without any kinds
		forbidden bool
	}{
		"its server is away":   {answer: text(503, "service unavailable"), told: "503 Service Unavailable: service unavailable"},
		"it is forbidden":      {answer: says(403, failed(403, "Forbidden")), told: "403 Forbidden", forbidden: true},
		"it tells nonsense":    {answer: says(200, `<html>`), told: "200"},
		"it is gone":           {answer: text(404, "404 page not found")},
		"the connection broke": {answer: cut("{"), fails: true},
	} {
		lists["apis/b.com/v1"] = test.answer
		inLab(t, older(lists), func(t *testing.T, l *lab) {
			for range 2 {
				all, err := l.APIResources(t.Context())
				var incomplete *DiscoveryError
				switch isTold := errors.As(err, &incomplete); {
				case test.fails:
					if all != nil || isTold || !errors.As(err, new(*UnreachableError)) {
						t.Errorf("%s: %v, %v", name, all, err)
					}
					return
				case test.told == "" && err != nil:
					t.Errorf("%s: %v", name, err)
				case test.told != "" && (!isTold || fmt.Sprint(incomplete.GroupVersions) != "[b.com/v1]" || !strings.Contains(err.Error(), test.told) || errors.As(err, new(*ForbiddenError)) != test.forbidden):
					t.Errorf("%s: %v", name, err)
				}
				if got := fmt.Sprint(describedAll(all)); got != served {
					t.Errorf("%s: %s", name, got)
				}
				if cause := new(*APIError); errors.As(err, cause) {
					(*cause).Message = "changed" // it is the caller's
					(*cause).Code = 0
				}
			}
			got, err := l.APIVersions(t.Context())
			if want := strings.TrimSuffix(versions, " b.com/v1]"); err != nil || !strings.HasPrefix(fmt.Sprint(got), want) || slices.Contains(got, "b.com/v1") != (test.told != "") {
				t.Errorf("%s: %v, %v", name, got, err)
			}
		}, WithRetries(0))
	}
}

// R15: the preferred version says what can be done; what cannot be a kind is told.
func TestOddResourcesR15(t *testing.T) {
	for name, test := range map[string]struct{ groups, want, told string }{
		"versions differ": {
			groupOf("a.com", versionOf("v1", resourceOf("Widget", "widgets", `,"subresources":[{"subresource":"status"},{"subresource":"sev/old"}]`)),
				versionOf("v1beta1", resourceOf("Widget", "widgets"))),
			"Widget widgets widget [] true [a.com/v1 a.com/v1beta1] get,list [sev/old status] [] ", "",
		},
		"only subresources": {groupOf("a.com", versionOf("v1", `{"resource":"widgets","scope":"Cluster","subresources":[{"subresource":"x"}]}`)), "", ""},
		"a bad plural":      {groupOf("a.com", versionOf("v1", resourceOf("Widget", "../nodes"))), "", "a.com/v1"},
		"a bad name":        {groupOf("a.com", versionOf("v1", resourceOf("Wid get", "widgets"))), "", "a.com/v1"},
		"no kind":           {groupOf("a.com", versionOf("v1", resourceOf("", "widgets"))), "", "a.com/v1"},
		"two bad names":     {groupOf("a.com", versionOf("v1", resourceOf("Wid get", "widgets"), resourceOf("", "x"))), "", "a.com/v1"},
		"twice":             {groupOf("a.com", versionOf("v1", resourceOf("A", "as"), resourceOf("A", "as"))), "A as a [] true [a.com/v1] get,list [] [] ", ""},
		"no version":        {groupOf("a.com", versionOf("", resourceOf("A", "as"))), "", ""},
		"other types":       {`{"metadata":7,"versions":[{"version":[],"resources":{}},7,{"version":"v1","resources":[{"verbs":[1,"get"]},7,null,{"resource":7,"verbs":{"get":1}}]}]}`, "", "v1"},
		"other documents":   {`null,7,"x",[]`, "", ""},
		"several of one kind": {groupOf("a.com", versionOf("v1", resourceOf("Values", "ups"), resourceOf("Values", "downs"))),
			"Values ups values [] true [a.com/v1] get,list [] [] \nValues downs values [] true [a.com/v1] get,list [] [] ", ""},
	} {
		inLab(t, tells("", test.groups), func(t *testing.T, l *lab) {
			all, err := l.APIResources(t.Context())
			if got := strings.Join(describedAll(all), "\n"); got != test.want {
				t.Errorf("%s: got %s", name, got)
			}
			var incomplete *DiscoveryError
			if told := errors.As(err, &incomplete); told != (test.told != "") || !told && err != nil || told && fmt.Sprint(incomplete.GroupVersions) != "["+test.told+"]" {
				t.Errorf("%s: error %v", name, err)
			}
		})
	}
}

// R15: errors without any result.
func TestAPIResourcesRefusedR15(t *testing.T) {
	inLab(t, text(403, "Forbidden"), func(t *testing.T, l *lab) {
		all, err := l.APIResources(t.Context())
		versions, err2 := l.APIVersions(t.Context())
		if all != nil || versions != nil || !errors.As(err, new(*ForbiddenError)) || !errors.As(err2, new(*ForbiddenError)) {
			t.Errorf("got %v, %v, %v, %v", all, err, versions, err2)
		}
		var none context.Context
		_, err = l.APIResources(none)
		_, err2 = l.APIVersions(none)
		if !errors.As(err, new(*ArgumentError)) || !errors.As(err2, new(*ArgumentError)) {
			t.Errorf("without a context: %v, %v", err, err2)
		}
		done, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := l.APIResources(done); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		l.Cluster.Close()
		if _, err := l.APIResources(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("closed: %v", err)
		}
	})
	for _, none := range []*Cluster{nil, {}} {
		none.ForgetAPIResources()
		_, err := none.APIResources(t.Context())
		_, err2 := none.APIVersions(t.Context())
		if !errors.As(err, new(*ArgumentError)) || !errors.As(err2, new(*ArgumentError)) {
			t.Errorf("no cluster: %v, %v", err, err2)
		}
	}
}

func TestDiscoveryErrorIsOfThisLibrary(t *testing.T) {
	cause := &rest.ArgumentError{Arg: "kind definition"}
	err := error(&DiscoveryError{GroupVersions: []string{"a.com/v1"}, Err: errors.Join(cause, cause)})
	var ours Error
	if !errors.As(err, &ours) || !errors.Is(err, cause) {
		t.Error("it is not what it wraps")
	}
	if want := "kube: not all that is served could be looked up: without a.com/v1: bad kind definition; bad kind definition"; err.Error() != want {
		t.Errorf("got %q", err)
	}
}
