package conformance

import (
	"slices"
	"strings"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
)

func diffTests() map[string]func(*place) {
	return map[string]func(*place){
		"diff of a deployment": diffOfDeployment,
		"diff of a secret":     diffOfSecret,
	}
}

// diffOfDeployment changes a Deployment through the server, which fills in what it does.
func diffOfDeployment(p *place) {
	view := p.cluster.Deployments().In(p.namespace)
	old := must[items.Deployment](p)(view.Create(p.ctx, p.deployment("web", 0, object{"containers": []any{object{"name": "main", "image": "main:1"}}})))
	next := must[items.Deployment](p)(view.Fetch(p.ctx, "web")) // its controller may have been there
	patch := object{
		"metadata": object{"annotations": object{"team/note": "one\ntwo\n"}, "finalizers": []any{"example.com/hold"}},
		"spec": object{"paused": true, "template": object{"spec": object{"containers": []any{
			object{"name": "helper", "image": "helper:1", "ports": []any{object{"containerPort": 53, "protocol": "UDP"}}}}}}},
	}
	next = must[items.Deployment](p)(next.Patch(p.ctx, kube.StrategicMergePatch, patch))
	var told []string
	for change := range items.Diff(old, next).All() {
		if at := change.Path.String(); !strings.HasPrefix(at, "status.") && !strings.Contains(at, "deployment.kubernetes.io") {
			told = append(told, at)
		}
		same(p, "the new value of "+change.Path.String(), change.Path.In(next.Raw().Value()).Equal(change.New), true)
		same(p, "the old value of "+change.Path.String(), change.Path.In(old.Raw().Value()).Equal(change.Old), true)
	}
	slices.Sort(told) // servers differ in the order of members
	same(p, "what has changed", strings.Join(told, " "), `metadata.annotations["team/note"] metadata.finalizers`+
		` spec.paused spec.template.spec.containers[name="helper"]`)
	must[items.Deployment](p)(next.Patch(p.ctx, kube.MergePatch, object{"metadata": object{"finalizers": nil}})) // else it stays
}

// diffOfSecret has the content in two revisions, and shows none of it.
func diffOfSecret(p *place) {
	old := p.hidden("word")
	next := must[items.Secret](p)(old.Patch(p.ctx, kube.MergePatch, object{"stringData": object{"word": canary + "2"}}))
	changes := items.Diff(old, next)
	same(p, "how much has changed", changes.Len(), 1)
	for change := range changes.All() {
		same(p, "where", change.Path.String(), "data.word")
		same(p, "that it is hidden", change.Hidden, true)
		unseen(p, "the change", change.String()+string(change.Old.Bytes())+string(change.New.Bytes()))
	}
	gone := items.Diff(next, nil, items.WithNoise())
	unseen(p, "a deletion", gone.String())
}
