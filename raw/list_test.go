package raw_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/kubeviews/kube/raw"
)

func TestListReader(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       listing
	}{
		{"empty object", ` {} `, listing{nil, `{}`, false, io.EOF}},
		{"empty List", `{"kind":"L","items":[ ],"apiVersion":"v1"}`, listing{nil, `{"kind":"L","apiVersion":"v1"}`, true, io.EOF}},
		{"nil List", `{"items":null}`, listing{nil, `{"items":null}`, true, io.EOF}},
		{"no List", `{"kind":"Status","code":404}`, listing{nil, `{"kind":"Status","code":404}`, false, io.EOF}},
		{"items of another kind", `{"items":{"a":1}}`, listing{nil, `{"items":{"a":1}}`, false, io.EOF}},
		{"items in a member", `{"spec":{"items":[{}]}}`, listing{nil, `{"spec":{"items":[{}]}}`, false, io.EOF}},
		{"head behind", `{"items":[{"a":1} , {"b": [2]}], "metadata": {"continue":"x"}}`,
			listing{[]string{`{"a":1}`, `{"b":[2]}`}, `{"metadata":{"continue":"x"}}`, true, io.EOF}},
		{"escaped name", `{"\u0069tems":[{}]}`, listing{[]string{`{}`}, `{}`, true, io.EOF}},
	} {
		if got := readList(strings.NewReader(test.text), raw.ReadOptions{}); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
}

func TestListReaderFaults(t *testing.T) {
	const end = "unexpected end of the text"
	for _, test := range []struct {
		text    string
		items   int
		offset  int64
		pointer string
		msg     string
	}{
		{``, 0, 0, "", end},
		{`[]`, 0, 0, "", "expected an object"},
		{`<html>`, 0, 0, "", "expected an object"},
		{"\x00", 0, 0, "", "expected an object"},
		{`{`, 0, 1, "", end},
		{`{x`, 0, 1, "", "expected a name in quotes"},
		{`{"kind":`, 0, 8, "/kind", end},
		{`{"":`, 0, 4, "/", end},
		{`{"kind":"List",}`, 0, 15, "", "expected a name in quotes"},
		{`{"kind":"List"]`, 0, 14, "/kind", "expected ',' or '}'"},
		{`{"metadata":{"a":[1,x]}}`, 0, 20, "/metadata/a/1", "expected a value"},
		{`{"metadata":{"a":1,"a":2},"items":[]}`, 0, 19, "/metadata/a", "duplicate name"},
		{`{"kind":"A","items":[{}],"kind":"B"}`, 1, 25, "/kind", "duplicate name"},
		{`{"items":[{}],"items":[{}]}`, 1, 14, "/items", "duplicate name"},
		{`{"items":[{}],"items":null}`, 1, 14, "/items", "duplicate name"},
		{`{"items":7,"\u0069tems":[]}`, 0, 11, "/items", "duplicate name"},
		{`{"items":[`, 0, 10, "/items/0", end},
		{`{"items":[1]}`, 0, 10, "/items/0", "expected an object"},
		{`{"items":[{}`, 1, 12, "/items/0", end},
		{`{"items":[{}}`, 1, 12, "/items/0", "expected ',' or ']'"},
		{`{"items":[{},`, 1, 13, "/items/1", end},
		{`{"items":[{},]}`, 1, 13, "/items/1", "expected an object"},
		{`{"items":[{},null]}`, 1, 13, "/items/1", "expected an object"},
		{`{"items":[{},{"a":{"b":1,"b":2}}]}`, 1, 25, "/items/1/a/b", "duplicate name"},
		{`{"items":[{},{"a":"\q"}]}`, 1, 19, "/items/1/a", "unknown escape"},
		{`{"items":[{}]`, 1, 13, "/items", end},
		{`{"items":[{}]}x`, 1, 14, "", "text behind the document"},
		{"{\"items\":[{}]}\x00", 1, 14, "", "text behind the document"},
		{`{"items":[{}]}{}`, 1, 14, "", "text behind the document"},
	} {
		for name, r := range chunked([]byte(test.text), 1) {
			got := readList(r, raw.ReadOptions{})
			want := raw.SyntaxError{Offset: test.offset, Pointer: test.pointer, Msg: test.msg}
			fault, ok := got.err.(*raw.SyntaxError)
			if !ok || *fault != want || len(got.items) != test.items {
				t.Errorf("%q %s: %d items, then %#v, want %#v", test.text, name, len(got.items), got.err, want)
			}
		}
	}
}

// Offsets count from the start of the stream, also far behind it.
func TestListReaderFaultFarInTheStream(t *testing.T) {
	text := podListText(2, 200)
	at := bytes.LastIndex(text, []byte(`"phase":"Running"`)) + len(`"phase":"`)
	text[at] = '\n'
	got := readList(bytes.NewReader(text), raw.ReadOptions{})
	want := raw.SyntaxError{Offset: int64(at), Pointer: "/items/199/status/phase", Msg: "control character in a string"}
	if fault, ok := got.err.(*raw.SyntaxError); !ok || *fault != want || len(got.items) != 199 {
		t.Errorf("%d items, then %v, want %v", len(got.items), got.err, &want)
	}
}

