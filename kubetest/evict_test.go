package kubetest

import "testing"

func budget(name, app string, allowed int) Object {
	return Object{
		"apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
		"metadata": map[string]any{"name": name, "namespace": "default", "generation": 1},
		"spec":     map[string]any{"selector": map[string]any{"matchLabels": map[string]any{"app": app}}},
		"status": map[string]any{"observedGeneration": 1, "disruptionsAllowed": allowed,
			"currentHealthy": 3, "desiredHealthy": 3, "expectedPods": 3},
	}
}

// ready is a pod that runs on a node and is healthy.
func ready(name, app string) Object {
	p := bound(name)
	p.Put(app, "metadata", "labels", "app")
	p["status"] = map[string]any{"phase": "Running", "conditions": []any{map[string]any{"type": "Ready", "status": "True"}}}
	return p
}

func (c *client) evict(name, options string) *answer {
	c.t.Helper()
	body := `{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"` + name + `"}`
	if options != "" {
		body += `,"deleteOptions":` + options
	}
	return c.do("POST", pods+"/"+name+"/eviction", body+"}")
}

const violates = "Cannot evict pod as it would violate the pod's disruption budget."

// R14: an eviction asks the budget.
func TestEvictionAsksTheBudget(t *testing.T) {
	c := start(t, WithObjects(ready("a", "web"), ready("b", "web"), ready("free", "x"), budget("web", "web", 1)))
	pdb := "/apis/policy/v1/namespaces/default/poddisruptionbudgets/web"
	c.evict("a", `{"dryRun":["All"]}`).must(201)
	c.get(pdb).has("1", "status", "disruptionsAllowed")
	c.get(pods+"/a").has("null", "metadata", "deletionTimestamp")
	c.evict("a", "").must(201).has(`"Success"`, "status").has("201", "code").has(`"Status"`, "kind")
	c.get(pdb).has("0", "status", "disruptionsAllowed")
	a := c.get(pods + "/a").must(200)
	if a.doc.Text("metadata", "deletionTimestamp") == "" {
		t.Errorf("the evicted pod stays: %s", a.text)
	}
	conditions := listAt(a.doc, "status", "conditions")
	if len(conditions) != 2 || text(asMap(conditions[1]), "reason") != "EvictionByEvictionAPI" {
		t.Errorf("got conditions %v", conditions)
	}
	c.evict("b", "").fails(429, "TooManyRequests", violates).
		has(`[{"message":"The disruption budget web needs 3 healthy pods and has 3 currently","reason":"DisruptionBudget"}]`, "details", "causes")
	c.evict("free", `{"gracePeriodSeconds":0}`).must(201)
	c.get(pods + "/free").must(404)
	c.evict("a", "").must(201) // it is going anyway
}

func TestEvictionTellsWhyNot(t *testing.T) {
	behind := budget("behind", "behind", 1)
	behind.Put(2, "metadata", "generation")
	rich := budget("rich", "rich", 0)
	rich.Put(2, "status", "desiredHealthy")
	c := start(t, WithObjects(ready("a", "behind"), ready("b", "rich"), ready("c", "two"), ready("d", "minus"), ready("e", "ok"),
		behind, rich, budget("one", "two", 1), budget("two", "two", 1), budget("minus", "minus", -1), budget("ok", "ok", 3)))
	a := c.evict("a", "").fails(429, "TooManyRequests", violates).has("10", "details", "retryAfterSeconds")
	a.has(`[{"message":"The disruption budget behind is still being processed by the server.","reason":"DisruptionBudget"}]`, "details", "causes")
	if a.header.Get("Retry-After") != "10" {
		t.Errorf("got headers %v", a.header)
	}
	c.evict("b", "").fails(429, "TooManyRequests", violates).
		has(`[{"message":"The disruption budget rich does not allow evicting pods currently","reason":"DisruptionBudget"}]`, "details", "causes")
	c.evict("c", "").fails(500, "", "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.")
	c.evict("d", "").fails(403, "Forbidden", `poddisruptionbudget.policy "minus" is forbidden: pdb disruptions allowed is negative`)
	c.evict("none", "").fails(404, "NotFound", `pods "none" not found`)
	c.evict("e", `{"preconditions":{"uid":"x"}}`).must(409)
	c.evict("e", `{"preconditions":{"resourceVersion":"1"}}`).must(409)
	c.evict("e", `{"dryRun":["x"]}`).must(422)
	c.get("/apis/policy/v1/namespaces/default/poddisruptionbudgets/ok").has("1", "status", "disruptionsAllowed")
	c.evict("e", `{"gracePeriodSeconds":"x"}`).fails(400, "BadRequest", `Eviction in version "v1" cannot be handled as a Eviction: `+
		`json: cannot unmarshal string into Go struct field DeleteOptions.deleteOptions.gracePeriodSeconds of type int64`)
	const mismatch = "name in URL does not match name in Eviction object"
	c.do("POST", pods+"/e/eviction", `{}`).fails(400, "BadRequest", mismatch)
	c.do("POST", pods+"/e/eviction", `{"apiVersion":"policy/v1beta1","kind":"Eviction","metadata":{"name":"x"}}`).fails(400, "BadRequest", mismatch)
	c.do("POST", pods+"/e/eviction", `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"e"}}`).fails(400, "BadRequest",
		`Pod in version "v1" cannot be handled as a Eviction: converting (v1.Pod) to (policy.Eviction): unknown conversion`)
	c.get(pods + "/e/eviction").must(405)
	c.get(pods+"/e").must(200).has("null", "metadata", "deletionTimestamp")
}

func TestEvictionSparesNoSickPod(t *testing.T) {
	sick := ready("sick", "web")
	sick.Put([]any{}, "status", "conditions")
	c := start(t, WithObjects(sick, budget("web", "web", 0)))
	c.evict("sick", "").must(201)
}
