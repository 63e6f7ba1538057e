package fieldpath

import (
	"iter"
	"strconv"
	"strings"

	"github.com/kubeviews/kube/raw"
)

// Kind tells how an element is known.
type Kind uint8

// The kinds of elements of a path.
const (
	Field Kind = iota + 1 // a member of an object, by its name
	Index                 // an element of an array, by its position
	Key                   // an element of an array, by the values of its keys
	Value                 // an element of an array, by its value
)

// Element is one step of a path. It is immutable; the zero Element is none, and finds
// nothing.
type Element struct {
	kind  Kind
	name  string
	index int
	keys  []key // sorted by name; never written to
	value raw.Value
}

type key struct {
	name  string
	value raw.Value
}

// Kind tells how the element is known: which of the other methods has something to say.
func (e Element) Kind() Kind { return e.kind }

// Name is the name of a Field.
func (e Element) Name() string { return e.name }

// Index is the position of an Index.
func (e Element) Index() int { return e.index }

// Value is that of a Value.
func (e Element) Value() raw.Value { return e.value }

// Keys yields the names and values of the keys of a Key, sorted by name.
func (e Element) Keys() iter.Seq2[string, raw.Value] {
	return func(yield func(string, raw.Value) bool) {
		for _, k := range e.keys {
			if !yield(k.name, k.value) {
				return
			}
		}
	}
}

// String is the element as a path of its own: name, ["a b"], [0], [name="web"], [="x"].
func (e Element) String() string { return string(e.appendTo(nil, true)) }

// In is the value of the element in v; the missing Value when there is none.
func (e Element) In(v raw.Value) raw.Value {
	if e.kind == Field && v.Kind() == raw.KindObject {
		return v.Get(e.name)
	}
	_, found := e.find(v)
	return found
}

// find is the first element of an array that e matches, and its position.
func (e Element) find(array raw.Value) (int, raw.Value) {
	i := 0
	for v := range array.Elements() {
		if e.matches(i, v) {
			return i, v
		}
		i++
	}
	return -1, raw.Value{}
}

// matches reports whether e stands for element i, which is v, of an array.
func (e Element) matches(i int, v raw.Value) bool {
	switch e.kind {
	case Index:
		return e.index == i
	case Value:
		return sameOrNull(e.value, v)
	case Key:
		return e.hasKeysOf(v)
	}
	return false
}

func (e Element) hasKeysOf(v raw.Value) bool {
	for _, k := range e.keys {
		if !sameOrNull(k.value, keyOf(v, k.name)) {
			return false
		}
	}
	return v.Kind() == raw.KindObject
}

// sameOrNull compares values, of which one that is not there is a null.
func sameOrNull(a, b raw.Value) bool {
	return a.Equal(b) || !a.IsSet() && !b.IsSet()
}

var tcp = textValue("TCP")

// keyOf is the value of an element for a key. The API server knows a port without a
// protocol as one of TCP.
func keyOf(element raw.Value, name string) raw.Value {
	if element.Kind() != raw.KindObject {
		return raw.Value{}
	}
	v := element.Get(name)
	if name == "protocol" && !v.IsSet() {
		return tcp
	}
	return v
}

func (e Element) appendTo(dst []byte, first bool) []byte {
	switch e.kind {
	case Field:
		return appendField(dst, e.name, first)
	case Index:
		dst = strconv.AppendInt(append(dst, '['), int64(e.index), 10)
	case Key:
		dst = appendKeys(append(dst, '['), e.keys)
	case Value:
		dst = appendJSON(append(dst, '[', '='), e.value)
	default:
		return dst
	}
	return append(dst, ']')
}

func appendField(dst []byte, name string, first bool) []byte {
	switch {
	case !isPlain(name):
		return append(appendText(append(dst, '['), name), ']')
	case !first:
		dst = append(dst, '.')
	}
	return append(dst, name...)
}

func appendKeys(dst []byte, keys []key) []byte {
	for i, k := range keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		if isPlain(k.name) {
			dst = append(dst, k.name...)
		} else {
			dst = appendText(dst, k.name)
		}
		dst = appendJSON(append(dst, '='), k.value)
	}
	return dst
}

// isPlain reports whether a name is written without quotes.
func isPlain(name string) bool {
	return name != "" && isLetter(name[0]) && strings.IndexFunc(name, notInName) < 0
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func notInName(r rune) bool {
	return r >= 0x80 || !isLetter(byte(r)) && (r < '0' || '9' < r) && r != '-' && r != '_'
}
