package items_test

import (
	"context"
	"fmt"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/raw"
)

func ExampleDiff() {
	cluster, done := demo()
	defer done()
	ctx := context.Background()

	web, err := cluster.Deployments().In("shop").Fetch(ctx, "web")
	if err != nil {
		fmt.Println(err)
		return
	}
	next, err := web.Edit(ctx, func(now raw.Object) (raw.Object, error) {
		now, err := now.With(5, "spec", "replicas")
		if err != nil {
			return now, err
		}
		return now.With("yes", "metadata", "labels", "audited")
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	changes := items.Diff(web, next)
	fmt.Println(changes)
	for change := range changes.All() {
		if change.Path == "spec.replicas" {
			from, _ := change.Old.Int()
			to, _ := change.New.Int()
			fmt.Println("scaled by", to-from)
		}
	}
	// Output:
	// + metadata.labels.audited: "yes"
	// spec.replicas: 3 → 5
	// scaled by 2
}

// Of a Secret, fingerprints tell that something has changed, and not what.
func ExampleDiff_secret() {
	cluster, done := demo()
	defer done()
	ctx := context.Background()

	payment, err := cluster.Secrets().In("shop").Fetch(ctx, "payment")
	if err != nil {
		fmt.Println(err)
		return
	}
	next, err := payment.Patch(ctx, kube.MergePatch, map[string]any{"stringData": map[string]any{"token": "another"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for change := range items.Diff(payment, next).All() {
		fmt.Println(change.Path, change.Hidden, change.Old.Equal(change.New))
	}
	// Output: data.token true false
}
