package raw

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// SyntaxError tells why and where a text is not an acceptable document. It
// quotes nothing of the text but member names. To find it in an error:
//
//	if fault, ok := errors.AsType[*raw.SyntaxError](err); ok {
//		log.Printf("byte %d, in %s: %s", fault.Offset, fault.Pointer, fault.Msg)
//	}
type SyntaxError struct {
	Offset  int64  // bytes before the fault, from the start of the text or stream
	Pointer string // the value that was being read, as a JSON Pointer (RFC 6901); "" is the document
	Msg     string // such as "expected ':'" or "duplicate name"
}

// Error says all of it: "bad JSON at offset 21 in /spec/replicas: expected a digit".
func (e *SyntaxError) Error() string {
	text := "bad JSON at offset " + strconv.FormatInt(e.Offset, 10)
	if e.Pointer != "" {
		text += " in " + e.Pointer
	}
	return text + ": " + e.Msg
}

// KubeError marks the type as an error of this library.
func (e *SyntaxError) KubeError() {}

// SizeError tells that a document is larger than [ReadOptions] allow, or than
// any document can be.
type SizeError struct {
	Limit int64 // bytes
}

// Error names the limit.
func (e *SizeError) Error() string {
	return fmt.Sprintf("larger than the limit of %d bytes", e.Limit)
}

// KubeError marks the type as an error of this library.
func (e *SizeError) KubeError() {}

var scanners = sync.Pool{New: func() any { return new(scanner) }}

// maxText is the longest text that a Value's offsets reach.
const maxText = 1<<31 - 1

// Parse checks a text, which must hold one object and nothing else but spaces,
// and copies it into a document. Possible errors: *[SyntaxError], and
// *[SizeError] beyond 2 GiB.
func Parse(text []byte) (Object, error) { return parse(text, &build{}) }

func parse(text []byte, b *build) (Object, error) { return parseAs(text, b, (*scanner).build) }

// parseAs is parse, with what makes the document: build, or make.
func parseAs(text []byte, b *build, how func(*scanner, int, int, *build) Object) (Object, error) {
	if len(text) > maxText {
		return Object{}, &SizeError{maxText}
	}
	s := scanners.Get().(*scanner)
	defer func() { s.buf = nil; scanners.Put(s) }()
	s.buf = text
	start := s.space(0)
	end := s.document(start)
	if end < 0 {
		return Object{}, s.failure(0, 0)
	}
	spaced := s.spaced
	if rest := s.space(end); rest < len(text) {
		return Object{}, &SyntaxError{int64(rest), "", "text behind the document"}
	}
	s.spaced = spaced
	return how(s, start, end, b), nil
}

// failure describes the fault that a scan from the offset from ended with; base
// is the offset of the buffer in its stream.
func (s *scanner) failure(base int64, from int) *SyntaxError {
	read := s.off
	if s.msg == msgDuplicate { // it stands before the name, which belongs to the way there
		read = s.space(closing(s.buf, read+1)+1) + 1
	}
	return &SyntaxError{base + int64(s.off), pointerTo(s.buf[from:read]), s.msg}
}

// pointerTo reads a checked text up to a fault, and returns the JSON Pointer of
// the value that was open there. A text that starts with a name is the inside
// of an object. Only errors pay for it.
func pointerTo(text []byte) string {
	var way []step
	if len(text) > 0 && text[0] == '"' {
		way = append(way, step{index: -1})
	}
	for i := 0; i < len(text); i++ {
		top := len(way) - 1
		switch text[i] {
		case '{':
			way = append(way, step{index: -1})
		case '[':
			way = append(way, step{})
		case '}', ']':
			way = way[:top]
		case ',':
			way[top].next()
		case '"':
			end := closing(text, i+1)
			if top >= 0 && way[top].index < 0 && followedByColon(text, end) {
				way[top].name, way[top].named = unquote(string(text[i+1:end])), true
			}
			i = end
		}
	}
	var path []string
	for _, s := range way {
		path = s.appendTo(path)
	}
	return pointer(path)
}

// step is where in an object or array a fault is.
type step struct {
	name  string
	named bool // there is a name: an empty one is possible
	index int  // -1 in an object
}

