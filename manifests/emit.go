package manifests

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kubeviews/kube/raw"
)

// emitter writes documents as kubectl does: two spaces a level, the elements of an
// array as far in as the array's name.
type emitter struct{ out []byte }

type pair struct {
	name  string
	value raw.Value
}

var leading = []string{"apiVersion", "kind", "metadata"}

func (e *emitter) document(doc raw.Object) {
	var first, rest []pair
	for name, v := range doc.Members() {
		if slices.Contains(leading, name) {
			first = append(first, pair{name, v})
		} else {
			rest = append(rest, pair{name, v})
		}
	}
	slices.SortFunc(first, func(a, b pair) int {
		return slices.Index(leading, a.name) - slices.Index(leading, b.name)
	})
	if len(first)+len(rest) == 0 {
		e.out = append(e.out, "{}\n"...)
	}
	e.members(append(first, rest...), 0, false)
}

// members writes an object in block style. The first line may follow a dash.
func (e *emitter) members(all []pair, indent int, begun bool) {
	for i, p := range all {
		if i > 0 || !begun {
			e.indent(indent)
		}
		e.name(p.name, indent)
		inner := indent + 2
		if p.value.Kind() == raw.KindArray {
			inner = indent
		}
		e.value(p.value, inner, false)
	}
}

// name writes a member's name. YAML wants to be told of one that is long.
func (e *emitter) name(s string, indent int) {
	start := len(e.out)
	e.scalar(s, -1)
	if len(e.out)-start > 1000 {
		e.out = append(slices.Insert(e.out, start, '?', ' '), '\n')
		e.indent(indent)
	}
	e.out = append(e.out, ':')
}

// value writes what stands behind a name or a dash, at the given indentation when
// it has lines of its own.
func (e *emitter) value(v raw.Value, indent int, dash bool) {
	switch v.Kind() {
	case raw.KindObject:
		if all := pairsOf(v); len(all) > 0 {
			e.begin(dash)
			e.members(all, indent, dash)
			return
		}
		e.out = append(e.out, " {}\n"...)
	case raw.KindArray:
		if v.Len() > 0 {
			e.begin(dash)
			e.elements(v, indent, dash)
			return
		}
		e.out = append(e.out, " []\n"...)
	case raw.KindString:
		text, _ := v.Text()
		e.out = append(e.out, ' ')
		e.scalar(text, indent)
		e.out = append(e.out, '\n')
	default:
		e.out = append(v.AppendTo(append(e.out, ' ')), '\n')
	}
}

// begin goes to where a block starts: on the dash's line, or the next.
func (e *emitter) begin(dash bool) {
	if dash {
		e.out = append(e.out, ' ')
	} else {
		e.out = append(e.out, '\n')
	}
}

func (e *emitter) elements(v raw.Value, indent int, begun bool) {
	for element := range v.Elements() {
		if !begun {
			e.indent(indent)
		}
		begun = false
		e.out = append(e.out, '-')
		e.value(element, indent+2, true)
	}
}

// pairsOf are the members of an object. Of a name that is there twice, the last
// one counts.
func pairsOf(v raw.Value) (all []pair) {
	at := map[string]int{}
	for name, member := range v.Members() {
		if i, known := at[name]; known {
			all[i].value = member
			continue
		}
		at[name] = len(all)
		all = append(all, pair{name, member})
	}
	return all
}

func (e *emitter) indent(n int) {
	for range n {
		e.out = append(e.out, ' ')
	}
}

// scalar writes a text: plain where it is safe, as lines where it has some and
// the indentation is not negative, else in quotes.
func (e *emitter) scalar(s string, indent int) {
	switch {
	case isPlain(s):
		e.out = append(e.out, s...)
	case indent >= 0 && hasLines(s):
		e.lines(s, max(indent, 2))
	default:
		e.quoted(s)
	}
}

// isPlain reports whether every reader takes s for a text, and for itself.
func isPlain(s string) bool {
	if len(s) == 0 || len(s) > 1000 || !isLetter(rune(s[0])) && s[0] != '/' && s[0] != '.' || s[0] == '.' && !strings.HasPrefix(s, "./") {
		return false
	}
	for i, r := range s {
		switch {
		case isLetter(r), '0' <= r && r <= '9', strings.ContainsRune("_-./@+=()$%^;<>~", r):
		case r == ' ' && i < len(s)-1 && s[i+1] != ' ' && s[i+1] != '#' && s[i-1] != ':':
		case r == ':' && i < len(s)-1 && s[i+1] != ' ':
		case r == ',' || r == '\'': // not in flow style
		default:
			return false
		}
	}
	is, _ := resolve(s)
	return is == isText
}

func isLetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }

// hasLines reports whether s can be written as lines, which nothing but their
// ends escapes.
func hasLines(s string) bool {
	if !strings.Contains(s, "\n") || strings.ContainsAny(s[:1], " \n\t") || strings.HasSuffix(s, "\n\n") ||
		strings.Contains(s, " \n") || strings.HasSuffix(s, " ") {
		return false
	}
	for _, r := range s {
		if r != '\n' && r != '\t' && !isShown(r) {
			return false
		}
	}
	return true
}

// isShown reports whether YAML takes a character as it is.
func isShown(r rune) bool {
	return r != utf8.RuneError && r != '\ufeff' && unicode.IsPrint(r)
}

func (e *emitter) lines(s string, indent int) {
	body, ended := strings.CutSuffix(s, "\n")
	e.out = append(e.out, '|')
	if !ended {
		e.out = append(e.out, '-')
	}
	for line := range strings.SplitSeq(body, "\n") {
		e.out = append(e.out, '\n')
		if line != "" {
			e.indent(indent)
			e.out = append(e.out, line...)
		}
	}
}

func (e *emitter) quoted(s string) {
	e.out = append(e.out, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			e.out = append(e.out, '\\', byte(r))
		case r == '\n':
			e.out = append(e.out, `\n`...)
		case r == '\t':
			e.out = append(e.out, `\t`...)
		case r == utf8.RuneError || r == ' ' || isShown(r):
			e.out = utf8.AppendRune(e.out, r)
		case r > 0xffff:
			e.out = fmt.Appendf(e.out, `\U%08x`, r)
		default:
			e.out = fmt.Appendf(e.out, `\u%04x`, r)
		}
	}
	e.out = append(e.out, '"')
}
