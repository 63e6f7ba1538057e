package views

import (
	"iter"
	"slices"
	"strings"

	"github.com/kubeviews/kube/internal/follow"
	"github.com/kubeviews/kube/internal/sorted"
	"github.com/kubeviews/kube/items"
)

// Index groups items by values of theirs, such as the node that a pod runs on.
// A mirror that is made with an index keeps it current; without, a snapshot is
// searched. An Index is a value, safe for concurrent use.
type Index[T items.Item] struct {
	id     *indexID
	values func(T) []string
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
	return Index[T]{&indexID{name}, values}
}

// ByLabel indexes items by the value of a label. Items without it have none.
func ByLabel[T items.Item](label string) Index[T] {
	return ByField[T]("metadata", "labels", label)
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
func (x Index[T]) Name() string {
	if x.id == nil {
		return ""
	}
	return x.id.name
}

// of is the values of an item, each once. They may share the item's memory.
func (x Index[T]) of(item T) []string {
	if x.values == nil || isNone(item) {
		return nil
	}
	values := x.values(item)
	if len(values) > 1 {
		values = slices.Compact(slices.Sorted(slices.Values(values)))
	}
	return values
}

// isNone reports whether there is no item: the zero of its type, or, in a view of
// any items, nothing at all.
func isNone[T items.Item](item T) bool { return any(item) == nil || item.IsZero() }

// By returns the snapshot of the items of one value. From a mirror that was made
// with the index this takes no longer the more items there are.
func (s Snapshot[T]) By(index Index[T], value string) Snapshot[T] {
	if groups, ok := s.indexes.find(index); ok {
		some, _ := groups.Get(value)
		return Snapshot[T]{version: s.version, all: some, contact: s.contact}
	}
	return s.keep(func(yield func(T) bool) {
		for item := range s.All() {
			if slices.Contains(index.of(item), value) && !yield(item) {
				return
			}
		}
	})
}

// Groups yields each value of an index, in order, with the snapshot of its items.
func (s Snapshot[T]) Groups(index Index[T]) iter.Seq2[string, Snapshot[T]] {
	return func(yield func(string, Snapshot[T]) bool) {
		groups, ok := s.indexes.find(index)
		if !ok {
			groups = newGroups(index, s.all)
		}
		for value, some := range groups.All() {
			if !yield(value, Snapshot[T]{version: s.version, all: some, contact: s.contact}) {
				return
			}
		}
	}
}

// groups is the items of each value of an index.
type groups[T items.Item] = sorted.Map[string, sorted.Map[follow.Key, T]]

func newGroups[T items.Item](index Index[T], all sorted.Map[follow.Key, T]) groups[T] {
	by := make(map[string][]T)
	for _, item := range all.All() {
		for _, value := range index.of(item) {
			by[value] = append(by[value], item)
		}
	}
	pairs := make([]sorted.Pair[string, sorted.Map[follow.Key, T]], 0, len(by))
	for value, some := range by {
		pairs = append(pairs, sorted.Pair[string, sorted.Map[follow.Key, T]]{Key: strings.Clone(value), Value: follow.Objects(some)})
	}
	return sorted.Build(strings.Compare, pairs)
}

// indexes are those of one mirror, at one version.
type indexes[T items.Item] struct {
	of  []Index[T] // the mirror's own; the same for all versions
	all []groups[T]
}

func newIndexes[T items.Item](of []Index[T], all sorted.Map[follow.Key, T]) *indexes[T] {
	if len(of) == 0 {
		return nil
	}
	x := &indexes[T]{of: of}
	for _, index := range of {
		x.all = append(x.all, newGroups(index, all))
	}
	return x
}

func (x *indexes[T]) find(index Index[T]) (g groups[T], ok bool) {
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
func (x *indexes[T]) next(old, new T) *indexes[T] {
	if x == nil {
		return nil
	}
	next := &indexes[T]{of: x.of, all: make([]groups[T], len(x.all))}
	for i, index := range x.of {
		next.all[i] = move(x.all[i], index, old, new)
	}
	return next
}

func move[T items.Item](g groups[T], index Index[T], old, new T) groups[T] {
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
			some = follow.Objects[T](nil)
		}
		g = g.Set(strings.Clone(value), some.Set(follow.KeyOf(new), new))
	}
	return g
}
