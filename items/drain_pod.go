package items

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/meta"
	"github.com/kubeviews/kube/raw"
)

// leaving is a pod of a node that is drained.
type leaving struct {
	pod     Pod
	fate    fate
	why     string // it must not go
	evicted bool
	again   time.Time // not to be asked before
	blocked error     // what the server has said last
}

// fate is what becomes of a pod.
type fate int

const (
	goes    fate = iota
	stays        // where it is, which is fine
	mustNot      // go, which is not
	fails        // to go: the server refuses for good
)

// waits reports whether the pod has to be asked for. One that is being deleted goes
// by itself.
func (p *leaving) waits() bool {
	return p.fate == goes && !p.evicted && !p.pod.Meta().Deleting()
}

func (p *leaving) ident() string { return p.pod.Namespace() + "/" + p.pod.Name() }

// String names the pod and what keeps it.
func (p *leaving) String() string {
	if why := p.reason(); why != "" {
		return p.ident() + " (" + why + ")"
	}
	return p.ident()
}

// refused is the pod as a DrainError tells of it.
func (p *leaving) refused() string { return p.ident() + ": " + p.reason() }

// reason is why the pod must not go, or what the server has said of its eviction:
// which budget is in the way is said in a cause.
func (p *leaving) reason() string {
	if p.blocked == nil {
		return p.why
	}
	var api *rest.APIError
	if errors.As(p.blocked, &api) {
		for cause := range api.Status.Get("details", "causes").Elements() {
			if text, err := cause.Get("message").Text(); err == nil && text != "" {
				return text
			}
		}
	}
	return strings.TrimPrefix(p.blocked.Error(), "kube: ")
}

func (how Drain) selects() bool { return how.Pods != (meta.Selector{}) }

// decide follows kubectl: what has ended can go, what nobody makes anew cannot.
func (how Drain) decide(pod Pod) (f fate, why string) {
	controller, managed := pod.Meta().Controller()
	daemon := managed && controller.Kind == "DaemonSet"
	switch {
	case how.selects() && !how.Pods.Matches(pod.Raw()), pod.Annotations().Has("kubernetes.io/config.mirror"):
		return stays, ""
	case hasEnded(pod):
		return goes, ""
	case daemon && how.IgnoreDaemonSets:
		return stays, ""
	case daemon:
		return mustNot, "its daemon set would make it anew; see IgnoreDaemonSets"
	case pod.Meta().Deleting():
		return goes, ""
	case !managed && !how.Unmanaged:
		return mustNot, "nothing would make it anew; see Unmanaged"
	case !how.DeleteEmptyDirData && hasEmptyDir(pod):
		return mustNot, "it would lose the data of an emptyDir volume; see DeleteEmptyDirData"
	}
	return goes, ""
}

func hasEnded(pod Pod) bool {
	phase, err := pod.Phase()
	return err == nil && (phase == kinds.PodSucceeded || phase == kinds.PodFailed)
}

func hasEmptyDir(pod Pod) bool {
	for volume := range pod.Spec().Get("volumes").Elements() {
		if volume.Get("emptyDir").IsSet() {
			return true
		}
	}
	return false
}

// isOutdated reports whether the pod is no longer what it was when it was asked for:
// it is gone, another has taken its name, or it has changed.
func isOutdated(err error) bool {
	var missing *rest.NotFoundError
	var other *rest.ConflictError
	return errors.As(err, &missing) || errors.As(err, &other)
}

// isForNow reports whether an eviction may be granted later. One whose answer is lost
// is asked for again, too: a pod that is being deleted costs no budget anything.
func isForNow(err error) bool {
	var busy *rest.TooManyRequestsError
	var away *rest.UnreachableError
	var api *rest.APIError
	if errors.As(err, &busy) || errors.As(err, &away) {
		return true
	}
	if !errors.As(err, &api) {
		return false
	}
	switch api.Code {
	case http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	case http.StatusForbidden: // until the namespace's own end has come to the pod
		return hasCause(api.Status, "NamespaceTerminating")
	}
	return false
}

func hasCause(status raw.Object, reason string) bool {
	for cause := range status.Get("details", "causes").Elements() {
		if text, err := cause.Get("reason").Text(); err == nil && text == reason {
			return true
		}
	}
	return false
}
