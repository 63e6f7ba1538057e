package conformance

import (
	"slices"
	"strings"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/fieldpath"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/meta"
	"github.com/kubeviews/kube/raw"
	"github.com/kubeviews/kube/views"
)

func metadataTests() map[string]func(*place) {
	return map[string]func(*place){
		"K43 metadata":                 metadata,
		"K43 deletion":                 deletion,
		"K43 dropped managed fields":   droppedManagedFields,
		"K43 owners of fields":         ownersOfFields,
		"K45 annotations":              annotations,
		"K45 every legal label":        legalLabels,
		"R02 everything on every item": atHand,
	}
}

// metaAsJudged is what the judge reads of the metadata.
type metaAsJudged struct {
	Metadata struct {
		Name, Namespace, UID, ResourceVersion, GenerateName string
		CreationTimestamp                                   *time.Time
		DeletionTimestamp                                   *time.Time
		DeletionGracePeriodSeconds                          count
		Generation                                          count
		Labels, Annotations                                 map[string]string
		Finalizers                                          []string
		OwnerReferences                                     []meta.OwnerReference
		ManagedFields                                       []struct {
			Manager, Operation, APIVersion, Subresource string
			Time                                        time.Time
		}
	}
}

func compareMeta[T typed[T]](p *place, item T, is metaAsJudged) {
	p.Helper()
	m, j := item.Meta(), is.Metadata
	same(p, "name", m.Name(), j.Name)
	same(p, "namespace", m.Namespace(), j.Namespace)
	same(p, "uid", m.UID(), j.UID)
	same(p, "version", m.Version(), j.ResourceVersion)
	same(p, "generateName", m.GenerateName(), j.GenerateName)
	same(p, "labels", m.Labels().Map(), orEmpty(j.Labels))
	same(p, "annotations", m.Annotations().Map(), orEmpty(j.Annotations))
	same(p, "deleting", m.Deleting(), j.DeletionTimestamp != nil)
	attribute(p, "metadata.creationTimestamp", j.CreationTimestamp, m.Created)
	attribute(p, "metadata.generation", j.Generation, m.Generation)
	attribute(p, "metadata.deletionTimestamp", j.DeletionTimestamp, m.Deletion)
	attribute(p, "metadata.deletionGracePeriodSeconds", seconds(j.DeletionGracePeriodSeconds), m.DeletionGracePeriod)
	same(p, "finalizers", must[[]string](p)(m.Finalizers()), j.Finalizers)
	same(p, "owners", must[[]meta.OwnerReference](p)(m.Owners()), j.OwnerReferences)
	managers := slices.Collect(must[meta.Managers](p)(m.Managers()).All())
	same(p, "the number of managers", len(managers), len(j.ManagedFields))
	for i, f := range j.ManagedFields {
		same(p, "a manager", managers[i], meta.FieldManager{Manager: f.Manager, Operation: f.Operation,
			APIVersion: f.APIVersion, Time: f.Time, Subresource: f.Subresource})
	}
}

