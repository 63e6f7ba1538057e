package items

import "github.com/kubeviews/kube/kinds"

// Generic is an item of a kind that has no type of its own.
type Generic struct{ object }

// AsGeneric returns the same revision with all the methods that items have, for an
// item whose type the compiler does not know: AsGeneric(item).Scale(ctx, 3). That
// of no item is the zero Generic.
func AsGeneric(item Item) Generic {
	if item == nil {
		return Generic{}
	}
	return Generic{object{item.inner()}}
}

// NeedsSpec reports whether an object of the kind cannot be created without a
// spec.
func NeedsSpec(k kinds.Kind) bool {
	switch k.Name() {
	case kinds.Pod, kinds.ReplicaSet, kinds.ReplicationController, kinds.DaemonSet, kinds.Deployment, kinds.StatefulSet,
		kinds.Job, kinds.CronJob, kinds.Service, kinds.Ingress, kinds.PersistentVolume, kinds.PersistentVolumeClaim,
		kinds.HorizontalPodAutoscaler, kinds.CustomResourceDefinition:
		known, err := kinds.Builtin().LookupObject(k.GroupVersions()[0], string(k.Name()))
		return err == nil && known == k
	}
	return false
}
