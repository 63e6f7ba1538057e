// Package kubetest is a Kubernetes API server that lives in memory: for tests
// and demonstrations of programs that read and change clusters, without a
// cluster.
//
// It serves what a kube-apiserver 1.36 behind "kubectl proxy" serves: discovery,
// reading, listing in pages, watching, creating, replacing, patching and deleting,
// with the same status codes, reasons and texts. It runs no controllers: a
// Deployment makes no Pods, and nothing happens unless a request or the test
// makes it happen. A few things that a cluster does by itself are offered as
// methods instead, such as [Server.SetStatus] and [Server.FinishPods].
//
//	srv := kubetest.NewServer(t, kubetest.WithObjects(map[string]any{
//		"apiVersion": "v1", "kind": "Pod",
//		"metadata": map[string]any{"name": "web-0", "namespace": "default"},
//	}))
//	resp, err := http.Get(srv.URL() + "api/v1/pods")
//
// What networks and busy servers do to a client is scripted with
// [Server.Inject].
package kubetest
