package remote

import "time"

// linger is how long a closed connection waits for the pod to end it from its side,
// when all that was written has been taken.
const linger = 5 * time.Second

// farewell is the wait of a closed connection for what was written to be taken.
type farewell struct {
	ear   *hearing
	tick  *time.Ticker
	taken int
	left  bool      // something is left to be taken
	since time.Time // when one of these changed
}

func newFarewell(ear *hearing) *farewell {
	taken, _ := ear.taken()
	return &farewell{ear: ear, tick: time.NewTicker(time.Second), taken: taken, left: true, since: time.Now()}
}

// all tells whether all has been taken, if the last of it has been sent.
func (f *farewell) all(sent bool) bool {
	_, all := f.ear.taken()
	return sent && all
}

// over tells whether the wait is of no further use.
func (f *farewell) over(sent bool) bool {
	taken, _ := f.ear.taken()
	left := !f.all(sent)
	if taken != f.taken || left != f.left {
		f.taken, f.left, f.since = taken, left, time.Now()
	}
	limit := linger
	if left {
		limit = excused
	}
	return time.Since(f.since) >= limit
}
