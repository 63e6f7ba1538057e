package items_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
)

// R02: what can hold no object is the caller's slip, and told as such.
func TestDecodeR02(t *testing.T) {
	one, err := items.From[items.ConfigMap](object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": object{"name": "one"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, dst := range []any{nil, object{}, struct{}{}, (*object)(nil), new(string), new(int), new([]any), new([2]int), new(func()), new(error), new(*string), "x"} {
		for _, item := range []items.ConfigMap{one, {}} {
			if err := item.Decode(dst); !errors.As(err, new(*kube.ArgumentError)) {
				t.Errorf("%s to %T: %v", item, dst, err)
			}
		}
	}
	whole := new(struct{ Metadata struct{ Name string } })
	for _, dst := range []any{&whole, whole, new(object), new(*object), new(any), new(json.RawMessage), new(*json.RawMessage)} {
		if err := one.Decode(dst); err != nil {
			t.Errorf("to %T: %v", dst, err)
		}
	}
	if whole.Metadata.Name != "one" {
		t.Errorf("got %+v", whole)
	}
}
