package views_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/kubetest"
)

// Whether a Secret exists is asked without reading its content.
func TestExistsAsksForMetadata(t *testing.T) {
	server := kubetest.NewServer(t, kubetest.WithObjects(map[string]any{
		"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": "a", "namespace": "default"}, "data": map[string]any{"k": "eA=="}}))
	c, err := kube.NewCluster(kube.WithURL(server.URL()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for name, want := range map[string]bool{"a": true, "b": false} {
		if there, err := c.Secrets().In("default").Exists(t.Context(), name); err != nil || there != want {
			t.Errorf("%s: %t, %v", name, there, err)
		}
	}
	asked := 0
	for _, r := range server.Requests() {
		if !strings.Contains(r.Path, "/secrets/") {
			continue
		}
		if asked++; !strings.HasPrefix(r.Header.Get("Accept"), "application/json;as=PartialObjectMetadata;") {
			t.Errorf("%s is asked for as %s", r.Path, r.Header.Get("Accept"))
		}
	}
	if asked != 2 {
		t.Errorf("asked %d times", asked)
	}
}

// A server that sends more than it was asked for is taken at its metadata; one that
// sends something else is not.
func TestFetchOfMetadataFromAnyServer(t *testing.T) {
	whole := `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","namespace":"b"},"spec":{"nodeName":"n"}}`
	for answer, want := range map[string]bool{
		whole: true, strings.Replace(whole, `"Pod","apiVersion":"v1"`, `"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1"`, 1): true,
		strings.Replace(whole, "Pod", "Node", 1): false, strings.Replace(whole, `"a"`, `"c"`, 1): false,
		`{"kind":"Status","apiVersion":"v1","status":"Success"}`: false,
	} {
		c := new(server).start(t, func(_ int, w http.ResponseWriter, _ *http.Request) { io.WriteString(w, answer) })
		pod, err := c.Pods().In("b").Metadata().Fetch(t.Context(), "a")
		if (err == nil) != want || want && (!pod.Raw().MetadataOnly() || pod.Kind() != "Pod" || pod.Spec().Exists()) {
			t.Errorf("%s: %s, %v", answer, pod.Raw().Bytes(), err)
		}
		if _, err := pod.NodeName(); want && !errors.Is(err, kube.ErrFieldsDropped) {
			t.Errorf("%s: %v", answer, err)
		}
	}
}
