package conformance

import (
	"strings"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/views"
)

func versionTests() map[string]func(*place) {
	return map[string]func(*place){
		"K24 negotiation":        negotiation,
		"K24 nothing served":     notServed,
		"K20 custom resources":   customResources,
		"K11 malformed":          malformed,
		"R11 declaring twice":    declareTwice,
		"K08 lookup":             lookup,
		"K24 newest of builtins": newest,
	}
}

// Widget is a kind of the tests' own.
type Widget struct{ items.Object[Widget] }

// Size is an accessor of its own.
func (w Widget) Size() (int64, error) { return w.Spec().Get("size").Int() }

const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

func (p *place) group() string { return p.namespace + ".example.com" }

// serveWidgets defines a custom resource in some versions, and waits until the
// first is served.
func (p *place) serveWidgets(versions ...string) {
	p.Helper()
	name := "widgets." + p.group()
	p.deleteAfterwards(crds + "/" + name)
	p.post(crds, object{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": object{"name": name},
		"spec": object{"group": p.group(), "scope": "Namespaced", "versions": crdVersions(versions, len(versions)),
			"names": object{"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"}}})
	p.eventually(func() error { return p.serves(versions[0], true) })
}

// crdVersions serves only the last few of the versions.
func crdVersions(versions []string, last int) (all []any) {
	for i, v := range versions {
		all = append(all, object{"name": v, "served": i >= len(versions)-last, "storage": i == len(versions)-1,
			"schema": object{"openAPIV3Schema": object{"type": "object", "x-kubernetes-preserve-unknown-fields": true}}})
	}
	return all
}

// serves waits for discovery to tell it, and for the resource itself: the two
// do not change at once.
func (p *place) serves(version string, want bool) error {
	for _, path := range []string{"/apis/" + p.group() + "/" + version, p.path(p.group()+"/"+version, "widgets")} {
		code, _, err := p.plain.do(p.ctx, "GET", path, "", nil)
		if err != nil || (code == 200) != want {
			return unexpected(path, code)
		}
	}
	var groups struct {
		Groups []struct {
			Name     string
			Versions []struct{ Version string }
		}
	}
	p.read("/apis", &groups)
	listed := false
	for _, g := range groups.Groups {
		for _, v := range g.Versions {
			listed = listed || g.Name == p.group() && v.Version == version
		}
	}
	if listed != want {
		return unexpected("discovery of "+version, listed)
	}
	return nil
}

func (p *place) widgets(versions ...string) kinds.Kind {
	p.Helper()
	var all []string
	for _, v := range versions {
		all = append(all, p.group()+"/"+v)
	}
	return must[kinds.Kind](p)(kinds.New(kinds.Definition{Name: "Widget", GroupVersions: all, Plural: "widgets", Namespaced: true}))
}

func (p *place) widget(version, name string) object {
	return object{"apiVersion": p.group() + "/" + version, "kind": "Widget", "metadata": p.named(name), "spec": object{"size": 3}}
}

// negotiation has a server that withdraws the version that is in use.
func negotiation(p *place) {
	p.serveWidgets("v1", "v1beta1")
	v := kube.ViewOf[Widget](p.cluster, p.widgets("v2", "v1", "v1beta1")).In(p.namespace)
	same(p, "the paths", v.APIPaths(), []string{"apis/" + p.group() + "/v2", "apis/" + p.group() + "/v1", "apis/" + p.group() + "/v1beta1"})
	must[Widget](p)(v.Create(p.ctx, p.widget("v1", "one")))
	w := must[Widget](p)(v.Fetch(p.ctx, "one"))
	same(p, "the newest version that is served", w.APIVersion(), p.group()+"/v1")
	same(p, "the link", w.Link(), p.path(p.group()+"/v1", "widgets", "one"))

	p.mergePatch(crds+"/widgets."+p.group(), object{"spec": object{"versions": crdVersions([]string{"v1", "v1beta1"}, 1)}})
	p.eventually(func() error { return p.serves("v1", false) })
	again := must[Widget](p)(v.Fetch(p.ctx, "one"))
	same(p, "the version after a withdrawal", again.APIVersion(), p.group()+"/v1beta1")
	same(p, "the object", again.UID(), w.UID())
	next := must[Widget](p)(w.Labels().Set(p.ctx, "a", "b")) // an item of the version that is gone
	same(p, "the version of the next revision", next.APIVersion(), p.group()+"/v1beta1")
	same(p, "the link", next.Link(), p.path(p.group()+"/v1beta1", "widgets", "one"))
	same(p, "the list", collected(p, v), []string{"one"})
	p.must(w.Delete(p.ctx))
	p.eventually(func() error { return p.gone(p.path(p.group()+"/v1beta1", "widgets", "one")) })
}

