package remote

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/moby/spdystream/spdy"

	"github.com/kubeviews/kube/internal/rest"
)

const protocolForward = "SPDY/3.1+portforward.k8s.io"

// A Tunnel is a WebSocket that carries SPDY: to one pod, and one connection at a
// time. SPDY's own flow control is not spoken by Kubernetes, so that of two
// connections, the one that is not read would stop the other.
type Tunnel struct {
	target Target
	ctx    context.Context // the life of the socket
	socket *socket
	reader *messages
	writer *bufio.Writer
	framer *spdy.Framer
	ear    *hearing
	pings  pings
	asap   chan struct{}  // asks for pings
	wait   sync.WaitGroup // for the goroutines

	out  chan spdy.Frame // to the goroutine that writes
	done chan struct{}   // closed when the tunnel is dead

	mu     sync.Mutex
	err    error // why it is dead
	last   bool  // the server wants no more streams
	nextID spdy.StreamId
	conn   *Conn // the present one, or nil
}

// Open makes a tunnel that lives until it is closed, or ctx is done.
func Open(ctx context.Context, t Target) (*Tunnel, error) {
	socket, err := t.dial(ctx, protocolForward)
	if err != nil {
		return nil, err
	}
	tunnel := &Tunnel{target: t, ctx: ctx, socket: socket, nextID: 1,
		out: make(chan spdy.Frame), done: make(chan struct{}), asap: make(chan struct{}, 1)}
	silent := context.WithoutCancel(ctx) // the end of ctx closes the socket itself
	tunnel.ear = newHearing(func() { tunnel.kill(errNoAnswer) })
	tunnel.reader = &messages{ctx: silent, socket: socket, ear: tunnel.ear}
	tunnel.writer = bufio.NewWriterSize(sender{silent, socket}, chunk+64)
	if tunnel.framer, err = spdy.NewFramer(tunnel.writer, bufio.NewReaderSize(tunnel.reader, chunk)); err != nil {
		socket.end()
		return nil, t.broken(ctx, "", err)
	}
	tunnel.wait.Go(tunnel.read)
	tunnel.wait.Go(tunnel.write)
	tunnel.wait.Go(tunnel.pulse)
	return tunnel, nil
}

// Close ends the tunnel and all in it at once, and waits for its goroutines.
func (t *Tunnel) Close() {
	t.kill(errClosed)
	t.wait.Wait()
	t.socket.end()
}

// Done is closed when the tunnel has ended, by whomever.
func (t *Tunnel) Done() <-chan struct{} { return t.done }

// kill ends the tunnel. The first cause counts.
func (t *Tunnel) kill(err error) {
	t.mu.Lock()
	dead := isDone(t.done)
	if !dead {
		t.err = err
		close(t.done)
	}
	t.mu.Unlock()
	if !dead {
		_ = t.socket.CloseNow()
	}
}

// fault is why the tunnel is dead, as an error of the library.
func (t *Tunnel) fault() error {
	t.mu.Lock()
	err := t.err
	t.mu.Unlock()
	return t.target.broken(t.ctx, "the port forward's tunnel broke", err)
}

// write is the goroutine that writes, so that who hands out a frame can stop
// waiting without breaking another one.
func (t *Tunnel) write() {
	for {
		select {
		case <-t.done:
			return
		case frame := <-t.out:
			err := t.framer.WriteFrame(frame)
			if err == nil {
				err = t.writer.Flush()
			}
			if err != nil {
				t.kill(err)
				return
			}
		}
	}
}

// send hands a frame to the goroutine that writes.
func (t *Tunnel) send(frame spdy.Frame) {
	select {
	case t.out <- frame:
	case <-t.done:
	}
}

// read is the goroutine that reads, until the tunnel is dead.
func (t *Tunnel) read() {
	for {
		frame, err := t.framer.ReadFrame()
		if err == nil {
			err = t.take(frame)
		}
		if err != nil {
			t.kill(err)
			return
		}
	}
}

// take handles one frame of the server's.
func (t *Tunnel) take(frame spdy.Frame) error {
	switch f := frame.(type) {
	case *spdy.SynReplyFrame:
		t.stream(f.StreamId).replied(f.CFHeader.Flags&spdy.ControlFlagFin != 0)
	case *spdy.DataFrame:
		s := t.stream(f.StreamId)
		t.begun(s)
		s.deliver(f.Data, t.done)
		if f.Flags&spdy.DataFlagFin != 0 {
			s.finish(nil)
		}
	case *spdy.RstStreamFrame:
		t.stream(f.StreamId).finish(fmt.Errorf("the server reset the stream: status %d", f.Status))
	case *spdy.PingFrame:
		if f.Id%2 == 0 { // the server's own
			t.send(f)
		} else {
			t.ear.answered(t.pings.answer(f.Id))
		}
	case *spdy.GoAwayFrame:
		t.mu.Lock()
		t.last = true
		t.mu.Unlock()
	case *spdy.SynStreamFrame:
		return errors.New("the server opened a stream")
	}
	return nil // others change nothing
}

