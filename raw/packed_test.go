package raw_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube/raw"
)

// checkPacked packs a document and compares it, in all that can be asked of it, with
// the document as it was. It reports whether it could be packed.
func checkPacked(t *testing.T, base, o raw.Object) bool {
	t.Helper()
	packed, ok := raw.Packed(base, o)
	if !ok {
		return false
	}
	checkDocument(t, packed, o.Bytes())
	checkPaths(t, packed, nil, any(o.Map()), new(2000))
	checkSameParts(t, packed.Value(), o.Value())
	if !packed.Equal(o) || !o.Equal(packed) || !packed.Equal(packed) || base.Equal(packed) != base.Equal(o) {
		t.Fatalf("%s is not equal to itself", o)
	}
	if again, _ := raw.Packed(base, o); !packed.Equal(again) || packed == again {
		t.Fatalf("%s is not equal to itself, packed twice", o)
	}
	hidden := packed.Sensitive()
	if !hidden.IsSensitive() || !bytes.Equal(hidden.Bytes(), o.Bytes()) || hidden.Fingerprint() != o.Fingerprint() || packed.IsSensitive() {
		t.Fatalf("%s is another when it is sensitive", o)
	}
	return true
}

// checkSameParts compares two values, and all that is in them, as they are read one
// from the other.
func checkSameParts(t *testing.T, got, want raw.Value) {
	t.Helper()
	if got.Kind() != want.Kind() || got.IsSet() != want.IsSet() || got.Len() != want.Len() || got.String() != want.String() {
		t.Fatalf("got %s %v, want %s %v", got.Kind(), got, want.Kind(), want)
	}
	for name, v := range want.Members() {
		if got.Get(name).Exists() && want.Get(name) == v { // the last of its name
			checkSameParts(t, got.Get(name), v)
		}
	}
	i := 0
	for v := range want.Elements() {
		checkSameParts(t, got.Index(i), v)
		i++
	}
}

func packTexts(t *testing.T, a, b []byte) bool {
	t.Helper()
	base, err := raw.Parse(a)
	if err != nil {
		return false
	}
	o, err := raw.Parse(b)
	return err == nil && checkPacked(t, base, o)
}

func TestPackedAlikes(t *testing.T) {
	packed := 0
	for _, pair := range raw.Alikes {
		for i := range pair {
			if packTexts(t, []byte(pair[i]), []byte(pair[1-i])) {
				packed++
			}
		}
	}
	if packed < 18 {
		t.Errorf("%d texts were packed", packed)
	}
}

func FuzzPacked(f *testing.F) {
	for _, pair := range raw.Alikes {
		f.Add([]byte(pair[0]), []byte(pair[1]))
		f.Add([]byte(pair[1]), []byte(pair[0]))
	}
	for _, text := range oddities {
		f.Add([]byte(text), []byte(text))
	}
	f.Add([]byte(`{"a":{"b":["x"]},"c":["y",{}]}`), []byte(`{"a":{"b":["`+strings.Repeat("x", 600)+`"]},"c":[{},"y"]}`))
	f.Fuzz(func(t *testing.T, a, b []byte) { packTexts(t, a, b) })
}

// Documents that differ from their base anywhere and by anything.
func TestPackedMutated(t *testing.T) {
	pod := parse(t, string(testdata(t)["pod.json"]))
	random, text, packed := rand.New(rand.NewPCG(1, 2)), pod.Bytes(), 0
	for range 3000 {
		if packTexts(t, text, raw.Mutated(random, text)) {
			packed++
		}
	}
	if packed < 300 {
		t.Errorf("%d of 3000 texts were packed", packed)
	}
}

// Documents that differ from their base in some places: in long and short values, in
// kind, in members and elements, at any level.
func TestPackedChanged(t *testing.T) {
	packed, long := 0, strings.Repeat("v", 300)
	values := []any{
		nil, true, 1, 23, 2.5, "", "x", long, long + long, []any{}, []any{1}, []any{long, map[string]any{"a": long}}, map[string]any{},
		map[string]any{"a": 1}, map[string]any{"m": long, "n": []any{long}}, []any{map[string]any{"type": "Ready", "message": long}},
	}
	for seed := range uint64(18) {
		m := &model{t, rand.New(rand.NewPCG(seed, 1)), nil}
		base := parse(t, `{"a":{"null":null,"one":1,"s":"short","l":[1,2,{"x":"y"}],"o":{"p":{"q":"r","s":[{}]},"t":"u"}},"list":[{"a":1},[],"x"],"n":7,"z":{"y":{"x":{"w":"v"}}}}`)
		if seed%6 == 0 {
			base = parse(t, string(mustMarshal(newPodMaker(seed).pod())))
		}
		for range 40 {
			o := base
			for range 1 + m.IntN(4) {
				path := m.path(o.Map())
				if m.IntN(4) == 0 {
					o, _ = o.Without(path...)
				} else if next, err := o.With(values[m.IntN(len(values))], path...); err == nil {
					o = next
				}
			}
			if checkPacked(t, base, o) {
				packed++
			}
			if checkPacked(t, o, base) {
				packed++
			}
		}
	}
	if packed < 400 {
		t.Errorf("%d documents were packed", packed)
	}
}

