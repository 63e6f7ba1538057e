package raw

import (
	"encoding/binary"
	"math/bits"
)

// expected is the member of level 2 at i, if there is a template whose next one has
// that name, and how many bytes of its value are the same as in the template.
func (s *scanner) expected(i int, like bool) (m member, k *kid, same int) {
	t := s.like
	if !like || s.next == len(t.kids) || i >= len(s.buf) {
		return m, nil, 0
	}
	k = &t.kids[s.next]
	from, name := int(k.key)-1, int(k.val-k.key)+1 // with its quotes and colon
	n := common(s.buf[i:], t.text[from:k.valEnd])
	if n < name || i+name == len(s.buf) || s.buf[i+name] <= ' ' || k.escaped {
		return m, nil, 0
	}
	s.next++
	return member{key: i + 1, keyEnd: i + 1 + int(k.keyEnd-k.key), val: i + name, tag: k.tag}, k, n - name
}

// found scans the value of a member of level 2 that was not expected.
func (s *scanner) found(m *member) int {
	var k *kid
	if k, s.next = s.like.find(m.tag, s.buf[m.key:m.keyEnd], s.next); k == nil {
		return s.value(m.val, 2)
	}
	return s.alike(m.val, k, common(s.buf[m.val:], s.like.text[k.val:k.valEnd]))
}

// alike scans the value at i as value does, faster if it is like the template's, of
// which as many bytes are the same.
func (s *scanner) alike(i int, k *kid, same int) int {
	switch c := s.buf[i]; {
	case same == int(k.valEnd-k.val) && (c == '"' || isContainer(c)):
		s.same += same
		return i + same
	case k.alike && same > 0:
		return s.compare(i, k, same)
	}
	return s.value(i, 2)
}

// compare scans the container at i, of which n bytes are those of the template.
//
// At the head of the loop, the text up to i and the template up to at have taken the
// scanner to the same state: at the start of the container, or behind the value of
// the mark last.
func (s *scanner) compare(i int, k *kid, n int) int {
	t, start, at, end := s.like, i, int(k.val), int(k.valEnd)
	last, passed := -1, int(k.marks) // passed marks are before at
	for {
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
		if i < 0 {
			return i
		}
		passed = t.begun(passed, at-1)
		n = common(s.buf[i:], t.text[at:end])
	}
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
