package main

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"

	"github.com/kubeviews/kube/bench/data"
	"github.com/kubeviews/kube/bench/replay"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/views"
)

// diffCase compares two states of n items, between which there are 100 changes.
// Who has only a lister keeps the versions that it has seen: it goes from one state
// to the other, and back, so that each round finds as many changes.
func diffCase(n int) comparison {
	return comparison{title: fmt.Sprintf("diff-%dk", n/1000), peer: "lister", long: n > 10_000, metrics: timing,
		run: func(ctx context.Context, url string, s scale) (pair, error) {
			set := replay.Set{Order: data.Small, Pods: s.some(n), Events: 100, Seed: 4}
			m, older, newer, err := twoStates(ctx, url, set)
			if err != nil {
				return pair{}, err
			}
			defer m.Close()
			states := [2]listers.PodLister{listing(older), listing(newer)}
			seen, at := map[string]string{}, 0
			changedSince(states[at], seen)
			return loops(ctx, s, func(int) int { return changes(newer, older) }, func(int) int {
				at = 1 - at
				return changedSince(states[at], seen)
			})
		}}
}

// listing is a lister of the pods, as an informer has it.
func listing(pods views.Snapshot[items.Pod]) listers.PodLister {
	in := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	for pod := range pods.All() {
		of := new(corev1.Pod)
		if err := pod.Raw().Decode(of); err != nil {
			panic(err)
		}
		in.Add(of)
	}
	return listers.NewPodLister(in)
}

// twoStates are the pods before and after what happens to them.
func twoStates(ctx context.Context, url string, set replay.Set) (m *views.Mirror[items.Pod], older, newer views.Snapshot[items.Pod], err error) {
	for older.Version() != data.Version(set.Pods) {
		if m != nil {
			m.Close() // events have come before anybody has seen the list
		}
		if m, err = connect(url + set.Path()).Pods().Mirror(ctx); err != nil {
			return nil, older, newer, err
		}
		if older, err = m.Wait(ctx, func(s views.Snapshot[items.Pod]) bool { return s.Len() > 0 }); err != nil {
			return m, older, newer, err
		}
	}
	newer, err = m.Wait(ctx, func(s views.Snapshot[items.Pod]) bool { return s.Version() == set.Last() })
	return m, older, newer, err
}

func changes(newer, older views.Snapshot[items.Pod]) int {
	d := newer.Diff(older)
	return len(d.Added) + len(d.Changed) + len(d.Removed)
}

func changedSince(pods listers.PodLister, seen map[string]string) (n int) {
	for _, pod := range must(pods.List(labels.Everything())) {
		if key := pod.Namespace + "/" + pod.Name; seen[key] != pod.ResourceVersion {
			seen[key] = pod.ResourceVersion
			n++
		}
	}
	return n
}
