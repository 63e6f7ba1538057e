package conformance

import (
	"context"
	"errors"
	"math"
	"strings"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/raw"
	"github.com/kubeviews/kube/views"
)

func badInputTests() map[string]func(*place) {
	return map[string]func(*place){
		"BadInput/before_any_request": beforeAnyRequest,
		"BadInput/options":            badOptions,
	}
}

// bad is a call that must fail with an error of one type, before any request.
type bad struct {
	call func(*kube.Cluster) error
	is   func(error) bool
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// second drops what a call returned beside its error.
func second[V any](_ V, err error) error { return err }

func listing[T items.Typed[T]](ctx context.Context, v views.View[T]) error {
	var last error
	for _, err := range v.All(ctx) {
		last = err
	}
	_, err := v.List(ctx)
	if (err == nil) != (last == nil) {
		return errors.New("a view's All and List do not agree")
	}
	return last
}

func (p *place) badCalls() map[string]bad {
	ctx, ns := p.ctx, p.namespace
	argument, namespace, kind := is[*kube.ArgumentError], is[*kube.NamespaceError], is[*kube.KindError]
	fetch := func(name string) func(*kube.Cluster) error {
		return func(c *kube.Cluster) error { return second(c.Pods().In(ns).Fetch(ctx, name)) }
	}
	label := func(expr string) func(*kube.Cluster) error {
		return func(c *kube.Cluster) error { return listing(ctx, c.Pods().Filter(views.Labels(expr))) }
	}
	field := func(expr string) func(*kube.Cluster) error {
		return func(c *kube.Cluster) error { return listing(ctx, c.Pods().In(ns).Filter(views.Fields(expr))) }
	}
	create := func(namespace string, manifest any) func(*kube.Cluster) error {
		return func(c *kube.Cluster) error { return second(c.Create(ctx, namespace, manifest)) }
	}
	get := func(parts ...string) func(*kube.Cluster) error {
		return func(c *kube.Cluster) error { return second(c.Proxy().Get(ctx, parts...)) }
	}
	without := func(m object, keys ...string) object {
		for _, key := range keys {
			delete(m, key)
		}
		return m
	}
	unnamed, unplaced, placedNode := p.configMap("x"), p.configMap("x"), p.otherNamespace("x")
	delete(unnamed["metadata"].(object), "name")
	delete(unplaced["metadata"].(object), "namespace")
	placedNode["metadata"].(object)["namespace"] = ns
	return map[string]bad{
		"an empty name":                   {fetch(""), argument},
		"a name with a slash":             {fetch("a/b"), argument},
		"a name that climbs":              {fetch(".."), argument},
		"a name with a percent sign":      {fetch("a%2fb"), argument},
		"a name with a control character": {fetch("a\nb"), argument},
		"a namespace on a node":           {func(c *kube.Cluster) error { return second(c.Nodes().In(ns).Fetch(ctx, "x")) }, namespace},
		"a namespace on nodes":            {func(c *kube.Cluster) error { return listing(ctx, c.Nodes().In(ns)) }, namespace},
		"no namespace":                    {func(c *kube.Cluster) error { return second(c.Pods().Fetch(ctx, "x")) }, namespace},
		"an empty namespace":              {func(c *kube.Cluster) error { return listing(ctx, c.Pods().In("")) }, argument},
		"a namespace that is none":        {func(c *kube.Cluster) error { return listing(ctx, c.Pods().In("a/b")) }, argument},
		"two namespaces":                  {func(c *kube.Cluster) error { return listing(ctx, c.Pods().In("a").In("b")) }, namespace},
		"an empty label selector":         {label(""), argument},
		"a blank label selector":          {label("  "), argument},
		"a malformed label selector":      {label("a in (b"), argument},
		"a label selector with a bad key": {label("a b=c"), argument},
		"an empty label map":              {func(c *kube.Cluster) error { return listing(ctx, c.Pods().Filter(views.LabelsEqual(nil))) }, argument},
		"a bad label value": {func(c *kube.Cluster) error {
			return listing(ctx, c.Pods().Filter(views.LabelsEqual(map[string]string{"a": "b c"})))
		}, argument},
		"an empty field selector":    {field(""), argument},
		"a malformed field selector": {field("metadata.name"), argument},
		"an empty field map":         {func(c *kube.Cluster) error { return listing(ctx, c.Pods().Filter(views.FieldsEqual(nil))) }, argument},
		"one good and one empty selector": {func(c *kube.Cluster) error {
			return listing(ctx, c.Pods().Filter(views.Labels("a=b"), views.Labels("")))
		}, argument},
		"a page size below zero":           {func(c *kube.Cluster) error { return listing(ctx, c.Pods().PageSize(-1)) }, argument},
		"a manifest without kind":          {create(ns, without(p.configMap("x"), "kind")), argument},
		"a manifest without apiVersion":    {create(ns, without(p.configMap("x"), "apiVersion")), argument},
		"a manifest without metadata":      {create(ns, without(p.configMap("x"), "metadata")), argument},
		"a manifest without a name":        {create(ns, unnamed), argument},
		"a manifest without spec":          {create(ns, without(p.pod("x", podSpec()), "spec")), argument},
		"a manifest of an unknown kind":    {create(ns, object{"apiVersion": "v1", "kind": "Pot", "metadata": p.named("x")}), kind},
		"a manifest of an unknown version": {create(ns, object{"apiVersion": "apps/v7", "kind": "Deployment", "metadata": p.named("x"), "spec": object{}}), kind},
		"no manifest":                      {create(ns, nil), argument},
		"a manifest that is a list":        {create(ns, []byte(`[]`)), argument},
		"a manifest that is no JSON":       {create(ns, []byte(`{"kind"`)), argument},
		"a manifest without a JSON form":   {create(ns, map[string]any{"x": math.Inf(1)}), argument},
		"another namespace":                {create("other", p.configMap("x")), namespace},
		"no namespace at all":              {create("", unplaced), namespace},
		"a namespace in a node's manifest": {create("", placedNode), namespace},
		"a namespace for a namespace":      {create(ns, p.otherNamespace("x")), namespace},
		"another kind for the view":        {func(c *kube.Cluster) error { return second(c.Secrets().In(ns).Create(ctx, p.pod("x", podSpec()))) }, argument},
		"no path":                          {get(), argument},
		"an empty path":                    {get(""), argument},
		"an empty part":                    {get("api/v1", "", "x"), argument},
		"a part with a slash":              {get("api/v1", "namespaces/x"), argument},
		"a part that climbs":               {get("api/v1", "..", "x"), argument},
		"a first part that climbs":         {get("api/../v1"), argument},
		"an absolute path that climbs":     {get("/api/v1/%2e%2e/x"), argument},
		"a query in a path":                {get("/api/v1/pods?limit=1"), argument},
		"a body without a JSON form":       {func(c *kube.Cluster) error { return second(c.Proxy().Post(ctx, func() {}, "api/v1/pods")) }, argument},
		"a patch type that is none": {func(c *kube.Cluster) error {
			return second(c.Proxy().As("text/plain").Patch(ctx, object{}, "api/v1/pods/x"))
		}, argument},
		"a watch of no path":         {func(c *kube.Cluster) error { return second(c.Proxy().Watch(ctx)) }, argument},
		"an unknown name for a kind": {func(c *kube.Cluster) error { return second(c.Lookup("pot")) }, kind},
		"an empty name for a kind":   {func(c *kube.Cluster) error { return second(c.Lookup("")) }, kind},
		"the zero item":              {func(*kube.Cluster) error { return second(items.Pod{}.Fetch(ctx)) }, argument},
		"deleting the zero item":     {func(*kube.Cluster) error { return items.Namespace{}.Delete(ctx) }, argument},
		"the zero view":              {func(*kube.Cluster) error { return listing(ctx, views.View[items.Pod]{}) }, argument},
	}
}

// badMutations are calls on an item, bound to the cluster that must stay silent.
func (p *place) badMutations(pod items.Pod) map[string]bad {
	ctx, argument := p.ctx, is[*kube.ArgumentError]
	on := func(f func(items.Pod) error) func(*kube.Cluster) error {
		return func(c *kube.Cluster) error { return f(kube.Bind(c, pod)) }
	}
	set := func(key, value string) func(*kube.Cluster) error {
		return on(func(pod items.Pod) error { return second(pod.Labels().Set(ctx, key, value)) })
	}
	return map[string]bad{
		"an empty label key":     {set("", "x"), argument},
		"a bad label key":        {set("a/b/c", "x"), argument},
		"a bad value of a label": {set("a", "-x"), argument},
		"no labels":              {on(func(pod items.Pod) error { return second(pod.Labels().SetAll(ctx, nil)) }), argument},
		"deleting no labels":     {on(func(pod items.Pod) error { return second(pod.Labels().Delete(ctx)) }), argument},
		"deleting a bad label":   {on(func(pod items.Pod) error { return second(pod.Labels().Delete(ctx, "a b")) }), argument},
		"a bad annotation key":   {on(func(pod items.Pod) error { return second(pod.Annotations().Set(ctx, "a b", "x")) }), argument},
		"too large an annotation": {on(func(pod items.Pod) error {
			return second(pod.Annotations().Set(ctx, "a", string(make([]byte, 300<<10))))
		}), argument},
		"a patch without JSON":     {on(func(pod items.Pod) error { return second(pod.MergePatch(ctx, func() {})) }), argument},
		"a patch that is a list":   {on(func(pod items.Pod) error { return second(pod.MergePatch(ctx, []byte(`[]`))) }), argument},
		"a JSON patch that is not": {on(func(pod items.Pod) error { return second(pod.Patch(ctx, kube.JSONPatch, object{})) }), argument},
		"a patch of no known type": {on(func(pod items.Pod) error { return second(pod.Patch(ctx, "text/plain", object{})) }), argument},
	}
}

// withoutContext are calls with a nil context.
func (p *place) withoutContext(pod items.Pod) map[string]bad {
	var ctx context.Context
	argument, ns := is[*kube.ArgumentError], p.namespace
	return map[string]bad{
		"a fetch":          {func(c *kube.Cluster) error { return second(c.Pods().In(ns).Fetch(ctx, "x")) }, argument},
		"a negotiation":    {func(c *kube.Cluster) error { return second(c.Deployments().In(ns).Fetch(ctx, "x")) }, argument},
		"a list":           {func(c *kube.Cluster) error { return second(c.Pods().List(ctx)) }, argument},
		"all":              {func(c *kube.Cluster) error { return listing(ctx, c.Pods()) }, argument},
		"a creation":       {func(c *kube.Cluster) error { return second(c.Create(ctx, ns, p.configMap("x"))) }, argument},
		"the proxy":        {func(c *kube.Cluster) error { return second(c.Proxy().Get(ctx, "version")) }, argument},
		"the proxy's text": {func(c *kube.Cluster) error { return second(c.Proxy().Text(ctx, "healthz")) }, argument},
		"a watch":          {func(c *kube.Cluster) error { return second(c.Proxy().Watch(ctx, "api/v1/pods")) }, argument},
		"an item":          {func(c *kube.Cluster) error { return second(kube.Bind(c, pod).Fetch(ctx)) }, argument},
		"a label":          {func(c *kube.Cluster) error { return second(kube.Bind(c, pod).Labels().Set(ctx, "a", "b")) }, argument},
		"a deletion":       {func(c *kube.Cluster) error { return kube.Bind(c, pod).Delete(ctx) }, argument},
	}
}

func beforeAnyRequest(p *place) {
	pod := p.newPod("one")
	for group, calls := range map[string]map[string]bad{
		"calls": p.badCalls(), "mutations": p.badMutations(pod), "no context": p.withoutContext(pod),
	} {
		for what, b := range calls {
			agent := "careful-" + p.namespace
			asks := strings.Contains(what, "of an unknown") // the server may know it
			if asks {
				agent = "asking-" + p.namespace
			}
			c := must[*kube.Cluster](p)(kube.NewCluster(kube.WithURL(p.env.URL), kube.WithUserAgent(agent)))
			p.judgeBad(group+": "+what, b, c)
			p.must(c.Close())
			if p.env.Sent != nil && p.env.Sent(agent) != 0 && !asks {
				p.Fatalf("%s: %s: there was a request", group, what)
			}
		}
	}
}

func (p *place) judgeBad(what string, b bad, c *kube.Cluster) {
	p.Helper()
	defer func() {
		if r := recover(); r != nil {
			p.Errorf("%s: panic: %v", what, r)
		}
	}()
	err := b.call(c)
	if err == nil || !b.is(err) {
		p.Errorf("%s: the error is %T: %v", what, err, err)
		return
	}
	if len(err.Error()) < 15 || len(err.Error()) > 1000 {
		p.Errorf("%s: the error does not help: %v", what, err)
	}
}

func badOptions(p *place) {
	for what, o := range map[string]kube.Option{
		"plain HTTP to another host": kube.WithURL("http://192.0.2.1:8001/"),
		"plain HTTP to a name":       kube.WithURL("http://cluster.example.com"),
		"no scheme":                  kube.WithURL("localhost:8001"),
		"another scheme":             kube.WithURL("ftp://localhost"),
		"a broken URL":               kube.WithURL("http://[::1"),
		"a page size below zero":     kube.WithPageSize(-1),
	} {
		c, err := kube.NewCluster(o)
		if c != nil {
			p.Errorf("%s: a cluster is returned", what)
		}
		refused[*kube.ArgumentError](p, what, err)
	}
	c := must[*kube.Cluster](p)(kube.NewCluster(kube.WithURL("http://192.0.2.1:8001/"), kube.WithInsecureRemote()))
	p.must(c.Close())
	_, err := raw.Parse(nil)
	refused[*kube.SyntaxError](p, "no document", err)
}
