package views_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kubetest"
	"github.com/kubeviews/kube/meta"
	"github.com/kubeviews/kube/views"
)

// shelf is a list of pods x/p0 … x/p4, y/p0 … y/p4, whose labels are app=a or b.
func shelf(t *testing.T) (*kubetest.Server, *kube.Cluster, views.Snapshot[items.Pod]) {
	t.Helper()
	var objects []any
	for i := range 10 {
		objects = append(objects, podManifest([]string{"x", "y"}[i/5], fmt.Sprint("p", i%5), map[string]any{"app": []string{"a", "b"}[i%2]}))
	}
	server, cluster := newCluster(t, kubetest.WithObjects(objects...))
	return server, cluster, listOf(t, cluster.Pods())
}

func listOf[T items.Typed[T]](t *testing.T, v views.View[T]) views.Snapshot[T] {
	t.Helper()
	s, err := v.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func podNames(pods []items.Pod) string {
	var all []string
	for _, pod := range pods {
		all = append(all, pod.Namespace()+"/"+pod.Name())
	}
	return strings.Join(all, " ")
}

func snapshotNames(s views.Snapshot[items.Pod]) string { return podNames(slices.Collect(s.All())) }

func TestSnapshotReads(t *testing.T) {
	_, _, s := shelf(t)
	none := views.Snapshot[items.Pod]{}
	const all = "x/p0 x/p1 x/p2 x/p3 x/p4 y/p0 y/p1 y/p2 y/p3 y/p4"
	by := func(key func(items.Pod) string) func(a, b items.Pod) int {
		return func(a, b items.Pod) int { return strings.Compare(key(a), key(b)) }
	}
	app := func(p items.Pod) string { v, _ := p.Labels().Get("app"); return v }
	for what, c := range map[string]struct{ got, want string }{
		"All":              {snapshotNames(s), all},
		"From a name":      {podNames(slices.Collect(s.From("x", "p3"))), "x/p3 x/p4 y/p0 y/p1 y/p2 y/p3 y/p4"},
		"From between":     {podNames(slices.Collect(s.From("x", "p3x"))), "x/p4 y/p0 y/p1 y/p2 y/p3 y/p4"},
		"From a namespace": {podNames(slices.Collect(s.From("y", ""))), "y/p0 y/p1 y/p2 y/p3 y/p4"},
		"From the end":     {podNames(slices.Collect(s.From("z", ""))), ""},
		"In":               {snapshotNames(s.In("x")), "x/p0 x/p1 x/p2 x/p3 x/p4"},
		"In nothing":       {snapshotNames(s.In("xx")), ""},
		"In no namespace":  {snapshotNames(s.In("")), ""},
		"In twice":         {snapshotNames(s.In("x").In("y")), ""},
		"Page":             {podNames(s.Page(3, 4)), "x/p3 x/p4 y/p0 y/p1"},
		"last Page":        {podNames(s.Page(8, 4)), "y/p3 y/p4"},
		"Page beyond":      {podNames(s.Page(10, 4)), ""},
		"Page far beyond":  {podNames(s.Page(1<<62, 1<<62)), ""},
		"Page of nothing":  {podNames(s.Page(0, 0)), ""},
		"Page below":       {podNames(s.Page(-3, 2)), "x/p0 x/p1"},
		"Page of below":    {podNames(s.Page(0, -1)), ""},
		"Page of all":      {podNames(s.Page(0, 1<<62)), all},
		"Sorted":           {podNames(s.Sorted(by(app))), "x/p0 x/p2 x/p4 y/p1 y/p3 x/p1 x/p3 y/p0 y/p2 y/p4"},
		"Sorted by none":   {podNames(s.Sorted(func(a, b items.Pod) int { return 0 })), all},
		"Sorted by name":   {podNames(s.Sorted(by(items.Pod.Name))), "x/p0 y/p0 x/p1 y/p1 x/p2 y/p2 x/p3 y/p3 x/p4 y/p4"},
		"zero":             {snapshotNames(none) + podNames(none.Page(0, 9)) + podNames(none.Sorted(by(app))) + snapshotNames(none.In("x")) + podNames(slices.Collect(none.From("", ""))), ""},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %s, want %s", what, c.got, c.want)
		}
	}
	for i := range s.Len() {
		at := s.At(i)
		if got, ok := s.Get(at.Namespace(), at.Name()); !ok || !got.Equal(at) || podNames(s.Page(i, 1)) != podNames([]items.Pod{at}) {
			t.Errorf("at %d: %v, %v, %v", i, at, got, ok)
		}
	}
	for _, s := range []views.Snapshot[items.Pod]{s, none} {
		if got, ok := s.Get("x", "p9"); ok || !got.IsZero() {
			t.Errorf("got %v, %v", got, ok)
		}
	}
	page := s.Page(0, 2)
	page[0] = items.Pod{}
	if s.At(0).IsZero() {
		t.Error("the page is not the caller's")
	}
	for range s.All() {
		break // left early
	}
	for range s.From("y", "p1") {
		break
	}
}

