package conformance

import (
	"bytes"
	"errors"
	"strings"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	files "github.com/kubeviews/kube/manifests"
)

func manifestTests() map[string]func(*place) {
	return map[string]func(*place){
		"R07 a file of manifests": manifestFile,
		"R07 bad manifests":       badManifests,
		"K38 R16 through YAML":    throughYAML,
	}
}

// file has all that a custom resource needs, behind it.
const file = `apiVersion: GROUP/v1
kind: Widget
metadata: {name: first}
spec: {size: 3}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 0
  selector: {matchLabels: &labels {app: web}}
  template:
    metadata: {labels: *labels}
    spec:
      containers: [{name: main, image: example.com/main}]
---
{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"on": "yes"}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.GROUP}
spec:
  group: GROUP
  scope: Namespaced
  names: {plural: widgets, kind: Widget}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {size: {type: integer}}}
---
apiVersion: v1
kind: Namespace
metadata: {name: NAMESPACE}
`

// manifestFile sends a file in which everything comes before what it needs.
func manifestFile(p *place) {
	namespace := p.namespace + "-file"
	group := namespace + ".example.com"
	p.deleteAfterwards("/api/v1/namespaces/" + namespace)
	p.deleteAfterwards(crds + "/widgets." + group)
	text := strings.NewReplacer("GROUP", group, "NAMESPACE", namespace).Replace(file)
	in := files.Namespace(namespace)
	read := func() *bytes.Reader { return bytes.NewReader([]byte(text)) }

	results, err := files.Create(p.ctx, p.cluster, files.Read(read(), "file"), in)
	p.must(err)
	var uids []string
	for i, kind := range []string{"Widget", "Deployment", "ConfigMap", "CustomResourceDefinition", "Namespace"} {
		same(p, "the kind", string(results[i].Item.Kind()), kind)
		same(p, "the judge's uid", p.judged(results[i].Item).Metadata.UID, results[i].Item.UID())
		uids = append(uids, results[i].Item.UID())
	}
	same(p, "the lines", results[1].Document.Line, 6)
	same(p, "the namespace", results[0].Item.Namespace(), namespace)

	// Again: all names are taken, and each is told.
	results, err = files.Create(p.ctx, p.cluster, files.Read(read(), "file"), in)
	refused[*kube.AlreadyExistsError](p, "the whole file again", err)
	for _, r := range results {
		refused[*kube.AlreadyExistsError](p, "a document again", r.Err)
	}

	// Applied, what is there stays what it is.
	text = strings.Replace(text, "size: 3", "size: 4", 1)
	results, err = files.Apply(p.ctx, p.cluster, files.Read(read(), "file"), in, files.With(items.Force()))
	p.must(err)
	for i, r := range results {
		same(p, "the uid", r.Item.UID(), uids[i])
	}
	same(p, "the size", must[int64](p)(results[0].Item.Spec().Get("size").Int()), 4)

	// A dry run changes nothing.
	text = strings.Replace(text, "size: 4", "size: 5", 1)
	results, err = files.Apply(p.ctx, p.cluster, files.Read(read(), "file"), in, files.DryRun(), files.With(items.Force()))
	p.must(err)
	same(p, "the size", must[int64](p)(results[0].Item.Spec().Get("size").Int()), 5)
	now := must[items.Item](p)(results[0].Item.Latest(p.ctx))
	same(p, "the size", must[int64](p)(now.Spec().Get("size").Int()), 4)
}

// badManifests sends nothing of a file with a bad document, unless asked to.
func badManifests(p *place) {
	const text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n---\na: [\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: two}\n"
	in := files.Namespace(p.namespace)
	results, err := files.Apply(p.ctx, p.cluster, files.Read(strings.NewReader(text), "bad"), in)
	bad := refused[*files.ManifestError](p, "a bad document", err)
	same(p, "the source", bad.Source, "bad")
	if len(results) != 3 || !errors.Is(results[0].Err, files.ErrNotTried) {
		p.Errorf("the results are %v", results)
	}
	_, err = p.cluster.ConfigMaps().In(p.namespace).Fetch(p.ctx, "one")
	refused[*kube.NotFoundError](p, "what must not have been sent", err)

	_, err = files.Apply(p.ctx, p.cluster, files.Read(strings.NewReader(text), "bad"), in, files.SkipBad())
	refused[*files.ManifestError](p, "a bad document", err)
	for _, name := range []string{"one", "two"} {
		must[items.ConfigMap](p)(p.cluster.ConfigMaps().In(p.namespace).Fetch(p.ctx, name))
	}
	_, err = files.Apply(p.ctx, p.cluster, files.Of(object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": object{"name": "nowhere"}}))
	refused[*kube.NamespaceError](p, "no namespace at all", err)
}

// throughYAML creates an object again from what was written of it.
func throughYAML(p *place) {
	v := p.cluster.Secrets().In(p.namespace)
	first := must[items.Secret](p)(v.Create(p.ctx, p.secret("keys", object{"a": "on", "b": "two\nlines\n"})))
	clean, err := files.Clean(first)
	p.must(err)
	text := must[[]byte](p)(files.YAML(clean))
	p.must(first.Delete(p.ctx))
	results, err := files.Create(p.ctx, p.cluster, files.Read(bytes.NewReader(text), "keys.yaml"))
	p.must(err)
	second, ok := results[0].Item.(items.Secret)
	if !ok || second.UID() == first.UID() {
		p.Fatalf("became %v, a %T", results[0].Item, results[0].Item)
	}
	same(p, "the data", must[map[string][]byte](p)(second.Data()), must[map[string][]byte](p)(first.Data()))
}
