package main

import (
	"context"
	"fmt"
	"unsafe"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubeviews/kube/bench/data"
	"github.com/kubeviews/kube/bench/replay"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/raw"
	"github.com/kubeviews/kube/views"
)

var extra = metric{"", "B/item", func(c cost) float64 { return float64(c.Kept) }, 1}

// extraCase weighs what a mirror, and an informer, hold for an item beyond the
// document, or the object, itself.
func extraCase(n int) comparison {
	return comparison{title: fmt.Sprintf("mirror-extra-%dk", n/1000), peer: typedProtobuf, long: n > 10_000, metrics: []metric{extra},
		run: func(ctx context.Context, url string, s scale) (pair, error) {
			set := replay.Set{Order: data.Small, Pods: s.some(n), Seed: 4}
			at := url + set.Path()
			ours, err := alternate(ctx, 1, mirrorOurs(at, set.Last()), documents(at, set.Last()))
			if err != nil {
				return pair{}, err
			}
			theirs, err := alternate(ctx, 1, mirrorTheirs(typedProtobuf)(at, set.Last()), objects(at, set.Pods))
			if err != nil {
				return pair{}, err
			}
			var p pair
			if p.Ours, err = ours.beyond(set.Pods, int(unsafe.Sizeof(raw.Object{}))); err == nil {
				p.Theirs, err = theirs.beyond(set.Pods, int(unsafe.Sizeof(new(corev1.Pod))))
			}
			return p, err
		}}
}

// beyond is how much more ours keeps for an item than theirs, which keeps a slice of
// what ours holds. Less than theirs cannot be: then they do not hold the same.
func (p pair) beyond(n, element int) (all []cost, err error) {
	for i := range p.Ours {
		more := (p.Ours[i].Kept-p.Theirs[i].Kept)/int64(n) + int64(element)
		if more < 0 {
			return nil, fmt.Errorf("an item costs %d bytes beyond what it holds", more)
		}
		all = append(all, cost{Kept: more})
	}
	return all, nil
}

// documents keeps the documents that a mirror has packed, and nothing else of it.
func documents(url, last string) side {
	pods := connect(url).Pods().WithoutManagedFields()
	return func(ctx context.Context) (any, error) {
		m, err := pods.Mirror(ctx)
		if err != nil {
			return nil, err
		}
		defer m.Close()
		held, err := m.Wait(ctx, func(s views.Snapshot[items.Pod]) bool { return s.Version() == last })
		if err != nil {
			return nil, err
		}
		all := make([]raw.Object, 0, held.Len())
		for pod := range held.All() {
			all = append(all, pod.Raw())
		}
		return summed{allShown(held.All()), all}, nil
	}
}

// objects keeps the pods each for itself, as an informer does.
func objects(url string, n int) side {
	pods := typed(url, typedProtobuf).CoreV1().Pods("")
	return func(ctx context.Context) (any, error) {
		list, err := pods.List(ctx, everything)
		if err != nil {
			return nil, err
		}
		all := make([]*corev1.Pod, 0, n)
		for i := range list.Items {
			pod := list.Items[i]
			pod.ManagedFields = nil
			all = append(all, &pod)
		}
		return counted(func() int { return sumTyped(all, func(p **corev1.Pod) int { return sizeTyped(*p) }) }), nil
	}
}
