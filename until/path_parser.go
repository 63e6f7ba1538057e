package until

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kubeviews/kube/internal/rest"
)

const maxPath = 4096

// pathParser reads a JSONPath from left to right. It does not recurse: a filter
// holds no filters.
type pathParser struct {
	text     string
	at       int
	inFilter bool
}

// whole reads a text that is a path and nothing else.
func (p *pathParser) whole() (path, *rest.ArgumentError) {
	steps, err := p.path()
	if err != nil {
		return nil, err
	}
	if p.at < len(p.text) {
		return nil, p.unexpected("'.', '[' or the end")
	}
	return steps, nil
}

// path reads a path, with or without braces, and the blanks around it.
func (p *pathParser) path() (path, *rest.ArgumentError) {
	switch {
	case len(p.text) > maxPath:
		return nil, &rest.ArgumentError{Arg: pathArg, Value: p.text, Reason: fmt.Sprintf("is longer than %d bytes", maxPath)}
	case !utf8.ValidString(p.text):
		return nil, &rest.ArgumentError{Arg: pathArg, Value: p.text, Reason: "is not valid UTF-8"}
	}
	p.blanks()
	braces := p.skip("{")
	p.blanks()
	steps, err := p.root()
	if err != nil {
		return nil, err
	}
	p.blanks()
	if braces && !p.skip("}") {
		return nil, p.unexpected("'.', '[' or '}'")
	}
	p.blanks()
	return steps, nil
}

func (p *pathParser) root() (path, *rest.ArgumentError) {
	rooted := p.skip("$") || p.skip("@")
	var steps path
	if c := p.peek(); !rooted && c != '.' && c != '[' {
		first, err := p.dotted()
		if err != nil {
			return nil, err
		}
		steps = path{{picker: first}}
	}
	steps, err := p.steps(steps)
	if err == nil && len(steps) == 0 {
		err = p.unexpected("'.' or '['")
	}
	return steps, err
}

// steps reads as many steps as there are.
func (p *pathParser) steps(steps path) (path, *rest.ArgumentError) {
	for {
		var next step
		var err *rest.ArgumentError
		switch next.deep = p.skip(".."); {
		case p.peek() == '[':
			next.picker, err = p.bracket()
		case next.deep || p.skip("."):
			next.picker, err = p.dotted()
		default:
			return steps, nil
		}
		if err != nil {
			return nil, err
		}
		steps = append(steps, next)
	}
}

// dotted reads what stands behind a dot: a name, or a star.
func (p *pathParser) dotted() (picker, *rest.ArgumentError) {
	if p.skip("*") {
		return each{}, nil
	}
	var name strings.Builder
	start := p.at
	for p.at < len(p.text) && !endsName(p.text[p.at]) {
		if err := p.character(&name); err != nil {
			return nil, err
		}
	}
	if p.at == start {
		return nil, p.unexpected("a name")
	}
	return member(name.String()), nil
}

