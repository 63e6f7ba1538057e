package main

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubeviews/kube/bench/data"
	"github.com/kubeviews/kube/bench/replay"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/views"
)

// diffCase compares two states of n items, between which there are 100 changes.
// Who has only a lister keeps the versions that it has seen.
func diffCase(n int) comparison {
	return comparison{title: fmt.Sprintf("diff-%dk", n/1000), peer: "lister", long: n > 10_000, metrics: timing,
		run: func(ctx context.Context, url string, s scale) (pair, error) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			set := replay.Set{Order: data.Small, Pods: s.some(n), Events: 100, Seed: 4}
			m, older, newer, err := twoStates(ctx, url, set)
			if err != nil {
				return pair{}, err
			}
			defer m.Close()
			b, err := hold(ctx, url, s.some(n))
			if err != nil {
				return pair{}, err
			}
			defer b.mirror.Close()
			seen := map[string]string{}
			return loops(ctx, s, func(int) { changes(newer, older) }, func(int) { b.changedSince(seen) })
		}}
}

// twoStates are the pods before and after what happens to them.
func twoStates(ctx context.Context, url string, set replay.Set) (m *views.Mirror[items.Pod], older, newer views.Snapshot[items.Pod], err error) {
	if m, err = connect(url + set.Path()).Pods().Mirror(ctx); err != nil {
		return nil, older, newer, err
	}
	older, err = m.Wait(ctx, func(s views.Snapshot[items.Pod]) bool { return s.Len() > 0 })
	if err == nil {
		newer, err = m.Wait(ctx, func(s views.Snapshot[items.Pod]) bool { return s.Version() == set.Last() })
	}
	return m, older, newer, err
}

func changes(newer, older views.Snapshot[items.Pod]) int {
	d := newer.Diff(older)
	return len(d.Added) + len(d.Changed) + len(d.Removed)
}

func (b *both) changedSince(seen map[string]string) (n int) {
	for _, pod := range list(b, labels.Everything()) {
		if key := pod.Namespace + "/" + pod.Name; seen[key] != pod.ResourceVersion {
			seen[key] = pod.ResourceVersion
			n++
		}
	}
	return n
}
