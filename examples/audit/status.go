package main

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/kubeviews/kube/examples/audit/store"
	"github.com/kubeviews/kube/watch"
)

func statusCommand() command {
	return command{
		name: "status", args: "[flags]", short: "tell what is recorded, and how far",
		long: `Tells which kinds are recorded, how many objects and changes there are, how long ago the
server was heard of, and how many gaps there are. --check looks for damage of the file.

Example:
  audit status --db staging.db`,
		run: showStatus,
		setup: func(f *flags) {
			f.format("text", "json")
			f.BoolVar(&f.check, "check", false, "look for damage of the file")
		},
	}
}

func showStatus(ctx context.Context, a *app, f *flags) error {
	s, err := a.openStore(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	if f.check {
		if err := s.Check(ctx); err != nil {
			return err
		}
	}
	watches, err := s.Watches(ctx)
	if err != nil {
		return err
	}
	run, err := s.LastRun(ctx)
	if err != nil {
		return err
	}
	if f.output == "json" {
		return a.statusJSON(s, watches, run)
	}
	return a.statusText(s, watches, run)
}

func (a *app) statusText(s *store.Store, watches []store.Watch, run store.Run) error {
	fmt.Fprintf(a.out, "%s: %s\n%s\n\n", s.Path(), size(s.Size()), a.lastRun(run))
	t := tabwriter.NewWriter(a.out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(t, "KIND\tNAMESPACE\tOBJECTS\tDELETED\tREVISIONS\tGAPS\tVERSION\tHEARD OF")
	for _, w := range watches {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", w.Resource, orAll(w.Namespace), number(w.Live), number(w.Gone),
			number(w.Revisions), number(w.Gaps), version(w), a.ago(w.Contact))
	}
	return t.Flush()
}

func (a *app) lastRun(run store.Run) string {
	switch {
	case run.Started.IsZero():
		return "no recorder has run"
	case run.Ended.IsZero():
		return "the last recorder began " + a.ago(run.Started) + "; it runs, or was killed"
	}
	return "the last recorder ended " + a.ago(run.Ended)
}

func orAll(namespace string) string {
	if namespace == "" {
		return "all"
	}
	return namespace
}

func version(w store.Watch) string {
	checkpoint, err := watch.ParseCheckpoint(w.Checkpoint)
	if err != nil || checkpoint.IsZero() {
		return "-"
	}
	return checkpoint.Version()
}

func (a *app) ago(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	d := a.now().Sub(t).Truncate(time.Second)
	if d < 0 {
		return "at " + a.clock(t) + ", which is to come"
	}
	return d.String() + " ago"
}

// watchLine is a kind that is recorded, as JSON.
type watchLine struct {
	Resource  string    `json:"resource"`
	Namespace string    `json:"namespace,omitempty"`
	Objects   int       `json:"objects"`
	Deleted   int       `json:"deleted"`
	Revisions int       `json:"revisions"`
	Gaps      int       `json:"gaps"`
	Version   string    `json:"version"`
	Contact   time.Time `json:"contact,omitzero"`
}

func (a *app) statusJSON(s *store.Store, watches []store.Watch, run store.Run) error {
	lines := []watchLine{}
	for _, w := range watches {
		lines = append(lines, watchLine{w.Resource, w.Namespace, w.Live, w.Gone, w.Revisions, w.Gaps, version(w), w.Contact})
	}
	return json.NewEncoder(a.out).Encode(map[string]any{
		"file": s.Path(), "bytes": s.Size(), "kinds": lines, "started": run.Started, "ended": run.Ended,
	})
}
