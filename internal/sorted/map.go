// Package sorted has a persistent map in the order of its keys: a change makes
// another map and leaves the old one as it was, for whoever still reads it.
package sorted

import (
	"fmt"
	"iter"
	"slices"
)

// Map is an immutable map ordered by its keys. What changes it returns another
// one, which shares with the old all that is not on the way to the change. A Map
// is three words, may be copied freely, and is safe for concurrent use.
//
// The zero Map is empty and may be read, compared and deleted from; it has no
// order, so that Set panics.
type Map[K, V any] struct {
	compare func(a, b K) int
	root    *node[K, V] // nil when empty
	count   int
}

// Pair is a key with its value.
type Pair[K, V any] struct {
	Key   K
	Value V
}

// New returns an empty map in the order of compare, which returns a negative
// number when a comes before b, zero when they are the same key, and a positive
// number otherwise. It takes O(1).
func New[K, V any](compare func(a, b K) int) Map[K, V] {
	return Map[K, V]{compare: compare}
}

// Build returns a map of the pairs, which may be in any order; of equal keys the
// last wins. The pairs are copied. It takes O(n) when they are sorted, and
// otherwise what it takes to sort n pairs.
func Build[K, V any](compare func(a, b K) int, pairs []Pair[K, V]) Map[K, V] {
	pairs = ascending(compare, pairs)
	if len(pairs) == 0 {
		return New[K, V](compare)
	}
	return New[K, V](compare).over(nodes(leaf, pairs))
}

// ascending returns the pairs as they are if each key is above the one before.
func ascending[K, V any](compare func(a, b K) int, pairs []Pair[K, V]) []Pair[K, V] {
	inOrder, distinct := true, true
	for i := 1; i < len(pairs) && inOrder; i++ {
		c := compare(pairs[i-1].Key, pairs[i].Key)
		inOrder, distinct = c <= 0, distinct && c < 0
	}
	if inOrder && distinct {
		return pairs
	}
	pairs = slices.Clone(pairs)
	if !inOrder {
		slices.SortStableFunc(pairs, func(a, b Pair[K, V]) int { return compare(a.Key, b.Key) })
	}
	return lastOfEach(compare, pairs)
}

// lastOfEach moves the last pair of each key to the front, in place.
func lastOfEach[K, V any](compare func(a, b K) int, sorted []Pair[K, V]) []Pair[K, V] {
	n := 0
	for i, p := range sorted {
		if i+1 < len(sorted) && compare(p.Key, sorted[i+1].Key) == 0 {
			continue
		}
		sorted[n] = p
		n++
	}
	return sorted[:n]
}

// over returns the map whose root stands over the kids.
func (m Map[K, V]) over(kids []kid[K, V]) Map[K, V] {
	for len(kids) > 1 {
		kids = nodes(inner, kids)
	}
	return Map[K, V]{m.compare, kids[0].node, kids[0].count}
}

// Len returns how many keys there are. It takes O(1).
func (m Map[K, V]) Len() int { return m.count }

// Same tells whether both are one and the same map, and not only equal: neither
// was made from the other by a change. Empty maps are all the same. It takes
// O(1).
func (m Map[K, V]) Same(other Map[K, V]) bool { return m.root == other.root }

// Get returns the value of the key, and whether there is one. It takes O(log n),
// and no memory.
func (m Map[K, V]) Get(key K) (V, bool) {
	for n := m.root; n != nil; {
		if n.isLeaf() {
			if i, found := n.find(m.compare, key); found {
				return n.pairs[i].Value, true
			}
			break
		}
		n = n.kids[n.way(m.compare, key)].node
	}
	var none V
	return none, false
}

// At returns the pair with i smaller keys before it, and panics when there is
// none, as indexing a slice does. It takes O(log n), and no memory.
func (m Map[K, V]) At(i int) (K, V) {
	if i < 0 || i >= m.count {
		panic(fmt.Sprintf("sorted: index out of range [%d] with length %d", i, m.count))
	}
	n := m.root
	for !n.isLeaf() {
		k := 0
		for i >= n.kids[k].count {
			i -= n.kids[k].count
			k++
		}
		n = n.kids[k].node
	}
	return n.pairs[i].Key, n.pairs[i].Value
}

// Rank returns how many keys are smaller than key, which need not be there. It
// takes O(log n), and no memory.
func (m Map[K, V]) Rank(key K) int {
	if m.root == nil {
		return 0
	}
	n, rank := m.root, 0
	for !n.isLeaf() {
		way := n.way(m.compare, key)
		for i := range way {
			rank += n.kids[i].count
		}
		n = n.kids[way].node
	}
	i, _ := n.find(m.compare, key)
	return rank + i
}

// All yields the pairs in the order of their keys, as often as it is ranged
// over. It takes O(n).
func (m Map[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		if m.root != nil {
			m.root.all(yield)
		}
	}
}

// From yields the pairs in order, from the first key on that is not smaller than
// key. It takes O(log n), and O(1) for each pair.
func (m Map[K, V]) From(key K) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		if m.root != nil {
			m.root.from(m.compare, key, yield)
		}
	}
}

// Set returns a map in which the key has the value. It holds on to the key it is
// given, and to nothing of an equal one that was there. It takes O(log n) time
// and memory.
func (m Map[K, V]) Set(key K, v V) Map[K, V] {
	if m.compare == nil {
		panic("sorted: Set of the zero Map, which has no order")
	}
	p := Pair[K, V]{key, v}
	if m.root == nil {
		return m.over([]kid[K, V]{leaf([]Pair[K, V]{p})})
	}
	top := m.root.set(m.compare, p)
	return m.over(top.kids())
}

// Delete returns a map without the key: the same one if it is absent. It takes
// O(log n) time and memory.
func (m Map[K, V]) Delete(key K) Map[K, V] {
	if m.root == nil {
		return m
	}
	root, found := m.root.without(m.compare, key)
	if !found {
		return m
	}
	if root.count == 0 {
		return New[K, V](m.compare)
	}
	if len(root.node.kids) == 1 {
		root = root.node.kids[0]
	}
	return Map[K, V]{m.compare, root.node, root.count}
}
