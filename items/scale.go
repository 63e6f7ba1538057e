package items

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/kubeviews/kube/internal/rest"
)

// Scale sets how many replicas the object is to have, at the path that its kind
// declares for it, and returns the next revision. The replicas themselves take
// their time: Wait waits for them.
//
//	web, err = web.Scale(ctx, 3)
//	web, err = web.Wait(ctx, until.JSONPath("{.status.readyReplicas}", "3"))
//
// Possible errors: *ArgumentError for a number that cannot be, for a kind that is not
// scalable, and for [Subresource]; those of [Object.Patch].
func (o Object[T]) Scale(ctx context.Context, replicas int, options ...ChangeOption) (T, error) {
	return o.next(o.d.scale(ctx, replicas, options))
}

func (d *data) scale(ctx context.Context, replicas int, options []ChangeOption) (*data, error) {
	if _, err := d.heedWhole(options); err != nil {
		return nil, err
	}
	if replicas < 0 || replicas > math.MaxInt32 {
		return nil, &rest.ArgumentError{Arg: "number of replicas", Value: strconv.Itoa(replicas), Reason: "must be 0 to 2147483647"}
	}
	kind := d.origin.kind
	switch path := kind.ScalePath(); {
	case path != "":
		return d.patch(ctx, rest.MergePatch, nested(replicas, strings.Split(path, ".")), options...)
	case kind.Scalable():
		return d.patch(ctx, rest.MergePatch, nested(replicas, []string{"spec", "replicas"}), append(slices.Clip(options), Subresource("scale"))...)
	}
	return nil, &rest.ArgumentError{Arg: "kind", Value: kind.String(), Reason: "it is not scalable"}
}

// nested is the document that has a value at a path, and nothing else.
func nested(value any, path []string) any {
	for i := len(path) - 1; i >= 0; i-- {
		value = map[string]any{path[i]: value}
	}
	return value
}
