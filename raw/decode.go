package raw

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Any returns a copy in Go's own types, which is the caller's to change: nil,
// bool, string, []any, map[string]any; a number is an int64 where it is written
// as an integer that fits, else a float64, as in Kubernetes' unstructured
// objects. A number beyond a float64's range comes as a json.Number. A value
// that is missing is nil, as null is.
func (v Value) Any() any {
	if v.d == nil {
		return nil
	}
	x, _ := decode(v.text(), 0)
	return x
}

// decode returns the value that starts at i in Go's own types, and the offset
// behind it.
func decode(t string, i int) (any, int) {
	switch kindOf(t[i]) {
	case KindObject:
		return decodeObject(t, i+1)
	case KindArray:
		return decodeArray(t, i+1)
	case KindString:
		end := skipString(t, i+1)
		return unquote(t[i+1 : end-1]), end
	}
	end := skip(t, i)
	switch t[i] {
	case 'n':
		return nil, end
	case 't', 'f':
		return t[i] == 't', end
	}
	return decodeNumber(t[i:end]), end
}

// decodeObject decodes the members from i on. The last of a name counts.
func decodeObject(t string, i int) (any, int) {
	m := map[string]any{}
	for t[i] != '}' {
		colon := skipString(t, i+1)
		name := unquote(t[i+1 : colon-1])
		m[name], i = decode(t, colon+1)
		if t[i] == ',' {
			i++
		}
	}
	return m, i + 1
}

func decodeArray(t string, i int) (any, int) {
	list := []any{}
	for t[i] != ']' {
		var e any
		e, i = decode(t, i)
		list = append(list, e)
		if t[i] == ',' {
			i++
		}
	}
	return list, i + 1
}

func decodeNumber(t string) any {
	if !strings.ContainsAny(t, ".eE") {
		if n, err := strconv.ParseInt(t, 10, 64); err == nil {
			return n
		}
	}
	if f, err := strconv.ParseFloat(t, 64); err == nil {
		return f
	}
	return json.Number(t)
}

// Decode stores the value in what dst points to, by the rules of encoding/json.
// Possible errors: *[TypeError] when there is no value; those of json.Unmarshal;
// *TypeError instead when the document is [Object.Sensitive], because those may
// quote it.
func (v Value) Decode(dst any) error {
	if v.d == nil {
		return v.wrong("a value")
	}
	err := json.Unmarshal([]byte(v.text()), dst)
	if err != nil && v.isSensitive() {
		return &TypeError{fmt.Sprintf("a fit for %T", dst), v.Kind(), errors.New(strings.TrimPrefix(fmt.Sprintf("%T", err), "*"))}
	}
	return err
}
