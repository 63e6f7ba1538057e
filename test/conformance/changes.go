package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/meta"
	"github.com/kubeviews/kube/raw"
)

func changeTests() map[string]func(*place) {
	return map[string]func(*place){
		"R03 replace":                    replace,
		"R03 edit loses nothing":         edit,
		"R03 edit of another":            editOfAnother,
		"R03 patch with options":         patchOptions,
		"R03 apply":                      apply,
		"R03 the order of applied lists": applyOrder,
		"R03 delete with options":        deleteOptions,
		"R03 exists":                     exists,
		"R03 delete and wait":            deleteAndWait,
		"R09 scale":                      scale,
		"R14 owners":                     owners,
		"R14 nodes":                      nodes,
		"R14 tolerate":                   tolerate,
		"R14 evict":                      evict,
		"R14 pods of workloads":          podsOf,
		"R14 rollout":                    rollout,
		"R01 R10 views by name":          viewsByName,
		"R10 undeclared kind":            undeclared,
		"typed errors of a request":      typedErrors,
	}
}

// newConfig makes a ConfigMap, and returns it as the library sees it.
func (p *place) newConfig(name string) items.ConfigMap {
	p.post(p.path("v1", "configmaps"), p.configMap(name))
	return must[items.ConfigMap](p)(p.cluster.ConfigMaps().In(p.namespace).Fetch(p.ctx, name))
}

// value is what the judge finds in a ConfigMap.
func (p *place) value(name, key string) string {
	var judged struct{ Data map[string]string }
	p.read(p.path("v1", "configmaps", name), &judged)
	return judged.Data[key]
}

func replace(p *place) {
	one := p.newConfig("one")
	content := must[raw.Object](p)(one.Raw().With("new", "data", "key"))
	next := must[items.ConfigMap](p)(one.Replace(p.ctx, content))
	same(p, "the value", p.value("one", "key"), "new")
	same(p, "the version moved", newer(next.Version(), one.Version()), true)
	_, err := one.Replace(p.ctx, content)
	refused[*kube.ConflictError](p, "an old version", err)
	dry := must[items.ConfigMap](p)(next.Replace(p.ctx, must[raw.Object](p)(next.Raw().With("dry", "data", "key")), items.DryRun()))
	same(p, "a dry run says", text(dry.Raw().Get("data", "key")), "dry")
	same(p, "a dry run stores", p.value("one", "key"), "new")
	for what, bad := range map[string]any{
		"another's name": must[raw.Object](p)(next.Raw().With("two", "metadata", "name")),
		"another's kind": must[raw.Object](p)(next.Raw().With("Secret", "kind")),
		"no object":      []byte(`[]`),
	} {
		_, err := next.Replace(p.ctx, bad)
		refused[*kube.ArgumentError](p, what, err)
	}
	light := must[[]items.ConfigMap](p)(all(p.cluster.ConfigMaps().In(p.namespace).Metadata().All(p.ctx)))
	_, err = light[0].Replace(p.ctx, light[0].Raw())
	refused[*kube.ArgumentError](p, "metadata only", err)
	fetched := must[items.ConfigMap](p)(p.cluster.ConfigMaps().In(p.namespace).Metadata().Fetch(p.ctx, light[0].Name()))
	same(p, "a fetch of metadata only says so", fetched.Raw().MetadataOnly() && !fetched.Raw().Has("data"), true)
	same(p, "a fetch of metadata only is of the kind", fetched.String(), light[0].String())
	same(p, "the managers are there", must[meta.Managers](p)(fetched.Meta().Managers()).Len() > 0, true)
}

