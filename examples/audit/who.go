package main

import (
	"slices"
	"time"

	"github.com/kubeviews/kube/examples/audit/store"
	"github.com/kubeviews/kube/raw"
)

// authors tells who made a change, as far as the server notes it: a manager whose
// entry in managedFields is new, or has another time. The times are to the second:
// of two changes within one, the second author is who owns what changed. Who only
// removes fields leaves no trace.
func authors(old, new store.Side) []store.Author {
	before := entriesOf(old.Managed)
	var who []store.Author
	for _, e := range entriesOf(new.Managed) {
		if !slices.Contains(before, e) {
			who = append(who, e.author())
		}
	}
	if len(who) > 0 {
		return who
	}
	return owners(old, new)
}

// entry is what is compared of an entry of managedFields.
type entry struct {
	manager, operation, version, subresource string
	at                                       string
}

func entriesOf(managed raw.Value) (all []entry) {
	for e := range managed.Elements() {
		all = append(all, entry{text(e.Get("manager")), text(e.Get("operation")), text(e.Get("apiVersion")), text(e.Get("subresource")), text(e.Get("time"))})
	}
	return all
}

func (e entry) author() store.Author {
	at, _ := time.Parse(time.RFC3339, e.at) // none is the zero time
	return store.Author{Manager: e.manager, Operation: e.operation, Subresource: e.subresource, Time: at}
}
