package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/kubeviews/kube/raw"
)

// seal replaces the content of Secrets by fingerprints, which tell that it changed,
// and not to what. They are keyed by the store: the same content has another one in
// another store, and without the store's key nobody can find a password by trying.
type seal struct{ key []byte }

// document returns what is to be stored of an object. It is no longer sensitive: it
// is sealed, or its content was asked for.
func (s seal) document(doc raw.Object) (raw.Object, error) {
	if !doc.IsSensitive() {
		return doc, nil
	}
	if s.key != nil {
		var err error
		if doc, err = s.content(doc); err != nil {
			return raw.Object{}, err
		}
	}
	return raw.Parse(doc.Bytes())
}

// public are the members of a sensitive object that are stored as they are, if they are
// plain values: those by which a Secret is known. They are the ones that items.Diff shows.
var public = map[string]bool{"apiVersion": true, "kind": true, "type": true, "immutable": true}

// publicMetadata are those of its metadata. Annotations are not among them: kubectl keeps
// a copy of the content there, and so do other tools.
var publicMetadata = map[string]bool{
	"name": true, "generateName": true, "namespace": true, "uid": true, "resourceVersion": true,
	"generation": true, "creationTimestamp": true, "deletionTimestamp": true, "selfLink": true,
	"deletionGracePeriodSeconds": true, "labels": true, "ownerReferences": true, "finalizers": true,
	"managedFields": true,
}

// fingerprinted begins each fingerprint.
const fingerprinted = "hmac-sha256:"

// content replaces all values but the public ones.
func (s seal) content(doc raw.Object) (raw.Object, error) {
	sealed := doc
	var err error
	for member, value := range doc.Value().Members() {
		switch {
		case member == "metadata" && value.Kind() == raw.KindObject:
			sealed, err = s.metadata(sealed, value)
		case !public[member] || isContainer(value):
			sealed, err = s.values(sealed, value, member)
		}
		if err != nil {
			return raw.Object{}, err
		}
	}
	return sealed, nil
}

func (s seal) metadata(doc raw.Object, metadata raw.Value) (raw.Object, error) {
	for member, value := range metadata.Members() {
		if publicMetadata[member] {
			continue
		}
		var err error
		if doc, err = s.values(doc, value, "metadata", member); err != nil {
			return raw.Object{}, err
		}
	}
	return doc, nil
}

// values replaces the values of the map at a path; what is no map, whole.
func (s seal) values(doc raw.Object, content raw.Value, path ...string) (raw.Object, error) {
	if !content.IsSet() {
		return doc, nil
	}
	place, member := placeOf(doc), strings.Join(path, ".")
	if content.Kind() != raw.KindObject || len(path) == 2 && path[1] != "annotations" {
		return doc.With(s.fingerprint(place, member, content.Bytes()), path...)
	}
	sealed := make(map[string]string)
	for key, value := range content.Members() {
		sealed[key] = s.fingerprint(place, prefixOf(member)+key, bytesOf(member, value))
	}
	return doc.With(sealed, path...)
}

func placeOf(doc raw.Object) string {
	return text(doc.Get("metadata", "namespace")) + "/" + text(doc.Get("metadata", "name"))
}

// prefixOf tells the maps apart. stringData becomes data, and so is no other place.
func prefixOf(member string) string {
	if member == "data" || member == "stringData" {
		return ""
	}
	return member + "/"
}

func isContainer(v raw.Value) bool { return v.Kind() == raw.KindObject || v.Kind() == raw.KindArray }

// bytesOf is the content of a value of a Secret: that of data is in base64.
func bytesOf(member string, value raw.Value) []byte {
	content, err := value.Text()
	if err != nil {
		return value.Bytes()
	}
	if member == "data" {
		if decoded, err := base64.StdEncoding.DecodeString(content); err == nil {
			return decoded
		}
	}
	return []byte(content)
}

// fingerprint binds the content to its place, so that nobody sees that two Secrets
// have the same password.
func (s seal) fingerprint(place, key string, content []byte) string {
	mac := hmac.New(sha256.New, s.key)
	for _, part := range []string{place, key} {
		mac.Write([]byte(part))
		mac.Write([]byte{0})
	}
	mac.Write(content)
	return fingerprinted + hex.EncodeToString(mac.Sum(nil)[:16])
}

// text is a string of a document; "" for anything else.
func text(v raw.Value) string {
	s, _ := v.Text()
	return s
}
