package sorted

import "iter"

// marks are what is known of a leaf's pairs: a mark for each.
type marks [most][2]uint64

// sifted stands for the marks of a leaf that was sifted once. They are made the
// second time, so that who searches a map only once pays no more than for reading.
var sifted marks

// Sift yields, in the order of their keys, the pairs whose marks pass, and those
// that have none yet. A mark is 128 bits that say of a value what they can. Leaves
// that are sifted a second time keep the marks of their pairs for as long as any
// map has them: what changes a map makes a few leaves anew, and no others.
//
// All calls for maps that may share pairs must give the same mark function, which
// must give the same mark for the same value: nothing else makes marks anew. It
// may be called at the same time by several goroutines.
func (m Map[K, V]) Sift(mark func(V) [2]uint64, pass func(mark [2]uint64) bool) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		if m.root != nil {
			m.root.sift(mark, pass, yield)
		}
	}
}

func (n *node[K, V]) sift(mark func(V) [2]uint64, pass func([2]uint64) bool, yield func(K, V) bool) bool {
	for i := range n.kids {
		if !n.kids[i].node.sift(mark, pass, yield) {
			return false
		}
	}
	if !n.isLeaf() {
		return true
	}
	marks := n.marked(mark)
	if marks == nil {
		return n.all(yield)
	}
	for i := range n.pairs {
		if pass(marks[i]) && !yield(n.pairs[i].Key, n.pairs[i].Value) {
			return false
		}
	}
	return true
}

// marked returns the marks of a leaf, or nil the first time. Whoever makes them at
// the same time makes the same ones.
func (n *node[K, V]) marked(mark func(V) [2]uint64) *marks {
	known := n.marks.Load()
	if known == nil {
		n.marks.CompareAndSwap(nil, &sifted)
	}
	if known != &sifted {
		return known
	}
	made := new(marks)
	for i := range n.pairs {
		made[i] = mark(n.pairs[i].Value)
	}
	n.marks.Store(made)
	return made
}
