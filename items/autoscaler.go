package items

import (
	"time"

	"github.com/kubeviews/kube/internal/rest"
)

// HorizontalPodAutoscaler sets the number of a workload's pods.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/.
type HorizontalPodAutoscaler struct{ object }

// Target is the workload: its APIVersion, Kind and Name, in the same namespace.
// Possible error: *StatusError.
func (h HorizontalPodAutoscaler) Target() (ObjectReference, error) {
	return needed[ObjectReference](h.doc(), "spec", "scaleTargetRef")
}

// MinReplicas is the least number of pods: 1 when the spec does not tell. Possible
// error: *StatusError when it is malformed.
func (h HorizontalPodAutoscaler) MinReplicas() (int64, error) {
	return whenUnset(int64(1))(rest.Int(h.doc(), "spec", "minReplicas"))
}

// MaxReplicas is the largest number of pods. Possible error: *StatusError.
func (h HorizontalPodAutoscaler) MaxReplicas() (int64, error) {
	return rest.Int(h.doc(), "spec", "maxReplicas")
}

// CurrentReplicas is how many pods there were when the controller looked last.
// Servers write 0 before it has looked at all. Possible error: *StatusError.
func (h HorizontalPodAutoscaler) CurrentReplicas() (int64, error) {
	n, err := rest.Int(h.doc(), "status", "currentReplicas")
	if isUnset(err) && h.Status().Get("desiredReplicas").IsSet() {
		return 0, nil // autoscaling/v2 leaves out zero, and never desiredReplicas
	}
	return n, err
}

// DesiredReplicas is how many pods the controller has decided on. Servers write 0
// before it has. Possible error: *StatusError.
func (h HorizontalPodAutoscaler) DesiredReplicas() (int64, error) {
	return rest.Int(h.doc(), "status", "desiredReplicas")
}

// LastScaleTime is when the number of pods was changed last. Possible error:
// *StatusError, as long as it never was.
func (h HorizontalPodAutoscaler) LastScaleTime() (time.Time, error) {
	return rest.Time(h.doc(), "status", "lastScaleTime")
}

// ObservedGeneration is the generation of the spec that the status is about.
// Possible error: *StatusError; most controllers do not tell.
func (h HorizontalPodAutoscaler) ObservedGeneration() (int64, error) {
	return rest.Int(h.doc(), "status", "observedGeneration")
}
