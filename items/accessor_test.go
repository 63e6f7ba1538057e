package items_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/kubeviews/kube/internal/collection"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/meta"
	"github.com/kubeviews/kube/raw"
)

// Widget is a kind of a user's own (R08).
type Widget struct{ items.Object[Widget] }

// Size is an accessor of a user's own.
func (w Widget) Size() (int64, error) { return w.Spec().Get("size").Int() }

// All item types are items of themselves.
var _ = []items.Item{
	items.Node{}, items.Namespace{}, items.ReplicaSet{}, items.ReplicationController{}, items.DaemonSet{},
	items.Deployment{}, items.Pod{}, items.Service{}, items.Secret{}, items.Generic{}, Widget{},
}

func typed[T items.Typed[T]](T) {}

func _() {
	typed(items.Pod{})
	typed(items.Generic{})
	typed(Widget{})
}

// item makes an item of JSON text, without a connection.
func item[T items.Typed[T]](t testing.TB, kind kinds.Name, text string) T {
	t.Helper()
	doc, err := raw.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	k, err := kinds.Builtin().Lookup(string(kind))
	if err != nil {
		t.Fatal(err)
	}
	if collection.IsSensitive(k) {
		doc = doc.Sensitive()
	}
	return items.New[T](items.NewOrigin(nil, k, k.GroupVersions()[0]), doc)
}

// No method of a zero value, or of an item whose document holds nothing or
// nonsense, panics.
func TestNothingPanics(t *testing.T) {
	const empty = `{}`
	const odd = `{"kind":7,"metadata":[1],"spec":"x","status":{"conditions":{},"containerStatuses":[null,7,{"state":5,"lastState":{"terminated":9}}],
		"podIPs":7,"addresses":[7],"capacity":[1],"allocatable":{"cpu":{}},"loadBalancer":{"ingress":"x"},"phase":{},"podIP":[]},"data":7,"type":false,"immutable":"x"}`
	values := []any{
		items.NodeAddress{}, items.Resources{}, items.Taint{}, items.Condition{}, items.LoadBalancerIngress{}, items.LoadBalancerPort{}, items.Quantity{},
		items.Container{}, items.ContainerState{}, meta.OwnerReference{}, meta.FieldManager{}, items.Maker[items.Pod]{},
	}
	for _, text := range []string{"", empty, odd} {
		values = append(values,
			maybe[items.Node](t, kinds.Node, text), maybe[items.Namespace](t, kinds.Namespace, text), maybe[items.ReplicaSet](t, kinds.ReplicaSet, text),
			maybe[items.ReplicationController](t, kinds.ReplicationController, text), maybe[items.DaemonSet](t, kinds.DaemonSet, text),
			maybe[items.Deployment](t, kinds.Deployment, text), maybe[items.Pod](t, kinds.Pod, text), maybe[items.Service](t, kinds.Service, text),
			maybe[items.Secret](t, kinds.Secret, text), maybe[items.Generic](t, kinds.Pod, text), maybe[Widget](t, kinds.Pod, text))
	}
	n := 0
	for _, v := range values {
		n += callAll(t, reflect.ValueOf(v), 3)
	}
	if n < 1000 {
		t.Errorf("only %d calls", n)
	}
}

func maybe[T items.Typed[T]](t *testing.T, kind kinds.Name, text string) (zero T) {
	if text == "" {
		return zero
	}
	return item[T](t, kind, text)
}

// callAll calls the methods of v that take nothing, or one context, text or
// item, and those of what they return.
func callAll(t *testing.T, v reflect.Value, depth int) (calls int) {
	if depth == 0 || !v.IsValid() || v.Kind() == reflect.Interface && v.IsNil() || v.Kind() == reflect.Pointer && v.IsNil() {
		return 0
	}
	if v.Kind() == reflect.Slice {
		for i := range v.Len() {
			calls += callAll(t, v.Index(i), depth)
		}
		return calls
	}
	if !strings.HasPrefix(v.Type().PkgPath(), "github.com/kubeviews/kube") {
		return 0
	}
	for i := range v.NumMethod() {
		m := v.Method(i)
		args, ok := arguments(t, m.Type())
		if !ok {
			continue
		}
		func() {
			defer func() {
				if p := recover(); p != nil {
					t.Errorf("%v.%s: %v", v.Type(), v.Type().Method(i).Name, p)
				}
			}()
			calls++
			for _, out := range m.Call(args) {
				calls += callAll(t, out, depth-1)
			}
		}()
	}
	return calls
}

