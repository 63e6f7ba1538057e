package kube_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/kubetest"
)

// Widget is an item type of this program's own: with the next lines, and
// [kube.Declare], all that a custom resource takes.
type Widget struct{ items.Object[Widget] }

// Colour is what the widget is painted with.
func (w Widget) Colour() (string, error) { return items.Text(w, "spec", "colour") }

// widgetKind is what the CustomResourceDefinition says of the kind.
var widgetKind = kinds.Must(kinds.New(kinds.Definition{
	Name: "Widget", Plural: "widgets", ShortNames: []string{"wd"}, Namespaced: true,
	GroupVersions: []string{"example.com/v1"}, ScalePath: "spec.size",
}))

// R08: a kind of one's own is declared, created, and listed with its accessors. R09: it
// is scaled at its own path. R10: it comes typed from a view by name. R11: it is
// declared once.
func Example_customKind() {
	cluster, done := demoWithWidgets()
	defer done()
	ctx := context.Background()

	widgets, err := kube.Declare[Widget](cluster, widgetKind)
	if err != nil {
		fmt.Println(err)
		return
	}

	big, err := widgets.In("shop").Create(ctx, map[string]any{
		"apiVersion": "example.com/v1", "kind": "Widget", "metadata": map[string]any{"name": "big"},
		"spec": map[string]any{"colour": "green", "size": 7},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for widget, err := range widgets.All(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(widget.Name(), kube.Show(widget.Colour()))
	}
	small, err := big.Scale(ctx, 3)
	fmt.Println(big.Spec().Get("size"), small.Spec().Get("size"), err)

	named, err := cluster.View(ctx, "wd")
	if err != nil {
		fmt.Println(err)
		return
	}
	item, err := named.In("shop").Fetch(ctx, "big")
	_, typed := item.(Widget)
	fmt.Println(item.Name(), typed, err)

	_, err = kube.Declare[items.Generic](cluster, widgetKind)
	var duplicate *kube.DuplicateKindError
	fmt.Println(errors.As(err, &duplicate), err)
	// Output:
	// big green
	// 7 3 <nil>
	// big true <nil>
	// true kube: kind Widget is declared already: example.com/Widget is taken; the first declaration stays
}

// demoWithWidgets is a cluster with a custom resource.
func demoWithWidgets() (*kube.Cluster, func()) {
	server, err := kubetest.Start(
		kubetest.WithYAMLFiles("examples/tour/cluster.yaml"),
		kubetest.WithResource(kubetest.Resource{Group: "example.com", Version: "v1", Plural: "widgets", Kind: "Widget", Namespaced: true}),
	)
	if err != nil {
		panic(err)
	}
	cluster, err := kube.NewCluster(kube.WithURL(server.URL()))
	if err != nil {
		panic(err)
	}
	return cluster, func() { cluster.Close(); server.Close() }
}
