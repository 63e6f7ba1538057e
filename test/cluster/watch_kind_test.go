package cluster_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/test/cluster"
	"github.com/kubeviews/kube/watch"
)

func widgetKind() (kinds.Kind, error) {
	return kinds.New(kinds.Definition{
		Name: "Widget", GroupVersions: []string{"example.com/v1"}, Plural: "widgets", Namespaced: true,
	})
}

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

// define makes the kind Widget, and waits until it is served.
func define(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	to := newTruth(t, c)
	to.must(t, http.MethodPost, definitions, map[string]any{
		"metadata": map[string]any{"name": "widgets.example.com"},
		"spec": map[string]any{
			"group": "example.com", "scope": "Namespaced",
			"names": map[string]any{"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"},
			"versions": []any{map[string]any{
				"name": "v1", "served": true, "storage": true,
				"schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object"}},
			}},
		},
	}, http.StatusCreated)
	to.must(t, http.MethodGet, "/apis/example.com/v1/widgets", nil, http.StatusOK)
}

func undefine(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	to := newTruth(t, c)
	to.must(t, http.MethodDelete, definitions+"/widgets.example.com", nil, http.StatusOK)
	to.must(t, http.MethodGet, definitions+"/widgets.example.com", nil, http.StatusNotFound)
}

// customKind has the same followers all along.
func customKind(t *testing.T, c *cluster.Cluster) {
	define(t, c)
	s := begin(t, c, setup{kind: "widgets"})
	s.more = map[string]any{"apiVersion": "example.com/v1", "kind": "Widget"}
	s.burst(10)
	s.settle()

	// A new schema ends the watches, and what came before it is forgotten.
	old := s.mirror.Snapshot().Version()
	s.to.must(t, http.MethodPatch, definitions+"/widgets.example.com", map[string]any{"spec": map[string]any{"versions": []any{map[string]any{
		"name": "v1", "served": true, "storage": true, "schema": map[string]any{"openAPIV3Schema": map[string]any{
			"type": "object", "properties": map[string]any{"spec": map[string]any{"type": "object"}},
		}},
	}}}}, http.StatusOK)
	s.burst(10)
	s.settle()
	s.oldVersion(old)
	gaps := len(s.watched.gaps())
	s.judge(2)

	undefine(t, c)
	eventually(t, func() error { return s.watched.has(state{}) })
	eventually(t, func() error { return s.subscribed.has(state{}) })
	eventually(t, func() error { return notServed(s.mirror.Status()) })
	eventually(t, func() error { return notServed(s.watcher.Status()) })
	eventually(t, func() error {
		for _, e := range s.watched.since(0) {
			if e.how == watch.Error && errors.As(e.err, new(*kube.NotFoundError)) {
				return nil
			}
		}
		return fmt.Errorf("the watcher was not told: %+v", s.watched.since(0))
	})
	t.Logf("%d gaps before; after it was deleted: watcher %v; mirror %+v", gaps, s.watched.gaps(), s.mirror.Status())

	begun := time.Now()
	define(t, c)
	s.reset()
	s.burst(10)
	s.live(true)
	s.settle()
	t.Logf("it took %v to come back", time.Since(begun))
	if err := errors.Join(s.watched.account(s.writes), s.subscribed.account(s.writes)); err != nil {
		t.Error(err)
	}
	undefine(t, c)
}

func notServed(status watch.Status) error {
	if status.Live || !errors.As(status.Err, new(*kube.NotFoundError)) {
		return fmt.Errorf("it is %+v", status)
	}
	return nil
}

// oldVersion begins a watch at a version that the server has forgotten.
func (s *scenario) oldVersion(version string) {
	s.t.Helper()
	w, err := s.view.Watch(s.t.Context(), watch.FromVersion(version))
	do(s.t, err)
	defer w.Close()
	want, _ := s.to.list(s.t, s.path)
	late := newConsumer("late watcher", state{})
	for event, err := range w.All() {
		late.take(event, err)
		if event.Type == watch.Synced || err != nil {
			break
		}
	}
	if err := errors.Join(append(late.faults, late.has(want))...); err != nil {
		s.t.Error(err)
	}
	if gaps := late.gaps(); len(gaps) != 1 || gaps[0].From != version || !gaps[0].Partial || !errors.As(gaps[0].Err, new(*kube.ExpiredError)) {
		s.t.Errorf("its gaps are %v", gaps)
	}
}

// TestNamespaceDeletedF23 needs the controller that empties namespaces. Another puts
// a ConfigMap into each, at some time.
func TestNamespaceDeletedF23(t *testing.T) {
	t.Parallel()
	c := shared(t)
	s := begin(t, c, setup{start: []watch.Start{watch.StateFirst()}})
	s.burst(10)
	s.settle()
	missing := kube.ViewOf[items.Generic](s.library, s.view.Kind()).In(s.ns + "-missing")
	if w, err := missing.Watch(t.Context()); !errors.As(err, new(*kube.NamespaceError)) {
		t.Errorf("a watch in a namespace that is not there: %v, %v", w, err)
	}
	empty, err := missing.Mirror(t.Context())
	do(t, err)
	defer empty.Close()
	do(t, empty.Synced(t.Context()))
	if n := empty.Snapshot().Len(); n != 0 {
		t.Errorf("a mirror of a namespace that is not there has %d items", n)
	}

	path := "/api/v1/namespaces/" + s.ns
	s.to.must(t, http.MethodDelete, path, nil, http.StatusOK)
	s.to.must(t, http.MethodGet, path, nil, http.StatusNotFound)
	eventually(t, func() error { return s.watched.has(state{}) })
	eventually(t, func() error { return s.subscribed.has(state{}) })
	eventually(t, func() error {
		if err := s.watched.ended(); !errors.As(err, new(*kube.NamespaceError)) {
			return fmt.Errorf("the watcher's end is %v", err)
		}
		return nil
	})
	// The mirror goes on, and finds what comes under the same name.
	s.reset()
	s.to.must(t, http.MethodPost, "/api/v1/namespaces", map[string]any{"metadata": map[string]string{"name": s.ns}}, http.StatusCreated)
	s.burst(10)
	eventually(t, func() error {
		want, _ := s.to.list(t, s.path)
		return s.subscribed.has(want)
	})
	if err := errors.Join(s.watched.account(nil), s.subscribed.account(s.writes)); err != nil {
		t.Error(err)
	}
	if status := s.mirror.Status(); status.Lists != 1 || status.Gaps != 0 || !status.Live {
		t.Errorf("the mirror's status is %+v", status)
	}
}
