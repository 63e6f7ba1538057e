package views

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/kubeviews/kube/raw"
)

// WriteTo writes the table as kubectl get does: a line of titles, and one for
// each row, aligned; with [Table.Wide], all of the columns. Rows of a global view
// begin with their namespaces, if metadata came with them. A table without rows is
// written as nothing. Possible errors: those of w.
func (t Table) WriteTo(w io.Writer) (int64, error) {
	if t.Len() == 0 {
		return 0, nil
	}
	counted := &counter{w: w}
	aligned := tabwriter.NewWriter(counted, 6, 4, 3, ' ', 0)
	lines := func(yield func([]string) bool) {
		if !yield(t.head.titles(t.wide)) {
			return
		}
		for row := range t.All() {
			if !yield(row.line(t.wide)) {
				return
			}
		}
	}
	for line := range lines {
		if _, err := io.WriteString(aligned, strings.Join(line, "\t")+"\n"); err != nil {
			return counted.n, err
		}
	}
	err := aligned.Flush()
	return counted.n, err
}

// counter counts what comes through.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(text []byte) (int, error) {
	n, err := c.w.Write(text)
	c.n += int64(n)
	return n, err
}

// scattered reports whether rows may be of several namespaces, and know theirs.
func (h *head) scattered() bool {
	return h != nil && h.with != IncludeNone && h.view.kind.Namespaced() && h.view.namespace == ""
}

func (h *head) titles(wide bool) []string {
	var titles []string
	if h.scattered() {
		titles = append(titles, "NAMESPACE")
	}
	for _, column := range h.shared() {
		if wide || !column.Wide() {
			titles = append(titles, strings.ToUpper(column.Name))
		}
	}
	return titles
}

// line is the texts of the columns that are shown.
func (r Row) line(wide bool) []string {
	var line []string
	if r.head.scattered() {
		line = append(line, r.Namespace())
	}
	texts := r.Texts()
	for i, column := range r.head.shared() {
		if wide || !column.Wide() {
			line = append(line, texts[i])
		}
	}
	return line
}

// cellText is a cell as kubectl prints it: of a text, the first line, which shows
// that there are more, and nothing that a terminal would obey.
func cellText(cell raw.Value) string {
	text, err := cell.Text()
	switch {
	case !cell.IsSet():
		return ""
	case err != nil:
		return plain.Replace(number(cell))
	}
	if end := strings.IndexAny(text, "\f\n\r"); end >= 0 {
		text = text[:end] + "..."
	}
	return plain.Replace(text)
}

var plain = strings.NewReplacer("\x1b", "^[", "\r", "\\r")

// number writes numbers as Go does, and other values as they are in JSON.
func number(cell raw.Value) string {
	if n, err := cell.Int(); err == nil {
		return fmt.Sprint(n)
	}
	if f, err := cell.Float(); err == nil {
		return fmt.Sprint(f)
	}
	return string(cell.Bytes())
}
