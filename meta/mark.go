package meta

import (
	"hash/maphash"

	"github.com/kubeviews/kube/raw"
)

// LabelMark says of an object's labels what 128 bits can: some of them are set for
// each key, and for each key with its value. Who searches the same objects again
// and again remembers a mark for each, and asks [Selector.MayMatch] first. The zero
// LabelMark is that of no labels. Marks differ from one process to the next.
type LabelMark [2]uint64

// MarkLabels returns the mark of an object's labels.
func MarkLabels(object raw.Object) (mark LabelMark) {
	labels := object.Get("metadata", "labels")
	if labels.Kind() == raw.KindArray {
		return LabelMark{^uint64(0), ^uint64(0)} // Matches takes a position for a key
	}
	for key, value := range labels.Members() { // of a name that is there twice, both count
		if text, err := value.Text(); err == nil {
			mark.add(key)
			mark.add(key, text)
		}
	}
	return mark
}

// MayMatch reports whether the selector may match an object whose labels have that
// mark: if not, [Selector.Matches] is false. A selector that matches objects without
// labels may match all.
func (s Selector) MayMatch(labels LabelMark) bool {
	inner := s.inner()
	if inner.err != nil {
		return false
	}
	for i := range inner.labels {
		if !inner.labels[i].mayMatch(labels) {
			return false
		}
	}
	return true
}

func (r *labelRequirement) mayMatch(labels LabelMark) bool {
	for i := range r.marks {
		if labels.has(&r.marks[i]) {
			return true
		}
	}
	return r.marks == nil
}

// mark makes the marks, unless the requirement matches objects without the label.
func (r *labelRequirement) mark() {
	switch r.op {
	case exists, isAbove, isBelow:
		r.marks = make([]LabelMark, 1)
		r.marks[0].add(r.key)
	case isIn:
		r.marks = make([]LabelMark, len(r.values))
		for i, value := range r.values {
			r.marks[i].add(r.key)
			r.marks[i].add(r.key, value)
		}
	}
}

var markSeed = maphash.MakeSeed()

// add sets a bit for a key, and four for a key and its value: with a dozen labels,
// that is less than half of all.
func (m *LabelMark) add(label ...string) {
	h, bits := uint64(0), 1
	for i, part := range label {
		h, bits = 3*h+maphash.String(markSeed, part), 1+3*i
	}
	for range bits {
		m[h>>63] |= 1 << (h >> 57 & 63)
		h <<= 7
	}
}

func (m *LabelMark) has(other *LabelMark) bool {
	return m[0]&other[0] == other[0] && m[1]&other[1] == other[1]
}
