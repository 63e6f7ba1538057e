package kubetest

import "testing"

const (
	applied   = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: "
	asAlice   = "?fieldManager=alice"
	asBob     = "?fieldManager=bob"
	bobForces = "?fieldManager=bob&force=true"
)

func TestApplyMakesAndChangesObjects(t *testing.T) {
	c := start(t)
	c.patch("apply", configMaps+"/a"+asAlice, applied+`{one: "1", two: "2"}`).must(201).has(`{"one":"1","two":"2"}`, "data")
	before := c.srv.Version()
	c.patch("apply", configMaps+"/a"+asAlice, applied+`{one: "1", two: "2"}`).must(200)
	if c.srv.Version() != before {
		t.Error("the same configuration made a new version")
	}
	a := c.patch("apply", configMaps+"/a"+asAlice, applied+`{one: "3"}`).must(200).has(`{"one":"3"}`, "data")
	entry := asMap(listAt(a.doc, "metadata", "managedFields")[0])
	if got := jsonOf(entry["fieldsV1"]); got != `{"f:data":{"f:one":{}}}` || text(entry, "operation") != "Apply" {
		t.Errorf("got %v", entry)
	}
}

func TestApplyTellsWhoElseHoldsAField(t *testing.T) {
	c := start(t)
	c.patch("apply", configMaps+"/a"+asAlice, applied+`{one: "1"}`).must(201)
	c.patch("apply", configMaps+"/a"+asBob, applied+`{one: "2"}`).fails(409, "Conflict", `Apply failed with 1 conflict: conflict with "alice": .data.one`).
		has(`[{"field":".data.one","message":"conflict with \"alice\"","reason":"FieldManagerConflict"}]`, "details", "causes")
	c.patch("apply", configMaps+"/a"+bobForces, applied+`{one: "2", two: "2"}`).must(200).has(`{"one":"2","two":"2"}`, "data")
	c.patch("apply", configMaps+"/a"+asAlice, applied+`{one: "2"}`).must(200)
	c.patch("apply", configMaps+"/a"+asBob, applied+`{}`).must(200).has(`{"one":"2"}`, "data") // alice still wants it
	c.patch("merge", configMaps+"/a", `{"data":{"x":"1","y":"1"}}`).must(200)
	c.patch("apply", configMaps+"/a"+asBob, applied+`{x: "2", "y": "2"}`).fails(409, "Conflict",
		"Apply failed with 2 conflicts: conflicts with \"Go-http-client\" using v1:\n- .data.x\n- .data.y")
}

func TestApplyMergesLists(t *testing.T) {
	c := start(t)
	const path = "/apis/apps/v1/namespaces/default/deployments/d"
	config := func(containers string) string {
		return `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"selector":{"matchLabels":{"a":"b"}},
			"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[` + containers + `]}}}}`
	}
	c.patch("apply", path+asAlice, config(`{"name":"one","image":"i"},{"name":"two","image":"j","env":[{"name":"A"},{"name":"B"}]}`)).must(201)
	a := c.patch("apply", path+asAlice, config(`{"name":"two","image":"k","env":[{"name":"B"}]}`)).must(200)
	containers := listAt(a.doc, "spec", "template", "spec", "containers")
	if len(containers) != 1 || text(asMap(containers[0]), "image") != "k" || jsonOf(asMap(containers[0])["env"]) != `[{"name":"B"}]` {
		t.Errorf("got %s", jsonOf(containers))
	}
}

func TestApplyRefuses(t *testing.T) {
	c := start(t, WithObjects(configMap("a")))
	for body, message := range map[string]string{
		applied + "{}\n---\na: [": "",
		"a: [":                    "error decoding YAML: error converting YAML to JSON: yaml: line 1: did not find expected node content",
		"":                        "invalid object type: /, Kind=",
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a}":                "invalid object type: /v1, Kind=Secret",
		"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}":             "the name of the object (b) does not match the name on the URL (a)",
		"apiVersion: v1\nkind: ConfigMap\nmetadata: {managedFields: [{}]}": "metadata.managedFields must be nil",
	} {
		if a := c.patch("apply", configMaps+"/a"+asAlice, body); message != "" {
			a.fails(400, "BadRequest", message)
		}
	}
	c.patch("apply", configMaps+"/a", applied+"{}").fails(422, "Invalid",
		`PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch`)
}

func TestApplyWorksOnCustomKinds(t *testing.T) {
	c := start(t)
	c.do("POST", crdPath, widgetCRD).must(201)
	body := `{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a"},"spec":{"color":"red"}}`
	c.patch("apply", widgets+"/a"+asAlice, body).must(201).has(`1`, "metadata", "generation")
	c.patch("apply", widgets+"/a/status"+asAlice, `{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a"},"status":{"replicas":2}}`).
		must(200).has(`2`, "status", "replicas").has(`"red"`, "spec", "color")
}
