package main

import (
	"github.com/kubeviews/kube/examples/audit/store"
)

// owners are the managers of what changed.
func owners(old, new store.Side) []store.Author {
	var newest entry
	count := 0
	for _, e := range entriesOf(new.Managed) {
		switch {
		case e.at > newest.at:
			newest, count = e, 1
		case e.at == newest.at:
			count++
		}
	}
	if count != 1 || old.Document.Equal(new.Document) {
		return nil
	}
	return []store.Author{newest.author()}
}
