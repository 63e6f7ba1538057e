package items

import "github.com/kubeviews/kube/internal/rest"

// The counters of the workloads' status are in pods. Each returns a
// *StatusError as long as the controller has not written its status.

// ReplicaSet keeps a number of equal pods running.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/replica-set-v1/.
type ReplicaSet struct{ object }

// DesiredReplicas is how many pods there should be: 1 when the spec does not
// tell, as the API defines. Possible error: *StatusError when it is malformed.
func (r ReplicaSet) DesiredReplicas() (int64, error) { return desiredReplicas(r.doc()) }

// Replicas is how many pods there are.
func (r ReplicaSet) Replicas() (int64, error) { return counter(r.doc(), "replicas") }

// AvailableReplicas is how many have been ready for long enough.
func (r ReplicaSet) AvailableReplicas() (int64, error) { return counter(r.doc(), "availableReplicas") }

// FullyLabeledReplicas is how many have all labels of the template.
func (r ReplicaSet) FullyLabeledReplicas() (int64, error) {
	return counter(r.doc(), "fullyLabeledReplicas")
}

// ReadyReplicas is how many are ready.
func (r ReplicaSet) ReadyReplicas() (int64, error) { return counter(r.doc(), "readyReplicas") }

// TerminatingReplicas is how many are being deleted. The server tells it only
// where its feature DeploymentReplicaSetTerminatingReplicas is on (KEP-3973).
func (r ReplicaSet) TerminatingReplicas() (int64, error) {
	return rest.Int(r.doc(), "status", "terminatingReplicas")
}

// ObservedGeneration is the generation of the spec that the status is about.
func (r ReplicaSet) ObservedGeneration() (int64, error) {
	return rest.Int(r.doc(), "status", "observedGeneration")
}

// ReplicationController is what ReplicaSet has replaced.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/replication-controller-v1/.
type ReplicationController struct{ object }

// Replicas is how many pods there are.
func (r ReplicationController) Replicas() (int64, error) { return counter(r.doc(), "replicas") }

// AvailableReplicas is how many have been ready for long enough.
func (r ReplicationController) AvailableReplicas() (int64, error) {
	return counter(r.doc(), "availableReplicas")
}

// FullyLabeledReplicas is how many have all labels of the template.
func (r ReplicationController) FullyLabeledReplicas() (int64, error) {
	return counter(r.doc(), "fullyLabeledReplicas")
}

// ReadyReplicas is how many are ready.
func (r ReplicationController) ReadyReplicas() (int64, error) {
	return counter(r.doc(), "readyReplicas")
}

// ObservedGeneration is the generation of the spec that the status is about.
func (r ReplicationController) ObservedGeneration() (int64, error) {
	return rest.Int(r.doc(), "status", "observedGeneration")
}

// DaemonSet keeps one pod running on each node that it selects.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/daemon-set-v1/.
type DaemonSet struct{ object }

// CurrentNumberScheduled is on how many nodes a pod is that should be there.
func (d DaemonSet) CurrentNumberScheduled() (int64, error) {
	return counter(d.doc(), "currentNumberScheduled")
}

// DesiredNumberScheduled is on how many nodes a pod should be.
func (d DaemonSet) DesiredNumberScheduled() (int64, error) {
	return counter(d.doc(), "desiredNumberScheduled")
}

// NumberMisscheduled is on how many nodes a pod is that should not be there.
func (d DaemonSet) NumberMisscheduled() (int64, error) {
	return counter(d.doc(), "numberMisscheduled")
}

// NumberReady is on how many nodes a pod is ready.
func (d DaemonSet) NumberReady() (int64, error) { return counter(d.doc(), "numberReady") }

// UpdatedNumberScheduled is on how many nodes the pod is of the newest template.
func (d DaemonSet) UpdatedNumberScheduled() (int64, error) {
	return counter(d.doc(), "updatedNumberScheduled")
}

// NumberAvailable is on how many nodes a pod has been ready for long enough.
func (d DaemonSet) NumberAvailable() (int64, error) { return counter(d.doc(), "numberAvailable") }

// NumberUnavailable is on how many nodes a pod should be available and is not.
func (d DaemonSet) NumberUnavailable() (int64, error) { return counter(d.doc(), "numberUnavailable") }

// ObservedGeneration is the generation of the spec that the status is about.
func (d DaemonSet) ObservedGeneration() (int64, error) {
	return rest.Int(d.doc(), "status", "observedGeneration")
}

// Deployment rolls out versions of a ReplicaSet.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/.
type Deployment struct{ object }

// DesiredReplicas is how many pods there should be: 1 when the spec does not
// tell, as the API defines. Possible error: *StatusError when it is malformed.
func (d Deployment) DesiredReplicas() (int64, error) { return desiredReplicas(d.doc()) }

// Replicas is how many pods there are.
func (d Deployment) Replicas() (int64, error) { return counter(d.doc(), "replicas") }

// AvailableReplicas is how many have been ready for long enough.
func (d Deployment) AvailableReplicas() (int64, error) { return counter(d.doc(), "availableReplicas") }

// ReadyReplicas is how many are ready.
func (d Deployment) ReadyReplicas() (int64, error) { return counter(d.doc(), "readyReplicas") }

// UnavailableReplicas is how many are missing to what should be available.
func (d Deployment) UnavailableReplicas() (int64, error) {
	return counter(d.doc(), "unavailableReplicas")
}

// UpdatedReplicas is how many are of the newest template.
func (d Deployment) UpdatedReplicas() (int64, error) { return counter(d.doc(), "updatedReplicas") }

// TerminatingReplicas is how many are being deleted. The server tells it only
// where its feature DeploymentReplicaSetTerminatingReplicas is on (KEP-3973).
func (d Deployment) TerminatingReplicas() (int64, error) {
	return rest.Int(d.doc(), "status", "terminatingReplicas")
}

// ObservedGeneration is the generation of the spec that the status is about.
func (d Deployment) ObservedGeneration() (int64, error) {
	return rest.Int(d.doc(), "status", "observedGeneration")
}
