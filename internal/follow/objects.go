package follow

import (
	"strings"

	"github.com/kubeviews/kube/internal/sorted"
	"github.com/kubeviews/kube/raw"
)

// Item is what can be watched: any type of package items.
type Item interface {
	Raw() raw.Object
	Namespace() string
	Name() string
	UID() string
	Version() string
}

// Key is the name of an object within its kind.
type Key struct{ Namespace, Name string }

// Compare orders keys by namespace and name.
func (k Key) Compare(other Key) int {
	if c := strings.Compare(k.Namespace, other.Namespace); c != 0 {
		return c
	}
	return strings.Compare(k.Name, other.Name)
}

// KeyOf is the item's key. It shares the item's memory, so whoever stores it must
// store it with that very item.
func KeyOf[T any](item T) Key {
	i := itemOf(item)
	return Key{i.Namespace(), i.Name()}
}

// itemOf is what T is known to be by all who make watchers. It cannot be said as
// a constraint: package items makes watchers of types that are not yet complete.
func itemOf[T any](t T) Item {
	item, _ := any(t).(Item)
	return item
}

// objects is a set of items by key.
type objects[T any] = sorted.Map[Key, T]

// Objects makes the set of the given items.
func Objects[T any](items []T) sorted.Map[Key, T] {
	pairs := make([]sorted.Pair[Key, T], len(items))
	for i, item := range items {
		pairs[i] = sorted.Pair[Key, T]{Key: KeyOf(item), Value: item}
	}
	return sorted.Build(Key.Compare, pairs)
}
