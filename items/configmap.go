package items

import (
	"github.com/kubeviews/kube/internal/rest"
)

// ConfigMap holds data that is no secret.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/config-map-v1/.
type ConfigMap struct{ object }

// Data is the text by key: a copy, which is the caller's to change. It is never
// nil without an error. Possible error: *StatusError when a value is no text.
func (c ConfigMap) Data() (map[string]string, error) { return texts(c.doc(), "data") }

// BinaryData is the content that is no text, by key, decoded from base64: a copy,
// which is the caller's to change. It is never nil without an error. Possible
// error: *StatusError when a value is not base64.
func (c ConfigMap) BinaryData() (map[string][]byte, error) { return decoded(c.doc(), "binaryData") }

// Keys are the keys of both kinds of data, sorted. The slice is the caller's.
// Possible error: *StatusError when the data was not read or is malformed.
func (c ConfigMap) Keys() ([]string, error) { return keys(c.doc(), "data", "binaryData") }

// Immutable reports whether the server refuses changes of the data: false when
// the attribute is absent. Possible error: *StatusError when it is malformed.
func (c ConfigMap) Immutable() (bool, error) {
	return whenUnset(false)(rest.Bool(c.doc(), "immutable"))
}
