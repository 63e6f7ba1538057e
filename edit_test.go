package kube

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kubetest"
	"github.com/kubeviews/kube/raw"
)

// answers is how the answer to a change gets lost, and whether the server has acted.
var answers = []struct {
	name  string
	done  bool
	fault kubetest.Fault
}{
	{"behind its headers", true, kubetest.Fault{Cut: true, CutAt: 1}},
	{"in its body", true, kubetest.Fault{Cut: true, CutAt: 100}},
	{"by a reset", true, kubetest.Fault{Cut: true, CutAt: 1, Reset: true}},
	{"with the request", false, kubetest.Fault{Cut: true}},
	{"with the request, by a reset", false, kubetest.Fault{Cut: true, Reset: true}},
	{"by the proxy", false, kubetest.Fault{Status: 502, Body: []byte("bad gateway")}},
	{"by the server", false, kubetest.Fault{Status: 504, Body: kubetest.StatusBody(504, "Timeout", "no time")}},
}

// desk is a server with some objects, whose answers get lost.
type desk struct {
	*testing.T
	*Cluster
	server *kubetest.Server
}

func newDesk(t *testing.T, objects ...any) *desk {
	t.Helper()
	server := kubetest.NewServer(t, kubetest.WithObjects(objects...))
	c, err := NewCluster(WithURL(server.URL()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &desk{t, c, server}
}

func aConfig(more ...string) map[string]any {
	meta := map[string]any{"name": "one", "namespace": "default"}
	if more != nil {
		meta["finalizers"] = more
	}
	return map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": map[string]any{"count": "0"}}
}

func (d *desk) one() items.ConfigMap {
	d.Helper()
	one, err := d.ConfigMaps().In("default").Fetch(d.Context(), "one")
	if err != nil {
		d.Fatal(err)
	}
	return one
}

// count is what the server has.
func (d *desk) count() string {
	d.Helper()
	doc, err := d.server.Get("configmaps", "default", "one")
	if err != nil {
		d.Fatal(err)
	}
	return doc.Text("data", "count")
}

// sent is how many requests of a method there were.
func (d *desk) sent(method string) (n int) {
	for _, r := range d.server.Requests() {
		if r.Method == method {
			n++
		}
	}
	return n
}

// lose has the next answer to a method get lost.
func (d *desk) lose(method string, f kubetest.Fault) {
	f.Verb, f.Times = method, 1
	d.server.Inject(f)
	d.server.ForgetRequests()
}

// inDoubt is the error of a change of which nobody knows whether it was made.
func (d *desk) inDoubt(err error) {
	d.Helper()
	var away *UnreachableError
	var api *APIError
	switch {
	case errors.As(err, &away) && strings.Contains(err.Error(), "it is not known whether it was done"):
	case errors.As(err, &api) && api.Code == http.StatusGatewayTimeout:
	default:
		d.Errorf("got %v", err)
	}
}

func counted(now raw.Object) (raw.Object, error) {
	text, _ := now.Get("data", "count").Text()
	n, _ := strconv.Atoi(text)
	return now.With(strconv.Itoa(n+1), "data", "count")
}

func settled(now raw.Object) (raw.Object, error) { return now.With("1", "data", "count") }

// R03: an edit whose answer is lost is neither lost nor made twice, and says that
// nobody knows, where nobody can.
func TestEditLostAnswerR03(t *testing.T) {
	for _, answer := range answers {
		t.Run(answer.name, func(t *testing.T) {
			for name, edit := range map[string]func(raw.Object) (raw.Object, error){"counts": counted, "settles": settled} {
				d := newDesk(t, aConfig())
				one := d.one()
				d.lose("PUT", answer.fault)
				next, err := one.Edit(t.Context(), edit)
				if d.count() != "1" {
					t.Errorf("%s: the count is %s", name, d.count())
				}
				if answer.done && name == "counts" {
					d.inDoubt(err)
					continue
				}
				if got, _ := next.Raw().Get("data", "count").Text(); err != nil || got != "1" {
					t.Errorf("%s: got %v, %v", name, next, err)
				}
			}
		})
	}
}

// An answer is lost, and somebody else has changed the object behind that.
func TestEditLostAnswerAmongOthersR03(t *testing.T) {
	for _, answer := range answers {
		d := newDesk(t, aConfig())
		one := d.one()
		d.lose("PUT", answer.fault)
		d.server.Inject(kubetest.Fault{Verb: "get", After: 1, Times: 1, Do: func(*http.Request) {
			if _, err := d.server.Update("configmaps", "default", "one", func(o kubetest.Object) { o.Put("x", "data", "other") }); err != nil {
				t.Error(err)
			}
		}})
		_, err := one.Edit(t.Context(), counted)
		d.inDoubt(err)
		if want := map[bool]string{true: "1", false: "0"}[answer.done]; d.count() != want || d.sent("PUT") != 1 {
			t.Errorf("%s: the count is %s, after %d requests", answer.name, d.count(), d.sent("PUT"))
		}
	}
}

// A function's error about its own change is not believed.
func TestEditLostAnswerOfALockR03(t *testing.T) {
	taken := errors.New("taken")
	lock := func(now raw.Object) (raw.Object, error) {
		if now.Has("data", "holder") {
			return now, taken
		}
		return now.With("me", "data", "holder")
	}
	d := newDesk(t, aConfig())
	one := d.one()
	d.lose("PUT", kubetest.Fault{Cut: true, CutAt: 1})
	_, err := one.Edit(t.Context(), lock)
	d.inDoubt(err)
	if _, err := one.Edit(t.Context(), lock); err != taken {
		t.Errorf("got %v", err)
	}
}

// An edit gives up when no answer ever comes, with the version standing still, and when
// nobody can be asked.
func TestEditGivesUpR03(t *testing.T) {
	d := newDesk(t, aConfig())
	one := d.one()
	fault := d.server.Inject(kubetest.Fault{Verb: "PUT", Cut: true})
	_, err := one.Edit(t.Context(), counted)
	d.inDoubt(err)
	if d.count() != "0" || d.sent("PUT") != 4 {
		t.Errorf("the count is %s, after %d requests", d.count(), d.sent("PUT"))
	}
	fault.Remove()
	d.lose("PUT", kubetest.Fault{Cut: true, CutAt: 1})
	d.server.Inject(kubetest.Fault{Verb: "get", After: 1, Status: 500, Body: kubetest.StatusBody(500, "InternalError", "no")})
	_, err = one.Edit(t.Context(), counted)
	d.inDoubt(err)
	ctx, cancel := context.WithCancel(t.Context())
	d.server.Inject(kubetest.Fault{Verb: "PUT", Do: func(*http.Request) { cancel() }})
	if _, err := one.Edit(ctx, counted); err == nil {
		t.Error("a cancelled edit has no error")
	}
}

// What may be made twice is tried again, unless it is found done: taints, owners,
// tolerations.
func TestRevisedLostAnswerR14(t *testing.T) {
	for _, answer := range answers {
		d := newDesk(t, map[string]any{"apiVersion": "v1", "kind": "Node", "metadata": map[string]any{"name": "n"}})
		node, err := d.Nodes().Fetch(t.Context(), "n")
		if err != nil {
			t.Fatal(err)
		}
		d.lose("PATCH", answer.fault)
		d.server.Inject(kubetest.Fault{Verb: "get", After: 1, Times: 1, Do: func(*http.Request) {
			if _, err := d.server.SetStatus("nodes", "", "n", map[string]any{"phase": "x"}); err != nil {
				t.Error(err)
			}
		}})
		node, err = node.Taint(t.Context(), items.Taint{Key: "dedicated", Value: "a", Effect: "NoSchedule"})
		if err != nil {
			t.Fatalf("%s: %v", answer.name, err)
		}
		if taints, err := node.Taints(); len(taints) != 1 || err != nil {
			t.Errorf("%s: the taints are %v, %v", answer.name, taints, err)
		}
		want := 2
		if answer.done {
			want = 1
		}
		if d.sent("PATCH") != want {
			t.Errorf("%s: there were %d patches", answer.name, d.sent("PATCH"))
		}
	}
}

// R03, R09: a change that carries no condition to find out by is sent once, and its
// error says that nobody knows.
func TestChangeLostAnswerR03R09(t *testing.T) {
	web := map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": "web", "namespace": "default"},
		"spec": map[string]any{"replicas": 1, "selector": map[string]any{"matchLabels": map[string]any{"app": "web"}},
			"template": map[string]any{"metadata": map[string]any{"labels": map[string]any{"app": "web"}},
				"spec": map[string]any{"containers": []any{map[string]any{"name": "main", "image": "x"}}}}}}
	next := map[string]any{"data": map[string]any{"count": "1"}}
	for name, test := range map[string]struct {
		method string
		call   func(context.Context, *desk) error
	}{
		"Replace": {"PUT", func(ctx context.Context, d *desk) error {
			one := d.one()
			content, _ := one.Raw().With("1", "data", "count")
			_, err := one.Replace(ctx, content)
			return err
		}},
		"Patch": {"PATCH", func(ctx context.Context, d *desk) error {
			_, err := d.one().Patch(ctx, MergePatch, next)
			return err
		}},
		"JSONPatch": {"PATCH", func(ctx context.Context, d *desk) error {
			_, err := d.one().Patch(ctx, JSONPatch, []any{map[string]any{"op": "add", "path": "/data/count", "value": "1"}}, items.IfUnchanged())
			return err
		}},
		"Apply": {"PATCH", func(ctx context.Context, d *desk) error {
			_, err := d.one().Apply(ctx, next, items.Force())
			return err
		}},
		"Scale": {"PATCH", func(ctx context.Context, d *desk) error {
			web, err := d.Deployments().In("default").Fetch(ctx, "web")
			if err != nil {
				return err
			}
			_, err = web.Scale(ctx, 3)
			return err
		}},
		"Create": {"POST", func(ctx context.Context, d *desk) error {
			two := aConfig()
			two["metadata"].(map[string]any)["name"] = "two"
			_, err := d.ConfigMaps().In("default").Create(ctx, two)
			return err
		}},
	} {
		for _, answer := range answers {
			t.Run(name+"/"+answer.name, func(t *testing.T) {
				d := newDesk(t, aConfig(), web)
				before := d.server.Version()
				d.lose(test.method, answer.fault)
				d.inDoubt(test.call(t.Context(), d))
				if n := d.sent(test.method); n != 1 {
					t.Errorf("it was sent %d times", n)
				}
				if moved := d.server.Version() != before; moved != answer.done {
					t.Errorf("it was done: %t", moved)
				}
			})
		}
	}
}

// R03: a deletion is made again, and finds that it was made.
func TestDeleteLostAnswerR03(t *testing.T) {
	for _, answer := range answers {
		for name, finalizers := range map[string][]string{"at once": nil, "held": {"example.com/hold"}} {
			t.Run(answer.name+"/"+name, func(t *testing.T) {
				d := newDesk(t, aConfig(finalizers...))
				one := d.one()
				d.lose("DELETE", answer.fault)
				if err := one.Delete(t.Context()); err != nil {
					t.Error(err)
				}
				doc, err := d.server.Get("configmaps", "default", "one")
				if held := finalizers != nil; (err == nil) != held || held && doc.Text("metadata", "deletionTimestamp") == "" {
					t.Errorf("what is left is %v, %v", doc, err)
				}
			})
		}
		t.Run(answer.name+"/and wait", func(t *testing.T) {
			d := newDesk(t, aConfig())
			one := d.one()
			d.lose("DELETE", answer.fault)
			if err := one.DeleteAndWait(t.Context()); err != nil {
				t.Error(err)
			}
		})
		// A second try would meet the version that the first one made.
		t.Run(answer.name+"/if unchanged", func(t *testing.T) {
			d := newDesk(t, aConfig("example.com/hold"))
			one := d.one()
			d.lose("DELETE", answer.fault)
			d.inDoubt(one.Delete(t.Context(), items.IfUnchanged()))
			if d.sent("DELETE") != 1 {
				t.Errorf("it was sent %d times", d.sent("DELETE"))
			}
		})
		// One that took the name meanwhile stays.
		t.Run(answer.name+"/another", func(t *testing.T) {
			d := newDesk(t, aConfig())
			one := d.one()
			d.lose("DELETE", answer.fault)
			d.server.Inject(kubetest.Fault{Verb: "DELETE", Times: 1, Do: func(*http.Request) {
				_ = d.server.Remove("configmaps", "default", "one") // it may be gone
				if _, err := d.server.Put(aConfig()); err != nil {
					t.Error(err)
				}
			}})
			if err := one.Delete(t.Context()); err != nil {
				t.Error(err)
			}
			if d.count() != "0" {
				t.Error("the other one is gone")
			}
		})
	}
}

// What is gone before anything is sent is still told.
func TestDeleteOfNothingR03(t *testing.T) {
	d := newDesk(t, aConfig())
	one := d.one()
	if err := one.Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	var missing *NotFoundError
	if err := one.Delete(t.Context()); !errors.As(err, &missing) {
		t.Errorf("got %v", err)
	}
	if err := one.DeleteAndWait(t.Context()); !errors.As(err, &missing) {
		t.Errorf("got %v", err)
	}
}
