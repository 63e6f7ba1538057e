package raw

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kind tells what a [Value] is.
type Kind uint8

// The kinds of values. KindMissing is that of the zero Value: nothing is there.
const (
	KindMissing Kind = iota
	KindNull
	KindBool
	KindNumber
	KindString
	KindArray
	KindObject
)

// String names the kind as it is said of a value: "a string", "nothing".
func (k Kind) String() string {
	names := [...]string{"nothing", "null", "a bool", "a number", "a string", "an array", "an object"}
	if int(k) < len(names) {
		return names[k]
	}
	return "raw.Kind(" + strconv.Itoa(int(k)) + ")"
}

// Value is one value in a document: 16 bytes, copied freely, immutable. The
// zero Value stands for a value that is not there; every method works on it.
// A Value keeps its whole document alive. Two values that are == mean the same;
// two that are not may do so, too, even if they are the same place of one document:
// that is for [Value.Equal] to say.
type Value struct {
	d          *doc
	start, end uint32
}

func (v Value) text() string {
	if v.d == nil {
		return ""
	}
	v = v.plain()
	return v.d.text()[v.start:v.end]
}

func (v Value) isSensitive() bool { return v.d != nil && v.d.isSensitive() }

// Kind tells what the value is; KindMissing when there is none.
func (v Value) Kind() Kind {
	if v.d == nil {
		return KindMissing
	}
	return kindOf(v.first())
}

// first is the first byte of the text.
func (v Value) first() byte {
	if v.isPackedWhole() {
		return '{'
	}
	return v.d.text()[v.start]
}

// kindOf tells a value's kind by its first byte.
func kindOf(c byte) Kind {
	switch c {
	case '{':
		return KindObject
	case '[':
		return KindArray
	case '"':
		return KindString
	case 't', 'f':
		return KindBool
	case 'n':
		return KindNull
	}
	return KindNumber
}

// Exists reports whether there is a value, null included.
func (v Value) Exists() bool { return v.d != nil }

// IsSet reports whether there is a value other than null. Kubernetes treats a
// null as if the field were not there.
func (v Value) IsSet() bool { return v.d != nil && v.first() != 'n' }

// Get returns the value at a path below v: member names of objects, decimal
// positions of arrays. It is the zero Value when nothing is there.
func (v Value) Get(path ...string) Value {
	if v.start == 0 && v.d != nil { // the document itself: use its index
		return v.d.get(path)
	}
	return v.descend(path)
}

func (v Value) descend(path []string) Value {
	for _, step := range path {
		switch v.Kind() {
		case KindObject:
			v = v.lookup(step)
		case KindArray:
			v = v.step(step)
		default:
			return Value{}
		}
	}
	return v
}

// lookup scans an object for a member. The last of that name counts.
func (v Value) lookup(key string) (found Value) {
	for m := range v.members() {
		if sameText(m.name, key) {
			found = m.value
		}
	}
	return found
}

func (v Value) step(position string) Value {
	i, ok := arrayIndex(position)
	if !ok {
		return Value{}
	}
	return v.Index(i)
}

// arrayIndex reads a position as RFC 6901 writes it: digits, no leading zero.
func arrayIndex(s string) (int, bool) {
	if s == "" || len(s) > 9 || s[0] == '0' && len(s) > 1 {
		return 0, false
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// Index returns element i of an array, counted from 0, or the zero Value. It
// scans the elements before: to visit all, range over [Value.Elements].
func (v Value) Index(i int) Value {
	for e := range v.Elements() {
		if i == 0 {
			return e
		}
		i--
	}
	return Value{}
}

// Len is the number of an object's members or an array's elements, else 0. It
// counts by scanning.
func (v Value) Len() (n int) {
	for range v.members() {
		n++
	}
	for range v.Elements() {
		n++
	}
	return n
}

// Elements yields the elements of an array; nothing for another kind. The
// sequence can be ranged over any number of times.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.Kind() != KindArray {
			return
		}
		t := v.d.text()
		for i := int(v.start) + 1; t[i] != ']'; {
			end := skip(t, i)
			if !yield(Value{v.d, uint32(i), uint32(end)}) {
				return
			}
			if i = end; t[i] == ',' {
				i++
			}
		}
	}
}

// place is a member of an object: where it starts, its name as it is written
// between the quotes, and its value.
type place struct {
	start int
	name  string
	value Value
}

// members yields the members of an object.
func (v Value) members() iter.Seq[place] {
	return func(yield func(place) bool) {
		if v.Kind() != KindObject {
			return
		}
		v := v.plain()
		t := v.d.text()
		for i := int(v.start) + 1; t[i] != '}'; {
			colon := skipString(t, i+1)
			end := skip(t, colon+1)
			if !yield(place{i, t[i+1 : colon-1], Value{v.d, uint32(colon + 1), uint32(end)}}) {
				return
			}
			if i = end; t[i] == ',' {
				i++
			}
		}
	}
}

