package main

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/kubeviews/kube/examples/audit/store"
	"github.com/kubeviews/kube/items"
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
		c.bold(pad(r.Object.String(), 30)), c.cyan(pad(by(r), 30)), summary(c, r))
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
	text = printable(text)
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}

// by names the authors; "-" when the object does not tell.
func by(r store.Revision) string {
	var names []string
	for _, a := range r.By {
		if name := printable(a.String()); !slices.Contains(names, name) {
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
		return c.dim("@" + printable(r.Version))
	}
	var parts []string
	changes := differences(r.Previous, r.Document)
	for d := range changes.All() {
		if len(parts) < shown {
			parts = append(parts, short(d))
		}
	}
	switch more := changes.Len() - shown; {
	case len(parts) == 0:
		return c.dim("nothing but bookkeeping")
	case more > 0:
		parts = append(parts, c.dim(fmt.Sprintf("and %d more", more)))
	}
	return strings.Join(parts, "; ")
}

// short is a change as a part of a line.
func short(d items.FieldChange) string {
	path := printable(d.Path.String())
	switch {
	case d.Reordered:
		return path + ": another order"
	case !d.Old.Exists():
		return "+" + path + ": " + brief(d.New)
	case !d.New.Exists():
		return "-" + path + ": " + brief(d.Old)
	}
	return path + ": " + brief(d.Old) + " → " + brief(d.New)
}

// brief is a value that leaves room for others: a string without its quotes.
func brief(v raw.Value) string {
	const most = 40
	text, err := v.Text()
	if err != nil || text == "" {
		text = string(v.Bytes())
	}
	text = printable(text)
	if strings.HasPrefix(text, fingerprinted) {
		return text[:min(len(text), len(fingerprinted)+8)] + "…"
	}
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}

// printable escapes what would not be seen, or would do something to a terminal: the
// server takes it in some names, and in most values.
func printable(text string) string {
	if strings.IndexFunc(text, isHarmful) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if isHarmful(r) {
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isHarmful(r rune) bool { return !unicode.IsPrint(r) }

// gap writes what is not known.
func (p *printer) gap(g store.Gap) {
	c, what := p.app.paint, "changes are missing"
	if g.Stopped {
		what = "no recorder was running"
	}
	fmt.Fprintf(&p.buf, "%s  %s  %s\n", c.dim(p.app.clock(g.Until)), c.alarm(pad("GAP", 9)),
		c.alarm(fmt.Sprintf("%s since %s (%s), versions %s to %s: %s, %s", g.Resource, p.app.clock(g.Since),
			length(g), g.From, g.To, what, printable(g.Reason))))
}

func length(g store.Gap) string {
	if d := g.Until.Sub(g.Since); d >= 0 {
		return d.Round(time.Millisecond).String()
	}
	return "by a clock that was set back"
}
