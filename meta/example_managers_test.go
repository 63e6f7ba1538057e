package meta_test

import (
	"context"
	"fmt"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kubetest"
)

func ExampleManagers() {
	server, err := kubetest.Start(kubetest.WithYAMLFiles("../examples/tour/cluster.yaml"))
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
	ctx := context.Background()

	web, err := cluster.Deployments().In("shop").Fetch(ctx, "web")
	if err != nil {
		fmt.Println(err)
		return
	}
	scaled, err := web.Apply(ctx, map[string]any{"spec": map[string]any{"replicas": 5}}, items.FieldManager("autoscaler"), items.Force())
	if err != nil {
		fmt.Println(err)
		return
	}
	managers, err := scaled.Meta().Managers()
	if err != nil {
		fmt.Println(err)
		return
	}
	who, err := managers.Of("spec.replicas")
	fmt.Println(who[0].Manager, who[0].Operation, err)
	for manager := range managers.All() {
		for path, err := range managers.Fields(manager) {
			fmt.Println(manager.Manager, "owns", path, path.In(scaled.Raw().Value()), err)
		}
	}
	// Output:
	// autoscaler Apply <nil>
	// autoscaler owns spec.replicas 5 <nil>
}
