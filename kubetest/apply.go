package kubetest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// author is who writes, as managedFields records it.
type author struct {
	manager string
	sub     string         // the subresource that is written
	applied map[string]any // the configuration of a server-side apply, else nil
}

func (a author) operation() string {
	if a.applied != nil {
		return "Apply"
	}
	return "Update"
}

// wrote says whether an entry of managedFields is this author's.
func (a author) wrote(entry map[string]any) bool {
	return text(entry, "manager") == a.manager && text(entry, "operation") == a.operation() && text(entry, "subresource") == a.sub
}

// applyPatch answers a server-side apply: the object takes over what the
// configuration says, and loses what this manager applied before and now leaves
// out.
func (c *call) applyPatch() error {
	ch, err := c.applyChange(c.res.apiVersion(), c.res.Kind)
	if err != nil {
		return err
	}
	config := ch.opts.applied
	by := author{manager: ch.opts.manager, sub: c.sub, applied: config}
	ch.create = c.sub == ""
	ch.from = func(old map[string]any) (map[string]any, error) {
		if len(old) == 0 {
			return c.appliedNew(config)
		}
		return c.appliedOver(old, by)
	}
	return c.answerChange(ch)
}

// applyChange reads a request to apply a configuration of a kind.
func (c *call) applyChange(apiVersion, kind string) (ch change, err error) {
	if _, err := c.negotiate(); err != nil {
		return ch, err
	}
	opts, err := c.writeOptions("PatchOptions")
	if err != nil {
		return ch, err
	}
	if c.query.Get("fieldManager") == "" {
		return ch, invalid("meta.k8s.io", "PatchOptions", "", requiredValue("fieldManager", "is required for apply patch"))
	}
	opts.applied, err = c.appliedConfig(apiVersion, kind)
	return change{opts: opts, sub: c.sub}, err
}

// appliedConfig reads the configuration, which may be YAML.
func (c *call) appliedConfig(apiVersion, kind string) (map[string]any, error) {
	data, err := yamlDocument(c.body)
	if err != nil {
		return nil, badRequest("error decoding YAML: error converting YAML to JSON: %v", err)
	}
	config, err := decodeObject(data)
	if err != nil && string(data) != "null" {
		return nil, badRequest("error decoding YAML: error unmarshaling JSON: while decoding JSON: %v", err)
	}
	if config == nil {
		config = Object{}
	}
	if config.Kind() != kind || config.APIVersion() != apiVersion {
		group, version := splitGroupVersion(config.APIVersion())
		return nil, badRequest("invalid object type: %s/%s, Kind=%s", group, version, config.Kind())
	}
	if config.At("metadata", "managedFields") != nil {
		return nil, badRequest("metadata.managedFields must be nil")
	}
	if err := c.res.checkTypes(config); err != nil {
		return nil, badRequest("%v", err)
	}
	if err := c.claimNamespace(config); err != nil {
		return nil, err
	}
	return config, c.checkPathName(config)
}

// appliedNew is the object that an apply makes.
func (c *call) appliedNew(config map[string]any) (map[string]any, error) {
	if uid := text(config, "metadata", "uid"); uid != "" {
		return nil, conflict(c.res, c.name, fmt.Sprintf("uid mismatch: the provided object specified uid %s, and no existing object was found", uid))
	}
	doc := cloneMap(config)
	return doc, c.checkPatched(doc)
}

// appliedOver lays the configuration over an object.
func (c *call) appliedOver(old map[string]any, by author) (map[string]any, error) {
	wanted := appliedFields(by.applied)
	others, before := fieldSet{}, fieldSet{}
	var found []clash
	for _, e := range listAt(old, "metadata", "managedFields") {
		entry := asMap(e)
		if by.wrote(entry) {
			before = mapAt(entry, "fieldsV1")
			continue
		}
		found = append(found, clashes(entry, wanted, fieldsOf(owned(old), ""), fieldsOf(owned(by.applied), ""))...)
		others = union(others, mapAt(entry, "fieldsV1"))
	}
	if len(found) > 0 && !truthy(c.query, "force") {
		return nil, clashError(found)
	}
	doc, err := c.merged(old, by.applied)
	if err != nil {
		return nil, err
	}
	dropFields(doc, minus(minus(before, wanted), others))
	return doc, c.checkPatched(doc)
}

func (c *call) merged(doc, config map[string]any) (map[string]any, error) {
	config = cloneMap(config)
	if !c.res.builtin {
		return asMap(mergePatch(doc, config)), nil
	}
	return strategicMerge(doc, config, "")
}

// appliedFields is the set of fields that a configuration names. Unlike other
// sets it owns maps only through what is in them.
func appliedFields(config map[string]any) fieldSet {
	return asMap(undotted(fieldsOf(owned(config), "")))
}

func undotted(v any) any {
	m := asMap(v)
	if !isBranch(m) {
		return fieldSet{}
	}
	out := fieldSet{}
	for name, sub := range m {
		if name == "." {
			continue
		}
		out[name] = undotted(sub)
		if strings.HasPrefix(name, "k:") {
			asMap(out[name])["."] = fieldSet{}
		}
	}
	return out
}

