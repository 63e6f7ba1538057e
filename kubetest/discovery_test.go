package kubetest

import (
	"slices"
	"strings"
	"testing"
)

const aggregatedAccept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

func TestDiscoveryInItsOlderForm(t *testing.T) {
	c := start(t)
	c.get("/api").must(200).has(`["v1"]`, "versions")
	groups := c.get("/apis").must(200)
	var names []string
	for _, g := range listAt(groups.doc, "groups") {
		names = append(names, text(asMap(g), "name"))
	}
	for _, want := range []string{"apps", "batch", "networking.k8s.io", "rbac.authorization.k8s.io", "apiextensions.k8s.io"} {
		if !slices.Contains(names, want) {
			t.Errorf("no group %s in %v", want, names)
		}
	}
	c.get("/apis/apps").must(200).has(`{"groupVersion":"apps/v1","version":"v1"}`, "preferredVersion")
	c.get("/api/v1").must(200).has(`null`, "apiVersion").has(`"v1"`, "groupVersion")
	list := c.get("/apis/apps/v1").must(200)
	i := slices.IndexFunc(listAt(list.doc, "resources"), func(r any) bool { return text(asMap(r), "name") == "deployments/scale" })
	if i < 0 || text(asMap(listAt(list.doc, "resources")[i]), "group") != "autoscaling" {
		t.Errorf("got %s", list.text)
	}
}

func TestDiscoveryInOneDocument(t *testing.T) {
	c := start(t)
	a := c.get("/apis", "Accept", aggregatedAccept+",application/json").must(200)
	if got := a.header.Get("Content-Type"); got != aggregatedAccept {
		t.Errorf("got %q", got)
	}
	group := asMap(listAt(a.doc, "items")[0])
	resource := asMap(listAt(asMap(listAt(group, "versions")[0]), "resources")[0])
	if text(group, "metadata", "name") != "apps" || text(resource, "resource") != "controllerrevisions" || text(resource, "scope") != "Namespaced" {
		t.Errorf("got %v", resource)
	}
	if got := jsonOf(resource["responseKind"]); got != `{"group":"","kind":"ControllerRevision","version":""}` {
		t.Errorf("built-in kinds leave out the group around them, got %s", got)
	}
	c.get("/api", "Accept", aggregatedAccept).must(200).has(`"APIGroupDiscoveryList"`, "kind")
	c.get("/api", "Accept", strings.Replace(aggregatedAccept, "v2", "v2beta1", 1)).must(406)
}

func TestDiscoveryOfOlderServers(t *testing.T) {
	c := start(t, WithoutAggregatedDiscovery(), WithServerVersion("v1.25.3"), WithoutGroupVersions("apps/v1"))
	c.get("/apis", "Accept", aggregatedAccept+",application/json").must(200).has(`"APIGroupList"`, "kind")
	c.get("/version").must(200).has(`"25"`, "minor")
	c.get("/apis/apps/v1").must(404)
	c.get("/apis/apps").must(404)
}

func TestUnknownPaths(t *testing.T) {
	c := start(t)
	for _, path := range []string{"/foo", "/apis/foo.example.com/v1", "/apis/foo.example.com/v1/x", "/healthz/x"} {
		if a := c.get(path).must(404); a.text != "404 page not found\n" || !strings.HasPrefix(a.header.Get("Content-Type"), "text/plain") {
			t.Errorf("%s: got %q", path, a.text)
		}
	}
	for _, path := range []string{"/api/v1/foos", "/api/v2", "/apis/apps/v9", "/api/v1/pods/x", "/api/v1/namespaces/default/nodes"} {
		c.get(path).fails(404, "NotFound", "the server could not find the requested resource")
	}
	c.do("FOO", pods, "").fails(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
}

func TestProbesAnswer(t *testing.T) {
	c := start(t)
	for _, path := range []string{"/healthz", "/readyz", "/livez"} {
		if a := c.get(path).must(200); a.text != "ok" {
			t.Errorf("got %q", a.text)
		}
	}
}

func TestTheProxyFilters(t *testing.T) {
	c := start(t, WithObjects(pod("a")))
	for _, path := range []string{pods + "/a/exec", pods + "/a/attach"} {
		if a := c.do("POST", path, ""); a.code != 403 || a.text != "Forbidden\n" {
			t.Errorf("%s: got %d %q", path, a.code, a.text)
		}
	}
	req := c.request("GET", "/version", "")
	req.Host = "example.com"
	resp, err := c.hc.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 403 {
		t.Errorf("a foreign Host was answered with %d", resp.StatusCode)
	}
	open := start(t, WithOpenProxy(), WithObjects(pod("a")))
	open.do("POST", pods+"/a/exec", "").must(400)
}

func TestCompareVersions(t *testing.T) {
	want := []string{"v10", "v2", "v1", "v11beta2", "v10beta3", "v3beta1", "v12alpha1", "v11alpha2", "foo1", "foo10"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, compareVersions)
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestLogsOfPods(t *testing.T) {
	c := start(t, WithObjects(bound("a"), pod("b")))
	c.srv.SetLog("default", "a", "main", "one\ntwo\nthree\n")
	if a := c.get(pods + "/a/log"); a.text != "one\ntwo\nthree\n" {
		t.Errorf("got %q", a.text)
	}
	if a := c.get(pods + "/a/log?tailLines=1&container=main"); a.text != "three\n" {
		t.Errorf("got %q", a.text)
	}
	c.get(pods+"/a/log?container=x").fails(400, "BadRequest", "container x is not valid for pod a")
	c.get(pods + "/b/log").must(204)
	c.get(pods + "/c/log").must(404)
}

func TestWhoAmI(t *testing.T) {
	c := start(t)
	c.do("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", `{}`).must(201).has(`"kubernetes-admin"`, "status", "userInfo", "username")
}
