package kubetest

import (
	"testing"
	"time"
)

func bound(name string) Object {
	p := pod(name)
	p.Put("n1", "spec", "nodeName")
	return p
}

func TestDeleteAnswersWithTheObjectOrAStatus(t *testing.T) {
	c := start(t, WithObjects(pod("a"), configMap("b")))
	c.do("DELETE", pods+"/a", "").must(200).has(`"Pod"`, "kind").has(`0`, "metadata", "deletionGracePeriodSeconds")
	uid := c.get(configMaps + "/b").doc.UID()
	c.do("DELETE", configMaps+"/b", "").must(200).has(`"Success"`, "status").has(`{"kind":"configmaps","name":"b","uid":"`+uid+`"}`, "details")
	c.do("DELETE", configMaps+"/b", "").fails(404, "NotFound", `configmaps "b" not found`)
}

func TestPodsOnANodeGetTimeToEnd(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	c := start(t, WithClock(func() time.Time { return now }), WithObjects(bound("a"), bound("b"), bound("c")))
	c.do("DELETE", pods+"/a", "").must(200).has(`"2030-01-01T00:00:30Z"`, "metadata", "deletionTimestamp").has(`30`, "metadata", "deletionGracePeriodSeconds")
	c.do("DELETE", pods+"/a?gracePeriodSeconds=100", "").must(200).has(`30`, "metadata", "deletionGracePeriodSeconds")
	c.do("DELETE", pods+"/a?gracePeriodSeconds=5", "").must(200).has(`5`, "metadata", "deletionGracePeriodSeconds").
		has(`"2030-01-01T00:00:05Z"`, "metadata", "deletionTimestamp")
	c.get(pods + "/a").must(200)
	c.do("DELETE", pods+"/a", `{"gracePeriodSeconds":0}`).must(200)
	c.get(pods + "/a").must(404)

	c.do("DELETE", pods+"/b", "").must(200)
	if n := c.srv.FinishPods(); n != 1 {
		t.Errorf("finished %d pods, want 1", n)
	}
	if got := c.get(pods).names(); got != "c" {
		t.Errorf("got %q", got)
	}
}

func TestFinalizersHoldAnObject(t *testing.T) {
	cm := configMap("a")
	cm.Put([]any{"example.com/x", "example.com/y"}, "metadata", "finalizers")
	c := start(t, WithObjects(cm))
	c.do("DELETE", configMaps+"/a", "").must(200).has(`0`, "metadata", "deletionGracePeriodSeconds")
	c.do("POST", configMaps, jsonOf(configMap("a"))).fails(409, "AlreadyExists", `object is being deleted: configmaps "a" already exists`)
	c.patch("merge", configMaps+"/a", `{"metadata":{"finalizers":["example.com/z"]}}`).fails(422, "Invalid",
		`ConfigMap "a" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/z"}`)
	c.patch("merge", configMaps+"/a", `{"metadata":{"finalizers":["example.com/x"]}}`).must(200)
	c.get(configMaps + "/a").must(200)
	c.patch("merge", configMaps+"/a", `{"metadata":{"finalizers":null}}`).must(200)
	c.get(configMaps + "/a").must(404)
}

func TestDeletePreconditions(t *testing.T) {
	c := start(t, WithObjects(configMap("a")))
	uid := c.get(configMaps + "/a").doc.UID()
	c.do("DELETE", configMaps+"/a", `{"preconditions":{"uid":"x"}}`).fails(409, "Conflict",
		`Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (x) does not match the UID in record (`+uid+`). The object might have been deleted and then recreated`)
	c.do("DELETE", configMaps+"/a", `{"preconditions":{"resourceVersion":"1"}}`).must(409)
	c.do("DELETE", configMaps+"/a", `{"propagationPolicy":"Up"}`).must(422)
	c.do("DELETE", configMaps+"/a?gracePeriodSeconds=x", "").must(400)
	c.do("DELETE", configMaps+"/a?dryRun=All", "").must(200)
	c.do("DELETE", configMaps+"/a", `{"preconditions":{"uid":"`+uid+`"}}`).must(200)
}

func TestDeleteCollectionTakesASelection(t *testing.T) {
	c := start(t, WithObjects(configMap("a", "x", "1"), configMap("b"), configMap("c", "x", "1")))
	if got := c.do("DELETE", configMaps+"?labelSelector=x%3D1", "").names(); got != "a c" {
		t.Errorf("got %q", got)
	}
	if got := c.get(configMaps).names(); got != "b" {
		t.Errorf("got %q", got)
	}
	c.do("DELETE", "/api/v1/configmaps", "").must(405)
	c.do("DELETE", "/api/v1/namespaces", "").must(405)
}

// family is a ReplicaSet with a pod of its own.
func family(t *testing.T, opts ...Option) *client {
	t.Helper()
	c := start(t, opts...)
	rs := put1(t, c.srv, `{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"rs"},"spec":{}}`)
	child := pod("child")
	child.Put([]any{map[string]any{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "rs", "uid": rs.UID(), "controller": true}}, "metadata", "ownerReferences")
	put1(t, c.srv, child)
	return c
}

const replicaSet = "/apis/apps/v1/namespaces/default/replicasets/rs"

func TestPropagationPolicies(t *testing.T) {
	t.Run("background", func(t *testing.T) {
		c := family(t)
		c.do("DELETE", replicaSet, "").must(200).has(`"Success"`, "status")
		c.get(pods + "/child").must(404)
	})
	t.Run("foreground", func(t *testing.T) {
		c := family(t)
		c.do("DELETE", replicaSet, `{"propagationPolicy":"Foreground"}`).must(200).has(`["foregroundDeletion"]`, "metadata", "finalizers")
		c.get(replicaSet).must(404)
		c.get(pods + "/child").must(404)
	})
	t.Run("foreground waits for slow dependents", func(t *testing.T) {
		c := family(t)
		if _, err := c.srv.Update("pods", "default", "child", func(p Object) { p.Put("n1", "spec", "nodeName") }); err != nil {
			t.Fatal(err)
		}
		c.do("DELETE", replicaSet, `{"propagationPolicy":"Foreground"}`).must(200)
		c.get(replicaSet).must(200)
		c.srv.FinishPods()
		c.get(replicaSet).must(404)
	})
	t.Run("orphan", func(t *testing.T) {
		c := family(t)
		c.do("DELETE", replicaSet+"?propagationPolicy=Orphan", "").must(200).has(`["orphan"]`, "metadata", "finalizers")
		c.get(replicaSet).must(404)
		c.get(pods+"/child").must(200).has(`null`, "metadata", "ownerReferences")
	})
	t.Run("without a collector", func(t *testing.T) {
		c := family(t, WithoutGarbageCollection())
		c.do("DELETE", replicaSet+"?propagationPolicy=Orphan", "").must(200)
		c.get(replicaSet).must(200).has(`["orphan"]`, "metadata", "finalizers")
	})
}
