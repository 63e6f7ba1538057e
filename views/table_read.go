package views

import (
	"context"
	"slices"
	"strconv"

	"github.com/kubeviews/kube/internal/collection"
	"github.com/kubeviews/kube/internal/follow"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/internal/sorted"
	"github.com/kubeviews/kube/raw"
	"github.com/kubeviews/kube/watch"
)

// Include is how much of its object comes with each row of a table.
type Include string

// What comes with a row: the values of the API's parameter includeObject.
const (
	// IncludeNone is for rows alone: of pods, a twentieth of a list's bytes or less.
	IncludeNone Include = Include(collection.RowsAlone)
	// IncludeMetadata is for rows with the metadata of their objects.
	IncludeMetadata Include = Include(collection.RowsWithMetadata)
	// IncludeObject is for rows with their whole objects.
	IncludeObject Include = Include(collection.RowsWithObjects)
)

// Table returns the view's objects as the server prints them, at one version:
// rows alone, or with as much of the objects as is given.
//
//	table, err := cluster.Pods().In("default").Table(ctx)
//	fmt.Print(table)                  // as kubectl get pods -n default
//	for row := range table.All() {
//		fmt.Println(row.Name(), row.Text("Status"))
//	}
//
// A table whose pages expire, or whose connection breaks, is thrown away and
// started over, as [View.List] does. Possible errors: those of [View.List], of
// which an *APIError also when the server prints no tables of the kind, and
// *ArgumentError for an Include that cannot be.
func (v view) Table(ctx context.Context, include ...Include) (Table, error) {
	with, err := v.include(include)
	if err != nil {
		return Table{}, err
	}
	p := v.printer(with)
	rows, version, err := collection.All(ctx, p.collection(), v.pageSize, p.maker)
	if err != nil {
		return Table{}, err
	}
	return Table{version: version, place: v.whole(), head: p.head, rows: rows}, nil
}

// WatchTable follows the changes of the view's objects as [View.Watch] does, with
// the same promises, and tells each as the row that the server prints of it, with
// the object's metadata. A row is printed when its object changes: what it says of
// an age was right then.
//
// A table with metadata can be the start, as a snapshot can for Watch:
//
//	table, err := view.Table(ctx, views.IncludeMetadata)
//	w, err := view.WatchTable(ctx, watch.From(table))
//
// Errors are those of [View.Watch] and [View.Table].
func (v view) WatchTable(ctx context.Context, start ...watch.Start) (*watch.Watcher[Row], error) {
	if err := v.Err(); err != nil {
		return nil, err
	}
	from, known, err := v.startOfTable(start)
	if err != nil {
		return nil, err
	}
	p := v.printer(IncludeMetadata)
	return follow.Watch(ctx, follow.Source[Row]{
		Collection: p.collection(), PageSize: v.pageSize, Make: p.maker, MustExist: v.namespace != "",
	}, from, known)
}

// startOfTable is where a watch of rows begins, and what is known to be there.
func (v view) startOfTable(given []watch.Start) (watch.Start, *sorted.Map[follow.Key, Row], error) {
	from, _, err := v.start(given)
	if err != nil {
		return from, nil, err
	}
	table, ok := from.Base().(Table)
	if !ok {
		return from, nil, nil
	}
	if here := v.whole(); table.place != here {
		return from, nil, &rest.ArgumentError{Arg: "table", Value: table.place, Reason: "it is of another view than " + here}
	}
	if table.head.with == IncludeNone {
		return from, nil, nil // a version, and no objects
	}
	known := follow.Objects(table.rows)
	return from, &known, nil
}

// include is what the caller has asked for.
func (v view) include(given []Include) (Include, error) {
	bad := func(value, reason string) (Include, error) {
		return "", &rest.ArgumentError{Arg: "include", Value: value, Reason: reason}
	}
	switch {
	case v.Err() != nil:
		return "", v.Err()
	case len(given) == 0:
		return IncludeNone, nil
	case len(given) > 1:
		return bad(strconv.Itoa(len(given)), "a table has one")
	case !slices.Contains([]Include{IncludeNone, IncludeMetadata, IncludeObject}, given[0]):
		return bad(string(given[0]), "it is none of None, Metadata and Object")
	case given[0] == IncludeObject && v.metadataOnly:
		return bad(string(given[0]), "the view shows metadata only")
	}
	return given[0], nil
}

// printer makes the rows of one table, or of one watch. It is for one goroutine.
type printer struct {
	view view
	with Include
	head *head // of the answer at hand
}

func (v view) printer(with Include) *printer { return &printer{view: v, with: with} }

func (p *printer) collection() collection.Collection {
	c := p.view.collection()
	c.Rows, c.Columns = collection.Rows(p.with), p.columns
	return c
}

// columns notes those of an answer. Mostly they are those of the one before.
func (p *printer) columns(definitions raw.Value) error {
	var columns []Column
	if err := definitions.Decode(&columns); err != nil {
		return err
	}
	if p.head == nil || !slices.Equal(p.head.columns, columns) {
		p.head = &head{columns, p.view, p.with}
	}
	return nil
}

func (p *printer) maker(gv string) func(raw.Object) Row {
	c := p.collection()
	return func(doc raw.Object) Row {
		cells, object := c.Split(gv, doc)
		return Row{p.head, cells, object}
	}
}
