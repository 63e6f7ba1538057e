package kinds

import (
	"cmp"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/kubeviews/kube/internal/rest"
)

// Table is a set of kinds that finds each by any of its names. It is an
// immutable value, safe to share; the zero Table is empty.
type Table struct{ t *table }

// table maps lower case names to kinds; it is never written once it is in a
// Table. Names are those that a kind cannot share with another of its group.
type table struct {
	names   map[string]Kind // kind names and plurals, alone and with group and version
	aliases map[string]Kind // singulars and short names, likewise
	sorted  []Kind
}

var emptyTable = &table{}

func (t Table) inner() *table {
	if t.t == nil {
		return emptyTable
	}
	return t.t
}

// With returns a Table that has the given kinds too. Of two kinds of one group
// that have the same name or plural, the first stays; the error is then a
// *DuplicateKindError, and the Table has all the others. For a zero Kind the
// error is an *ArgumentError. Several errors are joined.
//
// Kinds of different groups may share names. Without a group, a name then means
// the kind that was there first.
func (t Table) With(kinds ...Kind) (Table, error) {
	next := &table{
		names:   cloneMap(t.inner().names),
		aliases: cloneMap(t.inner().aliases),
		sorted:  slices.Clone(t.inner().sorted),
	}
	var errs []error
	for _, k := range kinds {
		if err := next.add(k); err != nil {
			errs = append(errs, err)
		}
	}
	slices.SortFunc(next.sorted, compareKinds)
	if len(errs) == 1 {
		return Table{next}, errs[0]
	}
	return Table{next}, errors.Join(errs...)
}

// cloneMap is maps.Clone for a map that will be written.
func cloneMap(m map[string]Kind) map[string]Kind {
	clone := make(map[string]Kind, len(m))
	maps.Copy(clone, m)
	return clone
}

func compareKinds(a, b Kind) int {
	return cmp.Or(cmp.Compare(a.Name(), b.Name()), cmp.Compare(a.Group(), b.Group()))
}

func (t *table) add(k Kind) error {
	if k.IsZero() {
		return &rest.ArgumentError{Arg: "kind", Reason: "is the zero Kind; kinds.New makes one"}
	}
	names := []string{string(k.Name()), k.Resource()}
	for _, group := range k.groups() {
		for _, name := range names {
			if _, taken := t.names[strings.ToLower(name)+"."+group]; taken {
				return &rest.DuplicateKindError{Kind: string(k.Name()), Clash: cmp.Or(group, "core") + "/" + name}
			}
		}
	}
	groupVersions := k.GroupVersions()
	for _, name := range names {
		index(t.names, strings.ToLower(name), groupVersions, k)
	}
	for _, name := range append(k.ShortNames(), k.Singular()) {
		index(t.aliases, name, groupVersions, k)
	}
	t.sorted = append(t.sorted, k)
	return nil
}

// index files k under all forms of a name that are still free. Those of the
// core group end with a dot, as in kubectl ("pods.", "pods.v1."), and for a
// version the dot can be left out.
func index(names map[string]Kind, name string, groupVersions []string, k Kind) {
	put := func(name string) {
		if _, taken := names[name]; !taken {
			names[name] = k
		}
	}
	put(name)
	for _, groupVersion := range groupVersions {
		group, version := SplitGroupVersion(groupVersion)
		put(name + "." + group)
		put(name + "." + version + "." + group)
		if group == "" {
			put(name + "." + version)
		}
	}
}

func (t *table) find(name string) (Kind, bool) {
	if k, ok := t.names[name]; ok {
		return k, true
	}
	k, ok := t.aliases[name]
	return k, ok
}

// Lookup returns the kind of that name, whatever its case:
//
//	Deployment          the kind
//	deployments         the plural
//	deployment          the singular
//	deploy              a short name
//	deployments.apps    any of these and the group
//	deployments.v1.apps any of these, a version and the group; pods.v1 is core
//
// Former groups and versions of the kind serve as well. They say only which
// kind is meant, not which version is going to be read. Where kinds share a
// name, kind names and plurals come before singulars and short names, and then
// the first kind of the table before later ones.
//
// An unknown name is a *KindError that has the known names that look like it.
func (t Table) Lookup(name string) (Kind, error) {
	if k, ok := t.inner().find(strings.ToLower(name)); ok {
		return k, nil
	}
	return Kind{}, &rest.KindError{Kind: name, Near: t.inner().near(strings.ToLower(name))}
}

// LookupVersion is Lookup, and tells besides which group version the name
// carries, as "widgets.v1beta1.example.com" does: "example.com/v1beta1". It is ""
// when the name leaves that open. Kind.Only makes the kind of that one version.
func (t Table) LookupVersion(name string) (k Kind, groupVersion string, err error) {
	k, err = t.Lookup(name)
	for _, groupVersion := range k.GroupVersions() {
		end := suffix(groupVersion)
		if name := strings.ToLower(name); strings.HasSuffix(name, end) || strings.HasSuffix(name+".", end) { // pods.v1
			return k, groupVersion, nil
		}
	}
	return k, "", err
}

// suffix is what a name of the group version ends with: ".v1.apps", ".v1." for
// the core group.
func suffix(groupVersion string) string {
	group, version := SplitGroupVersion(groupVersion)
	return "." + version + "." + group
}

// LookupObject returns the kind of an object by its apiVersion and kind, both
// as the object carries them: "apps/v1" and "Deployment". Case counts. If there
// is none, the error is a *KindError.
func (t Table) LookupObject(apiVersion, name string) (Kind, error) {
	group, version := SplitGroupVersion(apiVersion)
	k, ok := t.inner().names[strings.ToLower(name)+"."+version+"."+group]
	if ok && string(k.Name()) == name && slices.Contains(k.GroupVersions(), apiVersion) {
		return k, nil
	}
	looked := strings.ToLower(name)
	if group != "" {
		looked += "." + group
	}
	return Kind{}, &rest.KindError{Kind: apiVersion + " " + name, Near: t.inner().near(looked)}
}

// All returns the kinds, sorted by name and then by group. It can be ranged
// more than once.
func (t Table) All() iter.Seq[Kind] { return slices.Values(t.inner().sorted) }

// Len returns how many kinds there are.
func (t Table) Len() int { return len(t.inner().sorted) }