func TestSnapshotZero(t *testing.T) {
	var s views.Snapshot[items.Pod]
	if s.Len() != 0 || s.Version() != "" || !s.LastContact().IsZero() || !s.Equal(s) || !s.Diff(s).IsZero() || s.String() != "0 items" {
		t.Errorf("it is %v", s)
	}
	if f, err := s.Filter(views.Labels("a=b")); err != nil || !f.Equal(s) {
		t.Errorf("filtered: %v, %v", f, err)
	}
	if _, err := s.Filter(views.Labels("")); err == nil {
		t.Error("an empty selector is none")
	}
	app := views.ByLabel[items.Pod]("app")
	if g := maps.Collect(s.Groups(app)); len(g) != 0 || s.By(app, "a").Len() != 0 || s.By(views.Index[items.Pod]{}, "").Len() != 0 {
		t.Errorf("grouped: %v", g)
	}
	_, _, full := shelf(t)
	if d := full.Diff(s); len(d.Added) != 10 || len(d.Changed)+len(d.Removed) > 0 {
		t.Errorf("from nothing: %v", d)
	}
	if d := s.Diff(full); len(d.Removed) != 10 || len(d.Changed)+len(d.Added) > 0 {
		t.Errorf("to nothing: %v", d)
	}
}

// A snapshot is filtered by the server's own selectors, with the same result.
func TestSnapshotFilterIsTheServers(t *testing.T) {
	_, cluster, s := shelf(t)
	for _, selectors := range [][]meta.Selector{
		{views.Labels("app=a")}, {views.Labels("app in (a,c),x notin (y)")}, {views.Labels("!app")}, {views.LabelsEqual(map[string]string{"app": "b"})},
		{views.Fields("metadata.name=p1")}, {views.Fields("metadata.namespace!=x,metadata.name!=p1")}, {views.Labels("app=a"), views.Fields("metadata.name=p2")}, {},
	} {
		got, err := s.Filter(selectors...)
		want := listOf(t, cluster.Pods().Filter(selectors...))
		if err != nil || !got.Equal(want) || !cmp.Equal(got, want) || got.LastContact() != s.LastContact() {
			t.Errorf("%v: got %s, want %s, %v", selectors, snapshotNames(got), snapshotNames(want), err)
		}
	}
	for _, bad := range []meta.Selector{views.Labels(""), views.Labels("a=b=c"), {}} {
		got, err := s.Filter(views.Labels("app=a"), bad)
		if argument := (*rest.ArgumentError)(nil); !errors.As(err, &argument) || got.Len() != 0 {
			t.Errorf("%v: got %v, %v", bad, got, err)
		}
	}
}

