package main

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/kubeviews/kube/examples/audit/store"
)

func logCommand() command {
	return command{
		name: "log", args: "[flags] [OBJECT]", short: "tell who changed what, and when",
		long: `Tells what happened, oldest first, one line a change: when the recorder saw it, what
happened, to what, who did it, and what changed. Who is a field manager, as the server
notes it: mostly the program's name. Where the object does not tell, there is a "-".
A gap is a time of which not all is known; it is shown in its place, whatever the flags
narrow. What differs behind it is marked "~": it happened somewhen in that time.

Examples:
  audit log --since 1h
  audit log deploy/web -n shop
  audit log --kind configmaps,secrets --manager kubectl-edit
  audit log --since 2026-05-01 --until "2026-05-02 12:00"
  audit log --gaps
  audit log pod/web-0 -o json | jq .change`,
		run: showLog,
		setup: func(f *flags) {
			f.scope()
			f.period()
			f.format("text", "json")
			f.BoolVar(&f.gaps, "gaps", false, "only the gaps")
			f.IntVar(&f.limit, "limit", 0, "only the last `N` changes; 0 for all")
		},
	}
}

func showLog(ctx context.Context, a *app, f *flags) error {
	if len(f.arguments) > 1 {
		return misuse("log is of one object, or of all; got %d", len(f.arguments))
	}
	if f.limit < 0 {
		return misuse("--limit is %d, which is less than none", f.limit)
	}
	s, err := a.openStore(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	filter, err := f.filter(ctx, s, first(f.arguments))
	if err != nil {
		return err
	}
	filter.WithGaps, filter.OnlyGaps = true, f.gaps
	entries := s.All(ctx, filter)
	if f.limit > 0 && !f.gaps {
		entries = s.Last(ctx, filter, f.limit)
	}
	if f.output == "json" {
		return a.logJSON(entries)
	}
	return a.logText(entries)
}

func first(arguments []string) string {
	if len(arguments) == 0 {
		return ""
	}
	return arguments[0]
}

func (a *app) logText(entries iter.Seq2[store.Entry, error]) error {
	p := printer{app: a}
	count := 0
	for e, err := range entries {
		if err != nil {
			return err
		}
		if e.Gap != nil {
			p.gap(*e.Gap)
		} else {
			p.revision(*e.Revision)
		}
		if count++; p.buf.Len() > 1<<15 {
			if err := p.flush(); err != nil {
				return err
			}
		}
	}
	if count == 0 {
		return nothing("nothing of that is recorded")
	}
	return p.flush()
}

func (a *app) logJSON(entries iter.Seq2[store.Entry, error]) error {
	out := json.NewEncoder(a.out)
	out.SetEscapeHTML(false)
	count := 0
	for e, err := range entries {
		if err != nil {
			return err
		}
		count++
		if err := out.Encode(lineOf(e, false)); err != nil {
			return err
		}
	}
	if count == 0 {
		return nothing("nothing of that is recorded")
	}
	return nil
}
