package kubetest

import "testing"

const nsPath = "/api/v1/namespaces/n"

func inNamespace(t *testing.T, opts ...Option) *client {
	t.Helper()
	cm := configMap("a")
	cm.Put("n", "metadata", "namespace")
	return start(t, append(opts, WithObjects(cm))...)
}

func TestADeletedNamespaceTakesItsContentsAlong(t *testing.T) {
	c := inNamespace(t)
	c.do("DELETE", nsPath, "").must(200).has(`"Terminating"`, "status", "phase").has(`["kubernetes"]`, "spec", "finalizers")
	c.get(nsPath).must(404)
	if got := c.get(nsPath + "/configmaps").names(); got != "" {
		t.Errorf("a list in a namespace that is gone is empty, got %q", got)
	}
}

func TestAHeldNamespaceTerminates(t *testing.T) {
	c := inNamespace(t)
	c.srv.HoldNamespace("n")
	c.do("DELETE", nsPath, "").must(200)
	c.get(nsPath).must(200).has(`"Terminating"`, "status", "phase")
	c.get(nsPath + "/configmaps/a").must(200)
	a := c.do("POST", nsPath+"/configmaps", `{"metadata":{"name":"late"}}`).fails(403, "Forbidden",
		`configmaps "late" is forbidden: unable to create new content in namespace n because it is being terminated`)
	a.has(`[{"field":"metadata.namespace","message":"namespace n is being terminated","reason":"NamespaceTerminating"}]`, "details", "causes")
	c.do("DELETE", nsPath, "").must(200).has(`"Terminating"`, "status", "phase")
	c.srv.ReleaseNamespace("n")
	c.get(nsPath).must(404)
}

func TestOlderServersRefuseASecondDeletion(t *testing.T) {
	c := inNamespace(t, WithNamespaceConflict(), WithHeldNamespaces())
	c.do("DELETE", nsPath, "").must(200)
	c.do("DELETE", nsPath, "").fails(409, "Conflict", `Operation cannot be fulfilled on namespaces "n": `+namespaceBusy)
}

func TestANamespaceWaitsForFinalizersInIt(t *testing.T) {
	c := inNamespace(t)
	c.patch("merge", nsPath+"/configmaps/a", `{"metadata":{"finalizers":["example.com/x"]}}`).must(200)
	c.do("DELETE", nsPath, "").must(200)
	c.get(nsPath).must(200)
	c.patch("merge", nsPath+"/configmaps/a", `{"metadata":{"finalizers":null}}`).must(200)
	c.get(nsPath).must(404)
}

func TestSomeNamespacesStay(t *testing.T) {
	c := start(t)
	c.do("DELETE", "/api/v1/namespaces/default", "").fails(403, "Forbidden", `namespaces "default" is forbidden: this namespace may not be deleted`)
}
