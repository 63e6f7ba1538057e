package items

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// guarded makes a patch fail on an object that took the name of the item's own
// after the item was read: it sets the uid, which the server lets nobody change.
// So it does with the version, of an object that must not have changed. A patch
// that names a uid or a version itself is its caller's affair, but where it
// contradicts that demand. To take away either is not to name one.
func (d *data) guarded(how PatchType, body []byte, unchanged bool) ([]byte, error) {
	guards := [][2]string{{"uid", d.uid()}}
	if unchanged {
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
		at := patch.Get("metadata", g[0])
		text, malformed := at.Text()
		if g[1] == "" {
			continue
		}
		if at.IsSet() && (malformed != nil || text != "") {
			if g[0] == "resourceVersion" && text != g[1] {
				return nil, &rest.ArgumentError{Arg: "patch", Reason: "with IfUnchanged, it must not name another version than the item's"}
			}
			continue
		}
		if patch, err = patch.With(g[1], "metadata", g[0]); err != nil {
			return nil, &rest.ArgumentError{Arg: "patch", Reason: "its metadata is not a JSON object", Err: err}
		}
	}
	return patch.Bytes(), nil
}

// guardOperations puts the uid before the operations of a JSON patch, and the version
// behind them, so that none of them takes it away, and none tests what was not the
// server's. It sets them rather than tests them: a test that fails is no conflict to
// the server, but a bad request like any other.
func guardOperations(guards [][2]string, body []byte) ([]byte, error) {
	var operations []json.RawMessage
	if err := json.Unmarshal(body, &operations); err != nil || bytes.Equal(body, []byte("null")) {
		return nil, &rest.ArgumentError{Arg: "patch", Reason: "a JSON patch is an array of operations"}
	}
	for _, g := range guards {
		if g[1] == "" {
			continue
		}
		guard, err := json.Marshal(map[string]string{"op": "add", "path": "/metadata/" + g[0], "value": g[1]})
		if err != nil {
			return nil, err
		}
		at := 0
		if g[0] == "resourceVersion" {
			at = len(operations)
		}
		operations = slices.Insert(operations, at, json.RawMessage(guard))
	}
	return json.Marshal(operations)
}
