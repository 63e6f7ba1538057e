package views_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kubetest"
	"github.com/kubeviews/kube/raw"
	"github.com/kubeviews/kube/views"
	"github.com/kubeviews/kube/watch"
)

const tableColumns = `[{"name":"Name","type":"string","format":"name","description":"Who","priority":0},` +
	`{"name":"Ready","type":"string","format":"","description":"","priority":0},` +
	`{"name":"IP","type":"string","format":"","description":"","priority":1}]`

// table is a page as the server writes it.
func table(version, next string, rows ...string) string {
	return fmt.Sprintf(`{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":%q,"continue":%q},"columnDefinitions":%s,"rows":[%s]}`,
		version, next, tableColumns, strings.Join(rows, ","))
}

func row(cells, object string) string { return `{"cells":[` + cells + `],"object":` + object + `}` }

const metadataOfA = `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"a","namespace":"x","uid":"u","resourceVersion":"3","managedFields":[{"manager":"m"}]}}`

const podA = `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","namespace":"x","uid":"u","resourceVersion":"3","managedFields":[{"manager":"m"}]},"status":{"phase":"Running"}}`

// says serves the same to every request.
func says(t *testing.T, text string, options ...kube.Option) *kube.Cluster {
	return new(server).start(t, func(_ int, w http.ResponseWriter, _ *http.Request) { io.WriteString(w, text) }, options...)
}

func TestTableOfRowsAlone(t *testing.T) {
	var s server
	c := s.start(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		if accept := r.Header.Get("Accept"); accept != "application/json;as=Table;g=meta.k8s.io;v=v1,application/json" {
			t.Errorf("it accepts %s", accept)
		}
		io.WriteString(w, table("7", "", row(`"a","1/1",null`, "null"), row(`"b",2,"10.0.0.1"`, "null")))
	})
	got, err := c.Pods().In("x").Filter(views.Labels("app=web")).Table(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := "includeObject=None&labelSelector=app%3Dweb"; s.asked[0] != want {
		t.Errorf("asked %s, want %s", s.asked[0], want)
	}
	if got.Version() != "7" || got.Len() != 2 || len(got.Rows()) != 2 || got.At(1).Name() != "b" || got.At(1).Namespace() != "x" {
		t.Errorf("got %#v", got)
	}
	if c := got.Columns(); len(c) != 3 || c[0] != (views.Column{Name: "Name", Type: "string", Format: "name", Description: "Who"}) || !c[2].Wide() || c[1].Wide() {
		t.Errorf("got %+v", c)
	}
	for range 2 { // it can be ranged over again
		var texts []string
		for r := range got.All() {
			texts = append(texts, strings.Join(r.Texts(), "|"))
		}
		if want := "a|1/1| b|2|10.0.0.1"; strings.Join(texts, " ") != want {
			t.Errorf("got %v, want %s", texts, want)
		}
	}
	second := got.At(1)
	if n, err := second.Cell("READY").Int(); n != 2 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if second.Cell("none").Exists() || second.Text("none") != "" || len(second.Cells()) != 3 {
		t.Errorf("got %v", second.Cells())
	}
	item, err := second.Item()
	var absent *kube.StatusError
	if item != nil || !errors.Is(err, kube.ErrFieldsDropped) || !errors.As(err, &absent) || absent.Name != "b" || absent.Kind != "Pod" || absent.Namespace != "x" {
		t.Errorf("got %v, %v", item, err)
	}
	if !second.Raw().IsZero() || second.UID() != "" || second.Version() != "" {
		t.Errorf("it knows of an object: %v", second.Raw())
	}
	text, err := json.Marshal(got)
	if err != nil || !bytes.Contains(text, []byte(`"rows":[["a","1/1",null],["b",2,"10.0.0.1"]]`)) {
		t.Errorf("got %s, %v", text, err)
	}
}

