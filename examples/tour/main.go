// Command tour shows what the library does, on a small cluster that it brings
// along, or on a real one:
//
//	go run ./examples/tour
//	kubectl proxy & go run ./examples/tour -proxy http://localhost:8001
//
// On a real cluster it reads, and changes only a namespace that it makes for
// itself and deletes again.
package main

import (
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"text/tabwriter"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kubetest"
	"github.com/kubeviews/kube/views"
	"github.com/kubeviews/kube/watch"
)

//go:embed cluster.yaml
var files embed.FS

func main() {
	proxy := flag.String("proxy", "", "the URL of a kubectl proxy; empty for the cluster that comes along")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *proxy); err != nil {
		fmt.Fprintln(os.Stderr, "tour:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, proxy string) error {
	if proxy == "" {
		server, err := kubetest.Start(kubetest.WithYAML(files, "cluster.yaml"))
		if err != nil {
			return err
		}
		defer server.Close()
		proxy = server.URL()
	}
	cluster, err := kube.NewCluster(kube.WithURL(proxy))
	if err != nil {
		return err
	}
	defer cluster.Close()
	for _, show := range []func(context.Context, io.Writer, *kube.Cluster) error{
		nodes, deployments, troubled, secrets, revisions, changes, mistakes,
	} {
		if err := show(ctx, out, cluster); err != nil {
			return err
		}
	}
	return nil
}

// table prints rows under a title, in columns.
func table(out io.Writer, title string, rows func(row func(cells ...any))) {
	fmt.Fprintf(out, "\n%s\n", title)
	w := tabwriter.NewWriter(out, 2, 0, 2, ' ', 0)
	defer w.Flush()
	rows(func(cells ...any) {
		for _, cell := range cells {
			fmt.Fprintf(w, "  %v\t", cell)
		}
		fmt.Fprintln(w)
	})
}

const gib = 1 << 30

func nodes(ctx context.Context, out io.Writer, c *kube.Cluster) (err error) {
	table(out, "Nodes, as they are read off the wire", func(row func(...any)) {
		row("NAME", "CORES", "MEMORY", "READY", "CORDONED")
		for node, bad := range c.Nodes().All(ctx) {
			if bad != nil {
				err = bad
				return
			}
			has, _ := node.Allocatable()
			row(node.Name(), has.CPU(), fmt.Sprintf("%.0f GiB", float64(has.Memory())/gib),
				kube.Show(node.Ready()), kube.Show(node.Unschedulable()))
		}
	})
	return err
}

func deployments(ctx context.Context, out io.Writer, c *kube.Cluster) error {
	list, err := c.Deployments().List(ctx)
	if err != nil {
		return err
	}
	table(out, fmt.Sprintf("Deployments, all at version %s", list.Version()), func(row func(...any)) {
		row("NAMESPACE", "NAME", "READY", "WANTED")
		for d := range list.All() {
			row(d.Namespace(), d.Name(), kube.Show(d.ReadyReplicas()), d.Spec().Get("replicas"))
		}
	})
	return nil
}

func troubled(ctx context.Context, out io.Writer, c *kube.Cluster) (err error) {
	pods := c.Pods().Filter(views.Fields("status.phase!=Running"), views.Fields("status.phase!=Succeeded"))
	table(out, "Pods that the server says are not running", func(row func(...any)) {
		row("POD", "PHASE", "ON", "RESTARTS", "WHY")
		for pod, bad := range pods.All(ctx) {
			if bad != nil {
				err = bad
				return
			}
			row(pod.Namespace()+"/"+pod.Name(), kube.Show(pod.Phase()),
				kube.Show(pod.NodeName()), kube.Show(pod.Restarts()), reason(pod))
		}
	})
	return err
}

func reason(pod items.Pod) string {
	containers, _ := pod.Containers()
	for _, c := range containers {
		if state := c.State(); state.Waiting() {
			return kube.Show(state.Reason())
		}
	}
	return "-"
}

func secrets(ctx context.Context, out io.Writer, c *kube.Cluster) (err error) {
	table(out, "Secrets, which never print what they hold", func(row func(...any)) {
		shown := 0
		for s, bad := range c.Secrets().All(ctx) {
			if bad != nil {
				err = bad
				return
			}
			if shown++; shown > 5 {
				return
			}
			row(s, kube.Show(s.Type()), kube.Show(s.Keys()))
		}
	})
	return err
}

// revisions makes a namespace of its own, labels it, and shows both revisions.
func revisions(ctx context.Context, out io.Writer, c *kube.Cluster) error {
	first, err := c.Namespaces().Create(ctx, map[string]any{
		"apiVersion": "v1", "kind": "Namespace",
		"metadata": map[string]any{"generateName": "kube-tour-"},
	})
	if err != nil {
		return err
	}
	defer first.Delete(context.WithoutCancel(ctx))
	second, err := first.Labels().Set(ctx, "example.com/audited", time.Now().UTC().Format("2006-01-02"))
	if err != nil {
		return err
	}
	table(out, "A label makes a new revision; the old one stays what it was", func(row func(...any)) {
		row("", "OLD", "NEW")
		row("name", first.Name(), second.Name())
		row("version", first.Version(), second.Version())
		row("phase", kube.Show(first.Phase()), kube.Show(second.Phase()))
		audited := func(n items.Namespace) string { v, _ := n.Labels().Get("example.com/audited"); return v }
		row("audited", audited(first), audited(second))
		row("equals old", first.Equal(first), second.Equal(first))
	})
	return nil
}

// changes keeps the namespaces current in the background, makes one, labels it and
// deletes it, and shows what was told of that.
func changes(ctx context.Context, out io.Writer, c *kube.Cluster) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	mirror, err := c.Namespaces().Mirror(ctx)
	if err != nil {
		return err
	}
	defer mirror.Close()
	if err := mirror.Synced(ctx); err != nil {
		return err
	}
	before := mirror.Snapshot()
	name, err := comeAndGo(ctx, c)
	if err != nil {
		return err
	}
	var bad error
	table(out, fmt.Sprintf("What a mirror of %d namespaces was told since version %s", before.Len(), before.Version()), func(row func(...any)) {
		row("EVENT", "NAMESPACE", "PHASE", "VERSION")
		for event, err := range mirror.ChangesSince(ctx, before) {
			if bad = err; err != nil {
				return
			}
			if event.Item.IsZero() || event.Item.Name() != name {
				continue
			}
			row(event.Type, name, kube.Show(event.Item.Phase()), event.Item.Version())
			if event.Type == watch.Deleted {
				return
			}
		}
	})
	return bad
}

