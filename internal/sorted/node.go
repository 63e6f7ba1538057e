package sorted

import (
	"slices"
	"sync/atomic"
)

// A node has between least and most pairs or kids, but for the root. Of 16, 24,
// 32, 48 and 64, measured with pairs of 40 bytes, 32 has the fastest Set; smaller
// nodes hold more memory for each pair, and larger ones make Set write more and
// Diff look at more.
const (
	most  = 32
	least = most / 2
)

// node is of a B+ tree: a leaf has pairs, an inner node has kids, and all leaves
// are equally deep. It is never written to once it is made, but for what Sift
// remembers of a leaf, and its slices have arrays of their own, so that it keeps
// nothing alive that is not in it.
type node[K, V any] struct {
	pairs []Pair[K, V]
	kids  []kid[K, V]
	marks atomic.Pointer[marks] // of the pairs; nil until somebody sifts them
}

// kid is an inner node's way to a node below. Its low is that very node's first
// key, rather than any bound: a bound might outlive its pair, and would keep
// alive whatever the key is a part of.
type kid[K, V any] struct {
	low   K
	count int // pairs in or below the node
	node  *node[K, V]
}

func (n *node[K, V]) isLeaf() bool { return n.kids == nil }

func (n *node[K, V]) size() int { return len(n.pairs) + len(n.kids) }

func (n *node[K, V]) isThin() bool { return n.size() < least }

func leaf[K, V any](pairs []Pair[K, V]) kid[K, V] {
	if len(pairs) == 0 {
		return kid[K, V]{node: &node[K, V]{}}
	}
	return kid[K, V]{pairs[0].Key, len(pairs), &node[K, V]{pairs: pairs}}
}

func inner[K, V any](kids []kid[K, V]) kid[K, V] {
	count := 0
	for i := range kids {
		count += kids[i].count
	}
	return kid[K, V]{kids[0].low, count, &node[K, V]{kids: kids}}
}

// nodes makes, with leaf or inner, as many nodes as there must be for what is to
// be in them.
func nodes[K, V, E any](form func([]E) kid[K, V], all []E) []kid[K, V] {
	n := (len(all) + most - 1) / most
	kids := make([]kid[K, V], n)
	for i := range kids {
		kids[i] = form(slices.Clone(all[i*len(all)/n : (i+1)*len(all)/n]))
	}
	return kids
}

// couple is one node, or two if one would be too full.
type couple[K, V any] [2]kid[K, V]

// coupleOf makes them, with leaf or inner, and may keep the slice.
func coupleOf[K, V, E any](form func([]E) kid[K, V], all []E) couple[K, V] {
	if len(all) <= most {
		return couple[K, V]{form(all)}
	}
	half := len(all) / 2
	return couple[K, V]{form(slices.Clone(all[:half])), form(slices.Clone(all[half:]))}
}

func (c *couple[K, V]) kids() []kid[K, V] {
	if c[1].node == nil {
		return c[:1]
	}
	return c[:]
}

// splice copies s, with other elements in the place of those from i up to j.
func splice[E any](s []E, i, j int, with ...E) []E {
	return slices.Concat(s[:i], with, s[j:])
}

// find returns where in a leaf the key is, or would be. Here and in way, the
// closure that slices.BinarySearchFunc needs would make Get take half as long again.
func (n *node[K, V]) find(compare func(a, b K) int, key K) (int, bool) {
	low, high := 0, len(n.pairs)
	for low < high {
		mid := (low + high) / 2
		switch c := compare(n.pairs[mid].Key, key); {
		case c == 0:
			return mid, true
		case c < 0:
			low = mid + 1
		default:
			high = mid
		}
	}
	return low, false
}

// way returns below which kid the key is, or would be.
func (n *node[K, V]) way(compare func(a, b K) int, key K) int {
	low, high := 1, len(n.kids) // what is below all lows would be below the first
	for low < high {
		mid := (low + high) / 2
		if compare(n.kids[mid].low, key) <= 0 {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low - 1
}

func (n *node[K, V]) all(yield func(K, V) bool) bool {
	for i := range n.pairs {
		if !yield(n.pairs[i].Key, n.pairs[i].Value) {
			return false
		}
	}
	for i := range n.kids {
		if !n.kids[i].node.all(yield) {
			return false
		}
	}
	return true
}

func (n *node[K, V]) from(compare func(a, b K) int, key K, yield func(K, V) bool) bool {
	if n.isLeaf() {
		i, _ := n.find(compare, key)
		rest := node[K, V]{pairs: n.pairs[i:]}
		return rest.all(yield)
	}
	i := n.way(compare, key)
	rest := node[K, V]{kids: n.kids[i+1:]}
	return n.kids[i].node.from(compare, key, yield) && rest.all(yield)
}

// set returns what stands in the place of n when the pair is set.
func (n *node[K, V]) set(compare func(a, b K) int, p Pair[K, V]) couple[K, V] {
	if n.isLeaf() {
		i, found := n.find(compare, p.Key)
		end := i
		if found {
			end++
		}
		return coupleOf(leaf, splice(n.pairs, i, end, p))
	}
	i := n.way(compare, p.Key)
	instead := n.kids[i].node.set(compare, p)
	return coupleOf(inner, splice(n.kids, i, i+1, instead.kids()...))
}

// without returns what stands in the place of n when the key is deleted, which
// may be thin, and whether the key was there.
func (n *node[K, V]) without(compare func(a, b K) int, key K) (kid[K, V], bool) {
	if n.isLeaf() {
		i, found := n.find(compare, key)
		if !found {
			return kid[K, V]{}, false
		}
		return leaf(splice(n.pairs, i, i+1)), true
	}
	i := n.way(compare, key)
	k, found := n.kids[i].node.without(compare, key)
	if !found {
		return kid[K, V]{}, false
	}
	return inner(n.replace(i, k)), true
}

// replace copies the kids with k in the place of the i-th, and joins k with a
// neighbour if it is thin.
func (n *node[K, V]) replace(i int, k kid[K, V]) []kid[K, V] {
	switch {
	case !k.node.isThin():
		return splice(n.kids, i, i+1, k)
	case i > 0:
		joined := join(n.kids[i-1].node, k.node)
		return splice(n.kids, i-1, i+1, joined.kids()...)
	default:
		joined := join(k.node, n.kids[1].node)
		return splice(n.kids, 0, 2, joined.kids()...)
	}
}

// join returns what stands in the place of two neighbours.
func join[K, V any](a, b *node[K, V]) couple[K, V] {
	if a.isLeaf() {
		return coupleOf(leaf, slices.Concat(a.pairs, b.pairs))
	}
	return coupleOf(inner, slices.Concat(a.kids, b.kids))
}
