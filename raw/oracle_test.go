package raw_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/kubeviews/kube/raw"
)

// The functions here say the slow and obvious way, by means of encoding/json,
// what package raw must do.

func parse(t testing.TB, text string) raw.Object {
	t.Helper()
	o, err := raw.Parse([]byte(text))
	if err != nil {
		t.Fatalf("Parse(%.200s): %v", text, err)
	}
	return o
}

// testdata returns the texts of all example objects and Lists.
func testdata(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no test data", err)
	}
	texts := map[string][]byte{}
	for _, file := range files {
		if texts[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	return texts
}

// refusal names the rule by which a text is no document; "" when it is one.
func refusal(text []byte) string {
	switch {
	case !json.Valid(text):
		return "RFC 8259"
	case !utf8.Valid(text):
		return "UTF-8"
	case halfSurrogate(text):
		return "half a surrogate pair"
	case bytes.TrimLeft(text, " \t\r\n")[0] != '{':
		return "not an object"
	}
	return refusedTokens(text)
}

// halfSurrogate looks at the escapes of valid JSON: there are none outside of
// strings.
func halfSurrogate(text []byte) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		if i++; text[i] != 'u' {
			continue
		}
		switch r := escapedRune(text[i-1:]); {
		case r >= 0xDC00 && r <= 0xDFFF:
			return true
		case r >= 0xD800 && r <= 0xDBFF:
			if low := escapedRune(text[i+5:]); low < 0xDC00 || low > 0xDFFF {
				return true
			}
			i += 6
		}
	}
	return false
}

// escapedRune is the rune of the \uXXXX that text starts with, or -1.
func escapedRune(text []byte) int64 {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	r, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return int64(r)
}

// refusedTokens checks the depth, and the names of the first two levels.
func refusedTokens(text []byte) string {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var open levels
	for {
		token, err := d.Token()
		if err == io.EOF {
			return ""
		}
		if err != nil {
			return err.Error()
		}
		if rule := open.take(token); rule != "" {
			return rule
		}
	}
}

// levels are the objects and arrays that are open around a token.
type levels []level

type level struct {
	object bool
	inside bool            // of a member: the next token is its value
	names  map[string]bool // so far
}

func (l *levels) take(token json.Token) (rule string) {
	top := len(*l) - 1
	if top >= 0 && (*l)[top].object && !(*l)[top].inside {
		if name, ok := token.(string); ok {
			return l.name(name)
		}
	} else if top >= 0 && token != json.Delim(']') {
		(*l)[top].inside = false
	}
	switch token {
	case json.Delim('{'), json.Delim('['):
		*l = append(*l, level{token == json.Delim('{'), false, map[string]bool{}})
	case json.Delim('}'), json.Delim(']'):
		*l = (*l)[:top]
	}
	if len(*l) > 1024 {
		return "depth"
	}
	return ""
}

func (l *levels) name(name string) (rule string) {
	top := len(*l) - 1
	if indexed := top == 0 || top == 1 && (*l)[0].object; indexed && (*l)[top].names[name] {
		return "duplicate name"
	}
	(*l)[top].names[name] = true
	(*l)[top].inside = true
	return ""
}

// decoded is what encoding/json makes of a text, with numbers as raw has them.
func decoded(t testing.TB, text []byte) any {
	t.Helper()
	return plain(numbered(t, text))
}

func numbered(t testing.TB, text []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("encoding/json: %v", err)
	}
	return v
}

func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		if f, err := v.Float64(); err == nil {
			return f
		}
		return v
	case map[string]any:
		m := map[string]any{}
		for name, e := range v {
			m[name] = plain(e)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = plain(e)
		}
		return list
	}
	return v
}

// means reports whether two values that encoding/json decoded with numbers as
// texts mean the same. Numbers with large exponents are beyond it: sure is
// false then.
func means(a, b any) (same, sure bool) {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false, true
		}
		same, sure = true, true
		for name, v := range a {
			w, ok := b[name]
			if !ok {
				return false, true
			}
			same, sure = both(same, sure, v, w)
		}
		return same, sure
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false, true
		}
		same, sure = true, true
		for i := range a {
			same, sure = both(same, sure, a[i], b[i])
		}
		return same, sure
	case json.Number:
		b, ok := b.(json.Number)
		if !ok {
			return false, true
		}
		return sameDecimal(string(a), string(b))
	}
	switch b.(type) {
	case map[string]any, []any, json.Number:
		return false, true
	}
	return a == b, true
}

func both(same, sure bool, v, w any) (bool, bool) {
	s, known := means(v, w)
	return same && s, sure && known
}

func sameDecimal(a, b string) (same, sure bool) {
	if a == b {
		return true, true
	}
	for _, s := range []string{a, b} {
		if at := strings.IndexAny(s, "eE"); at >= 0 {
			if n, err := strconv.Atoi(s[at+1:]); err != nil || n > 2000 || n < -2000 {
				return false, false
			}
		}
	}
	x, _ := new(big.Rat).SetString(a)
	y, _ := new(big.Rat).SetString(b)
	return x.Cmp(y) == 0, true
}

var errNoWay = errors.New("no way to go there")

// set is With on plain values: it returns v with the value at the path.
func set(v any, path []string, value any) (any, error) {
	if len(path) == 0 {
		return value, nil
	}
	switch v := v.(type) {
	case nil:
		return set(map[string]any{}, path, value)
	case map[string]any:
		child, err := set(v[path[0]], path[1:], value)
		v[path[0]] = child
		return v, err
	case []any:
		if path[0] == "-" {
			child, err := set(nil, path[1:], value)
			return append(v, child), err
		}
		i, ok := element(v, path[0])
		if !ok {
			return nil, errNoWay
		}
		child, err := set(v[i], path[1:], value)
		v[i] = child
		return v, err
	}
	return nil, errNoWay
}

// remove is Without on plain values.
func remove(v any, path []string) any {
	switch v := v.(type) {
	case map[string]any:
		if child, ok := v[path[0]]; ok && len(path) > 1 {
			v[path[0]] = remove(child, path[1:])
		} else {
			delete(v, path[0])
		}
	case []any:
		i, ok := element(v, path[0])
		switch {
		case !ok:
		case len(path) > 1:
			v[i] = remove(v[i], path[1:])
		default:
			return append(v[:i:i], v[i+1:]...)
		}
	}
	return v
}

func element(list []any, step string) (int, bool) {
	for i := range list {
		if strconv.Itoa(i) == step {
			return i, true
		}
	}
	return 0, false
}
