// Command demo is an API server in memory, in which things change: for trying audit
// without a cluster. It serves where kubectl proxy does.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/signal"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/kubetest"
)

const address = "localhost:8001"

const world = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "shop/web:1.4.0"}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web-settings, namespace: shop}
data: {currency: EUR}
---
apiVersion: v1
kind: Secret
metadata: {name: payment, namespace: shop}
stringData: {token: "token-0"}
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	server, err := kubetest.Start()
	if err != nil {
		return err
	}
	defer server.Close()
	if err := server.Seed(world); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	target, err := url.Parse(server.URL())
	if err != nil {
		return err
	}
	front := &http.Server{Handler: &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(target) },
		FlushInterval: -1,
	}}
	context.AfterFunc(ctx, func() { front.Close() })
	go change(ctx, server.URL())
	fmt.Printf("an API server is at http://%s/; ^C ends it\n", address)
	if err := front.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return nil
}

// change changes something every second, in turn by several managers.
func change(ctx context.Context, url string) {
	cluster, err := kube.NewCluster(kube.WithURL(url))
	if err != nil {
		log.Fatal(err)
	}
	defer cluster.Close()
	web := []string{"apis/apps/v1/namespaces/shop/deployments", "web"}
	settings := []string{"api/v1/namespaces/shop/configmaps", "web-settings"}
	payment := []string{"api/v1/namespaces/shop/secrets", "payment"}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		var path []string
		var manager, patch string
		switch n % 4 {
		case 0:
			manager, path, patch = "kubectl-scale", web, fmt.Sprintf(`{"spec":{"replicas":%d}}`, 1+n%7)
		case 1:
			manager, path, patch = "argocd-controller", web, fmt.Sprintf(`{"spec":{"template":{"metadata":{"annotations":{"build":"%d"}}}}}`, n)
		case 2:
			manager, path, patch = "kubectl-edit", settings, fmt.Sprintf(`{"data":{"rate":"%d"}}`, n)
		case 3:
			manager, path, patch = "vault-agent", payment, fmt.Sprintf(`{"stringData":{"token":"token-%d"}}`, n)
		}
		if _, err := cluster.Proxy().As(kube.MergePatch).Query("fieldManager", manager).Patch(ctx, []byte(patch), path...); err != nil && ctx.Err() == nil {
			log.Print(err)
		}
	}
}
