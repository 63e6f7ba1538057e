package items

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/kubeviews/kube/fieldpath"
	"github.com/kubeviews/kube/raw"
)

// step is a step through two lists: positions of elements that belong together, or -1
// for an element that only the other list has.
type step struct{ old, new int }

// What bounds the cost of aligning.
const (
	maxAligned = 4096 // elements in a row of which none is there once on both sides
	maxShown   = 32   // members by which an element is known again
)

// align finds which elements of two lists belong together, in the order of the lists.
func (d *differ) align(olds, news []raw.Value) []step {
	head, least := 0, min(len(olds), len(news))
	for head < least && d.same(olds[head], news[head]) {
		head++
	}
	tail := 0
	for tail < least-head && d.same(olds[len(olds)-1-tail], news[len(news)-1-tail]) {
		tail++
	}
	x, y := olds[head:len(olds)-tail], news[head:len(news)-tail]
	return between(head, tail, len(olds), len(news), d.alignMiddle(x, y))
}

// alignMiddle aligns lists that do not begin or end alike.
func (d *differ) alignMiddle(x, y []raw.Value) []step {
	if isTrivial(len(x), len(y)) {
		return byPosition(len(x), len(y))
	}
	a, b := d.classes.all(x), d.classes.all(y)
	if len(x) > len(y) || len(x) == len(y) && bytes.Compare(x[0].Bytes(), y[0].Bytes()) > 0 {
		return flipped(alignElements(b, a)) // so that back and forth find the same
	}
	return alignElements(a, b)
}

func isTrivial(olds, news int) bool {
	return olds == 0 || news == 0 || olds == 1 && news == 1
}

func alignElements(x, y []element) []step {
	return inParts(x, y, func(x, y []element) []step {
		if max(len(x), len(y)) > maxAligned {
			return byPosition(len(x), len(y))
		}
		return alignClasses(x, y)
	})
}

// between adds the heads and tails of two lists to the steps through the middle.
func between(head, tail, olds, news int, middle []step) []step {
	steps := make([]step, 0, head+len(middle)+tail)
	for i := range head {
		steps = append(steps, step{i, i})
	}
	for _, s := range middle {
		if s.old >= 0 {
			s.old += head
		}
		if s.new >= 0 {
			s.new += head
		}
		steps = append(steps, s)
	}
	for i := tail; i > 0; i-- {
		steps = append(steps, step{olds - i, news - i})
	}
	return steps
}

// element is what aligning sees of an element: numbers, however deep the element is.
type element struct {
	class int     // equal values are of one class
	shape []trait // what an object has; nil for other values
}

// trait is a member of an object, by the numbers of its name and its value.
type trait struct{ name, class int }

func alignClasses(x, y []element) []step {
	var paired []step
	at := step{}
	for _, s := range append(commonIn(classesOf(x), classesOf(y)), step{len(x), len(y)}) {
		for _, p := range similarIn(x[at.old:s.old], y[at.new:s.new]) {
			paired = append(paired, step{at.old + p.old, at.new + p.new})
		}
		if s.old < len(x) {
			paired = append(paired, s)
		}
		at = step{s.old + 1, s.new + 1}
	}
	return fill(len(x), len(y), paired)
}

func byPosition(olds, news int) []step {
	var pairs []step
	for i := range min(olds, news) {
		pairs = append(pairs, step{i, i})
	}
	return fill(olds, news, pairs)
}

// fill adds the elements without a partner to pairs in ascending order.
func fill(olds, news int, pairs []step) []step {
	var all []step
	next := step{}
	for _, p := range append(slices.Clip(pairs), step{olds, news}) {
		for ; next.old < p.old; next.old++ {
			all = append(all, step{next.old, -1})
		}
		for ; next.new < p.new; next.new++ {
			all = append(all, step{-1, next.new})
		}
		if p.old < olds {
			all = append(all, p)
		}
		next = step{p.old + 1, p.new + 1}
	}
	return all
}

func flipped(steps []step) []step {
	for i, s := range steps {
		steps[i] = step{s.new, s.old}
	}
	// What was removed comes before what was added.
	for i := 0; i < len(steps); i++ {
		from := i
		for i < len(steps) && (steps[i].old < 0 || steps[i].new < 0) {
			i++
		}
		slices.SortStableFunc(steps[from:i], func(a, b step) int { return min(a.new, 0) - min(b.new, 0) })
	}
	return steps
}

// classes numbers values: equal ones have one number. It looks at each value once.
type classes struct {
	by   map[string]int    // by what they are, in terms of the classes of what they hold
	seen map[raw.Value]int // those of lists and objects
}

func (c *classes) all(list []raw.Value) []element {
	all := make([]element, len(list))
	for i, v := range list {
		all[i] = element{class: c.of(v)}
		if v.Kind() == raw.KindObject {
			all[i].shape = c.shape(v)
		}
	}
	return all
}

func (c *classes) shape(v raw.Value) []trait {
	members := membersOf(v)
	members = members[:min(len(members), maxShown)]
	shape := make([]trait, len(members))
	for i, m := range members {
		shape[i] = trait{c.number("name " + m.name), c.of(m.value)}
	}
	slices.SortFunc(shape, func(a, b trait) int { return a.name - b.name })
	return shape
}

func (c *classes) of(v raw.Value) int {
	if !isContainer(v) {
		return c.number(string(fieldpath.Path("").Value(v))) // one text for equal values
	}
	class, known := c.seen[v]
	if !known {
		class = c.number(c.content(v))
		if c.seen == nil {
			c.seen = map[raw.Value]int{}
		}
		c.seen[v] = class
	}
	return class
}

// content is what a list or object consists of. No text of a value begins like it.
func (c *classes) content(v raw.Value) string {
	var b []byte
	for e := range v.Elements() {
		b = strconv.AppendInt(append(b, ','), int64(c.of(e)), 36)
	}
	members := membersOf(v)
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	for _, m := range members {
		b = append(strconv.AppendQuote(b, m.name), ':')
		b = strconv.AppendInt(b, int64(c.of(m.value)), 36)
	}
	return v.Kind().String() + string(b)
}

// number is that of a text; texts of names, values and contents begin differently.
func (c *classes) number(of string) int {
	n, known := c.by[of]
	if !known {
		if c.by == nil {
			c.by = map[string]int{}
		}
		n = len(c.by)
		c.by[of] = n
	}
	return n
}