// Items and members that are larger than the reader's window make it grow.
func TestListReaderTakesLargeItems(t *testing.T) {
	for _, n := range []int{200 << 10, 256<<10 - 8, 256 << 10, 1 << 20} {
		large := `{"a":"` + strings.Repeat("\\n", n/2) + `"}`
		text := `{"metadata":` + large + `,"items":[{"b":1},` + large + `,{"c":2},` + large + `],"other":` + large + `}`
		want := listing{[]string{`{"b":1}`, large, `{"c":2}`, large}, `{"metadata":` + large + `,"other":` + large + `}`, true, io.EOF}
		for name, r := range chunked([]byte(text), 4) {
			if got := readList(r, raw.ReadOptions{}); !reflect.DeepEqual(got, want) {
				t.Errorf("%d bytes %s: %d items, then %v", n, name, len(got.items), got.err)
			}
		}
	}
}

func TestListReaderRepeatsItsError(t *testing.T) {
	for _, text := range []string{`{"items":[{}]}`, `{"items":[{},x]}`} {
		l := raw.NewListReader(strings.NewReader(text), raw.ReadOptions{})
		if _, err := l.Next(); err != nil {
			t.Fatal(err)
		}
		_, first := l.Next()
		if _, second := l.Next(); first == nil || second != first {
			t.Errorf("%v, then %v", first, second)
		}
	}
}

