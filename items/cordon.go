package items

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/internal/syntax"
)

// Cordon lets no new pods onto the node, and returns its next revision. Errors are
// those of [Object.Patch].
func (n Node) Cordon(ctx context.Context) (Node, error) {
	return n.MergePatch(ctx, map[string]any{"spec": map[string]any{"unschedulable": true}})
}

// Uncordon lets pods onto the node again, and returns its next revision. Errors are
// those of [Object.Patch].
func (n Node) Uncordon(ctx context.Context) (Node, error) {
	return n.MergePatch(ctx, map[string]any{"spec": map[string]any{"unschedulable": nil}})
}

// Taint adds taints to the node, or replaces those of the same key and effect, and
// returns its next revision. Possible errors: *ArgumentError for a taint without a
// key that can be one, or without an effect; those of [Object.Patch].
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
				return false
			}
		}
		return true
	})
}

// Untaint removes taints from the node, each named by its key, or by its key and
// effect: "dedicated", "dedicated:NoSchedule". One that is not there stays so. It
// returns the node's next revision. Possible errors: *ArgumentError when there is
// nothing to remove; those of [Object.Patch].
func (n Node) Untaint(ctx context.Context, names ...string) (Node, error) {
	if len(names) == 0 {
		return Node{}, &rest.ArgumentError{Arg: "taints", Reason: "at least one is needed"}
	}
	for _, name := range names {
		key, _, _ := strings.Cut(name, ":")
		if fault := syntax.QualifiedNameFault(key); fault != "" {
			return Node{}, &rest.ArgumentError{Arg: "taint key", Value: key, Reason: fault}
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

func (t Taint) check() error {
	if fault := syntax.QualifiedNameFault(t.Key); fault != "" {
		return &rest.ArgumentError{Arg: "taint key", Value: t.Key, Reason: fault}
	}
	if t.Effect == "" {
		return &rest.ArgumentError{Arg: "taint", Value: t.Key, Reason: "it has no effect"}
	}
	return nil
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
		if len(kept) == len(old) && len(add) == 0 {
			return nil, nil
		}
		for _, t := range add {
			kept = append(kept, t)
		}
		return map[string]any{"spec": map[string]any{"taints": kept}}, nil
	}))
}
