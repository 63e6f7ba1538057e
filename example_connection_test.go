package kube_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
)

// R01, R10: a kind is found by any of its names, and what is misspelt finds its
// neighbours.
func ExampleCluster_View() {
	cluster, done := demo()
	defer done()
	ctx := context.Background()

	for _, name := range []string{"deploy", "Deployment", "deployments.v1.apps"} {
		view, err := cluster.View(ctx, name)
		if err != nil {
			fmt.Println(err)
			return
		}
		item, err := view.In("shop").Fetch(ctx, "web")
		if err != nil {
			fmt.Println(err)
			return
		}
		web, ok := item.(items.Deployment)
		fmt.Println(ok, kube.Show(web.ReadyReplicas()))
	}
	_, err := cluster.View(ctx, "deploymnets")
	var unknown *kube.KindError
	fmt.Println(errors.As(err, &unknown), err)
	// Output:
	// true 3
	// true 3
	// true 3
	// true kube: unknown kind "deploymnets"; did you mean deployments?
}

// R06: programs that do not hand a cluster around.
func ExampleDefault() {
	mine, done := demo()
	defer done()
	if err := kube.SetDefault(mine); err != nil {
		fmt.Println(err)
		return
	}

	cluster, err := kube.Default()
	fmt.Println(cluster == mine, err)
	// Output: true <nil>
}

// R15: who asks, and what is there.
func ExampleCluster_WhoAmI() {
	cluster, done := demo()
	defer done()
	ctx := context.Background()

	me, err := cluster.WhoAmI(ctx)
	fmt.Println(me.Name(), err)
	may, err := cluster.Can(ctx, kube.Action{Verb: "delete", Resource: "pods", Namespace: "shop"})
	fmt.Println(may, err)
	version, err := cluster.Version(ctx)
	fmt.Println(version, err)
	// Output:
	// kubernetes-admin <nil>
	// true <nil>
	// v1.36.3 <nil>
}

func ExampleCluster_With() {
	cluster, done := demo()
	defer done()
	ctx := context.Background()

	jane, err := cluster.With(
		kube.WithImpersonation(kube.Impersonation{User: "jane"}),
		kube.WithTimeout(5*time.Second),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	her, err := jane.WhoAmI(ctx)
	fmt.Println(her.Name(), err)
	// Output: jane <nil>
}

// What a server has to remark is told, and changes no answer.
func ExampleWithWarnings() {
	cluster, done := demo()
	defer done()
	ctx := context.Background()

	told, err := cluster.With(kube.WithWarnings(func(w kube.Warning) { fmt.Println(w.Text) }))
	if err != nil {
		fmt.Println(err)
		return
	}
	list, err := told.Proxy().Get(ctx, "api/v1", "namespaces", "shop", "endpoints")
	fmt.Println(list.Get("kind"), err)
	// Output:
	// v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice
	// "EndpointsList" <nil>
}

// A kubectl proxy of the program's own serves on a socket that nobody else can open.
func ExampleLaunch() {
	ctx := context.Background()
	cluster, err := kube.Launch(ctx, kube.WithContext("staging"))
	var failed *kube.LaunchError
	if errors.As(err, &failed) {
		fmt.Println(failed.Kubectl, failed.Stderr)
		return
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	defer cluster.Close()
}
