package items

import "slices"

func classesOf(all []element) []int {
	classes := make([]int, len(all))
	for i, e := range all {
		classes[i] = e.class
	}
	return classes
}

func compareSteps(a, b step) int {
	if a.old != b.old {
		return a.old - b.old
	}
	return a.new - b.new
}

// commonIn are the positions of a longest common subsequence of two lists. It takes
// time for each pair of elements, and memory for each element (D. S. Hirschberg, "A linear
// space algorithm for computing maximal common subsequences", 1975). The same lists have
// the same one in every process, so that what was told once can be told again.
func commonIn(x, y []int) (pairs []step) {
	var search func(x, y []int, at step)
	search = func(x, y []int, at step) {
		for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
			pairs = append(pairs, at)
			x, y, at = x[1:], y[1:], step{at.old + 1, at.new + 1}
		}
		tail := 0
		for tail < min(len(x), len(y)) && x[len(x)-1-tail] == y[len(y)-1-tail] {
			tail++
		}
		end := step{at.old + len(x) - tail, at.new + len(y) - tail}
		x, y = x[:len(x)-tail], y[:len(y)-tail]
		switch {
		case len(x) == 0 || len(y) == 0:
		case len(x) == 1:
			if i := slices.Index(y, x[0]); i >= 0 {
				pairs = append(pairs, step{at.old, at.new + i})
			}
		default:
			middle := len(x) / 2
			cut := bestCut(commonLengths(x[:middle], y, false), commonLengths(x[middle:], y, true))
			search(x[:middle], y[:cut], at)
			search(x[middle:], y[cut:], step{at.old + middle, at.new + cut})
		}
		for i := range tail {
			pairs = append(pairs, step{end.old + i, end.new + i})
		}
	}
	search(x, y, step{})
	return pairs
}

// commonLengths is how long a common subsequence of x and the first n elements of y is,
// for each n; back to front, of x and the last n.
func commonLengths(x, y []int, back bool) []int32 {
	row := make([]int32, len(y)+1)
	for i := range x {
		a := x[i]
		if back {
			a = x[len(x)-1-i]
		}
		diagonal := int32(0)
		for j := range y {
			b := y[j]
			if back {
				b = y[len(y)-1-j]
			}
			above := row[j+1]
			if a == b {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(above, row[j])
			}
			diagonal = above
		}
	}
	return row
}

// bestCut is where to cut a list so that its parts have most in common with those of
// another.
func bestCut(head, tail []int32) (best int) {
	last := len(head) - 1
	for i := range head {
		if head[i]+tail[last-i] > head[best]+tail[last-best] {
			best = i
		}
	}
	return best
}

// maxCompared bounds how many pairs of unlike elements are looked at, to find those that
// belong together: of 2,048 and 2,048.
const maxCompared = 1 << 22

// similarIn are the pairs of unlike elements that have much in common: those with most of
// it in sum, in the order of the lists.
func similarIn(x, y []element) (pairs []step) {
	if len(x)*len(y) > maxCompared {
		return byPosition(min(len(x), len(y)), min(len(x), len(y)))
	}
	width := len(y) + 1
	best := make([]int32, (len(x)+1)*width) // of what is left of both lists
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			at := i*width + j
			best[at] = max(best[at+width], best[at+1])
			if like := likeness(x[i], y[j]); like > 0 {
				best[at] = max(best[at], like+best[at+width+1])
			}
		}
	}
	for i, j := 0, 0; i < len(x) && j < len(y); {
		at := i*width + j
		like := likeness(x[i], y[j])
		switch {
		case like > 0 && best[at] == like+best[at+width+1]:
			pairs = append(pairs, step{i, j})
			i, j = i+1, j+1
		case best[at] == best[at+width]:
			i++
		default:
			j++
		}
	}
	return pairs
}

// likeness is how much two elements have in common, and 0 if that is too little for one
// to be a change of the other. Where nothing can be compared, one stands for the other.
func likeness(a, b element) int32 {
	same := 0
	for i, j := 0, 0; i < len(a.shape) && j < len(b.shape); {
		switch s, t := a.shape[i], b.shape[j]; {
		case s.name < t.name:
			i++
		case s.name > t.name:
			j++
		default:
			if s.class == t.class {
				same++
			}
			i, j = i+1, j+1
		}
	}
	all := max(len(a.shape), len(b.shape), 1)
	if different := all - same; same+1 < different {
		return 0
	}
	return int32(1 + 100*same/all)
}
