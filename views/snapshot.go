package views

import (
	"cmp"
	"iter"
	"slices"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/meta"
)

// Snapshot is what a view showed at one version: an immutable, ordered set of
// items, copied freely, safe for concurrent use. The zero Snapshot is empty.
type Snapshot[T items.Typed[T]] struct {
	version string
	all     []T // by namespace and name; never written to
}

func newSnapshot[T items.Typed[T]](version string, all []T) Snapshot[T] {
	// The server orders by namespace/name as one text, in which "a-b/x" comes
	// before "a/x".
	if !slices.IsSortedFunc(all, byName[T]) {
		slices.SortFunc(all, byName[T])
	}
	return Snapshot[T]{version, all}
}

func byName[T items.Typed[T]](a, b T) int {
	return cmp.Or(cmp.Compare(a.Namespace(), b.Namespace()), cmp.Compare(a.Name(), b.Name()))
}

// Version is the resource version that the snapshot shows: a watch can start
// from it.
func (s Snapshot[T]) Version() string { return s.version }

// Equal reports whether both show the same revisions of the same objects at the
// same version. go-cmp uses it.
func (s Snapshot[T]) Equal(other Snapshot[T]) bool {
	return s.version == other.version &&
		slices.EqualFunc(s.all, other.all, func(a, b T) bool { return a.Equal(b) })
}

// Len is the number of items.
func (s Snapshot[T]) Len() int { return len(s.all) }

// All yields the items, ordered by namespace and name.
func (s Snapshot[T]) All() iter.Seq[T] { return slices.Values(s.all) }

// Get returns the item of a namespace ("" for a cluster-scoped kind) and name.
func (s Snapshot[T]) Get(namespace, name string) (item T, ok bool) {
	i, ok := slices.BinarySearchFunc(s.all, namespace, func(t T, _ string) int {
		return cmp.Or(cmp.Compare(t.Namespace(), namespace), cmp.Compare(t.Name(), name))
	})
	if !ok {
		return item, false
	}
	return s.all[i], true
}

// Filter returns the snapshot of those items that all of the selectors select.
// Possible error: *ArgumentError for a selector that is empty or malformed.
func (s Snapshot[T]) Filter(selectors ...meta.Selector) (Snapshot[T], error) {
	for _, sel := range selectors {
		if err := sel.Err(); err != nil {
			return Snapshot[T]{}, err
		}
	}
	var some []T
	for _, item := range s.all {
		if matchesAll(item, selectors) {
			some = append(some, item)
		}
	}
	return Snapshot[T]{s.version, some}, nil
}

func matchesAll[T items.Typed[T]](item T, selectors []meta.Selector) bool {
	for _, sel := range selectors {
		if !sel.Matches(item.Raw()) {
			return false
		}
	}
	return true
}
