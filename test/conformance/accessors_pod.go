package conformance

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
)

// podAsJudged is what the judge reads of a Pod.
type podAsJudged struct {
	Spec   struct{ NodeName *string }
	Status struct {
		Phase            *kinds.PodPhase
		Reason, Message  *string
		HostIP, PodIP    *netip.Addr
		PodIPs           []struct{ IP netip.Addr }
		StartTime        *time.Time
		Conditions       []condition
		InitStatuses     []containerAsJudged `json:"initContainerStatuses"`
		Statuses         []containerAsJudged `json:"containerStatuses"`
		EphemeralStatues []containerAsJudged `json:"ephemeralContainerStatuses"`
	}
}

type containerAsJudged struct {
	Name, Image, ImageID, ContainerID *string
	Ready                             *bool
	RestartCount                      count
	State, LastState                  stateAsJudged
}

type stateAsJudged struct {
	Waiting    *stateDetails
	Running    *stateDetails
	Terminated *stateDetails
}

type stateDetails struct {
	Reason, Message, ContainerID *string
	ExitCode, Signal             count
	StartedAt, FinishedAt        *time.Time
}

func comparePod(p *place, pod items.Pod, is podAsJudged) {
	p.Helper()
	attribute(p, "status.phase", is.Status.Phase, pod.Phase)
	attribute(p, "status.reason", is.Status.Reason, pod.Reason)
	attribute(p, "status.message", is.Status.Message, pod.Message)
	attribute(p, "status.hostIP", is.Status.HostIP, pod.HostIP)
	attribute(p, "status.podIP", is.Status.PodIP, pod.IP)
	attribute(p, "status.startTime", is.Status.StartTime, pod.StartTime)
	attribute(p, "spec.nodeName", is.Spec.NodeName, pod.NodeName)
	comparePodIPs(p, pod, is)
	compareConditions(p, pod, is.Status.Conditions)
	compareContainers(p, "status.initContainerStatuses", must[[]items.Container](p)(pod.InitContainers()), is.Status.InitStatuses)
	compareContainers(p, "status.containerStatuses", must[[]items.Container](p)(pod.Containers()), is.Status.Statuses)
	compareContainers(p, "status.ephemeralContainerStatuses", must[[]items.Container](p)(pod.EphemeralContainers()), is.Status.EphemeralStatues)
}

func comparePodIPs(p *place, pod items.Pod, is podAsJudged) {
	p.Helper()
	var want *[]netip.Addr
	for _, a := range is.Status.PodIPs {
		if want == nil {
			want = new([]netip.Addr)
		}
		*want = append(*want, a.IP)
	}
	attribute(p, "status.podIPs", want, pod.IPs)
}

func compareContainers(p *place, path string, got []items.Container, judged []containerAsJudged) {
	p.Helper()
	same(p, "the number of "+path, len(got), len(judged))
	for i, c := range judged {
		at := path + "[" + strconv.Itoa(i) + "]."
		attribute(p, at+"name", c.Name, got[i].Name)
		attribute(p, at+"image", c.Image, got[i].Image)
		attribute(p, at+"imageID", filled(c.ImageID), got[i].ImageID)
		attribute(p, at+"containerID", filled(c.ContainerID), got[i].ID)
		attribute(p, at+"ready", c.Ready, got[i].Ready)
		attribute(p, at+"restartCount", c.RestartCount, got[i].RestartCount)
		compareState(p, at+"state.", got[i].State(), c.State, true)
		compareState(p, at+"lastState.", got[i].LastState(), c.LastState, false)
	}
}

// filled is what the kubelet has written: it may write an empty text for none.
func filled(text *string) *string {
	if text != nil && *text == "" {
		return nil
	}
	return text
}

// compareState compares a state. Without any, a container waits now, but did
// nothing before.
func compareState(p *place, at string, got items.ContainerState, judged stateAsJudged, now bool) {
	p.Helper()
	name, details := judged.name(now)
	same(p, at, string(got.Name()), name)
	same(p, at+" as text", got.String(), name)
	same(p, at+" running", got.Running(), name == "running")
	same(p, at+" waiting", got.Waiting(), name == "waiting")
	same(p, at+" terminated", got.Terminated(), name == "terminated")
	same(p, at+" zero", got.IsZero(), name == "")
	if name == "" {
		return
	}
	at += name + "."
	inState(p, at+"exitCode", details.ExitCode, got.ExitCode)
	inState(p, at+"signal", details.Signal, got.Signal)
	inState(p, at+"reason", details.Reason, got.Reason)
	inState(p, at+"message", details.Message, got.Message)
	inState(p, at+"containerID", details.ContainerID, got.ContainerID)
	inState(p, at+"startedAt", details.StartedAt, got.StartedAt)
	inState(p, at+"finishedAt", details.FinishedAt, got.FinishedAt)
}

// inState is attribute, but of an attribute that the state cannot have the error
// may name the state that could.
func inState[V any](p *place, path string, want *V, get func() (V, error)) {
	p.Helper()
	if want != nil {
		attribute(p, path, want, get)
		return
	}
	_, err := get()
	unset := refused[*kube.StatusError](p, path, err)
	name := path[strings.LastIndex(path, "."):]
	if unset.Err != nil || !strings.HasSuffix(unset.Path, name) {
		p.Errorf("the error about %s is %v", path, unset)
	}
}

func (s stateAsJudged) name(now bool) (string, stateDetails) {
	switch {
	case s.Terminated != nil:
		return "terminated", *s.Terminated
	case s.Running != nil:
		return "running", *s.Running
	case s.Waiting != nil:
		return "waiting", *s.Waiting
	case now:
		return "waiting", stateDetails{}
	}
	return "", stateDetails{}
}

