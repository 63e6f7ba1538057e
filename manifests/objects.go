package manifests

import (
	"bytes"
	"errors"
	"iter"
	"strings"

	"github.com/kubeviews/kube/internal/collection"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
)

// found is an object, and the line of the chunk at which it starts, from 1; or
// the line of a fault.
type found struct {
	doc   raw.Object
	line  int
	items func() []int // the lines of a List's items, as far as they are known
}

// objects yields the objects of a chunk. A fault comes with its line.
func (c chunk) objects(limit int) iter.Seq2[found, error] {
	return func(yield func(found, error) bool) {
		all, err := c.parse(limit)
		for i, f := range all {
			if err != nil && i == len(all)-1 {
				yield(f, err)
				return
			}
			if !f.spread(0, yield) {
				return
			}
		}
	}
}

// parse reads a chunk as JSON if it is, for YAML does not know all of JSON's
// escapes, or else as YAML. With an error, the last of what was found is its line.
func (c chunk) parse(limit int) (all []found, err error) {
	if !bytes.HasPrefix(bytes.TrimLeft(c.text, " \t"), []byte("{")) {
		return parseYAML(c.text, limit*expansion)
	}
	all, err = parseJSON(c.text)
	if err == nil {
		return all, nil
	}
	if other, bad := parseYAML(c.text, limit*expansion); bad == nil || !strings.Contains(string(c.text), `{"`) {
		return other, bad
	}
	return all, err
}

// mostLists is how deep Lists may lie within Lists.
const mostLists = 8

// spread yields an object, or the items of a List.
func (f found) spread(depth int, yield func(found, error) bool) bool {
	if !isList(f.doc) {
		doc, err := checked(f.doc)
		return yield(found{doc: doc, line: f.line}, err)
	}
	if depth == mostLists {
		return yield(found{line: f.line}, errors.New("a List lies too deeply within Lists"))
	}
	var lines []int
	if f.items != nil {
		lines = f.items()
	}
	i := 0
	for v := range f.doc.Get("items").Elements() {
		item := found{line: f.line}
		if i < len(lines) {
			item.line = lines[i]
		}
		i++
		var err error
		if item.doc, err = itemOf(f.doc, v); err != nil {
			if !yield(item, err) {
				return false
			}
		} else if !item.spread(depth+1, yield) {
			return false
		}
	}
	return true
}

// isList reports whether an object is a List. An object of a kind that happens to
// end with List has a name.
func isList(doc raw.Object) bool {
	if v := doc.Get("items"); v.Kind() != raw.KindArray && v.Kind() != raw.KindNull {
		return false
	}
	return strings.HasSuffix(textAt(doc, "kind"), "List") && textAt(doc, "metadata", "name") == ""
}

// itemOf makes an item of a List an object of its own. Those of a typed List lack
// what the List says.
func itemOf(list raw.Object, v raw.Value) (raw.Object, error) {
	if v.Kind() != raw.KindObject {
		return raw.Object{}, errors.New("an item of the " + textAt(list, "kind") + " is " + v.Kind().String() + ", not an object")
	}
	doc, err := raw.Parse(v.Bytes())
	kind := strings.TrimSuffix(textAt(list, "kind"), "List")
	for name, value := range map[string]string{"kind": kind, "apiVersion": textAt(list, "apiVersion")} {
		if err == nil && kind != "" && !doc.Get(name).IsSet() {
			doc, err = doc.With(value, name)
		}
	}
	return doc, err
}

// checked checks that an object says what it is. The content of a Secret is not
// to be printed.
func checked(doc raw.Object) (raw.Object, error) {
	for _, name := range []string{"apiVersion", "kind"} {
		if textAt(doc, name) == "" {
			return raw.Object{}, errors.New(name + " is missing")
		}
	}
	kind, _ := kinds.Builtin().LookupObject(textAt(doc, "apiVersion"), textAt(doc, "kind"))
	if collection.IsSensitive(kind) {
		doc = doc.Sensitive()
	}
	return doc, nil
}
