package remote

import (
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/moby/spdystream/spdy"

	"github.com/kubeviews/kube/internal/rest"
)

// Conn is a connection to a port of a pod, through a tunnel.
type Conn struct {
	tunnel *Tunnel
	port   int
	data   *stream
	errs   *stream
	closed chan struct{}
	once   sync.Once
	// onClose is called once, when the connection has been closed on this side.
	onClose func(*Conn)

	readBy, writeBy deadline

	reading sync.Mutex
	unread  []byte

	writing sync.Mutex
	fin     bool // the end of what we write has been sent
}

var _ net.Conn = (*Conn)(nil)

func newConn(t *Tunnel, port int, first, second spdy.StreamId) *Conn {
	return &Conn{tunnel: t, port: port, closed: make(chan struct{}),
		errs: newStream(first, kindError), data: newStream(second, kindData)}
}

// Read reads what the pod sends. Its error is io.EOF only if the pod has ended
// well: otherwise *PortForwardError, or *UnreachableError when the tunnel broke.
func (c *Conn) Read(p []byte) (int, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	late := c.readBy.passed()
	switch {
	case isDone(c.closed):
		return 0, c.fault("read", net.ErrClosed)
	case isDone(late):
		return 0, c.fault("read", os.ErrDeadlineExceeded)
	case len(p) == 0:
		return 0, nil
	}
	if len(c.unread) == 0 {
		more, err := c.next(late)
		if err != nil {
			return 0, err
		}
		c.unread = more
	}
	n := copy(p, c.unread)
	c.unread = c.unread[n:]
	return n, nil
}

// next waits for data, or for what comes instead. The server's frames are taken
// in order: what came before an end has been delivered by then.
func (c *Conn) next(late <-chan struct{}) ([]byte, error) {
	told := c.errs.ended
	for {
		select {
		case data := <-c.data.data:
			return data, nil
		case <-c.data.ended:
			return nil, c.end(late)
		case <-told:
			if err := c.told(); err != nil {
				return nil, err
			}
			told = nil // nothing was said
		case <-c.tunnel.done:
			if isDone(c.data.ended) {
				return nil, c.end(late) // that came first
			}
			return nil, c.broken("read")
		case <-c.closed:
			return nil, c.fault("read", net.ErrClosed)
		case <-late:
			return nil, c.fault("read", os.ErrDeadlineExceeded)
		}
	}
}

// settle is how long the server may take to say whether the end of the data was
// a good one.
const settle = 5 * time.Second

// end is the error behind the last byte.
func (c *Conn) end(late <-chan struct{}) error {
	timer := time.NewTimer(settle)
	defer timer.Stop()
	select {
	case <-c.errs.ended:
	case <-timer.C:
	case <-c.tunnel.done:
		if !isDone(c.errs.ended) {
			return c.broken("read")
		}
	case <-c.closed:
		return c.fault("read", net.ErrClosed)
	case <-late:
		return c.fault("read", os.ErrDeadlineExceeded)
	}
	if isDone(c.errs.ended) {
		if err := c.told(); err != nil {
			return err
		}
	}
	if c.data.fault != nil {
		return c.failed(c.data.fault.Error())
	}
	return io.EOF
}

// told is what the error stream, which has ended, says.
func (c *Conn) told() error {
	text := strings.TrimSpace(strings.ToValidUTF8(string(c.errs.text), "\uFFFD"))
	if text == "" {
		return nil
	}
	return c.failed(text)
}

// Write sends to the pod. What it reports as written has been handed over, as
// with any socket; whether it arrived shows in what the pod answers. Errors are
// as those of Read, but for syscall.EPIPE when the pod has closed the connection.
func (c *Conn) Write(p []byte) (n int, err error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	late := c.writeBy.passed()
	for {
		switch {
		case isDone(c.closed) || c.fin:
			return n, c.fault("write", net.ErrClosed)
		case isDone(late):
			return n, c.fault("write", os.ErrDeadlineExceeded)
		case len(p) == 0:
			return n, nil
		}
		if err := c.refused(); err != nil {
			return n, err
		}
		part := p[:min(len(p), chunk)]
		if err := c.give(&spdy.DataFrame{StreamId: c.data.id, Data: append([]byte(nil), part...)}, late); err != nil {
			return n, err
		}
		c.tunnel.says(len(part))
		n, p = n+len(part), p[len(part):]
	}
}

// refused is why nothing that is written is read any more, or nil.
func (c *Conn) refused() error {
	if isDone(c.errs.ended) {
		if err := c.told(); err != nil {
			return err
		}
	}
	switch {
	case isDone(c.data.ended) && c.data.fault != nil:
		return c.failed(c.data.fault.Error())
	case c.over():
		return c.fault("write", syscall.EPIPE)
	}
	return nil
}

