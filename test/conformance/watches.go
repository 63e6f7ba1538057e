package conformance

import (
	"context"
	"errors"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/raw"
	"github.com/kubeviews/kube/watch"
)

func watchTests() map[string]func(*place) {
	return map[string]func(*place){
		"K21 watch from a version": watchFrom,
		"K21 watch of one object":  watchOne,
		"K21 poll and deadline":    pollAndDeadline,
		"K21 close":                closeWatch,
		"K21 errors":               watchErrors,
		"K21 bookmarks":            bookmarks,
	}
}

// watching opens a watch of the test's ConfigMaps from now.
func (p *place) watching(more ...string) *watch.Stream {
	p.Helper()
	proxy := p.cluster.Proxy()
	list := must[raw.Object](p)(proxy.Get(p.ctx, p.path("v1", "configmaps")))
	version, _ := list.Get("metadata", "resourceVersion").Text()
	proxy = proxy.Query("resourceVersion", version)
	for i := 0; i < len(more); i += 2 {
		proxy = proxy.Query(more[i], more[i+1])
	}
	s := must[*watch.Stream](p)(proxy.Watch(p.ctx, p.path("v1", "configmaps")))
	p.Cleanup(func() { p.must(s.Close()) })
	return s
}

func (p *place) next(s *watch.Stream) watch.Notice {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return must[watch.Notice](p)(s.Next(ctx))
}

// expect reads one event of an object.
func (p *place) expect(s *watch.Stream, kind, name string) raw.Object {
	p.Helper()
	n := p.next(s)
	got, _ := n.Object.Get("metadata", "name").Text()
	if n.Type != kind || got != name {
		p.Fatalf("the event is %s %s, not %s %s", n.Type, got, kind, name)
	}
	return n.Object
}

func watchFrom(p *place) {
	at := p.path("v1", "configmaps")
	p.post(at, p.configMap("before"))
	s := p.watching("labelSelector", mark+"="+p.namespace) // the real server puts a ConfigMap of its own into a namespace
	p.post(at, p.configMap("one"))
	added := p.expect(s, "ADDED", "one")
	same(p, "kind", text(added.Get("kind")), "ConfigMap")
	p.mergePatch(at+"/one", object{"data": object{"key": "next"}})
	modified := p.expect(s, "MODIFIED", "one")
	same(p, "the data", text(modified.Get("data", "key")), "next")
	p.mergePatch(at+"/before", object{"metadata": object{"labels": object{mark: nil}}})
	p.expect(s, "DELETED", "before") // it left the selection
	p.send("DELETE", at+"/one", "", nil)
	deleted := p.expect(s, "DELETED", "one")
	last, _ := deleted.Get("metadata", "resourceVersion").Text()
	first, _ := added.Get("metadata", "resourceVersion").Text()
	same(p, "newer", newer(last, first), true)

	again := must[*watch.Stream](p)(p.cluster.Proxy().Query("resourceVersion", first).Query("labelSelector", mark+"="+p.namespace).Watch(p.ctx, at))
	defer again.Close()
	replayed := p.expect(again, "MODIFIED", "one")
	same(p, "the replayed event", replayed.Equal(modified), true)
}

func watchOne(p *place) {
	at := p.path("v1", "configmaps")
	s := p.watching("fieldSelector", "metadata.name=two")
	p.post(at, p.configMap("one"))
	p.post(at, p.configMap("two"))
	p.expect(s, "ADDED", "two")
}

func pollAndDeadline(p *place) {
	s := p.watching("labelSelector", mark+"="+p.namespace)
	done, cancel := context.WithCancel(p.ctx)
	cancel()
	_, err := s.Next(done)
	refused[*kube.WaitError](p, "a poll", err)
	same(p, "canceled", errors.Is(err, context.Canceled), true)
	soon, cancel := context.WithTimeout(p.ctx, 20*time.Millisecond)
	defer cancel()
	_, err = s.Next(soon)
	wait := refused[*kube.WaitError](p, "a deadline", err)
	same(p, "a timeout", wait.Timeout() && errors.Is(err, context.DeadlineExceeded), true)
	p.post(p.path("v1", "configmaps"), p.configMap("one"))
	p.expect(s, "ADDED", "one") // the stream lives on
	p.post(p.path("v1", "configmaps"), p.configMap("two"))
	p.eventually(func() error { // a poll finds what waits
		n, err := s.Next(done)
		if err != nil {
			return err
		}
		same(p, "the polled event", text(n.Object.Get("metadata", "name")), "two")
		return nil
	})
}

func closeWatch(p *place) {
	s := p.watching()
	met := make(chan error)
	go func() { // Close is for any goroutine, also while Next blocks
		for {
			if _, err := s.Next(p.ctx); err != nil {
				met <- err
				return
			}
		}
	}()
	p.must(s.Close())
	same(p, "closed", errors.Is(<-met, kube.ErrClosed), true)
	p.must(s.Close())
	ended, cancel := context.WithCancel(p.ctx)
	own := must[*watch.Stream](p)(p.cluster.Proxy().Watch(ended, p.path("v1", "configmaps")))
	cancel()
	p.eventually(func() error {
		if _, err := own.Next(p.ctx); err == nil {
			return errors.New("events still come")
		}
		return nil
	})
	p.must(own.Close())
}

func watchErrors(p *place) {
	proxy := p.cluster.Proxy()
	for what, of := range map[string]*kube.APIServerProxy{
		"a timeout that is none":  proxy.Query("timeoutSeconds", "none"),
		"a selector that is none": proxy.Query("fieldSelector", "no.such.field=x"),
	} {
		s := must[*watch.Stream](p)(of.Watch(p.ctx, p.path("v1", "pods")))
		_, err := s.Next(p.ctx)
		refused[*kube.InvalidError](p, what, err)
		_, again := s.Next(p.ctx)
		same(p, what+", again", again, err)
		p.must(s.Close())
	}
	s := must[*watch.Stream](p)(proxy.Watch(p.ctx, "apis/none.example.com/v1/things"))
	defer s.Close()
	_, err := s.Next(p.ctx)
	refused[*kube.NotFoundError](p, "a path that is not served", err)
}

// bookmarks asks for the list as a watch.
func bookmarks(p *place) {
	p.post(p.path("v1", "secrets"), p.secret("one", object{"a": "b"}))
	s := must[*watch.Stream](p)(p.cluster.Proxy().Query("sendInitialEvents", "true").Query("resourceVersionMatch", "NotOlderThan").
		Query("allowWatchBookmarks", "true").Watch(p.ctx, p.path("v1", "secrets")))
	defer s.Close()
	p.expect(s, "ADDED", "one")
	n := p.next(s)
	same(p, "the type", n.Type, "BOOKMARK")
	same(p, "the mark", text(n.Object.Get("metadata", "annotations", "k8s.io/initial-events-end")), "true")
}
