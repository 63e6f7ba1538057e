package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/kubeviews/kube/examples/audit/store"
	"github.com/kubeviews/kube/raw"
)

// scene is a recording that is made by hand, so that it is the same each time.
type scene struct {
	t     *testing.T
	path  string
	store *store.Store
	now   time.Time
	seal  seal
	last  map[string]raw.Object
}

// noon is when the scene has happened.
var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func newScene(t *testing.T, kinds ...store.Watch) *scene {
	t.Helper()
	s := &scene{t: t, path: filepath.Join(t.TempDir(), "audit.db"), now: noon.Add(-2 * time.Hour), last: make(map[string]raw.Object)}
	var err error
	s.store, err = store.Open(t.Context(), s.path, func() time.Time { return s.now })
	do(t, err)
	t.Cleanup(func() { s.store.Close() })
	s.seal.key = []byte("the key of this test")
	for _, w := range kinds {
		_, err := s.store.Begin(t.Context(), w)
		do(t, err)
	}
	return s
}

// at sets the clock.
func (s *scene) at(clock string) *scene {
	t, err := time.Parse("15:04:05.000", clock)
	do(s.t, err)
	s.now = time.Date(noon.Year(), noon.Month(), noon.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	return s
}

// object reads a document.
func (s *scene) object(text string) raw.Object {
	doc, err := raw.Parse([]byte(text))
	do(s.t, err)
	if text := doc.Get("kind"); brief(text) == "Secret" {
		doc = doc.Sensitive()
	}
	return doc
}

// write is a change by a manager: what it sets, by paths, of the object as it was.
func (s *scene) write(doc raw.Object, version int, by ...store.Author) store.Event {
	s.t.Helper()
	name, kind := text(doc.Get("metadata", "name")), text(doc.Get("kind"))
	var err error
	doc, err = doc.With(fmt.Sprint(version), "metadata", "resourceVersion")
	do(s.t, err)
	s.last[kind+"/"+name] = doc
	doc, err = s.seal.document(doc)
	do(s.t, err)
	var managed raw.Value
	var entries []map[string]any
	for _, a := range by {
		entries = append(entries, map[string]any{"manager": a.Manager, "operation": a.Operation, "subresource": a.Subresource, "time": s.now.Truncate(time.Second), "fieldsV1": map[string]any{}})
	}
	list, err := json.Marshal(entries)
	do(s.t, err)
	do(s.t, managed.UnmarshalJSON(list))
	return store.Event{
		Type: store.Modified, Version: fmt.Sprint(version), Document: doc, Managed: managed,
		Object: store.Object{Resource: resources[kind], Kind: kind, Namespace: text(doc.Get("metadata", "namespace")), Name: name, UID: text(doc.Get("metadata", "uid"))},
	}
}

// with is the object as it was, with another value at a path.
func (s *scene) with(object string, value any, path ...string) raw.Object {
	s.t.Helper()
	doc, err := s.last[object].With(value, path...)
	do(s.t, err)
	return doc
}

// gone is an object that is deleted.
func (s *scene) gone(object string, version int) store.Event {
	e := s.write(s.last[object], version)
	e.Type = store.Deleted
	return e
}

// added is one that is new.
func added(e store.Event) store.Event {
	e.Type = store.Added
	return e
}

var resources = map[string]string{"Deployment": "deployments.apps", "ConfigMap": "configmaps", "Secret": "secrets", "Pod": "pods"}

var watches = []store.Watch{
	{Resource: "configmaps", Kind: "ConfigMap", Names: []string{"configmaps", "configmap", "cm"}},
	{Resource: "deployments.apps", Kind: "Deployment", Names: []string{"deployments", "deployment", "deploy", "deployments.apps"}},
	{Resource: "pods", Kind: "Pod", Names: []string{"pods", "pod", "po"}},
	{Resource: "secrets", Kind: "Secret", Names: []string{"secrets", "secret"}},
}

// commit stores events of one kind, of which those that are alive are told.
func (s *scene) commit(resource, checkpoint string, events ...store.Event) []store.Revision {
	s.t.Helper()
	return s.put(store.Batch{Resource: resource, Checkpoint: checkpoint, Events: events})
}

// state stores events that lead to all there is.
func (s *scene) state(resource, checkpoint string, gap *store.Gap, events ...store.Event) []store.Revision {
	s.t.Helper()
	alive := make(map[string]bool)
	for _, e := range events {
		alive[e.Object.UID] = e.Type != store.Deleted
	}
	return s.put(store.Batch{Resource: resource, Checkpoint: checkpoint, Events: events, State: true, Gap: gap, Alive: func(uid string) bool { return alive[uid] }})
}

func (s *scene) put(b store.Batch) []store.Revision {
	s.t.Helper()
	b.Contact = s.now
	revisions, err := s.store.Commit(s.t.Context(), b, authors, nil)
	do(s.t, err)
	return revisions
}

func author1(manager, operation string, subresource ...string) store.Author {
	a := store.Author{Manager: manager, Operation: operation}
	if len(subresource) > 0 {
		a.Subresource = subresource[0]
	}
	return a
}

// shopScene is a day in a shop.
func shopScene(t *testing.T) *scene {
	t.Helper()
	s := newScene(t, watches...)
	web := s.object(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop","uid":"u-web","labels":{"app":"web"}},` +
		`"spec":{"replicas":2,"template":{"spec":{"containers":[{"name":"web","image":"shop/web:1.4.0"},{"name":"proxy","image":"envoy:1.30"}]}}},"status":{"readyReplicas":2}}`)
	conf := s.object(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"web-settings","namespace":"shop","uid":"u-conf"},"data":{"web.conf":"workers 4\nlisten 80\n","currency":"EUR"}}`)
	secret := s.object(`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"payment","namespace":"shop","uid":"u-pay"},"type":"Opaque","data":{"token":"c2VjcmV0","user":"c2hvcA=="}}`)
	pod := func(n int) raw.Object {
		return s.object(fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-%d","namespace":"shop","uid":"u-pod-%d"},"status":{"phase":"Running"}}`, n, n))
	}
	s.at("10:00:00.000")
	s.state("deployments.apps", "100", nil, added(s.write(web, 91)))
	s.state("configmaps", "100", nil, added(s.write(conf, 92)))
	s.state("secrets", "100", nil, added(s.write(secret, 93)))
	s.state("pods", "100", nil, added(s.write(pod(0), 94)), added(s.write(pod(1), 95)))
	s.at("10:12:30.250").commit("deployments.apps", "101", s.write(s.with("Deployment/web", 3, "spec", "replicas"), 101, author1("kubectl-scale", "Update", "scale")))
	s.at("10:12:31.015").commit("pods", "102", added(s.write(pod(2), 102, author1("kube-controller-manager", "Update"))))
	s.at("10:12:33.400").commit("deployments.apps", "103", s.write(s.with("Deployment/web", 3, "status", "readyReplicas"), 103, author1("kube-controller-manager", "Update", "status")))
	s.at("10:40:05.120").commit("configmaps", "104", s.write(s.with("ConfigMap/web-settings", "workers 8\nlisten 80\nlisten 443\n", "data", "web.conf"), 104, author1("kubectl-edit", "Update")))
	s.at("10:41:00.000").commit("deployments.apps", "105", s.write(s.with("Deployment/web", "shop/web:1.5.0", "spec", "template", "spec", "containers", "0", "image"), 105, author1("argocd-controller", "Apply")))
	s.at("10:55:10.900").commit("secrets", "106", s.write(s.with("Secret/payment", "bmV3IQ==", "data", "token"), 106, author1("vault-agent", "Update")))
	s.at("11:02:44.000").commit("pods", "107", s.gone("Pod/web-0", 107))
	s.at("11:30:00.000")
	gap := &store.Gap{From: "105", To: "140", Since: s.now.Add(-20 * time.Minute), Stopped: true, Reason: "the server has forgotten the changes"}
	s.state("deployments.apps", "140", gap, s.write(s.with("Deployment/web", 5, "spec", "replicas"), 133, author1("argocd-controller", "Apply")))
	s.at("11:45:12.300").commit("configmaps", "141", s.write(s.with("ConfigMap/web-settings", "USD", "data", "currency"), 141, author1("kubectl-edit", "Update")))
	s.at("11:46:00.000").commit("configmaps", "142", s.gone("ConfigMap/web-settings", 142))
	return s
}