func TestTableText(t *testing.T) {
	rows := []string{row(`"a","line\nmore","\u001b[1m"`, "null"), row(`"longer",1.50,null`, "null"), row(`"b",true,{"k":"v"}`, "null"), row(`"c"`, "null"), row(`"d",1,2,3`, "null")}
	got, err := says(t, table("7", "", rows...)).Pods().Table(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const short = "NAME     READY\na        line...\nlonger   1.5\nb        true\nc        \nd        1\n"
	const wide = "NAME     READY     IP\na        line...   ^[[1m\nlonger   1.5       \nb        true      {\"k\":\"v\"}\nc                  \nd        1         2\n"
	for want, text := range map[string]string{short: got.String(), wide: got.Wide().String()} {
		if text != want {
			t.Errorf("got\n%q, want\n%q", text, want)
		}
	}
	var b bytes.Buffer
	if n, err := got.WriteTo(&b); err != nil || n != int64(len(short)) || b.String() != short {
		t.Errorf("wrote %d, %v: %q", n, err, b.String())
	}
	if want := "5 rows of pods at version 7"; fmt.Sprintf("%#v", got) != want || got.LogValue().String() != want {
		t.Errorf("got %#v", got)
	}
	if text := fmt.Sprintf("%v %+v %#v", got.At(2), got.At(2), got.At(2)); text != "b  true b  true b  true" {
		t.Errorf("got %s", text)
	}
	var nothing views.Table
	if nothing.String() != "" || nothing.Len() != 0 || len(nothing.Columns()) != 0 || !nothing.Equal(nothing) || nothing.Equal(got) {
		t.Errorf("the zero table is %#v", nothing)
	}
	if r := (views.Row{}); r.String() != "" || r.Name() != "" || r.Namespace() != "" || r.Text("Name") != "" || len(r.Cells()) != 0 {
		t.Errorf("the zero row is %v", r)
	} else if _, err := r.Item(); !errors.Is(err, kube.ErrFieldsDropped) {
		t.Errorf("got %v", err)
	}
}

// A writer that fails is told of.
func TestTableWriteToBroken(t *testing.T) {
	got, err := says(t, table("7", "", row(`"a"`, "null"))).Pods().Table(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	r.CloseWithError(io.ErrClosedPipe)
	if n, err := got.WriteTo(w); !errors.Is(err, io.ErrClosedPipe) || n != 0 {
		t.Errorf("got %d, %v", n, err)
	}
}

func TestTableWithMetadataAndObjects(t *testing.T) {
	for include, object := range map[views.Include]string{views.IncludeMetadata: metadataOfA, views.IncludeObject: podA} {
		for _, lean := range []bool{false, true} {
			t.Run(fmt.Sprint(include, lean), func(t *testing.T) {
				v := says(t, table("7", "", row(`"a","1/1",null`, object))).Pods()
				if lean {
					v = v.WithoutManagedFields()
				}
				got, err := v.Table(t.Context(), include)
				if err != nil {
					t.Fatal(err)
				}
				r := got.At(0)
				if r.Name() != "a" || r.Namespace() != "x" || r.UID() != "u" || r.Version() != "3" || r.Text("ready") != "1/1" {
					t.Errorf("got %v", r)
				}
				item, err := r.Item()
				pod, ok := item.(items.Pod)
				if !ok || err != nil || pod.Kind() != "Pod" || pod.APIVersion() != "v1" || pod.Link() != "/api/v1/namespaces/x/pods/a" {
					t.Fatalf("got %v, %v", pod, err)
				}
				if pod.Raw().Has("cells") || pod.Raw().Has("metadata", "managedFields") == lean || pod.Raw().ManagedFieldsDropped() != lean {
					t.Errorf("got %v", pod.Raw())
				}
				_, err = items.As[items.Pod](pod).Phase()
				if errors.Is(err, kube.ErrFieldsDropped) != (include == views.IncludeMetadata) || pod.Raw().MetadataOnly() != (include == views.IncludeMetadata) {
					t.Errorf("got %v of %v", err, pod.Raw())
				}
				if want := "NAMESPACE   NAME   READY\nx           a      1/1\n"; got.String() != want {
					t.Errorf("got %q", got)
				}
				if r.String() != "x  a  1/1" {
					t.Errorf("got %v", r)
				}
			})
		}
	}
}

// What was not asked for is not kept.
func TestTableOfServerThatSendsMore(t *testing.T) {
	got, err := says(t, table("7", "", row(`"a","1/1",null`, podA))).Pods().Table(t.Context())
	if err != nil || !got.At(0).Raw().IsZero() || got.At(0).Text("Name") != "a" {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := got.At(0).Item(); !errors.Is(err, kube.ErrFieldsDropped) {
		t.Errorf("got %v", err)
	}
}

// Whatever a caller does with what it is given, the table is what it was.
func TestTableIsImmutable(t *testing.T) {
	got, err := says(t, table("7", "", row(`"a","1/1",null`, metadataOfA), row(`"b","1/1",null`, metadataOfA))).Pods().Table(t.Context(), views.IncludeMetadata)
	if err != nil {
		t.Fatal(err)
	}
	before := got.Wide().String()
	for _, columns := range [][]views.Column{got.Columns(), got.At(0).Columns()} {
		columns[0].Name = "overwritten"
	}
	rows := got.Rows()
	rows[0], rows[1] = rows[1], rows[0]
	got.At(0).Cells()[0] = raw.Value{}
	got.At(0).Texts()[0] = "overwritten"
	if after := got.Wide().String(); after != before {
		t.Errorf("it was\n%s, and is\n%s", before, after)
	}
	if got.String() == before {
		t.Error("Wide has changed the table that it was called on")
	}
}

func TestTableBadArguments(t *testing.T) {
	c := new(server).start(t, func(int, http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	for name, get := range map[string]func() (views.Table, error){
		"bad include":   func() (views.Table, error) { return c.Pods().Table(t.Context(), "All") },
		"two":           func() (views.Table, error) { return c.Pods().Table(t.Context(), views.IncludeNone, views.IncludeNone) },
		"metadata only": func() (views.Table, error) { return c.Pods().Metadata().Table(t.Context(), views.IncludeObject) },
		"bad selector":  func() (views.Table, error) { return c.Pods().Filter(views.Labels("")).Table(t.Context()) },
		"the zero View": func() (views.Table, error) { return views.View[items.Pod]{}.Table(t.Context()) },
		"bad page size": func() (views.Table, error) { return c.Pods().PageSize(-1).Table(t.Context()) },
		"bad watch start": func() (views.Table, error) {
			_, err := c.Pods().WatchTable(t.Context(), watch.FromVersion("0"))
			return views.Table{}, err
		},
		"two starts": func() (views.Table, error) {
			_, err := c.Pods().WatchTable(t.Context(), watch.FromNow(), watch.FromNow())
			return views.Table{}, err
		},
	} {
		got, err := get()
		if !errors.As(err, new(*kube.ArgumentError)) || got.Len() != 0 {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

func TestTableRubbish(t *testing.T) {
	head := func(more string) string { return `{"kind":"Table","metadata":{"resourceVersion":"1"}` + more + `}` }
	columns := `,"columnDefinitions":` + tableColumns
	for name, test := range map[string]struct {
		include    views.Include
		text, want string
	}{
		"a plain list":          {views.IncludeNone, page("1", "", "x/a"), `the answer is of kind "PodList", not Table`},
		"an empty plain list":   {views.IncludeNone, page("1", ""), `the answer is of kind "PodList", not Table`},
		"a list, kind last":     {views.IncludeNone, `{"items":[{"metadata":{"name":"a"}}],"kind":"PodList"}`, "the columns of the table do not come before its rows"},
		"no rows":               {views.IncludeNone, head(columns), "a list without rows"},
		"rows of another kind":  {views.IncludeNone, head(columns + `,"rows":{}`), "a list without rows"},
		"items for rows":        {views.IncludeNone, head(columns + `,"items":[]`), "a list without rows"},
		"rows twice":            {views.IncludeNone, head(columns + `,"rows":[],"rows":[]`), "duplicate name"},
		"rows after null":       {views.IncludeNone, head(columns + `,"rows":null,"rows":[]`), "duplicate name"},
		"no columns":            {views.IncludeNone, head(`,"rows":[]`), "columns"},
		"columns behind rows":   {views.IncludeNone, head(`,"rows":[` + row(`"a"`, "null") + `]` + columns), "columns"},
		"bad columns":           {views.IncludeNone, head(`,"columnDefinitions":[1],"rows":[]`), "cannot unmarshal number"},
		"a row of no kind":      {views.IncludeNone, head(columns + `,"rows":[1]`), "in /rows/0: expected an object"},
		"no cells":              {views.IncludeNone, head(columns + `,"rows":[{"object":null}]`), "a row has no cells"},
		"cells of another kind": {views.IncludeNone, head(columns + `,"rows":[{"cells":{}}]`), "a row has no cells"},
		"no object":             {views.IncludeMetadata, table("1", "", row(`"a"`, "null")), "a row has no object"},
		"no whole object":       {views.IncludeObject, table("1", "", row(`"a"`, "7")), "a row has no object"},
		"another kind":          {views.IncludeObject, table("1", "", row(`"a"`, `{"kind":"Node"}`)), `a row is of kind "Node", not Pod`},
		"a name twice":          {views.IncludeObject, table("1", "", row(`"a"`, `{"kind":"Pod","metadata":{"name":"a","name":"b"}}`)), "duplicate name"},
		"a Status":              {views.IncludeNone, `{"kind":"Status","apiVersion":"v1","status":"Failure","code":403,"reason":"Forbidden"}`, "403 Forbidden"},
		"behind it":             {views.IncludeNone, table("1", "") + "x", "text behind the document"},
		"too large a row":       {views.IncludeNone, table("1", "", row(`"`+strings.Repeat("x", 2000)+`"`, "null")), "larger than the limit of 1000 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := says(t, test.text, kube.WithMaxObject(1000)).Pods().Table(t.Context(), test.include)
			if !errors.As(err, new(*kube.APIError)) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if got.Len() != 0 || got.Version() != "" || got.String() != "" {
				t.Errorf("got %v beside the error", got)
			}
		})
	}
}

// The bound is that of a row, not of the table.
func TestTableLargerThanAnObject(t *testing.T) {
	rows := make([]string, 500)
	for i := range rows {
		rows[i] = row(fmt.Sprintf(`"pod-%d","1/1",null`, i), "null")
	}
	got, err := says(t, table("1", "", rows...), kube.WithMaxObject(1000)).Pods().Table(t.Context())
	if err != nil || got.Len() != 500 {
		t.Errorf("got %d rows, %v", got.Len(), err)
	}
}

func TestTablePages(t *testing.T) {
	var s server
	c := s.start(t, func(n int, w http.ResponseWriter, r *http.Request) {
		switch n {
		case 1:
			io.WriteString(w, table("5", "more", row(`"old","",""`, "null")))
		case 2:
			expire(w) // the whole table starts over
		case 3:
			io.WriteString(w, table("9", "more", row(`"a","",""`, "null"), row(`"b","",""`, "null")))
		default:
			io.WriteString(w, table("9", "", row(`"c","",""`, "null")))
		}
	})
	got, err := c.Pods().PageSize(2).Table(t.Context())
	if err != nil || got.Version() != "9" || got.String() != "NAME   READY\na      \nb      \nc      \n" {
		t.Errorf("got %v %v", got, err)
	}
	want := []string{"includeObject=None&limit=2", "continue=more&includeObject=None&limit=2", "includeObject=None&limit=2", "continue=more&includeObject=None&limit=2"}
	if fmt.Sprint(s.asked) != fmt.Sprint(want) {
		t.Errorf("asked %v", s.asked)
	}
	mixed := new(server).start(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, table(fmt.Sprint(n), "more", row(`"a"`, "null")))
	})
	if got, err := mixed.Pods().Table(t.Context()); err == nil || got.Len() != 0 || !strings.Contains(err.Error(), "those before of 1") {
		t.Errorf("got %v, %v", got, err)
	}
}

// Wherever an answer is cut, there is no table.
func TestTableCutAtEveryByte(t *testing.T) {
	whole := table("7", "", row(`"a","1/1",null`, metadataOfA), row(`"b","1/1",7`, metadataOfA))
	var at atomic.Int64
	c := new(server).start(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(whole)))
		io.WriteString(w, whole[:at.Load()])
		panic(http.ErrAbortHandler)
	})
	for i := range len(whole) {
		at.Store(int64(i))
		got, err := c.Pods().Table(t.Context(), views.IncludeMetadata)
		if !errors.As(err, new(*kube.APIError)) || got.Len() != 0 || got.Version() != "" {
			t.Fatalf("of %q: %v, %v", whole[:i], got, err)
		}
	}
}

// Secrets do not print what they hold, with whatever they come.
func TestTableOfSecrets(t *testing.T) {
	const secret = `{"kind":"Secret","apiVersion":"v1","metadata":{"name":"s","namespace":"x","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"aHVudGVyMg"}},"data":{"p":"aHVudGVyMg"}}`
	for _, include := range []views.Include{views.IncludeNone, views.IncludeMetadata, views.IncludeObject} {
		got, err := says(t, table("7", "", row(`"s","Opaque",1`, secret))).Secrets().Table(t.Context(), include)
		if err != nil {
			t.Fatal(err)
		}
		r := got.At(0)
		item, _ := r.Item()
		for _, v := range []any{got, got.Rows(), r, item, r.Raw(), r.Cells(), struct{ any }{r}} {
			for _, form := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
				if text := fmt.Sprintf(form, v); strings.Contains(text, "aHVudGVyMg") {
					t.Errorf("%s of %T shows %s", form, v, text)
				}
			}
		}
		if r.Text("Ready") != "Opaque" || !strings.Contains(got.String(), "Opaque") {
			t.Errorf("its cells are hidden: %v", got)
		}
		if text, err := json.Marshal(got); err != nil || bytes.Contains(text, []byte("aHVudGVyMg")) {
			t.Errorf("it marshals as %s, %v", text, err)
		}
		if include == views.IncludeObject && (!r.Raw().IsSensitive() || !r.Raw().Has("data", "p")) {
			t.Error("the whole object is not there, or not sensitive")
		}
	}
}

func TestTableOfKubetest(t *testing.T) {
	c, _ := tableCluster(t)
	got, err := c.ConfigMaps().In("shop").Table(t.Context())
	if err != nil || got.String() != "NAME   DATA   AGE\na      1      0s\nb      1      0s\n" || got.Version() == "" {
		t.Errorf("got %v, %v", got, err)
	}
	paged, err := c.ConfigMaps().In("shop").PageSize(1).Table(t.Context())
	if err != nil || !paged.Equal(got) {
		t.Errorf("in pages %v, %v", paged, err)
	}
	if some, err := c.ConfigMaps().In("shop").Filter(views.FieldsEqual(map[string]string{"metadata.name": "b"})).Table(t.Context()); err != nil || some.Len() != 1 {
		t.Errorf("filtered %v, %v", some, err)
	}
}

func configMap(name string) map[string]any {
	return map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"namespace": "shop", "name": name}, "data": map[string]any{"k": "v"}}
}

