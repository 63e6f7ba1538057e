package raw

import (
	"bytes"
	"errors"
	"io"
	"weak"
)

// EventReader splits the answer to a watch into its events, one a line, each as
// soon as it is there. It is for one goroutine at a time, unlike the documents
// that it makes.
//
// See https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes.
type EventReader struct {
	r     io.Reader
	buf   []byte // a window on the stream: 0 ≤ pos ≤ clean ≤ len(buf)
	pos   int    // the start of the line at hand
	clean int    // there is no newline in [pos, clean)
	err   error  // what the reader ended with
	busy  bool   // the last read filled most of the window
	skip  bool   // up to the next newline, the text is of a line that was too large
	max   int
	s     scanner
	build build

	templates *templates
}

// Event is one event of a watch, as the server sends it.
type Event struct {
	Type   string // ADDED, MODIFIED, DELETED, BOOKMARK, ERROR
	Object Object
}

// EventError tells that one event of a watch could not be read. The stream goes
// on behind it.
type EventError struct {
	Namespace, Name string // of the object, as far as they could be read
	Err             error  // *SyntaxError or *SizeError
}

func (e *EventError) Error() string {
	text := "an event"
	if e.Name != "" {
		text += " of " + joined(e.Namespace, e.Name)
	}
	text += " cannot be read"
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func joined(namespace, name string) string {
	if namespace == "" {
		return name
	}
	return namespace + "/" + name
}

func (e *EventError) Unwrap() error { return e.Err }

// KubeError marks the type as an error of this library.
func (e *EventError) KubeError() {}

// eventWindow is small, because many watches are idle. It grows with the events, and
// up to busyWindow where they come faster than they are taken.
const (
	eventWindow = 8 << 10
	busyWindow  = 64 << 10
)

// NewEventReader returns a reader of the events that r delivers.
func NewEventReader(r io.Reader, o ReadOptions) *EventReader {
	max := o.MaxItem
	if max <= 0 || max > maxText {
		max = maxText
	}
	return &EventReader{r: r, buf: make([]byte, 0, eventWindow), max: max, build: o.build(), templates: &templates{byName: true}}
}

// Next returns the next event. Possible errors: io.EOF when the stream ended
// between two events, io.ErrUnexpectedEOF when it ended within one, and those of
// the reader, after which Next returns the same error again; *[EventError] for
// an event that cannot be read, after which it returns the next one.
func (e *EventReader) Next() (Event, error) {
	for {
		line, err := e.line()
		if err != nil {
			return Event{}, err
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return e.parse(line)
		}
	}
}

// Ready reports whether the next event has been read, so that Next returns at once.
func (e *EventReader) Ready() bool {
	i := bytes.IndexByte(e.buf[e.clean:], '\n')
	if i < 0 {
		e.clean = len(e.buf)
		return false
	}
	e.clean += i
	return !e.skip && len(bytes.TrimSpace(e.buf[e.pos:e.clean])) > 0
}

// line returns the next line, good until the next call. A line that was cut off
// is none: it may look whole and not be.
func (e *EventReader) line() ([]byte, error) {
	for {
		if i := bytes.IndexByte(e.buf[e.clean:], '\n'); i >= 0 {
			line := e.buf[e.pos : e.clean+i]
			e.clean += i + 1
			e.pos = e.clean
			switch {
			case e.skip:
				e.skip = false
				continue
			case len(line) > e.max:
				return nil, e.tooLarge(line)
			}
			return line, nil
		}
		e.clean = len(e.buf)
		pending := e.buf[e.pos:]
		switch {
		case e.skip:
			e.pos = e.clean
		case len(pending) > e.max:
			e.skip, e.pos = true, e.clean
			return nil, e.tooLarge(pending)
		}
		switch {
		case e.err == nil:
			e.read()
			continue
		case e.err == io.EOF && (e.skip || len(bytes.TrimSpace(pending)) > 0):
			e.err = io.ErrUnexpectedEOF
		}
		return nil, e.err
	}
}

// read waits for more of the stream, and no longer than until some is there.
func (e *EventReader) read() {
	if e.pos == len(e.buf) {
		e.buf, e.pos, e.clean = e.buf[:0], 0, 0
	}
	if len(e.buf) == cap(e.buf) {
		e.room()
	}
	for range maxEmptyReads {
		free := e.buf[len(e.buf):cap(e.buf)]
		n, err := e.wait(free)
		e.buf = e.buf[:len(e.buf)+n]
		e.busy = n == len(free) && 2*n >= cap(e.buf)
		if e.err = err; n > 0 || err != nil {
			return
		}
	}
	e.err = io.ErrNoProgress
}

// wait reads, and lets go of the templates meanwhile: a watch may have nothing to tell
// for hours. The garbage collector leaves those of a stream that goes on.
func (e *EventReader) wait(p []byte) (n int, err error) {
	all := weak.Make(e.templates)
	e.templates, e.s.like = nil, nil
	n, err = e.r.Read(p)
	if e.templates = all.Value(); e.templates == nil {
		e.templates = &templates{byName: true}
	}
	return n, err
}

// room moves the line at hand to the front of a window that has place for more.
func (e *EventReader) room() {
	pending := e.buf[e.pos:]
	to := e.buf[:0]
	if 2*len(pending) > cap(to) || e.busy && cap(to) < busyWindow {
		to = make([]byte, 0, 2*cap(to))
	}
	e.buf = append(to, pending...)
	e.clean -= e.pos
	e.pos = 0
}

func (e *EventReader) tooLarge(line []byte) error {
	return unreadable(line, &SizeError{int64(e.max)})
}

// parse reads one event. Its text is in the reader's window, and is copied.
func (e *EventReader) parse(line []byte) (Event, error) {
	s := &e.s
	s.buf = line
	var event Event
	i := s.members(func(m member) int {
		switch name := string(line[m.key:m.keyEnd]); {
		case name == "type" && event.Type == "" && line[m.val] == '"':
			end := s.value(m.val, 1)
			if end > 0 {
				event.Type = typeName(line[m.val+1 : end-1])
			}
			return end
		case name == "object" && event.Object.IsZero():
			from := e.templates.of(line[m.val:])
			s.like = from.like()
			end := s.document(m.val)
			if end > 0 {
				e.templates.learn(s, from, m.val, end)
				event.Object = s.make(m.val, end, &e.build)
			}
			return end
		}
		return s.value(m.val, 1)
	})
	switch {
	case i < 0:
		return Event{}, unreadable(line, s.failure(0, 0))
	case i < len(line):
		return Event{}, unreadable(line, &SyntaxError{int64(i), "", "text behind the event"})
	case event.Type == "" || event.Object.IsZero():
		return Event{}, unreadable(line, &SyntaxError{0, "", "expected an event, with a type and an object"})
	}
	return event, nil
}

// members scans an object and hands each member to f, which scans its value.
func (s *scanner) members(f func(member) int) int {
	if s.buf[0] != '{' {
		return s.unexpected(0, "an object")
	}
	for i := s.space(1); ; i = s.space(i + 1) {
		m, next := s.name(i)
		if next < 0 {
			return next
		}
		if i = f(m); i < 0 {
			return i
		}
		i = s.space(i)
		switch {
		case i < len(s.buf) && s.buf[i] == '}':
			return s.space(i + 1)
		case i >= len(s.buf) || s.buf[i] != ',':
			return s.unexpected(i, "',' or '}'")
		}
	}
}

// typeName saves an allocation for each event of a known type.
func typeName(text []byte) string {
	for _, known := range [...]string{"ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"} {
		if string(text) == known {
			return known
		}
	}
	return unquote(string(text))
}

// unreadable is the error of an event, with whatever of the object's name comes
// before the fault.
func unreadable(line []byte, err error) error {
	e := &EventError{Err: err}
	if fault := (*SyntaxError)(nil); errors.As(err, &fault) {
		line = line[:min(len(line), int(fault.Offset))]
	}
	e.Namespace, e.Name = nameBefore(line)
	return e
}
