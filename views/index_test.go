package views_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kubetest"
	"github.com/kubeviews/kube/views"
)

// letters is an index of several values: the letters of the label "app".
func letters() views.Index[items.Pod] {
	return views.IndexBy("letters", func(p items.Pod) []string {
		app, _ := p.Labels().Get("app")
		return strings.Split(app, "")
	})
}

// grouped is an index as text.
func grouped(s views.Snapshot[items.Pod], index views.Index[items.Pod]) (all []string) {
	for value, some := range s.Groups(index) {
		all = append(all, value+": "+strings.Join(versions(some), " "))
	}
	return all
}

// recomputed is what an index must show, found without one.
func recomputed(s views.Snapshot[items.Pod], values func(items.Pod) []string) (all []string) {
	by := map[string][]string{}
	for pod := range s.All() {
		of := slices.Sorted(slices.Values(values(pod)))
		for _, value := range slices.Compact(of) {
			by[value] = append(by[value], pod.Name()+"@"+pod.Version())
		}
	}
	for _, value := range slices.Sorted(maps.Keys(by)) {
		all = append(all, value+": "+strings.Join(by[value], " "))
	}
	return all
}

func TestIndexes(t *testing.T) {
	owned := podManifest("x", "owned", map[string]any{"app": ""})
	owned["metadata"].(map[string]any)["ownerReferences"] = []any{
		map[string]any{"apiVersion": "v1", "kind": "Pod", "name": "a", "uid": "uid-1"},
		map[string]any{"apiVersion": "v1", "kind": "Pod", "name": "b", "uid": "uid-2"},
	}
	placed := podManifest("x", "placed", nil)
	placed["spec"].(map[string]any)["nodeName"] = "node-1"
	_, cluster := newCluster(t, kubetest.WithoutGarbageCollection(),
		kubetest.WithObjects(owned, placed, podManifest("x", "web", map[string]any{"app": "abba"}), podManifest("y", "db", map[string]any{"app": "ab"})))
	byApp, byNode, byOwner, byLetter := views.ByLabel[items.Pod]("app"), views.ByField[items.Pod]("spec", "nodeName"), views.ByOwner[items.Pod](), letters()
	declared := syncedMirror(t, cluster.Pods(), byApp, byNode, byOwner, byLetter).Snapshot()
	list := listOf(t, cluster.Pods())
	for name, c := range map[string]struct {
		index views.Index[items.Pod]
		want  map[string]string
	}{
		"metadata.labels.app": {byApp, map[string]string{"": "x/owned", "abba": "x/web", "ab": "y/db"}},
		"spec.nodeName":       {byNode, map[string]string{"node-1": "x/placed"}},
		"owner":               {byOwner, map[string]string{"uid-1": "x/owned", "uid-2": "x/owned"}},
		"letters":             {byLetter, map[string]string{"a": "x/web y/db", "b": "x/web y/db"}},
	} {
		if c.index.Name() != name {
			t.Errorf("%s is called %s", name, c.index.Name())
		}
		for what, s := range map[string]views.Snapshot[items.Pod]{"declared": declared, "undeclared": list} {
			got := map[string]string{}
			last := ""
			for value, some := range s.Groups(c.index) {
				if by := s.By(c.index, value); !by.Equal(some) || some.Version() != s.Version() || value < last {
					t.Errorf("%s %s: %s is %v by itself, and %v in its group", what, name, value, by, some)
				}
				got[value], last = snapshotNames(some), value
			}
			if !maps.Equal(got, c.want) {
				t.Errorf("%s %s: got %v, want %v", what, name, got, c.want)
			}
			if s := s.By(c.index, "none"); s.Len() != 0 {
				t.Errorf("%s %s: none is %v", what, name, s)
			}
			for range s.Groups(c.index) {
				break // left early
			}
		}
	}
	web := declared.By(byLetter, "a")
	if part, err := web.By(byApp, "ab").Filter(views.Labels("app")); err != nil || snapshotNames(part) != "y/db" || snapshotNames(web.In("x")) != "x/web" {
		t.Errorf("a group is a snapshot: %v, %v", part, err)
	}
	if n := testing.AllocsPerRun(10, func() { declared.By(byApp, "ab") }); n > 0 {
		t.Errorf("a declared index costs %v allocations", n)
	}
	if (views.Index[items.Pod]{}).Name() != "" {
		t.Error("the zero index has a name")
	}
}

// Two indexes of one name are two, and one that is given twice is one.
func TestIndexesAreToldApart(t *testing.T) {
	f := newFakePods()
	f.set("a", "x")
	upper := views.IndexBy("app", func(items.Pod) []string { return []string{"X"} })
	lower := views.IndexBy("app", func(items.Pod) []string { return []string{"x"} })
	inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
		s := m.Snapshot()
		if s.By(upper, "X").Len() != 1 || s.By(upper, "x").Len() != 0 || s.By(lower, "x").Len() != 1 || s.By(lower, "X").Len() != 0 {
			t.Error("they are mixed up")
		}
	}, upper, upper)
}

// Indexes follow the objects through changes, one by one and many at a time.
func TestIndexesAreKeptCurrent(t *testing.T) {
	f := newFakePods()
	index := letters()
	values := func(p items.Pod) []string {
		app, _ := p.Labels().Get("app")
		return strings.Split(app, "")
	}
	inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
		old := m.Snapshot()
		check := func(what string) {
			t.Helper()
			version, _ := f.state()
			s, err := m.Wait(t.Context(), func(s views.Snapshot[items.Pod]) bool { return s.Version() == fmt.Sprint(version) })
			if err != nil {
				t.Fatal(err)
			}
			if got, want := grouped(s, index), recomputed(s, values); !slices.Equal(got, want) {
				t.Errorf("%s: got %q, want %q", what, got, want)
			}
			if got := grouped(old, index); len(got) > 0 {
				t.Errorf("%s: the old snapshot shows %q", what, got)
			}
		}
		for i, app := range []string{"ab", "bc", "", "aa", "cab", "ab"} {
			f.set("p"+fmt.Sprint(i%3), app)
			check("set " + app)
		}
		f.remove("p0")
		check("remove")
		f.remove("p1")
		f.set("p1", "xyz")
		check("recreate")
		back := f.away(t)
		for i := range 50 {
			f.set(fmt.Sprint("q", i), string(rune('a'+i%26))+"z")
		}
		f.remove("p2")
		f.expire()
		back()
		check("relist")
		for i := range 50 {
			f.remove(fmt.Sprint("q", i))
			check("remove again")
		}
		f.remove("p1")
		check("empty")
	}, index)
}
