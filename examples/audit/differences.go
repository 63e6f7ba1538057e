package main

import (
	"iter"
	"slices"
	"strconv"

	"github.com/kubeviews/kube/raw"
)

// change is one field that differs; a side that is missing was not, or is not there.
type change struct {
	path     string
	old, new raw.Value
}

// differences yields what differs between two revisions, without bookkeeping.
func differences(old, new raw.Object) iter.Seq[change] {
	return func(yield func(change) bool) { walk("", old.Value(), new.Value(), yield) }
}

var bookkeeping = []string{"metadata.resourceVersion", "metadata.managedFields", "metadata.generation"}

func walk(path string, old, new raw.Value, yield func(change) bool) bool {
	if old.Equal(new) || slices.Contains(bookkeeping, path) {
		return true
	}
	if old.Kind() != new.Kind() {
		return yield(change{path, old, new})
	}
	switch old.Kind() {
	case raw.KindObject:
		return walkMembers(path, old, new, yield)
	case raw.KindArray:
		for i := range max(old.Len(), new.Len()) {
			if !walk(path+"["+strconv.Itoa(i)+"]", old.Index(i), new.Index(i), yield) {
				return false
			}
		}
		return true
	}
	return yield(change{path, old, new})
}

func walkMembers(path string, old, new raw.Value, yield func(change) bool) bool {
	dot := path
	if dot != "" {
		dot += "."
	}
	for name, value := range old.Members() {
		if !walk(dot+name, value, new.Get(name), yield) {
			return false
		}
	}
	for name, value := range new.Members() {
		if !old.Get(name).Exists() && !yield(change{dot + name, raw.Value{}, value}) {
			return false
		}
	}
	return true
}
