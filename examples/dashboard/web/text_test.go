package web

import (
	"strings"
	"testing"

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

// What a cell has no room for can be read all the same.
func TestLongCells(t *testing.T) {
	message := strings.Repeat("a long story, ", 10) + `and a "quote"`
	server := kubetest.NewServer(t, kubetest.WithObjects(object{"apiVersion": "v1", "kind": "Event", "message": message, "reason": "Short",
		"metadata": object{"name": strings.Repeat("n", 60), "namespace": "default"}}))
	shows(t, serve(t, server.URL(), "events"), 200, "/events",
		[]string{`<td title="` + message + `">` + message + `</td>`, `<td>Short</td>`, `<td title="` + strings.Repeat("n", 60) + `"><a class="name"`}, []string{`<td title=""`})
}
