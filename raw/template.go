package raw

import "slices"

// Objects of one application, and the revisions of one object, are alike: most of
// a text is what the text before it was. The same bytes take a scanner from one
// state to the same other one, so that they need only be compared, which is several
// times faster than to scan them.
//
// A template is a checked text with which others are compared, and where in it
// values begin. Where a text differs, the value that began last is scanned, and both
// go on behind it; where other members follow than in the template, the rest of
// their object is scanned. What the template holds has influence on how long that
// takes, and none on what is found.
type template struct {
	text  []byte
	kids  []kid
	marks []mark // the values within the kids, in the order of the text
}

// kid is a member of level 2.
type kid struct {
	tag         byte
	alike       bool // the value is worth a comparison
	first       bool // it is the first of its object
	escaped     bool // the name holds an escape
	key, keyEnd uint32
	val, valEnd uint32
	marks       uint32 // how many marks come before its value
}

// mark is where a value begins and ends.
type mark struct {
	at, end uint16
	depth   uint16 // how many containers the value is in
	within  uint16 // the mark of the container that it is in, or inKid for none
}

const inKid = 1<<16 - 1

// maxTemplate is how long a template's text may be, in bytes, for the marks to reach.
const maxTemplate = 1<<16 - 1

const (
	leastAlike = 48 // bytes of a value that is compared
	leastSplit = 64 // bytes of one whose own values are marked: to scan fewer is as fast
)

// set makes t the template of the compact object that document scanned at
// [start, end). It reuses the memory of what t was.
func (t *template) set(s *scanner, start, end int) {
	t.text = append(t.text[:0], s.buf[start:end]...)
	t.kids = slices.Grow(t.kids[:0], len(s.second))
	t.marks = slices.Grow(t.marks[:0], (end-start)/24) // there are mostly less
	for _, m := range s.second {
		k := kid{tag: m.tag, escaped: m.escaped, key: uint32(m.key - start), keyEnd: uint32(m.keyEnd - start),
			val: uint32(m.val - start), valEnd: uint32(m.valEnd - start), marks: uint32(len(t.marks))}
		if isContainer(t.text[k.val]) && k.valEnd-k.val >= leastAlike {
			k.alike = true
			t.mark(int(k.val), 3, inKid)
		}
		t.kids = append(t.kids, k)
	}
	for i := len(s.first) - 1; i >= 0; i-- {
		if end := s.first[i].kids; end < len(t.kids) {
			t.kids[end].first = true
		}
	}
}

func isContainer(c byte) bool { return c == '{' || c == '[' }

// mark notes the values in the one that starts at i, and returns where that ends.
func (t *template) mark(i int, depth, within uint16) int {
	start, first, open := i, len(t.marks), t.text[i]
	switch open {
	case '{', '[':
	case '"':
		return closing(t.text, i+1) + 1
	default:
		return plainEnd(t.text, i)
	}
	for i++; t.text[i] != open+2; { // '}' is '{'+2, ']' is '['+2
		if t.text[i] == ',' {
			i++
		}
		if open == '{' {
			i = closing(t.text, i+1) + 2 // behind the colon
		}
		k := len(t.marks)
		t.marks = append(t.marks, mark{at: uint16(i), depth: depth, within: within})
		i = t.mark(i, depth+1, uint16(k))
		t.marks[k].end = uint16(i)
	}
	if i+1-start < leastSplit && depth > 2 {
		t.marks = t.marks[:first]
	}
	return i + 1
}

// plainEnd is where a number or a literal ends, in a container.
func plainEnd(text []byte, i int) int {
	for text[i] != ',' && text[i] != '}' && text[i] != ']' {
		i++
	}
	return i
}

// find returns the member of a name, or nil. It is mostly the one at next.
func (t *template) find(tag byte, name []byte, next int) (*kid, int) {
	for n := range t.kids {
		at := next + n
		if at >= len(t.kids) {
			at -= len(t.kids)
		}
		if k := &t.kids[at]; k.tag == tag && string(name) == string(t.text[k.key:k.keyEnd]) {
			return k, at + 1
		}
	}
	return nil, next
}

// begun returns how many marks are at or before an offset, of which the first from
// are known to be. There are mostly few more.
func (t *template) begun(from, offset int) int {
	marks := t.marks[from:]
	n := 1
	for n < len(marks) && int(marks[n-1].at) <= offset {
		n *= 2
	}
	low, high := n/2, min(n, len(marks))
	for low < high {
		if mid := (low + high) / 2; int(marks[mid].at) <= offset {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return from + low
}

// size is the memory that t takes, in bytes, about; none takes none.
func (t *template) size() int {
	if t == nil {
		return 0
	}
	const ofKid, ofMark = 24, 8
	return cap(t.text) + ofKid*cap(t.kids) + ofMark*cap(t.marks)
}
