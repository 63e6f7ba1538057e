// Command dashboard is a web page that shows a cluster as it is now:
//
//	go run .                                  # a small cluster that it brings along
//	kubectl proxy & go run . -proxy http://localhost:8001
//	go run . -context staging                 # launches a kubectl proxy of its own
//
// It reads, and changes nothing. It is for one reader or a team that may see all that
// the proxy shows: it asks nobody who they are, and so listens on this machine alone
// unless it is told otherwise.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/examples/dashboard/demo"
	"github.com/kubeviews/kube/examples/dashboard/live"
	"github.com/kubeviews/kube/examples/dashboard/web"
)

// kindsShown are those that every cluster has; without Leases, which are heartbeats.
const kindsShown = "nodes,namespaces,pods,deployments,replicasets,statefulsets,daemonsets,jobs,cronjobs," +
	"horizontalpodautoscalers,services,ingresses,endpointslices,networkpolicies,configmaps,secrets," +
	"persistentvolumeclaims,persistentvolumes,storageclasses,events"

type options struct {
	addr, proxy, context string
	kinds, hosts         string
	pods                 int
	changes              float64
	rest                 []string // what is no option
}

// check tells what cannot be meant.
func (o options) check() error {
	switch {
	case len(o.rest) > 0:
		return fmt.Errorf("%q is no option", o.rest[0])
	case o.proxy != "" && o.context != "":
		return errors.New("-proxy and -context are two ways to a cluster: choose one")
	case o.pods < 0:
		return fmt.Errorf("-pods %d: there cannot be fewer than none", o.pods)
	}
	return nil
}

func main() {
	var o options
	flag.StringVar(&o.addr, "addr", "127.0.0.1:8090", "the `address` to listen on; port 0 for any that is free")
	flag.StringVar(&o.proxy, "proxy", "", "the `URL` of a kubectl proxy")
	flag.StringVar(&o.context, "context", "", "the kubeconfig `context` of a cluster, for a kubectl proxy of its own")
	flag.StringVar(&o.hosts, "host", "", "the `names` that readers know it by, with commas, besides localhost and addresses")
	flag.StringVar(&o.kinds, "kinds", "", "more `kinds` to show, by name, with commas: widgets.example.com")
	flag.IntVar(&o.pods, "pods", 0, "how many pods the cluster has that is brought along; 0 for some 220")
	flag.Float64Var(&o.changes, "changes", 0, "how many changes a second it has; 0 for a few, negative for none")
	flag.Parse()
	o.rest = flag.Args()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C does not wait
	if err := run(ctx, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "dashboard:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, o options) error {
	if err := o.check(); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", o.addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w: choose another by -addr, such as 127.0.0.1:0 for any that is free", err)
	}
	if err != nil {
		return fmt.Errorf("-addr: %w", err)
	}
	defer listener.Close()
	api, source, done, err := connect(ctx, &o)
	if err != nil {
		return err
	}
	defer done()
	defer api.Close()
	cluster, err := live.Start(ctx, api, namesIn(kindsShown+","+o.kinds)...)
	if err != nil {
		return err
	}
	defer cluster.Close()
	fmt.Fprintf(out, "%s: http://%s/\n", source, listener.Addr())
	server := web.New(cluster, source)
	server.Hosts = namesIn(o.hosts)
	return serve(ctx, listener, server)
}

func namesIn(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// connect finds the cluster. done ends what was started for it.
func connect(ctx context.Context, o *options) (api *kube.Cluster, source string, done func(), err error) {
	done = func() {}
	switch {
	case o.context != "":
		api, err = kube.Launch(ctx, kube.WithContext(o.context))
		source = o.context
	case o.proxy != "":
		api, err = kube.NewCluster(kube.WithURL(o.proxy))
		source = o.proxy
	default:
		var world *demo.World
		if world, err = demo.Start(ctx, demo.Options{Pods: o.pods, ChangesPerSecond: o.changes}); err != nil {
			break
		}
		done, source = world.Close, "demo cluster"
		o.kinds += ",customresourcedefinitions," + "campaigns.promo.shop.example"
		api, err = kube.NewCluster(kube.WithURL(world.URL()))
	}
	if err != nil {
		done()
	}
	return api, source, done, err
}

// serve answers until ctx is done, and then ends the streams.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, // streams move their own on
		BaseContext: func(net.Listener) context.Context { return ctx }}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if server.Shutdown(late) != nil {
			return server.Close() // of one who reads too slowly
		}
		return nil
	}
}
