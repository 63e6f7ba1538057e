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
// Possible errors: *ArgumentError for an owner that was not read from a cluster;
// *NamespaceError for an owner in another namespace, or in one at all when this
// object is in none; those of [Object.Patch], of which *InvalidError when another
// object is the controller already.
func (o Object[T]) SetOwner(ctx context.Context, owner Item) (T, error) {
	var zero T
	if err := o.reachable(); err != nil {
		return zero, err
	}
	if err := o.checkOwner(owner); err != nil {
		return zero, err
	}
	ref := meta.OwnerReference{
		APIVersion: owner.APIVersion(), Kind: string(owner.Kind()), Name: owner.Name(), UID: owner.UID(),
		Controller: true, BlockOwnerDeletion: true,
	}
	return o.mergeRevised(ctx, func(now Object[T]) (any, error) {
		owners, err := now.Meta().Owners()
		if err != nil || slices.Contains(owners, ref) {
			return nil, err
		}
		owners = slices.DeleteFunc(owners, func(r meta.OwnerReference) bool { return r.UID == ref.UID })
		return map[string]any{"metadata": map[string]any{"ownerReferences": append(owners, ref)}}, nil
	})
}

func (o Object[T]) checkOwner(owner Item) error {
	if owner == nil || owner.IsZero() || owner.UID() == "" {
		return &rest.ArgumentError{Arg: "owner", Reason: "it is no object of a cluster"}
	}
	if owner.Namespace() != "" && owner.Namespace() != o.Namespace() {
		return &rest.NamespaceError{Kind: string(owner.Kind()), Name: owner.Name(), Namespace: owner.Namespace(),
			Reason: "an owner is in the namespace of what it owns, or in none"}
	}
	return nil
}

// Adopt makes this object the controller of another, and returns that one's next
// revision. Errors are those of [Object.SetOwner].
func (o Object[T]) Adopt(ctx context.Context, child Item) (Item, error) {
	if child == nil || child.IsZero() {
		return nil, &rest.ArgumentError{Arg: "item", Reason: "the zero item is no object of a cluster"}
	}
	return child.ownedBy(ctx, asItem(o.self()))
}

// ownedBy is SetOwner for any item.
func (o Object[T]) ownedBy(ctx context.Context, owner Item) (Item, error) {
	next, err := o.SetOwner(ctx, owner)
	if err != nil {
		return nil, err
	}
	return asItem(next), nil
}
