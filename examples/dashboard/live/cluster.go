// Package live keeps the objects of a cluster current, once for all who look at
// them: a mirror for each kind, a feed of what changes, sums over the pods, and how
// these went over the last minutes.
package live

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/views"
	"github.com/kubeviews/kube/watch"
)

// Cluster is a cluster as it is known now. Any number of goroutines may read it.
type Cluster struct {
	api     *kube.Cluster
	cancel  context.CancelFunc
	running sync.WaitGroup

	resources atomic.Pointer[[]*Resource]
	absent    atomic.Pointer[[]string]
	feed      *feed
	tally     *tally
	history   history
	name      atomic.Pointer[string]
}

// Start begins to mirror the kinds of the given names, and returns at once. Those
// that only the server knows, such as custom ones, come when it has answered, also
// those that it comes to know later. A kind that is named twice is mirrored once.
func Start(ctx context.Context, api *kube.Cluster, names ...string) (*Cluster, error) {
	ctx, cancel := context.WithCancel(ctx)
	c := &Cluster{api: api, cancel: cancel, feed: newFeed(), tally: newTally()}
	c.resources.Store(&[]*Resource{})
	c.absent.Store(&[]string{})
	var custom []string
	for _, name := range names {
		known, err := api.Lookup(name)
		if err != nil {
			custom = append(custom, name)
			continue
		}
		if err := c.mirror(ctx, known.Untyped()); err != nil {
			c.Close()
			return nil, err
		}
	}
	c.running.Go(func() { c.discover(ctx, custom) })
	c.running.Go(func() { c.sample(ctx) })
	return c, nil
}

// Close ends all mirrors, and waits until nothing of them runs.
func (c *Cluster) Close() {
	c.cancel()
	c.running.Wait()
	for _, r := range c.Resources() {
		r.mirror.Close()
	}
}

// mirror begins to follow a kind, unless it is followed already. One goroutine at a
// time does so: Start's caller, and then that of discover.
func (c *Cluster) mirror(ctx context.Context, view views.View[items.Item]) error {
	for _, r := range c.Resources() {
		if kind := view.Kind(); kind.Name() == r.kind.Name() && kind.Group() == r.kind.Group() {
			return nil
		}
	}
	r, err := newResource(ctx, view)
	if err != nil {
		return err
	}
	all := append(append([]*Resource{}, c.Resources()...), r)
	c.resources.Store(&all)
	c.running.Go(func() { c.follow(ctx, r) })
	return nil
}

// follow tells the feed and the sums what changes.
func (c *Cluster) follow(ctx context.Context, r *Resource) {
	told := false // the state, of which each object is Added
	for event, err := range r.mirror.ChangesSince(ctx, views.Snapshot[items.Item]{}) {
		if err != nil {
			return
		}
		c.tally.count(event)
		switch event.Type {
		case watch.Synced:
			told = true
		case watch.Added, watch.Modified, watch.Deleted:
			if told && !faded(r, event) {
				c.feed.add(r, event)
			}
		}
		if told {
			c.feed.notify()
		}
	}
}

// faded tells the end of an Event, which the server forgets after an hour: nothing
// has happened then.
func faded(r *Resource, event watch.Event[items.Item]) bool {
	return event.Type == watch.Deleted && r.builtin == kinds.Event
}

// discover looks kinds up at the server, until it has told of all. A kind that it
// does not know may come yet.
func (c *Cluster) discover(ctx context.Context, names []string) {
	for pause := time.Second; ; pause = min(2*pause, longestPause) {
		c.askVersion(ctx)
		names = c.find(ctx, names)
		if len(names) == 0 && c.name.Load() != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// longestPause is how long a kind may be there before it is found.
const longestPause = 15 * time.Second

func (c *Cluster) askVersion(ctx context.Context) {
	if c.name.Load() != nil {
		return
	}
	if v, err := c.api.Version(ctx); err == nil {
		text := v.String()
		c.name.Store(&text)
	}
}

// find begins to follow the kinds of some names, and returns the names of those that it
// has not found.
func (c *Cluster) find(ctx context.Context, names []string) (left []string) {
	absent := []string{}
	for _, name := range names {
		view, err := c.api.View(ctx, name)
		if err == nil {
			err = c.mirror(ctx, view)
		}
		if err == nil {
			continue
		}
		if ctx.Err() == nil {
			slog.Warn("a kind is not known yet", "name", name, "error", err)
		}
		left = append(left, name)
		// One that was absent stays so while the server does not answer.
		if unknown := (*kube.KindError)(nil); errors.As(err, &unknown) || slices.Contains(c.Absent(), name) {
			absent = append(absent, name)
		}
	}
	c.absent.Store(&absent)
	return left
}

// Absent are the names for which the server had no kind when it was last asked.
func (c *Cluster) Absent() []string { return *c.absent.Load() }

// Version is the server's, "" as long as it has not been reached.
func (c *Cluster) Version() string {
	if name := c.name.Load(); name != nil {
		return *name
	}
	return ""
}

// Resources are the kinds that are followed, in the order in which they were named.
func (c *Cluster) Resources() []*Resource { return *c.resources.Load() }

// Resource is the kind of a name as it is in URLs: "pods". ok is false for one that
// is not followed.
func (c *Cluster) Resource(name string) (r *Resource, ok bool) {
	for _, r := range c.Resources() {
		if r.Name() == name {
			return r, true
		}
	}
	return nil, false
}

// OfKind is the resource of a kind that an object names: "apps/v1", "Deployment".
func (c *Cluster) OfKind(apiVersion, kind string) (r *Resource, ok bool) {
	for _, r := range c.Resources() {
		if string(r.kind.Name()) == kind && r.hasGroup(apiVersion) {
			return r, true
		}
	}
	return nil, false
}

// BuiltIn is the resource of a kind that comes with Kubernetes. ok is false for one
// that is not followed.
func (c *Cluster) BuiltIn(kind kinds.Name) (r *Resource, ok bool) {
	for _, r := range c.Resources() {
		if r.builtin == kind {
			return r, true
		}
	}
	return nil, false
}

// Pods are the sums over all pods.
func (c *Cluster) Pods() Sums { return c.tally.sums() }

// Samples are how the sums went, oldest first.
func (c *Cluster) Samples() []Sample { return c.history.all() }

// Sampled is closed when a sample has been taken since the call.
func (c *Cluster) Sampled() <-chan struct{} { return c.history.sampled() }

// Footprint is how many items are held, and how many bytes their documents take, with
// those of the changes that are remembered.
func (c *Cluster) Footprint() (n int, bytes int64) {
	bytes = c.feed.footprint()
	for _, r := range c.Resources() {
		status := r.mirror.Status()
		n, bytes = n+status.Items, bytes+status.Bytes
	}
	return n, bytes
}
