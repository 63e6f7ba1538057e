package raw

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// maxDepth bounds how deep a document nests. Kubernetes objects stay far below
// it; the bound keeps every recursion over a checked document small.
const maxDepth = 1024

// member is where one member of an object lies in the scanned text.
type member struct {
	key, keyEnd int // the name, without its quotes
	val, valEnd int // the value
	kids        int // level 1 only: the end of its own members in scanner.second
	escaped     bool
	tag         byte
}

// scanner checks JSON text in one pass and notes where the members of the
// first two levels are. It never allocates per value.
//
// Every scanning method takes the offset where its part starts, and returns
// the offset behind it, or -1: then off and msg say what is wrong where. The
// text ending too early is msgShort, which a stream mends by reading on.
type scanner struct {
	buf []byte

	first, second []member // the members of level 1, and of the objects in them

	spaced  bool // there is whitespace between tokens
	escaped bool // a noted name holds an escape
	esc     bool // the last string held an escape

	like *template // to compare with, or nil
	next int       // the template's member that is likely to be next
	same int       // bytes that were the same

	off int
	msg string
}

const (
	msgShort     = "unexpected end of the text"
	msgDepth     = "nested deeper than 1024 levels"
	msgUTF8      = "invalid UTF-8"
	msgDuplicate = "duplicate name"
)

func (s *scanner) bad(i int, msg string) int {
	s.off, s.msg = i, msg
	return -1
}

func (s *scanner) short() int { return s.bad(len(s.buf), msgShort) }

// unexpected says that something else than want stands at i.
func (s *scanner) unexpected(i int, want string) int {
	if i >= len(s.buf) {
		return s.short()
	}
	return s.bad(i, "expected "+want)
}

// document scans the object that the text from i on must start with.
func (s *scanner) document(i int) int {
	s.first, s.second = s.first[:0], s.second[:0]
	s.spaced, s.escaped, s.next, s.same = false, false, 0, 0
	if i >= len(s.buf) || s.buf[i] != '{' {
		return s.unexpected(i, "an object")
	}
	return s.object(i, &s.first, 1)
}

// object scans the object that opens at i and notes its members in list.
func (s *scanner) object(i int, list *[]member, level int) int {
	from, like := len(*list), level == 2 && s.like != nil
	expected := like // so far, the names are those that follow each other in the template
	var seen names
	i = s.space(i + 1)
	if i < len(s.buf) && s.buf[i] == '}' {
		return i + 1
	}
	for {
		at := len(*list)
		m, k, same := s.expected(i, like)
		if k == nil {
			next := 0
			if m, next = s.name(i); next < 0 {
				return next
			}
		}
		expected = expected && k != nil && (at == from || !k.first)
		if !expected && seen.has(s.buf, (*list)[from:], m) {
			return s.bad(m.key-1, msgDuplicate)
		}
		*list = append(*list, m)
		switch {
		case level == 1 && s.buf[m.val] == '{':
			i = s.object(m.val, &s.second, 2)
		case k != nil:
			i = s.alike(m.val, k, same)
		case like:
			i = s.found(&m)
		default:
			i = s.value(m.val, level)
		}
		if i < 0 {
			return i
		}
		(*list)[at].valEnd, (*list)[at].kids = i, len(s.second)
		i = s.space(i)
		if i >= len(s.buf) {
			return s.short()
		}
		switch s.buf[i] {
		case ',':
			i = s.space(i + 1)
		case '}':
			return i + 1
		default:
			return s.bad(i, "expected ',' or '}'")
		}
	}
}

// memberValue scans a value as that of a member of the document.
func (s *scanner) memberValue(i int) int {
	if s.buf[i] != '{' {
		return s.value(i, 1)
	}
	s.second = s.second[:0]
	return s.object(i, &s.second, 2)
}

// name scans a member's name and colon, and stops where its value starts.
func (s *scanner) name(i int) (member, int) {
	if i >= len(s.buf) || s.buf[i] != '"' {
		return member{}, s.unexpected(i, "a name in quotes")
	}
	s.esc = false
	end := s.str(i + 1)
	if end < 0 {
		return member{}, end
	}
	m := member{key: i + 1, keyEnd: end - 1, escaped: s.esc}
	m.tag = tagOf(s.buf[m.key:m.keyEnd])
	s.escaped = s.escaped || s.esc
	if i = s.space(end); i >= len(s.buf) || s.buf[i] != ':' {
		return member{}, s.unexpected(i, "':'")
	}
	if i = s.space(i + 1); i >= len(s.buf) {
		return member{}, s.short()
	}
	m.val = i
	return m, i
}

