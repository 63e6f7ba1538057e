package items

import (
	"context"
	"errors"
	"net/http"

	"github.com/kubeviews/kube/internal/rest"
)

// PortForward opens the way to a pod that is behind the service: to the first of its
// ready ones that is still there. As with kubectl port-forward, it leads to that pod
// as long as it lives; where the pod goes away, connections fail, and another
// PortForward leads to another one.
//
// Its ports are those of the service, by number or, in DialContext, by name. They
// lead to what targetPort says: a number, or the name that a container of the pod
// gives to a port. A headless service has no ports but those of its pods, so that
// targetPort says nothing there.
//
//	f, err := service.PortForward(ctx)
//	defer f.Close()
//	c, err := f.DialContext(ctx, "tcp", "db:5432")
//
// Possible errors: *UnreachableError when no pod is ready; *ArgumentError for a
// service of type ExternalName; *StatusError for one without a selector, which has no
// pods of its own; those of [Pod.PortForward]. A port that the service does not have,
// or not with TCP, or whose name the pod does not know, is an *ArgumentError of
// DialContext and Listen.
func (s Service) PortForward(ctx context.Context) (*PortForward, error) {
	if err := s.hasPods(); err != nil {
		return nil, err
	}
	if ctx == nil {
		return nil, &rest.ArgumentError{Arg: "context", Reason: "it is nil"}
	}
	for pod, err := range s.ReadyPods(ctx) {
		if err != nil {
			return nil, err
		}
		f, err := pod.PortForward(ctx)
		if errors.As(err, new(*rest.NotFoundError)) {
			continue // it went away after it was listed
		}
		if err == nil {
			f.ports = servedPorts{s, pod}.find
		}
		return f, err
	}
	return nil, rest.Unreachable(&rest.APIError{Verb: http.MethodGet, URL: s.Link(), Message: "no pod of the service is ready"})
}

// servedPorts are the ports of a service, as those of one of its pods.
type servedPorts struct {
	service Service
	pod     Pod
}

func (s servedPorts) find(asked string) (int, error) {
	port, err := s.service.tcpPort(asked)
	if err != nil {
		return 0, err
	}
	if rest.String(s.service.doc(), "spec", "clusterIP") == "None" {
		return int(port.Port), checkPort(int(port.Port))
	}
	n, err := s.pod.tcpPort(port.TargetPort.String())
	if errors.As(err, new(*rest.ArgumentError)) {
		err = &rest.ArgumentError{Arg: "port", Value: asked, Reason: "it leads to a port that Pod " + s.pod.Name() + " does not have", Err: err}
	}
	return n, err
}
