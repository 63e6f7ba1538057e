package sorted

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

// sifting marks values with their bits, and counts how often.
type sifting struct{ marked atomic.Int64 }

func (s *sifting) mark(v int) [2]uint64 {
	s.marked.Add(1)
	return [2]uint64{1 << (v % 64), 1 << (v / 64 % 64)}
}

// pairs sifts for the values whose lower bits are v's.
func (s *sifting) pairs(m testMap, v int) model {
	return collect(m.Sift(s.mark, func(mark [2]uint64) bool { return mark[0] == 1<<v }))
}

func (s *sifting) count() int64 { return s.marked.Swap(0) }

// wanted tells whether got has all pairs that pass, is a part of all, and is in order.
func wanted(all, got model, v int) bool {
	i := 0
	for _, p := range all {
		if i < len(got) && got[i] == p {
			i++
		} else if p.Value%64 == v {
			return false
		}
	}
	return i == len(got)
}

func TestSiftModel(t *testing.T) {
	for seed, ids := range []int{20, 300, 2000} {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(uint64(seed), 2))
			var s sifting
			all := revisions(operations(random, 2000, ids))
			for range 200 {
				m, v := all[random.IntN(len(all))], random.IntN(64)
				if got := s.pairs(m, v); !wanted(collect(m.All()), got, v) {
					t.Fatalf("of %d pairs: %v", m.Len(), got)
				}
				s.pairs(m, v)
				want := slices.DeleteFunc(collect(m.All()), func(p pair) bool { return p.Value%64 != v })
				if got := s.pairs(m, v); !slices.Equal(got, want) {
					t.Fatalf("the third time, of %d pairs: %v, want %v", m.Len(), got, want)
				}
			}
		})
	}
}

// The first search makes no marks, the second makes them all, and after that only
// those that are on the way to a change are made.
func TestSiftRemembers(t *testing.T) {
	pairs := make([]pair, 20_000)
	for i := range pairs {
		pairs[i] = pair{key{id: 2 * i}, i}
	}
	var s sifting
	m := Build(compareKeys, pairs)
	for i, want := range []int{0, len(pairs), 0, 0} {
		if s.pairs(m, 7); s.count() != int64(want) {
			t.Fatalf("search %d did not make %d marks", i, want)
		}
	}
	for what, change := range map[string]func(testMap, int) testMap{
		"set":    func(m testMap, id int) testMap { return m.Set(key{id: id}, 7) },
		"insert": func(m testMap, id int) testMap { return m.Set(key{id: id + 1}, 7) },
		"delete": func(m testMap, id int) testMap { return m.Delete(key{id: id}) },
	} {
		now := m
		for i := range 100 {
			now = change(now, 2*(i*7919%len(pairs)))
			s.pairs(now, 7)
			first := s.count()
			s.pairs(now, 7)
			if second := s.count(); first != 0 || second < least || second > 2*most {
				t.Fatalf("%s: %d and %d marks", what, first, second)
			}
		}
		if s.pairs(m, 7); s.count() != 0 {
			t.Errorf("%s: the map before has lost its marks", what)
		}
	}
}

func TestSiftTakesMemoryTheSecondTimeOnly(t *testing.T) {
	const leaves, runs = 4, 10
	var s sifting
	pairs := make([]pair, leaves*most)
	for i := range pairs {
		pairs[i].Key.id = i
	}
	var maps [runs + 1]testMap
	for i := range maps {
		maps[i] = Build(compareKeys, pairs)
	}
	var took [3]float64
	for times := range took {
		next := 0
		took[times] = testing.AllocsPerRun(runs, func() {
			for range maps[next].Sift(s.mark, func([2]uint64) bool { return false }) {
			}
			next++
		})
	}
	if took[1] != took[0]+leaves || took[2] != took[0] {
		t.Errorf("%v allocations, want %d more the second time", took, leaves)
	}
}

func TestSiftLeftEarly(t *testing.T) {
	var s sifting
	m := New[key, int](compareKeys)
	for i := range 1000 {
		m = m.Set(key{id: i}, 5)
	}
	all := m.Sift(s.mark, func([2]uint64) bool { return true })
	for stop := range 1001 { // the first leaves are marked before the last ones
		n := 0
		for k := range all {
			if k.id != n {
				t.Fatalf("%d is at %d", k.id, n)
			}
			if n++; n > stop {
				break
			}
		}
		if n != min(stop+1, 1000) {
			t.Fatalf("left after %d: %d", stop, n)
		}
	}
	for range (testMap{}).Sift(s.mark, nil) {
		t.Error("the zero map has pairs")
	}
}

// Readers sift what a writer changes, and each other's maps.
func TestSiftAtTheSameTime(t *testing.T) {
	m := New[key, int](compareKeys)
	for i := range 3000 {
		m = m.Set(key{id: i}, i)
	}
	var published atomic.Pointer[testMap]
	published.Store(&m)
	var done atomic.Bool
	var s sifting
	var readers sync.WaitGroup
	for v := range 4 {
		readers.Go(func() {
			for !done.Load() {
				m := *published.Load()
				if got := s.pairs(m, v); !wanted(collect(m.All()), got, v) {
					t.Errorf("sifted %v", got)
					return
				}
			}
		})
	}
	for i := range 1000 {
		next := (*published.Load()).Set(key{id: i * 7919 % 3000}, i%64)
		published.Store(&next)
	}
	done.Store(true)
	readers.Wait()
}
