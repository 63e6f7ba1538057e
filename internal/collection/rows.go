package collection

import (
	"errors"
	"io"
	"strconv"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// Rows makes a Collection one of the rows of a table, which the server prints:
// the documents that come are rows, as raw.RowReader describes them. It is what
// each row has of its object, in the words of the parameter includeObject.
type Rows string

// What comes with a row.
const (
	RowsAlone        Rows = "None"
	RowsWithMetadata Rows = "Metadata"
	RowsWithObjects  Rows = "Object"
)

// pages is what reads the pages of a list, or of a table.
type pages interface {
	Next() (raw.Object, error)
	Head() raw.Object
	HasItems() bool
}

func (c Collection) pages(body io.Reader, gv string) pages {
	if c.Rows != "" {
		return raw.NewRowReader(body, c.reading(gv))
	}
	return raw.NewListReader(body, c.reading(gv))
}

// words are the kind of the answer to a list, and what it is made of.
func (c Collection) words() (kind, one, many string) {
	if c.Rows != "" {
		return "Table", "a row", "rows"
	}
	return string(c.Kind.ListName()), "an item", "items"
}

// ofObject is how the object of a row is read.
func (c Collection) ofObject(gv string) raw.ReadOptions {
	c.MetadataOnly = c.MetadataOnly || c.Rows == RowsWithMetadata
	c.Rows = ""
	return c.reading(gv)
}

// Split takes a row of the collection apart: its cells, and a document of its
// object, which is zero where none was asked for.
func (c Collection) Split(gv string, row raw.Object) (cells raw.Value, object raw.Object) {
	if c.Rows != RowsAlone {
		object, _ = c.ofObject(gv).Read(row.Get("object")) // known has read it
	}
	alone, _ := row.Without("object") // the path is not empty
	return alone.Get("cells"), object
}

// known is the object that a document is, or that a row is of, and what makes it
// none of the collection's, or "".
func (c Collection) known(gv string, doc raw.Object) (object raw.Object, bad string) {
	if c.Rows == "" {
		return doc, c.fault(doc)
	}
	if doc.Get("cells").Kind() != raw.KindArray {
		return raw.Object{}, "has no cells"
	}
	if c.Rows == RowsAlone {
		return raw.Object{}, ""
	}
	object, err := c.ofObject(gv).Read(doc.Get("object"))
	if err != nil {
		return raw.Object{}, "has no object that can be read: " + err.Error()
	}
	return object, c.fault(object)
}

// tellColumns hands on the columns of an answer.
func (c Collection) tellColumns(table raw.Object) error {
	definitions := table.Get("columnDefinitions")
	if definitions.Kind() != raw.KindArray {
		return errors.New("the columns of the table do not come before its rows")
	}
	return c.Columns(definitions)
}

// fromTable turns an event of a watch of rows, whose object is a table of one
// row, into one of that row. The columns come with the first event only.
func (c Collection) fromTable(event raw.Event) (raw.Event, error) {
	table := event.Object
	if kind := rest.String(table, "kind"); kind != "Table" {
		return event, errors.New("it is of kind " + strconv.Quote(kind) + ", not Table")
	}
	if table.Get("columnDefinitions").IsSet() {
		if err := c.tellColumns(table); err != nil {
			return event, err
		}
	}
	if n := table.Get("rows").Len(); n != 1 && event.Type != "BOOKMARK" {
		return event, errors.New("it is a table of " + strconv.Itoa(n) + " rows")
	}
	row := table.Get("rows", "0")
	if event.Type == "BOOKMARK" {
		return raw.Event{Type: event.Type, Object: bookmark(table, row)}, nil
	}
	doc, err := raw.ReadOptions{}.Read(row)
	return raw.Event{Type: event.Type, Object: doc}, err
}

// bookmark is what a bookmark is without a table: its row is of an object that
// has nothing but a version, and annotations. Alone, it is the table that has
// the version.
func bookmark(table raw.Object, row raw.Value) raw.Object {
	if object, err := row.Get("object").Object(); err == nil && rest.String(object, "metadata", "resourceVersion") != "" {
		return object
	}
	return table
}