func all[T any](seq func(func(T, error) bool)) (list []T, err error) {
	for item, err := range seq {
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return list, nil
}

// edit has two programs count in one object, each a hundred times.
func edit(p *place) {
	const each = 100
	one := p.newConfig("counter")
	count := func(now raw.Object) (raw.Object, error) {
		n, _ := strconv.Atoi(text(now.Get("data", "count")))
		return now.With(strconv.Itoa(n+1), "data", "count")
	}
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			for range each {
				if _, err := one.Edit(p.ctx, count); err != nil {
					p.Error(err)
					return
				}
			}
		})
	}
	both.Wait()
	same(p, "the count", p.value("counter", "count"), strconv.Itoa(2*each))
	before := must[items.ConfigMap](p)(one.Fetch(p.ctx))
	after := must[items.ConfigMap](p)(one.Edit(p.ctx, func(now raw.Object) (raw.Object, error) { return now, nil }))
	same(p, "nothing to do", after.Version(), before.Version())
	mine := errors.New("mine")
	if _, err := one.Edit(p.ctx, func(raw.Object) (raw.Object, error) { return raw.Object{}, mine }); err != mine {
		p.Errorf("the function's error is %v", err)
	}
	_, err := one.Edit(p.ctx, nil)
	refused[*kube.ArgumentError](p, "no function", err)
}

func editOfAnother(p *place) {
	one := p.newConfig("one")
	p.send("DELETE", p.path("v1", "configmaps", "one"), "", nil)
	_, err := one.Edit(p.ctx, func(now raw.Object) (raw.Object, error) { return now.With("x", "data", "key") })
	refused[*kube.NotFoundError](p, "a deleted object", err)
	p.newConfig("one")
	_, err = one.Edit(p.ctx, func(now raw.Object) (raw.Object, error) { return now.With("x", "data", "key") })
	refused[*kube.ConflictError](p, "another of the name", err)
}

func patchOptions(p *place) {
	one := p.newConfig("one")
	next := must[items.ConfigMap](p)(one.Patch(p.ctx, kube.MergePatch, object{"data": object{"key": "new"}}, items.FieldManager("tester"), items.IfUnchanged()))
	managers := must[[]string](p)(managersOf(next))
	same(p, "the manager", contains(managers, "tester"), true)
	for _, how := range []kube.PatchType{kube.MergePatch, kube.StrategicMergePatch} {
		_, err := one.Patch(p.ctx, how, object{"data": object{"key": "newer"}}, items.IfUnchanged())
		refused[*kube.ConflictError](p, string(how), err)
	}
	_, err := one.Patch(p.ctx, kube.JSONPatch, []object{{"op": "add", "path": "/data/key", "value": "newer"}}, items.IfUnchanged())
	refused[*kube.ConflictError](p, "JSON patch", err)
	_, err = next.Patch(p.ctx, kube.MergePatch, object{}, items.Force())
	refused[*kube.ArgumentError](p, "force without apply", err)
	_, err = next.Patch(p.ctx, kube.MergePatch, object{}, items.FieldManager(""))
	refused[*kube.ArgumentError](p, "no manager", err)
	_, err = next.Patch(p.ctx, kube.MergePatch, object{}, items.Subresource("a/b"))
	refused[*kube.ArgumentError](p, "a bad subresource", err)
	p.post(p.path("apps/v1", "deployments"), p.deployment("web", 0, podSpec()))
	web := must[items.Deployment](p)(p.cluster.Deployments().In(p.namespace).Fetch(p.ctx, "web"))
	web = must[items.Deployment](p)(web.Patch(p.ctx, kube.MergePatch,
		object{"status": object{"conditions": []object{{"type": "Tested", "status": "True"}}}}, items.Subresource("status")))
	_, err = web.Condition("Tested")
	p.must(err)
	web = must[items.Deployment](p)(web.Patch(p.ctx, kube.MergePatch, object{"spec": object{"replicas": 2}}, items.Subresource("scale")))
	same(p, "scaled", text(must[raw.Value](p)(web.Spec().Get("replicas"), nil)), "")
	var judged struct{ Spec struct{ Replicas int } }
	p.read(p.path("apps/v1", "deployments", "web"), &judged)
	same(p, "the replicas", judged.Spec.Replicas, 2)
}