func orEmpty(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

func seconds(n count) *time.Duration {
	if n == nil {
		return nil
	}
	d := time.Duration(*n) * time.Second
	return &d
}

// owned creates a Deployment that has all that metadata can have.
func (p *place) owned(name string) items.Deployment {
	p.Helper()
	owner := must[raw.Object](p)(p.cluster.Proxy().Post(p.ctx, p.configMap("owner"), p.path("v1", "configmaps")))
	uid, _ := owner.Get("metadata", "uid").Text()
	manifest := p.deployment(name, 0, podSpec())
	metadata := manifest["metadata"].(object)
	metadata["finalizers"] = []any{"example.com/first", "example.com/second"}
	metadata["annotations"] = object{"example.com/Note": "any text, of any form: {\"a\": \"ü\"}\n"}
	metadata["ownerReferences"] = []any{object{"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": uid,
		"controller": true, "blockOwnerDeletion": true}}
	d := must[items.Deployment](p)(p.cluster.Deployments().In(p.namespace).Create(p.ctx, manifest))
	p.Cleanup(func() { // else the namespace could not go
		p.eventually(func() error {
			_, _, err := p.plain.do(p.detached(), "PATCH", p.pathOf(d), "application/merge-patch+json", object{"metadata": object{"finalizers": nil}})
			return err
		})
	})
	return d
}

func metadata(p *place) {
	d := p.owned("full")
	var is metaAsJudged
	d = agreed(p, &is, func() (items.Deployment, error) { return d.Fetch(p.ctx) })
	compareMeta(p, d, is)
	same(p, "finalizers", len(is.Metadata.Finalizers), 2)
	owner, ok := d.Meta().Controller()
	same(p, "the controller", owner.Name, "owner")
	same(p, "a controller", ok, true)
	if age := time.Since(must[time.Time](p)(d.Meta().Created())); age < -time.Minute || age > 5*time.Minute {
		p.Errorf("the object is %s old", age)
	}
	secret := must[items.Secret](p)(p.cluster.Secrets().In(p.namespace).Create(p.ctx, object{
		"apiVersion": "v1", "kind": "Secret", "metadata": object{"generateName": "bare-"}}))
	is = metaAsJudged{}
	secret = agreed(p, &is, func() (items.Secret, error) { return secret.Fetch(p.ctx) })
	compareMeta(p, secret, is)
}

func deletion(p *place) {
	d := p.owned("full")
	p.must(d.Delete(p.ctx))
	var is metaAsJudged
	d = agreed(p, &is, func() (items.Deployment, error) { return d.Fetch(p.ctx) })
	compareMeta(p, d, is)
	same(p, "deleting", d.Meta().Deleting(), true)
	last := must[items.Deployment](p)(d.MergePatch(p.ctx, object{"metadata": object{"finalizers": nil}}))
	same(p, "finalizers", len(must[[]string](p)(last.Meta().Finalizers())), 0)
	p.eventually(func() error { return p.gone(p.pathOf(d)) })
}

func droppedManagedFields(p *place) {
	v := p.cluster.Secrets().In(p.namespace)
	whole := must[items.Secret](p)(v.Create(p.ctx, p.secret("one", object{"a": "b"})))
	managers := must[meta.Managers](p)(whole.Meta().Managers())
	if managers.Len() == 0 || whole.Raw().ManagedFieldsDropped() {
		p.Error("the item lacks its field managers")
	}
	for lean, err := range v.WithoutManagedFields().All(p.ctx) {
		p.must(err)
		_, err = lean.Meta().Managers()
		refused[kube.Error](p, "dropped fields", err)
		if !lean.Raw().ManagedFieldsDropped() || lean.Raw().Has("metadata", "managedFields") {
			p.Error("the item does not say that it lacks its field managers")
		}
		without := must[raw.Object](p)(whole.Raw().Without("metadata", "managedFields"))
		if !without.Equal(lean.Raw()) {
			p.Errorf("more is lost than the managed fields: %d of %d bytes", lean.Raw().Size(), without.Size())
		}
	}
}

// ownersOfFields lets two managers apply parts of a Deployment, which say who owns what.
func ownersOfFields(p *place) {
	part := func(annotation, container string, ports ...any) object {
		return object{
			"metadata": object{"annotations": object{"example.com/" + annotation: "x"}},
			"spec": object{"replicas": 0, "template": object{"spec": object{"containers": []any{
				object{"name": container, "image": "registry.example.com/x:1", "ports": ports}}}}},
		}
	}
	manifest := p.deployment("web", 0, podSpec())
	whole := part("first", "one", object{"containerPort": 53, "protocol": "UDP"})
	manifest["metadata"].(object)["annotations"] = whole["metadata"].(object)["annotations"]
	manifest["spec"].(object)["template"].(object)["spec"] = whole["spec"].(object)["template"].(object)["spec"]
	web := must[items.Deployment](p)(p.cluster.Deployments().In(p.namespace).Apply(p.ctx, manifest, items.FieldManager("first")))
	web = must[items.Deployment](p)(web.Apply(p.ctx, part("second", "two", object{"containerPort": 53, "protocol": "TCP"}), items.FieldManager("second")))
	web = must[items.Deployment](p)(web.Apply(p.ctx, part("third", "one", object{"containerPort": 80, "protocol": "TCP"}), items.FieldManager("third")))

	managers := must[meta.Managers](p)(web.Meta().Managers())
	const containers = "spec.template.spec.containers"
	one, two := 0, 1 // the server says which comes first
	if first, _ := fieldpath.Path(containers + "[0].name").In(web.Raw().Value()).Text(); first == "two" {
		one, two = 1, 0
	}
	list := fieldpath.Path(containers)
	for path, want := range map[fieldpath.Path]string{
		"spec.replicas":                              "first second third",
		"spec.selector":                              "first",
		"spec.selector.matchLabels":                  "first",
		`metadata.annotations["example.com/first"]`:  "first",
		`metadata.annotations["example.com/second"]`: "second",
		containers + "[name=one].image":              "first third",
		containers + "[name=two].image":              "second",
		list.Index(one).Field("image"):               "first third",
		list.Index(two).Field("name"):                "second",
		containers + "[name=one].ports[containerPort=53,protocol=UDP].containerPort": "first",
		containers + "[name=one].ports[containerPort=80,protocol=TCP].containerPort": "third",
		containers + "[name=two].ports[0].protocol":                                  "second",
		containers + "[name=two].terminationMessagePath":                             "",
		containers + "[name=three].image":                                            "",
	} {
		same(p, "the owners of "+path.String(), appliers(must[[]meta.FieldManager](p)(managers.Of(path))), want)
	}
	same(p, "who owns ports", appliers(must[[]meta.FieldManager](p)(managers.Under(containers+"[name=one].ports"))), "first third")
	for m := range managers.All() {
		for path, err := range managers.Fields(m) {
			p.must(err)
			if !path.In(web.Raw().Value()).Exists() {
				p.Errorf("%s owns %s, which is not there", m.Manager, path)
			}
		}
	}
}

// appliers are the managers by Apply: others are the cluster's own controllers.
func appliers(managers []meta.FieldManager) string {
	var names []string
	for _, m := range managers {
		if m.Operation == "Apply" {
			names = append(names, m.Manager)
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func annotations(p *place) {
	const key, value = "Example.com/Any_key.at-all", "{\"text\": \"ünï\\u0000 \"}\n\t "
	old := must[items.Service](p)(p.cluster.Services().In(p.namespace).Create(p.ctx, p.service("one")))
	set := must[items.Service](p)(old.Annotations().Set(p.ctx, key, value))
	same(p, "the annotation", p.judged(set).Metadata.Annotations[key], value)
	same(p, "the annotation", set.Annotations().Map()[key], value)
	deleted := must[items.Service](p)(set.Annotations().Delete(p.ctx, key))
	same(p, "annotations", len(p.judged(deleted).Metadata.Annotations), 0)
	same(p, "annotations of the old item", old.Annotations().Len(), 0)
	same(p, "annotations of the item between", set.Annotations().Len(), 1)
}

func legalLabels(p *place) {
	all := map[string]string{
		"a": "", "A-b_c.d": "0", "example.com/x": "x", "a.b.c-d.example.com/Q": "Z9",
		"k8s.io/0": "a..b__c--d", "x" + string(slices.Repeat([]byte("y"), 62)): string(slices.Repeat([]byte("v"), 63)),
		"dns/tilde": "no", "true": "true", "null": "null", "example.com/1": "1e3",
	}
	old := must[items.Service](p)(p.cluster.Services().In(p.namespace).Create(p.ctx, p.service("one")))
	set := must[items.Service](p)(old.Labels().SetAll(p.ctx, all))
	judged := p.judged(set).Metadata.Labels
	for key, value := range all {
		same(p, "label "+key, judged[key], value)
		same(p, "label "+key, set.Labels().Map()[key], value)
		found := collected(p, p.cluster.Services().Filter(views.LabelsEqual(map[string]string{key: value, mark: p.namespace})))
		same(p, "what has label "+key, found, []string{"one"})
	}
}

func atHand(p *place) {
	v := p.cluster.Pods().In(p.namespace)
	must[items.Pod](p)(v.Create(p.ctx, p.pod("one", podSpec())))
	var is struct {
		Spec, Status map[string]any
	}
	pod := agreed(p, &is, func() (items.Pod, error) { return v.Fetch(p.ctx, "one") })
	var got struct {
		Spec, Status map[string]any
	}
	p.must(pod.Spec().Decode(&got.Spec))
	p.must(pod.Status().Decode(&got.Status))
	same(p, "spec and status", got, is)
	var item items.Item = pod
	same(p, "the name", item.Name(), pod.Meta().Name())
	same(p, "labels", pod.Labels().Map(), pod.Meta().Labels().Map())
	same(p, "annotations", pod.Annotations().Map(), pod.Meta().Annotations().Map())
	var members []string
	for name := range pod.Raw().Members() {
		members = append(members, name)
	}
	same(p, "the number of members", len(members), pod.Raw().Len())
}
