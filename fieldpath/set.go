package fieldpath

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/kubeviews/kube/raw"
)

// Set is a set of paths, in the form of the fieldsV1 of an object's managedFields: a
// tree of f:name, k:{"key":"value"}, v:value and i:position, in which "." says that the
// place itself is in the set, too. It is immutable, and read only where it is asked.
// The zero Set is empty.
//
// See https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management.
type Set struct{ tree raw.Value }

// SetOf is the set that fieldsV1 holds. What is wrong with it is told by who reads it.
func SetOf(fieldsV1 raw.Value) Set { return Set{fieldsV1} }

// Leaves yields the paths in the set below which there is no other of the set, in the
// order of the tree. Possible error: *raw.TypeError, for each part of the tree that is
// malformed; the sequence goes on.
func (s Set) Leaves() iter.Seq2[Path, error] {
	return func(yield func(Path, error) bool) {
		if s.tree.IsSet() {
			leaves(s.tree, "", yield)
		}
	}
}

func leaves(tree raw.Value, at Path, yield func(Path, error) bool) bool {
	leaf := at != ""
	for b, err := range branches(tree, at) {
		leaf = false
		if err != nil && !yield("", err) || err == nil && !leaves(b.tree, at.join(b.element), yield) {
			return false
		}
	}
	return !leaf || yield(at, nil)
}

// Has reports whether the place is in the set, or within one that is a leaf of it:
// lists and maps that are set as a whole have no paths in them. The object is where
// positions, and keys if some are left out, are looked up; lists in which nothing is
// found are compared by the path alone. Possible errors: *kube.ArgumentError for a text
// that is no path; *raw.TypeError when the tree is malformed where it was read.
func (s Set) Has(p Path, object raw.Value) (bool, error) {
	found, err := s.find(p, object)
	return found.itself || found.within, err
}

// HasUnder reports whether the place, or any below it, is in the set; else it is as Has.
func (s Set) HasUnder(p Path, object raw.Value) (bool, error) {
	found, err := s.find(p, object)
	return found != place{}, err
}

// HasBelow reports whether any place below, and not only the place itself, is in the
// set; else it is as Has.
func (s Set) HasBelow(p Path, object raw.Value) (bool, error) {
	found, err := s.find(p, object)
	return found.below, err
}

// Around returns the leaf of the set that the place is within; not ok when it is in the
// set itself, or not at all. Else it is as Has.
func (s Set) Around(p Path, object raw.Value) (leaf Path, ok bool, err error) {
	found, err := s.find(p, object)
	return found.leaf, found.within && !found.itself, err
}

// place is how a set has a place.
type place struct {
	itself, below bool
	within        bool // a leaf
	leaf          Path
}

func (s Set) find(p Path, object raw.Value) (place, error) {
	elements, err := p.elements()
	if err != nil || !s.tree.IsSet() {
		return place{}, err
	}
	return find(s.tree, "", elements, object)
}

// find follows the elements that are left, from the tree at a place with value v.
func find(tree raw.Value, at Path, left []Element, v raw.Value) (place, error) {
	all, err := collect(tree, at)
	switch {
	case err != nil:
		return place{}, err
	case len(all) == 0 && at == "":
		return place{}, nil
	case len(all) == 0 && len(left) > 0:
		return place{within: true, leaf: at}, nil // with all that is in it
	case len(left) == 0:
		return place{itself: at != "" && (len(all) == 0 || tree.Get(".").Exists()), below: len(all) > 0}, nil
	}
	e := left[0]
	var sum place
	for _, b := range alike(all, e, v) {
		found, err := find(b.tree, at.join(b.element), left[1:], e.In(v))
		if err != nil {
			return place{}, err
		}
		sum = sum.or(found)
	}
	return sum, nil
}

func (p place) or(other place) place {
	if !p.within {
		p.leaf = other.leaf
	}
	return place{p.itself || other.itself, p.below || other.below, p.within || other.within, p.leaf}
}

// branch is what a set has below one element.
type branch struct {
	element Element
	tree    raw.Value
}

func collect(tree raw.Value, at Path) (all []branch, err error) {
	for b, err := range branches(tree, at) {
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}

// branches yields what the tree at a place has, but for its ".".
func branches(tree raw.Value, at Path) iter.Seq2[branch, error] {
	return func(yield func(branch, error) bool) {
		if kind := tree.Kind(); kind != raw.KindObject && kind != raw.KindNull {
			yield(branch{}, &raw.TypeError{Want: "an object of fields", Got: kind, Err: fmt.Errorf("at %q", at)})
			return
		}
		for name, tree := range tree.Members() {
			if name == "." {
				continue
			}
			e, err := elementOf(name)
			if err != nil {
				err = &raw.TypeError{Want: "an element of fieldsV1", Got: raw.KindString, Err: fmt.Errorf("%.100q at %q: %w", name, at, err)}
			}
			if !yield(branch{e, tree}, err) {
				return
			}
		}
	}
}

// elementOf reads an element as fieldsV1 names it.
func elementOf(name string) (e Element, err error) {
	kind, content, _ := strings.Cut(name, ":")
	switch kind {
	case "f":
		return Element{kind: Field, name: content}, nil
	case "i":
		e.kind = Index
		e.index, err = strconv.Atoi(content)
	case "v":
		e.kind = Value
		err = e.value.UnmarshalJSON([]byte(content))
	case "k":
		e.kind = Key
		e.keys, err = keysOf(content)
	default:
		err = errors.New("f:, k:, v: or i: must be in front")
	}
	return e, err
}

func keysOf(content string) (keys []key, err error) {
	object, err := raw.Parse([]byte(content))
	for name, v := range object.Members() {
		keys = append(keys, key{name, v})
	}
	slices.SortFunc(keys, func(a, b key) int { return strings.Compare(a.name, b.name) })
	if err == nil && keys == nil {
		err = errors.New("no keys")
	}
	return keys, err
}

// alike are the branches for the same place in v as e.
func alike(all []branch, e Element, v raw.Value) (same []branch) {
	if e.kind == Field {
		return filter(all, func(b Element) bool { return b.kind == Field && b.name == e.name })
	}
	i, found := e.find(v)
	if i < 0 {
		return filter(all, func(b Element) bool { return b.includes(e) })
	}
	names := keyNames(all)
	return filter(all, func(b Element) bool { return b.matches(i, found) && b.lacksNone(names, found) })
}

func filter(all []branch, is func(Element) bool) (some []branch) {
	for _, b := range all {
		if is(b.element) {
			some = append(some, b)
		}
	}
	return some
}

// includes reports whether e is the other one, or has all the keys of that, and more.
func (e Element) includes(other Element) bool {
	if e.kind != Key || other.kind != Key {
		return e.String() == other.String()
	}
	return !slices.ContainsFunc(other.keys, func(o key) bool {
		return !slices.ContainsFunc(e.keys, func(k key) bool { return k.name == o.name && sameOrNull(k.value, o.value) })
	})
}

// keyNames are the names of all keys that elements of a list are known by.
func keyNames(all []branch) (names []string) {
	for _, b := range all {
		for _, k := range b.element.keys {
			if !slices.Contains(names, k.name) {
				names = append(names, k.name)
			}
		}
	}
	return names
}

// lacksNone reports whether an element that e matches has none of the other keys, by
// which it would be another.
func (e Element) lacksNone(names []string, v raw.Value) bool {
	return e.kind != Key || !slices.ContainsFunc(names, func(name string) bool {
		return keyOf(v, name).IsSet() && !slices.ContainsFunc(e.keys, func(k key) bool { return k.name == name })
	})
}
