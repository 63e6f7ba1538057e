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
	// What the Packer has to compare with is not told: it is the same for any number.
	if took > size/8 || told > took*11/10 || told < took*4/10 {
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
	memory(true)
	if n := packer.Shared(); n > 64*20<<10 {
		t.Errorf("%d bytes are shared by nobody", n)
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
