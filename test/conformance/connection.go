package conformance

import (
	"slices"
	"sync"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/raw"
)

func connectionTests() map[string]func(*place) {
	return map[string]func(*place){
		"R06 default":           defaultCluster,
		"R15 version":           serverVersion,
		"R15 who am I":          whoAmI,
		"impersonation":         impersonation,
		"what is allowed":       allowed,
		"variants":              variants,
		"warnings of an answer": warnings,
	}
}

func defaultCluster(p *place) {
	agent := kube.WithUserAgent("default-" + p.namespace)
	one := must[*kube.Cluster](p)(kube.Default(kube.WithURL(p.env.URL), agent))
	same(p, "the same cluster", must[*kube.Cluster](p)(kube.Default(agent, kube.WithURL(p.env.URL))) == one, true)
	must[items.Namespace](p)(one.Namespaces().Fetch(p.ctx, p.namespace))
	p.must(one.Close())
	next := must[*kube.Cluster](p)(kube.Default(kube.WithURL(p.env.URL), agent))
	same(p, "one that is closed", next == one, false)
	p.must(next.Close())
}

func serverVersion(p *place) {
	var judge struct{ Major, Minor, GitVersion, GoVersion, Platform string }
	p.read("/version", &judge)
	v := must[kube.Version](p)(p.cluster.Version(p.ctx))
	same(p, "the version", []string{v.Major, v.Minor, v.GitVersion, v.GoVersion, v.Platform},
		[]string{judge.Major, judge.Minor, judge.GitVersion, judge.GoVersion, judge.Platform})
	same(p, "its text", v.String(), judge.GitVersion)
}

func whoAmI(p *place) {
	user := must[kube.User](p)(p.cluster.WhoAmI(p.ctx))
	same(p, "a name", user.Name() != "", true)
	same(p, "authenticated", slices.Contains(user.Groups(), "system:authenticated"), true)
	user.Groups()[0] = "overwritten"
	same(p, "overwritten", slices.Contains(user.Groups(), "overwritten"), false)
}

func impersonation(p *place) {
	as := kube.Impersonation{User: "jané:" + p.namespace, UID: "u-1", Groups: []string{"dev", "ops team"},
		Extra: map[string][]string{"scopes": {"a", "b"}, "example.com/ü": {"x"}}}
	user := must[kube.User](p)(p.open(kube.WithImpersonation(as)).WhoAmI(p.ctx))
	same(p, "the user", user.Name(), as.User)
	same(p, "the uid", user.UID(), as.UID)
	same(p, "the groups", user.Groups(), append(as.Groups, "system:authenticated"))
	same(p, "the extras", user.Extra(), as.Extra)
}

func allowed(p *place) {
	may, err := p.cluster.Can(p.ctx, kube.Action{Verb: "list", Resource: "pods", Namespace: p.namespace})
	p.must(err)
	same(p, "list pods", may, true)
	_, err = p.cluster.Can(p.ctx, kube.Action{Verb: "list"})
	refused[*kube.ArgumentError](p, "nothing", err)
}

func variants(p *place) {
	p.post(p.path("v1", "configmaps"), p.configMap("one"))
	v := must[*kube.Cluster](p)(p.cluster.With(kube.WithPageSize(1), kube.WithRetries(0)))
	must[raw.Object](p)(v.Proxy().Get(p.ctx, p.path("v1", "configmaps", "one")))
	p.must(v.Close())
	_, err := v.Proxy().Get(p.ctx, "version")
	same(p, "a closed variant", err, kube.ErrClosed)
	must[raw.Object](p)(p.cluster.Proxy().Get(p.ctx, "version"))
	of := p.open()
	v = must[*kube.Cluster](p)(of.With())
	p.must(of.Close())
	_, err = v.Proxy().Get(p.ctx, "version")
	same(p, "a variant of a closed cluster", err, kube.ErrClosed)
}

// warnings are those of the deprecated Endpoints, on servers since 1.33.
func warnings(p *place) {
	var mu sync.Mutex
	var told []kube.Warning
	c := p.open(kube.WithWarnings(func(w kube.Warning) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, w)
	}))
	must[raw.Object](p)(c.Proxy().Get(p.ctx, p.path("v1", "configmaps")))
	same(p, "warnings of ConfigMaps", len(told), 0)
	must[raw.Object](p)(c.Proxy().Get(p.ctx, p.path("v1", "endpoints")))
	same(p, "warnings of Endpoints", told, []kube.Warning{{Code: 299, Agent: "-", Verb: "GET", URL: p.path("v1", "endpoints"),
		Text: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"}})
}
