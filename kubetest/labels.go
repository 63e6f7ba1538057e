package kubetest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// labelTerm is one requirement of a label selector.
type labelTerm struct {
	key    string
	op     string // in, notin, =, ==, !=, >, <, exists, !
	values []string
}

// labelTerms is a parsed label selector: all terms must hold. It is not shared
// with the client under test, whose parser may be what is wrong.
type labelTerms []labelTerm

func (ts labelTerms) match(labels map[string]any) bool {
	for _, t := range ts {
		if !t.match(labels) {
			return false
		}
	}
	return true
}

func (t labelTerm) match(labels map[string]any) bool {
	value, has := labels[t.key].(string)
	switch t.op {
	case "exists":
		return has
	case "!":
		return !has
	case "in", "=", "==":
		return has && slices.Contains(t.values, value)
	case "notin", "!=":
		return !has || !slices.Contains(t.values, value)
	}
	a, err := strconv.ParseInt(value, 10, 64)
	if !has || err != nil {
		return false
	}
	b, _ := strconv.ParseInt(t.values[0], 10, 64)
	return t.op == ">" && a > b || t.op == "<" && a < b
}

// labelParser goes through the words of a selector once, from left to right.
type labelParser struct {
	words []string // "" stands after the last
	at    int
}

const labelSymbols = "=!(),<>"

// parseLabels reads a label selector; its errors have the server's words.
func parseLabels(expr string) (labelTerms, error) {
	p := &labelParser{words: labelWords(expr)}
	var terms labelTerms
	for {
		switch w := p.peek(); {
		case w == "":
			return terms, nil
		case !isIdentifier(w) && w != "!":
			return nil, fmt.Errorf("found '%s', expected: !, identifier, or 'end of string'", w)
		}
		t, err := p.term()
		if err != nil {
			return nil, fmt.Errorf("unable to parse requirement: %w", err)
		}
		terms = append(terms, t)
		switch w := p.next(); w {
		case "":
			return terms, nil
		case ",":
			if w := p.peek(); !isIdentifier(w) && w != "!" {
				return nil, fmt.Errorf("found '%s', expected: identifier after ','", w)
			}
		default:
			return nil, fmt.Errorf("found '%s', expected: ',' or 'end of string'", w)
		}
	}
}

// labelWords splits an expression into identifiers and the longest operators.
func labelWords(expr string) []string {
	var words []string
	for i := 0; i < len(expr); {
		c := expr[i]
		switch {
		case strings.IndexByte(" \t\r\n", c) >= 0:
			i++
		case strings.IndexByte(labelSymbols, c) >= 0:
			n := 1
			if two := expr[i:min(i+2, len(expr))]; two == "==" || two == "!=" {
				n = 2
			}
			words = append(words, expr[i:i+n])
			i += n
		default:
			n := strings.IndexAny(expr[i:], labelSymbols+" \t\r\n")
			if n < 0 {
				n = len(expr) - i
			}
			words = append(words, expr[i:i+n])
			i += n
		}
	}
	return words
}

func isIdentifier(w string) bool { return w != "" && strings.IndexByte(labelSymbols, w[0]) < 0 }

func (p *labelParser) peek() string {
	if p.at < len(p.words) {
		return p.words[p.at]
	}
	return ""
}

func (p *labelParser) next() string {
	w := p.peek()
	p.at++
	return w
}

func (p *labelParser) term() (labelTerm, error) {
	t := labelTerm{op: "exists"}
	if p.peek() == "!" {
		p.next()
		t.op = "!"
	}
	if t.key = p.next(); !isIdentifier(t.key) {
		return t, fmt.Errorf("found '%s', expected: identifier", t.key)
	}
	if faults := keyFaults(t.key); len(faults) > 0 {
		return t, fmt.Errorf("<nil>: Invalid value: %q: %s", t.key, strings.Join(faults, "; "))
	}
	if w := p.peek(); w == "" || w == "," || t.op == "!" {
		return t, nil
	}
	if err := p.operator(&t); err != nil {
		return t, err
	}
	return t, t.check()
}

func (p *labelParser) operator(t *labelTerm) (err error) {
	t.op = p.next()
	switch t.op {
	case "in", "notin":
		t.values, err = p.set()
	case "=", "==", "!=", ">", "<":
		t.values, err = p.single()
	default:
		err = fmt.Errorf("found '%s', expected: in, notin, =, ==, !=, gt, lt", t.op)
	}
	return err
}

func (p *labelParser) single() ([]string, error) {
	switch w := p.peek(); {
	case w == "" || w == ",":
		return []string{""}, nil
	case !isIdentifier(w):
		return nil, fmt.Errorf("found '%s', expected: identifier", w)
	}
	return []string{p.next()}, nil
}

// set reads "(a,b)", in which empty places stand for the empty value.
func (p *labelParser) set() ([]string, error) {
	if w := p.next(); w != "(" {
		return nil, fmt.Errorf("found '%s' expected: '('", w)
	}
	switch w := p.peek(); {
	case w == ")":
		p.next()
		return []string{""}, nil
	case !isIdentifier(w) && w != ",":
		return nil, fmt.Errorf("found '%s', expected: ',', ')' or identifier", w)
	}
	var values []string
	for last := ","; ; {
		switch w := p.next(); {
		case w == "," || w == ")":
			if last == "," {
				values = append(values, "")
			}
			if w == ")" {
				return values, nil
			}
			last = w
		case isIdentifier(w) && last == ",":
			values = append(values, w)
			last = w
		case last != ",":
			return nil, fmt.Errorf("found '%s', expected: ',' or ')'", w)
		default:
			return nil, fmt.Errorf("found '%s', expected: ',', or identifier", w)
		}
	}
}

func (t labelTerm) check() error {
	if t.op == ">" || t.op == "<" {
		if _, err := strconv.ParseInt(t.values[0], 10, 64); err != nil {
			return fmt.Errorf("values[0]: Invalid value: %q: for 'Gt', 'Lt' operators, the value must be an integer", t.values[0])
		}
	}
	for i, v := range t.values {
		if faults := valueFaults(v); len(faults) > 0 {
			return fmt.Errorf("values[%d][%s]: Invalid value: %q: %s", i, t.key, v, strings.Join(faults, "; "))
		}
	}
	return nil
}
