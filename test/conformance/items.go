package conformance

import (
	"bytes"
	"fmt"
	"strings"
	"sync"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/raw"
)

func itemTests() map[string]func(*place) {
	return map[string]func(*place){
		"K35 immutable items":              immutableItems,
		"K36 comparing":                    comparing,
		"K37 raw":                          rawItems,
		"K38 spec recreates":               specRecreates,
		"K39 fetch and delete":             fetchIsNew,
		"K47 deleting a namespace":         deleteNamespace,
		"Guards/a_recreated_object":        recreated,
		"Guards/a_stale_put":               stalePut,
		"R03 patches and preconditions":    patches,
		"R05 bind":                         bind,
		"K35 many goroutines on one item":  shared,
		"K35 status of old revision stays": oldStatus,
	}
}

func (p *place) newPod(name string) items.Pod {
	p.Helper()
	return must[items.Pod](p)(p.cluster.Pods().In(p.namespace).Create(p.ctx, p.pod(name, podSpec())))
}

// immutableItems changes all that an item hands out.
func immutableItems(p *place) {
	pod := p.newPod("one")
	before := pod.Raw().Bytes()
	pod.Raw().Bytes()[0] = 'X'
	m := pod.Raw().Map()
	m["metadata"].(map[string]any)["name"] = "other"
	delete(m, "spec")
	pod.Labels().Map()[mark] = "other"
	marshaled, _ := pod.MarshalJSON()
	copy(marshaled, "XXXX")
	pod.APIPaths()[0] = "other"
	with, err := pod.Raw().With("other", "metadata", "name")
	p.must(err)
	same(p, "the changed copy's name", text(with.Get("metadata", "name")), "other")
	if !bytes.Equal(before, pod.Raw().Bytes()) || pod.Name() != "one" || pod.APIPaths()[0] != "api/v1" {
		p.Errorf("the item is now %s", pod.Raw().Bytes())
	}
}

func comparing(p *place) {
	one, two := p.newPod("one"), p.newPod("two")
	again := must[items.Pod](p)(p.cluster.Pods().In(p.namespace).Fetch(p.ctx, "one"))
	if again.Version() == one.Version() {
		same(p, "one revision, read twice", one.Equal(again), true)
		same(p, "the difference of one revision", p.env.Diff(one, again), "")
	}
	next := must[items.Pod](p)(one.Labels().Set(p.ctx, "a", "b"))
	same(p, "two revisions", one.Equal(next), false)
	same(p, "two objects", one.Equal(two), false)
	same(p, "an item and none", one.Equal(nil), false)
	same(p, "an item and the zero item", one.Equal(items.Pod{}), false)
	same(p, "two zero items", items.Pod{}.Equal(items.Pod{}), true)
	type table struct{ Pods map[string]items.Pod }
	a, b := table{map[string]items.Pod{"x": one, "y": two}}, table{map[string]items.Pod{"x": next, "y": two}}
	same(p, "the difference of equal tables", p.env.Diff(a, a), "")
	diff := p.env.Diff(a, b)
	if !strings.Contains(diff, one.Version()) || !strings.Contains(diff, next.Version()) {
		p.Errorf("the difference does not name the revisions:\n%s", diff)
	}
	same(p, "the difference of documents", p.env.Diff(one.Raw(), one.Raw()), "")
	if p.env.Diff(one.Raw(), next.Raw()) == "" {
		p.Error("two documents do not differ")
	}
}

func rawItems(p *place) {
	created := p.newPod("one")
	for pod, err := range p.cluster.Pods().In(p.namespace).All(p.ctx) {
		p.must(err)
		for _, o := range []raw.Object{created.Raw(), pod.Raw()} {
			same(p, "kind", text(o.Get("kind")), "Pod")
			same(p, "apiVersion", text(o.Get("apiVersion")), "v1")
			same(p, "managed fields", o.Has("metadata", "managedFields"), true)
			same(p, "something that is not there", o.Get("metadata", "none", "0").Exists(), false)
		}
		var decoded known
		p.must(pod.Decode(&decoded))
		same(p, "the decoded name", decoded.Metadata.Name, "one")
	}
}

func specRecreates(p *place) {
	recreate(p, p.must1(p.cluster.Create(p.ctx, "", p.deployment("d", 0, podSpec()))))
	recreate(p, p.must1(p.cluster.Create(p.ctx, "", p.replicaSet("r", 0, podSpec()))))
	recreate(p, p.must1(p.cluster.Create(p.ctx, "", p.replicationController("c", 0, podSpec()))))
	recreate(p, p.must1(p.cluster.Create(p.ctx, "", p.emptyDaemonSet("s"))))
	recreate(p, p.must1(p.cluster.Create(p.ctx, "", p.pod("p", podSpec()))))
	headless := p.service("h")
	headless["spec"].(object)["clusterIP"] = "None"
	recreate(p, p.must1(p.cluster.Create(p.ctx, "", headless)))
}

