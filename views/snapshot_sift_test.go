package views

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/kubeviews/kube/internal/follow"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/meta"
	"github.com/kubeviews/kube/raw"
)

// oddLabels are as a server would never give them, but for a few.
var oddLabels = []string{
	`null`, `{}`, `[]`, `["web"]`, `7`, `{"app":"web"}`, `{"\u0061pp":"w\u0065b"}`, `{"app":"web","app":"api"}`, `{"app":"api","app":"web","tier":""}`,
	`{"app":null}`, `{"app":7,"tier":"front"}`, `{"app":"web","app":null}`, `{"app":{"app":"web"},"size":"12"}`, `{"tier":"front","app":"api","size":"3"}`,
	`{"app":"app-3","tier":"front"}`, `{"app":"app-4","tier":"back"}`, `{"app":"app-5","tier":"front"}`,
}

var siftSelectors = [][]meta.Selector{
	{}, {Labels("app=web")}, {Labels("app=api")}, {Labels("app=app-3")}, {Labels("app in (web,app-4,none)")}, {Labels("app")}, {Labels("!app")}, {Labels("app!=web")},
	{Labels("app notin (web,api),tier=front")}, {Labels("size>4")}, {Labels("size<4,app")}, {Labels("tier=")}, {Labels("0=web")}, {Labels("none=x")},
	{Fields("metadata.name=pod-00033")}, {Labels("app=web"), Fields("metadata.namespace=ns-1")}, {Labels("app"), Labels("tier=front")}, {Labels("tier=front"), Labels("app!=api")},
}

// oddPod is the i-th pod with some labels, which depend on the version.
func oddPod(tb testing.TB, i, version int) items.Item {
	doc, err := raw.Parse(fmt.Appendf(nil, `{"metadata":{"namespace":"ns-%d","name":"pod-%05d","uid":"uid-%d","resourceVersion":"%d","labels":%s}}`,
		i%10, i, i, version, oddLabels[(i+version)*7919%len(oddLabels)]))
	if err != nil {
		tb.Fatal(err)
	}
	return items.New[items.Pod](items.NewOrigin(nil, kinds.Kind{}, "v1"), doc)
}

func oddPods(tb testing.TB, n int) (all []items.Item) {
	for i := range n {
		all = append(all, oddPod(tb, i, 0))
	}
	return all
}

func label(item items.Item) string {
	return item.Namespace() + "/" + item.Name() + " " + item.Version()
}

// matching is what a filter ought to find, found the slow way.
func matching(s snapshot, selectors []meta.Selector) (found []string) {
	for item := range s.values() {
		if !slices.ContainsFunc(selectors, func(sel meta.Selector) bool { return !sel.Matches(item.Raw()) }) {
			found = append(found, label(item))
		}
	}
	return found
}

func checkFilter(t *testing.T, s snapshot, selectors []meta.Selector) {
	t.Helper()
	f, err := s.filter(selectors)
	if got, want := matching(f, nil), matching(s, selectors); err != nil || !slices.Equal(got, want) || f.Len() != len(want) {
		t.Fatalf("%v selects %d of %d, want %d, %v", selectors, len(got), s.Len(), len(want), err)
	}
	for item := range f.values() {
		if found, ok := f.all.Get(follow.KeyOf(item)); !ok || found != item {
			t.Fatalf("%s is not where it should be", label(item))
		}
	}
}

// Whatever is remembered of the items, what matches is selected, and nothing else.
func TestFilterSelectsWhatMatches(t *testing.T) {
	const n = 1000
	random := rand.New(rand.NewPCG(1, 3))
	s := newSnapshot("1", "", oddPods(t, n))
	for version := range 100 {
		for range 3 {
			selectors := siftSelectors[random.IntN(len(siftSelectors))]
			checkFilter(t, s, selectors)
			checkFilter(t, s.in("ns-3"), selectors)
		}
		for range random.IntN(5) {
			pod := oddPod(t, random.IntN(n+n/10), 1+version)
			s.all = s.all.Set(follow.KeyOf(pod), pod)
			s.all = s.all.Delete(follow.KeyOf(oddPod(t, random.IntN(n), 0)))
		}
	}
	for _, selectors := range siftSelectors {
		checkFilter(t, s, selectors)
	}
}

// What is remembered of the items is kept from one version to the next, and who
// asks for no label, or once, has nothing remembered.
func TestFilterRemembersLabels(t *testing.T) {
	const n, some = 2000, 20 // allocations that do not depend on n
	c := newChurn(t, n)
	filter := func(sel meta.Selector) float64 {
		s := c.Snapshot()
		return testing.AllocsPerRun(1, func() { _, _ = s.Filter(sel) }) // after another run
	}
	for _, sel := range []meta.Selector{Fields("metadata.name=none"), Labels("app!=none,!app")} {
		if made := filter(sel); made > n+some { // matching a field takes one
			t.Errorf("%v: %v allocations to look for no label", sel, made)
		}
	}
	if made := filter(Labels("app=none")); made < n/32 {
		t.Errorf("%v allocations for the marks of %d items", made, n)
	}
	for i := range 50 {
		c.step(i * 97 % n)
		if made := filter(Labels("app=none")); made > some {
			t.Errorf("%v allocations for the marks of what has changed", made)
		}
	}
}

// The items of a label's value are the same, whether they are found by what is
// remembered, by reading all labels, or in an index.
func TestByLabelIsByField(t *testing.T) {
	s := newSnapshot("1", "", oddPods(t, 500))
	label, field := ByLabel[items.Pod]("app").index, ByField[items.Pod]("metadata", "labels", "app").index
	indexed := s
	indexed.indexes = newIndexes([]index{label}, s.all)
	for _, value := range []string{"web", "api", "app-3", "", "none", "no label's value"} {
		want := matching(s.by(field, value), nil)
		for range 3 {
			if got := matching(s.by(label, value), nil); !slices.Equal(got, want) || !slices.Equal(matching(indexed.by(label, value), nil), want) {
				t.Errorf("%q: %d items, want %d", value, len(got), len(want))
			}
		}
	}
	for _, name := range []string{"", "no label", "0"} {
		if got, want := s.by(ByLabel[items.Pod](name).index, "web"), s.by(ByField[items.Pod]("metadata", "labels", name).index, "web"); !got.equal(want) {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}

// Many filter the same snapshots, while others are made.
func TestFilterAtTheSameTime(t *testing.T) {
	s := newSnapshot("1", "", oddPods(t, 500))
	var published atomic.Pointer[snapshot]
	published.Store(&s)
	var done atomic.Bool
	var readers sync.WaitGroup
	for r := range 4 {
		readers.Go(func() {
			for i := r; !done.Load(); i++ {
				checkFilter(t, *published.Load(), siftSelectors[i%len(siftSelectors)])
			}
		})
	}
	for i := range 300 {
		next, pod := *published.Load(), oddPod(t, i*7919%500, 1+i)
		next.all = next.all.Set(follow.KeyOf(pod), pod)
		published.Store(&next)
	}
	done.Store(true)
	readers.Wait()
}

func BenchmarkFilter(b *testing.B) {
	s := newChurn(b, 100_000).Snapshot()
	sel := Labels("app=app-33")
	b.ReportAllocs()
	for b.Loop() {
		if f, err := s.Filter(sel); err != nil || f.Len() != 1000 {
			b.Fatal(f, err)
		}
	}
}
