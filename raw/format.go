package raw

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"sync"
)

// String shows the value's JSON text; of a sensitive document, its size and
// fingerprint.
func (v Value) String() string {
	switch {
	case v.d == nil:
		return "<missing>"
	case v.isSensitive():
		return fmt.Sprintf("<%d bytes, %s>", v.end-v.start, v.Fingerprint())
	}
	return v.text()
}

// GoString is String, so that %#v shows no more.
func (v Value) GoString() string { return v.String() }

// LogValue is String, so that no log handler shows more.
func (v Value) LogValue() slog.Value { return slog.StringValue(v.String()) }

// String shows the JSON text; of a sensitive object, its size and fingerprint.
func (o Object) String() string {
	if o.IsZero() {
		return "{}"
	}
	return o.v.String()
}

// GoString is String, so that %#v shows no more.
func (o Object) GoString() string { return o.String() }

// LogValue is String, so that no log handler shows more.
func (o Object) LogValue() slog.Value { return slog.StringValue(o.String()) }

// Fingerprint is a short text that differs when the content does, for telling
// revisions apart without showing them. It is keyed for this process, so that
// nobody can find a weak password by trying: it means nothing to another one.
func (v Value) Fingerprint() string {
	mac := hmac.New(sha256.New, fingerprintKey())
	mac.Write([]byte(v.text()))
	return "fp:" + hex.EncodeToString(mac.Sum(nil)[:8])
}

// Fingerprint is that of the object's value: see [Value.Fingerprint].
func (o Object) Fingerprint() string { return o.v.Fingerprint() }

var fingerprintKey = sync.OnceValue(func() []byte {
	key := make([]byte, 32)
	rand.Read(key) // never fails: crypto/rand ends the program instead
	return key
})
