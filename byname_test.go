package kube

import (
	"errors"
	"slices"
	"testing"

	"github.com/kubeviews/kube/kubetest"
)

// R10: a built-in kind that a server need not serve is unknown where it does not.
func TestViewOfUnservedKindR10(t *testing.T) {
	withEmbedded(t, func(t *testing.T, srv *kubetest.Server, c *Cluster) {
		for _, name := range []string{"podmetrics", "PodGroup", "nodemetrics"} {
			_, err := c.View(t.Context(), name)
			unknown, ok := errors.AsType[*KindError](err)
			if !ok || unknown.Kind != name {
				t.Errorf("%s: %v", name, err)
			} else if slices.Contains(unknown.Near, name) {
				t.Errorf("%s: near it are %v, which are not served", name, unknown.Near)
			}
		}
	})
}

// R10: where it is served, it is found.
func TestViewOfServedBetaKindR10(t *testing.T) {
	withEmbedded(t, func(t *testing.T, srv *kubetest.Server, c *Cluster) {
		view, err := c.View(t.Context(), "podmetrics")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := view.In("shop").List(t.Context()); err != nil {
			t.Error(err)
		}
	}, kubetest.WithResource(kubetest.Resource{Group: "metrics.k8s.io", Version: "v1beta1", Plural: "pods", Kind: "PodMetrics", Namespaced: true}))
}
