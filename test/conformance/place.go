package conformance

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/raw"
)

// object is a manifest, or a part of one.
type object = map[string]any

// place is where one test does its work: a namespace of its own, a cluster, and
// those who judge it.
type place struct {
	*testing.T
	root      *testing.T // the test that a step is of
	env       Environment
	ctx       context.Context
	cluster   *kube.Cluster
	plain     *plain
	namespace string // also the value of the label on all that the test makes
}

// mark is the label of all objects of a test.
const mark = "conformance"

// patience is for what takes a second or two on an idle machine.
const patience = 40 * time.Second

func newPlace(t *testing.T, e Environment) *place {
	t.Helper()
	// No call may hang, whatever the server does.
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	t.Cleanup(cancel)
	p := &place{T: t, root: t, env: e, ctx: ctx, plain: newPlain(e.URL)}
	t.Cleanup(p.plain.close)
	p.cluster = p.open()
	p.namespace = e.Name + "-" + strings.ToLower(rand.Text()[:8])
	p.post("/api/v1/namespaces", object{
		"apiVersion": "v1", "kind": "Namespace",
		"metadata": object{"name": p.namespace, "labels": object{mark: p.namespace}},
	})
	p.deleteAfterwards("/api/v1/namespaces/" + p.namespace)
	return p
}

// open makes one more cluster, which is closed with the test.
func (p *place) open(options ...kube.Option) *kube.Cluster {
	p.Helper()
	c, err := kube.NewCluster(append([]kube.Option{kube.WithURL(p.env.URL)}, options...)...)
	p.must(err)
	p.Cleanup(func() { p.must(c.Close()) })
	return c
}

// deleteAfterwards deletes what the test made outside its namespace.
func (p *place) deleteAfterwards(path string) {
	p.root.Cleanup(func() {
		// The test's own context has ended by now.
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if code, body, err := p.plain.do(ctx, "DELETE", path, "", nil); err != nil || code >= 300 && code != 404 && code != 409 {
			p.root.Errorf("cleaning up %s: %d %s %v", path, code, body, err)
		}
	})
}

// step runs a part of a test, which uses the same namespace.
func (p *place) step(name string, f func(*place)) {
	p.Helper()
	p.Run(name, func(t *testing.T) {
		q := *p
		q.T = t
		f(&q)
	})
}

func (p *place) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// must returns what a call returned, unless that is an error.
func must[V any](p *place) func(V, error) V {
	return func(v V, err error) V {
		p.Helper()
		p.must(err)
		return v
	}
}

// eventually polls until try succeeds.
func (p *place) eventually(try func() error) {
	p.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			p.Fatalf("after %s still: %v", patience, err)
		}
	}
}

// refused expects an error of type E, which must also be one of the library's
// (K09).
func refused[E error](p *place, what string, err error) E {
	p.Helper()
	e, ok := errors.AsType[E](err)
	if !ok {
		p.Fatalf("%s: the error is %T (%v), not %T", what, err, err, e)
	}
	if _, ok := errors.AsType[kube.Error](err); !ok {
		p.Errorf("%s: %T is no kube.Error", what, err)
	}
	return e
}

// same expects two values to be equal.
func same[V any](p *place, what string, got, want V) {
	p.Helper()
	if !equal(got, want) {
		p.Errorf("%s is %v, the judge says %v", what, got, want)
	}
}

func equal[V any](a, b V) bool {
	if t, ok := any(a).(time.Time); ok {
		return t.Equal(any(b).(time.Time))
	}
	return reflect.DeepEqual(a, b)
}

// attribute compares an accessor with what the judge read: nil where the field
// is absent, for which the accessor must return a StatusError with that path.
func attribute[V any](p *place, path string, want *V, get func() (V, error)) {
	p.Helper()
	got, err := get()
	if want != nil {
		if err != nil {
			p.Errorf("%s: %v, the judge says %v", path, err, *want)
			return
		}
		same(p, path, got, *want)
		return
	}
	unset := refused[*kube.StatusError](p, path, err)
	if unset.Path != path || unset.Err != nil || unset.Name == "" || unset.Kind == "" {
		p.Errorf("the error about %s is %+v", path, unset)
	}
	if !reflect.ValueOf(&got).Elem().IsZero() {
		p.Errorf("%s is absent, but %v is returned beside the error", path, got)
	}
}

// newer reports whether version a is later than b. They are decimal numbers,
// and Kubernetes promises since 1.35 that they are ordered.
func newer(a, b string) bool {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) > 0
}

// named is the metadata of a new object of the test.
func (p *place) named(name string) object {
	return object{"name": name, "namespace": p.namespace, "labels": object{mark: p.namespace, "which": name}}
}

// path is that of an object, or collection, in the test's namespace.
func (p *place) path(groupVersion, resource string, more ...string) string {
	root := "/apis/"
	if !strings.Contains(groupVersion, "/") {
		root = "/api/"
	}
	path := root + groupVersion + "/namespaces/" + p.namespace + "/" + resource
	for _, m := range more {
		path += "/" + m
	}
	return path
}

func unexpected(what string, got any) error { return fmt.Errorf("%s is %v", what, got) }

// detached is for cleaning up, when the test's own context has ended.
func (p *place) detached() context.Context { return context.WithoutCancel(p.ctx) }

// text is a string in a document; printing would hide that of a Secret.
func text(v raw.Value) string {
	s, _ := v.Text()
	return s
}
