package views

import (
	"encoding/json"
	"iter"
	"log/slog"
	"slices"
	"strconv"
	"strings"
)

// Table is a list as the server prints it: columns that it chose for the kind,
// and a row for each object, as they were at one version. It is immutable, copied
// freely and safe for concurrent use. The zero Table is empty.
//
// Printing a Table shows what kubectl get does; see [Table.WriteTo].
//
// See https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables.
type Table struct {
	version string
	place   string // what it is of
	head    *head
	rows    []Row
	wide    bool
}

// Column is a column of a table.
type Column struct {
	Name string `json:"name"` // "Ready"
	// Type and Format are those of OpenAPI: "string", "integer", "date", …. The
	// server does not hold to them: an integer may be in a column of strings.
	Type   string `json:"type"`
	Format string `json:"format"` // "name" for the column of the object's name
	// Description says what the cells tell, often in several sentences.
	Description string `json:"description"`
	// Priority is 0 for a column that is always shown.
	Priority int32 `json:"priority"`
}

// Wide reports whether the column is shown in wide tables only.
func (c Column) Wide() bool { return c.Priority != 0 }

// Version is the resource version that the table shows: a watch can start from
// it.
func (t Table) Version() string { return t.version }

// Columns are all of the columns, also those that only a wide table shows. The
// slice is the caller's.
func (t Table) Columns() []Column { return t.head.all() }

// Wide returns the table that shows all of its columns when it is printed, as
// kubectl get -o wide does.
func (t Table) Wide() Table {
	t.wide = true
	return t
}

// Len is the number of rows.
func (t Table) Len() int { return len(t.rows) }

// At returns the i-th row, counted from 0 in the order of the server. Like the
// index of a slice, i must be less than Len.
func (t Table) At(i int) Row { return t.rows[i] }

// All yields the rows, in the order of the server.
func (t Table) All() iter.Seq[Row] { return slices.Values(t.rows) }

// Rows returns the rows, in the order of the server. The slice is the caller's.
func (t Table) Rows() []Row { return slices.Clone(t.rows) }

// Equal reports whether both show the same at the same version. go-cmp uses it.
func (t Table) Equal(other Table) bool {
	return t.version == other.version && t.wide == other.wide &&
		slices.Equal(t.head.shared(), other.head.shared()) &&
		slices.EqualFunc(t.rows, other.rows, Row.Equal)
}

// String is the table as [Table.WriteTo] writes it.
func (t Table) String() string {
	var b strings.Builder
	_, _ = t.WriteTo(&b) // a Builder does not fail
	return b.String()
}

// GoString tells what the table is of: "7 rows of pods in shop at version 1234".
func (t Table) GoString() string {
	text := strconv.Itoa(t.Len()) + " rows"
	if t.Len() == 1 {
		text = "1 row"
	}
	if t.place != "" {
		text += " of " + t.place
	}
	if t.version != "" {
		text += " at version " + t.version
	}
	return text
}

// LogValue is GoString: a table has no other form that is short.
func (t Table) LogValue() slog.Value { return slog.StringValue(t.GoString()) }

// MarshalJSON returns the columns and rows as a JSON object, without what the
// rows know of their objects.
func (t Table) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Columns []Column `json:"columns"`
		Rows    []Row    `json:"rows"`
	}{t.Columns(), append([]Row{}, t.rows...)})
}
