package kube

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
)

// APIResources returns the kinds of all that the server serves, in its order of
// preference, custom resources and virtual ones like TokenReview among them:
// what kubectl api-resources shows, with subresources, and with all versions of a
// group that serve the kind, the preferred one first.
//
// The server is asked once, in one or two requests (one for each group version
// before Kubernetes 1.27); [Cluster.ForgetAPIResources] makes the next call ask
// again. The slice is the caller's.
//
// Possible errors: *[DiscoveryError] beside the kinds, when some of what the
// server serves could not be looked up; without kinds, *[APIError], [ErrClosed],
// *[ArgumentError] for a nil context.
func (c *Cluster) APIResources(ctx context.Context) ([]kinds.Kind, error) {
	d, err := c.discovery()
	if err != nil {
		return nil, err
	}
	return d.resources(ctx)
}

// APIVersions returns the groups and versions that the server serves, in its
// order of preference: "v1" for the core group, "apps/v1", …, also those whose
// resources cannot be looked up at present. It shares what is known with
// APIResources. The slice is the caller's. Possible errors: *[APIError],
// [ErrClosed], *[ArgumentError] for a nil context.
func (c *Cluster) APIVersions(ctx context.Context) ([]string, error) {
	d, err := c.discovery()
	if err != nil {
		return nil, err
	}
	served, err := d.survey(ctx, 0)
	if err != nil {
		return nil, err
	}
	return slices.Clone(served.groupVersions), nil
}

// ForgetAPIResources makes the cluster forget what the server serves: whoever
// needs to know next asks again. A program calls it after it has installed a
// CustomResourceDefinition, or to see whether a *[DiscoveryError] has passed.
// Kinds that are looked up by name need no such call: an unknown name is always
// asked for anew.
func (c *Cluster) ForgetAPIResources() {
	if d, err := c.discovery(); err == nil {
		d.forget()
	}
}

func (c *Cluster) discovery() (*discovery, error) {
	if c == nil || c.conn == nil {
		return nil, &rest.ArgumentError{Arg: "cluster", Reason: "the zero Cluster leads nowhere"}
	}
	return c.conn.d, nil
}

// DiscoveryError tells that not all that the server serves could be looked up,
// because the servers behind some groups (APIServices) are not available, or told
// what cannot be. What it comes with is the rest.
//
//	var incomplete *kube.DiscoveryError
//	if errors.As(err, &incomplete) {
//		fmt.Println(incomplete.GroupVersions, incomplete.Err)
//	}
//
// A caller may change it: every call returns another.
type DiscoveryError struct {
	GroupVersions []string // those that are not known, or may have changed since they were
	Err           error    // the causes, joined; nil if the server tells none
}

// KubeError marks the type as an error of this library.
func (e *DiscoveryError) KubeError() {}

func (e *DiscoveryError) Error() string {
	text := "kube: not all that is served could be looked up: without " + strings.Join(e.GroupVersions, ", ")
	if e.Err != nil {
		text += ": " + strings.ReplaceAll(strings.TrimPrefix(e.Err.Error(), "kube: "), "\nkube: ", "; ")
	}
	return text
}

func (e *DiscoveryError) Unwrap() error { return e.Err }

// catalog is all that a server serves. It is made by one look, and not written to
// after that.
type catalog struct {
	groupVersions []string
	resources     []resource
	plurals       map[string]map[string]bool // group version → what is served in it
	outages       []outage
	index         func() index // made when it is needed first
}

// resource is a kind in one group version.
type resource struct {
	groupVersion string
	kinds.Definition
}

// outage is a group version that is not known, or was known better once.
type outage struct {
	groupVersion string
	err          error // nil if the server did not say why
}

// index are the kinds, each in all versions of its group.
type index struct {
	kinds   []kinds.Kind
	table   kinds.Table
	outages []outage // resources that cannot be
}

func newCatalog() *catalog {
	c := &catalog{plurals: make(map[string]map[string]bool)}
	c.index = sync.OnceValue(c.makeIndex)
	return c
}