// clash is a field that another manager holds with another value.
type clash struct{ with, path string }

// clashes finds the fields of an entry that an apply would change.
func clashes(entry map[string]any, wanted, old, now fieldSet) []clash {
	with := fmt.Sprintf("%q", text(entry, "manager"))
	if sub := text(entry, "subresource"); sub != "" {
		with += fmt.Sprintf(" with subresource %q", sub)
	}
	if text(entry, "operation") == "Update" {
		with += " using " + text(entry, "apiVersion")
	}
	var found []clash
	var walk func(held, wanted, old, now fieldSet, path string)
	walk = func(held, wanted, old, now fieldSet, path string) {
		for _, name := range memberOrder(wanted, noRank) {
			theirs, ok := held[name]
			if !ok || name == "." {
				continue
			}
			here := path + pathStep(name)
			if len(asMap(wanted[name])) > 0 {
				walk(asMap(theirs), asMap(wanted[name]), asMap(old[name]), asMap(now[name]), here)
			} else if len(asMap(theirs)) == 0 && !equal(old[name], now[name]) {
				found = append(found, clash{with, here})
			}
		}
	}
	walk(mapAt(entry, "fieldsV1"), wanted, old, now, "")
	return found
}

// pathStep shows one step of a field's path: .name, [name="web"] or ["value"].
func pathStep(name string) string {
	switch rest := name[2:]; name[:2] {
	case "f:":
		return "." + rest
	case "k:":
		key, err := decodeObject([]byte(rest))
		if err != nil {
			return "[" + rest + "]"
		}
		var parts []string
		for _, member := range memberOrder(key, noRank) {
			parts = append(parts, member+"="+string(appendValue(nil, key[member], noRank)))
		}
		return "[" + strings.Join(parts, ",") + "]"
	default:
		return "[" + rest + "]"
	}
}

func clashError(found []clash) *statusError {
	slices.SortStableFunc(found, func(a, b clash) int { return strings.Compare(a.with, b.with) })
	causes := make([]any, len(found))
	for i, f := range found {
		causes[i] = cause("FieldManagerConflict", "conflict with "+f.with, f.path)
	}
	message := fmt.Sprintf("Apply failed with 1 conflict: conflict with %s: %s", found[0].with, found[0].path)
	if len(found) > 1 {
		message = fmt.Sprintf("Apply failed with %d conflicts: ", len(found))
		last := ""
		for _, f := range found {
			if f.with != last {
				message += "conflicts with " + f.with + ":\n"
				last = f.with
			}
			message += "- " + f.path + "\n"
		}
		message = strings.TrimSuffix(message, "\n")
	}
	return &statusError{code: http.StatusConflict, reason: "Conflict", message: message, details: map[string]any{"causes": causes}}
}

// minus takes out of a what b has too. Unlike in subtract, a leaf of b stands for
// itself only and not for what may be under it.
func minus(a, b fieldSet) fieldSet {
	out := fieldSet{}
	for name, sub := range a {
		other, ok := b[name]
		switch {
		case !ok:
			out[name] = sub
		case len(asMap(sub)) > 0:
			if rest := minus(asMap(sub), asMap(other)); len(rest) > 0 {
				out[name] = rest
			}
		}
	}
	return out
}

// dropFields removes a set of fields from a document, and what is empty then.
func dropFields(doc map[string]any, gone fieldSet) {
	for name, sub := range gone {
		member, ok := strings.CutPrefix(name, "f:")
		if !ok {
			continue
		}
		switch v := doc[member].(type) {
		case map[string]any:
			if dropFields(v, asMap(sub)); len(asMap(sub)) > 0 && len(v) > 0 {
				continue
			}
		case []any:
			if rest := dropEntries(v, asMap(sub)); len(asMap(sub)) > 0 && len(rest) > 0 {
				doc[member] = rest
				continue
			}
		}
		delete(doc, member)
	}
}

// dropEntries removes from a list the entries, or parts of them, that a set
// names.
func dropEntries(list []any, gone fieldSet) []any {
	return slices.DeleteFunc(slices.Clone(list), func(e any) bool {
		for name, sub := range gone {
			if !names(name, e) {
				continue
			}
			if _, whole := asMap(sub)["."]; whole || name[0] == 'v' {
				return true
			}
			dropFields(asMap(e), asMap(sub))
		}
		return false
	})
}

// names says whether a key of a field set stands for an entry of a list.
func names(name string, e any) bool {
	if value, ok := strings.CutPrefix(name, "v:"); ok {
		return value == string(appendValue(nil, e, noRank))
	}
	rest, ok := strings.CutPrefix(name, "k:")
	if !ok {
		return false
	}
	key, err := decodeObject([]byte(rest))
	if err != nil {
		return false
	}
	entry := maps.Clone(asMap(e))
	if entry != nil {
		setDefault(entry, "TCP", "protocol")
	}
	for member, v := range key {
		if !equal(entry[member], v) {
			return false
		}
	}
	return true
}
