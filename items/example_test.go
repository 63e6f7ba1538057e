package items_test

import (
	"context"
	"fmt"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kubetest"
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

func ExamplePod() {
	cluster, done := demo()
	defer done()

	pod, err := cluster.Pods().In("shop").Fetch(context.Background(), "api-1")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(pod.Phase())
	containers, err := pod.Containers()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range containers {
		fmt.Println(kube.Show(c.Name()), c.State(), kube.Show(c.State().Reason()), kube.Show(c.RestartCount()))
		_, err = c.State().ExitCode()
		fmt.Println(err)
	}
	// Output:
	// Pending <nil>
	// main waiting CrashLoopBackOff 17
	// kube: Pod shop/api-1: status.containerStatuses[0].state.terminated.exitCode is not set
}

func ExampleObject() {
	cluster, done := demo()
	defer done()
	ctx := context.Background()

	old, err := cluster.Nodes().Fetch(ctx, "node-a")
	if err != nil {
		fmt.Println(err)
		return
	}
	next, err := old.Labels().Set(ctx, "rack", "7")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(old.Labels(), next.Labels())
	fmt.Println(old.Version() != next.Version(), old.UID() == next.UID(), old.Equal(next))
	fmt.Println(next.Raw().Get("kind"), next.Link())
	// Output:
	// map[topology.kubernetes.io/zone:zone-a] map[rack:7 topology.kubernetes.io/zone:zone-a]
	// true true false
	// "Node" /api/v1/nodes/node-a
}

func ExampleSecret() {
	cluster, done := demo()
	defer done()

	secret, err := cluster.Secrets().In("shop").Fetch(context.Background(), "payment")
	if err != nil {
		fmt.Println(err)
		return
	}
	data, err := secret.Data()
	fmt.Println(kube.Show(secret.Keys()), len(data["token"]), err)
	// Output:
	// [token] 19 <nil>
}

func ExampleQuantity() {
	half, _ := items.ParseQuantity("500m")
	sum := half.Add(half)
	fmt.Println(half.Float(), sum, sum.Cmp(half) > 0)
	// Output:
	// 0.5 1 true
}
