package items

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kubetest"
)

// upgrades is a connection that passes upgrades on.
type upgrades struct {
	rest.Conn
	pool   http.Transport
	server string
}

func (c *upgrades) Limits() rest.Limits { return rest.Limits{} }

func (c *upgrades) RoundTrip(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	out.URL.Host, out.Host = c.server, ""
	resp, err := c.pool.RoundTrip(out)
	if err != nil {
		return nil, rest.Unreachable(&rest.APIError{Verb: r.Method, URL: r.URL.Path, Err: err})
	}
	if rw, ok := resp.Body.(io.ReadWriteCloser); ok {
		context.AfterFunc(r.Context(), func() { _ = rw.Close() })
	}
	return resp, nil
}

// forwarding is a forward to a pod whose port 80 is an echo, and 81 is closed.
func forwarding(t *testing.T) (*kubetest.Server, *PortForward, context.CancelCauseFunc) {
	t.Helper()
	srv, err := kubetest.Start()
	if err != nil {
		t.Fatal(err)
	}
	type object = map[string]any
	for _, o := range []object{
		{"apiVersion": "v1", "kind": "Namespace", "metadata": object{"name": "shop"}},
		{"apiVersion": "v1", "kind": "Pod", "metadata": object{"name": "web-0", "namespace": "shop"},
			"spec": object{"nodeName": "node-0", "containers": []any{object{"name": "main", "image": "x"}}}},
	} {
		if _, err := srv.Put(o); err != nil {
			t.Fatal(err)
		}
	}
	srv.SetPort("shop", "web-0", 80, func(c net.Conn) { _, _ = io.Copy(c, c) })
	ctx, cancel := context.WithCancelCause(t.Context())
	conn := &upgrades{server: strings.TrimSuffix(strings.TrimPrefix(srv.URL(), "http://"), "/")}
	f, err := podAt(t, conn).PortForward(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = f.Close()
		cancel(nil)
		conn.pool.CloseIdleConnections()
		srv.Close()
		nothingRuns(t)
	})
	return srv, f, cancel
}

// nothingRuns waits until no goroutine of a listener or a forward is left.
func nothingRuns(t *testing.T) {
	t.Helper()
	buffer := make([]byte, 1<<20)
	for deadline := time.Now().Add(10 * time.Second); ; runtime.Gosched() {
		left := ""
		for g := range strings.SplitSeq(string(buffer[:runtime.Stack(buffer, true)]), "\n\n") {
			if strings.Contains(g, "items.(*PortListener)") || strings.Contains(g, "internal/remote.(*") {
				left = g
			}
		}
		if left == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("a goroutine is left:\n%s", left)
		}
	}
}

