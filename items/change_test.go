package items_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kubetest"
	"github.com/kubeviews/kube/raw"
)

// desk is a server with a ConfigMap "one" and a Deployment "web" of one replica.
type desk struct {
	*testing.T
	server  *kubetest.Server
	cluster *kube.Cluster
	one     items.ConfigMap
	web     items.Deployment
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	named := func(name string) object {
		return object{"name": name, "namespace": "default", "labels": object{"app": name}}
	}
	server := kubetest.NewServer(t, kubetest.WithObjects(
		object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": named("one"), "data": object{"key": "old"}},
		object{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": named("web"), "spec": object{
			"replicas": 1, "selector": object{"matchLabels": object{"app": "web"}}, "template": object{
				"metadata": object{"labels": object{"app": "web"}},
				"spec":     object{"containers": []any{object{"name": "main", "image": "x"}}}}}},
		object{"apiVersion": "v1", "kind": "Node", "metadata": object{"name": "machine"}},
	))
	c, err := kube.NewCluster(kube.WithURL(server.URL()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	d := &desk{T: t, server: server, cluster: c}
	if d.one, err = c.ConfigMaps().In("default").Fetch(t.Context(), "one"); err != nil {
		t.Fatal(err)
	}
	if d.web, err = c.Deployments().In("default").Fetch(t.Context(), "web"); err != nil {
		t.Fatal(err)
	}
	server.ForgetRequests()
	return d
}

// written is how many requests were no reads.
func (d *desk) written() (n int) {
	for _, r := range d.server.Requests() {
		if r.Method != "GET" {
			n++
		}
	}
	return n
}

// unsent checks that a call was refused before anything was written.
func (d *desk) unsent(what string, err error) {
	d.Helper()
	if !errors.As(err, new(*kube.ArgumentError)) || d.written() != 0 {
		d.Errorf("%s: got %v, after %d writes", what, err, d.written())
	}
	d.server.ForgetRequests()
}

// stored is what the server has at a path of a Deployment "web" or ConfigMap "one".
func (d *desk) stored(resource, name string, path ...string) string {
	d.Helper()
	doc, err := d.server.Get(resource, "default", name)
	if err != nil {
		d.Fatal(err)
	}
	whole, err := raw.From(doc)
	if err != nil {
		d.Fatal(err)
	}
	at := whole.Get(path...)
	if text, err := at.Text(); err == nil {
		return text
	}
	return at.String()
}

// R03: what is no content wipes no object.
func TestNoContentR03(t *testing.T) {
	d := newDesk(t)
	contents := map[string]any{
		"zero": raw.Object{}, "empty": object{}, "nil map": object(nil), "null": []byte("null"), "nil": nil, "zero item": items.ConfigMap{},
		"no metadata": object{"data": object{"key": "new"}}, "null metadata": object{"metadata": nil}, "empty metadata": object{"metadata": object{}},
	}
	for name, content := range contents {
		_, err := d.one.Replace(t.Context(), content)
		d.unsent("Replace of "+name, err)
		doc, err := raw.From(content)
		if err != nil {
			continue
		}
		_, err = d.one.Edit(t.Context(), func(raw.Object) (raw.Object, error) { return doc, nil })
		d.unsent("Edit to "+name, err)
	}
	if _, err := d.one.Replace(t.Context(), object{"metadata": object{"name": "one"}}); err != nil {
		t.Error(err)
	}
}

// move has somebody else change an object.
func (d *desk) move(resource, name string) {
	d.Helper()
	if _, err := d.server.Update(resource, "default", name, func(o kubetest.Object) { o.Put("x", "metadata", "annotations", "moved") }); err != nil {
		d.Fatal(err)
	}
}

// rescaled is an edit to a number of replicas.
func rescaled(n int) func(raw.Object) (raw.Object, error) {
	return func(now raw.Object) (raw.Object, error) { return now.With(n, "spec", "replicas") }
}

// R03: an edit of the status changes nothing else.
func TestEditStatusR03(t *testing.T) {
	d := newDesk(t)
	next, err := d.web.Edit(t.Context(), func(now raw.Object) (raw.Object, error) {
		now, err := now.With(7, "spec", "replicas")
		if err != nil {
			return now, err
		}
		return now.With([]object{{"type": "Tested", "status": "True"}}, "status", "conditions")
	}, items.Subresource("status"))
	if err != nil || d.replicas() != "1" {
		t.Errorf("%v; %s replicas are stored", err, d.replicas())
	}
	if _, err := next.Condition("Tested"); err != nil {
		t.Error(err)
	}
}

// R03: IfUnchanged is heeded by all, whatever the change says of versions.
func TestIfUnchangedR03(t *testing.T) {
	edited := func(now raw.Object) (raw.Object, error) { return now.With("new", "data", "key") }
	null := func(field string) object { return object{"metadata": object{field: nil}, "data": object{"key": "new"}} }
	changes := map[string]func(context.Context, items.ConfigMap) error{
		"Replace": func(ctx context.Context, one items.ConfigMap) error {
			content, _ := edited(one.Raw())
			_, err := one.Replace(ctx, content, items.IfUnchanged())
			return err
		},
		"Replace without a version": func(ctx context.Context, one items.ConfigMap) error {
			_, err := one.Replace(ctx, object{"metadata": object{"name": "one", "resourceVersion": nil}, "data": object{"key": "new"}}, items.IfUnchanged())
			return err
		},
		"Edit": func(ctx context.Context, one items.ConfigMap) error {
			_, err := one.Edit(ctx, edited, items.IfUnchanged())
			return err
		},
		"merge patch to null": func(ctx context.Context, one items.ConfigMap) error {
			_, err := one.Patch(ctx, kube.MergePatch, null("resourceVersion"), items.IfUnchanged())
			return err
		},
		"merge patch to nothing": func(ctx context.Context, one items.ConfigMap) error {
			_, err := one.Patch(ctx, kube.MergePatch, object{"metadata": object{"resourceVersion": ""}, "data": object{"key": "new"}}, items.IfUnchanged())
			return err
		},
		"JSON patch that removes it": func(ctx context.Context, one items.ConfigMap) error {
			_, err := one.Patch(ctx, kube.JSONPatch, []object{
				{"op": "remove", "path": "/metadata/resourceVersion"}, {"op": "replace", "path": "/data/key", "value": "new"}}, items.IfUnchanged())
			return err
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.move("configmaps", "one")
			var conflict *kube.ConflictError
			if err := change(t.Context(), d.one); !errors.As(err, &conflict) || d.stored("configmaps", "one", "data", "key") != "old" {
				t.Errorf("got %v; %s is stored", err, d.stored("configmaps", "one", "data", "key"))
			}
			d = newDesk(t)
			if err := change(t.Context(), d.one); err != nil || d.stored("configmaps", "one", "data", "key") != "new" {
				t.Errorf("unchanged: %v", err)
			}
		})
	}
}

