package kube_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/kinds"
)

// K03: the proxy shares the cluster's connections, and its end.
func TestProxyOfClusterK03(t *testing.T) {
	cluster, done := demo()
	defer done()
	if version, err := cluster.Proxy().Get(t.Context(), "version"); err != nil || !version.Has("gitVersion") {
		t.Fatal(version, err)
	}
	cluster.Proxy().Close()
	if _, err := cluster.Nodes().List(t.Context()); !errors.Is(err, kube.ErrClosed) {
		t.Errorf("the cluster goes on after its proxy: %v", err)
	}
}

// K04: nine kinds, each with a view of its own, of all namespaces.
func TestNineViewsK04(t *testing.T) {
	cluster, done := demo()
	defer done()
	type view interface {
		Kind() kinds.Kind
		Namespace() string
		Err() error
	}
	var resources []string
	for _, v := range []view{
		cluster.Nodes(), cluster.Namespaces(), cluster.ReplicaSets(), cluster.ReplicationControllers(), cluster.DaemonSets(),
		cluster.Deployments(), cluster.Pods(), cluster.Services(), cluster.Secrets(),
	} {
		resources = append(resources, v.Kind().Resource())
		if v.Namespace() != "" || v.Err() != nil {
			t.Errorf("%s: bound to %q, %v", v.Kind(), v.Namespace(), v.Err())
		}
	}
	want := []string{"nodes", "namespaces", "replicasets", "replicationcontrollers", "daemonsets", "deployments", "pods", "services", "secrets"}
	if !slices.Equal(resources, want) {
		t.Errorf("got %v", resources)
	}
}

// K12: a namespace is missing where one is needed, and given where none goes.
func TestNamespaceErrorsK12(t *testing.T) {
	cluster, done := demo()
	defer done()
	_, missing := cluster.Pods().Fetch(t.Context(), "web-0")
	_, given := cluster.Nodes().In("shop").Fetch(t.Context(), "node-a")
	_, other := cluster.Pods().In("shop").In("jobs").List(t.Context())
	for _, err := range []error{missing, given, other} {
		var namespace *kube.NamespaceError
		if !errors.As(err, &namespace) || namespace.Kind == "" || namespace.Reason == "" {
			t.Errorf("got %T: %v", err, err)
		}
	}
}

// An error that a view keeps can be changed by nobody who has met it.
func TestErrorsOfViewsAreCopies(t *testing.T) {
	cluster, done := demo()
	defer done()
	view := cluster.Nodes().In("shop")
	var first *kube.NamespaceError
	if !errors.As(view.Err(), &first) {
		t.Fatal(view.Err())
	}
	text := view.Err().Error()
	first.Reason = "changed"
	if _, err := view.List(t.Context()); err.Error() != text {
		t.Errorf("got %v", err)
	}
}

// Server-side apply needs a field manager: without an option, it is the program's
// user agent.
func TestApplyR03(t *testing.T) {
	cluster, done := demo()
	defer done()
	web, err := cluster.Deployments().In("shop").Fetch(t.Context(), "web")
	if err != nil {
		t.Fatal(err)
	}
	patch := map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": map[string]any{"name": "web", "annotations": map[string]any{"example.com/by": "tour"}},
	}
	next, err := web.Patch(t.Context(), kube.ApplyPatch, patch)
	if err != nil || !next.Annotations().Has("example.com/by") {
		t.Fatalf("got %v, %v", next, err)
	}
	managers, err1 := next.Meta().Managers()
	who, err2 := managers.Of(`metadata.annotations["example.com/by"]`)
	if err := errors.Join(err1, err2); err != nil || len(who) != 1 || who[0].Manager != "kube-go" || who[0].Operation != "Apply" {
		t.Errorf("got %v, %v", who, err)
	}
	got, err := cluster.Proxy().Query("fieldManager", "kube-go").As(kube.ApplyPatch).Patch(t.Context(), patch, web.Link())
	if err != nil || !got.Has("metadata", "annotations", "example.com/by") {
		t.Errorf("got %v, %v", got, err)
	}
}
