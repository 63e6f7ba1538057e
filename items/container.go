package items

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
)

// Container is the observed state of one container of a pod, immutable as the
// pod is.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodStatus.
type Container struct {
	pod   raw.Object
	v     raw.Value
	field string // of the pod's status
	i     int
}

// path is where something in the container's state is in the pod.
func (c Container) path(below ...string) []string {
	return append([]string{"status", c.field, strconv.Itoa(c.i)}, below...)
}

func (c Container) text(name string) (string, error) {
	if text, err := c.v.Get(name).Text(); err == nil {
		return text, nil
	}
	return rest.Text(c.pod, c.path(name)...)
}

// Raw is the whole state as the server wrote it.
func (c Container) Raw() raw.Value { return c.v }

// Name is the container's name, as in the pod's spec. Possible error:
// *StatusError.
func (c Container) Name() (string, error) { return c.text("name") }

// Image is the image as it was asked for, or as the runtime knows it. Possible
// error: *StatusError.
func (c Container) Image() (string, error) { return c.text("image") }

// ImageID is the exact image that runs. Possible error: *StatusError.
func (c Container) ImageID() (string, error) {
	text, err := c.text("imageID")
	return c.filled(text, err, "imageID")
}

// ID is the container's id at its runtime, in the form runtime://id. Possible
// error: *StatusError, as long as the container has not been made.
func (c Container) ID() (string, error) {
	text, err := c.text("containerID")
	if text, err = c.filled(text, err, "containerID"); err != nil {
		return "", err
	}
	if kind, id, ok := strings.Cut(text, "://"); !ok || kind == "" || id == "" {
		return "", rest.Malformed(c.pod, errors.New("want runtime://id"), c.path("containerID")...)
	}
	return text, nil
}

// filled takes an empty text as absent: the API has no other way to say it of
// a field that it always sends.
func (c Container) filled(text string, err error, name string) (string, error) {
	if err == nil && text == "" {
		return "", rest.NotSet(c.pod, c.path(name)...)
	}
	return text, err
}

// RestartCount is how often the container has been restarted. Possible error:
// *StatusError.
func (c Container) RestartCount() (int64, error) {
	if n, err := c.v.Get("restartCount").Int(); err == nil {
		return n, nil
	}
	return rest.Int(c.pod, c.path("restartCount")...)
}

// Ready reports whether the container passes its readiness probe. Possible
// error: *StatusError.
func (c Container) Ready() (bool, error) {
	if ready, err := c.v.Get("ready").Bool(); err == nil {
		return ready, nil
	}
	return rest.Bool(c.pod, c.path("ready")...)
}

// State is what the container does now. A container without one is waiting, as
// the API defines.
func (c Container) State() ContainerState { return c.state("state") }

// LastState is what the container did before it was last restarted: terminated,
// or nothing (see [ContainerState.IsZero]).
func (c Container) LastState() ContainerState {
	return c.state("lastState")
}

func (c Container) state(field string) ContainerState {
	return ContainerState{c, c.v.Get(field), field}
}

// ContainerState is running, waiting or terminated. The zero ContainerState is
// none of them.
type ContainerState struct {
	c     Container
	v     raw.Value
	field string
}

// IsZero reports whether there is no state.
func (s ContainerState) IsZero() bool { return s.field != "state" && s.v.Len() == 0 }

// Name is "running", "waiting" or "terminated"; "" for the zero state.
func (s ContainerState) Name() kinds.ContainerStateName {
	switch {
	case s.IsZero():
		return ""
	case s.v.Get("terminated").IsSet():
		return kinds.ContainerTerminated
	case s.v.Get("running").IsSet():
		return kinds.ContainerRunning
	}
	return kinds.ContainerWaiting
}

// String is the name.
func (s ContainerState) String() string { return string(s.Name()) }

// Running reports whether the container runs.
func (s ContainerState) Running() bool { return s.Name() == kinds.ContainerRunning }

// Waiting reports whether the container has not been started.
func (s ContainerState) Waiting() bool { return s.Name() == kinds.ContainerWaiting }

// Terminated reports whether the container has ended.
func (s ContainerState) Terminated() bool { return s.Name() == kinds.ContainerTerminated }

// path is where an attribute is, if the state is one of those that have it.
func (s ContainerState) path(attribute string, names ...kinds.ContainerStateName) ([]string, error) {
	name := s.Name()
	if !slices.Contains(names, name) {
		return nil, rest.NotSet(s.c.pod, s.c.path(s.field, string(names[0]), attribute)...)
	}
	return s.c.path(s.field, string(name), attribute), nil
}

func (s ContainerState) text(attribute string, names ...kinds.ContainerStateName) (string, error) {
	path, err := s.path(attribute, names...)
	if err != nil {
		return "", err
	}
	return rest.Text(s.c.pod, path...)
}

func (s ContainerState) int(attribute string) (int64, error) {
	path, err := s.path(attribute, kinds.ContainerTerminated)
	if err != nil {
		return 0, err
	}
	return rest.Int(s.c.pod, path...)
}

func (s ContainerState) time(attribute string, names ...kinds.ContainerStateName) (time.Time, error) {
	path, err := s.path(attribute, names...)
	if err != nil {
		return time.Time{}, err
	}
	return rest.Time(s.c.pod, path...)
}

// ExitCode is the code that a terminated container ended with. Possible error:
// *StatusError, also for other states.
func (s ContainerState) ExitCode() (int64, error) { return s.int("exitCode") }

// Signal is the signal that ended a terminated container. Possible error:
// *StatusError, also for other states and without a signal.
func (s ContainerState) Signal() (int64, error) { return s.int("signal") }

// FinishedAt is when a terminated container ended. Possible error:
// *StatusError, also for other states.
func (s ContainerState) FinishedAt() (time.Time, error) {
	return s.time("finishedAt", kinds.ContainerTerminated)
}

// StartedAt is when a running or terminated container was started. Possible
// error: *StatusError, also for a waiting one.
func (s ContainerState) StartedAt() (time.Time, error) {
	return s.time("startedAt", kinds.ContainerRunning, kinds.ContainerTerminated)
}

// ContainerID is the id of a terminated container, in the form runtime://id.
// Possible error: *StatusError, also for other states.
func (s ContainerState) ContainerID() (string, error) {
	return s.text("containerID", kinds.ContainerTerminated)
}

// Reason tells in one word why a container waits or has ended:
// "CrashLoopBackOff". Possible error: *StatusError, also for a running one.
func (s ContainerState) Reason() (string, error) {
	return s.text("reason", kinds.ContainerWaiting, kinds.ContainerTerminated)
}

// Message tells why a container waits or has ended. Possible error:
// *StatusError, also for a running one.
func (s ContainerState) Message() (string, error) {
	return s.text("message", kinds.ContainerWaiting, kinds.ContainerTerminated)
}
