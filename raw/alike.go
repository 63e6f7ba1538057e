package raw

import (
	"encoding/binary"
	"math/bits"
)

// alike scans the value of a member of level 2 as value does, faster if it is like
// the template's.
func (s *scanner) alike(m *member) int {
	var k *kid
	if k, s.next = s.like.find(m.tag, s.buf[m.key:m.keyEnd], s.next); k == nil || !k.alike || s.buf[m.val] != s.like.text[k.val] {
		return s.value(m.val, 2)
	}
	return s.compare(m.val, k)
}

// compare scans the container at i, which opens as the template's does.
//
// At the head of the loop, the text up to i and the template up to at have taken the
// scanner to the same state: at the start of the container, or behind the value of
// the mark last.
func (s *scanner) compare(i int, k *kid) int {
	t, start, at, end := s.like, i, int(k.val), int(k.valEnd)
	last, passed := -1, int(k.marks) // passed marks are before at
	for i >= 0 {
		n := common(s.buf[i:], t.text[at:end])
		s.same += n
		if n == end-at {
			return i + n
		}
		if n == len(s.buf)-i {
			return s.short()
		}
		switch begun := t.begun(passed, at+n); {
		case begun > passed: // the last of these differs
			last = begun - 1
			m := &t.marks[last]
			if i += int(m.at) - at; s.buf[i] <= ' ' || s.buf[i] == ']' { // no value
				return s.value(start, 2)
			}
			i, at, passed = s.value(i, int(m.depth)), int(m.end), begun
		case last < 0: // not even the first member is the same
			return s.value(start, 2)
		case t.marks[last].within == inKid: // what is left is the container's own
			return s.rest(i, 2, t.text[k.val])
		default: // other members follow than in the template
			last = int(t.marks[last].within)
			m := &t.marks[last]
			i, at = s.rest(i, int(m.depth), t.text[m.at]), int(m.end)
		}
		passed = t.begun(passed, at-1)
	}
	return i
}

// common is how many bytes at the beginning of both are the same.
func common(a, b []byte) int {
	n := min(len(a), len(b))
	a, b = a[:n], b[:n]
	i := 0
	for ; i+8 <= n; i += 8 {
		if x := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); x != 0 {
			return i + bits.TrailingZeros64(x)>>3
		}
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}
