package conformance

import (
	"strings"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/raw"
)

func proxyTests() map[string]func(*place) {
	return map[string]func(*place){
		"K14 paths":            paths,
		"K15 one path":         onePath,
		"K17 verbs":            verbs,
		"K18 immutable":        immutableResults,
		"K19 query and bodies": queries,
		"K20 patch types":      patchTypes,
		"K10 errors":           proxyErrors,
	}
}

func paths(p *place) {
	proxy := p.cluster.Proxy()
	p.post(p.path("v1", "configmaps"), p.configMap("a.b-c"))
	for _, parts := range [][]string{
		{"api/v1", "namespaces", p.namespace, "configmaps", "a.b-c"},
		{"api", "v1", "namespaces", p.namespace, "configmaps", "a.b-c"},
		{"/api/v1/", "namespaces", p.namespace, "configmaps", "a.b-c"},
		{p.path("v1", "configmaps"), "a.b-c"},
		{p.path("v1", "configmaps", "a.b-c")},
	} {
		got := must[raw.Object](p)(proxy.Get(p.ctx, parts...))
		same(p, strings.Join(parts, " "), text(got.Get("metadata", "name")), "a.b-c")
	}
	// Names that must be encoded: ClusterRoles may have them.
	for _, name := range []string{"conformance:" + p.namespace, "conformance:" + p.namespace + "?x=1&y#z é+"} {
		must[raw.Object](p)(proxy.Post(p.ctx, object{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
			"metadata": object{"name": name}}, "apis/rbac.authorization.k8s.io/v1", "clusterroles"))
		got, err := proxy.Get(p.ctx, "apis", "rbac.authorization.k8s.io", "v1", "clusterroles", name)
		p.must(err)
		text, _ := got.Get("metadata", "name").Text()
		same(p, "the name", text, name)
		must[raw.Object](p)(proxy.Delete(p.ctx, nil, "apis/rbac.authorization.k8s.io/v1/clusterroles", name))
	}
}

func onePath(p *place) {
	p.post(p.path("v1", "configmaps"), p.configMap("one"))
	got := must[raw.Object](p)(p.cluster.Proxy().Get(p.ctx, p.path("v1", "configmaps", "one")))
	same(p, "the name", text(got.Get("metadata", "name")), "one")
	version := must[raw.Object](p)(p.cluster.Proxy().Get(p.ctx, "version"))
	same(p, "a version", version.Has("gitVersion"), true)
	healthy, err := p.cluster.Proxy().Text(p.ctx, "healthz")
	p.must(err)
	same(p, "healthz", healthy, "ok")
}

func verbs(p *place) {
	proxy, at := p.cluster.Proxy(), p.path("v1", "configmaps")
	posted := must[raw.Object](p)(proxy.Post(p.ctx, p.configMap("one"), at)) // 201
	same(p, "what was posted", text(posted.Get("data", "key")), "value")
	with := must[raw.Object](p)(posted.With("next", "data", "key"))
	put := must[raw.Object](p)(proxy.Put(p.ctx, with, at, "one"))
	same(p, "what was put", text(put.Get("data", "key")), "next")
	patched := must[raw.Object](p)(proxy.Patch(p.ctx, object{"data": object{"more": "x"}}, at, "one"))
	same(p, "what was patched", patched.Get("data").Len(), 2)
	got := must[raw.Object](p)(proxy.Get(p.ctx, at, "one"))
	same(p, "what is there", got.Equal(patched), true)
	var judged struct{ Data map[string]string }
	p.read(at+"/one", &judged)
	same(p, "the data", judged.Data, map[string]string{"key": "next", "more": "x"})
	deleted := must[raw.Object](p)(proxy.Delete(p.ctx, nil, at, "one"))
	same(p, "the answer to a deletion", text(deleted.Get("status")), "Success")
	p.must(p.gone(at + "/one"))
	many := p.many(3)
	list := must[raw.Object](p)(proxy.Query("labelSelector", "which="+many[0]).Delete(p.ctx, nil, p.path("v1", "secrets")))
	same(p, "the answer to the deletion of a collection", text(list.Get("kind")), "SecretList")
}

func immutableResults(p *place) {
	p.post(p.path("v1", "configmaps"), p.configMap("one"))
	got := must[raw.Object](p)(p.cluster.Proxy().Get(p.ctx, p.path("v1", "configmaps", "one")))
	text := string(got.Bytes())
	got.Bytes()[3] = 'X'
	got.Map()["kind"] = "other"
	data := got.Get("data").Bytes()
	data[0] = 'X'
	must[raw.Object](p)(got.With("x", "data", "key"))
	must[raw.Object](p)(got.Without("data"))
	same(p, "the result", string(got.Bytes()), text)
}

