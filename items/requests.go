package items

import (
	"strconv"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// Requests is what the scheduler reserves for the pod on its node: what its
// containers ask for together, or its init containers one behind the other if that
// is more, with sidecars all the time, and the overhead of its runtime class. What
// the pod asks for as a whole (KEP-2837) counts instead, resource by resource.
// Possible error: *StatusError when the spec was not read, or is malformed.
//
// See https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers.
func (p Pod) Requests() (Resources, error) {
	spec := p.Spec()
	if spec.Kind() != raw.KindObject {
		return Resources{}, rest.NotSet(p.doc(), "spec")
	}
	r := reading{doc: p.doc()}
	sum, sidecars, most := amounts{}, amounts{}, amounts{}
	for asked := range r.containers("containers") {
		sum.add(asked.amounts)
	}
	for asked := range r.containers("initContainers") {
		if asked.sidecar {
			sum.add(asked.amounts)
			sidecars.add(asked.amounts)
			asked.amounts = nil
		}
		most.raise(asked.amounts.plus(sidecars))
	}
	sum.raise(most)
	for name, q := range r.amounts("spec", "resources", "requests") {
		sum[name] = q
	}
	sum.add(r.amounts("spec", "overhead"))
	if r.err != nil {
		return Resources{}, r.err
	}
	return Resources{sum}, nil
}

// amounts are quantities by the name of their resource.
type amounts map[string]Quantity

func (a amounts) add(more amounts) {
	for name, q := range more {
		a[name] = a[name].Add(q)
	}
}

// raise makes each amount at least that of the other.
func (a amounts) raise(least amounts) {
	for name, q := range least {
		if have, ok := a[name]; !ok || have.Cmp(q) < 0 {
			a[name] = q
		}
	}
}

func (a amounts) plus(more amounts) amounts {
	sum := amounts{}
	sum.add(a)
	sum.add(more)
	return sum
}

// reading reads parts of a pod's spec, and keeps the first error.
type reading struct {
	doc raw.Object
	err error
}

// request is what a container asks for.
type request struct {
	amounts
	sidecar bool // an init container that goes on running (KEP-753)
}

func (r *reading) containers(field string) func(yield func(request) bool) {
	return func(yield func(request) bool) {
		list, i := r.doc.Get("spec", field), 0
		if _, err := list.Array(); list.IsSet() && err != nil {
			r.fail(err, "spec", field)
		}
		for c := range list.Elements() {
			policy, _ := c.Get("restartPolicy").Text()
			path := []string{"spec", field, strconv.Itoa(i), "resources", "requests"}
			if !yield(request{r.quantities(c.Get("resources", "requests"), path), policy == "Always"}) {
				return
			}
			i++
		}
	}
}

func (r *reading) amounts(path ...string) amounts { return r.quantities(r.doc.Get(path...), path) }

func (r *reading) quantities(v raw.Value, path []string) amounts {
	found := amounts{}
	for name, value := range v.Members() {
		q, err := quantity(value)
		if err != nil {
			r.fail(err, append(path, name)...)
		}
		found[name] = q
	}
	return found
}

func (r *reading) fail(err error, path ...string) {
	if r.err == nil {
		r.err = rest.Malformed(r.doc, err, path...)
	}
}
