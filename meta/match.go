package meta

import (
	"strings"

	"github.com/kubeviews/kube/raw"
)

// Matches reports whether the selector selects an object. Labels are matched
// as the server does it. A field is read at its path in the object; the server
// offers few fields for selection, and nearly all of them are such paths. A
// selector with an error matches nothing.
func (s Selector) Matches(object raw.Object) bool {
	labels := object.Get("metadata", "labels")
	return s.Err() == nil &&
		s.MatchesLabels(func(key string) (string, bool) {
			text, err := labels.Get(key).Text()
			return text, err == nil
		}) &&
		s.MatchesFields(func(path string) string { return fieldText(object, path) })
}

// fieldText is a field as the server writes it for comparison: "" when it is
// absent, but the zero of its type for those that are numbers or booleans.
func fieldText(object raw.Object, path string) string {
	v := object.Get(strings.Split(path, ".")...)
	switch v.Kind() {
	case raw.KindString:
		text, _ := v.Text()
		return text
	case raw.KindNumber, raw.KindBool:
		return string(v.Bytes())
	}
	return zeroOf[path]
}

// zeroOf holds what an absent field counts as, where that is not "".
// See https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/.
var zeroOf = map[string]string{
	"spec.unschedulable": "false", // nodes
	"spec.hostNetwork":   "false", // pods
	"status.replicas":    "0",     // replica sets and replication controllers
	"status.successful":  "0",     // jobs
}
