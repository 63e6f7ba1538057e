package main

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/kubeviews/kube/bench/data"
	"github.com/kubeviews/kube/bench/replay"
	ours "github.com/kubeviews/kube/watch"
)

type unstructuredPod = unstructured.Unstructured

const watchedPods = 1000

func watched(s scale, order data.Order) replay.Set {
	return replay.Set{Order: order, Pods: watchedPods, Events: s.events, Seed: 2}
}

func watchOurs(url string, n int) side {
	return watchOursFrom(url, ours.FromVersion(data.Version(watchedPods)), n)
}

func watchOursFrom(url string, start ours.Start, n int) side {
	pods := connect(url).Pods().WithoutManagedFields()
	return func(ctx context.Context) (any, error) {
		w, err := pods.Watch(ctx, start)
		if err != nil {
			return nil, err
		}
		defer w.Close()
		read := 0
		for range n {
			e, err := w.Next(ctx)
			if err != nil || e.Err != nil {
				return nil, fmt.Errorf("after %d events: %w, %w", read, err, e.Err)
			}
			phase, _ := e.Item.Phase()
			read += len(phase)
		}
		return read, nil
	}
}

var fromStart = metav1.ListOptions{ResourceVersion: data.Version(watchedPods), AllowWatchBookmarks: true}

// drain reads n events of a watch.
func drain(w watch.Interface, n int, read func(any) int) (any, error) {
	defer w.Stop()
	sum := 0
	for i := range n {
		e, ok := <-w.ResultChan()
		if !ok || e.Type == watch.Error {
			return nil, fmt.Errorf("after %d events: %v", i, e)
		}
		sum += read(e.Object)
	}
	return sum, nil
}

func watchTyped(peer string) func(url string, n int) side { return watchTypedFrom(peer, fromStart) }

func watchTypedFrom(peer string, options metav1.ListOptions) func(url string, n int) side {
	return func(url string, n int) side {
		pods := typed(url, peer).CoreV1().Pods("")
		return func(ctx context.Context) (any, error) {
			w, err := pods.Watch(ctx, options)
			if err != nil {
				return nil, err
			}
			return drain(w, n, func(o any) int { return len(o.(*typedPod).Status.Phase) })
		}
	}
}

func watchDynamic(url string, n int) side {
	pods := dynamically(url, podsResource)
	return func(ctx context.Context) (any, error) {
		w, err := pods.Watch(ctx, fromStart)
		if err != nil {
			return nil, err
		}
		return drain(w, n, func(o any) int { return len(phaseDynamic(o.(*unstructuredPod))) })
	}
}

// watchFloor reads as many bytes as the events have.
func watchFloor(url string, n int) side {
	return func(ctx context.Context) (any, error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		resp, err := get(ctx, url+"/api/v1/pods?watch=true&resourceVersion="+data.Version(watchedPods))
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		buffer, lines := make([]byte, 1<<16), 0
		for lines < n {
			m, err := resp.Body.Read(buffer)
			for _, c := range buffer[:m] {
				if c == '\n' {
					lines++
				}
			}
			if err != nil && lines < n {
				return nil, fmt.Errorf("after %d events: %w", lines, err)
			}
		}
		return discarded(lines), nil
	}
}

func watchCase(title string, order data.Order, peer string, theirs func(string, int) side) comparison {
	return comparison{title: title, peer: peer, long: slow(title, peer), metrics: work, run: func(ctx context.Context, url string, s scale) (pair, error) {
		at := url + watched(s, order).Path()
		return alternate(ctx, s.rounds, watchOurs(at, s.events), theirs(at, s.events))
	}}
}

var watchCases = []comparison{
	watchCase("watch", data.Served, typedJSON, watchTyped(typedJSON)),
	watchCase("watch", data.Served, typedProtobuf, watchTyped(typedProtobuf)),
	watchCase("watch", data.Served, dynamicJSON, watchDynamic),
	watchCase("watch", data.Served, floor, watchFloor),
	watchCase("adversarial-watch", data.Adversarial, typedJSON, watchTyped(typedJSON)),
	watchCase("adversarial-watch", data.Adversarial, typedProtobuf, watchTyped(typedProtobuf)),
}
