package raw

import (
	"bytes"
	"hash/maphash"
	"runtime"
	"sync"
	"sync/atomic"
	"weak"
)

// Packer makes documents small for who keeps many: those of one application share
// the text in which they are the same. A packed document is like any other, and
// slower: what differs within a list or a map is put together when it is read.
//
// Give one Packer to the readers whose documents are kept together, by their
// [ReadOptions]. It keeps what is shared no longer than the documents do, and may be
// used by several goroutines.
//
// Sensitive documents are not packed, nor those of 32 KiB and more, nor what would
// not become half as large. A document keeps at most three times as many bytes alive
// as its own text has.
type Packer struct {
	mu     sync.Mutex
	bases  map[uint64]*candidate
	shared *atomic.Int64

	// What is used again for each document.
	text, hint []byte
	like       []*candidate
	packing    packing
}

// candidate is a document that others may be packed with. Nothing of it is kept for
// the Packer's sake: not the base, when no document is made of it any more, nor what
// takes some microseconds to make again, when there was nothing to pack for a while.
type candidate struct {
	base        weak.Pointer[doc]
	values      weak.Pointer[template] // of the base
	rest, rests int                    // how often not to try, after a document was too different
}

const (
	maxCandidates = 1 << 14
	leastPacked   = 512 // bytes: below, there is little to save
)

// NewPacker returns a Packer that has seen nothing.
func NewPacker() *Packer {
	return &Packer{bases: map[uint64]*candidate{}, shared: new(atomic.Int64)}
}

// Shared is how many bytes of memory that is taken by what the documents share. What
// only documents have shared that are gone counts until the garbage is collected.
func (p *Packer) Shared() int { return int(p.shared.Load()) }

// pack returns a packed document of the object, or nil.
func (p *Packer) pack(s *scanner, plan *plan, object []byte, f flags) *doc {
	if plan.size(object) < leastPacked || f&escaped != 0 {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text = p.text[:0]
	for _, part := range plan.parts(object) {
		p.text = append(p.text, part...)
	}
	like := p.candidates(s.shape(plan) ^ uint64(f))
	for _, c := range like {
		if d := p.try(c, f); d != nil {
			return d
		}
	}
	if like[0].rest > 0 {
		return nil
	}
	base := p.found(s.full(plan, string(p.text), f))
	for _, c := range like {
		*c = candidate{base: weak.Make(base), rest: c.rest, rests: c.rests}
	}
	return &doc{shown: nothingElse, base: base, flags: f}
}

// nothingElse is what a packed document holds that is the same as its base.
var nothingElse = string(make([]byte, patchesHead))

// shape is a number that is the same for documents whose names of the first two levels
// are, and likely another else.
func (s *scanner) shape(p *plan) uint64 {
	h := uint64(len(p.lead.names))
	for i := range s.first {
		h = 31*h + uint64(s.first[i].tag)
	}
	for i := range s.second {
		if i != p.without {
			h = 31*h + uint64(s.second[i].tag)
		}
	}
	return h
}

// candidates are those of the text's application and of its shape, the likelier first.
func (p *Packer) candidates(shape uint64) []*candidate {
	p.like = p.like[:0]
	if p.hint = appendApplication(p.hint[:0], p.text); len(p.hint) > 0 {
		p.like = append(p.like, p.candidate(maphash.Bytes(seed, p.hint)^shape))
	}
	p.like = append(p.like, p.candidate(shape))
	return p.like
}

func (p *Packer) candidate(key uint64) *candidate {
	c := p.bases[key]
	if c == nil {
		if len(p.bases) >= maxCandidates {
			p.evict()
		}
		c = new(candidate)
		p.bases[key] = c
	}
	return c
}

// evict makes room: it forgets the candidates whose base is gone, and some at random
// if those are few.
func (p *Packer) evict() {
	for key, c := range p.bases {
		if c.base.Value() == nil {
			delete(p.bases, key)
		}
	}
	for key := range p.bases {
		if len(p.bases) <= maxCandidates*3/4 {
			break
		}
		delete(p.bases, key)
	}
}

// found counts a new base for as long as it lives.
func (p *Packer) found(base *doc) *doc {
	size := int64(base.footprint())
	shared := p.shared
	shared.Add(size)
	runtime.AddCleanup(base, func(size int64) { shared.Add(-size) }, size)
	return base
}

// try packs the text with a candidate, unless they are too different.
func (p *Packer) try(c *candidate, f flags) *doc {
	if c.rest > 0 {
		c.rest--
		return nil
	}
	base := c.base.Value()
	if base == nil || base.flags != f {
		return nil
	}
	if base.footprint() <= 3*len(p.text) && p.packing.compare(c.template(base), p.text) {
		if shown := p.packing.shown(); p.pays(shown, base) {
			c.rests = 0
			return &doc{shown: string(shown), base: base, flags: f}
		}
	}
	c.rests = min(2*c.rests+1, maxRests)
	c.rest = c.rests
	return nil
}

// pays reports whether a packed form is small, and keeps no more alive than is said.
func (p *Packer) pays(shown []byte, base *doc) bool {
	return 2*len(shown) <= len(p.text) && docSize+rounded(len(shown))+base.footprint() <= 3*len(p.text)
}

// template returns what it takes to compare with the base.
func (c *candidate) template(base *doc) *template {
	t := c.values.Value()
	if t == nil {
		t = new(template)
		t.setText(base.shown)
		c.values = weak.Make(t)
	}
	return t
}

// appendApplication appends a hint at what an object is one of several of: its
// generateName, without the digits in which those of a CronJob's pods differ.
func appendApplication(dst, text []byte) []byte {
	_, behind, _ := bytes.Cut(text[:min(len(text), 512)], []byte(`"generateName":"`))
	name, _, _ := bytes.Cut(behind, []byte(`"`))
	for _, c := range name {
		if c < '0' || c > '9' {
			dst = append(dst, c)
		}
	}
	return dst
}
