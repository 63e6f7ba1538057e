package items

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// longestCommon is how long a common subsequence of two lists is at most, found by
// trying all.
func longestCommon(x, y []int) int {
	if len(x) == 0 || len(y) == 0 {
		return 0
	}
	if x[0] == y[0] {
		return 1 + longestCommon(x[1:], y[1:])
	}
	return max(longestCommon(x[1:], y), longestCommon(x, y[1:]))
}

func randomInts(r *rand.Rand, most, of int) []int {
	list := make([]int, r.IntN(most+1))
	for i := range list {
		list[i] = r.IntN(of)
	}
	return list
}

func checkAscent(t *testing.T, pairs []step, olds, news int) {
	t.Helper()
	last := step{-1, -1}
	for _, p := range append(slices.Clone(pairs), step{olds, news}) {
		if p.old <= last.old || p.new <= last.new {
			t.Fatalf("%v do not ascend within %d and %d", pairs, olds, news)
		}
		last = p
	}
}

func TestCommonIn(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		x, y := randomInts(r, 9, 4), randomInts(r, 9, 4)
		pairs := commonIn(x, y)
		checkAscent(t, pairs, len(x), len(y))
		for _, p := range pairs {
			if x[p.old] != y[p.new] {
				t.Fatalf("%v of %v and %v", pairs, x, y)
			}
		}
		if want := longestCommon(x, y); len(pairs) != want {
			t.Fatalf("%v of %v and %v, not %d", pairs, x, y, want)
		}
	}
}

// mostAlike is the largest sum of likenesses, found by trying all.
func mostAlike(x, y []element) int32 {
	if len(x) == 0 || len(y) == 0 {
		return 0
	}
	best := max(mostAlike(x[1:], y), mostAlike(x, y[1:]))
	if like := likeness(x[0], y[0]); like > 0 {
		best = max(best, like+mostAlike(x[1:], y[1:]))
	}
	return best
}

func TestSimilarIn(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	list := func() []element {
		all := make([]element, r.IntN(6))
		for i := range all {
			for name := range r.IntN(5) {
				all[i].shape = append(all[i].shape, trait{name, r.IntN(2)})
			}
		}
		return all
	}
	for range 1000 {
		x, y := list(), list()
		pairs := similarIn(x, y)
		checkAscent(t, pairs, len(x), len(y))
		sum := int32(0)
		for _, p := range pairs {
			sum += likeness(x[p.old], y[p.new])
		}
		if want := mostAlike(x, y); sum != want {
			t.Fatalf("%v of %v and %v have %d, not %d", pairs, x, y, sum, want)
		}
	}
}

// What was told of two items is told again of them, word for word: nothing is left to
// chance, nor to the process.
func TestDiffTellsTheSameAgain(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	text := func() string {
		var parts []string
		for range 40 {
			parts = append(parts, fmt.Sprintf(`{"a":%d,"b":%d,"c":%d}`, r.IntN(3), r.IntN(3), r.IntN(9)))
		}
		return `{"list":[` + strings.Join(parts, ",") + `],"text":"` + strings.ReplaceAll(fmt.Sprint(randomInts(r, 60, 5)), " ", `\n`) + `"}`
	}
	for range 20 {
		old, new := generic(t, text()), generic(t, text())
		first := Diff(old, new).String()
		for range 5 {
			if again := Diff(old, new).String(); again != first {
				t.Fatalf("%s\nand then\n%s", first, again)
			}
		}
	}
}

// Lists of which nothing is the same, in the sizes at which most is compared.
func BenchmarkDiffOfUnlikeLists(b *testing.B) {
	list := func(n, from int) []element {
		all := make([]element, n)
		for i := range all {
			all[i].class = from + i
			for name := range maxShown {
				all[i].shape = append(all[i].shape, trait{name, from + (i+name)%7})
			}
		}
		return all
	}
	b.Run("similar", func(b *testing.B) {
		x, y := list(1024, 0), list(1024, 3)
		for b.Loop() {
			similarIn(x, y)
		}
	})
	b.Run("common", func(b *testing.B) {
		x, y := classesOf(list(maxAligned, 0)), classesOf(list(maxAligned, 2*maxAligned))
		for b.Loop() {
			commonIn(x, y)
		}
	})
}
