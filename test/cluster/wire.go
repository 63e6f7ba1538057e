package cluster

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// A Wire is a connection's way to a server, for a test to cut, freeze and slow down:
//
//	w, err := cluster.NewWire(c.ProxyURL())
//	if err != nil { … }
//	defer w.Close()
//	kube.NewCluster(kube.WithURL(w.URL()))
//	w.Cut(cluster.FIN)
//
// It forwards bytes and knows nothing of HTTP. Its methods may be called from several
// goroutines at once. It holds little, some 100 KiB in each direction; but the kernel
// holds more for the two ends, often some MiB.
type Wire struct {
	target, address string
	group           sync.WaitGroup // of all its goroutines

	mu       sync.Mutex
	closed   bool
	listener net.Listener // nil while it refuses
	links    map[*link]bool
	gate     chan struct{} // is closed while bytes pass
	next     []cut         // for one new connection each
	each     *cut          // for those after; nil for none
	delay    time.Duration
	rate     int // bytes per second; 0 is no bound
	counts   WireCounts
}

// WireCounts is what a Wire has seen. Bytes count once they are handed on.
type WireCounts struct {
	Accepted int   // connections
	Open     int   // of these, those that have not ended, nor been cut
	Up       int64 // bytes to the target
	Down     int64 // bytes from the target
}

// An End is how a connection ends for the client.
type End int

const (
	FIN End = iota // the client reads all that was sent, then the end of the stream
	RST            // the client reads an error, perhaps before all that was sent
)

type cut struct {
	after int64
	how   End
}

// wireBuffer is the size of each socket buffer between a Wire and the target, which the
// kernel would otherwise let grow to some MiB.
const wireBuffer = 32 << 10

// NewWire listens on a loopback port, and forwards to a target: http://HOST:PORT, such
// as ProxyURL, or HOST:PORT.
func NewWire(target string) (*Wire, error) {
	target = strings.TrimSuffix(strings.TrimPrefix(target, "http://"), "/")
	if _, _, err := net.SplitHostPort(target); err != nil {
		return nil, err
	}
	w := &Wire{target: target, links: map[*link]bool{}, gate: make(chan struct{})}
	close(w.gate)
	for try := 1; ; try++ {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		w.address = loopback(port)
		if err = w.Accept(); err == nil {
			return w, nil
		}
		if try == portTries {
			return nil, err
		}
	}
}

// URL is the same for the wire's whole life.
func (w *Wire) URL() string { return "http://" + w.address }

// Counts are those of this moment.
func (w *Wire) Counts() WireCounts {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.counts
}

// Cut ends all connections. New ones are accepted.
func (w *Wire) Cut(how End) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for l := range w.links {
		w.end(l, how)
	}
}

// CutNext lets the next connection end when n bytes from the target have gone through:
// with FIN the client reads exactly these, with RST it may miss the last of them. With
// 0 it ends in place of the first byte, so that the target has had the request. Calling
// it several times is for as many connections, in that order.
func (w *Wire) CutNext(n int64, how End) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.next = append(w.next, cut{max(0, n), how})
}

// CutEach is CutNext for every connection to come that CutNext does not speak of.
func (w *Wire) CutEach(n int64, how End) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.each = &cut{max(0, n), how}
}

// CutNone takes CutNext and CutEach back for the connections to come.
func (w *Wire) CutNone() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.next, w.each = nil, nil
}

// Freeze holds back every byte, and every end of a connection, that comes from now on.
// Connections stay open, and new ones are accepted; the target does not learn of them.
func (w *Wire) Freeze() {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.gate:
		w.gate = make(chan struct{})
	default: // it is frozen already
	}
}

// Thaw lets go of what was held back. No byte is lost.
func (w *Wire) Thaw() {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.gate:
	default:
		close(w.gate)
	}
}

// Delay holds each piece of what the target sends for a while, one after the other; 0
// ends that.
func (w *Wire) Delay(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.delay = d
}

// Throttle bounds what comes from the target on one connection; 0 is no bound. The
// target then meets a slow reader.
func (w *Wire) Throttle(bytesPerSecond int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rate = bytesPerSecond
}

// Refuse closes the port to new connections, as if nobody listened. Those that are open
// stay so: see Cut.
func (w *Wire) Refuse() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.listener == nil {
		return nil
	}
	defer func() { w.listener = nil }()
	return w.listener.Close()
}

// Accept opens the same port again.
func (w *Wire) Accept() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return net.ErrClosed
	}
	if w.listener != nil {
		return nil
	}
	listener, err := net.Listen("tcp", w.address)
	if err != nil {
		return err
	}
	w.listener = listener
	w.group.Go(func() { w.serve(listener) })
	return nil
}

// Close ends all connections and returns when nothing of the wire is left. Closing twice
// is fine.
func (w *Wire) Close() error {
	err := w.Refuse()
	w.mu.Lock()
	w.closed = true
	for l := range w.links {
		w.end(l, RST)
		l.client.Close() // one that was cut may still wait for its client to close
	}
	w.mu.Unlock()
	w.group.Wait()
	return err
}

func (w *Wire) serve(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		w.begin(conn.(*net.TCPConn))
	}
}

