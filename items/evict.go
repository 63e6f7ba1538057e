package items

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/internal/syntax"
	"github.com/kubeviews/kube/kinds"
)

// Evict deletes the pod, unless that would break a PodDisruptionBudget. Options are
// those of [Object.Delete]. Possible errors: *ArgumentError; *APIError, of which
// *TooManyRequestsError when a budget forbids it for now (its Status says which one),
// *NotFoundError, and *ConflictError when another pod has taken the name.
//
// It asks once; [Node.Drain] asks until the budget allows.
//
// See https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/.
func (p Pod) Evict(ctx context.Context, options ...DeleteOption) error {
	d, err := newDeletion(p.UID(), p.Version(), options)
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]any{
		"apiVersion": "policy/v1", "kind": "Eviction",
		"metadata":      map[string]any{"name": p.Name(), "namespace": p.Namespace()},
		"deleteOptions": d,
	})
	if err != nil {
		return err
	}
	_, err = p.d.request(ctx, rest.Request{Verb: http.MethodPost, Body: body, ContentType: "application/json", Once: true}, "eviction")
	return err
}

// Toleration lets a pod onto nodes with a matching taint.
//
// See https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/.
type Toleration struct {
	Key      string            // "" for taints of every key; the operator is "Exists" then
	Operator string            // "Equal" or "Exists"; "" is Equal
	Value    string            // of the taint, for Equal
	Effect   kinds.TaintEffect // "" for every effect
	// For is how long the pod stays on a node that gets the taint, for the effect
	// NoExecute, in whole seconds: 0 is for ever, less than 0 not at all.
	For time.Duration
}

// toleration is a Toleration as the API writes it.
type toleration struct {
	Key               string            `json:"key,omitempty"`
	Operator          string            `json:"operator,omitempty"`
	Value             string            `json:"value,omitempty"`
	Effect            kinds.TaintEffect `json:"effect,omitempty"`
	TolerationSeconds *int64            `json:"tolerationSeconds,omitempty"`
}

// UnmarshalJSON reads a toleration as the API writes it.
func (t *Toleration) UnmarshalJSON(text []byte) error {
	var is toleration
	if err := json.Unmarshal(text, &is); err != nil {
		return err
	}
	*t = Toleration{Key: is.Key, Operator: is.Operator, Value: is.Value, Effect: is.Effect}
	if is.TolerationSeconds != nil {
		if t.For = time.Duration(*is.TolerationSeconds) * time.Second; t.For <= 0 {
			t.For = -time.Second
		}
	}
	return nil
}

// MarshalJSON writes the toleration as the API does.
func (t Toleration) MarshalJSON() ([]byte, error) {
	is := toleration{Key: t.Key, Operator: t.Operator, Value: t.Value, Effect: t.Effect}
	if t.For != 0 {
		seconds := max(int64(t.For/time.Second), 0)
		is.TolerationSeconds = &seconds
	}
	return json.Marshal(is)
}

func (t Toleration) check() error {
	bad := func(reason string) error {
		return &rest.ArgumentError{Arg: "toleration", Value: t.Key, Reason: reason}
	}
	switch {
	case t.Operator != "" && t.Operator != "Equal" && t.Operator != "Exists" && t.Operator != "Lt" && t.Operator != "Gt":
		return bad("the operator must be Equal or Exists")
	case t.Operator == "Exists" && t.Value != "":
		return bad("Exists takes no value")
	case t.Key == "" && t.Operator != "Exists":
		return bad("without a key, the operator must be Exists")
	case t.Key != "" && syntax.QualifiedNameFault(t.Key) != "":
		return bad("the key " + syntax.QualifiedNameFault(t.Key))
	case t.For > 0 && t.For%time.Second != 0:
		return bad("For must be whole seconds")
	case t.For != 0 && t.Effect != kinds.TaintNoExecute:
		return bad("For is for the effect NoExecute")
	}
	return nil
}

// Tolerations are the taints that the pod puts up with. The slice is the caller's.
// Possible error: *StatusError when they are malformed.
func (p Pod) Tolerations() ([]Toleration, error) {
	return list[Toleration](p.doc(), "spec", "tolerations")
}

// Tolerate adds tolerations to the pod, and returns its next revision. Those that it
// has stay: the API does not let them go. Possible errors: *ArgumentError for a
// toleration that cannot be; those of [Object.Patch].
func (p Pod) Tolerate(ctx context.Context, tolerations ...Toleration) (Pod, error) {
	if len(tolerations) == 0 {
		return Pod{}, &rest.ArgumentError{Arg: "tolerations", Reason: "at least one is needed"}
	}
	for _, t := range tolerations {
		if err := t.check(); err != nil {
			return Pod{}, err
		}
	}
	return p.next(p.d.mergeRevised(ctx, func(now *data) (any, error) {
		have, err := list[Toleration](now.doc, "spec", "tolerations")
		if err != nil {
			return nil, err
		}
		var all []any // those that it has as they are written
		for v := range now.doc.Get("spec", "tolerations").Elements() {
			all = append(all, json.RawMessage(v.Bytes()))
		}
		for _, t := range tolerations {
			if !slices.Contains(have, t) {
				all = append(all, t)
			}
		}
		if len(all) == len(have) {
			return nil, nil
		}
		return map[string]any{"spec": map[string]any{"tolerations": all}}, nil
	}))
}
