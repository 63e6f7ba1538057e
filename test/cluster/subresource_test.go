package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/meta"
	"github.com/kubeviews/kube/raw"
	"github.com/kubeviews/kube/test/cluster"
	"github.com/kubeviews/kube/until"
)

type fields = map[string]any

// ownPlace is a connection to the shared cluster, and a namespace of the test's own.
func ownPlace(t *testing.T) (*cluster.Cluster, *kube.Cluster, string) {
	t.Helper()
	c := shared(t)
	library, err := kube.NewCluster(kube.WithURL(c.ProxyURL()))
	do(t, err)
	t.Cleanup(func() { library.Close() })
	return c, library, namespace(t, c)
}

// unstarted is a deployment of so many replicas.
func unstarted(t *testing.T, library *kube.Cluster, ns, name string, replicas int) items.Deployment {
	t.Helper()
	labels := fields{"app": name}
	web, err := library.Deployments().In(ns).Create(t.Context(), fields{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": fields{"name": name},
		"spec": fields{"replicas": replicas, "selector": fields{"matchLabels": labels}, "template": fields{
			"metadata": fields{"labels": labels}, "spec": fields{"containers": []fields{{"name": "main", "image": "example.com/web"}}}}},
	})
	do(t, err)
	return web
}

func wants(item interface{ Raw() raw.Object }, path ...string) int64 {
	n, err := item.Raw().Get(path...).Int()
	if err != nil {
		return -1
	}
	return n
}

func scaled(n int) fields { return fields{"spec": fields{"replicas": n}} }

// rescales are the ways to change the subresource scale.
var rescales = map[string]func(context.Context, items.Deployment, int, ...items.ChangeOption) (items.Deployment, error){
	"Patch": func(ctx context.Context, web items.Deployment, n int, o ...items.ChangeOption) (items.Deployment, error) {
		return web.Patch(ctx, kube.MergePatch, scaled(n), o...)
	},
	"Apply": func(ctx context.Context, web items.Deployment, n int, o ...items.ChangeOption) (items.Deployment, error) {
		return web.Apply(ctx, scaled(n), append(o, items.Force())...)
	},
	"Replace": func(ctx context.Context, web items.Deployment, n int, o ...items.ChangeOption) (items.Deployment, error) {
		return web.Replace(ctx, scaled(n), o...)
	},
	"Edit": func(ctx context.Context, web items.Deployment, n int, o ...items.ChangeOption) (items.Deployment, error) {
		return web.Edit(ctx, func(now raw.Object) (raw.Object, error) { return now.With(n, "spec", "replicas") }, o...)
	},
}

// R03, R09: whichever way the subresource scale is changed, a Scale is sent, and the
// object is what comes of it. A dry run stores nothing.
func TestSubresourceScaleR03R09(t *testing.T) {
	t.Parallel()
	_, library, ns := ownPlace(t)
	for name, rescale := range rescales {
		t.Run(name, func(t *testing.T) {
			web := unstarted(t, library, ns, strings.ToLower(name), 0)
			change := func(n int, o ...items.ChangeOption) (next items.Deployment) {
				eventually(t, func() error { // the controller writes to it, too
					now, err := web.Fetch(t.Context())
					do(t, err)
					if next, err = rescale(t.Context(), now, n, append(o, items.Subresource("scale"))...); errors.As(err, new(*kube.ConflictError)) {
						return err
					}
					do(t, err)
					return nil
				})
				return next
			}
			dry := change(5, items.DryRun())
			stored, err := web.Fetch(t.Context())
			do(t, err)
			if dry.Kind() != "Deployment" || wants(dry, "spec", "replicas") != 5 || wants(stored, "spec", "replicas") != 0 {
				t.Errorf("a dry run: %v, %d; %d are stored", dry, wants(dry, "spec", "replicas"), wants(stored, "spec", "replicas"))
			}
			for _, n := range []int{2, 0} {
				next := change(n)
				if next.Kind() != "Deployment" || next.UID() != web.UID() || wants(next, "spec", "replicas") != int64(n) {
					t.Errorf("got %v of %d replicas, not %d", next, wants(next, "spec", "replicas"), n)
				}
			}
		})
	}
}

