package raw

import "io"

// RowReader splits a Table into its rows while it is read, as a [ListReader]
// splits a List into its items. A row is a document as the server wrote it:
//
//	{"cells":["web-0","1/1","Running",0,"5s"],"object":null}
//
// See https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables.
type RowReader struct {
	list ListReader // whose items are the rows
	rows bool       // there was an array of them
}

// NewRowReader returns a reader of the Table that r delivers. It reads ahead of
// the rows that it returns. Of the options, Sensitive and MaxItem count: what
// comes with a row as its object is for [ReadOptions.Read] to make.
func NewRowReader(r io.Reader, o ReadOptions) *RowReader {
	return &RowReader{list: *NewListReader(r, ReadOptions{Sensitive: o.Sensitive, MaxItem: o.MaxItem})}
}

// Head returns the Table without its rows, as far as [ListReader.Head] does.
func (r *RowReader) Head() Object { return r.list.Head() }

// HasItems reports whether the text has had rows so far: an array of that name,
// or the null that stands for an empty one. A text that has none is no Table.
func (r *RowReader) HasItems() bool {
	return r.rows || r.list.Head().Get("rows").Kind() == KindNull
}

// Next returns the next row, or io.EOF when the Table ended as it should. Errors
// are those of [ListReader.Next], of which pointers into a row start with /rows/N.
func (r *RowReader) Next() (Object, error) {
	if r.list.err != nil {
		return Object{}, r.list.err
	}
	row, err := r.next()
	r.list.err = err
	return row, err
}

func (r *RowReader) next() (Object, error) {
	for l := &r.list; l.at != atEnd; {
		c, err := l.peek()
		if err != nil {
			return Object{}, err
		}
		switch l.at {
		case atStart:
			err = l.open(c)
		case atMember:
			err = r.member()
		default:
			if more, err := l.separator(c); more || err != nil {
				return l.item(err)
			}
		}
		if err != nil {
			return Object{}, err
		}
	}
	return Object{}, r.list.end()
}

// member reads one member of the Table: it stops in front of the first row.
func (r *RowReader) member() error {
	l := &r.list
	var m member
	value, err := l.t.scan(func(s *scanner, i int) (end int) {
		m, end = s.name(i)
		return end
	})
	if err != nil {
		return err
	}
	if r.rows || nameOf(l.t.s.buf, &m) != "rows" || l.t.s.buf[value] != '[' {
		return l.member()
	}
	if _, dup := l.seen["rows"]; dup {
		return l.member() // which tells that
	}
	l.seen["rows"] = struct{}{}
	l.name, l.at, r.rows = "/rows", atFirstItem, true
	l.t.pos = value + 1
	return nil
}

// Read makes a document of its own of an object within another, as a reader with
// these options makes one of an item; but for MaxItem, since its text is there.
// The document is sensitive if that of v is. Possible errors: *[TypeError] for
// another value, *[SyntaxError] for a name that occurs twice on the first two
// levels, which lay deeper before.
func (o ReadOptions) Read(v Value) (Object, error) {
	if v.Kind() != KindObject {
		return Object{}, v.wrong("an object")
	}
	b := o.build()
	b.sensitive = b.sensitive || v.isSensitive()
	s := scanners.Get().(*scanner)
	defer func() { s.buf = nil; scanners.Put(s) }()
	s.buf = []byte(v.text())
	end := s.document(0)
	if end < 0 {
		return Object{}, s.failure(0, 0)
	}
	return s.make(0, end, &b), nil
}
