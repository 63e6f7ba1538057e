package watch

import "testing"

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
