package items

import (
	"context"
	"slices"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/meta"
)

// SetOwner makes another object the controller of this one: it is deleted with it.
// Owners that it has beside stay. It returns the next revision; where the owner is
// one already, the object as it is.
//
// Possible errors: *ArgumentError for an owner that was not read from a cluster, and
// for the object itself;
// *NamespaceError for an owner in another namespace, or in one at all when this
// object is in none; those of [Object.Patch], of which *InvalidError when another
// object is the controller already.
func (o Object[T]) SetOwner(ctx context.Context, owner Item, options ...ChangeOption) (T, error) {
	return o.next(o.d.setOwner(ctx, owner, options))
}

func (d *data) setOwner(ctx context.Context, owner Item, options []ChangeOption) (*data, error) {
	if err := d.reachable(); err != nil {
		return nil, err
	}
	if err := d.checkOwner(owner); err != nil {
		return nil, err
	}
	ref := meta.OwnerReference{
		APIVersion: owner.APIVersion(), Kind: string(owner.Kind()), Name: owner.Name(), UID: owner.UID(),
		Controller: true, BlockOwnerDeletion: true,
	}
	return d.mergeRevised(ctx, func(now *data) (any, error) {
		owners, err := meta.Of[Generic](now.doc, nil).Owners()
		if err != nil || slices.Contains(owners, ref) {
			return nil, err
		}
		owners = slices.DeleteFunc(owners, func(r meta.OwnerReference) bool { return r.UID == ref.UID })
		return map[string]any{"metadata": map[string]any{"ownerReferences": append(owners, ref)}}, nil
	}, options...)
}

func (d *data) checkOwner(owner Item) error {
	if owner == nil || owner.IsZero() || owner.UID() == "" {
		return &rest.ArgumentError{Arg: "owner", Reason: "it is no object of a cluster"}
	}
	if owner.UID() == d.uid() {
		return &rest.ArgumentError{Arg: "owner", Value: owner.Name(), Reason: "no object owns itself"}
	}
	if owner.Namespace() != "" && owner.Namespace() != d.namespace() {
		return &rest.NamespaceError{Kind: string(owner.Kind()), Name: owner.Name(), Namespace: owner.Namespace(),
			Reason: "an owner is in the namespace of what it owns, or in none"}
	}
	return nil
}

// Adopt makes this object the controller of another, and returns that one's next
// revision. Errors are those of [Object.SetOwner].
func (o Object[T]) Adopt(ctx context.Context, child Item, options ...ChangeOption) (Item, error) {
	return adopt(ctx, o.as(o.d), child, options)
}

func adopt(ctx context.Context, owner, child Item, options []ChangeOption) (Item, error) {
	if child == nil || child.IsZero() {
		return nil, &rest.ArgumentError{Arg: "item", Reason: "the zero item is no object of a cluster"}
	}
	next, err := child.inner().setOwner(ctx, owner, options)
	if err != nil {
		return nil, err
	}
	return child.as(next), nil
}
