package main

import (
	"context"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/kubeviews/kube"
)

// Peers are who ours is compared with.
const (
	typedJSON     = "typed-json"
	typedProtobuf = "typed-protobuf"
	dynamicJSON   = "dynamic"
	floor         = "floor" // reads the same bytes, and throws them away
)

var peers = []string{typedJSON, typedProtobuf, dynamicJSON, floor}

func config(url, media string) *rest.Config {
	return &rest.Config{Host: url, QPS: -1, ContentConfig: rest.ContentConfig{ContentType: media, AcceptContentTypes: media}}
}

func typed(url, peer string) *kubernetes.Clientset {
	media := runtime.ContentTypeJSON
	if peer == typedProtobuf {
		media = runtime.ContentTypeProtobuf
	}
	return must(kubernetes.NewForConfig(config(url, media)))
}

func dynamically(url string, resource schema.GroupVersionResource) dynamic.ResourceInterface {
	return must(dynamic.NewForConfig(config(url, runtime.ContentTypeJSON))).Resource(resource)
}

var podsResource = corev1.SchemeGroupVersion.WithResource("pods")

func connect(url string) *kube.Cluster { return must(kube.NewCluster(kube.WithURL(url))) }

// must is for what fails on no machine.
func must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}

// plain is the client of the read floor.
var plain = &http.Client{Transport: &http.Transport{DisableCompression: true}}

func get(ctx context.Context, url string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	return plain.Do(r)
}

// fields are what a table of pods shows.
type fields struct {
	namespace, name, app, phase, node, ip string
	started                               time.Time
	restarts                              int64
}

// size is a number that shown makes of the same fields.
func (f fields) size() int {
	bits := 0
	if f.ip != "" {
		bits = 32
	}
	return len(f.namespace) + len(f.name) + len(f.app) + len(f.phase) + len(f.node) + bits + f.started.Minute() + int(f.restarts)
}

const appLabel = "app.kubernetes.io/name"

func ofTyped(p *corev1.Pod) (f fields) {
	f = fields{namespace: p.Namespace, name: p.Name, app: p.Labels[appLabel], phase: string(p.Status.Phase), node: p.Spec.NodeName, ip: p.Status.PodIP}
	if p.Status.StartTime != nil {
		f.started = p.Status.StartTime.Time
	}
	for _, all := range [][]corev1.ContainerStatus{p.Status.ContainerStatuses, p.Status.InitContainerStatuses} {
		for _, c := range all {
			f.restarts += int64(c.RestartCount)
		}
	}
	return f
}

func ofDynamic(p *unstructured.Unstructured) (f fields) {
	text := func(path ...string) string {
		s, _, _ := unstructured.NestedString(p.Object, path...)
		return s
	}
	f = fields{namespace: p.GetNamespace(), name: p.GetName(), app: p.GetLabels()[appLabel], phase: text("status", "phase"), node: text("spec", "nodeName"), ip: text("status", "podIP")}
	f.started, _ = time.Parse(time.RFC3339, text("status", "startTime"))
	for _, field := range []string{"containerStatuses", "initContainerStatuses"} {
		all, _, _ := unstructured.NestedSlice(p.Object, "status", field)
		for _, c := range all {
			n, _, _ := unstructured.NestedInt64(c.(map[string]any), "restartCount")
			f.restarts += n
		}
	}
	return f
}

var everything = metav1.ListOptions{}
