package items

import (
	"cmp"
	"slices"
)

// inParts aligns long lists between elements that both have once, and the rest between
// those by align: most changes of a long list leave most of it as it is. Short lists
// are one part.
func inParts(x, y []element, align func(x, y []element) []step) []step {
	if max(len(x), len(y)) <= maxAligned {
		return align(x, y)
	}
	var all []step
	at := step{}
	for _, anchor := range append(anchors(x, y), step{len(x), len(y)}) {
		for _, s := range align(x[at.old:anchor.old], y[at.new:anchor.new]) {
			all = append(all, s.behind(at))
		}
		if anchor.old < len(x) {
			all = append(all, anchor)
		}
		at = step{anchor.old + 1, anchor.new + 1}
	}
	return all
}

// behind is a step in what begins at another.
func (s step) behind(at step) step {
	if s.old >= 0 {
		s.old += at.old
	}
	if s.new >= 0 {
		s.new += at.new
	}
	return s
}

// anchors are the pairs of equal elements that both lists have once, but for those that
// others of them have passed by: as many as can be.
func anchors(x, y []element) []step {
	olds, news := onceIn(x), onceIn(y)
	var pairs []step
	for class, old := range olds {
		if now, ok := news[class]; ok && old >= 0 && now >= 0 {
			pairs = append(pairs, step{old, now})
		}
	}
	slices.SortFunc(pairs, compareSteps)
	return longestAscent(pairs)
}

// onceIn is where each element is, or -1 if it is there more than once.
func onceIn(list []element) map[int]int {
	at := make(map[int]int, len(list))
	for i, e := range list {
		if _, again := at[e.class]; again {
			i = -1
		}
		at[e.class] = i
	}
	return at
}

// longestAscent is the longest part of some pairs, which ascend by old, that ascends by
// new as well. It takes n log n steps: for each length, it knows the ascent of that
// length which ends lowest.
func longestAscent(pairs []step) []step {
	var lowest []int                  // the last pair of an ascent of each length, less one
	before := make([]int, len(pairs)) // the pair before each, in the longest that ends with it
	for i, p := range pairs {
		n, _ := slices.BinarySearchFunc(lowest, p.new, func(j, new int) int { return cmp.Compare(pairs[j].new, new) })
		before[i] = -1
		if n > 0 {
			before[i] = lowest[n-1]
		}
		if n == len(lowest) {
			lowest = append(lowest, i)
		}
		lowest[n] = i
	}
	ascent := make([]step, len(lowest))
	if len(lowest) == 0 {
		return ascent
	}
	for i, n := lowest[len(lowest)-1], len(lowest)-1; i >= 0; i, n = before[i], n-1 {
		ascent[n] = pairs[i]
	}
	return ascent
}