// stream is the one of an id; of another than the present connection's, one that
// nobody looks at.
func (t *Tunnel) stream(id spdy.StreamId) *stream {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.conn != nil {
		for _, s := range []*stream{t.conn.data, t.conn.errs} {
			if s.id == id {
				return s
			}
		}
	}
	return nil
}

// begun takes data for the replies of both streams: a kubelet sends when it has the
// two, and keeps no order among them. A Dial that waited for a reply behind the data
// would wait for ever, since nobody reads the data before Dial returns.
func (t *Tunnel) begun(s *stream) {
	if s == nil {
		return
	}
	t.mu.Lock()
	c := t.conn
	t.mu.Unlock()
	if c != nil {
		c.errs.replied(false)
		c.data.replied(false)
	}
}

// Dial makes a connection to a port of the pod. ctx bounds how long that takes.
// Errors of the port itself come with the first Read: the server accepts the
// connection before it tries.
func (t *Tunnel) Dial(ctx context.Context, port int) (*Conn, error) {
	c, err := t.begin(port)
	if err != nil {
		return nil, err
	}
	late := time.NewTimer(t.target.timeout())
	defer late.Stop()
	for _, s := range []*stream{c.errs, c.data} {
		t.send(&spdy.SynStreamFrame{StreamId: s.id, Headers: s.header(port)})
	}
	for _, s := range []*stream{c.errs, c.data} {
		select {
		case <-s.accepted:
		case <-s.ended:
			if !isDone(s.accepted) { // else the first Read tells
				t.kill(s.fault)
			}
		case <-ctx.Done():
			t.kill(rest.Cause(ctx))
		case <-late.C:
			t.kill(rest.ErrTimeout)
		case <-t.done:
		}
		if isDone(t.done) {
			return nil, t.fault()
		}
	}
	t.send(&spdy.DataFrame{StreamId: c.errs.id, Flags: spdy.DataFlagFin}) // we tell no errors
	return c, nil
}

func (t *Tunnel) begin(port int) (*Conn, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.conn != nil {
		return nil, errors.New("the tunnel is in use") // a fault of this package
	}
	t.conn = newConn(t, port, t.nextID, t.nextID+2)
	t.nextID += 4
	return t.conn, nil
}

// release makes the tunnel free for the next connection, and tells whether it can
// be used for one.
func (t *Tunnel) release() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.conn = nil
	return !t.last && !isDone(t.done) && t.nextID < 1<<31-8
}

// A connection is a stream of each kind. On the error stream, the server says in
// words what went wrong.
const (
	kindData  = "data"
	kindError = "error"
)

// stream is what the server sends of one SPDY stream. A nil stream takes
// everything and does nothing.
type stream struct {
	id       spdy.StreamId
	kind     string
	accepted chan struct{} // closed with the server's reply
	data     chan []byte   // unbuffered: what is not read stops the tunnel
	ignored  chan struct{} // closed when nobody reads any more
	ended    chan struct{} // closed when the server has ended it
	fault    error         // of the end; nil for a good one
	text     []byte        // of the error stream: all that came, up to maxText
}

// maxText is how much is kept of what the server says of a failed connection.
const maxText = 64 << 10

func newStream(id spdy.StreamId, kind string) *stream {
	return &stream{id: id, kind: kind, accepted: make(chan struct{}), data: make(chan []byte),
		ignored: make(chan struct{}), ended: make(chan struct{})}
}

func (s *stream) header(port int) http.Header {
	h := http.Header{}
	h.Set("streamType", s.kind)
	h.Set("port", strconv.Itoa(port))
	h.Set("requestID", strconv.Itoa(int(s.id-1)/4))
	return h
}

// replied and those below are called by the goroutine that reads.
func (s *stream) replied(fin bool) {
	if s != nil && !isDone(s.accepted) {
		close(s.accepted)
	}
	if fin {
		s.finish(nil)
	}
}

func (s *stream) deliver(data []byte, dead <-chan struct{}) {
	if s == nil || len(data) == 0 || isDone(s.ended) {
		return
	}
	if s.kind == kindError {
		s.text = append(s.text, data[:min(len(data), maxText-len(s.text))]...)
		return
	}
	select {
	case s.data <- data:
	case <-s.ignored:
	case <-dead:
	}
}

func (s *stream) finish(fault error) {
	if s != nil && !isDone(s.ended) {
		s.fault = fault
		close(s.ended)
	}
}

// messages are those of a WebSocket as a stream of bytes.
type messages struct {
	ctx    context.Context
	socket *socket
	ear    *hearing
	r      io.Reader
}

func (m *messages) Read(p []byte) (int, error) {
	m.ear.listen()
	defer m.ear.rest()
	for {
		if m.r == nil {
			kind, r, err := m.socket.Reader(m.ctx)
			if err != nil {
				return 0, err
			}
			if kind != websocket.MessageBinary {
				return 0, errors.New("a message of text came")
			}
			m.r = r
		}
		n, err := m.r.Read(p)
		if err == io.EOF {
			m.r, err = nil, nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// sender writes each Write as one message.
type sender struct {
	ctx    context.Context
	socket *socket
}

func (s sender) Write(p []byte) (int, error) {
	if err := s.socket.send(s.ctx, p); err != nil {
		return 0, err
	}
	return len(p), nil
}
