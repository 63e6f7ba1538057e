package items

import (
	"context"
	"net"
	"strconv"
	"strings"
	"sync"

	"github.com/kubeviews/kube/internal/remote"
	"github.com/kubeviews/kube/internal/rest"
)

// PortForward reaches the ports of one pod through the API server, also those
// that are open on the pod's own loopback interface only. It is made by
// [Pod.PortForward] and [Service.PortForward], and safe for concurrent use.
type PortForward struct {
	forward *remote.Forward
	ports   func(asked string) (int, error) // the pod's port that is meant

	mu        sync.Mutex
	closed    bool
	listeners map[*PortListener]struct{}
}

// PortForward opens the way to the pod's ports. It lives until it is closed, or ctx
// is done.
//
//	f, err := pod.PortForward(ctx)
//	defer f.Close()
//	client := &http.Client{Transport: &http.Transport{DialContext: f.DialContext}}
//	resp, err := client.Get("http://pod:8080/metrics")
//
// Each connection has a tunnel of its own, so that one which is not read cannot
// hold up another. A tunnel that breaks ends its connection with an error; the
// next connection makes another.
//
// Possible errors: *ArgumentError; *APIError, of which *NotFoundError when the pod
// is gone, *ForbiddenError when the user may not, or kubectl proxy rejects it; and
// *UnreachableError.
//
// See https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets.
func (p Pod) PortForward(ctx context.Context) (*PortForward, error) {
	t, err := p.target("portforward")
	if err != nil {
		return nil, err
	}
	forward, err := remote.NewForward(ctx, t)
	if err != nil {
		return nil, err
	}
	return &PortForward{forward: forward, ports: podPort, listeners: map[*PortListener]struct{}{}}, nil
}

// DialContext makes a connection to a port of the pod. Of the address, in the form
// host:port, the port counts; it is a number, or a name that a service gives it. ctx
// bounds the dialing, and does nothing to the connection.
//
// That nothing listens at the port shows with the first Read, as a
// *PortForwardError: the server tries behind the pod's back. The connection is a
// *net.TCPConn in its manners: deadlines, CloseWrite, io.EOF for a good end only,
// syscall.EPIPE for a Write after the pod's end. Close does not wait: what was
// written still goes to the pod, in the background, as long as it takes 256 KB
// of it, or the rest, in 15 minutes. A tunnel that breaks is an *UnreachableError.
//
// Possible errors: *ArgumentError for an address without such a port, or a network
// that is not TCP; those of [Pod.PortForward], or [Service.PortForward].
func (f *PortForward) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	port, err := f.port(network, address)
	if err != nil {
		return nil, err
	}
	c, err := f.forward.Dial(ctx, port)
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (f *PortForward) port(network, address string) (int, error) {
	if f == nil || f.forward == nil {
		return 0, &rest.ArgumentError{Arg: "port forward", Reason: "the zero PortForward leads nowhere"}
	}
	if !strings.HasPrefix(network, "tcp") {
		return 0, &rest.ArgumentError{Arg: "network", Value: network, Reason: "only TCP is forwarded"}
	}
	_, text, err := net.SplitHostPort(address)
	if err != nil {
		return 0, &rest.ArgumentError{Arg: "address", Value: address, Reason: "must be of the form host:port", Err: err}
	}
	return f.ports(text)
}

func podPort(asked string) (int, error) {
	port, err := strconv.Atoi(asked)
	if err != nil {
		return 0, &rest.ArgumentError{Arg: "port", Value: asked, Reason: "must be a number"}
	}
	return port, checkPort(port)
}

func checkPort(port int) error {
	if port < 1 || port > 65535 {
		return &rest.ArgumentError{Arg: "port", Value: strconv.Itoa(port), Reason: "must be 1 to 65535"}
	}
	return nil
}

// Close ends all connections and listeners, and waits until nothing of them runs.
// Closing twice is fine.
//
// A connection that was closed before may still be sending what was written to it.
// Close waits for that up to 10 seconds. Its error, a *PortForwardError, tells that
// the pod did not take all of one such connection, now or earlier. Of a connection
// that is still open, what has not been taken is lost, as the caller asked for.
func (f *PortForward) Close() error {
	if f == nil || f.forward == nil {
		return nil
	}
	f.mu.Lock()
	f.closed = true
	listeners := f.listeners
	f.listeners = map[*PortListener]struct{}{}
	f.mu.Unlock()
	err := f.forward.Close()
	for l := range listeners {
		l.stop()
	}
	return err
}

// add has the listener end with the forward.
func (f *PortForward) add(l *PortListener) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.listeners[l] = struct{}{}
	}
	return !f.closed
}

func (f *PortForward) remove(l *PortListener) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.listeners, l)
}
