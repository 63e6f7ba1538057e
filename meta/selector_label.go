package meta

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/internal/syntax"
)

const labelArg = "label selector"

// LabelSelector reads an expression in the server's own language, the one of
// kubectl get -l: requirements separated by commas, all of which must hold.
//
//	app=web  app==web   has the label app, and it is web
//	app!=web            has no label app, or it is not web
//	app in (web,api)    has the label app, and it is one of these
//	app notin (web,api) has no label app, or it is none of these
//	app                 has the label app, whatever its value
//	!app                has no label app
//	size>3  size<5      has the label size, and it is an integer above 3, below 5
//
// Blanks (space, tab, CR, LF) may stand between any two symbols. A value may be
// empty: "app=" and "app in ()" match the empty value. Keys and values are
// checked; see ValidateLabelKey and ValidateLabelValue.
//
// See https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors.
// Unlike the server, which would match every object, it refuses an expression
// without any requirement.
func LabelSelector(expr string) Selector {
	p := labelParser{text: expr}
	requirements, err := p.parse()
	if err != nil {
		return broken(err)
	}
	return Selector{selector{labels: requirements}.tidy()}
}

// LabelsEqual selects the objects that have all the given labels with exactly
// the given values. The map is read once and not kept. An empty map is an
// error, as is a key or value that no label can have.
func LabelsEqual(labels map[string]string) Selector {
	if len(labels) == 0 {
		return broken(emptyError(labelArg))
	}
	requirements := make([]labelRequirement, 0, len(labels))
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		if err := labelFault(key, labels[key]); err != nil {
			return broken(err)
		}
		requirements = append(requirements, labelRequirement{key: key, op: isIn, values: []string{labels[key]}})
	}
	return Selector{selector{labels: requirements}.tidy()}
}

func labelFault(key, value string) *rest.ArgumentError {
	if fault := syntax.QualifiedNameFault(key); fault != "" {
		return &rest.ArgumentError{Arg: labelArg, Value: key, Reason: "the key " + fault}
	}
	if fault := syntax.LabelValueFault(value); fault != "" {
		return &rest.ArgumentError{Arg: labelArg, Value: key + "=" + value, Reason: "the value " + fault}
	}
	return nil
}

// labelOp is what a label requirement asks. Equality is isIn with one value.
type labelOp uint8

const (
	exists labelOp = iota
	isAbsent
	isIn
	isNotIn
	isAbove
	isBelow
)

// labelRequirement is one condition on one label. It has values, sorted and
// each one once, for isIn and isNotIn, and a number for isAbove and isBelow. Of
// each object that it matches, the mark has one of its marks, if it has any.
type labelRequirement struct {
	key    string
	op     labelOp
	values []string
	number int64
	marks  []LabelMark
}

func (r labelRequirement) compare(other labelRequirement) int {
	return cmp.Or(
		cmp.Compare(r.key, other.key),
		cmp.Compare(r.op, other.op),
		cmp.Compare(r.number, other.number),
		slices.Compare(r.values, other.values),
	)
}

func (r *labelRequirement) matches(get func(string) (string, bool)) bool {
	value, ok := get(r.key)
	switch r.op {
	case exists:
		return ok
	case isAbsent:
		return !ok
	case isIn:
		return ok && r.has(value)
	case isNotIn:
		return !ok || !r.has(value)
	}
	return ok && r.bounds(value)
}

func (r *labelRequirement) has(value string) bool {
	_, found := slices.BinarySearch(r.values, value)
	return found
}

// bounds compares as the server does: a label that is no integer of 64 bits is
// neither above nor below anything.
func (r *labelRequirement) bounds(value string) bool {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return false
	}
	if r.op == isAbove {
		return n > r.number
	}
	return n < r.number
}

func (r labelRequirement) appendTo(text []byte) []byte {
	if r.op == isAbsent {
		text = append(text, '!')
	}
	text = append(text, r.key...)
	switch r.op {
	case isIn:
		return r.appendValues(text, "=", " in (")
	case isNotIn:
		return r.appendValues(text, "!=", " notin (")
	case isAbove:
		return strconv.AppendInt(append(text, '>'), r.number, 10)
	case isBelow:
		return strconv.AppendInt(append(text, '<'), r.number, 10)
	}
	return text
}

func (r labelRequirement) appendValues(text []byte, single, several string) []byte {
	if len(r.values) == 1 {
		return append(append(text, single...), r.values[0]...)
	}
	text = append(text, several...)
	for i, value := range r.values {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, value...)
	}
	return append(text, ')')
}

// labelParser reads a label selector from left to right, one token ahead:
// token is text[at : at+len(token)], or "" at the end, and the rest of the
// text starts at next.
type labelParser struct {
	text  string
	token string
	at    int
	next  int
}

