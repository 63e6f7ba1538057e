package views

import (
	"log/slog"
	"slices"
	"strings"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/raw"
)

// Row is one row of a [Table], or of a watch of rows: the cells of one object at
// one revision, and as much of the object as was asked for. It is immutable,
// copied freely and safe for concurrent use. The zero Row has no cells.
type Row struct {
	head   *head
	cells  raw.Value
	object raw.Object // zero in a table of rows alone
}

// head is what the rows of one answer share. Nobody writes to it.
type head struct {
	columns []Column
	view    view
	with    Include
}

// shared are the columns, not to be written to.
func (h *head) shared() []Column {
	if h == nil {
		return nil
	}
	return h.columns
}

// all are the columns, in a slice that is the caller's.
func (h *head) all() []Column { return append([]Column{}, h.shared()...) }

// find returns the position of a column, or -1.
func (h *head) find(is func(Column) bool) int { return slices.IndexFunc(h.shared(), is) }

// Columns are the columns of the table that the row is of. The slice is the
// caller's.
func (r Row) Columns() []Column { return r.head.all() }

// Cells are the values of the row, column by column: texts, numbers, booleans,
// and nulls. Ages and other times are texts that were right when the server wrote
// them: "5s". The slice is the caller's.
func (r Row) Cells() []raw.Value { return slices.AppendSeq([]raw.Value{}, r.cells.Elements()) }

// Cell returns the value in the column of a name, in upper or lower case: the
// zero Value where there is no such column, or nothing in it.
func (r Row) Cell(column string) raw.Value {
	i := r.head.find(func(c Column) bool { return strings.EqualFold(c.Name, column) })
	if i < 0 {
		return raw.Value{}
	}
	return r.cells.Index(i)
}

// Text is the cell in the column of a name as kubectl prints it; "" where there
// is none.
func (r Row) Text(column string) string { return cellText(r.Cell(column)) }

// Texts are the cells as kubectl prints them, one for each of the columns. The
// slice is the caller's.
func (r Row) Texts() []string {
	texts := make([]string, len(r.head.shared()))
	i := 0
	for cell := range r.cells.Elements() {
		if i == len(texts) {
			break
		}
		texts[i] = cellText(cell)
		i++
	}
	return texts
}

// Item is the object of the row: whole in a table with objects; without all but
// its metadata in one with metadata, and then accessors of the rest return
// ErrFieldsDropped. It is of the type that the view shows: a Pod is told by
//
//	pod, ok := item.(items.Pod)
//
// A row alone has none: the error is a *StatusError that wraps ErrFieldsDropped.
func (r Row) Item() (items.Item, error) {
	if r.object.IsZero() {
		return nil, r.dropped()
	}
	return r.head.view.maker(rest.String(r.object, "apiVersion"))(r.object), nil
}

func (r Row) dropped() error {
	e := &rest.StatusError{Namespace: r.Namespace(), Name: r.Name(), Path: "metadata", Err: rest.ErrFieldsDropped}
	if r.head != nil {
		e.Kind = string(r.head.view.kind.Name())
	}
	return e
}

// Raw is as much of the object as came with the row; the zero Object for a row
// alone.
func (r Row) Raw() raw.Object { return r.object }

// Name is the object's name: where no metadata came, what the column of names
// says.
func (r Row) Name() string {
	if !r.object.IsZero() {
		return rest.String(r.object, "metadata", "name")
	}
	name, _ := r.cells.Index(r.head.find(func(c Column) bool { return c.Format == "name" })).Text()
	return name
}

// Namespace is the object's namespace; "" for a cluster-scoped kind. Where no
// metadata came it is that of the view, so that the rows of a global view do not
// know it.
func (r Row) Namespace() string {
	if r.object.IsZero() && r.head != nil {
		return r.head.view.namespace
	}
	return rest.String(r.object, "metadata", "namespace")
}

// UID is the object's; "" where no metadata came.
func (r Row) UID() string { return rest.String(r.object, "metadata", "uid") }

// Version is the resource version of the object's revision; "" where no metadata
// came.
func (r Row) Version() string { return rest.String(r.object, "metadata", "resourceVersion") }

// Equal reports whether both have the same cells, and know the same of their
// objects. go-cmp uses it.
func (r Row) Equal(other Row) bool {
	return r.cells.Equal(other.cells) && r.object.Equal(other.object)
}

// String is the row as kubectl prints it, but not aligned with others.
func (r Row) String() string { return strings.Join(r.line(false), "  ") }

// GoString is String, so that %#v shows no more.
func (r Row) GoString() string { return r.String() }

// LogValue is String, so that no log handler shows more.
func (r Row) LogValue() slog.Value { return slog.StringValue(r.String()) }

// MarshalJSON returns the cells as a JSON array.
func (r Row) MarshalJSON() ([]byte, error) { return r.cells.MarshalJSON() }
