package kube_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
)

// K04, K08, R01: each kind that has a view of its own is found by name with the
// same type of items, and the view is of that kind.
func TestBuiltinViewsK04(t *testing.T) {
	cluster, err := kube.NewCluster()
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	own := ownViews(cluster)
	for kind := range kinds.Builtin().All() {
		r, err := cluster.Lookup(kind.String())
		if err != nil {
			t.Errorf("%v: %v", kind, err)
			continue
		}
		view, ok := own[kind]
		switch generic := r.ItemType() == reflect.TypeFor[items.Generic](); {
		case ok == generic:
			t.Errorf("%v: there is a view: %v, but by its name, the items are %v", kind, ok, r.ItemType())
		case ok && reflect.TypeOf(view) != reflect.TypeOf(r.View()):
			t.Errorf("%v: the views are %T and %T", kind, view, r.View())
		}
	}
	if len(own) < 29 {
		t.Errorf("there are only %d views", len(own))
	}
}

// ownViews are what the methods of Cluster return that are views, by kind.
func ownViews(cluster *kube.Cluster) map[kinds.Kind]any {
	views := make(map[kinds.Kind]any)
	v := reflect.ValueOf(cluster)
	for i := range v.NumMethod() {
		f := v.Method(i).Type()
		if f.NumIn() != 0 || f.NumOut() != 1 || !strings.HasPrefix(f.Out(0).Name(), "View[") {
			continue
		}
		view := v.Method(i).Call(nil)[0]
		kind := view.MethodByName("Kind").Call(nil)[0].Interface().(kinds.Kind)
		views[kind] = view.Interface()
	}
	return views
}