func (s *step) next() {
	s.named = false
	if s.index >= 0 {
		s.index++
	}
}

func (s *step) appendTo(path []string) []string {
	switch {
	case s.index >= 0:
		return append(path, strconv.Itoa(s.index))
	case s.named:
		return append(path, s.name)
	}
	return path
}

// closing finds the quote that ends the string whose inside starts at i, or
// the end of the text.
func closing(text []byte, i int) int {
	for start := i; ; i++ {
		quote := bytes.IndexByte(text[i:], '"')
		if quote < 0 {
			return len(text)
		}
		i += quote
		slashes := 0
		for i-slashes > start && text[i-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return i
		}
	}
}

func followedByColon(text []byte, quote int) bool {
	for i := quote + 1; i < len(text); i++ {
		if text[i] > ' ' {
			return text[i] == ':'
		}
	}
	return false
}

// build says how a scanned object becomes a document.
type build struct {
	leads             [missingBoth + 1]lead // what to put in front, by what is missing
	dropManagedFields bool
	metadataOnly      bool
	sensitive         bool
	packer            *Packer // or nil
	dropped           bool    // they were left out before
}

const (
	missingKind = 1 << iota
	missingVersion
	missingBoth = missingKind | missingVersion
)

// lead is members that are put in front of an object's own.
type lead struct {
	text  []byte // each with its comma
	names index  // their entries
}

// fill makes the build put in the kind and apiVersion that an object lacks, as
// the items of a List do.
func (o *build) fill(kind, apiVersion string) {
	for missing := 1; missing < len(o.leads); missing++ {
		l := &o.leads[missing]
		if missing&missingKind != 0 && kind != "" {
			l.put("kind", kind)
		}
		if missing&missingVersion != 0 && apiVersion != "" {
			l.put("apiVersion", apiVersion)
		}
	}
}

func (l *lead) put(name, value string) {
	l.names = append(l.names, entry(tagOf(name), len(`{`)+len(l.text)+len(`"`)))
	l.text = append(appendQuoted(append(appendQuoted(l.text, name), ':'), value), ',')
}

// make makes the document that b asks for of the object that document scanned
// at [start, end).
func (s *scanner) make(start, end int, b *build) Object {
	if !b.metadataOnly {
		return s.build(start, end, b)
	}
	var metadata []byte
	if at := s.find(s.first, "metadata"); at >= 0 {
		metadata = s.buf[s.first[at].val:s.first[at].valEnd]
	}
	text := append([]byte("{"), b.leads[missingBoth].text...)
	if metadata == nil {
		text = bytes.TrimSuffix(text, []byte(","))
	} else {
		text = append(append(text, `"metadata":`...), metadata...)
	}
	only := scanner{buf: append(text, '}')}
	return only.build(0, only.document(0), b)
}

// build makes a document of the object that document scanned at [start, end).
func (s *scanner) build(start, end int, o *build) Object {
	if s.spaced {
		compact := scanner{buf: appendCompact(make([]byte, 0, end-start), s.buf[start:end])}
		compact.document(0)
		return compact.build(0, len(compact.buf), o)
	}
	p := s.plan(start, o)
	d := s.doc(&p, s.buf[start:end], o)
	return Object{Value{d, 0, uint32(p.size(s.buf[start:end]))}}
}

// doc makes the document that was planned of an object's text.
func (s *scanner) doc(p *plan, object []byte, o *build) *doc {
	f := s.flags(p, o)
	if o.packer != nil && !o.sensitive && p.size(object) <= maxPacked {
		if d := o.packer.pack(s, p, object, f); d != nil {
			return d
		}
	}
	d := s.full(p, p.text(object), f)
	if o.sensitive {
		d.hide()
	}
	return d
}

// full makes a document, which is not packed, of a text that was planned.
func (s *scanner) full(p *plan, text string, f flags) *doc {
	d := &doc{shown: text, flags: f}
	if len(text) <= maxIndexed {
		d.index = s.index(p)
	}
	return d
}