// With and Without of a packed document, at random paths.
func TestPackedEdits(t *testing.T) {
	for seed := range uint64(10) {
		m := &model{t, rand.New(rand.NewPCG(seed, 0)), nil}
		text := newPodMaker(seed).pod()
		base := parse(t, string(mustMarshal(text)))
		for range 50 {
			path, value := m.path(base.Map()), m.name()
			o, err := base.With(value, path...)
			if err != nil {
				continue
			}
			packed, ok := raw.Packed(base, o)
			if !ok {
				continue
			}
			other := m.path(o.Map())
			before := packed.Bytes()
			a, errA := o.With(value, other...)
			b, errB := packed.With(value, other...)
			if fmt.Sprint(errA) != fmt.Sprint(errB) || !bytes.Equal(a.Bytes(), b.Bytes()) {
				t.Fatalf("With(%q, %q): %v, %v", value, other, errA, errB)
			}
			a, _ = o.Without(other...)
			b, _ = packed.Without(other...)
			if !bytes.Equal(a.Bytes(), b.Bytes()) || !bytes.Equal(packed.Bytes(), before) {
				t.Fatalf("Without(%q) is another", other)
			}
		}
	}
}

// A list read with a Packer is the list read without.
func TestPackerOfList(t *testing.T) {
	text := podListText(7, 200)
	for _, options := range []raw.ReadOptions{{}, {DropManagedFields: true, Kind: "Pod", APIVersion: "v1"}, {MetadataOnly: true}, {Sensitive: true}} {
		want := keepAll(t, text, options)
		options.Packer = raw.NewPacker()
		got := keepAll(t, text, options)
		for i := range want {
			if !bytes.Equal(got[i].Bytes(), want[i].Bytes()) || got[i].Size() != want[i].Size() ||
				got[i].ManagedFieldsDropped() != want[i].ManagedFieldsDropped() || got[i].MetadataOnly() != want[i].MetadataOnly() {
				t.Fatalf("item %d is %s, want %s", i, got[i], want[i])
			}
			if options.Sensitive && got[i].IsPacked() {
				t.Error("a sensitive document shares its text")
			}
		}
	}
}

func keepAll(t *testing.T, text []byte, o raw.ReadOptions) (all []raw.Object) {
	t.Helper()
	l := raw.NewListReader(bytes.NewReader(text), o)
	for {
		item, err := l.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, item)
	}
}

// replicas is a list of n pods of each of some applications.
func replicas(t testing.TB, applications, n int) []byte {
	maker, random := newPodMaker(9), rand.New(rand.NewPCG(3, 4))
	var list [][]byte
	for a := range applications {
		pod := parse(t, string(mustMarshal(maker.pod())))
		for i := range n {
			next := pod
			for path, value := range map[string]any{
				"metadata/generateName": fmt.Sprintf("app-%c-", 'a'+a), "metadata/name": fmt.Sprintf("app-%c-%d", 'a'+a, i),
				"metadata/uid": fmt.Sprint(random.Uint64()), "status/podIP": fmt.Sprintf("10.0.0.%d", i),
			} {
				next, _ = next.With(value, strings.Split(path, "/")...)
			}
			list = append(list, next.Bytes())
		}
	}
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return append([]byte(`{"kind":"PodList","items":[`), append(bytes.Join(list, []byte(",")), "]}"...)...)
}

// What the documents of a Packer take is told, and is a fraction of their texts. The
// bases go with the last document that is made of them.
func TestPackerFootprint(t *testing.T) {
	text := replicas(t, 10, 100)
	packer := raw.NewPacker()
	before := memory(true).HeapAlloc
	kept := keepAll(t, text, raw.ReadOptions{Packer: packer})
	took := int(memory(true).HeapAlloc) - int(before)
	told, size := packer.Shared(), 0
	for _, o := range kept {
		told += o.Footprint()
		size += o.Size()
	}
	// What the Packer has for itself is not told: it is the same for any number.
	if took > size/8 || told > took*11/10 || told < took*7/10 {
		t.Errorf("told %d bytes, took %d, for %d of text", told, took, size)
	}
	runtime.KeepAlive(kept)
	kept, packer = nil, raw.NewPacker()
	one := keepAll(t, text, raw.ReadOptions{Packer: packer})[0]
	packer = nil
	left := int(memory(true).HeapAlloc) - int(before)
	if left > 4*one.Size() {
		t.Errorf("one document of %d bytes keeps %d", one.Size(), left)
	}
	runtime.KeepAlive(one)
}

// A base that nobody holds any more is forgotten.
func TestPackerForgets(t *testing.T) {
	packer := raw.NewPacker()
	for range 3 {
		keepAll(t, replicas(t, 100, 2), raw.ReadOptions{Packer: packer})
	}
	for late := time.Now().Add(time.Minute); packer.Shared() != 0; { // the runtime tells of it when it has collected
		if runtime.GC(); time.Now().After(late) {
			t.Fatalf("%d bytes are shared by nobody", packer.Shared())
		}
	}
}

