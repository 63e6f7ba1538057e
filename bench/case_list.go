package main

import (
	"context"
	"io"
	"iter"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubeviews/kube/bench/data"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/views"
)

// clients are what peers do with the list of pods at a URL.
func clients(typedList func(*corev1.PodList) any, dynamicList func(url string) side) map[string]func(string) side {
	each := func(peer string) func(string) side {
		return func(url string) side {
			pods := typed(url, peer).CoreV1().Pods("")
			return func(ctx context.Context) (any, error) {
				list, err := pods.List(ctx, everything)
				if err != nil {
					return nil, err
				}
				return typedList(list), nil
			}
		}
	}
	return map[string]func(string) side{typedJSON: each(typedJSON), typedProtobuf: each(typedProtobuf), dynamicJSON: dynamicList, floor: discardPods}
}

func discardPods(url string) side { return discard(url, "api/v1/pods") }

// discard reads what is at a path, and throws it away.
func discard(url, path string) side {
	return func(ctx context.Context) (any, error) {
		resp, err := get(ctx, url+"/"+path)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		n, err := io.Copy(io.Discard, resp.Body)
		return discarded(n), err
	}
}

func keepOurs(url string) side { return keep(connect(url).Pods()) }

func keepLean(url string) side { return keep(connect(url).Pods().WithoutManagedFields()) }

func keep(pods views.View[items.Pod]) side {
	return func(ctx context.Context) (any, error) {
		list, err := pods.List(ctx)
		return counted(func() int { return allShown(list.All()) }), err
	}
}

func keepTyped(l *corev1.PodList) any { return counted(func() int { return allTyped(l) }) }

func keepDynamic(url string) side {
	pods := dynamically(url, podsResource)
	return func(ctx context.Context) (any, error) {
		l, err := pods.List(ctx, everything)
		return counted(func() int { return sumTyped(l.Items, sizeDynamic) }), err
	}
}

func readOurs(url string) side { return read(connect(url).Pods().WithoutManagedFields()) }

func read(pods views.View[items.Pod]) side {
	return func(ctx context.Context) (any, error) {
		list, err := pods.List(ctx)
		if err != nil {
			return nil, err
		}
		return allShown(list.All()), nil
	}
}

func allShown(all iter.Seq[items.Pod]) (n int) {
	for pod := range all {
		n += shown(pod)
	}
	return n
}

// shown reads of a pod what a table of pods shows, as ofTyped does.
func shown(p items.Pod) int {
	app, _ := p.Labels().Get(appLabel)
	phase, _ := p.Phase()
	node, _ := p.NodeName()
	ip, _ := p.IP()
	started, _ := p.StartTime()
	restarts, _ := p.Restarts()
	return len(p.Namespace()) + len(p.Name()) + len(app) + len(phase) + len(node) + ip.BitLen() + started.Minute() + int(restarts)
}

func readTyped(l *corev1.PodList) any { return allTyped(l) }

func allTyped(l *corev1.PodList) int { return sumTyped(l.Items, sizeTyped) }

func sizeTyped(p *corev1.Pod) int { return ofTyped(p).size() }

func sizeDynamic(p *unstructuredPod) int { return ofDynamic(p).size() }

func readDynamic(url string) side {
	pods := dynamically(url, podsResource)
	return func(ctx context.Context) (any, error) {
		l, err := pods.List(ctx, everything)
		if err != nil {
			return nil, err
		}
		return sumTyped(l.Items, sizeDynamic), nil
	}
}

func filterOurs(url string) side {
	pods := connect(url).Pods().WithoutManagedFields()
	return func(ctx context.Context) (any, error) {
		var kept []items.Pod
		for pod, err := range pods.All(ctx) {
			if err != nil {
				return nil, err
			}
			if phase, _ := pod.Phase(); phase == "Pending" {
				kept = append(kept, pod)
			}
		}
		return counted(func() int { return allShown(slices.Values(kept)) }), nil
	}
}

func filterTyped(l *corev1.PodList) any {
	var kept []*corev1.Pod
	for i := range l.Items {
		if l.Items[i].Status.Phase == corev1.PodPending {
			kept = append(kept, l.Items[i].DeepCopy()) // a pointer would keep the list
		}
	}
	return counted(func() int { return sumTyped(kept, func(p **corev1.Pod) int { return sizeTyped(*p) }) })
}

func filterDynamic(url string) side {
	pods := dynamically(url, podsResource)
	return func(ctx context.Context) (any, error) {
		l, err := pods.List(ctx, everything)
		if err != nil {
			return nil, err
		}
		l.Items = slices.DeleteFunc(l.Items, func(p unstructuredPod) bool { return phaseDynamic(&p) != "Pending" })
		return counted(func() int { return sumTyped(l.Items, sizeDynamic) }), nil
	}
}

func phaseDynamic(p *unstructuredPod) string {
	phase, _, _ := unstructured.NestedString(p.Object, "status", "phase")
	return phase
}

func streamOurs(url string) side {
	pods := connect(url).Pods().WithoutManagedFields()
	return func(ctx context.Context) (any, error) {
		n := 0
		for pod, err := range pods.All(ctx) {
			if err != nil {
				return nil, err
			}
			n += shown(pod)
		}
		return n, nil
	}
}

var listCases = slices.Concat(
	against("list-keep", keeps, listed(data.Served), keepOurs, clients(keepTyped, keepDynamic)),
	against("list-keep-lean", keeps, listed(data.Served), keepLean, clients(keepTyped, keepDynamic)),
	against("list-read", work, listed(data.Served), readOurs, clients(readTyped, readDynamic)),
	against("list-filter", keeps, listed(data.Served), filterOurs, clients(filterTyped, filterDynamic)),
	against("list-stream", work, listed(data.Served), streamOurs, clients(readTyped, readDynamic)),
	against("shuffled-keep-lean", keeps, listed(data.Shuffled), keepLean, clients(keepTyped, keepDynamic)),
	against("adversarial-keep-lean", keeps, listed(data.Adversarial), keepLean, clients(keepTyped, keepDynamic)),
	against("shuffled-read", work, listed(data.Shuffled), readOurs, clients(readTyped, readDynamic)),
	against("adversarial-read", work, listed(data.Adversarial), readOurs, clients(readTyped, readDynamic)),
)