// value scans any value that starts at i, depth levels below the root.
func (s *scanner) value(i, depth int) int { return s.values(i, depth, 0) }

// rest scans from behind a value to the end of the container that it is in, which
// opened so and is itself depth levels below the root.
func (s *scanner) rest(i, depth int, open byte) int { return s.values(i, depth, open) }

// values is value, or rest if there is an opening bracket. It is the hot loop: most
// of a document lies below the two levels that are noted.
func (s *scanner) values(i, depth int, open byte) int {
	var (
		b       = s.buf
		base    = depth
		objects [maxDepth/64 + 1]uint64 // bit d: the container at depth d is an object
	)
	if open != 0 {
		if depth++; open == '{' {
			objects[depth>>6] |= 1 << (depth & 63)
		}
		goto after
	}
value:
	if i >= len(b) {
		return s.short()
	}
	switch c := b[i]; c {
	case '"':
		if i = s.str(i + 1); i < 0 {
			return i
		}
	case '{', '[':
		if depth++; depth > maxDepth {
			return s.bad(i, msgDepth)
		}
		if c == '{' {
			objects[depth>>6] |= 1 << (depth & 63)
		} else {
			objects[depth>>6] &^= 1 << (depth & 63)
		}
		if i = s.space(i + 1); i >= len(b) {
			return s.short()
		}
		if b[i] == c+2 { // '}' is '{'+2, ']' is '['+2
			i++
			depth--
			break
		}
		if c == '{' {
			goto name
		}
		goto value
	default:
		if i = s.plain(i); i < 0 {
			return i
		}
	}
after:
	if depth == base {
		return i
	}
	if i >= len(b) || b[i] <= ' ' {
		if i = s.space(i); i >= len(b) {
			return s.short()
		}
	}
	switch inObject := objects[depth>>6]>>(depth&63)&1 == 1; {
	case b[i] == ',':
		i = s.space(i + 1)
		if inObject {
			goto name
		}
		goto value
	case b[i] == '}' && inObject, b[i] == ']' && !inObject:
		i++
		depth--
		goto after
	case inObject:
		return s.bad(i, "expected ',' or '}'")
	default:
		return s.bad(i, "expected ',' or ']'")
	}
name:
	if i >= len(b) || b[i] != '"' {
		return s.unexpected(i, "a name in quotes")
	}
	if i = s.str(i + 1); i < 0 {
		return i
	}
	if i = s.space(i); i >= len(b) || b[i] != ':' {
		return s.unexpected(i, "':'")
	}
	i = s.space(i + 1)
	goto value
}

// plain scans a literal or a number.
func (s *scanner) plain(i int) int {
	switch s.buf[i] {
	case 't':
		return s.literal(i, "true")
	case 'f':
		return s.literal(i, "false")
	case 'n':
		return s.literal(i, "null")
	}
	return s.number(i)
}

// space skips whitespace.
func (s *scanner) space(i int) int {
	b := s.buf
	if i >= len(b) || b[i] > ' ' {
		return i
	}
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		s.spaced = true
		i++
	}
	return i
}

const (
	low  = 0x0101010101010101
	high = 0x8080808080808080
)

// special has the high bit set at the first byte of w that needs a look inside
// a string: a quote, a backslash, a control character, or non-ASCII. Bits above
// the first may be wrong: the subtractions borrow. To exchange a space's bit 1 makes
// a quote the least character that is above the control characters, so that one
// comparison finds both.
func special(w uint64) uint64 {
	return ((w ^ low*2 - low*('"'-1)) | (w ^ low*'\\' - low) | w) & high
}

