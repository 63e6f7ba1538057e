package kube

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
)

// discovery knows which resources the server serves, and asks no more than is
// needed: of the kinds in use, unless somebody wants to know all.
//
// See https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api.
type discovery struct {
	t        *transport
	turn     chan struct{}              // holds one token: whoever has it may ask and write
	known    map[string]map[string]bool // group version → plurals; replaced, never written to
	whole    bool                       // known is all that is served
	catalog  *catalog                   // all that is served, once somebody has asked for that
	surveyed int64                      // the look that made the catalog

	begun     atomic.Int64 // looks at the server
	answered  int64        // the last look that went well
	forgotten atomic.Int64 // the last look that counts no more
}

func newDiscovery(t *transport) *discovery {
	d := &discovery{t: t, turn: make(chan struct{}, 1)}
	d.turn <- struct{}{}
	return d
}

// take waits for the turn, which release gives back.
func (d *discovery) take(ctx context.Context) (release func(), err error) {
	if ctx == nil {
		return nil, &rest.ArgumentError{Arg: "context", Reason: "it is nil"}
	}
	select {
	case <-d.turn:
	case <-ctx.Done():
		return nil, transportFault(ctx, d.request("/apis", ""), ctx.Err())
	}
	if d.answered <= d.forgotten.Load() {
		d.known, d.whole, d.catalog = nil, false, nil
	}
	return func() { d.turn <- struct{}{} }, nil
}

// forget makes all looks that have begun count no more.
func (d *discovery) forget() { d.forgotten.Store(d.begun.Load()) }

// aggregated asks for all groups in one document, where the server can (1.27
// and later, KEP-3352); others ignore it.
const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList," +
	"application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"

