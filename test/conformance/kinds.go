package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/meta"
	"github.com/kubeviews/kube/views"
)

// typed is what all item types have in common.
type typed[T any] interface {
	items.Typed[T]
	Meta() meta.ObjectMeta[T]
	Fetch(context.Context) (T, error)
}

// kindCase is one of the nine kinds.
type kindCase[T typed[T]] struct {
	kind     kinds.Name
	list     kinds.Name
	resource string // as kubectl takes it, with its group
	path     string // the newest
	view     func(*kube.Cluster) views.View[T]
	manifest func(p *place, name string) object
	fields   string // selects a new object, beside its name
}

func kindTests() map[string]func(*place) {
	return map[string]func(*place){
		"Kinds/Node": kindCase[items.Node]{
			kinds.Node, kinds.NodeList, "nodes", "api/v1", (*kube.Cluster).Nodes,
			(*place).node, "spec.unschedulable=true",
		}.run,
		"Kinds/Namespace": kindCase[items.Namespace]{
			kinds.Namespace, kinds.NamespaceList, "namespaces", "api/v1", (*kube.Cluster).Namespaces,
			(*place).otherNamespace, "status.phase=Active",
		}.run,
		"Kinds/ReplicaSet": kindCase[items.ReplicaSet]{
			kinds.ReplicaSet, kinds.ReplicaSetList, "replicasets.apps", "apis/apps/v1", (*kube.Cluster).ReplicaSets,
			func(p *place, name string) object { return p.replicaSet(name, 0, podSpec()) }, "",
		}.run,
		"Kinds/ReplicationController": kindCase[items.ReplicationController]{
			kinds.ReplicationController, kinds.ReplicationControllerList, "replicationcontrollers", "api/v1", (*kube.Cluster).ReplicationControllers,
			func(p *place, name string) object { return p.replicationController(name, 0, podSpec()) }, "status.replicas=0",
		}.run,
		"Kinds/DaemonSet": kindCase[items.DaemonSet]{
			kinds.DaemonSet, kinds.DaemonSetList, "daemonsets.apps", "apis/apps/v1", (*kube.Cluster).DaemonSets,
			(*place).emptyDaemonSet, "",
		}.run,
		"Kinds/Deployment": kindCase[items.Deployment]{
			kinds.Deployment, kinds.DeploymentList, "deployments.apps", "apis/apps/v1", (*kube.Cluster).Deployments,
			func(p *place, name string) object { return p.deployment(name, 0, podSpec()) }, "",
		}.run,
		"Kinds/Pod": kindCase[items.Pod]{
			kinds.Pod, kinds.PodList, "pods", "api/v1", (*kube.Cluster).Pods,
			func(p *place, name string) object { return p.pod(name, podSpec()) }, "status.phase=Pending,spec.nodeName=,spec.schedulerName=" + nobody,
		}.run,
		"Kinds/Service": kindCase[items.Service]{
			kinds.Service, kinds.ServiceList, "services", "api/v1", (*kube.Cluster).Services,
			(*place).service, "spec.type=ClusterIP",
		}.run,
		"Kinds/Secret": kindCase[items.Secret]{
			kinds.Secret, kinds.SecretList, "secrets", "api/v1", (*kube.Cluster).Secrets,
			func(p *place, name string) object { return p.secret(name, object{"key": "value"}) }, "type=Opaque",
		}.run,
	}
}

// emptyDaemonSet is one that selects no node.
func (p *place) emptyDaemonSet(name string) object {
	spec := podSpec()
	spec["nodeSelector"] = object{"example.com/none": "true"}
	return p.daemonSet(name, spec)
}

// kindRun is a kindCase in its place, with two objects.
type kindRun[T typed[T]] struct {
	kindCase[T]
	all   views.View[T] // global
	own   views.View[T] // in the test's namespace, if the kind has namespaces
	names []string
}

func (c kindCase[T]) run(p *place) {
	r := &kindRun[T]{kindCase: c, all: c.view(p.cluster)}
	r.own = r.all
	if r.all.Kind().Namespaced() {
		r.own = r.all.In(p.namespace)
	}
	p.step("K07 create", r.create)
	p.step("K22 K25 K42 names", r.naming)
	p.step("K26 K27 list", r.lists)
	p.step("K23 namespace rules", r.namespaces)
	p.step("K28 fetch", r.fetch)
	p.step("K29 missing", r.missing)
	p.step("K30 labels", r.byLabel)
	p.step("K30 fields", r.byField)
	p.step("K37 raw from a list", r.raws)
	p.step("K44 link", r.links)
	p.step("K35 K45 labels", r.labels)
	p.step("K39 delete", r.remove)
}

func (r *kindRun[T]) create(p *place) {
	for _, name := range []string{"one", "two"} {
		item := must[T](p)(r.own.Create(p.ctx, r.manifest(p, name)))
		r.names = append(r.names, item.Name())
		if item.UID() == "" || item.Version() == "" {
			p.Errorf("%v has no uid or version", item)
		}
	}
}

