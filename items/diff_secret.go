package items

import (
	"bytes"
	"encoding/json"

	"github.com/kubeviews/kube/fieldpath"
	"github.com/kubeviews/kube/raw"
)

func isSecret(doc raw.Object) bool {
	if doc.IsSensitive() {
		return true
	}
	kind, _ := doc.Get("kind").Text()
	apiVersion, _ := doc.Get("apiVersion").Text()
	return kind == "Secret" && apiVersion == "v1"
}

// public are the members of a sensitive object that are shown: those of the top, of a
// Secret, and of its metadata. Annotations are not among them, because
// last-applied-configuration and what other tools keep there have copies of the data.
var public = map[string]bool{
	"apiVersion": true, "kind": true, "metadata": true, "type": true, "immutable": true,
}

var publicMetadata = map[string]bool{
	"name": true, "generateName": true, "namespace": true, "uid": true, "resourceVersion": true,
	"generation": true, "creationTimestamp": true, "deletionTimestamp": true, "selfLink": true,
	"deletionGracePeriodSeconds": true, "labels": true, "ownerReferences": true, "finalizers": true,
	"managedFields": true,
}

// isOpaque reports whether only fingerprints of the values are shown. Data and
// annotations are objects with a fingerprint for each member.
func (d *differ) isOpaque(old, new raw.Value) bool {
	if !d.hide {
		return false
	}
	parts := d.areObjects(old, new)
	switch {
	case d.trail[0] != "metadata" && len(d.trail) > 1:
		return true
	case d.trail[0] != "metadata":
		return !parts && (!public[d.trail[0]] || isContainer(old) || isContainer(new))
	case len(d.trail) == 1:
		return !parts
	case d.trail[1] == "annotations":
		return !(len(d.trail) == 2 && parts)
	}
	return !publicMetadata[d.trail[1]]
}

func (d *differ) hidden(at fieldpath.Path, old, new raw.Value) {
	if !old.Equal(new) {
		d.add(FieldChange{Path: at, Old: fingerprint(old), New: fingerprint(new), Hidden: true})
	}
}

// shown is a value to give out. One of a sensitive object that may be told is taken out
// of it, so that it can be printed.
func (d *differ) shown(v raw.Value) raw.Value {
	if !d.hide && !d.content || !v.Exists() {
		return v
	}
	return valueOfJSON(v.Bytes())
}

func valueOfJSON(text []byte) (v raw.Value) {
	_ = v.UnmarshalJSON(text) // it comes from a value, or from encoding/json
	return v
}

// fingerprint is that of a value, the same for all spellings of it.
func fingerprint(v raw.Value) raw.Value {
	if !v.Exists() {
		return v
	}
	var content any
	decoder := json.NewDecoder(bytes.NewReader(v.Bytes()))
	decoder.UseNumber()
	text := v.Bytes()
	if decoder.Decode(&content) == nil {
		if again, err := json.Marshal(content); err == nil {
			text = again
		}
	}
	return valueOfJSON([]byte(`"` + valueOfJSON(text).Fingerprint() + `"`))
}
