package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/kubeviews/kube/examples/audit/store"
	"github.com/kubeviews/kube/raw"
)

// printer writes revisions and gaps, one a line.
type printer struct {
	app *app
	buf bytes.Buffer
}

func (p *printer) flush() error {
	_, err := p.app.out.Write(p.buf.Bytes())
	p.buf.Reset()
	return err
}

// revision writes what happened to an object, and who did it.
func (p *printer) revision(r store.Revision) {
	c := p.app.paint
	kind := r.Type
	if r.Gap != 0 {
		kind += "~" // somewhen in the gap
	}
	fmt.Fprintf(&p.buf, "%s  %s  %s  %s  %s\n", c.dim(p.app.clock(r.Time)), p.kind(r.Type, pad(kind, 9)),
		c.bold(pad(r.Object.String(), 28)), c.cyan(pad(by(r), 18)), summary(c, r))
}

func (p *printer) kind(kind, text string) string {
	c := p.app.paint
	switch kind {
	case store.Added:
		return c.green(text)
	case store.Modified:
		return c.yellow(text)
	case store.Deleted:
		return c.red(text)
	}
	return c.dim(text)
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}

// by names the authors; "-" when the object does not tell.
func by(r store.Revision) string {
	var names []string
	for _, a := range r.By {
		if name := a.String(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if names == nil {
		return "-"
	}
	return strings.Join(names, ", ")
}

// shown is how many changes a line tells of.
const shown = 3

// summary is what changed, on one line.
func summary(c palette, r store.Revision) string {
	if r.Type != store.Modified || r.Previous.IsZero() {
		return c.dim("@" + r.Version)
	}
	var parts []string
	more := 0
	for d := range differences(r.Previous, r.Document) {
		if len(parts) < shown {
			parts = append(parts, d.short())
		} else {
			more++
		}
	}
	switch {
	case len(parts) == 0:
		return c.dim("nothing but bookkeeping")
	case more > 0:
		parts = append(parts, c.dim(fmt.Sprintf("and %d more", more)))
	}
	return strings.Join(parts, "; ")
}

// short is a change as a part of a line.
func (d change) short() string {
	switch {
	case !d.old.Exists():
		return "+" + d.path + ": " + brief(d.new)
	case !d.new.Exists():
		return "-" + d.path + ": " + brief(d.old)
	}
	return d.path + ": " + brief(d.old) + " → " + brief(d.new)
}

// brief is a value that leaves room for others.
func brief(v raw.Value) string {
	const most = 40
	text := plain(v)
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}

// plain is a value as text: a string without quotes where it needs none. What the
// store has of a Secret is shown: its fingerprints, unless it was told to keep more.
func plain(v raw.Value) string {
	text, err := v.Text()
	if err != nil {
		text = string(v.Bytes())
	}
	if err == nil && (text == "" || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })) {
		return fmt.Sprintf("%q", text)
	}
	return text
}

// gap writes what is not known.
func (p *printer) gap(g store.Gap) {
	c, what := p.app.paint, "changes are missing"
	if g.Stopped {
		what = "no recorder was running"
	}
	fmt.Fprintf(&p.buf, "%s  %s  %s\n", c.dim(p.app.clock(g.Until)), c.alarm(pad("GAP", 9)),
		c.alarm(fmt.Sprintf("%s since %s, versions %s to %s: %s, %s; what differs follows, marked ~",
			g.Resource, p.app.clock(g.Since), g.From, g.To, what, g.Reason)))
}
