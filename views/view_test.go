package views_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kubetest"
	"github.com/kubeviews/kube/meta"
	"github.com/kubeviews/kube/views"
)

// server answers lists of pods by the number of the request.
type server struct {
	mu    sync.Mutex
	asked []string // queries
}

func (s *server) start(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request), options ...kube.Option) *kube.Cluster {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r.URL.Query().Encode())
		n := len(s.asked)
		s.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		answer(n, w, r)
	}))
	t.Cleanup(srv.Close)
	c, err := kube.NewCluster(append([]kube.Option{kube.WithURL(srv.URL), kube.WithRetries(0)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func page(version, next string, names ...string) string {
	var all []string
	for _, name := range names {
		ns, name, _ := strings.Cut(name, "/")
		all = append(all, fmt.Sprintf(`{"metadata":{"namespace":%q,"name":%q}}`, ns, name))
	}
	return fmt.Sprintf(`{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":%q,"continue":%q},"items":[%s]}`,
		version, next, strings.Join(all, ","))
}

func expire(w io.Writer) {
	if w, ok := w.(http.ResponseWriter); ok {
		w.WriteHeader(http.StatusGone)
	}
	io.WriteString(w, `{"kind":"Status","apiVersion":"v1","metadata":{"continue":"mixed"},"status":"Failure","message":"too old","reason":"Expired","code":410}`)
}

// read is what a sequence yields, and the error at its end.
func read(t *testing.T, v views.View[items.Pod]) (names []string, last error) {
	t.Helper()
	for pod, err := range v.All(t.Context()) {
		if last != nil {
			t.Errorf("%v, %v after %v", pod, err, last)
		}
		if err != nil {
			last = err
			continue
		}
		names = append(names, pod.Name())
	}
	return names, last
}

func namesOf(s views.Snapshot[items.Pod]) (names []string) {
	for pod := range s.All() {
		names = append(names, pod.Namespace()+"/"+pod.Name())
	}
	return names
}

// F09: All tells that a page has expired, as its last pair.
func TestExpiredPageF09(t *testing.T) {
	var s server
	c := s.start(t, func(n int, w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("continue") != "" {
			expire(w)
			return
		}
		io.WriteString(w, page("7", "next", "ns/a", "ns/b"))
	})
	got, err := read(t, c.Pods().PageSize(2))
	var expired *kube.ExpiredError
	if !slices.Equal(got, []string{"a", "b"}) || !errors.As(err, &expired) || expired.Code != 410 {
		t.Errorf("got %v, %v", got, err)
	}
	if want := "kube: GET /api/v1/pods?limit=2: 410 Expired: too old"; err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

// F09: List throws the pages away and starts over, and never mixes.
func TestExpiredPageStartsOverF09(t *testing.T) {
	var s server
	c := s.start(t, func(n int, w http.ResponseWriter, r *http.Request) {
		switch n {
		case 1:
			io.WriteString(w, page("7", "x", "ns/old", "ns/gone"))
		case 2:
			expire(w)
		case 3:
			io.WriteString(w, page("9", "y", "ns/a", "ns/b"))
		default:
			io.WriteString(w, page("9", "", "ns/c"))
		}
	})
	got, err := c.Pods().PageSize(2).List(t.Context())
	if err != nil || got.Version() != "9" || !slices.Equal(namesOf(got), []string{"ns/a", "ns/b", "ns/c"}) {
		t.Errorf("got %v at %s, %v", namesOf(got), got.Version(), err)
	}
	if want := []string{"limit=2", "continue=x&limit=2", "limit=2", "continue=y&limit=2"}; !slices.Equal(s.asked, want) {
		t.Errorf("asked %v", s.asked)
	}
}

// F09: pages that go on expiring end in one answer without any.
func TestExpiringForEverF09(t *testing.T) {
	for name, spoil := range map[string]func(http.ResponseWriter){
		"410":        func(w http.ResponseWriter) { expire(w) },
		"410 in 200": func(w http.ResponseWriter) { expire(struct{ io.Writer }{w}) },
		"cut": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, `{"kind":"PodList","items":[`)
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		},
	} {
		var s server
		c := s.start(t, func(n int, w http.ResponseWriter, r *http.Request) {
			switch q := r.URL.Query(); {
			case q.Get("limit") == "":
				io.WriteString(w, page("9", "", "ns/a"))
			case q.Get("continue") == "":
				io.WriteString(w, page("7", "next", "ns/old"))
			default:
				spoil(w)
			}
		}, kube.WithPageSize(1))
		got, err := c.Pods().List(t.Context())
		if err != nil || got.Version() != "9" || !slices.Equal(namesOf(got), []string{"ns/a"}) {
			t.Errorf("%s: got %v, %v", name, namesOf(got), err)
		}
		if len(s.asked) != 7 {
			t.Errorf("%s: asked %v", name, s.asked)
		}
		never := new(server).start(t, func(n int, w http.ResponseWriter, r *http.Request) { spoil(w) })
		if got, err := never.Pods().List(t.Context()); err == nil || got.Len() != 0 {
			t.Errorf("%s: got %v", name, got.Len())
		}
	}
}

// A list whose connection breaks half-way is begun anew.
func TestListBrokenHalfWay(t *testing.T) {
	var s server
	c := s.start(t, func(n int, w http.ResponseWriter, r *http.Request) {
		whole := page("7", "", "ns/a", "ns/b")
		if n == 1 {
			w.Header().Set("Content-Length", fmt.Sprint(len(whole)))
			io.WriteString(w, whole[:len(whole)-10])
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
		io.WriteString(w, whole)
	})
	if got, err := c.Pods().List(t.Context()); err != nil || !slices.Equal(namesOf(got), []string{"ns/a", "ns/b"}) || len(s.asked) != 2 {
		t.Errorf("got %v, %v after %v", namesOf(got), err, s.asked)
	}
}

// A sequence never begins anew by itself: not when a later page says that the
// kind is gone, either.
func TestLostVersionHalfWay(t *testing.T) {
	deployments := func(gv, next, name string) string {
		return fmt.Sprintf(`{"kind":"DeploymentList","apiVersion":%q,"metadata":{"resourceVersion":"7","continue":%q},"items":[{"metadata":{"name":%q,"namespace":"ns"}}]}`, gv, next, name)
	}
	var s server
	first := true
	c := s.start(t, func(n int, w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/apis", "/api":
			version := "v1"
			if !first {
				version = "v1beta2"
			}
			fmt.Fprintf(w, `{"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"apps"},"versions":[{"version":%q,"resources":[{"resource":"deployments"}]}]}]}`, version)
		case "/apis/apps/v1/deployments":
			if r.URL.Query().Get("continue") != "" {
				first = false
				http.Error(w, "404 page not found", 404)
				return
			}
			io.WriteString(w, deployments("apps/v1", "next", "a"))
		default:
			io.WriteString(w, deployments("apps/v1beta2", "", "a"))
		}
	})
	var got []string
	var last error
	for d, err := range c.Deployments().PageSize(1).All(t.Context()) {
		if last = err; err == nil {
			got = append(got, d.Name()+" of "+d.APIVersion())
		}
	}
	if !slices.Equal(got, []string{"a of apps/v1"}) || !errors.As(last, new(*kube.NotFoundError)) {
		t.Errorf("got %v, %v", got, last)
	}
}

func TestPagesThatMakeNoSense(t *testing.T) {
	for name, test := range map[string]struct {
		second string
		names  []string
		text   string
	}{
		"another version": {page("8", "", "ns/b"), []string{"a"}, "a page is of version 8, those before of 7"},
		"another kind":    {strings.Replace(page("7", "", "ns/b"), "PodList", "NodeList", 1), []string{"a"}, `the answer is of kind "NodeList", not PodList`},
		"itself":          {page("7", "next", "ns/b"), []string{"a", "b"}, "the page leads to itself"},
	} {
		var s server
		c := s.start(t, func(n int, w http.ResponseWriter, r *http.Request) {
			if n%2 == 1 {
				io.WriteString(w, page("7", "next", "ns/a"))
				return
			}
			io.WriteString(w, test.second)
		})
		got, err := read(t, c.Pods().PageSize(1))
		if want := "kube: GET /api/v1/pods?limit=1: 200 OK: " + test.text; err == nil || err.Error() != want || !slices.Equal(got, test.names) {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
		if list, err := c.Pods().PageSize(1).List(t.Context()); err == nil || list.Len() != 0 {
			t.Errorf("%s: got %v", name, namesOf(list))
		}
	}
}

func TestPageSizes(t *testing.T) {
	var pods []any
	for i := range 25 {
		pods = append(pods, map[string]any{"apiVersion": "v1", "kind": "Pod",
			"metadata": map[string]any{"name": fmt.Sprintf("p%02d", i), "namespace": "ns"},
			"spec":     map[string]any{"containers": []any{map[string]any{"name": "c", "image": "i"}}}})
	}
	srv := kubetest.NewServer(t, kubetest.WithObjects(pods...))
	c, err := kube.NewCluster(kube.WithURL(srv.URL()), kube.WithPageSize(10))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for size, pages := range map[int]int{1: 25, 7: 4, 24: 2, 25: 1, 100: 1, 0: 1} {
		srv.ForgetRequests()
		view := c.Pods().In("ns").PageSize(size)
		for range 2 { // ranging again lists again
			if got, err := read(t, view); err != nil || len(got) != 25 || got[0] != "p00" || got[24] != "p24" {
				t.Errorf("size %d: got %v, %v", size, got, err)
			}
		}
		if got := len(srv.Requests()); got != 2*pages {
			t.Errorf("size %d: %d requests", size, got)
		}
	}
	srv.ForgetRequests()
	if list, err := c.Pods().List(t.Context()); err != nil || list.Len() != 25 || len(srv.Requests()) != 3 {
		t.Errorf("got %d, %v in %d requests", list.Len(), err, len(srv.Requests()))
	}
	if _, err := c.Pods().PageSize(-1).List(t.Context()); err == nil || err.Error() != `kube: bad page size "-1": must not be negative` {
		t.Errorf("got %v", err)
	}
}

// Leaving a sequence anywhere does no harm to the next.
func TestLeavingASequence(t *testing.T) {
	var s server
	c := s.start(t, func(n int, w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("continue") == "" {
			io.WriteString(w, page("7", "next", "ns/a", "ns/b"))
			return
		}
		io.WriteString(w, page("7", "", "ns/c"))
	})
	view := c.Pods().PageSize(2)
	for stop := range 4 {
		n := 0
		for _, err := range view.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n > stop {
				break
			}
		}
	}
	if got, err := read(t, view); err != nil || len(got) != 3 {
		t.Errorf("got %v, %v", got, err)
	}
	func() {
		defer func() { recover() }()
		for range view.All(t.Context()) {
			panic("in the body")
		}
	}()
	if got, err := read(t, view); err != nil || len(got) != 3 {
		t.Errorf("got %v, %v", got, err)
	}
}

// One view serves many goroutines.
func TestViewIsShared(t *testing.T) {
	var s server
	c := s.start(t, func(n int, w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("continue") == "" {
			io.WriteString(w, page("7", "next", "ns/a", "ns/b"))
			return
		}
		io.WriteString(w, page("7", "", "ns/c"))
	})
	view := c.Pods().PageSize(2).Filter(views.Labels("app"))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 10 {
				if got, err := read(t, view); err != nil || len(got) != 3 {
					t.Errorf("got %v, %v", got, err)
				}
				if got, err := view.In("ns").WithoutManagedFields().List(t.Context()); err != nil || got.Len() != 3 {
					t.Errorf("got %v, %v", got, err)
				}
			}
		})
	}
	all.Wait()
}