func listen(t *testing.T, f *PortForward, port int, options ...ListenOption) *PortListener {
	t.Helper()
	l, err := f.Listen("127.0.0.1:0", port, options...)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// client is a connection to a listener, through which a byte has gone and come.
func client(t *testing.T, l *PortListener) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if _, err := c.Write([]byte("x")); err != nil && l.port == 80 { // others may be refused by now
		t.Fatal(err)
	}
	if l.port == 80 {
		if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// ends wants the connection to end, by whatever end.
func ends(t *testing.T, c net.Conn) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	if n, err := c.Read(make([]byte, 1)); n != 0 || isTimeout(err) {
		t.Errorf("a connection of a closed listener: %d bytes, %v", n, err)
	}
}

func isTimeout(err error) bool {
	late, ok := errors.AsType[net.Error](err)
	return err == nil || ok && late.Timeout()
}

// TestListenAddressR14 has addresses that are refused before anything listens.
func TestListenAddressR14(t *testing.T) {
	_, f, _ := forwarding(t)
	for address, says := range map[string]string{
		"":                "host:port",
		"127.0.0.1":       "host:port",
		":0":              "OnAnyAddress",
		"0.0.0.0:0":       "OnAnyAddress",
		"[::]:0":          "OnAnyAddress",
		"192.0.2.1:0":     "OnAnyAddress",
		"example.com:0":   "OnAnyAddress",
		"127.0.0.1:99999": "nothing can listen",
		"127.0.0.1:x":     "nothing can listen",
	} {
		l, err := f.Listen(address, 80)
		if bad, ok := errors.AsType[*rest.ArgumentError](err); !ok || l != nil || bad.Arg != "address" || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", address, err)
		}
	}
	for _, port := range []int{-1, 0, 65536} {
		if _, err := f.Listen("127.0.0.1:0", port); !errors.As(err, new(*rest.ArgumentError)) {
			t.Errorf("port %d: %v", port, err)
		}
	}
	for _, address := range []string{"127.0.0.1:0", "127.1.2.3:0", "localhost:0", "LOCALHOST:0"} {
		l, err := f.Listen(address, 80, nil)
		if err != nil {
			t.Errorf("%q: %v", address, err)
			continue
		}
		if ip := l.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() {
			t.Errorf("%q listens at %v", address, ip)
		}
	}
	l := listen(t, f, 80)
	if _, err := f.Listen(l.Addr().String(), 80); !errors.As(err, new(*rest.ArgumentError)) || !errors.As(err, new(*net.OpError)) {
		t.Errorf("an address that is taken: %v", err)
	}
	exposed, err := f.Listen("0.0.0.0:0", 80, OnAnyAddress())
	if err != nil {
		t.Fatal(err)
	}
	client(t, exposed)
}

// TestListenCloseR14 closes while connections run.
func TestListenCloseR14(t *testing.T) {
	for how, end := range map[string]func(*PortForward, *PortListener, context.CancelCauseFunc) error{
		"listener": func(_ *PortForward, l *PortListener, _ context.CancelCauseFunc) error { return l.Close() },
		"forward":  func(f *PortForward, _ *PortListener, _ context.CancelCauseFunc) error { return f.Close() },
		"context": func(_ *PortForward, _ *PortListener, cancel context.CancelCauseFunc) error {
			cancel(errors.New("enough"))
			return nil
		},
	} {
		t.Run(how, func(t *testing.T) {
			_, f, cancel := forwarding(t)
			var told atomic.Int64
			l := listen(t, f, 80, OnError(func(error) { told.Add(1) }))
			conns := []net.Conn{client(t, l), client(t, l), client(t, l)}
			if err := end(f, l, cancel); err != nil {
				t.Error(err)
			}
			for _, c := range conns {
				ends(t, c)
			}
			nothingLeftOf(t, l, how)
			if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
				_ = c.Close()
				t.Error("it still listens")
			}
			if err := errors.Join(l.Close(), l.Close(), f.Close()); err != nil || told.Load() != 0 {
				t.Errorf("the end was told as %d failures, %v", told.Load(), err)
			}
			if _, err := f.Listen("127.0.0.1:0", 80); how == "forward" && !errors.As(err, new(*rest.ArgumentError)) {
				t.Errorf("a closed forward listens: %v", err)
			}
		})
	}
}

// nothingLeftOf waits for what the end of a context does in the background.
func nothingLeftOf(t *testing.T, l *PortListener, how string) {
	t.Helper()
	if how == "context" {
		l.wait.Wait()
	}
}

// TestListenCloseWhileDialingR14 closes under connections that have just come.
func TestListenCloseWhileDialingR14(t *testing.T) {
	_, f, _ := forwarding(t)
	for range 20 {
		l := listen(t, f, 80)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
					_, _ = c.Write([]byte("x"))
					_ = c.Close()
				}
			})
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		all.Wait()
	}
}

