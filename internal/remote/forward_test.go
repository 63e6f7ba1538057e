package remote

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/moby/spdystream"
	"github.com/moby/spdystream/spdy"

	"github.com/kubeviews/kube/internal/rest"
)

// pod is a kubelet made of spdystream, as the real one is: what it serves is a
// function of the port, the data stream and the error stream.
type pod struct {
	Target
	tunnels atomic.Int64
	mu      sync.Mutex
	open    []*websocket.Conn
}

func newPod(t testing.TB, serve1 func(port string, data, errs *spdystream.Stream)) *pod {
	p := &pod{}
	p.Target = serve(t, func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{protocolForward}})
		if err != nil {
			t.Error(err)
			return
		}
		p.tunnels.Add(1)
		p.mu.Lock()
		p.open = append(p.open, ws)
		p.mu.Unlock()
		conn, err := spdystream.NewConnection(websocket.NetConn(context.Background(), ws, websocket.MessageBinary), true)
		if err != nil {
			t.Error(err)
			return
		}
		var mu sync.Mutex
		waiting := map[string]*spdystream.Stream{}
		conn.Serve(func(s *spdystream.Stream) {
			_ = s.SendReply(http.Header{}, false)
			h := s.Headers()
			mu.Lock()
			defer mu.Unlock()
			id := h.Get("requestID")
			first := waiting[id] // spdystream keeps no order of streams
			if first == nil {
				waiting[id] = s
				return
			}
			if delete(waiting, id); h.Get("streamType") == "error" {
				s, first = first, s
			}
			go serve1(h.Get("port"), s, first)
		})
	})
	p.Target.Subresource = "portforward"
	return p
}

// cut breaks all tunnels without a word.
func (p *pod) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, ws := range p.open {
		_ = ws.CloseNow()
	}
	p.open = nil
}

// serving closes as a kubelet does: the error stream first.
func serving(f func(port string, data io.ReadWriter)) func(string, *spdystream.Stream, *spdystream.Stream) {
	return func(port string, data, errs *spdystream.Stream) {
		f(port, data)
		_ = errs.Close()
		_ = data.Close()
	}
}

var echoing = serving(func(_ string, data io.ReadWriter) { _, _ = io.Copy(data, data) })

func forward(t *testing.T, p *pod) *Forward {
	t.Helper()
	f, err := NewForward(t.Context(), p.Target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.Close()
		quiet(t)
	})
	return f
}

func dial(t *testing.T, f *Forward, port int) *Conn {
	t.Helper()
	c, err := f.Dial(t.Context(), port)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// TestForwardEchoR14 has many connections at once, and half closes.
func TestForwardEchoR14(t *testing.T) {
	f := forward(t, newPod(t, echoing))
	text := bytes.Repeat([]byte("x\x00\xff\n"), 1<<16)
	var all sync.WaitGroup
	for range 8 {
		c := dial(t, f, 80)
		all.Go(func() {
			all.Go(func() {
				_, err := c.Write(text)
				if err = errors.Join(err, c.CloseWrite()); err != nil {
					t.Error(err)
				}
			})
			got, err := io.ReadAll(c)
			if err != nil || !bytes.Equal(got, text) {
				t.Errorf("%d bytes, %v", len(got), err)
			}
			if _, err := c.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
				t.Errorf("behind the end: %v", err)
			}
		})
	}
	all.Wait()
}

// TestForwardReuseR14 counts tunnels.
func TestForwardReuseR14(t *testing.T) {
	p := newPod(t, echoing)
	f := forward(t, p)
	for range 5 {
		c := dial(t, f, 80)
		_, _ = c.Write([]byte("hello"))
		_ = c.CloseWrite()
		if got, err := io.ReadAll(c); string(got) != "hello" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		_ = c.Close()
		f.wait.Wait() // for the tunnel to be free
	}
	if n := p.tunnels.Load(); n != 1 {
		t.Errorf("five connections, one behind the other, took %d tunnels", n)
	}
}

// TestForwardRefusedR14 has the ways in which servers say that nothing listens.
func TestForwardRefusedR14(t *testing.T) {
	const text = "error forwarding port 81 to pod web-0: connection refused"
	for name, end := range map[string]func(data, errs *spdystream.Stream){
		"reset": func(data, errs *spdystream.Stream) {
			_, _ = io.WriteString(errs, text)
			_, _ = data.Reset(), errs.Reset()
		},
		"closed": func(data, errs *spdystream.Stream) {
			_, _ = io.WriteString(errs, text)
			_, _ = errs.Close(), data.Close()
		},
		"data closed first": func(data, errs *spdystream.Stream) {
			_ = data.Close()
			_, _ = io.WriteString(errs, text)
			_ = errs.Close()
		},
		"data stays open": func(data, errs *spdystream.Stream) {
			_, _ = io.WriteString(errs, text)
			_ = errs.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := forward(t, newPod(t, func(_ string, data, errs *spdystream.Stream) { end(data, errs) }))
			c := dial(t, f, 81)
			n, err := c.Read(make([]byte, 1))
			told, ok := errors.AsType[*rest.PortForwardError](err)
			if n != 0 || !ok || told.Port != 81 || told.Message != text || told.Pod != "web-0" {
				t.Errorf("%d bytes, %v", n, err)
			}
			for err = nil; err == nil; {
				_, err = c.Write([]byte("x"))
			}
			if !errors.As(err, new(*rest.PortForwardError)) {
				t.Errorf("writing: %v", err)
			}
		})
	}
}

