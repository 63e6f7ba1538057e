package raw_test

import (
	"bytes"
	"encoding/json"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/kubeviews/kube/raw"
)

// onePod is a pod of 10 KB, of which managedFields are 43 %.
func onePod() []byte { return mustMarshal(newPodMaker(1).pod()) }

func BenchmarkParse(b *testing.B) {
	text := onePod()
	b.Run("raw", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := raw.Parse(text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			var m map[string]any
			if err := json.Unmarshal(text, &m); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("copy", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			sink = bytes.Clone(text)
		}
	})
}

var sink any

// BenchmarkList splits a List of many pods and keeps them all. The floor below
// every way is to read the text and copy it; the way above it is to decode.
func BenchmarkList(b *testing.B) {
	ways := []struct {
		name string
		read func(io.Reader) (kept any, items int)
	}{
		{"whole", func(r io.Reader) (any, int) { return keep(b, r, raw.ReadOptions{Kind: "Pod", APIVersion: "v1"}) }},
		{"no-managed-fields", func(r io.Reader) (any, int) {
			return keep(b, r, raw.ReadOptions{Kind: "Pod", APIVersion: "v1", DropManagedFields: true})
		}},
		{"nothing-kept", func(r io.Reader) (any, int) { return nil, pass(b, r) }},
		{"encoding-json", decodeList(b)},
		{"copy", copyList},
	}
	for _, way := range ways {
		b.Run(way.name, func(b *testing.B) {
			text := largeList()
			b.SetBytes(int64(len(text)))
			before := memory(true)
			var kept any
			items := 0
			for b.Loop() {
				kept, items = way.read(bytes.NewReader(text))
			}
			allocs := float64(memory(false).Mallocs-before.Mallocs) / float64(b.N*items)
			b.ReportMetric(allocs, "allocs/item")
			b.ReportMetric(float64(int64(memory(true).HeapAlloc)-int64(before.HeapAlloc))/float64(items), "kept-B/item")
			runtime.KeepAlive(kept)
		})
	}
}

func memory(collect bool) (m runtime.MemStats) {
	if collect {
		runtime.GC()
		runtime.GC() // the second empties what pools kept over the first
	}
	runtime.ReadMemStats(&m)
	return m
}

func keep(b *testing.B, r io.Reader, o raw.ReadOptions) (any, int) {
	var items []raw.Object
	l := raw.NewListReader(r, o)
	for {
		item, err := l.Next()
		if err == io.EOF {
			return items, len(items)
		}
		if err != nil {
			b.Fatal(err)
		}
		items = append(items, item)
	}
}

func pass(b *testing.B, r io.Reader) (n int) {
	l := raw.NewListReader(r, raw.ReadOptions{})
	for {
		_, err := l.Next()
		if err == io.EOF {
			return n
		}
		if err != nil {
			b.Fatal(err)
		}
		n++
	}
}

func decodeList(b *testing.B) func(io.Reader) (any, int) {
	return func(r io.Reader) (any, int) {
		text, err := io.ReadAll(r)
		if err != nil {
			b.Fatal(err)
		}
		var list struct{ Items []map[string]any }
		if err := json.Unmarshal(text, &list); err != nil {
			b.Fatal(err)
		}
		return list.Items, len(list.Items)
	}
}

// copyList is the least that keeping a List can cost.
func copyList(r io.Reader) (any, int) {
	const n, window = 5000, 256 << 10
	var kept []string
	buf := make([]byte, window)
	for {
		got, err := r.Read(buf)
		if err != nil {
			return kept, n
		}
		kept = append(kept, string(buf[:got]))
	}
}

func BenchmarkGet(b *testing.B) {
	o, err := raw.Parse(onePod())
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range [][]string{
		{"status", "phase"},
		{"metadata", "labels", "app"},
		{"status", "containerStatuses", "0", "restartCount"},
	} {
		b.Run(strings.Join(path, "."), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				value = o.Get(path...)
			}
		})
	}
}

var value raw.Value

func BenchmarkMap(b *testing.B) {
	text := onePod()
	o, err := raw.Parse(text)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("raw", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			sink = o.Map()
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			var m map[string]any
			if err := json.Unmarshal(text, &m); err != nil {
				b.Fatal(err)
			}
			sink = m
		}
	})
}

func BenchmarkWith(b *testing.B) {
	o, err := raw.Parse(onePod())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := o.With("yes", "metadata", "labels", "audited"); err != nil {
			b.Fatal(err)
		}
	}
}
