package items

import (
	"net/netip"

	"github.com/kubeviews/kube/kinds"
)

// NetworkPolicy says which traffic pods may have. Its selectors are of labels in
// the form that the API has: what is left out of a rule allows all.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/.
type NetworkPolicy struct{ object }

// PodSelector picks the pods of the namespace that the policy is for; all of them
// when the spec does not tell. Possible error: *StatusError when it is malformed.
func (n NetworkPolicy) PodSelector() (LabelSelector, error) {
	s, err := part[LabelSelector](n.doc(), "spec", "podSelector")
	s.set = err == nil
	return s, err
}

// PolicyTypes are the directions that the policy restricts. When the spec does not
// tell, they are incoming traffic, and outgoing if there is a rule for it, as the
// API defines. The slice is the caller's. Possible error: *StatusError when they
// are malformed.
func (n NetworkPolicy) PolicyTypes() ([]kinds.PolicyType, error) {
	types, err := list[kinds.PolicyType](n.doc(), "spec", "policyTypes")
	if err != nil || len(types) > 0 {
		return types, err
	}
	types = []kinds.PolicyType{kinds.PolicyIngress}
	if n.Spec().Get("egress").Len() > 0 {
		types = append(types, kinds.PolicyEgress)
	}
	return types, nil
}

// NetworkRule allows the traffic that is with one of the peers, and to one of the
// ports.
type NetworkRule struct {
	Peers []NetworkPeer // empty for anybody
	Ports []NetworkPort // empty for all ports
}

// NetworkPeer is who is on the other side: pods, by their labels and those of
// their namespaces, or addresses.
type NetworkPeer struct {
	Pods       LabelSelector // zero for all pods of Namespaces
	Namespaces LabelSelector // zero for the policy's own
	IPBlock    IPBlock       // zero unless it is about addresses
}

// IPBlock is a range of addresses without some of them. The zero IPBlock is none.
type IPBlock struct {
	CIDR   netip.Prefix   `json:"cidr"`
	Except []netip.Prefix `json:"except"`
}

// NetworkPort is a port, or a range of ports, of the pod that is connected to.
type NetworkPort struct {
	Protocol kinds.Protocol `json:"protocol"` // TCP when the policy does not tell
	Port     IntOrString    `json:"port"`     // a number or a name; zero for all
	EndPort  int32          `json:"endPort"`  // the last of a range that starts with Port, or 0
}

// networkRule is a [NetworkRule] on the wire.
type networkRule struct {
	From  []networkPeer `json:"from"`
	To    []networkPeer `json:"to"`
	Ports []NetworkPort `json:"ports"`
}

type networkPeer struct {
	PodSelector       LabelSelector `json:"podSelector"`
	NamespaceSelector LabelSelector `json:"namespaceSelector"`
	IPBlock           IPBlock       `json:"ipBlock"`
}

// IngressRules allow incoming traffic. Without any, none is allowed to the pods,
// if PolicyTypes tells of it. The slice is the caller's. Possible error:
// *StatusError when they are malformed.
func (n NetworkPolicy) IngressRules() ([]NetworkRule, error) { return n.rules("ingress") }

// EgressRules allow outgoing traffic, as IngressRules does incoming.
func (n NetworkPolicy) EgressRules() ([]NetworkRule, error) { return n.rules("egress") }

func (n NetworkPolicy) rules(direction string) ([]NetworkRule, error) {
	wire, err := list[networkRule](n.doc(), "spec", direction)
	var all []NetworkRule
	for _, w := range wire {
		rule := NetworkRule{Ports: w.Ports}
		for _, p := range append(w.From, w.To...) { // there is one of them
			rule.Peers = append(rule.Peers, NetworkPeer{p.PodSelector, p.NamespaceSelector, p.IPBlock})
		}
		for i, p := range rule.Ports {
			if p.Protocol == "" {
				rule.Ports[i].Protocol = kinds.ProtocolTCP
			}
		}
		all = append(all, rule)
	}
	return all, err
}