func TestForwardResetR14(t *testing.T) {
	f := forward(t, newPod(t, func(_ string, data, errs *spdystream.Stream) {
		_, _ = io.WriteString(data, "hel")
		_, _ = data.Reset(), errs.Reset()
	}))
	got, err := io.ReadAll(dial(t, f, 80))
	if string(got) != "hel" || !errors.As(err, new(*rest.PortForwardError)) {
		t.Errorf("%q, %v", got, err)
	}
}

// TestForwardCutR14 breaks tunnels under connections, and dials anew.
func TestForwardCutR14(t *testing.T) {
	p := newPod(t, echoing)
	f := forward(t, p)
	used, idle := dial(t, f, 80), dial(t, f, 80)
	for _, c := range []*Conn{used, idle} {
		_, _ = c.Write([]byte("x"))
		if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	_ = idle.CloseWrite()
	_, _ = io.ReadAll(idle)
	_ = idle.Close()
	f.wait.Wait()
	p.cut()
	if n, err := used.Read(make([]byte, 1)); n != 0 || kind(err) != "cut" {
		t.Errorf("%d bytes, %v", n, err)
	}
	if _, err := used.Write([]byte("x")); kind(err) != "cut" {
		t.Error(err)
	}
	for range 3 {
		c := dial(t, f, 80)
		_, _ = c.Write([]byte("again"))
		_ = c.CloseWrite()
		if got, err := io.ReadAll(c); string(got) != "again" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
}

// TestForwardUnreadR14 has one connection that is not read while it is sent much.
func TestForwardUnreadR14(t *testing.T) {
	f := forward(t, newPod(t, serving(func(port string, data io.ReadWriter) {
		if port == "80" {
			_, _ = io.Copy(data, data)
			return
		}
		for part := make([]byte, chunk); ; {
			if _, err := data.Write(part); err != nil {
				return
			}
		}
	})))
	dial(t, f, 81)
	for range 3 {
		c := dial(t, f, 80)
		_, _ = c.Write([]byte("hello"))
		_ = c.CloseWrite()
		if got, err := io.ReadAll(c); string(got) != "hello" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
}

func TestForwardDeadlinesR14(t *testing.T) {
	f := forward(t, newPod(t, serving(func(_ string, data io.ReadWriter) {
		buffer := make([]byte, 1)
		_, _ = io.ReadFull(data, buffer)
		_, _ = data.Write(buffer)
		_, _ = io.Copy(io.Discard, data)
	})))
	c := dial(t, f, 80)
	past := time.Unix(1, 0)
	timeout := func(what string, err error) {
		t.Helper()
		late, ok := errors.AsType[net.Error](err)
		if !errors.Is(err, os.ErrDeadlineExceeded) || !ok || !late.Timeout() {
			t.Errorf("%s: %v", what, err)
		}
	}
	_ = c.SetDeadline(past)
	_, err := c.Read(make([]byte, 1))
	timeout("read", err)
	_, err = c.Write([]byte("x"))
	timeout("write", err)
	_ = c.SetDeadline(time.Time{})
	_ = c.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err = c.Read(make([]byte, 1))
	timeout("waiting", err)
	_ = c.SetReadDeadline(time.Now().Add(time.Hour))
	got := make(chan error)
	go func() {
		_, err := c.Read(make([]byte, 1))
		got <- err
	}()
	_ = c.SetReadDeadline(past) // while it may wait already
	timeout("moved", <-got)
	_ = c.SetReadDeadline(time.Time{})
	if _, err := c.Write([]byte("x")); err != nil {
		t.Error(err)
	}
	if n, err := c.Read(make([]byte, 2)); n != 1 || err != nil {
		t.Errorf("afterwards: %d, %v", n, err)
	}
	go func() {
		_, err := c.Read(make([]byte, 1))
		got <- err
	}()
	_ = c.Close()
	if err := <-got; !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed under a Read: %v", err)
	}
	if err := c.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed twice: %v", err)
	}
}

// TestForwardWrittenArrivesR14 closes right behind a Write.
func TestForwardWrittenArrivesR14(t *testing.T) {
	got := make(chan string, 1)
	f := forward(t, newPod(t, serving(func(_ string, data io.ReadWriter) {
		text, _ := io.ReadAll(data)
		got <- string(text)
	})))
	c := dial(t, f, 80)
	text := strings.Repeat("x", 1<<20)
	if _, err := c.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	if arrived := <-got; arrived != text {
		t.Errorf("%d bytes arrived", len(arrived))
	}
}

func TestForwardClosedR14(t *testing.T) {
	p := newPod(t, echoing)
	ctx, cancel := context.WithCancel(t.Context())
	f, err := NewForward(ctx, p.Target)
	if err != nil {
		t.Fatal(err)
	}
	c := dial(t, f, 80)
	over, end := context.WithCancel(t.Context())
	end()
	if _, err := f.Dial(over, 80); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that is over: %v", err)
	}
	cancel()
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled under a Read: %v", err)
	}
	quiet(t)
	f.Close()
	f.Close()
	if _, err := f.Dial(t.Context(), 80); err == nil {
		t.Error("a closed forward dials")
	}
}

