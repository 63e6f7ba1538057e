package manifests_test

import (
	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/manifests"
)

// The package itself needs no more of a cluster than this.
var _ manifests.Target = (*kube.Cluster)(nil)