// madePod makes a pod that no node takes, so that its status is the test's own.
func (p *place) madePod(name string, status object) (items.Pod, podAsJudged) {
	p.Helper()
	v := p.cluster.Pods().In(p.namespace)
	must[items.Pod](p)(v.Create(p.ctx, p.pod(name, podSpec())))
	if status != nil {
		p.writeStatus(p.path("v1", "pods", name), status)
	}
	var is podAsJudged
	return agreed(p, &is, func() (items.Pod, error) { return v.Fetch(p.ctx, name) }), is
}

func podAccessors(p *place) {
	pod, is := p.madePod("evicted", object{
		"phase": "Failed", "reason": "Evicted", "message": "the node was low on memory",
		"hostIP": "10.0.0.1", "hostIPs": []any{object{"ip": "10.0.0.1"}},
		"podIP": "10.1.2.3", "podIPs": []any{object{"ip": "10.1.2.3"}, object{"ip": "fd00::3"}},
		"startTime": "2026-03-01T10:00:00Z",
		"conditions": []any{object{"type": "Ready", "status": "False", "reason": "PodFailed",
			"lastProbeTime": "2026-03-01T10:00:01Z", "lastTransitionTime": "2026-03-01T10:00:02Z"}},
	})
	comparePod(p, pod, is)
	same(p, "phase", must[kinds.PodPhase](p)(pod.Phase()), kinds.PodFailed)
	same(p, "ready", must[bool](p)(pod.Ready()), false)
	ips := must[[]netip.Addr](p)(pod.IPs())
	ips[0] = netip.Addr{}
	same(p, "the addresses after a change of the copy", must[[]netip.Addr](p)(pod.IPs())[0], netip.MustParseAddr("10.1.2.3"))
}

func freshPod(p *place) {
	pod, is := p.madePod("fresh", nil)
	comparePod(p, pod, is)
	if is.Status.PodIP != nil || is.Status.StartTime != nil || is.Spec.NodeName != nil {
		p.Errorf("the pod is not fresh: %s", pod.Raw())
	}
	_, err := pod.Ready()
	refused[*kube.StatusError](p, "ready", err)
	same(p, "restarts", must[int64](p)(pod.Restarts()), 0)
	same(p, "the default", kube.Or("none")(pod.Reason()), "none")
}

func unknownPhase(p *place) {
	pod, _ := p.madePod("strange", object{"phase": "Dreaming"})
	same(p, "phase", must[kinds.PodPhase](p)(pod.Phase()), "Dreaming")
	selected := collected(p, p.cluster.Pods().In(p.namespace))
	same(p, "the pods", selected, []string{"strange"})
}

func containerAccessors(p *place) {
	id := "containerd://0123456789abcdef"
	status := func(name string, more object) object {
		s := object{"name": name, "image": "example.com/" + name + ":1", "imageID": "", "ready": false, "restartCount": 0}
		for key, value := range more {
			s[key] = value
		}
		return s
	}
	ended := object{"terminated": object{"exitCode": 137, "signal": 9, "reason": "OOMKilled", "message": "too much",
		"startedAt": "2026-03-01T10:00:00Z", "finishedAt": "2026-03-01T10:05:00Z", "containerID": id}}
	pod, is := p.madePod("many", object{
		"phase": "Running",
		"initContainerStatuses": []any{status("setup", object{"state": object{"terminated": object{"exitCode": 0,
			"startedAt": nil, "finishedAt": "2026-03-01T10:00:00Z"}}})},
		"containerStatuses": []any{
			status("main", object{"ready": true, "restartCount": 4, "imageID": "example.com/main@sha256:1", "containerID": id,
				"state": object{"running": object{"startedAt": "2026-03-01T10:06:00Z"}}, "lastState": ended}),
			status("waits", object{"restartCount": 3, "state": object{"waiting": object{"reason": "CrashLoopBackOff", "message": "back-off"}}}),
			status("new", nil),
			status("over", object{"state": ended}),
		},
		"ephemeralContainerStatuses": []any{status("debug", object{"state": object{"running": object{"startedAt": "2026-03-01T11:00:00Z"}}})},
	})
	same(p, "the number of containers", len(is.Status.Statuses), 4)
	comparePod(p, pod, is)
	same(p, "restarts", must[int64](p)(pod.Restarts()), 7)
	same(p, "the id", must[string](p)(must[[]items.Container](p)(pod.Containers())[0].ID()), id)
}

// livePod compares a pod that a workload has made and a kubelet runs.
func livePod(p *place) {
	if !p.env.Lives {
		p.Skip("nothing runs here")
	}
	must[items.Deployment](p)(p.cluster.Deployments().In(p.namespace).Create(p.ctx, p.deployment("web", 2, running())))
	v := p.cluster.Pods().In(p.namespace)
	p.eventually(func() error { return p.allRun(2) })
	for _, name := range collected(p, v) {
		var is podAsJudged
		pod := agreed(p, &is, func() (items.Pod, error) { return v.Fetch(p.ctx, name) })
		comparePod(p, pod, is)
		same(p, "the number of containers", len(is.Status.Statuses), 1)
		same(p, "ready", must[bool](p)(pod.Ready()), true)
		owner, ok := pod.Meta().Controller()
		if !ok || owner.Kind != "ReplicaSet" {
			p.Errorf("the pod belongs to %+v", owner)
		}
	}
}

func (p *place) allRun(want int) error {
	snapshot, err := p.cluster.Pods().In(p.namespace).List(p.ctx)
	p.must(err)
	if snapshot.Len() != want {
		return unexpected("the number of pods", snapshot.Len())
	}
	for pod := range snapshot.All() {
		if ready, err := pod.Ready(); err != nil || !ready {
			return errors.Join(err, unexpected("ready", ready))
		}
	}
	return nil
}
