package cluster_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/test/cluster"
)

// TestWatchHistory has a server that forgets when etcd does.
func TestWatchHistory(t *testing.T) {
	t.Parallel()
	c := start(t, cluster.Options{Bare: true, Flags: map[cluster.Part][]string{
		cluster.APIServer: {"--watch-cache-sizes=secrets#0", "--feature-gates=ListFromCacheSnapshot=false"},
	}})
	for _, row := range []row{
		{"CompactedSecretsF07", compactedSecrets},
		{"ExpiredPageF09", expiredPage},
		{"RestoredBackupF10", restoredBackup},
	} {
		t.Run(row.name, func(t *testing.T) { row.test(t, c) })
	}
}

func compactedSecrets(t *testing.T, c *cluster.Cluster) {
	w := newWire(t, c.ProxyURL())
	s := begin(t, c, setup{url: w.URL(), kind: "secrets"})
	s.burst(10)
	s.settle()
	w.Freeze()
	s.burst(20)
	do(t, c.Compact(t.Context()))
	w.Cut(cluster.FIN)
	w.Thaw()
	s.judge(1)
	if gaps := s.watched.gaps(); len(gaps) != 1 || !errors.As(gaps[0].Err, new(*kube.ExpiredError)) {
		t.Errorf("the gaps are %v", gaps)
	}
}

// between stands before a proxy, and acts before each further page of a list, one
// after the other.
func between(t *testing.T, target string, act func()) (address string, pages *atomic.Int64) {
	t.Helper()
	to, err := url.Parse(target)
	do(t, err)
	pages = new(atomic.Int64)
	var one sync.Mutex
	forward := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("continue") != "" {
			one.Lock()
			pages.Add(1)
			act()
			one.Unlock()
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, pages
}

func expiredPage(t *testing.T, c *cluster.Cluster) {
	var s *scenario
	gone := 0
	write := func() { // what was on the first page
		s.delete(fmt.Sprintf("burst-%d", gone))
		gone++
	}
	address, pages := between(t, c.ProxyURL(), func() {
		write()
		if err := c.Compact(t.Context()); err != nil {
			t.Error(err)
		}
	})
	s = prepare(t, c, setup{url: address, options: []kube.Option{kube.WithPageSize(4)}})
	s.burst(10)
	for i := range 10 {
		s.put(fmt.Sprintf("object-%d", i), 0)
	}
	list, err := s.view.List(t.Context())
	do(t, err)
	want, version := s.to.list(t, s.path)
	if err := newConsumer("list", stateOf(list)).has(want); err != nil || pages.Load() == 0 {
		t.Errorf("after %d further pages: %v", pages.Load(), err)
	}
	if number(list.Version()) > number(version) {
		t.Errorf("the list is of version %s, and the server at %s", list.Version(), version)
	}

	all := 0
	for item, last := range s.view.All(t.Context()) {
		if err = last; err == nil && !item.IsZero() {
			all++
		}
	}
	if all != 4 || !errors.As(err, new(*kube.ExpiredError)) {
		t.Errorf("a list that is read while it comes has %d objects, and ends with %v", all, err)
	}

	// A mirror's and a watcher's first list, too.
	write = func() {}
	s.follow()
	s.burst(10)
	s.judge(0)
}

func restoredBackup(t *testing.T, c *cluster.Cluster) {
	s := begin(t, c, setup{})
	s.burst(10)
	for _, name := range []string{"kept", "lost", "twin"} {
		s.put(name, 0)
	}
	s.settle()
	backup, err := c.Backup(t.Context())
	do(t, err)
	s.delete("lost")
	s.recreate("twin")
	for i := range 130 {
		s.put(fmt.Sprintf("later-%d", i%40), 0)
	}
	s.judge(1)
	gaps := len(s.watched.gaps())

	do(t, c.Restore(t.Context(), backup))
	s.reset()
	s.live(true)
	s.burst(10)
	s.settle()
	for _, follower := range []*consumer{s.watched, s.subscribed} {
		all := follower.gaps()
		if last := all[len(all)-1]; len(all) != gaps+1 || !last.Rewound || number(last.To) >= number(last.From) {
			t.Errorf("%s: the gaps are %v", follower.who, all)
		}
		if err := errors.Join(follower.faults...); err != nil {
			t.Error(err)
		}
	}
	if err := s.shown.check(nil, s.begun, 1); err != nil {
		t.Error(err)
	}
	s.burst(10)
	s.settle()
}
