package items

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
)

// counter reads a number of a controller's status. The API leaves out zeros,
// so an absent one is 0 once the controller has written its status at all.
func counter(doc raw.Object, name string) (int64, error) {
	n, err := rest.Int(doc, "status", name)
	if err != nil && !doc.Get("status", name).IsSet() && doc.Get("status", "observedGeneration").IsSet() {
		return 0, nil
	}
	return n, err
}

// desiredReplicas reads the number of pods that a workload's spec asks for.
func desiredReplicas(doc raw.Object) (int64, error) {
	return whenUnset(int64(1))(rest.Int(doc, "spec", "replicas"))
}

// address reads an IP address.
func address(doc raw.Object, path ...string) (netip.Addr, error) {
	text, err := rest.Text(doc, path...)
	if err != nil {
		return netip.Addr{}, err
	}
	if text == "" {
		return netip.Addr{}, rest.NotSet(doc, path...)
	}
	ip, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}, rest.Malformed(doc, errors.New("not an IP address"), path...)
	}
	return ip, nil
}

// list reads an array of the status or spec, which may be absent: then it is
// empty.
func list[V any](doc raw.Object, path ...string) ([]V, error) {
	return part[[]V](doc, path...)
}

// part reads a structure, which may be absent: then it is the zero V. It must
// not hold a pointer, so that the copies of what is returned share nothing but
// slices and maps.
func part[V any](doc raw.Object, path ...string) (v V, err error) {
	at := doc.Get(path...)
	if !at.IsSet() {
		if doc.MetadataOnly() {
			err = rest.NotSet(doc, path...) // it may be there
		}
		return v, err
	}
	if err := at.Decode(&v); err != nil {
		var zero V
		return zero, rest.Malformed(doc, err, path...)
	}
	return v, nil
}

// needed reads a structure that must be there.
func needed[V any](doc raw.Object, path ...string) (V, error) {
	v, err := part[V](doc, path...)
	if err == nil && !doc.Get(path...).IsSet() {
		err = rest.NotSet(doc, path...)
	}
	return v, err
}

// isUnset reports whether an error is only that an attribute is absent.
func isUnset(err error) bool {
	e, ok := errors.AsType[*rest.StatusError](err)
	return ok && e.Err == nil
}

// whenUnset makes a reader return what the absence of its attribute means:
// whenUnset(false)(rest.Bool(…)). An attribute that was not read, because only
// metadata was asked for, is not absent.
func whenUnset[V any](meaning V) func(V, error) (V, error) {
	return func(v V, err error) (V, error) {
		if isUnset(err) {
			return meaning, nil
		}
		return v, err
	}
}

// filled takes an empty text as absent, where the API always sends the field.
func filled(doc raw.Object, path ...string) (string, error) {
	text, err := rest.Text(doc, path...)
	if err == nil && text == "" {
		err = rest.NotSet(doc, path...)
	}
	return text, err
}

// enum gives a text the type of its enumeration.
func enum[E ~string](text string, err error) (E, error) { return E(text), err }

// seconds is a duration that the API counts in seconds. What a time.Duration
// cannot hold, 292 years, becomes the longest one that it can.
func seconds(n int64, err error) (time.Duration, error) {
	const most = int64(math.MaxInt64 / time.Second)
	return time.Duration(max(-most, min(n, most))) * time.Second, err
}

// Condition is one of the conditions in which a controller sums up the state
// of an object.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/condition/.
type Condition struct {
	Type               string                `json:"type"`
	Status             kinds.ConditionStatus `json:"status"`
	Reason             string                `json:"reason"`
	Message            string                `json:"message"`
	LastTransitionTime time.Time             `json:"lastTransitionTime"` // zero when unknown
	LastUpdateTime     time.Time             `json:"lastUpdateTime"`     // Deployments only
	LastHeartbeatTime  time.Time             `json:"lastHeartbeatTime"`  // Nodes only
	LastProbeTime      time.Time             `json:"lastProbeTime"`      // Pods only
	ObservedGeneration int64                 `json:"observedGeneration"` // 0 when unknown
}

