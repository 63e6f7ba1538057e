package web

import (
	"regexp"
	"strings"

	"github.com/kubeviews/kube/examples/dashboard/live"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/raw"
)

// diffLine is one field that has changed. Old or New is "" for one that was not, or is
// not there.
type diffLine struct {
	Path, Old, New string
	Order          bool // Old and New are the names of elements that have changed places
	Lines          bool // one of them has several lines
}

// linesOf tells at most so many of the differences of a change.
func linesOf(change live.Change, most int) (lines []diffLine) {
	for c := range change.Diff.All() {
		if len(lines) == most {
			break
		}
		old, new := change.Texts(len(lines), c)
		lines = append(lines, lineOf(c, old, new))
	}
	return lines
}

func lineOf(c items.FieldChange, old, new string) diffLine {
	line := diffLine{Path: c.Path.String(), Old: plain(c.Old, old), New: plain(c.New, new), Order: c.Reordered}
	switch {
	case line.Order:
		line.Old, line.New = plainNames(old), plainNames(new)
	case c.Old.Exists() && c.New.Exists() && c.Old.Kind() != c.New.Kind(): // "80" has become 80
		line.Old, line.New = old, new
	}
	line.Lines = strings.Contains(strings.TrimSuffix(line.Old, "\n")+line.New, "\n")
	return line
}

// closing is the quote at the end of a long text whose beginning is not shown.
var closing = regexp.MustCompile(`"( \(\d+ bytes\))$`)

// plain leaves the quotes out around a text.
func plain(v raw.Value, shown string) string {
	text, err := v.Text()
	switch {
	case err != nil || text == "":
		return shown
	case shown == `"`+text+`"`:
		return text
	case strings.HasPrefix(shown, "…"):
		return closing.ReplaceAllString(shown, "$1")
	}
	return shown
}

var plainName = regexp.MustCompile(`"([\w./:-]+)"`)

// plainNames leaves the quotes out around names that need none. Others keep them: names
// of variables may hold commas and quotes, and would look like several.
func plainNames(names string) string {
	if strings.Contains(names, `\`) {
		return names
	}
	return plainName.ReplaceAllString(names, "$1")
}
