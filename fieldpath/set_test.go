package fieldpath_test

import (
	"testing"

	"github.com/kubeviews/kube/fieldpath"
	"github.com/kubeviews/kube/raw"
)

// An element that lacks a key by which others are known is another than they.
func TestSetOfElementsThatLackKeys(t *testing.T) {
	object := value(t, `{"list":[{"a":1,"b":2},{"a":1},{"a":2,"b":2}]}`)
	short := fieldpath.SetOf(value(t, `{"f:list":{"k:{\"a\":1}":{},"k:{\"a\":2,\"b\":2}":{}}}`))
	for path, want := range map[fieldpath.Path]bool{"list[0]": false, "list[1]": true, "list[2]": true, "list[a=2]": true, "list[a=2,b=1]": false} {
		if has, err := short.Has(path, object); has != want || err != nil {
			t.Errorf("%s: %v, %v", path, has, err)
		}
	}
}

// Whatever the tree: no panic, and a leaf that is told is in the set.
func FuzzSet(f *testing.F) {
	f.Add([]byte(`{"f:spec":{"f:containers":{".":{},"k:{\"name\":\"web\"}":{"f:image":{},"f:args":{"i:0":{},"v:\"x\"":{}}},"f:0":null}}}`), "spec.containers[0].image")
	object := value(f, pod)
	f.Fuzz(func(t *testing.T, tree []byte, path string) {
		var v raw.Value
		if v.UnmarshalJSON(tree) != nil {
			return
		}
		set := fieldpath.SetOf(v)
		_, err1 := set.Has(fieldpath.Path(path), object)
		_, err2 := set.HasUnder(fieldpath.Path(path), object)
		if (err1 == nil) != (err2 == nil) {
			t.Fatalf("%s: %v, %v", path, err1, err2)
		}
		for leaf, err := range set.Leaves() {
			if err != nil {
				continue
			}
			if has, err := set.Has(leaf, raw.Value{}); !has && err == nil {
				t.Fatalf("%s: %s is not in the set", tree, leaf)
			}
		}
	})
}
