package docs

import (
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kubetest"
	"github.com/kubeviews/kube/watch"
)

// enliven plays controllers and kubelets, so that the code in the docs finds a
// cluster that does as it is told.
func enliven(t *testing.T, server *kubetest.Server) {
	t.Helper()
	server.SetLog("shop", "web-0", "main", "starting\nserving on :8080\n")
	server.SetPort("shop", "web-0", 8080, func(c net.Conn) { _, _ = io.Copy(c, c) })
	server.SetService("shop", "web", "80", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	cluster, err := kube.NewCluster(kube.WithURL(server.URL()))
	if err != nil {
		t.Fatal(err)
	}
	deployments, err := cluster.Deployments().Watch(t.Context(), watch.StateFirst())
	if err != nil {
		t.Fatal(err)
	}
	pods, err := cluster.Pods().Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{}, 2)
	go each(deployments, done, func(d items.Deployment) { rollOut(server, d) })
	go each(pods, done, func(items.Pod) { server.FinishPods() })
	t.Cleanup(func() {
		_ = cluster.Close()
		<-done
		<-done
	})
}

// each calls f with each object that a watcher tells of, until it ends.
func each[T any](w *watch.Watcher[T], done chan<- struct{}, f func(T)) {
	defer func() { done <- struct{}{} }()
	defer w.Close()
	for event, err := range w.All() {
		if err != nil {
			return
		}
		if event.Type == watch.Added || event.Type == watch.Modified {
			f(event.Item)
		}
	}
}

// rollOut makes a deployment's status what its spec says.
func rollOut(server *kubetest.Server, d items.Deployment) {
	generation, _ := d.Meta().Generation()
	if seen, err := d.ObservedGeneration(); err == nil && seen == generation {
		return
	}
	n := d.Spec().Get("replicas")
	_, _ = server.SetStatus("deployments.apps", d.Namespace(), d.Name(), map[string]any{
		"observedGeneration": generation, "replicas": n, "updatedReplicas": n, "readyReplicas": n, "availableReplicas": n,
	})
}
