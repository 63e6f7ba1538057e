package items

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kubeviews/kube/raw"
)

// What bounds the text of a change.
const (
	maxValueText = 120 // characters of a value, or of one of its lines
	maxLines     = 40  // of the difference of two texts
	contextLines = 2   // around what differs
)

// String shows a line for each change, as [FieldChange.String] does; "" when there is
// none.
func (c Changes) String() string {
	lines := make([]string, len(c.all))
	for i, change := range c.all {
		lines[i] = change.String()
	}
	return strings.Join(lines, "\n")
}

// String shows the change in a line:
//
//	spec.replicas: 2 → 3
//	+ metadata.labels.audited: "yes"
//	- spec.paused: true
//	spec.template.spec.initContainers: order "a", "b" → "b", "a"
//	data.token: fp:0bd6e7c1f4a01c22 → fp:c06a1cf1f2e1a0ff
//
// Values are JSON, of at most 120 characters; of longer ones the size is told, and two
// are shown around where they begin to differ. Of texts of several lines, those lines
// are shown below that differ, at most 40:
//
//	data["app.conf"]: 1 line removed, 1 added
//	      workers 4
//	    - listen 80
//	    + listen 8080
//
// What cannot be printed is shown as an escape, such as \u202e.
func (c FieldChange) String() string {
	path := cutAt(printable(c.Path.String()), 2*maxValueText)
	switch {
	case c.Reordered:
		return path + ": order " + orderOf(c.Old) + " → " + orderOf(c.New)
	case !c.Old.Exists() && !c.New.Exists():
		return path
	case !c.Old.Exists():
		return "+ " + path + ": " + c.text(c.New, 0)
	case !c.New.Exists():
		return "- " + path + ": " + c.text(c.Old, 0)
	}
	old, errOld := c.Old.Text()
	new, errNew := c.New.Text()
	if errOld == nil && errNew == nil && strings.Contains(old+new, "\n") {
		return path + ": " + lineDiff(old, new)
	}
	from := c.firstDifference()
	return path + ": " + c.text(c.Old, from) + " → " + c.text(c.New, from)
}

// firstDifference is where two long values begin to differ, less some context, or 0.
func (c FieldChange) firstDifference() int {
	a, b := c.Old.Bytes(), c.New.Bytes()
	if max(len(a), len(b)) <= maxValueText {
		return 0
	}
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	if n -= maxValueText / 4; n < maxValueText/4 {
		return 0
	}
	for n > 0 && !utf8.RuneStart(a[n]) {
		n--
	}
	return n
}

// text is a value from some byte on.
func (c FieldChange) text(v raw.Value, from int) string {
	if fp, err := v.Text(); c.Hidden && err == nil {
		return fp
	}
	all := v.Bytes()
	text := cutAt(printable(string(all[from:])), maxValueText)
	if from > 0 {
		text = "…" + text
	}
	if from > 0 || strings.HasSuffix(text, "…") {
		text += fmt.Sprintf(" (%d bytes)", len(all))
	}
	return text
}

// cutAt cuts a text to a number of characters.
func cutAt(text string, most int) string {
	n := 0
	for i := range text {
		if n == most {
			return text[:i] + "…"
		}
		n++
	}
	return text
}

// printable escapes what would not be seen, or would do something to a terminal.
func printable(text string) string {
	if strings.IndexFunc(text, isHarmful) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if isHarmful(r) {
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func isHarmful(r rune) bool { return !unicode.IsPrint(r) && r != '\t' }

// orderOf names the elements of a keyed list by the first text in each.
func orderOf(list raw.Value) string {
	var names []string
	for v := range list.Elements() {
		name := "?"
		for _, key := range []string{"name", "type", "uid", "key", "ip", "mountPath", "devicePath", "containerPort", "port"} {
			if of := v.Get(key); of.IsSet() {
				name = string(of.Bytes())
				break
			}
		}
		names = append(names, name)
	}
	return cutAt(printable(strings.Join(names, ", ")), maxValueText)
}

// lineDiff shows what differs between two texts.
func lineDiff(old, new string) string {
	olds, news := slices.Collect(strings.Lines(old)), slices.Collect(strings.Lines(new))
	steps := alignLines(olds, news)
	var lines []string
	removed, added, last := 0, 0, -1
	for i, s := range steps {
		mark, line := "  ", ""
		switch {
		case isSame(s, olds, news):
			if !isNear(steps, i, olds, news) {
				continue
			}
			line = olds[s.old]
		case s.new < 0:
			removed++
			mark, line = "- ", olds[s.old]
		default:
			added++
			mark, line = "+ ", news[s.new]
		}
		if i > last+1 {
			lines = append(lines, "    …")
		}
		last = i
		lines = append(lines, "    "+mark+lineText(line))
	}
	if more := len(lines) - maxLines; more > 0 {
		lines = append(lines[:maxLines], fmt.Sprintf("    … and %d more", more))
	}
	return fmt.Sprintf("%s removed, %d added\n%s", counted(removed), added, strings.Join(lines, "\n"))
}

func counted(lines int) string {
	if lines == 1 {
		return "1 line"
	}
	return fmt.Sprintf("%d lines", lines)
}

// lineText shows a line. At the end of a text, one may lack its end.
func lineText(line string) string {
	text, ended := strings.CutSuffix(line, "\n")
	text = cutAt(printable(text), maxValueText)
	if !ended {
		text += " (no end of line)"
	}
	return text
}

func isSame(s step, olds, news []string) bool {
	return s.old >= 0 && s.new >= 0 && olds[s.old] == news[s.new]
}

// isNear reports whether a line stands next to one that differs.
func isNear(steps []step, i int, olds, news []string) bool {
	near := steps[max(0, i-contextLines):min(len(steps), i+contextLines+1)]
	return slices.ContainsFunc(near, func(s step) bool { return !isSame(s, olds, news) })
}

// alignLines aligns two texts. Lines that differ are removed and added.
func alignLines(olds, news []string) []step {
	head, least := 0, min(len(olds), len(news))
	for head < least && olds[head] == news[head] {
		head++
	}
	tail := 0
	for tail < least-head && olds[len(olds)-1-tail] == news[len(news)-1-tail] {
		tail++
	}
	x, y := olds[head:len(olds)-tail], news[head:len(news)-tail]
	var same []step
	if !isTrivial(len(x), len(y)) {
		var c classes
		same = sameIn(c.lines(x), c.lines(y))
	}
	return between(head, tail, len(olds), len(news), fill(len(x), len(y), same))
}

func (c *classes) lines(lines []string) []element {
	all := make([]element, len(lines))
	for i, line := range lines {
		all[i].class = c.number(line)
	}
	return all
}
