package raw_test

import (
	"bytes"
	"runtime"
	"testing"

	"github.com/kubeviews/kube/raw"
)

// The footprints of documents are what keeping them takes, in each of the ways in
// which they come about.
func TestFootprintIsWhatIsKept(t *testing.T) {
	const n = 1000
	pods := newPodMaker(5)
	var texts [][]byte
	for range n {
		texts = append(texts, mustMarshal(pods.pod()))
	}
	list := append([]byte(`{"kind":"PodList","items":[`), append(bytes.Join(texts, []byte(",")), "]}"...)...)
	small := func(int) (raw.Object, error) { return raw.Parse([]byte(`{"kind":"Pod","metadata":{"name":"a"}}`)) }
	lists := func(o raw.ReadOptions) func(int) (raw.Object, error) {
		var r *raw.ListReader
		return func(i int) (raw.Object, error) {
			if i == 0 {
				r = raw.NewListReader(bytes.NewReader(list), o)
			}
			o, err := r.Next()
			if i == n-1 {
				r = nil // it holds more than the items
			}
			return o, err
		}
	}
	named := raw.ReadOptions{Kind: "Pod", APIVersion: "v1"}
	for name, next := range map[string]func(i int) (raw.Object, error){
		"parsed":                func(i int) (raw.Object, error) { return raw.Parse(texts[i]) },
		"small":                 small,
		"items":                 lists(named),
		"without managedFields": lists(raw.ReadOptions{Kind: "Pod", APIVersion: "v1", DropManagedFields: true}),
		"metadata":              lists(raw.ReadOptions{Kind: "Pod", APIVersion: "v1", MetadataOnly: true}),
		"sensitive":             lists(raw.ReadOptions{Kind: "Pod", APIVersion: "v1", Sensitive: true}),
		"sensitive afterwards":  func(i int) (raw.Object, error) { o, err := raw.Parse(texts[i]); return o.Sensitive(), err },
		"changed": func(i int) (raw.Object, error) {
			o, _ := raw.Parse(texts[i])
			return o.With("v", "metadata", "labels", "l")
		},
	} {
		t.Run(name, func(t *testing.T) {
			kept := make([]raw.Object, n)
			before, told := memory(true), 0
			for i := range n {
				o, err := next(i)
				if err != nil {
					t.Fatal(err)
				}
				kept[i] = o
				told += o.Footprint()
			}
			took := int(memory(true).HeapAlloc) - int(before.HeapAlloc)
			runtime.KeepAlive(kept)
			if told < took*9/10 || told > took*11/10 {
				t.Errorf("told %d bytes, took %d", told, took)
			}
		})
	}
}

func TestFootprintOfParts(t *testing.T) {
	if n := (raw.Object{}).Footprint(); n != 0 {
		t.Errorf("the zero Object takes %d", n)
	}
	pod := parsed(t, `{"kind":"Pod","metadata":{"name":"a"}}`)
	part, err := pod.Get("metadata").Object()
	if err != nil || part.Footprint() != pod.Footprint() || pod.Footprint() <= pod.Size() {
		t.Errorf("the whole takes %d, a part of it %d; %v", pod.Footprint(), part.Footprint(), err)
	}
}

func parsed(t *testing.T, text string) raw.Object {
	t.Helper()
	o, err := raw.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return o
}
