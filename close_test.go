package kube

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// K02: whatever is under way ends with ErrClosed, at once and with nothing
// left: the bubble fails when a goroutine is.
func TestCloseEndsWhatIsUnderWayK02(t *testing.T) {
	for _, wait := range waits {
		for name, call := range calls {
			if name == "Label" && (wait.name == "pause after an answer" || wait.name == "pause after a fault") {
				continue // fails at once: it is not repeated
			}
			t.Run(wait.name+"/"+name, func(t *testing.T) {
				inLab(t, wait.handler, func(t *testing.T, l *lab) {
					l.refused = wait.refused
					got := make(chan error)
					start := time.Now()
					go func() { got <- call(t.Context(), l.Cluster) }()
					time.Sleep(10 * time.Millisecond) // virtual
					synctest.Wait()
					if err := l.Cluster.Close(); err != nil {
						t.Error(err)
					}
					if err := <-got; err != ErrClosed || time.Since(start) != 10*time.Millisecond {
						t.Errorf("got %v after %v", err, time.Since(start))
					}
				})
			})
		}
	}
}

// K02: a closed cluster refuses everything, and closing it again is fine.
func TestClosedK02(t *testing.T) {
	for name, closing := range map[string]func(*Cluster) error{
		"cluster": (*Cluster).Close,
		"proxy":   func(c *Cluster) error { return c.Proxy().Close() },
		"derived": func(c *Cluster) error { return c.Proxy().Query("a", "b").As(MergePatch).Close() },
	} {
		inLab(t, says(200, podText), func(t *testing.T, l *lab) {
			if err := calls["Get"](t.Context(), l.Cluster); err != nil {
				t.Fatal(err)
			}
			before := len(l.requests())
			pod, view := aPod(l.Cluster), l.Pods()
			for range 2 {
				if err := closing(l.Cluster); err != nil {
					t.Error(err)
				}
			}
			for call, f := range calls {
				if err := f(t.Context(), l.Cluster); err != ErrClosed {
					t.Errorf("%s, %s: %v", name, call, err)
				}
			}
			if _, err := pod.Fetch(t.Context()); err != ErrClosed {
				t.Errorf("%s: %v", name, err)
			}
			for _, err := range view.All(t.Context()) {
				if err != ErrClosed {
					t.Errorf("%s: %v", name, err)
				}
			}
			if _, err := l.Create(t.Context(), "", []byte(podText)); err != ErrClosed {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := l.Proxy().Watch(t.Context(), "api/v1/pods"); err != ErrClosed {
				t.Errorf("%s: %v", name, err)
			}
			if got := len(l.requests()); got != before {
				t.Errorf("%s: %d requests after", name, got-before)
			}
		})
	}
}

// K02: a list that is being read ends, also where its items come no more.
func TestCloseEndsAList(t *testing.T) {
	open := silent(podsText[:len(podsText)-2] + ",")
	inLab(t, open, func(t *testing.T, l *lab) {
		n := 0
		for _, err := range l.Pods().All(t.Context()) {
			if n++; n == 1 {
				if err != nil {
					t.Error(err)
				}
				time.AfterFunc(time.Second, func() { l.Cluster.Close() })
			} else if err != ErrClosed {
				t.Errorf("got %v", err)
			}
		}
		if n != 2 {
			t.Errorf("%d pairs", n)
		}
	})
	inLab(t, open, func(t *testing.T, l *lab) {
		time.AfterFunc(time.Second, func() { l.Cluster.Close() })
		if s, err := l.Pods().List(t.Context()); err != ErrClosed || s.Len() != 0 {
			t.Errorf("got %v", err)
		}
	})
}

const event = `{"type":"ADDED","object":{"kind":"Pod","metadata":{"name":"a"}}}` + "\n"

// K02: watches end with their cluster, whether anybody waits for them or not.
func TestCloseEndsWatchesK02(t *testing.T) {
	for _, handler := range []http.HandlerFunc{silent(""), silent(event), silent(event + event), text(503, "x"), cut("")} {
		inLab(t, handler, func(t *testing.T, l *lab) {
			waiting, err := l.Proxy().Watch(t.Context(), "api/v1/pods")
			if err != nil {
				t.Fatal(err)
			}
			idle, err := l.Proxy().Watch(t.Context(), "api/v1/pods")
			if err != nil {
				t.Fatal(err)
			}
			time.AfterFunc(time.Millisecond, func() { l.Cluster.Close() })
			for err == nil {
				_, err = waiting.Next(t.Context())
			}
			if err != ErrClosed {
				t.Errorf("got %v", err)
			}
			synctest.Wait() // idle's goroutine is gone without its Close
			if _, err := idle.Next(t.Context()); err != ErrClosed {
				t.Errorf("got %v", err)
			}
			if idle.Close() != nil || waiting.Close() != nil {
				t.Error("closing failed")
			}
			if n := len(l.conn.t.live); n != 0 {
				t.Errorf("%d requests are under way", n)
			}
		})
	}
}

// Requests that end leave nothing behind in the transport.
func TestNothingStaysUnderWay(t *testing.T) {
	for _, handler := range []http.HandlerFunc{says(200, podText), says(200, podsText), text(404, "x"), cut(""), says(200, "{")} {
		inLab(t, handler, func(t *testing.T, l *lab) {
			for _, call := range calls {
				call(t.Context(), l.Cluster)
			}
			s, err := l.Proxy().Watch(t.Context(), "api/v1/pods")
			if err != nil {
				t.Fatal(err)
			}
			s.Next(t.Context())
			s.Close()
			if n := len(l.conn.t.live); n != 0 {
				t.Errorf("%d requests are under way", n)
			}
		}, WithRetries(1))
	}
}

// Closing while many use the cluster: over real connections, for the race
// detector.
func TestCloseAmidMany(t *testing.T) {
	srv := httptest.NewServer(says(200, podText))
	defer srv.Close()
	c, err := NewCluster(WithURL(srv.URL))
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for {
				_, err := c.Pods().In("ns").Fetch(context.Background(), "a")
				if err == nil {
					continue
				}
				if err != ErrClosed {
					t.Errorf("got %v", err)
				}
				return
			}
		})
	}
	all.Go(func() {
		for range 20 {
			if err := calls["Get"](t.Context(), c); err != nil {
				t.Error(err)
			}
		}
		c.Close()
	})
	all.Wait()
}
