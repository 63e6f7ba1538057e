package raw_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/kubeviews/kube/raw"
)

func TestWith(t *testing.T) {
	o := parse(t, `{"a":{"b":[1,{"c":null}],"d":{}},"n":null,"e":[],"\u0066":5}`)
	for _, test := range []struct {
		path  string
		value any
		want  string
	}{
		{"a", 1, `{"a":1,"n":null,"e":[],"\u0066":5}`},
		{"f", 6, `{"a":{"b":[1,{"c":null}],"d":{}},"n":null,"e":[],"\u0066":6}`},
		{"z", "<&>", `{"a":{"b":[1,{"c":null}],"d":{}},"n":null,"e":[],"\u0066":5,"z":"<&>"}`},
		{"a d x", true, `{"a":{"b":[1,{"c":null}],"d":{"x":true}},"n":null,"e":[],"\u0066":5}`},
		{"a d x y z", []int{}, `{"a":{"b":[1,{"c":null}],"d":{"x":{"y":{"z":[]}}}},"n":null,"e":[],"\u0066":5}`},
		{"a b 0", nil, `{"a":{"b":[null,{"c":null}],"d":{}},"n":null,"e":[],"\u0066":5}`},
		{"a b -", json.RawMessage("[ 1 ]"), `{"a":{"b":[1,{"c":null},[1]],"d":{}},"n":null,"e":[],"\u0066":5}`},
		{"a b - k", 1, `{"a":{"b":[1,{"c":null},{"k":1}],"d":{}},"n":null,"e":[],"\u0066":5}`},
		{"a b 1 c d", raw.Object{}, `{"a":{"b":[1,{"c":{"d":{}}}],"d":{}},"n":null,"e":[],"\u0066":5}`},
		{"n x", raw.Value{}, `{"a":{"b":[1,{"c":null}],"d":{}},"n":{"x":null},"e":[],"\u0066":5}`},
		{"e -", 1.5, `{"a":{"b":[1,{"c":null}],"d":{}},"n":null,"e":[1.5],"\u0066":5}`},
		{"e", []byte("pw"), `{"a":{"b":[1,{"c":null}],"d":{}},"n":null,"e":"cHc=","\u0066":5}`},
		{`q"\` + "\n", 1, `{"a":{"b":[1,{"c":null}],"d":{}},"n":null,"e":[],"\u0066":5,"q\"\\\u000a":1}`},
		{"", 1, `{"a":{"b":[1,{"c":null}],"d":{}},"n":null,"e":[],"\u0066":5,"":1}`},
		{"-", 1, `{"a":{"b":[1,{"c":null}],"d":{}},"n":null,"e":[],"\u0066":5,"-":1}`},
	} {
		path := strings.Split(test.path, " ")
		next, err := o.With(test.value, path...)
		if err != nil || string(next.Bytes()) != test.want {
			t.Errorf("With(%v, %q): %s, %v, want %s", test.value, path, next, err, test.want)
			continue
		}
		left := 100
		checkPaths(t, next, nil, decoded(t, []byte(test.want)), &left)
	}
}

func TestWithFaults(t *testing.T) {
	o := parse(t, `{"a":{"b/":[1]},"s":"x","t":true,"n":1}`)
	deep := strings.Repeat("x ", 1024) + "x"
	for _, test := range []struct {
		path  string
		value any
		want  error
	}{
		{"a b/ 1", 0, &raw.PathError{Pointer: "/a/b~1", Msg: `no element "1" in an array of 1`}},
		{"a b/ 01", 0, &raw.PathError{Pointer: "/a/b~1", Msg: `no element "01" in an array of 1`}},
		{"a b/ x y", 0, &raw.PathError{Pointer: "/a/b~1", Msg: `no element "x" in an array of 1`}},
		{"a b/ 0 y", 0, &raw.PathError{Pointer: "/a/b~1/0", Msg: "it is a number, not an object"}},
		{"s x", 0, &raw.PathError{Pointer: "/s", Msg: "it is a string, not an object"}},
		{"t x y", 0, &raw.PathError{Pointer: "/t", Msg: "it is a bool, not an object"}},
		{"a \xff", 0, &raw.PathError{Pointer: "/a", Msg: "a name is not valid UTF-8"}},
		{"a x \xff", 0, &raw.PathError{Pointer: "/a", Msg: "a name is not valid UTF-8"}},
		{deep, 0, &raw.SyntaxError{}},
		{"x", json.RawMessage(`{"k":1,"k":2}`), &raw.SyntaxError{}},
		{"x", json.RawMessage("\"\xff\""), &raw.SyntaxError{}},
		{"x", json.RawMessage(`1} "`), &raw.ConvertError{}},
		{"x", math.NaN(), &raw.ConvertError{}},
		{"x", func() {}, &raw.ConvertError{}},
	} {
		next, err := o.With(test.value, strings.Split(test.path, " ")...)
		if !next.IsZero() || !sameError(err, test.want) {
			t.Errorf("With(%.20q): %v, %#v, want %#v", test.path, next, err, test.want)
		}
	}
	for _, f := range []func() (raw.Object, error){
		func() (raw.Object, error) { return o.With(1) },
		func() (raw.Object, error) { return o.Without() },
	} {
		if _, err := f(); err == nil || err.Error() != "cannot change the document: a path is needed" {
			t.Errorf("no path: %v", err)
		}
	}
}

