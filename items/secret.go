package items

import (
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
)

// Secret holds data that not everybody may see. It never prints its content:
// every format verb, slog, and the errors of its methods show its name and a
// fingerprint. Only Data, Raw and an explicit marshal give the content.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/.
type Secret struct{ object }

// Type tells what the data is for. Possible error: *StatusError.
func (s Secret) Type() (kinds.SecretType, error) {
	text, err := rest.Text(s.doc(), "type")
	return kinds.SecretType(text), err
}

// Data is the content by key, decoded from base64: a copy, which is the
// caller's to change. It is never nil without an error. Possible error:
// *StatusError when a value is not base64; it does not show the value.
func (s Secret) Data() (map[string][]byte, error) { return decoded(s.doc(), "data") }

// Keys are the keys of the data, sorted. The slice is the caller's. Possible
// error: *StatusError when the data was not read or is malformed.
func (s Secret) Keys() ([]string, error) { return keys(s.doc(), "data") }

// Immutable reports whether the server refuses changes of the data: false when
// the attribute is absent. Possible error: *StatusError when it is malformed.
func (s Secret) Immutable() (bool, error) {
	return whenUnset(false)(rest.Bool(s.doc(), "immutable"))
}
