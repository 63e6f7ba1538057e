package web

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/kubetest"
)

// What many of a kind are called is told by its resource.
func TestPlural(t *testing.T) {
	for kind, want := range map[string]string{
		"Gateway gateways": "Gateways", "Endpoints endpoints": "Endpoints", "NetworkPolicy networkpolicies": "Network policies",
		"StorageClass storageclasses": "Storage classes", "EndpointSlice endpointslices": "Endpoint slices", "CSIDriver csidrivers": "CSIDrivers",
		"Person people": "People", "Mouse mice": "Mice", "PodMetrics pods": "Pod metrics", "Foo bars": "Foo", "Sheep sheep": "Sheep",
	} {
		name, resource, _ := strings.Cut(kind, " ")
		k, err := kinds.New(kinds.Definition{Name: kinds.Name(name), Plural: resource, GroupVersions: []string{"example.com/v1"}})
		if err != nil {
			t.Fatal(err)
		}
		if got := plural(k); got != want {
			t.Errorf("%s: %s, not %s", kind, got, want)
		}
	}
}

// A time has its day unless that is today's, and tells its zone.
func TestTimes(t *testing.T) {
	now := time.Date(2030, 3, 1, 23, 0, 0, 0, time.Local)
	for at, want := range map[time.Time]string{
		now: "23:00:00", now.Add(-23 * time.Hour): "00:00:00", now.Add(-24 * time.Hour): "28 Feb 23:00:00", now.Add(2 * time.Hour): "2 Mar 01:00:00", {}: "–",
	} {
		if got := clock(at, now); got != want {
			t.Errorf("%s: %s, not %s", at, got, want)
		}
	}
	item, err := items.From[items.ConfigMap](object{"metadata": object{"name": "a",
		"creationTimestamp": now.Add(-28 * 24 * time.Hour).UTC().Format(time.RFC3339), "deletionTimestamp": now.Add(2 * time.Hour).UTC().Format(time.RFC3339)}})
	if err != nil {
		t.Fatal(err)
	}
	zone := now.Format("MST")
	facts := fmt.Sprint((&Server{}).facts(item, now))
	for _, want := range []string{"2030-02-01 23:00 " + zone + ", 28d ago", "2 Mar 01:00:00 " + zone} {
		if !strings.Contains(facts, want) {
			t.Errorf("%s lacks %s", facts, want)
		}
	}
	event := object{"apiVersion": "v1", "kind": "Event", "metadata": object{"name": "e", "namespace": "default"}, "type": "Warning",
		"lastTimestamp": time.Now().UTC().Format(time.RFC3339), "involvedObject": object{"kind": "ConfigMap", "name": "a", "uid": "u"}}
	object := object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": object{"name": "a", "namespace": "default", "uid": "u"}}
	page := get(t, serve(t, kubetest.NewServer(t, kubetest.WithObjects(event, object)).URL(), "events", "configmaps"), 200, "/configmaps/default/a")
	if !regexp.MustCompile(`title="[-\d]+T[:\d]+(Z|[-+][:\d]+)"`).MatchString(page) {
		t.Error("no time tells its zone")
	}
}

// What a cell has no room for can be read all the same.
func TestLongCells(t *testing.T) {
	message := strings.Repeat("a long story, ", 10) + `and a "quote"`
	server := kubetest.NewServer(t, kubetest.WithObjects(object{"apiVersion": "v1", "kind": "Event", "message": message, "reason": "Short",
		"metadata": object{"name": strings.Repeat("n", 60), "namespace": "default"}}))
	shows(t, serve(t, server.URL(), "events"), 200, "/events",
		[]string{`<td title="` + message + `">` + message + `</td>`, `<td>Short</td>`, `<td title="` + strings.Repeat("n", 60) + `"><a class="name"`}, []string{`<td title=""`})
}
