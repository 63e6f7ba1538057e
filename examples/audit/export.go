package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/kubeviews/kube/examples/audit/store"
	"github.com/kubeviews/kube/items"
)

func exportCommand() command {
	return command{
		name: "export", args: "[flags]", short: "write all that is recorded, as NDJSON",
		long: `Writes what is recorded, oldest first, one JSON object a line: changes, and gaps in their
place. The names of the members stay as they are; README.md tells them.

Examples:
  audit export > changes.ndjson
  audit export --since 1d -n shop | jq -r 'select(.type == "change") | .name' | sort | uniq -c`,
		run: export,
		setup: func(f *flags) {
			f.scope()
			f.period()
			f.Int64Var(&f.after, "after", 0, "only what lies behind this `SEQ`: that of the last line of an earlier export")
		},
	}
}

// line is a line of an export.
type line struct {
	Type string `json:"type"` // change or gap
	*store.Revision
	Changes  []items.FieldChange `json:"changes,omitempty"`
	Document json.RawMessage     `json:"document,omitempty"`
}

// gapLine is one of a gap.
type gapLine struct {
	Type string `json:"type"`
	*store.Gap
}

// lineOf is an entry as JSON, with the whole document or without.
func lineOf(e store.Entry, whole bool) any {
	if e.Gap != nil {
		return gapLine{"gap", e.Gap}
	}
	r := e.Revision
	out := line{Type: "change", Revision: r}
	if r.Type == store.Modified && !r.Previous.IsZero() {
		out.Changes = slices.Collect(differences(r.Previous, r.Document).All())
	}
	if whole {
		out.Document = r.Document.Bytes()
	}
	return out
}

func export(ctx context.Context, a *app, f *flags) error {
	if len(f.arguments) > 0 {
		return misuse("export takes no arguments; --kind and -n narrow it")
	}
	s, err := a.openStore(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	filter, err := f.filter(ctx, s, "")
	if err != nil {
		return err
	}
	filter.WithGaps, filter.After = true, f.after
	total, err := s.Count(ctx, filter)
	if err != nil {
		return err
	}
	return a.export(s.All(ctx, filter), total)
}

func (a *app) export(entries iter.Seq2[store.Entry, error], total int) error {
	progress, to := a.progress(), bufio.NewWriter(a.out)
	defer progress.done()
	out := json.NewEncoder(to)
	out.SetEscapeHTML(false)
	done := 0
	for e, err := range entries {
		if err != nil {
			return errors.Join(to.Flush(), err)
		}
		if err := out.Encode(lineOf(e, true)); err != nil {
			return err
		}
		if e.Revision != nil {
			done++
			progress.say(func() string { return fmt.Sprintf("%s of %s", number(done), plural(total, "change")) })
		}
	}
	return to.Flush()
}
