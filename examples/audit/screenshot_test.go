package main

import (
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestScreenshot holds the picture of the README to what the command prints.
func TestScreenshot(t *testing.T) {
	s := shopScene(t)
	var screen strings.Builder
	for _, args := range []string{"log --since 10:12 -n shop", "diff 10:30 now --kind deployments,configmaps"} {
		out, errs, code := call(t, testApp(), append(strings.Fields(args), "--color", "always", "--db", s.path)...)
		if code != exitDone {
			t.Fatal(errs)
		}
		fmt.Fprintf(&screen, "\x1b[2m$\x1b[0m \x1b[1maudit %s\x1b[0m\n%s\n", args, out)
	}
	golden(t, "screenshot.svg", picture(strings.TrimRight(screen.String(), "\n")))
}

// escape is how a colour begins, or ends.
var escape = regexp.MustCompile("\x1b\\[([0-9;]*)m")

// styles are the colours of a terminal; those of a dark one where that is wished.
var styles = map[string]string{"1": "b", "2": "d", "31": "r", "32": "g", "33": "y", "36": "c", "1;35": "m"}

// picture draws a terminal.
func picture(screen string) string {
	const width, line, left, most = 7.8, 19, 16, 176
	lines := strings.Split(screen, "\n")
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%d" font-family="ui-monospace,SFMono-Regular,Menlo,DejaVu Sans Mono,monospace" font-size="13">
<style>
text{fill:#24292f;white-space:pre}.b{font-weight:bold}.d{fill:#6e7781}.r{fill:#cf222e}.g{fill:#116329}.y{fill:#7d4e00}.c{fill:#0a6c86}.m{fill:#a40e99;font-weight:bold}rect{fill:#f6f8fa;stroke:#d0d7de}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.d{fill:#8b949e}.r{fill:#ff7b72}.g{fill:#56d364}.y{fill:#e3b341}.c{fill:#76e3ea}.m{fill:#f778ba}rect{fill:#0d1117;stroke:#30363d}}
</style>
<rect x="0.5" y="0.5" width="%.0f" height="%d" rx="8"/>
`, width*most+2*left, line*len(lines)+30, width*most+2*left-1, line*len(lines)+29)
	for i, text := range lines {
		fmt.Fprintf(&b, `<text x="%d" y="%d" xml:space="preserve">%s</text>`+"\n", left, line*(i+1)+10, spans(text, most))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// spans is a line with its colours, cut where the terminal ends.
func spans(text string, most int) string {
	var b strings.Builder
	style := ""
	tell := func(part string) {
		if n := utf8.RuneCountInString(part); n > most {
			part = string([]rune(part)[:max(0, most-1)]) + "…"
		}
		most -= utf8.RuneCountInString(part)
		if part == "" || most < 0 {
			return
		}
		var escaped strings.Builder
		xml.EscapeText(&escaped, []byte(part))
		if style == "" {
			b.WriteString(escaped.String())
		} else {
			fmt.Fprintf(&b, `<tspan class="%s">%s</tspan>`, style, &escaped)
		}
	}
	for {
		at := escape.FindStringSubmatchIndex(text)
		if at == nil {
			tell(text)
			return b.String()
		}
		tell(text[:at[0]])
		style, text = styles[text[at[2]:at[3]]], text[at[1]:]
	}
}
