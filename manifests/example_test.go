package manifests_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/kubetest"
	"github.com/kubeviews/kube/manifests"
)

const lab = `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: green, enabled: "yes"}
---
apiVersion: v1
kind: Namespace
metadata: {name: lab}
`

func demo() (*kube.Cluster, func()) {
	server, err := kubetest.Start()
	if err != nil {
		panic(err)
	}
	cluster, err := kube.NewCluster(kube.WithURL(server.URL()))
	if err != nil {
		panic(err)
	}
	return cluster, func() { cluster.Close(); server.Close() }
}

// R07: what others need is sent first: here, the namespace.
func ExampleApply() {
	cluster, done := demo()
	defer done()

	docs := manifests.Read(strings.NewReader(lab), "lab.yaml") // or manifests.Files("lab/")
	results, err := manifests.Apply(context.Background(), cluster, docs, manifests.Namespace("lab"))
	for _, result := range results {
		fmt.Println(result.Document, result.Item.Namespace(), result.Item.Name(), result.Err)
	}
	fmt.Println(err)
	// Output:
	// lab.yaml:2: ConfigMap settings lab settings <nil>
	// lab.yaml:7: Namespace lab  lab <nil>
	// <nil>
}

// R07: what is wrong is told with its place; what stands behind it still comes.
func ExampleRead() {
	text := "apiVersion: v1\nkind: Pod\nkind: Node\nmetadata: {name: a}\n---" + lab
	for doc, err := range manifests.Read(strings.NewReader(text), "app.yaml") {
		var fault *manifests.ManifestError
		if errors.As(err, &fault) {
			fmt.Println(fault.Source, fault.Line, fault)
			continue
		}
		fmt.Println(doc)
	}
	// Output:
	// app.yaml 3 kube: app.yaml:3: the name kind is there twice
	// app.yaml:6: ConfigMap settings
	// app.yaml:11: Namespace lab
}

// R16: what reads as something else in YAML is quoted.
func ExampleYAML() {
	text, err := manifests.YAML(map[string]any{
		"kind": "ConfigMap", "apiVersion": "v1", "metadata": map[string]any{"name": "settings"},
		"data": map[string]any{"enabled": "yes", "hours": "08", "motto": "one\ntwo\n"},
	})
	fmt.Printf("%s%v\n", text, err)
	// Output:
	// apiVersion: v1
	// kind: ConfigMap
	// metadata:
	//   name: settings
	// data:
	//   enabled: "yes"
	//   hours: "08"
	//   motto: |
	//     one
	//     two
	// <nil>
}

// K38: what the server has set is left out, so that the object can be made again.
func ExampleClean() {
	cluster, done := demo()
	defer done()
	ctx := context.Background()

	item, err := cluster.Create(ctx, "default", map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "settings"},
		"data": map[string]any{"colour": "green"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	clean, err := manifests.Clean(item)
	fmt.Println(item.Raw().Has("metadata", "uid"), clean.Has("metadata", "uid"), clean.Get("data", "colour"), err)
	// Output: true false "green" <nil>
}
