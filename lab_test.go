package kube

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
)

// lab is a cluster behind a network of pipes in memory, and the server at the
// other end. In a bubble of synctest its time is virtual, and the bubble fails
// the test when a goroutine of either is left.
type lab struct {
	*Cluster
	conns  chan net.Conn
	closed chan struct{}

	mu      sync.Mutex
	refused int // so many dials are refused first; -1 is all
	dials   int
	seen    []string // verb and path of each request
	bodies  []string
}

// inLab runs a test in a bubble, with a server that answers as handler says.
func inLab(t *testing.T, handler http.HandlerFunc, test func(*testing.T, *lab), options ...Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &lab{conns: make(chan net.Conn), closed: make(chan struct{})}
		c, err := NewCluster(options...)
		if err != nil {
			t.Fatal(err)
		}
		l.Cluster = c
		c.conn.t.pool.DialContext = l.dial
		srv := &http.Server{Handler: l.record(handler)}
		go srv.Serve(l)
		defer srv.Close()
		defer c.Close()
		test(t, l)
	})
}

func (l *lab) record(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		l.mu.Lock()
		l.seen = append(l.seen, r.Method+" "+r.URL.RequestURI())
		l.bodies = append(l.bodies, string(body))
		l.mu.Unlock()
		next(w, r)
	}
}

func (l *lab) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	l.mu.Lock()
	l.dials++
	refuse := l.refused < 0 || l.dials <= l.refused
	l.mu.Unlock()
	if refuse {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	near, far := net.Pipe()
	select {
	case l.conns <- far:
		return near, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept makes the lab a net.Listener.
func (l *lab) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *lab) Close() error {
	close(l.closed)
	return nil
}

func (l *lab) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// requests returns what the server has seen.
func (l *lab) requests() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.seen...)
}

// answering serves handlers in order, the last again and again.
func answering(handlers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		h := handlers[0]
		if len(handlers) > 1 {
			handlers = handlers[1:]
		}
		mu.Unlock()
		h(w, r)
	}
}

// says answers with a code, headers ("Name: value") and a body.
func says(code int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(code)
		io.WriteString(w, body)
	}
}

// text answers as a proxy does that has no Status to show.
func text(code int, body string) http.HandlerFunc {
	return says(code, body, "Content-Type: text/plain; charset=utf-8")
}

// cut breaks the connection after a part of an answer.
func cut(part string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if part != "" {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, part)
			http.NewResponseController(w).Flush()
		}
		panic(http.ErrAbortHandler)
	}
}

// silent takes the request, sends a part of an answer, and then nothing.
func silent(part string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if part != "" {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, part)
			http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
	}
}

const podText = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","namespace":"ns","uid":"u","resourceVersion":"7"},"spec":{"containers":[]}}`

const podsText = `{"apiVersion":"v1","kind":"PodList","metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"a","namespace":"ns"}}]}`

const overloaded = `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"too many","reason":"TooManyRequests","details":{"retryAfterSeconds":1},"code":429}`

// aPod is an item of the cluster that no request has made.
func aPod(c *Cluster) items.Pod {
	doc, _ := raw.Parse([]byte(podText))
	kind, _ := kinds.Builtin().Lookup("Pod")
	return items.New[items.Pod](items.NewOrigin(c.conn, kind, "v1"), doc)
}

// at returns a cluster for a real server, which is not tried twice.
func at(t *testing.T, handler http.HandlerFunc, options ...Option) *Cluster {
	t.Helper()
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	c, err := NewCluster(append([]Option{WithURL(srv.URL), WithRetries(0)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}
