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
	// Verbs are what the API can do with the kind: "create", "delete",
	// "deletecollection", "get", "list", "patch", "update", "watch". None at all
	// means that it is not known: then all of them are presumed to be allowed, and
	// the server has the last word. The order does not count.
	Verbs []string
	// Subresources are the names below an object: "status", "scale", "log". With
	// neither Verbs nor Subresources they are not known, and presumed to be there.
	// The order does not count.
	Subresources []string
	// Categories are names for several kinds together: "all".
	Categories []string
	// ScalePath is the dotted path, from the root of an object, of the number by
	// which it is scaled: "spec.replicas". Without it an object is scaled through
	// the subresource scale, if Subresources has that.
	ScalePath string
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
		verbs:         strings.Join(slices.Sorted(slices.Values(d.Verbs)), ","),
		subresources:  strings.Join(slices.Sorted(slices.Values(d.Subresources)), ","),
		categories:    strings.Join(d.Categories, ","),
		scalePath:     d.ScalePath,
		namespaced:    d.Namespaced,
	})}, nil
}

// Must is for the kinds that a program holds in variables: it returns the kind, and
// panics when the definition is none.
//
//	var widget = kinds.Must(kinds.New(kinds.Definition{…}))
func Must(k Kind, err error) Kind {
	if err != nil {
		panic(err)
	}
	return k
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
	return d.listFault()
}

// listFault is what is wrong with an element of a list, or "".
func (d *Definition) listFault() string {
	const label = "be lower case letters, digits and '-', starting with a letter"
	for _, list := range []struct {
		name     string
		elements []string
		isRight  func(string) bool
		rule     string
	}{
		{"ShortNames", d.ShortNames, isResourceName, label},
		{"GroupVersions", d.GroupVersions, isGroupVersion, `have the form "v1" or "example.com/v1"`},
		{"Verbs", d.Verbs, isResourceName, label},
		{"Subresources", d.Subresources, isSubresource, `be a path below an object, such as "status"`},
		{"Categories", d.Categories, isResourceName, label},
	} {
		for i, element := range list.elements {
			if !list.isRight(element) || slices.Contains(list.elements[:i], element) {
				return fmt.Sprintf("%s: %q must be there once, and %s", list.name, element, list.rule)
			}
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

// isSubresource allows what the servers of other APIs make of names: capitals,
// and several segments.
func isSubresource(s string) bool {
	for segment := range strings.SplitSeq(s, "/") {
		if segment == "" || segment == "." || segment == ".." || strings.ContainsAny(segment, ",%?# \t\r\n") {
			return false
		}
	}
	return true
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
