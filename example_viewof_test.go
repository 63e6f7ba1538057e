package kube_test

import (
	"context"
	"fmt"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/kubetest"
)

// A kind of one's own (R08): its item type, an accessor, and where the API has it.

type Gadget struct{ items.Object[Gadget] }

func (g Gadget) Size() (int64, error) { return items.Int(g, "spec", "size") }

var gadgetKind = kinds.Must(kinds.New(kinds.Definition{
	Name: "Gadget", Plural: "gadgets", GroupVersions: []string{"example.com/v1"}, Namespaced: true,
}))

func ExampleViewOf() {
	server, err := kubetest.Start(
		kubetest.WithResource(kubetest.Resource{Group: "example.com", Version: "v1", Plural: "gadgets", Kind: "Gadget", Namespaced: true}),
		kubetest.WithObjects(map[string]any{"apiVersion": "example.com/v1", "kind": "Gadget",
			"metadata": map[string]any{"namespace": "default", "name": "big"}, "spec": map[string]any{"size": 7}}),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	cluster, err := kube.NewCluster(kube.WithURL(server.URL()))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer cluster.Close()

	for gadget, err := range kube.ViewOf[Gadget](cluster, gadgetKind).All(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(gadget.Name(), kube.Show(gadget.Size()))
	}
	// Output:
	// big 7
}
