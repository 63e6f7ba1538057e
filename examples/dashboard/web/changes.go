package web

import (
	"fmt"
	"net/http"
	"time"

	"github.com/kubeviews/kube/examples/dashboard/live"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/watch"
)

type changesPage struct {
	page
	Charts  []chart
	Kinds   []string
	Kind    string
	Changes []changeRow
	Since   time.Time // when the last of those was that are not remembered; zero for none
	Held    string    // what is remembered
}

// changeRow is a change, shortly told.
type changeRow struct {
	Seq             int64
	Time            time.Time
	Type, Tone      string
	Kind            string
	Namespace, Name string
	Link            string
	Message         string // of an Event
	Lines           []diffLine
	More            int
	InGap           bool
}

func (s *Server) changes(w http.ResponseWriter, r *http.Request) {
	p := changesPage{page: s.page(r, "Changes", "*"), Kind: r.URL.Query().Get("kind"), Since: s.cluster.Since()}
	p.Charts = charts(s.cluster.Samples(), p.Now)
	p.Held = fmt.Sprintf("The latest %s changes are remembered, and the last %d of each object, as far as the memory for them goes.", count(live.Remembered), live.RememberedEach)
	for _, resource := range s.cluster.Resources() {
		p.Kinds = append(p.Kinds, resource.Name())
	}
	met := func(c live.Change) bool { return p.Kind == "" || c.Resource.Name() == p.Kind }
	for _, c := range s.cluster.Latest(0, 100, met) {
		p.Changes = append(p.Changes, changeOf(c, 3))
	}
	s.show(w, http.StatusOK, "changes", p)
}

// changeOf tells a change in at most so many lines.
func changeOf(c live.Change, lines int) changeRow {
	row := changeRow{Seq: c.Seq, Time: c.Time, Kind: string(c.Resource.Kind().Name()), Namespace: c.Item.Namespace(),
		Name: c.Item.Name(), InGap: c.InGap}
	if event, ok := c.Item.(items.Event); ok {
		row.Link = link(c.Resource, event)
		return happened(row, event)
	}
	switch c.Type {
	case watch.Added:
		row.Type, row.Tone = "created", "good"
	case watch.Deleted:
		row.Type, row.Tone = "deleted", "bad"
	default:
		row.Type = "changed"
		row.Lines = linesOf(c, lines)
		row.More = c.Diff.Len() - len(row.Lines)
	}
	if c.Type != watch.Deleted {
		row.Link = link(c.Resource, c.Item)
	}
	return row
}

// happened tells an Event by what it says: its name says nothing to people.
func happened(row changeRow, event items.Event) changeRow {
	about := or(event.InvolvedObject())
	row.Type, row.Kind, row.Name = "event", string(about.Kind), about.Name
	if or(event.Type()) == kinds.EventWarning {
		row.Type, row.Tone = "warning", "warn"
	}
	row.Message = or(event.Reason()) + ": " + or(event.Message())
	return row
}
