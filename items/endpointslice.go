package items

import (
	"net/netip"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
)

// EndpointSlice is a part of what stands behind a Service.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/service-resources/endpoint-slice-v1/.
type EndpointSlice struct{ object }

// Service names the Service that the slice belongs to, in its namespace. A label
// tells it. Possible error: *StatusError.
func (e EndpointSlice) Service() (string, error) {
	return rest.Text(e.doc(), "metadata", "labels", "kubernetes.io/service-name")
}

// AddressType is the type of all addresses of the slice. Possible error:
// *StatusError.
func (e EndpointSlice) AddressType() (kinds.AddressType, error) {
	return enum[kinds.AddressType](rest.Text(e.doc(), "addressType"))
}

// EndpointPort is a port that all endpoints of a slice have.
type EndpointPort struct {
	Name        string         `json:"name"`        // as in the Service; may be ""
	Protocol    kinds.Protocol `json:"protocol"`    // TCP when the slice does not tell
	Port        int32          `json:"port"`        // 0 for all ports
	AppProtocol string         `json:"appProtocol"` // "kubernetes.io/h2c"; "" when it is not told
}

// Ports are the ports of all endpoints. The slice is the caller's; it is empty
// when there are none. Possible error: *StatusError when they are malformed.
func (e EndpointSlice) Ports() ([]EndpointPort, error) {
	all, err := list[EndpointPort](e.doc(), "ports")
	for i := range all {
		if all[i].Protocol == "" {
			all[i].Protocol = kinds.ProtocolTCP
		}
	}
	return all, err
}

// Endpoint is one place to which traffic can go, mostly a pod. What the API leaves
// out of its three conditions is filled in as it defines.
type Endpoint struct {
	Addresses   []netip.Addr // all mean the same place; none in a slice of names
	Names       []string     // the DNS names, in a slice of type FQDN
	Ready       bool         // may get new connections
	Serving     bool         // answers, even while it ends
	Terminating bool         // is about to end
	Hostname    string       // "" for most
	NodeName    string       // "" when it is not told
	Zone        string       // "" when it is not told
	ForZones    []string     // whose traffic should come here; empty for all
	Target      ObjectReference
}

// endpoint is an [Endpoint] on the wire.
type endpoint struct {
	Addresses  []string `json:"addresses"`
	Conditions struct {
		Ready       *bool `json:"ready"`
		Serving     *bool `json:"serving"`
		Terminating bool  `json:"terminating"`
	} `json:"conditions"`
	Hostname  string          `json:"hostname"`
	NodeName  string          `json:"nodeName"`
	Zone      string          `json:"zone"`
	TargetRef ObjectReference `json:"targetRef"`
	Hints     struct {
		ForZones []struct {
			Name string `json:"name"`
		} `json:"forZones"`
	} `json:"hints"`
}

// Endpoints are the places to which traffic can go. The slice is the caller's; it
// is empty when there are none. Possible error: *StatusError when they are
// malformed.
func (e EndpointSlice) Endpoints() ([]Endpoint, error) {
	wire, err := list[endpoint](e.doc(), "endpoints")
	if err != nil {
		return nil, err
	}
	kind, err := e.AddressType()
	if err != nil && len(wire) > 0 {
		return nil, err
	}
	var all []Endpoint
	for _, w := range wire {
		one, err := w.endpoint(kind)
		if err != nil {
			return nil, rest.Malformed(e.doc(), err, "endpoints")
		}
		all = append(all, one)
	}
	return all, nil
}

func (w endpoint) endpoint(kind kinds.AddressType) (Endpoint, error) {
	e := Endpoint{
		Ready: isTrue(w.Conditions.Ready), Serving: isTrue(w.Conditions.Serving), Terminating: w.Conditions.Terminating,
		Hostname: w.Hostname, NodeName: w.NodeName, Zone: w.Zone, Target: w.TargetRef,
	}
	for _, z := range w.Hints.ForZones {
		e.ForZones = append(e.ForZones, z.Name)
	}
	if kind != kinds.AddressIPv4 && kind != kinds.AddressIPv6 {
		e.Names = w.Addresses
		return e, nil
	}
	for _, text := range w.Addresses {
		ip, err := netip.ParseAddr(text)
		if err != nil {
			return Endpoint{}, err
		}
		e.Addresses = append(e.Addresses, ip)
	}
	return e, nil
}

// isTrue reads a condition of an endpoint that is true unless it is denied.
func isTrue(b *bool) bool { return b == nil || *b }
