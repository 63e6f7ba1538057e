package kube

import (
	"maps"

	"github.com/kubeviews/kube/internal/rest"
)

// With returns a variant of the cluster: on the same connections, with some
// options changed.
//
//	patient, err := cluster.With(kube.WithTimeout(5 * time.Minute))
//	as, err := cluster.With(kube.WithImpersonation(kube.Impersonation{User: "jane"}))
//
// A context's deadline bounds a whole call; WithTimeout bounds one attempt at it.
//
// Closing the cluster closes its variants. Closing a variant ends only what it
// has under way, and need not be done: a variant that nobody holds any more leaves
// nothing behind. It knows the kinds that the cluster knows now; what is declared
// on one of them later, the other does not know. Items keep the variant that read
// them: see [Bind].
//
// Possible errors: *[ArgumentError], also for an option that says where the
// cluster is, and how it is reached ([WithURL], [WithInsecureRemote],
// [WithCompression], those of [Launch]); [ErrClosed];
// *[DuplicateKindError].
func (c *Cluster) With(options ...Option) (*Cluster, error) {
	if c == nil || c.conn == nil {
		return nil, &rest.ArgumentError{Arg: "cluster", Reason: "the zero Cluster leads nowhere"}
	}
	of := c.conn.t
	changed := *of.config
	changed.placed = nil
	c.mu.Lock()
	table, types := c.table, maps.Clone(c.types)
	c.mu.Unlock()
	changed.table = table
	if err := changed.set(options); err != nil {
		return nil, err
	}
	if err := refuse(append(changed.placed, changed.proxy.given...), "a variant is where its cluster is"); err != nil {
		return nil, err
	}
	t, err := of.variant(&changed)
	if err != nil {
		return nil, err
	}
	return &Cluster{
		conn:  &connection{t, c.conn.d.variant(t)},
		proxy: &APIServerProxy{t: t},
		table: changed.table,
		types: types,
	}, nil
}

// variant knows what d knows now, and asks on its own behalf for the rest.
func (d *discovery) variant(t *transport) *discovery {
	v := newDiscovery(t)
	select {
	case <-d.turn:
		v.known, v.whole, v.catalog = d.known, d.whole, d.catalog
		v.answered, v.surveyed = d.answered, d.surveyed
		v.begun.Store(d.begun.Load())
		v.forgotten.Store(d.forgotten.Load())
		d.turn <- struct{}{}
	default: // d asks just now
	}
	return v
}
