package views_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/views"
)

// K27: what kubectl get shows, by the names of its columns.
func ExampleView_Table() {
	cluster, done := demo()
	defer done()

	table, err := cluster.Pods().In("shop").Filter(views.Labels("app=api")).Table(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for row := range table.All() {
		fmt.Println(row.Name(), row.Text("Ready"), row.Text("Status"), row.Text("Restarts"))
	}
	// Output:
	// api-0 1/1 Running 0
	// api-1 0/1 CrashLoopBackOff 17
}

// What was not asked for is not taken for absent.
func ExampleView_Metadata() {
	cluster, done := demo()
	defer done()

	list, err := cluster.Pods().In("shop").Metadata().List(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	pod, _ := list.Get("shop", "web-0")
	_, err = pod.Phase()
	fmt.Println(pod.Labels(), errors.Is(err, kube.ErrFieldsDropped))
	// Output: map[app:web tier:frontend] true
}

// R03: apply creates what is not there, and changes what is.
func ExampleView_Apply() {
	cluster, done := demo()
	defer done()
	ctx := context.Background()

	settings := cluster.ConfigMaps().In("shop")
	for _, colour := range []string{"green", "blue"} {
		item, err := settings.Apply(ctx, map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "settings"},
			"data": map[string]any{"colour": colour},
		}, items.FieldManager("example"))
		fmt.Println(item.Name(), kube.Show(item.Data()), err)
	}
	// Output:
	// settings map[colour:green] <nil>
	// settings map[colour:blue] <nil>
}
