package raw

import (
	"bytes"
	"hash/maphash"
)

// templates are those of a stream of objects, by the application that an object is
// of: its generateName, as far as one can see that without reading.
type templates struct {
	byName  bool // an object without a generateName is like its revisions, not like the one before
	samples map[uint64]sample

	held, room  int // bytes that the templates take, and may take, about
	seen, alike int // texts, and how many of them were alike
	taken       int // how many templates have taken the place of others
}

// sample is what is known of an application's texts.
type sample struct {
	key      uint64    // a hash
	template *template // or nil
	rest     uint8     // how many texts not to compare, because one was not alike
	rests    uint8
	met      bool // in a text before
}

// The templates take little room at first: the objects of an application follow each
// other in a list. They get more where applications come back.
const (
	leastRoom = 256 << 10
	mostRoom  = 8 << 20

	maxSamples = 2048
	maxRests   = 63
)

var seed = maphash.MakeSeed()

// of returns the sample for the object with which the text begins.
func (t *templates) of(text []byte) sample {
	key := maphash.Bytes(seed, t.key(text))
	s := t.samples[key]
	s.key = key
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
func (s sample) like() *template {
	if s.rest > 0 {
		return nil
	}
	return s.template
}

// learn is told that a text, scanned at [start, end), was compared, or was not.
func (t *templates) learn(s *scanner, from sample, start, end int) {
	t.seen++
	size := end - start
	switch {
	case from.rest > 0:
		from.rest--
	case s.like != nil && 2*s.same >= size:
		t.alike++
		from.rests = 0
	case s.spaced || size > maxTemplate:
	default:
		if s.like != nil {
			from.rests = min(2*from.rests+1, maxRests)
			from.rest = from.rests
		}
		t.make(&from, s, start, end)
	}
	t.keep(from)
}

func (t *templates) keep(s sample) {
	switch {
	case t.samples == nil:
		t.samples = make(map[uint64]sample)
	case !s.met && len(t.samples) == maxSamples:
		t.forget()
	}
	s.met = true
	t.samples[s.key] = s
}

// forget gives up any sample.
func (t *templates) forget() {
	for key, s := range t.samples {
		t.held -= s.template.size()
		delete(t.samples, key)
		return
	}
}

// make makes the scanned text the sample's template, if there is room for one.
func (t *templates) make(from *sample, s *scanner, start, end int) {
	to := t.place(from)
	if to == nil {
		return
	}
	t.held -= from.template.size()
	to.set(s, start, end)
	from.template = to
	t.held += to.size()
}

// place is where to make the sample's template, or nil.
func (t *templates) place(from *sample) *template {
	switch {
	case from.template != nil:
		return from.template
	case t.byName && !from.met: // some names come only once, as those of events do
		return nil
	case t.held >= t.room && (from.met || t.room == 0):
		t.room = min(t.room+leastRoom, mostRoom)
	}
	if t.held < t.room {
		return new(template)
	}
	return t.take(from)
}

// take takes the place of another template. Who comes back, and finds no room, shows
// that others come back, too: then it gains little.
func (t *templates) take(from *sample) *template {
	const (
		worthwhile = 3  // texts that are alike save what it takes to make a template
		hopeful    = 64 // texts for which one more is tried
	)
	may := t.seen / hopeful
	if !from.met {
		may += t.alike / worthwhile
	}
	if t.taken > may {
		return nil
	}
	for key, s := range t.samples {
		if to := s.template; to != nil {
			s.template = nil
			t.samples[key] = s
			t.held -= to.size()
			t.taken++
			return to
		}
	}
	return nil
}
