package cluster_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/test/cluster"
	"github.com/kubeviews/kube/views"
	"github.com/kubeviews/kube/watch"
)

// TestWatchConnections has what can go wrong with one client's connections, on a server
// that knows nothing of it: so all of it shares one.
func TestWatchConnections(t *testing.T) {
	t.Parallel()
	c := start(t, cluster.Options{Bare: true})
	for _, row := range []row{
		{"CutAtManyBytesF02", cutAtManyBytes},
		{"SlowConsumerF13", slowConsumer},
		{"CustomKindF22", customKind},
		{"CleanEndsF01", cleanEnds},
		{"KilledProxyF02", killedProxy},
		{"FrozenProxyF03", frozenProxy},
		{"UnreachableServerF05", unreachableServer},
		{"IdleF14", idle},
		{"CheckpointsF15", checkpoints},
		{"CutInitialListF16", cutInitialList},
		{"LabelPatchF17", labelPatch},
		{"RecreatedWhileCutF18", recreatedWhileCut},
		{"RevokedF24", revoked},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			row.test(t, c)
		})
	}
}

// A row is one fault, on a cluster that the test shares with others.
type row struct {
	name string
	test func(*testing.T, *cluster.Cluster)
}

func proxy(t *testing.T, c *cluster.Cluster, flags ...string) *cluster.Proxy {
	t.Helper()
	p, err := c.StartProxy(t.Context(), flags...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// do wants an action on the cluster to go well.
func do(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func cleanEnds(t *testing.T, c *cluster.Cluster) {
	s := begin(t, c, setup{})
	stop := s.churn()
	eventually(t, func() error { return opened(s, 4) })
	stop()
	s.judge(0)
}

// opened wants so many streams of each.
func opened(s *scenario, n int64) error {
	if w, m := s.watcher.Status().Streams, s.mirror.Status().Streams; w < n || m < n {
		return fmt.Errorf("%d and %d streams, want %d", w, m, n)
	}
	return nil
}

// cutAtManyBytes has few cuts in the answers' heads, which are no progress: else the
// pauses would grow.
func cutAtManyBytes(t *testing.T, c *cluster.Cluster) {
	w := newWire(t, c.ProxyURL())
	s := begin(t, c, setup{url: w.URL(), timeout: 3 * time.Second})
	const cuts = 24
	for i := range int64(cuts) {
		n := 3000 + i*137
		if i%8 == 0 {
			n = i * i / 2
		}
		w.CutNext(n, cluster.End(i%2))
	}
	before := w.Counts().Accepted
	w.Cut(cluster.RST)
	stop := s.churn()
	eventually(t, func() error {
		if n := w.Counts().Accepted - before; n <= cuts {
			return fmt.Errorf("%d connections", n)
		}
		return nil
	})
	stop()
	s.judge(0)
	s.close()
	s.library.Close()
	eventually(t, func() error {
		if n := w.Counts().Open; n > 0 {
			return fmt.Errorf("%d connections are left", n)
		}
		return nil
	})
}

func killedProxy(t *testing.T, c *cluster.Cluster) {
	p := proxy(t, c)
	s := begin(t, c, setup{url: p.URL(), timeout: 3 * time.Second})
	stop := s.churn()
	for range 3 {
		do(t, c.Kill(p.Part()))
		s.live(false)
		do(t, c.Restart(t.Context(), p.Part()))
		s.live(true)
	}
	stop()
	s.judge(0)
}

// slack is what a busy machine may add to a bound.
const slack = 1500 * time.Millisecond

func frozenProxy(t *testing.T, c *cluster.Cluster) {
	p := proxy(t, c)
	s := begin(t, c, setup{url: p.URL(), timeout: time.Second})
	stop := s.churn()
	eventually(t, func() error { return opened(s, 2) })
	do(t, c.Freeze(p.Part()))
	defer c.Thaw(p.Part())
	if took := s.live(false); took > 2*time.Second+slack {
		t.Errorf("that the proxy is frozen was noticed after %v", took)
	}
	do(t, c.Thaw(p.Part()))
	s.live(true)
	stop()
	s.judge(0)
}

// unreachableServer has the proxy answer for the server.
func unreachableServer(t *testing.T, c *cluster.Cluster) {
	server := strings.TrimPrefix(newTruth(t, c).base, "https://")
	w := newWire(t, server)
	p := proxy(t, c, "--server="+strings.Replace(w.URL(), "http:", "https:", 1))
	s := begin(t, c, setup{url: p.URL(), timeout: 3 * time.Second})
	s.burst(10)
	do(t, w.Refuse())
	w.Cut(cluster.RST)
	s.live(false)
	for who, status := range map[string]func() watch.Status{"watcher": s.watcher.Status, "mirror": s.mirror.Status} {
		eventually(t, func() error {
			var e *kube.APIError
			if err := status().Err; !errors.As(err, &e) || e.Code != http.StatusInternalServerError || !strings.Contains(e.Message, "refused") {
				return fmt.Errorf("%s: the error is %v", who, err)
			}
			return nil
		})
	}
	s.burst(30)
	do(t, w.Accept())
	s.live(true)
	s.judge(0)
}

// slowConsumer has a watcher of its own, whose bytes can be counted.
func slowConsumer(t *testing.T, c *cluster.Cluster) {
	const size, count, most = 200_000, 60, 8 << 20 // of bytes
	w := newWire(t, c.ProxyURL())
	s := prepare(t, c, setup{})
	slow, err := kube.NewCluster(kube.WithURL(w.URL()), kube.WithWatchTimeout(2*time.Second))
	do(t, err)
	defer slow.Close()
	s.apart = kube.ViewOf[items.Generic](slow, s.view.Kind()).In(s.ns)
	s.follow()
	before := w.Counts().Down
	releases := []func(){s.watched.hold(), s.subscribed.hold()}
	for i := range count {
		s.put(fmt.Sprintf("big-%d", i%4), size)
	}
	if n := w.Counts().Down - before; n > most {
		t.Errorf("%d of %d bytes were read for nobody", n, size*count)
	}
	for _, release := range releases {
		release()
	}
	s.judge(0)
}

func idle(t *testing.T, c *cluster.Cluster) {
	s := begin(t, c, setup{timeout: time.Second})
	s.burst(5)
	s.settle()
	events, streams := s.watched.len(), s.watcher.Status().Streams
	eventually(t, func() error { return opened(s, streams+4) })
	if more := s.watched.since(events); len(more) > 0 {
		t.Errorf("nothing happened, and %+v was told", more)
	}
	begun := time.Now()
	s.put("late", 0)
	s.settle()
	if took := time.Since(begun); took > 2*time.Second+slack {
		t.Errorf("a change was told after %v", took)
	}
	s.judge(0)
}

// checkpoints resumes from each place that a watcher has been at.
func checkpoints(t *testing.T, c *cluster.Cluster) {
	s := prepare(t, c, setup{timeout: 3 * time.Second})
	for _, start := range []watch.Start{watch.FromVersion("0"), watch.FromVersion("")} {
		if _, err := s.view.Watch(t.Context(), start); !errors.As(err, new(*kube.ArgumentError)) {
			t.Errorf("a watch from any version: %v", err)
		}
	}
	for _, name := range []string{"z", "a", "y", "b"} { // their versions are not in the order of the names
		s.put(name, 0)
	}
	w, err := s.view.Watch(t.Context(), watch.StateFirst())
	do(t, err)
	defer w.Close()
	next := func(w *watch.Watcher[items.Generic]) told {
		t.Helper()
		event, err := w.Next(t.Context())
		do(t, err)
		if event.Type == watch.Synced {
			return told{how: event.Type}
		}
		return told{how: event.Type, name: event.Item.Name(), at: revisionOf(event.Item)}
	}
	for next(w).how != watch.Synced {
		if at := w.Checkpoint(); !at.IsZero() || w.Version() != "" {
			t.Errorf("within the state, the checkpoint is %v", at)
		}
	}
	places, tells := []watch.Checkpoint{w.Checkpoint()}, []told{}
	s.burst(12)
	s.put("end", 0)
	for len(tells) == 0 || tells[len(tells)-1].name != "end" {
		tells = append(tells, next(w))
		places = append(places, w.Checkpoint())
	}
	for i, place := range places[:len(tells)] {
		again, err := s.view.Watch(t.Context(), watch.FromCheckpoint(place))
		do(t, err)
		for j, want := range tells[i:] {
			if got := next(again); got != want {
				t.Errorf("event %d from checkpoint %d: %+v, want %+v", j, i, got, want)
			}
		}
		again.Close()
	}
}

func cutInitialList(t *testing.T, c *cluster.Cluster) {
	s := prepare(t, c, setup{})
	for i := range 25 {
		s.put(fmt.Sprintf("object-%d", i), 2000)
	}
	want, _ := s.to.list(t, s.path)
	w := newWire(t, c.ProxyURL())
	for i := range int64(14) {
		how := cluster.End(i % 2)
		s.cutWatch(w, i*4500, how, want)
		s.cutMirror(w, i*4500, how, want)
	}
}

// through is the view through a wire, over connections of its own.
func (s *scenario) through(w *cluster.Wire) (view views.View[items.Generic], end func()) {
	s.t.Helper()
	library, err := kube.NewCluster(kube.WithURL(w.URL()))
	do(s.t, err)
	return kube.ViewOf[items.Generic](library, s.view.Kind()).In(s.ns), func() { library.Close() }
}

func (s *scenario) cutWatch(w *cluster.Wire, n int64, how cluster.End, want state) {
	s.t.Helper()
	view, end := s.through(w)
	defer end()
	w.CutNext(n, how)
	watcher, err := view.Watch(s.t.Context(), watch.StateFirst())
	do(s.t, err)
	defer watcher.Close()
	first := newConsumer("watcher", state{})
	for event, err := range watcher.All() {
		first.take(event, err)
		if event.Type == watch.Synced {
			break
		}
	}
	if err := errors.Join(append(first.faults, first.has(want))...); err != nil || first.len() != len(want)+1 {
		s.t.Errorf("cut at %d: %d events, %v", n, first.len(), err)
	}
}

func (s *scenario) cutMirror(w *cluster.Wire, n int64, how cluster.End, want state) {
	s.t.Helper()
	view, end := s.through(w)
	defer end()
	w.CutNext(n, how)
	mirror, err := view.Mirror(s.t.Context())
	do(s.t, err)
	defer mirror.Close()
	first, err := mirror.Wait(s.t.Context(), func(views.Snapshot[items.Generic]) bool { return true })
	do(s.t, err)
	if err := newConsumer("mirror", stateOf(first)).has(want); err != nil {
		s.t.Errorf("cut at %d: %v", n, err)
	}
}

func labelPatch(t *testing.T, c *cluster.Cluster) {
	s := begin(t, c, setup{narrow: func(v views.View[items.Generic]) views.View[items.Generic] {
		return v.Filter(views.Labels("app=a"))
	}})
	label := func(app string) answer {
		patch := map[string]any{"metadata": map[string]any{"labels": map[string]string{"app": app}}}
		return s.to.must(t, http.MethodPatch, s.path+"/one", patch, http.StatusOK)
	}
	first := s.put("one", 0)
	in, out := label("a").revision(), label("b").revision()
	back := label("a").revision()
	want := []told{
		{how: watch.Added, name: "one", at: in},
		{how: watch.Deleted, name: "one", at: out},
		{how: watch.Added, name: "one", at: back},
	}
	eventually(t, func() error {
		if got := s.watched.since(0); !slices.Equal(got, want) {
			return fmt.Errorf("it is told %+v, want %+v, of %v", got, want, first)
		}
		return s.subscribed.has(state{"one": back})
	})
	label("b")
	eventually(t, func() error { return newConsumer("mirror", stateOf(s.mirror.Snapshot())).has(state{}) })
	// What has left the selection is still to be found.
	item, err := s.view.Fetch(t.Context(), "one")
	do(t, err)
	if got := item.UID(); got != first.uid {
		t.Errorf("fetched is %v", item)
	}
}

func recreatedWhileCut(t *testing.T, c *cluster.Cluster) {
	w := newWire(t, c.ProxyURL())
	s := begin(t, c, setup{url: w.URL(), timeout: 3 * time.Second})
	old := s.put("twin", 0)
	s.settle()
	events := s.watched.len()
	w.Freeze()
	now := s.recreate("twin")
	w.Cut(cluster.RST)
	w.Thaw()
	s.judge(0)
	s.twins(s.watched.since(events), old, now)
}

// twins wants the old one deleted before the new one is added.
func (s *scenario) twins(events []told, old, now revision) {
	s.t.Helper()
	var got []string
	for _, e := range events {
		if e.name == "twin" {
			got = append(got, fmt.Sprint(e.how, " ", e.at.uid))
		}
	}
	if want := []string{"DELETED " + old.uid, "ADDED " + now.uid}; !slices.Equal(got, want) {
		s.t.Errorf("it is told %q, want %q", got, want)
	}
}