// What IfUnchanged cannot mean is refused.
func TestIfUnchangedRefusedR03(t *testing.T) {
	d := newDesk(t)
	other, _ := d.one.Raw().With("1", "metadata", "resourceVersion")
	_, err := d.one.Replace(t.Context(), other, items.IfUnchanged())
	d.unsent("Replace of another version", err)
	_, err = d.one.Patch(t.Context(), kube.MergePatch, object{"metadata": object{"resourceVersion": "1"}}, items.IfUnchanged())
	d.unsent("a patch of another version", err)
	bare, err := items.From[items.ConfigMap](object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": object{"name": "one", "namespace": "default"}})
	if err != nil {
		t.Fatal(err)
	}
	bare = kube.Bind(d.cluster, bare)
	_, err = bare.Edit(t.Context(), rescaled(1), items.IfUnchanged())
	d.unsent("an item without a version", err)
}

// R03: FieldValidation is sent as it is given, with every change but a deletion. What
// comes of it needs a server that has schemas: see test/cluster.
func TestFieldValidationR03(t *testing.T) {
	d := newDesk(t)
	view := d.cluster.ConfigMaps().In("default")
	two := object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": object{"name": "two"}}
	changes := map[string]func(items.ChangeOption) error{
		"POST": func(o items.ChangeOption) error {
			_, err := view.Create(t.Context(), two, o, items.DryRun())
			return err
		},
		"PATCH": func(o items.ChangeOption) error {
			_, err := d.one.Patch(t.Context(), kube.MergePatch, object{}, o)
			return err
		},
		"PATCH to apply": func(o items.ChangeOption) error { _, err := d.one.Apply(t.Context(), object{}, o); return err },
		"PUT": func(o items.ChangeOption) error {
			_, err := d.one.Replace(t.Context(), d.one.Raw(), o, items.DryRun())
			return err
		},
	}
	for name, change := range changes {
		for _, v := range []items.Validation{items.ValidateStrict, items.ValidateWarn, items.ValidateIgnore} {
			d.server.ForgetRequests()
			err := change(items.FieldValidation(v))
			sent := d.server.Requests()
			if err != nil || len(sent) != 1 || sent[0].Method != strings.Fields(name)[0] || sent[0].Query.Get("fieldValidation") != string(v) {
				t.Errorf("%s, %s: %v, %v", name, v, err, sent)
			}
		}
		d.server.ForgetRequests()
		for _, v := range []items.Validation{"", "strict"} {
			d.unsent(name+" "+string(v), change(items.FieldValidation(v)))
		}
	}
}
