package rest

import (
	"strings"
	"time"

	"github.com/kubeviews/kube/raw"
)

// The functions here read one attribute of an object. Each returns a
// *StatusError when the attribute is absent, null, or not of its type.

// Text reads a string.
func Text(doc raw.Object, path ...string) (string, error) {
	v := doc.Get(path...)
	if !v.IsSet() {
		return "", NotSet(doc, path...)
	}
	text, err := v.Text()
	if err != nil {
		return "", Malformed(doc, err, path...)
	}
	return text, nil
}

// Int reads an integer.
func Int(doc raw.Object, path ...string) (int64, error) {
	v := doc.Get(path...)
	if !v.IsSet() {
		return 0, NotSet(doc, path...)
	}
	n, err := v.Int()
	if err != nil {
		return 0, Malformed(doc, err, path...)
	}
	return n, nil
}

// Bool reads a boolean.
func Bool(doc raw.Object, path ...string) (bool, error) {
	v := doc.Get(path...)
	if !v.IsSet() {
		return false, NotSet(doc, path...)
	}
	b, err := v.Bool()
	if err != nil {
		return false, Malformed(doc, err, path...)
	}
	return b, nil
}

// Time reads a time.
func Time(doc raw.Object, path ...string) (time.Time, error) {
	v := doc.Get(path...)
	if !v.IsSet() {
		return time.Time{}, NotSet(doc, path...)
	}
	t, err := v.Time()
	if err != nil {
		return time.Time{}, Malformed(doc, err, path...)
	}
	return t, nil
}

// String is the text at the path, or "" when there is none: for the strings of
// metadata, which every object of a server has.
func String(doc raw.Object, path ...string) string {
	text, _ := doc.Get(path...).Text()
	return text
}

// NotSet is the error of an absent attribute. It is another one when the object
// was read without what holds the attribute.
func NotSet(doc raw.Object, path ...string) error {
	if doc.MetadataOnly() && len(path) > 0 && path[0] != "metadata" {
		return Malformed(doc, ErrFieldsDropped, path...)
	}
	return Malformed(doc, nil, path...)
}

// Malformed is the error of an attribute that err keeps from being read.
func Malformed(doc raw.Object, err error, path ...string) error {
	return &StatusError{
		Kind:      String(doc, "kind"),
		Namespace: String(doc, "metadata", "namespace"),
		Name:      String(doc, "metadata", "name"),
		Path:      dotted(path),
		Err:       err,
	}
}

// dotted writes a path as the API reference does: a.b[0].c.
func dotted(path []string) string {
	var b strings.Builder
	for i, step := range path {
		switch {
		case step == "":
			continue
		case strings.Trim(step, "0123456789") == "":
			b.WriteString("[" + step + "]")
			continue
		case i > 0:
			b.WriteByte('.')
		}
		b.WriteString(step)
	}
	return b.String()
}