// Documents that are not alike are left alone.
func TestPackerLeavesTheUnlike(t *testing.T) {
	maker, packed := newPodMaker(3), 0
	var list []string
	for range 500 {
		list = append(list, string(mustMarshal(map[string]any{"data": map[string]any{"x": maker.words(40, "w")}})))
	}
	text := `{"items":[` + strings.Join(list, ",") + `]}`
	for _, o := range keepAll(t, []byte(text), raw.ReadOptions{Packer: raw.NewPacker()}) {
		if o.IsPacked() {
			packed++
		}
	}
	if packed > 20 {
		t.Errorf("%d of 500 documents that are not alike are packed", packed)
	}
}

// Reading a packed document does not write to it, nor to what it shares.
func TestPackedIsShared(t *testing.T) {
	kept := keepAll(t, replicas(t, 2, 50), raw.ReadOptions{Packer: raw.NewPacker()})
	want := make([]map[string]any, len(kept))
	for i, o := range kept {
		want[i] = o.Map()
	}
	done := make(chan bool)
	for range 4 {
		go func() {
			ok := true
			for i, o := range kept {
				scribble(o.Map())
				scribble(o.Bytes())
				ok = ok && reflect.DeepEqual(o.Map(), want[i])
			}
			done <- ok
		}()
	}
	for range 4 {
		if !<-done {
			t.Error("a document has changed")
		}
	}
}

// A field of the first two levels is found without allocating, wherever it lies.
func TestPackedGetDoesNotAllocate(t *testing.T) {
	kept := keepAll(t, replicas(t, 1, 3), raw.ReadOptions{Kind: "Pod", Packer: raw.NewPacker()})
	for _, path := range [][]string{{"kind"}, {"metadata", "name"}, {"metadata", "uid"}, {"status", "podIP"}, {"status", "phase"}} {
		if n := testing.AllocsPerRun(100, func() { kept[2].Get(path...).Text() }); n != 0 {
			t.Errorf("Get(%q): %v allocations", path, n)
		}
	}
}

// A part of a packed document is as sensitive as is said of it, whatever is beside it.
func TestPackedPartsHide(t *testing.T) {
	base := parse(t, `{"status":{"auth":null,"z":"TOPSECRET"}}`)
	o := parse(t, `{"status":{"auth":{"password":"HIDDEN"},"z":"TOPSECRET"}}`)
	packed, ok := raw.Packed(base, o)
	if !ok {
		t.Fatal("it is not packed")
	}
	for _, path := range [][]string{{"status", "auth"}, {"status"}, {}} {
		part, err := packed.Get(path...).Object()
		if err != nil {
			t.Fatal(err)
		}
		part = part.Sensitive()
		if text := reachable(reflect.ValueOf(part), map[any]bool{}); strings.Contains(text, "HIDDEN") || strings.Contains(text, "TOPSECRET") {
			t.Errorf("%q is found in what lies at %q", text, path)
		}
		if want, _ := o.Get(path...).Object(); !part.Equal(want) {
			t.Errorf("%q is %s", path, part.Bytes())
		}
	}
}

// Of two documents of one text, one lost its managedFields when it was read, and one
// had none: each goes on telling so.
func TestPackerOfMixedDocuments(t *testing.T) {
	rest := `"name":"a"},"spec":{"x":"` + strings.Repeat("x", 600) + `"}}`
	text := `{"items":[` + strings.Repeat(`{"metadata":{`+rest+`,{"metadata":{"managedFields":[],`+rest+`,`, 3) + `{}]}`
	for i, o := range keepAll(t, []byte(text), raw.ReadOptions{DropManagedFields: true, Packer: raw.NewPacker()}) {
		part, _ := o.Get("spec").Object()
		if dropped := i%2 == 1; i < 6 && (!o.IsPacked() || o.ManagedFieldsDropped() != dropped || part.ManagedFieldsDropped() != dropped) {
			t.Errorf("document %d: packed %v, dropped %v, of its part %v", i, o.IsPacked(), o.ManagedFieldsDropped(), part.ManagedFieldsDropped())
		}
	}
}

// A small document does not keep a large one.
func TestPackedKeepsLittle(t *testing.T) {
	small := `{"metadata":{"name":"s","x":"` + strings.Repeat("s", 600) + `"},"spec":{"x":"` + strings.Repeat("y", 600) + `"}}`
	for size, packed := range map[int]bool{100: true, 1000: true, 3000: false, 20000: false} {
		large := strings.Replace(small, `"name":"s"`, `"name":"`+strings.Repeat("l", size)+`"`, 1)
		kept := keepAll(t, []byte(`{"items":[`+large+`,`+small+`]}`), raw.ReadOptions{Packer: raw.NewPacker()})
		before := kept[1].Footprint()
		if shares := before < len(small); shares != packed {
			t.Errorf("behind one of %d bytes, sharing is %v", len(large), shares)
		}
	}
}
