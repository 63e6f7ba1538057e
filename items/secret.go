package items

import (
	"encoding/base64"
	"errors"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
)

// Secret holds data that not everybody may see. It never prints its content:
// every format verb, slog, and the errors of its methods show its name and a
// fingerprint. Only Data, Raw and an explicit marshal give the content.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/.
type Secret struct{ Object[Secret] }

// Type tells what the data is for. Possible error: *StatusError.
func (s Secret) Type() (kinds.SecretType, error) {
	text, err := rest.Text(s.doc(), "type")
	return kinds.SecretType(text), err
}

// Data is the content by key, decoded from base64: a copy, which is the
// caller's to change. It is never nil without an error. Possible error:
// *StatusError when a value is not base64; it does not show the value.
func (s Secret) Data() (map[string][]byte, error) {
	at := s.doc().Get("data")
	if _, err := at.Object(); err != nil && at.IsSet() {
		return nil, rest.Malformed(s.doc(), err, "data")
	}
	data := make(map[string][]byte)
	for key, v := range at.Members() {
		text, err := v.Text()
		if err != nil {
			return nil, rest.Malformed(s.doc(), err, "data", key)
		}
		if data[key], err = base64.StdEncoding.DecodeString(text); err != nil {
			return nil, rest.Malformed(s.doc(), errors.New("not base64"), "data", key)
		}
	}
	return data, nil
}

// Keys are the keys of the data, in the order of the object. The slice is the
// caller's.
func (s Secret) Keys() []string {
	var keys []string
	for key := range s.doc().Get("data").Members() {
		keys = append(keys, key)
	}
	return keys
}

// Immutable reports whether the server refuses changes of the data. Possible
// error: *StatusError when the attribute is malformed.
func (s Secret) Immutable() (bool, error) {
	if !s.doc().Get("immutable").IsSet() {
		return false, nil // the API leaves out false
	}
	return rest.Bool(s.doc(), "immutable")
}