// K22, K23, K30: what is wrong with a view is told first of all, by each use,
// without a request; the first fault stays.
func TestFaultyViewsK22K23K30(t *testing.T) {
	var s server
	c := s.start(t, func(int, http.ResponseWriter, *http.Request) { t.Error("a request was made") })
	good, empty := views.Labels("a=b"), views.LabelsEqual(nil)
	for text, view := range map[string]views.View[items.Pod]{
		`kube: bad namespace "A": must consist of lower case letters, digits and '-', and start and end with a letter or digit`: c.Pods().In("A").In("b").Filter(empty).PageSize(-1),
		`kube: Pod with namespace "b": the view is bound to "a"`:                                                                c.Pods().In("a").In("b").In("A").Filter(empty),
		`kube: bad page size "-1": must not be negative`:                                                                        c.Pods().PageSize(-1).In("A").Filter(empty).PageSize(3),
		empty.Err().Error():                           c.Pods().Filter(good, empty).In("A").Filter(good).WithoutManagedFields(),
		views.Fields("a").Err().Error():               c.Pods().Filter(views.Fields("a")).Filter(empty),
		meta.Selector{}.Err().Error():                 c.Pods().Filter(meta.Selector{}),
		`kube: bad view: the zero View shows nothing`: views.View[items.Pod]{}.In("a").Filter(empty).PageSize(-1),
	} {
		_, listed := view.List(t.Context())
		_, fetched := view.Fetch(t.Context(), "a")
		_, created := view.Create(t.Context(), map[string]any{})
		_, ranged := read(t, view)
		for i, err := range []error{view.Err(), listed, fetched, created, ranged} {
			if err == nil || err.Error() != text || !errors.As(err, new(kube.Error)) {
				t.Errorf("use %d:\ngot  %v\nwant %s", i, err, text)
			}
		}
	}
	nodes := c.Nodes().In("a")
	if want := `kube: Node with namespace "a": the kind is not namespaced`; nodes.Err() == nil || nodes.Err().Error() != want {
		t.Errorf("got %v", nodes.Err())
	}
	if len(s.asked) != 0 {
		t.Errorf("asked %v", s.asked)
	}
}

