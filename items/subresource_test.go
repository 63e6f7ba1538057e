package items_test

import (
	"context"
	"testing"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
)

func (d *desk) replicas() string { return d.stored("deployments", "web", "spec", "replicas") }

func scaleTo(n int) object { return object{"spec": object{"replicas": n}} }

// scalers are the ways to scale through the subresource.
var scalers = map[string]func(context.Context, items.Deployment, int, ...items.ChangeOption) (items.Deployment, error){
	"Patch": func(ctx context.Context, web items.Deployment, n int, o ...items.ChangeOption) (items.Deployment, error) {
		return web.Patch(ctx, kube.MergePatch, scaleTo(n), o...)
	},
	"Apply": func(ctx context.Context, web items.Deployment, n int, o ...items.ChangeOption) (items.Deployment, error) {
		return web.Apply(ctx, scaleTo(n), append(o, items.Force())...)
	},
	"Apply of a Scale": func(ctx context.Context, web items.Deployment, n int, o ...items.ChangeOption) (items.Deployment, error) {
		whole := scaleTo(n)
		whole["apiVersion"], whole["kind"] = "autoscaling/v1", "Scale"
		return web.Apply(ctx, whole, append(o, items.Force())...)
	},
	"Replace": func(ctx context.Context, web items.Deployment, n int, o ...items.ChangeOption) (items.Deployment, error) {
		return web.Replace(ctx, scaleTo(n), o...)
	},
	"Edit": func(ctx context.Context, web items.Deployment, n int, o ...items.ChangeOption) (items.Deployment, error) {
		return web.Edit(ctx, rescaled(n), o...)
	},
}

// R03, R09: the subresource scale is a Scale, whichever way it is changed; a dry run
// returns what would be.
func TestSubresourceScaleR09(t *testing.T) {
	for name, scale := range scalers {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			for _, n := range []int{9, 0} {
				dry, err := scale(t.Context(), d.web, n, items.Subresource("scale"), items.DryRun())
				if got, _ := dry.Spec().Get("replicas").Int(); err != nil || got != int64(n) || d.replicas() != "1" || dry.Kind() != "Deployment" {
					t.Errorf("a dry run to %d: %s of %d replicas, %v; %s are stored", n, dry, got, err, d.replicas())
				}
			}
			next, err := scale(t.Context(), d.web, 3, items.Subresource("scale"))
			if got, _ := next.Spec().Get("replicas").Int(); err != nil || got != 3 || d.replicas() != "3" || next.Kind() != "Deployment" {
				t.Errorf("%s of %d replicas, %v; %s are stored", next, got, err, d.replicas())
			}
		})
	}
}

func TestSubresourceScaleRefusedR09(t *testing.T) {
	d := newDesk(t)
	for name, content := range map[string]any{"another kind": object{"kind": "Deployment"}, "nothing": object{}, "another's": object{"metadata": object{"name": "x"}}} {
		_, err := d.web.Replace(t.Context(), content, items.Subresource("scale"))
		d.unsent("Replace by "+name, err)
	}
	_, err := d.web.Apply(t.Context(), object{"kind": "Deployment"}, items.Subresource("scale"))
	d.unsent("Apply of another kind", err)
	same, err := d.web.Edit(t.Context(), rescaled(1), items.Subresource("scale"))
	if err != nil || !same.Equal(d.web) || d.written() != 0 {
		t.Errorf("an edit of nothing: %v, %v, after %d writes", same, err, d.written())
	}
	_, err = d.web.Scale(t.Context(), 3, items.Subresource("status"))
	d.unsent("Scale of a subresource", err)
}

// A kind that says not where its replicas are has no dry run of them.
func TestSubresourceScaleWithoutPathR09(t *testing.T) {
	d := newDesk(t)
	gadget := kinds.Must(kinds.New(kinds.Definition{Name: "Deployment", GroupVersions: []string{"apps/v1"}, Plural: "deployments", Namespaced: true, Subresources: []string{"scale"}}))
	web, err := kube.ViewOf[items.Generic](d.cluster, gadget).In("default").Fetch(t.Context(), "web")
	if err != nil {
		t.Fatal(err)
	}
	_, err = web.Scale(t.Context(), 9, items.DryRun())
	d.unsent("Scale", err)
	if next, err := web.Scale(t.Context(), 3); err != nil || d.replicas() != "3" {
		t.Errorf("%v, %v", next, err)
	}
}
