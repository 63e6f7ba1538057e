package items

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/kubeviews/kube/internal/rest"
)

// Decode stores the whole object in what dst points to, by the rules of
// encoding/json: a struct with JSON tags, such as those of k8s.io/api. Possible
// errors: *ArgumentError for what is no pointer, nil, or points to what holds no
// JSON object, such as a string; those of encoding/json for a field of another form.
func (o object) Decode(dst any) error {
	if !holdsObject(dst) {
		return &rest.ArgumentError{Arg: "destination", Value: fmt.Sprintf("%T", dst), Reason: "must be a pointer, not nil, to a struct or a map"}
	}
	return o.doc().Decode(dst)
}

// holdsObject reports whether encoding/json can store an object where dst points to.
func holdsObject(dst any) bool {
	at := reflect.ValueOf(dst)
	if at.Kind() != reflect.Pointer || at.IsNil() {
		return false
	}
	if _, itself := dst.(json.Unmarshaler); itself {
		return true
	}
	to := at.Type().Elem()
	for ; to.Kind() == reflect.Pointer; to = to.Elem() {
		if to.Implements(reflect.TypeFor[json.Unmarshaler]()) {
			return true
		}
	}
	switch to.Kind() {
	case reflect.Struct, reflect.Map:
		return true
	case reflect.Interface:
		return to.NumMethod() == 0
	}
	return reflect.PointerTo(to).Implements(reflect.TypeFor[json.Unmarshaler]())
}