// character reads a byte of a name; a backslash takes the next one as it is.
func (p *pathParser) character(name *strings.Builder) *rest.ArgumentError {
	if p.skip(`\`) && p.at == len(p.text) {
		return p.unexpected("a character")
	}
	name.WriteByte(p.text[p.at])
	p.at++
	return nil
}

// bracket reads all that can stand in brackets.
func (p *pathParser) bracket() (picked picker, err *rest.ArgumentError) {
	at := p.at
	switch {
	case p.skip("[?("):
		if p.inFilter {
			p.at = at
			return nil, p.fail("a filter in a filter is not supported")
		}
		return p.filter()
	case p.skip("[*"):
		picked = span{0, toEnd}
	case p.skip("["):
		if c := p.peek(); c == '\'' || c == '"' {
			picked, err = p.quotedName()
		} else {
			picked, err = p.positions()
		}
	}
	switch {
	case err != nil:
		return nil, err
	case p.peek() == ',':
		return nil, p.fail("a union is not supported")
	case !p.skip("]"):
		return nil, p.unexpected("']'")
	}
	return picked, nil
}

func (p *pathParser) quotedName() (picker, *rest.ArgumentError) {
	quote := p.text[p.at : p.at+1]
	p.at++
	var name strings.Builder
	for !p.skip(quote) {
		if p.at == len(p.text) {
			return nil, p.unexpected("a closing " + quote)
		}
		if err := p.character(&name); err != nil {
			return nil, err
		}
	}
	return member(name.String()), nil
}

// positions reads one position, or two with a colon.
func (p *pathParser) positions() (picker, *rest.ArgumentError) {
	from, found, err := p.integer()
	switch {
	case err != nil:
		return nil, err
	case p.skip(":"):
	case found:
		return position(from), nil
	default:
		return nil, p.unexpected("a position, '*', a quoted name or '?('")
	}
	to, found, err := p.integer()
	if !found {
		to = toEnd
	}
	if err == nil && p.peek() == ':' {
		err = p.fail("a step is not supported")
	}
	return span{from, to}, err
}

func (p *pathParser) integer() (n int, found bool, err *rest.ArgumentError) {
	start := p.at
	p.skip("-")
	p.digits()
	if p.at == start {
		return 0, false, nil
	}
	n, cause := strconv.Atoi(p.text[start:p.at])
	if cause != nil {
		p.at = start
		return 0, false, p.unexpected("an integer")
	}
	return n, true, nil
}

func (p *pathParser) digits() {
	for c := p.peek(); '0' <= c && c <= '9'; c = p.peek() {
		p.at++
	}
}

var operators = []string{"==", "!=", "<=", ">=", "<", ">"}

// filter reads what stands behind "[?(".
func (p *pathParser) filter() (picker, *rest.ArgumentError) {
	p.inFilter = true
	defer func() { p.inFilter = false }()
	start := p.at
	var f filter
	var err *rest.ArgumentError
	if f.left, err = p.operand(); err != nil {
		return nil, err
	}
	if f.operator = p.operator(); f.operator != "" {
		f.right, err = p.operand()
	} else if f.left.literal != nil && p.peek() == ')' {
		p.at = start
		err = p.fail("a literal needs something to be compared with")
	}
	switch {
	case err != nil:
		return nil, err
	case p.skip(")]"):
		return f, nil
	case f.operator == "":
		return nil, p.unexpected("==, !=, <, <=, >, >= or ')]'")
	}
	return nil, p.unexpected("')]'")
}

func (p *pathParser) operator() string {
	for _, operator := range operators {
		if p.skip(operator) {
			return operator
		}
	}
	return ""
}

// operand reads one side of a comparison, and the blanks around it.
func (p *pathParser) operand() (o operand, err *rest.ArgumentError) {
	p.blanks()
	switch c := p.peek(); {
	case c == '"' || c == '\'':
		o.literal, err = p.quotedText(c)
	case c == '-' || c == '+' || '0' <= c && c <= '9':
		o.literal, err = p.number()
	case p.skip("true"):
		o.literal = true
	case p.skip("false"):
		o.literal = false
	case c == '.' || c == '[' || p.skip("@"):
		o.path, err = p.steps(nil)
	default:
		return o, p.unexpected("'@', a quoted text, a number, true or false")
	}
	p.blanks()
	return o, err
}

// quotedText reads a text with the escapes of Go.
func (p *pathParser) quotedText(quote byte) (any, *rest.ArgumentError) {
	var text []byte
	p.at++
	for p.peek() != quote {
		if p.at == len(p.text) {
			return nil, p.unexpected("a closing " + string(quote))
		}
		r, multibyte, tail, cause := strconv.UnquoteChar(p.text[p.at:], quote)
		if cause != nil {
			return nil, p.fail("the escape is unknown")
		}
		if p.at = len(p.text) - len(tail); multibyte {
			text = utf8.AppendRune(text, r)
		} else {
			text = append(text, byte(r))
		}
	}
	p.at++
	return string(text), nil
}

// number reads an integer or a decimal number; 1.0 is the integer.
func (p *pathParser) number() (any, *rest.ArgumentError) {
	start := p.at
	if !p.skip("-") {
		p.skip("+")
	}
	p.digits()
	if p.skip(".") {
		p.digits()
	}
	text := p.text[start:p.at]
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		p.at = start
		return nil, p.unexpected("a number")
	}
	if f == math.Trunc(f) && -1<<63 <= f && f < 1<<63 {
		return int64(f), nil
	}
	return f, nil
}

// peek returns the next byte, or 0 at the end, which no text may hold there.
func (p *pathParser) peek() byte {
	if p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}

func (p *pathParser) skip(token string) bool {
	if !strings.HasPrefix(p.text[p.at:], token) {
		return false
	}
	p.at += len(token)
	return true
}

func (p *pathParser) blanks() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

const pathArg = "JSONPath"

func (p *pathParser) unexpected(expected string) *rest.ArgumentError {
	found := "the end"
	if p.at < len(p.text) {
		r, _ := utf8.DecodeRuneInString(p.text[p.at:])
		found = strconv.QuoteRune(r)
	}
	return p.fail("expected " + expected + ", found " + found)
}

func (p *pathParser) fail(reason string) *rest.ArgumentError {
	return &rest.ArgumentError{Arg: pathArg, Value: p.text, Reason: fmt.Sprintf("at byte %d: %s", p.at, reason)}
}
