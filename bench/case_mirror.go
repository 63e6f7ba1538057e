package main

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"

	"github.com/kubeviews/kube/bench/data"
	"github.com/kubeviews/kube/bench/replay"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/views"
)

type typedPod = corev1.Pod

func churned(s scale) replay.Set {
	return replay.Set{Order: data.Served, Pods: s.pods, Events: s.events / 5, Seed: 3}
}

// running is a mirror or an informer that is to be stopped.
type running struct {
	counted
	end func()
}

func (r running) stop() { r.end() }

func mirrorOurs(url, last string) side {
	pods := connect(url).Pods().WithoutManagedFields()
	return func(ctx context.Context) (any, error) {
		m, err := pods.Mirror(ctx)
		if err != nil {
			return nil, err
		}
		_, err = m.Wait(ctx, func(s views.Snapshot[items.Pod]) bool { return s.Version() == last })
		return running{func() int { return allShown(m.Snapshot().All()) }, func() { m.Close() }}, err
	}
}

// informer is client-go's cache, without managedFields, as a careful user has it.
func informer(url, peer string) (cache.SharedIndexInformer, error) {
	i := informers.NewSharedInformerFactory(typed(url, peer), 0).Core().V1().Pods().Informer()
	return i, i.SetTransform(func(o any) (any, error) {
		if pod, ok := o.(*corev1.Pod); ok {
			pod.ManagedFields = nil
		}
		return o, nil
	})
}

// closeAt closes done when the informer has told of the pod of a version.
func closeAt(i cache.SharedIndexInformer, version string, done chan struct{}) error {
	see := func(o any) {
		if o.(*corev1.Pod).ResourceVersion == version {
			close(done)
		}
	}
	_, err := i.AddEventHandler(cache.ResourceEventHandlerFuncs{AddFunc: see, UpdateFunc: func(_, o any) { see(o) }})
	return err
}

func allStored(in cache.Store) (n int) {
	for _, o := range in.List() {
		n += sizeTyped(o.(*corev1.Pod))
	}
	return n
}

func mirrorTheirs(peer string) func(url, last string) side {
	return func(url, last string) side {
		return func(ctx context.Context) (any, error) {
			i, err := informer(url, peer)
			if err != nil {
				return nil, err
			}
			done := make(chan struct{})
			if err := closeAt(i, last, done); err != nil {
				return nil, err
			}
			ctx, cancel := context.WithCancel(ctx)
			ended := make(chan struct{})
			go func() { defer close(ended); i.RunWithContext(ctx) }()
			if cache.WaitForCacheSync(ctx.Done(), i.HasSynced) && i.LastSyncResourceVersion() != last {
				<-done
			}
			return running{func() int { return allStored(i.GetStore()) }, func() { cancel(); <-ended }}, nil
		}
	}
}

func mirrorCase(title, peer string, set func(scale) replay.Set) comparison {
	return comparison{title: title, peer: peer, metrics: keeps, run: func(ctx context.Context, url string, s scale) (pair, error) {
		at, last := url+set(s).Path(), set(s).Last()
		return alternate(ctx, min(s.rounds, 3), mirrorOurs(at, last), mirrorTheirs(peer)(at, last))
	}}
}

var mirrorCases = []comparison{
	mirrorCase("mirror-churn", typedJSON, churned),
	mirrorCase("mirror-churn", typedProtobuf, churned),
	mirrorCase("mirror-rest", typedProtobuf, listed(data.Served)),
	mirrorCase("mirror-rest-shuffled", typedProtobuf, listed(data.Shuffled)),
	mirrorCase("mirror-rest-adversarial", typedProtobuf, listed(data.Adversarial)),
	extraCase(10_000), extraCase(100_000),
}
