package meta_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/meta"
	"github.com/kubeviews/kube/raw"
)

// owner notes the patches that metadata asks for.
type owner struct{ patches []string }

func (o *owner) Link() string { return "/api/v1/things/a" }

func (o *owner) MergePatch(_ context.Context, patch any) (string, error) {
	text, err := json.Marshal(patch)
	o.patches = append(o.patches, string(text))
	return "next", err
}

func metaOf(t *testing.T, metadata string) (meta.ObjectMeta[string], *owner) {
	t.Helper()
	doc, err := raw.Parse([]byte(`{"kind":"Thing","metadata":` + metadata + `}`))
	if err != nil {
		t.Fatal(err)
	}
	o := &owner{}
	return meta.Of[string](doc, o), o
}

// K43: what metadata tells.
func TestObjectMetaK43(t *testing.T) {
	m, _ := metaOf(t, `{"name":"a","namespace":"n","uid":"u","resourceVersion":"7","generateName":"a-","generation":3,
		"creationTimestamp":"2026-01-02T03:04:05Z","deletionTimestamp":"2026-01-02T03:04:06Z","deletionGracePeriodSeconds":30,
		"finalizers":["f"],"ownerReferences":[{"kind":"X","name":"x","uid":"1"},{"kind":"Y","name":"y","uid":"2","controller":true}],
		"managedFields":[{"manager":"m","operation":"Apply","time":"2026-01-02T03:04:05Z","subresource":"status"}]}`)
	got := fmt.Sprint(m.Name(), m.Namespace(), m.UID(), m.Version(), m.GenerateName(), m.Link(), m.Deleting())
	if want := fmt.Sprint("a", "n", "u", "7", "a-", "/api/v1/things/a", true); got != want {
		t.Errorf("got %s", got)
	}
	generation, err1 := m.Generation()
	created, err2 := m.Created()
	deleted, err3 := m.Deletion()
	grace, err4 := m.DeletionGracePeriod()
	finalizers, err5 := m.Finalizers()
	owners, err6 := m.Owners()
	who, err7 := m.Managers()
	if err := errors.Join(err1, err2, err3, err4, err5, err6, err7); err != nil {
		t.Fatal(err)
	}
	managers := slices.Collect(who.All())
	if generation != 3 || deleted.Sub(created) != time.Second || grace != 30*time.Second || finalizers[0] != "f" || len(owners) != 2 ||
		managers[0].Manager != "m" || managers[0].Subresource != "status" || !managers[0].Time.Equal(created) {
		t.Error(generation, created, deleted, grace, finalizers, owners, managers)
	}
	if c, ok := m.Controller(); !ok || c.Name != "y" {
		t.Errorf("got %v, %v", c, ok)
	}
	finalizers[0] = "x"
	if again, _ := m.Finalizers(); again[0] != "f" {
		t.Error("the object has changed")
	}
}

