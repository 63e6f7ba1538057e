package views_test

import (
	"context"
	"fmt"
	"time"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/views"
	"github.com/kubeviews/kube/watch"
)

// A mirror keeps what a view shows current in the background. Its snapshots cost
// no request, and never change.
func ExampleView_Mirror() {
	cluster, done := demo()
	defer done()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	byApp := views.ByLabel[items.Pod]("app")
	mirror, err := cluster.Pods().Mirror(ctx, byApp)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer mirror.Close()
	if err := mirror.Synced(ctx); err != nil {
		fmt.Println(err)
		return
	}
	before := mirror.Snapshot()
	fmt.Println(before.Len(), "pods, of which", before.By(byApp, "web").Len(), "are web")

	web, _ := before.Get("shop", "web-0")
	next, err := web.Labels().Set(ctx, "app", "old-web")
	if err != nil {
		fmt.Println(err)
		return
	}
	after, err := mirror.WaitFor(ctx, next) // reads its own writes
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(before.By(byApp, "web").Len(), "and", after.By(byApp, "web").Len())
	for app, pods := range after.Groups(byApp) {
		fmt.Println(app, pods.Len())
	}
	// Output:
	// 8 pods, of which 3 are web
	// 3 and 2
	// api 2
	// cart 2
	// mailer 1
	// old-web 1
	// web 2
}

// What has changed between two looks at a mirror.
func ExampleSnapshot_Diff() {
	cluster, done := demo()
	defer done()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	pods := cluster.Pods().In("shop")
	mirror, err := pods.Filter(views.Labels("app=web")).Mirror(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer mirror.Close()
	before, err := mirror.Wait(ctx, func(s views.Snapshot[items.Pod]) bool { return s.Len() == 3 })
	if err != nil {
		fmt.Println(err)
		return
	}
	var last items.Pod
	for _, to := range []struct{ pod, label, value string }{
		{"web-0", "app", "old"}, {"web-1", "seen", "yes"}, {"api-0", "app", "web"},
	} {
		pod, err := pods.Fetch(ctx, to.pod)
		if err != nil {
			fmt.Println(err)
			return
		}
		if last, err = pod.Labels().Set(ctx, to.label, to.value); err != nil {
			fmt.Println(err)
			return
		}
	}
	after, err := mirror.WaitFor(ctx, last)
	if err != nil {
		fmt.Println(err)
		return
	}
	diff := after.Diff(before)
	for _, pod := range diff.Added {
		fmt.Println("added", pod.Name())
	}
	for _, change := range diff.Changed {
		fmt.Println("changed", change.New.Name(), change.Old.Labels().Len(), change.New.Labels().Len())
	}
	for _, pod := range diff.Removed {
		fmt.Println("removed", pod.Name())
	}
	// Output:
	// added api-0
	// changed web-1 2 3
	// removed web-0
}

// A snapshot and the changes since, with nothing between them and nothing twice.
func ExampleMirror_ChangesSince() {
	cluster, done := demo()
	defer done()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	mirror, err := cluster.Pods().In("shop").Mirror(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer mirror.Close()
	if err := mirror.Synced(ctx); err != nil {
		fmt.Println(err)
		return
	}
	start := mirror.Snapshot()
	web, _ := start.Get("shop", "web-0")
	for _, value := range []string{"one", "two"} {
		if web, err = web.Annotations().Set(ctx, "step", value); err != nil {
			fmt.Println(err)
			return
		}
	}
	n := 0
	for event, err := range mirror.ChangesSince(ctx, start) {
		if err != nil {
			fmt.Println(err)
			return
		}
		switch event.Type {
		case watch.Missed:
			fmt.Println("what follows is in no order:", event.Gap)
		case watch.Modified:
			step, _ := event.Item.Annotations().Get("step")
			fmt.Println(event.Type, event.Item.Name(), step)
		}
		if n++; n == 2 {
			break // what a program does until its end, an example ends
		}
	}
	// Output:
	// MODIFIED web-0 one
	// MODIFIED web-0 two
}
