package items

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
)

// Node is a machine of the cluster.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/node-v1/.
type Node struct{ object }

// NodeAddress is one way to reach a node.
type NodeAddress struct {
	Type    kinds.NodeAddressType `json:"type"`
	Address string                `json:"address"`
}

// IP is the address as an IP address. Host and DNS names are none, whatever
// they look like. Possible error: *StatusError.
func (a NodeAddress) IP() (netip.Addr, error) {
	ip, err := netip.ParseAddr(a.Address)
	if err != nil || a.Type != kinds.NodeInternalIP && a.Type != kinds.NodeExternalIP {
		return netip.Addr{}, &rest.StatusError{Kind: string(kinds.Node), Path: "status.addresses",
			Err: fmt.Errorf("the %s %q is not an IP address", a.Type, a.Address)}
	}
	return ip, nil
}

// Addresses are the node's addresses; none when nothing has told them. The
// slice is the caller's. Possible error: *StatusError when they are malformed.
func (n Node) Addresses() ([]NodeAddress, error) {
	return list[NodeAddress](n.doc(), "status", "addresses")
}

// Capacity is all that the node has. Possible error: *StatusError.
func (n Node) Capacity() (Resources, error) { return resources(n.doc(), "status", "capacity") }

// Allocatable is what the node has for pods. Possible error: *StatusError.
func (n Node) Allocatable() (Resources, error) { return resources(n.doc(), "status", "allocatable") }

// Resources are amounts of resources by name: immutable, exact.
type Resources struct{ all map[string]Quantity }

func resources(doc raw.Object, path ...string) (Resources, error) {
	all, err := quantities(doc, path...)
	return Resources{all}, err
}

// CPU is the amount of CPU in cores, with fractions; 0 when it is not told.
func (r Resources) CPU() float64 { return r.all["cpu"].Float() }

// Memory is the amount of memory in bytes; 0 when it is not told.
func (r Resources) Memory() int64 { return r.all["memory"].Value() }

// Pods is the number of pods; 0 when it is not told.
func (r Resources) Pods() int64 { return r.all["pods"].Value() }

// Get returns the exact amount of a resource: "cpu", "memory", "pods",
// "ephemeral-storage", "nvidia.com/gpu", …
func (r Resources) Get(name string) (Quantity, bool) {
	q, ok := r.all[name]
	return q, ok
}

// Equal reports whether both have the same amounts. go-cmp uses it.
func (r Resources) Equal(other Resources) bool {
	return maps.EqualFunc(r.all, other.all, Quantity.Equal)
}

// Names are the names of the resources, sorted. The slice is the caller's.
func (r Resources) Names() []string { return slices.Sorted(maps.Keys(r.all)) }

// Taint keeps pods off a node that do not tolerate it.
type Taint struct {
	Key       string            `json:"key"`
	Value     string            `json:"value,omitempty"`
	Effect    kinds.TaintEffect `json:"effect"`
	TimeAdded time.Time         `json:"timeAdded,omitzero"` // zero when unknown
}

// Taints are the node's taints. The slice is the caller's; it is empty when
// there are none. Possible error: *StatusError when they are malformed.
func (n Node) Taints() ([]Taint, error) { return list[Taint](n.doc(), "spec", "taints") }

// Unschedulable reports whether the node takes no new pods (it is cordoned):
// false when the attribute is absent. Possible error: *StatusError when it is
// malformed.
func (n Node) Unschedulable() (bool, error) {
	return whenUnset(false)(rest.Bool(n.doc(), "spec", "unschedulable"))
}

// Ready reports whether the node's Ready condition is true. Possible error:
// *StatusError when there is none.
func (n Node) Ready() (bool, error) {
	c, err := n.Condition("Ready")
	return c.Status == kinds.ConditionTrue, err
}
