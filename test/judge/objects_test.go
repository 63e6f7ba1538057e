package judge

import (
	"encoding/json"
	"errors"
	"math/rand"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/api/apitesting/fuzzer"
	"k8s.io/apimachinery/pkg/api/equality"
	metafuzzer "k8s.io/apimachinery/pkg/apis/meta/fuzzer"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/randfill"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
)

// kindsOfGo are the types of all kinds that both the library and client-go know,
// with every version that client-go has.
func kindsOfGo() map[schema.GroupVersionKind]reflect.Type {
	both := map[schema.GroupVersionKind]reflect.Type{}
	for gvk, typ := range scheme.Scheme.AllKnownTypes() {
		if _, err := kinds.Builtin().LookupObject(gvk.GroupVersion().String(), gvk.Kind); err == nil {
			both[gvk] = typ
		}
	}
	return both
}

// untyped are the built-in kinds without a Go type here, and why.
var untyped = map[string]string{
	"APIService.apiregistration.k8s.io":             "its type is in kube-aggregator",
	"CustomResourceDefinition.apiextensions.k8s.io": "its type is in apiextensions-apiserver",
	"NodeMetrics.metrics.k8s.io":                    "its type is in k8s.io/metrics",
	"PodMetrics.metrics.k8s.io":                     "its type is in k8s.io/metrics",
}

// R12: no built-in kind is without a test as a typed object, but for a reason.
func TestKindsOfGoAreAllR12(t *testing.T) {
	typed := map[kinds.Kind]bool{}
	for gvk := range kindsOfGo() {
		kind, _ := kinds.Builtin().LookupObject(gvk.GroupVersion().String(), gvk.Kind)
		typed[kind] = true
	}
	for kind := range kinds.Builtin().All() {
		if reason := untyped[kind.String()]; typed[kind] == (reason != "") {
			t.Errorf("%v: has a type: %v; reason to have none: %q", kind, typed[kind], reason)
		}
	}
}

// R12: unstructured objects of every kind and version become items and come back.
func TestUnstructuredOfEveryKindR12(t *testing.T) {
	for kind := range kinds.Builtin().All() {
		for _, gv := range kind.GroupVersions() {
			content := map[string]any{"apiVersion": gv, "kind": string(kind.Name()),
				"metadata": map[string]any{"name": "a", "labels": map[string]any{"x": "y"}},
				"spec":     map[string]any{"n": int64(1<<53 + 1), "f": 0.5, "none": nil, "list": []any{"a", true}}}
			u := unstructured.Unstructured{Object: content}
			for what, obj := range map[string]any{"pointer": &u, "value": u, "map": content} {
				item, err := items.From[items.Generic](obj)
				if err != nil {
					t.Errorf("%v from a %s: %v", kind, what, err)
					continue
				}
				var back unstructured.Unstructured
				if err := item.Decode(&back); err != nil || !reflect.DeepEqual(back.Object, content) || item.Resource() != kind.Resource() {
					t.Errorf("%v from a %s: %v, %v, of %s", kind, what, back.Object, err, item.Resource())
				}
			}
		}
	}
}

// filler fills objects with random values.
func filler(seed int64) *randfill.Filler {
	// A map has its members in another order than the text within the object.
	plain := func(serializer.CodecFactory) []any {
		return []any{func(r *runtime.RawExtension, c randfill.Continue) { r.Raw = []byte(`{"a":1,"b":[null]}`) }}
	}
	return fuzzer.FuzzerFor(fuzzer.MergeFuzzerFuncs(metafuzzer.Funcs, plain), rand.NewSource(seed), serializer.NewCodecFactory(scheme.Scheme))
}

// R12: objects of client-go become items and come back the same, typed and
// unstructured, of every kind, with the empty TypeMeta that typed ones mostly have.
func TestObjectsOfClientGoR12(t *testing.T) {
	for gvk, typ := range kindsOfGo() {
		t.Run(gvk.GroupVersion().String()+" "+gvk.Kind, func(t *testing.T) {
			fill := filler(int64(len(gvk.String())))
			for range 20 {
				obj := reflect.New(typ).Interface().(runtime.Object)
				fill.Fill(obj)
				obj.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{})
				roundTrip(t, gvk, obj)
				if t.Failed() {
					return
				}
			}
		})
	}
}

func roundTrip(t *testing.T, gvk schema.GroupVersionKind, obj runtime.Object) {
	t.Helper()
	item, err := items.From[items.Generic](obj)
	if err != nil {
		t.Fatal(err)
	}
	if item.APIVersion() != gvk.GroupVersion().String() || string(item.Kind()) != gvk.Kind {
		t.Fatalf("became a %s %s", item.APIVersion(), item.Kind())
	}
	// What JSON itself does to an object: times lose fractions, empty lists vanish.
	obj.GetObjectKind().SetGroupVersionKind(gvk)
	want, got := empty(obj), empty(obj)
	text, err := json.Marshal(obj)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, want); err != nil {
		t.Fatal(err)
	}
	if err := item.Decode(got); err != nil {
		t.Fatal(err)
	}
	if !equality.Semantic.DeepEqual(want, got) {
		t.Errorf("back from the item:\n%s", cmp.Diff(want, got))
	}
	throughUnstructured(t, item, want)
}

