package items_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
)

var noKind kinds.Kind

// thing makes an item of JSON, of which kind and apiVersion may be left out.
func thing(t testing.TB, text string) items.Generic {
	t.Helper()
	if text == "" {
		return items.Generic{}
	}
	doc, err := raw.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return items.New[items.Generic](items.NewOrigin(nil, noKind, ""), doc)
}

// A pointer is an item, too, and one to nothing is none.
func TestDiffOfPointers(t *testing.T) {
	pod := thing(t, `{"kind":"Pod","apiVersion":"v1","spec":{"nodeName":"n"}}`)
	var none *items.Pod
	if got := items.Diff(none, &pod); !got.Equal(items.Diff(nil, pod)) || got.IsZero() {
		t.Errorf("from none: %s", got)
	}
	if got := items.Diff(&pod, none); !got.Equal(items.Diff(pod, nil)) {
		t.Errorf("to none: %s", got)
	}
}

func TestDiffText(t *testing.T) {
	for _, row := range []struct{ name, old, new, want string }{
		{"nothing", `{"a":1}`, `{"a":1}`, ``},
		{"changed", `{"spec":{"replicas":2}}`, `{"spec":{"replicas":3}}`, `spec.replicas: 2 → 3`},
		{"added and removed", `{"spec":{"a":1,"b":2,"d":4}}`, `{"spec":{"a":1,"c":3,"d":4}}`, "+ spec.c: 3\n- spec.b: 2"},
		{"first label", `{"metadata":{}}`, `{"metadata":{"labels":{"audited":"yes","e/x":"n"}}}`, "+ metadata.labels.audited: \"yes\"\n+ metadata.labels[\"e/x\"]: \"n\""},
		{"empty labels", `{"metadata":{}}`, `{"metadata":{"labels":{}}}`, "+ metadata.labels: {}"},
		{"numbers", `{"a":1,"b":1.0,"c":1e0,"d":"1"}`, `{"a":1.0,"b":1e0,"c":1,"d":"1000m"}`, `d: "1" → "1000m"`},
		{"null", `{"a":null}`, `{}`, `- a: null`},
		{"another kind of value", `{"a":[1]}`, `{"a":{"b":1}}`, `a: [1] → {"b":1}`},
		{"created", ``, `{"kind":"A","metadata":{"name":"x","generation":1,"labels":{"a":"b"}},"spec":{"a":{"b":1}}}`,
			"+ kind: \"A\"\n+ metadata.name: \"x\"\n+ metadata.labels.a: \"b\"\n+ spec: {\"a\":{\"b\":1}}"},
		{"deleted", `{"kind":"A","metadata":{"name":"x"}}`, ``, "- kind: \"A\"\n- metadata.name: \"x\""},

		{"containers", `{"spec":{"containers":[{"name":"a","image":"a:1"},{"name":"b","image":"b:1"}]}}`,
			`{"spec":{"containers":[{"name":"c","image":"c:1"},{"name":"a","image":"a:1"},{"name":"b","image":"b:2"}]}}`,
			"+ spec.containers[name=\"c\"]: {\"name\":\"c\",\"image\":\"c:1\"}\nspec.containers[name=\"b\"].image: \"b:1\" → \"b:2\""},
		{"ports", `{"spec":{"containers":[{"name":"a","ports":[{"containerPort":53,"protocol":"UDP"},{"containerPort":53,"name":"dns"}]}]}}`,
			`{"spec":{"containers":[{"name":"a","ports":[{"containerPort":53,"name":"tcp","protocol":"TCP"},{"containerPort":53,"protocol":"UDP","hostPort":1}]}]}}`,
			"spec.containers[name=\"a\"].ports: order 53, \"dns\" → \"tcp\", 53\n" +
				"spec.containers[name=\"a\"].ports[containerPort=53,protocol=\"TCP\"].name: \"dns\" → \"tcp\"\n" +
				"+ spec.containers[name=\"a\"].ports[containerPort=53,protocol=\"TCP\"].protocol: \"TCP\"\n" +
				"+ spec.containers[name=\"a\"].ports[containerPort=53,protocol=\"UDP\"].hostPort: 1"},
		{"order", `{"spec":{"initContainers":[{"name":"a"},{"name":"b"}]}}`, `{"spec":{"initContainers":[{"name":"b"},{"name":"a"}]}}`,
			`spec.initContainers: order "a", "b" → "b", "a"`},
		{"order of conditions", `{"status":{"conditions":[{"type":"A"},{"type":"B"}]}}`, `{"status":{"conditions":[{"type":"B"},{"type":"A"}]}}`, ``},
		{"condition", `{"status":{"conditions":[{"type":"A","status":"True"},{"type":"B"}]}}`, `{"status":{"conditions":[{"type":"B"},{"type":"A","status":"False"}]}}`,
			`status.conditions[type="A"].status: "True" → "False"`},
		{"set", `{"metadata":{"finalizers":["a","b"]}}`, `{"metadata":{"finalizers":["c","b"]}}`,
			"+ metadata.finalizers[=\"c\"]: \"c\"\n- metadata.finalizers[=\"a\"]: \"a\""},
		{"key twice", `{"spec":{"containers":[{"name":"a","n":1},{"name":"a","n":2}]}}`, `{"spec":{"containers":[{"name":"a","n":2}]}}`,
			`- spec.containers[0]: {"name":"a","n":1}`},
		{"no key", `{"spec":{"containers":[{"n":1},"x",{"name":"a"}]}}`, `{"spec":{"containers":["x",{"name":"b"}]}}`,
			"- spec.containers[0]: {\"n\":1}\nspec.containers[1].name: \"a\" → \"b\""},
		{"some keys", `{"status":{"devices":[{"driver":"d","device":"x","pool":"p"},{"driver":"d","device":"x","pool":"p","shareID":"s"}]}}`,
			`{"status":{"devices":[{"driver":"d","device":"x","pool":"p"},{"driver":"d","device":"x","pool":"p","shareID":"s","n":1}]}}`, "+ status.devices[1].n: 1"},
		{"args", `{"spec":{"args":["-a","-b","-c","-d"]}}`, `{"spec":{"args":["-0","-a","-c","-D"]}}`,
			"+ spec.args[0]: \"-0\"\n- spec.args[1]: \"-b\"\nspec.args[3]: \"-d\" → \"-D\""},
		{"rules", `{"rules":[{"verbs":["get"],"resources":["pods"]},{"verbs":["list"],"resources":["nodes"]}]}`,
			`{"rules":[{"verbs":["watch"],"resources":["leases"]},{"verbs":["get","list"],"resources":["pods"]},{"verbs":["list"],"resources":["nodes"]}]}`,
			"+ rules[0]: {\"verbs\":[\"watch\"],\"resources\":[\"leases\"]}\n+ rules[1].verbs[1]: \"list\""},
		{"lists in lists", `{"a":[[1,2],[3]]}`, `{"a":[[1,2],[3,4]]}`, "+ a[1][1]: 4"},
		{"respelled", `{"a":[{"b":1,"c":"x"},1],"s":"\u0041"}`, `{"s":"A","a":[{"c":"x","b":1.0},1.0]}`, ``},

		{"noise", `{"metadata":{"resourceVersion":"1","generation":1,"managedFields":[]},"status":{"conditions":[{"type":"Ready","lastHeartbeatTime":"1","lastProbeTime":"1"}]}}`,
			`{"metadata":{"resourceVersion":"2","generation":2,"managedFields":[1]},"status":{"conditions":[{"type":"Ready","lastHeartbeatTime":"2","lastProbeTime":"2"}]}}`, ``},
		{"lease", `{"apiVersion":"coordination.k8s.io/v1","spec":{"renewTime":"1"}}`, `{"apiVersion":"coordination.k8s.io/v1","spec":{"renewTime":"2"}}`, ``},
		{"no lease", `{"apiVersion":"example.com/v1","spec":{"renewTime":"1"}}`, `{"apiVersion":"example.com/v1","spec":{"renewTime":"2"}}`, `spec.renewTime: "1" → "2"`},

		{"escapes", `{"a":"x"}`, "{\"a\":\"\u202e\u009b\\u001b[31m\"}", `a: "x" → "\u202e\u009b\u001b[31m"`},
		{"lines", `{"data":{"app.conf":"one\ntwo\nthree\nfour\nlisten 80\nsix\n"}}`, `{"data":{"app.conf":"one\ntwo\nthree\nfour\nlisten 8080\nsix\n"}}`,
			"data[\"app.conf\"]: 1 line removed, 1 added\n    …\n      three\n      four\n    - listen 80\n    + listen 8080\n      six"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := items.Diff(thing(t, row.old), thing(t, row.new)).String(); got != row.want {
				t.Errorf("got\n%s\nwant\n%s", got, row.want)
			}
		})
	}
}

