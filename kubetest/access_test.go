package kubetest

import (
	"net/http"
	"strings"
	"testing"
)

const (
	whoAmI = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
	mayI   = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
)

func TestImpersonationChangesWhoAsks(t *testing.T) {
	c := start(t, WithUser(User{Name: "admin", UID: "1", Groups: []string{"g"}, Extra: map[string][]string{"k": {"v"}}}))
	info := []string{"status", "userInfo"}
	c.do("POST", whoAmI, `{}`).must(201).has(`{"extra":{"k":["v"]},"groups":["g"],"uid":"1","username":"admin"}`, info...)
	for user, groups := range map[string]string{
		"jane":                                `["system:authenticated"]`,
		"system:serviceaccount:default:robot": `["system:serviceaccounts","system:serviceaccounts:default","system:authenticated"]`,
		"system:anonymous":                    `["system:unauthenticated"]`,
	} {
		c.do("POST", whoAmI, `{}`, "Impersonate-User", user).must(201).has(`{"groups":`+groups+`,"username":"`+user+`"}`, info...)
	}
	req := c.request("POST", whoAmI, `{}`)
	req.Header = http.Header{
		"Impersonate-User": {"jane"}, "Impersonate-Group": {"devs", "ops"}, "Impersonate-Uid": {"u1"},
		"Impersonate-Extra-Scopes": {"a", "b"}, "Impersonate-Extra-Acme.com%2fproject": {"p"},
	}
	resp, err := c.hc.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	seen := c.srv.Requests()
	if got := seen[len(seen)-1].Header.Values("Impersonate-Group"); len(got) != 2 {
		t.Errorf("got groups %q", got)
	}
	wantBody(t, resp, `{"extra":{"acme.com/project":["p"],"scopes":["a","b"]},"groups":["devs","ops","system:authenticated"],"uid":"u1","username":"jane"}`)
	for header, user := range map[string]string{
		"Impersonate-Group":   `&user.DefaultInfo{Name:"", UID:"", Groups:[]string{"devs"}, Extra:map[string][]string(nil)}`,
		"Impersonate-Uid":     `&user.DefaultInfo{Name:"", UID:"devs", Groups:[]string(nil), Extra:map[string][]string(nil)}`,
		"Impersonate-Extra-X": `&user.DefaultInfo{Name:"", UID:"", Groups:[]string(nil), Extra:map[string][]string{"x":[]string{"devs"}}}`,
	} {
		c.do("GET", pods, "", header, "devs").fails(400, "BadRequest", "requested "+user+" without impersonating a user name")
	}
}

