package kube

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"sync/atomic"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// discovery knows which resources the server serves, and asks no more than the
// kinds in use need.
//
// See https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api.
type discovery struct {
	t     *transport
	turn  chan struct{}              // holds one token: whoever has it may ask and write
	known map[string]map[string]bool // group version → plurals; replaced, never written to
	whole bool                       // known is all that is served

	begun    atomic.Int64 // looks at the server
	answered int64        // the last look that went well
}

func newDiscovery(t *transport) *discovery {
	d := &discovery{t: t, turn: make(chan struct{}, 1)}
	d.turn <- struct{}{}
	return d
}

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
	if ctx == nil {
		return "", &rest.ArgumentError{Arg: "context", Reason: "it is nil"}
	}
	before := d.begun.Load()
	select {
	case <-d.turn:
	case <-ctx.Done():
		return "", transportFault(ctx, d.request("/apis", ""), ctx.Err())
	}
	defer func() { d.turn <- struct{}{} }()
	if gv, ok := d.choose(r); ok && (gv != stale || d.answered > before) {
		return gv, nil
	}
	look := d.begun.Add(1)
	if err := d.ask(ctx, r); err != nil {
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
func (d *discovery) ask(ctx context.Context, r rest.Resource) error {
	groups, err := d.get(ctx, "/apis", aggregated)
	if missing := (*NotFoundError)(nil); errors.As(err, &missing) {
		return d.askEach(ctx, r)
	}
	if err != nil {
		return err
	}
	if rest.String(groups, "kind") != "APIGroupDiscoveryList" {
		return d.askEach(ctx, r)
	}
	core, err := d.get(ctx, "/api", aggregated)
	if err != nil {
		return err
	}
	known := make(map[string]map[string]bool)
	readAggregated(groups, known)
	readAggregated(core, known)
	for _, gv := range r.GroupVersions {
		if known[gv] == nil {
			known[gv] = map[string]bool{} // not served
		}
	}
	d.known, d.whole = known, rest.String(core, "kind") == "APIGroupDiscoveryList"
	return nil
}

// readAggregated adds what an APIGroupDiscoveryList tells.
func readAggregated(list raw.Object, to map[string]map[string]bool) {
	for group := range list.Get("items").Elements() {
		name, _ := group.Get("metadata", "name").Text()
		for version := range group.Get("versions").Elements() {
			gv, _ := version.Get("version").Text()
			if name != "" {
				gv = name + "/" + gv
			}
			to[gv] = plurals(version, "resource")
		}
	}
}

func plurals(version raw.Value, field string) map[string]bool {
	all := make(map[string]bool)
	for resource := range version.Get("resources").Elements() {
		if name, err := resource.Get(field).Text(); err == nil {
			all[name] = true
		}
	}
	return all
}

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
			known[gv] = plurals(list.Value(), "name")
		}
		if known[gv][r.Plural] {
			break
		}
	}
	d.known, d.whole = known, false
	return nil
}

func (d *discovery) get(ctx context.Context, path, accept string) (raw.Object, error) {
	return d.t.document(ctx, d.request(path, accept))
}

func (d *discovery) request(path, accept string) rest.Request {
	return rest.Request{Verb: http.MethodGet, Path: path, Accept: accept}
}
