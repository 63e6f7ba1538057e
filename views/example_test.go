package views_test

import (
	"context"
	"fmt"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/kubetest"
	"github.com/kubeviews/kube/views"
)

// demo is a small cluster in memory, so that the examples run anywhere.
func demo() (*kube.Cluster, func()) {
	server, err := kubetest.Start(kubetest.WithYAMLFiles("../examples/tour/cluster.yaml"))
	if err != nil {
		panic(err)
	}
	cluster, err := kube.NewCluster(kube.WithURL(server.URL()))
	if err != nil {
		panic(err)
	}
	return cluster, func() { cluster.Close(); server.Close() }
}

func ExampleView() {
	cluster, done := demo()
	defer done()
	ctx := context.Background()

	pods := cluster.Pods()  // all namespaces
	shop := pods.In("shop") // one; pods stays what it was
	fmt.Println(pods.Namespace() == "", shop.Namespace(), shop.Resource(), shop.APIPaths())

	web, err := shop.Fetch(ctx, "web-0")
	fmt.Println(web.Name(), err)

	list, err := shop.List(ctx)
	fmt.Println(list.Len(), err)

	_, err = pods.Fetch(ctx, "web-0")
	fmt.Println(err)
	// Output:
	// true shop pods [api/v1]
	// web-0 <nil>
	// 7 <nil>
	// kube: Pod web-0: a namespace is needed; none is assumed
}

func ExampleView_Filter() {
	cluster, done := demo()
	defer done()
	ctx := context.Background()

	sick := cluster.Pods().Filter(
		views.Labels("tier in (backend, worker)"),
		views.Fields("status.phase!=Running"),
	)
	for pod, err := range sick.All(ctx) {
		fmt.Println(pod.Namespace(), pod.Name(), err)
	}

	_, err := cluster.Pods().Filter(views.Labels("app=")).In("shop").List(ctx)
	fmt.Println(err)
	_, err = cluster.Pods().Filter(views.Labels("")).List(ctx)
	fmt.Println(err)
	// Output:
	// jobs mailer-0 <nil>
	// shop api-1 <nil>
	// <nil>
	// kube: bad label selector: is empty; leave the selector out to match every object
}

func ExampleSnapshot() {
	cluster, done := demo()
	defer done()

	list, err := cluster.Pods().List(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	cart, ok := list.Get("shop", "cart-1")
	fmt.Println(cart.Name(), ok)
	backend, err := list.Filter(views.Labels("tier=backend"))
	fmt.Println(list.Len(), backend.Len(), err)
	// Output:
	// cart-1 true
	// 8 4 <nil>
}
