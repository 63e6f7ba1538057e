package kubetest

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
)

const manifests = `# two documents
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: shop}
data: {"n": "1", x: "yes", on: "2"}
---
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: b}
`

func TestSeedReadsManifests(t *testing.T) {
	files := fstest.MapFS{"x/a.yaml": {Data: []byte(manifests)}, "x/b.txt": {Data: []byte("no: manifest")}}
	c := start(t, WithYAML(files, "x/*.yaml"))
	c.get("/api/v1/namespaces/shop/configmaps/a").must(200).has(`{"n":"1","true":"2","x":"yes"}`, "data")
	c.get(configMaps + "/b").must(200)
	c.get("/api/v1/namespaces/shop").must(200).has(`"Active"`, "status", "phase")
}

func TestSeedTakesManySources(t *testing.T) {
	c := start(t)
	type meta struct {
		Name string `json:"name"`
	}
	if err := c.srv.Seed(
		strings.NewReader(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}`),
		[]byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n"),
		struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
			Metadata   meta   `json:"metadata"`
		}{"v1", "ConfigMap", meta{"c"}},
		`{"apiVersion":"v1","kind":"ConfigMapList","items":[{"metadata":{"name":"d"}}]}`,
	); err != nil {
		t.Fatal(err)
	}
	if got := c.get(configMaps).names(); got != "a b c d" {
		t.Errorf("got %q", got)
	}
}

func TestSeedSaysWhatIsWrong(t *testing.T) {
	for source, want := range map[string]string{
		"a: [":                        "seed, document 1",
		"- a":                         "is no object",
		"kind: Foo\n":                 `kind "Foo" in version ""`,
		"apiVersion: v1\nkind: Pod\n": "has no name",
	} {
		if _, err := Start(WithObjects(source)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", source, err, want)
		}
	}
	if _, err := Start(WithYAML(fstest.MapFS{}, "*.yaml")); err == nil {
		t.Error("a glob that matches nothing is a mistake")
	}
	if _, err := Start(WithYAMLFiles("/does/not/exist")); err == nil {
		t.Error("a missing file is a mistake")
	}
	if _, err := Start(WithResource(Resource{Kind: "X"})); err == nil {
		t.Error("a resource without a plural is a mistake")
	}
}

func TestDirectAccessHandsOutCopies(t *testing.T) {
	c := start(t, WithObjects(pod("a")))
	got, err := c.srv.Get("po", "default", "a")
	if err != nil {
		t.Fatal(err)
	}
	got.Put("changed", "metadata", "labels", "x")
	mine := pod("b")
	put1(t, c.srv, mine)
	mine.Put("changed", "spec", "nodeName")
	var kept Object
	updated, err := c.srv.Update("pods", "default", "a", func(p Object) { p.Put("1", "metadata", "labels", "y"); kept = p })
	if err != nil {
		t.Fatal(err)
	}
	kept.Put("2", "metadata", "labels", "y")
	updated.Put("3", "metadata", "labels", "y")
	c.get(pods+"/a").has(`{"y":"1"}`, "metadata", "labels")
	c.get(pods+"/b").has(`null`, "spec", "nodeName")
}

func TestDirectAccessMakesRevisions(t *testing.T) {
	c := start(t, WithObjects(pod("a")))
	before := c.srv.Version()
	a, err := c.srv.SetStatus("pods", "default", "a", map[string]any{"phase": "Running"})
	if err != nil || a.Text("status", "phase") != "Running" || a.Version() == before {
		t.Errorf("got %v, %v", a, err)
	}
	if a.Text("metadata", "generation") != "" || jsonOf(a.At("metadata", "generation")) != "1" {
		t.Errorf("a status is not the desired state: generation %v", a.At("metadata", "generation"))
	}
	list, err := c.srv.List("pods", "")
	if err != nil || len(list) != 1 {
		t.Errorf("got %v, %v", list, err)
	}
	for _, err := range []error{
		second(c.srv.Get("pods", "default", "x")), second(c.srv.Get("foos", "", "x")), second(c.srv.Update("pods", "", "x", nil)),
		c.srv.Remove("pods", "default", "x"), second(c.srv.Put(`{"apiVersion":"v1","kind":"Foo","metadata":{"name":"x"}}`)),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("got %v", err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
