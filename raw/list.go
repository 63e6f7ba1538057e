package raw

import (
	"io"
	"strconv"
	"strings"
)

// ListOptions says how a [ListReader] makes documents of a List's items.
type ListOptions struct {
	// Kind and APIVersion are put into items that have none, as the items of
	// a built-in kind's List do.
	Kind, APIVersion string
	// DropManagedFields leaves out metadata.managedFields, about half of an
	// object's bytes.
	DropManagedFields bool
	// Sensitive makes every item [Object.Sensitive].
	Sensitive bool
	// MaxItem bounds an item's text, and that of everything around the items,
	// in bytes. 0 stands for 2 GiB.
	MaxItem int
}

// ListReader splits a Kubernetes List into its items while it is read. It
// keeps nothing but the item at hand, and the List's other members.
type ListReader struct {
	t     *stream
	build build
	head  strings.Builder // the members other than items, as they came
	whole Object
	at    position
	count int
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

// NewListReader returns a reader of the List that r delivers.
func NewListReader(r io.Reader, o ListOptions) *ListReader {
	l := &ListReader{t: newStream(r, o.MaxItem)}
	l.build.dropManagedFields, l.build.sensitive = o.DropManagedFields, o.Sensitive
	l.build.fill(o.Kind, o.APIVersion)
	return l
}

// Head returns the List without its items: kind, apiVersion, metadata, or
// whatever else the text turned out to be. It is complete when Next has
// returned io.EOF; before that it holds what came before the items.
func (l *ListReader) Head() Object {
	if l.whole.IsZero() {
		l.whole, _ = l.parseHead()
	}
	return l.whole
}

// HasItems reports whether the text has had an items member so far.
func (l *ListReader) HasItems() bool { return l.items }

func (l *ListReader) parseHead() (Object, error) {
	o, err := Parse([]byte("{" + strings.TrimSuffix(l.head.String(), ",") + "}"))
	if l.build.sensitive {
		o = o.Sensitive()
	}
	return o, err
}

// Next returns the next item, or io.EOF when the List ended as it should.
// Possible errors: *[SyntaxError], whose pointer starts with /items/N for a
// fault in an item; *[SizeError]; and those of the reader. After an error Next
// returns the same error again.
func (l *ListReader) Next() (Object, error) {
	if l.err != nil {
		return Object{}, l.err
	}
	o, err := l.next()
	l.err = err
	return o, err
}

func (l *ListReader) next() (Object, error) {
	for {
		c, err := l.t.peek()
		if err != nil {
			return Object{}, err
		}
		switch l.at {
		case atStart:
			err = l.open(c)
		case atMember:
			err = l.member(c)
		case atFirstItem, atItem:
			if more, err := l.separator(c); more || err != nil {
				return l.item(err)
			}
		case atEnd:
			return Object{}, l.end(c)
		}
		if err != nil {
			return Object{}, err
		}
	}
}

func (l *ListReader) open(c byte) error {
	if c != '{' {
		return l.want(c, "an object")
	}
	l.t.pos++
	l.at = atMember
	if c, err := l.t.peek(); err != nil || c != '}' {
		return err
	}
	l.t.pos++
	l.at = atEnd
	return nil
}

func (l *ListReader) want(c byte, what string) error {
	if c == 0 && l.t.eof {
		return l.t.fail(msgShort)
	}
	return l.t.fail("expected " + what)
}

// member reads one member of the List: it stops in front of the first item.
func (l *ListReader) member(byte) error {
	var m member
	value, err := l.t.scan(func(s *scanner, i int) (end int) {
		m, end = s.name(i)
		return end
	})
	if err != nil {
		return err
	}
	if s := &l.t.s; s.find([]member{m}, "items") == 0 && s.buf[value] == '[' {
		if l.items {
			return l.t.fail("duplicate name")
		}
		l.items, l.at = true, atFirstItem
		l.t.pos = value + 1
		return nil
	}
	return l.other(m)
}

// other keeps a member that is not the items.
func (l *ListReader) other(m member) error {
	key := string(l.t.s.buf[m.key:m.keyEnd])
	val := m.val - l.t.pos // reading on moves the window
	end, err := l.t.scan(func(s *scanner, i int) int { return s.value(i+val, 1) })
	if err != nil {
		return err
	}
	text := l.t.s.buf[l.t.pos+val : end]
	if l.head.Len()+len(text) > l.t.max {
		return &SizeError{int64(l.t.max)}
	}
	l.head.WriteString(`"` + key + `":`)
	l.head.Write(text)
	l.head.WriteByte(',')
	if key == "items" {
		l.items = string(text) == "null" // the form that an empty Go slice has
	}
	l.t.pos = end
	return l.nextMember()
}

// nextMember steps over what follows a member.
func (l *ListReader) nextMember() error {
	c, err := l.t.peek()
	if err != nil {
		return err
	}
	switch c {
	case ',':
		l.at = atMember
	case '}':
		l.at = atEnd
	default:
		return l.want(c, "',' or '}'")
	}
	l.t.pos++
	return nil
}

// separator steps over what stands between items, and reports whether one
// follows.
func (l *ListReader) separator(c byte) (more bool, err error) {
	switch {
	case c == ']':
		l.t.pos++
		return false, l.nextMember()
	case l.at == atFirstItem:
		l.at = atItem
		return true, nil
	case c != ',':
		return false, l.want(c, "',' or ']'")
	}
	l.t.pos++
	_, err = l.t.peek()
	return true, err
}

func (l *ListReader) item(err error) (Object, error) {
	if err != nil {
		return Object{}, err
	}
	end, err := l.t.scan((*scanner).document)
	if err == nil && end-l.t.pos > l.t.max {
		err = &SizeError{int64(l.t.max)}
	}
	if err != nil {
		if e, ok := err.(*SyntaxError); ok {
			e.Pointer = "/items/" + strconv.Itoa(l.count) + e.Pointer
		}
		return Object{}, err
	}
	o := l.t.s.build(l.t.pos, end, &l.build)
	l.t.pos = end
	l.count++
	return o, nil
}

// end checks that nothing is wrong with the List as a whole.
func (l *ListReader) end(c byte) error {
	if c != 0 || !l.t.eof {
		return l.t.fail("text behind the document")
	}
	o, err := l.parseHead()
	if err != nil {
		return err
	}
	l.whole = o
	return io.EOF
}