func TestDiffBoundsValues(t *testing.T) {
	long := strings.Repeat("ä", 500)
	got := items.Diff(thing(t, `{"a":"`+long+`x`+long+`"}`), thing(t, `{"a":"`+long+`y`+long+`"}`)).String()
	if len([]rune(got)) > 300 || !strings.Contains(got, "äx") || !strings.Contains(got, "äy") || !strings.Contains(got, "(2003 bytes)") {
		t.Error(got)
	}
}

// Of a text that is another one altogether, both are seen.
func TestDiffOfRewrittenText(t *testing.T) {
	got := items.Diff(thing(t, `{"a":"`+strings.Repeat(`old\n`, 60)+`"}`), thing(t, `{"a":"`+strings.Repeat(`new\n`, 70)+`"}`)).String()
	if strings.Count(got, "- old") != 20 || strings.Count(got, "+ new") != 20 || !strings.HasSuffix(got, "… and 90 more") {
		t.Error(got)
	}
	got = items.Diff(thing(t, `{"a":"`+strings.Repeat(`old\n`, 60)+`"}`), thing(t, `{"a":"new\n"}`)).String()
	if strings.Count(got, "- old") != 39 || strings.Count(got, "+ new") != 1 || !strings.HasSuffix(got, "… and 21 more") {
		t.Error(got)
	}
}

