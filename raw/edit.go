package raw

import (
	"encoding/json"
	"fmt"
	"strings"
)

// PathError tells that a path cannot be followed for a change.
type PathError struct {
	Pointer string // the part of the path that was followed, as a JSON Pointer
	Msg     string
}

func (e *PathError) Error() string { return "cannot change " + e.Pointer + ": " + e.Msg }

// KubeError marks the type as an error of this library.
func (e *PathError) KubeError() {}

// With returns an object in which the value at the path is the given one:
// anything that has a JSON form. Objects that are missing on the way are made.
// A step into an array is the position of an element, or "-" to append one.
// Possible errors: *[PathError], *[ConvertError], and *[SyntaxError] when the
// value nests too deep.
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
	e, err := o.v.locate(path)
	if err != nil {
		return Object{}, err
	}
	return o.splice(e.from, e.to, e.before+text+e.after)
}

// Without returns an object that has nothing at the path; the same object when
// there was nothing. Possible error: *[PathError] for an empty path.
func (o Object) Without(path ...string) (Object, error) {
	if len(path) == 0 {
		return Object{}, &PathError{"", "a path is needed"}
	}
	last := path[len(path)-1]
	for {
		parent := o.Get(path[:len(path)-1]...)
		from, to, found := parent.extent(last)
		if !found {
			return o, nil
		}
		next, err := o.splice(from, to, "")
		if err != nil || parent.Kind() == KindArray {
			return next, err
		}
		o = next // below the second level the name may be there once more
	}
}

// splice replaces the text at [from, to) of the document by other text.
func (o Object) splice(from, to int, by string) (Object, error) {
	all := o.v.d.text
	var b strings.Builder
	b.WriteString(all[o.v.start:from])
	b.WriteString(by)
	b.WriteString(all[to:o.v.end])
	next, err := Parse([]byte(b.String()))
	if err != nil {
		return Object{}, err
	}
	next.v.d.flags |= o.v.d.flags & (sensitive | dropped)
	return next, nil
}

// edit is where a new value's text goes, and what goes around it.
type edit struct {
	from, to      int
	before, after string
}

func (v Value) locate(path []string) (edit, error) {
	for i, step := range path {
		next := v.Get(step)
		if next.Exists() {
			v = next
			continue
		}
		end := int(v.end) - 1 // before the closing brace or bracket
		comma := ""
		if v.Kind() == KindObject || v.Kind() == KindArray {
			if v.Len() > 0 {
				comma = ","
			}
		}
		switch {
		case v.Kind() == KindObject:
			before, after := wrap(path[i+1:])
			return edit{end, end, comma + string(appendQuoted(nil, step)) + ":" + before, after}, nil
		case v.Kind() == KindArray && step == "-":
			before, after := wrap(path[i+1:])
			return edit{end, end, comma + before, after}, nil
		case v.Kind() == KindArray:
			return edit{}, &PathError{pointer(path[:i]), fmt.Sprintf("no element %q in an array of %d", step, v.Len())}
		case v.Kind() == KindNull && i > 0:
			before, after := wrap(path[i:])
			return edit{int(v.start), int(v.end), before, after}, nil
		default:
			return edit{}, &PathError{pointer(path[:i]), "it is " + v.Kind().String() + ", not an object"}
		}
	}
	return edit{from: int(v.start), to: int(v.end)}, nil
}

// wrap returns the text around a value that lies at a path of new objects.
func wrap(path []string) (before, after string) {
	for _, step := range path {
		before += "{" + string(appendQuoted(nil, step)) + ":"
	}
	return before, strings.Repeat("}", len(path))
}

// extent is where a member or element lies, with the comma that goes with it.
func (v Value) extent(step string) (from, to int, found bool) {
	t := v.text()
	switch v.Kind() {
	case KindObject:
		for m := range v.members() {
			if sameText(v.d.text[m.key:m.keyEnd], step) {
				from, to, found = m.key-1, int(m.value.end), true
				break
			}
		}
	case KindArray:
		e := v.step(step)
		from, to, found = int(e.start), int(e.end), e.Exists()
	}
	if !found {
		return 0, 0, false
	}
	switch base := int(v.start); {
	case t[to-base] == ',':
		to++
	case t[from-base-1] == ',':
		from--
	}
	return from, to, true
}

func pointer(path []string) string {
	var b strings.Builder
	for _, step := range path {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(step))
	}
	return b.String()
}

func textOf(value any) (string, error) {
	switch v := value.(type) {
	case Object:
		return string(v.Bytes()), nil
	case Value:
		return string(v.Bytes()), nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		return "", &ConvertError{fmt.Sprintf("%T", value), err}
	}
	return string(text), nil
}
