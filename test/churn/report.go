package churn

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Report is what one seed has brought.
type Report struct {
	Seed       uint64
	Took       time.Duration
	Acks       int // writes that the server has acknowledged
	Unknown    int // and those of which nobody knows
	Events     int // that consumers were told
	OneByOne   int // acknowledged writes that consumers were told of one by one
	InGaps     int // and those that lie in a gap of theirs
	Faults     map[string]int
	Gaps       map[string]int // by consumer
	Errors     int            // events of that type
	Lists      int64
	Streams    int64
	Lives      int64         // of the watcher that is resumed
	Snapshots  int           // that were compared with the state of their version
	Stall      time.Duration // the longest from a write to all having been told, after the faults
	StallOf    string
	Heap       uint64 // bytes at most
	Violations []Violation
}

// alike is how many violations of one promise to one consumer are shown.
const alike = 3

// String is a report in a few lines.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d, %.0f s: %d writes acknowledged, %d unknown; %d events, of acknowledged writes %d one by one, %d in gaps\n",
		r.Seed, r.Took.Seconds(), r.Acks, r.Unknown, r.Events, r.OneByOne, r.InGaps)
	fmt.Fprintf(&b, "  faults: %s\n  gaps: %s\n", counts(r.Faults), counts(r.Gaps))
	fmt.Fprintf(&b, "  %d lists, %d streams, %d lives, %d errors told, %d snapshots compared; longest stall %s of %s, heap %d MB\n",
		r.Lists, r.Streams, r.Lives, r.Errors, r.Snapshots, r.Stall.Round(10*time.Millisecond), r.StallOf, r.Heap>>20)
	fmt.Fprintf(&b, "  %d violations", len(r.Violations))
	seen := map[string]int{}
	for _, v := range r.Violations {
		if seen[v.Consumer+v.Promise]++; seen[v.Consumer+v.Promise] <= alike {
			fmt.Fprintf(&b, "\n%v", v)
		}
	}
	return b.String()
}

func counts(of map[string]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		parts = append(parts, fmt.Sprintf("%s %d", name, of[name]))
	}
	return strings.Join(parts, ", ")
}
