package meta_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube/fieldpath"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/meta"
	"github.com/kubeviews/kube/raw"
)

// What the API server writes of a Deployment that kubectl applied, an autoscaler scaled
// and a controller reports on, with a pod's ports.
const owned = `{
	"kind": "Deployment", "apiVersion": "apps/v1",
	"metadata": {
		"name": "web", "namespace": "shop", "labels": {"app": "web"}, "finalizers": ["example.com/a", "example.com/b"],
		"annotations": {"example.com/note": "n", "deployment.kubernetes.io/revision": "1"},
		"managedFields": [
			{"manager": "kubectl", "operation": "Apply", "apiVersion": "apps/v1", "time": "2026-01-02T03:04:05Z", "fieldsType": "FieldsV1", "fieldsV1": {
				"f:metadata": {"f:labels": {"f:app": {}}, "f:annotations": {"f:example.com/note": {}}, "f:finalizers": {"v:\"example.com/a\"": {}}},
				"f:spec": {"f:selector": {}, "f:strategy": {"f:rollingUpdate": {"f:maxSurge": {}}}, "f:template": {"f:spec": {"f:containers": {
					"k:{\"name\":\"web\"}": {".": {}, "f:name": {}, "f:image": {}, "f:args": {}, "f:ports": {
						"k:{\"containerPort\":53,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}},
						"k:{\"containerPort\":53,\"protocol\":\"UDP\"}": {".": {}, "f:containerPort": {}, "f:protocol": {}}}}}}}}}},
			{"manager": "scaler", "operation": "Update", "apiVersion": "apps/v1", "time": "2026-01-02T03:04:06+01:00", "fieldsType": "FieldsV1", "subresource": "scale",
				"fieldsV1": {"f:spec": {"f:replicas": {}}}},
			{"manager": "controller", "operation": "Update", "apiVersion": "apps/v1", "time": "2026-01-02T03:04:07Z", "fieldsType": "FieldsV1", "subresource": "status",
				"fieldsV1": {
					"f:metadata": {"f:annotations": {".": {}, "f:deployment.kubernetes.io/revision": {}}, "f:finalizers": {".": {}, "v:\"example.com/b\"": {}}},
					"f:status": {"f:conditions": {".": {}, "k:{\"type\":\"Available\"}": {".": {}, "f:status": {}, "f:type": {}}}}}},
			{"manager": "injector", "operation": "Update", "apiVersion": "apps/v1", "fieldsType": "FieldsV1", "fieldsV1": {
				"f:metadata": {"f:labels": {"f:app": {}}},
				"f:spec": {"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"log\"}": {".": {}, "f:image": {}, "f:name": {}}}}}}}},
			{"manager": "nobody", "operation": "Update", "fieldsV1": {}},
			{"manager": "less", "operation": "Update"}]},
	"spec": {
		"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
		"template": {"spec": {"containers": [
			{"name": "log", "image": "l"},
			{"name": "web", "image": "w", "args": ["-x"], "ports": [{"containerPort": 53, "protocol": "UDP"}, {"containerPort": 53}]}]}}},
	"status": {"conditions": [{"type": "Progressing", "status": "True"}, {"type": "Available", "status": "True"}]}}`

func managersOf(t *testing.T, doc raw.Object) meta.Managers {
	t.Helper()
	managers, err := meta.Of[string](doc, &owner{}).Managers()
	if err != nil {
		t.Fatal(err)
	}
	return managers
}

