package items

import (
	"context"
	"net/http"
	"strings"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// heed reads the options of a change of the item, which must be of a cluster.
func (d *data) heed(verb string, apply bool, options []ChangeOption) (*change, error) {
	if err := d.reachable(); err != nil {
		return nil, err
	}
	c, err := newChange(verb, apply, options)
	if err != nil {
		return nil, err
	}
	if c.unchanged && d.version() == "" {
		return nil, &rest.ArgumentError{Arg: "option IfUnchanged", Reason: "the item has no version"}
	}
	if c.scales() && c.dryRun && d.origin.kind.ScalePath() == "" {
		return nil, &rest.ArgumentError{Arg: "option DryRun", Reason: "the kind has no ScalePath: what would be cannot be told"}
	}
	return c, nil
}

// heedWhole reads the options of a change that itself says what part it is of.
func (d *data) heedWhole(options []ChangeOption) (*change, error) {
	c, err := d.heed(http.MethodPatch, false, options)
	if err == nil && c.subresource != "" {
		return nil, &rest.ArgumentError{Arg: "subresource", Value: c.subresource, Reason: "the call chooses itself what part it changes"}
	}
	return c, err
}

// scales reports whether what is sent is a Scale instead of the object.
func (c *change) scales() bool { return c.subresource == "scale" }

// form is the apiVersion and the kind of what is sent.
func (d *data) form(c *change) (apiVersion, kind string) {
	if c.scales() {
		return "autoscaling/v1", "Scale"
	}
	return rest.String(d.doc, "apiVersion"), rest.String(d.doc, "kind")
}

// around is the object of which a part was changed that has a form of its own: a Scale.
// After a dry run, that is put where it would be.
func (d *data) around(ctx context.Context, part raw.Object, dry bool) (*data, error) {
	now, err := d.fetch(ctx)
	if err != nil || !dry {
		return now, err
	}
	var replicas int64 // the API leaves out zeros
	if part.Get("spec", "replicas").IsSet() {
		if replicas, err = rest.Int(part, "spec", "replicas"); err != nil {
			return nil, err
		}
	}
	doc, err := now.doc.With(replicas, strings.Split(d.origin.kind.ScalePath(), ".")...)
	return &data{doc, now.origin}, err
}

// revised is the latest revision of what a change is to send.
func (d *data) revised(ctx context.Context, c *change) (*data, error) {
	if !c.scales() {
		return d.present(ctx)
	}
	part, err := d.request(ctx, rest.Request{Verb: http.MethodGet}, c.parts()...)
	if err != nil {
		return nil, err
	}
	return d.same(part)
}
