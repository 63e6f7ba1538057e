package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/kubeviews/kube/examples/audit/store"
	"github.com/kubeviews/kube/manifests"
)

func showCommand() command {
	return command{
		name: "show", args: "[flags] OBJECT", short: "show an object as it was",
		long: `Shows an object as it was at a time or at a resource version, without
metadata.managedFields; of a Secret, fingerprints stand for the content. A time that was
printed with a change finds that change, also where the clock was set back; so does its
resource version. At version 0 there is nothing. A line on the standard error says so if
the time lies in a gap, or after the server was last heard of.

Examples:
  audit show deploy/web -n shop --at 10:30
  audit show cm/settings --at 2h
  audit show cm/settings --at 2026-05-01 10:12:30.250000+02:00
  audit show pod/web-0 --at 123456 -o json`,
		run: show,
		setup: func(f *flags) {
			f.StringVar(&f.namespace, "n", "", "the object's `NAMESPACE`; needed where several have one of that name")
			f.StringVar(&f.at, "at", "now", "the `TIME`, or a resource version")
			f.format("yaml", "json")
		},
	}
}

func show(ctx context.Context, a *app, f *flags) error {
	if len(f.arguments) != 1 {
		return misuse("show is of one object: audit show deploy/web; got %d arguments", len(f.arguments))
	}
	at, err := a.moment(f.at)
	if err != nil {
		return err
	}
	s, err := a.openStore(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	filter, err := f.filter(ctx, s, f.arguments[0])
	if err != nil {
		return err
	}
	holes, err := a.holes(ctx, s, filter, f.at, at)
	if err != nil {
		return err
	}
	a.tellHoles(holes)
	r, err := a.one(ctx, s, filter, at, f.arguments[0])
	if err != nil {
		return err
	}
	if r.Type == store.Deleted {
		return nothing("%s was deleted by %s; its last revision is that of --at %s", r, a.clock(r.Time), before(r))
	}
	return a.document(r, f.output)
}

// before is a version at which a deleted object was still there. What was found to be
// gone behind a gap has that of its last revision.
func before(r store.Revision) string {
	if v := text(r.Previous.Get("metadata", "resourceVersion")); v != "" {
		return v
	}
	return r.Version
}

// one is the one object that a filter selects.
func (a *app) one(ctx context.Context, s *store.Store, filter store.Filter, at store.Moment, name string) (store.Revision, error) {
	var found []store.Revision
	var paths []string
	for r, err := range s.At(ctx, filter, at) {
		if err != nil {
			return r, err
		}
		found, paths = append(found, r), append(paths, r.Path())
	}
	switch len(found) {
	case 0:
		return store.Revision{}, nothing("no %s is recorded by then; audit log %s tells when it was", name, name)
	case 1:
		return found[0], nil
	}
	return store.Revision{}, misuse("there are several: %s; -n says of which namespace", strings.Join(paths, ", "))
}

func (a *app) document(r store.Revision, format string) error {
	if format == "json" {
		text, err := manifests.JSON(r.Document)
		if err != nil {
			return err
		}
		_, err = a.out.Write(text)
		return err
	}
	text, err := manifests.YAML(r.Document)
	if err != nil {
		return err
	}
	head := fmt.Sprintf("# %s at version %s: %s, seen %s, by %s", printable(r.String()), r.Version, r.Type, a.clock(r.Time), by(r))
	_, err = fmt.Fprintf(a.out, "%s\n%s", a.paint.dim(head), text)
	return err
}
