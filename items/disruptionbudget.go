package items

import (
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
)

// PodDisruptionBudget limits how many pods may be evicted at a time. Its counters
// are in pods; servers write 0 before the controller has looked: see
// ObservedGeneration.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/pod-disruption-budget-v1/.
type PodDisruptionBudget struct{ object }

// MinAvailable is how many pods must stay, or which part of them: "50%". Possible
// error: *StatusError, also when the budget has no such limit.
func (p PodDisruptionBudget) MinAvailable() (IntOrString, error) {
	return needed[IntOrString](p.doc(), "spec", "minAvailable")
}

// MaxUnavailable is how many pods may be missing, or which part of them. Possible
// error: *StatusError, also when the budget has no such limit.
func (p PodDisruptionBudget) MaxUnavailable() (IntOrString, error) {
	return needed[IntOrString](p.doc(), "spec", "maxUnavailable")
}

// Selector picks the pods. Possible error: *StatusError; a budget without a
// selector is for no pod, one whose selector is empty is for all of its namespace.
func (p PodDisruptionBudget) Selector() (LabelSelector, error) {
	return needed[LabelSelector](p.doc(), "spec", "selector")
}

// UnhealthyPodEvictionPolicy tells when pods may be evicted that are not ready:
// IfHealthyBudget when the spec does not tell. Possible error: *StatusError when
// it is malformed.
func (p PodDisruptionBudget) UnhealthyPodEvictionPolicy() (kinds.UnhealthyPodEvictionPolicy, error) {
	return whenUnset(kinds.EvictIfHealthyBudget)(
		enum[kinds.UnhealthyPodEvictionPolicy](rest.Text(p.doc(), "spec", "unhealthyPodEvictionPolicy")))
}

// DisruptionsAllowed is how many pods may be evicted now.
func (p PodDisruptionBudget) DisruptionsAllowed() (int64, error) {
	return counter(p.doc(), "disruptionsAllowed")
}

// CurrentHealthy is how many pods are ready.
func (p PodDisruptionBudget) CurrentHealthy() (int64, error) {
	return counter(p.doc(), "currentHealthy")
}

// DesiredHealthy is how many must stay ready.
func (p PodDisruptionBudget) DesiredHealthy() (int64, error) {
	return counter(p.doc(), "desiredHealthy")
}

// ExpectedPods is how many there should be.
func (p PodDisruptionBudget) ExpectedPods() (int64, error) { return counter(p.doc(), "expectedPods") }

// ObservedGeneration is the generation of the spec that the status is about.
// Possible error: *StatusError, as long as the controller has not looked.
func (p PodDisruptionBudget) ObservedGeneration() (int64, error) {
	return rest.Int(p.doc(), "status", "observedGeneration")
}

// DisruptedPods are the pods whose eviction is under way, by name, and when it was
// granted. The map is the caller's. Possible error: *StatusError when they are
// malformed.
func (p PodDisruptionBudget) DisruptedPods() (map[string]time.Time, error) {
	return part[map[string]time.Time](p.doc(), "status", "disruptedPods")
}
