package items

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
)

// ServicePort is a port of a service.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/#ServiceSpec.
type ServicePort struct {
	Name        string         `json:"name"`        // "" for the only port of a service
	Protocol    kinds.Protocol `json:"protocol"`    // TCP when the service does not tell
	AppProtocol string         `json:"appProtocol"` // "kubernetes.io/h2c"; "" when it is not told
	Port        int32          `json:"port"`
	// TargetPort is the port of the pods: a number, or the name that one of their
	// containers gives it. It is Port when the service does not tell.
	TargetPort IntOrString `json:"targetPort"`
	NodePort   int32       `json:"nodePort"` // 0 for none
}

// Ports are the ports of the service. The slice is the caller's; it is empty when
// there are none, as a headless service may have it. Possible error: *StatusError
// when they are malformed.
func (s Service) Ports() ([]ServicePort, error) {
	all, err := list[ServicePort](s.doc(), "spec", "ports")
	for i := range all {
		if all[i].Protocol == "" {
			all[i].Protocol = kinds.ProtocolTCP
		}
		if all[i].TargetPort.IsZero() {
			all[i].TargetPort = IntOrString{strconv.Itoa(int(all[i].Port)), true}
		}
	}
	return all, err
}

// called reports whether the port is meant by a number or a name. What can be a
// number is one, as the API server takes it.
func (p ServicePort) called(asked string) bool {
	if n, err := strconv.Atoi(asked); err == nil {
		return n == int(p.Port)
	}
	return asked != "" && asked == p.Name
}

func (p ServicePort) String() string {
	text := strconv.Itoa(int(p.Port))
	if p.Name != "" {
		text = p.Name + " " + text
	}
	return text + "/" + string(p.Protocol)
}

// tcpPort finds a port by its name or number; "" is the only one that there is.
func (s Service) tcpPort(asked string) (ServicePort, error) {
	if err := s.hasPods(); err != nil {
		return ServicePort{}, err
	}
	all, err := s.Ports()
	if err != nil {
		return ServicePort{}, err
	}
	if asked == "" && len(all) == 1 {
		asked = strconv.Itoa(int(all[0].Port))
	}
	var meant []ServicePort // two with one number have two protocols
	for _, p := range all {
		if p.called(asked) {
			meant = append(meant, p)
		}
	}
	if i := slices.IndexFunc(meant, ServicePort.isTCP); i >= 0 {
		return meant[i], nil
	}
	if len(meant) > 0 {
		return ServicePort{}, &rest.ArgumentError{Arg: "port", Value: asked, Reason: fmt.Sprintf("it is %s, and only TCP passes", meant[0].Protocol)}
	}
	return ServicePort{}, noPort(asked, all)
}

func (p ServicePort) isTCP() bool { return p.Protocol == kinds.ProtocolTCP }

// hasPods tells services apart that stand for a name elsewhere.
func (s Service) hasPods() error {
	if err := s.d.reachable(); err != nil {
		return err
	}
	kind, err := s.Type()
	if err != nil && !isUnset(err) {
		return err
	}
	if kind == kinds.ServiceExternalName {
		return &rest.ArgumentError{Arg: "service", Value: s.Name(), Reason: "it is of type ExternalName: a name elsewhere, to which the API server does not lead"}
	}
	return nil
}

// noPort tells which ports there are instead.
func noPort[P fmt.Stringer](asked string, all []P) error {
	var known []string
	for _, p := range all {
		known = append(known, p.String())
	}
	reason := "there is no such port; there are " + strings.Join(known, ", ")
	switch {
	case len(all) == 0:
		reason = "there are no ports"
	case asked == "":
		reason = "it must say which of the ports: " + strings.Join(known, ", ")
	}
	return &rest.ArgumentError{Arg: "port", Value: asked, Reason: reason}
}
