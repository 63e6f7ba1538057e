package kubetest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// mergeKeys tells by which member the entries of a list are told apart when a
// strategic merge patch meets it. A list that is not here is replaced as a
// whole. The key of this map is the list's own name, and where that is not
// enough, its parent's name before it.
var mergeKeys = map[string]string{
	"containers":                "name",
	"initContainers":            "name",
	"ephemeralContainers":       "name",
	"containers/ports":          "containerPort",
	"initContainers/ports":      "containerPort",
	"ephemeralContainers/ports": "containerPort",
	"spec/ports":                "port", // a Service's
	"env":                       "name",
	"volumes":                   "name",
	"volumeMounts":              "mountPath",
	"volumeDevices":             "devicePath",
	"imagePullSecrets":          "name",
	"secrets":                   "name", // a ServiceAccount's
	"ownerReferences":           "uid",
	"conditions":                "type",
	"status/addresses":          "type", // a Node's
	"hostAliases":               "ip",
	"topologySpreadConstraints": "topologyKey",
	"resourceClaims":            "name",
	"schedulingGates":           "name",
	"podIPs":                    "ip",
	"hostIPs":                   "ip",
}

// mergeSets are the lists of plain values that a patch adds to.
var mergeSets = map[string]bool{"finalizers": true, "podCIDRs": true}

// keyOf finds the merge key of a list.
func keyOf(parent, name string) string {
	if key, ok := mergeKeys[parent+"/"+name]; ok {
		return key
	}
	return mergeKeys[name]
}

const (
	directive      = "$patch"
	deleteFromList = "$deleteFromPrimitiveList/"
	elementOrder   = "$setElementOrder/"
	retainKeys     = "$retainKeys"
)

func strategicPatcher(body []byte) (patcher, error) {
	patch, err := decodeObject(body)
	if err != nil {
		return nil, badRequest("%v", err)
	}
	return func(doc map[string]any) (map[string]any, error) {
		return merging{}.object(doc, patch, "")
	}, nil
}

// strategicMerge lays an applied configuration over an object; name is the member that
// the object stands under.
func strategicMerge(doc, config map[string]any, name string) (map[string]any, error) {
	return merging{applies: true}.object(doc, config, name)
}

// merging is how lists are merged. A strategic merge patch tells ports apart by their
// number alone, and so takes 53/UDP for 53/TCP; who applies tells them apart by the
// protocol, too.
type merging struct{ applies bool }

// object lays a patch over an object; name is the member that the object stands under.
func (m merging) object(doc, patch map[string]any, name string) (map[string]any, error) {
	if how, ok := patch[directive]; ok {
		return m.directed(doc, patch, how)
	}
	if doc == nil {
		doc = map[string]any{}
	}
	if keys, ok := patch[retainKeys].([]any); ok {
		retain(doc, keys)
	}
	for member, v := range patch {
		if err := m.member(doc, member, v, name); err != nil {
			return nil, err
		}
	}
	return doc, nil
}

// directed obeys $patch.
func (m merging) directed(doc, patch map[string]any, how any) (map[string]any, error) {
	switch how {
	case "replace":
		out := map[string]any{}
		for member, v := range patch {
			if !isDirective(member) {
				out[member] = clone(withoutDirectives(v))
			}
		}
		return out, nil
	case "delete":
		return map[string]any{}, nil
	case "merge":
		rest := make(map[string]any, len(patch))
		for member, v := range patch {
			if member != directive {
				rest[member] = v
			}
		}
		return m.object(doc, rest, "")
	}
	return nil, &statusError{code: http.StatusInternalServerError, message: fmt.Sprintf("unknown patch type: %v in map: %v", how, printed(patch))}
}

func isDirective(member string) bool {
	return member == directive || member == retainKeys ||
		strings.HasPrefix(member, deleteFromList) || strings.HasPrefix(member, elementOrder)
}

// retain drops the members that the patch does not list.
func retain(doc map[string]any, keys []any) {
	for member := range doc {
		if !slices.ContainsFunc(keys, func(k any) bool { return k == member }) {
			delete(doc, member)
		}
	}
}

func (m merging) member(doc map[string]any, member string, v any, parent string) error {
	if list, ok := strings.CutPrefix(member, deleteFromList); ok {
		return deleteValues(doc, list, v)
	}
	if isDirective(member) {
		return nil
	}
	switch v := v.(type) {
	case nil:
		delete(doc, member)
	case map[string]any:
		return m.inner(doc, member, v)
	case []any:
		return m.list(doc, member, v, parent)
	default:
		doc[member] = v
	}
	return nil
}

func (m merging) inner(doc map[string]any, member string, v map[string]any) error {
	merged, err := m.object(asMap(doc[member]), v, member)
	if err != nil {
		return err
	}
	doc[member] = merged
	if v[directive] == "delete" {
		delete(doc, member)
	}
	return nil
}

// deleteValues takes plain values out of a list.
func deleteValues(doc map[string]any, member string, v any) error {
	gone, ok := v.([]any)
	if !ok {
		return badRequest("expecting array: %s%s", deleteFromList, member)
	}
	list, ok := doc[member].([]any)
	if !ok {
		return nil
	}
	doc[member] = slices.DeleteFunc(slices.Clone(list), func(e any) bool {
		return slices.ContainsFunc(gone, func(g any) bool { return equal(g, e) })
	})
	return nil
}

