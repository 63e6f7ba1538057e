package raw_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/kubeviews/kube/raw"
)

// oddities are texts where readers of JSON differ.
var oddities = []string{
	``, `{`, `{}`, `{} `, "\ufeff{}", `[]`, `null`, `1`, `{}{}`, `{"a":1,}`, `{"a":01}`, `{"a":-}`, `{"a":-0}`, `{"a":1.}`, `{"a":.5}`,
	`{"a":1e5,"b":1E+05,"c":-1.50e-3,"d":1e400,"e":18446744073709551616}`, `{"a":+1}`, `{"a":NaN}`, `{"a":tru}`, `{"a":nulll}`,
	`{"":{"":{"":""}}}`, `{"a/b":{"~":1}}`, `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"a":{"b":1,"b":2}}`, `{"a":{"b":{"c":1,"c":2}}}`,
	`{"a":[{"b":1,"b":2}]}`, `{"\ud83d\ude00":"\ud83d"}`, `{"a":"\udc00\ud800"}`, `{"a":"\u00e9\/\b\f\n\r\t\"\\"}`, "{\"a\":\"\x01\"}",
	"{\"a\":\"\xff\"}", "{\"\xc3\x28\":1}", "{\"a\":\"\x7f\u2028\"}", `{"a":"\x"}`, `{"a":"\u12"}`, `{"a" :1 , "b":[ ] ,"c":{ } }`,
	`{"items":[]}`, `{"items":null}`, `{"items":[{},{}],"items":[]}`, `{"items":[{"a":1}`, `{"items":[{"a":1}x`, `{"items":[1]}`, `{"items":[{}] ,"kind":"X"}` + "\x00",
	`{"metadata":{"a":1,"a":2},"items":[]}`, `{"items":[{"metadata":{"managedFields":[]}}]}`, `{"\u0069tems":[{"k":"` + strings.Repeat("é", 40) + `"}]}`,
}

func addTexts(f *testing.F, add func(text []byte)) {
	for _, text := range testdata(f) {
		add(text)
	}
	for _, text := range oddities {
		add([]byte(text))
	}
	add([]byte(strings.Repeat(`{"a":`, 1025) + "1" + strings.Repeat("}", 1025)))
	add(podListText(3, 2))
}

func FuzzParse(f *testing.F) {
	addTexts(f, func(text []byte) { f.Add(text) })
	f.Fuzz(func(t *testing.T, text []byte) {
		before := bytes.Clone(text)
		o, err := raw.Parse(text)
		if !bytes.Equal(text, before) {
			t.Fatal("Parse changed its input")
		}
		rule := refusal(text)
		if err != nil {
			checkSyntaxError(t, err, int64(len(text)))
			if rule == "" {
				t.Fatalf("refused: %v", err)
			}
			return
		}
		if rule != "" {
			t.Fatalf("accepted, against a rule: %s", rule)
		}
		if want := decoded(t, text); !reflect.DeepEqual(o.Map(), want) {
			t.Fatalf("Map is\n%v, want\n%v", o.Map(), want)
		}
		checkDocument(t, o, text)
	})
}

func checkSyntaxError(t *testing.T, err error, size int64) {
	t.Helper()
	var e *raw.SyntaxError
	if !errors.As(err, &e) {
		t.Fatalf("error is a %T: %v", err, err)
	}
	if e.Offset < 0 || e.Offset > size || e.Msg == "" || !utf8.ValidString(e.Pointer) {
		t.Fatalf("bad error: %#v", e)
	}
}

// checkDocument checks that all ways to a document's text agree.
func checkDocument(t *testing.T, o raw.Object, text []byte) {
	t.Helper()
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		t.Fatal(err)
	}
	if got := o.Bytes(); !bytes.Equal(got, compact.Bytes()) {
		t.Fatalf("Bytes is %s, want %s", got, compact.Bytes())
	}
	again, err := raw.Parse(o.Bytes())
	if err != nil || !o.Equal(again) || o.Size() != compact.Len() {
		t.Fatalf("parsed again: %v, equal %v, size %d", err, o.Equal(again), o.Size())
	}
}

func FuzzGet(f *testing.F) {
	addTexts(f, func(text []byte) { f.Add(text) })
	f.Fuzz(func(t *testing.T, text []byte) {
		o, err := raw.Parse(text)
		if err != nil {
			return
		}
		left := 500 // each path costs a scan
		checkPaths(t, o, nil, decoded(t, text), &left)
	})
}