func throughUnstructured(t *testing.T, item items.Generic, want runtime.Object) {
	t.Helper()
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(want)
	if err != nil {
		t.Fatal(err)
	}
	var u unstructured.Unstructured
	if err := item.Decode(&u); err != nil {
		t.Fatal(err)
	}
	typed := empty(want)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, typed); err != nil {
		t.Fatal(err)
	}
	if !equality.Semantic.DeepEqual(want, typed) {
		t.Errorf("through unstructured:\n%s", cmp.Diff(want, typed))
	}
	for what, obj := range map[string]any{"a pointer": &unstructured.Unstructured{Object: content}, "the map": content} {
		again, err := items.From[items.Generic](obj)
		if err != nil {
			t.Fatal(err)
		}
		back := empty(want)
		if err := again.Decode(back); err != nil {
			t.Fatal(err)
		}
		if !equality.Semantic.DeepEqual(want, back) {
			t.Errorf("from unstructured, as %s:\n%s", what, cmp.Diff(want, back))
		}
	}
}

func empty(obj runtime.Object) runtime.Object {
	return reflect.New(reflect.TypeOf(obj).Elem()).Interface().(runtime.Object)
}

// R12: a typed item takes the objects of its kind, and no others.
func TestTypedObjectsR12(t *testing.T) {
	pod := &corev1.Pod{}
	pod.Name, pod.Namespace = "web-0", "shop"
	pod.Status.Phase = corev1.PodRunning
	for what, obj := range map[string]any{"pointer": pod, "value": *pod} {
		item, err := items.From[items.Pod](obj)
		if err != nil {
			t.Fatal(err)
		}
		if phase, err := item.Phase(); phase != kinds.PodRunning || err != nil || item.String() != "Pod shop/web-0" {
			t.Errorf("from a %s: %v, %v, %v", what, item, phase, err)
		}
	}
	if item, err := items.From[items.Pod](corev1.Pod{}); err != nil || item.APIVersion() != "v1" || item.Kind() != "Pod" {
		t.Error("from an empty Pod:", item, err)
	}
	content := map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "web-0"}}
	if item, err := items.From[items.Pod](unstructured.Unstructured{Object: content}); err != nil || item.Name() != "web-0" {
		t.Error("from an unstructured value:", item, err)
	}
	for what, obj := range map[string]any{
		"a Node":                &corev1.Node{},
		"nil":                   (*unstructured.Unstructured)(nil),
		"an empty value":        unstructured.Unstructured{},
		"a list":                &corev1.PodList{Items: []corev1.Pod{*pod}},
		"an empty list":         corev1.PodList{},
		"a list with a kind":    &corev1.PodList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}},
		"an unstructured list":  &unstructured.UnstructuredList{Object: map[string]any{"kind": "Pod", "apiVersion": "v1"}},
		"a spec":                &appsv1.DeploymentSpec{},
		"a part with metadata":  &corev1.PodTemplateSpec{ObjectMeta: pod.ObjectMeta},
		"the value of the part": corev1.PodTemplateSpec{ObjectMeta: pod.ObjectMeta},
	} {
		item, err := items.From[items.Pod](obj)
		if _, ok := errors.AsType[*kube.ArgumentError](err); !ok || !item.IsZero() {
			t.Errorf("%s became %v, %v", what, item, err)
		}
	}
	if _, err := items.From[items.Generic](&unstructured.Unstructured{}); err == nil {
		t.Error("an object without content became an item")
	}
}

// R12: an Event of either group is an Event, and nothing of it is lost.
func TestEventsOfBothGroupsR12(t *testing.T) {
	when := metav1.Unix(1700000000, 0)
	about := corev1.ObjectReference{Kind: "Pod", Name: "web-0"}
	older := &corev1.Event{InvolvedObject: about, Message: "done", Reason: "Ready", Type: "Normal", Count: 3, FirstTimestamp: when,
		LastTimestamp: when, Source: corev1.EventSource{Component: "kubelet", Host: "node"}, ReportingController: "c", ReportingInstance: "i"}
	newer := &eventsv1.Event{Regarding: about, Note: "done", Reason: "Ready", Type: "Normal", DeprecatedCount: 3, DeprecatedFirstTimestamp: when,
		DeprecatedLastTimestamp: when, DeprecatedSource: older.Source, ReportingController: "c", ReportingInstance: "i"}
	older.Name, newer.Name = "a", "a"
	want, err := items.From[items.Event](older)
	if err != nil {
		t.Fatal(err)
	}
	got, err := items.From[items.Event](newer)
	if err != nil || !got.Equal(want) {
		t.Errorf("%s, %v\nwant %s", got.Raw(), err, want.Raw())
	}
	if note, err := got.Message(); note != "done" || err != nil {
		t.Error(note, err)
	}
	if same, err := items.From[items.Generic](newer); err != nil || same.APIVersion() != "events.k8s.io/v1" || !same.Raw().Get("note").IsSet() {
		t.Error("a Generic is to stay as it was:", same, err)
	}
}

// R12: what becomes of the object later does not show in the item.
func TestItemsOfObjectsAreCopiesR12(t *testing.T) {
	secret := &corev1.Secret{Data: map[string][]byte{"a": []byte("one")}}
	secret.Name = "keys"
	item, err := items.From[items.Secret](secret)
	if err != nil {
		t.Fatal(err)
	}
	secret.Data["a"][0] = 'X'
	secret.Data["b"] = nil
	if data, err := item.Data(); err != nil || len(data) != 1 || string(data["a"]) != "one" {
		t.Errorf("the data is %v, %v", data, err)
	}
	if !item.Raw().IsSensitive() {
		t.Error("the Secret would be printed")
	}
	var back corev1.Secret
	if err := item.Decode(&back); err != nil || string(back.Data["a"]) != "one" {
		t.Error("the Secret does not come back:", err)
	}
}
