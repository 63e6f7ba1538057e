package raw

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// A packed document is what differs from another one, its base: patches, each a piece
// of the base's text with what stands in its place. The base is not packed, and has
// the same names in the first two levels, so that its index serves both.
//
// Most patches are values, or lie within a string, so that what a program reads is
// found in the base's text, as far as nothing differs there, or in a patch. A value
// that has patches within is put together, in a document of its own. So is what a
// rough patch lies in, which has names or elements that the base does not have.
//
// doc.shown has the patches in the order of the base's text, and no two overlap:
//
//	[0:2]     n, how many there are
//	[2:]      for each: where it starts in the base, and whether it is rough (2 bytes);
//	          where its text starts (2); how long it is in the base (1), and its text (1)
//	[2+6n:]   the texts, of which some lie in others
//
// A length that is too large for one byte is, as the other one, in two bytes each
// before the text; for that, the one of the text is longPatch. Of two bytes the lower
// comes first.
const (
	patchesHead = 2
	patchSize   = 6
	roughBit    = 1 << 15
	maxPacked   = roughBit - 1
	longPatch   = 1<<8 - 1
	longHead    = 4
	leastShared = 4 // bytes of a text that are looked for in others
)

func (d *doc) isPacked() bool { return d.base != nil }

// isPackedWhole reports whether v is the whole of a packed document: its text is
// nowhere in one piece.
func (v Value) isPackedWhole() bool { return v.start == 0 && v.d != nil && v.d.isPacked() }

// plain is v, or if v is the whole of a packed document, that document unpacked.
func (v Value) plain() Value {
	if !v.isPackedWhole() {
		return v
	}
	return Value{v.d.unpacked(), 0, v.end}
}

// isPackedAs reports whether both are wholes that differ from one base in the same way.
func (v Value) isPackedAs(other Value) bool {
	return v.isPackedWhole() && other.isPackedWhole() && v.d.base == other.d.base && v.d.shown == other.d.shown
}

// patch tells that the text at [from, to) stands in the place of the base's at
// [at, end).
type patch struct {
	at, end, from, to int
	rough             bool
}

func (d *doc) patches() int { return number16(d.shown) }

func (d *doc) patch(i int) patch {
	s := d.shown[patchesHead+i*patchSize:][:patchSize]
	at, from, old, new := number16(s), number16(s[2:]), int(s[4]), int(s[5])
	if new == longPatch {
		old, new = number16(d.shown[from:]), number16(d.shown[from+2:])
		from += longHead
	}
	p := patch{at: at &^ roughBit, from: from, to: from + new, rough: at&roughBit != 0}
	p.end = p.at + old
	return p
}

func number16(s string) int { return int(s[0]) | int(s[1])<<8 }

// within returns which patches, from the first up to the second, lie in the base's
// text at [start, end), or begin before and reach into it.
func (d *doc) within(start, end int) (first, behind int) {
	first, high := 0, d.patches()
	behind = high
	for first < high {
		if mid := (first + high) / 2; d.patch(mid).end <= start {
			first = mid + 1
		} else {
			high = mid
		}
	}
	for low := first; low < behind; {
		if mid := (low + behind) / 2; d.patch(mid).at < end {
			low = mid + 1
		} else {
			behind = mid
		}
	}
	return first, behind
}

// getPacked is get for a packed document.
func (d *doc) getPacked(path []string) Value {
	if len(path) == 0 {
		return Value{d, 0, uint32(d.packedSize())}
	}
	v, path := d.base.indexed(path)
	for v.d != nil {
		first, behind := d.within(int(v.start), int(v.end))
		if first == behind {
			return v.descend(path)
		}
		if p := d.patch(first); p.at == int(v.start) && p.end == int(v.end) && !p.rough {
			return Value{d, uint32(p.from), uint32(p.to)}.descend(path)
		}
		if len(path) == 0 || d.isRough(first, behind) {
			return d.together(v, first, behind).descend(path)
		}
		v, path = v.descend(path[:1]), path[1:]
	}
	return Value{}
}

func (d *doc) isRough(first, behind int) bool {
	for i := first; i < behind; i++ {
		if d.patch(i).rough {
			return true
		}
	}
	return false
}

// together puts a value of the base and the patches within together.
func (d *doc) together(v Value, first, behind int) Value {
	var b strings.Builder
	b.Grow(int(v.end-v.start) + d.growth(first, behind))
	at := int(v.start)
	for i := first; i < behind; i++ {
		p := d.patch(i)
		b.WriteString(d.base.shown[at:p.at])
		b.WriteString(d.shown[p.from:p.to])
		at = p.end
	}
	b.WriteString(d.base.shown[at:v.end])
	return Value{&doc{shown: b.String(), flags: d.flags}, 0, uint32(b.Len())}
}

// growth is how much longer than the base's the text is, for some patches.
func (d *doc) growth(first, behind int) (n int) {
	for i := first; i < behind; i++ {
		p := d.patch(i)
		n += p.to - p.from - (p.end - p.at)
	}
	return n
}

func (d *doc) packedSize() int { return len(d.base.shown) + d.growth(0, d.patches()) }

// unpacked is the same document with a text of its own.
func (d *doc) unpacked() *doc {
	whole := d.together(Value{d.base, 0, uint32(len(d.base.shown))}, 0, d.patches()).d
	whole.index = d.moved()
	return whole
}

// moved is the base's index with each name where the patches before have moved it.
func (d *doc) moved() index {
	x := append(index(nil), d.base.index...)
	n := int(x[0])
	d.move(x[1 : 1+n])
	d.move(x[1+2*n:])
	return x
}

// move moves the entries, which are in the order of the text.
func (d *doc) move(entries index) {
	n, next, by := d.patches(), 0, 0
	for i, e := range entries {
		at := int(e & maxIndexed)
		for ; next < n && d.patch(next).end <= at; next++ {
			by += d.growth(next, next+1)
		}
		entries[i] = entry(byte(e>>24), at+by)
	}
}

// appendPatches appends what a packed document holds, for the text that all of the
// patches together have.
func appendPatches(dst []byte, text []byte, patches []patch) []byte {
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(patches)))
	texts := patchesHead + len(patches)*patchSize
	dst = append(dst, make([]byte, texts-len(dst))...)
	for i, p := range patches {
		from := 0
		dst, from = appendText(dst, texts, p, text[p.from:p.to])
		at := p.at
		if p.rough {
			at |= roughBit
		}
		head := dst[patchesHead+i*patchSize:]
		binary.LittleEndian.PutUint16(head, uint16(at))
		binary.LittleEndian.PutUint16(head[2:], uint16(from))
		if head[4], head[5] = byte(p.end-p.at), byte(p.to-p.from); p.isLong() {
			head[5] = longPatch
		}
	}
	return dst
}

func (p *patch) isLong() bool { return p.end-p.at >= longPatch || p.to-p.from >= longPatch }

// appendText appends a patch's text to the other ones, from texts on, unless it is in
// them, and returns where it starts.
func appendText(dst []byte, texts int, p patch, text []byte) ([]byte, int) {
	from := len(dst)
	if p.isLong() {
		dst = binary.LittleEndian.AppendUint16(dst, uint16(p.end-p.at))
		dst = binary.LittleEndian.AppendUint16(dst, uint16(p.to-p.from))
	} else if len(text) >= leastShared {
		if i := bytes.Index(dst[texts:], text); i >= 0 {
			return dst, texts + i
		}
	}
	return append(dst, text...), from
}