func queries(p *place) {
	proxy, at := p.cluster.Proxy(), p.path("v1", "configmaps")
	dry := proxy.Query("dryRun", "All")
	must[raw.Object](p)(dry.Post(p.ctx, p.configMap("dry"), at))
	p.must(p.gone(at + "/dry"))
	posted := must[raw.Object](p)(proxy.Query("fieldManager", "tester").Post(p.ctx, p.configMap("one"), at))
	same(p, "the manager", text(posted.Get("metadata", "managedFields", "0", "manager")), "tester")
	must[raw.Object](p)(dry.Delete(p.ctx, nil, at, "one"))
	_, err := proxy.Delete(p.ctx, object{"apiVersion": "v1", "kind": "DeleteOptions",
		"preconditions": object{"uid": "00000000-0000-0000-0000-000000000000"}}, at, "one")
	refused[*kube.ConflictError](p, "deleting another uid", err)
	p.post(at, p.configMap("two"))
	list := must[raw.Object](p)(proxy.Query("limit", "1").Query("labelSelector", mark+"="+p.namespace).Get(p.ctx, at))
	same(p, "the number", list.Get("items").Len(), 1)
	token, _ := list.Get("metadata", "continue").Text()
	rest := must[raw.Object](p)(proxy.Query("continue", token).Query("labelSelector", mark+"="+p.namespace).Get(p.ctx, at))
	same(p, "the rest", text(rest.Get("items", "0", "metadata", "name")), "two")
	must[raw.Object](p)(proxy.Delete(p.ctx, object{"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background",
		"preconditions": object{"uid": posted.Get("metadata", "uid")}}, at, "one"))
	p.must(p.gone(at + "/one"))
}

func patchTypes(p *place) {
	proxy, at := p.cluster.Proxy(), p.path("apps/v1", "deployments", "one")
	p.post(p.path("apps/v1", "deployments"), p.deployment("one", 0, podSpec()))
	containers := func(name string) object {
		return object{"spec": object{"template": object{"spec": object{"containers": []any{
			object{"name": name, "image": "example.com/x"}}}}}}
	}
	count := func(patch any, by *kube.APIServerProxy) int {
		doc := must[raw.Object](p)(by.Patch(p.ctx, patch, at))
		return doc.Get("spec", "template", "spec", "containers").Len()
	}
	same(p, "containers after a patch of the default type", count(containers("side"), proxy), 2)
	same(p, "after a merge patch", count(containers("side"), proxy.As(kube.MergePatch)), 1)
	same(p, "after a JSON patch", count([]byte(`[{"op":"add","path":"/spec/template/spec/containers/-","value":{"name":"third","image":"example.com/x"}}]`),
		proxy.As(kube.JSONPatch)), 2)
	applied := object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": object{"name": "applied"}, "data": object{"a": "b"}}
	by := proxy.As(kube.ApplyPatch).Query("fieldManager", "tester")
	doc := must[raw.Object](p)(by.Patch(p.ctx, applied, p.path("v1", "configmaps", "applied")))
	same(p, "what was applied", text(doc.Get("data", "a")), "b")
	same(p, "the operation", text(doc.Get("metadata", "managedFields", "0", "operation")), "Apply")
	_, err := proxy.As(kube.ApplyPatch).Patch(p.ctx, applied, p.path("v1", "configmaps", "applied"))
	refused[*kube.InvalidError](p, "applying without a manager", err)
}

func proxyErrors(p *place) {
	proxy := p.cluster.Proxy()
	_, err := proxy.Get(p.ctx, p.path("v1", "configmaps", "none"))
	missing := refused[*kube.NotFoundError](p, "a missing object", err)
	same(p, "the message", missing.Message, `configmaps "none" not found`)
	same(p, "the verb", missing.Verb, "GET")
	same(p, "the URL", missing.URL, p.path("v1", "configmaps", "none"))
	same(p, "the Status", text(missing.Status.Get("details", "kind")), "configmaps")
	_, err = proxy.Get(p.ctx, "apis/none.example.com/v1/things")
	same(p, "the code of a path that is not served", refused[*kube.NotFoundError](p, "a path that is not served", err).Code, 404)
	_, err = proxy.Post(p.ctx, []byte(`{"kind":"ConfigMap"`), p.path("v1", "configmaps"))
	refused[kube.Error](p, "a broken body", err)
	_, err = proxy.Post(p.ctx, object{}, p.path("v1", "configmaps", "one"))
	api := refused[*kube.APIError](p, "a verb that is not served", err)
	same(p, "the code", api.Code, 405)
	_, err = proxy.Query("limit", "many").Get(p.ctx, p.path("v1", "configmaps"))
	refused[*kube.InvalidError](p, "a bad parameter", err)
	_, err = proxy.Query("continue", "nonsense").Get(p.ctx, p.path("v1", "configmaps"))
	refused[*kube.InvalidError](p, "a bad token", err)
}
