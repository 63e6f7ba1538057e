package kubetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"

	"github.com/coder/websocket"
	"github.com/moby/spdystream"
)

type portKey struct {
	namespace, pod string
	port           int
}

// SetPort sets what listens on a port of a pod. The function gets every
// connection that a client forwards there, and the connection is closed when it
// returns; the client's half-close is the end of what it reads. It shall return
// when reading fails: [Server.Close] waits for it. Nil closes the port again. A
// port that was not set refuses connections.
//
// The protocol is SPDY/3.1+portforward.k8s.io over WebSocket.
func (s *Server) SetPort(namespace, pod string, port int, serve func(net.Conn)) {
	s.remote.mu.Lock()
	defer s.remote.mu.Unlock()
	if s.remote.ports == nil {
		s.remote.ports = map[portKey]func(net.Conn){}
	}
	s.remote.ports[portKey{namespace, pod, port}] = serve
}

func (s *Server) port(key portKey) func(net.Conn) {
	s.remote.mu.Lock()
	defer s.remote.mu.Unlock()
	return s.remote.ports[key]
}

const tunnelProtocol = "SPDY/3.1+portforward.k8s.io"

// portForward answers .../pods/NAME/portforward.
func (c *call) portForward() error {
	if err := c.mayConnect(); err != nil {
		return err
	}
	if _, err := c.streamedPod(); err != nil {
		return err
	}
	if err := c.mayUpgrade(); err != nil {
		return err
	}
	if _, ok := c.subprotocol(tunnelProtocol); !ok {
		return c.plainText(http.StatusBadRequest, `query parameter "port" is required`)
	}
	ws := c.upgrade(tunnelProtocol)
	if ws == nil {
		return nil
	}
	defer ws.end()
	f := &forwarder{srv: c.srv, ws: ws, namespace: c.ns, pod: c.name, pairs: map[string]*streamPair{}}
	f.run()
	return nil
}

// forwarder serves the forwarded connections of one client: each is a pair of
// SPDY streams, one for data and one for what went wrong.
type forwarder struct {
	srv            *Server
	ws             *socket
	namespace, pod string

	mu    sync.Mutex
	pairs map[string]*streamPair // that are incomplete, by request
	open  sync.WaitGroup
}

type streamPair struct{ data, fault *spdystream.Stream }

func (f *forwarder) run() {
	conn, err := spdystream.NewConnection(websocket.NetConn(f.ws.ctx, f.ws.Conn, websocket.MessageBinary), true)
	if err != nil {
		return
	}
	// The connection ends only when all that came was read: the targets end
	// first, and so do the streams that wait for their other one.
	f.open.Go(func() {
		<-conn.CloseChan()
		f.ws.cancel()
		f.abandon()
	})
	conn.Serve(f.accept)
	f.open.Wait()
}

// accept takes a new stream and begins when its pair is complete.
func (f *forwarder) accept(stream *spdystream.Stream) {
	port, err := checkStream(stream.Headers())
	if err != nil {
		_ = stream.Reset()
		return
	}
	if err := stream.SendReply(http.Header{}, false); err != nil {
		return
	}
	id, twice := pairOf(stream), false
	f.mu.Lock()
	pair := f.pairs[id]
	if pair == nil {
		pair = &streamPair{}
		f.pairs[id] = pair
	}
	member := &pair.data
	if stream.Headers().Get("streamType") == "error" {
		member = &pair.fault
	}
	if twice = *member != nil; !twice {
		*member = stream
	}
	complete := pair.data != nil && pair.fault != nil
	if complete {
		delete(f.pairs, id)
	}
	f.mu.Unlock()
	switch {
	case twice:
		_ = stream.Reset()
	case complete:
		f.open.Go(func() { f.forward(pair, port) })
	}
}

// abandon ends the streams that nobody reads.
func (f *forwarder) abandon() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, pair := range f.pairs {
		for _, stream := range []*spdystream.Stream{pair.data, pair.fault} {
			if stream != nil {
				_ = stream.Reset()
			}
		}
	}
}

func checkStream(h http.Header) (port int, err error) {
	n, err := strconv.ParseUint(h.Get("port"), 10, 16)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("port %q is none", h.Get("port"))
	}
	if t := h.Get("streamType"); t != "error" && t != "data" {
		return 0, fmt.Errorf("invalid stream type %q", t)
	}
	return int(n), nil
}

// pairOf names the pair of a stream. Clients that send no requestID make the
// error stream right before the data stream.
func pairOf(stream *spdystream.Stream) string {
	if id := stream.Headers().Get("requestID"); id != "" {
		return id
	}
	n := int(stream.Identifier())
	if stream.Headers().Get("streamType") == "data" {
		n -= 2
	}
	return "stream " + strconv.Itoa(n)
}

// forward connects a pair of streams with what listens on the port.
func (f *forwarder) forward(pair *streamPair, port int) {
	f.open.Go(func() { _, _ = io.Copy(io.Discard, pair.fault) })
	serve := f.srv.port(portKey{f.namespace, f.pod, port})
	var err error
	if serve == nil {
		err = errors.New("failed to execute portforward in network namespace: failed to connect to localhost:" + strconv.Itoa(port) +
			" inside namespace, IPv4: dial tcp4 127.0.0.1:" + strconv.Itoa(port) + ": connect: connection refused")
	} else {
		err = f.connect(pair.data, serve)
	}
	if err != nil {
		_, _ = fmt.Fprintf(pair.fault, "error forwarding port %d to pod %s, uid : %v", port, f.pod, err)
		_ = pair.data.Reset()
		_ = pair.fault.Reset()
		return
	}
	_ = pair.data.Close()
	_ = pair.fault.Close()
}

// connect runs the target on one end of a TCP connection, which can do all that
// programs expect of one, and copies between the other and the stream.
func (f *forwarder) connect(stream *spdystream.Stream, serve func(net.Conn)) error {
	near, far, err := loopback(f.ws.ctx)
	if err != nil {
		return err
	}
	context.AfterFunc(f.ws.ctx, func() { _, _ = near.Close(), far.Close() })
	f.open.Go(func() {
		defer far.Close()
		serve(far)
	})
	answered := make(chan struct{})
	f.open.Go(func() {
		_, _ = io.Copy(near, stream)
		_ = near.CloseWrite()
		_, _ = io.Copy(io.Discard, stream) // what is not read holds up all streams
		<-answered
		_ = near.Close()
	})
	defer close(answered)
	if _, err = io.Copy(stream, near); err == nil {
		return nil
	}
	_ = near.Close()
	if f.ws.ctx.Err() != nil {
		return nil // the client is gone
	}
	return err
}

// loopback makes a TCP connection and gives both of its ends.
func loopback(ctx context.Context) (near, far *net.TCPConn, err error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	defer ln.Close()
	var d net.Dialer
	out, err := d.DialContext(ctx, "tcp", ln.Addr().String())
	if err != nil {
		return nil, nil, err
	}
	for {
		in, err := ln.Accept()
		if err != nil {
			_ = out.Close()
			return nil, nil, err
		}
		if in.RemoteAddr().String() == out.LocalAddr().String() {
			return out.(*net.TCPConn), in.(*net.TCPConn), nil
		}
		_ = in.Close() // somebody else's
	}
}
