package kubetest

import (
	"maps"
	"slices"
	"time"
)

// fieldSet is a tree of field names in the form of fieldsV1: "f:spec",
// `k:{"name":"web"}` and so on. In the tree of a document the leaves are values,
// in a set of fields they are empty.
type fieldSet = map[string]any

// manage writes who set which fields into metadata.managedFields: the manager
// takes over what it changed, and nobody keeps what is gone.
func manage(r *resource, old, doc map[string]any, by author, now time.Time) {
	if by.manager == "" {
		by.manager = "unknown"
	}
	entries := listAt(old, "metadata", "managedFields")
	if list, ok := at(doc, "metadata", "managedFields").([]any); ok && len(list) == 0 {
		entries = nil // a client may empty the list
	}
	present := fieldsOf(owned(doc), "")
	changed := changes(fieldsOf(owned(old), ""), present)
	kept, mine := leave(entries, by, changed, present)
	if by.applied != nil || len(changed) > 0 {
		if mine == nil {
			mine = by.entry()
			kept = append(kept, mine)
		}
		mine["apiVersion"], mine["time"] = r.apiVersion(), timestamp(now)
		mine["fieldsV1"] = by.owns(mapAt(mine, "fieldsV1"), changed)
	}
	kept = slices.DeleteFunc(kept, func(e any) bool { return len(mapAt(asMap(e), "fieldsV1")) == 0 })
	if len(kept) == 0 {
		remove(doc, "metadata", "managedFields")
		return
	}
	put(doc, kept, "metadata", "managedFields")
}

// leave gives every entry the fields that it still owns, and finds the author's
// own.
func leave(entries []any, by author, changed, present fieldSet) (kept []any, mine map[string]any) {
	for _, e := range entries {
		entry := maps.Clone(asMap(e))
		if entry == nil {
			continue
		}
		fields := mapAt(entry, "fieldsV1")
		if by.wrote(entry) {
			mine = entry
		} else {
			fields = subtract(fields, changed)
		}
		entry["fieldsV1"] = intersect(fields, present)
		kept = append(kept, entry)
	}
	return kept, mine
}

// entry is the author's first one.
func (a author) entry() map[string]any {
	e := map[string]any{"manager": a.manager, "operation": a.operation(), "fieldsType": "FieldsV1"}
	if a.sub != "" {
		e["subresource"] = a.sub
	}
	return e
}

// owns is what the author owns after a write: an apply names it all.
func (a author) owns(before, changed fieldSet) fieldSet {
	if a.applied != nil {
		return appliedFields(a.applied)
	}
	return union(before, changed)
}

// unowned are the members that belong to the server.
var unowned = []string{"name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp",
	"deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "managedFields"}

// owned is the document without what nobody owns.
func owned(doc map[string]any) map[string]any {
	out := maps.Clone(doc)
	delete(out, "kind")
	delete(out, "apiVersion")
	if meta := mapAt(doc, "metadata"); meta != nil {
		meta = maps.Clone(meta)
		for _, member := range unowned {
			delete(meta, member)
		}
		out["metadata"] = meta
		if len(meta) == 0 {
			delete(out, "metadata")
		}
	}
	return out
}

// inParts are the members that are never owned as such, only what is in them.
var inParts = map[string]bool{"metadata": true, "spec": true, "status": true, "template": true, "strategy": true,
	"updateStrategy": true, "containers": true, "jobTemplate": true}

// fieldsOf is the tree of an object's fields; name is the member that it stands
// under.
func fieldsOf(doc map[string]any, name string) fieldSet {
	set := fieldSet{}
	for member, v := range doc {
		set["f:"+member] = fieldsIn(v, member, name)
	}
	return set
}

func fieldsIn(v any, member, parent string) any {
	var set fieldSet
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 || member == "selector" {
			return v
		}
		set = fieldsOf(v, member)
	case []any:
		if set = fieldsOfList(v, member, parent); set == nil {
			return v
		}
	default:
		return v
	}
	if !inParts[member] {
		set["."] = fieldSet{}
	}
	return set
}

// fieldsOfList tells the entries of a list apart where the server does; nil
// means that the list is owned as a whole.
func fieldsOfList(list []any, member, parent string) fieldSet {
	key := keyOf(parent, member)
	if key == "" && !mergeSets[member] || len(list) == 0 {
		return nil
	}
	set := fieldSet{}
	for _, e := range list {
		if key == "" {
			set["v:"+string(appendValue(nil, e, noRank))] = fieldSet{}
			continue
		}
		entry := asMap(e)
		fields := fieldsOf(entry, member)
		fields["."] = fieldSet{}
		id := map[string]any{key: entry[key]}
		if member == "ports" {
			id["protocol"] = firstText(text(entry, "protocol"), "TCP")
		}
		set["k:"+string(appendMap(nil, id, noRank))] = fields
	}
	return set
}

// changes is the set of fields that the new tree adds or alters.
func changes(old, now fieldSet) fieldSet {
	set := fieldSet{}
	for name, v := range now {
		before, had := old[name]
		if had && equal(before, v) {
			continue
		}
		m := asMap(v)
		if !isBranch(m) {
			set[name] = fieldSet{}
			continue
		}
		if sub := changes(asMap(before), m); len(sub) > 0 {
			set[name] = sub
		}
	}
	return set
}

// isBranch tells the fields of an object from an object that is a leaf.
func isBranch(m map[string]any) bool {
	for name := range m {
		return name == "." || len(name) > 2 && name[1] == ':'
	}
	return false
}

// intersect keeps of a set what a document still has.
func intersect(set, present fieldSet) fieldSet {
	out := fieldSet{}
	for name, sub := range set {
		v, ok := present[name]
		if !ok {
			continue
		}
		if len(asMap(sub)) == 0 {
			out[name] = fieldSet{}
			continue
		}
		if rest := intersect(asMap(sub), asMap(v)); len(rest) > 0 {
			out[name] = rest
		}
	}
	return out
}

func union(a, b fieldSet) fieldSet {
	out := maps.Clone(a)
	if out == nil {
		out = fieldSet{}
	}
	for name, sub := range b {
		if had, ok := out[name]; ok {
			out[name] = union(asMap(had), asMap(sub))
		} else {
			out[name] = sub
		}
	}
	return out
}

// subtract takes the leaves of b out of a.
func subtract(a, b fieldSet) fieldSet {
	out := fieldSet{}
	for name, sub := range a {
		other, ok := b[name]
		if !ok {
			out[name] = sub
			continue
		}
		if len(asMap(sub)) == 0 || len(asMap(other)) == 0 {
			continue
		}
		if rest := subtract(asMap(sub), asMap(other)); len(rest) > 0 {
			out[name] = rest
		}
	}
	return out
}
