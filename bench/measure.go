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
func measure(ctx context.Context, run side) (c cost, found any, err error) {
	before := settled()
	cpu, start := cpuTime(), time.Now()
	kept, err := run(ctx)
	c = cost{CPU: cpuTime() - cpu, Wall: time.Since(start)}
	if err != nil {
		return cost{}, nil, err
	}
	var after runtime.MemStats
	runtime.ReadMemStats(&after)
	c.Allocs, c.Bytes = after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc
	c.Kept = int64(settled().HeapAlloc) - int64(before.HeapAlloc)
	if end, ok := kept.(interface{ stop() }); ok {
		end.stop()
	}
	found = foundIn(kept)
	runtime.KeepAlive(kept)
	return c, found, nil
}

// foundIn is what a side has found, to be compared, or nil.
func foundIn(kept any) any {
	switch kept := kept.(type) {
	case int:
		return kept
	case interface{ sum() int }:
		return kept.sum()
	}
	return nil
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
// are to find the same, if they say what they find.
func alternate(ctx context.Context, rounds int, ours, theirs side) (pair, error) {
	var p pair
	var found [2]any
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
		if found[0] != nil && found[1] != nil && found[0] != found[1] {
			return pair{}, fmt.Errorf("ours finds %v, theirs %v", found[0], found[1])
		}
	}
	return p, nil
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