// Narrowing makes another view, and leaves the one it came from.
func TestViewsAreValues(t *testing.T) {
	var s server
	c := s.start(t, func(n int, w http.ResponseWriter, r *http.Request) { io.WriteString(w, page("7", "")) })
	base := c.Pods().Filter(views.Labels("a=b"))
	left, right := base.Filter(views.Labels("left")), base.Filter(views.Fields("status.phase=Running")).PageSize(5)
	for _, view := range []views.View[items.Pod]{base, left, right, base} {
		if _, err := view.List(t.Context()); err != nil {
			t.Error(err)
		}
	}
	want := []string{"labelSelector=a%3Db", "labelSelector=a%3Db%2Cleft", "fieldSelector=status.phase%3DRunning&labelSelector=a%3Db&limit=5", "labelSelector=a%3Db"}
	if !slices.Equal(s.asked, want) {
		t.Errorf("asked %v", s.asked)
	}
}

// A snapshot is ordered by namespace and name, which the server's order is not.
func TestSnapshotOrder(t *testing.T) {
	var s server
	c := s.start(t, func(n int, w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, page("7", "", "a-b/x", "a/x", "a/y", "ab/w"))
	})
	got, err := c.Pods().List(t.Context())
	if err != nil || !slices.Equal(namesOf(got), []string{"a/x", "a/y", "a-b/x", "ab/w"}) || !slices.Equal(namesOf(got), namesOf(got)) {
		t.Errorf("got %v, %v", namesOf(got), err)
	}
	for name, found := range map[[2]string]bool{
		{"a", "x"}: true, {"a", "y"}: true, {"a-b", "x"}: true, {"ab", "w"}: true,
		{"a", "w"}: false, {"a", "z"}: false, {"", "x"}: false, {"b", ""}: false, {"a-b/x", ""}: false,
	} {
		pod, ok := got.Get(name[0], name[1])
		if ok != found || ok == pod.IsZero() || ok && pod.Namespace()+pod.Name() != name[0]+name[1] {
			t.Errorf("%v: %v, %v", name, pod, ok)
		}
	}
	var none views.Snapshot[items.Pod]
	if _, ok := none.Get("a", "x"); ok || none.Len() != 0 || none.Version() != "" || namesOf(none) != nil {
		t.Error("the zero Snapshot is not empty")
	}
	if same, err := none.Filter(views.Labels("a")); err != nil || same.Len() != 0 {
		t.Errorf("got %v, %v", same, err)
	}
}

