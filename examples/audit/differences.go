package main

import (
	"slices"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/raw"
)

// differences is what differs between two revisions in the store. What that has of a
// Secret may be told, for it is either fingerprints, or content that was asked for.
func differences(old, new raw.Object, options ...items.DiffOption) items.Changes {
	a, errA := items.From[items.Generic](old)
	b, errB := items.From[items.Generic](new)
	if errA != nil || errB != nil {
		return items.Changes{} // the server has sent no such object
	}
	return items.Diff(a, b, append(slices.Clip(options), items.WithContent())...)
}
