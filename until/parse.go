package until

import (
	"strings"

	"github.com/kubeviews/kube/internal/rest"
)

// Parse reads a goal as kubectl wait --for takes it:
//
//	condition=Ready                     Condition("Ready")
//	condition=Ready=False               ConditionIs("Ready", "False")
//	delete                              Deleted()
//	create                              Not(Deleted())
//	jsonpath={.status.phase}=Running    JSONPath("{.status.phase}", "Running")
//	jsonpath={.status.podIP}            JSONPathExists("{.status.podIP}")
//
// The path may stand in quotes, with or without its braces, and so may the value
// behind it. Upper and lower case are the same in "delete" and "create".
//
// Possible error: *ArgumentError, which the goal keeps too; a text with a path may
// have 4096 bytes. Differences from
// kubectl: the value may hold a "=", and the path a "!=", "<=" or ">="; an empty
// condition or status is refused.
//
// See https://kubernetes.io/docs/reference/kubectl/generated/kubectl_wait/.
func Parse(s string) (Goal, error) {
	g := parse(s)
	return g, g.Err()
}

func parse(s string) Goal {
	if strings.EqualFold(s, "delete") {
		return Deleted()
	}
	if strings.EqualFold(s, "create") {
		return Not(Deleted())
	}
	switch how, what, _ := strings.Cut(s, "="); {
	case how == s:
	case how == "condition":
		if kind, status, given := strings.Cut(what, "="); given {
			return ConditionIs(kind, status)
		}
		return Condition(what)
	case how == "jsonpath":
		return parseJSONPath(s, len("jsonpath="))
	}
	return bad("goal", s, "must be condition=TYPE, condition=TYPE=STATUS, jsonpath={PATH}, jsonpath={PATH}=VALUE, delete or create")
}

// parseJSONPath reads what starts at a byte of the text: a path, and perhaps a
// value.
func parseJSONPath(text string, at int) Goal {
	p := pathParser{text: text, at: at}
	steps, err := p.quotedPath()
	switch {
	case err != nil:
		return Goal{err: err}
	case p.at == len(text):
		return good(atPath{steps, nil})
	case !p.skip("=") || p.peek() == '=':
		return Goal{err: p.unexpected("'=' and a value, or the end")}
	}
	value := strings.Trim(text[p.at:], `'"`)
	if value == "" {
		return Goal{err: p.unexpected("a value")}
	}
	return good(atPath{steps, newEquals(value)})
}

func (p *pathParser) quotedPath() (path, *rest.ArgumentError) {
	quote := ""
	if p.skip("'") {
		quote = "'"
	} else if p.skip(`"`) {
		quote = `"`
	}
	steps, err := p.path()
	if err == nil && !p.skip(quote) {
		err = p.unexpected("a closing " + quote)
	}
	return steps, err
}
