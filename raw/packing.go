package raw

// packing finds the patches that make one text of another.
type packing struct {
	base    *template
	text    scanner
	patches []patch
	scanned int
	out     []byte
}

// setText makes t the template of a whole compact document.
func (t *template) setText(text string) {
	t.text, t.kids, t.marks = append(t.text[:0], text...), t.kids[:0], t.marks[:0]
	t.mark(0, 1, inKid)
}

// compare fills patches with what makes the text of the base's, and reports whether
// that is possible: not where the names of the first two levels differ.
//
// At the head of the loop, what is before i in the text and before at in the base is
// the same but for the patches, and last is the mark of the value that both are
// behind, if they are behind any.
func (p *packing) compare(base *template, text []byte) bool {
	p.base, p.text.buf, p.patches, p.scanned = base, text, p.patches[:0], 0
	last, passed, i, at := -1, 0, 0, 0 // passed marks are before at
	for {
		n := common(text[i:], base.text[at:])
		if i+n == len(text) && at+n == len(base.text) {
			return true
		}
		begun := base.begun(passed, at+n)
		if begun > passed {
			last = begun - 1
			i += int(base.marks[last].at) - at
		}
		if begun == passed || text[i] == ']' { // other members or elements follow than in the base
			if last = p.container(last); last < 0 {
				return false
			}
			i = p.back(last)
		}
		if i = p.replace(last, i); i < 0 {
			return false
		}
		at = int(base.marks[last].end)
		passed = base.begun(passed, at-1)
	}
}

// container is the mark of what a value is in, or -1.
func (p *packing) container(mark int) int {
	if mark < 0 || p.base.marks[mark].within == inKid {
		return -1
	}
	return int(p.base.marks[mark].within)
}

// back forgets the patches within a value, and returns where it starts in the text.
func (p *packing) back(mark int) int {
	at := int(p.base.marks[mark].at)
	n := len(p.patches)
	for n > 0 && p.patches[n-1].at >= at {
		n--
	}
	if p.patches = p.patches[:n]; n > 0 {
		at += p.patches[n-1].to - p.patches[n-1].end
	}
	return at
}

// replace makes a patch of the value that starts at i, for the one of the mark, and
// returns where it ends, or -1 if it cannot stand there.
func (p *packing) replace(mark, i int) int {
	m := &p.base.marks[mark]
	if m.within == inKid && (p.base.text[m.at] == '{' || p.text.buf[i] == '{') {
		return -1 // names are indexed there
	}
	end := p.text.value(i, int(m.depth))
	if p.scanned += end - i; end < 0 || p.scanned > 2*len(p.text.buf) {
		return -1 // the same was scanned too often
	}
	p.add(p.trimmed(patch{at: int(m.at), end: int(m.end), from: i, to: end}, m.depth))
	return end
}

// trimmed leaves out what is the same at both ends of a list, a map or a string, so
// that there is something on either side of the patch. Strings of the first two levels
// are to be read from one place.
func (p *packing) trimmed(d patch, depth uint16) patch {
	old, new := p.base.text[d.at:d.end], p.text.buf[d.from:d.to]
	if !isContainer(old[0]) && (old[0] != '"' || depth <= 2) {
		return d
	}
	n := common(old, new)
	d.at, d.from, d.rough = d.at+n, d.from+n, n > 0 && isContainer(old[0])
	old, new = old[n:], new[n:]
	for len(old) > 0 && len(new) > 0 && old[len(old)-1] == new[len(new)-1] {
		old, new = old[:len(old)-1], new[:len(new)-1]
	}
	d.end, d.to = d.at+len(old), d.from+len(new)
	return d
}

func (p *packing) add(d patch) {
	if d.end > d.at || d.to > d.from {
		p.patches = append(p.patches, d)
	}
}

// shown is what a document holds that is packed so, until the next one is.
func (p *packing) shown() []byte {
	p.out = appendPatches(p.out[:0], p.text.buf, p.patches)
	return p.out
}
