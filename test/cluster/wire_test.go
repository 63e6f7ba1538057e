package cluster_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kubeviews/kube/test/cluster"
)

// wireTo makes a wire to a server that does the same with each connection.
func wireTo(t *testing.T, serve func(net.Conn)) *cluster.Wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			group.Go(func() { defer conn.Close(); serve(conn) })
		}
	})
	w := newWire(t, listener.Addr().String())
	t.Cleanup(func() { w.Close(); listener.Close(); group.Wait() })
	return w
}

func newWire(t *testing.T, target string) *cluster.Wire {
	t.Helper()
	w, err := cluster.NewWire(target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func echoes(conn net.Conn) { _, _ = io.Copy(conn, conn) }

// says serves a text, once the client has said something, and ends in order.
func says(text string) func(net.Conn) {
	return func(conn net.Conn) {
		if _, err := io.ReadFull(conn, make([]byte, 1)); err == nil {
			_, _ = io.WriteString(conn, text)
		}
	}
}

func dial(t *testing.T, w *cluster.Wire) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func send(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
}

func receive(t *testing.T, conn net.Conn, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != want {
		t.Fatalf("received %q, %v, want %q", got, err, want)
	}
}

// ended reads to the end of a connection.
func ended(conn net.Conn) (string, error) {
	var text bytes.Buffer
	_, err := io.Copy(&text, conn)
	return text.String(), err
}

// silent checks that nothing comes for a moment.
func silent(t *testing.T, conn net.Conn) {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read %d bytes, %v, want silence", n, err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
}

func awaitCounts(t *testing.T, w *cluster.Wire, want cluster.WireCounts) {
	t.Helper()
	eventually(t, func() error {
		if got := w.Counts(); got != want {
			return fmt.Errorf("counts are %+v, want %+v", got, want)
		}
		return nil
	})
}

func TestWireForwardsAndCounts(t *testing.T) {
	t.Parallel()
	w := wireTo(t, echoes)
	one, two := dial(t, w), dial(t, w)
	send(t, one, "hello")
	receive(t, one, "hello")
	send(t, two, "you")
	receive(t, two, "you")
	awaitCounts(t, w, cluster.WireCounts{Accepted: 2, Open: 2, Up: 8, Down: 8})
	// An end passes like anything else, each direction on its own.
	if err := one.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if text, err := ended(one); text != "" || err != nil {
		t.Errorf("the end is %q, %v", text, err)
	}
	awaitCounts(t, w, cluster.WireCounts{Accepted: 2, Open: 1, Up: 8, Down: 8})
	if _, err := cluster.NewWire("nowhere"); err == nil {
		t.Error("a wire leads nowhere")
	}
}

func TestWireForwardsMuch(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("0123456789abcdef", 1<<16)
	w := wireTo(t, says(text))
	conn := dial(t, w)
	send(t, conn, "?")
	if got, err := ended(conn); got != text || err != nil {
		t.Errorf("received %d bytes, %v, want %d", len(got), err, len(text))
	}
}

func TestWireCutsAtEveryByte(t *testing.T) {
	t.Parallel()
	const text = "HTTP/1.1 200 OK"
	w := wireTo(t, says(text))
	for n := range len(text) + 2 {
		w.CutNext(int64(n), cluster.FIN)
		conn := dial(t, w)
		send(t, conn, "?")
		want := text[:min(n, len(text))]
		if got, err := ended(conn); got != want || err != nil {
			t.Errorf("cut at %d: received %q, %v, want %q", n, got, err, want)
		}
	}
	for n := range len(text) + 1 {
		w.CutNext(int64(n), cluster.RST)
		conn := dial(t, w)
		send(t, conn, "?")
		if got, err := ended(conn); !strings.HasPrefix(text[:n], got) || !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("reset at %d: received %q, %v", n, got, err)
		}
	}
}

func TestWireCutsNextEachAndNone(t *testing.T) {
	t.Parallel()
	w := wireTo(t, says("0123456789"))
	got := func() string {
		conn := dial(t, w)
		send(t, conn, "?")
		text, err := ended(conn)
		if err != nil {
			t.Error(err)
		}
		return text
	}
	w.CutEach(3, cluster.FIN)
	w.CutNext(1, cluster.FIN)
	w.CutNext(2, cluster.FIN)
	if texts := []string{got(), got(), got(), got()}; strings.Join(texts, " ") != "0 01 012 012" {
		t.Errorf("received %q", texts)
	}
	w.CutNext(1, cluster.FIN)
	w.CutNone()
	if text := got(); text != "0123456789" {
		t.Errorf("received %q", text)
	}
}

func TestWireCutsNow(t *testing.T) {
	t.Parallel()
	for how, want := range map[cluster.End]error{cluster.FIN: nil, cluster.RST: syscall.ECONNRESET} {
		servers := make(chan error, 2)
		w := wireTo(t, func(conn net.Conn) {
			_, err := io.Copy(conn, conn)
			servers <- err
		})
		one, two := dial(t, w), dial(t, w)
		for _, conn := range []net.Conn{one, two} {
			send(t, conn, "hello")
			receive(t, conn, "hello")
		}
		w.Cut(how)
		if open := w.Counts().Open; open != 0 {
			t.Errorf("%d connections are open", open)
		}
		for _, conn := range []net.Conn{one, two} {
			if text, err := ended(conn); text != "" || !errors.Is(err, want) {
				t.Errorf("the end is %q, %v, want %v", text, err, want)
			}
			<-servers // learns of it too
		}
		three := dial(t, w)
		send(t, three, "hello")
		receive(t, three, "hello")
	}
}

func TestWireFreezesAndThaws(t *testing.T) {
	t.Parallel()
	w := wireTo(t, echoes)
	old := dial(t, w)
	send(t, old, "hello")
	receive(t, old, "hello")
	w.Freeze()
	w.Freeze()
	fresh := dial(t, w)
	send(t, old, "old")
	send(t, fresh, "fresh")
	silent(t, old)
	silent(t, fresh)
	awaitCounts(t, w, cluster.WireCounts{Accepted: 2, Open: 2, Up: 5, Down: 5})
	w.Thaw()
	w.Thaw()
	receive(t, old, "old")
	receive(t, fresh, "fresh")

	w.Freeze()
	send(t, old, "lost")
	never := dial(t, w)
	send(t, never, "never")
	awaitCounts(t, w, cluster.WireCounts{Accepted: 3, Open: 3, Up: 13, Down: 13})
	w.Cut(cluster.FIN)
	for _, conn := range []net.Conn{old, fresh, never} {
		if text, err := ended(conn); text != "" || err != nil {
			t.Errorf("cut while frozen: %q, %v", text, err)
		}
	}
	awaitCounts(t, w, cluster.WireCounts{Accepted: 3, Up: 13, Down: 13})
}

func TestWireRefusesAndAccepts(t *testing.T) {
	t.Parallel()
	w := wireTo(t, echoes)
	old, url := dial(t, w), w.URL()
	send(t, old, "hello")
	receive(t, old, "hello")
	for range 2 {
		if err := w.Refuse(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := net.Dial("tcp", strings.TrimPrefix(url, "http://")); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dial says %v", err)
	}
	send(t, old, "still")
	receive(t, old, "still")
	for range 2 {
		if err := w.Accept(); err != nil {
			t.Fatal(err)
		}
	}
	fresh := dial(t, w)
	send(t, fresh, "hello")
	receive(t, fresh, "hello")
	if w.URL() != url {
		t.Errorf("the URL is %s, and was %s", w.URL(), url)
	}
}

func TestWireIsSlow(t *testing.T) {
	t.Parallel()
	const bound = 100 * time.Millisecond
	text := strings.Repeat("x", 1000)
	for name, slow := range map[string]func(*cluster.Wire){
		"delay":    func(w *cluster.Wire) { w.Delay(bound) },
		"throttle": func(w *cluster.Wire) { w.Throttle(int(time.Duration(len(text)) * time.Second / bound)) },
	} {
		w := wireTo(t, says(text))
		slow(w)
		conn := dial(t, w)
		begun := time.Now()
		send(t, conn, "?")
		if got, err := ended(conn); got != text || err != nil {
			t.Errorf("%s: received %d bytes, %v", name, len(got), err)
		}
		if took := time.Since(begun); took < bound {
			t.Errorf("%s: took %s, want %s at least", name, took, bound)
		}
	}
	w := wireTo(t, says(text))
	w.Delay(time.Hour)
	conn := dial(t, w)
	send(t, conn, "?")
	awaitCounts(t, w, cluster.WireCounts{Accepted: 1, Open: 1, Up: 1})
	w.Cut(cluster.FIN) // need not wait for the delay
	if got, err := ended(conn); got != "" || err != nil {
		t.Errorf("received %q, %v", got, err)
	}
}

func TestWireWithoutTarget(t *testing.T) {
	t.Parallel()
	w := newWire(t, "127.0.0.1:"+freePort(t))
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.URL(), "http://"))
	if err == nil { // the reset did not come before the dial was over
		defer conn.Close()
		_, err = ended(conn)
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("error is %v", err)
	}
}

