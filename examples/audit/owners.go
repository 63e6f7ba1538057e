package main

import (
	"github.com/kubeviews/kube/examples/audit/store"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/meta"
	"github.com/kubeviews/kube/raw"
)

// owners are the managers of what was set: who sets a field to another value owns it.
func owners(old, new store.Side) (who []store.Author) {
	before, managers, err := sides(old, new)
	if err != nil {
		return nil
	}
	for change := range differences(before.Raw(), managers.item.Raw(), items.WithNoise()).All() {
		if !isSet(change) {
			continue
		}
		found, _ := managers.Under(change.Path) // what is malformed has no owner
		for _, m := range found {
			who = add(who, author(m))
		}
	}
	return who
}

// isSet reports whether who made a change owns all that it tells of. Nobody owns what is
// not there; who changes the order of a list, which is told as a change of all of it, does
// not own its elements.
func isSet(c items.FieldChange) bool {
	return c.New.Exists() && !(isContainer(c.Old) && isContainer(c.New))
}

// managed is an item, and who owns its fields.
type managed struct {
	meta.Managers
	item items.Generic
}

func sides(old, new store.Side) (before items.Generic, after managed, err error) {
	if before, err = whole(old); err != nil {
		return before, after, err
	}
	if after.item, err = whole(new); err != nil {
		return before, after, err
	}
	after.Managers, err = after.item.Meta().Managers()
	return before, after, err
}

// whole is a side as the server had it.
func whole(s store.Side) (items.Generic, error) {
	doc, err := s.Document.Object()
	if err == nil {
		doc, err = raw.Parse(doc.Bytes()) // a document of its own, which can be changed
	}
	if err == nil && s.Managed.IsSet() {
		doc, err = doc.With(s.Managed, "metadata", "managedFields")
	}
	if err != nil {
		return items.Generic{}, err
	}
	return items.From[items.Generic](doc)
}

func author(m meta.FieldManager) store.Author {
	return store.Author{Manager: m.Manager, Operation: m.Operation, Subresource: m.Subresource, Time: m.Time}
}
