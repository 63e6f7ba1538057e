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
//
// What runs in pods is Go functions: programs ([Server.SetExec]), ports
// ([Server.SetPort]), HTTP behind Services ([Server.SetService]), and logs that
// grow ([Server.AppendLog]). Exec and attach speak WebSocket only, the older SPDY
// upgrade is not served.
//
// # What it does not do
//
// It speaks JSON and YAML, not protobuf, so that "kubectl create" cannot talk to
// it while "kubectl get" and "kubectl apply" can. It checks of a spec only what
// people often get wrong, keeps members that it does not know, and knows nothing
// of the schemas in CustomResourceDefinitions. Every request may do everything
// that [Server.Forbid] does not forbid; nobody has to prove who they are.
//
// Deletions are carried out at once, where a cluster's controllers take their
// time: what a deleted namespace holds, what a deleted object owns. See
// [Server.HoldNamespace] and [WithoutGarbageCollection].
package kubetest
