package kubetest

import "testing"

func TestReplaceChecksTheVersion(t *testing.T) {
	c := start(t, WithObjects(configMap("a")))
	old := c.get(configMaps + "/a").must(200).doc
	next := Object(cloneMap(old))
	next.Put("1", "data", "x")
	a := c.do("PUT", configMaps+"/a", jsonOf(next)).must(200)
	if a.doc.Version() == old.Version() {
		t.Error("the version did not change")
	}
	c.do("PUT", configMaps+"/a", jsonOf(next)).fails(409, "Conflict",
		`Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again`)
	remove(next, "metadata", "resourceVersion")
	next.Put("2", "data", "x")
	c.do("PUT", configMaps+"/a", jsonOf(next)).must(200).has(`"2"`, "data", "x")
}

func TestReplaceRefuses(t *testing.T) {
	c := start(t, WithObjects(configMap("a")))
	c.do("PUT", configMaps+"/b", `{"metadata":{"name":"b"}}`).fails(404, "NotFound", `configmaps "b" not found`)
	c.do("PUT", configMaps+"/a", `{"metadata":{"name":"b"}}`).fails(400, "BadRequest", "the name of the object (b) does not match the name on the URL (a)")
	c.do("PUT", configMaps+"/a", `{"metadata":{}}`).fails(400, "BadRequest", "the name of the object (a based on URL) was undeterminable: name must be provided")
	c.do("PUT", configMaps+"/a", `{"metadata":{"name":"a","uid":"other"}}`).must(409)
	c.do("PUT", configMaps, `{}`).fails(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
}

func TestReplaceMakesSomeKinds(t *testing.T) {
	c := start(t)
	path := "/apis/coordination.k8s.io/v1/namespaces/default/leases/l"
	c.do("PUT", path, `{"metadata":{"name":"l"}}`).must(201)
	c.do("PUT", path, `{"metadata":{"name":"l"}}`).must(422)
}

func TestAWriteThatChangesNothingMakesNoVersion(t *testing.T) {
	c := start(t, WithObjects(configMap("a", "x", "y")))
	before := c.get(configMaps + "/a").must(200).doc
	c.patch("merge", configMaps+"/a", `{"metadata":{"labels":{"x":"y"}}}`).must(200)
	c.patch("merge", configMaps+"/a", `{}`).must(200)
	c.do("PUT", configMaps+"/a", jsonOf(before)).must(200)
	if after := c.get(configMaps + "/a").must(200).doc; after.Version() != before.Version() {
		t.Errorf("got version %s, want %s", after.Version(), before.Version())
	}
}

func TestStatusAndSpecAreChangedApart(t *testing.T) {
	c := start(t, WithObjects(pod("a")))
	c.patch("merge", pods+"/a", `{"status":{"phase":"Failed"},"metadata":{"labels":{"a":"b"}}}`).must(200).
		has(`"Pending"`, "status", "phase").has(`1`, "metadata", "generation").has(`"b"`, "metadata", "labels", "a")
	c.patch("merge", pods+"/a/status", `{"status":{"phase":"Running"},"spec":{"nodeName":"n"}}`).must(200).
		has(`"Running"`, "status", "phase").has(`null`, "spec", "nodeName")
	c.patch("strategic", pods+"/a", `{"spec":{"containers":[{"name":"main","image":"other"}]}}`).must(200).has(`2`, "metadata", "generation")
	c.get(configMaps+"/a/status").fails(404, "NotFound", "the server could not find the requested resource")
}

func TestWhatIsFixedStaysSo(t *testing.T) {
	c := start(t, WithObjects(pod("a"), `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"immutable":true,"data":{"a":"YQ=="}}`))
	c.patch("merge", pods+"/a", `{"metadata":{"name":"b"}}`).must(400)
	c.patch("merge", pods+"/a", `{"metadata":{"uid":"b"}}`).fails(422, "Invalid", `Pod "a" is invalid: metadata.uid: Invalid value: "b": field is immutable`)
	c.patch("merge", pods+"/a", `{"spec":{"nodeName":"b"}}`).must(422)
	c.patch("merge", "/api/v1/namespaces/default/secrets/s", `{"data":{"b":"YQ=="}}`).
		fails(422, "Invalid", "Secret \"s\" is invalid: data: Forbidden: field is immutable when `immutable` is set")
	c.patch("merge", pods+"/a", `{"metadata":{"creationTimestamp":"2001-01-01T00:00:00Z","generation":9}}`).must(200).has(`1`, "metadata", "generation")
}

func TestScaleIsAViewOfTheObject(t *testing.T) {
	c := start(t)
	const path = "/apis/apps/v1/namespaces/default/deployments"
	c.do("POST", path, `{"metadata":{"name":"d"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}`).must(201)
	c.get(path+"/d/scale").must(200).has(`"Scale"`, "kind").has(`{"replicas":1}`, "spec").has(`{"replicas":0,"selector":"a=b"}`, "status")
	c.do("PUT", path+"/d/scale", `{"metadata":{"name":"d"},"spec":{"replicas":3}}`).must(200).has(`{"replicas":3}`, "spec")
	c.get(path+"/d").must(200).has(`3`, "spec", "replicas").has(`2`, "metadata", "generation")
	c.do("PUT", path+"/d/scale", `{"metadata":{"name":"d","resourceVersion":"1"},"spec":{"replicas":3}}`).must(409)
	c.patch("merge", path+"/d/scale", `{"spec":{"replicas":-1}}`).must(422)
	c.patch("merge", path+"/d/scale", `{"spec":{"replicas":"x"}}`).must(422)
	c.patch("merge", path+"/d/scale", `{"metadata":{"uid":"another"},"spec":{"replicas":4}}`).must(409)
	c.get("/apis/apps/v1/namespaces/default/daemonsets/d/scale").must(404)
}

func TestScaleCanBeApplied(t *testing.T) {
	c := start(t)
	const path = "/apis/apps/v1/namespaces/default/deployments"
	c.do("POST", path, `{"metadata":{"name":"d"},"spec":{"selector":{"matchLabels":{"a":"b"}},"replicas":1,"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}`).must(201)
	scale := func(spec string) string {
		return `{"apiVersion":"autoscaling/v1","kind":"Scale","metadata":{"name":"d"},"spec":` + spec + `}`
	}
	c.patch("apply", path+"/d/scale"+asAlice, scale(`{"replicas":3}`)).fails(409, "Conflict",
		`Apply failed with 1 conflict: conflict with "Go-http-client" using apps/v1: .spec.replicas`)
	c.patch("apply", path+"/d/scale"+bobForces+"&dryRun=All", scale(`{"replicas":3}`)).must(200).has(`{"replicas":3}`, "spec")
	c.get(path+"/d").must(200).has(`1`, "spec", "replicas")
	c.patch("apply", path+"/d/scale"+bobForces, scale(`{"replicas":3}`)).must(200).has(`"Scale"`, "kind").has(`{"replicas":3}`, "spec")
	web := c.get(path+"/d").must(200).has(`3`, "spec", "replicas")
	entries := listAt(web.doc, "metadata", "managedFields")
	entry := asMap(entries[len(entries)-1])
	if got := jsonOf(entry["fieldsV1"]); got != `{"f:spec":{"f:replicas":{}}}` || text(entry, "subresource") != "scale" || text(entry, "operation") != "Apply" {
		t.Errorf("got %v", entry)
	}
	c.patch("apply", path+"/d/scale", scale(`{"replicas":4}`)).must(422)
	c.patch("apply", path+"/d/scale"+asBob, `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"}}`).must(400)
	c.patch("apply", path+"/d/scale"+asBob, `{"apiVersion":"autoscaling/v1","kind":"Scale","metadata":{"name":"d","uid":"another"},"spec":{"replicas":4}}`).must(409)
	c.patch("apply", path+"/none/scale"+asBob, `{"apiVersion":"autoscaling/v1","kind":"Scale","metadata":{"name":"none"}}`).must(404)
}
