package until

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// Condition is met when status.conditions has the given type with the status
// "True". See ConditionIs.
func Condition(kind string) Goal { return ConditionIs(kind, "True") }

// ConditionIs is met when status.conditions has the given type with the given
// status: "True", "False" or "Unknown". As in kubectl wait --for=condition,
//
//   - upper and lower case are the same, in the type and in the status;
//   - of several conditions of one type the first one counts;
//   - a condition that the controller has not looked at since the last change of
//     the spec does not count: its observedGeneration, or else that of the
//     status, is below metadata.generation. It meets no Not either;
//   - any other status can be waited for too, since some controllers have one.
//
// A type or status that is empty or holds blanks, control characters or a "=" is
// an error. Difference: where kubectl ends with an error because
// status.conditions is no list, the goal is not met.
func ConditionIs(kind, status string) Goal {
	if fault := wordFault(kind); fault != "" {
		return bad("condition", kind, "the type "+fault)
	}
	if fault := wordFault(status); fault != "" {
		return bad("condition", kind+"="+status, "the status "+fault)
	}
	for _, usual := range []string{"True", "False", "Unknown"} {
		if strings.EqualFold(status, usual) {
			status = usual
		}
	}
	return good(condition{kind, status})
}

func wordFault(word string) string {
	switch {
	case word == "":
		return "is empty"
	case strings.Contains(word, "="):
		return `holds a "="; Parse reads such a text`
	case strings.ContainsFunc(word, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }):
		return "holds a blank or a control character"
	}
	return ""
}

type condition struct{ kind, status string }

func (condition) check(Object) *rest.ArgumentError { return nil }

func (c condition) look(obj Object) truth {
	if obj == nil {
		return unknown
	}
	entry, status := c.find(obj.Raw())
	if _, _, stale := staleness(obj.Raw(), entry); stale {
		return unknown
	}
	return truthOf(strings.EqualFold(status, c.status))
}

// find returns the condition and its status: the first of the type, as long as
// it has a status.
func (c condition) find(doc raw.Object) (entry raw.Value, status string) {
	for entry := range doc.Get("status", "conditions").Elements() {
		kind, err := entry.Get("type").Text()
		if err != nil || !strings.EqualFold(kind, c.kind) {
			continue
		}
		if status, err := entry.Get("status").Text(); err == nil {
			return entry, status
		}
	}
	return raw.Value{}, ""
}

// staleness compares the generation that a condition is of with the object's.
func staleness(doc raw.Object, entry raw.Value) (observed, current int64, stale bool) {
	if !entry.Exists() {
		return 0, 0, false
	}
	current, err := doc.Get("metadata", "generation").Int()
	if err != nil {
		return 0, 0, false
	}
	if observed, err = entry.Get("observedGeneration").Int(); err != nil {
		observed, err = doc.Get("status", "observedGeneration").Int()
	}
	return observed, current, err == nil && observed < current
}

func (c condition) saw(obj Object) string {
	doc := obj.Raw()
	entry, status := c.find(doc)
	text := "condition " + c.kind + " is "
	switch {
	case !entry.Exists():
		return text + "not there"
	case doc.IsSensitive():
		return text + "set"
	}
	text += strconv.Quote(clip(status))
	if reason, err := entry.Get("reason").Text(); err == nil && reason != "" {
		text += " (" + plain(clip(reason)) + ")"
	}
	if observed, current, stale := staleness(doc, entry); stale {
		text += fmt.Sprintf(", which is about generation %d, not %d", observed, current)
	}
	return text
}

// plain quotes a text only if it could be mistaken for what stands around it.
func plain(text string) string {
	if wordFault(text) == "" {
		return text
	}
	return strconv.Quote(text)
}

func (c condition) String() string {
	if c.status == "True" {
		return "condition " + c.kind
	}
	return "condition " + c.kind + " = " + strconv.Quote(c.status)
}

const maxShown = 100

// clip keeps a text short that comes from a document.
func clip(text string) string {
	if len(text) <= maxShown {
		return text
	}
	return strings.ToValidUTF8(text[:maxShown], "") + "…"
}
