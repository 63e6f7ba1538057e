package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"runtime"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/cache"

	"github.com/kubeviews/kube/bench/data"
	"github.com/kubeviews/kube/bench/replay"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/views"
)

// A snapshot remembers, of the labels that selections have looked at, what the next
// ones need. So there are cases of the first selection, and of those after a change.

// selectFirst selects from snapshots of n items that nobody has searched. A lister
// remembers nothing: it selects from the same again.
func selectFirst(n int) comparison {
	return comparison{title: fmt.Sprintf("select-first-%dk", n/1000), peer: "lister", long: true, metrics: []metric{wall},
		run: func(ctx context.Context, url string, s scale) (pair, error) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			b, err := hold(ctx, url, s.some(n))
			if err != nil {
				return pair{}, err
			}
			defer b.mirror.Close()
			var fresh views.Snapshot[items.Pod]
			before := func(int) (err error) {
				fresh, err = inMirror(ctx, b.at)
				runtime.GC() // of what it took to make it
				return err
			}
			return timed(s.rounds, 3, before,
				func(i int) int { return selected(fresh, b.key(i).app) }, func(i int) int { return selecting.theirs(b, i) })
		}}
}

// selectChurn selects from n items, each time after one of them has changed.
func selectChurn(n int) comparison {
	const calls = 30
	return comparison{title: fmt.Sprintf("select-churn-%dk", n/1000), peer: "lister", long: true, metrics: []metric{wall},
		run: func(ctx context.Context, _ string, s scale) (pair, error) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			events := replay.NewServer(recordings)
			events.Hold()
			server := httptest.NewServer(events)
			defer server.Close()
			defer cancel()
			b, err := holdSet(ctx, server.URL, replay.Set{Order: data.Small, Pods: s.some(n), Events: calls * (s.rounds + 1), Seed: 4})
			if err != nil {
				return pair{}, err
			}
			defer b.mirror.Close()
			arrived, err := b.arrivals()
			if err != nil {
				return pair{}, err
			}
			before := func(i int) error {
				events.Release(i + 1)
				return b.reach(ctx, data.Version(b.n+i+1), arrived)
			}
			return timed(s.rounds, calls, before, func(i int) int { return selecting.ours(b, i) }, func(i int) int { return selecting.theirs(b, i) })
		}}
}

// arrivals are the versions that the informer comes to hold.
func (b *both) arrivals() (<-chan string, error) {
	versions := make(chan string)
	_, err := b.informer.AddEventHandler(cache.ResourceEventHandlerFuncs{UpdateFunc: func(_, o any) { versions <- o.(*corev1.Pod).ResourceVersion }})
	return versions, err
}

// reach waits until mirror and informer hold what there is at a version.
func (b *both) reach(ctx context.Context, version string, arrived <-chan string) error {
	if _, err := b.mirror.Wait(ctx, func(s views.Snapshot[items.Pod]) bool { return s.Version() == version }); err != nil {
		return err
	}
	select {
	case got := <-arrived:
		if got != version {
			return fmt.Errorf("the informer holds %s, not %s", got, version)
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// timed measures single calls, of both sides in turns, and nothing of what is done
// before each. The cost of a round is that of one of its calls.
func timed(rounds, calls int, before func(i int) error, ours, theirs func(i int) (found int)) (p pair, err error) {
	for round := range rounds + 1 {
		var mine, other time.Duration
		for i := round * calls; i < (round+1)*calls; i++ {
			if err := before(i); err != nil {
				return pair{}, err
			}
			found, took := clocked(ours, i)
			wanted, longer := clocked(theirs, i)
			if err := same(found, wanted); err != nil {
				return pair{}, err
			}
			mine, other = mine+took, other+longer
		}
		if round > 0 { // the first does not count
			p.Ours = append(p.Ours, cost{Wall: mine / time.Duration(calls)})
			p.Theirs = append(p.Theirs, cost{Wall: other / time.Duration(calls)})
		}
	}
	return p, nil
}

func clocked(f func(int) int, i int) (found int, took time.Duration) {
	start := time.Now()
	found = f(i)
	return found, time.Since(start)
}
