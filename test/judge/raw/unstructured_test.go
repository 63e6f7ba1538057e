package raw_test

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kjson "k8s.io/apimachinery/pkg/util/json"

	"github.com/kubeviews/kube/raw"
)

func TestMapIsUnstructured(t *testing.T) {
	for file, text := range objects(t) {
		o, err := raw.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		var u unstructured.Unstructured
		if strings.Contains(file, "list") {
			continue // a List becomes another type there: see below
		}
		if err := u.UnmarshalJSON(text); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(u.Object, o.Map()); diff != "" {
			t.Errorf("%s:\n%s", file, diff)
		}
		again, err := raw.From(&u)
		if err != nil || !again.Equal(o) {
			t.Errorf("%s: not the same from the unstructured object: %v", file, err)
		}
	}
}

func TestListItemsAreUnstructured(t *testing.T) {
	for _, file := range []string{"podlist.json", "list.json"} {
		text := objects(t)[file]
		var u unstructured.UnstructuredList
		if err := u.UnmarshalJSON(text); err != nil {
			t.Fatal(err)
		}
		l := raw.NewListReader(bytes.NewReader(text), raw.ReadOptions{Kind: "Pod", APIVersion: "v1"})
		for _, item := range u.Items {
			o, err := l.Next()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(item.Object, o.Map()); diff != "" {
				t.Errorf("%s:\n%s", file, diff)
			}
		}
		if _, err := l.Next(); err != io.EOF {
			t.Error(err)
		}
		head := l.Head().Map()
		delete(u.Object, "items")
		if !reflect.DeepEqual(head, u.Object) {
			t.Errorf("%s: Head is %v, want %v", file, head, u.Object)
		}
	}
}

// FuzzMap compares the decoded form with that of the server's own decoder.
func FuzzMap(f *testing.F) {
	for _, text := range objects(f) {
		f.Add(text)
	}
	for _, number := range []string{"0", "-0", "1", "1.0", "1e0", "1E400", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "0.1", "-1e-400"} {
		f.Add([]byte(`{"n":[` + number + `]}`))
	}
	for _, fragment := range fragments {
		f.Add([]byte(`{"a":{"b":{"c":"` + fragment + `"}}}`))
	}
	f.Add([]byte(`{"a":{"b":{"c":1,"c":{"d":1},"\u0063":{"e":2}}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		o, err := raw.Parse(text)
		if err != nil {
			return
		}
		var want map[string]any
		if err := kjson.Unmarshal(text, &want); err != nil {
			if !beyond(o.Map()) {
				t.Fatal(err)
			}
			return
		}
		if got := o.Map(); !reflect.DeepEqual(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}

// beyond reports whether there is a number that no float64 holds: raw keeps it
// as text, where others fail.
func beyond(v any) bool {
	switch v := v.(type) {
	case json.Number:
		return true
	case map[string]any:
		for _, e := range v {
			if beyond(e) {
				return true
			}
		}
	case []any:
		for _, e := range v {
			if beyond(e) {
				return true
			}
		}
	}
	return false
}

// A difference of Secrets that is printed must not show them.
func TestDiffHidesSensitiveContent(t *testing.T) {
	o, err := raw.Parse(objects(t)["secret.json"])
	if err != nil {
		t.Fatal(err)
	}
	o = o.Sensitive()
	other, err := o.With("b3RoZXI=", "data", "password")
	if err != nil {
		t.Fatal(err)
	}
	type holder struct {
		O raw.Object
		P *raw.Object
		L []raw.Value
		M map[string]raw.Object
	}
	hold := func(o raw.Object) holder {
		return holder{o, &o, []raw.Value{o.Get("data")}, map[string]raw.Object{o.Fingerprint(): o}}
	}
	for name, diff := range map[string]string{
		"objects": cmp.Diff(o, other),
		"values":  cmp.Diff(o.Get("data"), other.Get("data")),
		"holders": cmp.Diff(hold(o), hold(other)),
		"fields":  cmp.Diff(hold(o), hold(other), cmp.Exporter(func(reflect.Type) bool { return true })),
	} {
		if diff == "" {
			t.Errorf("%s: no difference", name)
		}
		for _, content := range []string{"aHVudGVyMg", "b3RoZXI", "hunter2", "bGVkZ2Vy"} {
			if strings.Contains(diff, content) {
				t.Errorf("%s:\n%s", name, diff)
			}
		}
	}
	if diff := cmp.Diff(hold(o), hold(o)); diff != "" {
		t.Error(diff)
	}
}
