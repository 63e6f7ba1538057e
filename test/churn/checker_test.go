package churn

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/kubeviews/kube/watch"
)

// Made-up revisions: rev("a", 1, 7) is version 7 of the first object named a.
func rev(name string, uid int, version int64) Revision {
	return Revision{Key: Key{"ns", name}, UID: fmt.Sprint(name, uid), Version: version, Mark: fmt.Sprint("m", version)}
}

func chosen(r Revision) Revision { r.Selected = true; return r }

func ack(r Revision) Ack  { return Ack{Revision: r} }
func gone(r Revision) Ack { return Ack{Revision: Revision{Key: r.Key, UID: r.UID}, Deleted: true} }

func event(how watch.Type, r Revision) Told { return Told{Type: how, Revision: r, At: r.Version} }
func synced(at int64) Told                  { return Told{Type: watch.Synced, At: at} }

// gapOf is a whole gap, with what is told in it.
func gapOf(g Gap, events ...Told) []Told {
	all := []Told{{Type: watch.Missed}}
	all = append(all, events...)
	all = append(all, Told{Type: watch.Synced})
	for i := range all {
		all[i].Gap, all[i].At = &g, g.From
	}
	all[len(all)-1].At = g.To
	return all
}

func listOf(all ...Revision) map[Key]Revision {
	objects := map[Key]Revision{}
	for _, r := range all {
		objects[r.Key] = r
	}
	return objects
}

// history is what somebody was told, and what is true.
type history struct {
	scope Scope
	told  []Told
	acks  []Ack
	list  map[Key]Revision
}

const added, modified, deleted = watch.Added, watch.Modified, watch.Deleted

var a1, a2, a3 = rev("a", 1, 1), rev("a", 1, 12), rev("a", 1, 14)

// begun is the state at version 10: a alone.
func begun(more ...Told) []Told {
	return append([]Told{event1(a1), synced(10)}, more...)
}

// event1 is of the state, which has no position yet.
func event1(r Revision) Told { return Told{Type: added, Revision: r} }

func (h history) violated() []string {
	p := NewPlayer("consumer", h.scope)
	for _, t := range h.told {
		p.Tell(t)
	}
	bad, _ := p.Verdict(h.acks, h.list)
	promises := map[string]bool{}
	for _, v := range bad {
		promises[v.Promise] = true
	}
	return slices.Sorted(maps.Keys(promises))
}

func TestKeptPromises(t *testing.T) {
	full := Gap{From: 12, To: 20, Why: "expired"}
	partial := Gap{From: 12, To: 20, Partial: true, Why: "expired"}
	for name, h := range map[string]history{
		"changes one by one": {
			told: begun(event(modified, a2), event(modified, a3)),
			acks: []Ack{ack(a1), ack(a2), ack(a3)}, list: listOf(a3),
		},
		"deleted and made anew": {
			told: begun(event(deleted, rev("a", 1, 12)), event(added, rev("a", 2, 13))),
			acks: []Ack{gone(a1), ack(rev("a", 2, 13))}, list: listOf(rev("a", 2, 13)),
		},
		"lost in a gap": {
			told: begun(slices.Concat([]Told{event(modified, a2)}, gapOf(full, event(modified, rev("a", 1, 20))))...),
			acks: []Ack{ack(a2), ack(a3), ack(rev("a", 1, 20))}, list: listOf(rev("a", 1, 20)),
		},
		"made anew in a gap": {
			told: begun(slices.Concat([]Told{event(modified, a2)}, gapOf(full, event(deleted, a2), event(added, rev("a", 2, 15))))...),
			acks: []Ack{gone(a2), ack(rev("a", 2, 15))}, list: listOf(rev("a", 2, 15)),
		},
		"told anew in a partial gap": {
			told: begun(slices.Concat([]Told{event(added, rev("b", 1, 12)), {Type: Resumed}}, gapOf(partial, event(added, a1)))...),
			acks: []Ack{gone(rev("b", 1, 12))}, list: listOf(a1),
		},
		"out of the selection and back": {
			scope: Scope{Selected: true},
			told: []Told{event1(chosen(a1)), synced(10), {Type: deleted, Revision: chosen(a2), At: 12},
				event(added, chosen(a3))},
			acks: []Ack{ack(a2), ack(chosen(a3))}, list: listOf(chosen(a3), rev("b", 1, 3)),
		},
		"another object's changes": {
			scope: Scope{Only: a1.Key}, told: begun(), acks: []Ack{ack(rev("b", 1, 13))}, list: listOf(a1, rev("b", 1, 13)),
		},
	} {
		t.Run(name, func(t *testing.T) {
			if bad := h.violated(); len(bad) > 0 {
				t.Errorf("violated: %v", bad)
			}
		})
	}
}

