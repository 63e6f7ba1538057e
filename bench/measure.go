package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/pprof"
	"slices"
	"syscall"
	"time"
)

// side is one of the two that are compared. It returns what it keeps, which is
// let go of after it was weighed.
type side func(ctx context.Context) (kept any, err error)

// cost is what a side took.
type cost struct {
	CPU    time.Duration `json:"cpu"` // user and system, of this process
	Wall   time.Duration `json:"wall"`
	Allocs uint64        `json:"allocs"`
	Bytes  uint64        `json:"bytes"` // that were allocated
	Kept   int64         `json:"kept"`  // heap, after two collections
}

// measure runs a side once.
func measure(ctx context.Context, run side) (c cost, found int, err error) {
	before := settled()
	cpu, start := cpuTime(), time.Now()
	kept, err := run(ctx)
	c = cost{CPU: cpuTime() - cpu, Wall: time.Since(start)}
	if err != nil {
		return cost{}, 0, err
	}
	var after runtime.MemStats
	runtime.ReadMemStats(&after)
	c.Allocs, c.Bytes = after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc
	c.Kept = int64(settled().HeapAlloc) - int64(before.HeapAlloc)
	if end, ok := kept.(interface{ stop() }); ok {
		end.stop()
	}
	found, err = foundIn(kept)
	runtime.KeepAlive(kept)
	return c, found, err
}

// counted is what a side keeps, as what counts what is found in it: after it was
// weighed, so that counting costs nothing.
type counted func() int

func (c counted) sum() int { return c() }

// discarded is how much the floor has read. It makes nothing of it, so that there is
// nothing to compare.
type discarded int64

const incomparable = -1

// foundIn is what a side has found, to be compared: how many items, or the sum of what
// was read of them. To find nothing is to read nothing.
func foundIn(kept any) (n int, err error) {
	switch kept := kept.(type) {
	case discarded:
		return incomparable, nil
	case int:
		n = kept
	case interface{ sum() int }:
		n = kept.sum()
	default:
		return 0, fmt.Errorf("%T does not say what was found", kept)
	}
	if n <= 0 {
		return 0, fmt.Errorf("%d was found", n)
	}
	return n, nil
}

// settled is the memory after what is not needed has been collected.
func settled() (m runtime.MemStats) {
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m
}

// cpuTime is what the process has used of processors.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// alternate measures two sides in turns, after one round that does not count. They
// are to find the same in each round, but for the floor.
func alternate(ctx context.Context, rounds int, ours, theirs side) (pair, error) {
	var p pair
	var found [2]int
	sides := []struct {
		run  side
		into *[]cost
		who  string
	}{{ours, &p.Ours, "ours"}, {theirs, &p.Theirs, "theirs"}}
	for round := range rounds + 1 {
		for i, s := range sides {
			var c cost
			var err error
			pprof.Do(ctx, pprof.Labels("side", s.who), func(ctx context.Context) { c, found[i], err = measure(ctx, s.run) })
			if err != nil {
				return pair{}, fmt.Errorf("%s: %w", s.who, err)
			}
			if round > 0 {
				*s.into = append(*s.into, c)
			}
		}
		if err := same(found[0], found[1]); err != nil {
			return pair{}, err
		}
	}
	return p, nil
}

// same is the error of two sides that do not do the same work.
func same(ours, theirs int) error {
	if ours != theirs && theirs != incomparable {
		return fmt.Errorf("ours finds %d, theirs %d", ours, theirs)
	}
	return nil
}

// pair is all that was measured of one comparison.
type pair struct {
	Ours   []cost `json:"ours"`
	Theirs []cost `json:"theirs"`
}

// median is the one in the middle of what is counted.
func median[N int64 | uint64 | float64](all []cost, of func(cost) N) N {
	values := make([]N, len(all))
	for i, c := range all {
		values[i] = of(c)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// ratio says how many times cheaper ours is, and the range over the rounds.
func (p pair) ratio(m metric) (mid, low, high float64) {
	times := func(theirs, ours float64) float64 { return max(theirs, m.least) / max(ours, m.least) }
	var all []float64
	for i := range p.Ours {
		all = append(all, times(m.of(p.Theirs[i]), m.of(p.Ours[i])))
	}
	return times(median(p.Theirs, m.of), median(p.Ours, m.of)), slices.Min(all), slices.Max(all)
}
