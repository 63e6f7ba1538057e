package items_test

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
)

// facts are what all accessors of an item say that are its kind's own, so that
// none can be forgotten: the value as %+v prints it, or "unset" or "bad" and the
// path of the error.
func facts(item any) map[string]string {
	all := make(map[string]string)
	for name, get := range accessors(item) {
		all[name] = told(get.Call(nil))
	}
	return all
}

// accessors are the methods of the item's own type that take nothing.
func accessors(item any) map[string]reflect.Value {
	v, common := reflect.ValueOf(item), reflect.TypeFor[items.Generic]()
	all := make(map[string]reflect.Value)
	for i := range v.NumMethod() {
		name := v.Type().Method(i).Name
		if _, ok := common.MethodByName(name); !ok && v.Method(i).Type().NumIn() == 0 {
			all[name] = v.Method(i)
		}
	}
	return all
}

func told(results []reflect.Value) string {
	if len(results) == 2 && !results[1].IsNil() {
		if !results[0].IsZero() {
			return "a value beside an error"
		}
		return fault(results[1].Interface().(error))
	}
	return fmt.Sprintf("%+v", results[0])
}

func fault(err error) string {
	var bad *rest.StatusError
	switch {
	case !errors.As(err, &bad):
		return "not a StatusError: " + err.Error()
	case bad.Err == nil:
		return "unset " + bad.Path
	}
	return "bad " + bad.Path
}

// compare compares facts.
func compare(t *testing.T, got, want map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if got[name] != want[name] {
			t.Errorf("%s\ngot  %s\nwant %s", name, got[name], want[name])
		}
	}
	for name := range want {
		if _, ok := got[name]; !ok {
			t.Errorf("there is no accessor %s", name)
		}
	}
}

// lines reads "Name: value" lines.
func lines(text string) map[string]string {
	all := make(map[string]string)
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		if ok {
			all[name] = strings.TrimPrefix(value, " ")
		}
	}
	return all
}

// kindTest is one kind's documents, and what its accessors say of each.
type kindTest struct {
	name      string
	make      func(doc raw.Object) any
	documents map[string][2]string
}

func kindOf[T items.Typed[T]](name kinds.Name, documents map[string][2]string) kindTest {
	kind, _ := kinds.Builtin().Lookup(string(name))
	origin := items.NewOrigin(nil, kind, "")
	return kindTest{string(name), func(doc raw.Object) any { return items.New[T](origin, doc) }, documents}
}

func (k kindTest) parse(t *testing.T, text string) any {
	t.Helper()
	doc, err := raw.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return k.make(doc)
}

// metadataOnly is what is left of a document for who asks for no more.
func (k kindTest) metadataOnly(t *testing.T, text string) any {
	t.Helper()
	r := raw.NewListReader(strings.NewReader(`{"kind":"List","items":[`+text+`]}`), raw.ReadOptions{MetadataOnly: true})
	doc, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	return k.make(doc)
}

// R02, K41: what each kind's accessors say of documents as servers write them.
func TestAccessorsOfKindsK41(t *testing.T) {
	for _, kind := range slices.Concat(workloadKinds, networkKinds, storageKinds, clusterKinds) {
		t.Run(kind.name, func(t *testing.T) {
			for name, d := range kind.documents {
				t.Run(name, func(t *testing.T) { compare(t, facts(kind.parse(t, d[0])), lines(d[1])) })
			}
		})
	}
}

// R02: an attribute of an item that was read for its metadata alone is not
// mistaken for one that is absent.
func TestMetadataOnlyIsNotAbsence(t *testing.T) {
	full := map[string][2]string{"full": {`{"apiVersion":"v1","metadata":{"name":"n"}}`}}
	first := []kindTest{
		kindOf[items.Node](kinds.Node, full), kindOf[items.Namespace](kinds.Namespace, full), kindOf[items.ReplicaSet](kinds.ReplicaSet, full),
		kindOf[items.ReplicationController](kinds.ReplicationController, full), kindOf[items.DaemonSet](kinds.DaemonSet, full),
		kindOf[items.Deployment](kinds.Deployment, full), kindOf[items.Pod](kinds.Pod, full), kindOf[items.Service](kinds.Service, full),
		kindOf[items.Secret](kinds.Secret, full),
	}
	for _, kind := range slices.Concat(first, workloadKinds, networkKinds, storageKinds, clusterKinds) {
		for name, got := range facts(kind.metadataOnly(t, kind.documents["full"][0])) {
			switch kind.name + "." + name {
			case "StorageClass.IsDefault", "EndpointSlice.Service":
				continue // these look at metadata
			}
			if !strings.HasPrefix(got, "bad ") {
				t.Errorf("%s.%s: %s", kind.name, name, got)
			}
		}
	}
}