func arguments(t *testing.T, f reflect.Type) (args []reflect.Value, ok bool) {
	for i := range f.NumIn() {
		switch in := f.In(i); {
		case f.IsVariadic() && i == f.NumIn()-1:
		case in == reflect.TypeFor[string]():
			args = append(args, reflect.ValueOf("a"))
		case in.String() == "context.Context":
			args = append(args, reflect.ValueOf(t.Context()))
		case in == reflect.TypeFor[items.Item]():
			args = append(args, reflect.ValueOf(items.Pod{}))
		default:
			return nil, false
		}
	}
	return args, true
}

func containers(t *testing.T, pod items.Pod) []items.Container {
	t.Helper()
	all, err := pod.Containers()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// K11: an error names the object, and where in it the fault is.
func TestPathsOfStatusErrorsK11(t *testing.T) {
	pod := item[items.Pod](t, kinds.Pod, `{"kind":"Pod","metadata":{"name":"p","namespace":"n"},"status":{"hostIP":"x","podIPs":[{"ip":"10.0.0.1"},{"ip":"y"}],
		"conditions":[],"containerStatuses":[{"containerID":"odd","imageID":"","ready":"yes"},{"state":{"terminated":{"exitCode":"1","signal":null,"startedAt":"noon"}}}]}}`)
	node := item[items.Node](t, kinds.Node, `{"kind":"Node","metadata":{"name":"m"},"spec":{"unschedulable":1,"taints":{}},"status":{"capacity":{"cpu":"much"},"allocatable":7,"addresses":7}}`)
	service := item[items.Service](t, kinds.Service, `{"kind":"Service","metadata":{"name":"s","namespace":"n"},"spec":{"clusterIP":"None"},"status":{"loadBalancer":{"ingress":[{"ip":"z"}]}}}`)
	rs := item[items.ReplicaSet](t, kinds.ReplicaSet, `{"kind":"ReplicaSet","metadata":{"name":"r","namespace":"n"},"status":{"readyReplicas":"3"}}`)
	secret := item[items.Secret](t, kinds.Secret, `{"kind":"Secret","metadata":{"name":"s","namespace":"n"},"data":{"a.b":"*hunter2*"},"immutable":3}`)
	odd := item[items.Secret](t, kinds.Secret, `{"kind":"Secret","metadata":{"name":"s","namespace":"n"},"data":"hunter2"}`)
	headless := item[items.Service](t, kinds.Service, `{"kind":"Service","metadata":{"name":"s","namespace":"n"},"spec":{"clusterIP":""}}`)
	containers, err := pod.Containers()
	if err != nil {
		t.Fatal(err)
	}
	first, second := containers[0], containers[1]
	for text, f := range map[string]func() error{
		"Pod n/p: status.podIP is not set":                                                                                                   func() error { _, err := pod.IP(); return err },
		"Pod n/p: status.hostIP is malformed: not an IP address":                                                                             func() error { _, err := pod.HostIP(); return err },
		"Pod n/p: status.podIPs[1].ip is malformed: not an IP address":                                                                       func() error { _, err := pod.IPs(); return err },
		"Pod n/p: status.phase is not set":                                                                                                   func() error { _, err := pod.Phase(); return err },
		"Pod n/p: status.conditions.Ready is not set":                                                                                        func() error { _, err := pod.Ready(); return err },
		"Pod n/p: spec.nodeName is not set":                                                                                                  func() error { _, err := pod.NodeName(); return err },
		"Pod n/p: metadata.generation is not set":                                                                                            func() error { _, err := pod.Meta().Generation(); return err },
		"Pod n/p: metadata.creationTimestamp is not set":                                                                                     func() error { _, err := pod.Meta().Created(); return err },
		"Pod n/p: status.containerStatuses[0].name is not set":                                                                               func() error { _, err := first.Name(); return err },
		"Pod n/p: status.containerStatuses[0].imageID is not set":                                                                            func() error { _, err := first.ImageID(); return err },
		"Pod n/p: status.containerStatuses[0].containerID is malformed: want runtime://id":                                                   func() error { _, err := first.ID(); return err },
		"Pod n/p: status.containerStatuses[0].ready is malformed: want a bool, got a string":                                                 func() error { _, err := first.Ready(); return err },
		"Pod n/p: status.containerStatuses[0].state.terminated.exitCode is not set":                                                          func() error { _, err := first.State().ExitCode(); return err },
		"Pod n/p: status.containerStatuses[0].state.waiting.reason is not set":                                                               func() error { _, err := first.State().Reason(); return err },
		"Pod n/p: status.containerStatuses[0].lastState.terminated.exitCode is not set":                                                      func() error { _, err := first.LastState().ExitCode(); return err },
		"Pod n/p: status.containerStatuses[0].lastState.running.startedAt is not set":                                                        func() error { _, err := first.LastState().StartedAt(); return err },
		"Pod n/p: status.containerStatuses[1].restartCount is not set":                                                                       func() error { _, err := second.RestartCount(); return err },
		"Pod n/p: status.containerStatuses[1].state.terminated.exitCode is malformed: want an integer, got a string":                         func() error { _, err := second.State().ExitCode(); return err },
		"Pod n/p: status.containerStatuses[1].state.terminated.signal is not set":                                                            func() error { _, err := second.State().Signal(); return err },
		"Pod n/p: status.containerStatuses[1].state.terminated.startedAt is malformed: want an RFC 3339 time, got a string: text of 4 bytes": func() error { _, err := second.State().StartedAt(); return err },
		"Node m: status.capacity.cpu is malformed: bad quantity \"much\": must be a decimal number with one of the suffixes n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei, or an exponent such as e3": func() error { _, err := node.Capacity(); return err },
		"Node m: status.allocatable is malformed: want an object, got a number":            func() error { _, err := node.Allocatable(); return err },
		"Node m: spec.unschedulable is malformed: want a bool, got a number":               func() error { _, err := node.Unschedulable(); return err },
		"Node m: status.conditions.Ready is not set":                                       func() error { _, err := node.Ready(); return err },
		"Service n/s: spec.clusterIP is malformed: not an IP address":                      func() error { _, err := service.ClusterIP(); return err },
		"Service n/s: spec.clusterIP is not set":                                           func() error { _, err := headless.ClusterIP(); return err },
		"ReplicaSet n/r: status.readyReplicas is malformed: want an integer, got a string": func() error { _, err := rs.ReadyReplicas(); return err },
		"ReplicaSet n/r: status.availableReplicas is not set":                              func() error { _, err := rs.AvailableReplicas(); return err },
		"Secret n/s: type is not set":                                                      func() error { _, err := secret.Type(); return err },
		"Secret n/s: data.a.b is malformed: not base64":                                    func() error { _, err := secret.Data(); return err },
		"Secret n/s: data is malformed: want an object, got a string":                      func() error { _, err := odd.Data(); return err },
		"Secret n/s: immutable is malformed: want a bool, got a number":                    func() error { _, err := secret.Immutable(); return err },
	} {
		err := f()
		var unset *rest.StatusError
		if err == nil || err.Error() != "kube: "+text || !errors.As(err, &unset) || (unset.Err == nil) != strings.HasSuffix(text, "is not set") {
			t.Errorf("\ngot  %v\nwant kube: %s", err, text)
		}
	}
	for name, f := range map[string]func() error{
		"addresses": func() error { _, err := node.Addresses(); return err },
		"taints":    func() error { _, err := node.Taints(); return err },
		"ingress":   func() error { _, err := service.Ingress(); return err },
	} {
		var bad *rest.StatusError
		if err := f(); !errors.As(err, &bad) || bad.Err == nil || !strings.HasSuffix(bad.Path, name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// K48: what a controller leaves out is 0 once it has written at all.
func TestCountersK48K49K50(t *testing.T) {
	for text, want := range map[string]string{
		`{}`:                                  "unset",
		`{"status":{}}`:                       "unset",
		`{"status":{"ready":null}}`:           "unset",
		`{"status":{"observedGeneration":1}}`: "0",
		`{"status":{"observedGeneration":1,"readyReplicas":null,"numberReady":null}}`: "0",
		`{"status":{"readyReplicas":2,"numberReady":2}}`:                              "2",
		`{"status":{"observedGeneration":1,"readyReplicas":"2","numberReady":1.5}}`:   "malformed",
	} {
		for name, f := range map[string]func() (int64, error){
			"ReplicaSet":            item[items.ReplicaSet](t, kinds.ReplicaSet, text).ReadyReplicas,
			"ReplicationController": item[items.ReplicationController](t, kinds.ReplicationController, text).ReadyReplicas,
			"DaemonSet":             item[items.DaemonSet](t, kinds.DaemonSet, text).NumberReady,
			"Deployment":            item[items.Deployment](t, kinds.Deployment, text).ReadyReplicas,
		} {
			n, err := f()
			got := fmt.Sprint(n)
			var bad *rest.StatusError
			switch {
			case errors.As(err, &bad) && bad.Err == nil:
				got = "unset"
			case err != nil:
				got = "malformed"
			}
			if got != want {
				t.Errorf("%s of %s: got %s, want %s", name, text, got, want)
			}
		}
	}
}

// K53: of which state a container is, and what each state has.
func TestContainerStatesK53(t *testing.T) {
	for state, want := range map[string]string{
		`{}`:                       "waiting -",
		`{"state":null}`:           "waiting -",
		`{"state":{}}`:             "waiting -",
		`{"state":{"waiting":{}}}`: "waiting -",
		`{"state":{"running":{}}}`: "running -",
		`{"state":{"terminated":null,"running":{},"waiting":null}}`:                                                                                                                  "running -",
		`{"state":{"waiting":{"reason":"r","message":"m","startedAt":"2026-01-02T03:04:05Z"}}}`:                                                                                      "waiting reason message",
		`{"state":{"running":{"startedAt":"2026-01-02T03:04:05Z","reason":"r","exitCode":1}}}`:                                                                                       "running startedAt",
		`{"state":{"terminated":{"exitCode":0,"signal":9,"startedAt":"2026-01-02T03:04:05Z","finishedAt":"2026-01-02T03:04:05Z","containerID":"c://1","reason":"r","message":"m"}}}`: "terminated exitCode signal finishedAt startedAt containerID reason message",
	} {
		pod := item[items.Pod](t, kinds.Pod, `{"status":{"containerStatuses":[`+state+`]}}`)
		s := containers(t, pod)[0].State()
		got := s.String()
		for _, a := range []struct {
			name string
			call func() error
		}{
			{"exitCode", func() error { _, err := s.ExitCode(); return err }},
			{"signal", func() error { _, err := s.Signal(); return err }},
			{"finishedAt", func() error { _, err := s.FinishedAt(); return err }},
			{"startedAt", func() error { _, err := s.StartedAt(); return err }},
			{"containerID", func() error { _, err := s.ContainerID(); return err }},
			{"reason", func() error { _, err := s.Reason(); return err }},
			{"message", func() error { _, err := s.Message(); return err }},
		} {
			if a.call() == nil {
				got += " " + a.name
			}
		}
		if strings.TrimSuffix(want, " -") != got {
			t.Errorf("%s: got %s", state, got)
		}
		if n := s.Name(); s.Running() != (n == "running") || s.Waiting() != (n == "waiting") || s.Terminated() != (n == "terminated") || s.IsZero() {
			t.Errorf("%s: the booleans disagree", state)
		}
	}
	for last, zero := range map[string]bool{`{}`: true, `{"lastState":{}}`: true, `{"lastState":null}`: true, `{"lastState":{"terminated":{}}}`: false} {
		s := containers(t, item[items.Pod](t, kinds.Pod, `{"status":{"containerStatuses":[`+last+`]}}`))[0].LastState()
		if s.IsZero() != zero || s.Waiting() || s.Running() || s.Terminated() == zero || (s.String() == "") != zero {
			t.Errorf("%s: got %q", last, s)
		}
	}
}

// K46: a name is no address, whatever it looks like.
func TestNodeAddressesK46(t *testing.T) {
	node := item[items.Node](t, kinds.Node, `{"status":{"addresses":[{"type":"InternalIP","address":"10.0.0.1"},{"type":"ExternalIP","address":"fd00::1"},
		{"type":"Hostname","address":"10.0.0.2"},{"type":"InternalDNS","address":"a.b"},{"type":"InternalIP","address":"x"}]}}`)
	all, err := node.Addresses()
	if err != nil || len(all) != 5 {
		t.Fatal(all, err)
	}
	for i, want := range []string{"10.0.0.1", "fd00::1", "", "", ""} {
		ip, err := all[i].IP()
		if (err == nil) != (want != "") || err == nil && ip.String() != want {
			t.Errorf("%v: got %v, %v", all[i], ip, err)
		}
	}
	if none, err := item[items.Node](t, kinds.Node, `{}`).Addresses(); err != nil || len(none) != 0 {
		t.Errorf("got %v, %v", none, err)
	}
}

// K54: ingress points by address, by name, with modes and ports.
func TestServiceIngressK54(t *testing.T) {
	s := item[items.Service](t, kinds.Service, `{"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.1","ipMode":"VIP","ports":[{"port":80,"protocol":"TCP","error":"Bad"}]},{"hostname":"lb.example"},{}]}}}`)
	all, err := s.Ingress()
	if err != nil || len(all) != 3 {
		t.Fatal(all, err)
	}
	if a := all[0]; a.IP.String() != "192.0.2.1" || a.IPMode != "VIP" || len(a.Ports) != 1 || a.Ports[0] != (items.LoadBalancerPort{Port: 80, Protocol: "TCP", Error: "Bad"}) {
		t.Errorf("got %+v", a)
	}
	if b := all[1]; b.IP.IsValid() || b.Hostname != "lb.example" || all[2].IP.IsValid() {
		t.Errorf("got %+v", b)
	}
	all[0].Ports[0].Port = 1
	if again, _ := s.Ingress(); again[0].Ports[0].Port != 80 {
		t.Error("the item has changed")
	}
}

const secretText = `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"n","resourceVersion":"5","uid":"u",` +
	`"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"aHVudGVyMg","plain":"text"}},"type":"Opaque","data":{"p":"aHVudGVyMg=="}}`

// K55: a Secret shows its content only to who asks for it.
func TestSecretDoesNotPrintK55(t *testing.T) {
	s := item[items.Secret](t, kinds.Secret, secretText)
	_, statusErr := items.Secret.Immutable(item[items.Secret](t, kinds.Secret, strings.Replace(secretText, `"Opaque"`, `"Opaque","immutable":"aHVudGVyMg"`, 1)))
	for name, v := range map[string]any{
		"value": s, "pointer": &s, "struct": struct{ S items.Secret }{s}, "hidden": struct{ s items.Secret }{s}, "slice": []items.Secret{s},
		"array": [1]items.Secret{s}, "map": map[string]items.Secret{"s": s}, "key": map[items.Secret]int{s: 1}, "interface": []any{s}, "item": items.Item(s),
		"raw": s.Raw(), "data": s.Raw().Get("data"), "spec": s.Spec(), "meta": s.Meta(), "annotations": s.Annotations(), "labels": s.Labels(),
		"error": fmt.Errorf("in %v", s), "status": statusErr, "pointer to struct": &struct{ S *items.Secret }{&s},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%c", "%20s", "%-5v", "%.3s", "%T", "%p", "%w", "%U", "%e", "%b", "%o"} {
			shows(t, name+" by "+verb, fmt.Sprintf(verb, v))
		}
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("m", "v", v)
		shows(t, name+" in a text log", log.String())
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "item", s, "pointer", &s, "raw", s.Raw(), "annotations", s.Annotations())
	shows(t, "a JSON log", log.String())
	if text := s.String(); !strings.HasPrefix(text, "Secret n/s@5 fp:") {
		t.Errorf("got %s", text)
	}
	if text := fmt.Sprint(s.Annotations()); !strings.Contains(text, "plain:text") {
		t.Errorf("got %s", text)
	}
	data, err := s.Data()
	if err != nil || string(data["p"]) != "hunter2" {
		t.Fatalf("got %s, %v", data, err)
	}
	data["p"][0] = 'x'
	if again, _ := s.Data(); string(again["p"]) != "hunter2" {
		t.Error("the item has changed")
	}
	if text := string(s.Raw().Bytes()); text != secretText {
		t.Errorf("got %s", text)
	}
	for _, implicit := range []any{s, []items.Secret{s}, map[string]any{"s": s}, s.Annotations(), s.Raw(), s.Raw().Get("data")} {
		if text, err := json.Marshal(implicit); !errors.Is(err, raw.ErrSensitive) {
			t.Errorf("a %T is marshalled: %s, %v", implicit, text, err)
		}
	}
	if text, err := json.Marshal(map[string]any{"zero": items.Secret{}}); err != nil || string(text) != `{"zero":null}` {
		t.Errorf("got %s, %v", text, err)
	}
}

func shows(t *testing.T, where, text string) {
	t.Helper()
	for _, secret := range []string{"aHVudGVyMg", "hunter2", "6148567564475679", "6148567564475679"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s: %s", where, text)
		}
	}
}

func TestFormats(t *testing.T) {
	pod := item[items.Pod](t, kinds.Pod, `{"kind":"Pod","metadata":{"name":"p","namespace":"n","resourceVersion":"5"}}`)
	node := item[items.Node](t, kinds.Node, `{"kind":"Node","metadata":{"name":"m"}}`)
	for want, got := range map[string]string{
		"Pod n/p@5":            fmt.Sprint(pod),
		`"Pod n/p@5"`:          fmt.Sprintf("%q", pod),
		"   Pod n/p@5":         fmt.Sprintf("%12v", pod),
		"Pod n/p@5   .":        fmt.Sprintf("%-12s.", pod),
		"[Pod n/p@5 Node m]":   fmt.Sprint([]any{pod, node}),
		"{Pod n/p@5 no item}":  fmt.Sprint(struct{ A, B items.Pod }{A: pod}),
		"{A:Pod n/p@5}":        fmt.Sprintf("%+v", struct{ A items.Pod }{pod}),
		"*items.Pod Pod n/p@5": fmt.Sprintf("%T %v", &pod, &pod),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// K36: equal is what means the same, of whatever type.
func TestEqualK36(t *testing.T) {
	a := item[items.Pod](t, kinds.Pod, `{"kind":"Pod","metadata":{"name":"p","resourceVersion":"5"},"n":1}`)
	same := item[items.Pod](t, kinds.Pod, `{"n":1.0,"metadata":{"resourceVersion":"5","name":"p"},"kind":"Pod"}`)
	next := item[items.Pod](t, kinds.Pod, `{"kind":"Pod","metadata":{"name":"p","resourceVersion":"6"},"n":1}`)
	generic := item[items.Generic](t, kinds.Pod, `{"kind":"Pod","metadata":{"name":"p","resourceVersion":"5"},"n":1}`)
	for name, equal := range map[string]bool{
		"itself": a.Equal(a), "same": a.Equal(same), "reverse": same.Equal(a), "other type": a.Equal(generic),
		"zeros": items.Pod{}.Equal(items.Pod{}), "zero and nil": items.Pod{}.Equal(nil), "zeros of types": items.Pod{}.Equal(items.Node{}),
	} {
		if !equal {
			t.Errorf("%s: not equal", name)
		}
	}
	if a.Equal(next) || a.Equal(nil) || a.Equal(items.Pod{}) || (items.Pod{}).Equal(a) {
		t.Error("equal to what is not")
	}
}

// K35: what makes the next item leaves the last one alone.
func TestMakerLeavesItemsAloneK35(t *testing.T) {
	kind, _ := kinds.Builtin().Lookup("Pod")
	maker := items.NewMaker[Widget](items.NewOrigin(nil, kind, "v1"))
	var all []Widget
	for i := range 100 {
		doc, err := raw.From(map[string]any{"kind": "Widget", "metadata": map[string]any{"name": fmt.Sprint(i)}, "spec": map[string]any{"size": i}})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, maker.Make(doc))
	}
	for i, w := range all {
		if size, err := w.Size(); w.Name() != fmt.Sprint(i) || err != nil || size != int64(i) {
			t.Errorf("item %d is %v", i, w)
		}
	}
	if n := reflect.TypeFor[Widget]().Size(); n != 8 {
		t.Errorf("an item is of %d bytes", n)
	}
}

// What cannot be asked for is refused before anything is sent.
func TestUnreachableItems(t *testing.T) {
	kind, _ := kinds.Builtin().Lookup("Pod")
	for text, name := range map[string]string{
		`{}`:                          "item",
		`{"metadata":{"name":".."}}`:  "name",
		`{"metadata":{"name":"a/b"}}`: "name",
		`{"metadata":{"name":"a","namespace":".."}}`:     "namespace",
		`{"metadata":{"name":"a","namespace":"x/pods"}}`: "namespace",
	} {
		doc, _ := raw.Parse([]byte(text))
		pod := items.New[items.Pod](items.NewOrigin(refusing{}, kind, "v1"), doc)
		_, fetched := pod.Fetch(t.Context())
		_, labelled := pod.Labels().Set(t.Context(), "a", "b")
		for _, err := range []error{fetched, labelled, pod.Delete(t.Context())} {
			var bad *rest.ArgumentError
			if !errors.As(err, &bad) || bad.Arg != name {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
}

// refusing is a connection that is not to be used.
type refusing struct{ rest.Conn }
