package remote

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moby/spdystream/spdy"

	"github.com/kubeviews/kube/internal/rest"
)

// piped is a connection whose other side is a function, in virtual time.
type piped struct {
	rest.Conn
	protocol string
	peer     func(*side)
	dials    *atomic.Int64
}

func (p piped) RoundTrip(r *http.Request) (*http.Response, error) {
	p.dials.Add(1)
	ours, theirs := net.Pipe()
	go func() {
		defer theirs.Close()
		p.peer(&side{Conn: theirs})
	}()
	context.AfterFunc(r.Context(), func() { _ = ours.Close() })
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	header := http.Header{}
	for name, value := range map[string]string{"Upgrade": "websocket", "Connection": "Upgrade",
		"Sec-WebSocket-Accept": base64.StdEncoding.EncodeToString(sum[:]), "Sec-WebSocket-Protocol": p.protocol} {
		header.Set(name, value)
	}
	return &http.Response{StatusCode: http.StatusSwitchingProtocols, Header: header, Body: ours, Request: r}, nil
}

func pipedTo(protocol string, peer func(*side)) Target {
	return Target{Conn: piped{protocol: protocol, peer: peer, dials: new(atomic.Int64)}, Subresource: "exec",
		Namespace: "shop", Pod: "web-0", Request: rest.Request{Verb: "GET", Path: "/x"}}
}

// side is the server's end.
type side struct{ net.Conn }

const (
	opPing = 9
	opPong = 10
)

// next reads a frame, of a client, which masks it.
func (s *side) next() (op byte, payload []byte, err error) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(s, head); err != nil {
		return 0, nil, err
	}
	size := int(head[1] & 0x7f)
	if more := map[int]int{126: 2, 127: 8}[size]; more > 0 {
		length := make([]byte, 8)
		if _, err := io.ReadFull(s, length[8-more:]); err != nil {
			return 0, nil, err
		}
		size = int(binary.BigEndian.Uint64(length))
	}
	text := make([]byte, 4+size)
	_, err = io.ReadFull(s, text)
	for i := range text[4:] {
		text[4+i] ^= text[i%4]
	}
	return head[0] & 0xf, text[4:], err
}

// serve answers pings, and reads all else, until a time, or the end.
func (s *side) serve(until <-chan time.Time) (input int) {
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-until:
			_ = s.SetReadDeadline(time.Unix(1, 0))
		case <-stop:
		}
	}()
	for {
		op, payload, err := s.next()
		if err != nil {
			close(stop)
			<-done
			_ = s.SetReadDeadline(time.Time{})
			return input
		}
		if op == opPing {
			s.say(frame(opPong, payload...))
		} else if len(payload) > 0 && payload[0] == chanStdin {
			input += len(payload) - 1
		}
	}
}

func (s *side) say(frames ...[]byte) { _, _ = s.Write(join(frames...)) }

// stand reads nothing until the other side is gone.
func (s *side) stand() {
	for {
		if _, err := s.Read(nil); err != nil {
			return
		}
		time.Sleep(time.Second) // somebody writes
	}
}

func (s *side) deaf() { _, _ = io.Copy(io.Discard, s) }

var ending = join(message(3, success), normal)

// bubble has virtual time, and lets the peers end.
func bubble(t *testing.T, f func(*testing.T)) {
	synctest.Test(t, func(t *testing.T) {
		f(t)
		time.Sleep(time.Minute)
	})
}

// isSilence tells the error of a side that does not answer.
func isSilence(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	_, unreachable := errors.AsType[*rest.UnreachableError](err)
	return ok && timeout.Timeout() && unreachable && strings.Contains(err.Error(), "said nothing for 1m0s")
}

type pausing struct{ d time.Duration }

func (w pausing) Write(p []byte) (int, error) {
	time.Sleep(w.d)
	return len(p), nil
}

// TestExecSilenceR04 has servers that stand still, and some that only seem to.
func TestExecSilenceR04(t *testing.T) {
	const hour = time.Hour
	input := func() io.Reader { return bytes.NewReader(make([]byte, 1<<20)) }
	for name, row := range map[string]struct {
		streams Streams
		peer    func(*side)
		after   time.Duration // of the end
		silent  bool
	}{
		"frozen":               {Streams{}, (*side).stand, patience, true},
		"answers no ping":      {Streams{}, (*side).deaf, patience, true},
		"frozen later":         {Streams{}, func(s *side) { s.serve(time.After(hour)); s.stand() }, hour + patience - pingEvery, true},
		"frozen in a message":  {Streams{}, func(s *side) { s.say(message(1, "hello")[:4]); s.deaf() }, patience, true},
		"frozen behind input":  {Streams{Stdin: strings.NewReader("in")}, func(s *side) { s.serve(time.After(hour)); s.stand() }, hour + patience - pingEvery, true},
		"has nothing to say":   {Streams{}, func(s *side) { s.serve(time.After(hour)); s.say(ending); s.deaf() }, hour, false},
		"speaks, and no pongs": {Streams{}, chatty, 50 * time.Second * 10, false},
		"frozen on input":      {Streams{Stdin: strings.NewReader("in")}, (*side).stand, patience, true},
		"frozen on much input": {Streams{Stdin: input()}, (*side).stand, excused, true},
		"does not read its input": {Streams{Stdin: input()}, func(s *side) {
			time.Sleep(excused - time.Minute)
			go func() { time.Sleep(time.Second); s.say(ending) }()
			s.serve(nil)
		}, excused - time.Minute, false},
		"is not read": {Streams{Stdout: pausing{hour}}, func(s *side) { s.say(message(1, "x"), ending); s.deaf() }, hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				begun := time.Now()
				err := Exec(t.Context(), pipedTo(protocolV5, row.peer), row.streams)
				if isSilence(err) != row.silent || !row.silent && err != nil {
					t.Errorf("the error is %v", err)
				}
				if took := time.Since(begun); took < row.after || took > row.after+pingEvery {
					t.Errorf("it ended after %v, want %v", took, row.after)
				}
			})
		})
	}
}

