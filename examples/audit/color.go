package main

import "strings"

// palette paints, or does not.
type palette struct{ on bool }

var colours = palette{true}

func (p palette) paint(code, text string) string {
	if !p.on || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (p palette) dim(text string) string    { return p.paint("2", text) }
func (p palette) bold(text string) string   { return p.paint("1", text) }
func (p palette) red(text string) string    { return p.paint("31", text) }
func (p palette) green(text string) string  { return p.paint("32", text) }
func (p palette) yellow(text string) string { return p.paint("33", text) }
func (p palette) cyan(text string) string   { return p.paint("36", text) }
func (p palette) alarm(text string) string  { return p.paint("1;35", text) }

// change colours a line of a change: what came, what went, what is another.
func (p palette) change(line string) string {
	text, end := strings.TrimSuffix(line, "\n"), ""
	if text != line {
		end = "\n"
	}
	switch trimmed := strings.TrimLeft(text, " "); {
	case strings.HasPrefix(trimmed, "+ "):
		text = p.green(text)
	case strings.HasPrefix(trimmed, "- "):
		text = p.red(text)
	case trimmed == text:
		text = p.yellow("~ ") + text
	}
	return text + end
}
