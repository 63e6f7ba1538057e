package raw

import (
	"io"
	"strconv"
	"strings"
)

// ListReader splits a Kubernetes List into its items while it is read. It
// keeps nothing but the item at hand, and the List's other members. It is for
// one goroutine at a time, unlike the documents that it makes.
//
//	list := raw.NewListReader(body, raw.ReadOptions{})
//	for {
//		item, err := list.Next()
//		if err == io.EOF {
//			break
//		}
//		if err != nil {
//			return err
//		}
//		use(item)
//	}
//	next := list.Head().Get("metadata", "continue")
type ListReader struct {
	t     *stream
	build build
	templates
	head  strings.Builder     // the members other than items, each with a comma
	seen  map[string]struct{} // the names of all members
	name  string              // of the member at hand, as a step of a JSON Pointer
	index int                 // of the item at hand
	whole Object
	at    position
	items bool // there was a member named items
	err   error
}

// position is where in the List the reader is.
type position uint8

const (
	atStart position = iota
	atMember
	atFirstItem
	atItem
	atEnd
)

// NewListReader returns a reader of the List that r delivers. It reads ahead
// of the items that it returns.
func NewListReader(r io.Reader, o ReadOptions) *ListReader {
	return &ListReader{t: newStream(r, o.MaxItem), seen: map[string]struct{}{}, build: o.build()}
}

// Head returns the List without its items: kind, apiVersion, metadata, or
// whatever else the text turned out to be. It is complete when Next has
// returned io.EOF; before that it holds what came before the items.
func (l *ListReader) Head() Object {
	if l.whole.IsZero() {
		return l.parseHead()
	}
	return l.whole
}

// HasItems reports whether the text has had items so far: an array of that name,
// or the null that stands for an empty one. A text that has none is no List.
func (l *ListReader) HasItems() bool { return l.items }

func (l *ListReader) parseHead() Object {
	text := "{" + strings.TrimSuffix(l.head.String(), ",") + "}"
	o, _ := Parse([]byte(text)) // made of members that are checked
	if l.build.sensitive {
		o = o.Sensitive()
	}
	return o
}

// Next returns the next item, or io.EOF when the List ended as it should. Which
// items come before which error does not depend on how the reader cuts the text.
//
// Possible errors: *[SyntaxError], whose pointer starts with /items/N for a
// fault in an item; *[SizeError]; and those of the reader, after all that was
// read before. After an error Next returns the same error again.
func (l *ListReader) Next() (Object, error) {
	if l.err != nil {
		return Object{}, l.err
	}
	o, err := l.next()
	l.err = err
	return o, err
}

func (l *ListReader) next() (Object, error) {
	for l.at != atEnd {
		c, err := l.peek()
		if err != nil {
			return Object{}, err
		}
		switch l.at {
		case atStart:
			err = l.open(c)
		case atMember:
			err = l.member()
		case atFirstItem, atItem:
			if more, err := l.separator(c); more || err != nil {
				return l.item(err)
			}
		}
		if err != nil {
			return Object{}, err
		}
	}
	return Object{}, l.end()
}

// peek returns the next byte that is not whitespace. There must be one.
func (l *ListReader) peek() (byte, error) {
	c, err := l.t.peek()
	if err == io.EOF {
		err = l.fault(msgShort)
	}
	return c, err
}

// fault describes what is wrong at the reader's position.
func (l *ListReader) fault(msg string) error {
	return &SyntaxError{l.t.base + int64(l.t.pos), l.pointer(), msg}
}

func (l *ListReader) pointer() string {
	if l.at == atFirstItem || l.at == atItem {
		return l.name + "/" + strconv.Itoa(l.index)
	}
	return l.name
}

func (l *ListReader) open(c byte) error {
	if c != '{' {
		return l.fault("expected an object")
	}
	l.t.pos++
	l.at = atMember
	if c, err := l.peek(); err != nil || c != '}' {
		return err
	}
	l.t.pos++
	l.at = atEnd
	return nil
}

// member reads one member of the List: it stops in front of the first item.
func (l *ListReader) member() error {
	var m member
	value, err := l.t.scan(func(s *scanner, i int) (end int) {
		m, end = s.name(i)
		return end
	})
	if err != nil {
		return err
	}
	name := nameOf(l.t.s.buf, &m)
	l.name = pointer([]string{name})
	if _, dup := l.seen[name]; dup {
		return l.fault(msgDuplicate)
	}
	l.seen[name] = struct{}{}
	if name == "items" && l.t.s.buf[value] == '[' {
		l.items, l.at = true, atFirstItem
		l.t.pos = value + 1
		return nil
	}
	return l.other(name, value)
}

// other keeps a member that is not the items, whose value is at the offset.
func (l *ListReader) other(name string, value int) error {
	value -= l.t.pos // reading on moves the window
	end, err := l.t.scan(func(s *scanner, i int) int { return s.memberValue(i + value) })
	if err != nil {
		return err
	}
	text := l.t.s.buf[l.t.pos:end]
	if l.head.Len()+len(text) > l.t.max {
		return &SizeError{int64(l.t.max)}
	}
	if name == "items" {
		l.items = string(text[value:]) == "null" // the form that an empty Go slice has
	}
	l.head.Write(text)
	l.head.WriteByte(',')
	l.t.pos = end
	return l.nextMember()
}

// nextMember steps over what follows a member.
func (l *ListReader) nextMember() error {
	c, err := l.peek()
	if err != nil {
		return err
	}
	switch c {
	case ',':
		l.at = atMember
	case '}':
		l.at = atEnd
	default:
		return l.fault("expected ',' or '}'")
	}
	l.t.pos++
	l.name = ""
	return nil
}

// separator steps over what stands between items, and reports whether one
// follows.
func (l *ListReader) separator(c byte) (more bool, err error) {
	switch {
	case c == ']':
		l.t.pos++
		l.at = atMember
		return false, l.nextMember()
	case l.at == atFirstItem:
		l.at = atItem
		return true, nil
	case c != ',':
		return false, l.fault("expected ',' or ']'")
	}
	l.t.pos++
	l.index++
	_, err = l.peek()
	return true, err
}

func (l *ListReader) item(err error) (Object, error) {
	if err != nil {
		return Object{}, err
	}
	var from sample
	end, err := l.t.scan(func(s *scanner, i int) int {
		from = l.templates.of(s.buf[i:])
		s.like = from.like()
		return s.document(i)
	})
	if fault, ok := err.(*SyntaxError); ok {
		fault.Pointer = l.pointer() + fault.Pointer
	}
	if err != nil {
		return Object{}, err
	}
	l.templates.learn(&l.t.s, from, l.t.pos, end)
	o := l.t.s.make(l.t.pos, end, &l.build)
	l.t.pos = end
	return o, nil
}

// end checks that the List is all there is.
func (l *ListReader) end() error {
	switch _, err := l.t.peek(); err {
	case nil:
		return l.fault("text behind the document")
	case io.EOF:
		l.whole = l.parseHead()
		return io.EOF
	default:
		return err
	}
}