// Members yields an object's names and values in the order of the text; nothing
// for another kind. Below the second level of a document a name may come twice:
// both are yielded, and the last one counts.
func (v Value) Members() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for m := range v.members() {
			if !yield(unquote(m.name), m.value) {
				return
			}
		}
	}
}

// TypeError tells that a value is not of the kind that was asked for, or does
// not fit it.
type TypeError struct {
	Want string // "a string", "an RFC 3339 time", …
	Got  Kind   // what the value is; KindMissing when there is none
	Err  error  // why a value of the right kind does not fit, or nil; it quotes no content
}

// Error says all of it: "want a string, got a number".
func (e *TypeError) Error() string {
	text := "want " + e.Want + ", got " + e.Got.String()
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns Err.
func (e *TypeError) Unwrap() error { return e.Err }

// KubeError marks the type as an error of this library.
func (e *TypeError) KubeError() {}

func (v Value) wrong(want string) error { return &TypeError{Want: want, Got: v.Kind()} }

// Text returns the content of a string, its escapes resolved. It shares the
// document's memory: clone it to keep a small text without its document.
// Possible error: *[TypeError].
func (v Value) Text() (string, error) {
	if v.Kind() != KindString {
		return "", v.wrong("a string")
	}
	text := v.text()
	return unquote(text[1 : len(text)-1]), nil
}

// Int returns a number that is written as an integer and fits 64 bits: neither
// 1.0 nor 1e3. Possible error: *[TypeError], also when it does not fit.
func (v Value) Int() (int64, error) {
	if v.Kind() != KindNumber {
		return 0, v.wrong("an integer")
	}
	n, err := strconv.ParseInt(v.text(), 10, 64)
	if err != nil {
		return 0, &TypeError{"an integer", KindNumber, cause(err)}
	}
	return n, nil
}

// Float returns a number as the nearest 64-bit float. Possible error:
// *[TypeError], also when the number is out of range.
func (v Value) Float() (float64, error) {
	if v.Kind() != KindNumber {
		return 0, v.wrong("a number")
	}
	f, err := strconv.ParseFloat(v.text(), 64)
	if err != nil {
		return 0, &TypeError{"a number", KindNumber, cause(err)}
	}
	return f, nil
}

// cause is the reason of a strconv error without the text that it quotes.
func cause(err error) error {
	if e, ok := err.(*strconv.NumError); ok {
		return e.Err
	}
	return err
}

// Bool returns a boolean. Possible error: *[TypeError].
func (v Value) Bool() (bool, error) {
	if v.Kind() != KindBool {
		return false, v.wrong("a bool")
	}
	return v.text() == "true", nil
}

// Time returns a string that holds a time as Kubernetes writes it: RFC 3339,
// with or without a fraction of a second. Possible error: *[TypeError], also for
// a string that is no time.
func (v Value) Time() (time.Time, error) {
	text, err := v.Text()
	if err != nil {
		return time.Time{}, v.wrong("an RFC 3339 time")
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		// The parser's own error quotes the text, which may be a secret.
		return time.Time{}, &TypeError{"an RFC 3339 time", KindString, fmt.Errorf("text of %d bytes", len(text))}
	}
	return t, nil
}

// Object returns an object, which is part of the same document. Possible error:
// *[TypeError].
func (v Value) Object() (Object, error) {
	if v.Kind() != KindObject {
		return Object{}, v.wrong("an object")
	}
	return Object{v}, nil
}

// Array returns the elements of an array, in a slice that is the caller's.
// Possible error: *[TypeError].
func (v Value) Array() ([]Value, error) {
	if v.Kind() != KindArray {
		return nil, v.wrong("an array")
	}
	return slices.AppendSeq([]Value{}, v.Elements()), nil
}

// AppendTo appends the value's JSON text to dst; null when there is no value.
func (v Value) AppendTo(dst []byte) []byte {
	if v.d == nil {
		return append(dst, "null"...)
	}
	return append(dst, v.text()...)
}

// Bytes returns the value's JSON text, which is the caller's to change.
func (v Value) Bytes() []byte { return v.AppendTo(nil) }

// MarshalJSON returns the value's JSON text; null when there is no value. A value
// of a sensitive object refuses, with [ErrSensitive].
func (v Value) MarshalJSON() ([]byte, error) {
	if v.isSensitive() {
		return nil, ErrSensitive
	}
	return v.Bytes(), nil
}

// UnmarshalJSON makes v the value that text holds, in a document of its own; a
// null is a value too.
// Possible errors: *[SyntaxError] and *[SizeError], as of [Parse].
func (v *Value) UnmarshalJSON(text []byte) error {
	const before, after = `{"":`, `}`
	o, err := Parse(slices.Concat([]byte(before), text, []byte(after)))
	if fault, ok := err.(*SyntaxError); ok {
		fault.Offset -= int64(len(before))
		fault.Pointer = strings.TrimPrefix(fault.Pointer, "/")
	}
	if err == nil && o.Len() > 1 { // encoding/json calls with one value only
		err = &SyntaxError{0, "", "expected one value"}
	}
	if err == nil {
		*v = o.Get("")
	}
	return err
}