func managersOf(item items.ConfigMap) (names []string, err error) {
	managers, err := item.Meta().Managers()
	for m := range managers.All() {
		names = append(names, m.Manager)
	}
	return names, err
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

func apply(p *place) {
	manifest := object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": object{"name": "one"}, "data": object{"a": "1"}}
	view := p.cluster.ConfigMaps().In(p.namespace)
	one := must[items.ConfigMap](p)(view.Apply(p.ctx, manifest, items.FieldManager("first")))
	same(p, "created", p.value("one", "a"), "1")
	manifest["data"] = object{"a": "2"}
	_, err := view.Apply(p.ctx, manifest, items.FieldManager("second"))
	refused[*kube.ConflictError](p, "another's field", err)
	must[items.ConfigMap](p)(view.Apply(p.ctx, manifest, items.FieldManager("second"), items.Force()))
	same(p, "forced", p.value("one", "a"), "2")
	next := must[items.ConfigMap](p)(one.Apply(p.ctx, object{"data": object{"b": "3"}}, items.FieldManager("third")))
	same(p, "the item's own apply", p.value("one", "b"), "3")
	same(p, "beside others'", p.value("one", "a"), "2")
	again := must[items.Item](p)(p.cluster.Apply(p.ctx, p.namespace, object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": object{"name": "one"}, "data": object{"c": "4"}}))
	same(p, "by the cluster", again.UID(), next.UID())
	_, err = view.Apply(p.ctx, object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": object{"generateName": "one-"}})
	refused[*kube.ArgumentError](p, "no name", err)
	_, err = one.Apply(p.ctx, object{"kind": "Secret"})
	refused[*kube.ArgumentError](p, "another kind", err)
}

// applyOrder has several managers apply to a list with keys, and to a set.
func applyOrder(p *place) {
	for _, step := range []struct{ manager, list, want string }{
		{"first", "1 3 5", "1 3 5"},
		{"second", "2 4", "1 3 5 2 4"},
		{"third", "5 6 1", "3 5 2 4 6 1"},
		{"first", "5 3 7 1", "5 2 4 6 3 7 1"},
		{"second", "4 8 3 2", "5 4 6 8 3 7 1 2"},
		{"first", "7", "5 4 6 8 3 7 1 2"},
		{"fourth", "9 8", "5 4 6 9 8 3 7 1 2"},
		{"second", "8", "5 6 9 8 7 1"},
	} {
		var ports, finalizers []any
		for word := range strings.FieldsSeq(step.list) {
			ports = append(ports, object{"name": "p" + word, "port": json.Number(word)})
			finalizers = append(finalizers, "example.com/"+word)
		}
		what, by := step.manager+" applies "+step.list, items.FieldManager(step.manager)
		must[items.Service](p)(p.cluster.Services().In(p.namespace).Apply(p.ctx, object{"apiVersion": "v1", "kind": "Service",
			"metadata": object{"name": "one"}, "spec": object{"ports": ports}}, by))
		must[items.ConfigMap](p)(p.cluster.ConfigMaps().In(p.namespace).Apply(p.ctx, object{"apiVersion": "v1", "kind": "ConfigMap",
			"metadata": object{"name": "one", "finalizers": finalizers}}, by))
		same(p, what+" of ports", p.words(p.path("v1", "services", "one"), "spec", "ports"), step.want)
		same(p, what+" of finalizers", p.words(p.path("v1", "configmaps", "one"), "metadata", "finalizers"), step.want)
	}
	p.mergePatch(p.path("v1", "configmaps", "one"), object{"metadata": object{"finalizers": nil}})
}

// words are the elements of a list that the server has: the port or the last part of
// each.
func (p *place) words(path string, at ...string) string {
	var list any
	p.read(path, &list)
	for _, name := range at {
		list = list.(map[string]any)[name]
	}
	var words []string
	for _, e := range list.([]any) {
		if port, ok := e.(map[string]any); ok {
			e = port["port"]
		}
		words = append(words, strings.TrimPrefix(fmt.Sprint(e), "example.com/"))
	}
	return strings.Join(words, " ")
}

func deleteOptions(p *place) {
	one := p.newConfig("one")
	p.must(one.Delete(p.ctx, items.DryRun()))
	same(p, "still there", must[bool](p)(one.Exists(p.ctx)), true)
	p.mergePatch(p.path("v1", "configmaps", "one"), object{"data": object{"key": "changed"}})
	refused[*kube.ConflictError](p, "changed since", one.Delete(p.ctx, items.IfUnchanged()))
	refused[*kube.ArgumentError](p, "a bad grace period", one.Delete(p.ctx, items.GracePeriod(time.Millisecond)))
	refused[*kube.ArgumentError](p, "a bad policy", one.Delete(p.ctx, items.Propagation("Never")))
	p.must(one.Delete(p.ctx, items.Propagation(items.Background), items.GracePeriod(0)))
	p.must(p.gone(p.path("v1", "configmaps", "one")))
	refused[*kube.NotFoundError](p, "gone", one.Delete(p.ctx))
	pod := p.newPod("forced")
	p.must(pod.Delete(p.ctx, items.Force()))
	p.eventually(func() error { return p.gone(p.path("v1", "pods", "forced")) })
}

func exists(p *place) {
	one := p.newConfig("one")
	view := p.cluster.ConfigMaps().In(p.namespace)
	same(p, "there", must[bool](p)(view.Exists(p.ctx, "one")), true)
	same(p, "not there", must[bool](p)(view.Exists(p.ctx, "two")), false)
	_, err := view.Exists(p.ctx, "a/b")
	refused[*kube.ArgumentError](p, "no name", err)
	p.send("DELETE", p.path("v1", "configmaps", "one"), "", nil)
	same(p, "deleted", must[bool](p)(one.Exists(p.ctx)), false)
	p.newConfig("one")
	same(p, "another of the name", must[bool](p)(one.Exists(p.ctx)), false)
}

func deleteAndWait(p *place) {
	one := p.newConfig("one")
	p.mergePatch(p.path("v1", "configmaps", "one"), object{"metadata": object{"finalizers": []string{"example.com/hold"}}})
	short, cancel := context.WithTimeout(p.ctx, time.Second)
	defer cancel()
	refused[*kube.WaitError](p, "held", one.DeleteAndWait(short))
	p.mergePatch(p.path("v1", "configmaps", "one"), object{"metadata": object{"finalizers": nil}})
	p.eventually(func() error { return p.gone(p.path("v1", "configmaps", "one")) })
	two := p.newConfig("two")
	p.must(two.DeleteAndWait(p.ctx))
	p.must(p.gone(p.path("v1", "configmaps", "two")))
}

func scale(p *place) {
	p.post(p.path("apps/v1", "deployments"), p.deployment("web", 0, podSpec()))
	web := must[items.Deployment](p)(p.cluster.Deployments().In(p.namespace).Fetch(p.ctx, "web"))
	web = must[items.Deployment](p)(web.Scale(p.ctx, 3))
	var judged struct{ Spec struct{ Replicas int } }
	p.read(p.path("apps/v1", "deployments", "web"), &judged)
	same(p, "the replicas", judged.Spec.Replicas, 3)
	_, err := web.Scale(p.ctx, -1)
	refused[*kube.ArgumentError](p, "less than none", err)
	_, err = p.newConfig("one").Scale(p.ctx, 1)
	refused[*kube.ArgumentError](p, "not scalable", err)
}

func owners(p *place) {
	owner, child := p.newConfig("owner"), p.newConfig("child")
	next := must[items.ConfigMap](p)(child.SetOwner(p.ctx, owner))
	controller, ok := next.Meta().Controller()
	same(p, "the controller", ok && controller.UID == owner.UID(), true)
	again := must[items.ConfigMap](p)(next.SetOwner(p.ctx, owner))
	same(p, "twice", again.Version(), next.Version())
	other := p.newConfig("other")
	_, err := next.SetOwner(p.ctx, other)
	refused[*kube.InvalidError](p, "two controllers", err)
	adopted := must[items.Item](p)(owner.Adopt(p.ctx, other))
	if _, ok := adopted.(items.ConfigMap); !ok {
		p.Errorf("what is adopted is a %T", adopted)
	}
	_, err = child.SetOwner(p.ctx, nil)
	refused[*kube.ArgumentError](p, "no owner", err)
}

func nodes(p *place) {
	p.post("/api/v1/nodes", p.node("machine"))
	node := must[items.Node](p)(p.cluster.Nodes().Fetch(p.ctx, p.namespace+"-machine"))
	node = must[items.Node](p)(node.Cordon(p.ctx))
	same(p, "cordoned", must[bool](p)(node.Unschedulable()), true)
	node = must[items.Node](p)(node.Uncordon(p.ctx))
	same(p, "uncordoned", must[bool](p)(node.Unschedulable()), false)
	has := func(n items.Node, taint string) bool {
		for _, t := range must[[]items.Taint](p)(n.Taints()) {
			if fmt.Sprintf("%s=%s:%s", t.Key, t.Value, t.Effect) == taint {
				return true
			}
		}
		return false
	}
	node = must[items.Node](p)(node.Taint(p.ctx, items.Taint{Key: "dedicated", Value: "a", Effect: "NoSchedule"}, items.Taint{Key: "other", Effect: "NoExecute"}))
	node = must[items.Node](p)(node.Taint(p.ctx, items.Taint{Key: "dedicated", Value: "b", Effect: "NoSchedule"}))
	same(p, "replaced", has(node, "dedicated=b:NoSchedule") && !has(node, "dedicated=a:NoSchedule") && has(node, "other=:NoExecute"), true)
	node = must[items.Node](p)(node.Untaint(p.ctx, "dedicated:NoSchedule", "other"))
	same(p, "removed", has(node, "dedicated=b:NoSchedule") || has(node, "other=:NoExecute"), false)
	_, err := node.Taint(p.ctx, items.Taint{Key: "a b", Effect: "NoSchedule"})
	refused[*kube.ArgumentError](p, "a bad key", err)
}

func tolerate(p *place) {
	pod := p.newPod("one")
	toleration := items.Toleration{Key: "dedicated", Operator: "Exists", Effect: "NoExecute", For: time.Minute}
	next := must[items.Pod](p)(pod.Tolerate(p.ctx, toleration))
	found := false
	for _, t := range must[[]items.Toleration](p)(next.Tolerations()) {
		found = found || t == toleration
	}
	same(p, "the toleration", found, true)
	again := must[items.Pod](p)(next.Tolerate(p.ctx, toleration))
	same(p, "twice", len(must[[]items.Toleration](p)(again.Tolerations())), len(must[[]items.Toleration](p)(next.Tolerations())))
	_, err := pod.Tolerate(p.ctx, items.Toleration{Operator: "Equal"})
	refused[*kube.ArgumentError](p, "no key", err)
}

func evict(p *place) {
	pod := p.newPod("one")
	p.must(pod.Evict(p.ctx, items.DryRun()))
	p.must(pod.Evict(p.ctx, items.GracePeriod(0)))
	p.eventually(func() error { return p.gone(p.path("v1", "pods", "one")) })
	refused[*kube.NotFoundError](p, "gone", pod.Evict(p.ctx))
}

func podsOf(p *place) {
	p.newPod("one")
	labels := object{mark: p.namespace}
	p.post(p.path("v1", "services"), object{"apiVersion": "v1", "kind": "Service", "metadata": p.named("web"),
		"spec": object{"selector": labels, "ports": []object{{"port": 80}}}})
	web := must[items.Service](p)(p.cluster.Services().In(p.namespace).Fetch(p.ctx, "web"))
	pods := must[[]items.Pod](p)(all(web.Pods(p.ctx)))
	same(p, "the pods", len(pods) == 1 && pods[0].Name() == "one", true)
	p.post(p.path("v1", "services"), object{"apiVersion": "v1", "kind": "Service", "metadata": p.named("none"), "spec": object{"ports": []object{{"port": 80}}}})
	none := must[items.Service](p)(p.cluster.Services().In(p.namespace).Fetch(p.ctx, "none"))
	_, err := all(none.Pods(p.ctx))
	refused[*kube.StatusError](p, "no selector", err)
}

func rollout(p *place) {
	p.post(p.path("apps/v1", "deployments"), p.deployment("web", 1, running()))
	web := must[items.Deployment](p)(p.cluster.Deployments().In(p.namespace).Fetch(p.ctx, "web"))
	web = must[items.Deployment](p)(web.Restart(p.ctx))
	if !p.env.Lives {
		r := must[items.Rollout](p)(web.Rollout())
		same(p, "done without a controller", r.Done, false)
		return
	}
	web = must[items.Deployment](p)(web.WaitRollout(p.ctx))
	same(p, "done", must[items.Rollout](p)(web.Rollout()).Done, true)
	p.eventually(func() error {
		ready, err := all(web.ReadyPods(p.ctx))
		if err == nil && len(ready) != 1 {
			err = unexpected("the number of ready pods", len(ready))
		}
		return err
	})
}

func viewsByName(p *place) {
	p.newConfig("one")
	for _, name := range []string{"cm", "configmap", "ConfigMaps", "configmaps.v1"} {
		view, err := p.cluster.View(p.ctx, name)
		p.must(err)
		item := must[items.Item](p)(view.In(p.namespace).Fetch(p.ctx, "one"))
		if _, ok := item.(items.ConfigMap); !ok {
			p.Errorf("%s shows a %T", name, item)
		}
	}
	_, err := p.cluster.View(p.ctx, "configmpas")
	unknown := refused[*kube.KindError](p, "a slip", err)
	same(p, "a suggestion", contains(unknown.Near, "configmaps"), true)
	view := must1(p.cluster.View(p.ctx, "configmaps"))
	m := must1(view.In(p.namespace).Mirror(p.ctx))
	defer m.Close()
	p.must(m.Synced(p.ctx))
	found, ok := m.Snapshot().Get(p.namespace, "one")
	if _, typed := found.(items.ConfigMap); !ok || !typed {
		p.Errorf("the mirror shows a %T", found)
	}
}

func must1[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}

// undeclared is about a custom kind that nobody has told the library of.
func undeclared(p *place) {
	group := p.namespace + ".example.com"
	p.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", object{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": object{"name": "widgets." + group},
		"spec": object{
			"group": group, "scope": "Namespaced",
			"names": object{"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"},
			"versions": []object{{"name": "v1", "served": true, "storage": true,
				"schema": object{"openAPIV3Schema": object{"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}},
		},
	})
	p.deleteAfterwards("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets." + group)
	manifest := object{"apiVersion": group + "/v1", "kind": "Widget", "metadata": object{"name": "one"}, "spec": object{"size": 1}}
	var made items.Item
	p.eventually(func() (err error) {
		made, err = p.cluster.Create(p.ctx, p.namespace, manifest)
		return err
	})
	if _, ok := made.(items.Generic); !ok {
		p.Errorf("an undeclared kind makes a %T", made)
	}
	view := must1(p.cluster.View(p.ctx, "widgets.v1."+group))
	got := must[items.Item](p)(view.In(p.namespace).Fetch(p.ctx, "one"))
	same(p, "the item", got.Equal(made), true)
	next := must[items.Generic](p)(items.AsGeneric(got).Labels().Set(p.ctx, "seen", "yes"))
	same(p, "the uid", next.UID(), got.UID())
}

// typedErrors meets each fault that callers tell apart, but those of the
// connection.
func typedErrors(p *place) {
	one := p.newConfig("one")
	view := p.cluster.ConfigMaps().In(p.namespace)
	_, err := view.Create(p.ctx, p.configMap("one"))
	refused[*kube.AlreadyExistsError](p, "the same name", err)
	_, err = view.Fetch(p.ctx, "two")
	refused[*kube.NotFoundError](p, "no such name", err)
	_, err = one.MergePatch(p.ctx, object{"data": "none"})
	refused[*kube.InvalidError](p, "no map", err)
	_, err = one.MergePatch(p.ctx, object{"metadata": object{"resourceVersion": "1"}})
	refused[*kube.ConflictError](p, "an old version", err)
}
