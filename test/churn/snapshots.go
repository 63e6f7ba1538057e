package churn

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"

	"github.com/kubeviews/kube/views"
)

// keeper looks at each snapshot that it can catch, and keeps some to the end.
type keeper struct {
	mu   sync.Mutex
	seen int
	kept []keptSnapshot
	bad  []Violation
}

type keptSnapshot struct {
	views.Snapshot[ConfigMap]
	digest uint64
}

// A keeper keeps every so manieth snapshot, at most so many.
const (
	keepEvery = 40
	keepMost  = 60
)

func (k *keeper) run(ctx context.Context, m *views.Mirror[ConfigMap]) {
	last := m.Snapshot()
	for {
		next, err := m.Wait(ctx, func(s views.Snapshot[ConfigMap]) bool { return s.Version() != last.Version() })
		if err != nil {
			if ctx.Err() == nil {
				k.violate("Wait has ended: %v", err)
			}
			return
		}
		k.look(last, next)
		last = next
	}
}

func (k *keeper) look(old, next views.Snapshot[ConfigMap]) {
	if number(next.Version()) < number(old.Version()) {
		k.violate("a snapshot of version %s after one of %s", next.Version(), old.Version())
	}
	for _, c := range next.Diff(old).Changed {
		if number(c.New.Version()) < number(c.Old.Version()) {
			k.violate("an object's version goes back, from %v to %v", c.Old, c.New)
		}
	}
	for _, item := range next.Diff(old).Added {
		if number(item.Version()) > number(next.Version()) {
			k.violate("a snapshot of version %s holds what comes later: %v", next.Version(), item)
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.seen++; k.seen%keepEvery == 0 && len(k.kept) < keepMost {
		k.kept = append(k.kept, keptSnapshot{next, digest(next)})
	}
}

func (k *keeper) violate(format string, args ...any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.bad = append(k.bad, Violation{Consumer: "snapshots", Promise: State, Text: fmt.Sprintf(format, args...)})
}

// digest is of every byte that a snapshot shows.
func digest(s views.Snapshot[ConfigMap]) uint64 {
	h := fnv.New64a()
	fmt.Fprintln(h, s.Version(), s.Len())
	for item := range s.All() {
		h.Write(item.Raw().Bytes())
	}
	return h.Sum64()
}

// verdict is what is wrong with the snapshots, now that much has happened since: each
// must be what it was, and the state of its version, as one who has seen all
// changes knows that.
func (k *keeper) verdict(witness *Player) (bad []Violation, compared int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	bad = slices.Clone(k.bad)
	versions := make([]int64, len(k.kept))
	byVersion := map[int64]views.Snapshot[ConfigMap]{}
	for i, s := range k.kept {
		versions[i] = number(s.Version())
		byVersion[versions[i]] = s.Snapshot
		if digest(s.Snapshot) != s.digest {
			bad = append(bad, Violation{Consumer: "snapshots", Promise: State, Text: "one has changed: " + s.String()})
		}
	}
	for version, want := range witness.StatesAt(versions) {
		compared++
		if all := Differences(stateOf(byVersion[version]), want); len(all) > 0 {
			bad = append(bad, Violation{Consumer: "snapshots", Promise: State,
				Text: fmt.Sprintf("that of version %d is not the state of it, in %d objects: %v", version, len(all), all[0])})
		}
	}
	return bad, compared
}

func stateOf(s views.Snapshot[ConfigMap]) map[Key]Revision {
	state := make(map[Key]Revision, s.Len())
	for item := range s.All() {
		r := revisionOf(item)
		state[r.Key] = r
	}
	return state
}