// comeAndGo makes a namespace, labels it, deletes it, and returns its name.
func comeAndGo(ctx context.Context, c *kube.Cluster) (string, error) {
	first, err := c.Namespaces().Create(ctx, map[string]any{
		"apiVersion": "v1", "kind": "Namespace",
		"metadata": map[string]any{"generateName": "kube-tour-"},
	})
	if err != nil {
		return "", err
	}
	if _, err = first.Labels().Set(ctx, "example.com/seen", "yes"); err != nil {
		return "", errors.Join(err, first.Delete(context.WithoutCancel(ctx)))
	}
	return first.Name(), first.Delete(ctx)
}

// mistakes shows what is told without asking the server.
func mistakes(ctx context.Context, out io.Writer, c *kube.Cluster) error {
	_, noNamespace := c.Pods().Fetch(ctx, "web-0")
	_, noSelector := c.Pods().Filter(views.Labels("")).List(ctx)
	_, noNode := c.Nodes().In("shop").List(ctx)
	_, noKind := c.Lookup("deploymnets")
	table(out, "Mistakes, told before anything is sent", func(row func(...any)) {
		for _, err := range []error{noNamespace, noSelector, noNode, noKind} {
			var ours kube.Error
			row(errors.As(err, &ours), err)
		}
	})
	return nil
}
