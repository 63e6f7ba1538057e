package kubetest

import (
	"strings"
	"testing"
	"time"
)

func TestCreateSetsWhatOnlyTheServerSets(t *testing.T) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 6, time.UTC)
	c := start(t, WithClock(func() time.Time { return now }))
	a := c.do("POST", pods, jsonOf(pod("a"))).must(201)
	a.has(`"2030-01-02T03:04:05Z"`, "metadata", "creationTimestamp").has(`1`, "metadata", "generation").
		has(`"default"`, "metadata", "namespace").has(`{"phase":"Pending","qosClass":"BestEffort"}`, "status")
	if a.doc.UID() == "" || a.doc.Version() != c.srv.Version() {
		t.Errorf("got uid %q, version %q", a.doc.UID(), a.doc.Version())
	}
	b := c.do("POST", pods, jsonOf(pod("b"))).must(201)
	if b.doc.UID() == a.doc.UID() || b.doc.Version() <= a.doc.Version() {
		t.Errorf("got uid %q, version %q after %q", b.doc.UID(), b.doc.Version(), a.doc.Version())
	}
}

func TestCreateIgnoresStatusAndSystemFields(t *testing.T) {
	c := start(t)
	p := pod("a")
	p.Put(map[string]any{"phase": "Running"}, "status")
	p.Put("mine", "metadata", "uid")
	p.Put("2001-01-01T00:00:00Z", "metadata", "deletionTimestamp")
	a := c.do("POST", pods, jsonOf(p)).must(201).has(`"Pending"`, "status", "phase").has(`null`, "metadata", "deletionTimestamp")
	if a.doc.UID() == "mine" {
		t.Error("the client chose the uid")
	}
	p = pod("b")
	p.Put("7", "metadata", "resourceVersion")
	c.do("POST", pods, jsonOf(p)).fails(500, "", "resourceVersion should not be set on objects to be created")
}

func TestCreateMakesNames(t *testing.T) {
	c := start(t)
	body := `{"metadata":{"generateName":"web-"},"spec":{"containers":[{"name":"c","image":"i"}]}}`
	a, b := c.do("POST", pods, body).must(201).doc.Name(), c.do("POST", pods, body).must(201).doc.Name()
	if a == b || !strings.HasPrefix(a, "web-") || len(a) != len("web-")+5 {
		t.Errorf("got %q and %q", a, b)
	}
}

func TestCreateRefuses(t *testing.T) {
	c := start(t, WithObjects(pod("taken")))
	const containers = `,"spec":{"containers":[{"name":"c","image":"i"}]}}`
	const subdomain = ` a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`
	for _, test := range []struct {
		path, body string
		code       int
		reason     string
		message    string
	}{
		{pods, `{"metadata":{"name":"taken"}` + containers, 409, "AlreadyExists", `pods "taken" already exists`},
		{pods, `{"metadata":{"name":"A_"}` + containers, 422, "Invalid", `Pod "A_" is invalid: metadata.name: Invalid value: "A_":` + subdomain},
		{pods, `{"metadata":{}` + containers, 422, "Invalid", `Pod "" is invalid: metadata.name: Required value: name or generateName is required`},
		{pods, `{"metadata":{"name":"x","namespace":"other"}` + containers, 400, "BadRequest", "the namespace of the provided object does not match the namespace sent on the request"},
		{"/api/v1/namespaces/nope/pods", `{"metadata":{"name":"x"}` + containers, 404, "NotFound", `namespaces "nope" not found`},
		{pods, `{"metadata":{"name":"x"}}`, 422, "Invalid", `Pod "x" is invalid: spec.containers: Required value`},
		{pods, `{"kind":"Node","apiVersion":"v1","metadata":{"name":"x"}}`, 400, "BadRequest", `Node in version "v1" cannot be handled as a Pod: converting (v1.Node) to (core.Pod): unknown conversion`},
		{pods, `{"kind":"Foo","apiVersion":"v1","metadata":{"name":"x"}}`, 400, "BadRequest", `Foo in version "v1" cannot be handled as a Pod: no kind "Foo" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"`},
		{pods, `{"metadata":{"name":7}}`, 400, "BadRequest", `Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string`},
		{pods, `{"a":`, 400, "BadRequest", `the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error: unexpected end of JSON input ({"a":)`},
		{pods, ` `, 400, "BadRequest", `the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error: unexpected end of JSON input (20)`},
		{pods + "?dryRun=Some", `{"metadata":{"name":"x"}` + containers, 422, "Invalid", `CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"`},
		{configMaps, `{"metadata":{"name":"x","finalizers":["mine"]}}`, 422, "Invalid", `ConfigMap "x" is invalid: metadata.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified`},
		{"/apis/apps/v1/namespaces/default/deployments", `{"metadata":{"name":"x"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"c"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}`,
			422, "Invalid", "Deployment.apps \"x\" is invalid: spec.template.metadata.labels: Invalid value: {\"a\":\"c\"}: `selector` does not match template `labels`"},
		{"/api/v1/namespaces/default/secrets", `{"metadata":{"name":"x"},"data":{"a":"*"}}`, 400, "BadRequest", `Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 0`},
	} {
		c.do("POST", test.path, test.body).fails(test.code, test.reason, test.message)
	}
	c.do("POST", pods, jsonOf(pod("x")), "Content-Type", "text/plain").must(415)
	c.do("POST", "/api/v1/pods", jsonOf(pod("x"))).must(405)
}