func TestSnapshotDiff(t *testing.T) {
	server, cluster, old := shelf(t)
	if _, err := server.Update("pods", "x", "p1", func(o kubetest.Object) { o.Put("c", "metadata", "labels", "app") }); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"p2", "p3"} {
		if err := server.Remove("pods", "x", name); err != nil {
			t.Fatal(err)
		}
	}
	if err := server.Seed(podManifest("x", "p3", nil), podManifest("w", "new", nil)); err != nil {
		t.Fatal(err)
	}
	now := listOf(t, cluster.Pods())
	d := now.Diff(old)
	if podNames(d.Added) != "w/new x/p3" || podNames(d.Removed) != "x/p2 x/p3" || len(d.Changed) != 1 || d.IsZero() {
		t.Fatalf("%v", d)
	}
	was, _ := old.Get("x", "p1")
	is, _ := now.Get("x", "p1")
	if c := d.Changed[0]; !c.Old.Equal(was) || !c.New.Equal(is) {
		t.Errorf("changed %v", c)
	}
	if d.Removed[1].UID() == d.Added[1].UID() {
		t.Error("it is the same object")
	}
	back := old.Diff(now)
	if podNames(back.Added) != "x/p2 x/p3" || podNames(back.Removed) != "w/new x/p3" || len(back.Changed) != 1 || !back.Changed[0].New.Equal(was) {
		t.Errorf("back: %v", back)
	}
	if now.Equal(old) || !now.Equal(now) || !cmp.Equal(now, now) || cmp.Equal(now, old) {
		t.Error("equality is wrong")
	}
	if other := listOf(t, cluster.Pods()); !other.Equal(now) || !other.Diff(now).IsZero() {
		t.Error("two lists of one version differ")
	}
	if part := now.In("x"); part.Equal(now) || part.Version() != now.Version() {
		t.Errorf("a part is %v", part)
	}
	if diff := cmp.Diff(old, now); diff == "" {
		t.Error("go-cmp sees no difference")
	}
}

func TestSnapshotPrints(t *testing.T) {
	server, cluster, s := shelf(t)
	if err := server.Seed(map[string]any{"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": "s", "namespace": "x"}, "stringData": map[string]any{"k": "hunter2"}}); err != nil {
		t.Fatal(err)
	}
	part, err := s.Filter(views.Fields("metadata.namespace=x,metadata.name=p1"))
	if err != nil {
		t.Fatal(err)
	}
	one := listOf(t, cluster.Pods().In("x").Filter(views.Labels("app=b")))
	for want, s := range map[string]views.Snapshot[items.Pod]{
		"10 items of pods at version " + s.Version():                              s,
		"1 item at version " + s.Version():                                        part,
		"2 items of pods in x, labelSelector=app%3Db at version " + one.Version(): one,
	} {
		if got := fmt.Sprint(s); got != want || fmt.Sprintf("%+v", s) != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	text, err := json.Marshal(part)
	var pods []struct{ Metadata struct{ Name string } }
	if err != nil || json.Unmarshal(text, &pods) != nil || len(pods) != 1 || pods[0].Metadata.Name != "p1" {
		t.Errorf("marshalled: %s, %v", text, err)
	}
	if text, err := json.Marshal(views.Snapshot[items.Pod]{}); err != nil || string(text) != "[]" {
		t.Errorf("of nothing: %s, %v", text, err)
	}
	secrets := listOf(t, cluster.Secrets())
	if text, err := json.Marshal(secrets); err == nil {
		t.Errorf("secrets: %s", text)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "snapshot", secrets, "pods", s)
	text = fmt.Appendf(log.Bytes(), "%v %+v %#v %s", secrets, secrets, secrets, secrets)
	if bytes.Contains(text, []byte("hunter2")) || bytes.Contains(text, []byte("aHVudGVyMg")) || !bytes.Contains(text, []byte("1 items of secrets")) && !bytes.Contains(text, []byte("1 item of secrets")) {
		t.Errorf("printed: %s", text)
	}
}

func TestSnapshotOfAListIsFresh(t *testing.T) {
	before := time.Now()
	_, _, s := shelf(t)
	for _, s := range []views.Snapshot[items.Pod]{s, s.In("x"), s.By(views.ByLabel[items.Pod]("app"), "a")} {
		if s.LastContact().Before(before) || s.LastContact().After(time.Now()) {
			t.Errorf("%v is of %v", s, s.LastContact())
		}
	}
}