// over tells whether the pod has closed the connection. One that says nothing more,
// and still reads, has not.
func (c *Conn) over() bool { return isDone(c.errs.ended) && isDone(c.data.ended) }

func (c *Conn) give(frame spdy.Frame, late <-chan struct{}) error {
	select {
	case c.tunnel.out <- frame:
		return nil
	case <-c.tunnel.done:
		return c.broken("write")
	case <-c.closed:
		return c.fault("write", net.ErrClosed)
	case <-late:
		return c.fault("write", os.ErrDeadlineExceeded)
	}
}

// CloseWrite tells the pod that nothing more comes. Reading goes on.
func (c *Conn) CloseWrite() error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if isDone(c.closed) || c.fin {
		return c.fault("close", net.ErrClosed)
	}
	err := c.give(c.lastFrame(), c.writeBy.passed())
	if err == nil {
		c.fin = true
		c.tunnel.ear.says(1)
	}
	return err
}

// lastFrame says that nothing more comes.
func (c *Conn) lastFrame() spdy.Frame {
	return &spdy.DataFrame{StreamId: c.data.id, Flags: spdy.DataFlagFin}
}

// Close ends the connection, and does not wait. What was written before still goes to
// the pod, as long as it takes 256 KB of it, or the rest, in 15 minutes; what comes
// from it is thrown away. Closing twice is net.ErrClosed.
func (c *Conn) Close() error {
	err := c.fault("close", net.ErrClosed)
	c.once.Do(func() {
		err = nil
		close(c.closed)
		close(c.data.ignored)
		if c.onClose != nil {
			c.onClose(c)
		}
	})
	return err
}

// finish ends a closed connection on the wire, and reports whether the tunnel is
// free for another one: one whose pod does not end is of no further use. lost says
// that the pod may not have got all that was written.
func (c *Conn) finish() (reusable bool, lost error) {
	if isDone(c.tunnel.done) {
		return false, nil // which Read and Write have told
	}
	wait := newFarewell(c.tunnel.ear)
	defer wait.tick.Stop()
	out, told, ended := c.tunnel.out, c.errs.ended, c.data.ended
	if c.concluded() {
		out = nil
		c.tunnel.poke()
	}
	for out != nil || told != nil || ended != nil {
		select {
		case out <- c.lastFrame():
			out = nil
			c.tunnel.ear.says(1)
			c.tunnel.poke()
		case <-told:
			told = nil
		case <-ended:
			ended = nil
		case <-c.tunnel.done:
			return false, c.lost(wait.all(out == nil))
		case <-wait.tick.C:
			if wait.over(out == nil) {
				return false, c.lost(wait.all(out == nil))
			}
		}
	}
	return c.data.fault == nil && c.tunnel.release(), nil
}

// concluded tells whether the pod has been told that nothing more comes.
func (c *Conn) concluded() bool {
	c.writing.Lock()
	defer c.writing.Unlock()
	return c.fin
}

// lost is the error of a connection that ends before all was taken.
func (c *Conn) lost(taken bool) error {
	if taken {
		return nil
	}
	return c.failed("the connection was closed, and ended before the pod had taken all that was written")
}

func (c *Conn) failed(message string) error {
	t := c.tunnel.target
	return &rest.PortForwardError{Namespace: t.Namespace, Pod: t.Pod, Port: c.port, Message: message}
}

// SetDeadline bounds reading and writing, as net.Conn says.
func (c *Conn) SetDeadline(t time.Time) error {
	c.readBy.set(t)
	c.writeBy.set(t)
	return nil
}

// SetReadDeadline bounds reading.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.readBy.set(t)
	return nil
}

// SetWriteDeadline bounds writing.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.writeBy.set(t)
	return nil
}

// LocalAddr is the end at this side, which has no address.
func (c *Conn) LocalAddr() net.Addr { return Addr("program") }

// RemoteAddr names the pod and the port.
func (c *Conn) RemoteAddr() net.Addr {
	t := c.tunnel.target
	return Addr(t.Namespace + "/" + t.Pod + ":" + strconv.Itoa(c.port))
}

// Addr is an end of a connection, as it is known to people.
type Addr string

// Network says that it is none of the network's.
func (Addr) Network() string { return "portforward" }

// String is the address.
func (a Addr) String() string { return string(a) }

// fault is the error of an operation, as the net package makes it.
func (c *Conn) fault(op string, err error) error {
	return &net.OpError{Op: op, Net: "portforward", Addr: c.RemoteAddr(), Err: err}
}

// broken is the error of a connection whose tunnel is dead.
func (c *Conn) broken(op string) error {
	if isDone(c.closed) {
		return c.fault(op, net.ErrClosed)
	}
	return c.tunnel.fault()
}
