package watch

import (
	"context"
	"slices"
	"testing"
)

// The position does not go back when one that was served later comes by first.
func TestWatcherPositionOfManyReaders(t *testing.T) {
	w := &Watcher[int]{position: "5"}
	for _, test := range []struct {
		number       int64
		resume, want string
	}{{2, "7", "7"}, {1, "6", "7"}, {3, "", "7"}, {4, "3", "3"}, {3, "9", "3"}} {
		w.moved(numbered[int]{Told[int]{Resume: test.resume}, test.number})
		if w.Version() != test.want {
			t.Errorf("%v: got %s", test, w.Version())
		}
	}
}

// What follows at once is handed over at once, in order, but for no more than there is
// room for.
func TestWatcherHoldsWhatHasMoreBehindIt(t *testing.T) {
	w := &Watcher[int]{out: make(chan numbered[int], 3*buffered)}
	var got []int64
	for _, test := range []struct{ told, handed int }{{1, 0}, {2, 0}, {-1, 4}, {-2, 2}, {buffered + 1, buffered}, {-buffered, buffered + 1}} {
		b := Batch[int]{More: test.told > 0, Told: make([]Told[int], max(test.told, -test.told))}
		w.tell(t.Context(), b)
		n := len(w.out)
		for range n {
			got = append(got, (<-w.out).number)
		}
		if n != test.handed {
			t.Errorf("%d told: %d were handed over, want %d", test.told, n, test.handed)
		}
	}
	if !slices.IsSorted(got) || len(slices.Compact(got)) != 6+2*buffered+1 {
		t.Errorf("handed over: %v", got)
	}
}

func TestWatcherLetsGoWhenItEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	w := &Watcher[int]{out: make(chan numbered[int])}
	cancel()
	w.tell(ctx, Batch[int]{Told: make([]Told[int], 3*buffered)})
	if len(w.held) > 0 {
		t.Errorf("%d are held", len(w.held))
	}
}

// What a watcher still hands over when its context is done has no hole: whoever resumes
// behind the last of it would never be told of what is missing.
func TestWatcherThatIsCancelledLeavesNoHole(t *testing.T) {
	for range 20 { // select chooses at random
		ctx, cancel := context.WithCancel(t.Context())
		w := &Watcher[int]{out: make(chan numbered[int], 1)}
		w.tell(ctx, Batch[int]{Told: make([]Told[int], 1)}) // there is no more room
		told := make(chan bool)
		go func() {
			defer close(told)
			w.tell(ctx, Batch[int]{Told: make([]Told[int], 3*buffered)})
		}()
		cancel()
		var got []int64
		for open := true; open; {
			select {
			case o := <-w.out:
				got = append(got, o.number)
			case <-told:
				open = false
			}
		}
		for i, number := range got {
			if number != int64(i+1) {
				t.Fatalf("handed over: %v", got)
			}
		}
	}
}
