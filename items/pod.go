package items

import (
	"net/netip"
	"strconv"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
)

// Pod is a group of containers that run together on a node.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/.
type Pod struct{ object }

// IP is the pod's first address. Possible error: *StatusError, as long as the
// pod has none.
func (p Pod) IP() (netip.Addr, error) { return address(p.doc(), "status", "podIP") }

// HostIP is the address of the pod's node. Possible error: *StatusError.
func (p Pod) HostIP() (netip.Addr, error) { return address(p.doc(), "status", "hostIP") }

// IPs are all addresses of the pod, at most one of each IP version. The slice
// is the caller's. Possible error: *StatusError, as long as the pod has none.
func (p Pod) IPs() ([]netip.Addr, error) {
	at := p.doc().Get("status", "podIPs")
	if _, err := at.Array(); err != nil && at.IsSet() {
		return nil, rest.Malformed(p.doc(), err, "status", "podIPs")
	}
	var all []netip.Addr
	for range at.Elements() {
		ip, err := address(p.doc(), "status", "podIPs", strconv.Itoa(len(all)), "ip")
		if err != nil {
			return nil, err
		}
		all = append(all, ip)
	}
	if len(all) == 0 {
		return nil, rest.NotSet(p.doc(), "status", "podIPs")
	}
	return all, nil
}

// Phase sums up where the pod is in its life. Possible error: *StatusError.
func (p Pod) Phase() (kinds.PodPhase, error) {
	phase, err := rest.Text(p.doc(), "status", "phase")
	return kinds.PodPhase(phase), err
}

// Reason tells in one word why the pod is in its state: "Evicted". Possible
// error: *StatusError; most pods have none.
func (p Pod) Reason() (string, error) { return rest.Text(p.doc(), "status", "reason") }

// Message tells why the pod is in its state. Possible error: *StatusError; most
// pods have none.
func (p Pod) Message() (string, error) { return rest.Text(p.doc(), "status", "message") }

// StartTime is when the kubelet took the pod up, to the second. Possible error:
// *StatusError.
func (p Pod) StartTime() (time.Time, error) { return rest.Time(p.doc(), "status", "startTime") }

// NodeName is the node that the pod is on. Possible error: *StatusError, as
// long as the pod is not scheduled.
func (p Pod) NodeName() (string, error) { return rest.Text(p.doc(), "spec", "nodeName") }

// Ready reports whether the pod's Ready condition is true. Possible error:
// *StatusError when there is none.
func (p Pod) Ready() (bool, error) {
	c, err := p.Condition("Ready")
	return c.Status == kinds.ConditionTrue, err
}

// Containers are the states of the pod's containers. The slice is the caller's;
// it is empty as long as the kubelet has not told them. Possible error:
// *StatusError when they are malformed.
func (p Pod) Containers() ([]Container, error) { return p.containers("containerStatuses") }

// InitContainers are the states of the containers that run before the others.
// The slice and the error are as those of Containers.
func (p Pod) InitContainers() ([]Container, error) { return p.containers("initContainerStatuses") }

// EphemeralContainers are the states of the containers that were added to the
// running pod for debugging. The slice and the error are as those of Containers.
func (p Pod) EphemeralContainers() ([]Container, error) {
	return p.containers("ephemeralContainerStatuses")
}

// Restarts is how often containers of the pod have been restarted in all; 0 as
// long as the kubelet has not told. Possible error: *StatusError when a count is
// absent or malformed.
func (p Pod) Restarts() (sum int64, err error) {
	for _, field := range []string{"containerStatuses", "initContainerStatuses"} {
		all, err := p.statuses(field)
		if err != nil {
			return 0, err
		}
		i := 0
		for count := range all.Pluck("restartCount") {
			n, err := count.Int()
			if err != nil {
				return rest.Int(p.doc(), "status", field, strconv.Itoa(i), "restartCount") // its error
			}
			sum += n
			i++
		}
	}
	return sum, nil
}

func (p Pod) containers(field string) ([]Container, error) {
	at, err := p.statuses(field)
	var all []Container
	for v := range at.Elements() {
		all = append(all, Container{p.doc(), v, field, len(all)})
	}
	return all, err
}

// statuses are an array in the pod's status, which may be absent.
func (p Pod) statuses(field string) (raw.Value, error) {
	switch at := p.doc().Get("status", field); {
	case at.IsSet() && at.Kind() != raw.KindArray:
		return raw.Value{}, rest.Malformed(p.doc(), &raw.TypeError{Want: "an array", Got: at.Kind()}, "status", field)
	case !at.IsSet() && p.doc().MetadataOnly():
		return raw.Value{}, rest.NotSet(p.doc(), "status", field)
	default:
		return at, nil
	}
}