func TestSnapshotFilter(t *testing.T) {
	var s server
	c := s.start(t, func(n int, w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"kind":"PodList","metadata":{"resourceVersion":"7"},"items":[
			{"metadata":{"name":"a","namespace":"n","labels":{"app":"web"}},"status":{"phase":"Running"}},
			{"metadata":{"name":"b","namespace":"n","labels":{"app":"web","x":"y"}},"status":{"phase":"Pending"}},
			{"metadata":{"name":"c","namespace":"n"}}]}`)
	})
	all, err := c.Pods().List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		by   []meta.Selector
		want string
	}{
		{nil, "n/a n/b n/c"},
		{[]meta.Selector{views.Labels("app=web")}, "n/a n/b"},
		{[]meta.Selector{views.Labels("app=web"), views.Labels("!x")}, "n/a"},
		{[]meta.Selector{views.Labels("app in (web),x")}, "n/b"},
		{[]meta.Selector{views.Fields("status.phase!=Running")}, "n/b n/c"},
		{[]meta.Selector{views.Fields("metadata.name=c")}, "n/c"},
		{[]meta.Selector{views.Fields("spec.hostNetwork=false"), views.LabelsEqual(map[string]string{"app": "web"})}, "n/a n/b"},
		{[]meta.Selector{views.FieldsEqual(map[string]string{"status.phase": ""})}, "n/c"},
		{[]meta.Selector{views.Labels("nobody")}, ""},
	} {
		got, err := all.Filter(test.by...)
		if err != nil || strings.Join(namesOf(got), " ") != test.want || got.Version() != "7" {
			t.Errorf("%v: got %v, %v", test.by, namesOf(got), err)
		}
	}
	for _, bad := range []meta.Selector{{}, views.Labels(""), views.Labels("a b"), views.LabelsEqual(nil)} {
		if got, err := all.Filter(views.Labels("app"), bad); !errors.As(err, new(*kube.ArgumentError)) || got.Len() != 0 {
			t.Errorf("%v: got %v, %v", bad, got.Len(), err)
		}
	}
	if all.Len() != 3 {
		t.Error("filtering has changed the snapshot")
	}
}

// Fields that were left out are not told to be absent.
func TestDroppedFields(t *testing.T) {
	var s server
	c := s.start(t, func(n int, w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"kind":"PodList","metadata":{"resourceVersion":"7"},"items":[
			{"metadata":{"name":"a","namespace":"n","managedFields":[{"manager":"kubectl","operation":"Apply","apiVersion":"v1","time":"2026-01-02T03:04:05Z"}]}},
			{"metadata":{"name":"b","namespace":"n"}}]}`)
	})
	whole, err := c.Pods().List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a, _ := whole.Get("n", "a")
	managers, err := a.Meta().Managers()
	if who := slices.Collect(managers.All()); err != nil || len(who) != 1 || who[0].Manager != "kubectl" || who[0].Time.Year() != 2026 {
		t.Errorf("got %v, %v", who, err)
	}
	less, err := c.Pods().WithoutManagedFields().List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a, _ = less.Get("n", "a")
	if who, err := a.Meta().Managers(); !errors.Is(err, kube.ErrFieldsDropped) || who.Len() != 0 || a.Raw().Has("metadata", "managedFields") {
		t.Errorf("got %v, %v", who, err)
	}
	b, _ := less.Get("n", "b")
	if who, err := b.Meta().Managers(); err != nil || who.Len() != 0 {
		t.Errorf("got %v, %v", who, err)
	}
}