func (m merging) list(doc map[string]any, member string, patch []any, parent string) error {
	old, _ := doc[member].([]any)
	switch key := keyOf(parent, member); {
	case replaces(patch):
		doc[member] = plainEntries(patch)
	case mergeSets[member]:
		doc[member] = m.set(old, patch)
	case key != "":
		merged, err := m.keyed(old, patch, key, member)
		if err != nil {
			return err
		}
		doc[member] = merged
	default:
		doc[member] = clone(withoutDirectives(patch))
	}
	return nil
}

// replaces says whether a list holds the directive to take its place.
func replaces(patch []any) bool {
	return slices.ContainsFunc(patch, func(e any) bool { return asMap(e)[directive] == "replace" })
}

// plainEntries are the entries of a replacing list that are no directives.
func plainEntries(patch []any) []any {
	out := []any{}
	for _, e := range patch {
		if m := asMap(e); m != nil && m[directive] != nil && len(m) == 1 {
			continue
		}
		out = append(out, clone(withoutDirectives(e)))
	}
	return out
}

func (m merging) set(old, patch []any) []any {
	var fresh []any
	for _, e := range patch {
		if !slices.ContainsFunc(fresh, func(o any) bool { return equal(o, e) }) {
			fresh = append(fresh, clone(e))
		}
	}
	return m.together(old, fresh, equal)
}

// together puts the entries of a patch, merged, in a list with the old ones.
func (m merging) together(old, fresh []any, same func(a, b any) bool) []any {
	if m.applies {
		return inAppliedOrder(old, fresh, same)
	}
	return interleave(old, fresh, same)
}

// inAppliedOrder keeps the order of the old entries, as far as those of the patch are in that
// order; what is out of it, or new, comes where the patch has it, behind the old ones
// that are there.
func inAppliedOrder(old, fresh []any, same func(a, b any) bool) []any {
	isOld := func(e any) bool { return slices.ContainsFunc(old, func(o any) bool { return same(o, e) }) }
	out, next := []any{}, 0
	for _, o := range old {
		switch at := slices.IndexFunc(fresh, func(e any) bool { return same(o, e) }); {
		case at < 0:
			out = append(out, o)
		case at >= next && !slices.ContainsFunc(fresh[next:at], isOld):
			out = append(out, fresh[next:at+1]...)
			next = at + 1
		}
	}
	return append(out, fresh[next:]...)
}

// interleave puts the entries that only the server has among those of the patch:
// in the server's order where it knows both, and otherwise behind.
func interleave(old, fresh []any, same func(a, b any) bool) []any {
	place := func(e any) int { return slices.IndexFunc(old, func(o any) bool { return same(o, e) }) }
	var rest []any
	for _, o := range old {
		if !slices.ContainsFunc(fresh, func(e any) bool { return same(o, e) }) {
			rest = append(rest, o)
		}
	}
	out := []any{}
	for _, e := range fresh {
		for at := place(e); at >= 0 && len(rest) > 0 && place(rest[0]) < at; rest = rest[1:] {
			out = append(out, rest[0])
		}
		out = append(out, e)
	}
	return append(out, rest...)
}

// keyed merges the entries with the same key and adds the others.
func (m merging) keyed(old, patch []any, key, member string) ([]any, error) {
	same := func(a, b any) bool { return m.same(asMap(a), asMap(b), key, member) }
	old = slices.Clone(old)
	var fresh []any
	for _, e := range patch {
		p := asMap(e)
		if p == nil {
			return nil, badRequest("merging lists cannot have different or non-map types: %s", member)
		}
		if _, ok := p[key]; !ok {
			return nil, &statusError{
				code:    http.StatusInternalServerError,
				message: fmt.Sprintf("map: %v does not contain declared merge key: %s", printed(p), key),
			}
		}
		if p[directive] == "delete" {
			old = slices.DeleteFunc(old, func(o any) bool { return same(o, p) })
			continue
		}
		var base map[string]any
		if i := slices.IndexFunc(old, func(o any) bool { return same(o, p) }); i >= 0 {
			base = cloneMap(asMap(old[i]))
		}
		merged, err := m.object(base, p, member)
		if err != nil {
			return nil, err
		}
		fresh = append(fresh, merged)
	}
	return m.together(old, fresh, same), nil
}

// printed shows a map as Go prints one, which is how this text shows it.
func printed(m map[string]any) string { return fmt.Sprint(m) }

// same says whether two entries of a list are one.
func (m merging) same(a, b map[string]any, key, member string) bool {
	if m.applies && member == "ports" && protocolOf(a) != protocolOf(b) {
		return false
	}
	return sameKey(a[key], b[key])
}

func protocolOf(port map[string]any) string { return firstText(text(port, "protocol"), "TCP") }

// sameKey compares keys as the server does: by their text.
func sameKey(a, b any) bool { return a != nil && shown(a) == shown(b) }

// withoutDirectives drops what only steers a patch.
func withoutDirectives(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			if !isDirective(k) && e != nil {
				out[k] = withoutDirectives(e)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = withoutDirectives(e)
		}
		return out
	}
	return v
}
