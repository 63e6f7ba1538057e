// Package kinds knows which kinds of objects there are, what the API calls
// them, and where it keeps them.
//
// A Kind is data, made by New from a Definition. A Table finds kinds by any of
// their names; Builtin is the table of the kinds that come with Kubernetes, and
// Table.With adds others. Both are immutable values, and the package holds
// nothing that a program could change, so two clusters, or two tests, never
// disturb one another.
package kinds

import (
	"slices"
	"strings"
	"unique"

	"github.com/kubeviews/kube/internal/rest"
)

// Kind is one kind of object: its names, its API groups and versions, and what
// can be done with it. It is immutable. Two Kinds are == if and only if their
// definitions say the same, so a Kind can be a map key.
//
// The zero Kind is no kind: IsZero tells, and its names are empty.
type Kind struct{ handle unique.Handle[kind] }

// kind is a Definition in comparable form: lists are joined by commas, which
// no element can contain.
type kind struct {
	name, listName   Name
	groupVersions    string
	plural, singular string
	shortNames       string
	verbs            string
	subresources     string
	categories       string
	scalePath        string
	namespaced       bool
}

func (k Kind) value() kind {
	if k.IsZero() {
		return kind{}
	}
	return k.handle.Value()
}

// Equal is ==. go-cmp uses it.
func (k Kind) Equal(other Kind) bool { return k == other }

// IsZero tells whether k is the zero Kind.
func (k Kind) IsZero() bool { return k == Kind{} }

// Name returns the kind as objects carry it: "Pod".
func (k Kind) Name() Name { return k.value().name }

// ListName returns the kind of its lists: "PodList".
func (k Kind) ListName() Name { return k.value().listName }

// Group returns the API group of the newest version: "apps", or "" for the
// core group.
func (k Kind) Group() string {
	newest, _, _ := strings.Cut(k.value().groupVersions, ",")
	group, _ := SplitGroupVersion(newest)
	return group
}

// GroupVersions returns the groups and versions in which the API has offered
// the kind, newest first: "apps/v1", "apps/v1beta2", …, or "v1" for the core
// group. The slice is the caller's.
func (k Kind) GroupVersions() []string { return split(k.value().groupVersions) }

// APIPaths returns the base paths at which the API has offered the kind, newest
// first and without slashes at the ends: "apis/apps/v1", …, or "api/v1" for the
// core group. The slice is the caller's.
func (k Kind) APIPaths() []string {
	paths := k.GroupVersions()
	for i, groupVersion := range paths {
		paths[i] = rest.Base(groupVersion)
	}
	return paths
}

// Resource returns the name that stands for the kind in URLs, its plural:
// "pods".
func (k Kind) Resource() string { return k.value().plural }

// Singular returns the name for one object on the command line: "pod".
func (k Kind) Singular() string { return k.value().singular }

// ShortNames returns the abbreviations: "po". The slice is the caller's.
func (k Kind) ShortNames() []string { return split(k.value().shortNames) }

// Namespaced tells whether each object is in a namespace.
func (k Kind) Namespaced() bool { return k.value().namespaced }

// String names the kind and its group, in a form that Table.Lookup takes:
// "Deployment.apps", or "Pod" for the core group.
func (k Kind) String() string {
	switch group := k.Group(); {
	case k.IsZero():
		return "no kind"
	case group == "":
		return string(k.Name())
	default:
		return string(k.Name()) + "." + group
	}
}

// Only returns the kind in one group version alone, in which it is read and
// written then: what a name that carries a version asks for. It is another Kind
// than k, unless k is in no other. The group version need not be one of k's; one
// of bad form gives the zero Kind.
func (k Kind) Only(groupVersion string) Kind {
	if k.IsZero() || !isGroupVersion(groupVersion) {
		return Kind{}
	}
	only := k.value()
	only.groupVersions = groupVersion
	return Kind{unique.Make(only)}
}

// groups returns each group once, the newest first.
func (k Kind) groups() []string {
	var groups []string
	for _, groupVersion := range k.GroupVersions() {
		if group, _ := SplitGroupVersion(groupVersion); !slices.Contains(groups, group) {
			groups = append(groups, group)
		}
	}
	return groups
}

// SplitGroupVersion takes an apiVersion apart: "apps/v1" is the group "apps"
// and the version "v1", and "v1" is the core group, "", and the version "v1".
func SplitGroupVersion(apiVersion string) (group, version string) {
	if group, version, ok := strings.Cut(apiVersion, "/"); ok {
		return group, version
	}
	return "", apiVersion
}

func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}