// str scans the rest of a string whose opening quote is before i.
func (s *scanner) str(i int) int {
	b := s.buf
	for {
		for i+8 <= len(b) {
			if m := special(binary.LittleEndian.Uint64(b[i:])); m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		if i >= len(b) {
			return s.short()
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1
		case c == '\\':
			s.esc = true
			if i = s.escape(i); i < 0 {
				return i
			}
		case c < ' ':
			return s.bad(i, "control character in a string")
		case c < utf8.RuneSelf:
			i++
		default:
			r, size := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && size == 1 {
				if !utf8.FullRune(b[i:]) {
					return s.short()
				}
				return s.bad(i, msgUTF8)
			}
			i += size
		}
	}
}

// escape scans the escape sequence whose backslash is at i. A surrogate must
// be one of a pair: half a pair is no character (RFC 8259, section 8.2).
func (s *scanner) escape(i int) int {
	b := s.buf
	if i+1 >= len(b) {
		return s.short()
	}
	switch b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
	default:
		return s.bad(i, "unknown escape")
	}
	r, next := s.hex(i)
	switch {
	case next < 0:
		return next
	case r < 0xD800 || r > 0xDFFF:
		return next
	case r > 0xDBFF:
		return s.bad(i, "half a surrogate pair")
	case next+1 >= len(b):
		return s.short()
	case b[next] != '\\' || b[next+1] != 'u':
		return s.bad(i, "half a surrogate pair")
	}
	r, end := s.hex(next)
	if end > 0 && (r < 0xDC00 || r > 0xDFFF) {
		return s.bad(i, "half a surrogate pair")
	}
	return end
}

// hex reads the \uXXXX at i.
func (s *scanner) hex(i int) (rune, int) {
	if i+6 > len(s.buf) {
		for j := i + 2; j < len(s.buf); j++ {
			if unhex(s.buf[j]) < 0 {
				return 0, s.bad(i, "unknown escape")
			}
		}
		return 0, s.short()
	}
	var r rune
	for _, c := range s.buf[i+2 : i+6] {
		d := unhex(c)
		if d < 0 {
			return 0, s.bad(i, "unknown escape")
		}
		r = r<<4 | d
	}
	return r, i + 6
}

func unhex(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c && c <= 'f':
		return rune(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return rune(c-'A') + 10
	}
	return -1
}

func (s *scanner) literal(i int, text string) int {
	for j := 0; j < len(text); j++ {
		if i+j >= len(s.buf) {
			return s.short()
		}
		if s.buf[i+j] != text[j] {
			return s.bad(i+j, "expected "+text)
		}
	}
	return i + len(text)
}

// number scans a number (RFC 8259, section 6). One that touches the end of the
// text is short: more digits may follow.
func (s *scanner) number(i int) int {
	b := s.buf
	if b[i] == '-' {
		i++
	}
	switch {
	case i >= len(b):
		return s.short()
	case b[i] == '0':
		i++
	case b[i] < '1' || b[i] > '9':
		return s.bad(i, "expected a value")
	default:
		i = s.digits(i)
	}
	if i < len(b) && b[i] == '.' {
		if i = s.someDigits(i + 1); i < 0 {
			return i
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if i = s.someDigits(i); i < 0 {
			return i
		}
	}
	if i >= len(b) {
		return s.short()
	}
	return i
}

func (s *scanner) digits(i int) int {
	for i < len(s.buf) && '0' <= s.buf[i] && s.buf[i] <= '9' {
		i++
	}
	return i
}

func (s *scanner) someDigits(i int) int {
	end := s.digits(i)
	if end == i {
		return s.unexpected(i, "a digit")
	}
	return end
}

// names finds duplicates among the members of one object: a few by comparing,
// many by a set, so that no document costs the square of its size.
type names struct{ set map[string]struct{} }

const fewNames = 32

func (n *names) has(buf []byte, before []member, m member) bool {
	if n.set == nil && len(before) < fewNames {
		for i := range before {
			p := &before[i]
			if (p.tag == m.tag || p.escaped || m.escaped) && sameName(buf, p, &m) {
				return true
			}
		}
		return false
	}
	if n.set == nil {
		n.set = make(map[string]struct{}, 2*len(before))
		for i := range before {
			n.set[nameOf(buf, &before[i])] = struct{}{}
		}
	}
	name := nameOf(buf, &m)
	_, dup := n.set[name]
	n.set[name] = struct{}{}
	return dup
}

func sameName(buf []byte, a, b *member) bool {
	if !a.escaped && !b.escaped {
		return string(buf[a.key:a.keyEnd]) == string(buf[b.key:b.keyEnd])
	}
	return nameOf(buf, a) == nameOf(buf, b)
}

func nameOf(buf []byte, m *member) string {
	if name := string(buf[m.key:m.keyEnd]); !m.escaped {
		return name
	} else {
		return unquote(name)
	}
}

// tagOf condenses a name to a byte, so that a lookup touches the text of few
// names but the right one.
func tagOf[T string | []byte](name T) byte {
	n := len(name)
	if n == 0 {
		return 0
	}
	return byte(n)*31 ^ name[0]*7 ^ name[n-1]*13 ^ name[n/2]
}
