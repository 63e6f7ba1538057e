package meta

import (
	"slices"
	"strings"

	"github.com/kubeviews/kube/internal/rest"
)

// Selector picks objects by their labels, by their fields, or by both. It is
// an immutable value: copy it, store it, share it between goroutines. One
// Selector narrows a list on the server (as the labelSelector and
// fieldSelector query parameters) and a collection in memory, with the same
// result.
//
// The functions that make one never fail. A selector that is malformed or
// empty keeps an error, which Err returns and which views return at their
// first use; it matches nothing. So a mistake, or an empty variable, never
// becomes a selector that matches everything.
//
// The zero Selector is empty, and so an error. Compare with Equal: == tells
// only whether two values are copies of one another.
type Selector struct{ s *selector }

// selector is shared by the copies of a Selector and never written again.
// Without an err, it has at least one requirement.
type selector struct {
	labels []labelRequirement // sorted, each one once
	fields []fieldRequirement // sorted, each one once
	err    *rest.ArgumentError
}

// empty is what the zero Selector stands for.
var empty = selector{err: emptyError("selector")}

func (s Selector) inner() *selector {
	if s.s == nil {
		return &empty
	}
	return s.s
}

func emptyError(arg string) *rest.ArgumentError {
	return &rest.ArgumentError{Arg: arg, Reason: "is empty; leave the selector out to match every object"}
}

// broken makes the Selector that keeps err.
func broken(err *rest.ArgumentError) Selector { return Selector{&selector{err: err}} }

// Err returns nil if the selector can be used, and otherwise an
// *ArgumentError that says what is wrong, and at which byte of the expression.
func (s Selector) Err() error {
	err := s.inner().err
	if err == nil {
		return nil
	}
	// A copy, so that no caller can write into what others hold.
	copied := *err
	return &copied
}

// And returns a Selector that matches what s and all others match. If any of
// them keeps an error, so does the result; it is the first one's.
func (s Selector) And(others ...Selector) Selector {
	both := *s.inner()
	for _, other := range others {
		if both.err != nil {
			break
		}
		both = selector{
			labels: slices.Concat(both.labels, other.inner().labels),
			fields: slices.Concat(both.fields, other.inner().fields),
			err:    other.inner().err,
		}
	}
	if both.err != nil {
		return broken(both.err)
	}
	return Selector{both.tidy()}
}

// tidy brings the requirements into canonical order. Their slices must not be
// shared.
func (s selector) tidy() *selector {
	slices.SortFunc(s.labels, labelRequirement.compare)
	slices.SortFunc(s.fields, fieldRequirement.compare)
	s.labels = slices.CompactFunc(s.labels, func(a, b labelRequirement) bool { return a.compare(b) == 0 })
	s.fields = slices.Compact(s.fields)
	for i := range s.labels {
		s.labels[i].mark()
	}
	return &s
}

// LabelQuery returns the label part in canonical form, as the server takes it
// in the labelSelector query parameter (before URL encoding): sorted, each
// requirement once, "=" instead of "==". It is "" if there is none, and if the
// selector keeps an error.
func (s Selector) LabelQuery() string {
	return join(s.inner().labels, labelRequirement.appendTo)
}

// FieldQuery returns the field part in canonical form, as the server takes it
// in the fieldSelector query parameter (before URL encoding). It is "" if there
// is none, and if the selector keeps an error.
func (s Selector) FieldQuery() string {
	return join(s.inner().fields, fieldRequirement.appendTo)
}

func join[R any](requirements []R, appendTo func(R, []byte) []byte) string {
	var text []byte
	for i, r := range requirements {
		if i > 0 {
			text = append(text, ',')
		}
		text = appendTo(r, text)
	}
	return string(text)
}

// String describes the selector for people: "labels app=web; fields
// status.phase=Running". Of an erroneous one it gives the error.
func (s Selector) String() string {
	if err := s.inner().err; err != nil {
		return err.Error()
	}
	var parts []string
	if query := s.LabelQuery(); query != "" {
		parts = append(parts, "labels "+query)
	}
	if query := s.FieldQuery(); query != "" {
		parts = append(parts, "fields "+query)
	}
	return strings.Join(parts, "; ")
}

// Equal tells whether both selectors have the same requirements, in whichever
// order and form they were written, or keep the same error.
func (s Selector) Equal(other Selector) bool {
	a, b := s.inner(), other.inner()
	if a == b {
		return true
	}
	if a.err != nil || b.err != nil {
		return a.err != nil && b.err != nil && a.err.Error() == b.err.Error()
	}
	sameLabels := slices.EqualFunc(a.labels, b.labels, func(x, y labelRequirement) bool { return x.compare(y) == 0 })
	return sameLabels && slices.Equal(a.fields, b.fields)
}

// MatchesLabels tells whether the label part matches the labels that get looks
// up: get returns a label's value, and whether the object has that label. A
// selector without a label part matches; one that keeps an error does not.
//
// It decides exactly as the server does; see LabelSelector.
func (s Selector) MatchesLabels(get func(key string) (value string, ok bool)) bool {
	inner := s.inner()
	if inner.err != nil {
		return false
	}
	for i := range inner.labels {
		if !inner.labels[i].matches(get) {
			return false
		}
	}
	return true
}

// MatchesFields tells whether the field part matches the fields that get looks
// up: get returns the text of the field at a dotted path such as
// "status.phase", and "" where the object has none. A selector without a field
// part matches; one that keeps an error does not.
//
// The server knows only some fields of each kind, and answers 400 for others;
// here every path that get knows can be matched.
func (s Selector) MatchesFields(get func(path string) string) bool {
	inner := s.inner()
	if inner.err != nil {
		return false
	}
	for i := range inner.fields {
		if !inner.fields[i].matches(get) {
			return false
		}
	}
	return true
}
