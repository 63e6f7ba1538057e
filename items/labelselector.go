package items

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/kubeviews/kube/meta"
)

// LabelSelector is how an object picks others by their labels. It is an
// immutable value; two that ask the same are ==.
//
// What an absent selector means depends on where it is missing, so the zero
// LabelSelector, which is that, matches nothing. A selector that is there and
// empty matches everything.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/.
type LabelSelector struct {
	expr string // in the canonical form of meta.Selector
	set  bool
}

// IsZero reports whether there is no selector.
func (s LabelSelector) IsZero() bool { return !s.set }

// MatchesAll reports whether the selector is there, and asks nothing.
func (s LabelSelector) MatchesAll() bool { return s.set && s.expr == "" }

// Matches reports whether the selector picks an object with the item's labels.
// Namespaces are not compared.
func (s LabelSelector) Matches(item Item) bool {
	return item != nil && (s.MatchesAll() || s.Selector().Matches(item.Raw()))
}

// Selector is the selector in the form that narrows views. One that is absent,
// or matches all, is an erroneous one there, which matches nothing: look at
// MatchesAll first.
func (s LabelSelector) Selector() meta.Selector { return meta.LabelSelector(s.expr) }

// String is the selector as kubectl writes it: "app=web,tier in (a,b)". It is ""
// both for an absent selector and for one that matches all.
func (s LabelSelector) String() string { return s.expr }

// MarshalJSON gives the text of String; null for an absent selector.
func (s LabelSelector) MarshalJSON() ([]byte, error) {
	if !s.set {
		return []byte("null"), nil
	}
	return json.Marshal(s.expr)
}

// UnmarshalJSON reads a selector as the API has it. A null is an absent one.
// Possible error: that of json.Unmarshal, and *ArgumentError for a requirement
// that no label can meet.
func (s *LabelSelector) UnmarshalJSON(text []byte) error {
	var is *struct {
		MatchLabels      map[string]string  `json:"matchLabels"`
		MatchExpressions []labelRequirement `json:"matchExpressions"`
	}
	if err := json.Unmarshal(text, &is); err != nil || is == nil {
		*s = LabelSelector{}
		return err
	}
	for _, r := range is.MatchExpressions {
		if r.Operator == "" {
			return errOperator
		}
	}
	for _, key := range slices.Sorted(maps.Keys(is.MatchLabels)) {
		is.MatchExpressions = append(is.MatchExpressions, labelRequirement{key, "", []string{is.MatchLabels[key]}})
	}
	expr, err := expression(is.MatchExpressions)
	*s = LabelSelector{expr, err == nil}
	return err
}

func expression(requirements []labelRequirement) (string, error) {
	var terms []string
	for _, r := range requirements {
		term, err := r.term()
		if err != nil {
			return "", err
		}
		terms = append(terms, term)
	}
	if len(terms) == 0 {
		return "", nil
	}
	all := meta.LabelSelector(strings.Join(terms, ","))
	return all.LabelQuery(), all.Err()
}

var errOperator = errors.New("want In or NotIn with values, or Exists or DoesNotExist without")

// labelRequirement is one of a selector's. Without an operator, it is one of
// matchLabels, and has one value.
type labelRequirement struct {
	Key      string   `json:"key"`
	Operator string   `json:"operator"`
	Values   []string `json:"values"`
}

// term is the requirement in the language of expressions. Key and values are
// checked, so that none can pass for another requirement.
func (r labelRequirement) term() (string, error) {
	if err := meta.ValidateLabelKey(r.Key); err != nil {
		return "", err
	}
	for _, v := range r.Values {
		if err := meta.ValidateLabelValue(v); err != nil {
			return "", err
		}
	}
	return r.written()
}

func (r labelRequirement) written() (string, error) {
	list := " (" + strings.Join(r.Values, ",") + ")"
	switch {
	case r.Operator == "":
		return r.Key + "=" + r.Values[0], nil
	case r.Operator == "In" && len(r.Values) > 0:
		return r.Key + " in" + list, nil
	case r.Operator == "NotIn" && len(r.Values) > 0:
		return r.Key + " notin" + list, nil
	case r.Operator == "Exists" && len(r.Values) == 0:
		return r.Key, nil
	case r.Operator == "DoesNotExist" && len(r.Values) == 0:
		return "!" + r.Key, nil
	}
	return "", errOperator
}