func (s *scanner) flags(p *plan, o *build) (f flags) {
	if s.escaped {
		f |= escaped
	}
	if o.dropped || p.without >= 0 {
		f |= dropped
	}
	if o.metadataOnly {
		f |= metadataOnly
	}
	return f
}

// plan is what the document's text has more and less than the scanned one.
type plan struct {
	start    int // of the object in the buffer
	lead     lead
	from, to int // what is left out of the buffer; to is 0 when nothing is
	without  int // the entry of scanner.second that is left out, or -1
}

func (s *scanner) plan(start int, o *build) plan {
	missing := 0
	if s.find(s.first, "kind") < 0 {
		missing |= missingKind
	}
	if s.find(s.first, "apiVersion") < 0 {
		missing |= missingVersion
	}
	p := plan{start: start, lead: o.leads[missing], without: -1}
	if len(s.first) == 0 {
		p.lead.text = bytes.TrimSuffix(p.lead.text, []byte(","))
	}
	if o.dropManagedFields {
		s.leaveOut(&p)
	}
	return p
}

// find returns the position of the member of that name, or -1.
func (s *scanner) find(members []member, name string) int {
	tag := tagOf(name)
	for i := range members {
		switch m := &members[i]; {
		case m.escaped && nameOf(s.buf, m) == name,
			m.tag == tag && string(s.buf[m.key:m.keyEnd]) == name:
			return i
		}
	}
	return -1
}

// leaveOut finds metadata.managedFields and the comma that goes with it.
func (s *scanner) leaveOut(p *plan) {
	at := s.find(s.first, "metadata")
	if at < 0 || s.buf[s.first[at].val] != '{' {
		return
	}
	from := 0
	if at > 0 {
		from = s.first[at-1].kids
	}
	kids := s.second[from:s.first[at].kids]
	i := s.find(kids, "managedFields")
	if i < 0 {
		return
	}
	p.without, p.from, p.to = from+i, kids[i].key-1, kids[i].valEnd
	if i > 0 {
		p.from-- // the comma before
	} else if len(kids) > 1 {
		p.to++ // the comma behind
	}
}

// parts are what the text is made of.
func (p *plan) parts(object []byte) [4][]byte {
	if p.to > 0 {
		return [4][]byte{object[:1], p.lead.text, object[1 : p.from-p.start], object[p.to-p.start:]}
	}
	return [4][]byte{object[:1], p.lead.text, object[1:]}
}

func (p *plan) text(object []byte) string {
	var b strings.Builder
	b.Grow(p.size(object))
	for _, part := range p.parts(object) {
		b.Write(part)
	}
	return b.String()
}

func (p *plan) size(object []byte) int { return len(object) + len(p.lead.text) - (p.to - p.from) }

// at translates an offset in the buffer into one in the text.
func (p *plan) at(i int) int {
	if p.to > 0 && i >= p.to {
		i -= p.to - p.from
	}
	return i - p.start + len(p.lead.text)
}

// index makes the index of the text that p plans, in the layout that the type
// describes.
func (s *scanner) index(p *plan) index {
	n := len(p.lead.names) + len(s.first)
	kids := len(s.second)
	if p.without >= 0 {
		kids--
	}
	x := make(index, 1, 1+2*n+kids)
	x[0] = uint32(n)
	x = append(x, p.lead.names...)
	for i := range s.first {
		x = append(x, entry(s.first[i].tag, p.at(s.first[i].key)))
	}
	for range p.lead.names {
		x = append(x, 0)
	}
	for i := range s.first {
		end := s.first[i].kids
		if p.without >= 0 && end > p.without {
			end--
		}
		x = append(x, uint32(end))
	}
	for i := range s.second {
		if i != p.without {
			x = append(x, entry(s.second[i].tag, p.at(s.second[i].key)))
		}
	}
	return x
}

// appendCompact appends checked text without the whitespace between tokens.
func appendCompact(dst, text []byte) []byte {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case ' ', '\n', '\r', '\t':
		case '"':
			end := closing(text, i+1)
			dst = append(dst, text[i:end+1]...)
			i = end
		default:
			dst = append(dst, text[i])
		}
	}
	return dst
}
