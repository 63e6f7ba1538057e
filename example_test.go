package kube_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kubetest"
	"github.com/kubeviews/kube/views"
)

// demo is a small cluster in memory, so that the examples run anywhere.
func demo() (*kube.Cluster, func()) {
	server, err := kubetest.Start(kubetest.WithYAMLFiles("examples/tour/cluster.yaml"))
	if err != nil {
		panic(err)
	}
	cluster, err := kube.NewCluster(kube.WithURL(server.URL()))
	if err != nil {
		panic(err)
	}
	return cluster, func() { cluster.Close(); server.Close() }
}

func ExampleCluster() {
	cluster, done := demo() // kube.NewCluster() for the kubectl proxy beside you
	defer done()
	ctx := context.Background()

	for pod, err := range cluster.Pods().In("shop").Filter(views.Labels("tier=backend")).All(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(pod.Name(), kube.Show(pod.Phase()), kube.Show(pod.IP()))
	}
	// Output:
	// api-0 Running 10.244.1.8
	// api-1 Pending 10.244.2.9
	// cart-0 Running 10.244.0.10
	// cart-1 Running 10.244.1.11
}

func ExampleCluster_Create() {
	cluster, done := demo()
	defer done()
	ctx := context.Background()

	item, err := cluster.Create(ctx, "shop", map[string]any{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": map[string]any{"name": "shell"},
		"spec":     map[string]any{"containers": []any{map[string]any{"name": "sh", "image": "busybox"}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	pod := item.(items.Pod)
	fmt.Println(pod.Kind(), pod.Namespace(), pod.Name(), kube.Show(pod.Phase()))

	_, err = cluster.Create(ctx, "jobs", pod)
	fmt.Println(err)
	// Output:
	// Pod shop shell Pending
	// kube: Pod shell with namespace "jobs": the manifest says "shop"
}

func ExampleCluster_Lookup() {
	cluster, done := demo()
	defer done()

	resource, err := cluster.Lookup("deploy")
	fmt.Println(resource.Kind(), resource.Name(), resource.ItemType(), err)
	_, err = cluster.Lookup("deploymnet")
	fmt.Println(err)
	// Output:
	// Deployment.apps deployments items.Deployment <nil>
	// kube: unknown kind "deploymnet"; did you mean deployment?
}

func ExampleAPIServerProxy() {
	cluster, done := demo()
	defer done()
	ctx := context.Background()
	proxy := cluster.Proxy()

	list, err := proxy.Query("limit", "2").Get(ctx, "api/v1", "namespaces", "shop", "pods")
	fmt.Println(list.Get("items").Len(), list.Get("metadata", "remainingItemCount"), err)

	_, err = proxy.Get(ctx, "api/v1", "namespaces", "shop/pods")
	fmt.Println(err)
	// Output:
	// 2 5 <nil>
	// kube: bad path "api/v1/namespaces/shop/pods": only the first part may contain a slash
}

func ExampleAPIError() {
	cluster, done := demo()
	defer done()

	_, err := cluster.Pods().In("shop").Fetch(context.Background(), "nobody")
	var api *kube.APIError
	if errors.As(err, &api) {
		fmt.Println(api.Verb, api.URL, api.Code, api.Reason)
	}
	var missing *kube.NotFoundError
	fmt.Println(errors.As(err, &missing))
	// Output:
	// GET /api/v1/namespaces/shop/pods/nobody 404 NotFound
	// true
}
