package data

import (
	"cmp"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Object is an object of some kind.
type Object interface {
	runtime.Object
	metav1.Object
}

// List is a list as a server has it, and its items.
type List struct {
	Whole runtime.Object
	Items []Object
}

// Resources are the paths of what can be made, below that of a cluster.
var Resources = []string{pods, configMaps, deployments}

const (
	pods        = "api/v1/pods"
	configMaps  = "api/v1/configmaps"
	deployments = "apis/apps/v1/deployments"
)

// Make makes a list of n objects of a resource.
func Make(resource string, n int, order Order, seed uint64) (list List, ok bool) {
	switch resource {
	case pods:
		l := Pods(n, order, seed)
		return List{l, objects(l.Items)}, true
	case configMaps:
		l := ConfigMaps(n, order, seed)
		return List{l, objects(l.Items)}, true
	case deployments:
		l := Deployments(n, order, seed)
		return List{l, objects(l.Items)}, true
	}
	return List{}, false
}

// objects are the items of a list, by their addresses.
func objects[T any, P interface {
	*T
	Object
}](of []T) (all []Object) {
	for i := range of {
		all = append(all, P(&of[i]))
	}
	return all
}

// Changed returns an object as it is after something has happened to it, at the
// n-th version.
func Changed(o Object, n int) Object {
	next := o.DeepCopyObject().(Object)
	next.SetResourceVersion(Version(n))
	switch next := next.(type) {
	case *corev1.Pod:
		changePod(next, n)
	case *corev1.ConfigMap:
		next.Data["changed"] = Version(n % 100)
	case *appsv1.Deployment:
		next.Status.ReadyReplicas = int32(n % 5)
	}
	return next
}

// ordered is the list in its order; it was made application by application.
func ordered[T any, P interface {
	*T
	Object
}](m maker, all []T, order Order) []T {
	m.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	if order == Served || order == Small {
		slices.SortFunc(all, func(a, b T) int {
			x, y := P(&a), P(&b)
			return cmp.Or(strings.Compare(x.GetNamespace(), y.GetNamespace()), strings.Compare(x.GetName(), y.GetName()))
		})
	}
	return all
}
