package items_test

import (
	"errors"
	"testing"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kubetest"
	"github.com/kubeviews/kube/raw"
)

// desk is a server with a ConfigMap "one" and a Deployment "web" of one replica.
type desk struct {
	*testing.T
	server *kubetest.Server
	one    items.ConfigMap
	web    items.Deployment
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
	d := &desk{T: t, server: server}
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
	text, err := raw.From(doc)
	if err != nil {
		d.Fatal(err)
	}
	return text.Get(path...).String()
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
