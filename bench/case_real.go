package main

import (
	"context"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/kubeviews/kube/bench/data"
)

// realCase lists and reads the pods of a real API server, through kubectl proxy. It
// needs a cluster that has nothing to do: make bench CLUSTER=1 starts one.
func realCase(peer string) comparison {
	return comparison{title: "real-list", peer: peer, real: true, metrics: []metric{wall, cpu.as("-cpu")}, run: func(ctx context.Context, _ string, s scale) (pair, error) {
		if err := populate(ctx, typed(s.proxy, typedProtobuf), s.some(10_000)); err != nil {
			return pair{}, err
		}
		return alternate(ctx, s.rounds, readOurs(s.proxy), clients(readTyped, readDynamic)[peer](s.proxy))
	}}
}

// as is the metric under another name.
func (m metric) as(suffix string) metric {
	m.suffix = suffix
	return m
}

// writers are how many write pods at once.
const writers = 16

// populate makes the pods that are not there yet.
func populate(ctx context.Context, client *kubernetes.Clientset, n int) error {
	pods := data.Pods(n, data.Served, 6).Items
	have, err := client.CoreV1().Pods("").List(ctx, metav1.ListOptions{Limit: 1})
	if err != nil || len(have.Items) > 0 && have.RemainingItemCount != nil && int(*have.RemainingItemCount)+1 >= n {
		return err
	}
	if err := namespaces(ctx, client, pods); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan *corev1.Pod)
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for pod := range queue {
				if err := write(ctx, client, pod); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := range pods {
		queue <- &pods[i]
	}
	close(queue)
	all.Wait()
	return context.Cause(ctx)
}

func namespaces(ctx context.Context, client *kubernetes.Clientset, pods []corev1.Pod) error {
	last := ""
	for _, pod := range pods {
		if pod.Namespace == last {
			continue // they are sorted
		}
		last = pod.Namespace
		_, err := client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: last}}, metav1.CreateOptions{})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	return nil
}

// write makes a pod and its status, as several managers.
func write(ctx context.Context, client *kubernetes.Clientset, pod *corev1.Pod) error {
	if ctx.Err() != nil {
		return nil
	}
	pod.UID, pod.ResourceVersion, pod.ManagedFields, pod.OwnerReferences = "", "", nil, nil
	status := pod.Status
	made, err := client.CoreV1().Pods(pod.Namespace).Create(ctx, pod, metav1.CreateOptions{FieldManager: "kube-controller-manager"})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	if err != nil {
		return err
	}
	made.Status = status
	_, err = client.CoreV1().Pods(pod.Namespace).UpdateStatus(ctx, made, metav1.UpdateOptions{FieldManager: "kubelet"})
	return err
}

var realCases = []comparison{realCase(floor), realCase(typedJSON), realCase(typedProtobuf), realCase(dynamicJSON)}
