package meta

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/internal/syntax"
)

// MaxAnnotationBytes is how large all annotations of an object may be
// together: the bytes of all keys and values.
const MaxAnnotationBytes = 256 << 10

// maxNameBytes bounds a name; DNS names, which most objects have, are no
// longer either.
const maxNameBytes = 253

// ValidateName checks the name of an object of any kind before it becomes a
// segment of a URL. It returns nil, or an *ArgumentError that says what is
// allowed.
//
// Most kinds take a DNS subdomain only, but some, like ClusterRole with its
// "system:node", take nearly everything. So it refuses what could leave the
// segment, or be taken for another (empty, ".", "..", "/", "%"), control
// characters, invalid UTF-8, and more than 253 bytes. For the rest, the server
// knows the rules of its kinds.
//
// See https://kubernetes.io/docs/concepts/overview/working-with-objects/names/.
func ValidateName(name string) error {
	return argument("name", name, nameFault(name))
}

func nameFault(name string) string {
	switch {
	case name == "":
		return "must not be empty"
	case len(name) > maxNameBytes:
		return "must be at most 253 bytes long"
	case name == ".", name == "..":
		return "must not be '.' or '..'"
	case strings.ContainsAny(name, "/%"):
		return "must not contain '/' or '%'"
	case !utf8.ValidString(name), strings.ContainsFunc(name, unicode.IsControl):
		return "must be valid UTF-8 without control characters"
	}
	return ""
}

// ValidateNamespace checks the name of a namespace, which is a DNS label: at
// most 63 lower case letters, digits and '-'. It returns nil, or an
// *ArgumentError that says what is allowed.
//
// See https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/.
func ValidateNamespace(namespace string) error {
	return argument("namespace", namespace, syntax.LabelFault(namespace))
}

// ValidateLabelKey checks the key of a label: a name of at most 63 letters,
// digits, '-', '_' and '.', optionally after a DNS subdomain and a '/', as in
// "example.com/team". It returns nil, or an *ArgumentError that says what is
// allowed.
//
// See https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set.
func ValidateLabelKey(key string) error {
	return argument("label key", key, syntax.QualifiedNameFault(key))
}

// ValidateLabelValue checks the value of a label: empty, or at most 63 letters,
// digits, '-', '_' and '.', of which the first and last are a letter or digit.
// It returns nil, or an *ArgumentError that says what is allowed.
func ValidateLabelValue(value string) error {
	return argument("label value", value, syntax.LabelValueFault(value))
}

// ValidateLabels checks all keys and values. It returns nil, or the
// *ArgumentError of the first fault in the order of the keys.
func ValidateLabels(labels map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		if err := ValidateLabelKey(key); err != nil {
			return err
		}
		if err := ValidateLabelValue(labels[key]); err != nil {
			return err
		}
	}
	return nil
}

// ValidateAnnotationKey checks the key of an annotation. The form is that of a
// label key, but the server allows capitals in its DNS subdomain too. It
// returns nil, or an *ArgumentError that says what is allowed.
//
// See https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/#syntax-and-character-set.
func ValidateAnnotationKey(key string) error {
	return argument("annotation key", key, syntax.QualifiedNameFault(strings.ToLower(key)))
}

// ValidateAnnotations checks all keys, and that the annotations are together no
// larger than MaxAnnotationBytes; values are free. It returns nil, or the
// *ArgumentError of the first fault in the order of the keys. The error never
// shows a value: annotations hold copies of Secrets at times.
func ValidateAnnotations(annotations map[string]string) error {
	size := 0
	for _, key := range slices.Sorted(maps.Keys(annotations)) {
		if err := ValidateAnnotationKey(key); err != nil {
			return err
		}
		size += len(key) + len(annotations[key])
	}
	if size <= MaxAnnotationBytes {
		return nil
	}
	return argument("annotations", "", fmt.Sprintf("must be at most %d bytes together, are %d", MaxAnnotationBytes, size))
}

// argument returns nil if there is no fault. It returns an error, not an
// *ArgumentError, which would be a nil that is not nil.
func argument(arg, value, fault string) error {
	if fault == "" {
		return nil
	}
	return &rest.ArgumentError{Arg: arg, Value: value, Reason: fault}
}