func TestWireCloses(t *testing.T) {
	t.Parallel()
	w := wireTo(t, echoes)
	cut := dial(t, w)
	send(t, cut, "hello")
	receive(t, cut, "hello")
	w.Cut(cluster.FIN) // and cut is not closed
	open := dial(t, w)
	send(t, open, "hello")
	receive(t, open, "hello")
	w.Freeze()
	frozen := dial(t, w)
	send(t, frozen, "hello")
	awaitCounts(t, w, cluster.WireCounts{Accepted: 3, Open: 2, Up: 10, Down: 10})
	for range 2 {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, conn := range []net.Conn{open, frozen} {
		if _, err := ended(conn); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("the end is %v", err)
		}
	}
	if err := w.Accept(); err == nil {
		t.Error("a closed wire accepts")
	}
}

// TestWireFromManyGoroutines is for the race detector, and for what never ends.
func TestWireFromManyGoroutines(t *testing.T) {
	t.Parallel()
	w := wireTo(t, echoes)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 50 {
				conn, err := net.DialTimeout("tcp", strings.TrimPrefix(w.URL(), "http://"), 20*time.Millisecond)
				if err != nil {
					continue // it refuses, or closes just now
				}
				_ = conn.SetDeadline(time.Now().Add(5 * time.Millisecond))
				_, _ = io.WriteString(conn, "hello")
				_, _ = io.ReadFull(conn, make([]byte, 5))
				conn.Close()
			}
		})
	}
	for _, do := range []func(){
		w.Freeze, w.Thaw, w.CutNone, func() { w.Counts() },
		func() { w.Cut(cluster.FIN) }, func() { w.Cut(cluster.RST) },
		func() { w.CutNext(3, cluster.FIN) }, func() { w.CutEach(2, cluster.RST) },
		func() { w.Delay(time.Millisecond) }, func() { w.Throttle(1000) },
		func() { _ = w.Refuse() }, func() { _ = w.Accept() },
	} {
		group.Go(func() {
			for range 200 {
				do()
			}
		})
	}
	group.Wait()
	w.Thaw()
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if counts := w.Counts(); counts.Open != 0 {
		t.Errorf("left open: %+v", counts)
	}
}
