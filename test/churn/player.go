package churn

import (
	"fmt"
	"maps"

	"github.com/kubeviews/kube/watch"
)

// The promises, as violations name them.
const (
	Order  = "order"  // versions of an object rise, a new uid comes behind the Deleted of the old
	Once   = "once"   // nothing is told twice
	Lost   = "lost"   // what the server acknowledged is told, or lies in a gap
	Gaps   = "gaps"   // a gap is closed by a Synced, and holds what lies in it
	Select = "select" // nothing is told that is not selected
	Resume = "resume" // the position behind an event is no earlier than the event
	State  = "state"  // the events make up what the server lists
	Stale  = "stale"  // a dead line is noticed within the bound
	Stall  = "stall"  // what changes is told soon after the faults are healed
	Leak   = "leak"   // nothing is left behind
)

// Scope is what a consumer is to be told of.
type Scope struct {
	Only     Key  // zero for all
	Selected bool // only what carries the label
}

func (s Scope) holds(r Revision) bool {
	return (s.Only == Key{} || s.Only == r.Key) && (!s.Selected || r.Selected)
}

// Player replays what one consumer was told, and notes what must not be.
type Player struct {
	Name  string
	Scope Scope
	// Start is the version behind which each change must be told; known once
	// the state was.
	Start int64

	began   bool // the state was told, or given
	events  []Told
	state   map[Key]Revision
	session map[Key]bool    // told of since the latest resumption
	ended   map[string]bool // uids whose Deleted was told
	told    map[int64]Revision
	uids    map[string]bool
	gap     *Gap // that is open
	gaps    []Gap
	floor   int64 // all up to here was told
	at      int64
	faults  int // Error events
	bad     []Violation
}

// NewPlayer is of a consumer that begins with the state.
func NewPlayer(name string, scope Scope) *Player {
	return &Player{
		Name: name, Scope: scope, state: map[Key]Revision{}, session: map[Key]bool{},
		ended: map[string]bool{}, told: map[int64]Revision{}, uids: map[string]bool{},
	}
}

// NewPlayerFrom is of a consumer that begins behind a version, at which there was
// what is given.
func NewPlayerFrom(name string, scope Scope, version int64, state map[Key]Revision) *Player {
	p := NewPlayer(name, scope)
	p.Start, p.floor, p.began, p.state = version, version, true, maps.Clone(state)
	return p
}

// Tell replays one event.
func (p *Player) Tell(t Told) {
	p.events = append(p.events, t)
	switch t.Type {
	case Resumed:
		clear(p.session)
		p.at = 0
		return
	case watch.Error:
		p.faults++
		return
	case watch.Missed:
		p.missed(t)
	case watch.Synced:
		p.synced(t)
	case watch.Added, watch.Modified, watch.Deleted:
		p.change(t)
	default:
		p.violate(Order, Key{}, "an event of no known type: %v", t)
	}
	p.position(t)
}

func (p *Player) position(t Told) {
	switch {
	case t.At == 0:
		return
	case t.At < p.at:
		p.violate(Resume, t.Revision.Key, "the position goes back from %d to %d: %v", p.at, t.At, t)
	case p.gap == nil && t.At < t.Revision.Version:
		p.violate(Resume, t.Revision.Key, "the position is %d, before the event: %v", t.At, t)
	case p.gap != nil && t.At != p.gap.From:
		p.violate(Resume, t.Revision.Key, "the position in a gap is not where it begins: %v", t)
	}
	p.at = t.At
}

func (p *Player) missed(t Told) {
	switch {
	case t.Gap == nil:
		p.violate(Gaps, Key{}, "a Missed without a gap: %v", t)
		return
	case p.gap != nil, !p.began:
		p.violate(Gaps, Key{}, "a gap where none can be: %v", t)
	case t.Gap.Rewound, t.Gap.To < t.Gap.From:
		p.violate(Gaps, Key{}, "the server did not go back: %v", t)
	case t.Gap.From < p.floor:
		p.violate(Gaps, Key{}, "a gap over what was told up to %d: %v", p.floor, t)
	}
	p.gap = t.Gap
	if !t.Gap.Partial {
		return
	}
	for key := range p.state { // told anew, or gone without a word
		if !p.session[key] {
			delete(p.state, key)
		}
	}
}

