package items

import (
	"slices"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
)

// Ingress leads HTTP from outside to services, by host and path. Its accessors read
// the form of networking.k8s.io/v1.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/.
type Ingress struct{ object }

// IngressRule leads the requests for one host.
type IngressRule struct {
	Host  string // "*.example.com" for all names below; "" for all requests
	Paths []IngressPath
}

// IngressPath leads the requests for some paths of a host.
type IngressPath struct {
	Path    string         `json:"path"` // "" for all
	Type    kinds.PathType `json:"pathType"`
	Backend IngressBackend `json:"backend"`
}

// IngressBackend is where requests go: a port of a Service, or else an object of
// another kind. Two are == if they say the same.
type IngressBackend struct {
	Service  IngressService  `json:"service"`
	Resource ObjectReference `json:"resource"` // in the same namespace; APIVersion is ""
}

// IngressService is a port of a Service. The port has a number or a name.
type IngressService struct {
	Name string `json:"name"`
	Port struct {
		Name   string `json:"name"`
		Number int32  `json:"number"`
	} `json:"port"`
}

// IsZero reports whether there is no backend.
func (b IngressBackend) IsZero() bool { return b == IngressBackend{} }

// IngressTLS is a certificate for some hosts.
type IngressTLS struct {
	Hosts      []string `json:"hosts"`      // empty for those that no other certificate is for
	SecretName string   `json:"secretName"` // "" when the controller has one of its own
}

// Class names the IngressClass, whose controller serves the Ingress. Possible
// error: *StatusError when the spec does not tell; see also the annotation
// kubernetes.io/ingress.class, which came before.
func (i Ingress) Class() (string, error) { return rest.Text(i.doc(), "spec", "ingressClassName") }

// Rules tell what goes where. The slice is the caller's; it is empty when there
// are none. Possible error: *StatusError when they are malformed.
func (i Ingress) Rules() ([]IngressRule, error) {
	type rule struct {
		Host string `json:"host"`
		HTTP struct {
			Paths []IngressPath `json:"paths"`
		} `json:"http"`
	}
	rules, err := list[rule](i.doc(), "spec", "rules")
	var all []IngressRule
	for _, r := range rules {
		all = append(all, IngressRule{r.Host, r.HTTP.Paths})
	}
	return all, err
}

// Hosts are the hosts of the rules, each one once, in the order of the rules. A
// rule for all requests is "*", as kubectl shows it. The slice and the error are
// as those of Rules.
func (i Ingress) Hosts() ([]string, error) {
	rules, err := i.Rules()
	var hosts []string
	for _, r := range rules {
		if r.Host == "" {
			r.Host = "*"
		}
		if !slices.Contains(hosts, r.Host) {
			hosts = append(hosts, r.Host)
		}
	}
	return hosts, err
}

// DefaultBackend is where requests go that no rule is for. Possible error:
// *StatusError, also when there is none.
func (i Ingress) DefaultBackend() (IngressBackend, error) {
	return needed[IngressBackend](i.doc(), "spec", "defaultBackend")
}

// TLS are the certificates. The slice is the caller's; it is empty when there are
// none. Possible error: *StatusError when they are malformed.
func (i Ingress) TLS() ([]IngressTLS, error) { return list[IngressTLS](i.doc(), "spec", "tls") }

// LoadBalancer are the points at which a load balancer takes traffic. The slice
// is the caller's; it is empty as long as there are none. Possible error:
// *StatusError when they are malformed.
func (i Ingress) LoadBalancer() ([]LoadBalancerIngress, error) {
	return Service(i).Ingress() // it is in the same place
}
