package items

import (
	"bytes"
	"encoding/json"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// guarded makes a patch fail on an object that took the name of the item's own
// after the item was read: it sets the uid, which the server lets nobody change.
// So it does with the version, of an object that must not have changed. A patch
// that names a uid or a version itself is its caller's affair.
func (d *data) guarded(how PatchType, body []byte, unchanged bool) ([]byte, error) {
	guards := [][2]string{{"uid", d.uid()}}
	if unchanged {
		if d.version() == "" {
			return nil, &rest.ArgumentError{Arg: "option IfUnchanged", Reason: "the item has no version"}
		}
		guards = append(guards, [2]string{"resourceVersion", d.version()})
	}
	if how == rest.JSONPatch {
		return guardOperations(guards, body)
	}
	patch, err := raw.Parse(body)
	if err != nil {
		return nil, &rest.ArgumentError{Arg: "patch", Reason: "it is not a JSON object", Err: err}
	}
	for _, g := range guards {
		if g[1] == "" || patch.Has("metadata", g[0]) {
			continue
		}
		if patch, err = patch.With(g[1], "metadata", g[0]); err != nil {
			return nil, &rest.ArgumentError{Arg: "patch", Reason: "its metadata is not a JSON object", Err: err}
		}
	}
	return patch.Bytes(), nil
}

// guardOperations puts the guards before the operations of a JSON patch. It sets
// them rather than tests them: a test that fails is no conflict to the server, but a
// bad request like any other.
func guardOperations(guards [][2]string, body []byte) ([]byte, error) {
	var operations []json.RawMessage
	if err := json.Unmarshal(body, &operations); err != nil || bytes.Equal(body, []byte("null")) {
		return nil, &rest.ArgumentError{Arg: "patch", Reason: "a JSON patch is an array of operations"}
	}
	var all []json.RawMessage
	for _, g := range guards {
		if g[1] == "" {
			continue
		}
		first, err := json.Marshal(map[string]string{"op": "add", "path": "/metadata/" + g[0], "value": g[1]})
		if err != nil {
			return nil, err
		}
		all = append(all, first)
	}
	return json.Marshal(append(all, operations...))
}
