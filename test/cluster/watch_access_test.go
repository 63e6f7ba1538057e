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

func revoked(t *testing.T, c *cluster.Cluster) {
	const ns = "revokedf24"
	proxy := proxy(t, c, "--context="+cluster.Developer)
	s := prepare(t, c, setup{url: proxy.URL()})
	rule := cluster.Rule{Namespace: ns, Resource: "configmaps", Verbs: []string{"list", "watch"}}
	granted := grant(t, c, rule)
	s.follow()
	s.burst(5)
	s.settle()
	shown, _ := s.to.list(t, s.path)

	do(t, granted.Revoke(t.Context()))
	eventually(t, func() error { return forbidden(s.mirror.Status()) })
	eventually(t, func() error { return forbidden(s.watcher.Status()) })
	s.burst(10)
	if err := newConsumer("mirror", stateOf(s.mirror.Snapshot())).has(shown); err != nil {
		t.Errorf("without the right to look: %v", err)
	}
	eventually(t, func() error {
		for _, e := range s.watched.since(0) {
			if e.how == watch.Error && errors.As(e.err, new(*kube.ForbiddenError)) {
				return nil
			}
		}
		return fmt.Errorf("the watcher was not told: %+v", s.watched.since(0))
	})
	grant(t, c, rule)
	s.live(true)
	s.judge(0)
}

func forbidden(status watch.Status) error {
	if status.Live || !errors.As(status.Err, new(*kube.ForbiddenError)) {
		return fmt.Errorf("it is %+v", status)
	}
	return nil
}

// TestWatchAccess has a server with one place for requests, which ends watches when it
// is told to end.
func TestWatchAccess(t *testing.T) {
	t.Parallel()
	c := start(t, cluster.Options{Bare: true, Flags: map[cluster.Part][]string{cluster.APIServer: {
		"--enable-priority-and-fairness=false", "--max-requests-inflight=1", "--shutdown-watch-termination-grace-period=1s",
	}}})
	for _, row := range []row{{"OverloadF12", overload}, {"GracefulEndF06", gracefulEnd}} {
		t.Run(row.name, func(t *testing.T) { row.test(t, c) })
	}
}

// overload has a request wait for etcd in the one place that there is.
func overload(t *testing.T, c *cluster.Cluster) {
	proxy := proxy(t, c, "--context="+cluster.Developer)
	grant(t, c, cluster.Rule{Resource: "configmaps", Verbs: []string{"list", "watch"}})
	s := begin(t, c, setup{url: proxy.URL(), timeout: 2 * time.Second})
	s.burst(10)
	s.settle()
	do(t, c.Freeze(cluster.Etcd))
	defer c.Thaw(cluster.Etcd)
	held := make(chan error, 1)
	go func() { held <- holdPlace(t.Context(), proxy.URL()+configMaps) }()
	eventually(t, func() error { return refusedForNow(proxy.URL() + configMaps + "?resourceVersion=0") })
	late, err := s.view.Mirror(t.Context())
	do(t, err)
	defer late.Close()
	eventually(t, func() error {
		if status := late.Status(); !errors.As(status.Err, new(*kube.TooManyRequestsError)) {
			return fmt.Errorf("the late mirror is %+v", status)
		}
		return nil
	})
	do(t, c.Thaw(cluster.Etcd))
	if err := <-held; err != nil {
		t.Error(err)
	}
	stop := s.churn()
	s.live(true)
	stop()
	s.judge(0)
	eventually(t, func() error { return newConsumer("late mirror", stateOf(late.Snapshot())).has(s.there) })
}

func gracefulEnd(t *testing.T, c *cluster.Cluster) {
	s := begin(t, c, setup{timeout: 20 * time.Second})
	stop := s.churn()
	eventually(t, func() error {
		if s.watched.len() < 20 {
			return errors.New("too few events")
		}
		return nil
	})
	do(t, c.Terminate(cluster.APIServer))
	do(t, c.Wait(t.Context(), cluster.APIServer))
	s.live(false)
	do(t, c.Restart(t.Context(), cluster.APIServer))
	s.live(true)
	stop()
	s.judge(1)
}
