package kubetest

import (
	"strings"
	"testing"
)

const (
	crdPath = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
	widgets = "/apis/example.com/v1/namespaces/default/widgets"

	widgetCRD = `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
		"metadata":{"name":"widgets.example.com"},
		"spec":{"group":"example.com","scope":"Namespaced",
			"names":{"plural":"widgets","kind":"Widget","shortNames":["wd"]},
			"versions":[
				{"name":"v1","served":true,"storage":true,"schema":{},
				 "subresources":{"status":{},"scale":{"specReplicasPath":".spec.replicas","statusReplicasPath":".status.replicas"}},
				 "additionalPrinterColumns":[{"name":"Color","type":"string","jsonPath":".spec.color"}],
				 "selectableFields":[{"jsonPath":".spec.color"}]},
				{"name":"v1beta1","served":true,"storage":false,"schema":{}}]}}`
)

func widget(name string) string {
	return `{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"` + name + `"},
		"spec":{"color":"red","big":12345678901234567890.125,"replicas":1}}`
}

func TestDefinitionServesItsKind(t *testing.T) {
	c := start(t)
	c.get(widgets).must(404)
	c.do("POST", crdPath, widgetCRD).must(201).has(`null`, "status", "conditions")
	if crd := c.get(crdPath + "/widgets.example.com").must(200); !hasCondition(crd.doc, "Established") {
		t.Errorf("got no Established condition: %s", crd.text)
	}
	c.do("POST", widgets, widget("a")).must(201).has(`1`, "metadata", "generation")

	list := c.get(widgets).must(200)
	if !strings.Contains(list.text, "12345678901234567890.125") {
		t.Errorf("digits were lost: %s", list.text)
	}
	item := asMap(listAt(list.doc, "items")[0])
	if text(item, "kind") != "Widget" || text(item, "apiVersion") != "example.com/v1" {
		t.Errorf("items of custom kinds carry their kind: %v", item)
	}
	list.has(`""`, "metadata", "continue")

	beta := c.get(strings.Replace(widgets, "v1", "v1beta1", 1) + "/a").must(200)
	beta.has(`"example.com/v1beta1"`, "apiVersion").has(`"red"`, "spec", "color")
}

func TestCustomKindsAreSelectedByDeclaredFields(t *testing.T) {
	c := start(t)
	c.do("POST", crdPath, widgetCRD).must(201)
	c.do("POST", widgets, widget("a")).must(201)
	if got := c.get(widgets + "?fieldSelector=spec.color%3Dred").names(); got != "a" {
		t.Errorf("got %q", got)
	}
	c.get(widgets+"?fieldSelector=spec.size%3D1").fails(400, "BadRequest", "field label not supported: spec.size")
}

func TestCustomKindsKeepStatusAndSpecApart(t *testing.T) {
	c := start(t)
	c.do("POST", crdPath, widgetCRD).must(201)
	c.do("POST", widgets, widget("a")).must(201)
	c.patch("merge", widgets+"/a", `{"spec":{"color":"blue"},"status":{"replicas":3}}`).must(200).
		has(`"blue"`, "spec", "color").has(`null`, "status").has(`2`, "metadata", "generation")
	c.patch("merge", widgets+"/a/status", `{"spec":{"color":"no"},"status":{"replicas":3},"metadata":{"labels":{"no":"no"}}}`).must(200).
		has(`"blue"`, "spec", "color").has(`{"replicas":3}`, "status").has(`2`, "metadata", "generation").has(`null`, "metadata", "labels")
	c.get(widgets+"/a/scale").must(200).has(`{"replicas":1}`, "spec").has(`{"replicas":3}`, "status")
	c.patch("merge", widgets+"/a/scale", `{"spec":{"replicas":5}}`).must(200).has(`{"replicas":5}`, "spec")
	c.get(widgets+"/a").must(200).has(`5`, "spec", "replicas").has(`3`, "metadata", "generation")
}

func TestCustomKindsNeedAVersionForReplacement(t *testing.T) {
	c := start(t)
	c.do("POST", crdPath, widgetCRD).must(201)
	c.do("POST", widgets, widget("a")).must(201)
	c.do("PUT", widgets+"/a", widget("a")).fails(422, "Invalid",
		`widgets.example.com "a" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update`)
}

func TestCustomKindsRefuseStrategicMerge(t *testing.T) {
	c := start(t)
	c.do("POST", crdPath, widgetCRD).must(201)
	c.do("POST", widgets, widget("a")).must(201)
	c.patch("strategic", widgets+"/a", `{}`).fails(415, "UnsupportedMediaType",
		"the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml")
}

func TestDeletedDefinitionTakesItsObjectsAlong(t *testing.T) {
	c := start(t)
	c.do("POST", crdPath, widgetCRD).must(201)
	c.do("POST", widgets, widget("a")).must(201)
	c.do("DELETE", crdPath+"/widgets.example.com", "").must(200).has(`["customresourcecleanup.apiextensions.k8s.io"]`, "metadata", "finalizers")
	a := c.get(widgets).must(404)
	if a.text != "404 page not found\n" {
		t.Errorf("got %q", a.text)
	}
	c.get(crdPath + "/widgets.example.com").must(404)
	c.do("POST", crdPath, widgetCRD).must(201)
	if got := c.get(widgets).names(); got != "" {
		t.Errorf("a new definition begins empty, got %q", got)
	}
}

func TestTheSameObjectsUnderTwoDeclaredVersions(t *testing.T) {
	c := start(t,
		WithResource(Resource{Group: "x.io", Version: "v1", Plural: "things", Kind: "Thing"}),
		WithResource(Resource{Group: "x.io", Version: "v2", Plural: "things", Kind: "Thing"}))
	c.do("POST", "/apis/x.io/v1/things", `{"apiVersion":"x.io/v1","kind":"Thing","metadata":{"name":"a"}}`).must(201)
	c.get("/apis/x.io/v2/things/a").must(200).has(`"x.io/v2"`, "apiVersion")
	c.get("/apis/x.io").must(200).has(`"v2"`, "preferredVersion", "version")
	c.srv.Withdraw("x.io/v2")
	c.get("/apis/x.io/v2/things/a").must(404)
	c.get("/apis/x.io/v1/things/a").must(200)
}
