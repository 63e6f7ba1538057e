package kinds

import (
	"slices"
	"strings"
)

// Verbs returns what the API can do with the kind, sorted: "create", "delete",
// "deletecollection", "get", "list", "patch", "update", "watch". It is empty if
// that is not known, see Can. The slice is the caller's.
func (k Kind) Verbs() []string { return split(k.value().verbs) }

// Can tells whether the API can do that with the kind: k.Can("watch"). Of a kind
// that was declared without verbs everything is presumed.
func (k Kind) Can(verb string) bool {
	verbs := k.value().verbs
	return !k.IsZero() && verbs == "" || has(verbs, verb)
}

// Subresources returns the names below an object, sorted: "log", "status". The
// slice is the caller's.
func (k Kind) Subresources() []string { return split(k.value().subresources) }

// HasSubresource tells whether there is such a name below an object:
// k.HasSubresource("status"). Of a kind that was declared without verbs and
// without subresources every one is presumed.
func (k Kind) HasSubresource(name string) bool {
	v := k.value()
	return !k.IsZero() && v.verbs == "" && v.subresources == "" || has(v.subresources, name)
}

// Categories returns the names that stand for this kind and others together, in
// kubectl get for instance: "all". The slice is the caller's.
func (k Kind) Categories() []string { return split(k.value().categories) }

// ScalePath returns the dotted path, from the root of an object, of the number
// by which it is scaled: "spec.replicas". It is "" if the kind cannot be scaled,
// or only through its subresource: see Scalable.
func (k Kind) ScalePath() string { return k.value().scalePath }

// Scalable tells whether objects can be scaled: at ScalePath, or through the
// subresource scale. Other than elsewhere nothing is presumed: a kind that was
// declared with neither cannot be scaled.
func (k Kind) Scalable() bool { return k.ScalePath() != "" || has(k.value().subresources, "scale") }

// HasLogs tells whether objects have logs: the subresource log.
func (k Kind) HasLogs() bool { return k.HasSubresource("log") }

// HasExec tells whether commands can be run inside objects: the subresource
// exec.
func (k Kind) HasExec() bool { return k.HasSubresource("exec") }

// has tells whether a list that is joined by commas has the element.
func has(list, element string) bool {
	return list != "" && slices.Contains(strings.Split(list, ","), element)
}