func notServed(p *place) {
	v := kube.ViewOf[Widget](p.cluster, p.widgets("v2", "v1")).In(p.namespace)
	_, err := v.Fetch(p.ctx, "one")
	refused[*kube.NotFoundError](p, "a kind that is not served", err)
	for _, err = range v.All(p.ctx) {
	}
	refused[*kube.NotFoundError](p, "a kind that is not served", err)
}

func customResources(p *place) {
	p.serveWidgets("v1")
	v := must[views.View[Widget]](p)(kube.Declare[Widget](p.cluster, p.widgets("v1")))
	item, err := p.cluster.Create(p.ctx, "", p.widget("v1", "one"))
	p.must(err)
	w, ok := item.(Widget)
	if !ok {
		p.Fatalf("the item is a %T", item)
	}
	same(p, "its size", must[int64](p)(w.Size()), 3)
	_, err = p.cluster.Proxy().Patch(p.ctx, object{"spec": object{"size": 4}}, w.Link())
	api := refused[*kube.APIError](p, "a strategic merge patch", err)
	same(p, "the code", api.Code, 415)
	set := must[Widget](p)(w.Labels().Set(p.ctx, "example.com/size", "big"))
	same(p, "the label", p.judged(set).Metadata.Labels["example.com/size"], "big")
	annotated := must[Widget](p)(set.Annotations().Set(p.ctx, "a", "b"))
	same(p, "the annotation", p.judged(annotated).Metadata.Annotations["a"], "b")
	must[Widget](p)(annotated.MergePatch(p.ctx, object{"spec": object{"size": 5}}))
	listed := collected(p, v.Filter(views.Labels("example.com/size=big")))
	same(p, "the list", listed, []string{"one"})
	latest := must[Widget](p)(w.Fetch(p.ctx))
	same(p, "its size now", must[int64](p)(latest.Size()), 5)
	p.must(latest.Delete(p.ctx))
}

// malformed has a status that no built-in kind could get past the server.
func malformed(p *place) {
	p.serveWidgets("v1")
	v := kube.ViewOf[Widget](p.cluster, p.widgets("v1")).In(p.namespace)
	m := p.widget("v1", "one")
	m["status"] = object{"conditions": []any{object{"type": "Ready", "lastTransitionTime": "yesterday"}}}
	w := must[Widget](p)(v.Create(p.ctx, m))
	_, err := w.Conditions()
	bad := refused[*kube.StatusError](p, "a malformed time", err)
	if bad.Err == nil || !strings.HasPrefix(bad.Path, "status.conditions") || bad.Name != "one" || bad.Namespace != p.namespace {
		p.Errorf("the error is %+v", bad)
	}
	_, err = w.Status().Get("conditions").Text()
	refused[*kube.TypeError](p, "a list as text", err)
	same(p, "the default", len(kube.Or([]items.Condition{{}})(w.Conditions())), 1)
}

func declareTwice(p *place) {
	kind := p.widgets("v1")
	must[views.View[Widget]](p)(kube.Declare[Widget](p.cluster, kind))
	type Other struct{ items.Object[Other] }
	_, err := kube.Declare[Other](p.cluster, p.widgets("v2", "v1"))
	twice := refused[*kube.DuplicateKindError](p, "a second declaration", err)
	same(p, "the kind in the error", twice.Kind != "", true)
	found, err := p.cluster.Lookup("widgets." + p.group())
	p.must(err)
	same(p, "the first stays", found.Kind(), kind)
	if _, ok := found.View().(views.View[Widget]); !ok {
		p.Errorf("the view is a %T", found.View())
	}
	_, err = p.open().Lookup("widgets." + p.group())
	refused[*kube.KindError](p, "a cluster that was not told", err)
}

func lookup(p *place) {
	for _, name := range []string{"Deployment", "deployments", "deployment", "deploy", "DEPLOY", "deployments.apps", "deployments.v1.apps"} {
		r, err := p.cluster.Lookup(name)
		p.must(err)
		same(p, name, r.Name(), "deployments")
		same(p, name, r.ItemType().String(), "items.Deployment")
	}
	_, err := p.cluster.Lookup("deploymnet")
	unknown := refused[*kube.KindError](p, "an unknown kind", err)
	same(p, "a near miss is named", len(unknown.Near) > 0, true)
}

func newest(p *place) {
	for _, kind := range []string{"Deployment", "DaemonSet", "ReplicaSet", "CronJob", "HorizontalPodAutoscaler", "Ingress", "PodDisruptionBudget"} {
		r, err := p.cluster.Lookup(kind)
		p.must(err)
		v, ok := r.View().(interface{ APIPaths() []string })
		if !ok || len(v.APIPaths()) < 2 {
			p.Errorf("%s is known by %v only", kind, r.Kind().APIPaths())
		}
	}
	ds := must[items.DaemonSet](p)(p.cluster.DaemonSets().In(p.namespace).Create(p.ctx, p.emptyDaemonSet("one")))
	same(p, "the version", ds.APIVersion(), "apps/v1")
}
