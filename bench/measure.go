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
func measure(ctx context.Context, run side) (cost, error) {
	before := settled()
	cpu, start := cpuTime(), time.Now()
	kept, err := run(ctx)
	c := cost{CPU: cpuTime() - cpu, Wall: time.Since(start)}
	if err != nil {
		return cost{}, err
	}
	var after runtime.MemStats
	runtime.ReadMemStats(&after)
	c.Allocs, c.Bytes = after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc
	c.Kept = int64(settled().HeapAlloc) - int64(before.HeapAlloc)
	if end, ok := kept.(interface{ stop() }); ok {
		end.stop()
	}
	runtime.KeepAlive(kept)
	return c, nil
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

// alternate measures two sides in turns, after one round that does not count.
func alternate(ctx context.Context, rounds int, ours, theirs side) (pair, error) {
	var p pair
	for round := range rounds + 1 {
		for _, s := range []struct {
			run  side
			into *[]cost
			who  string
		}{{ours, &p.Ours, "ours"}, {theirs, &p.Theirs, "theirs"}} {
			var c cost
			var err error
			pprof.Do(ctx, pprof.Labels("side", s.who), func(ctx context.Context) { c, err = measure(ctx, s.run) })
			if err != nil {
				return pair{}, fmt.Errorf("%s: %w", s.who, err)
			}
			if round > 0 {
				*s.into = append(*s.into, c)
			}
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
func (p pair) ratio(of func(cost) float64) (mid, low, high float64) {
	var all []float64
	for i := range p.Ours {
		all = append(all, of(p.Theirs[i])/max(of(p.Ours[i]), 1e-9))
	}
	return median(p.Theirs, of) / max(median(p.Ours, of), 1e-9), slices.Min(all), slices.Max(all)
}
