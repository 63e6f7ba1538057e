package kubetest

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// fieldSet is a tree of field names in the form of fieldsV1: "f:spec" and so on.
type fieldSet = map[string]any

// manage writes who set which fields into metadata.managedFields. Lists are
// owned as a whole, where the server would tell their entries apart by key.
func manage(r *resource, old, doc map[string]any, manager, sub string, now time.Time) {
	if manager == "" {
		manager = "unknown"
	}
	entries := entriesOf(old)
	if list, ok := at(doc, "metadata", "managedFields").([]any); ok && len(list) == 0 {
		entries = nil // a client may empty the list
	}
	changed := changes(owned(old), owned(doc))
	present := owned(doc)
	var kept []any
	var mine map[string]any
	for _, e := range entries {
		entry := cloneMap(asMap(e))
		fields := mapAt(entry, "fieldsV1")
		if text(entry, "manager") == manager && text(entry, "operation") == "Update" && text(entry, "subresource") == sub {
			mine = entry
		} else {
			fields = subtract(fields, changed)
		}
		entry["fieldsV1"] = intersect(fields, present)
		if len(mapAt(entry, "fieldsV1")) > 0 || text(entry, "manager") == manager {
			kept = append(kept, entry)
		}
	}
	if len(changed) > 0 {
		if mine == nil {
			mine = map[string]any{"manager": manager, "operation": "Update", "fieldsType": "FieldsV1"}
			if sub != "" {
				mine["subresource"] = sub
			}
			kept = append(kept, mine)
		}
		mine["apiVersion"], mine["time"] = r.apiVersion(), timestamp(now)
		mine["fieldsV1"] = union(mapAt(mine, "fieldsV1"), changed)
	}
	kept = slices.DeleteFunc(kept, func(e any) bool { return len(mapAt(asMap(e), "fieldsV1")) == 0 })
	if len(kept) == 0 {
		remove(doc, "metadata", "managedFields")
		return
	}
	put(doc, kept, "metadata", "managedFields")
}

func entriesOf(doc map[string]any) []any { return listAt(doc, "metadata", "managedFields") }

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

// changes is the set of fields that a new document adds or alters.
func changes(old, doc map[string]any) fieldSet {
	set := fieldSet{}
	for name, v := range doc {
		before, had := old[name]
		if had && equal(before, v) {
			continue
		}
		set["f:"+name] = changesIn(before, v, had)
	}
	return set
}

func changesIn(before, v any, had bool) fieldSet {
	m := asMap(v)
	if m == nil || len(m) == 0 {
		return fieldSet{}
	}
	set := changes(asMap(before), m)
	if !had {
		set["."] = fieldSet{}
	}
	return set
}

// intersect keeps of a set what a document still has.
func intersect(set fieldSet, doc map[string]any) fieldSet {
	out := fieldSet{}
	for key, sub := range set {
		if key == "." {
			out[key] = sub
			continue
		}
		v, ok := doc[strings.TrimPrefix(key, "f:")]
		if !ok {
			continue
		}
		subset := asMap(sub)
		if len(subset) == 0 {
			out[key] = fieldSet{}
			continue
		}
		if rest := intersect(subset, asMap(v)); len(rest) > 0 {
			out[key] = rest
		}
	}
	return out
}

func union(a, b fieldSet) fieldSet {
	out := maps.Clone(a)
	if out == nil {
		out = fieldSet{}
	}
	for key, sub := range b {
		if had, ok := out[key]; ok {
			out[key] = union(asMap(had), asMap(sub))
		} else {
			out[key] = sub
		}
	}
	return out
}

// subtract takes the leaves of b out of a.
func subtract(a, b fieldSet) fieldSet {
	out := fieldSet{}
	for key, sub := range a {
		other, ok := b[key]
		if !ok {
			out[key] = sub
			continue
		}
		if len(asMap(sub)) == 0 || len(asMap(other)) == 0 {
			continue
		}
		if rest := subtract(asMap(sub), asMap(other)); len(rest) > 0 {
			out[key] = rest
		}
	}
	return out
}
