package conformance_test

import (
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
		run(t, "old", kubetest.WithoutAggregatedDiscovery(), kubetest.WithNamespaceConflict())
	})
}

func run(t *testing.T, name string, options ...kubetest.Option) {
	t.Parallel()
	srv := kubetest.NewServer(t, append(options, kubetest.WithRequestLimit(100_000))...)
	conformance.Run(t, conformance.Environment{
		Name: name,
		URL:  srv.URL(),
		Diff: func(x, y any) string { return cmp.Diff(x, y) },
		Sent: func(userAgent string) int { return sent(srv, userAgent) },
	})
}

func sent(srv *kubetest.Server, userAgent string) (n int) {
	for _, r := range srv.Requests() {
		if strings.Contains(r.Header.Get("User-Agent"), userAgent) {
			n++
		}
	}
	return n
}
