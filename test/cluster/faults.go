package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"
)

// Parts lists the parts in the order in which they started.
func (c *Cluster) Parts() []Part {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.order)
}

// PID is the process of a part, or 0 when it does not run. Use it to look, not to
// signal: by then it may be another's.
func (c *Cluster) PID(name Part) int {
	_, proc, err := c.part(name)
	if err != nil || !proc.alive() {
		return 0
	}
	return proc.pid
}

// Kill ends a part as kill -9 does, and returns when it is gone.
func (c *Cluster) Kill(name Part) error {
	_, proc, err := c.part(name)
	if err != nil {
		return err
	}
	if !proc.alive() {
		return fmt.Errorf("kill %s: %w", name, errEnded)
	}
	return proc.stop()
}

// Terminate asks a part to end, as kill does, and does not wait: it may take its time.
func (c *Cluster) Terminate(name Part) error { return c.signal(name, syscall.SIGTERM) }

// Freeze stops a part where it is, as kill -STOP does. The kernel still accepts
// connections for it. Thaw, Kill, Restart and Stop work on a frozen part.
func (c *Cluster) Freeze(name Part) error { return c.signal(name, syscall.SIGSTOP) }

// Thaw lets a frozen part go on.
func (c *Cluster) Thaw(name Part) error { return c.signal(name, syscall.SIGCONT) }

// Wait returns when a part has ended, for instance after Terminate.
func (c *Cluster) Wait(ctx context.Context, name Part) error {
	_, proc, err := c.part(name)
	if err != nil {
		return err
	}
	select {
	case <-proc.done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Restart runs a part again as it ran before, on the same addresses and data, and waits
// until it is ready. It kills it first if it still runs.
//
// Possible errors: *PartError when it does not come up.
func (c *Cluster) Restart(ctx context.Context, name Part) error {
	p, proc, err := c.part(name)
	if err != nil {
		return err
	}
	if err := proc.stop(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, startLimit, errSlow)
	defer cancel()
	if name == Kwok {
		c.releaseNodes(ctx)
	}
	return c.run(ctx, p)
}

// releaseNodes takes the Nodes away from a kwok that is gone. Every kwok has a name of
// its own, so that the next one would leave them alone until the leases end, and no Pod
// would start for 40 s. Without an API server there is nothing to do: it may take as
// long until that is back.
func (c *Cluster) releaseNodes(ctx context.Context) {
	_ = c.client.do(ctx, "DELETE", c.apiURL+"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases", nil, nil)
}

func (c *Cluster) signal(name Part, signal syscall.Signal) error {
	_, proc, err := c.part(name)
	if err != nil {
		return err
	}
	if err := proc.signal(signal); err != nil {
		return fmt.Errorf("%v %s: %w", signal, name, err)
	}
	return nil
}

var errNoPart = errors.New("the cluster has no such part")

func (c *Cluster) part(name Part) (*part, *process, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.parts[name]
	if p == nil {
		return nil, nil, fmt.Errorf("%s: %w", name, errNoPart)
	}
	return p, p.process, nil
}
