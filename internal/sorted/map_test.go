package sorted

import (
	"cmp"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"weak"
)

func numbers(n int) Map[int, int] {
	pairs := make([]Pair[int, int], n)
	for i := range pairs {
		pairs[i] = Pair[int, int]{i, i}
	}
	return Build(cmp.Compare[int], pairs)
}

func TestZeroMap(t *testing.T) {
	var zero testMap
	empty := New[key, int](compareKeys)
	for _, m := range []testMap{zero, empty, Build[key, int](compareKeys, nil), empty.Set(key{1, 1}, 1).Delete(key{1, 2})} {
		checkContent(t, m, nil)
		checkReading(t, m, nil, 2)
		if !m.Same(zero) || !m.Delete(key{1, 1}).Same(m) {
			t.Error("empty maps are not the same")
		}
		one := empty.Set(key{1, 1}, 1)
		if got := diff(m, one); len(got) != 1 || got[0] != (change{key{1, 1}, 0, 1, false, true}) {
			t.Errorf("to one pair: %v", got)
		}
		if got := diff(one, m); len(got) != 1 || got[0] != (change{key{1, 1}, 1, 0, true, false}) {
			t.Errorf("from one pair: %v", got)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("Set of the zero Map does not panic")
		}
	}()
	zero.Set(key{}, 0)
}

func TestSame(t *testing.T) {
	m := numbers(1000)
	if !m.Same(m) || !m.Delete(1000).Same(m) || !m.Delete(-1).Same(m) {
		t.Error("not the same without a change")
	}
	if m.Same(m.Set(1, 1)) || m.Same(numbers(1000)) || m.Same(m.Delete(1)) {
		t.Error("the same after a change")
	}
}

func TestAtPanics(t *testing.T) {
	for _, i := range []int{-1, 100, 101} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("At(%d) of 100 does not panic", i)
				}
			}()
			numbers(100).At(i)
		}()
	}
}

func TestSequences(t *testing.T) {
	m := numbers(2000)
	for name, seq := range map[string]func(func(int, int) bool){"All": m.All(), "From": m.From(0)} {
		for _, stop := range []int{0, 1, most - 1, most, 1024, 1999, 2000} { // the second time around is the second range
			n := 0
			for k := range seq {
				if n == stop {
					break
				}
				if k != n {
					t.Fatalf("%s yields %d, want %d", name, k, n)
				}
				n++
			}
			if n != stop {
				t.Errorf("%s yields %d, want %d", name, n, stop)
			}
		}
	}
	n, sub := 0, numbers(100)
	for i := range sub.All() {
		for j := range sub.From(i) {
			n += j - i
		}
	}
	if n != 166650 {
		t.Errorf("nested, the sum is %d", n)
	}
}

func TestReadingTakesNoMemory(t *testing.T) {
	m := Build(compareNames, benchPairs())
	k, _ := m.At(777)
	for name, read := range map[string]func(){
		"Get":  func() { m.Get(k) },
		"At":   func() { m.At(4321) },
		"Rank": func() { m.Rank(k) },
		"All": func() {
			for range m.All() {
				break
			}
		},
	} {
		if n := testing.AllocsPerRun(100, read); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

// What is gone from the map must not be kept alive by it: keys are parts of the
// texts of whole objects.
func TestHoldsNothingThatIsGone(t *testing.T) {
	type part struct {
		id   int
		text *[64]byte
	}
	for _, descending := range []bool{true, false} { // one leaves right halves as they were split, the other left ones
		m := New[part, *[64]byte](func(a, b part) int { return cmp.Compare(a.id, b.id) })
		var gone []weak.Pointer[[64]byte]
		note := func(text *[64]byte) *[64]byte {
			gone = append(gone, weak.Make(text))
			return text
		}
		const n = 3000
		for i := range n {
			if descending {
				i = n - 1 - i
			}
			if i/50%2 == 0 {
				m = m.Set(part{i, note(new([64]byte))}, note(new([64]byte)))
			} else {
				m = m.Set(part{i, new([64]byte)}, new([64]byte))
			}
		}
		for i := range n {
			switch i / 50 % 4 {
			case 0:
				m = m.Set(part{i, new([64]byte)}, new([64]byte))
			case 2:
				m = m.Delete(part{id: i})
			}
		}
		runtime.GC()
		held := 0
		for _, p := range gone {
			if p.Value() != nil {
				held++
			}
		}
		if held > 0 {
			t.Errorf("%d of %d are held", held, len(gone))
		}
		runtime.KeepAlive(m)
	}
}

// The writer moves amounts about, so that the sum of a revision stays the same.
func TestReadersOfOldRevisions(t *testing.T) {
	var published atomic.Pointer[Map[int, int]]
	var done atomic.Bool
	first := numbers(3000)
	published.Store(&first)
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			old := first
			for !done.Load() {
				now := *published.Load()
				if sum(now) != sum(first) || sum(old) != sum(first) || moved(old, now) != 0 {
					t.Error("a revision changed while it was read")
					return
				}
				old = now
			}
		})
	}
	m := first
	for i := range 3000 {
		k, amount := m.At(i * 7919 % m.Len())
		m = m.Delete(k)
		other, has := m.At(i * 104729 % m.Len())
		m = m.Set(other, has+amount)
		if i%2 == 0 {
			m = m.Set(k, 0)
		}
		published.Store(new(m))
	}
	done.Store(true)
	readers.Wait()
}

func sum(m Map[int, int]) int {
	total := 0
	for _, v := range m.All() {
		total += v
	}
	return total
}

func moved(old, now Map[int, int]) int {
	total := 0
	for c := range Diff(old, now, sameInt) {
		total += c.New - c.Old
	}
	return total
}