func parsed(t *testing.T, text string) raw.Object {
	t.Helper()
	doc, err := raw.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// K43: who owns what, however the place is named.
func TestManagersOfK43(t *testing.T) {
	managers := managersOf(t, parsed(t, owned))
	const spec, web = "spec.template.spec", `spec.template.spec.containers[name="web"]`
	for _, test := range []struct{ path, of, under string }{
		{"", "", "kubectl scaler controller injector"},
		{"spec", "", "kubectl scaler injector"},
		{"spec.replicas", "scaler", "scaler"},
		{"status", "", "controller"},
		{"metadata.labels.app", "kubectl injector", "kubectl injector"},
		{"metadata.labels", "", "kubectl injector"},
		{"metadata.labels.none", "", ""},
		{"metadata.annotations", "controller", "kubectl controller"},
		{`metadata.annotations["example.com/note"]`, "kubectl", "kubectl"},
		{`.metadata.annotations[ "example.com/note" ]`, "kubectl", "kubectl"},
		{`metadata.annotations["deployment.kubernetes.io/revision"]`, "controller", "controller"},
		{"metadata.name", "", ""},

		// What is set as a whole is owned with all that is in it.
		{"spec.selector", "kubectl", "kubectl"},
		{"spec.selector.matchLabels.app", "kubectl", "kubectl"},
		{web + ".args[0]", "kubectl", "kubectl"},
		{web + ".args[7]", "", ""},
		{"spec.strategy", "", "kubectl"},
		{"spec.strategy.type", "", ""},

		// Elements of lists with keys, by keys and by position.
		{web, "kubectl", "kubectl"},
		{web + ".image", "kubectl", "kubectl"},
		{spec + ".containers[name=log].image", "injector", "injector"},
		{spec + ".containers[0].image", "injector", "injector"},
		{spec + ".containers[1].image", "kubectl", "kubectl"},
		{spec + ".containers[2].image", "", ""},
		{spec + ".containers[name=none]", "", ""},
		{spec + ".containers", "", "kubectl injector"},
		{`status.conditions[type="Available"].status`, "controller", "controller"},
		{"status.conditions[1].status", "controller", "controller"},
		{"status.conditions[0].status", "", ""},
		{"status.conditions[1].reason", "", ""},
		{web + `.ports[containerPort=53,protocol="UDP"].protocol`, "kubectl", "kubectl"},
		{web + `.ports[containerPort=53,protocol="TCP"].protocol`, "", ""},
		{web + `.ports[protocol=TCP,containerPort=53.0].containerPort`, "kubectl", "kubectl"},
		{spec + ".containers[1].ports[0].protocol", "kubectl", "kubectl"},
		{spec + ".containers[1].ports[1].protocol", "", ""}, // a default: the server's
		{spec + ".containers[1].ports[1].containerPort", "kubectl", "kubectl"},
		{web + ".ports[containerPort=53].protocol", "kubectl", "kubectl"}, // the first

		// Sets, by value and by position.
		{`metadata.finalizers[="example.com/a"]`, "kubectl", "kubectl"},
		{"metadata.finalizers[0]", "kubectl", "kubectl"},
		{"metadata.finalizers[=example.com/b]", "controller", "controller"},
		{"metadata.finalizers[1]", "controller", "controller"},
		{"metadata.finalizers[2]", "", ""},
		{"metadata.finalizers", "controller", "kubectl controller"},
	} {
		of, err1 := managers.Of(fieldpath.Path(test.path))
		under, err2 := managers.Under(fieldpath.Path(test.path))
		if err := errors.Join(err1, err2); err != nil || named(of) != test.of || named(under) != test.under {
			t.Errorf("%s: of %q, under %q, %v; want %q, %q", test.path, named(of), named(under), err, test.of, test.under)
		}
	}
	if _, err := managers.Of("spec..x"); !errors.As(err, new(*rest.ArgumentError)) {
		t.Errorf("got %v", err)
	}
}

func named(managers []meta.FieldManager) string {
	var names []string
	for _, m := range managers {
		names = append(names, m.Manager)
	}
	return strings.Join(names, " ")
}

// K43: what a manager owns; each path leads to a value that it is told to own.
func TestFieldsOfManagersK43(t *testing.T) {
	doc := parsed(t, owned)
	managers := managersOf(t, doc)
	const web = `spec.template.spec.containers[name="web"]`
	want := map[string]string{
		"kubectl": `metadata.labels.app metadata.annotations["example.com/note"] metadata.finalizers[="example.com/a"] spec.selector ` +
			"spec.strategy.rollingUpdate.maxSurge " + web + ".name " + web + ".image " + web + ".args " +
			web + `.ports[containerPort=53,protocol="TCP"].containerPort ` + web + `.ports[containerPort=53,protocol="UDP"].containerPort ` +
			web + `.ports[containerPort=53,protocol="UDP"].protocol`,
		"scaler": "spec.replicas",
		"controller": `metadata.annotations["deployment.kubernetes.io/revision"] metadata.finalizers[="example.com/b"] ` +
			`status.conditions[type="Available"].status status.conditions[type="Available"].type`,
		"injector": `metadata.labels.app spec.template.spec.containers[name="log"].image spec.template.spec.containers[name="log"].name`,
		"nobody":   "", "less": "",
	}
	if managers.Len() != len(want) {
		t.Errorf("got %d managers", managers.Len())
	}
	for range 2 { // a sequence can be ranged over twice
		for m := range managers.All() {
			var got []string
			for path, err := range managers.Fields(m) {
				got = append(got, path.String())
				if who, err2 := managers.Of(path); err != nil || err2 != nil || !strings.Contains(named(who), m.Manager) || !path.In(doc.Value()).Exists() {
					t.Errorf("%s: owned by %v, %v, %v; value %s", path, who, err, err2, path.In(doc.Value()).Bytes())
				}
			}
			if strings.Join(got, " ") != want[m.Manager] {
				t.Errorf("%s owns\n%s", m.Manager, strings.Join(got, " "))
			}
		}
	}
	for m := range managers.All() {
		for range managers.Fields(m) {
			break
		}
		break
	}
	for path := range managers.Fields(meta.FieldManager{Manager: "kubectl", Operation: "Apply"}) {
		t.Errorf("%s is owned by another time", path)
	}
}

// Nobody can change what others see.
func TestManagersNeverChange(t *testing.T) {
	managers := managersOf(t, parsed(t, owned))
	who, _ := managers.Of("spec.replicas")
	who[0].Manager = "x"
	if again, _ := managers.Of("spec.replicas"); named(again) != "scaler" {
		t.Errorf("got %v", again)
	}
	var none meta.Managers
	if who, err := none.Of("spec"); who != nil || err != nil || none.Len() != 0 {
		t.Errorf("got %v, %v", who, err)
	}
	for m := range none.All() {
		t.Errorf("got %v", m)
	}
}

// What is malformed is told, with the place.
func TestMalformedManagers(t *testing.T) {
	for entries, where := range map[string]string{
		`{}`:                        "managedFields is malformed: want an array, got an object",
		`[{}, 7]`:                   "managedFields[1] is malformed: want an object, got a number",
		`[{}, {}, {"manager": 7}]`:  "managedFields[2].manager is malformed: want a string, got a number",
		`[{"time": "now"}]`:         "managedFields[0].time is malformed: want an RFC 3339 time, got a string: text of 3 bytes",
		`[{"fieldsType": "other"}]`: "managedFields[0].fieldsType is malformed: only FieldsV1 is known",
	} {
		m, _ := metaOf(t, `{"name":"a","managedFields":`+entries+`}`)
		managers, err := m.Managers()
		if !errors.As(err, new(*rest.StatusError)) || err.Error() != "kube: Thing a: metadata."+where || managers.Len() != 0 {
			t.Errorf("%s: %v", entries, err)
		}
	}
	for fields, why := range map[string]string{
		`7`:                               `want an object of fields, got a number: at ""`,
		`{"f:a": {"f:b": []}}`:            `want an object of fields, got an array: at "a.b"`,
		`{"f:a": {"x:b": {}, "f:b": {}}}`: `want an element of fieldsV1, got a string: "x:b" at "a": f:, k:, v: or i: must be in front`,
		`{"f:a": {"b": {}}}`:              `want an element of fieldsV1, got a string: "b" at "a": f:, k:, v: or i: must be in front`,
		`{"f:a": {"k:{}": {}}}`:           `want an element of fieldsV1, got a string: "k:{}" at "a": no keys`,
		`{"f:a": {"i:x": {}}}`:            `want an element of fieldsV1, got a string: "i:x" at "a": strconv.Atoi: parsing "x": invalid syntax`,
		`{"f:a": {"v:x": {}}}`:            `want an element of fieldsV1, got a string: "v:x" at "a": bad JSON at offset 0: expected a value`,
	} {
		m, _ := metaOf(t, `{"name":"a","managedFields":[{"manager":"x","fieldsV1":{"f:ok":{}}},{"manager":"m","fieldsV1":`+fields+`}]}`)
		managers, err := m.Managers()
		if err != nil || managers.Len() != 2 {
			t.Errorf("%s: %v", fields, err)
		}
		want := "kube: Thing a: metadata.managedFields[1].fieldsV1 is malformed: " + why
		if who, err := managers.Of("a.b"); !errors.As(err, new(*rest.StatusError)) || err.Error() != want || who != nil {
			t.Errorf("%s: %v, %v", fields, who, err)
		}
		faults := 0
		for m := range managers.All() {
			for path, err := range managers.Fields(m) {
				if err != nil && (err.Error() != want || path != "") || err == nil && path != "ok" && path != "a.b" {
					t.Errorf("%s: %s, %v", fields, path, err)
				}
				if err != nil {
					faults++
				}
			}
		}
		if faults != 1 {
			t.Errorf("%s: told %d times", fields, faults)
		}
	}
}

// An item that was read without what a position is in says so; keys are enough.
func TestManagersOfMetadataOnly(t *testing.T) {
	list := raw.NewListReader(strings.NewReader(`{"items":[`+owned+`]}`), raw.ReadOptions{MetadataOnly: true})
	doc, err := list.Next()
	if err != nil {
		t.Fatal(err)
	}
	managers := managersOf(t, doc)
	const containers = "spec.template.spec.containers"
	for _, path := range []fieldpath.Path{containers + "[name=web].image", containers + "[name=web].ports[containerPort=53].protocol", "metadata.finalizers[0]"} {
		if who, err := managers.Of(path); named(who) != "kubectl" || err != nil {
			t.Errorf("%s: %v, %v", path, who, err)
		}
	}
	who, err := managers.Of(containers + "[0].image")
	if !errors.Is(err, rest.ErrFieldsDropped) || who != nil || !strings.Contains(fmt.Sprint(err), containers+"[0].image") {
		t.Errorf("got %v, %v", who, err)
	}
}

// TestManagersOfWhatOthersTookK43: who has made a map, and has lost all that is in it,
// owns the map alone. The API server writes the map as it writes one that is set as a
// whole.
func TestManagersOfWhatOthersTookK43(t *testing.T) {
	managers := managersOf(t, parsed(t, `{"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "a", "managedFields": [
		{"manager": "creator", "operation": "Update", "fieldsV1": {"f:data": {}, "f:binaryData": {}}},
		{"manager": "editor", "operation": "Update", "fieldsV1": {"f:data": {"f:key": {}}}}]},
		"data": {"key": "b", "other": "c"}, "binaryData": {"x": "eA=="}}`))
	for path, want := range map[fieldpath.Path]string{
		"data": "creator", "data.key": "editor", "data.other": "", "data.nothere": "",
		"binaryData.x": "creator", "binaryData.nothere": "", "binaryData": "creator",
	} {
		of, err := managers.Of(path)
		if got := named(of); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", path, got, err, want)
		}
	}
}

// A manager is JSON by the names that the API has for its members.
func TestFieldManagerIsJSON(t *testing.T) {
	text, err := json.Marshal(meta.FieldManager{Manager: "kubectl", Operation: "Apply", APIVersion: "v1", Time: time.Unix(0, 0).UTC()})
	if want := `{"manager":"kubectl","operation":"Apply","apiVersion":"v1","time":"1970-01-01T00:00:00Z"}`; err != nil || string(text) != want {
		t.Errorf("%s, %v", text, err)
	}
}
