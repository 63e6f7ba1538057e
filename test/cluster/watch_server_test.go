package cluster_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/test/cluster"
	"github.com/kubeviews/kube/watch"
)

// TestWatchServer has what happens to the server, so that one comes after the other.
func TestWatchServer(t *testing.T) {
	t.Parallel()
	c := start(t, cluster.Options{Bare: true})
	for _, row := range []row{
		{"KilledServerF02", killedServer},
		{"FrozenServerF04", frozenServer},
		{"DownServerF05", downServer},
		{"TerminatedServerF06", terminatedServer},
		{"ForgottenVersionsF07", forgottenVersions},
		{"RecreatedInGapF18", recreatedInGap},
		{"FrozenEtcdF25", frozenEtcd},
	} {
		t.Run(row.name, func(t *testing.T) { row.test(t, c) })
	}
}

// killedServer comes back with a cache that begins anew, so that one gap is fine.
func killedServer(t *testing.T, c *cluster.Cluster) {
	s := begin(t, c, setup{})
	stop := s.churn()
	eventually(t, func() error { return opened(s, 2) })
	do(t, c.Kill(cluster.APIServer))
	s.live(false)
	do(t, c.Restart(t.Context(), cluster.APIServer))
	s.live(true)
	stop()
	s.judge(1)
}

// F04: a server that stands still is found out by the deadline of each watch.
func frozenServer(t *testing.T, c *cluster.Cluster) {
	s := begin(t, c, setup{})
	stop := s.churn()
	eventually(t, func() error { return opened(s, 2) })
	do(t, c.Freeze(cluster.APIServer))
	defer c.Thaw(cluster.APIServer)
	if took := s.live(false); took > 2*time.Second+slack {
		t.Errorf("that the server is frozen was noticed after %v", took)
	}
	do(t, c.Thaw(cluster.APIServer))
	s.live(true)
	stop()
	s.judge(0)
}

// downServer asks for no list while there is nobody to ask, and at most for one when
// there is.
func downServer(t *testing.T, c *cluster.Cluster) {
	s := begin(t, c, setup{})
	s.burst(20)
	s.settle()
	do(t, c.Kill(cluster.APIServer))
	s.live(false)
	kept := stateOf(s.mirror.Snapshot())
	do(t, c.Restart(t.Context(), cluster.APIServer))
	if lists := s.mirror.Status().Lists; lists > 2 {
		t.Errorf("%d lists", lists)
	}
	s.live(true)
	if err := newConsumer("mirror", stateOf(s.mirror.Snapshot())).has(kept); err != nil {
		t.Error(err)
	}
	s.burst(20)
	s.judge(1)
}

// terminatedServer takes a minute to end by itself: it waits for watches.
func terminatedServer(t *testing.T, c *cluster.Cluster) {
	s := begin(t, c, setup{})
	s.burst(10)
	do(t, c.Terminate(cluster.APIServer))
	s.live(false)
	do(t, c.Restart(t.Context(), cluster.APIServer))
	s.live(true)
	s.burst(10)
	s.judge(1)
}

// isolated is a scenario behind a frozen wire, and how to end that.
func isolated(t *testing.T, c *cluster.Cluster) (s *scenario, rejoin func()) {
	t.Helper()
	w := newWire(t, c.ProxyURL())
	s = begin(t, c, setup{url: w.URL()})
	s.burst(10)
	s.put("twin", 0)
	s.settle()
	w.Freeze()
	return s, func() { w.Cut(cluster.RST); w.Thaw() }
}

func forgottenVersions(t *testing.T, c *cluster.Cluster) {
	s, rejoin := isolated(t, c)
	s.burst(20)
	do(t, c.Forget(t.Context()))
	s.burst(20)
	rejoin()
	s.judge(1)
	for _, follower := range []*consumer{s.watched, s.subscribed} {
		gaps := follower.gaps()
		if len(gaps) != 1 || !errors.As(gaps[0].Err, new(*kube.ExpiredError)) || gaps[0].Partial || gaps[0].Rewound {
			t.Errorf("%s: the gaps are %+v", follower.who, gaps)
		}
	}
}

func recreatedInGap(t *testing.T, c *cluster.Cluster) {
	s, rejoin := isolated(t, c)
	events, old := s.watched.len(), s.there["twin"]
	now := s.recreate("twin")
	do(t, c.Forget(t.Context()))
	rejoin()
	s.judge(1)
	told := s.watched.since(events)
	s.twins(told, old, now)
	if told[0].how != watch.Missed {
		t.Errorf("it begins with %+v", told[0])
	}
}

func frozenEtcd(t *testing.T, c *cluster.Cluster) {
	s := begin(t, c, setup{options: []kube.Option{kube.WithTimeout(500 * time.Millisecond), kube.WithRetries(0)}})
	s.burst(10)
	s.settle()
	do(t, c.Freeze(cluster.Etcd))
	defer c.Thaw(cluster.Etcd)
	begun := time.Now()
	_, err := s.view.List(t.Context())
	if took := time.Since(begun); !errors.As(err, new(*kube.UnreachableError)) || took > 500*time.Millisecond+slack {
		t.Errorf("a list ends after %v with %v", took, err)
	}
	if err := newConsumer("mirror", stateOf(s.mirror.Snapshot())).has(s.there); err != nil {
		t.Error(err)
	}
	do(t, c.Thaw(cluster.Etcd))
	eventually(t, func() error {
		if _, err := s.view.List(t.Context()); err != nil {
			return fmt.Errorf("it does not recover: %w", err)
		}
		return nil
	})
	s.burst(10)
	s.judge(0)
}
