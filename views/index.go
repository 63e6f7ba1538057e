package views

import (
	"iter"
	"slices"
	"strings"

	"github.com/kubeviews/kube/internal/follow"
	"github.com/kubeviews/kube/internal/sorted"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/meta"
)

// Index groups items by values of theirs, such as the node that a pod runs on.
// A mirror that is made with an index keeps it current; without, a snapshot is
// searched. An Index is a value, safe for concurrent use.
type Index[T items.Item] struct{ index }

// index is an Index of items whose type the machinery need not know: so that
// there is one machinery, and not one for each kind, for a compiler to make and a
// program to carry.
type index struct {
	id     *indexID
	values func(items.Item) []string
	label  string // of which these are the values, or ""
}

// indexID tells indexes apart.
type indexID struct{ name string }

// IndexBy makes an index by the values that a function returns for an item. It
// may return none, or several; the same ones for the same item at all times. A
// mirror calls it on its own goroutine: while it runs, the mirror stands, it must
// not close the mirror, and when it panics, so does the program.
//
//	byNode := views.IndexBy("node", func(p items.Pod) []string { … })
//	mirror, err := cluster.Pods().Mirror(ctx, byNode)
//	mirror.Snapshot().By(byNode, "node-1")
func IndexBy[T items.Item](name string, values func(T) []string) Index[T] {
	if values == nil {
		return Index[T]{index{id: &indexID{name}}}
	}
	return Index[T]{index{id: &indexID{name}, values: func(item items.Item) []string { return values(items.As[T](item)) }}}
}

// ByLabel indexes items by the value of a label. Items without it have none.
func ByLabel[T items.Item](label string) Index[T] {
	x := ByField[T]("metadata", "labels", label)
	x.label = label
	return x
}

// ByField indexes items by the text at a path, such as "spec", "nodeName".
func ByField[T items.Item](path ...string) Index[T] {
	path = append([]string(nil), path...)
	return IndexBy(strings.Join(path, "."), func(item T) []string {
		if text, err := item.Raw().Get(path...).Text(); err == nil {
			return []string{text}
		}
		return nil
	})
}

// ByOwner indexes items by the uid of each of their owners.
func ByOwner[T items.Item]() Index[T] {
	return IndexBy("owner", func(item T) (owners []string) {
		for owner := range item.Raw().Get("metadata", "ownerReferences").Elements() {
			if uid, err := owner.Get("uid").Text(); err == nil {
				owners = append(owners, uid)
			}
		}
		return owners
	})
}

// Name is the name that the index was made with.
func (x index) Name() string {
	if x.id == nil {
		return ""
	}
	return x.id.name
}

// of is the values of an item, each once. They may share the item's memory.
func (x index) of(item items.Item) []string {
	if x.values == nil || item == nil {
		return nil
	}
	values := x.values(item)
	if len(values) > 1 {
		values = slices.Compact(slices.Sorted(slices.Values(values)))
	}
	return values
}

func (s snapshot) by(x index, value string) snapshot {
	if groups, ok := s.indexes.find(x); ok {
		some, _ := groups.Get(value)
		return snapshot{version: s.version, all: some, contact: s.contact}
	}
	if sel := meta.LabelsEqual(map[string]string{x.label: value}); sel.Err() == nil {
		some, _ := s.filter([]meta.Selector{sel}) // which remembers labels
		return some
	}
	return s.keep(func(yield func(follow.Key, items.Item) bool) {
		for at, item := range s.all.All() {
			if slices.Contains(x.of(item), value) && !yield(at, item) {
				return
			}
		}
	})
}

func (s snapshot) groups(x index) iter.Seq2[string, snapshot] {
	return func(yield func(string, snapshot) bool) {
		groups, ok := s.indexes.find(x)
		if !ok {
			groups = newGroups(x, s.all)
		}
		for value, some := range groups.All() {
			if !yield(value, snapshot{version: s.version, all: some, contact: s.contact}) {
				return
			}
		}
	}
}

// groups is the items of each value of an index.
type groups = sorted.Map[string, objects]

// objects is items by namespace and name.
type objects = sorted.Map[follow.Key, items.Item]

func newGroups(index index, all objects) groups {
	by := make(map[string][]items.Item)
	for _, item := range all.All() {
		for _, value := range index.of(item) {
			by[value] = append(by[value], item)
		}
	}
	pairs := make([]sorted.Pair[string, objects], 0, len(by))
	for value, some := range by {
		pairs = append(pairs, sorted.Pair[string, objects]{Key: strings.Clone(value), Value: follow.Objects(some)})
	}
	return sorted.Build(strings.Compare, pairs)
}

// indexes are those of one mirror, at one version.
type indexes struct {
	of  []index // the mirror's own; the same for all versions
	all []groups
}

func newIndexes(of []index, all objects) *indexes {
	if len(of) == 0 {
		return nil
	}
	x := &indexes{of: of}
	for _, index := range of {
		x.all = append(x.all, newGroups(index, all))
	}
	return x
}

func (x *indexes) find(index index) (g groups, ok bool) {
	if x == nil {
		return g, false
	}
	for i := range x.of {
		if x.of[i].id == index.id {
			return x.all[i], true
		}
	}
	return g, false
}

// next returns the indexes after one object has changed. Of old and new, one may
// be the zero item.
func (x *indexes) next(old, new items.Item) *indexes {
	if x == nil {
		return nil
	}
	next := &indexes{of: x.of, all: make([]groups, len(x.all))}
	for i, index := range x.of {
		next.all[i] = move(x.all[i], index, old, new)
	}
	return next
}

func move(g groups, index index, old, new items.Item) groups {
	now := index.of(new)
	for _, value := range index.of(old) {
		if slices.Contains(now, value) {
			continue
		}
		some, _ := g.Get(value)
		if some = some.Delete(follow.KeyOf(old)); some.Len() > 0 {
			g = g.Set(strings.Clone(value), some)
		} else {
			g = g.Delete(value)
		}
	}
	for _, value := range now {
		some, ok := g.Get(value)
		if !ok {
			some = follow.Objects[items.Item](nil)
		}
		g = g.Set(strings.Clone(value), some.Set(follow.KeyOf(new), new))
	}
	return g
}
