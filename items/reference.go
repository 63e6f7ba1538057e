package items

import "github.com/kubeviews/kube/kinds"

// ObjectReference names another object, as far as the one that refers to it
// does: fields that it leaves out are "". Two are == if they say the same.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-reference/.
type ObjectReference struct {
	APIVersion      string     `json:"apiVersion"`
	Kind            kinds.Name `json:"kind"`
	Namespace       string     `json:"namespace"`
	Name            string     `json:"name"`
	UID             string     `json:"uid"`
	ResourceVersion string     `json:"resourceVersion"`
	FieldPath       string     `json:"fieldPath"` // of the part that is meant: "spec.containers{main}"
}

// IsZero reports whether nothing is referred to.
func (r ObjectReference) IsZero() bool { return r == ObjectReference{} }

// String names the object as this library's errors do: "Pod default/web-0".
func (r ObjectReference) String() string {
	text := string(r.Kind)
	if text == "" {
		text = "object"
	}
	switch {
	case r.Name == "":
		return text
	case r.Namespace == "":
		return text + " " + r.Name
	}
	return text + " " + r.Namespace + "/" + r.Name
}
