package kubetest

import (
	"encoding/json"
	"testing"
)

// patched applies a patch to JSON text and gives JSON text, or the error's code.
func patched(t *testing.T, make func([]byte) (patcher, error), doc, patch string) string {
	t.Helper()
	obj, err := decodeObject([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	p, err := make([]byte(patch))
	if err == nil {
		var out map[string]any
		if out, err = p(obj); err == nil {
			data, _ := json.Marshal(out)
			return string(data)
		}
	}
	return err.Error()
}

func TestMergePatch(t *testing.T) {
	for _, test := range [][3]string{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`{"e":null}`, `{"a":1}`, `{"a":1,"e":null}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
		{`{"n":1}`, `{"n":123456789012345678901234567890.5}`, `{"n":123456789012345678901234567890.5}`},
		{`{}`, `null`, "Invalid JSON Patch"},
		{`{}`, `{`, "error decoding patch: unexpected end of JSON input"},
	} {
		if got := patched(t, mergePatcher, test[0], test[1]); got != test[2] {
			t.Errorf("%s + %s: got %s, want %s", test[0], test[1], got, test[2])
		}
	}
}

func TestJSONPatch(t *testing.T) {
	failed := unprocessable().Error()
	for _, test := range [][3]string{
		{`{"foo":"bar"}`, `[{"op":"add","path":"/baz","value":"qux"}]`, `{"baz":"qux","foo":"bar"}`},
		{`{"foo":["bar","baz"]}`, `[{"op":"add","path":"/foo/1","value":"qux"}]`, `{"foo":["bar","qux","baz"]}`},
		{`{"foo":["bar"]}`, `[{"op":"add","path":"/foo/-","value":["abc"]}]`, `{"foo":["bar",["abc"]]}`},
		{`{"foo":["bar"]}`, `[{"op":"add","path":"/foo/2","value":1}]`, failed},
		{`{"baz":"qux","foo":"bar"}`, `[{"op":"remove","path":"/baz"}]`, `{"foo":"bar"}`},
		{`{"foo":["a","b","c"]}`, `[{"op":"remove","path":"/foo/1"}]`, `{"foo":["a","c"]}`},
		{`{"foo":"bar"}`, `[{"op":"remove","path":"/nope"}]`, failed},
		{`{"foo":"bar"}`, `[{"op":"replace","path":"/foo","value":1}]`, `{"foo":1}`},
		{`{"foo":{"bar":"baz"},"qux":{}}`, `[{"op":"move","from":"/foo/bar","path":"/qux/thud"}]`, `{"foo":{},"qux":{"thud":"baz"}}`},
		{`{"foo":{"bar":{}}}`, `[{"op":"move","from":"/foo","path":"/foo/bar"}]`, failed},
		{`{"a":{"b":1}}`, `[{"op":"copy","from":"/a","path":"/c"},{"op":"add","path":"/c/d","value":2}]`, `{"a":{"b":1},"c":{"b":1,"d":2}}`},
		{`{"a":1}`, `[{"op":"test","path":"/a","value":1}]`, `{"a":1}`},
		{`{"a":1}`, `[{"op":"test","path":"/a","value":2}]`, failed},
		{`{"a~/b":1}`, `[{"op":"replace","path":"/a~0~1b","value":2}]`, `{"a~/b":2}`},
		{`{}`, `[{"op":"add","path":"/a/b","value":1}]`, failed},
		{`{}`, `[{"op":"add","path":"a","value":1}]`, failed},
		{`{}`, `[{"op":"add","path":"/a"}]`, failed},
		{`{}`, `[{"op":"fly","path":"/a"}]`, failed},
		{`{}`, `{}`, "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"},
	} {
		if got := patched(t, jsonPatcher, test[0], test[1]); got != test[2] {
			t.Errorf("%s + %s: got %s, want %s", test[0], test[1], got, test[2])
		}
	}
}

func TestStrategicMerge(t *testing.T) {
	for _, test := range [][3]string{
		{`{"spec":{"containers":[{"name":"a","image":"1"},{"name":"b"}]}}`, `{"spec":{"containers":[{"name":"a","image":"2"},{"name":"c"}]}}`,
			`{"spec":{"containers":[{"image":"2","name":"a"},{"name":"c"},{"name":"b"}]}}`},
		{`{"spec":{"containers":[{"name":"a"},{"name":"b"}]}}`, `{"spec":{"containers":[{"name":"a","$patch":"delete"}]}}`, `{"spec":{"containers":[{"name":"b"}]}}`},
		{`{"spec":{"containers":[{"name":"a"}]}}`, `{"spec":{"containers":[{"$patch":"replace"},{"name":"z"}]}}`, `{"spec":{"containers":[{"name":"z"}]}}`},
		{`{"spec":{"containers":[{"name":"a","env":[{"name":"X","value":"1"}],"ports":[{"containerPort":80}]}]}}`,
			`{"spec":{"containers":[{"name":"a","env":[{"name":"X","value":"2"},{"name":"Y"}],"ports":[{"containerPort":80,"name":"http"}]}]}}`,
			`{"spec":{"containers":[{"env":[{"name":"X","value":"2"},{"name":"Y"}],"name":"a","ports":[{"containerPort":80,"name":"http"}]}]}}`},
		{`{"spec":{"tolerations":[{"key":"a"}]}}`, `{"spec":{"tolerations":[{"key":"b"}]}}`, `{"spec":{"tolerations":[{"key":"b"}]}}`},
		{`{"metadata":{"finalizers":["a","b"]}}`, `{"metadata":{"finalizers":["b","c"]}}`, `{"metadata":{"finalizers":["a","b","c"]}}`},
		{`{"metadata":{"finalizers":["a","b"]}}`, `{"metadata":{"$deleteFromPrimitiveList/finalizers":["a"]}}`, `{"metadata":{"finalizers":["b"]}}`},
		{`{"metadata":{"labels":{"a":"1"}}}`, `{"metadata":{"labels":{"b":"2","a":null}}}`, `{"metadata":{"labels":{"b":"2"}}}`},
		{`{"metadata":{"labels":{"a":"1"}}}`, `{"metadata":{"labels":{"$patch":"replace","b":"2"}}}`, `{"metadata":{"labels":{"b":"2"}}}`},
		{`{"metadata":{"labels":{"a":"1"}}}`, `{"metadata":{"labels":{"$patch":"delete"}}}`, `{"metadata":{}}`},
		{`{"status":{"conditions":[{"type":"A","status":"1"}]}}`, `{"status":{"conditions":[{"type":"B"},{"type":"A","status":"2"}]}}`,
			`{"status":{"conditions":[{"type":"B"},{"status":"2","type":"A"}]}}`},
		{`{"spec":{"strategy":{"type":"RollingUpdate","rollingUpdate":{}}}}`, `{"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}}`, `{"spec":{"strategy":{"type":"Recreate"}}}`},
		{`{"spec":{"ports":[{"port":80},{"port":81}]}}`, `{"spec":{"ports":[{"port":81,"name":"x"}]}}`, `{"spec":{"ports":[{"port":80},{"name":"x","port":81}]}}`},
		{`{"spec":{"containers":[]}}`, `{"spec":{"containers":[{"image":"x"}]}}`, `map: map[image:x] does not contain declared merge key: name`},
		{`{}`, `{"$patch":"fly"}`, `unknown patch type: fly in map: map[$patch:fly]`},
		{`{}`, `[]`, `json: cannot unmarshal array into Go value of type map[string]interface {}`},
	} {
		if got := patched(t, strategicPatcher, test[0], test[1]); got != test[2] {
			t.Errorf("%s + %s:\n got %s\nwant %s", test[0], test[1], got, test[2])
		}
	}
}

func TestPatchRefuses(t *testing.T) {
	c := start(t, WithObjects(pod("a")))
	c.patch("merge", pods+"/b", `{}`).fails(404, "NotFound", `pods "b" not found`)
	c.patch("merge", pods+"/a", `{"metadata":{"resourceVersion":"1"}}`).must(409)
	c.patch("merge", pods+"/a", `{"metadata":{"labels":{"a":1}}}`).must(422)
	c.patch("merge", pods+"/a", `{"metadata":{"labels":{"a":"-"}}}`).must(422)
	c.do("PATCH", pods+"/a", `{}`).fails(415, "UnsupportedMediaType", "415: Unsupported Media Type")
	c.patch("json", pods+"/a", `[{"op":"test","path":"/metadata/name","value":"b"}]`).
		fails(422, "Invalid", "the server rejected our request due to an error in our request")
	c.patch("merge", pods+"/a?force=true", `{}`).must(422)
}
