package kinds

import (
	"fmt"
	"slices"
	"strings"
	"unique"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/internal/syntax"
)

// Definition says what New needs to know of a kind. A custom resource has all
// of it in the spec of its CustomResourceDefinition.
type Definition struct {
	// Name is the kind as objects carry it: "Widget".
	Name Name
	// ListName is the kind of its lists; empty means Name followed by "List".
	ListName Name
	// GroupVersions are the API groups and versions that offer the kind, newest
	// first: "example.com/v1", or "v1" for the core group. A kind that has moved
	// between groups lists them all, and the newest that a server has is used.
	GroupVersions []string
	// Plural is the name in URLs: "widgets".
	Plural string
	// Singular is the name for one object; empty means Name in lower case.
	Singular string
	// ShortNames are abbreviations: "wd".
	ShortNames []string
	// Namespaced tells whether each object is in a namespace.
	Namespaced bool
	// ScalePath is the dotted path, from the root of an object, of the number by
	// which it is scaled: "spec.replicas". Empty means that it cannot be scaled.
	ScalePath string
	// Logs tells whether objects have a log subresource.
	Logs bool
	// Exec tells whether commands can be run inside objects.
	Exec bool
}

// New makes the Kind of a definition, which it does not keep. A definition that
// cannot be right is an *ArgumentError that says what is wrong.
//
// The rules are those of a CustomResourceDefinition, see
// https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/.
func New(d Definition) (Kind, error) {
	if d.ListName == "" {
		d.ListName = d.Name + "List"
	}
	if d.Singular == "" {
		d.Singular = strings.ToLower(string(d.Name))
	}
	if fault := d.fault(); fault != "" {
		return Kind{}, &rest.ArgumentError{Arg: "kind definition", Value: string(d.Name), Reason: fault}
	}
	return Kind{unique.Make(kind{
		name:          d.Name,
		listName:      d.ListName,
		groupVersions: strings.Join(d.GroupVersions, ","),
		plural:        d.Plural,
		singular:      d.Singular,
		shortNames:    strings.Join(d.ShortNames, ","),
		scalePath:     d.ScalePath,
		namespaced:    d.Namespaced,
		logs:          d.Logs,
		exec:          d.Exec,
	})}, nil
}

// fault returns what is wrong with the definition, or "".
func (d *Definition) fault() string {
	switch {
	case !isKindName(string(d.Name)):
		return "Name must start with a letter and go on with letters, digits and '-', at most 63 in all"
	case !isKindName(string(d.ListName)):
		return fmt.Sprintf("ListName %q must start with a letter and go on with letters, digits and '-', at most 63 in all", d.ListName)
	case !isResourceName(d.Plural):
		return fmt.Sprintf("Plural %q must be the resource's name in URLs: lower case letters, digits and '-', starting with a letter, at most 63 in all", d.Plural)
	case !isResourceName(d.Singular):
		return fmt.Sprintf("Singular %q must be lower case letters, digits and '-', starting with a letter, at most 63 in all", d.Singular)
	case !isScalePath(d.ScalePath):
		return fmt.Sprintf("ScalePath %q must be field names joined by dots, such as spec.replicas", d.ScalePath)
	case len(d.GroupVersions) == 0:
		return `GroupVersions must have one at least, such as "example.com/v1"`
	}
	for i, short := range d.ShortNames {
		if !isResourceName(short) || slices.Contains(d.ShortNames[:i], short) {
			return fmt.Sprintf("ShortNames: %q must be there once, and be lower case letters, digits and '-', starting with a letter", short)
		}
	}
	for i, groupVersion := range d.GroupVersions {
		if !isGroupVersion(groupVersion) || slices.Contains(d.GroupVersions[:i], groupVersion) {
			return fmt.Sprintf(`GroupVersions: %q must be there once, and have the form "v1" or "example.com/v1"`, groupVersion)
		}
	}
	return ""
}

// isKindName tells whether s in lower case is an RFC 1035 label.
func isKindName(s string) bool { return isResourceName(lowerASCII(s)) }

// isResourceName tells whether s is an RFC 1035 label: an RFC 1123 label that
// starts with a letter.
func isResourceName(s string) bool {
	return syntax.LabelFault(s) == "" && !('0' <= s[0] && s[0] <= '9')
}

func isGroupVersion(s string) bool {
	group, version := SplitGroupVersion(s)
	if !isResourceName(version) {
		return false
	}
	return s == version || syntax.SubdomainFault(group) == ""
}

func isScalePath(s string) bool {
	if s == "" {
		return true
	}
	for field := range strings.SplitSeq(s, ".") {
		if field == "" || strings.ContainsAny(field, "[]/~'\" \t\r\n") {
			return false
		}
	}
	return true
}

// lowerASCII leaves other letters alone: strings.ToLower turns some of them
// into ASCII.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
