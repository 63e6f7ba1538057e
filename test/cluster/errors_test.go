package cluster_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/test/cluster"
)

// is expects an error of a type, which is an APIError of a code too.
func is[E error](t *testing.T, what string, code int, err error) {
	t.Helper()
	var api *kube.APIError
	if _, ok := errors.AsType[E](err); !ok || !errors.As(err, &api) || api.Code != code {
		t.Errorf("%s: %T %v", what, err, err)
	}
}

// K10, K13: each refusal of a real server is an error of its own type.
func TestErrorsK13(t *testing.T) {
	t.Parallel()
	c := shared(t)
	ns := namespace(t, c)
	k := asAdmin(t, c)
	ctx, proxy := t.Context(), k.Proxy()
	at := []string{"api/v1/namespaces", ns, "configmaps"}
	manifest := func(name, version string) map[string]any {
		return map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name, "resourceVersion": version}}
	}
	_, err := proxy.Get(ctx, append(at, "one")...)
	is[*kube.NotFoundError](t, "an object", 404, err)
	_, err = proxy.Get(ctx, "apis/example.com/v1/nothing")
	is[*kube.NotFoundError](t, "a resource", 404, err)
	_, err = proxy.Post(ctx, manifest("one", ""), at...)
	do(t, err)
	_, err = proxy.Post(ctx, manifest("one", ""), at...)
	is[*kube.AlreadyExistsError](t, "again", 409, err)
	_, err = proxy.Put(ctx, manifest("one", "1"), append(at, "one")...)
	is[*kube.ConflictError](t, "an old version", 409, err)
	_, err = proxy.Post(ctx, manifest("Not/A Name", ""), at...)
	is[*kube.InvalidError](t, "a bad name", 422, err)
	_, err = proxy.Post(ctx, []byte(`{"kind":"Pod","apiVersion":"v1"}`), at...)
	is[*kube.InvalidError](t, "another kind", 400, err)

	developer := asAdmin(t, c, kube.WithURL(asDeveloper(t, c)))
	grant(t, c, cluster.Rule{Namespace: ns, Resource: "configmaps", Verbs: []string{"get"}})
	_, err = developer.Proxy().Get(ctx, append(at, "one")...)
	do(t, err)
	_, err = developer.Proxy().Get(ctx, at...)
	is[*kube.ForbiddenError](t, "a list", 403, err)
	_, err = developer.Proxy().Delete(ctx, nil, append(at, "one")...)
	is[*kube.ForbiddenError](t, "a deletion", 403, err)
}

// K13: an eviction that a disruption budget forbids is too many requests.
func TestEvictionRefusedK13(t *testing.T) {
	t.Parallel()
	c := shared(t)
	ns := namespace(t, c)
	do(t, c.Apply(t.Context(), pod(ns, "one")))
	kubectl(t, c, "label", "pod", "one", "-n", ns, "app=one")
	kubectl(t, c, "create", "pdb", "one", "-n", ns, "--selector=app=one", "--min-available=1")
	kubectl(t, c, "wait", "-n", ns, "--for=condition=Ready", "pod/one")
	k := asAdmin(t, c, kube.WithRetries(0))
	evict := map[string]any{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": map[string]any{"name": "one", "namespace": ns}}
	eventually(t, func() error { // the budget's controller must have seen the pod
		_, err := k.Proxy().Query("dryRun", "All").Post(t.Context(), evict, "api/v1/namespaces", ns, "pods", "one", "eviction")
		if busy, ok := errors.AsType[*kube.TooManyRequestsError](err); !ok || busy.Code != 429 {
			return errors.Join(errors.New("it is not refused as it should be"), err)
		}
		return nil
	})
}

// K13: a server that is gone, behind a proxy that is there, is unreachable.
func TestServerGoneK13(t *testing.T) {
	t.Parallel()
	c := start(t, cluster.Options{Bare: true})
	k := asAdmin(t, c, kube.WithRetries(0))
	if _, err := k.Version(t.Context()); err != nil {
		t.Fatal(err)
	}
	do(t, c.Kill(cluster.APIServer))
	_, err := k.Version(t.Context())
	if !errors.As(err, new(*kube.UnreachableError)) {
		t.Errorf("got %T %v", err, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	patient, err := k.With(kube.WithRetries(100))
	do(t, err)
	if _, err = patient.Version(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	do(t, c.Kill(cluster.ProxyTCP))
	if _, err = k.Version(t.Context()); !errors.As(err, new(*kube.UnreachableError)) {
		t.Errorf("got %T %v", err, err)
	}
}
