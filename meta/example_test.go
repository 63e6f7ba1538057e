package meta_test

import (
	"context"
	"fmt"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/kubetest"
)

func ExampleLabels() {
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
	for key, value := range web.Labels().All() {
		fmt.Println(key, value)
	}
	next, err := web.Labels().Set(ctx, "example.com/audited", "yes")
	fmt.Println(next.Labels(), err)
	last, err := next.Labels().Delete(ctx, "example.com/audited", "tier")
	fmt.Println(last.Labels(), err)
	_, err = web.Labels().Set(ctx, "not a key", "yes")
	fmt.Println(err)
	// Output:
	// app web
	// tier frontend
	// map[app:web example.com/audited:yes tier:frontend] <nil>
	// map[app:web] <nil>
	// kube: bad label key "not a key": must consist of letters, digits, '-', '_' and '.', and start and end with a letter or digit
}
