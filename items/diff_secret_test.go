package items_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/raw"
)

const canary = "s3cr3t-c4n4ry"

// secretOf is a Secret whose content is in all places where there can be some.
func secretOf(word, label string) string {
	encoded := base64.StdEncoding.EncodeToString([]byte(word))
	applied, _ := json.Marshal(`{"apiVersion":"v1","kind":"Secret","stringData":{"word":"` + word + `"}}`)
	return `{"apiVersion":"v1","kind":"Secret","type":"Opaque","metadata":{"name":"s","labels":{"l":"` + label + `"},` +
		`"annotations":{"kubectl.kubernetes.io/last-applied-configuration":` + string(applied) + `,"tool/original":"` + word + `"}},` +
		`"data":{"word":"` + encoded + `","same":"eA=="},"stringData":{"word":"` + word + `"},"odd":[{"name":"` + word + `"}],"odder":{"conditions":[{"type":"` + word + `"}]}}`
}

func sensitive(t *testing.T, text string) items.Item {
	t.Helper()
	secret, err := items.From[items.Secret]([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func TestDiffOfSecrets(t *testing.T) {
	for _, word := range []string{canary + "2", canary + "3"} {
		old, new := secretOf(canary, "a"), secretOf(word, "b")
		for name, pair := range map[string][2]items.Item{
			"secrets":        {sensitive(t, old), sensitive(t, new)},
			"generic":        {items.AsGeneric(sensitive(t, old)), items.AsGeneric(sensitive(t, new))},
			"not marked":     {thing(t, old), thing(t, new)},
			"one of them":    {thing(t, old), sensitive(t, new)},
			"created":        {nil, thing(t, new)},
			"deleted":        {sensitive(t, old), items.Secret{}},
			"another kind":   {thing(t, strings.Replace(old, `"Secret"`, `"Other"`, 1)), thing(t, new)},
			"public no more": {thing(t, old), thing(t, strings.Replace(new, `"type":"Opaque"`, `"immutable":{"a":"`+canary+`"},"type":{"b":"`+canary+`"}`, 1))},
			"another shape":  {thing(t, `{"data":["`+canary+`"],"metadata":"`+canary+`","kind":{"a":"`+canary+`"}}`), thing(t, new)},
		} {
			for _, options := range [][]items.DiffOption{nil, {items.WithNoise()}} {
				unseen(t, name, items.Diff(pair[0], pair[1], options...))
			}
		}
	}
}

// Who asks for the content is told it, in each form, and no fingerprint.
func TestDiffWithContent(t *testing.T) {
	old, new := sensitive(t, secretOf("old", "a")), sensitive(t, secretOf("new", "a"))
	changes := items.Diff(old, new, items.WithContent())
	want := map[string]string{"data.word": `"b2xk"`, "stringData.word": `"old"`, `metadata.annotations["tool/original"]`: `"old"`}
	for c := range changes.All() {
		if w, ok := want[string(c.Path)]; ok {
			if c.Hidden || string(c.Old.Bytes()) != w || fmt.Sprint(c.Old) != w {
				t.Errorf("%s: %v, want %s", c.Path, c, w)
			}
			delete(want, string(c.Path))
		}
	}
	if len(want) > 0 || strings.Contains(changes.String(), "fp:") {
		t.Errorf("not told: %v, of %s", want, changes)
	}
	if plain := items.Diff(thing(t, `{"data":{"a":"b"}}`), thing(t, `{"data":{"a":"c"}}`), items.WithContent()); plain.String() != `data.a: "b" → "c"` {
		t.Error(plain)
	}
}

func unseen(t *testing.T, what string, changes items.Changes) {
	t.Helper()
	if changes.Len() < 4 {
		t.Errorf("%s: too few changes: %s", what, changes)
	}
	var b bytes.Buffer
	slog.New(slog.NewJSONHandler(&b, nil)).Info("", "changes", changes)
	for c := range changes.All() {
		fmt.Fprintf(&b, "%v %+v %#v %s %q %x\n", c, c, c, c, c.Old, c.Path)
		fmt.Fprintln(&b, c.Old, c.New, string(c.Old.Bytes()), string(c.New.Bytes()), c.Old.Any(), c.New.Any())
		text, err := json.Marshal(c)
		if err != nil {
			t.Errorf("%s: %s: %v", what, c.Path, err)
		}
		b.Write(text)
	}
	fmt.Fprintf(&b, "%v %+v %#v %s", changes, changes, changes, changes)
	for _, spelling := range []string{canary, base64.StdEncoding.EncodeToString([]byte(canary))[:12], fmt.Sprintf("%x", canary), canary[3:9]} {
		if strings.Contains(b.String(), spelling) {
			t.Errorf("%s: the content is shown:\n%s", what, b.String())
			return
		}
	}
}

func TestDiffOfSecretsTells(t *testing.T) {
	changes := items.Diff(sensitive(t, secretOf("one", "a")), sensitive(t, secretOf("two", "b")))
	got := map[string]items.FieldChange{}
	for c := range changes.All() {
		got[c.Path.String()] = c
	}
	if c := got["metadata.labels.l"]; c.Hidden || c.String() != `metadata.labels.l: "a" → "b"` {
		t.Errorf("a label is told as %s", c)
	}
	for _, path := range []string{"data.word", "stringData.word", `metadata.annotations["tool/original"]`} {
		c := got[path]
		if fp, err := c.New.Text(); !c.Hidden || err != nil || !strings.HasPrefix(fp, "fp:") || c.Old.Equal(c.New) {
			t.Errorf("%s is told as %s", path, c)
		}
	}
	if _, told := got["data.same"]; told {
		t.Error("what is the same is told")
	}
	other := items.Diff(sensitive(t, secretOf("two", "a")), sensitive(t, strings.ReplaceAll(secretOf("one", "a"), `"one"`, `"\u006fne"`)))
	for c := range other.All() {
		if !c.New.Equal(got[c.Path.String()].Old) {
			t.Errorf("%s: equal values have the fingerprints %s and %s", c.Path, c.New, got[c.Path.String()].Old)
		}
	}
}

func TestDiffOfLastApplied(t *testing.T) {
	object := func(applied string, replicas int) items.Generic {
		text, _ := json.Marshal(applied)
		return thing(t, fmt.Sprintf(`{"kind":"A","metadata":{"name":"a","annotations":{"x":"y","kubectl.kubernetes.io/last-applied-configuration":%s}},"spec":{"replicas":%d,"containers":[{"name":"a","port":1}]}}`, text, replicas))
	}
	two, three := `{"spec":{"replicas":2}}`, `{"spec":{"replicas":3,"containers":[{"name":"a"}]}}`
	if got := items.Diff(object(two, 2), object(three, 3)).String(); got != "spec.replicas: 2 → 3" {
		t.Errorf("what repeats is told: %s", got)
	}
	for what, changes := range map[string]items.Changes{
		"all is asked for":         items.Diff(object(two, 2), object(three, 3), items.WithNoise()),
		"the object has another":   items.Diff(object(two, 2), object(three, 4)),
		"it is no object":          items.Diff(object(two, 2), object(`[]`, 4)),
		"it is gone":               items.Diff(object(two, 2), thing(t, `{"kind":"A","metadata":{"name":"a","annotations":{"x":"y"}},"spec":{"replicas":2}}`)),
		"it has lost what remains": items.Diff(object(three, 3), object(two, 3)),
	} {
		if !strings.Contains(changes.String(), "last-applied") {
			t.Errorf("%s, and nothing is said of it: %s", what, changes)
		}
	}
}

// What was not read is not gone.
func TestDiffOfWhatWasNotRead(t *testing.T) {
	const text = `{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"a","labels":{"a":"b"},"managedFields":[{"manager":"m"}]},"spec":{"a":1}}]}`
	read := func(o raw.ReadOptions) items.Generic {
		o.Kind, o.APIVersion = "Pod", "v1"
		doc, err := raw.NewListReader(strings.NewReader(text), o).Next()
		if err != nil {
			t.Fatal(err)
		}
		return items.New[items.Generic](items.NewOrigin(nil, noKind, ""), doc)
	}
	whole := read(raw.ReadOptions{})
	for what, part := range map[string]items.Generic{
		"metadata only":         read(raw.ReadOptions{MetadataOnly: true}),
		"managedFields dropped": read(raw.ReadOptions{DropManagedFields: true}),
	} {
		for _, changes := range []items.Changes{items.Diff(whole, part, items.WithNoise()), items.Diff(part, whole, items.WithNoise())} {
			if !changes.IsZero() {
				t.Errorf("%s: %s", what, changes)
			}
		}
	}
	if got := items.Diff(whole, thing(t, `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"}}`), items.WithNoise()); got.Len() != 3 {
		t.Errorf("what is gone is told as %s", got)
	}
}

// Packed documents are put together only where something differs.
func TestDiffOfPacked(t *testing.T) {
	text := func(i int) string { return podOf14KB(i%9, fmt.Sprint("reason", i)) }
	var all []string
	for i := range 40 {
		all = append(all, text(i))
	}
	packer := raw.NewPacker()
	list := raw.NewListReader(strings.NewReader(`{"kind":"PodList","apiVersion":"v1","items":[`+strings.Join(all, ",")+`]}`), raw.ReadOptions{Kind: "Pod", APIVersion: "v1", Packer: packer})
	var packed, plain []items.Generic
	for i := range all {
		doc, err := list.Next()
		if err != nil {
			t.Fatal(err)
		}
		packed = append(packed, items.New[items.Generic](items.NewOrigin(nil, noKind, ""), doc))
		plain = append(plain, thing(t, text(i)))
	}
	if packer.Shared() == 0 {
		t.Fatal("nothing is packed")
	}
	for i := range all {
		for _, j := range []int{0, 7, 39} {
			if got, want := items.Diff(packed[i], packed[j]), items.Diff(plain[i], plain[j]); !got.Equal(want) {
				t.Errorf("packed, %d and %d differ so:\n%s\nelse\n%s", i, j, got, want)
			}
			if got, want := items.Diff(plain[i], packed[j]), items.Diff(plain[i], plain[j]); !got.Equal(want) {
				t.Errorf("one packed, %d and %d differ so:\n%s\nelse\n%s", i, j, got, want)
			}
		}
	}
}

// managedFields tell the keys of lists of kinds that nobody knows.
func TestDiffOfCustomKinds(t *testing.T) {
	const fields = `{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"managedFields":[{"fieldsV1":{"f:spec":{"f:parts":{"k:{\"id\":1}":{"f:slots":{"k:{\"a\":1,\"b\":\"x\"}":{}}}},"f:tags":{"v:\"a\"":{}}}}}]},"spec":`
	old := thing(t, fields+`{"parts":[{"id":1,"slots":[{"a":1,"b":"x","n":1},{"a":1,"b":"y"}]},{"id":2}],"tags":["a","b"],"free":[{"id":1},{"id":2}]}}`)
	new := thing(t, fields+`{"parts":[{"id":3},{"id":1,"slots":[{"a":1,"b":"x","n":2},{"a":1,"b":"y"}]},{"id":2,"n":1}],"tags":["b","c"],"free":[{"id":3},{"id":1},{"id":2}]}}`)
	want := "+ spec.parts[id=3]: {\"id\":3}\n" +
		"spec.parts[id=1].slots[a=1,b=\"x\"].n: 1 → 2\n" +
		"+ spec.parts[id=2].n: 1\n" +
		"+ spec.tags[=\"c\"]: \"c\"\n" +
		"+ spec.free[0]: {\"id\":3}"
	want = strings.Replace(want, "+ spec.tags", "- spec.tags[=\"a\"]: \"a\"\n+ spec.tags", 1)
	if got := items.Diff(old, new).String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