// tape is what a server of SPDY says to the first connection of a client.
func tape(t testing.TB) []byte {
	return spoken(t,
		&spdy.SynReplyFrame{StreamId: 1, Headers: http.Header{}},
		&spdy.SynReplyFrame{StreamId: 3, Headers: http.Header{}},
		&spdy.PingFrame{Id: 2},
		&spdy.DataFrame{StreamId: 3, Data: []byte("hello")},
		&spdy.DataFrame{StreamId: 1, Flags: spdy.DataFlagFin},
		&spdy.DataFrame{StreamId: 3, Flags: spdy.DataFlagFin},
	)
}

// spoken are frames as they go over the wire.
func spoken(t testing.TB, frames ...spdy.Frame) []byte {
	var b bytes.Buffer
	framer, err := spdy.NewFramer(&b, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range frames {
		if err := framer.WriteFrame(f); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// said dials a server that says some bytes in messages of a size, and reads.
func said(t testing.TB, target Target) (string, error) {
	f, err := NewForward(t.Context(), target)
	if err != nil {
		return "", err
	}
	defer f.Close()
	c, err := f.Dial(t.Context(), 80)
	if err != nil {
		return "", err
	}
	defer c.Close()
	text, err := io.ReadAll(c)
	return string(text), err
}

// answering is a server that says some bytes when a stream has been opened, and
// ends, unless it is to stay.
func answering(t testing.TB, text func() []byte, stay bool) Target {
	return scripted(t, protocolForward, func(c net.Conn, r io.Reader) {
		_, _ = r.Read(make([]byte, 1))
		_, _ = c.Write(text())
		if !stay {
			_ = c.(*net.TCPConn).CloseWrite()
		}
		_, _ = io.Copy(io.Discard, r)
	})
}

// TestForwardTapeR14 cuts what the server says behind each byte, within messages
// of all sizes.
func TestForwardTapeR14(t *testing.T) {
	whole := tape(t)
	for n := range len(whole) + 1 {
		var text []byte
		size := n%7 + 1
		for rest := whole[:n]; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			text = append(text, frame(opBinary, rest[:min(size, len(rest))]...)...)
		}
		got, err := said(t, answering(t, func() []byte { return text }, n == len(whole)))
		if n == len(whole) {
			if err != nil || got != "hello" {
				t.Errorf("whole: %q, %v", got, err)
			}
			continue
		}
		if kind(err) != "cut" || !strings.HasPrefix("hello", got) {
			t.Errorf("cut behind %d bytes of %d: %q, %v", n, len(whole), got, err)
		}
	}
	quiet(t)
}

// TestForwardEarlyR14 has servers that send before they have replied, which Dial
// must not wait for: not even for the reply that never comes.
func TestForwardEarlyR14(t *testing.T) {
	reply := func(id spdy.StreamId) spdy.Frame { return &spdy.SynReplyFrame{StreamId: id, Headers: http.Header{}} }
	data := func(id spdy.StreamId, text string) spdy.Frame {
		return &spdy.DataFrame{StreamId: id, Data: []byte(text)}
	}
	last := func(id spdy.StreamId) spdy.Frame { return &spdy.DataFrame{StreamId: id, Flags: spdy.DataFlagFin} }
	for name, frames := range map[string][]spdy.Frame{
		"reply of the error stream behind": {reply(3), data(3, "hel"), reply(1), data(3, "lo"), last(1), last(3)},
		"reply of the data stream behind":  {reply(1), data(3, "hello"), reply(3), last(3), last(1)},
		"no reply":                         {data(3, "hello"), last(1), last(3)},
	} {
		t.Run(name, func(t *testing.T) {
			text := frame(opBinary, spoken(t, frames...)...)
			got, err := said(t, answering(t, func() []byte { return text }, true))
			if err != nil || got != "hello" {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	text := frame(opBinary, spoken(t, reply(3), data(3, "hello"), data(3, "x"))...)
	if _, err := said(t, answering(t, func() []byte { return text }, false)); kind(err) != "cut" {
		t.Errorf("cut behind early data: %v", err)
	}
}

func FuzzForward(f *testing.F) {
	whole := tape(f)
	f.Add(whole)
	f.Add(whole[:len(whole)-3])
	f.Add([]byte{0x80, 3, 0, 3, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 1})
	var says []byte
	target := answering(f, func() []byte { return frame(opBinary, says...) }, false)
	f.Fuzz(func(t *testing.T, text []byte) {
		says = text
		if _, err := said(t, target); err != nil && !errors.As(err, new(rest.Error)) {
			t.Errorf("%T (%v) is no error of the library", err, err)
		}
	})
}
