package raw_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/kubeviews/kube/raw"
)

func TestParseRefuses(t *testing.T) {
	const end = "unexpected end of the text"
	deep := strings.Repeat(`{"a":`, 1025)
	for _, test := range []struct {
		text    string
		offset  int64
		pointer string
		msg     string
	}{
		{``, 0, "", end},
		{"  \n", 3, "", end},
		{`[]`, 0, "", "expected an object"},
		{" null", 1, "", "expected an object"},
		{"\ufeff{}", 0, "", "expected an object"},
		{`{`, 1, "", end},
		{`{"a"`, 4, "", end},
		{`{"a":`, 5, "/a", end},
		{`{"a":1`, 6, "/a", end},
		{`{"a":tru`, 8, "/a", end},
		{`{"a":"\ud83d`, 12, "/a", end},
		{"{\"a\":\"\xe2\x82", 8, "/a", end},
		{`{} {}`, 3, "", "text behind the document"},
		{"{}\x00", 2, "", "text behind the document"},
		{`{a:1}`, 1, "", "expected a name in quotes"},
		{`{"a":1,}`, 7, "", "expected a name in quotes"},
		{`{"a" 1}`, 5, "", "expected ':'"},
		{`{"a":}`, 5, "/a", "expected a value"},
		{`{"a":1 "b":2}`, 7, "/a", "expected ',' or '}'"},
		{`{"a":[1 2]}`, 8, "/a/0", "expected ',' or ']'"},
		{`{"a":[1}}`, 7, "/a/0", "expected ',' or ']'"},
		{`{"a":[1,]}`, 8, "/a/1", "expected a value"},
		{`{"a":True}`, 5, "/a", "expected a value"},
		{`{"a":nul1}`, 8, "/a", "expected null"},
		{`{"a":NaN}`, 5, "/a", "expected a value"},
		{`{"a":01}`, 6, "/a", "expected ',' or '}'"},
		{`{"a":+1}`, 5, "/a", "expected a value"},
		{`{"a":.5}`, 5, "/a", "expected a value"},
		{`{"a":-}`, 6, "/a", "expected a value"},
		{`{"a":1.}`, 7, "/a", "expected a digit"},
		{`{"a":1e+}`, 8, "/a", "expected a digit"},
		{"{\"a\":\"\t\"}", 6, "/a", "control character in a string"},
		{"{\"a\":1,\v\"b\":2}", 7, "", "expected a name in quotes"},
		{`{"a":"\x41"}`, 6, "/a", "unknown escape"},
		{`{"a":"\u12G4"}`, 6, "/a", "unknown escape"},
		{"{\"a\":\"b\xff\"}", 7, "/a", "invalid UTF-8"},
		{"{\"a\":\"\xed\xa0\x80\"}", 6, "/a", "invalid UTF-8"}, // a surrogate
		{"{\"a\":\"\xc0\xaf\"}", 6, "/a", "invalid UTF-8"},     // too long a form
		{"{\"a\xff\":1}", 3, "", "invalid UTF-8"},
		{`{"a":"\ud800"}`, 6, "/a", "half a surrogate pair"},
		{`{"a":"\ud800\n"}`, 6, "/a", "half a surrogate pair"},
		{`{"a":"\ud800\u0041"}`, 6, "/a", "half a surrogate pair"},
		{`{"a":"\udc00\ud800"}`, 6, "/a", "half a surrogate pair"},
		{`{"a":"\udc00\udc00"}`, 6, "/a", "half a surrogate pair"},
		{`{"a":"\udbff\ue000"}`, 6, "/a", "half a surrogate pair"},
		{`{"a":1,"b":2,"a":3}`, 13, "/a", "duplicate name"},
		{`{"a":1, "\u0061" : 3}`, 8, "/a", "duplicate name"},
		{`{"\u0061":1,"a":3}`, 12, "/a", "duplicate name"},
		{`{"m":{"x/y~":1,"x/y~":2}}`, 15, "/m/x~1y~0", "duplicate name"},
		{`{"":{"":{"":x}}}`, 12, "///", "expected a value"},
		{`{"a":{"b":[{"c":[[],{"d":?`, 25, "/a/b/0/c/1/d", "expected a value"},
		{`{"a":{"b":1},"c":[{"k\"{":{}},{"e":-x`, 36, "/c/1/e", "expected a value"},
		{deep, 5 * 1024, strings.Repeat("/a", 1024), "nested deeper than 1024 levels"},
	} {
		_, err := raw.Parse([]byte(test.text))
		want := raw.SyntaxError{Offset: test.offset, Pointer: test.pointer, Msg: test.msg}
		var got *raw.SyntaxError
		if !errors.As(err, &got) || *got != want {
			t.Errorf("Parse(%.60q): %#v, want %#v", test.text, err, want)
		}
	}
}

