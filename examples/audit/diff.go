package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/kubeviews/kube/examples/audit/store"
	"github.com/kubeviews/kube/items"
)

func diffCommand() command {
	return command{
		name: "diff", args: "[flags] [OBJECT] A B", short: "tell what differs between two times or versions",
		long: `Tells what differs between A and B, each of which is a time or a resource version: in one
object, or in all that is recorded. What came and went again in between is not told:
audit log does. A change that was printed with the time A, or B, is in A's, or B's state.
At version 0 there is nothing: what differs from it is all. A line on the standard error,
and "unknown" in JSON, says so if A or B lies in a gap, or after the server was last heard
of.

Examples:
  audit diff deploy/web -n shop 10:00 now
  audit diff deploy/web 123456 123789
  audit diff 2h now --kind configmaps,secrets`,
		run: showDiff,
		setup: func(f *flags) {
			f.StringVar(&f.kinds, "kind", "", "only these `KINDS`: pods,deployments.apps,…")
			f.StringVar(&f.namespace, "n", "", "only this `NAMESPACE`")
			f.format("text", "json")
		},
	}
}

// pair is an object at A and at B; a side where it is not there is nil.
type pair struct{ old, new *store.Revision }

func showDiff(ctx context.Context, a *app, f *flags) error {
	args, object := f.arguments, ""
	if len(args) == 3 {
		object, args = args[0], args[1:]
	}
	if len(args) != 2 {
		return misuse("diff takes two times or versions: audit diff deploy/web 10:00 now; got %d arguments", len(f.arguments))
	}
	var moments [2]store.Moment
	for i, text := range args {
		var err error
		if moments[i], err = a.moment(text); err != nil {
			return err
		}
	}
	s, err := a.openStore(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	filter, err := f.filter(ctx, s, object)
	if err != nil {
		return err
	}
	var unknown []hole
	for i, moment := range moments {
		holes, err := a.holes(ctx, s, filter, args[i], moment)
		if err != nil {
			return err
		}
		a.tellHoles(holes)
		unknown = append(unknown, holes...)
	}
	pairs, err := pairsOf(ctx, s, filter, moments)
	if err != nil {
		return err
	}
	if object != "" && len(pairs) == 0 {
		return nothing("no %s is recorded at one of the two", object)
	}
	if f.output == "json" {
		return a.diff(pairs, func(p *pair, changes items.Changes) error { return a.diffJSON(p, changes, unknown) })
	}
	return a.diff(pairs, a.diffText)
}

// pairsOf reads both states: A's and then B's beside it.
func pairsOf(ctx context.Context, s *store.Store, filter store.Filter, moments [2]store.Moment) ([]*pair, error) {
	byUID := make(map[string]*pair)
	var all []*pair
	for side, moment := range moments {
		for r, err := range s.At(ctx, filter, moment) {
			if err != nil {
				return nil, err
			}
			if r.Type == store.Deleted {
				continue
			}
			key := r.Resource + " " + r.UID
			p := byUID[key]
			if p == nil {
				p = new(pair)
				byUID[key] = p
				all = append(all, p)
			}
			if side == 0 {
				p.old = &r
			} else {
				p.new = &r
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *pair) int {
		return strings.Compare(a.any().String(), b.any().String())
	})
	return all, nil
}

func (p *pair) any() *store.Revision {
	if p.old != nil {
		return p.old
	}
	return p.new
}

// changes is what differs. Of an object that is on one side only, it is nothing.
func (p *pair) changes() (none items.Changes) {
	if p.old == nil || p.new == nil || p.old.Seq == p.new.Seq {
		return none
	}
	return differences(p.old.Document, p.new.Document)
}

func (a *app) diff(pairs []*pair, tell func(*pair, items.Changes) error) error {
	told := 0
	for _, p := range pairs {
		changes := p.changes()
		if p.old != nil && p.new != nil && changes.IsZero() {
			continue
		}
		told++
		if err := tell(p, changes); err != nil {
			return err
		}
	}
	if told == 0 {
		fmt.Fprintln(a.err, "nothing differs")
	}
	return nil
}

func (a *app) diffText(p *pair, changes items.Changes) error {
	var b strings.Builder
	c := a.paint
	name := printable(p.any().Object.String())
	switch {
	case p.old == nil:
		fmt.Fprintf(&b, "%s\n", c.green(fmt.Sprintf("+ %s@%s, seen %s, by %s", name, p.new.Version, a.clock(p.new.Time), by(*p.new))))
	case p.new == nil:
		fmt.Fprintf(&b, "%s\n", c.red(fmt.Sprintf("- %s@%s, seen %s", name, p.old.Version, a.clock(p.old.Time))))
	default:
		fmt.Fprintf(&b, "%s\n", c.bold(fmt.Sprintf("~ %s@%s → @%s, seen %s, last by %s", name, p.old.Version, p.new.Version, a.clock(p.new.Time), by(*p.new))))
	}
	for line := range strings.Lines(changes.String()) {
		b.WriteString("    " + c.change(line))
	}
	if !changes.IsZero() {
		b.WriteString("\n")
	}
	_, err := a.out.Write([]byte(b.String()))
	return err
}

// diffLine is an object that differs, as JSON.
type diffLine struct {
	store.Object
	Change  string              `json:"change"` // ADDED, MODIFIED or DELETED
	From    string              `json:"from,omitempty"`
	To      string              `json:"to,omitempty"`
	Changes []items.FieldChange `json:"changes,omitempty"`
	Unknown []hole              `json:"unknown,omitempty"` // where A or B lies
}

func (a *app) diffJSON(p *pair, changes items.Changes, unknown []hole) error {
	out := diffLine{Object: p.any().Object, Change: store.Modified}
	if p.old != nil {
		out.From = p.old.Version
	} else {
		out.Change = store.Added
	}
	if p.new != nil {
		out.To = p.new.Version
	} else {
		out.Change = store.Deleted
	}
	out.Changes = slices.Collect(changes.All())
	for _, h := range unknown {
		if h.Resource == out.Resource {
			out.Unknown = append(out.Unknown, h)
		}
	}
	to := json.NewEncoder(a.out)
	to.SetEscapeHTML(false)
	return to.Encode(out)
}
