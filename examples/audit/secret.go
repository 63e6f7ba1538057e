package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"

	"github.com/kubeviews/kube/raw"
)

// seal replaces the content of Secrets by fingerprints, which tell that it changed,
// and not to what. They are keyed by the store: the same content has another one in
// another store, and without the store's key nobody can find a password by trying.
type seal struct{ key []byte }

// lastApplied is where kubectl apply keeps a copy of what it was given.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

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

func (s seal) content(doc raw.Object) (raw.Object, error) {
	place := text(doc.Get("metadata", "namespace")) + "/" + text(doc.Get("metadata", "name"))
	var err error
	for _, member := range []string{"data", "stringData"} {
		if doc, err = s.members(doc, place, member); err != nil {
			return raw.Object{}, err
		}
	}
	if copied := doc.Get("metadata", "annotations", lastApplied); copied.Exists() {
		return doc.With(s.fingerprint(place, lastApplied, copied.Bytes()), "metadata", "annotations", lastApplied)
	}
	return doc, nil
}

// fingerprinted begins each fingerprint.
const fingerprinted = "hmac-sha256:"

// members replaces the values of a map; what is no map, whole.
func (s seal) members(doc raw.Object, place, member string) (raw.Object, error) {
	content := doc.Get(member)
	if !content.IsSet() {
		return doc, nil
	}
	values, err := content.Object()
	if err != nil {
		return doc.With(s.fingerprint(place, member, content.Bytes()), member)
	}
	sealed := make(map[string]string)
	for key, value := range values.Members() {
		sealed[key] = s.fingerprint(place, key, bytesOf(member, value))
	}
	return doc.With(sealed, member)
}

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