func (p *labelParser) parse() ([]labelRequirement, *rest.ArgumentError) {
	p.advance()
	if p.token == "" {
		return nil, emptyError(labelArg)
	}
	var requirements []labelRequirement
	for {
		r, err := p.requirement()
		if err != nil {
			return nil, err
		}
		requirements = append(requirements, r)
		if p.token == "" {
			return requirements, nil
		}
		if p.token != "," {
			return nil, p.unexpected("',' or the end")
		}
		p.advance()
	}
}

// requirement reads one condition and stops at the token behind it.
func (p *labelParser) requirement() (r labelRequirement, err *rest.ArgumentError) {
	if p.token == "!" {
		p.advance()
		r.key, err = p.key()
		r.op = isAbsent
		return r, err
	}
	if r.key, err = p.key(); err != nil {
		return r, err
	}
	operator := p.token
	switch operator {
	case "", ",":
		return r, nil
	case "=", "==", "!=":
		p.advance()
		r.values, err = p.value()
	case "in", "notin":
		p.advance()
		r.values, err = p.list()
	case ">", "<":
		p.advance()
		r.number, err = p.integer()
	default:
		return r, p.unexpected("an operator (=, ==, !=, in, notin, > or <), ',' or the end")
	}
	r.op = labelOps[operator]
	return r, err
}

var labelOps = map[string]labelOp{
	"=": isIn, "==": isIn, "in": isIn,
	"!=": isNotIn, "notin": isNotIn,
	">": isAbove, "<": isBelow,
}

func (p *labelParser) key() (string, *rest.ArgumentError) {
	key := p.token
	if !isLabelWord(key) {
		return "", p.unexpected("a label key")
	}
	if fault := syntax.QualifiedNameFault(key); fault != "" {
		return "", p.fail(fmt.Sprintf("the key %q %s", key, fault))
	}
	p.advance()
	return key, nil
}

// value reads the one value behind an operator, which may be left out.
func (p *labelParser) value() ([]string, *rest.ArgumentError) {
	if p.token == "" || p.token == "," {
		return []string{""}, nil
	}
	value, err := p.word()
	return []string{value}, err
}

func (p *labelParser) integer() (int64, *rest.ArgumentError) {
	at := p.at
	value, err := p.word()
	if err != nil {
		return 0, err
	}
	n, cause := strconv.ParseInt(value, 10, 64)
	if cause != nil {
		p.at = at
		return 0, p.fail(fmt.Sprintf("%q must be an integer of 64 bits", value))
	}
	return n, nil
}

func (p *labelParser) word() (string, *rest.ArgumentError) {
	value := p.token
	if !isLabelWord(value) {
		return "", p.unexpected("a value")
	}
	if fault := syntax.LabelValueFault(value); fault != "" {
		return "", p.fail(fmt.Sprintf("the value %q %s", value, fault))
	}
	p.advance()
	return value, nil
}

// list reads values in parentheses. Between two commas, and between a comma
// and a parenthesis, stands the empty value.
func (p *labelParser) list() (values []string, err *rest.ArgumentError) {
	if p.token != "(" {
		return nil, p.unexpected("'('")
	}
	for more := true; more; more = p.token == "," {
		p.advance()
		value := ""
		if p.token != "," && p.token != ")" {
			if value, err = p.word(); err != nil {
				return nil, err
			}
		}
		values = append(values, value)
	}
	if p.token != ")" {
		return nil, p.unexpected("',' or ')'")
	}
	p.advance()
	slices.Sort(values)
	return slices.Compact(values), nil
}

// advance reads the next token: one of the symbols, or a word, which is
// whatever stands between symbols and blanks.
func (p *labelParser) advance() {
	for p.next < len(p.text) && isBlank(p.text[p.next]) {
		p.next++
	}
	p.at = p.next
	tail := p.text[p.at:]
	switch {
	case strings.HasPrefix(tail, "=="), strings.HasPrefix(tail, "!="):
		p.next += 2
	case tail != "" && isLabelSymbol(tail[0]):
		p.next++
	default:
		for p.next < len(p.text) && !isLabelSymbol(p.text[p.next]) && !isBlank(p.text[p.next]) {
			p.next++
		}
	}
	p.token = p.text[p.at:p.next]
}

func isLabelWord(token string) bool { return token != "" && !isLabelSymbol(token[0]) }

func isLabelSymbol(c byte) bool {
	switch c {
	case '=', '!', '(', ')', ',', '>', '<':
		return true
	}
	return false
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func (p *labelParser) unexpected(expected string) *rest.ArgumentError {
	found := "the end"
	if p.token != "" {
		found = strconv.Quote(p.token)
	}
	return p.fail("expected " + expected + ", found " + found)
}

func (p *labelParser) fail(reason string) *rest.ArgumentError {
	return selectorError(labelArg, p.text, p.at, reason)
}

// selectorError says at which byte of the expression, counted from 0, the
// fault is.
func selectorError(arg, expr string, at int, reason string) *rest.ArgumentError {
	return &rest.ArgumentError{Arg: arg, Value: expr, Reason: fmt.Sprintf("at byte %d: %s", at, reason)}
}
