package items

import (
	"slices"
	"strings"

	"github.com/kubeviews/kube/fieldpath"
	"github.com/kubeviews/kube/internal/listkeys"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
)

// list compares two lists: by key, as sets, or aligned.
func (d *differ) list(at fieldpath.Path, old, new raw.Value) {
	olds, news := slices.Collect(old.Elements()), slices.Collect(new.Elements())
	keys, set := d.listType()
	if set {
		if a, b, ok := members2(olds, news, valueOf); ok {
			d.set(at, old, new, pairUp(a, b))
			return
		}
	}
	if keys = keysIn(keys, olds, news); len(keys) > 0 {
		byKeys := func(v raw.Value) (string, bool) { return keyOf(v, keys) }
		if a, b, ok := members2(olds, news, byKeys); ok {
			d.keyed(at, old, new, pairUp(a, b), keys)
			return
		}
	}
	d.aligned(at, olds, news)
}

// listType tells the keys of the list at the trail, and whether it is a set.
func (d *differ) listType() (keys []string, set bool) {
	if d.keys == nil {
		d.keys = d.keysTold()
	}
	if keys, set = d.keys.of(d.trail); keys != nil || set {
		return keys, set
	}
	parent, name := "", d.trail[len(d.trail)-1]
	if len(d.trail) > 1 {
		parent = d.trail[len(d.trail)-2]
	}
	if !d.isBuiltin() {
		return conventional(name), parent == "metadata" && name == "finalizers"
	}
	return listkeys.Of(parent, name), listkeys.IsSet(parent, name)
}

// isBuiltin reports whether the documents are of kinds that come with Kubernetes.
func (d *differ) isBuiltin() bool {
	if !d.kindKnown {
		d.kindKnown = true
		d.builtin = (d.old.IsZero() || isBuiltin(d.old)) && (d.new.IsZero() || isBuiltin(d.new))
	}
	return d.builtin
}

// conventional are the keys of a list that all kinds have in common.
func conventional(name string) []string {
	switch name {
	case "conditions":
		return []string{"type"}
	case "ownerReferences":
		return []string{"uid"}
	}
	return nil
}

// members2 names the elements of two lists; not ok when one has no name, or two of a
// list have the same.
func members2(olds, news []raw.Value, name func(raw.Value) (string, bool)) (a, b []member, ok bool) {
	if a, ok = named2(olds, name); !ok {
		return nil, nil, false
	}
	b, ok = named2(news, name)
	return a, b, ok
}

func named2(list []raw.Value, name func(raw.Value) (string, bool)) ([]member, bool) {
	all := make([]member, len(list))
	seen := make(map[string]bool, len(list))
	for i, v := range list {
		text, ok := name(v)
		if !ok || seen[text] {
			return nil, false
		}
		seen[text] = true
		all[i] = member{text, v}
	}
	return all, true
}

func isContainer(v raw.Value) bool { return v.Kind() == raw.KindObject || v.Kind() == raw.KindArray }

// valueOf names an element of a set.
func valueOf(v raw.Value) (string, bool) {
	if isContainer(v) {
		return "", false
	}
	return string(fieldpath.Path("").Value(v)), true
}

// keysIn are those of the keys that the elements have: the same ones in all of them, or
// else none, because a path by other keys may find another element.
func keysIn(keys []string, lists ...[]raw.Value) []string {
	var had []string
	first := true
	for _, list := range lists {
		for _, v := range list {
			has := slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return !hasKey(v, key) })
			if !first && !slices.Equal(had, has) {
				return nil
			}
			had, first = has, false
		}
	}
	return had
}

func hasKey(v raw.Value, key string) bool {
	if v.Kind() != raw.KindObject {
		return false
	}
	of := v.Get(key)
	return of.IsSet() && !isContainer(of) || key == "protocol" && !of.Exists() // it is TCP then
}

// keyOf names an element of a keyed list, which has all the keys.
func keyOf(v raw.Value, keys []string) (string, bool) {
	if len(keys) == 1 {
		if text, err := v.Get(keys[0]).Text(); err == nil {
			return text, true
		}
	}
	return "\x00" + string(fieldpath.Path("").Key(v, keys...)), true
}

