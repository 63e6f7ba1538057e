package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kubeviews/kube/examples/dashboard/live"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/meta"
	"github.com/kubeviews/kube/views"
)

type tablePage struct {
	page
	Resource   string
	Namespaced bool
	Namespaces []string
	Query      query
	Fault      string // of the filter
	Lag        string // how the kind is not current
	Loading    bool
	Gap        string // what to say instead of rows that are not known
	Columns    []head
	Rows       []row
	Total      int
	Matched    int
	First      int // counts from 1
	Pages      []pageLink
	// SnapshotVersion is the version that all of the page is at.
	SnapshotVersion string
}

// head is the head of a column.
type head struct {
	Title, Link string
	Sort        string // "ascending", "descending" or "", as aria-sort has it
	Number      bool
}

type row struct {
	Key, Version    string
	Namespace, Name string
	Link            string
	NamespaceLink   string // of the same table, of the namespace alone
	Cells           []cell
	Deleting        bool
}

type pageLink struct {
	Text, Link, Label string
	Current           bool
}

// query is what a table is asked for.
type query struct {
	Namespace, Search, Labels, Fields string
	Sort                              string // the key of a column, with "-" before it for the other way round
	Page, Size                        int    // Page counts from 1
}

const (
	pageSize    = 50
	maxPageSize = 500
)

func queryOf(v url.Values) query {
	get := func(name string) string { return strings.TrimSpace(strings.ToValidUTF8(v.Get(name), "\uFFFD")) }
	q := query{Namespace: get("ns"), Search: get("q"), Labels: get("labels"), Fields: get("fields"), Sort: get("sort"), Page: 1, Size: pageSize}
	if n, err := strconv.Atoi(v.Get("page")); err == nil && n > 0 {
		q.Page = n
	}
	if n, err := strconv.Atoi(v.Get("size")); err == nil && n > 0 {
		q.Size = min(n, maxPageSize)
	}
	return q
}

// link is the address of the same table with another order or page.
func (q query) link(sort string, page int) string {
	v := url.Values{}
	for name, value := range map[string]string{"ns": q.Namespace, "q": q.Search, "labels": q.Labels, "fields": q.Fields, "sort": sort} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	if q.Size != pageSize {
		v.Set("size", strconv.Itoa(q.Size))
	}
	return "?" + v.Encode()
}

// in is the same query for a namespace.
func (q query) in(namespace string) query {
	q.Namespace = namespace
	return q
}

// longestQuery is in bytes, as in an address: it stands in every link of a page.
const longestQuery = 2000

// tooLong says so of a query that no page will repeat.
func (q query) tooLong() string {
	n := len(q.link(q.Sort, q.Page))
	if n <= longestQuery {
		return ""
	}
	return "The filter and the order take " + count(n) + " bytes of the address. At most " + count(longestQuery) + " are taken."
}

var (
	errAnnotations = errors.New("the annotations of Secrets are not shown, and so none can be found by them: metadata.annotations is no field to filter by here")
	errNamespace   = errors.New("these are in no namespace, and so none can be found by one")
)

// check refuses to tell by what is found what no page shows. A path stands in an
// expression as it is: there are no escapes in it.
func (q query) check(resource *live.Resource) error {
	switch {
	case resource.BuiltIn() == kinds.Secret && strings.Contains(q.Fields, "metadata.annotations"):
		return errAnnotations
	case q.Namespace != "" && !resource.Kind().Namespaced():
		return errNamespace // the form does not show it
	}
	return nil
}

// selectors are those of the query's expressions.
func (q query) selectors() (all []meta.Selector) {
	if q.Labels != "" {
		all = append(all, views.Labels(q.Labels))
	}
	if q.Fields != "" {
		all = append(all, views.Fields(q.Fields))
	}
	return all
}

