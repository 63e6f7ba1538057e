package items_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/raw"
)

type podMeta struct {
	Name string `json:"name"`
}

type podStruct struct {
	APIVersion string  `json:"apiVersion,omitempty"`
	Kind       string  `json:"kind,omitempty"`
	Metadata   podMeta `json:"metadata"`
}

// content is as other libraries' dynamic objects are.
type content struct{ m map[string]any }

func (c *content) UnstructuredContent() map[string]any { return c.m }

// marshaler makes its JSON form only behind a pointer, and so does what holds it.
type marshaler struct{ text string }

func (m *marshaler) MarshalJSON() ([]byte, error) { return []byte(m.text), nil }

type holder struct {
	Kind     string    `json:"kind"`
	Metadata marshaler `json:"metadata"`
}

// R07 R12: an item of anything that has a JSON form.
func TestFromR12(t *testing.T) {
	const text = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-0"}}`
	doc, err := raw.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	pod, err := items.From[items.Pod](doc)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "web-0"}}
	for name, obj := range map[string]any{
		"a map":           m,
		"content":         &content{m},
		"content's value": content{m},
		"a marshaler":     marshaler{text},
		"a holder":        holder{"Pod", marshaler{`{"name":"web-0"}`}},
		"a struct":        podStruct{"v1", "Pod", podMeta{"web-0"}},
		"a pointer":       &podStruct{"v1", "Pod", podMeta{"web-0"}},
		"text":            []byte(text),
		"a message":       json.RawMessage(text),
		"a document":      doc,
		"a value":         doc.Value(),
		"an item":         pod,
		"no kind":         podStruct{Metadata: podMeta{"web-0"}},
		"no apiVersion":   podStruct{Kind: "Pod", Metadata: podMeta{"web-0"}},
		"only apiVersion": podStruct{APIVersion: "v1", Metadata: podMeta{"web-0"}},
	} {
		item, err := items.From[items.Pod](obj)
		if err != nil || !item.Equal(pod) || item.Resource() != "pods" || item.Link() != "/api/v1/pods/web-0" {
			t.Errorf("%s: %v, %v, at %q", name, item, err, item.Link())
		}
	}
}

// R12: what becomes of the object later does not show in the item.
func TestFromCopiesR12(t *testing.T) {
	metadata := map[string]any{"name": "web-0"}
	text := []byte(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-0"}}`)
	spoil := func() {
		metadata["name"] = "other"
		copy(text, strings.ReplaceAll(string(text), "web-0", "other"))
	}
	for name, obj := range map[string]any{
		"map":  map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": metadata},
		"text": text,
	} {
		item, err := items.From[items.Pod](obj)
		if err != nil {
			t.Fatal(err)
		}
		before := item.Name()
		spoil()
		if item.Name() != before {
			t.Errorf("from a %s that changed later: %v", name, item)
		}
	}
}

// R05 R12: an item without a cluster says so.
func TestFromHasNoClusterR12(t *testing.T) {
	item, err := items.From[Widget](map[string]any{"apiVersion": "example.com/v1", "kind": "Widget",
		"metadata": map[string]any{"name": "w"}, "spec": map[string]any{"size": 3}})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := item.Size(); n != 3 || err != nil {
		t.Error(n, err)
	}
	_, err = item.Fetch(context.Background())
	if e, ok := errors.AsType[*rest.ArgumentError](err); !ok || !strings.Contains(e.Reason, "no connection") {
		t.Error(err)
	}
}

// R12: a Secret of any form does not print its content.
func TestFromSecretR12(t *testing.T) {
	text := `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"stringData":{"a":"hunter2"}}`
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	for _, obj := range []any{[]byte(text), m, &content{m}} {
		secret, err := items.From[items.Secret](obj)
		if err != nil {
			t.Fatal(err)
		}
		generic, err := items.From[items.Generic](obj)
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range []items.Item{secret, generic} {
			if shown := fmt.Sprintf("%v %+v %s", item, item, item.Raw()); strings.Contains(shown, "hunter2") {
				t.Errorf("from a %T: %s", obj, shown)
			}
		}
	}
	_, err := items.From[items.Secret]([]byte(text[:len(text)-1] + "!"))
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Error(err)
	}
}

func TestFromRefusesR12(t *testing.T) {
	type cyclic struct{ Next any }
	loop := &cyclic{}
	loop.Next = loop
	for name, test := range map[string]struct {
		obj  any
		want string
	}{
		"nil":            {nil, "nil"},
		"a nil pointer":  {(*podStruct)(nil), "nil"},
		"nil content":    {(*content)(nil), "nil"},
		"a list":         {[]any{1}, "not a JSON object"},
		"a text":         {"pod", "not a JSON object"},
		"a channel":      {make(chan int), "not a JSON object"},
		"a cycle":        {loop, "not a JSON object"},
		"broken text":    {[]byte(`{"kind":`), "not a JSON object"},
		"no document":    {raw.Object{}, "empty"},
		"no item":        {items.Pod{}, "empty"},
		"another kind":   {[]byte(`{"apiVersion":"v1","kind":"Node"}`), "v1 Node"},
		"another group":  {[]byte(`{"apiVersion":"example.com/v1","kind":"Pod"}`), "example.com/v1 Pod"},
		"a value's nil":  {content{}, "not a JSON object"},
		"a list of it":   {map[string]any{"metadata": map[string]any{}, "items": []any{}}, "a list"},
		"a null list":    {map[string]any{"apiVersion": "v1", "kind": "PodList", "items": nil}, "a list"},
		"a part":         {map[string]any{"containers": []any{}}, "set both"},
		"odd kind":       {map[string]any{"apiVersion": "v1", "kind": 3}, "kind is a number"},
		"odd apiVersion": {map[string]any{"apiVersion": []any{}, "kind": "Pod"}, "apiVersion is an array"},
		"half a name":    {[]byte(`{"kind":"Node"}`), "set both"},
		"the other":      {[]byte(`{"apiVersion":"apps/v1"}`), "set both"},
	} {
		item, err := items.From[items.Pod](test.obj)
		e, ok := errors.AsType[*rest.ArgumentError](err)
		if !ok || !strings.Contains(e.Error(), test.want) || !item.IsZero() {
			t.Errorf("%s: %v, %v", name, item, err)
		}
	}
	if _, err := items.From[items.Generic](map[string]any{"metadata": map[string]any{}}); err == nil {
		t.Error("an object without a kind became an item")
	}
}

func TestFromIngress(t *testing.T) {
	item, err := items.From[items.Ingress](map[string]any{"metadata": map[string]any{"name": "a"}})
	if err != nil || item.Kind() != "Ingress" || item.APIVersion() != "networking.k8s.io/v1" || item.Resource() != "ingresses" {
		t.Error(item, err)
	}
}

// A version that is not known yet is of the same kind.
func TestFromLaterVersion(t *testing.T) {
	item, err := items.From[items.Deployment]([]byte(`{"apiVersion":"apps/v7","kind":"Deployment","metadata":{"name":"a"}}`))
	if err != nil || item.APIVersion() != "apps/v7" {
		t.Error(item, err)
	}
}