func (p *place) must1(item items.Item, err error) items.Item {
	p.Helper()
	p.must(err)
	return item
}

func recreate(p *place, item items.Item) {
	p.Helper()
	spec := item.Spec()
	again := p.must1(p.cluster.Create(p.ctx, p.namespace, map[string]any{
		"apiVersion": item.APIVersion(), "kind": item.Kind(), "spec": spec,
		"metadata": object{"name": item.Name() + "-again", "labels": object{mark: p.namespace}},
	}))
	if !again.Spec().Equal(spec) {
		p.Errorf("the spec is now %s, it was %s", again.Spec(), spec)
	}
}

func fetchIsNew(p *place) {
	old := p.newPod("one")
	p.mergePatch(p.pathOf(old), object{"metadata": object{"labels": object{"by": "another"}}})
	latest := must[items.Pod](p)(old.Fetch(p.ctx))
	same(p, "the label of the latest", latest.Labels().Map()["by"], "another")
	same(p, "the label of the old one", old.Labels().Has("by"), false)
	same(p, "newer", newer(latest.Version(), old.Version()), true)
	any1 := p.must1(items.Item(old).Latest(p.ctx))
	if _, ok := any1.(items.Pod); !ok || !any1.Equal(latest) {
		p.Errorf("Latest is %T %v", any1, any1)
	}
	p.must(old.Delete(p.ctx))
	p.eventually(func() error { return p.gone(p.pathOf(old)) })
	_, err := old.Labels().Set(p.ctx, "a", "b")
	refused[*kube.NotFoundError](p, "labelling what is gone", err)
}

// deleteNamespace deletes one that cannot end yet.
func deleteNamespace(p *place) {
	ns := must[items.Namespace](p)(p.cluster.Namespaces().Create(p.ctx, p.otherNamespace("held")))
	at := "/api/v1/namespaces/" + ns.Name() + "/configmaps"
	p.post(at, object{"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": object{"name": "hold", "finalizers": []any{"example.com/hold"}}})
	p.must(ns.Delete(p.ctx))
	p.eventually(func() error {
		now := must[items.Namespace](p)(ns.Fetch(p.ctx))
		phase := must[any](p)(now.Phase())
		if fmt.Sprint(phase) != "Terminating" {
			return unexpected("the phase", phase)
		}
		return nil
	})
	p.must(ns.Delete(p.ctx)) // K47: not the server's 409
	_, err := p.cluster.Create(p.ctx, ns.Name(), object{"apiVersion": "v1", "kind": "Secret", "metadata": object{"name": "late"}})
	refused[*kube.ForbiddenError](p, "creating in a namespace that goes", err)
	p.mergePatch(at+"/hold", object{"metadata": object{"finalizers": nil}})
	p.eventually(func() error { return p.gone(p.pathOf(ns)) })
	refused[*kube.NotFoundError](p, "deleting what is gone", ns.Delete(p.ctx))
}

// recreated shows that an old item does nothing to another object of its name.
func recreated(p *place) {
	old := p.newPod("one")
	p.must(old.Delete(p.ctx))
	p.eventually(func() error { return p.gone(p.pathOf(old)) })
	other := p.newPod("one")
	_, err := old.Labels().Set(p.ctx, "a", "b")
	refused[*kube.ConflictError](p, "labelling another object", err)
	_, err = old.Annotations().Delete(p.ctx, "a")
	refused[*kube.ConflictError](p, "annotating another object", err)
	for how, patch := range map[kube.PatchType]any{
		kube.MergePatch:          object{"metadata": object{"labels": object{"a": "b"}}},
		kube.StrategicMergePatch: object{"metadata": object{"labels": object{"a": "b"}}},
		kube.JSONPatch:           []byte(`[{"op":"add","path":"/metadata/labels/a","value":"b"}]`),
	} {
		_, err = old.Patch(p.ctx, how, patch)
		refused[*kube.ConflictError](p, "patching another object by "+string(how), err)
		must[items.Pod](p)(other.Patch(p.ctx, how, patch))
		must[items.Pod](p)(other.Labels().Delete(p.ctx, "a"))
	}
	err = old.Delete(p.ctx)
	refused[*kube.ConflictError](p, "deleting another object", err)
	latest := must[items.Pod](p)(old.Fetch(p.ctx))
	same(p, "the uid of what is there", latest.UID(), other.UID())
	same(p, "its labels", latest.Labels().Map(), other.Labels().Map())
	same(p, "deleting", latest.Meta().Deleting(), false)
}