// checkPaths checks that Get finds all that lies in want at path, and nothing
// else there.
func checkPaths(t *testing.T, o raw.Object, path []string, want any, left *int) {
	if *left--; *left < 0 {
		return
	}
	got := o.Get(path...)
	if !got.Exists() || !reflect.DeepEqual(got.Any(), want) {
		t.Fatalf("Get(%q) is %v, want %v", path, got, want)
	}
	if half := len(path) / 2; !o.Get(path[:half]...).Get(path[half:]...).Equal(got) {
		t.Fatalf("Get(%q) in two steps finds something else", path)
	}
	at := func(step string) []string { return append(path[:len(path):len(path)], step) }
	switch want := want.(type) {
	case map[string]any:
		for name, v := range want {
			checkPaths(t, o, at(name), v, left)
			checkMissing(t, o, at(name+`"`), want)
			checkMissing(t, o, at(`\`+name), want)
		}
		checkMissing(t, o, at(""), want)
		checkMissing(t, o, at("0"), want)
	case []any:
		for i, v := range want {
			checkPaths(t, o, at(strconv.Itoa(i)), v, left)
		}
		for _, step := range []string{"-1", "", "-", "00", "+0", strconv.Itoa(len(want)), "99999999999999999999"} {
			if o.Has(at(step)...) {
				t.Fatalf("Get(%q) finds something in an array of %d", at(step), len(want))
			}
		}
	default:
		if o.Has(at("")...) || o.Has(at("0")...) {
			t.Fatalf("something lies below %q, which is %v", path, want)
		}
	}
}

func checkMissing(t *testing.T, o raw.Object, path []string, object map[string]any) {
	if _, ok := object[path[len(path)-1]]; o.Has(path...) != ok {
		t.Fatalf("Has(%q) is %v", path, !ok)
	}
}

func FuzzListReader(f *testing.F) {
	addTexts(f, func(text []byte) { f.Add(text, uint64(1), 0) })
	f.Add([]byte(`{"kind":"List","items":[{"a":"0123456789"},{"a":"0123456789\ud800x"}]}`), uint64(2), 20)
	f.Fuzz(func(t *testing.T, text []byte, seed uint64, limit int) {
		options := raw.ReadOptions{Kind: "K", APIVersion: "v1", MaxItem: max(0, limit)}
		whole := readList(bytes.NewReader(text), options)
		for name, r := range chunked(text, seed) {
			if got := readList(r, options); !reflect.DeepEqual(got, whole) {
				t.Fatalf("read %s:\n%+v\nwhole:\n%+v", name, got, whole)
			}
		}
		if options.MaxItem == 0 {
			checkList(t, text)
		}
	})
}

// chunked returns readers that deliver a text in several ways.
func chunked(text []byte, seed uint64) map[string]io.Reader {
	return map[string]io.Reader{
		"one byte at a time":   iotest.OneByteReader(bytes.NewReader(text)),
		"in halves":            iotest.HalfReader(bytes.NewReader(text)),
		"with the end at once": iotest.DataErrReader(bytes.NewReader(text)),
		"in random pieces":     &pieces{rand.New(rand.NewPCG(seed, 0)), text},
	}
}

// pieces delivers a text in pieces of random sizes, some of them empty.
type pieces struct {
	*rand.Rand
	text []byte
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.text) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), p.IntN(1+p.IntN(40)))], p.text)
	p.text = p.text[n:]
	return n, nil
}

// listing is all that a ListReader tells about a text.
type listing struct {
	items    []string
	head     string
	hasItems bool
	err      error
}

func readList(r io.Reader, o raw.ReadOptions) (got listing) {
	l := raw.NewListReader(r, o)
	for {
		item, err := l.Next()
		if err != nil {
			got.head, got.hasItems, got.err = string(l.Head().Bytes()), l.HasItems(), err
			return got
		}
		got.items = append(got.items, string(item.Bytes()))
	}
}

// checkList compares a ListReader with Parse and encoding/json.
func checkList(t *testing.T, text []byte) {
	got := readList(bytes.NewReader(text), raw.ReadOptions{})
	whole, err := raw.Parse(text)
	var fault, wholeFault *raw.SyntaxError
	errors.As(err, &wholeFault)
	if errors.As(got.err, &fault) {
		checkSyntaxError(t, fault, int64(len(text)))
		inItem := strings.HasPrefix(fault.Pointer, "/items/") // where the rules are those of a document
		if !inItem && !reflect.DeepEqual(fault, wholeFault) {
			t.Fatalf("the fault is %v, that of the whole text %v", fault, err)
		}
		if inItem && wholeFault != nil && wholeFault.Offset < fault.Offset && !strings.Contains(wholeFault.Msg, "deeper") {
			t.Fatalf("the fault is %v, that of the whole text %v", fault, err)
		}
		return
	}
	if wholeFault != nil {
		if !strings.Contains(wholeFault.Msg, "deeper") { // an item may be as deep as a document
			t.Fatalf("read to its end: %v", err)
		}
		return
	}
	checkItems(t, got, whole)
	checkFilled(t, text, whole)
}

func checkItems(t *testing.T, got listing, whole raw.Object) {
	if got.err != io.EOF {
		t.Fatal(got.err)
	}
	want := whole.Map()
	items, isArray := want["items"].([]any)
	items, want = append([]any{}, items...), without(want, isArray)
	if head := decoded(t, []byte(got.head)); !reflect.DeepEqual(head, any(want)) {
		t.Fatalf("Head is %v, want %v", head, want)
	}
	if n := len(got.items); n != len(items) {
		t.Fatalf("%d items, want %d", n, len(items))
	}
	for i, item := range got.items {
		if v := decoded(t, []byte(item)); !reflect.DeepEqual(v, items[i]) {
			t.Fatalf("item %d is %v, want %v", i, v, items[i])
		}
	}
	null := whole.Get("items").Kind() == raw.KindNull
	if got.hasItems != (isArray || null) {
		t.Fatalf("HasItems is %v", got.hasItems)
	}
}

// checkFilled compares what a reader leaves out and puts in.
func checkFilled(t *testing.T, text []byte, whole raw.Object) {
	options := raw.ReadOptions{Kind: "K", APIVersion: "g/v1", DropManagedFields: true}
	got := readList(bytes.NewReader(text), options)
	items, _ := whole.Map()["items"].([]any)
	for i, item := range items {
		want := item.(map[string]any)
		fill(want, "kind", "K")
		fill(want, "apiVersion", "g/v1")
		if metadata, ok := want["metadata"].(map[string]any); ok {
			delete(metadata, "managedFields")
		}
		checkPaths(t, parse(t, got.items[i]), nil, want, new(50))
	}
}

func fill(m map[string]any, name, value string) {
	if _, ok := m[name]; !ok {
		m[name] = value
	}
}

func without(m map[string]any, items bool) map[string]any {
	if items {
		delete(m, "items")
	}
	return m
}

func FuzzEdit(f *testing.F) {
	addTexts(f, func(text []byte) {
		f.Add(text, "metadata/labels/new", []byte(`"x"`))
		f.Add(text, "status/conditions/0/type", []byte(`{"a":[1,null]}`))
		f.Add(text, "spec/containers/-/name", []byte(`1e3`))
		f.Add(text, "a/b/c", []byte(`{}`))
	})
	f.Fuzz(func(t *testing.T, text []byte, way string, value []byte) {
		o, err := raw.Parse(text)
		holder, err2 := raw.Parse([]byte(`{"v":` + string(value) + `}`))
		if err != nil || err2 != nil {
			return
		}
		path := strings.Split(way, "/")
		checkWith(t, o, path, holder.Get("v"))
		checkWithout(t, o, path)
	})
}

func checkWith(t *testing.T, o raw.Object, path []string, value raw.Value) {
	t.Helper()
	before := o.Bytes()
	next, err := o.With(value, path...)
	if !bytes.Equal(o.Bytes(), before) {
		t.Fatal("With changed its object")
	}
	want, wantErr := set(o.Map(), path, value.Any())
	if err != nil {
		// What plain values cannot know: depth, and names that are no text.
		if wantErr == nil && !strings.Contains(err.Error(), "deeper") && !strings.Contains(err.Error(), "UTF-8") {
			t.Fatalf("With(%v, %q): %v", value, path, err)
		}
		return
	}
	if wantErr != nil {
		t.Fatalf("With(%v, %q) is %v, want an error", value, path, next)
	}
	if !reflect.DeepEqual(next.Map(), want) {
		t.Fatalf("With(%v, %q) is %v, want %v", value, path, next, want)
	}
}

func checkWithout(t *testing.T, o raw.Object, path []string) {
	t.Helper()
	before := o.Bytes()
	next, err := o.Without(path...)
	if err != nil {
		t.Fatalf("Without(%q): %v", path, err)
	}
	if want := remove(o.Map(), path); !reflect.DeepEqual(next.Map(), want) {
		t.Fatalf("Without(%q) is %v, want %v", path, next, want)
	}
	if next.Has(path...) && o.Get(path[:len(path)-1]...).Kind() != raw.KindArray {
		t.Fatalf("Without(%q) leaves something there", path)
	}
	if !bytes.Equal(o.Bytes(), before) {
		t.Fatal("Without changed its object")
	}
}

func FuzzEqual(f *testing.F) {
	addTexts(f, func(text []byte) { f.Add(text, text) })
	f.Add([]byte(`{"a":1,"b":"é"}`), []byte(`{"b":"\u00e9","a":1.0e0}`))
	f.Add([]byte(`{"a":0,"b":-0.0,"c":120}`), []byte(`{"a":0e9999999999999999999,"b":0,"c":0.12E3}`))
	f.Add([]byte(`{"a":{"b":{"x":1,"x":2}}}`), []byte(`{"a":{"b":{"x":2}}}`))
	f.Fuzz(func(t *testing.T, left, right []byte) {
		a, err := raw.Parse(left)
		if err != nil {
			return
		}
		checkRespelled(t, a, left)
		b, err := raw.Parse(right)
		if err != nil {
			return
		}
		if a.Equal(b) != b.Equal(a) || !b.Equal(b) {
			t.Fatalf("Equal is not an equivalence: %s, %s", left, right)
		}
		want, sure := means(numbered(t, left), numbered(t, right))
		if sure && a.Equal(b) != want {
			t.Fatalf("Equal is %v: %s, %s", !want, left, right)
		}
	})
}

// checkRespelled compares with the same content in another order, with other
// escapes and spaces.
func checkRespelled(t *testing.T, o raw.Object, text []byte) {
	other, err := json.MarshalIndent(numbered(t, text), "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	if o2, err := raw.Parse(other); err != nil || !o.Equal(o2) {
		t.Fatalf("not equal (%v): %s, %s", err, text, other)
	}
}
