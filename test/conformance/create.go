package conformance

import (
	"encoding/json"
	"strings"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/raw"
)

func createTests() map[string]func(*place) {
	return map[string]func(*place){
		"K05 K07 manifests":      manifests,
		"K05 generated name":     generatedName,
		"K06 server faults":      createFaults,
		"K06 the namespace":      createIn,
		"K05 every builtin kind": createByKind,
		"K05 questions":          createQuestions,
	}
}

// manifests are accepted in any form that has a JSON form.
func manifests(p *place) {
	type metadata struct {
		Name string `json:"name"`
	}
	type manifest struct {
		APIVersion string            `json:"apiVersion"`
		Kind       string            `json:"kind"`
		Metadata   metadata          `json:"metadata"`
		StringData map[string]string `json:"stringData"`
	}
	text := func(name string) []byte {
		b, _ := json.Marshal(p.secret(name, object{"a": "b"}))
		return b
	}
	document, err := raw.Parse(text("document"))
	p.must(err)
	for name, m := range map[string]any{
		"map":      p.secret("map", object{"a": "b"}),
		"struct":   manifest{"v1", "Secret", metadata{"struct"}, map[string]string{"a": "b"}},
		"pointer":  &manifest{"v1", "Secret", metadata{"pointer"}, map[string]string{"a": "b"}},
		"text":     text("text"),
		"message":  json.RawMessage(text("message")),
		"document": document,
	} {
		item, err := p.cluster.Create(p.ctx, p.namespace, m)
		p.must(err)
		secret, ok := item.(items.Secret)
		if !ok {
			p.Errorf("the %s became a %T", name, item)
			continue
		}
		same(p, "the data", string(must[map[string][]byte](p)(secret.Data())["a"]), "b")
		same(p, "the name", p.judged(secret).Metadata.Name, name)
	}
}

// createQuestions creates what has no name and is not stored: the answer comes back.
func createQuestions(p *place) {
	review := func(kind string) object {
		return object{"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": object{
			"resourceAttributes": object{"verb": "list", "resource": "pods", "namespace": p.namespace}}}
	}
	for _, metadata := range []any{nil, object{}} {
		question := review("SelfSubjectAccessReview")
		if metadata != nil {
			question["metadata"] = metadata
		}
		answer, err := p.cluster.Create(p.ctx, "", question)
		p.must(err)
		allowed, err := answer.Raw().Get("status", "allowed").Bool()
		p.must(err)
		same(p, "the answer", allowed, true)
	}
}

func generatedName(p *place) {
	seen := map[string]bool{}
	for range 3 {
		m := p.pod("", podSpec())
		m["metadata"] = object{"generateName": "web-", "labels": object{mark: p.namespace}}
		pod := must[items.Pod](p)(p.cluster.Pods().In(p.namespace).Create(p.ctx, m))
		if seen[pod.Name()] || !strings.HasPrefix(pod.Name(), "web-") || len(pod.Name()) != len("web-")+5 {
			p.Errorf("the name is %q", pod.Name())
		}
		same(p, "the prefix", pod.Meta().GenerateName(), "web-")
		seen[pod.Name()] = true
	}
}

func createFaults(p *place) {
	v := p.cluster.Deployments().In(p.namespace)
	must[items.Deployment](p)(v.Create(p.ctx, p.deployment("one", 0, podSpec())))
	_, err := v.Create(p.ctx, p.deployment("one", 0, podSpec()))
	taken := refused[*kube.AlreadyExistsError](p, "a name that is taken", err)
	same(p, "the code", taken.Code, 409)
	same(p, "the reason", taken.Reason, "AlreadyExists")
	same(p, "what is taken", text(taken.Status.Get("details", "name")), "one")

	bad := p.deployment("Not_A_Name", -1, podSpec())
	_, err = v.Create(p.ctx, bad)
	invalid := refused[*kube.InvalidError](p, "a bad manifest", err)
	same(p, "the code", invalid.Code, 422)
	fields := map[string]bool{}
	for cause := range invalid.Status.Get("details", "causes").Elements() {
		field, _ := cause.Get("field").Text()
		fields[field] = true
	}
	if !fields["metadata.name"] || !fields["spec.replicas"] {
		p.Errorf("the causes name the fields %v", fields)
	}
	_, err = v.Create(p.ctx, []byte(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"two"},"spec":{"replicas":"many"}}`))
	mistyped := refused[*kube.InvalidError](p, "a wrong type", err)
	same(p, "the code", mistyped.Code, 400)
	same(p, "the message", mistyped.Message, `Deployment in version "v1" cannot be handled as a Deployment: `+
		"json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32")
	elsewhere := p.secret("x", nil)
	delete(elsewhere["metadata"].(object), "namespace")
	_, err = p.cluster.Create(p.ctx, p.namespace+"-none", elsewhere)
	refused[*kube.NotFoundError](p, "a namespace that is not there", err)
}

func createIn(p *place) {
	m := p.configMap("one")
	item, err := p.cluster.Create(p.ctx, "", m) // the manifest says where
	p.must(err)
	same(p, "the namespace", item.Namespace(), p.namespace)
	m = p.configMap("two")
	delete(m["metadata"].(object), "namespace")
	item, err = p.cluster.Create(p.ctx, p.namespace, m)
	p.must(err)
	same(p, "the namespace", item.Namespace(), p.namespace)
	if _, told := m["metadata"].(object)["namespace"]; told {
		p.Error("the caller's manifest has been changed")
	}
	same(p, "the link", item.Link(), p.path("v1", "configmaps", "two"))
}

func createByKind(p *place) {
	item, err := p.cluster.Create(p.ctx, p.namespace, object{"apiVersion": "batch/v1", "kind": "CronJob",
		"metadata": object{"name": "nightly"}, "spec": object{"schedule": "@daily", "suspend": true,
			"jobTemplate": object{"spec": object{"template": object{"spec": object{"restartPolicy": "Never",
				"containers": []any{object{"name": "main", "image": "example.com/main"}}}}}}}})
	p.must(err)
	if _, ok := item.(items.CronJob); !ok {
		p.Errorf("the item is a %T", item)
	}
	same(p, "the link", item.Link(), p.path("batch/v1", "cronjobs", "nightly"))
	same(p, "the judge's uid", p.judged(item).Metadata.UID, item.UID())
}