func TestSyntaxErrorText(t *testing.T) {
	_, err := raw.Parse([]byte(`{"spec":{"replicas":03}}`))
	if got, want := fmt.Sprint(err), "bad JSON at offset 21 in /spec/replicas: expected ',' or '}'"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestParseKeepsSpelling(t *testing.T) {
	for text, want := range map[string]string{
		" { } ":                               `{}`,
		"{\"b\" : [ 1 ,\t2 ] ,\r\n\"a\":{ }}": `{"b":[1,2],"a":{}}`,
		`{"a":1.50E+2,"b":-0,"c":"\u0041\/ \" "}`: `{"a":1.50E+2,"b":-0,"c":"\u0041\/ \" "}`,
		`{"a": "x, : {\\" , "b":1}`:               `{"a":"x, : {\\","b":1}`,
	} {
		if got := string(parse(t, text).Bytes()); got != want {
			t.Errorf("Parse(%q) holds %s, want %s", text, got, want)
		}
	}
}

// Strings are scanned eight bytes at a time: every byte must be seen in every
// place, and after bytes that look alike in a sum.
func TestParseSeesEveryByteOfStrings(t *testing.T) {
	for at := range 20 {
		for c := range 256 {
			for _, filler := range []string{"a", "\x7f", " ", "!", "#", "[", "]", "\u0080"} {
				inside := strings.Repeat(filler, at) + string([]byte{byte(c)}) + strings.Repeat(filler, 20-at)
				text := `{"a":"` + inside + `"}`
				if _, err := raw.Parse([]byte(text)); (err == nil) != (refusal([]byte(text)) == "") {
					t.Fatalf("%q: %v, want %s", text, err, refusal([]byte(text)))
				}
			}
		}
	}
}

// Whether a name is there twice is found by comparing few names, and by a set
// of many.
func TestParseFindsDuplicatesAmongMany(t *testing.T) {
	for n := 1; n < 100; n++ {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `"n%d":%d,`, i, i)
		}
		all := b.String()
		if _, err := raw.Parse([]byte("{" + all + `"n":0}`)); err != nil {
			t.Errorf("%d names: %v", n, err)
		}
		for _, again := range []int{0, n / 2, n - 1} {
			text := fmt.Sprintf(`{"m":{%s"\u006e%d":0}}`, all, again)
			if _, err := raw.Parse([]byte(text)); err == nil {
				t.Errorf("name %d of %d is there twice, and is accepted", again, n)
			}
		}
	}
}

func TestParseTakesDeepDocuments(t *testing.T) {
	o := parse(t, strings.Repeat(`{"a":`, 1024)+"1"+strings.Repeat("}", 1024))
	path := strings.Split(strings.Repeat("a", 1024), "")
	if n, err := o.Get(path...).Int(); n != 1 || err != nil {
		t.Error(n, err)
	}
	if !o.Equal(parse(t, string(o.Bytes())+" ")) {
		t.Error("not equal to itself")
	}
}

// A document beyond 16 MiB has no index. Everything must work without.
func TestParseTakesLargeDocuments(t *testing.T) {
	if testing.Short() {
		t.Skip("large")
	}
	text := `{"a":{"b":{"x":1}},"big":"` + strings.Repeat("é", 9<<20) + `","z":{"\u0079":[true,"end"]}}`
	o := parse(t, text)
	if end, err := o.Get("z", "y", "1").Text(); end != "end" || err != nil {
		t.Error(end, err)
	}
	if o.Has("z", "b") || o.Has("b") || !o.Has("a", "b", "x") || o.Len() != 3 {
		t.Error("wrong members")
	}
	next, err := o.With(2, "a", "b", "x")
	if err != nil || next.Get("a", "b", "x").String() != "2" {
		t.Error(next.Get("a"), err)
	}
	small, err := next.Without("big")
	if err != nil || string(small.Bytes()) != `{"a":{"b":{"x":2}},"z":{"\u0079":[true,"end"]}}` {
		t.Error(small, err)
	}
}

