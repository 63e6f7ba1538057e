package items

import (
	"net/netip"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
)

// Service gives a set of pods one address.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/.
type Service struct{ object }

// Type tells how the service is reached. Possible error: *StatusError.
func (s Service) Type() (kinds.ServiceType, error) {
	text, err := rest.Text(s.doc(), "spec", "type")
	return kinds.ServiceType(text), err
}

// ClusterIP is the service's address in the cluster. Possible error:
// *StatusError, also for a headless service, whose clusterIP is "None".
func (s Service) ClusterIP() (netip.Addr, error) { return address(s.doc(), "spec", "clusterIP") }

// LoadBalancerIngress is one point at which a load balancer takes traffic for a
// service or an ingress.
type LoadBalancerIngress struct {
	IP       netip.Addr         // not valid when there is only a host name
	Hostname string             // "" when there is only an address
	IPMode   kinds.IPMode       // "" when it is not told
	Ports    []LoadBalancerPort // those that the load balancer has told about
}

// LoadBalancerPort is the state of one port of a [LoadBalancerIngress].
type LoadBalancerPort struct {
	Port     int32          `json:"port"`
	Protocol kinds.Protocol `json:"protocol"`
	Error    string         `json:"error"` // a reason in CamelCase, or ""
}

// Ingress are the points at which a load balancer takes traffic for the
// service. The slice is the caller's; it is empty when there are none. Possible
// error: *StatusError when they are malformed.
func (s Service) Ingress() ([]LoadBalancerIngress, error) {
	path := []string{"status", "loadBalancer", "ingress"}
	points, err := list[struct {
		IP       string             `json:"ip"`
		Hostname string             `json:"hostname"`
		IPMode   kinds.IPMode       `json:"ipMode"`
		Ports    []LoadBalancerPort `json:"ports"`
	}](s.doc(), path...)
	if err != nil {
		return nil, err
	}
	var all []LoadBalancerIngress
	for _, p := range points {
		var ip netip.Addr
		if p.IP != "" {
			if ip, err = netip.ParseAddr(p.IP); err != nil {
				return nil, rest.Malformed(s.doc(), err, path...)
			}
		}
		all = append(all, LoadBalancerIngress{ip, p.Hostname, p.IPMode, p.Ports})
	}
	return all, nil
}
