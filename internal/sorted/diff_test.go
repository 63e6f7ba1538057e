package sorted

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

type change = Change[key, int]

func diff(old, now testMap) []change {
	return slices.Collect(Diff(old, now, sameInt))
}

func naiveDiff(old, now testMap) []change {
	changes := map[int]change{}
	for k, v := range old.All() {
		changes[k.id] = change{Key: k, Old: v, WasThere: true}
	}
	for k, v := range now.All() {
		c := changes[k.id]
		c.Key, c.New, c.IsThere = k, v, true
		if changes[k.id] = c; c.WasThere && c.Old == v {
			delete(changes, k.id)
		}
	}
	all := []change{}
	for _, c := range changes {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b change) int { return compareKeys(a.Key, b.Key) })
	return all
}

func checkDiff(t *testing.T, old, now testMap) {
	t.Helper()
	if got, want := diff(old, now), naiveDiff(old, now); !slices.Equal(got, want) {
		t.Errorf("of %d and %d pairs: %d changes, want %d", old.Len(), now.Len(), len(got), len(want))
	}
}

func TestDiff(t *testing.T) {
	for seed, ids := range []int{20, 100, 400, 3000} {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(uint64(seed), 1))
			all, others := revisions(operations(random, 2000, ids)), revisions(operations(random, 2000, ids))
			for range 100 {
				i, j := random.IntN(len(all)), random.IntN(len(all))
				near := min(i+random.IntN(10), len(all)-1)
				checkDiff(t, all[i], all[near])
				checkDiff(t, all[near], all[i])
				checkDiff(t, all[i], all[j])
				checkDiff(t, all[i], others[j])
				checkDiff(t, all[i], Build(compareKeys, collect(all[i].All())))
			}
		})
	}
}

func TestDiffRangedTwiceAndLeftEarly(t *testing.T) {
	old := numbers(1000)
	now := old.Delete(1).Set(2, 0).Set(500, 0).Set(1000, 0)
	changes := Diff(old, now, sameInt)
	for stop := range 5 {
		var keys []int
		for c := range changes {
			if len(keys) == stop {
				break
			}
			keys = append(keys, c.Key)
		}
		if !slices.Equal(keys, []int{1, 2, 500, 1000}[:stop]) {
			t.Errorf("left after %d: %v", stop, keys)
		}
	}
}

// Of a large map, a diff may look at what is on the way to the change only.
func TestDiffSkipsWhatIsShared(t *testing.T) {
	looks := 0
	build := func(n int) Map[int, int] {
		pairs := make([]Pair[int, int], n)
		for i := range pairs {
			pairs[i] = Pair[int, int]{2 * i, i}
		}
		return Build(func(a, b int) int { looks++; return cmp.Compare(a, b) }, pairs)
	}
	full, thinned := build(most*most*most), build(100_000) // a new key splits each node on the way, the root too
	for i := range thinned.Len() {
		if i%4 > 0 {
			thinned = thinned.Delete(2 * i)
		}
	}
	for name, old := range map[string]Map[int, int]{"large": build(100_000), "full": full, "thinned": thinned} {
		for i := range 1000 {
			k, _ := old.At(i * 7919 % old.Len())
			for change, now := range map[string]Map[int, int]{"another value": old.Set(k, -1), "a new key": old.Set(k+1, 0), "no key": old.Delete(k)} {
				looks = 0
				there := len(slices.Collect(Diff(old, now, func(a, b int) bool { looks++; return a == b })))
				back := len(slices.Collect(Diff(now, old, func(a, b int) bool { looks++; return a == b })))
				// Two neighbours may have been joined on each of the levels.
				if there != 1 || back != 1 || looks > 5*most {
					t.Fatalf("%s, %s at %d: %d and %d changes found with %d looks", name, change, k, there, back, looks)
				}
			}
		}
	}
}
