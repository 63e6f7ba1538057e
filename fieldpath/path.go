// Package fieldpath names the places in an object, as structured-merge-diff, which is
// behind server-side apply, sees them: an element of a list that has keys is known by
// its keys, not by its position.
//
//	spec.replicas
//	spec.template.spec.containers[name="web"].image
//	spec.ports[port=80,protocol="TCP"].nodePort
//	metadata.annotations["example.com/note"]
//	metadata.finalizers[="example.com/hold"]
//	spec.template.spec.containers[name="web"].args[0]
//
// A name that is not made of letters, digits, - and _ with a letter in front is written
// in brackets, as a JSON string. The keys of an element are sorted by name, and their
// values are JSON. So each place has one canonical form, by any given keys of its
// lists, and paths can be compared with == and be the keys of a map.
package fieldpath

import (
	"iter"
	"slices"

	"github.com/kubeviews/kube/raw"
)

// Path is where a value is in an object; "" is the object itself. What this package
// makes is canonical. Another text that [Parse] takes works as well, but may not be ==
// to a path that means the same; in a text that Parse refuses, nothing is found.
type Path string

// String is the path as text.
func (p Path) String() string { return string(p) }

// Field is the path of a member of the object at p.
func (p Path) Field(name string) Path { return p.join(Element{kind: Field, name: name}) }

// Index is the path of an element, by its position from 0, of the array at p.
func (p Path) Index(i int) Path { return p.join(Element{kind: Index, index: i}) }

// Key is the path of an element of the array at p, by the values that the element has
// for its keys. A key that it lacks is left out, but for a protocol, which is TCP then:
// so the API server fills in ports. An element that has none of the keys is known by
// its value.
func (p Path) Key(element raw.Value, names ...string) Path {
	e := Element{kind: Key}
	for _, name := range slices.Compact(slices.Sorted(slices.Values(names))) {
		if v := keyOf(element, name); v.Exists() {
			e.keys = append(e.keys, key{name, v})
		}
	}
	if len(e.keys) == 0 {
		return p.Value(element)
	}
	return p.join(e)
}

// Value is the path of an element of the array at p, by its value: so the elements of
// sets are known.
func (p Path) Value(v raw.Value) Path { return p.join(Element{kind: Value, value: v}) }

func (p Path) join(e Element) Path { return Path(e.appendTo([]byte(p), p == "")) }

// In is the value at the path in v; the missing Value when there is none. An element
// that is known by keys or by value is the first that matches.
func (p Path) In(v raw.Value) raw.Value {
	r := reader{text: string(p)}
	for !r.done() {
		e, err := r.next()
		if err != nil {
			return raw.Value{}
		}
		v = e.In(v)
	}
	return v
}

// Parent is the path of what holds the value at p. That of "" is "", as is that of a
// text that is no path.
func (p Path) Parent() Path {
	r, last := reader{text: string(p)}, 0
	for !r.done() {
		last = r.at
		if _, err := r.next(); err != nil {
			return ""
		}
	}
	return p[:last]
}

// Elements yields the steps of the path, from the object down. It ends where the text
// is not that of a path.
func (p Path) Elements() iter.Seq[Element] {
	return func(yield func(Element) bool) {
		r := reader{text: string(p)}
		for !r.done() {
			if e, err := r.next(); err != nil || !yield(e) {
				return
			}
		}
	}
}

func (p Path) elements() (all []Element, err error) {
	r := reader{text: string(p)}
	for !r.done() {
		e, err := r.next()
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}