func tableCluster(t *testing.T) (*kube.Cluster, *kubetest.Server) {
	t.Helper()
	srv := kubetest.NewServer(t, kubetest.WithObjects(configMap("a"), configMap("b")))
	c, err := kube.NewCluster(kube.WithURL(srv.URL()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, srv
}

// rowsOf are the texts of the first events of a watch of rows.
func rowsOf(t *testing.T, w *watch.Watcher[views.Row], n int) (told []string) {
	t.Helper()
	for range n {
		event, err := w.Next(t.Context())
		if err != nil {
			t.Fatalf("after %v: %v", told, err)
		}
		text := string(event.Type)
		if r := event.Item; len(r.Cells()) > 0 {
			text += fmt.Sprintf(" %s/%s %s %s", r.Namespace(), r.Name(), r.Text("Name"), r.Text("Data"))
			if item, err := r.Item(); err != nil || item.Name() != r.Name() || item.Version() != r.Version() {
				t.Errorf("the item of %v is %v, %v", r, item, err)
			}
		}
		told = append(told, text)
	}
	return told
}

func equalTexts(t *testing.T, got []string, want ...string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got\n%v, want\n%v", got, want)
	}
}

func must[V any](t *testing.T) func(V, error) V {
	return func(v V, err error) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// K31: rows are followed as items are, from wherever a watch begins.
func TestWatchTableK31(t *testing.T) {
	c, srv := tableCluster(t)
	v := c.ConfigMaps().In("shop")
	before := must[views.Table](t)(v.Table(t.Context(), views.IncludeMetadata))
	now := must[*watch.Watcher[views.Row]](t)(v.WatchTable(t.Context()))
	defer now.Close()
	srv.ForgetRequests()
	state := must[*watch.Watcher[views.Row]](t)(v.WatchTable(t.Context(), watch.StateFirst()))
	defer state.Close()
	equalTexts(t, rowsOf(t, state, 3), "ADDED shop/a a 1", "ADDED shop/b b 1", "SYNCED")
	for _, r := range srv.Requests() {
		if r.Query.Get("sendInitialEvents") == "" && r.Query.Get("watch") == "" {
			t.Errorf("the state came as a list: %v", r.Query)
		}
	}

	must[kubetest.Object](t)(srv.Put(configMap("c")))
	must[kubetest.Object](t)(srv.Update("configmaps", "shop", "a", func(o kubetest.Object) { o["data"] = map[string]any{"k": "v", "l": "w"} }))
	if err := srv.Remove("configmaps", "shop", "b"); err != nil {
		t.Fatal(err)
	}
	after := []string{"ADDED shop/c c 1", "MODIFIED shop/a a 2", "DELETED shop/b b 1"}
	equalTexts(t, rowsOf(t, now, 3), after...)
	equalTexts(t, rowsOf(t, state, 3), after...)
	from := must[*watch.Watcher[views.Row]](t)(v.WatchTable(t.Context(), watch.From(before)))
	defer from.Close()
	equalTexts(t, rowsOf(t, from, 3), after...)

	srv.Bookmark()
	srv.CutConnections()
	must[kubetest.Object](t)(srv.Put(configMap("d")))
	for _, w := range []*watch.Watcher[views.Row]{now, state, from} {
		equalTexts(t, rowsOf(t, w, 1), "ADDED shop/d d 1")
	}
}

// F08: what was forgotten is told as a gap, of rows.
func TestWatchTableGapF08(t *testing.T) {
	c, srv := tableCluster(t)
	v := c.ConfigMaps().In("shop")
	known := must[views.Table](t)(v.Table(t.Context(), views.IncludeMetadata))
	alone := must[views.Table](t)(v.Table(t.Context()))
	must[kubetest.Object](t)(srv.Put(configMap("c")))
	if err := srv.Remove("configmaps", "shop", "b"); err != nil {
		t.Fatal(err)
	}
	srv.Compact()
	for _, test := range []struct {
		base    views.Table
		partial bool
		want    []string
	}{
		{known, false, []string{"MISSED", "DELETED shop/b b 1", "ADDED shop/c c 1", "SYNCED"}},
		{alone, true, []string{"MISSED", "ADDED shop/a a 1", "ADDED shop/c c 1", "SYNCED"}},
	} {
		w := must[*watch.Watcher[views.Row]](t)(v.WatchTable(t.Context(), watch.From(test.base)))
		defer w.Close()
		event := must[watch.Event[views.Row]](t)(w.Next(t.Context()))
		if event.Gap.Partial != test.partial || event.Gap.From != test.base.Version() {
			t.Errorf("got %v", event.Gap)
		}
		equalTexts(t, append([]string{string(event.Type)}, rowsOf(t, w, len(test.want)-1)...), test.want...)
	}
	_, err := c.ConfigMaps().WatchTable(t.Context(), watch.From(known))
	if !errors.As(err, new(*kube.ArgumentError)) {
		t.Errorf("the table of another view: %v", err)
	}
}

// A watch of rows that no server can tell is an error from the start, or an
// event at its place.
func TestWatchTableRubbish(t *testing.T) {
	if w, err := says(t, page("1", "", "x/a")).Pods().WatchTable(t.Context()); err == nil || !strings.Contains(err.Error(), "not Table") {
		t.Errorf("got %v, %v", w, err)
	}
	for name, object := range map[string]string{
		"a plain object": podA,
		"two rows":       table("4", "", row(`"a"`, metadataOfA), row(`"a"`, metadataOfA)),
		"no rows":        table("4", ""),
		"no cells":       table("4", "", `{"object":`+metadataOfA+`}`),
		"no object":      table("4", "", row(`"a"`, "null")),
		"no name":        table("4", "", row(`"a"`, `{"metadata":{"resourceVersion":"4"}}`)),
		"bad columns":    `{"kind":"Table","columnDefinitions":7,"rows":[` + row(`"a"`, metadataOfA) + `]}`,
		"a row of a row": `{"kind":"Table","rows":[[]]}`,
	} {
		t.Run(name, func(t *testing.T) {
			c := new(server).start(t, func(n int, w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Get("watch") == "" {
					io.WriteString(w, table("3", "", row(`"a","1/1",null`, metadataOfA)))
					return
				}
				fmt.Fprintf(w, `{"type":"MODIFIED","object":%s}`+"\n", object)
				http.NewResponseController(w).Flush()
				<-r.Context().Done()
			})
			w := must[*watch.Watcher[views.Row]](t)(c.Pods().WatchTable(t.Context()))
			defer w.Close()
			event, err := w.Next(t.Context())
			if err != nil || event.Type != watch.Error || !errors.As(event.Err, new(*kube.ObjectError)) {
				t.Errorf("got %v, %v", event, err)
			}
		})
	}
}

// Cut here and there, a watch of rows tells each change once.
func TestWatchTableCutF02(t *testing.T) {
	first := `{"type":"MODIFIED","object":` + table("4", "", row(`"a","2/2",null`, strings.Replace(metadataOfA, `"3"`, `"4"`, 1))) + "}\n"
	second := `{"type":"MODIFIED","object":{"kind":"Table","metadata":{"resourceVersion":"5"},"columnDefinitions":null,"rows":[` +
		row(`"a","3/3",null`, strings.Replace(metadataOfA, `"3"`, `"5"`, 1)) + "]}}\n"
	for at := 0; at < len(first)+len(second); at += 43 {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			t.Parallel()
			var cut atomic.Bool
			c := new(server).start(t, func(n int, w http.ResponseWriter, r *http.Request) {
				text := ""
				switch version := r.URL.Query().Get("resourceVersion"); {
				case r.URL.Query().Get("limit") == "1": // where the server is
					io.WriteString(w, table("5", "", row(`"a","3/3",null`, metadataOfA)))
					return
				case r.URL.Query().Get("watch") == "":
					io.WriteString(w, table("3", "", row(`"a","1/1",null`, metadataOfA)))
					return
				case version == "3":
					text = first + second
				case version == "4":
					text = second
				}
				if cut.CompareAndSwap(false, true) {
					io.WriteString(w, text[:at])
					return
				}
				io.WriteString(w, text)
				http.NewResponseController(w).Flush()
				<-r.Context().Done()
			})
			w := must[*watch.Watcher[views.Row]](t)(c.Pods().WatchTable(t.Context()))
			for _, want := range []string{"2/2", "3/3"} {
				event, err := w.Next(t.Context())
				if err != nil || event.Type != watch.Modified || event.Item.Text("Ready") != want {
					t.Fatalf("cut at %d: got %v, %v", at, event, err)
				}
			}
			w.Close()
		})
	}
}