func (p *Player) synced(t Told) {
	switch {
	case p.gap != nil:
		p.floor = p.gap.To
		p.gaps = append(p.gaps, *p.gap)
		p.gap = nil
	case !p.began:
		p.began, p.Start, p.floor = true, t.At, t.At
	default:
		p.violate(Gaps, Key{}, "a Synced for nothing: %v", t)
	}
}

func (p *Player) change(t Told) {
	r := t.Revision
	old, was := p.state[r.Key]
	p.within(t)
	switch {
	case t.Type == watch.Added && was:
		p.violate(Order, r.Key, "an Added of what is there: %v", t)
	case t.Type == watch.Added && p.ended[r.UID] && !p.Scope.Selected:
		p.violate(Order, r.Key, "an Added of a uid that was told to be gone: %v", t)
	case t.Type != watch.Added && !was:
		p.violate(Order, r.Key, "a change of what was not told of: %v", t)
	case t.Type != watch.Added && old.UID != r.UID:
		p.violate(Order, r.Key, "another uid, and the Deleted of %.8s has not come: %v", old.UID, t)
	case was && r.Version == old.Version && !(t.Type == watch.Deleted && p.gap != nil):
		p.violate(Once, r.Key, "a revision twice: %v", t)
	case was && r.Version < old.Version:
		p.violate(Order, r.Key, "an older revision than %d: %v", old.Version, t)
	}
	p.session[r.Key], p.uids[r.UID] = true, true
	if t.Type == watch.Deleted {
		delete(p.state, r.Key)
		p.ended[r.UID] = true
		return
	}
	if !p.Scope.holds(r) {
		p.violate(Select, r.Key, "it is not selected: %v", t)
	}
	delete(p.ended, r.UID) // it has come back into the selection
	p.state[r.Key], p.told[r.Version] = r, r
}

// within checks an event against the gap that it is in, or behind.
func (p *Player) within(t Told) {
	version := t.Revision.Version
	switch {
	case !p.began:
		if t.Type != watch.Added {
			p.violate(Order, t.Revision.Key, "a change before the state: %v", t)
		}
	case p.gap == nil && t.Gap != nil:
		p.violate(Gaps, t.Revision.Key, "in a gap that has not begun: %v", t)
	case p.gap == nil && version <= p.floor:
		p.violate(Once, t.Revision.Key, "all up to %d was told before: %v", p.floor, t)
	case p.gap != nil && (t.Gap == nil || version > p.gap.To):
		p.violate(Gaps, t.Revision.Key, "it lies behind the gap %+v: %v", *p.gap, t)
	}
}

// covered reports whether a version lies in a gap.
func (p *Player) covered(version int64) bool {
	for _, g := range p.gaps {
		if g.From < version && version <= g.To {
			return true
		}
	}
	return false
}

// shown is how many events a violation shows.
const shown = 12

func (p *Player) violate(promise string, key Key, format string, args ...any) {
	p.bad = append(p.bad, p.violation(promise, key, format, args...))
}

func (p *Player) violation(promise string, key Key, format string, args ...any) Violation {
	v := Violation{Consumer: p.Name, Promise: promise, Text: fmt.Sprintf(format, args...)}
	for i := len(p.events) - 1; i >= 0 && len(v.Events) < shown; i-- {
		t := p.events[i]
		if key == (Key{}) || t.Revision.Key == key || t.Type == watch.Missed || t.Type == watch.Synced || t.Type == Resumed {
			v.Events = append(v.Events, t)
		}
	}
	for i, j := 0, len(v.Events)-1; i < j; i, j = i+1, j-1 {
		v.Events[i], v.Events[j] = v.Events[j], v.Events[i]
	}
	return v
}