// sameError compares path errors wholly, and the types of others.
func sameError(got, want error) bool {
	switch want := want.(type) {
	case *raw.PathError:
		var e *raw.PathError
		return errors.As(got, &e) && *e == *want
	case *raw.SyntaxError:
		return errors.As(got, &want)
	case *raw.ConvertError:
		return errors.As(got, &want)
	}
	return false
}

func TestWithout(t *testing.T) {
	const text = `{"a":{"b":[1,2,{"c":3}],"d":{"x":1,"\u0078":2}},"":0}`
	o := parse(t, text)
	for path, want := range map[string]string{
		"a":         `{"":0}`,
		"":          `{"a":{"b":[1,2,{"c":3}],"d":{"x":1,"\u0078":2}}}`,
		"a b":       `{"a":{"d":{"x":1,"\u0078":2}},"":0}`,
		"a b 0":     `{"a":{"b":[2,{"c":3}],"d":{"x":1,"\u0078":2}},"":0}`,
		"a b 1":     `{"a":{"b":[1,{"c":3}],"d":{"x":1,"\u0078":2}},"":0}`,
		"a b 2":     `{"a":{"b":[1,2],"d":{"x":1,"\u0078":2}},"":0}`,
		"a b 2 c":   `{"a":{"b":[1,2,{}],"d":{"x":1,"\u0078":2}},"":0}`,
		"a d x":     `{"a":{"b":[1,2,{"c":3}],"d":{}},"":0}`,
		"a d y":     text,
		"a b 3":     text,
		"a b -":     text,
		"a b 00":    text,
		"x y z":     text,
		"a b 0 0 0": text,
	} {
		next, err := o.Without(strings.Split(path, " ")...)
		if err != nil || string(next.Bytes()) != want {
			t.Errorf("Without(%q): %s, %v, want %s", path, next, err, want)
		}
	}
}

// Objects within a document are changed by themselves.
func TestWithOnInnerObject(t *testing.T) {
	o := parse(t, `{"a":{"b":{"c":1}},"d":2}`)
	inner, err := o.Get("a", "b").Object()
	if err != nil {
		t.Fatal(err)
	}
	next, err := inner.With(2, "e")
	if err != nil || next.String() != `{"c":1,"e":2}` {
		t.Error(next, err)
	}
	next, err = inner.Without("c")
	if err != nil || next.String() != `{}` || inner.String() != `{"c":1}` {
		t.Error(next, err)
	}
}