// addGroups adds what an APIGroupDiscoveryList tells.
func (c *catalog) addGroups(list raw.Object) {
	for group := range list.Get("items").Elements() {
		for version := range group.Get("versions").Elements() {
			if name := word(version, "version"); name != "" {
				c.addVersion(strings.TrimPrefix(word(group.Get("metadata"), "name")+"/"+name, "/"), version)
			}
		}
	}
}

func (c *catalog) addVersion(gv string, version raw.Value) {
	c.begin(gv)
	if word(version, "freshness") == "Stale" {
		c.fail(gv, nil)
	}
	for r := range version.Get("resources").Elements() {
		c.add(gv, kinds.Definition{
			Name:         kinds.Name(word(r.Get("responseKind"), "kind")),
			Plural:       word(r, "resource"),
			Singular:     word(r, "singularResource"),
			ShortNames:   words(r.Get("shortNames")),
			Namespaced:   word(r, "scope") == "Namespaced",
			Verbs:        words(r.Get("verbs")),
			Subresources: subresources(r),
			Categories:   words(r.Get("categories")),
		})
	}
}

func subresources(r raw.Value) (names []string) {
	for s := range r.Get("subresources").Elements() {
		names = append(names, word(s, "subresource"))
	}
	return names
}

// addResources adds what an APIResourceList tells, the older form.
func (c *catalog) addResources(gv string, list raw.Object) {
	c.begin(gv)
	below := make(map[string][]string)
	for r := range list.Get("resources").Elements() {
		if plural, name, ok := strings.Cut(word(r, "name"), "/"); ok {
			below[plural] = append(below[plural], name)
		}
	}
	for r := range list.Get("resources").Elements() {
		name := word(r, "name")
		if strings.Contains(name, "/") {
			continue
		}
		namespaced, _ := r.Get("namespaced").Bool()
		c.add(gv, kinds.Definition{
			Name:         kinds.Name(word(r, "kind")),
			Plural:       name,
			Singular:     word(r, "singularName"),
			ShortNames:   words(r.Get("shortNames")),
			Namespaced:   namespaced,
			Verbs:        words(r.Get("verbs")),
			Subresources: below[name],
			Categories:   words(r.Get("categories")),
		})
	}
}

// groupVersions reads the older forms of the roots: APIVersions and APIGroupList.
func groupVersions(doc raw.Object) []string {
	all := words(doc.Get("versions"))
	for group := range doc.Get("groups").Elements() {
		preferred := word(group.Get("preferredVersion"), "groupVersion")
		all = append(all, preferred)
		for version := range group.Get("versions").Elements() {
			if gv := word(version, "groupVersion"); gv != preferred {
				all = append(all, gv)
			}
		}
	}
	return slices.DeleteFunc(all, func(gv string) bool { return gv == "" })
}

func word(v raw.Value, field string) string {
	text, _ := v.Get(field).Text()
	return text
}

func words(list raw.Value) (all []string) {
	for v := range list.Elements() {
		if text, err := v.Text(); err == nil {
			all = append(all, text)
		}
	}
	return all
}

func (c *catalog) begin(gv string) {
	if c.plurals[gv] == nil {
		c.plurals[gv] = make(map[string]bool)
		c.groupVersions = append(c.groupVersions, gv)
	}
}

func (c *catalog) add(gv string, d kinds.Definition) {
	if c.plurals[gv][d.Plural] {
		return // told twice
	}
	c.plurals[gv][d.Plural] = true
	if len(d.Verbs) > 0 { // otherwise there is nothing to do with it: it has only subresources
		d.GroupVersions = []string{gv}
		if known, err := kinds.Builtin().LookupObject(gv, string(d.Name)); err == nil && slices.Contains(d.Subresources, "scale") {
			d.ScalePath = known.ScalePath()
		}
		c.resources = append(c.resources, resource{gv, d})
	}
}

