package items_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/kubetest"
	"github.com/kubeviews/kube/raw"
)

// demoServer is demo with its server, which can be told what containers do.
func demoServer(options ...kubetest.Option) (*kube.Cluster, *kubetest.Server, func()) {
	server, err := kubetest.Start(append(options, kubetest.WithYAMLFiles("../examples/tour/cluster.yaml"))...)
	if err != nil {
		panic(err)
	}
	cluster, err := kube.NewCluster(kube.WithURL(server.URL()))
	if err != nil {
		panic(err)
	}
	return cluster, server, func() { cluster.Close(); server.Close() }
}

// R03: an edit loses nobody's change.
func ExampleObject_Edit() {
	cluster, done := demo()
	defer done()
	ctx := context.Background()

	pod, err := cluster.Pods().In("shop").Fetch(ctx, "web-0")
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := pod.Annotations().Set(ctx, "somebody", "was faster"); err != nil {
		fmt.Println(err)
		return
	}
	next, err := pod.Edit(ctx, func(now raw.Object) (raw.Object, error) {
		return now.With("yes", "metadata", "annotations", "audited")
	})
	fmt.Println(next.Annotations(), err)
	// Output: map[audited:yes somebody:was faster] <nil>
}

// R03: a field that another manager has applied is not taken from it by accident.
func ExampleObject_Apply() {
	cluster, done := demo()
	defer done()
	ctx := context.Background()

	web, err := cluster.Deployments().In("shop").Fetch(ctx, "web")
	if err != nil {
		fmt.Println(err)
		return
	}
	replicas := func(n int) any { return map[string]any{"spec": map[string]any{"replicas": n}} }
	web, err = web.Apply(ctx, replicas(2), items.FieldManager("autoscaler"), items.Force())
	fmt.Println(web.Spec().Get("replicas"), err)

	_, err = web.Apply(ctx, replicas(9), items.FieldManager("release"))
	var conflict *kube.ConflictError
	fmt.Println(errors.As(err, &conflict))

	what, err := web.Apply(ctx, replicas(9), items.FieldManager("release"), items.Force(), items.DryRun())
	fmt.Println("would be", what.Spec().Get("replicas"), err)
	// Output:
	// 2 <nil>
	// true
	// would be 9 <nil>
}

// R09: what is not scalable says so, before anything is sent.
func ExampleObject_Scale() {
	cluster, done := demo()
	defer done()
	ctx := context.Background()

	web, err := cluster.Deployments().In("shop").Fetch(ctx, "web")
	if err != nil {
		fmt.Println(err)
		return
	}
	more, err := web.Scale(ctx, 5)
	fmt.Println(web.Spec().Get("replicas"), more.Spec().Get("replicas"), err)

	node, err := cluster.Nodes().Fetch(ctx, "node-a")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = node.Scale(ctx, 2)
	fmt.Println(err)
	// Output:
	// 3 5 <nil>
	// kube: bad kind "Node": it is not scalable
}

// R14: a node is cordoned, and its pods are evicted. Those that nobody would make anew
// are a reason not to begin.
func ExampleNode_Drain() {
	cluster, done := demo()
	defer done()
	ctx := context.Background()

	node, err := cluster.Nodes().Fetch(ctx, "node-a")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = node.Drain(ctx, items.Drain{})
	var refused *kube.DrainError
	if errors.As(err, &refused) {
		fmt.Println(refused.Node, len(refused.Refused))
	}
	node, err = node.Fetch(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(node.Unschedulable())

	// With DryRun, what would be is told, and nothing is done.
	node, err = node.Drain(ctx, items.Drain{
		Unmanaged: true,
		Options:   []items.DeleteOption{items.DryRun()},
	})
	fmt.Println(node.Name(), err)
	// Output:
	// node-a 2
	// true <nil>
	// node-a <nil>
}

func ExampleNode_Taint() {
	cluster, done := demo()
	defer done()
	ctx := context.Background()

	node, err := cluster.Nodes().Fetch(ctx, "node-a")
	if err != nil {
		fmt.Println(err)
		return
	}
	tainted, err := node.Taint(ctx, items.Taint{Key: "dedicated", Value: "shop", Effect: kinds.TaintNoSchedule})
	if err != nil {
		fmt.Println(err)
		return
	}
	taints, err := tainted.Taints()
	fmt.Println(taints[0].Key, taints[0].Value, taints[0].Effect, err)
	free, err := tainted.Untaint(ctx, "dedicated:NoSchedule")
	fmt.Println(kube.Show(free.Taints()), err)
	// Output:
	// dedicated shop NoSchedule <nil>
	// [] <nil>
}

// R04: logs are a sequence of lines.
func ExamplePod_Logs() {
	cluster, server, done := demoServer()
	defer done()
	server.SetLog("shop", "web-0", "main", "starting\nloading\nserving on :8080\n")
	ctx := context.Background()

	pod, err := cluster.Pods().In("shop").Fetch(ctx, "web-0")
	if err != nil {
		fmt.Println(err)
		return
	}
	for line, err := range pod.Logs(ctx, items.InContainer("main"), items.Tail(2)) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(line.Text)
	}
	// Output:
	// loading
	// serving on :8080
}

// R04: a program in a container has all that one here has, but that kubectl proxy must
// let it pass.
func ExamplePod_Exec() {
	cluster, _, done := demoServer(kubetest.WithOpenProxy()) // kubectl proxy --reject-paths='^$'
	defer done()
	ctx := context.Background()

	pod, err := cluster.Pods().In("shop").Fetch(ctx, "web-0")
	if err != nil {
		fmt.Println(err)
		return
	}
	err = pod.Exec(ctx, items.Command{
		Args:   []string{"cat"},
		Stdin:  strings.NewReader("there and back\n"),
		Stdout: os.Stdout,
	})
	fmt.Println(err)

	_, err = pod.Output(ctx, "false")
	var exit *kube.ExitError
	fmt.Println(errors.As(err, &exit) && exit.Code == 1)
	// Output:
	// there and back
	// <nil>
	// true
}

// R12: an item of another library's object is a copy of it, without a cluster.
func ExampleFrom() {
	type metadata struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	}
	type Pod struct { // or corev1.Pod of client-go
		Metadata metadata `json:"metadata"`
	}
	cluster, done := demo()
	defer done()
	ctx := context.Background()

	pod, err := items.From[items.Pod](Pod{metadata{"web-0", "shop"}})
	fmt.Println(pod, pod.APIVersion(), err)
	_, err = pod.Fetch(ctx)
	fmt.Println(err)

	pod, err = kube.Bind(cluster, pod).Fetch(ctx)
	fmt.Println(kube.Show(pod.Phase()), err)

	var out Pod
	fmt.Println(pod.Decode(&out), out.Metadata.Namespace)
	// Output:
	// Pod shop/web-0 v1 <nil>
	// kube: bad item "Pod shop/web-0": it has no connection to a cluster
	// Running <nil>
	// <nil> shop
}

// R14: who serves.
func ExampleDeployment_ReadyPods() {
	cluster, done := demo()
	defer done()
	ctx := context.Background()

	api, err := cluster.Deployments().In("shop").Fetch(ctx, "api")
	if err != nil {
		fmt.Println(err)
		return
	}
	for pod, err := range api.ReadyPods(ctx) {
		fmt.Println(pod.Name(), err)
	}
	// Output: api-0 <nil>
}