func (r *kindRun[T]) naming(p *place) {
	plural, _, _ := strings.Cut(r.resource, ".")
	same(p, "the view's kind", r.all.Kind().Name(), r.kind)
	same(p, "the list's kind", r.all.Kind().ListName(), r.list)
	same(p, "the view's resource", r.all.Resource(), plural)
	same(p, "the newest path", r.all.APIPaths()[0], r.path)
	same(p, "the global view's namespace", r.all.Namespace(), "")
	item := must[T](p)(r.own.Fetch(p.ctx, r.names[0]))
	same(p, "the item's kind", item.Kind(), r.kind)
	same(p, "the item's resource", item.Resource(), plural)
	looked, err := p.cluster.Lookup(string(r.kind)) // K08
	p.must(err)
	if _, ok := looked.View().(views.View[T]); !ok {
		p.Errorf("the kind's view is a %T", looked.View())
	}
}

func (r *kindRun[T]) mine(p *place) views.View[T] {
	return r.all.Filter(views.LabelsEqual(map[string]string{mark: p.namespace, "which": "one"}))
}

// collected are the names that a view yields, and no error.
func collected[T typed[T]](p *place, v views.View[T]) (names []string) {
	p.Helper()
	for item, err := range v.All(p.ctx) {
		p.must(err)
		names = append(names, item.Name())
	}
	return names
}

func (r *kindRun[T]) lists(p *place) {
	labels := mark + "=" + p.namespace + ",which"
	judged := p.names(r.resource, "", labels)
	global := r.all.Filter(views.Labels(labels))
	same(p, "the global view", collected(p, global), judged)
	same(p, "the global view, ranged again", collected(p, global), judged)
	same(p, "what the judge sees", judged, r.names)
	for _, name := range r.names {
		if !slices.Contains(collected(p, r.all), name) {
			p.Errorf("the whole view lacks %s", name)
		}
	}
	if r.all.Kind().Namespaced() {
		same(p, "the bound view", collected(p, r.own), r.names)
		same(p, "the bound view's namespace", r.own.Namespace(), p.namespace)
		same(p, "another namespace", collected(p, r.all.In("kube-node-lease")), nil)
	}
	for range r.all.All(p.ctx) {
		break // must not yield again, nor hang
	}
}

func (r *kindRun[T]) namespaces(p *place) {
	if r.all.Kind().Namespaced() {
		_, err := r.all.Fetch(p.ctx, r.names[0])
		missing := refused[*kube.NamespaceError](p, "no namespace", err)
		same(p, "the kind in the error", missing.Kind, string(r.kind))
		return
	}
	_, err := r.all.In(p.namespace).Fetch(p.ctx, r.names[0])
	refused[*kube.NamespaceError](p, "a namespace", err)
	for _, err = range r.all.In(p.namespace).All(p.ctx) {
	}
	refused[*kube.NamespaceError](p, "a namespace", err)
}

func (r *kindRun[T]) fetch(p *place) {
	var k known
	item := agreed(p, &k, func() (T, error) { return r.own.Fetch(p.ctx, r.names[0]) })
	same(p, "apiVersion", item.APIVersion(), k.APIVersion)
	same(p, "kind", string(item.Kind()), k.Kind)
	same(p, "name", item.Name(), k.Metadata.Name)
	same(p, "namespace", item.Namespace(), k.Metadata.Namespace)
	same(p, "uid", item.UID(), k.Metadata.UID)
	same(p, "labels", item.Meta().Labels().Map(), k.Metadata.Labels)
}

func (r *kindRun[T]) missing(p *place) {
	_, err := r.own.Fetch(p.ctx, "no-such-thing")
	missing := refused[*kube.NotFoundError](p, "a missing object", err)
	api := refused[*kube.APIError](p, "a missing object", err)
	if missing.Code != 404 || api.Reason != "NotFound" || api.Verb != "GET" {
		p.Errorf("the error is %+v", api)
	}
	for _, err = range r.own.Filter(views.Fields("no.such.field=x")).All(p.ctx) {
	}
	refused[*kube.InvalidError](p, "a field that the server does not know", err)
}

func (r *kindRun[T]) byLabel(p *place) {
	for what, v := range map[string]views.View[T]{
		"a map":            r.mine(p),
		"an expression":    r.all.Filter(views.Labels(mark + "=" + p.namespace + ",which in (one,three),!absent")),
		"two filters":      r.all.Filter(views.Labels(mark + "=" + p.namespace)).Filter(views.Labels("which!=two,which")),
		"two at once":      r.all.Filter(views.Labels(mark+"="+p.namespace), views.Labels("which=one")),
		"labels of a view": r.own.Filter(views.Labels(mark+"="+p.namespace), views.Labels("which notin (two),which")),
	} {
		same(p, "the filter by "+what, collected(p, v), r.names[:1])
	}
	same(p, "a filter for nothing", collected(p, r.own.Filter(views.Labels("which=absent"))), nil)
}

