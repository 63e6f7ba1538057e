package demo

import (
	"fmt"
	"testing"
)

func TestWorldStaysConsistent(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			t.Parallel()
			w, step := still(t, seed, 0)
			first := takeCensus(t, w)
			first.check()
			for n := range 3000 {
				if err := step(); err != nil {
					t.Fatalf("step %d: %v", n, err)
				}
				if n%150 == 0 {
					takeCensus(t, w).check()
				}
				if t.Failed() {
					t.Fatalf("at step %d", n)
				}
			}
			if last := takeCensus(t, w); last.size() > first.size()+keptNotes+120 {
				t.Errorf("from %d objects to %d", first.size(), last.size())
			}
		})
	}
}
