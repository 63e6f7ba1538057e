package manifests_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/manifests"
	"github.com/kubeviews/kube/raw"
)

const deployment = `{"spec":{"replicas":2,"on":"yes","empty":{},"none":[],"null":null,"args":["-c","a\nb\n",["x",[]],{"k":1,"l":"012"}]},
"metadata":{"name":"web","annotations":{"text":"a\n  b","time":"2001-01-01","odd":" x","\u00a0":"\u0085\"\\"}},"kind":"Deployment","apiVersion":"apps/v1"}`

// R16: to YAML, with what looks like something else in quotes.
func TestYAMLR16(t *testing.T) {
	const want = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations:
    text: |-
      a
        b
    time: "2001-01-01"
    odd: " x"
    "\u00a0": "\u0085\"\\"
spec:
  replicas: 2
  "on": "yes"
  empty: {}
  none: []
  "null": null
  args:
  - "-c"
  - |
    a
    b
  - - x
    - []
  - k: 1
    l: "012"
`
	item, err := items.From[items.Deployment]([]byte(deployment))
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal([]byte(deployment), &m); err != nil {
		t.Fatal(err)
	}
	for _, object := range []any{item, item.Raw(), []byte(deployment), manifests.Document{Object: item.Raw()}} {
		text, err := manifests.YAML(object)
		if err != nil || string(text) != want {
			t.Errorf("a %T: %v\n%s", object, err, text)
		}
	}
	text, err := manifests.YAML(item, m)
	if err != nil || !strings.HasPrefix(string(text), want+"---\napiVersion: apps/v1\n") {
		t.Errorf("%v\n%s", err, text)
	}
	for doc, err := range manifests.Read(strings.NewReader(string(text)), "") {
		if err != nil || !doc.Object.Equal(item.Raw()) {
			t.Errorf("reads back as %s, %v", doc.Object.Bytes(), err)
		}
	}
}

// A text is read back as itself, wherever it stands.
func TestYAMLTextsR16(t *testing.T) {
	texts := []string{"", " ", "\n", "\n\n", "a\n", "a\n\n", "a\n b", " a\nb", "a \nb", "a\n\n\nb\n", "\ta\nb", "a\n\tb", "a\r\nb", "---", "...", "--- a", "- a", "? a", ": a", "a: b", "a:", "a #b", "a#b",
		"#a", "&a", "*a", "!a", "%a", "@a", "`a", "'a'", "\"a\"", "{a}", "[a]", "a,b", "<<", "=", "~", "null", "Null", "y", "N", "on", "1", "1.0", "0x1", ".5", ".inf", "1e3", "1_000", "12:30", "2001-01-01",
		"a\u0085b", "\u2028", "\ufeff", "\U0001f600", "\u007f", "\x00", "é", "a: |\n  b", "a\n#b\n", "a\n---\nb", strings.Repeat("x ", 600), strings.Repeat("y", 2000), strings.Repeat("z: ", 600), "-", "/", "./x", "$(A)", "a'b"}
	members := map[string]any{}
	for _, s := range texts {
		members[s] = map[string]any{"text": s, "list": []any{s, []any{s}, map[string]any{s: s}}}
	}
	doc, err := raw.From(map[string]any{"apiVersion": "v1", "kind": "X", "all": members, "list": texts})
	if err != nil {
		t.Fatal(err)
	}
	text, err := manifests.YAML(doc)
	if err != nil {
		t.Fatal(err)
	}
	for got, err := range manifests.Read(strings.NewReader(string(text)), "") {
		if err != nil || !got.Object.Equal(doc) {
			t.Errorf("%v\n%s", err, text)
		}
	}
}

// R16: pretty print.
func TestJSONR16(t *testing.T) {
	text, err := manifests.JSON([]byte(`{"a":[1,"<"]}`), map[string]any{"b": nil})
	if want := "{\n  \"a\": [\n    1,\n    \"<\"\n  ]\n}\n{\n  \"b\": null\n}\n"; err != nil || string(text) != want {
		t.Errorf("%v\n%s", err, text)
	}
	for _, bad := range []any{nil, 7, make(chan int), []byte("{"), items.Pod{}} {
		for _, f := range []func(...any) ([]byte, error){manifests.YAML, manifests.JSON} {
			if _, err := f(bad); !isArgument(err) {
				t.Errorf("%v: %v", bad, err)
			}
		}
	}
}

func isArgument(err error) bool {
	_, ok := errors.AsType[*rest.ArgumentError](err)
	return ok
}

// K38: what is needed to create the object again.
func TestCleanK38(t *testing.T) {
	const live = `{"kind":"Secret","apiVersion":"v1","metadata":{"name":"s","namespace":"n","uid":"u","resourceVersion":"7","generation":1,
		"creationTimestamp":"2026-01-01T00:00:00Z","labels":{"a":"b"},"managedFields":[{}]},"data":{"k":"aHVudGVyMg=="},"status":{}}`
	secret, err := items.From[items.Secret]([]byte(live))
	if err != nil {
		t.Fatal(err)
	}
	clean, err := manifests.Clean(secret)
	const want = `{"kind":"Secret","apiVersion":"v1","metadata":{"name":"s","namespace":"n","labels":{"a":"b"}},"data":{"k":"aHVudGVyMg=="}}`
	if err != nil || string(clean.Bytes()) != want {
		t.Errorf("%s, %v", clean.Bytes(), err)
	}
	if strings.Contains(fmt.Sprint(clean), "aHVudGVyMg") || secret.UID() != "u" {
		t.Error("the Secret prints itself, or has changed")
	}
}
