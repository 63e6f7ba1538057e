package demo

import (
	"sync/atomic"
	"testing"
	"time"
)

// clock is a time that tests move.
type clock struct{ seconds atomic.Int64 }

func (c *clock) now() time.Time {
	return time.Date(2030, 5, 14, 9, 0, 0, 0, time.UTC).Add(time.Duration(c.seconds.Load()) * time.Second)
}

// still is a world in which nothing happens but by Step, a second each.
func still(t *testing.T, seed uint64, pods int) (*World, func() error) {
	t.Helper()
	c := &clock{}
	w, err := Start(t.Context(), Options{Seed: seed, Pods: pods, ChangesPerSecond: -1, Clock: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w, func() error {
		c.seconds.Add(1)
		return w.Step()
	}
}
