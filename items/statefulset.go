package items

import (
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
)

// TemplateContainer is a container as the template of a workload's pods asks for
// it.
type TemplateContainer struct {
	Name  string `json:"name"`
	Image string `json:"image"`
}

// templateContainers reads the containers of the pod template at a path.
func templateContainers(doc raw.Object, path ...string) ([]TemplateContainer, error) {
	return list[TemplateContainer](doc, append(path, "spec", "containers")...)
}

// StatefulSet runs pods that keep their names and their volumes. Its counters are
// in pods, and each returns a *StatusError as long as the controller has not
// written its status.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/stateful-set-v1/.
type StatefulSet struct{ object }

// DesiredReplicas is how many pods there should be: 1 when the spec does not
// tell, as the API defines. Possible error: *StatusError when it is malformed.
func (s StatefulSet) DesiredReplicas() (int64, error) { return desiredReplicas(s.doc()) }

// Replicas is how many pods there are.
func (s StatefulSet) Replicas() (int64, error) { return counter(s.doc(), "replicas") }

// ReadyReplicas is how many are ready.
func (s StatefulSet) ReadyReplicas() (int64, error) { return counter(s.doc(), "readyReplicas") }

// AvailableReplicas is how many have been ready for long enough.
func (s StatefulSet) AvailableReplicas() (int64, error) {
	return counter(s.doc(), "availableReplicas")
}

// CurrentReplicas is how many are of the revision that CurrentRevision names.
func (s StatefulSet) CurrentReplicas() (int64, error) { return counter(s.doc(), "currentReplicas") }

// UpdatedReplicas is how many are of the revision that UpdateRevision names.
func (s StatefulSet) UpdatedReplicas() (int64, error) { return counter(s.doc(), "updatedReplicas") }

// CurrentRevision names the ControllerRevision that an update leaves behind.
// Possible error: *StatusError.
func (s StatefulSet) CurrentRevision() (string, error) {
	return rest.Text(s.doc(), "status", "currentRevision")
}

// UpdateRevision names the ControllerRevision that an update leads to; no update
// is under way when it is CurrentRevision. Possible error: *StatusError.
func (s StatefulSet) UpdateRevision() (string, error) {
	return rest.Text(s.doc(), "status", "updateRevision")
}

// ObservedGeneration is the generation of the spec that the status is about.
// Possible error: *StatusError.
func (s StatefulSet) ObservedGeneration() (int64, error) {
	return rest.Int(s.doc(), "status", "observedGeneration")
}

// ServiceName is the headless Service that gives the pods their DNS names.
// Possible error: *StatusError when there is none.
func (s StatefulSet) ServiceName() (string, error) { return filled(s.doc(), "spec", "serviceName") }

// UpdateStrategy tells how pods of an old revision are replaced: by
// RollingUpdate when the spec does not tell. Possible error: *StatusError when it
// is malformed.
func (s StatefulSet) UpdateStrategy() (kinds.StatefulSetUpdateStrategy, error) {
	return whenUnset(kinds.StatefulSetRollingUpdate)(
		enum[kinds.StatefulSetUpdateStrategy](rest.Text(s.doc(), "spec", "updateStrategy", "type")))
}

// Partition is the lowest ordinal that a rolling update replaces: 0, all of them,
// when the spec does not tell. Possible error: *StatusError when it is malformed.
func (s StatefulSet) Partition() (int64, error) {
	return whenUnset(int64(0))(rest.Int(s.doc(), "spec", "updateStrategy", "rollingUpdate", "partition"))
}

// PodManagementPolicy tells in which order pods come and go: OrderedReady when the
// spec does not tell. Possible error: *StatusError when it is malformed.
func (s StatefulSet) PodManagementPolicy() (kinds.PodManagementPolicy, error) {
	return whenUnset(kinds.PodManagementOrderedReady)(
		enum[kinds.PodManagementPolicy](rest.Text(s.doc(), "spec", "podManagementPolicy")))
}

// Selector picks the pods. Possible error: *StatusError.
func (s StatefulSet) Selector() (LabelSelector, error) {
	return needed[LabelSelector](s.doc(), "spec", "selector")
}

// Containers are the containers of the pods' template. The slice is the caller's.
// Possible error: *StatusError when they are malformed.
func (s StatefulSet) Containers() ([]TemplateContainer, error) {
	return templateContainers(s.doc(), "spec", "template")
}

// VolumeClaim is what each pod of a StatefulSet claims for itself.
type VolumeClaim struct {
	Name         string // a pod's claim is called Name-pod
	StorageClass string // "" for the cluster's default class
	AccessModes  []kinds.AccessMode
	Storage      Quantity // the least that is asked for
}

// VolumeClaims are the claims that each pod gets. The slice is the caller's; it is
// empty when there are none. Possible error: *StatusError when they are malformed.
func (s StatefulSet) VolumeClaims() ([]VolumeClaim, error) {
	type claim struct {
		Metadata struct {
			Name string `json:"name"`
		} `json:"metadata"`
		Spec struct {
			StorageClassName string             `json:"storageClassName"`
			AccessModes      []kinds.AccessMode `json:"accessModes"`
			Resources        struct {
				Requests struct {
					Storage raw.Value `json:"storage"`
				} `json:"requests"`
			} `json:"resources"`
		} `json:"spec"`
	}
	claims, err := list[claim](s.doc(), "spec", "volumeClaimTemplates")
	if err != nil {
		return nil, err
	}
	var all []VolumeClaim
	for _, c := range claims {
		storage, err := quantityOrZero(c.Spec.Resources.Requests.Storage)
		if err != nil {
			return nil, rest.Malformed(s.doc(), err, "spec", "volumeClaimTemplates")
		}
		all = append(all, VolumeClaim{c.Metadata.Name, c.Spec.StorageClassName, c.Spec.AccessModes, storage})
	}
	return all, nil
}