func TestUnmarshalJSON(t *testing.T) {
	var holder struct{ O, Null, Missing raw.Object }
	holder.Null = parse(t, `{"before":1}`)
	if err := json.Unmarshal([]byte(`{"O":{"a": [1]},"Null":null}`), &holder); err != nil {
		t.Fatal(err)
	}
	if got := holder.O.String(); got != `{"a":[1]}` {
		t.Error(got)
	}
	if got := holder.Null.String(); got != `{"before":1}` { // the convention of encoding/json
		t.Error(got)
	}
	if !holder.Missing.IsZero() {
		t.Error(holder.Missing)
	}
	copied := holder.O
	if err := json.Unmarshal([]byte(`{"a":{"x":1,"x":2}}`), &holder.O); err == nil {
		t.Error("a duplicate name is accepted")
	}
	if err := json.Unmarshal([]byte(`{"b":2}`), &holder.O); err != nil || copied.String() != `{"a":[1]}` {
		t.Error(copied, err)
	}
}

func TestUnmarshalValues(t *testing.T) {
	o := parse(t, `{"spec":{"a":[1]},"list":[null,"x",{"y":{}}],"none":null}`)
	var holder struct {
		Spec          raw.Value
		List          []raw.Value
		None, Missing raw.Value
	}
	if err := o.Decode(&holder); err != nil {
		t.Fatal(err)
	}
	if !holder.Spec.Equal(o.Get("spec")) || len(holder.List) != 3 || holder.None.Kind() != raw.KindNull || holder.Missing.Exists() {
		t.Error(holder)
	}
	for i, v := range holder.List {
		if !v.Equal(o.Get("list").Index(i)) {
			t.Errorf("element %d is %v", i, v)
		}
	}
	for text, want := range map[string]string{
		`{"a":1,"a":2}`: "bad JSON at offset 7 in /a: duplicate name",
		"\"\xff\"":      "bad JSON at offset 1: invalid UTF-8",
		`1,"x":2`:       "bad JSON at offset 0: expected one value",
		`1}`:            "bad JSON at offset 2: text behind the document",
		``:              "bad JSON at offset 0: expected a value",
	} {
		v := o.Value()
		if err := v.UnmarshalJSON([]byte(text)); err == nil || err.Error() != want || !v.Equal(o.Value()) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestFrom(t *testing.T) {
	o := parse(t, `{"a":{"b":1},"c":[]}`)
	for _, test := range []struct {
		from any
		want string
	}{
		{o, `{"a":{"b":1},"c":[]}`},
		{o.Get("a"), `{"b":1}`},
		{&o, `{"a":{"b":1},"c":[]}`},
		{raw.Object{}, `{}`},
		{[]byte(` {"x" : "<\u0026>"}`), `{"x":"<\u0026>"}`},
		{json.RawMessage(` {"x" : 1}`), `{"x":1}`},
		{map[string]any{"a<b": "c&d"}, `{"a<b":"c&d"}`},
		{struct {
			N int `json:"n"`
		}{7}, `{"n":7}`},
	} {
		got, err := raw.From(test.from)
		if err != nil || string(got.Bytes()) != test.want {
			t.Errorf("From(%v): %s, %v", test.from, got, err)
		}
	}
	var syntax *raw.SyntaxError
	var kind *raw.TypeError
	var convert *raw.ConvertError
	for _, test := range []struct {
		from any
		as   any
	}{
		{nil, &syntax}, {"text", &syntax}, {[]int{1}, &syntax}, {[]byte("{"), &syntax}, {json.RawMessage("{"), &syntax},
		{o.Get("c"), &kind}, {raw.Value{}, &kind},
		{make(chan int), &convert}, {map[string]any{"f": func() {}}, &convert},
	} {
		if _, err := raw.From(test.from); !errors.As(err, test.as) {
			t.Errorf("From(%T): %v, want a %T", test.from, err, test.as)
		}
	}
}
