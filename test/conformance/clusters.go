package conformance

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
)

func clusterTests() map[string]func(*place) {
	return map[string]func(*place){
		"K01 url with api":      apiURL,
		"K02 closed":            closed,
		"K02 close ends all":    closeEnds,
		"K10 the caller ends":   callerEnds,
		"K22 views do no input": noInput,
	}
}

func apiURL(p *place) {
	if strings.HasPrefix(p.env.URL, "unix:") {
		p.Skip("a socket has no path")
	}
	for _, suffix := range []string{"/api", "/api/", "/", ""} {
		c := must[*kube.Cluster](p)(kube.NewCluster(kube.WithURL(strings.TrimSuffix(p.env.URL, "/") + suffix)))
		must[items.Namespace](p)(c.Namespaces().Fetch(p.ctx, p.namespace))
		p.must(c.Close())
	}
}

func closed(p *place) {
	agent := "closed-" + p.namespace
	c := p.open(kube.WithUserAgent(agent))
	pod := kube.Bind(c, p.newPod("one"))
	must[items.Pod](p)(pod.Fetch(p.ctx))
	p.must(c.Close())
	p.must(c.Close())
	p.must(c.Proxy().Close())
	_, err := pod.Fetch(p.ctx)
	same(p, "an item's fetch", errors.Is(err, kube.ErrClosed), true)
	_, err = c.Deployments().In(p.namespace).List(p.ctx)
	same(p, "a list", errors.Is(err, kube.ErrClosed), true)
	_, err = c.Proxy().Watch(p.ctx, "api/v1/pods")
	same(p, "a watch", errors.Is(err, kube.ErrClosed), true)
	refused[kube.Error](p, "a closed cluster", err)
	if p.env.Sent != nil {
		same(p, "requests", p.env.Sent(agent), 1)
	}
}

// closeEnds closes the cluster under a request and a watch.
func closeEnds(p *place) {
	c := p.open()
	s, err := c.Proxy().Query("fieldSelector", "metadata.name=none").Watch(p.ctx, p.path("v1", "pods"))
	p.must(err)
	met := make(chan error)
	go func() {
		_, err := s.Next(p.ctx)
		met <- err
	}()
	p.must(c.Close())
	if err := <-met; err == nil {
		p.Error("the watch has an event")
	}
	p.must(s.Close())
}

func callerEnds(p *place) {
	ctx, cancel := context.WithCancel(p.ctx)
	cancel()
	_, err := p.cluster.Namespaces().Fetch(ctx, p.namespace)
	same(p, "canceled", errors.Is(err, context.Canceled), true)
	refused[kube.Error](p, "a canceled context", err)
	late, cancel := context.WithDeadline(p.ctx, time.Now().Add(-time.Second))
	defer cancel()
	for _, err = range p.cluster.Namespaces().All(late) {
	}
	same(p, "too late", errors.Is(err, context.DeadlineExceeded), true)
	refused[kube.Error](p, "a deadline that has passed", err)
}

func noInput(p *place) {
	agent := "silent-" + p.namespace
	c := p.open(kube.WithUserAgent(agent))
	v := c.Pods().In(p.namespace).PageSize(5).WithoutManagedFields()
	same(p, "the view's error", v.Err(), nil)
	_, err := c.Lookup("po")
	p.must(err)
	if p.env.Sent == nil {
		return
	}
	same(p, "requests", p.env.Sent(agent), 0)
	collected(p, v)
	same(p, "requests", p.env.Sent(agent), 1)
}
