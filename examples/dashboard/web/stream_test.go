package web

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubeviews/kube/kubetest"
)

// A stream begins with a tick, tells of a change, and ends when its reader goes.
func TestStream(t *testing.T) {
	server := kubetest.NewServer(t)
	s := serve(t, server.URL(), "configmaps")
	ended := make(chan struct{}, 100)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.ServeHTTP(w, r)
		ended <- struct{}{}
	}))
	defer web.Close()
	const readers = 10
	ctx, cancel := context.WithCancel(t.Context())
	for range readers {
		request, _ := http.NewRequestWithContext(ctx, http.MethodGet, web.URL+"/stream", nil)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if got := response.Header.Get("Content-Type"); got != "text/event-stream" {
			t.Error(got)
		}
		wait(t, response.Body, `"seq":0`)
		defer wait(t, response.Body, `"seq":1`)
	}
	put(t, server, map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "a", "namespace": "default"}})
	t.Cleanup(func() {
		cancel()
		for range readers {
			select {
			case <-ended:
			case <-time.After(10 * time.Second):
				t.Fatal("a stream goes on without a reader")
			}
		}
	})
	lists := 0
	for _, r := range server.Requests() {
		if strings.HasSuffix(r.Path, "/configmaps") && r.Method == http.MethodGet {
			lists++
		}
	}
	if lists != 2 { // a list and a watch
		t.Errorf("config maps were asked for %d times", lists)
	}
}

func wait(t *testing.T, body io.Reader, what string) {
	t.Helper()
	var text strings.Builder
	part := make([]byte, 4096)
	for !strings.Contains(text.String(), what) {
		n, err := body.Read(part)
		if text.Write(part[:n]); err != nil {
			t.Errorf("waiting for %s: %v", what, err)
			return
		}
	}
}

// beatsOf are the times at which ticks are written in ten seconds, where
// each question for a change is answered so.
func beatsOf(t *testing.T, change func() <-chan struct{}) (beats []time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 9900*time.Millisecond)
	defer cancel()
	began := time.Now()
	beat(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/stream", nil), change, func() tick {
		if beats = append(beats, time.Since(began)); len(beats) > 100 {
			cancel()
		}
		return tick{}
	})
	return beats
}

// However much changes, a page is told so twice a second at most, and however little,
// every two seconds.
func TestStreamKeepsPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		always := make(chan struct{})
		close(always)
		if got := beatsOf(t, func() <-chan struct{} { return always }); len(got) != 20 || got[1] != quickest {
			t.Errorf("of a cluster that changes all the time: %v", got)
		}
		if got := beatsOf(t, func() <-chan struct{} { return nil }); !slices.Equal(got, []time.Duration{0, 2 * time.Second, 4 * time.Second, 6 * time.Second, 8 * time.Second}) {
			t.Errorf("of a cluster at rest: %v", got)
		}
		once := func() <-chan struct{} {
			c := make(chan struct{})
			time.AfterFunc(700*time.Millisecond, func() { close(c) })
			return c
		}
		if got := beatsOf(t, once); got[1] != 700*time.Millisecond {
			t.Errorf("of a change after the least pause: %v", got)
		}
	})
}

// one is a listener with a single connection.
type one struct{ connections chan net.Conn }

func (l one) Accept() (net.Conn, error) {
	if c, ok := <-l.connections; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}
func (l one) Close() error   { return nil }
func (l one) Addr() net.Addr { return &net.TCPAddr{} }

// Who reads no more, and keeps the connection, is let go.
func TestStreamEndsWithoutReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		l := one{make(chan net.Conn, 1)}
		l.connections <- theirs
		var ended time.Time
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			beat(w, r, func() <-chan struct{} { return nil }, func() tick { return tick{Seq: 7} })
			ended = time.Now()
		})}
		go func() { _ = server.Serve(l) }()
		if _, err := io.WriteString(ours, "GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		wait(t, ours, `"seq":7`)
		wait(t, ours, `"seq":7`)
		last := time.Now()
		time.Sleep(time.Minute) // virtual
		synctest.Wait()
		if lived := ended.Sub(last); lived < patient || lived > patient+slowest {
			t.Errorf("a stream that nobody reads ended after %s", lived)
		}
		_ = ours.Close()
		close(l.connections)
		_ = server.Close()
	})
}
