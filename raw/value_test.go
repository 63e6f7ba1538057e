package raw_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube/raw"
)

func TestGet(t *testing.T) {
	o := parse(t, `{"a":{"b":{"c":[10,{"d":null},[]]},"":1},"s":"x","a\"b":{"q\\":2},"\u0061\t":3,"~/":4,"deep":{"x":{"x":1,"x":2,"\u0078":3}}}`)
	for _, test := range []struct {
		path string // its steps are separated by spaces
		want string
	}{
		{"a b c 0", "10"}, {"a b c 1 d", "null"}, {"a b c 2", "[]"}, {"a ", "1"},
		{"a b c 3", ""}, {"a b c -1", ""}, {"a b c 00", ""}, {"a b c -", ""}, {"a b c 1 d e", ""}, {"a b c 0 0", ""},
		{"s", `"x"`}, {"s 0", ""}, {"s ", ""}, {"", ""}, {"A", ""}, {"a\"", ""}, {`a":{"b`, ""}, {`a":`, ""}, {`s":"x`, ""},
		{`a"b q\`, "2"}, {`a\"b`, ""}, {`a"b`, `{"q\\":2}`}, {`a"b q\\`, ""},
		{"a\t", "3"}, {`\u0061\t`, ""}, {"~/", "4"}, {"~0~1", ""},
		{"deep x x", "3"},
	} {
		got := o.Get(strings.Split(test.path, " ")...)
		if got.Exists() != (test.want != "") || got.Exists() && got.String() != test.want {
			t.Errorf("Get(%q) is %v, want %s", test.path, got, test.want)
		}
	}
	if !o.Get().Equal(o.Value()) || o.Get("s").Get().String() != `"x"` {
		t.Error("the empty path leads elsewhere")
	}
}

// A key that holds the quote behind a name must not reach beyond it. The tags of
// names tell most such keys apart, so many are tried.
func TestGetKeepsToTheName(t *testing.T) {
	for i := range 5000 {
		text := strconv.Itoa(i)
		o := parse(t, `{"a":"`+text+`","b":{"c":"`+text+`","d":1}}`)
		if o.Has(`a":"`+text) || o.Has("b", `c":"`+text) || o.Has(`a":"`+text+`","b`) {
			t.Fatalf("found beyond the name in %s", o)
		}
	}
}

// Below the second level the last of equal names counts, everywhere.
func TestLastOfEqualNamesCounts(t *testing.T) {
	o := parse(t, `{"a":{"b":{"x":{"z":1},"y":0,"x":{"z":2},"\u0078":{"z":3}}},"l":[{"x":1,"x":2}]}`)
	want := map[string]any{
		"a": map[string]any{"b": map[string]any{"x": map[string]any{"z": int64(3)}, "y": int64(0)}},
		"l": []any{map[string]any{"x": int64(2)}},
	}
	if got := o.Map(); !reflect.DeepEqual(got, want) {
		t.Errorf("Map is %v", got)
	}
	if got := o.Get("a", "b", "x", "z").String(); got != "3" {
		t.Errorf("Get is %s", got)
	}
	if once := parse(t, `{"a":{"b":{"y":0,"x":{"z":3}}},"l":[{"x":2}]}`); !o.Equal(once) || !once.Equal(o) {
		t.Error("not Equal to the text without the others")
	}
	next, err := o.With(4, "a", "b", "x", "z")
	if err != nil || next.Get("a", "b", "x", "z").String() != "4" {
		t.Errorf("With makes %v, %v", next, err)
	}
	next, err = o.Without("a", "b", "x")
	if err != nil || next.Get("a", "b").String() != `{"y":0}` {
		t.Errorf("Without makes %v, %v", next, err)
	}
	var dst struct {
		A struct{ B struct{ X struct{ Z int } } }
	}
	if err := o.Decode(&dst); err != nil || dst.A.B.X.Z != 3 {
		t.Errorf("Decode: %v, %v", dst, err)
	}
	var names []string
	for name := range o.Get("a", "b").Members() {
		names = append(names, name)
	}
	if want := []string{"x", "y", "x", "x"}; !reflect.DeepEqual(names, want) { // as documented: all
		t.Errorf("Members yields %q", names)
	}
}

func TestValueConversions(t *testing.T) {
	o := parse(t, `{"nothing":null,"yes":true,"no":false,"int":-42,"max":9223372036854775807,"over":9223372036854775808,
		"float":1.5,"exp":1e2,"huge":1e400,"text":"a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é","empty":"","time":"2026-03-02T08:15:30.25+01:00","list":[1,"b"],"object":{"k":"v"}}`)
	wrong := errors.New("a *TypeError")
	at := time.Date(2026, 3, 2, 7, 15, 30, 250_000_000, time.UTC)
	convert := map[string]func(raw.Value) (any, error){
		"Text":   func(v raw.Value) (any, error) { return v.Text() },
		"Int":    func(v raw.Value) (any, error) { return v.Int() },
		"Float":  func(v raw.Value) (any, error) { return v.Float() },
		"Bool":   func(v raw.Value) (any, error) { return v.Bool() },
		"Time":   func(v raw.Value) (any, error) { x, err := v.Time(); return x.UTC(), err },
		"Object": func(v raw.Value) (any, error) { x, err := v.Object(); return x.String(), err },
		"Array":  func(v raw.Value) (any, error) { x, err := v.Array(); return len(x), err },
	}
	good := map[string]map[string]any{ // all else is a *TypeError
		"nothing": {}, "missing": {},
		"yes": {"Bool": true}, "no": {"Bool": false},
		"int":    {"Int": int64(-42), "Float": -42.0},
		"max":    {"Int": int64(math.MaxInt64), "Float": float64(1 << 63)},
		"over":   {"Float": float64(1 << 63)},
		"float":  {"Float": 1.5},
		"exp":    {"Float": 100.0},
		"huge":   {},
		"text":   {"Text": "a\"\\/\b\f\n\r\té😀é"},
		"empty":  {"Text": ""},
		"time":   {"Text": "2026-03-02T08:15:30.25+01:00", "Time": at},
		"list":   {"Array": 2},
		"object": {"Object": `{"k":"v"}`},
	}
	for name, results := range good {
		for method, f := range convert {
			got, err := f(o.Get(name))
			want, ok := results[method]
			var kind *raw.TypeError
			switch {
			case ok && (err != nil || got != want):
				t.Errorf("%s of %s: %v, %v, want %v", method, name, got, err, want)
			case !ok && (!errors.As(err, &kind) || kind.Got != o.Get(name).Kind()):
				t.Errorf("%s of %s: %v, %v, want %v", method, name, got, err, wrong)
			}
		}
	}
}

func TestTypeErrorText(t *testing.T) {
	o := parse(t, `{"n":300,"t":"soon","big":99999999999999999999}`)
	_, text := o.Get("n").Text()
	_, missing := o.Get("x").Int()
	_, when := o.Get("t").Time()
	_, big := o.Get("big").Int()
	for want, err := range map[string]error{
		"want a string, got a number":                                  text,
		"want an integer, got nothing":                                 missing,
		"want an RFC 3339 time, got a string: text of 4 bytes":         when,
		"want an integer, got a number: value out of range":            big,
		"want a value, got nothing":                                    raw.Value{}.Decode(new(int)),
		"json: cannot unmarshal number 300 into Go value of type int8": o.Get("n").Decode(new(int8)),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestKinds(t *testing.T) {
	o := parse(t, `{"n":null,"b":false,"i":0,"s":"","a":[],"o":{}}`)
	for name, want := range map[string]raw.Kind{
		"x": raw.KindMissing, "n": raw.KindNull, "b": raw.KindBool, "i": raw.KindNumber, "s": raw.KindString, "a": raw.KindArray, "o": raw.KindObject,
	} {
		v := o.Get(name)
		if v.Kind() != want || v.Exists() != (name != "x") || v.IsSet() != (name != "x" && name != "n") {
			t.Errorf("%s is %v, exists %v, set %v", name, v.Kind(), v.Exists(), v.IsSet())
		}
	}
	if got := raw.Kind(77).String(); got != "raw.Kind(77)" {
		t.Error(got)
	}
}

// Zero values take every call.
func TestZeroValues(t *testing.T) {
	var v raw.Value
	var o raw.Object
	for range v.Elements() {
		t.Error("an element")
	}
	for range v.Members() {
		t.Error("a member")
	}
	for range o.Members() {
		t.Error("a member")
	}
	_, errs := v.Text()
	_, erri := v.Int()
	_, errf := v.Float()
	_, errb := v.Bool()
	_, errt := v.Time()
	_, erro := v.Object()
	_, erra := v.Array()
	for i, err := range []error{errs, erri, errf, errb, errt, erro, erra, v.Decode(new(any))} {
		if err == nil {
			t.Errorf("conversion %d succeeds", i)
		}
	}
	dst := map[string]any{}
	same, err := o.Without("a", "b")
	for i, ok := range []bool{
		!v.Exists(), !v.IsSet(), v.Kind() == raw.KindMissing, v.Len() == 0, v.Any() == nil, !v.Get("a", "0").Exists(), !v.Get().Exists(),
		!v.Index(0).Exists(), !v.Index(-1).Exists(), v.String() == "<missing>", string(v.Bytes()) == "null", v.Equal(raw.Value{}), v.Fingerprint() != "",
		o.IsZero(), !o.Has("a"), !o.Has(), o.Len() == 0, len(o.Map()) == 0, o.Map() != nil, o.String() == "{}", string(o.Bytes()) == "{}", o.Size() == 2,
		o.Equal(raw.Object{}), !o.Equal(parse(t, "{}")), !parse(t, "{}").Equal(o), !o.IsSensitive(), !o.Sensitive().IsSensitive(), !o.ManagedFieldsDropped(),
		o.Decode(&dst) == nil, same.IsZero(), err == nil, !o.Value().Exists(), o.LogValue().String() == "{}", v.GoString() == "<missing>",
	} {
		if !ok {
			t.Errorf("statement %d is false", i)
		}
	}
	if text, err := json.Marshal([]any{o, v}); err != nil || string(text) != "[{},null]" {
		t.Error(string(text), err)
	}
	if next, err := o.With(1, "a", "b"); err != nil || next.String() != `{"a":{"b":1}}` {
		t.Error(next, err)
	}
}

func TestIndex(t *testing.T) {
	v := parse(t, `{"a":[0,"1",[2],{"3":3}]}`).Get("a")
	for i, want := range []string{"0", `"1"`, "[2]", `{"3":3}`, "<missing>"} {
		if got := v.Index(i).String(); got != want {
			t.Errorf("Index(%d) is %s, want %s", i, got, want)
		}
	}
	if v.Len() != 4 || v.Index(-1).Exists() || v.Index(math.MinInt).Exists() || v.Get("3").Len() != 1 || v.Get("0").Len() != 0 {
		t.Error("wrong lengths")
	}
}

// Numbers come as in Kubernetes' unstructured objects, and never get lost.
func TestAnyNumbers(t *testing.T) {
	for text, want := range map[string]any{
		"0": int64(0), "-0": int64(0), "9223372036854775807": int64(math.MaxInt64), "-9223372036854775808": int64(math.MinInt64),
		"9223372036854775808": float64(1 << 63), "1.0": 1.0, "1e2": 100.0, "-1E-2": -0.01, "1e400": json.Number("1e400"), "-1e999": json.Number("-1e999"), "1e-999": 0.0,
	} {
		if got := parse(t, `{"n":`+text+`}`).Get("n").Any(); got != want {
			t.Errorf("%s is %T %v, want %T %v", text, got, got, want, want)
		}
	}
}