// unknownKind says why there is no page of a kind.
func (s *Server) unknownKind(w http.ResponseWriter, r *http.Request, name string) {
	text := fmt.Sprintf("The dashboard does not follow a kind that is called %q.", name)
	if slices.Contains(s.cluster.Absent(), name) {
		text = fmt.Sprintf("The cluster has no kind that is called %q. It is shown here once it has.", name)
	}
	s.problem(w, r, http.StatusNotFound, "Not here", text)
}

func (s *Server) table(w http.ResponseWriter, r *http.Request) {
	resource, ok := s.cluster.Resource(r.PathValue("resource"))
	if !ok {
		s.unknownKind(w, r, r.PathValue("resource"))
		return
	}
	q := queryOf(r.URL.Query())
	if text := q.tooLong(); text != "" {
		s.problem(w, r, http.StatusRequestURITooLong, "Too long", text)
		return
	}
	p := tablePage{page: s.page(r, plural(resource.Kind()), resource.Name()), Resource: resource.Name(),
		Namespaced: resource.Kind().Namespaced(), Query: q}
	p.fill(resource)
	p.Namespaces = s.namespaces(q.Namespace)
	s.show(w, http.StatusOK, "table", p)
}

// namespaces are those to choose from, with the one that is chosen: what a form does not
// show would be lost with its next use.
func (s *Server) namespaces(chosen string) (names []string) {
	for item := range s.all(kinds.Namespace) {
		names = append(names, item.Name())
	}
	if chosen != "" && !slices.Contains(names, chosen) {
		names = append(names, chosen)
	}
	return names
}

// fill has one snapshot for all that the page shows.
func (p *tablePage) fill(resource *live.Resource) {
	snapshot := resource.Snapshot()
	p.SnapshotVersion, p.Total, p.Loading = snapshot.Version(), snapshot.Len(), snapshot.Version() == ""
	_, p.Lag = p.Contact.lag(resource)
	p.Gap = gapOf(resource, p.Contact)
	found, err := p.Query.find(resource, snapshot)
	if err != nil {
		p.Fault = err.Error()
	}
	all := columns(resource)
	p.Columns = p.Query.heads(all, p.Namespaced)
	shown := p.Query.shown(found, all, p.Now)
	p.Matched = shown.matched
	p.First = shown.first + 1
	p.Pages = p.Query.pages(shown.page, shown.matched)
	for _, item := range shown.items {
		row := rowOf(resource, item, all, p.Now)
		row.NamespaceLink = p.Query.in(row.Namespace).link(p.Query.Sort, 1)
		p.Rows = append(p.Rows, row)
	}
}

// find narrows a snapshot.
func (q query) find(resource *live.Resource, s views.Snapshot[items.Item]) (views.Snapshot[items.Item], error) {
	if err := q.check(resource); err != nil {
		return views.Snapshot[items.Item]{}, err
	}
	if q.Namespace != "" {
		s = s.In(q.Namespace)
	}
	found, err := s.Filter(q.selectors()...)
	if err != nil {
		return views.Snapshot[items.Item]{}, err
	}
	return found, nil
}

// shown are the items of one page.
type shown struct {
	items                []items.Item
	matched, first, page int
}

// shown takes no more from the snapshot than what is needed: in its own order, one
// page.
func (q query) shown(found views.Snapshot[items.Item], all []column, now time.Time) shown {
	by, down, ok := q.order(all)
	if q.Search == "" && !ok {
		s := q.cut(found.Len())
		s.items = found.Page(s.first, q.Size)
		return s
	}
	list := q.search(found)
	if ok {
		list = sorted(list, by, down, now)
	}
	s := q.cut(len(list))
	s.items = list[s.first:min(s.first+q.Size, len(list))]
	return s
}

// The columns that all tables begin with. Items come by namespace and name unless they
// are ordered otherwise.
var (
	nameColumn      = column{Key: "name", Title: "Name", cell: text(items.Item.Name)}
	namespaceColumn = column{Key: "namespace", Title: "Namespace", cell: text(items.Item.Namespace)}
)

