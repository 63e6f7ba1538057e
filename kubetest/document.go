package kubetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Object is a decoded JSON document. Numbers are [json.Number], so that no digit
// is lost. An Object that a Server hands out is a copy: changing it changes
// nothing in the server.
type Object map[string]any

// Kind returns the kind member, or "".
func (o Object) Kind() string { return text(o, "kind") }

// APIVersion returns the apiVersion member, or "".
func (o Object) APIVersion() string { return text(o, "apiVersion") }

// Name returns metadata.name, or "".
func (o Object) Name() string { return text(o, "metadata", "name") }

// Namespace returns metadata.namespace, or "".
func (o Object) Namespace() string { return text(o, "metadata", "namespace") }

// UID returns metadata.uid, or "".
func (o Object) UID() string { return text(o, "metadata", "uid") }

// Version returns metadata.resourceVersion, or "".
func (o Object) Version() string { return text(o, "metadata", "resourceVersion") }

// At returns the value under the path of member names, or nil when there is none.
func (o Object) At(path ...string) any { return at(o, path...) }

// Text returns the string under the path of member names, or "".
func (o Object) Text(path ...string) string { return text(o, path...) }

// Put sets the value under the path of member names, making the objects on the
// way where they are missing.
func (o Object) Put(value any, path ...string) { put(o, value, path...) }

// MarshalJSON gives the document with its members in the order in which the
// server sends them.
func (o Object) MarshalJSON() ([]byte, error) { return encode(o), nil }

// errTrailing tells of bytes after the end of a document.
var errTrailing = errors.New("trailing data after the JSON document")

// decodeValue reads one JSON value and nothing after it.
func decodeValue(data []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, errors.New("unexpected end of JSON input")
		}
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errTrailing
	}
	return v, nil
}

// decodeObject reads one JSON object and nothing after it.
func decodeObject(data []byte) (Object, error) {
	v, err := decodeValue(data)
	if err != nil {
		return nil, err
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("json: cannot unmarshal %s into Go value of type map[string]interface {}", jsonKind(v))
	}
	return m, nil
}

func jsonKind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "bool"
	case string:
		return "string"
	case []any:
		return "array"
	case map[string]any, Object:
		return "object"
	default:
		return "number"
	}
}

// toObject turns whatever a test has at hand into a document: a map, JSON text,
// or a struct with JSON tags.
func toObject(v any) (Object, error) {
	switch v := v.(type) {
	case nil:
		return nil, errors.New("kubetest: no object")
	case []byte:
		return decodeObject(v)
	case json.RawMessage:
		return decodeObject(v)
	case string:
		return decodeObject([]byte(v))
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("kubetest: %T is not a document: %w", v, err)
	}
	return decodeObject(data)
}

// at walks down objects only; a list on the way ends the walk.
func at(m map[string]any, path ...string) any {
	var v any = m
	for _, name := range path {
		m := asMap(v)
		if m == nil {
			return nil
		}
		v = m[name]
	}
	return v
}

// asMap sees through the named type Object, which is the same document.
func asMap(v any) map[string]any {
	switch v := v.(type) {
	case map[string]any:
		return v
	case Object:
		return v
	}
	return nil
}

func text(m map[string]any, path ...string) string {
	s, _ := at(m, path...).(string)
	return s
}

func mapAt(m map[string]any, path ...string) map[string]any { return asMap(at(m, path...)) }

func listAt(m map[string]any, path ...string) []any {
	l, _ := at(m, path...).([]any)
	return l
}

// intAt reads a whole number; ok is false when there is none.
func intAt(m map[string]any, path ...string) (n int64, ok bool) { return toInt(at(m, path...)) }

func toInt(v any) (int64, bool) {
	switch v := v.(type) {
	case json.Number:
		n, err := strconv.ParseInt(v.String(), 10, 64)
		return n, err == nil
	case int:
		return int64(v), true
	case int64:
		return v, true
	case float64:
		return int64(v), v == float64(int64(v))
	}
	return 0, false
}

func number(n int64) json.Number { return json.Number(strconv.FormatInt(n, 10)) }