func TestBrokenPromises(t *testing.T) {
	full := Gap{From: 12, To: 20, Why: "expired"}
	inGap := func(how watch.Type, r Revision) []Told {
		return begun(slices.Concat([]Told{event(modified, a2)}, gapOf(full, event(how, r)))...)
	}
	other := a2
	other.Mark = "another's"
	for name, h := range map[string]struct {
		history
		want string
	}{
		"an acknowledged change is not told":  {history{told: begun(event(modified, a3)), acks: []Ack{ack(a2), ack(a3)}, list: listOf(a3)}, Lost},
		"a change lies before the gap":        {history{told: inGap(modified, rev("a", 1, 20)), acks: []Ack{ack(rev("c", 1, 11))}, list: listOf(rev("a", 1, 20))}, Lost},
		"a change lies behind the gap":        {history{told: inGap(modified, rev("a", 1, 20)), acks: []Ack{ack(rev("c", 1, 21))}, list: listOf(rev("a", 1, 20))}, Lost},
		"a change is told with other content": {history{told: begun(event(modified, other)), acks: []Ack{ack(a2)}, list: listOf(other)}, Lost},
		"a Deleted is not told":               {history{told: begun(), acks: []Ack{gone(a1)}, list: listOf()}, Lost},
		"a revision twice":                    {history{told: begun(event(modified, a2), event(modified, a2)), list: listOf(a2)}, Once},
		"the state again":                     {history{told: begun(event(deleted, a2), event(added, a1)), list: listOf(a1)}, Once},
		"what a gap has told, again":          {history{told: append(inGap(added, rev("b", 1, 15)), event(deleted, rev("b", 1, 15))), list: listOf(a2)}, Once},
		"versions go back":                    {history{told: begun(event(modified, a3), event(modified, a2)), list: listOf(a2)}, Order},
		"an Added of what is there":           {history{told: begun(event(added, a2)), list: listOf(a2)}, Order},
		"a Modified of what is not":           {history{told: begun(event(modified, rev("b", 1, 12))), list: listOf(a1, rev("b", 1, 12))}, Order},
		"a new uid without Deleted":           {history{told: begun(event(added, rev("a", 2, 12))), list: listOf(rev("a", 2, 12))}, Order},
		"a new uid as Modified":               {history{told: begun(event(modified, rev("a", 2, 12))), list: listOf(rev("a", 2, 12))}, Order},
		"a new uid in a gap, without Deleted": {history{told: inGap(modified, rev("a", 2, 15)), list: listOf(rev("a", 2, 15))}, Order},
		"a uid comes back":                    {history{told: begun(event(deleted, a2), event(added, a3)), list: listOf(a3)}, Order},
		"a Deleted twice":                     {history{told: begun(event(deleted, a2), event(deleted, a3)), list: listOf()}, Order},
		"a change before the state":           {history{told: []Told{event1(a1), {Type: modified, Revision: a2}, synced(12)}, list: listOf(a2)}, Order},
		"a gap is not closed":                 {history{told: begun(gapOf(Gap{From: 10, To: 20})[0]), list: listOf(a1)}, Gaps},
		"a gap within a gap":                  {history{told: begun(gapOf(Gap{From: 10, To: 20})[0], gapOf(Gap{From: 10, To: 20})[0], gapOf(Gap{From: 10, To: 20})[1]), list: listOf(a1)}, Gaps},
		"a gap over what was told":            {history{told: append(inGap(modified, rev("a", 1, 20)), gapOf(Gap{From: 15, To: 25})...), list: listOf(rev("a", 1, 20))}, Gaps},
		"a gap that leads back":               {history{told: begun(gapOf(Gap{From: 10, To: 9, Rewound: true})...), list: listOf(a1)}, Gaps},
		"a gap holds what comes behind it":    {history{told: inGap(modified, rev("a", 1, 21)), list: listOf(rev("a", 1, 21))}, Gaps},
		"a Synced for nothing":                {history{told: begun(synced(11)), list: listOf(a1)}, Gaps},
		"a change in a gap that is closed":    {history{told: begun(Told{Type: modified, Revision: a2, Gap: &full, At: 12}), list: listOf(a2)}, Gaps},
		"the position goes back":              {history{told: begun(event(modified, a3), Told{Type: added, Revision: rev("b", 1, 15), At: 13}), list: listOf(a3, rev("b", 1, 15))}, Resume},
		"the position in a gap is its end":    {history{told: begun(Told{Type: watch.Missed, Gap: &Gap{From: 10, To: 20}, At: 20}, synced(20)), list: listOf(a1)}, Resume},
		"what is not selected":                {history{scope: Scope{Selected: true}, told: []Told{synced(10), event(added, a2)}, list: listOf()}, Select},
		"an object is missing":                {history{told: begun(), list: listOf(a1, rev("b", 1, 2))}, State},
		"an object is left over":              {history{told: begun(), list: listOf()}, State},
		"an object is old":                    {history{told: begun(), list: listOf(a2)}, State},
		"the state is not told":               {history{told: []Told{event1(a1)}, list: listOf(a1)}, State},
	} {
		t.Run(name, func(t *testing.T) {
			if bad := h.violated(); !slices.Contains(bad, h.want) {
				t.Errorf("violated: %v, want %s", bad, h.want)
			}
		})
	}
}

