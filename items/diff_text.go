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
	if lines, ok := c.lines(); ok {
		return path + ": " + lines.String()
	}
	old, new := c.Texts()
	return path + ": " + old + " → " + new
}

// Texts shows the two values as String does, for a program that lays them out in its
// own way: two long ones around where they begin to differ, texts of several lines as
// the lines of each that differ, with some around them and without marks, and a list
// that was reordered as the names of its elements. "" stands for a value that is
// missing; an empty text is in quotes, as JSON has it.
func (c FieldChange) Texts() (old, new string) {
	if c.Reordered {
		return orderOf(c.Old), orderOf(c.New)
	}
	if lines, ok := c.lines(); ok {
		old, new = lines.side('-'), lines.side('+')
		if string(c.Old.Bytes()) == `""` {
			old = `""`
		}
		if string(c.New.Bytes()) == `""` {
			new = `""`
		}
		return old, new
	}
	from := c.firstDifference()
	return c.text(c.Old, from), c.text(c.New, from)
}

// lines is how two texts differ, if one of them has several lines.
func (c FieldChange) lines() (diff lineDiff, ok bool) {
	old, errOld := c.Old.Text()
	new, errNew := c.New.Text()
	if errOld != nil || errNew != nil || !strings.Contains(old+new, "\n") {
		return diff, false
	}
	return diffLines(old, new), true
}

// firstDifference is where two long values begin to differ, less some context, or 0.
func (c FieldChange) firstDifference() int { return firstDifference(c.Old.Bytes(), c.New.Bytes()) }

func firstDifference[T []byte | string](a, b T) int {
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
	if !v.Exists() {
		return ""
	}
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

// orderOf names the elements of a keyed list by the first text in each, and those of a
// set by what they are.
func orderOf(list raw.Value) string {
	var names []string
	for v := range list.Elements() {
		name := "?"
		if !isContainer(v) {
			name = string(v.Bytes())
		}
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

// lineDiff is how two texts differ: their lines, but for those of both that are far
// from any that differs.
type lineDiff struct {
	lines          []markedLine
	removed, added int
}

// markedLine is a line of the old text alone '-', of the new '+', of both ' ', or '…'
// for some that are left out.
type markedLine struct {
	mark rune
	text string
}

func diffLines(old, new string) (d lineDiff) {
	olds, news := slices.Collect(strings.Lines(old)), slices.Collect(strings.Lines(new))
	steps := alignLines(olds, news)
	last := -1
	for i, s := range steps {
		line := markedLine{' ', ""}
		switch {
		case isSame(s, olds, news):
			if !isNear(steps, i, olds, news) {
				continue
			}
			line.text = olds[s.old]
		case s.new < 0:
			d.removed++
			line = markedLine{'-', olds[s.old]}
		default:
			d.added++
			line = markedLine{'+', news[s.new]}
		}
		if i > last+1 {
			d.lines = append(d.lines, markedLine{mark: '…'})
		}
		last = i
		d.lines = append(d.lines, line)
	}
	shorten(d.lines)
	return d
}

// shorten makes lines fit to be shown: a long one that was replaced by another from
// where the two begin to differ.
func shorten(lines []markedLine) {
	for i := 0; i < len(lines); {
		removed := run(lines[i:], '-')
		added := run(lines[i+removed:], '+')
		olds, news := lines[i:i+removed], lines[i+removed:i+removed+added]
		for n := range max(removed, added) {
			switch {
			case n >= removed:
				news[n].text = lineText(news[n].text, 0)
			case n >= added:
				olds[n].text = lineText(olds[n].text, 0)
			default:
				from := firstDifference(olds[n].text, news[n].text)
				olds[n].text, news[n].text = lineText(olds[n].text, from), lineText(news[n].text, from)
			}
		}
		if i += removed + added; removed+added > 0 {
			continue
		}
		if lines[i].mark == ' ' {
			lines[i].text = lineText(lines[i].text, 0)
		}
		i++
	}
}

// run is how many lines of one mark there are in front.
func run(lines []markedLine, mark rune) (n int) {
	for n < len(lines) && lines[n].mark == mark {
		n++
	}
	return n
}

// String shows all lines with their marks, below how many there are of each.
func (d lineDiff) String() string {
	var lines []string
	for _, line := range d.fitting() {
		if line.mark == '…' {
			lines = append(lines, "    …"+line.text)
			continue
		}
		lines = append(lines, "    "+string(line.mark)+" "+line.text)
	}
	return fmt.Sprintf("%s removed, %d added\n%s", counted(d.removed), d.added, strings.Join(lines, "\n"))
}

// fitting are the first of the lines, where there are too many: half of them may be such
// as were removed, so that those are not all that is seen.
func (d lineDiff) fitting() []markedLine {
	if len(d.lines) <= maxLines {
		return d.lines
	}
	others := len(d.lines) - d.removed
	removed := max(maxLines/2, maxLines-others)
	others = maxLines - min(removed, d.removed)
	var all []markedLine
	for _, line := range d.lines {
		left := &others
		if line.mark == '-' {
			left = &removed
		}
		if *left > 0 {
			all = append(all, line)
		}
		*left--
	}
	return append(all, markedLine{'…', fmt.Sprintf(" and %d more", len(d.lines)-len(all))})
}

// side shows the lines of one text: the old '-' or the new '+'.
func (d lineDiff) side(mark rune) string {
	var lines []string
	for _, line := range d.lines {
		switch line.mark {
		case '…':
			lines = append(lines, "…")
		case ' ', mark:
			lines = append(lines, line.text)
		}
	}
	if more := len(lines) - maxLines; more > 0 {
		lines = append(lines[:maxLines], fmt.Sprintf("… and %d more", more))
	}
	return strings.Join(lines, "\n")
}

func counted(lines int) string {
	if lines == 1 {
		return "1 line"
	}
	return fmt.Sprintf("%d lines", lines)
}

// lineText shows a line from some byte on. At the end of a text, one may lack its end.
func lineText(line string, from int) string {
	text, ended := strings.CutSuffix(line[from:], "\n")
	text = cutAt(printable(text), maxValueText)
	if from > 0 {
		text = "…" + text
	}
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
	var c classes
	middle := inParts(c.lines(olds[head:len(olds)-tail]), c.lines(news[head:len(news)-tail]), func(x, y []element) []step {
		if max(len(x), len(y)) > maxAligned {
			return fill(len(x), len(y), nil)
		}
		return fill(len(x), len(y), commonIn(classesOf(x), classesOf(y)))
	})
	return between(head, tail, len(olds), len(news), middle)
}

func (c *classes) lines(lines []string) []element {
	all := make([]element, len(lines))
	for i, line := range lines {
		all[i].class = c.number(line)
	}
	return all
}
