package items

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/kubeviews/kube/internal/rest"
)

// ListenOption is an option of [PortForward.Listen].
type ListenOption func(*PortListener)

// OnAnyAddress lets the listener take an address that other machines reach. They
// then reach the pod, without asking the API server for leave.
func OnAnyAddress() ListenOption { return func(l *PortListener) { l.exposed = true } }

// OnError has each connection that fails told to f, one at a time. Without it, they
// are summed up in the error of Close.
func OnError(f func(error)) ListenOption { return func(l *PortListener) { l.tell = f } }

// PortListener takes connections on this machine, and forwards each to a port of a
// pod.
type PortListener struct {
	forward *PortForward
	port    int
	local   net.Listener
	exposed bool
	ending  func() bool
	wait    sync.WaitGroup

	mu     sync.Mutex
	closed bool
	conns  map[net.Conn]struct{}

	telling sync.Mutex
	tell    func(error)
	first   error
	failed  int
}

// Listen forwards connections that are made to an address of this machine, such as
// "127.0.0.1:0", to a port of the pod, or of the service that the way was opened
// for, until it or the PortForward is closed.
//
// Possible errors: *ArgumentError for a port that cannot be, and for an address
// that other machines may reach, but for [OnAnyAddress]; those of net.Listen,
// wrapped in one.
func (f *PortForward) Listen(address string, port int, options ...ListenOption) (*PortListener, error) {
	there, err := f.port("tcp", ":"+strconv.Itoa(port))
	if err != nil {
		return nil, err
	}
	l := &PortListener{forward: f, port: there, conns: map[net.Conn]struct{}{}}
	for _, option := range options {
		if option != nil {
			option(l)
		}
	}
	if err := checkLocal(address, l.exposed); err != nil {
		return nil, err
	}
	life := f.forward.Context()
	local, err := new(net.ListenConfig).Listen(life, "tcp", address)
	if err != nil {
		return nil, &rest.ArgumentError{Arg: "address", Value: address, Reason: "nothing can listen there", Err: err}
	}
	l.local = local
	l.wait.Go(l.accept)
	l.ending = context.AfterFunc(life, l.end)
	if !f.add(l) {
		l.stop()
		return nil, &rest.ArgumentError{Arg: "port forward", Reason: "it is closed"}
	}
	return l, nil
}

func checkLocal(address string, exposed bool) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return &rest.ArgumentError{Arg: "address", Value: address, Reason: "must be of the form host:port", Err: err}
	}
	ip, err := netip.ParseAddr(host)
	if exposed || strings.EqualFold(host, "localhost") || err == nil && ip.Unmap().IsLoopback() {
		return nil
	}
	return &rest.ArgumentError{Arg: "address", Value: address,
		Reason: "other machines could reach it; see OnAnyAddress"}
}

// Addr is the address at which connections are taken; nil for the zero PortListener.
func (l *PortListener) Addr() net.Addr {
	if l == nil || l.local == nil {
		return nil
	}
	return l.local.Addr()
}

// Close ends the listener and its connections, and waits until nothing of them
// runs. Its error tells how many connections have failed, and why the first did,
// unless [OnError] has been told each. Closing twice is fine.
func (l *PortListener) Close() error {
	if l == nil || l.forward == nil {
		return nil // it never listened
	}
	l.forward.remove(l)
	l.stop()
	l.telling.Lock()
	defer l.telling.Unlock()
	switch l.failed {
	case 0:
		return nil
	case 1:
		return l.first
	}
	return fmt.Errorf("kube: %d connections have failed, the first: %w", l.failed, l.first)
}

func (l *PortListener) stop() {
	l.ending()
	l.end()
	l.wait.Wait()
}

// end closes what the goroutines wait for.
func (l *PortListener) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	_ = l.local.Close()
	for c := range l.conns {
		_ = c.Close()
	}
}

func (l *PortListener) isClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

// isOver tells whether connections fail because the listener, or the way that it
// forwards on, has been closed.
func (l *PortListener) isOver() bool {
	l.forward.mu.Lock()
	closed := l.forward.closed
	l.forward.mu.Unlock()
	return closed || l.isClosed() || l.forward.forward.Context().Err() != nil
}

// failure tells of one connection.
func (l *PortListener) failure(err error) {
	l.telling.Lock()
	defer l.telling.Unlock()
	if l.tell != nil {
		l.tell(err)
		return
	}
	if l.first == nil {
		l.first = err
	}
	l.failed++
}

// acceptPause is how long taking connections stops when this machine has no more
// room for them.
const acceptPause = 100 * time.Millisecond

func (l *PortListener) accept() {
	for {
		c, err := l.local.Accept()
		if err == nil {
			l.wait.Go(func() { l.serve(c) })
			continue
		}
		if l.isClosed() || errors.Is(err, net.ErrClosed) {
			return
		}
		l.failure(err)
		select {
		case <-time.After(acceptPause):
		case <-l.forward.forward.Context().Done():
			return
		}
	}
}

// track has the connection closed with the listener.
func (l *PortListener) track(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.conns[c] = struct{}{}
	}
	return !l.closed
}

func (l *PortListener) untrack(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
	_ = c.Close()
}

// serve forwards one connection. One that fails is reset, so that its client does
// not take the failure for a good end.
func (l *PortListener) serve(local net.Conn) {
	err := l.pipe(local)
	if err == nil || l.isOver() {
		_ = local.Close()
		return
	}
	if tcp, ok := local.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = local.Close()
	l.failure(err)
}

func (l *PortListener) pipe(local net.Conn) error {
	if !l.track(local) {
		return nil
	}
	defer l.forget(local)
	there, err := l.forward.forward.Dial(l.forward.forward.Context(), l.port)
	if err != nil {
		return err
	}
	if !l.track(there) {
		_ = there.Close()
		return nil
	}
	defer l.untrack(there)
	sent := make(chan error, 1)
	l.wait.Go(func() { sent <- l.copy(there, local) })
	err = l.copy(local, there)
	if err != nil {
		_ = there.Close()
		_ = local.SetDeadline(time.Unix(1, 0)) // ends the other direction
		<-sent
		return err
	}
	return <-sent
}

// forget leaves the closing to the one who calls.
func (l *PortListener) forget(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
}

// copy carries one direction, to its end.
func (l *PortListener) copy(to, from net.Conn) error {
	if _, err := io.Copy(to, from); err != nil {
		return err
	}
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // its other end may be gone already
	}
	return nil
}
