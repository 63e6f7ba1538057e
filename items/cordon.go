package items

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/internal/syntax"
	"github.com/kubeviews/kube/kinds"
)

// Cordon lets no new pods onto the node, and returns its next revision. Errors are
// those of [Object.Patch].
func (n Node) Cordon(ctx context.Context, options ...ChangeOption) (Node, error) {
	return n.schedulable(ctx, true, options)
}

// Uncordon lets pods onto the node again, and returns its next revision. Errors are
// those of [Object.Patch].
func (n Node) Uncordon(ctx context.Context, options ...ChangeOption) (Node, error) {
	return n.schedulable(ctx, nil, options)
}

func (n Node) schedulable(ctx context.Context, not any, options []ChangeOption) (Node, error) {
	if _, err := n.d.heedWhole(options); err != nil {
		return Node{}, err
	}
	return n.Patch(ctx, rest.MergePatch, nested(not, []string{"spec", "unschedulable"}), options...)
}

// Taint adds taints to the node, or replaces those of the same key and effect, and
// returns its next revision; where it has them all, the node as it is. Possible errors:
// *ArgumentError for a taint whose key or effect cannot be one; those of [Object.Patch].
func (n Node) Taint(ctx context.Context, taints ...Taint) (Node, error) {
	if len(taints) == 0 {
		return Node{}, &rest.ArgumentError{Arg: "taints", Reason: "at least one is needed"}
	}
	for _, t := range taints {
		if err := t.check(); err != nil {
			return Node{}, err
		}
	}
	return n.retaint(ctx, taints, func(old Taint) bool {
		for _, t := range taints {
			if t.Key == old.Key && t.Effect == old.Effect {
				return t.is(old)
			}
		}
		return true
	})
}

// Untaint removes taints from the node, each named by its key, or by its key and
// effect: "dedicated", "dedicated:NoSchedule". One that is not there stays so. It
// returns the node's next revision. Possible errors: *ArgumentError when there is
// nothing to remove, and for a key or an effect that cannot be one, such as kubectl's
// "dedicated-"; those of [Object.Patch].
func (n Node) Untaint(ctx context.Context, names ...string) (Node, error) {
	if len(names) == 0 {
		return Node{}, &rest.ArgumentError{Arg: "taints", Reason: "at least one is needed"}
	}
	for _, name := range names {
		t := Taint{Effect: kinds.TaintNoSchedule} // any, where none is named
		key, effect, named := strings.Cut(name, ":")
		if t.Key = key; named {
			t.Effect = kinds.TaintEffect(effect)
		}
		if err := t.check(); err != nil {
			return Node{}, err
		}
	}
	return n.retaint(ctx, nil, func(old Taint) bool {
		for _, name := range names {
			if name == old.Key || name == old.Key+":"+string(old.Effect) {
				return false
			}
		}
		return true
	})
}

// is reports whether a node that has the other taint has this one. Since when is for
// the server to say, unless it is said here.
func (t Taint) is(other Taint) bool {
	if t.TimeAdded.IsZero() {
		other.TimeAdded = t.TimeAdded
	}
	return t.Key == other.Key && t.Value == other.Value && t.Effect == other.Effect && t.TimeAdded.Equal(other.TimeAdded)
}

func (t Taint) check() error {
	if fault := syntax.QualifiedNameFault(t.Key); fault != "" {
		return &rest.ArgumentError{Arg: "taint key", Value: t.Key, Reason: fault}
	}
	switch t.Effect {
	case kinds.TaintNoSchedule, kinds.TaintPreferNoSchedule, kinds.TaintNoExecute:
		return nil
	}
	return &rest.ArgumentError{Arg: "taint", Value: t.Key + ":" + string(t.Effect),
		Reason: "the effect must be NoSchedule, PreferNoSchedule or NoExecute"}
}

// retaint keeps some taints as they are, and adds others.
func (n Node) retaint(ctx context.Context, add []Taint, keep func(Taint) bool) (Node, error) {
	return n.next(n.d.mergeRevised(ctx, func(now *data) (any, error) {
		old, err := list[Taint](now.doc, "spec", "taints")
		if err != nil {
			return nil, err
		}
		kept := []any{} // as they are written, with all that they may hold
		for i, t := range old {
			if keep(t) {
				kept = append(kept, json.RawMessage(now.doc.Get("spec", "taints").Index(i).Bytes()))
			}
		}
		missing := slices.DeleteFunc(slices.Clone(add), func(t Taint) bool { return slices.ContainsFunc(old, t.is) })
		if len(kept) == len(old) && len(missing) == 0 {
			return nil, nil
		}
		for _, t := range missing {
			kept = append(kept, t)
		}
		return map[string]any{"spec": map[string]any{"taints": kept}}, nil
	}))
}
