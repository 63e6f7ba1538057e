package main

import (
	"context"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubeviews/kube/bench/data"
	"github.com/kubeviews/kube/bench/replay"
	"github.com/kubeviews/kube/items"
)

var tiny = scale{pods: 30, events: 50, rounds: 1, most: 30, loop: time.Millisecond}

func serving(t *testing.T) (url string) {
	server := httptest.NewServer(replay.NewServer(recordings))
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return server.URL
}

var machineLine = regexp.MustCompile(`^ratio [a-z0-9-]+ [a-z-]+ \d+\.\d{3}$`)

// reported is what a comparison prints for machines.
func reported(t *testing.T, c comparison, p pair) {
	t.Helper()
	var out strings.Builder
	r := newReport(&out, tiny)
	r.add(c, p)
	r.end()
	n := 0
	for line := range strings.Lines(out.String()) {
		if line = strings.TrimSuffix(line, "\n"); strings.HasPrefix(line, "ratio ") {
			n++
			if !machineLine.MatchString(line) {
				t.Errorf("a line is %q", line)
			}
		}
	}
	if n != len(c.metrics) || n == 0 {
		t.Errorf("%d lines for %d metrics", n, len(c.metrics))
	}
}

func TestEveryComparison(t *testing.T) {
	url := serving(t)
	seen := map[string]bool{}
	for _, c := range comparisons {
		t.Run(c.name(), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if seen[c.name()] {
				t.Error("the name is given twice")
			}
			seen[c.name()] = true
			if strings.HasPrefix(c.title, "hello-") || c.real {
				reported(t, c, pair{[]cost{{Bytes: 1, Wall: 1}}, []cost{{Bytes: 2, Wall: 2}}})
				return // they build programs, or need a cluster
			}
			p, err := c.run(ctx, url, tiny)
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Ours) != len(p.Theirs) || len(p.Ours) == 0 {
				t.Fatalf("%d rounds of ours, %d of theirs", len(p.Ours), len(p.Theirs))
			}
			reported(t, c, p)
		})
	}
}

func TestSidesThatFindDifferentThings(t *testing.T) {
	finds := func(n int) side { return func(context.Context) (any, error) { return n, nil } }
	if _, err := alternate(t.Context(), 1, finds(1), finds(2)); err == nil || !strings.Contains(err.Error(), "ours finds 1, theirs 2") {
		t.Errorf("the error is %v", err)
	}
	if _, err := alternate(t.Context(), 1, finds(1), finds(1)); err != nil {
		t.Error(err)
	}
	if _, err := alternate(t.Context(), 1, finds(0), finds(0)); err == nil {
		t.Error("to find nothing is as good as anything")
	}
	if _, err := alternate(t.Context(), 1, finds(1), func(context.Context) (any, error) { return []int{1}, nil }); err == nil || !strings.Contains(err.Error(), "[]int does not say") {
		t.Errorf("the error is %v", err)
	}
	if _, err := alternate(t.Context(), 1, finds(1), func(context.Context) (any, error) { return discarded(9), nil }); err != nil {
		t.Errorf("the floor: %v", err)
	}
}

// All read the same of the same answers: what of them is compared is no less work.
func TestAllReadTheSame(t *testing.T) {
	url := serving(t)
	for _, order := range []data.Order{data.Served, data.Shuffled, data.Adversarial, data.Small} {
		at := url + replay.Set{Order: order, Pods: 100, Seed: 9}.Path()
		sides := map[string]side{"ours": readOurs(at), "streamed": streamOurs(at)}
		for peer, of := range clients(readTyped, readDynamic) {
			if peer != floor {
				sides[peer] = of(at)
			}
		}
		want := 0
		for _, pod := range data.Pods(100, order, 9).Items {
			want += ofTyped(&pod).size()
		}
		for who, read := range sides {
			if got, err := read(t.Context()); err != nil || got != want {
				t.Errorf("%s: %s reads %v, %v, want %d", order, who, got, err, want)
			}
		}
	}
}

