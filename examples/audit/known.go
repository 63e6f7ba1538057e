package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/kubeviews/kube/examples/audit/store"
	"github.com/kubeviews/kube/meta"
)

// hole is a time of a kind in which a moment lies that was asked for, and of which it is
// not known what happened.
type hole struct {
	At       string    `json:"at"` // as it was asked for
	Resource string    `json:"resource"`
	Since    time.Time `json:"since"`
	Until    time.Time `json:"until,omitzero"` // none: the server was not heard of since
}

// silence is how long nothing is heard of a kind in which nothing happens, while a
// recorder runs: API servers send bookmarks about once a minute.
const silence = 90 * time.Second

// holes tells in which ones a moment lies.
func (a *app) holes(ctx context.Context, s *store.Store, f store.Filter, at string, m store.Moment) (all []hole, err error) {
	gaps, err := s.GapsAt(ctx, f, m)
	if err != nil {
		return nil, err
	}
	for _, g := range gaps {
		all = append(all, hole{at, g.Resource, g.Since, g.Until})
	}
	run, err := s.LastRun(ctx)
	if err != nil {
		return nil, err
	}
	patience := silence
	if run.Started.IsZero() || !run.Ended.IsZero() {
		patience = 0 // no recorder runs
	}
	watches, err := s.Watches(ctx)
	for _, w := range watches {
		asked := len(f.Resources) == 0 || slices.Contains(f.Resources, w.Resource)
		if asked && !w.Contact.IsZero() && a.isBehind(m, w, patience) {
			all = append(all, hole{At: at, Resource: w.Resource, Since: w.Contact})
		}
	}
	return all, err
}

// isBehind reports whether a moment comes after all that is known of a kind.
func (a *app) isBehind(m store.Moment, w store.Watch, patience time.Duration) bool {
	if m.Version != "" {
		order, err := meta.CompareVersions(m.Version, version(w))
		return err == nil && order > 0
	}
	t := m.Time
	if t.IsZero() {
		t = a.now()
	}
	known := w.Contact
	if w.Last.After(known) {
		known = w.Last
	}
	return t.Sub(known) > patience
}

// tellHoles says on one line each in which gaps a moment lies, and that it comes after
// all that is known. Kinds mostly have theirs at the same time.
func (a *app) tellHoles(holes []hole) {
	var gaps, ends []hole
	for _, h := range holes {
		if h.Until.IsZero() {
			ends = append(ends, h)
		} else {
			gaps = append(gaps, h)
		}
	}
	if len(gaps) > 0 {
		h := asOne(gaps)
		fmt.Fprintf(a.err, "%s is in a gap of %s from %s to %s: what happened in it is not known\n",
			printable(h.At), h.Resource, a.clock(h.Since), a.clock(h.Until))
	}
	if len(ends) > 0 {
		h := asOne(ends)
		fmt.Fprintf(a.err, "%s: not heard of the server since %s, of %s: what happened after that is not known\n",
			printable(h.At), a.clock(h.Since), h.Resource)
	}
}

// asOne is one hole for all, with the name of the kind whose begins first.
func asOne(holes []hole) hole {
	h := holes[0]
	for _, other := range holes[1:] {
		if other.Since.Before(h.Since) {
			h.Since, h.Resource = other.Since, other.Resource
		}
		if other.Until.After(h.Until) {
			h.Until = other.Until
		}
	}
	if n := len(holes) - 1; n > 0 {
		h.Resource += " and " + plural(n, "more kind")
	}
	return h
}
