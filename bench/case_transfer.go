package main

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/pager"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/bench/data"
	"github.com/kubeviews/kube/bench/replay"
)

// pageSize is that of client-go's pager, if it is not told another.
const pageSize = 500

func pagedOurs(url string) side {
	return read(connect(url).Pods().WithoutManagedFields().PageSize(pageSize))
}

// pagedTheirs reads by client-go's pager, which asks for pages ahead of what is read,
// as ours does, and hands out items one by one.
func pagedTheirs(peer string) func(url string) side {
	return func(url string) side {
		pods := typed(url, peer).CoreV1().Pods("")
		return func(ctx context.Context) (any, error) {
			var all []*corev1.Pod // as ours has them all before it reads
			p := pager.New(func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) { return pods.List(ctx, o) })
			p.PageSize = pageSize
			err := p.EachListItem(ctx, everything, func(o runtime.Object) error {
				all = append(all, o.(*corev1.Pod))
				return nil
			})
			return sumTyped(all, func(p **corev1.Pod) int { return sizeTyped(*p) }), err
		}
	}
}

func zippedOurs(url string) side {
	c := must(kube.NewCluster(kube.WithURL(url), kube.WithCompression(true)))
	return read(c.Pods().WithoutManagedFields())
}

func zipped(s scale) replay.Set {
	return replay.Set{Order: data.Served, Pods: s.pods, Seed: 1, Gzip: true}
}

// client-go asks for gzip unless it is told not to.
var transferCases = slices.Concat(
	against("list-paged", work, listed(data.Served), pagedOurs, map[string]func(string) side{
		typedJSON: pagedTheirs(typedJSON), typedProtobuf: pagedTheirs(typedProtobuf)}),
	against("list-gzip", work, zipped, zippedOurs, without(clients(readTyped, readDynamic), floor)),
)

func without(all map[string]func(string) side, peer string) map[string]func(string) side {
	delete(all, peer)
	return all
}