// What was delivered before the reader failed counts, however it came.
func TestListReaderPassesReaderErrors(t *testing.T) {
	broken := errors.New("broken wire")
	wrapped := fmt.Errorf("connection closed: %w", io.EOF) // not the end of the text
	for _, want := range []error{broken, wrapped, io.ErrUnexpectedEOF} {
		for _, text := range []string{`{"items":[{"a":1},{"b":2},{"c"`, `{"items":[{"a":1},{"b":2}`} {
			r := func() io.Reader { return io.MultiReader(strings.NewReader(text), iotest.ErrReader(want)) }
			for name, r := range map[string]io.Reader{"whole": r(), "bytes": iotest.OneByteReader(r()), "at once": iotest.DataErrReader(r())} {
				if got := readList(r, raw.ReadOptions{}); got.err != want || len(got.items) != 2 {
					t.Errorf("%s: %d items, then %v, want %v", name, len(got.items), got.err, want)
				}
			}
		}
	}
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

func TestListReaderGivesUpOnIdleReader(t *testing.T) {
	if got := readList(io.MultiReader(strings.NewReader(`{"items":[{}`), idle{}), raw.ReadOptions{}); got.err != io.ErrNoProgress || len(got.items) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestListReaderBoundsSizes(t *testing.T) {
	item := func(n int) string { return `{"a":"` + strings.Repeat("x", n-len(`{"a":""}`)) + `"}` }
	for _, test := range []struct {
		name, text string
		items      int
		fits       bool
	}{
		{"items that just fit", `{"items":[` + item(100) + `,` + item(100) + `]}`, 2, true},
		{"an item too large", `{"items":[` + item(100) + `,` + item(101) + `]}`, 1, false},
		{"an item without end", `{"items":[{"a":"` + strings.Repeat("x", 1<<20), 0, false},
		{"a fault beyond the limit", `{"items":[{"a":"` + strings.Repeat("x", 100) + "\x00", 0, false},
		{"many items", `{"items":[` + strings.Repeat(item(99)+",", 999) + `{}]}`, 1000, true},
		{"space between", `{"items":[{},` + strings.Repeat(" ", 1<<20) + `{}]}`, 2, true},
		{"a large head", `{"metadata":` + item(100) + `}`, 0, false},
		{"a large head in parts", `{"a":` + item(60) + `,"b":` + item(60) + `}`, 0, false},
		{"a large name", `{"` + strings.Repeat("x", 101) + `":1}`, 0, false},
	} {
		for name, r := range chunked([]byte(test.text), 3) {
			got := readList(r, raw.ReadOptions{MaxItem: 100})
			var size *raw.SizeError
			tooLarge := errors.As(got.err, &size) && size.Limit == 100
			if len(got.items) != test.items || tooLarge == test.fits || test.fits && got.err != io.EOF {
				t.Errorf("%s %s: %d items, then %v", test.name, name, len(got.items), got.err)
			}
		}
	}
}

func TestListReaderDropsManagedFields(t *testing.T) {
	const long = `[{"manager":"a","fieldsV1":{"f:a":{"f:b":{}}}}]`
	for _, test := range []struct {
		text, want string
		dropped    bool
	}{
		{`{"metadata":{"managedFields":` + long + `},"s":{"t":1}}`, `{"metadata":{},"s":{"t":1}}`, true},
		{`{"metadata":{"managedFields":` + long + `,"name":"x"},"s":{"t":1}}`, `{"metadata":{"name":"x"},"s":{"t":1}}`, true},
		{`{"metadata":{"name":"x","managedFields":` + long + `},"s":{"t":1}}`, `{"metadata":{"name":"x"},"s":{"t":1}}`, true},
		{`{"metadata":{"name":"x","managedFields":` + long + `,"uid":"y"},"s":{"t":1}}`, `{"metadata":{"name":"x","uid":"y"},"s":{"t":1}}`, true},
		{`{"a":{"b":1},"metadata":{"name":"x", "managedFields" : ` + long + ` , "uid":"y"},"s":{"t":1}}`, `{"a":{"b":1},"metadata":{"name":"x","uid":"y"},"s":{"t":1}}`, true},
		{`{"\u006detadata":{"name":"x","managed\u0046ields":null},"s":{"t":1}}`, `{"\u006detadata":{"name":"x"},"s":{"t":1}}`, true},
		{`{"a":{"b":1,"c":2},"metadata":{"managedFields":[],"name":"x"},"s":{"t":1}}`, `{"a":{"b":1,"c":2},"metadata":{"name":"x"},"s":{"t":1}}`, true},
		{`{"s":{"t":1},"metadata":{"name":"x"}}`, `{"s":{"t":1},"metadata":{"name":"x"}}`, false},
		{`{"s":{"t":1},"metadata":null}`, `{"s":{"t":1},"metadata":null}`, false},
		{`{"s":{"t":1},"metadata":["managedFields"]}`, `{"s":{"t":1},"metadata":["managedFields"]}`, false},
		{`{"s":{"t":1},"managedFields":1}`, `{"s":{"t":1},"managedFields":1}`, false},
		{`{"s":{"managedFields":1,"t":1}}`, `{"s":{"managedFields":1,"t":1}}`, false},
		{`{"s":{"t":1}}`, `{"s":{"t":1}}`, false},
	} {
		l := raw.NewListReader(strings.NewReader(`{"items":[`+test.text+`]}`), raw.ReadOptions{DropManagedFields: true})
		o, err := l.Next()
		if err != nil || string(o.Bytes()) != test.want || o.ManagedFieldsDropped() != test.dropped {
			t.Errorf("%s: %s, dropped %v, %v", test.text, o, o.ManagedFieldsDropped(), err)
			continue
		}
		left := 100
		checkPaths(t, o, nil, decoded(t, []byte(test.want)), &left) // the index too
		if next, err := o.With("new", "metadata2", "x"); err != nil || next.ManagedFieldsDropped() != test.dropped {
			t.Errorf("%s: With loses the mark", test.text)
		}
	}
}

func TestListReaderFillsKind(t *testing.T) {
	both := raw.ReadOptions{Kind: "K", APIVersion: "g/v1", DropManagedFields: true}
	for _, test := range []struct {
		options    raw.ReadOptions
		text, want string
	}{
		{both, `{}`, `{"kind":"K","apiVersion":"g/v1"}`},
		{both, ` { } `, `{"kind":"K","apiVersion":"g/v1"}`},
		{both, `{"metadata":{"managedFields":[],"name":"x"}}`, `{"kind":"K","apiVersion":"g/v1","metadata":{"name":"x"}}`},
		{both, `{"spec":1,"kind":"Own"}`, `{"apiVersion":"g/v1","spec":1,"kind":"Own"}`},
		{both, `{"\u0061piVersion":"own/v2"}`, `{"kind":"K","\u0061piVersion":"own/v2"}`},
		{both, `{"kind":null,"apiVersion":""}`, `{"kind":null,"apiVersion":""}`},
		{raw.ReadOptions{Kind: "K"}, `{}`, `{"kind":"K"}`},
		{raw.ReadOptions{APIVersion: "v1"}, `{"a":{"b":1}}`, `{"apiVersion":"v1","a":{"b":1}}`},
		{raw.ReadOptions{}, `{"a":1}`, `{"a":1}`},
		{raw.ReadOptions{Kind: "a\"\n\\é"}, `{}`, `{"kind":"a\"\u000a\\é"}`},
	} {
		o, err := raw.NewListReader(strings.NewReader(`{"items":[`+test.text+`]}`), test.options).Next()
		if err != nil || string(o.Bytes()) != test.want {
			t.Errorf("%s: %s, %v", test.text, o, err)
			continue
		}
		left := 100
		checkPaths(t, o, nil, decoded(t, []byte(test.want)), &left)
	}
}

func TestListReaderHead(t *testing.T) {
	text := `{"kind":"L","items":[{},{}],"metadata":{"a":1}}`
	l := raw.NewListReader(strings.NewReader(text), raw.ReadOptions{})
	if got := l.Head().String(); got != `{}` || l.HasItems() {
		t.Errorf("at the start: %s, %v", got, l.HasItems())
	}
	l.Next()
	if got := l.Head().String(); got != `{"kind":"L"}` || !l.HasItems() {
		t.Errorf("within: %s, %v", got, l.HasItems())
	}
	for _, err := l.Next(); err == nil; _, err = l.Next() {
	}
	if got := l.Head().String(); got != `{"kind":"L","metadata":{"a":1}}` {
		t.Errorf("at the end: %s", got)
	}
}
