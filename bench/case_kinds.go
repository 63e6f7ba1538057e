package main

import (
	"context"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/bench/data"
	"github.com/kubeviews/kube/bench/replay"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/views"
)

// kind is how lists of objects that are not pods are read. What is read of each
// item is the same whoever reads it.
type kind struct {
	title, path string
	resource    schema.GroupVersionResource
	ours        func(ctx context.Context, c *kube.Cluster) (n int, kept any, err error)
	typed       func(ctx context.Context, c *kubernetes.Clientset) (n int, kept any, err error)
	dynamic     func(*unstructured.Unstructured) int
}

// sum reads each item of a list that was asked for.
func sum[T items.Item](ctx context.Context, view views.View[T], read func(T) int) (n int, kept any, err error) {
	list, err := view.WithoutManagedFields().List(ctx)
	if err != nil {
		return 0, nil, err
	}
	for item := range list.All() {
		n += read(item)
	}
	return n, list, nil
}

func sumTyped[T any](all []T, read func(*T) int) (n int) {
	for i := range all {
		n += read(&all[i])
	}
	return n
}

var otherKinds = []kind{
	{
		title: "configmaps", path: "api/v1/configmaps", resource: corev1.SchemeGroupVersion.WithResource("configmaps"),
		ours: func(ctx context.Context, c *kube.Cluster) (int, any, error) {
			return sum(ctx, c.ConfigMaps(), func(m items.ConfigMap) int {
				all, _ := m.Data()
				return len(m.Name()) + len(all)
			})
		},
		typed: func(ctx context.Context, c *kubernetes.Clientset) (int, any, error) {
			list, err := c.CoreV1().ConfigMaps("").List(ctx, everything)
			if err != nil {
				return 0, nil, err
			}
			return sumTyped(list.Items, func(m *corev1.ConfigMap) int { return len(m.Name) + len(m.Data) }), list, nil
		},
		dynamic: func(o *unstructured.Unstructured) int {
			all, _, _ := unstructured.NestedStringMap(o.Object, "data")
			return len(o.GetName()) + len(all)
		},
	},
	{
		title: "deployments", path: "apis/apps/v1/deployments", resource: appsv1.SchemeGroupVersion.WithResource("deployments"),
		ours: func(ctx context.Context, c *kube.Cluster) (int, any, error) {
			return sum(ctx, c.Deployments(), func(d items.Deployment) int {
				ready, _ := d.ReadyReplicas()
				return len(d.Name()) + int(ready)
			})
		},
		typed: func(ctx context.Context, c *kubernetes.Clientset) (int, any, error) {
			list, err := c.AppsV1().Deployments("").List(ctx, everything)
			if err != nil {
				return 0, nil, err
			}
			return sumTyped(list.Items, func(d *appsv1.Deployment) int { return len(d.Name) + int(d.Status.ReadyReplicas) }), list, nil
		},
		dynamic: func(o *unstructured.Unstructured) int {
			ready, _, _ := unstructured.NestedInt64(o.Object, "status", "readyReplicas")
			return len(o.GetName()) + int(ready)
		},
	},
}

// summed is a sum and what is kept of what was summed up.
type summed struct {
	n    int
	kept any
}

func (s summed) sum() int { return s.n }

// sides list, read each item, and keep the list.
func (k kind) sides(url string) (ours side, theirs map[string]side) {
	keep := func(n int, kept any, err error) (any, error) { return summed{n, kept}, err }
	typedSide := func(peer string) side {
		client := typed(url, peer)
		return func(ctx context.Context) (any, error) { return keep(k.typed(ctx, client)) }
	}
	cluster, untyped := connect(url), dynamically(url, k.resource)
	ours = func(ctx context.Context) (any, error) { return keep(k.ours(ctx, cluster)) }
	return ours, map[string]side{
		typedJSON: typedSide(typedJSON), typedProtobuf: typedSide(typedProtobuf), floor: discard(url, k.path),
		dynamicJSON: func(ctx context.Context) (any, error) {
			list, err := untyped.List(ctx, everything)
			if err != nil {
				return nil, err
			}
			return keep(sumTyped(list.Items, k.dynamic), list, nil)
		},
	}
}

func (k kind) cases() (all []comparison) {
	for _, peer := range peers {
		all = append(all, comparison{title: k.title + "-keep-read", peer: peer, metrics: keeps, run: func(ctx context.Context, url string, s scale) (pair, error) {
			ours, theirs := k.sides(url + replay.Set{Order: data.Served, Pods: s.pods, Seed: 5}.Path())
			return alternate(ctx, s.rounds, ours, theirs[peer])
		}})
	}
	return all
}

var kindCases = slices.Concat(otherKinds[0].cases(), otherKinds[1].cases())