func (c *catalog) fail(gv string, err error) {
	c.begin(gv)
	c.outages = append(c.outages, outage{gv, err})
}

// err is what could not be looked up, or nil. Everybody gets one of their own.
func (c *catalog) err() error {
	var e DiscoveryError
	var causes []error
	for _, f := range slices.Concat(c.outages, c.index().outages) {
		if !slices.Contains(e.GroupVersions, f.groupVersion) {
			e.GroupVersions = append(e.GroupVersions, f.groupVersion)
		}
		causes = append(causes, rest.Copy(f.err))
	}
	if len(e.GroupVersions) == 0 {
		return nil
	}
	e.Err = errors.Join(causes...)
	return &e
}

// makeIndex merges the versions of each resource; the preferred one, which is
// the first, says what can be done.
func (c *catalog) makeIndex() (i index) {
	type id struct{ group, plural, kind string }
	at := make(map[id]int)
	var all []kinds.Definition
	for _, r := range c.resources {
		group, _ := kinds.SplitGroupVersion(r.groupVersion)
		id := id{group, r.Plural, string(r.Name)}
		if n, ok := at[id]; ok {
			all[n].GroupVersions = append(all[n].GroupVersions, r.groupVersion)
			continue
		}
		at[id] = len(all)
		all = append(all, r.Definition)
	}
	for _, d := range all {
		k, err := kinds.New(d)
		if err != nil {
			i.outages = append(i.outages, outage{d.GroupVersions[0], err})
			continue
		}
		i.kinds = append(i.kinds, k)
	}
	i.table, _ = kinds.Table{}.With(i.kinds...) // of two of one name, the first is found by it
	return i
}

// lookup returns the kind that the server serves by a name, as known has it if it
// is there too. A name that the server does not know is one of known, but that of a
// kind which a server need not serve is unknown then.
func (c *catalog) lookup(known kinds.Table, name string) (kinds.Kind, error) {
	k, gv, err := c.index().table.LookupVersion(name)
	if err != nil {
		k, unknown := c.with(known).Lookup(name)
		if unknown == nil && isUncertain(k) && !c.mayServe(k) {
			k, unknown = kinds.Kind{}, err
		}
		return k, c.incomplete(unknown)
	}
	if gv != "" {
		return c.only(gv, k), nil
	}
	for _, gv := range k.GroupVersions() {
		if same, err := known.LookupObject(gv, string(k.Name())); err == nil {
			return same, nil
		}
	}
	return k, nil
}

// mayServe tells whether a kind that was not found is of a group version that could
// not be looked up.
func (c *catalog) mayServe(k kinds.Kind) bool {
	return slices.ContainsFunc(slices.Concat(c.outages, c.index().outages), func(o outage) bool {
		return slices.Contains(k.GroupVersions(), o.groupVersion)
	})
}

func (c *catalog) lookupObject(known kinds.Table, apiVersion, name string) (kinds.Kind, error) {
	k, err := c.index().table.LookupObject(apiVersion, name)
	if err != nil {
		k, err := c.with(known).LookupObject(apiVersion, name)
		return k, c.incomplete(err)
	}
	return c.only(apiVersion, k), nil
}

// only is the kind in one group version, as that one tells what can be done.
func (c *catalog) only(gv string, k kinds.Kind) kinds.Kind {
	for _, r := range c.resources {
		if r.groupVersion == gv && r.Plural == k.Resource() && r.Name == k.Name() {
			if one, err := kinds.New(r.Definition); err == nil {
				return one
			}
		}
	}
	return k.Only(gv)
}

// with are the known kinds and those that are served.
func (c *catalog) with(known kinds.Table) kinds.Table {
	all, _ := known.With(c.index().kinds...) // those in both stay as they are known
	return all
}

// incomplete adds to an error what could not be looked up.
func (c *catalog) incomplete(err error) error {
	if more := c.err(); err != nil && more != nil {
		return errors.Join(err, more)
	}
	return err
}
