package churn

import "slices"

// Coverage is how the acknowledged writes reached a consumer.
type Coverage struct{ OneByOne, InGaps int }

// Verdict is what is wrong with what a consumer was told by now: it must have all
// of acks behind it, and have come to the state that the server lists.
func (p *Player) Verdict(acks []Ack, list map[Key]Revision) ([]Violation, Coverage) {
	bad := slices.Clone(p.bad)
	if !p.began {
		bad = append(bad, p.violation(State, Key{}, "the state was never told"))
	}
	if p.gap != nil {
		bad = append(bad, p.violation(Gaps, Key{}, "the gap %+v is not closed", *p.gap))
	}
	lost, coverage := p.lost(acks)
	bad = append(bad, lost...)
	for _, d := range Differences(p.state, p.Scope.of(list)) {
		bad = append(bad, p.violation(State, d.Key, "%s", d))
	}
	return bad, coverage
}

// lost finds acknowledged writes that were not told.
func (p *Player) lost(acks []Ack) (bad []Violation, coverage Coverage) {
	for _, a := range acks {
		if a.Deleted {
			if p.uids[a.UID] && !p.ended[a.UID] && p.living(a) {
				bad = append(bad, p.violation(Lost, a.Key, "uid %.8s was deleted, and its Deleted has not come", a.UID))
			}
			continue
		}
		if !p.Scope.holds(a.Revision) || a.Version <= p.Start {
			continue
		}
		told, ok := p.told[a.Version]
		switch {
		case ok && told != a.Revision:
			bad = append(bad, p.violation(Lost, a.Key, "told as %v, acknowledged as %v", told, a.Revision))
		case p.covered(a.Version):
			coverage.InGaps++
		case ok:
			coverage.OneByOne++
		default:
			bad = append(bad, p.violation(Lost, a.Key, "never told: %v", a.Revision))
		}
	}
	return bad, coverage
}

// living reports whether the consumer still shows a deleted object.
func (p *Player) living(a Ack) bool { return p.state[a.Key].UID == a.UID }

// of is what a scope holds.
func (s Scope) of(list map[Key]Revision) map[Key]Revision {
	some := make(map[Key]Revision, len(list))
	for key, r := range list {
		if s.holds(r) {
			some[key] = r
		}
	}
	return some
}

// Difference is an object that is not what it should be.
type Difference struct {
	Key       Key
	Got, Want Revision // zero for none
}

func (d Difference) String() string {
	switch {
	case d.Got == Revision{}:
		return "it lacks " + d.Want.String()
	case d.Want == Revision{}:
		return "it still has " + d.Got.String()
	}
	return "it has " + d.Got.String() + ", the server has " + d.Want.String()
}

// Differences finds how a state is not as wanted; in no order.
func Differences(got, want map[Key]Revision) (all []Difference) {
	for key, w := range want {
		if g := got[key]; g != w {
			all = append(all, Difference{key, g, w})
		}
	}
	for key, g := range got {
		if _, ok := want[key]; !ok {
			all = append(all, Difference{Key: key, Got: g})
		}
	}
	return all
}

// StatesAt yields, for versions in rising order, the state that the events make up
// at each. A version is left out that lies within a gap, or before the start.
func (p *Player) StatesAt(versions []int64) func(yield func(int64, map[Key]Revision) bool) {
	return func(yield func(int64, map[Key]Revision) bool) {
		again, next := NewPlayer(p.Name, p.Scope), 0
		for i := 0; i <= len(p.events); i++ {
			// Before the first event that lies behind it, a version's state is complete.
			for next < len(versions) && (i == len(p.events) || again.began && p.behind(p.events[i], versions[next])) {
				v := versions[next]
				next++
				if v >= again.floor && again.gap == nil && again.Start <= v && !p.inside(v) && !yield(v, again.state) {
					return
				}
			}
			if i < len(p.events) {
				again.Tell(p.events[i])
			}
		}
	}
}

// behind reports whether an event belongs behind a version.
func (p *Player) behind(t Told, version int64) bool {
	if t.Gap != nil {
		return version <= t.Gap.From
	}
	return t.Revision.Version > version
}

// inside reports whether a version lies within a gap, and not at an end of it.
func (p *Player) inside(version int64) bool {
	return slices.ContainsFunc(p.gaps, func(g Gap) bool { return g.From < version && version < g.To })
}
