package conformance

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/views"
)

func listTests() map[string]func(*place) {
	return map[string]func(*place){
		"K27 every page size":            everyPageSize,
		"K27 pages of one version":       pagesOfOneVersion,
		"K27 pages of a filtered view":   filteredPages,
		"K27 snapshot order":             snapshotOrder,
		"K27 snapshot":                   snapshot,
		"K30 a selector in both worlds":  bothWorlds,
		"K29 a namespace without things": emptyNamespace,
	}
}

// many creates n Services named s-00, s-01, …
func (p *place) many(n int) []string {
	p.Helper()
	var names []string
	for i := range n {
		name := fmt.Sprintf("s-%02d", i)
		s := p.secret(name, object{"key": "value"})
		s["metadata"].(object)["labels"].(object)["third"] = fmt.Sprint("n", i%3)
		p.post(p.path("v1", "secrets"), s)
		names = append(names, name)
	}
	return names
}

func everyPageSize(p *place) {
	names := p.many(13)
	v := p.cluster.Secrets().In(p.namespace)
	whole := must[views.Snapshot[items.Secret]](p)(v.List(p.ctx))
	for _, size := range []int{0, 1, 2, 5, 12, 13, 14, 500} {
		same(p, fmt.Sprint("names in pages of ", size), collected(p, v.PageSize(size)), names)
		paged := must[views.Snapshot[items.Secret]](p)(v.PageSize(size).List(p.ctx))
		same(p, fmt.Sprint("the number in pages of ", size), paged.Len(), len(names))
		for item := range paged.All() {
			other, ok := whole.Get(item.Namespace(), item.Name())
			if !ok || !other.Equal(item) {
				p.Errorf("in pages of %d, %v is not %v", size, item, other)
			}
		}
	}
	byOption := p.open(kube.WithPageSize(4)).Secrets().In(p.namespace)
	same(p, "names with the cluster's page size", collected(p, byOption), names)
}

// pagesOfOneVersion changes the collection between two pages.
func pagesOfOneVersion(p *place) {
	names := p.many(9)
	var got []string
	for item, err := range p.cluster.Secrets().In(p.namespace).PageSize(2).All(p.ctx) {
		p.must(err)
		if len(got) == 1 {
			p.post(p.path("v1", "secrets"), p.secret("s-05-late", object{"a": "b"}))
			p.send("DELETE", p.path("v1", "secrets", "s-07"), "", nil)
			p.mergePatch(p.path("v1", "secrets", "s-08"), object{"metadata": object{"labels": object{"late": "x"}}})
		}
		if item.Labels().Has("late") {
			p.Errorf("%v is newer than the first page", item)
		}
		got = append(got, item.Name())
	}
	same(p, "the names", got, names)
}

func filteredPages(p *place) {
	p.many(10)
	v := p.cluster.Secrets().In(p.namespace).Filter(views.Labels("third=n1"))
	same(p, "the names", collected(p, v.PageSize(2)), []string{"s-01", "s-04", "s-07"})
}

// snapshotOrder has namespaces whose order as text is not that of paths.
func snapshotOrder(p *place) {
	for _, ns := range []string{"x-b", "x", "x-b-c"} {
		created := must[items.Namespace](p)(p.cluster.Namespaces().Create(p.ctx, p.otherNamespace(ns)))
		for _, name := range []string{"b", "a", "a.b", "a-b"} {
			p.post("/api/v1/namespaces/"+created.Name()+"/configmaps", object{"apiVersion": "v1", "kind": "ConfigMap",
				"metadata": object{"name": name, "labels": object{mark: p.namespace}}})
		}
	}
	configMaps, err := p.cluster.Lookup("cm")
	p.must(err)
	v := configMaps.View().(views.View[items.ConfigMap]).Filter(views.Labels(mark + "=" + p.namespace))
	snapshot := must[views.Snapshot[items.ConfigMap]](p)(v.PageSize(5).List(p.ctx))
	same(p, "the number", snapshot.Len(), 12)
	all := slices.Collect(snapshot.All())
	if !slices.IsSortedFunc(all, func(a, b items.ConfigMap) int {
		return cmp.Or(strings.Compare(a.Namespace(), b.Namespace()), strings.Compare(a.Name(), b.Name()))
	}) {
		p.Errorf("the order is %v", all)
	}
	for _, item := range all {
		if got, ok := snapshot.Get(item.Namespace(), item.Name()); !ok || !got.Equal(item) {
			p.Errorf("Get finds %v for %v", got, item)
		}
	}
}

func snapshot(p *place) {
	p.many(4)
	v := p.cluster.Secrets().In(p.namespace)
	s := must[views.Snapshot[items.Secret]](p)(v.List(p.ctx))
	p.post(p.path("v1", "secrets"), p.secret("late", object{"a": "b"}))
	_, ok := s.Get(p.namespace, "late")
	same(p, "a later object", ok, false)
	some := must[views.Snapshot[items.Secret]](p)(s.Filter(views.Labels("third in (n0)")))
	same(p, "the filtered number", some.Len(), 2)
	same(p, "the number", s.Len(), 4)
	_, err := s.Filter(views.Labels(""))
	refused[*kube.ArgumentError](p, "an empty selector", err)
	next := must[views.Snapshot[items.Secret]](p)(v.List(p.ctx))
	if s.Version() == "" || !newer(next.Version(), s.Version()) {
		p.Errorf("version %s comes after %s", next.Version(), s.Version())
	}
	for item := range next.All() {
		if newer(item.Version(), next.Version()) {
			p.Errorf("%v is newer than its snapshot of version %s", item, next.Version())
		}
	}
}

// bothWorlds compares what a selector selects on the server and in memory.
func bothWorlds(p *place) {
	p.many(7)
	v := p.cluster.Secrets().In(p.namespace)
	whole := must[views.Snapshot[items.Secret]](p)(v.List(p.ctx))
	for _, s := range []string{"third=n1", "third!=n1", "third in (n1,n2)", "third notin (n1)", "third", "!third",
		"absent!=x", "third in ()", "third=n0,which!=s-03", mark + ",third,!none"} {
		some := must[views.Snapshot[items.Secret]](p)(whole.Filter(views.Labels(s)))
		same(p, s, namesOf(some), collected(p, v.Filter(views.Labels(s))))
	}
	for _, s := range []string{"metadata.name=s-02", "metadata.name!=s-02", "type=Opaque", "type!=Opaque",
		"type==Opaque,metadata.name!=s-00", "metadata.namespace=" + p.namespace} {
		some := must[views.Snapshot[items.Secret]](p)(whole.Filter(views.Fields(s)))
		same(p, s, namesOf(some), collected(p, v.Filter(views.Fields(s))))
	}
}

func namesOf[T typed[T]](s views.Snapshot[T]) (names []string) {
	for item := range s.All() {
		names = append(names, item.Name())
	}
	return names
}

func emptyNamespace(p *place) {
	nothing := must[views.Snapshot[items.Pod]](p)(p.cluster.Pods().In(p.namespace).List(p.ctx))
	same(p, "the number", nothing.Len(), 0)
	same(p, "a version", nothing.Version() != "", true)
	same(p, "in a namespace that is not there", collected(p, p.cluster.Pods().In(p.namespace+"-none")), nil)
	_, err := p.cluster.Pods().In(p.namespace+"-none").Fetch(p.ctx, "x")
	refused[*kube.NotFoundError](p, "in a namespace that is not there", err)
}
