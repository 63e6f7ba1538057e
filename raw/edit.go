package raw

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// PathError tells that a path cannot be followed for a change.
type PathError struct {
	Pointer string // the part of the path that was followed, as a JSON Pointer; "" is the document
	Msg     string // such as "it is a string, not an object"
}

// Error says all of it: "cannot change /spec/replicas: it is a number, not an object".
func (e *PathError) Error() string {
	if e.Pointer == "" {
		return "cannot change the document: " + e.Msg
	}
	return "cannot change " + e.Pointer + ": " + e.Msg
}

// KubeError marks the type as an error of this library.
func (e *PathError) KubeError() {}

// With returns an object in which the value at the path is the given one:
// anything that has a JSON form; a missing Value is a null. Objects that are
// missing on the way, or null, are made. A step into an array is the position
// of an element, or "-" to append one.
//
// The new object is [Object.Sensitive] when the old one is, or the value is an
// Object or Value of a sensitive document.
//
// Possible errors: *[PathError]; *[ConvertError]; *[SyntaxError] when the value's
// form breaks a rule of documents, such as their depth: its offset is that in
// the new text; *[SizeError] when that is beyond 2 GiB.
func (o Object) With(value any, path ...string) (Object, error) {
	text, err := textOf(value)
	if err != nil {
		return Object{}, err
	}
	if len(path) == 0 {
		return Object{}, &PathError{"", "a path is needed"}
	}
	if o.IsZero() {
		o, _ = Parse([]byte("{}"))
	}
	o.v = o.v.plain()
	e, err := o.v.locate(path)
	if err != nil {
		return Object{}, err
	}
	return o.splice(e.from, e.to, isSensitive(value), e.before, string(text), e.after)
}

func isSensitive(value any) bool {
	switch v := value.(type) {
	case Object:
		return v.IsSensitive()
	case Value:
		return v.isSensitive()
	}
	return false
}

// Without returns an object that has nothing at the path; the same object when
// there was nothing. The elements behind a removed element of an array move up.
// Possible error: *[PathError] for an empty path.
func (o Object) Without(path ...string) (Object, error) {
	if len(path) == 0 {
		return Object{}, &PathError{"", "a path is needed"}
	}
	at := Object{o.v.plain()}
	last := len(path) - 1
	parent := at.Get(path[:last]...)
	if !parent.Get(path[last]).Exists() {
		return o, nil
	}
	return at.splice(int(parent.start), int(parent.end), false, parent.without(path[last]))
}

// without returns the text of an object without a member, or of an array
// without an element. Below the second level a member may be there twice.
func (v Value) without(step string) string {
	var b strings.Builder
	t := v.text()
	b.WriteByte(t[0])
	comma := ""
	for part, name := range v.parts() {
		if name != step {
			b.WriteString(comma + part)
			comma = ","
		}
	}
	b.WriteByte(t[len(t)-1])
	return b.String()
}

// parts yields the texts of members or elements, and the step to each.
func (v Value) parts() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for m := range v.members() {
			if !yield(v.d.text()[m.start:m.value.end], unquote(m.name)) {
				return
			}
		}
		i := 0
		for e := range v.Elements() {
			if !yield(e.text(), strconv.Itoa(i)) {
				return
			}
			i++
		}
	}
}

// splice replaces the text at [from, to) of the document by other text.
func (o Object) splice(from, to int, hide bool, by ...string) (Object, error) {
	all := o.v.d.text()
	parts := slices.Concat([]string{all[o.v.start:from]}, by, []string{all[to:o.v.end]})
	return parse([]byte(strings.Join(parts, "")), &build{sensitive: hide || o.IsSensitive(), dropped: o.ManagedFieldsDropped(), metadataOnly: o.MetadataOnly()})
}

// edit is where a new value's text goes, and what goes around it.
type edit struct {
	from, to      int
	before, after string
}

// locate finds the place for a value at a path. What is missing there is made
// of objects.
func (v Value) locate(path []string) (edit, error) {
	for i, step := range path {
		next := v.Get(step)
		if !next.Exists() {
			e, fault := v.extend(path[i:])
			if fault != "" {
				return edit{}, &PathError{pointer(path[:i]), fault}
			}
			return e, nil
		}
		v = next
	}
	return edit{from: int(v.start), to: int(v.end)}, nil
}

// extend finds the place for a value at a path whose first step v does not have.
func (v Value) extend(path []string) (e edit, fault string) {
	for _, step := range path {
		if !utf8.ValidString(step) {
			return edit{}, "a name is not valid UTF-8"
		}
	}
	end := int(v.end) - 1 // before the closing brace or bracket
	comma := ""
	if v.Len() > 0 {
		comma = ","
	}
	switch kind := v.Kind(); {
	case kind == KindNull:
		before, after := wrap(path)
		return edit{int(v.start), int(v.end), before, after}, ""
	case kind == KindObject:
		before, after := wrap(path)
		return edit{end, end, comma + before[1:], after[1:]}, "" // without the braces of v itself
	case kind == KindArray && path[0] == "-":
		before, after := wrap(path[1:])
		return edit{end, end, comma + before, after}, ""
	case kind == KindArray:
		return edit{}, fmt.Sprintf("no element %q in an array of %d", path[0], v.Len())
	default:
		return edit{}, "it is " + kind.String() + ", not an object"
	}
}

// wrap returns the text around a value that lies at a path of new objects.
func wrap(path []string) (before, after string) {
	var b []byte
	for _, step := range path {
		b = append(appendQuoted(append(b, '{'), step), ':')
	}
	return string(b), strings.Repeat("}", len(path))
}

// pointer writes a path as RFC 6901 does.
func pointer(path []string) string {
	var b strings.Builder
	for _, step := range path {
		b.WriteString("/" + escapePointer.Replace(step))
	}
	return b.String()
}

var escapePointer = strings.NewReplacer("~", "~0", "/", "~1")

// textOf returns the JSON form of a value. It leaves < and > as they are: the
// text is not for a web page, and a name without escapes is found faster.
func textOf(value any) ([]byte, error) {
	switch v := value.(type) {
	case Object:
		return v.Bytes(), nil
	case Value:
		return v.Bytes(), nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, &ConvertError{fmt.Sprintf("%T", value), err}
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil // a space would make the text be compacted
}