// R03, R09: a Scale is not for another object that took the name.
func TestSubresourceScaleOfAnotherR03R09(t *testing.T) {
	t.Parallel()
	_, library, ns := ownPlace(t)
	for name, rescale := range rescales {
		t.Run(name, func(t *testing.T) {
			old := unstarted(t, library, ns, strings.ToLower(name), 0)
			do(t, old.DeleteAndWait(t.Context()))
			next := unstarted(t, library, ns, strings.ToLower(name), 0)
			if _, err := rescale(t.Context(), old, 5, items.Subresource("scale")); !errors.As(err, new(*kube.ConflictError)) {
				t.Errorf("got %v", err)
			}
			next, err := next.Fetch(t.Context())
			do(t, err)
			if wants(next, "spec", "replicas") != 0 {
				t.Errorf("%d are stored", wants(next, "spec", "replicas"))
			}
		})
	}
}

const scalableKinds = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: herds.scales.example.com}
spec:
  group: scales.example.com
  scope: Namespaced
  names: {plural: herds, singular: herd, kind: Herd}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.size.heads, statusReplicasPath: .status.heads}}
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: stones.scales.example.com}
spec:
  group: scales.example.com
  scope: Namespaced
  names: {plural: stones, singular: stone, kind: Stone}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {weight: {type: integer}}}}}}