// keyed compares the elements with the same keys.
func (d *differ) keyed(at fieldpath.Path, old, new raw.Value, pairs []pair, keys []string) {
	if isReordered(pairs) && (d.noise || d.trail[0] != "status") {
		d.add(FieldChange{Path: at, Old: d.shown(old), New: d.shown(new), Reordered: true})
	}
	for _, p := range pairs {
		if d.same(p.old, p.new) {
			continue
		}
		of := p.new
		if !of.Exists() {
			of = p.old
		}
		d.compare(at.Key(of, keys...), p.old, p.new)
	}
}

// set tells what a set has got and lost. Its order means nothing.
func (d *differ) set(at fieldpath.Path, old, new raw.Value, pairs []pair) {
	if isReordered(pairs) && d.noise {
		d.add(FieldChange{Path: at, Old: d.shown(old), New: d.shown(new), Reordered: true})
	}
	for _, p := range pairs {
		switch {
		case !p.old.Exists():
			d.add(FieldChange{Path: at.Value(p.new), New: d.shown(p.new)})
		case !p.new.Exists():
			d.add(FieldChange{Path: at.Value(p.old), Old: d.shown(p.old)})
		}
	}
}

// aligned compares the elements of lists without keys.
func (d *differ) aligned(at fieldpath.Path, olds, news []raw.Value) {
	d.trail = append(d.trail, "") // a list in a list has no keys
	for _, s := range d.align(olds, news) {
		switch {
		case s.new < 0:
			d.add(FieldChange{Path: at.Index(s.old), Old: d.shown(olds[s.old])})
		case s.old < 0:
			d.add(FieldChange{Path: at.Index(s.new), New: d.shown(news[s.new])})
		case !d.same(olds[s.old], news[s.new]):
			d.element(at.Index(s.new), olds[s.old], news[s.new])
		}
	}
	d.trail = d.trail[:len(d.trail)-1]
}

// element compares two elements of a list: objects stand under the list's own name.
func (d *differ) element(at fieldpath.Path, old, new raw.Value) {
	if old.Kind() == raw.KindArray {
		d.compare(at, old, new)
		return
	}
	d.trail = d.trail[:len(d.trail)-1]
	d.compare(at, old, new)
	d.trail = append(d.trail, "")
}

// keysTold are the keys of lists, as the managedFields of an object tell them: a tree
// of member names, in which the elements of a list are one.
type keysTold struct {
	below map[string]*keysTold
	keys  []string
	set   bool
}

// keysTold reads the managedFields of an object of a kind that does not come with
// Kubernetes.
func (d *differ) keysTold() *keysTold {
	all := &keysTold{}
	for _, doc := range []raw.Object{d.old, d.new} {
		if isBuiltin(doc) {
			continue
		}
		for manager := range doc.Get("metadata", "managedFields").Elements() {
			all.read(manager.Get("fieldsV1"), 0)
		}
	}
	return all
}

func isBuiltin(doc raw.Object) bool {
	apiVersion, _ := doc.Get("apiVersion").Text()
	kind, _ := doc.Get("kind").Text()
	if apiVersion == "" && kind == "" {
		return true // it does not say otherwise
	}
	_, err := kinds.Builtin().LookupObject(apiVersion, kind)
	return err == nil
}

func (k *keysTold) read(fields raw.Value, depth int) {
	if depth > maxDiffDepth {
		return
	}
	for name, below := range fields.Members() {
		kind, what, _ := strings.Cut(name, ":")
		switch kind {
		case "f":
			k.member(what).read(below, depth+1)
		case "k":
			var keys raw.Object
			if keys.UnmarshalJSON([]byte(what)) == nil {
				k.keys = namesOf(keys)
			}
			k.read(below, depth+1)
		case "v":
			k.set = true
		}
	}
}

func namesOf(o raw.Object) []string {
	var names []string
	for name := range o.Members() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (k *keysTold) member(name string) *keysTold {
	next := k.below[name]
	if next == nil {
		if k.below == nil {
			k.below = map[string]*keysTold{}
		}
		next = &keysTold{}
		k.below[name] = next
	}
	return next
}

func (k *keysTold) of(trail []string) (keys []string, set bool) {
	for _, name := range trail {
		if k = k.below[name]; k == nil {
			return nil, false
		}
	}
	return k.keys, k.set
}