func (w *Wire) begin(client *net.TCPConn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		client.Close()
		return
	}
	l := &link{wire: w, client: client, cut: w.each}
	if len(w.next) > 0 {
		l.cut, w.next = &w.next[0], w.next[1:]
	}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	w.links[l] = true
	w.counts.Accepted++
	w.counts.Open++
	w.group.Go(l.run)
}

// end is called with mu held.
func (w *Wire) end(l *link, how End) {
	if l.ctx.Err() != nil {
		return
	}
	l.cancel()
	w.counts.Open--
	if how == FIN {
		// To close it while the client's bytes lie unread would be a reset: l.drain
		// reads them first.
		l.client.CloseWrite()
		return
	}
	l.client.SetLinger(0)
	l.client.Close()
}

func (w *Wire) count(up, down int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts.Up += int64(up)
	w.counts.Down += int64(down)
}

// pass waits while the wire is frozen, and tells whether ctx still lives.
func (w *Wire) pass(ctx context.Context) bool {
	w.mu.Lock()
	gate := w.gate
	w.mu.Unlock()
	select {
	case <-gate:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

func (w *Wire) pace() (delay time.Duration, rate int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.delay, w.rate
}

// A link is one connection through a Wire.
type link struct {
	wire   *Wire
	client *net.TCPConn
	server *net.TCPConn
	cut    *cut            // nil for none
	ctx    context.Context // ends when the connection has, or was cut
	cancel context.CancelFunc
	down   int64 // bytes
}

func (l *link) run() {
	defer l.forget()
	if err := l.dial(); err != nil {
		if l.ctx.Err() == nil {
			l.end(RST)
		}
		l.drain()
		return
	}
	defer l.server.Close()
	// What was cut is over for the server at once, whatever it may be sending.
	defer context.AfterFunc(l.ctx, func() { l.server.Close() })()
	var pumps sync.WaitGroup
	pumps.Go(l.upward)
	pumps.Go(l.downward)
	pumps.Wait()
}

func (l *link) forget() {
	l.end(FIN)
	l.wire.mu.Lock()
	defer l.wire.mu.Unlock()
	l.client.Close()
	delete(l.wire.links, l)
}

func (l *link) end(how End) {
	l.wire.mu.Lock()
	defer l.wire.mu.Unlock()
	l.wire.end(l, how)
}

func (l *link) dial() error {
	if !l.wire.pass(l.ctx) {
		return context.Cause(l.ctx)
	}
	conn, err := new(net.Dialer).DialContext(l.ctx, "tcp", l.wire.target)
	if err != nil {
		return err
	}
	l.server = conn.(*net.TCPConn)
	return errors.Join(l.server.SetReadBuffer(wireBuffer), l.client.SetWriteBuffer(wireBuffer))
}

// upward forwards what the client sends.
func (l *link) upward() {
	buffer := make([]byte, wireBuffer)
	for {
		n, err := l.client.Read(buffer)
		if n > 0 && l.wire.pass(l.ctx) {
			n, err := l.server.Write(buffer[:n])
			l.wire.count(n, 0)
			if err != nil {
				l.end(RST)
			}
		}
		switch {
		case l.ctx.Err() != nil, err != nil && !l.wire.pass(l.ctx):
			l.drain()
			return
		case err == nil:
		case errors.Is(err, io.EOF):
			l.server.CloseWrite()
			return
		default: // the client is gone
			l.end(RST)
			return
		}
	}
}

// drain reads until the client closes its side; one that was reset has.
func (l *link) drain() { _, _ = io.Copy(io.Discard, l.client) }

// downward forwards what the server sends.
func (l *link) downward() {
	buffer := make([]byte, wireBuffer)
	for {
		n, err := l.server.Read(buffer)
		if n > 0 && !l.send(buffer[:n]) {
			return
		}
		switch {
		case err == nil:
		case !l.wire.pass(l.ctx):
			return
		case errors.Is(err, io.EOF):
			l.client.CloseWrite()
			return
		default:
			l.end(RST)
			return
		}
	}
}

// send tells whether more can be sent.
func (l *link) send(chunk []byte) bool {
	delay, rate := l.wire.pace()
	if !l.wait(delay) {
		return false
	}
	for len(chunk) > 0 {
		piece := chunk
		if rate > 0 {
			piece = chunk[:min(len(chunk), max(1, rate/20))]
			if !l.wait(time.Duration(len(piece)) * time.Second / time.Duration(rate)) {
				return false
			}
		}
		if !l.wire.pass(l.ctx) || !l.write(piece) {
			return false
		}
		chunk = chunk[len(piece):]
	}
	return true
}

func (l *link) wait(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-l.ctx.Done():
		return false
	}
}

// write stops where the connection is to be cut.
func (l *link) write(piece []byte) bool {
	over := false
	if l.cut != nil && l.down+int64(len(piece)) >= l.cut.after {
		piece, over = piece[:l.cut.after-l.down], true
	}
	n, err := l.client.Write(piece)
	l.down += int64(n)
	l.wire.count(0, n)
	switch {
	case err != nil:
		l.end(RST)
	case over:
		l.end(l.cut.how)
	}
	return err == nil && !over
}