// order is the column to sort by. ok is false for the order in which items come, also
// where the query names no column.
func (q query) order(all []column) (by column, down, ok bool) {
	key, down := strings.CutPrefix(q.Sort, "-")
	for _, c := range append([]column{nameColumn, namespaceColumn}, all...) {
		if c.Key == key {
			return c, down, true
		}
	}
	return column{}, false, false
}

// cut is the page that there is: the last one for who asks beyond it.
func (q query) cut(matched int) shown {
	page := min(q.Page, max(1, (matched+q.Size-1)/q.Size))
	return shown{matched: matched, first: (page - 1) * q.Size, page: page}
}

func (q query) search(found views.Snapshot[items.Item]) []items.Item {
	list, part := make([]items.Item, 0, found.Len()), strings.ToLower(q.Search)
	for item := range found.All() {
		if part == "" || strings.Contains(strings.ToLower(item.Name()), part) || strings.Contains(item.Namespace(), part) {
			list = append(list, item)
		}
	}
	return list
}

// sorted orders items by a column, whose cells are read once each.
func sorted(list []items.Item, by column, down bool, now time.Time) []items.Item {
	type keyed struct {
		cell
		item items.Item
	}
	all := make([]keyed, len(list))
	for i, item := range list {
		all[i] = keyed{by.cell(item, now), item}
	}
	slices.SortStableFunc(all, func(a, b keyed) int {
		order := cmp.Compare(a.N, b.N)
		if !by.Number {
			order = strings.Compare(a.Text, b.Text)
		}
		if down {
			return -order
		}
		return order
	})
	for i := range all {
		list[i] = all[i].item
	}
	return list
}

func (q query) heads(all []column, namespaced bool) []head {
	first := []column{nameColumn}
	if namespaced {
		first = append(first, namespaceColumn)
	}
	heads := make([]head, 0, len(first)+len(all))
	for _, c := range append(first, all...) {
		heads = append(heads, q.head(c))
	}
	if _, _, ok := q.order(all); !ok { // as they come
		last := &heads[len(first)-1]
		last.Sort, last.Link = "ascending", q.link("-"+first[len(first)-1].Key, 1)
	}
	return heads
}

func (q query) head(c column) head {
	h := head{Title: c.Title, Link: q.link(c.Key, 1), Number: c.Number}
	switch q.Sort {
	case c.Key:
		h.Sort, h.Link = "ascending", q.link("-"+c.Key, 1)
	case "-" + c.Key:
		h.Sort = "descending"
	}
	return h
}

// pages are links to the first, the last and some pages around the present one.
func (q query) pages(current, matched int) (links []pageLink) {
	last := (matched + q.Size - 1) / q.Size
	if last < 2 {
		return nil
	}
	before := 0
	for n := 1; n <= last; n++ {
		if n != 1 && n != last && (n < current-2 || n > current+2) {
			continue
		}
		if n > before+1 {
			links = append(links, pageLink{Text: "…"})
		}
		links = append(links, pageLink{Text: strconv.Itoa(n), Link: q.link(q.Sort, n), Label: "Page " + strconv.Itoa(n), Current: n == current})
		before = n
	}
	return links
}

func rowOf(resource *live.Resource, item items.Item, all []column, now time.Time) row {
	r := row{Key: item.Namespace() + "/" + item.Name(), Version: item.Version(), Namespace: item.Namespace(), Name: item.Name(),
		Link: link(resource, item), Deleting: items.AsGeneric(item).Meta().Deleting()}
	for _, c := range all {
		r.Cells = append(r.Cells, c.cell(item, now))
	}
	return r
}

// link is the address of an item's page.
func link(r *live.Resource, item items.Item) string {
	return path(r.Name(), item.Namespace(), item.Name())
}

func path(resource, namespace, name string) string {
	if namespace == "" {
		return "/" + url.PathEscape(resource) + "/" + url.PathEscape(name)
	}
	return "/" + url.PathEscape(resource) + "/" + url.PathEscape(namespace) + "/" + url.PathEscape(name)
}