func (r *kindRun[T]) byField(p *place) {
	for what, v := range map[string]views.View[T]{
		"a map":         r.own.Filter(views.FieldsEqual(map[string]string{"metadata.name": r.names[0]})),
		"an expression": r.all.Filter(views.Fields("metadata.name="+r.names[0]), r.label(p)),
		"not the other": r.mine(p).Filter(views.Fields("metadata.name!=" + r.names[1])),
	} {
		same(p, "the filter by "+what, collected(p, v), r.names[:1])
	}
	if r.fields == "" {
		return
	}
	p.eventually(func() error {
		got := collected(p, r.mine(p).Filter(views.Fields(r.fields)))
		if !slices.Equal(got, r.names[:1]) {
			return unexpected(r.fields, got)
		}
		return nil
	})
}

func (r *kindRun[T]) label(p *place) meta.Selector { return views.Labels(mark + "=" + p.namespace) }

func (r *kindRun[T]) raws(p *place) {
	p.eventually(func() error {
		for listed, err := range r.mine(p).All(p.ctx) {
			p.must(err)
			same(p, "kind in the list", text(listed.Raw().Get("kind")), string(r.kind))
			fetched := must[T](p)(listed.Fetch(p.ctx))
			if fetched.Version() != listed.Version() {
				return unexpected("the fetched version", fetched.Version())
			}
			if !fetched.Equal(listed) || !fetched.Raw().Equal(listed.Raw()) {
				p.Errorf("of one revision, the list has\n%s\nand fetch\n%s", listed.Raw().Bytes(), fetched.Raw().Bytes())
			}
			return nil
		}
		return errors.New("nothing is listed")
	})
}

func (r *kindRun[T]) links(p *place) {
	item := must[T](p)(r.own.Fetch(p.ctx, r.names[0]))
	same(p, "the link", item.Meta().Link(), p.pathOf(item))
	doc, err := p.cluster.Proxy().Get(p.ctx, item.Meta().Link())
	p.must(err)
	same(p, "the uid behind the link", text(doc.Get("metadata", "uid")), item.UID())
	same(p, "apiVersion and path", strings.TrimPrefix(strings.TrimPrefix(r.path, "apis/"), "api/"), item.APIVersion())
}

func (r *kindRun[T]) labels(p *place) {
	const key, value = "example.com/with.dots-and_more", "Any.legal_text-1"
	old := must[T](p)(r.own.Fetch(p.ctx, r.names[0]))
	before := old.Raw().Bytes()
	set := must[T](p)(old.Meta().Labels().Set(p.ctx, key, value))
	r.agrees(p, set, key, value)
	again := must[T](p)(set.Meta().Labels().SetAll(p.ctx, map[string]string{key: "", "other": "x"}))
	r.agrees(p, again, key, "")
	r.agrees(p, again, "other", "x")
	without := must[T](p)(again.Meta().Labels().Delete(p.ctx, key, "other", "never-there"))
	if without.Meta().Labels().Has(key) || p.judged(without).Metadata.Labels["other"] != "" {
		p.Errorf("the labels are still there: %v", without.Meta().Labels())
	}
	for i, next := range []T{set, again, without} {
		if !newer(next.Version(), old.Version()) || next.UID() != old.UID() || next.Equal(old) {
			p.Errorf("revision %d is %v after %v", i, next, old)
		}
	}
	if !bytes.Equal(before, old.Raw().Bytes()) || old.Meta().Labels().Has(key) {
		p.Errorf("the old item has changed to %s", old.Raw().Bytes())
	}
}

func (r *kindRun[T]) agrees(p *place, item T, key, value string) {
	p.Helper()
	got, ok := item.Meta().Labels().Get(key)
	if !ok || got != value {
		p.Errorf("label %s is %q, %t", key, got, ok)
	}
	judged, ok := p.judged(item).Metadata.Labels[key]
	if !ok || judged != value {
		p.Errorf("the server has label %s as %q, %t", key, judged, ok)
	}
}

func (r *kindRun[T]) remove(p *place) {
	item := must[T](p)(r.own.Fetch(p.ctx, r.names[0]))
	p.must(item.Delete(p.ctx))
	p.eventually(func() error {
		_, err := item.Fetch(p.ctx)
		if _, gone := errors.AsType[*kube.NotFoundError](err); !gone {
			return fmt.Errorf("%v is still there: %v", item, err)
		}
		return p.gone(p.pathOf(item))
	})
	same(p, "what is left", collected(p, r.all.Filter(views.Labels(mark+"="+p.namespace+",which"))), r.names[1:])
	refused[*kube.NotFoundError](p, "deleting again", item.Delete(p.ctx))
}