`

// R09: a kind of one's own is scaled at its path, and one that has none is not.
func TestScaleOfCustomKindsR09(t *testing.T) {
	t.Parallel()
	c, library, ns := ownPlace(t)
	do(t, c.Apply(t.Context(), scalableKinds))
	for kind, size := range map[string]string{"Herd": `{"size":{"heads":1}}`, "Stone": `{"weight":1}`} {
		manifest := fmt.Sprintf(`{"apiVersion":"scales.example.com/v1","kind":%q,"metadata":{"name":"one","namespace":%q},"spec":%s}`, kind, ns, size)
		eventually(t, func() error { return c.Apply(t.Context(), manifest) })
	}
	one := func(plural string) items.Item {
		view, err := library.View(t.Context(), plural+".v1.scales.example.com")
		do(t, err)
		item, err := view.In(ns).Fetch(t.Context(), "one")
		do(t, err)
		return item
	}
	herd := one("herds").(items.Generic)
	next, err := herd.Scale(t.Context(), 4)
	do(t, err)
	if wants(next, "spec", "size", "heads") != 4 {
		t.Errorf("got %v", next.Raw())
	}
	next, err = next.Patch(t.Context(), kube.MergePatch, scaled(6), items.Subresource("scale"))
	do(t, err)
	if wants(next, "spec", "size", "heads") != 6 {
		t.Errorf("got %v", next.Raw())
	}
	_, err = one("stones").(items.Generic).Scale(t.Context(), 4)
	if !errors.As(err, new(*kube.ArgumentError)) {
		t.Errorf("got %v", err)
	}
}

// R03: parts of a pod have paths of their own, and are of the pod's own form.
func TestSubresourcesOfPodsR03(t *testing.T) {
	t.Parallel()
	_, library, ns := ownPlace(t)
	pod, err := library.Pods().In(ns).Create(t.Context(), fields{"apiVersion": "v1", "kind": "Pod", "metadata": fields{"name": "one"},
		"spec": fields{"containers": []fields{{"name": "main", "image": "example.com/web", "resources": fields{"requests": fields{"cpu": "100m"}}}}}})
	do(t, err)
	request := func(p items.Pod) string {
		text, _ := p.Raw().Get("spec", "containers").Index(0).Get("resources", "requests", "cpu").Text()
		return text
	}
	_, err = pod.Wait(t.Context(), until.Condition("Ready"))
	do(t, err)
	// Of a container that runs, the status tells the resources where the node can resize
	// it, or else the server refuses. Those that kwok plays do not.
	able, err := pod.Patch(t.Context(), kube.StrategicMergePatch, fields{"status": fields{"containerStatuses": []fields{
		{"name": "main", "resources": fields{"requests": fields{"cpu": "100m"}}}}}}, items.Subresource("status"))
	do(t, err)
	resized, err := able.Patch(t.Context(), kube.StrategicMergePatch, fields{"spec": fields{"containers": []fields{
		{"name": "main", "resources": fields{"requests": fields{"cpu": "200m"}}}}}}, items.Subresource("resize"))
	do(t, err)
	if request(resized) != "200m" {
		t.Errorf("resized to %q", request(resized))
	}
	pod, err = resized.Patch(t.Context(), kube.StrategicMergePatch, fields{"spec": fields{"ephemeralContainers": []fields{
		{"name": "debug", "image": "example.com/debug"}}}}, items.Subresource("ephemeralcontainers"))
	do(t, err)
	if name, _ := pod.Raw().Get("spec", "ephemeralContainers").Index(0).Get("name").Text(); name != "debug" {
		t.Errorf("got %v", pod.Raw().Get("spec", "ephemeralContainers"))
	}
}

// R03: what becomes of the replica sets of a deployment that is deleted.
func TestPropagationR03(t *testing.T) {
	t.Parallel()
	_, library, ns := ownPlace(t)
	for name, left := range map[items.DeletePropagation]int{items.Foreground: 0, items.Background: 0, items.Orphan: 1} {
		t.Run(string(name), func(t *testing.T) {
			t.Parallel()
			web := unstarted(t, library, ns, strings.ToLower(string(name)), 1)
			sets := func() (owned, orphans int) {
				all, err := library.ReplicaSets().In(ns).List(t.Context())
				do(t, err)
				for set := range all.All() {
					owners, err := set.Meta().Owners()
					do(t, err)
					switch {
					case !strings.HasPrefix(set.Name(), web.Name()+"-"):
					case slices.ContainsFunc(owners, func(o meta.OwnerReference) bool { return o.UID == web.UID() }):
						owned++
					default:
						orphans++
					}
				}
				return owned, orphans
			}
			eventually(t, func() error {
				if owned, _ := sets(); owned != 1 {
					return errors.New("it has no replica set yet")
				}
				return nil
			})
			do(t, web.Delete(t.Context(), items.Propagation(name)))
			_, err := web.Wait(t.Context(), until.Deleted())
			do(t, err)
			if owned, _ := sets(); owned != 0 && name != items.Background {
				t.Errorf("%d replica sets are still its own", owned)
			}
			eventually(t, func() error {
				if owned, orphans := sets(); owned != 0 || orphans != left {
					return fmt.Errorf("%d are its own, %d are left, not %d", owned, orphans, left)
				}
				return nil
			})
		})
	}
}

// R03: an unknown field, which the server drops unless it is to be strict.
func TestFieldValidationStrictR03(t *testing.T) {
	t.Parallel()
	_, library, ns := ownPlace(t)
	view := library.ConfigMaps().In(ns)
	content := func(name string) fields {
		return fields{"apiVersion": "v1", "kind": "ConfigMap", "metadata": fields{"name": name}, "colour": "red"}
	}
	one, err := view.Create(t.Context(), content("one"), items.FieldValidation(items.ValidateIgnore))
	do(t, err)
	changes := map[string]func(items.ChangeOption) error{
		"Create": func(o items.ChangeOption) error {
			_, err := view.Create(t.Context(), content("two"), o, items.DryRun())
			return err
		},
		"Replace": func(o items.ChangeOption) error {
			_, err := one.Replace(t.Context(), content("one"), o, items.DryRun())
			return err
		},
		"Patch": func(o items.ChangeOption) error {
			_, err := one.Patch(t.Context(), kube.MergePatch, fields{"colour": "red"}, o, items.DryRun())
			return err
		},
	}
	for name, change := range changes {
		for _, v := range []items.Validation{items.ValidateIgnore, items.ValidateWarn} {
			if err := change(items.FieldValidation(v)); err != nil {
				t.Errorf("%s, %s: %v", name, v, err)
			}
		}
		// The server says 400 BadRequest of a content, and 422 Invalid of what a patch makes.
		err := change(items.FieldValidation(items.ValidateStrict))
		if !errors.As(err, new(*kube.InvalidError)) || !strings.Contains(err.Error(), `unknown field "colour"`) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
