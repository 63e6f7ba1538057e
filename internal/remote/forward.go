package remote

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/kubeviews/kube/internal/rest"
)

var errClosed = fmt.Errorf("the port forward is closed: %w", net.ErrClosed)

// Forward makes connections to the ports of one pod. Each has a tunnel of its own
// while it lasts; one that is free is kept for the next.
type Forward struct {
	target Target
	ctx    context.Context
	cancel context.CancelCauseFunc
	wait   sync.WaitGroup // for connections that are being ended

	mu     sync.Mutex
	closed bool
	free   *Tunnel
	live   map[*Tunnel]context.CancelCauseFunc
	ending map[*Tunnel]bool // live ones whose connection has been closed
	lost   error            // the first of such a connection
}

// NewForward makes the first tunnel, and so shows whether the pod can be reached.
// It lives until it is closed, or ctx is done.
func NewForward(ctx context.Context, t Target) (*Forward, error) {
	if ctx == nil {
		return nil, &rest.ArgumentError{Arg: "context", Reason: "it is nil"}
	}
	f := &Forward{target: t, live: map[*Tunnel]context.CancelCauseFunc{}, ending: map[*Tunnel]bool{}}
	f.ctx, f.cancel = context.WithCancelCause(ctx)
	first, err := f.open(ctx)
	if err != nil {
		f.cancel(nil)
		return nil, err
	}
	f.free = first
	return f, nil
}

// Context is done when the forward is closed, or what it was made under is.
func (f *Forward) Context() context.Context { return f.ctx }

// goodbye is how long Close waits for connections that were closed before.
const goodbye = 10 * time.Second

// Close ends all connections, and waits until nothing of them runs. Those that were
// closed before are given some time for what was written. Its error tells that, of
// one of them, all was not taken.
func (f *Forward) Close() error {
	f.mu.Lock()
	f.closed, f.free = true, nil
	f.mu.Unlock()
	for t := range f.tunnels(false) {
		t.kill(errClosed)
		f.drop(t)
	}
	over := time.AfterFunc(goodbye, func() {
		for t := range f.tunnels(true) {
			t.kill(errClosed)
		}
	})
	f.wait.Wait()
	over.Stop()
	f.cancel(errClosed)
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lost
}

// tunnels are those whose connection is being ended, or all others.
func (f *Forward) tunnels(ending bool) map[*Tunnel]bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	found := map[*Tunnel]bool{}
	for t := range f.live {
		if f.ending[t] == ending {
			found[t] = true
		}
	}
	return found
}

// Dial makes a connection. ctx bounds how long that takes, and is done with then.
func (f *Forward) Dial(ctx context.Context, port int) (*Conn, error) {
	if ctx == nil {
		return nil, &rest.ArgumentError{Arg: "context", Reason: "it is nil"}
	}
	if t := f.takeFree(); t != nil {
		if c, err := f.dialOn(ctx, t, port); err == nil || ctx.Err() != nil {
			return c, err
		} // it died while nobody used it
	}
	t, err := f.open(ctx)
	if err != nil {
		return nil, err
	}
	return f.dialOn(ctx, t, port)
}

func (f *Forward) dialOn(ctx context.Context, t *Tunnel, port int) (*Conn, error) {
	c, err := t.Dial(ctx, port)
	if err != nil {
		f.drop(t)
		return nil, err
	}
	c.onClose = f.finish
	return c, nil
}

// open makes a tunnel that outlives ctx.
func (f *Forward) open(ctx context.Context) (*Tunnel, error) {
	if f.isClosed() {
		return nil, f.target.fault(f.ctx, 0, "", errClosed)
	}
	life, cancel := context.WithCancelCause(f.ctx)
	stop := context.AfterFunc(ctx, func() { cancel(rest.Cause(ctx)) })
	t, err := Open(life, f.target)
	stop()
	if err == nil && !f.add(t, cancel) {
		t.Close()
		err = f.target.broken(life, "", errClosed)
	}
	if err != nil {
		cancel(nil)
		return nil, err
	}
	return t, nil
}

func (f *Forward) add(t *Tunnel, cancel context.CancelCauseFunc) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	f.live[t] = cancel
	return true
}

func (f *Forward) isClosed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed
}

// drop ends a tunnel.
func (f *Forward) drop(t *Tunnel) {
	t.Close()
	f.mu.Lock()
	defer f.mu.Unlock()
	if cancel := f.live[t]; cancel != nil {
		cancel(errClosed)
	}
	delete(f.live, t)
	delete(f.ending, t)
}

func (f *Forward) takeFree() *Tunnel {
	f.mu.Lock()
	t := f.free
	f.free = nil
	f.mu.Unlock()
	if t != nil && isDone(t.done) {
		f.drop(t)
		return nil
	}
	return t
}

// finish is called when a connection has been closed on this side.
func (f *Forward) finish(c *Conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return // and so is the tunnel
	}
	f.ending[c.tunnel] = true
	f.wait.Go(func() {
		reusable, lost := c.finish()
		if !reusable || !f.keep(c.tunnel) {
			f.drop(c.tunnel)
		}
		f.miss(lost)
	})
}

func (f *Forward) keep(t *Tunnel) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.free != nil || f.closed {
		return false
	}
	f.free = t
	delete(f.ending, t)
	return true
}

// miss keeps the first error of what was written and lost. That all ends with its
// context is no news.
func (f *Forward) miss(lost error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lost == nil && f.ctx.Err() == nil {
		f.lost = lost
	}
}