func stalePut(p *place) {
	proxy, at := p.cluster.Proxy(), p.path("v1", "configmaps")
	old := must[raw.Object](p)(proxy.Post(p.ctx, p.configMap("one"), at))
	next := must[raw.Object](p)(old.With("second", "data", "key"))
	must[raw.Object](p)(proxy.Put(p.ctx, next, at+"/one"))
	_, err := proxy.Put(p.ctx, next, at+"/one")
	conflict := refused[*kube.ConflictError](p, "putting an old version", err)
	same(p, "the reason", conflict.Reason, "Conflict")
}

func patches(p *place) {
	d := must[items.Deployment](p)(p.cluster.Deployments().In(p.namespace).Create(p.ctx, p.deployment("one", 0, podSpec())))
	container := func(name string) object {
		return object{"spec": object{"template": object{"spec": object{"containers": []any{
			object{"name": name, "image": "example.com/" + name}}}}}}
	}
	names := func(d items.Deployment) (all []string) {
		for c := range d.Spec().Get("template", "spec", "containers").Elements() {
			name, _ := c.Get("name").Text()
			all = append(all, name)
		}
		return all
	}
	merged := must[items.Deployment](p)(d.Patch(p.ctx, kube.StrategicMergePatch, container("side")))
	same(p, "containers after a strategic merge", names(merged), []string{"side", "main"})
	replaced := must[items.Deployment](p)(d.MergePatch(p.ctx, container("only")))
	same(p, "containers after a merge", names(replaced), []string{"only"})
	tested := []byte(`[{"op":"test","path":"/metadata/name","value":"one"},{"op":"replace","path":"/spec/paused","value":true}]`)
	_, err := d.Patch(p.ctx, kube.JSONPatch, tested)
	if err != nil { // the field is left out when it is false
		refused[*kube.InvalidError](p, "replacing what is not there", err)
	}
	added := must[items.Deployment](p)(d.Patch(p.ctx, kube.JSONPatch, []byte(`[{"op":"add","path":"/spec/paused","value":true}]`)))
	same(p, "paused", added.Spec().Get("paused").String(), "true")
	_, err = d.Patch(p.ctx, kube.MergePatch, object{"metadata": object{"resourceVersion": "1"}})
	refused[*kube.ConflictError](p, "a patch of another version", err)
	_, err = d.Patch(p.ctx, kube.MergePatch, object{"spec": object{"replicas": -1}})
	refused[*kube.InvalidError](p, "a patch to something bad", err)
}

func bind(p *place) {
	pod := p.newPod("one")
	other := p.open(kube.WithUserAgent("bound-" + p.namespace))
	bound := kube.Bind(other, pod)
	same(p, "the same revision", bound.Equal(pod), true)
	must[items.Pod](p)(bound.Labels().Set(p.ctx, "a", "b"))
	p.must(other.Close())
	_, err := bound.Fetch(p.ctx)
	same(p, "closed", err == kube.ErrClosed, true)
	same(p, "the first item's connection", must[items.Pod](p)(pod.Fetch(p.ctx)).Labels().Map()["a"], "b")
}

func shared(p *place) {
	pod := p.newPod("one")
	text := pod.Raw().Bytes()
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			next, err := pod.Labels().Set(p.ctx, fmt.Sprint("label-", i), "x")
			if err != nil || !next.Labels().Has(fmt.Sprint("label-", i)) || pod.Labels().Len() != 2 {
				p.Errorf("label %d: %v", i, err)
			}
		})
	}
	group.Wait()
	same(p, "the old item", string(pod.Raw().Bytes()), string(text))
	same(p, "labels in the end", must[items.Pod](p)(pod.Fetch(p.ctx)).Labels().Len(), 10)
}

func oldStatus(p *place) {
	old, is := p.madePod("one", object{"phase": "Running", "podIP": "10.1.1.1", "podIPs": []any{object{"ip": "10.1.1.1"}}})
	p.writeStatus(p.path("v1", "pods", "one"), object{"phase": "Succeeded", "podIP": "", "podIPs": nil})
	latest := must[items.Pod](p)(old.Fetch(p.ctx))
	_, err := latest.IP()
	refused[*kube.StatusError](p, "the address that is gone", err)
	comparePod(p, old, is)
}
