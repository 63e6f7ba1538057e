package items

import (
	"time"

	"github.com/kubeviews/kube/internal/rest"
)

// The functions here read one attribute of an item, as the accessors of its type do:
// for attributes that have no accessor, and for the accessors of one's own kinds.
//
//	func (w Widget) Colour() (string, error) { return items.Text(w, "spec", "colour") }
//
// Possible error: *StatusError, when the attribute is absent, was not read, or is of
// another type.

// Text reads a string.
func Text(item Item, path ...string) (string, error) { return rest.Text(item.Raw(), path...) }

// Int reads an integer.
func Int(item Item, path ...string) (int64, error) { return rest.Int(item.Raw(), path...) }

// Bool reads a boolean.
func Bool(item Item, path ...string) (bool, error) { return rest.Bool(item.Raw(), path...) }

// Time reads a time in the form of RFC 3339.
func Time(item Item, path ...string) (time.Time, error) { return rest.Time(item.Raw(), path...) }

// Amount reads a quantity, such as 500m or 64Mi.
func Amount(item Item, path ...string) (Quantity, error) { return amount(item.Raw(), path...) }

// Field reads anything that encoding/json can decode into a V.
//
//	names, err := items.Field[[]string](w, "spec", "names")
func Field[V any](item Item, path ...string) (V, error) { return needed[V](item.Raw(), path...) }

// WhenUnset makes a reader return what the absence of its attribute means.
//
//	n, err := items.WhenUnset(int64(1))(items.Int(w, "spec", "replicas"))
//
// An attribute that was not read, because only metadata was asked for, is not absent.
func WhenUnset[V any](meaning V) func(V, error) (V, error) { return whenUnset(meaning) }
