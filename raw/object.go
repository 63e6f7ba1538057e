package raw

import (
	"encoding/json"
	"iter"
)

// Object is an immutable JSON object: a whole document, or an object within
// one. It is 16 bytes and copied freely. The zero Object is empty, and IsZero.
//
// Printing an Object shows its JSON text; one that is [Object.Sensitive] shows
// its size and a fingerprint instead. Two objects that are == mean the same;
// whether two that are not do so is for [Object.Equal] to say.
type Object struct{ v Value }

// Value returns the object as a value.
func (o Object) Value() Value { return o.v }

// IsZero reports whether o is the zero Object, which holds no document.
func (o Object) IsZero() bool { return o.v.d == nil }

// Get returns the value at a path: member names of objects, decimal positions
// of arrays. It is the zero Value when nothing is there. Two levels of a whole
// document are found by the index, deeper ones by scanning what lies there.
func (o Object) Get(path ...string) Value { return o.v.Get(path...) }

// Has reports whether there is a value, null included, at a path.
func (o Object) Has(path ...string) bool { return o.v.Get(path...).Exists() }

// Len is the number of members that [Object.Members] yields.
func (o Object) Len() int { return o.v.Len() }

// Members yields the names and values in the order of the text, as
// [Value.Members] describes. The sequence can be ranged over any number of times.
func (o Object) Members() iter.Seq2[string, Value] { return o.v.Members() }

// Map returns a copy in Go's own types, as [Value.Any] describes, which is the
// caller's to change. It is never nil.
func (o Object) Map() map[string]any {
	if m, ok := o.v.Any().(map[string]any); ok {
		return m
	}
	return map[string]any{}
}

// Decode stores the object in what dst points to, by the rules of encoding/json.
// A field may be an Object or a Value.
//
// Possible errors: those of json.Unmarshal; *[TypeError] instead when the object
// is [Object.Sensitive], because those may quote it.
func (o Object) Decode(dst any) error {
	if o.IsZero() {
		return json.Unmarshal([]byte("{}"), dst)
	}
	return o.v.Decode(dst)
}

// AppendTo appends the object's JSON text to dst.
func (o Object) AppendTo(dst []byte) []byte {
	if o.IsZero() {
		return append(dst, "{}"...)
	}
	return o.v.AppendTo(dst)
}

// Bytes returns the object's JSON text, which is the caller's to change.
func (o Object) Bytes() []byte { return o.AppendTo(nil) }

// Size is the length of the JSON text in bytes.
func (o Object) Size() int {
	if o.IsZero() {
		return len("{}")
	}
	return int(o.v.end - o.v.start)
}

// MarshalJSON returns the object's JSON text. A sensitive object refuses, with
// [ErrSensitive]: log handlers marshal what lies in the slices, maps and structs
// that they are given. Bytes is the explicit way.
func (o Object) MarshalJSON() ([]byte, error) {
	if o.IsSensitive() {
		return nil, ErrSensitive
	}
	return o.Bytes(), nil
}

// ErrSensitive is what json.Marshal meets in a sensitive object or value.
var ErrSensitive error = &sensitiveError{}

type sensitiveError struct{}

func (*sensitiveError) Error() string {
	return "the content is sensitive and is not marshalled on the way; Bytes gives it"
}

// KubeError marks the type as an error of this library.
func (*sensitiveError) KubeError() {}

// UnmarshalJSON makes o the document that text holds; copies of o made before
// stay what they were. A null changes nothing, as encoding/json asks for.
// Possible errors: those of [Parse].
func (o *Object) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	parsed, err := Parse(text)
	if err == nil {
		*o = parsed
	}
	return err
}

// Equal reports whether two objects mean the same, as [Value.Equal] describes.
// The zero Object equals only itself, not an object without members.
func (o Object) Equal(other Object) bool { return o.v.Equal(other.v) }

// Sensitive returns the same object, which now does not show its content when
// it, or any value taken from it, or any object made from it by a change, is
// printed or logged.
//
// What is asked for is given: Text, Map, Decode and Bytes give the content, and
// nothing hides it there. json.Marshal is refused, with [ErrSensitive].
func (o Object) Sensitive() Object {
	if o.IsZero() || o.IsSensitive() {
		return o
	}
	v := o.v.plain()
	d := *v.d
	d.hide()
	return Object{Value{&d, v.start, v.end}}
}

// IsSensitive reports whether printing hides the content.
func (o Object) IsSensitive() bool { return o.v.isSensitive() }

// ManagedFieldsDropped reports whether the document came with
// metadata.managedFields, and they were left out when it was read: their absence
// then says nothing about the server's object.
func (o Object) ManagedFieldsDropped() bool { return !o.IsZero() && o.v.d.flags&dropped != 0 }

// MetadataOnly reports whether the object was read without anything but its
// kind, apiVersion and metadata: what else it lacks, the cluster's may have.
func (o Object) MetadataOnly() bool { return !o.IsZero() && o.v.d.flags&metadataOnly != 0 }

// From makes an Object of anything that has a JSON form: a map, a struct with
// JSON tags, another library's object; a []byte or json.RawMessage is taken as
// JSON text, an Object or the Value of an object as it is. Possible errors:
// *[ConvertError], *[TypeError] for another Value, and those of [Parse].
//
// An Object or Value that is sensitive stays so; one that lies within another
// Go value is refused, see [ErrSensitive].
func From(v any) (Object, error) {
	switch v := v.(type) {
	case Object:
		return v, nil
	case Value:
		return v.Object()
	case interface{ Raw() Object }: // an item
		return v.Raw(), nil
	case []byte:
		return Parse(v)
	case json.RawMessage:
		return Parse(v)
	}
	text, err := textOf(v)
	if err != nil {
		return Object{}, err
	}
	return Parse(text)
}

// ConvertError tells that a Go value has no JSON form.
type ConvertError struct {
	Type string // the Go type, such as "chan int"
	Err  error  // why, as encoding/json says
}

// Error names the type and the cause.
func (e *ConvertError) Error() string {
	text := "no JSON form for a " + e.Type
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *ConvertError) Unwrap() error { return e.Err }

// KubeError marks the type as an error of this library.
func (e *ConvertError) KubeError() {}