// TestListenErrorsR14 has connections fail behind the listener.
func TestListenErrorsR14(t *testing.T) {
	refused := func(t *testing.T, err error) {
		t.Helper()
		if e, ok := errors.AsType[*rest.PortForwardError](err); !ok || e.Port != 81 {
			t.Errorf("told: %v", err)
		}
	}
	failing := func(t *testing.T, l *PortListener) {
		t.Helper()
		if _, err := client(t, l).Read(make([]byte, 1)); err == nil || err == io.EOF {
			t.Errorf("the client takes it for an end: %v", err)
		}
	}
	t.Run("OnError", func(t *testing.T) {
		_, f, _ := forwarding(t)
		told := make(chan error, 3)
		l := listen(t, f, 81, OnError(func(err error) { told <- err }))
		for range 3 {
			failing(t, l)
			refused(t, <-told)
		}
		if err := l.Close(); err != nil {
			t.Errorf("told again: %v", err)
		}
	})
	for failures, says := range map[int]string{1: "port 81", 3: "kube: 3 connections have failed, the first: "} {
		t.Run(says, func(t *testing.T) {
			_, f, _ := forwarding(t)
			l := listen(t, f, 81)
			for range failures {
				failing(t, l)
			}
			l.awaitFailures(failures)
			err := l.Close()
			refused(t, err)
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("got %v, want %q", err, says)
			}
		})
	}
	t.Run("cut", func(t *testing.T) {
		srv, f, _ := forwarding(t)
		told := make(chan error, 1)
		l := listen(t, f, 80, OnError(func(err error) { told <- err }))
		c := client(t, l)
		srv.CutConnections()
		if n, err := c.Read(make([]byte, 1)); n != 0 || err == nil || err == io.EOF {
			t.Errorf("the client reads %d bytes, %v", n, err)
		}
		if err := <-told; !errors.As(err, new(*rest.UnreachableError)) {
			t.Errorf("told: %v", err)
		}
		client(t, l) // the next one works
	})
}

// awaitFailures waits: a client sees the end of its connection before it is told.
func (l *PortListener) awaitFailures(n int) {
	for {
		l.telling.Lock()
		failed := l.failed
		l.telling.Unlock()
		if failed >= n {
			return
		}
		runtime.Gosched()
	}
}

// full is a listener that cannot take a connection now and then.
type full struct {
	net.Listener
	fails atomic.Int64
}

var errFull = errors.New("too many open files")

func (l *full) Accept() (net.Conn, error) {
	if l.fails.Add(-1) >= 0 {
		return nil, errFull
	}
	return l.Listener.Accept()
}

// TestListenAcceptFailsR14 wants a listener to tell, and go on.
func TestListenAcceptFailsR14(t *testing.T) {
	_, f, cancel := forwarding(t)
	taking := func(fails int64) (*PortListener, chan error) {
		local, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		told := make(chan error, 10)
		l := &PortListener{forward: f, port: 80, local: &full{Listener: local}, conns: map[net.Conn]struct{}{}, tell: func(err error) { told <- err }}
		l.local.(*full).fails.Store(fails)
		l.ending = context.AfterFunc(f.forward.Context(), l.end)
		l.wait.Go(l.accept)
		return l, told
	}
	l, told := taking(2)
	for range 2 {
		if err := <-told; !errors.Is(err, errFull) {
			t.Error(err)
		}
	}
	client(t, l)
	if err := l.Close(); err != nil || len(told) > 0 {
		t.Errorf("%d failures, %v", len(told), err)
	}
	l, told = taking(1 << 60)
	<-told
	cancel(nil)
	l.wait.Wait()
	if n := l.local.(*full).fails.Load(); n < 1<<60-10 {
		t.Errorf("it tried %d times at once", 1<<60-n)
	}
}

// TestNoPortListenerR04 closes listeners that never listened.
func TestNoPortListenerR04(t *testing.T) {
	for _, l := range []*PortListener{nil, {}} {
		if err := l.Close(); err != nil || l.Addr() != nil {
			t.Error(err, l.Addr())
		}
	}
}