// The order of a set means nothing, and is told to who wants all.
func TestDiffOfSetInAnotherOrder(t *testing.T) {
	old, now := thing(t, `{"metadata":{"finalizers":["c","d"]}}`), thing(t, `{"metadata":{"finalizers":["d","c"]}}`)
	if got := items.Diff(old, now); !got.IsZero() {
		t.Errorf("told %v", got)
	}
	if got, want := items.Diff(old, now, items.WithNoise()).String(), `metadata.finalizers: order "c", "d" → "d", "c"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestDiffTexts(t *testing.T) {
	long := strings.Repeat("x", 500)
	for _, row := range []struct{ name, old, new, wantOld, wantNew string }{
		{"values", `{"a":1}`, `{"a":"1"}`, `1`, `"1"`},
		{"an empty text is not none", `{}`, `{"a":""}`, ``, `""`},
		{"removed", `{"a":[1]}`, `{}`, `[1]`, ``},
		{"long", `{"a":"` + long + `y"}`, `{"a":"` + long + `z"}`,
			"…" + long[:30] + `y" (503 bytes)`, "…" + long[:30] + `z" (503 bytes)`},
		{"order", `{"spec":{"initContainers":[{"name":"a"},{"name":"b"}]}}`, `{"spec":{"initContainers":[{"name":"b"},{"name":"a"}]}}`,
			`"a", "b"`, `"b", "a"`},
		{"lines", `{"a":"1\n2\n3\n4\n5\n6\n7\n"}`, `{"a":"1\n2\n3\n4\nx\ny\n6\n7\n"}`, "…\n3\n4\n5\n6\n7", "…\n3\n4\nx\ny\n6\n7"},
		{"long lines", `{"a":"1\n` + long + `y` + long + `\n2\n"}`, `{"a":"1\n` + long + `z` + long + `\nnew\n2\n"}`,
			"1\n…" + long[:30] + "y" + long[:89] + "…\n2", "1\n…" + long[:30] + "z" + long[:89] + "…\nnew\n2"},
		{"many lines", `{"a":""}`, `{"a":"` + strings.Repeat("n\\n", 60) + `"}`, ``, ``},
		{"secret", `{"apiVersion":"v1","kind":"Secret","data":{"a":"YQ=="}}`, `{"apiVersion":"v1","kind":"Secret","data":{"a":"YQ=="},"type":"x"}`, ``, `"x"`},
	} {
		for c := range items.Diff(thing(t, row.old), thing(t, row.new)).All() {
			old, now := c.Texts()
			if row.name == "many lines" {
				if old != `""` || strings.Count(now, "\n") != 40 || !strings.HasSuffix(now, "more") {
					t.Errorf("%s: %q and %q", row.name, old, now)
				}
				continue
			}
			if old != row.wantOld || now != row.wantNew {
				t.Errorf("%s: %q and %q, want %q and %q", row.name, old, now, row.wantOld, row.wantNew)
			}
		}
	}
}

// TestDiffOfKindsOfOnesOwn: the lists of kinds that do not come with Kubernetes are
// what managedFields say, not what lists of their names are elsewhere.
func TestDiffOfKindsOfOnesOwn(t *testing.T) {
	const head = `{"apiVersion":"x.example/v1","kind":"Route","metadata":{"name":"a"},"spec":`
	for old, next := range map[string]string{
		`{"endpoints":[{"addresses":["a","b"]}]}`: `{"endpoints":[{"addresses":["b","a"]}]}`,
		`{"validationActions":["x","y"]}`:         `{"validationActions":["y","x"]}`,
	} {
		if got := items.Diff(thing(t, head+old+"}"), thing(t, head+next+"}")); got.IsZero() {
			t.Errorf("%s and %s are told to be the same", old, next)
		}
	}
	got := items.Diff(thing(t, head+`{},"status":{"volumes":[{"name":"a"},{"name":"b"}]}}`), thing(t, head+`{},"status":{"volumes":[{"name":"b"},{"name":"a"}]}}`))
	if got.IsZero() {
		t.Error("another order is told to be the same")
	}
}

func TestDiffAsJSON(t *testing.T) {
	const head = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":`
	changes := items.Diff(thing(t, head+`{"k":"1","gone":"x"}}`), thing(t, head+`{"k":"2","new":"y"}}`))
	text, err := json.Marshal(changes)
	const want = `[{"path":"data.k","old":"1","new":"2"},{"path":"data.new","new":"y"},{"path":"data.gone","old":"x"}]`
	if err != nil || string(text) != want {
		t.Errorf("%s, %v, want %s", text, err, want)
	}
	if text, err := json.Marshal(items.Changes{}); err != nil || string(text) != "[]" {
		t.Errorf("no changes: %s, %v", text, err)
	}
	if got := (items.FieldChange{}).String(); got != "" {
		t.Errorf("no change: %q", got)
	}
}
