package fieldpath

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// Parse reads a path and makes it canonical. It also takes a dot in front of the path
// or of brackets, spaces in brackets, keys in any order, and values of keys without
// quotes: .spec.containers[name=web]. Without quotes, a value that looks like a number,
// true, false or null is one. Possible error: *kube.ArgumentError, which says where the
// text is wrong.
func Parse(text string) (Path, error) {
	if !utf8.ValidString(text) {
		return "", bad(text, "it is not UTF-8")
	}
	elements, err := Path(text).elements()
	if err != nil {
		return "", err
	}
	var p Path
	for _, e := range elements {
		p = p.join(e)
	}
	return p, nil
}

func bad(text, reason string) error {
	return &rest.ArgumentError{Arg: "field path", Value: text, Reason: reason}
}

// reader reads the elements of a path. 0 ≤ at ≤ len(text).
type reader struct {
	text string
	at   int
}

func (r *reader) done() bool { return r.at == len(r.text) || r.text == "." }

func (r *reader) wrong(reason string) error {
	return bad(r.text, fmt.Sprintf("at byte %d: %s", r.at, reason))
}

// peek is the next byte, or 0 at the end.
func (r *reader) peek() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

func (r *reader) take(c byte) bool {
	if r.at == len(r.text) || r.text[r.at] != c {
		return false
	}
	r.at++
	return true
}

func (r *reader) space() {
	for r.take(' ') {
	}
}

// next reads an element; the text is not done.
func (r *reader) next() (Element, error) {
	start := r.at == 0
	dot := r.take('.')
	switch {
	case r.take('['):
		return r.brackets()
	case !start && !dot:
		return Element{}, r.wrong("expected '.' or '['")
	}
	name, err := r.name()
	return Element{kind: Field, name: name}, err
}

func (r *reader) name() (string, error) {
	rest := r.text[r.at:]
	end := strings.IndexFunc(rest, notInName)
	if end < 0 {
		end = len(rest)
	}
	if name := rest[:end]; isPlain(name) {
		r.at += end
		return name, nil
	}
	return "", r.wrong(`expected a name; one that is not made of letters, digits, - and _ with a letter in front is written ["name"]`)
}

// brackets reads what is behind an opening bracket, and the closing one.
func (r *reader) brackets() (e Element, err error) {
	r.space()
	switch c := r.peek(); {
	case r.take('='):
		e.kind = Value
		e.value, err = r.value()
	case c == '-' || '0' <= c && c <= '9':
		e.kind = Index
		e.index, err = r.position()
	default:
		e, err = r.named()
	}
	if err != nil {
		return Element{}, err
	}
	if r.space(); !r.take(']') {
		return Element{}, r.wrong("expected ']'")
	}
	return e, nil
}

func (r *reader) position() (int, error) {
	rest := r.text[r.at:]
	end := 1 + strings.IndexFunc(rest[1:], func(c rune) bool { return c < '0' || '9' < c })
	if end == 0 {
		end = len(rest)
	}
	n, err := strconv.Atoi(rest[:end])
	if err != nil {
		return 0, r.wrong("expected the position of an element")
	}
	r.at += end
	return n, nil
}

// named reads a quoted name of a field, or keys.
func (r *reader) named() (Element, error) {
	quoted := r.peek() == '"'
	name, err := r.keyName()
	if err != nil {
		return Element{}, err
	}
	if r.peek() == ']' && quoted {
		return Element{kind: Field, name: name}, nil
	}
	e := Element{kind: Key}
	for {
		if e, err = r.key(e, name); err != nil || !r.take(',') {
			return e, err
		}
		if name, err = r.keyName(); err != nil {
			return Element{}, err
		}
	}
}

// keyName reads a name, and the space around it.
func (r *reader) keyName() (name string, err error) {
	if r.space(); r.peek() != '"' {
		name, err = r.name()
	} else {
		var v raw.Value
		v, err = r.json()
		name, _ = v.Text()
	}
	r.space()
	return name, err
}

// key reads the value of a key, and the space behind it.
func (r *reader) key(e Element, name string) (Element, error) {
	at, found := slices.BinarySearchFunc(e.keys, name, func(k key, name string) int { return strings.Compare(k.name, name) })
	if found {
		return e, r.wrong("a key is there twice")
	}
	if !r.take('=') {
		return e, r.wrong("expected '=' and the value of the key")
	}
	v, err := r.value()
	e.keys = slices.Insert(e.keys, at, key{name, v})
	r.space()
	return e, err
}

// value reads JSON, or a text without quotes.
func (r *reader) value() (raw.Value, error) {
	r.space()
	if strings.IndexByte(`"{[`, r.peek()) >= 0 {
		return r.json()
	}
	rest := r.text[r.at:]
	end := strings.IndexAny(rest, ",]")
	if end < 0 {
		end = len(rest)
	}
	text := strings.TrimRight(rest[:end], " ")
	if text == "" {
		return raw.Value{}, r.wrong("expected a value")
	}
	r.at += end
	var v raw.Value
	if v.UnmarshalJSON([]byte(text)) == nil {
		return v, nil
	}
	return textValue(text), nil
}

// json reads a string, array or object.
func (r *reader) json() (v raw.Value, err error) {
	end := endOfJSON(r.text[r.at:])
	if err := v.UnmarshalJSON([]byte(r.text[r.at : r.at+end])); err != nil {
		return raw.Value{}, r.wrong("expected a JSON value: " + err.Error())
	}
	r.at += end
	return v, nil
}

// endOfJSON is where a string, array or object ends if it is well-formed, which is for
// the parser to say.
func endOfJSON(t string) int {
	depth, quoted := 0, false
	for i := 0; i < len(t); i++ {
		switch c := t[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\':
			i++
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		if depth <= 0 && !quoted {
			return i + 1
		}
	}
	return len(t)
}
