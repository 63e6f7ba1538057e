package main

import (
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/raw"
)

// differences is what differs between two revisions in the store.
func differences(old, new raw.Object, options ...items.DiffOption) items.Changes {
	a, errA := itemOf(old)
	b, errB := itemOf(new)
	if errA != nil || errB != nil {
		return items.Changes{} // the server has sent no such object
	}
	return items.Diff(a, b, options...)
}

// itemOf makes an item of what the store has of one. What it has of a Secret may be
// told, for it is either fingerprints, or content that was asked for; of an item that
// is known to be a Secret, Diff would tell fingerprints that no other process makes.
func itemOf(doc raw.Object) (items.Generic, error) {
	if text(doc.Get("kind")) == "Secret" {
		var err error
		if doc, err = doc.With("StoredSecret", "kind"); err != nil {
			return items.Generic{}, err
		}
	}
	return items.From[items.Generic](doc)
}
