package kube

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kubeviews/kube/internal/rest"
)

// Warning is what the server says besides its answer: that an API is deprecated,
// that a field is unknown, what an admission webhook has to remark. See
// [WithWarnings]. It is the server's text, which may quote what it was sent.
//
// https://kubernetes.io/blog/2020/09/03/warnings/
type Warning struct {
	Code  int    // 299 from Kubernetes; 0 for a header that could not be read
	Agent string // who warns, or "-"
	Text  string // for Code 0, the rest of the header as it came
	Verb  string // the HTTP method of the request
	URL   string // the request's path and query, without credentials
}

// String is the warning as a line of text.
func (w Warning) String() string { return fmt.Sprintf("%s %s: %s", w.Verb, w.URL, w.Text) }

const (
	maxWarnings    = 100  // of one answer; what is more is told as a number
	maxWarningText = 4096 // bytes of one that could not be read
)

func warn(tell func(Warning), r rest.Request, headers []string) {
	left, more := maxWarnings, 0
	for _, header := range headers {
		for w := range warnings(header) {
			if left--; left < 0 {
				more++
				continue
			}
			w.Verb, w.URL = r.Verb, r.URL()
			tell(w)
		}
	}
	if more > 0 {
		tell(Warning{Agent: "-", Text: fmt.Sprintf("%d more warnings", more), Verb: r.Verb, URL: r.URL()})
	}
}

// warnings reads the header Warning (RFC 7234, section 5.5). Where the form ends,
// what is left is the last one.
func warnings(header string) func(yield func(Warning) bool) {
	return func(yield func(Warning) bool) {
		for rest := header; strings.Trim(rest, " \t") != ""; {
			w, after, ok := cutWarning(rest)
			if !ok {
				yield(Warning{Agent: "-", Text: legible(rest)})
				return
			}
			if !yield(w) {
				return
			}
			rest = after
		}
	}
}

// cutWarning reads one warning: code, agent, quoted text and perhaps a quoted
// date, up to a comma or the end.
func cutWarning(s string) (w Warning, rest string, ok bool) {
	code, s, _ := strings.Cut(strings.TrimLeft(s, " \t"), " ")
	agent, s, _ := strings.Cut(s, " ")
	text, s, quoted := cutQuoted(s)
	if s = withoutDate(strings.TrimLeft(s, " \t")); s != "" && s[0] != ',' {
		return w, "", false
	}
	if !isCode(code) || agent == "" || !quoted || !isText(agent) || !isText(text) {
		return w, "", false
	}
	number := int(code[0]-'0')*100 + int(code[1]-'0')*10 + int(code[2]-'0')
	return Warning{Code: number, Agent: agent, Text: text}, strings.TrimPrefix(s, ","), true
}

// cutQuoted reads a quoted-string (RFC 9110, section 5.6.4), in which a backslash
// makes the next character stand for itself.
func cutQuoted(s string) (text, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		return "", s, false
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:], true
		case '\\':
			if i++; i == len(s) {
				return "", s, false
			}
		}
		b.WriteByte(s[i])
	}
	return "", s, false
}

// withoutDate is what follows the date, which is quoted too, if there is one.
func withoutDate(s string) string {
	if date, ok := strings.CutPrefix(s, `"`); ok {
		if _, after, ended := strings.Cut(date, `"`); ended {
			return strings.TrimLeft(after, " \t")
		}
	}
	return s
}

func isCode(s string) bool { return len(s) == 3 && strings.Trim(s, "0123456789") == "" }

func isText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// legible is what can be shown of a text that nobody has checked.
func legible(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > maxWarningText {
		s = s[:maxWarningText] + "…"
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}
