package kubetest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// selection is what a list or watch asks for. The zero selection takes all.
type selection struct {
	ns     string
	name   string // of a watch on one object
	labels labelTerms
	fields []fieldTerm
}

// fieldTerm is one comparison of a field selector.
type fieldTerm struct {
	path  string
	value string
	not   bool
}

// whole is true when no selector narrows the list.
func (s *selection) whole() bool { return len(s.labels) == 0 && len(s.fields) == 0 && s.name == "" }

// selects says whether a state of an object is in the selection.
func (s *selection) selects(r *resource, rev *revision) bool {
	if s.ns != "" && rev.ns != s.ns || s.name != "" && rev.name != s.name {
		return false
	}
	if !s.labels.match(mapAt(rev.doc, "metadata", "labels")) {
		return false
	}
	for _, t := range s.fields {
		if (r.field(rev.doc, t.path) == t.value) == t.not {
			return false
		}
	}
	return true
}

// selection reads the selectors of the request.
func (c *call) selection() (*selection, error) {
	sel := &selection{ns: c.ns, name: c.name}
	labels, err := parseLabels(c.query.Get("labelSelector"))
	if err != nil {
		return nil, badRequest("%v", err)
	}
	sel.labels = labels
	if expr := c.query.Get("fieldSelector"); expr != "" {
		terms, err := parseFields(expr)
		if err != nil {
			return nil, badRequest("%v", err)
		}
		sel.fields = terms
	}
	for i, t := range sel.fields {
		path, err := c.res.selectable(t.path)
		if err != nil {
			return nil, err
		}
		sel.fields[i].path = path
	}
	return sel, nil
}

// selectable checks that the kind can be selected by the field.
func (r *resource) selectable(path string) (string, error) {
	if r.Plural == "pods" && path == "spec.host" {
		return "spec.nodeName", nil
	}
	common := path == "metadata.name" || path == "metadata.namespace" && (r.Namespaced || r.fields == nil)
	if common || slices.Contains(r.fields, path) {
		return path, nil
	}
	return "", badRequest("%s", r.refuse(path))
}

// field is the text that a field selector compares with: what the server derives
// from the object, with the zero value for what is missing.
func (r *resource) field(doc map[string]any, path string) string {
	v := at(doc, strings.Split(path, ".")...)
	switch path {
	case "spec.unschedulable", "spec.hostNetwork":
		return fmt.Sprint(v == true)
	case "status.replicas", "status.successful":
		return zeroNumber(r.numberField(doc, path, v))
	case "status.podIPs":
		return podIPs(doc)
	case "source":
		return firstText(text(doc, "source", "component"), text(doc, "reportingComponent"))
	}
	if s, ok := v.(string); ok {
		return s
	}
	if v == nil || asMap(v) != nil {
		return ""
	}
	return shown(v)
}

func (r *resource) numberField(doc map[string]any, path string, v any) any {
	if path == "status.successful" {
		return at(doc, "status", "succeeded")
	}
	return v
}

func zeroNumber(v any) string {
	if v == nil {
		return "0"
	}
	return shown(v)
}

func podIPs(doc map[string]any) string {
	var ips []string
	for _, ip := range listAt(doc, "status", "podIPs") {
		ips = append(ips, text(asMap(ip), "ip"))
	}
	return strings.Join(ips, ",")
}

func firstText(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// parseFields reads a field selector: terms with =, == or !=, joined by commas,
// with backslashes before commas, equals signs and backslashes in values.
func parseFields(expr string) ([]fieldTerm, error) {
	var terms []fieldTerm
	for _, part := range splitUnescaped(expr) {
		if part == "" {
			continue
		}
		t, ok := parseTerm(part)
		if !ok {
			return nil, fmt.Errorf("invalid selector: '%s'; can't understand '%s'", expr, part)
		}
		var err error
		if t.value, err = unescape(t.value); err != nil {
			return nil, err
		}
		terms = append(terms, t)
	}
	return terms, nil
}

func splitUnescaped(expr string) []string {
	var parts []string
	start, escaped := 0, false
	for i := 0; i < len(expr); i++ {
		switch {
		case escaped:
			escaped = false
		case expr[i] == '\\':
			escaped = true
		case expr[i] == ',':
			parts = append(parts, expr[start:i])
			start = i + 1
		}
	}
	return append(parts, expr[start:])
}

func parseTerm(part string) (fieldTerm, bool) {
	i := strings.IndexAny(part, "!=")
	if i < 0 {
		return fieldTerm{}, false
	}
	for _, op := range []string{"!=", "==", "="} {
		if value, ok := strings.CutPrefix(part[i:], op); ok {
			return fieldTerm{path: part[:i], value: value, not: op == "!="}, true
		}
	}
	return fieldTerm{}, false
}

func unescape(value string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		c := value[i]
		if c == ',' || c == '=' {
			return "", fmt.Errorf("invalid field selector: unescaped character in value: %v", c)
		}
		if c != '\\' {
			b.WriteByte(c)
			continue
		}
		i++
		if i >= len(value) || !strings.ContainsRune(`\,=`, rune(value[i])) {
			return "", fmt.Errorf("invalid field selector: invalid escape sequence: %s", value[i-1:min(i+1, len(value))])
		}
		b.WriteByte(value[i])
	}
	return b.String(), nil
}

// unescapedQuery is the first value of a parameter and whether it was given.
func unescapedQuery(q url.Values, name string) (string, bool) {
	vs, ok := q[name]
	if !ok || len(vs) == 0 {
		return "", ok
	}
	return vs[0], true
}