// chatty says something now and then, but answers no ping.
func chatty(s *side) {
	go s.deaf()
	for range 10 {
		time.Sleep(50 * time.Second)
		s.say(message(1, "x"))
	}
	s.say(ending)
}

// TestExecInputAllArrivesR04 counts what comes of an input that is taken late.
func TestExecInputAllArrivesR04(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const size = 1 << 20
		got := make(chan int, 1)
		target := pipedTo(protocolV5, func(s *side) {
			time.Sleep(excused - time.Minute)
			got <- s.serve(time.After(time.Minute))
			s.say(ending)
			s.deaf()
		})
		if err := Exec(t.Context(), target, Streams{Stdin: bytes.NewReader(make([]byte, size))}); err != nil || <-got != size {
			t.Error("input is lost", err)
		}
	})
}

// TestExecInputHeldR04 says how much of an input is read that nobody takes.
func TestExecInputHeldR04(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		input := bytes.NewReader(make([]byte, 1<<20))
		go func() {
			synctest.Wait()
			cancel()
		}()
		if err := Exec(ctx, pipedTo(protocolV5, (*side).stand), Streams{Stdin: input}); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if read := 1<<20 - input.Len(); read > 2*ahead+3*chunk {
			t.Errorf("%d bytes were read ahead", read)
		}
	})
}

// accepting answers the first two streams, says "hello", and then lets go on.
func accepting(t *testing.T, then func(*side)) func(*side) {
	var b bytes.Buffer
	framer, err := spdy.NewFramer(&b, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []spdy.Frame{
		&spdy.SynReplyFrame{StreamId: 1, Headers: http.Header{}},
		&spdy.SynReplyFrame{StreamId: 3, Headers: http.Header{}},
		&spdy.DataFrame{StreamId: 3, Data: []byte("hello")},
	} {
		if err := framer.WriteFrame(f); err != nil {
			t.Fatal(err)
		}
	}
	said := frame(opBinary, b.Bytes()...)
	return func(s *side) {
		for { // a tunnel that nobody uses is asked for signs of life too
			op, payload, err := s.next()
			if err != nil {
				return
			}
			if op != opPing {
				break
			}
			s.say(frame(opPong, payload...))
		}
		s.say(said)
		then(s)
	}
}

// node answers all pings, those in the tunnel too, which come in a message each. It
// wants its own to be answered.
func (s *side) node(t *testing.T) {
	ping, own := []byte{0x80, 3, 0, 6, 0, 0, 0, 4}, []byte{0, 0, 0, 2}
	s.say(frame(opBinary, append(ping, own...)...))
	for answered := false; ; {
		op, payload, err := s.next()
		switch {
		case err != nil:
			if !answered {
				t.Error("the server's ping was not answered")
			}
			return
		case op == opPing:
			s.say(frame(opPong, payload...))
		case !bytes.HasPrefix(payload, ping):
		case bytes.HasSuffix(payload, own):
			answered = true
		case payload[11]%2 == 0:
			t.Errorf("the client's ping has an id of the server: %x", payload)
		default:
			s.say(frame(opBinary, payload...))
		}
	}
}

// TestForwardSilenceR14 has a server that stands still behind "hello".
func TestForwardSilenceR14(t *testing.T) {
	for name, row := range map[string]struct {
		then   func(*side)
		silent bool
	}{
		"frozen":             {func(s *side) { s.serve(time.After(time.Minute)); s.stand() }, true},
		"answers no ping":    {func(s *side) { s.serve(time.After(time.Minute)); s.deaf() }, true},
		"the node is gone":   {func(s *side) { s.serve(nil) }, true}, // the API server answers pings
		"has nothing to say": {func(s *side) { s.node(t) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				f, err := NewForward(t.Context(), pipedTo(protocolForward, accepting(t, row.then)))
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				c, err := f.Dial(t.Context(), 80)
				if err != nil {
					t.Fatal(err)
				}
				_ = c.SetReadDeadline(time.Now().Add(time.Hour))
				begun := time.Now()
				got, err := io.ReadAll(c)
				if took := time.Since(begun); string(got) != "hello" || isSilence(err) != row.silent || took > time.Hour || row.silent && took > 3*time.Minute {
					t.Errorf("%q after %v, %v", got, took, err)
				}
			})
		})
	}
}

// TestForwardSilentWhileFreeR14 has the tunnel that nobody uses stand still.
func TestForwardSilentWhileFreeR14(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var peers atomic.Int64
		works := accepting(t, func(s *side) { s.serve(nil) })
		f, err := NewForward(t.Context(), pipedTo(protocolForward, func(s *side) {
			if peers.Add(1) == 1 {
				s.stand()
				return
			}
			works(s)
		}))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		time.Sleep(2 * patience)
		begun := time.Now()
		c, err := f.Dial(t.Context(), 80)
		if err != nil || time.Since(begun) > 0 || peers.Load() != 2 {
			t.Fatal(err, time.Since(begun), peers.Load())
		}
		_ = c.Close()
	})
}
