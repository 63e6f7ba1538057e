package demo

import (
	"slices"
	"testing"

	"github.com/kubeviews/kube/kubetest"
)

// The shop has its size, and each of its troubles.
func TestSeed(t *testing.T) {
	t.Parallel()
	w, _ := still(t, 0, 0)
	testSize(t, w)
	t.Run("last applied", func(t *testing.T) { testLastApplied(t, w) })
	t.Run("managed fields", func(t *testing.T) { testManagedFields(t, w) })
}

func testSize(t *testing.T, w *World) {
	c := takeCensus(t, w)
	c.check()
	for kind, atLeast := range map[string]int{"pods": 200, "deployments": 40, "replicasets": 80, "statefulsets": 8,
		"daemonsets": 5, "jobs": 15, "cronjobs": 6, "services": 50, "endpointslices": 50, "ingresses": 5, "configmaps": 30,
		"secrets": 30, "horizontalpodautoscalers": 5, "poddisruptionbudgets": 10, "networkpolicies": 15, "events": 40,
		"persistentvolumes": 15, "persistentvolumeclaims": 15, "campaigns": 4, "leases": 9} {
		if got := len(c.all[kind]); got < atLeast || got > 2*atLeast {
			t.Errorf("%d %s", got, kind)
		}
	}
	if n := len(c.all["nodes"]); n != 6 {
		t.Errorf("%d nodes", n)
	}
	reasons := map[string]int{}
	for _, p := range c.all["pods"] {
		for _, s := range arr(p, "status", "containerStatuses") {
			reasons[str(s, "state", "waiting", "reason")]++
			reasons[str(s, "lastState", "terminated", "reason")]++
		}
		for _, cond := range arr(p, "status", "conditions") {
			reasons[str(cond, "reason")]++
		}
		reasons[str(p, "status", "phase")]++
	}
	for _, r := range []string{"CrashLoopBackOff", "ImagePullBackOff", "OOMKilled", "Unschedulable", "Succeeded", "Failed"} {
		if reasons[r] == 0 {
			t.Errorf("no pod shows %s: %v", r, reasons)
		}
	}
	checkTimes(t, c)
}

// checkTimes: nothing is from the future, and nothing is older than its namespace.
func checkTimes(t *testing.T, c *census) {
	t.Helper()
	born := map[string]string{}
	for _, ns := range c.all["namespaces"] {
		born[ns.Name()] = str(ns, "metadata", "creationTimestamp")
	}
	for kind, docs := range c.all {
		for _, doc := range docs {
			at := str(doc, "metadata", "creationTimestamp")
			if at > "2030-05-14T09:00:00Z" || at < "2030-02-13" {
				t.Errorf("%s %s is of %s", kind, doc.Name(), at)
			}
			if ns := doc.Namespace(); ns != "" && ns != "kube-system" && ns != "kube-node-lease" && ns != "default" && at < born[ns] {
				t.Errorf("%s %s/%s is older than its namespace", kind, ns, doc.Name())
			}
			for _, o := range arr(doc, "metadata", "ownerReferences") {
				if owner := c.uids[str(o, "uid")]; str(owner, "metadata", "creationTimestamp") > at {
					t.Errorf("%s %s is older than its owner", kind, doc.Name())
				}
			}
		}
	}
}

// A larger world has about the pods that were asked for.
func TestLargerSeed(t *testing.T) {
	t.Parallel()
	w, step := still(t, 0, 450)
	c := takeCensus(t, w)
	c.check()
	if n := len(c.all["pods"]); n < 420 || n > 490 {
		t.Errorf("%d pods", n)
	}
	for range 10 {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	takeCensus(t, w).check()
}

// The fields that managers own are those that the server finds in the objects:
// it drops from managedFields, at the next write, what it does not find.
func testManagedFields(t *testing.T, w *World) {
	for kind, resource := range map[string]string{"Pod": "pods", "Deployment": "deployments", "StatefulSet": "statefulsets",
		"Service": "services", "Node": "nodes", "ConfigMap": "configmaps", "Job": "jobs", "CronJob": "cronjobs",
		"HorizontalPodAutoscaler": "horizontalpodautoscalers", "EndpointSlice": "endpointslices"} {
		docs, err := w.Server().List(resource, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range docs[:min(len(docs), 5)] {
			before := arr(doc, "metadata", "managedFields")
			next, err := w.client.patch("a-test", mergePatch, target{apiVersion: doc.APIVersion(), kind: kind, ns: doc.Namespace(), name: doc.Name()},
				object{"metadata": object{"labels": labels{"touched": "yes"}}})
			if err != nil {
				t.Fatal(err)
			}
			after := arr(next, "metadata", "managedFields")
			if len(after) != len(before)+1 {
				t.Fatalf("%s %s: %d managers became %d", kind, doc.Name(), len(before), len(after))
			}
			for i := range before {
				if show(before[i]) != show(after[i]) {
					t.Errorf("%s %s: %s\nbecame %s", kind, doc.Name(), show(before[i]), show(after[i]))
				}
			}
		}
	}
}

// kubectl's own manager leaves its annotation, on a Secret too.
func testLastApplied(t *testing.T, w *World) {
	docs, err := w.Server().List("secrets", "")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(docs, func(s kubetest.Object) bool { return str(s, "metadata", "annotations", lastApplied) != "" }) {
		t.Error("no Secret was applied by kubectl")
	}
}
