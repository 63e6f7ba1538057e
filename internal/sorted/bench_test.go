package sorted

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
)

type name struct{ Namespace, Name string }

func compareNames(a, b name) int {
	if c := strings.Compare(a.Namespace, b.Namespace); c != 0 {
		return c
	}
	return strings.Compare(a.Name, b.Name)
}

const benchSize = 10_000

func benchPairs() []Pair[name, *int] {
	pairs := make([]Pair[name, *int], benchSize)
	for i := range pairs {
		key := name{fmt.Sprintf("namespace-%02d", i/500), fmt.Sprintf("deployment-%05d-abcde", i)}
		pairs[i] = Pair[name, *int]{key, new(i)}
	}
	return pairs
}

func shuffled[E any](s []E) []E {
	s = append([]E(nil), s...)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
	return s
}

func samePointer(a, b *int) bool { return a == b }

func insert(pairs []Pair[name, *int]) Map[name, *int] {
	m := New[name, *int](compareNames)
	for _, p := range pairs {
		m = m.Set(p.Key, p.Value)
	}
	return m
}

func BenchmarkGet(b *testing.B) {
	m, keys := Build(compareNames, benchPairs()), shuffled(benchPairs())
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, ok := m.Get(keys[i%len(keys)].Key); !ok {
			b.Fatal("missing")
		}
	}
}

func BenchmarkAt(b *testing.B) {
	m := Build(compareNames, benchPairs())
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m.At(i * 7919 % benchSize)
	}
}

func BenchmarkSet(b *testing.B) {
	m, keys := Build(compareNames, benchPairs()), shuffled(benchPairs())
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m.Set(keys[i%len(keys)].Key, nil)
	}
}

func BenchmarkDeleteAndSet(b *testing.B) {
	m, keys := insert(shuffled(benchPairs())), shuffled(benchPairs())
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p := keys[i%len(keys)]
		m = m.Delete(p.Key).Set(p.Key, p.Value)
	}
}

func BenchmarkBuild(b *testing.B) {
	for _, order := range []struct {
		name  string
		pairs []Pair[name, *int]
	}{{"sorted", benchPairs()}, {"shuffled", shuffled(benchPairs())}} {
		b.Run(order.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Build(compareNames, order.pairs)
			}
		})
	}
}

func BenchmarkAll(b *testing.B) {
	m := Build(compareNames, benchPairs())
	b.ReportAllocs()
	for b.Loop() {
		for range m.All() {
		}
	}
}

func BenchmarkDiff(b *testing.B) {
	m, keys := Build(compareNames, benchPairs()), shuffled(benchPairs())
	for _, changes := range []int{1, 100, benchSize} {
		b.Run(fmt.Sprint(changes), func(b *testing.B) {
			now := m
			for _, p := range keys[:changes] {
				now = now.Set(p.Key, nil)
			}
			b.ReportAllocs()
			for b.Loop() {
				for range Diff(m, now, samePointer) {
				}
			}
		})
	}
}

// The bytes of a map for each pair, without what the keys and values point at.
// The pair itself is 40 bytes.
func BenchmarkHeld(b *testing.B) {
	pairs, random := benchPairs(), shuffled(benchPairs())
	for _, way := range []struct {
		name string
		make func() Map[name, *int]
	}{
		{"built", func() Map[name, *int] { return Build(compareNames, pairs) }},
		{"inserted in order", func() Map[name, *int] { return insert(pairs) }},
		{"inserted at random", func() Map[name, *int] { return insert(random) }},
	} {
		b.Run(way.name, func(b *testing.B) {
			var maps []Map[name, *int]
			before := heap()
			for b.Loop() {
				maps = append(maps, way.make())
			}
			b.ReportMetric(float64(heap()-before)/float64(len(maps)*benchSize), "B/pair")
			runtime.KeepAlive(maps)
		})
	}
	runtime.KeepAlive(pairs)
	runtime.KeepAlive(random)
}

func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