// What metadata lacks is empty where that says all, and else an error that
// names it.
func TestAbsentMetadata(t *testing.T) {
	for _, m := range []meta.ObjectMeta[string]{{}, first(metaOf(t, `{}`)), first(metaOf(t, `null`)), first(metaOf(t, `7`))} {
		finalizers, err1 := m.Finalizers()
		owners, err2 := m.Owners()
		managers, err3 := m.Managers()
		if err := errors.Join(err1, err2, err3); err != nil || len(finalizers)+len(owners)+managers.Len() != 0 || m.Deleting() {
			t.Errorf("got %v, %v, %v, %v", finalizers, owners, managers, err)
		}
		_, e1 := m.Generation()
		_, e2 := m.Created()
		_, e3 := m.Deletion()
		_, e4 := m.DeletionGracePeriod()
		for i, path := range []string{"generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"} {
			var unset *rest.StatusError
			if err := []error{e1, e2, e3, e4}[i]; !errors.As(err, &unset) || unset.Path != "metadata."+path || unset.Err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		if m.Labels().Len() != 0 || m.Labels().Has("a") || len(m.Labels().Map()) != 0 || m.Labels().Map() == nil || m.Labels().String() != "map[]" {
			t.Errorf("got %v", m.Labels())
		}
		if _, ok := m.Controller(); ok {
			t.Error("a controller out of nothing")
		}
	}
	m, _ := metaOf(t, `{"finalizers":"f","ownerReferences":[7],"managedFields":{},"creationTimestamp":"now"}`)
	_, e1 := m.Finalizers()
	_, e2 := m.Owners()
	_, e3 := m.Managers()
	_, e4 := m.Created()
	for _, err := range []error{e1, e2, e3, e4} {
		var bad *rest.StatusError
		if !errors.As(err, &bad) || bad.Err == nil {
			t.Errorf("got %v", err)
		}
	}
}

func first(m meta.ObjectMeta[string], _ *owner) meta.ObjectMeta[string] { return m }

// K45: labels are an immutable map, whose changes are one patch each.
func TestLabelsK45(t *testing.T) {
	m, o := metaOf(t, `{"uid":"u","labels":{"b":"2","example.com/a":"1","n":7,"x":null,"e":""}}`)
	labels := m.Labels()
	if want := map[string]string{"b": "2", "example.com/a": "1", "e": ""}; !maps.Equal(labels.Map(), want) || labels.Len() != 3 {
		t.Errorf("got %v of %d", labels.Map(), labels.Len())
	}
	for range 2 {
		var keys []string
		for key := range labels.All() {
			if keys = append(keys, key); key == "e" {
				break
			}
		}
		if strings.Join(keys, " ") != "b e" {
			t.Errorf("got %v", keys)
		}
	}
	if v, ok := labels.Get("n"); ok || v != "" || labels.Has("x") || !labels.Has("e") || labels.Has("") {
		t.Error("what is no text counts")
	}
	labels.Map()["b"] = "x"
	if text := fmt.Sprintf("%v %+v", labels, m.Labels()); text != "map[b:2 e: example.com/a:1] map[b:2 e: example.com/a:1]" {
		t.Errorf("got %s", text)
	}
	if text, err := json.Marshal(labels); err != nil || string(text) != `{"b":"2","e":"","example.com/a":"1"}` {
		t.Errorf("got %s, %v", text, err)
	}
	ctx := t.Context()
	labels.Set(ctx, "a.b/c", "v")
	labels.SetAll(ctx, map[string]string{"x": "1", "y": ""})
	labels.Delete(ctx, "b", "gone")
	labels.Change(ctx, map[string]string{"x": "1", "y": "2"}, "b", "gone") // R14: in one request
	m.Annotations().Change(ctx, map[string]string{"x": "1"}, "a", "b")
	labels.Change(ctx, nil, "b")
	m.Annotations().Set(ctx, "Example.com/a", "any\ntext \"at\" all")
	m.Annotations().Delete(ctx, "a")
	want := []string{
		`{"metadata":{"labels":{"a.b/c":"v"},"uid":"u"}}`,
		`{"metadata":{"labels":{"x":"1","y":""},"uid":"u"}}`,
		`{"metadata":{"labels":{"b":null,"gone":null},"uid":"u"}}`,
		`{"metadata":{"labels":{"b":null,"gone":null,"x":"1","y":"2"},"uid":"u"}}`,
		`{"metadata":{"annotations":{"a":null,"b":null,"x":"1"},"uid":"u"}}`,
		`{"metadata":{"labels":{"b":null},"uid":"u"}}`,
		`{"metadata":{"annotations":{"Example.com/a":"any\ntext \"at\" all"},"uid":"u"}}`,
		`{"metadata":{"annotations":{"a":null},"uid":"u"}}`,
	}
	for i := range want {
		want[i] = withoutUID(want[i])
	}
	for i := range o.patches {
		o.patches[i] = withoutUID(o.patches[i])
	}
	if got := strings.Join(o.patches, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s", got)
	}
}

// withoutUID takes out the guard, which may be the owner's affair.
func withoutUID(patch string) string { return strings.Replace(patch, `,"uid":"u"`, "", 1) }

// What no label can be is refused before anything is sent.
func TestBadLabels(t *testing.T) {
	m, o := metaOf(t, `{"uid":"u"}`)
	ctx, zero := t.Context(), meta.Labels[string]{}
	_, e1 := m.Labels().Set(ctx, "a b", "")
	_, e2 := m.Labels().Set(ctx, "a", "b/c")
	_, e3 := m.Labels().SetAll(ctx, nil)
	_, e4 := m.Labels().Delete(ctx)
	_, e5 := m.Labels().Delete(ctx, "a", "")
	_, e6 := m.Annotations().Set(ctx, "", "")
	_, e7 := m.Annotations().Set(ctx, "a", strings.Repeat("x", meta.MaxAnnotationBytes))
	_, e8 := zero.Set(ctx, "a", "b")
	_, e9 := m.Labels().Change(ctx, map[string]string{"a": "1"}, "b", "a")
	_, e10 := m.Labels().Change(ctx, nil)
	_, e11 := m.Labels().Change(ctx, map[string]string{"a": "1"}, "")
	_, e12 := m.Annotations().Change(ctx, map[string]string{"": "1"}, "a")
	for i, err := range []error{e1, e2, e3, e4, e5, e6, e7, e8, e9, e10, e11, e12} {
		if !errors.As(err, new(*rest.ArgumentError)) {
			t.Errorf("%d: %v", i+1, err)
		}
	}
	if o.patches != nil {
		t.Errorf("sent %v", o.patches)
	}
}

// K30: a selector selects in memory what the server would.
func TestSelectorMatchesK30(t *testing.T) {
	doc, err := raw.Parse([]byte(`{"metadata":{"name":"a","labels":{"app":"web","n":7}},"spec":{"nodeName":"m","hostNetwork":true},"status":{"phase":"Running","replicas":3}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		by   meta.Selector
		want bool
	}{
		{meta.LabelSelector("app=web"), true},
		{meta.LabelSelector("app!=web"), false},
		{meta.LabelSelector("n"), false}, // a label is a text
		{meta.LabelSelector("!n,!x"), true},
		{meta.FieldSelector("status.phase=Running,metadata.name=a"), true},
		{meta.FieldSelector("spec.hostNetwork=true"), true},
		{meta.FieldSelector("spec.hostNetwork=false"), false},
		{meta.FieldSelector("status.replicas=3"), true},
		{meta.FieldSelector("spec.unschedulable=false"), true},
		{meta.FieldSelector("spec.unschedulable!=false"), false},
		{meta.FieldSelector("status.successful=0"), true},
		{meta.FieldSelector("metadata.namespace="), true},
		{meta.FieldSelector("status="), true}, // an object is no text
		{meta.LabelSelector("app").And(meta.FieldSelector("spec.nodeName=m")), true},
		{meta.LabelSelector("app").And(meta.FieldSelector("spec.nodeName=x")), false},
		{meta.LabelSelector("a b"), false},
		{meta.Selector{}, false},
	} {
		if got := test.by.Matches(doc); got != test.want {
			t.Errorf("%v: %v", test.by, got)
		}
	}
	if meta.LabelSelector("!app").Matches(raw.Object{}) != true {
		t.Error("an object without labels has none")
	}
}