// Items of a list carry what the list alone says on the wire.
func TestItemsOfAListAreWholeK37(t *testing.T) {
	var s server
	c := s.start(t, func(n int, w http.ResponseWriter, r *http.Request) { io.WriteString(w, page("7", "", "ns/a")) })
	for pod, err := range c.Pods().All(t.Context()) {
		if err != nil || pod.Kind() != "Pod" || pod.APIVersion() != "v1" || pod.Link() != "/api/v1/namespaces/ns/pods/a" {
			t.Errorf("got %s, %v", pod.Raw(), err)
		}
	}
}

func BenchmarkList5000(b *testing.B) {
	item := `{"metadata":{"name":"web-%04d","namespace":"default","uid":"u","labels":{"app":"web"}},"spec":{"containers":[{"name":"c","image":"nginx"}]},"status":{"phase":"Running","podIP":"10.0.0.1"}},`
	var all strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&all, item, i)
	}
	body := `{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[` + strings.TrimSuffix(all.String(), ",") + `]}`
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		io.WriteString(w, body)
	}))
	defer srv.Close()
	c, err := kube.NewCluster(kube.WithURL(srv.URL))
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		s, err := c.Pods().List(b.Context())
		if err != nil || s.Len() != 5000 {
			b.Fatal(s.Len(), err)
		}
	}
}
