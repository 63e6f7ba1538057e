package meta

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/kubeviews/kube/internal/rest"
)

const fieldArg = "field selector"

// FieldSelector reads an expression in the server's own language, the one of
// kubectl get --field-selector: requirements separated by commas, all of which
// must hold.
//
//	status.phase=Running  status.phase==Running   the field is Running
//	spec.nodeName!=                               the field is not empty
//
// A field that is absent is the empty text. In values, the characters ',', '='
// and '\' are written as "\,", "\=" and "\\". Blanks count: there are none
// around the operator.
//
// Which fields a list can be narrowed by differs between kinds; metadata.name
// and, for namespaced kinds, metadata.namespace are always among them. The
// server answers 400 for any other.
//
// See https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/.
// Unlike the server, which would match every object, it refuses an expression
// without any requirement.
func FieldSelector(expr string) Selector {
	if !utf8.ValidString(expr) {
		return broken(&rest.ArgumentError{Arg: fieldArg, Value: expr, Reason: "must be valid UTF-8"})
	}
	var requirements []fieldRequirement
	for at := 0; at < len(expr); {
		term := firstTerm(expr[at:])
		if term != "" { // like the server: "a=b," is "a=b"
			r, err := parseFieldTerm(expr, at, term)
			if err != nil {
				return broken(err)
			}
			requirements = append(requirements, r)
		}
		at += len(term) + 1
	}
	if len(requirements) == 0 {
		return broken(emptyError(fieldArg))
	}
	return Selector{selector{fields: requirements}.tidy()}
}

// FieldsEqual selects the objects whose fields at the given dotted paths have
// exactly the given texts, which are taken literally and need no escapes. The
// map is read once and not kept. An empty map is an error.
func FieldsEqual(fields map[string]string) Selector {
	if len(fields) == 0 {
		return broken(emptyError(fieldArg))
	}
	requirements := make([]fieldRequirement, 0, len(fields))
	for _, path := range slices.Sorted(maps.Keys(fields)) {
		value := fields[path]
		if fault := fieldFault(path, value); fault != "" {
			return broken(&rest.ArgumentError{Arg: fieldArg, Value: path + "=" + value, Reason: fault})
		}
		requirements = append(requirements, fieldRequirement{path: path, value: value})
	}
	return Selector{selector{fields: requirements}.tidy()}
}

func fieldFault(path, value string) string {
	switch {
	case !utf8.ValidString(path), !utf8.ValidString(value):
		return "must be valid UTF-8"
	case strings.ContainsAny(path, `=!,\`):
		return `the path must not contain '=', '!', ',' or '\'`
	}
	return pathFault(path)
}

// pathFault refuses the paths that no field has and that come from a slip.
// An empty one could even make the server match every object.
func pathFault(path string) string {
	if path == "" {
		return "the path before the operator is empty"
	}
	if isBlank(path[0]) || isBlank(path[len(path)-1]) {
		return fmt.Sprintf("the path %q must not start or end with a blank", path)
	}
	return ""
}

// fieldRequirement is one condition on one field.
type fieldRequirement struct {
	path  string
	value string
	not   bool
}

func (r fieldRequirement) compare(other fieldRequirement) int {
	return cmp.Or(
		cmp.Compare(r.path, other.path),
		cmp.Compare(r.value, other.value),
		compareBool(r.not, other.not),
	)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func (r *fieldRequirement) matches(get func(string) string) bool {
	return (get(r.path) == r.value) != r.not
}

func (r fieldRequirement) appendTo(text []byte) []byte {
	text = append(text, r.path...)
	if r.not {
		text = append(text, '!')
	}
	text = append(text, '=')
	for i := range len(r.value) {
		if c := r.value[i]; c == '\\' || c == ',' || c == '=' {
			text = append(text, '\\')
		}
		text = append(text, r.value[i])
	}
	return text
}

// firstTerm returns what stands before the first comma that is not escaped.
func firstTerm(expr string) string {
	for i := 0; i < len(expr); i++ {
		switch expr[i] {
		case '\\':
			i++ // what follows is escaped
		case ',':
			return expr[:i]
		}
	}
	return expr
}

// parseFieldTerm reads one requirement, which stands in expr at byte at.
func parseFieldTerm(expr string, at int, term string) (r fieldRequirement, err *rest.ArgumentError) {
	operator := strings.IndexByte(term, '=')
	if operator < 0 {
		return r, selectorError(fieldArg, expr, at, fmt.Sprintf("%q has no operator (=, == or !=)", term))
	}
	r.path = term[:operator]
	value := operator + 1
	switch {
	case strings.HasSuffix(r.path, "!"):
		r.path, r.not = r.path[:operator-1], true
	case strings.HasPrefix(term[value:], "="):
		value++
	}
	if fault := pathFault(r.path); fault != "" {
		return r, selectorError(fieldArg, expr, at, fault)
	}
	r.value, err = unescapeField(expr, at+value, term[value:])
	return r, err
}

// unescapeField undoes the escapes of a value, which stands in expr at byte at.
func unescapeField(expr string, at int, value string) (string, *rest.ArgumentError) {
	if !strings.ContainsAny(value, `\=`) {
		return value, nil
	}
	text := make([]byte, 0, len(value))
	for i := 0; i < len(value); i++ {
		c := value[i]
		if c == '=' {
			return "", selectorError(fieldArg, expr, at+i, `a value's '=' is written "\="`)
		}
		if c == '\\' {
			i++
			if i == len(value) || !strings.ContainsRune(`\,=`, rune(value[i])) {
				return "", selectorError(fieldArg, expr, at+i-1, `after '\' must stand '\', ',' or '='; a value's '\' is written "\\"`)
			}
			c = value[i]
		}
		text = append(text, c)
	}
	return string(text), nil
}
