package items

import (
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
)

// Generic is an item of a kind that has no type of its own.
type Generic struct{ Object[Generic] }

// ServedAs is what a connection needs to know of a kind to find it.
func ServedAs(k kinds.Kind) rest.Resource {
	return rest.Resource{Plural: k.Resource(), GroupVersions: k.GroupVersions()}
}

// IsSensitive reports whether items of the kind hide their content when they
// are printed: Secrets do.
func IsSensitive(k kinds.Kind) bool { return k.Resource() == "secrets" && k.Group() == "" }

// NeedsSpec reports whether an object of the kind cannot be created without a
// spec.
func NeedsSpec(k kinds.Kind) bool {
	switch k.Name() {
	case kinds.Pod, kinds.ReplicaSet, kinds.ReplicationController, kinds.DaemonSet, kinds.Deployment, kinds.Service:
		return k.Group() == "" || k.Group() == "apps"
	}
	return false
}
