package conformance_test

import (
	"io"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubeviews/kube/kubetest"
	"github.com/kubeviews/kube/test/conformance"
)

// TestKubetest runs the suite on the embedded server, as it is and as older
// servers are.
func TestKubetest(t *testing.T) {
	t.Run("newest", func(t *testing.T) { run(t, "new") })
	t.Run("older", func(t *testing.T) {
		run(t, "old", kubetest.WithoutAggregatedDiscovery(), kubetest.WithNamespaceConflict(), kubetest.WithOpenProxy())
	})
}

func run(t *testing.T, name string, options ...kubetest.Option) {
	t.Parallel()
	srv := kubetest.NewServer(t, append(options, kubetest.WithRequestLimit(100_000))...)
	streams := conformance.Streams{SetUp: func(namespace, pod, container string) { setUp(srv, namespace, pod, container) }}
	if name == "old" {
		streams.ExecURL = srv.URL()
	}
	conformance.Run(t, conformance.Environment{
		Name: name,
		URL:  srv.URL(),
		Diff: func(x, y any) string { return cmp.Diff(x, y) },
		Sent: func(userAgent string) int { return sent(srv, userAgent) },

		Streams: streams,
	})
}

// setUp makes a pod talk.
func setUp(srv *kubetest.Server, namespace, pod, container string) {
	srv.SetLog(namespace, pod, container, "starting\r\n\nserving \xff\x00\n")
	srv.SetPort(namespace, pod, 80, func(c net.Conn) { _, _ = io.Copy(c, c) })
}

func sent(srv *kubetest.Server, userAgent string) (n int) {
	for _, r := range srv.Requests() {
		if strings.Contains(r.Header.Get("User-Agent"), userAgent) {
			n++
		}
	}
	return n
}
