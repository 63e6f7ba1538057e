package items

import (
	"slices"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
)

// PersistentVolume is storage that outlives the pods that use it.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/persistent-volume-v1/.
type PersistentVolume struct{ object }

// Phase tells whether the volume is in use. Possible error: *StatusError.
func (v PersistentVolume) Phase() (kinds.PersistentVolumePhase, error) {
	return enum[kinds.PersistentVolumePhase](rest.Text(v.doc(), "status", "phase"))
}

// LastPhaseTransition is when the phase changed last. Possible error:
// *StatusError; servers before 1.29 do not tell.
func (v PersistentVolume) LastPhaseTransition() (time.Time, error) {
	return rest.Time(v.doc(), "status", "lastPhaseTransitionTime")
}

// Reason tells in one word why the volume failed. Possible error: *StatusError;
// most volumes have none.
func (v PersistentVolume) Reason() (string, error) { return rest.Text(v.doc(), "status", "reason") }

// Message tells why the volume is in its phase. Possible error: *StatusError; most
// volumes have none.
func (v PersistentVolume) Message() (string, error) { return rest.Text(v.doc(), "status", "message") }

// Capacity is the size of the storage, in bytes. Possible error: *StatusError.
func (v PersistentVolume) Capacity() (Quantity, error) {
	return amount(v.doc(), "spec", "capacity", "storage")
}

// AccessModes are the ways in which the volume can be mounted. The slice is the
// caller's. Possible error: *StatusError when they are malformed.
func (v PersistentVolume) AccessModes() ([]kinds.AccessMode, error) {
	return list[kinds.AccessMode](v.doc(), "spec", "accessModes")
}

// ReclaimPolicy tells what becomes of the volume when its claim is deleted: it is
// kept (Retain) when the spec does not tell. Possible error: *StatusError when it
// is malformed.
func (v PersistentVolume) ReclaimPolicy() (kinds.ReclaimPolicy, error) {
	return whenUnset(kinds.ReclaimRetain)(
		enum[kinds.ReclaimPolicy](rest.Text(v.doc(), "spec", "persistentVolumeReclaimPolicy")))
}

// Claim is the PersistentVolumeClaim that the volume is bound to, or kept for.
// Possible error: *StatusError, also when there is none.
func (v PersistentVolume) Claim() (ObjectReference, error) {
	return needed[ObjectReference](v.doc(), "spec", "claimRef")
}

// StorageClass is the class that the volume belongs to; "" when it is of none.
// Possible error: *StatusError when the attribute is malformed.
func (v PersistentVolume) StorageClass() (string, error) {
	return whenUnset("")(rest.Text(v.doc(), "spec", "storageClassName"))
}

// VolumeAttributesClass names the class of the volume's attributes. Possible
// error: *StatusError, also when there is none.
func (v PersistentVolume) VolumeAttributesClass() (string, error) {
	return rest.Text(v.doc(), "spec", "volumeAttributesClassName")
}

// VolumeMode tells what pods get: a file system when the spec does not tell.
// Possible error: *StatusError when it is malformed.
func (v PersistentVolume) VolumeMode() (kinds.VolumeMode, error) { return volumeMode(v.doc()) }

func volumeMode(doc raw.Object) (kinds.VolumeMode, error) {
	return whenUnset(kinds.VolumeFilesystem)(enum[kinds.VolumeMode](rest.Text(doc, "spec", "volumeMode")))
}

// MountOptions are the options with which the volume is mounted. The slice is the
// caller's. Possible error: *StatusError when they are malformed.
func (v PersistentVolume) MountOptions() ([]string, error) {
	return list[string](v.doc(), "spec", "mountOptions")
}

// VolumeSource is what a volume is made of.
type VolumeSource struct {
	Type string    // "csi", "hostPath", "nfs", …
	Spec raw.Value // what the type asks for: csi has driver and volumeHandle
}

// notSources are the attributes of a volume that the API knows beside the one
// that names its source.
var notSources = []string{"capacity", "accessModes", "claimRef", "persistentVolumeReclaimPolicy", "storageClassName",
	"mountOptions", "volumeMode", "nodeAffinity", "volumeAttributesClassName"}

// Source is what the volume is made of. Possible error: *StatusError.
func (v PersistentVolume) Source() (VolumeSource, error) {
	for name, value := range v.Spec().Members() {
		if value.Kind() == raw.KindObject && !slices.Contains(notSources, name) {
			return VolumeSource{name, value}, nil
		}
	}
	return VolumeSource{}, rest.NotSet(v.doc(), "spec", "persistentVolumeSource")
}

// PersistentVolumeClaim asks for a PersistentVolume.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/persistent-volume-claim-v1/.
type PersistentVolumeClaim struct{ object }

// Phase tells whether there is a volume. Possible error: *StatusError.
func (c PersistentVolumeClaim) Phase() (kinds.PersistentVolumeClaimPhase, error) {
	return enum[kinds.PersistentVolumeClaimPhase](rest.Text(c.doc(), "status", "phase"))
}

// VolumeName is the PersistentVolume that the claim is bound to. Possible error:
// *StatusError, as long as there is none.
func (c PersistentVolumeClaim) VolumeName() (string, error) {
	return filled(c.doc(), "spec", "volumeName")
}

// StorageClass is the class that the volume must be of; "" for one of no class.
// Possible error: *StatusError when the spec does not tell: then the cluster had
// no default class, so far.
func (c PersistentVolumeClaim) StorageClass() (string, error) {
	return rest.Text(c.doc(), "spec", "storageClassName")
}

// VolumeAttributesClass names the class of attributes that the volume has, or
// else the one that it is going to have. Possible error: *StatusError, also when
// there is none.
func (c PersistentVolumeClaim) VolumeAttributesClass() (string, error) {
	name, err := rest.Text(c.doc(), "status", "currentVolumeAttributesClassName")
	if isUnset(err) {
		return rest.Text(c.doc(), "spec", "volumeAttributesClassName")
	}
	return name, err
}

// Requested is the least size that is asked for, in bytes. Possible error:
// *StatusError.
func (c PersistentVolumeClaim) Requested() (Quantity, error) {
	return amount(c.doc(), "spec", "resources", "requests", "storage")
}

// Capacity is the size of the bound volume, in bytes. Possible error:
// *StatusError, as long as there is none.
func (c PersistentVolumeClaim) Capacity() (Quantity, error) {
	return amount(c.doc(), "status", "capacity", "storage")
}

// AccessModes are the ways in which the bound volume can be mounted. The slice is
// the caller's; it is empty as long as there is none. Possible error: *StatusError
// when they are malformed.
func (c PersistentVolumeClaim) AccessModes() ([]kinds.AccessMode, error) {
	return list[kinds.AccessMode](c.doc(), "status", "accessModes")
}

// RequestedAccessModes are the ways in which the volume must be mountable. The
// slice is the caller's. Possible error: *StatusError when they are malformed.
func (c PersistentVolumeClaim) RequestedAccessModes() ([]kinds.AccessMode, error) {
	return list[kinds.AccessMode](c.doc(), "spec", "accessModes")
}

// VolumeMode tells what pods get: a file system when the spec does not tell.
// Possible error: *StatusError when it is malformed.
func (c PersistentVolumeClaim) VolumeMode() (kinds.VolumeMode, error) { return volumeMode(c.doc()) }