// state is what tells pods and their states apart.
type state struct {
	version, phase string
	restarts       int64
}

// What is compared of calls is that of as many of each side, and of every round.
func TestLoopsThatFindDifferentThings(t *testing.T) {
	one := func(int) int { return 1 }
	if _, err := loops(t.Context(), tiny, one, one); err != nil {
		t.Error(err)
	}
	if _, err := loops(t.Context(), tiny, one, func(i int) int { return 1 + i%2 }); err == nil {
		t.Error("the second call may find what it wants")
	}
}

func TestMirrorAndInformerEndAlike(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	set := churned(scale{pods: 80, events: 2000})
	url := serving(t)
	m, _, newer, err := twoStates(ctx, url, set)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	ours := map[string]state{}
	for pod := range newer.All() {
		ours[pod.Namespace()+"/"+pod.Name()] = stateOf(pod)
	}
	i, err := informer(url+set.Path(), typedProtobuf)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	if err := closeAt(i, set.Last(), done); err != nil {
		t.Fatal(err)
	}
	go i.RunWithContext(ctx)
	select {
	case <-done:
	case <-ctx.Done():
		t.Fatal(ctx.Err())
	}
	for _, o := range i.GetStore().List() {
		pod := o.(*corev1.Pod)
		name := pod.Namespace + "/" + pod.Name
		if want := (state{pod.ResourceVersion, string(pod.Status.Phase), ofTyped(pod).restarts}); ours[name] != want {
			t.Errorf("%s: the mirror has %v, the informer %v", name, ours[name], want)
		}
	}
	if n := len(i.GetStore().List()); n != 80 || len(ours) != n {
		t.Errorf("the mirror has %d pods, the informer %d", len(ours), n)
	}
}

func stateOf(pod items.Pod) state {
	phase, _ := pod.Phase()
	restarts, _ := pod.Restarts()
	return state{pod.Version(), string(phase), restarts}
}

func TestListerAndSnapshotHoldTheSame(t *testing.T) {
	b, err := hold(t.Context(), serving(t), 30)
	if err != nil {
		t.Fatal(err)
	}
	defer b.mirror.Close()
	if got := len(list(b, labels.Everything())); got != 30 || b.mirror.Snapshot().Len() != got {
		t.Errorf("%d and %d pods", b.mirror.Snapshot().Len(), got)
	}
}

func TestNothingCostsLessThanNothing(t *testing.T) {
	p := pair{Ours: []cost{{Kept: 1000}}, Theirs: []cost{{Kept: 5000}}}
	if _, err := p.beyond(100, 8); err == nil || !strings.Contains(err.Error(), "-32 bytes") {
		t.Errorf("the error is %v", err)
	}
	if all, err := p.beyond(100, 48); err != nil || all[0].Kept != 8 {
		t.Errorf("%v, %v", all, err)
	}
}

func TestRatio(t *testing.T) {
	p := pair{
		Ours:   []cost{{Wall: 1, Allocs: 0}, {Wall: 4, Allocs: 0}, {Wall: 2, Allocs: 0}},
		Theirs: []cost{{Wall: 10, Allocs: 0}, {Wall: 8, Allocs: 5}, {Wall: 40, Allocs: 7}},
	}
	for _, test := range []struct {
		of             metric
		mid, low, high float64
	}{
		{wall, 5, 2, 20}, // 10 / 2, and 8 / 4 to 40 / 2
		{allocs, 5, 1, 7},
		{heap, 1, 1, 1}, // nothing is as much as nothing
	} {
		if mid, low, high := p.ratio(test.of); mid != test.mid || low != test.low || high != test.high {
			t.Errorf("%s: %g, %g, %g", test.of.unit, mid, low, high)
		}
	}
	if got := median([]cost{{Allocs: 3}, {Allocs: 9}, {Allocs: 1}}, func(c cost) uint64 { return c.Allocs }); got != 3 {
		t.Errorf("the median is %d", got)
	}
}