// Conditions are the conditions of any object that has them. The slice is the
// caller's; it is empty when there are none. Possible error: *StatusError when
// they are malformed.
func (o object) Conditions() ([]Condition, error) {
	return list[Condition](o.doc(), "status", "conditions")
}

// Condition returns the condition of one type. Possible error: *StatusError
// when it is absent or malformed.
func (o object) Condition(kind string) (Condition, error) {
	all, err := o.Conditions()
	if err != nil {
		return Condition{}, err
	}
	for _, c := range all {
		if c.Type == kind {
			return c, nil
		}
	}
	return Condition{}, rest.NotSet(o.doc(), "status", "conditions", kind)
}

// quantities reads a map from resource names to quantities.
func quantities(doc raw.Object, path ...string) (map[string]Quantity, error) {
	at := doc.Get(path...)
	if !at.IsSet() {
		return nil, rest.NotSet(doc, path...)
	}
	if _, err := at.Object(); err != nil {
		return nil, rest.Malformed(doc, err, path...)
	}
	all := make(map[string]Quantity)
	for name, v := range at.Members() {
		q, err := quantity(v)
		if err != nil {
			return nil, rest.Malformed(doc, err, append(path, name)...)
		}
		all[name] = q
	}
	return all, nil
}

// quantity reads a quantity, which the API takes as a string or a number.
func quantity(v raw.Value) (Quantity, error) {
	if v.Kind() == raw.KindNumber {
		return ParseQuantity(string(v.Bytes()))
	}
	text, err := v.Text()
	if err != nil {
		return Quantity{}, err
	}
	return ParseQuantity(text)
}

// quantityOrZero reads a quantity that may be absent.
func quantityOrZero(v raw.Value) (Quantity, error) {
	if !v.IsSet() {
		return Quantity{}, nil
	}
	return quantity(v)
}

// amount reads one quantity.
func amount(doc raw.Object, path ...string) (Quantity, error) {
	v := doc.Get(path...)
	if !v.IsSet() {
		return Quantity{}, rest.NotSet(doc, path...)
	}
	q, err := quantity(v)
	if err != nil {
		return Quantity{}, rest.Malformed(doc, err, path...)
	}
	return q, nil
}

// texts reads a map from names to texts, which may be absent: then it is empty.
func texts(doc raw.Object, path ...string) (map[string]string, error) {
	at := doc.Get(path...)
	if _, err := at.Object(); err != nil && at.IsSet() {
		return nil, rest.Malformed(doc, err, path...)
	}
	if !at.IsSet() && doc.MetadataOnly() {
		return nil, rest.NotSet(doc, path...)
	}
	all := make(map[string]string)
	for name, v := range at.Members() {
		text, err := v.Text()
		if err != nil {
			return nil, rest.Malformed(doc, err, append(path, name)...)
		}
		all[name] = text
	}
	return all, nil
}

// decoded reads a map from names to bytes, written as base64, which may be absent:
// then it is empty. Its errors do not show the values.
func decoded(doc raw.Object, path ...string) (map[string][]byte, error) {
	encoded, err := texts(doc, path...)
	if err != nil {
		return nil, err
	}
	all := make(map[string][]byte, len(encoded))
	for name, text := range encoded {
		if all[name], err = base64.StdEncoding.DecodeString(text); err != nil {
			return nil, rest.Malformed(doc, errors.New("not base64"), append(path, name)...)
		}
	}
	return all, nil
}

// keys are the names of the members of some objects, sorted.
func keys(doc raw.Object, fields ...string) ([]string, error) {
	var names []string
	for _, field := range fields {
		all, err := part[map[string]json.RawMessage](doc, field)
		if err != nil {
			return nil, err
		}
		names = slices.AppendSeq(names, maps.Keys(all))
	}
	slices.Sort(names)
	return names, nil
}
