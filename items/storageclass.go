package items

import (
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
)

// StorageClass tells how volumes are made for claims.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/storage-class-v1/.
type StorageClass struct{ object }

// Provisioner names what makes the volumes. Possible error: *StatusError.
func (s StorageClass) Provisioner() (string, error) { return rest.Text(s.doc(), "provisioner") }

// Parameters are what the provisioner is told: a copy, which is the caller's to
// change. It is never nil without an error. Possible error: *StatusError when they
// are malformed.
func (s StorageClass) Parameters() (map[string]string, error) { return texts(s.doc(), "parameters") }

// ReclaimPolicy tells what becomes of a volume when its claim is deleted: it is
// deleted when the class does not tell. Possible error: *StatusError when it is
// malformed.
func (s StorageClass) ReclaimPolicy() (kinds.ReclaimPolicy, error) {
	return whenUnset(kinds.ReclaimDelete)(enum[kinds.ReclaimPolicy](rest.Text(s.doc(), "reclaimPolicy")))
}

// VolumeBindingMode tells when a claim gets its volume: Immediate when the class
// does not tell. Possible error: *StatusError when it is malformed.
func (s StorageClass) VolumeBindingMode() (kinds.VolumeBindingMode, error) {
	return whenUnset(kinds.BindImmediate)(enum[kinds.VolumeBindingMode](rest.Text(s.doc(), "volumeBindingMode")))
}

// AllowsExpansion reports whether claims may grow: false when the class does not
// tell. Possible error: *StatusError when it is malformed.
func (s StorageClass) AllowsExpansion() (bool, error) {
	return whenUnset(false)(rest.Bool(s.doc(), "allowVolumeExpansion"))
}

// MountOptions are the options with which the volumes are mounted. The slice is
// the caller's. Possible error: *StatusError when they are malformed.
func (s StorageClass) MountOptions() ([]string, error) { return list[string](s.doc(), "mountOptions") }

// IsDefault reports whether claims that name no class get this one. An annotation
// tells it. Where several classes are the default, the newest one is used.
func (s StorageClass) IsDefault() bool {
	for _, key := range []string{"storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"} {
		if rest.String(s.doc(), "metadata", "annotations", key) == "true" {
			return true
		}
	}
	return false
}
