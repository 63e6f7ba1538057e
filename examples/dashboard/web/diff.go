package web

import (
	"strings"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/raw"
)

// diffLine is one field that has changed. Old or New is "" for one that was not, or is
// not there.
type diffLine struct {
	Path, Old, New string
}

// longest is how much of a value is shown, in characters.
const longest = 160

func linesOf(changes items.Changes) (lines []diffLine) {
	for c := range changes.All() {
		lines = append(lines, diffLine{Path: c.Path.String(), Old: short(c.Old), New: short(c.New)})
	}
	return lines
}

func short(v raw.Value) string {
	if !v.Exists() {
		return ""
	}
	text := string(v.Bytes())
	if plain, err := v.Text(); err == nil && !strings.ContainsAny(plain, "\n\t\"") && plain != "" {
		text = plain
	}
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return text
}