// What died with a process is told again to the next, and that is no fault.
func TestResumption(t *testing.T) {
	r := &resumer{consumer: &consumer{log: NewPlayer("resumed", Scope{})}}
	for _, e := range begun(event(modified, a2), event(modified, a3)) {
		r.tell(e)
	}
	r.rollBack(3)
	r.tell(event(modified, a3))
	if bad, _ := r.verdict([]Ack{ack(a2), ack(a3)}, listOf(a3)); len(bad) > 0 {
		t.Errorf("violated: %v", bad)
	}
	r.rollBack(2)
	r.tell(event(modified, a3))
	if bad, _ := r.verdict([]Ack{ack(a2), ack(a3)}, listOf(a3)); len(bad) != 1 || bad[0].Promise != Lost {
		t.Errorf("what a resumption leaves out is not noticed: %v", bad)
	}
}

func TestStatesAt(t *testing.T) {
	p := NewPlayer("witness", Scope{})
	b := rev("b", 1, 13)
	told := begun(event(modified, a2), event(added, b), event(modified, a3))
	told = append(told, gapOf(Gap{From: 14, To: 20}, event(deleted, b))...)
	for _, e := range told {
		p.Tell(e)
	}
	want := map[int64]map[Key]Revision{10: listOf(a1), 11: listOf(a1), 12: listOf(a2), 13: listOf(a2, b), 14: listOf(a3, b), 20: listOf(a3), 21: listOf(a3)}
	got := 0
	for version, state := range p.StatesAt([]int64{9, 10, 11, 12, 13, 14, 15, 20, 21}) {
		if d := Differences(state, want[version]); len(d) > 0 {
			t.Errorf("at version %d: %v", version, d)
		}
		got++
	}
	if got != len(want) {
		t.Errorf("%d states, want %d", got, len(want))
	}
}

func TestViolationShowsItsEvents(t *testing.T) {
	p := NewPlayer("consumer", Scope{})
	for _, e := range begun(event(added, rev("b", 1, 11)), event(modified, a3), Told{Type: modified, Revision: a2, At: 14}) {
		p.Tell(e)
	}
	bad, _ := p.Verdict(nil, listOf(a2, rev("b", 1, 11)))
	if text := fmt.Sprint(bad); len(bad) != 1 || strings.Contains(text, "ns/b") || strings.Count(text, "ns/a") < 3 {
		t.Errorf("%v", bad)
	}
}
