package cluster_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/test/cluster"
	"github.com/kubeviews/kube/views"
	"github.com/kubeviews/kube/watch"
)

// A setup says how a scenario differs from a watcher and a mirror of ConfigMaps
// through kubectl proxy.
type setup struct {
	url     string        // of the proxy, or what is in front of it
	kind    string        // its plural
	timeout time.Duration // of watches
	options []kube.Option
	start   []watch.Start
	narrow  func(views.View[items.Generic]) views.View[items.Generic]
}

// A scenario is one namespace, in which a writer writes past the library, and who
// follows it through the library: a watcher, a mirror, and a subscriber of the mirror.
type scenario struct {
	*writer
	c       *cluster.Cluster
	ns      string
	library *kube.Cluster
	view    views.View[items.Generic]
	apart   views.View[items.Generic] // of the watcher
	watcher *watch.Watcher[items.Generic]
	mirror  *views.Mirror[items.Generic]
	begun   string // the version at which all of them were there
	lists   map[string]int64

	watched, subscribed *consumer
	shown               *looks
	close               func()
}

// prepare makes the namespace and the view; nobody follows yet.
func prepare(t *testing.T, c *cluster.Cluster, s setup) *scenario {
	t.Helper()
	to := newTruth(t, c)
	ns := strings.ToLower(strings.ReplaceAll(t.Name()[strings.LastIndex(t.Name(), "/")+1:], "_", "-"))
	to.must(t, http.MethodPost, "/api/v1/namespaces", map[string]any{"metadata": map[string]string{"name": ns}}, http.StatusCreated)
	kind, err := kinds.Builtin().Lookup(cmp.Or(s.kind, "configmaps"))
	if s.kind == "widgets" {
		kind, err = widgetKind()
	}
	if err != nil {
		t.Fatal(err)
	}
	library, err := kube.NewCluster(append([]kube.Option{
		kube.WithURL(cmp.Or(s.url, c.ProxyURL())), kube.WithWatchTimeout(cmp.Or(s.timeout, time.Second)),
	}, s.options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { library.Close() })
	path := "/" + kind.APIPaths()[0] + "/namespaces/" + ns + "/" + kind.Resource()
	made := &scenario{
		writer: &writer{t: t, to: to, path: path, there: state{}},
		c:      c, ns: ns, library: library, view: kube.ViewOf[items.Generic](library, kind).In(ns),
	}
	if s.narrow != nil {
		made.view = s.narrow(made.view)
	}
	made.apart = made.view
	return made
}

// begin is prepare, and then all follow.
func begin(t *testing.T, c *cluster.Cluster, s setup) *scenario {
	t.Helper()
	made := prepare(t, c, s)
	made.follow(s.start...)
	return made
}

// follow starts the watcher, the mirror and its subscriber.
func (s *scenario) follow(start ...watch.Start) {
	s.t.Helper()
	known, begun := s.to.list(s.t, s.path)
	var err error
	if s.mirror, err = s.view.Mirror(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	if s.watcher, err = s.apart.Watch(s.t.Context(), start...); err != nil {
		s.t.Fatal(err)
	}
	s.synced()
	s.begun, s.writes, s.lists = begun, nil, map[string]int64{}
	for who, status := range s.status() {
		s.lists[who] = status.Lists
	}
	if len(start) > 0 {
		known = nil // it is told, too
	}
	s.watched, s.subscribed, s.shown = newConsumer("watcher", known), newConsumer("subscriber", nil), &looks{}
	if known == nil {
		s.watched.state = state{}
	}
	s.subscribed.state = state{}
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.t.Context()))
	var all sync.WaitGroup
	all.Go(func() { s.watched.consume(s.watcher.All()) })
	all.Go(func() { s.subscribed.consume(s.mirror.ChangesSince(ctx, views.Snapshot[items.Generic]{})) })
	all.Go(func() {
		_, _ = s.mirror.Wait(ctx, func(now views.Snapshot[items.Generic]) bool { s.shown.add(now); return false })
	})
	s.close = sync.OnceFunc(func() {
		s.watcher.Close()
		s.mirror.Close()
		cancel()
		all.Wait()
	})
	s.t.Cleanup(s.close)
}

func (s *scenario) synced() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	eventually(s.t, func() error { return s.mirror.Synced(ctx) })
}

// settle waits until all who follow know what is true now.
func (s *scenario) settle() {
	s.t.Helper()
	s.put("end", 0)
	want, _ := s.to.list(s.t, s.path)
	eventually(s.t, func() error { return s.watched.has(want) })
	eventually(s.t, func() error { return s.subscribed.has(want) })
	snapshot := newConsumer("mirror", stateOf(s.mirror.Snapshot()))
	if err := snapshot.has(want); err != nil {
		s.t.Fatal(err)
	}
}

// judge settles and then checks all promises. Each of the two may have relisted so
// often.
func (s *scenario) judge(gaps int) {
	s.t.Helper()
	s.settle()
	s.t.Logf("%d writes; watcher %+v; mirror %+v; %d events, %d looks", len(s.writes), s.watcher.Status(), s.mirror.Status(), s.watched.len(), s.shown.len())
	rewinds := 0
	for _, c := range []*consumer{s.watched, s.subscribed} {
		if err := c.account(s.writes); err != nil {
			s.t.Error(err)
		}
		found := slices.DeleteFunc(c.gaps(), s.isLag)
		if len(found) > gaps {
			s.t.Errorf("%s: %d gaps, want at most %d: %v", c.who, len(found), gaps, found)
		}
		for _, gap := range found {
			if gap.Rewound {
				rewinds++
			}
		}
	}
	if err := s.shown.check(s.writes, s.begun, rewinds); err != nil {
		s.t.Error(err)
	}
	for who, status := range s.status() {
		if relists := status.Lists - s.lists[who]; relists > int64(gaps) {
			s.t.Errorf("%s: %d further lists, want at most %d", who, relists, gaps)
		}
	}
}

// remembered is for how many events a mirror knows in which order they came.
const remembered = 256

// isLag reports whether a gap is of a subscriber that fell behind by more than its mirror
// remembers, as it may on a busy machine: by what the watcher was told of that time.
func (s *scenario) isLag(gap watch.Gap) bool {
	if !errors.Is(gap.Err, views.ErrSlow) || gap.Rewound {
		return false
	}
	missed := 0
	for _, e := range s.watched.since(0) {
		if e.name != "" && number(gap.From) < number(e.at.version) && number(e.at.version) <= number(gap.To) {
			missed++
		}
	}
	return missed > remembered
}

func (s *scenario) status() map[string]watch.Status {
	return map[string]watch.Status{"watcher": s.watcher.Status(), "mirror": s.mirror.Status()}
}

// live waits until both are, or are not, and returns how long that took.
func (s *scenario) live(want bool) time.Duration {
	s.t.Helper()
	begun := time.Now()
	eventually(s.t, func() error {
		for who, status := range s.status() {
			if status.Live != want {
				return fmt.Errorf("%s: %+v", who, status)
			}
		}
		return nil
	})
	return time.Since(begun)
}