// served returns the newest group version that serves the resource. What is
// known counts, unless it is stale, which turned out to be wrong: then another
// look is taken, one for all who found that out together.
func (d *discovery) served(ctx context.Context, r rest.Resource, stale string) (string, error) {
	if len(r.GroupVersions) == 1 {
		return r.GroupVersions[0], nil // nothing to choose
	}
	before := d.begun.Load()
	release, err := d.take(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	if gv, ok := d.choose(r); ok && (gv != stale || d.answered > before) {
		return gv, nil
	}
	look := d.begun.Add(1)
	if err := d.ask(ctx, r, look); err != nil {
		return "", err
	}
	d.answered = look
	gv, _ := d.choose(r)
	return gv, nil
}

// choose picks from what is known, if that is enough. When none of the
// resource's versions is served, it picks the newest: the server's own error
// tells more than ours could.
func (d *discovery) choose(r rest.Resource) (gv string, ok bool) {
	for _, gv := range r.GroupVersions {
		if d.known[gv][r.Plural] {
			return gv, true
		}
		if _, asked := d.known[gv]; !asked && !d.whole {
			return r.GroupVersions[0], false // a newer version than those known could serve it
		}
	}
	return r.GroupVersions[0], true
}

// ask learns anew what is served. What was known stays when it fails.
func (d *discovery) ask(ctx context.Context, r rest.Resource, look int64) error {
	groups, err := d.root(ctx, "/apis")
	if err != nil {
		return err
	}
	if !isAggregated(groups) {
		return d.askEach(ctx, r)
	}
	core, err := d.root(ctx, "/api")
	if err != nil {
		return err
	}
	c := newCatalog()
	c.addGroups(core)
	c.addGroups(groups)
	for _, gv := range r.GroupVersions {
		if c.plurals[gv] == nil {
			c.plurals[gv] = map[string]bool{} // not served
		}
	}
	d.known, d.whole = c.plurals, isAggregated(core)
	if d.whole {
		d.catalog, d.surveyed = c, look
	}
	return nil
}

// root asks for one of the two places where groups are told. What a server does
// not have is the zero Object.
func (d *discovery) root(ctx context.Context, path string) (raw.Object, error) {
	doc, err := d.get(ctx, path, aggregated)
	if errors.As(err, new(*NotFoundError)) {
		return raw.Object{}, nil
	}
	return doc, err
}

func isAggregated(doc raw.Object) bool { return rest.String(doc, "kind") == "APIGroupDiscoveryList" }

// askEach asks an older server for one group version after another, until one
// serves the resource.
func (d *discovery) askEach(ctx context.Context, r rest.Resource) error {
	known := make(map[string]map[string]bool)
	maps.Copy(known, d.known)
	for _, gv := range r.GroupVersions {
		list, err := d.get(ctx, "/"+rest.Base(gv), "")
		var missing *NotFoundError
		switch {
		case errors.As(err, &missing):
			known[gv] = map[string]bool{}
		case err != nil:
			return err
		default:
			c := newCatalog()
			c.addResources(gv, list)
			known[gv] = c.plurals[gv]
		}
		if known[gv][r.Plural] {
			break
		}
	}
	d.known, d.whole = known, false
	return nil
}

// survey returns all that is served, as a look tells that began after the given
// one. A group version whose own server fails does not end it.
func (d *discovery) survey(ctx context.Context, after int64) (*catalog, error) {
	release, err := d.take(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	if d.catalog != nil && d.surveyed > after {
		return d.catalog, nil
	}
	look := d.begun.Add(1)
	c := newCatalog()
	for _, root := range []string{"/api", "/apis"} { // the core group is the first
		if err := d.readRoot(ctx, c, root); err != nil {
			return nil, err
		}
	}
	d.known, d.whole, d.catalog = c.plurals, true, c
	d.answered, d.surveyed = look, look
	return c, nil
}

func (d *discovery) readRoot(ctx context.Context, c *catalog, root string) error {
	doc, err := d.root(ctx, root)
	if err != nil || isAggregated(doc) {
		c.addGroups(doc)
		return err
	}
	for _, gv := range groupVersions(doc) {
		list, err := d.get(ctx, "/"+rest.Base(gv), "")
		var failed *APIError
		switch {
		case err == nil:
			c.addResources(gv, list)
		case errors.As(err, new(*NotFoundError)): // gone since
		case errors.As(err, &failed) && failed.Code != 0:
			c.fail(gv, err)
		default:
			return err
		}
	}
	return nil
}

// resources returns the kinds of all that is served. A *DiscoveryError beside
// them says what could not be looked up.
func (d *discovery) resources(ctx context.Context) ([]kinds.Kind, error) {
	c, err := d.survey(ctx, 0)
	if err != nil {
		return nil, err
	}
	return slices.Clone(c.index().kinds), c.err()
}

// find returns the kind of a name in any of its forms. One that is known, built
// in or declared, needs no request, and comes as it is there. Otherwise it is
// looked for among what the server serves, where kinds are as the server tells,
// and once more with a new look.
//
// When the name carries a version, the kind is in that one alone: Kind.Only.
// An alpha or beta kind that is built in has a name without a group only where
// the server serves no other kind of that name: most clusters serve others'.
//
// An unknown name is a *KindError with near misses among all of them; it is
// joined with a *DiscoveryError if not all could be looked up.
func (d *discovery) find(ctx context.Context, known kinds.Table, name string) (kinds.Kind, error) {
	k, gv, err := known.LookupVersion(name)
	switch {
	case err == nil && gv != "":
		return k.Only(gv), nil
	case err == nil && (strings.Contains(name, ".") || !isUncertain(k)), !isKindText(name):
		return k, err
	}
	return d.seek(ctx, func(c *catalog) (kinds.Kind, error) { return c.lookup(known, name) })
}

// findObject returns the kind of an object by its apiVersion and kind, as
// kinds.Table.LookupObject does: the known one, or as the server tells, in this
// group version alone. Errors are those of find.
func (d *discovery) findObject(ctx context.Context, known kinds.Table, apiVersion, name string) (kinds.Kind, error) {
	k, err := known.LookupObject(apiVersion, name)
	if err == nil || !isKindText(name) || !isKindText(strings.Replace(apiVersion, "/", ".", 1)) {
		return k, err
	}
	return d.seek(ctx, func(c *catalog) (kinds.Kind, error) { return c.lookupObject(known, apiVersion, name) })
}

// seek looks into what is served, and if it is not there, into a new look.
func (d *discovery) seek(ctx context.Context, in func(*catalog) (kinds.Kind, error)) (k kinds.Kind, err error) {
	before := d.begun.Load()
	for _, after := range []int64{0, before} {
		c, failed := d.survey(ctx, after)
		if failed != nil {
			return kinds.Kind{}, failed
		}
		if k, err = in(c); err == nil {
			break
		}
	}
	return k, err
}

// isUncertain tells whether a built-in kind has never been in a stable version, so
// that a server need not serve it.
func isUncertain(k kinds.Kind) bool {
	for _, gv := range k.GroupVersions() {
		if _, version := kinds.SplitGroupVersion(gv); !strings.Contains(version, "alpha") && !strings.Contains(version, "beta") {
			return false
		}
	}
	known, err := kinds.Builtin().LookupObject(k.GroupVersions()[0], string(k.Name()))
	return err == nil && known == k
}

// isKindText tells whether a name can be one: nothing is asked for one that cannot.
func isKindText(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '-' && r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

func (d *discovery) get(ctx context.Context, path, accept string) (raw.Object, error) {
	return d.t.document(ctx, d.request(path, accept))
}

func (d *discovery) request(path, accept string) rest.Request {
	return rest.Request{Verb: http.MethodGet, Path: path, Accept: accept}
}