func TestCreateOnTrialChangesNothing(t *testing.T) {
	c := start(t)
	before := c.srv.Version()
	c.do("POST", pods+"?dryRun=All", jsonOf(pod("a"))).must(201).has(`"a"`, "metadata", "name")
	c.get(pods + "/a").must(404)
	if c.srv.Version() != before {
		t.Error("a dry run made a version")
	}
}

func TestCreateTakesYAML(t *testing.T) {
	c := start(t)
	c.do("POST", configMaps, "metadata:\n  name: a\ndata:\n  x: \"1\"\n  when: \"2020-01-01\"\n", "Content-Type", "application/yaml").
		must(201).has(`{"when":"2020-01-01","x":"1"}`, "data")
}

func TestCreateGivesKindsTheirDefaults(t *testing.T) {
	c := start(t)
	c.do("POST", "/api/v1/namespaces", `{"metadata":{"name":"n"}}`).must(201).
		has(`["kubernetes"]`, "spec", "finalizers").has(`"Active"`, "status", "phase").has(`"n"`, "metadata", "labels", "kubernetes.io/metadata.name")
	c.do("POST", "/api/v1/namespaces/default/secrets", `{"metadata":{"name":"s"},"stringData":{"a":"b"}}`).must(201).
		has(`"Opaque"`, "type").has(`{"a":"Yg=="}`, "data").has(`null`, "stringData")
	a := c.do("POST", "/api/v1/namespaces/default/services", `{"metadata":{"name":"s"},"spec":{"ports":[{"port":80}]}}`).must(201).
		has(`"ClusterIP"`, "spec", "type").has(`[{"port":80,"protocol":"TCP","targetPort":80}]`, "spec", "ports")
	b := c.do("POST", "/api/v1/namespaces/default/services", `{"metadata":{"name":"t"},"spec":{"ports":[{"port":80}]}}`).must(201)
	if ip := a.doc.Text("spec", "clusterIP"); ip == "" || ip == b.doc.Text("spec", "clusterIP") {
		t.Errorf("got addresses %q and %q", ip, b.doc.Text("spec", "clusterIP"))
	}
	c.do("POST", "/apis/apps/v1/namespaces/default/deployments",
		`{"metadata":{"name":"d"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}`).must(201).
		has(`1`, "spec", "replicas").has(`"RollingUpdate"`, "spec", "strategy", "type").has(`{}`, "status")
}

func TestCreateTellsWhoOwnsTheFields(t *testing.T) {
	c := start(t)
	a := c.do("POST", configMaps+"?fieldManager=me", `{"metadata":{"name":"a"},"data":{"x":"1"}}`).must(201)
	entry := asMap(listAt(a.doc, "metadata", "managedFields")[0])
	if text(entry, "manager") != "me" || text(entry, "operation") != "Update" || at(entry, "fieldsV1", "f:data", "f:x") == nil {
		t.Errorf("got %v", entry)
	}
	b := c.do("PATCH", configMaps+"/a", `{"data":{"y":"2"}}`, "Content-Type", mergePatchType, "User-Agent", "other/1.0").must(200)
	entries := listAt(b.doc, "metadata", "managedFields")
	if len(entries) != 2 || text(asMap(entries[1]), "manager") != "other" || at(asMap(entries[1]), "fieldsV1", "f:data", "f:x") != nil {
		t.Errorf("got %v", entries)
	}
}
