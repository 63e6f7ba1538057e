package raw_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/kubeviews/kube/raw"
)

func readRows(r *raw.RowReader) (rows []string, err error) {
	for {
		row, err := r.Next()
		if err != nil {
			return rows, err
		}
		rows = append(rows, row.String())
	}
}

func TestRowReader(t *testing.T) {
	for _, test := range []struct{ text, want, fault string }{
		{`{"kind":"Table","rows":[{"cells":[1]}, {"cells" : [2]}],"more":7}`, `{"cells":[1]} {"cells":[2]}`, ""},
		{`{"r\u006fws":[{}]}`, `{}`, ""},
		{`{"rows":null}`, ``, ""},
		{`{"rows":[]}`, ``, ""},
		{`{"rows":[{},]}`, `{}`, "/rows/1"},
		{`{"rows":[{"a":{"b":tru}}]}`, ``, "/rows/0/a/b"},
		{`{"rows":[{}]}x`, `{}`, ""},
		{`{"rows":[],"rows":null}`, ``, "/rows"},
		{`[]`, ``, ""},
		{``, ``, ""},
	} {
		for name, wrap := range map[string]func(io.Reader) io.Reader{
			"whole": func(r io.Reader) io.Reader { return r }, "bytes": iotest.OneByteReader, "with EOF": iotest.DataErrReader,
		} {
			r := raw.NewRowReader(wrap(strings.NewReader(test.text)), raw.ReadOptions{})
			rows, err := readRows(r)
			if got := strings.Join(rows, " "); got != test.want {
				t.Errorf("%s, %s: got %s, want %s", test.text, name, got, test.want)
			}
			var bad *raw.SyntaxError
			if errors.As(err, &bad) && bad.Pointer != test.fault {
				t.Errorf("%s, %s: %v, want it at %s", test.text, name, err, test.fault)
			}
			if _, again := r.Next(); again != err {
				t.Errorf("%s, %s: %v, then %v", test.text, name, err, again)
			}
			if err == io.EOF && !r.HasItems() {
				t.Errorf("%s, %s: it has no rows", test.text, name)
			}
		}
	}
}

// What is cut is never taken to be whole.
func TestRowReaderCutAtEveryByte(t *testing.T) {
	const whole = `{"kind":"Table","rows":[{"cells":["a"],"object":null},{"cells":["b"],"object":{}}]}`
	for at := range len(whole) {
		rows, err := readRows(raw.NewRowReader(strings.NewReader(whole[:at]), raw.ReadOptions{}))
		if !errors.As(err, new(*raw.SyntaxError)) || len(rows) > 2 {
			t.Errorf("of %q: %v, %v", whole[:at], rows, err)
		}
	}
}

func TestRead(t *testing.T) {
	doc, err := raw.Parse([]byte(`{"a":[{"metadata":{"name":"x","managedFields":[]},"spec":{}}],"b":{"c":{"d":1,"d":2}},"e":{"c":{"d":{"f":1,"f":2}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	whole := raw.ReadOptions{Kind: "Pod", APIVersion: "v1", DropManagedFields: true}
	only := whole
	only.MetadataOnly, only.Sensitive = true, true
	got, err := whole.Read(doc.Get("a", "0"))
	if want := `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"x"},"spec":{}}`; err != nil || got.String() != want || !got.ManagedFieldsDropped() {
		t.Errorf("got %v, %v, want %s", got, err, want)
	}
	got, err = only.Read(doc.Get("a", "0"))
	if want := `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"x"}}`; err != nil || string(got.Bytes()) != want || !got.MetadataOnly() || !got.IsSensitive() {
		t.Errorf("got %s, %v, want %s", got.Bytes(), err, want)
	}
	if got, err = whole.Read(doc.Sensitive().Get("a", "0")); err != nil || !got.IsSensitive() {
		t.Errorf("a part of a sensitive document is %v, %v", got, err)
	}
	if _, err = whole.Read(doc.Get("e", "c")); !errors.As(err, new(*raw.SyntaxError)) {
		t.Errorf("got %v", err)
	}
	for _, v := range []raw.Value{{}, doc.Get("a"), doc.Get("b", "c", "d")} {
		if _, err := whole.Read(v); !errors.As(err, new(*raw.TypeError)) {
			t.Errorf("got %v of %v", err, v)
		}
	}
}

// What is a row to one reader is an item to the other.
func FuzzRowReader(f *testing.F) {
	for _, text := range []string{`{"rows":[{"cells":[]}],"a":1}`, `{"rows":null}`, `{"rows":{}}`, `{"a":[],"rows":[{},{}]}`, `{"rows":[}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "items") || strings.Contains(text, `\`) {
			return
		}
		rows, err := readRows(raw.NewRowReader(strings.NewReader(text), raw.ReadOptions{}))
		list := raw.NewListReader(strings.NewReader(strings.ReplaceAll(text, `"rows"`, `"items"`)), raw.ReadOptions{})
		var items []string
		for {
			item, end := list.Next()
			if end != nil {
				if (end == io.EOF) != (err == io.EOF) {
					t.Errorf("%q: rows end with %v, items with %v", text, err, end)
				}
				break
			}
			items = append(items, strings.ReplaceAll(item.String(), `"items"`, `"rows"`))
		}
		if got, want := strings.Join(rows, " "), strings.Join(items, " "); got != want {
			t.Errorf("%q: rows %s, items %s", text, got, want)
		}
	})
}
