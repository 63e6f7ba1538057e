package cluster_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubeviews/kube/test/cluster"
	"github.com/kubeviews/kube/test/conformance"
)

// TestConformance runs the library's suite on the real control plane, through
// kubectl proxy over TCP and over a unix socket.
func TestConformance(t *testing.T) {
	c := shared(t)
	open, err := c.StartProxy(t.Context(), "--reject-paths=^$")
	if err != nil {
		t.Fatal(err)
	}
	for name, url := range map[string]string{"tcp": c.ProxyURL(), "unix": "unix://" + c.ProxySocket()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conformance.Run(t, conformance.Environment{
				Name:    name,
				URL:     url,
				Diff:    func(x, y any) string { return cmp.Diff(x, y) },
				Kubectl: kubectlOf(c),
				Lives:   true,
				Streams: conformance.Streams{ExecURL: open.URL()},
			})
		})
	}
}

func kubectlOf(c *cluster.Cluster) func(context.Context, ...string) ([]byte, error) {
	return func(ctx context.Context, args ...string) ([]byte, error) {
		out, err := c.Kubectl(ctx, args...)
		return []byte(out), err
	}
}