// Nothing that a caller does with what an accessor gave it reaches the item, or
// the next caller.
func TestAccessorsGiveCopies(t *testing.T) {
	for _, kind := range slices.Concat(workloadKinds, networkKinds, storageKinds, clusterKinds) {
		it := kind.parse(t, kind.documents["full"][0])
		before := facts(it)
		for _, get := range accessors(it) {
			spoil(get.Call(nil)[0])
		}
		compare(t, facts(it), before)
	}
}

// spoil writes zeros wherever a value can be written.
func spoil(v reflect.Value) {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			spoil(v.Index(i))
			v.Index(i).SetZero()
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			spoil(v.MapIndex(key))
			v.SetMapIndex(key, reflect.Value{})
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				spoil(v.Field(i))
			}
		}
	}
}

// No method of an odd document's item panics.
func TestNothingPanicsInKinds(t *testing.T) {
	odd := []string{`{}`, `{"spec":7,"status":"x"}`}
	for _, v := range []string{`null`, `7`, `"x"`, `[]`, `{}`, `[7]`, `[null]`, `[{}]`, `{"a":null}`, `-1`, `1e400`, `[[[]]]`} {
		odd = append(odd, everywhere(v))
	}
	calls := 0
	for _, kind := range slices.Concat(workloadKinds, networkKinds, storageKinds, clusterKinds) {
		for _, text := range odd {
			calls += callAll(t, reflect.ValueOf(kind.parse(t, text)), 3)
		}
	}
	if calls < 1000 {
		t.Errorf("only %d calls", calls)
	}
	for _, zero := range []any{
		items.StatefulSet{}, items.Job{}, items.CronJob{}, items.Ingress{}, items.ConfigMap{}, items.PersistentVolume{},
		items.PersistentVolumeClaim{}, items.StorageClass{}, items.Event{}, items.ServiceAccount{}, items.EndpointSlice{},
		items.HorizontalPodAutoscaler{}, items.NetworkPolicy{}, items.PodDisruptionBudget{}, items.Role{}, items.RoleBinding{},
		items.ClusterRole{}, items.ClusterRoleBinding{}, items.CustomResourceDefinition{}, items.Lease{},
		items.LabelSelector{}, items.IntOrString{}, items.ObjectReference{}, items.MetricValue{}, items.IngressBackend{},
	} {
		callAll(t, reflect.ValueOf(zero), 3)
	}
}

// everywhere is a document that has one value at all places that are read.
func everywhere(v string) string {
	fields := func(names string) string {
		var members []string
		for name := range strings.FieldsSeq(names) {
			members = append(members, fmt.Sprintf("%q:%s", name, v))
		}
		return strings.Join(members, ",")
	}
	return `{"apiVersion":"v1","metadata":{"name":"n"},"spec":{` + fields("replicas selector template volumeClaimTemplates serviceName updateStrategy completions suspend schedule rules tls defaultBackend capacity accessModes claimRef resources metrics scaleTargetRef podSelector ingress egress policyTypes minAvailable names versions group scope renewTime leaseDurationSeconds hostPath") +
		`},"status":{` + fields("replicas conditions active phase capacity loadBalancer currentMetrics desiredReplicas disruptedPods acceptedNames storedVersions startTime") +
		`},` + fields("data binaryData immutable parameters series count source involvedObject related secrets imagePullSecrets endpoints ports addressType rules roleRef subjects aggregationRule eventTime") + `}`
}