func wantBody(t *testing.T, resp *http.Response, want string) {
	t.Helper()
	var b strings.Builder
	if err := resp.Write(&b); err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(b.String(), "\r\n\r\n")
	doc, err := decodeObject([]byte(text))
	if err != nil {
		t.Fatal(err, text)
	}
	if got := jsonOf(doc.At("status", "userInfo")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestForbiddenIsToldAsByTheServer(t *testing.T) {
	c := start(t, WithUser(User{Name: "jane"}), WithOpenProxy(), WithObjects(bound("a"), configMap("x")))
	text := func(what, verb, resource, group, where string) string {
		return what + ` is forbidden: User "jane" cannot ` + verb + ` resource "` + resource + `" in API group "` + group + `" ` + where
	}
	inDefault := `in the namespace "default"`
	for _, test := range []struct {
		rule         Access
		method, path string
		want         string
	}{
		{Access{Verb: "list", Resource: "pods"}, "GET", pods, text("pods", "list", "pods", "", inDefault)},
		{Access{Verb: "get", Resource: "pods"}, "GET", pods + "/a", text(`pods "a"`, "get", "pods", "", inDefault)},
		{Access{Verb: "get", Resource: "pods/log"}, "GET", pods + "/a/log", text(`pods "a"`, "get", "pods/log", "", inDefault)},
		{Access{Resource: "services/proxy"}, "GET", services + "/web:80/proxy/x", text(`services "web:80"`, "get", "services/proxy", "", inDefault)},
		{Access{Verb: "watch"}, "GET", "/api/v1/pods?watch=1", text("pods", "watch", "pods", "", "at the cluster scope")},
		{Access{Verb: "deletecollection"}, "DELETE", pods, text("pods", "deletecollection", "pods", "", inDefault)},
		{Access{Resource: "nodes"}, "GET", "/api/v1/nodes", text("nodes", "list", "nodes", "", "at the cluster scope")},
		{Access{Resource: "namespaces", Namespace: "foo"}, "GET", "/api/v1/namespaces/foo", text(`namespaces "foo"`, "get", "namespaces", "", `in the namespace "foo"`)},
		{Access{Resource: "deployments.apps", Name: "x"}, "DELETE", "/apis/apps/v1/namespaces/default/deployments/x",
			text(`deployments.apps "x"`, "delete", "deployments", "apps", inDefault)},
		{Access{Verb: "update", Resource: "pods/status"}, "PUT", pods + "/x/status", text(`pods "x"`, "update", "pods/status", "", inDefault)},
		{Access{User: "jane", Resource: "selfsubjectreviews"}, "POST", whoAmI,
			text("selfsubjectreviews.authentication.k8s.io", "create", "selfsubjectreviews", "authentication.k8s.io", "at the cluster scope")},
	} {
		allow := c.srv.Forbid(test.rule)
		c.do(test.method, test.path, "").fails(403, "Forbidden", test.want)
		allow()
		if a := c.do(test.method, strings.Replace(test.path, "watch=1", "watch=1&timeoutSeconds=1", 1), ""); a.code == 403 {
			t.Errorf("%s %s: still forbidden: %s", test.method, test.path, a.text)
		}
	}
	// The other way around nothing matches.
	for _, rule := range []Access{{User: "joe"}, {Verb: "get"}, {Resource: "pods/log"}, {Resource: "pods.apps"}, {Namespace: "kube-system"}, {Name: "b"}} {
		allow := c.srv.Forbid(rule)
		c.get(pods).must(200)
		allow()
	}
	// An upgrade asks for more than the GET that it is.
	defer c.srv.Forbid(Access{Verb: "create", Resource: "pods/exec"})()
	_, refused := c.dial(pods+"/a/exec?command=true&stdout=1", channelsV5)
	refused.fails(403, "Forbidden", `pods "a" is forbidden: `)
}

func TestImpersonationCanBeForbidden(t *testing.T) {
	c := start(t, WithUser(User{Name: "dev"}))
	who := `User "dev" cannot impersonate`
	for _, test := range []struct{ resource, header, value, want string }{
		{"users", "", "", `selfsubjectreviews.authentication.k8s.io is forbidden: ` + who +
			`-on:user-info:create resource "selfsubjectreviews" in API group "authentication.k8s.io" at the cluster scope`},
		{"groups", "Impersonate-Group", "g", `groups "g" is forbidden: ` + who + ` resource "groups" in API group "" at the cluster scope`},
		{"uids.authentication.k8s.io", "Impersonate-Uid", "u",
			`uids.authentication.k8s.io "u" is forbidden: ` + who + ` resource "uids" in API group "authentication.k8s.io" at the cluster scope`},
		{"userextras/scopes", "Impersonate-Extra-Scopes", "s", `userextras.authentication.k8s.io "s" is forbidden: ` + who +
			` resource "userextras/scopes" in API group "authentication.k8s.io" at the cluster scope`},
	} {
		allow := c.srv.Forbid(Access{User: "dev", Verb: "impersonate", Resource: test.resource})
		header := []string{"Impersonate-User", "jane"}
		if test.header != "" {
			header = append(header, test.header, test.value)
		}
		c.do("POST", whoAmI, `{}`, header...).fails(403, "Forbidden", test.want)
		allow()
		c.do("POST", whoAmI, `{}`, header...).must(201)
	}
}

func TestAccessReviewsKnowTheRules(t *testing.T) {
	c := start(t)
	ask := func(spec string, header ...string) *answer {
		return c.do("POST", mayI, `{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":`+spec+`}`, header...)
	}
	c.srv.Forbid(Access{User: "jane", Verb: "get", Resource: "pods/log", Namespace: "default"})
	spec := `{"resourceAttributes":{"verb":"get","resource":"pods","subresource":"log","namespace":"default"}}`
	ask(spec).must(201).has("true", "status", "allowed").has("\"pods\"", "spec", "resourceAttributes", "resource")
	ask(spec, "Impersonate-User", "jane").must(201).has("false", "status", "allowed")
	ask(`{"nonResourceAttributes":{"path":"/x","verb":"get"}}`, "Impersonate-User", "jane").must(201).has("true", "status", "allowed")
	ask(`{}`).fails(422, "Invalid", `.authorization.k8s.io "" is invalid: spec.resourceAttributes: Invalid value: null: `+
		`exactly one of nonResourceAttributes or resourceAttributes must be specified`)
	c.get(mayI).must(405)
}

func TestWarningsComeWithAnswers(t *testing.T) {
	c := start(t)
	const deprecated = `299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"`
	for _, path := range []string{"/api/v1/endpoints", "/api/v1/endpoints?watch=1&timeoutSeconds=1", "/api/v1/namespaces/default/endpoints/none"} {
		if got := c.get(path).header.Values("Warning"); len(got) != 1 || got[0] != deprecated {
			t.Errorf("%s: got %q", path, got)
		}
	}
	if got := start(t, WithServerVersion("v1.32.1")).get("/api/v1/endpoints").header.Values("Warning"); len(got) > 0 {
		t.Errorf("got %q", got)
	}
	w := c.srv.Warn(pods, `say "no"`, "two")
	if got := c.get(pods).must(200).header.Values("Warning"); len(got) != 2 || got[0] != `299 - "say \"no\""` || got[1] != `299 - "two"` {
		t.Errorf("got %q", got)
	}
	w.Remove()
	if got := c.get(pods).header.Values("Warning"); len(got) > 0 {
		t.Errorf("got %q", got)
	}
}
