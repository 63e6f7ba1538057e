package raw

import (
	"bytes"
	"hash/maphash"
)

// templates are those of a stream of objects, by the application that an object is
// of: its generateName, as far as one can see that without reading.
type templates struct {
	samples    []sample // by the key's hash; another key takes the place over
	size       int      // how many there may be
	byName     bool     // an object without a generateName is like its revisions, not like the one before
	made, used int
}

// sample is what is known of an application's texts.
type sample struct {
	key      uint64
	template *template
	made     bool  // it is of this key
	rest     int32 // how many texts not to compare, after one was not alike
	rests    int32
}

const (
	samplesOfList  = 16 // those of one application follow each other
	samplesOfWatch = 128

	worthwhile  = 3        // uses save what it takes to make a template
	maxTemplate = 64 << 10 // bytes of a template's text
	maxRests    = 63
)

var seed = maphash.MakeSeed()

// of returns the sample for the object with which the text begins.
func (t *templates) of(text []byte) *sample {
	if t.samples == nil {
		t.samples = make([]sample, t.size)
	}
	key := maphash.Bytes(seed, t.key(text))
	s := &t.samples[key%uint64(t.size)]
	if s.key != key {
		// Where templates have been of little use, one is made for who comes back.
		*s = sample{key: key, template: s.template, rest: int32(min(max(0, t.made-t.used/worthwhile), maxRests))}
	}
	return s
}

// key is a hint at what the object is like.
func (t *templates) key(text []byte) []byte {
	text = text[:min(len(text), 512)]
	for _, name := range [...]string{`"generateName":"`, `"name":"`} {
		if _, behind, ok := bytes.Cut(text, []byte(name)); ok {
			value, _, _ := bytes.Cut(behind, []byte(`"`))
			return value
		}
		if !t.byName {
			break
		}
	}
	return nil
}

// like is the template to compare the next text with, or nil.
func (s *sample) like() *template {
	if s.rest > 0 || !s.made {
		return nil
	}
	return s.template
}

// learn is told that a text, scanned at [start, end), was compared, or was not.
func (t *templates) learn(s *scanner, from *sample, start, end int) {
	size := end - start
	switch {
	case from.rest > 0:
		from.rest--
	case s.like != nil && 2*s.same >= size:
		t.used++
		from.rests = 0
	case s.spaced || size > maxTemplate:
	default:
		if s.like != nil {
			from.rests = min(2*from.rests+1, maxRests)
			from.rest = from.rests
		}
		t.made++
		if from.made = true; from.template == nil {
			from.template = new(template)
		}
		from.template.set(s, start, end)
	}
}
