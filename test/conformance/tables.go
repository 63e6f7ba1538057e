package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/views"
	"github.com/kubeviews/kube/watch"
)

func tableTests() map[string]func(*place) {
	return map[string]func(*place){
		"K27 table":                  tableAsJudged,
		"K27 table with objects":     tableWithObjects,
		"K27 table in pages":         tablePages,
		"K27 table of nothing":       tableOfNothing,
		"K31 watch of rows":          watchOfRows,
		"K55 table of secrets":       tableOfSecrets,
		"K26 metadata of a selected": metadataOfSelected,
	}
}

// printed are the texts of a table, without those that grow older by the second.
func printed(t views.Table) (lines []string) {
	for row := range t.All() {
		line := ""
		for i, c := range row.Columns() {
			if c.Name != "Age" {
				line += row.Texts()[i] + "|"
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// tableJudge is what plain HTTP reads of a table.
type tableJudge struct {
	Metadata          struct{ ResourceVersion string }
	ColumnDefinitions []views.Column
	Rows              []struct{ Cells []any }
}

func (p *place) judgedTable(resource string, query url.Values) (t tableJudge) {
	p.Helper()
	path := p.path("v1", resource) + "?" + query.Encode()
	answer, err := p.plain.as(p.ctx, path, "application/json;as=Table;g=meta.k8s.io;v=v1")
	p.must(err)
	p.must(json.Unmarshal(answer, &t))
	return t
}

// tableAsJudged compares a table with what kubectl prints, where there is one,
// and cell by cell with the server's answer.
func tableAsJudged(p *place) {
	p.post(p.path("v1", "configmaps"), p.configMap("a"))
	p.post(p.path("v1", "configmaps"), p.configMap("longer-name"))
	p.post(p.path("v1", "services"), p.service("one"))
	must[items.Deployment](p)(p.cluster.Deployments().In(p.namespace).Create(p.ctx, p.deployment("web", 2, podSpec())))
	maps := p.cluster.ConfigMaps().In(p.namespace)
	p.eventually(func() error {
		table, err := maps.Table(p.ctx)
		if err != nil {
			return err
		}
		judge := p.judgedTable("configmaps", nil)
		if table.Version() != judge.Metadata.ResourceVersion || table.Len() != len(judge.Rows) {
			return unexpected("the table", table)
		}
		same(p, "columns", table.Columns(), judge.ColumnDefinitions)
		for i, r := range judge.Rows {
			for j, cell := range r.Cells {
				if table.Columns()[j].Name != "Age" {
					same(p, "a cell", table.At(i).Texts()[j], fmt.Sprint(cell))
				}
			}
		}
		return nil
	})
	if p.env.Kubectl == nil {
		return
	}
	mine := views.LabelsEqual(map[string]string{mark: p.namespace})
	p.asKubectl("configmaps", func() (views.Table, error) { return maps.Table(p.ctx) })
	p.asKubectl("services", func() (views.Table, error) { return p.cluster.Services().In(p.namespace).Table(p.ctx) })
	p.asKubectl("deployments", func() (views.Table, error) { return p.cluster.Deployments().In(p.namespace).Table(p.ctx) })
	p.asKubectl("pods", func() (views.Table, error) { return p.cluster.Pods().In(p.namespace).Table(p.ctx) })
	p.asKubectl("events", func() (views.Table, error) { return p.cluster.Events().In(p.namespace).Table(p.ctx) })
	p.asKubectl("configmaps -A -l "+mark+"="+p.namespace, func() (views.Table, error) {
		return p.cluster.ConfigMaps().Filter(mine).Table(p.ctx, views.IncludeMetadata)
	})
}

// asKubectl waits until both say the same, of which ages are a part.
func (p *place) asKubectl(what string, get func() (views.Table, error)) {
	p.Helper()
	args := strings.Fields("get " + what)
	if !strings.Contains(what, "-A") {
		args = append(args, "-n", p.namespace)
	}
	for _, wide := range []bool{false, true} {
		if wide {
			args = append(args, "-o", "wide")
		}
		p.eventually(func() error {
			table, err := get()
			if err != nil {
				return err
			}
			if wide {
				table = table.Wide()
			}
			out, err := p.env.Kubectl(p.ctx, args...)
			if err == nil && table.String() != string(out) {
				err = fmt.Errorf("kubectl %s prints\n%s, and the table is\n%s", what, out, table)
			}
			return err
		})
	}
}

func tableWithObjects(p *place) {
	p.post(p.path("v1", "configmaps"), p.configMap("a"))
	v := p.cluster.ConfigMaps().In(p.namespace)
	for _, include := range []views.Include{views.IncludeNone, views.IncludeMetadata, views.IncludeObject} {
		for row := range must[views.Table](p)(v.Table(p.ctx, include)).All() {
			item, err := row.Item()
			if include == views.IncludeNone {
				unset := refused[*kube.StatusError](p, "an item of a row alone", err)
				same(p, "the name", unset.Name, row.Name())
				continue
			}
			p.must(err)
			whole := must[items.ConfigMap](p)(v.Fetch(p.ctx, row.Name()))
			same(p, "the version", row.Version(), whole.Version())
			same(p, "the uid", item.UID(), whole.UID())
			same(p, "the link", item.Link(), whole.Link())
			same(p, "the namespace", row.Namespace(), p.namespace)
			same(p, "the item as a whole", item.Equal(whole), include == views.IncludeObject)
			same(p, "metadata only", item.Raw().MetadataOnly(), include == views.IncludeMetadata)
		}
	}
}

func tablePages(p *place) {
	p.many(5)
	v := p.cluster.Secrets().In(p.namespace).Filter(views.Labels("third!=n2"))
	whole := must[views.Table](p)(v.Table(p.ctx))
	same(p, "the number", whole.Len(), 4)
	for _, size := range []int{1, 3, 4, 100} {
		same(p, fmt.Sprint("in pages of ", size), printed(must[views.Table](p)(v.PageSize(size).Table(p.ctx))), printed(whole))
	}
}

func tableOfNothing(p *place) {
	table := must[views.Table](p)(p.cluster.Pods().In(p.namespace).Table(p.ctx))
	same(p, "what it prints", table.String(), "")
	same(p, "columns", len(table.Columns()) > 4 && table.Version() != "", true)
	_, err := p.cluster.Pods().In(p.namespace).Table(p.ctx, "Everything")
	refused[*kube.ArgumentError](p, "a bad include", err)
}

// watchOfRows has a watch that begins with a table, one that begins with the
// state, and one that begins at a version.
func watchOfRows(p *place) {
	p.post(p.path("v1", "secrets"), p.secret("one", object{"a": "b"}))
	p.post(p.path("v1", "secrets"), p.secret("two", object{"a": "b"}))
	v := p.cluster.Secrets().In(p.namespace).Filter(views.Labels(mark))
	table := must[views.Table](p)(v.Table(p.ctx, views.IncludeMetadata))
	known := must[*watch.Watcher[views.Row]](p)(v.WatchTable(p.ctx, watch.From(table)))
	defer known.Close()
	state := must[*watch.Watcher[views.Row]](p)(v.WatchTable(p.ctx, watch.StateFirst()))
	defer state.Close()
	same(p, "the state", toldRows(p, state, 3), []string{"ADDED one 1", "ADDED two 1", "SYNCED"})
	p.post(p.path("v1", "secrets"), p.secret("three", object{"a": "b", "c": "d"}))
	p.mergePatch(p.path("v1", "secrets", "one"), object{"data": object{"x": "eA=="}})
	p.send("DELETE", p.path("v1", "secrets", "two"), "", nil)
	changes := []string{"ADDED three 2", "MODIFIED one 2", "DELETED two 1"}
	same(p, "the changes", toldRows(p, known, 3), changes)
	same(p, "the changes", toldRows(p, state, 3), changes)
	late := must[*watch.Watcher[views.Row]](p)(v.WatchTable(p.ctx, watch.FromVersion(table.Version())))
	defer late.Close()
	same(p, "the changes", toldRows(p, late, 3), changes)
	same(p, "where they are", known.Version() == state.Version() && late.Version() == state.Version(), true)
}

func toldRows(p *place, w *watch.Watcher[views.Row], n int) (told []string) {
	p.Helper()
	for range n {
		event := must[watch.Event[views.Row]](p)(w.Next(p.ctx))
		text := string(event.Type)
		if len(event.Item.Cells()) > 0 {
			text += " " + event.Item.Name() + " " + event.Item.Text("Data")
			same(p, "the name in the cells", event.Item.Text("Name"), event.Item.Name())
			item := must[items.Item](p)(event.Item.Item())
			same(p, "the version", item.Version(), event.Item.Version())
		}
		told = append(told, text)
	}
	return told
}

func tableOfSecrets(p *place) {
	p.post(p.path("v1", "secrets"), p.secret("one", object{"key": "hidden-from-tables"}))
	for _, include := range []views.Include{views.IncludeNone, views.IncludeMetadata, views.IncludeObject} {
		table := must[views.Table](p)(p.cluster.Secrets().In(p.namespace).Table(p.ctx, include))
		same(p, "the row", printed(table), []string{"one|Opaque|1|"})
		item, _ := table.At(0).Item()
		for _, text := range []string{fmt.Sprintf("%+v", table), fmt.Sprintf("%#v", table.At(0).Raw()), fmt.Sprintf("%+v", item)} {
			if strings.Contains(text, "hidden-from-tables") || strings.Contains(text, "aGlkZGVuLWZyb20tdGFibGVz") {
				p.Errorf("with %s it shows %s", include, text)
			}
		}
	}
}

// metadataOfSelected narrows, watches and mirrors a view of metadata.
func metadataOfSelected(p *place) {
	p.many(4)
	v := p.cluster.Secrets().In(p.namespace).Filter(views.Labels("third=n0"), views.Fields("metadata.name!=s-00")).Metadata()
	m := must[*views.Mirror[items.Secret]](p)(v.Mirror(p.ctx))
	defer m.Close()
	p.must(m.Synced(p.ctx))
	same(p, "the mirror", namesOf(m.Snapshot()), []string{"s-03"})
	w := must[*watch.Watcher[items.Secret]](p)(v.Watch(p.ctx, watch.From(m.Snapshot())))
	defer w.Close()
	p.mergePatch(p.path("v1", "secrets", "s-03"), object{"metadata": object{"annotations": object{"a": "b"}}})
	event := must[watch.Event[items.Secret]](p)(w.Next(p.ctx))
	same(p, "the event", event.Type, watch.Modified)
	for _, item := range []items.Secret{event.Item, must[views.Snapshot[items.Secret]](p)(v.List(p.ctx)).At(0)} {
		same(p, "the annotation", item.Annotations().Map()["a"], "b")
		same(p, "nothing but metadata", item.Raw().MetadataOnly() && !item.Raw().Has("data") && !item.Raw().Has("type"), true)
	}
}

// as asks for a path in another form.
func (c *plain) as(ctx context.Context, path, accept string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", accept)
	answer, err := c.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	return io.ReadAll(answer.Body)
}
