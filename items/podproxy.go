package items

import (
	"strconv"

	"github.com/kubeviews/kube/kinds"
)

// HTTP leads to a port of the pod. It is known by its number, which no container
// need have declared, or by the name that a container has given it; "" is the only
// one that is declared. It works as [Service.HTTP] does, whatever the pod's state is.
//
// Nothing is sent. Possible errors: *ArgumentError for a port that cannot be, or a
// name that no container gives to a TCP port; *StatusError when the containers are
// malformed.
func (p Pod) HTTP(port string, options ...HTTPOption) (*HTTPProxy, error) {
	if err := p.d.reachable(); err != nil {
		return nil, err
	}
	n, err := p.tcpPort(port)
	if err != nil {
		return nil, err
	}
	return p.d.httpProxy(n, strconv.Itoa(n), options), nil
}

// tcpPort is the number of a port that is given by number or name.
func (p Pod) tcpPort(asked string) (int, error) {
	if n, err := strconv.Atoi(asked); err == nil {
		return n, checkPort(n)
	}
	all, err := p.declared()
	if err != nil {
		return 0, err
	}
	for _, c := range all {
		if c.Name == asked && asked != "" || asked == "" && len(all) == 1 {
			return c.ContainerPort, checkPort(c.ContainerPort)
		}
	}
	return 0, noPort(asked, all)
}

// containerPort is a port that a container declares.
type containerPort struct {
	Name          string         `json:"name"`
	Protocol      kinds.Protocol `json:"protocol"`
	ContainerPort int            `json:"containerPort"`
}

func (c containerPort) String() string {
	text := strconv.Itoa(c.ContainerPort)
	if c.Name != "" {
		text = c.Name + " " + text
	}
	return text
}

// declared are the TCP ports that containers declare. Those of init containers are
// last: some run on beside the others.
func (p Pod) declared() ([]containerPort, error) {
	var all []containerPort
	for _, field := range []string{"containers", "initContainers"} {
		containers, err := list[struct {
			Ports []containerPort `json:"ports"`
		}](p.doc(), "spec", field)
		if err != nil {
			return nil, err
		}
		for _, c := range containers {
			for _, port := range c.Ports {
				if port.Protocol == "" || port.Protocol == kinds.ProtocolTCP {
					all = append(all, port)
				}
			}
		}
	}
	return all, nil
}