// put makes the objects on the way; what stands there and is no object is
// replaced by one.
func put(m map[string]any, value any, path ...string) {
	for _, name := range path[:len(path)-1] {
		next := asMap(m[name])
		if next == nil {
			next = map[string]any{}
			m[name] = next
		}
		m = next
	}
	m[path[len(path)-1]] = value
}

// remove deletes a member and says whether it was there.
func remove(m map[string]any, path ...string) bool {
	parent := mapAt(m, path[:len(path)-1]...)
	name := path[len(path)-1]
	_, ok := parent[name]
	delete(parent, name)
	return ok
}

// setDefault puts a value only where the member is missing or null.
func setDefault(m map[string]any, value any, path ...string) {
	if at(m, path...) == nil {
		put(m, value, path...)
	}
}

// clone copies a document deeply, and brings maps of a named type back to plain
// ones.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return cloneMap(v)
	case Object:
		return cloneMap(v)
	case []any:
		if v == nil {
			return v
		}
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = clone(e)
		}
		return out
	}
	return v
}

func cloneMap(m map[string]any) map[string]any {
	if m == nil {
		return nil
	}
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = clone(v)
	}
	return out
}

func equal(a, b any) bool { return reflect.DeepEqual(a, b) }

// equalOrEmpty also takes a missing object or list for an empty one, as typed
// servers do.
func equalOrEmpty(a, b any) bool { return isEmpty(a) && isEmpty(b) || equal(a, b) }

func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	case string:
		return v == ""
	}
	return false
}

func stringsOf(list []any) []string {
	out := make([]string, 0, len(list))
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func anyStrings(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// timestamp renders a time as metadata does: whole seconds, UTC.
func timestamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// rank orders the members that a struct in the server has first; the others
// follow by name.
var (
	rootRank = ranks("kind", "apiVersion", "metadata", "spec", "status")
	metaRank = ranks("name", "generateName", "namespace", "selfLink", "uid", "resourceVersion",
		"generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
		"labels", "annotations", "ownerReferences", "finalizers", "managedFields")
	noRank = map[string]int{}
)

func ranks(names ...string) map[string]int {
	m := make(map[string]int, len(names))
	for i, name := range names {
		m[name] = i + 1
	}
	return m
}

func memberOrder(m map[string]any, rank map[string]int) []string {
	names := slices.Collect(maps.Keys(m))
	slices.SortFunc(names, func(a, b string) int {
		ra, rb := rank[a], rank[b]
		switch {
		case ra != 0 && rb != 0:
			return ra - rb
		case ra != 0:
			return -1
		case rb != 0:
			return 1
		}
		return strings.Compare(a, b)
	})
	return names
}

// encode writes a document with its members in the order of the server's own
// structs.
func encode(m map[string]any) []byte { return appendMap(nil, m, rootRank) }

// encodeSorted writes a document with all members sorted, as the server writes
// custom resources, which it keeps as maps.
func encodeSorted(m map[string]any) []byte { return appendMap(nil, m, noRank) }

func appendMap(b []byte, m map[string]any, rank map[string]int) []byte {
	if m == nil {
		return append(b, "null"...)
	}
	b = append(b, '{')
	for i, name := range memberOrder(m, rank) {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, name)
		b = append(b, ':')
		next := noRank
		if name == "metadata" && len(rank) > 0 {
			next = metaRank
		}
		b = appendValue(b, m[name], next)
	}
	return append(b, '}')
}

func appendValue(b []byte, v any, rank map[string]int) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case string:
		return appendString(b, v)
	case json.Number:
		return append(b, v...)
	case map[string]any:
		return appendMap(b, v, rank)
	case Object:
		return appendMap(b, v, rank)
	case []any:
		return appendList(b, v)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	}
	data, err := json.Marshal(v)
	if err != nil {
		return append(b, "null"...)
	}
	return append(b, data...)
}

func appendList(b []byte, l []any) []byte {
	if l == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i, v := range l {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendValue(b, v, noRank)
	}
	return append(b, ']')
}

// appendString writes plain text at once and leaves everything that needs an
// escape to encoding/json.
func appendString(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			data, _ := json.Marshal(s)
			return append(b, data...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
