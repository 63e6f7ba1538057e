package items

import (
	"bytes"
	"encoding/json"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// guarded makes a patch fail on an object that took the name of the item's own
// after the item was read: it sets the uid, which the server lets nobody change.
// A patch that names a uid itself is its caller's affair.
func (o Object[T]) guarded(how PatchType, body []byte) ([]byte, error) {
	uid := o.UID()
	if uid == "" {
		return body, nil
	}
	if how == rest.JSONPatch {
		return guardOperations(uid, body)
	}
	patch, err := raw.Parse(body)
	if err != nil {
		return nil, &rest.ArgumentError{Arg: "patch", Reason: "it is not a JSON object", Err: err}
	}
	if patch.Has("metadata", "uid") {
		return body, nil
	}
	patch, err = patch.With(uid, "metadata", "uid")
	if err != nil {
		return nil, &rest.ArgumentError{Arg: "patch", Reason: "its metadata is not a JSON object", Err: err}
	}
	return patch.Bytes(), nil
}

// guardOperations puts the uid before the operations of a JSON patch. It sets it
// rather than tests it: a test that fails is no conflict to the server, but a
// bad request like any other.
func guardOperations(uid string, body []byte) ([]byte, error) {
	var operations []json.RawMessage
	if err := json.Unmarshal(body, &operations); err != nil || bytes.Equal(body, []byte("null")) {
		return nil, &rest.ArgumentError{Arg: "patch", Reason: "a JSON patch is an array of operations"}
	}
	first, err := json.Marshal(map[string]string{"op": "add", "path": "/metadata/uid", "value": uid})
	if err != nil {
		return nil, err
	}
	return json.Marshal(append([]json.RawMessage{first}, operations...))
}
