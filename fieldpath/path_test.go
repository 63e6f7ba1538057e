package fieldpath_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kubeviews/kube/fieldpath"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

func value(t testing.TB, text string) (v raw.Value) {
	t.Helper()
	if err := v.UnmarshalJSON([]byte(text)); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

const pod = `{
	"metadata": {
		"annotations": {"example.com/note": "n", "": "empty", "a\"b\\c\nd": "odd", "ü": "u"},
		"finalizers": ["example.com/a", "example.com/b"]},
	"spec": {
		"replicas": 3, "0": "zero",
		"containers": [
			{"name": "web", "args": ["-x", "-y"], "ports": [
				{"containerPort": 53, "protocol": "UDP", "n": 1}, {"containerPort": 53, "n": 2}, {"containerPort": 80, "protocol": "TCP", "n": 3}]},
			{"name": "log", "image": "l"}],
		"sizes": [1.0, 1e3, {"a": 1, "b": [2]}, null],
		"pairs": [{"a b": null, "c": true, "n": 1}, {"a b": 2, "c": true, "n": 2}]}}`

// The canonical form, and what else is taken for it.
var canonical = []struct {
	path, value string // value is what is there, "" for nothing
	also        []string
}{
	{"spec.replicas", "3", []string{".spec.replicas", `["spec"]["replicas"]`, `.["spec"].["replicas"]`}},
	{`spec["0"]`, `"zero"`, nil},
	{`metadata.annotations["example.com/note"]`, `"n"`, []string{`.metadata.annotations[ "example.com\/note" ]`}},
	{`metadata.annotations[""]`, `"empty"`, nil},
	{`metadata.annotations["a\"b\\c\u000ad"]`, `"odd"`, []string{`metadata.annotations["a\"b\\c\nd"]`}},
	{`metadata.annotations["ü"]`, `"u"`, []string{`metadata.annotations["\u00fc"]`}},
	{"spec.containers[1].image", `"l"`, nil},
	{"spec.containers[2]", "", nil},
	{"spec.containers[-1]", "", nil},
	{`spec.containers[name="log"].image`, `"l"`, []string{"spec.containers[name=log].image", `spec.containers[ "name" = log ].image`}},
	{`spec.containers[name="web"].args[1]`, `"-y"`, nil},
	{`spec.containers[name="web"].ports[containerPort=53,protocol="UDP"].n`, "1", []string{"spec.containers[name=web].ports[protocol=UDP, containerPort=53.0].n"}},
	{`spec.containers[name="web"].ports[containerPort=53,protocol="TCP"].n`, "2", []string{"spec.containers[name=web].ports[protocol=TCP,containerPort=5.3e1].n"}},
	{`spec.containers[name="web"].ports[containerPort=80].n`, "3", nil},
	{`spec.containers[name="web"].ports[containerPort="80"].n`, "", nil},
	{`metadata.finalizers[="example.com/b"]`, `"example.com/b"`, []string{"metadata.finalizers[=example.com/b]", "metadata.finalizers[ = example.com/b ]"}},
	{`metadata.finalizers[="x"]`, "", nil},
	{"spec.sizes[=1]", "1.0", []string{"spec.sizes[=10e-1]"}},
	{"spec.sizes[=1000]", "1e3", []string{"spec.sizes[=1000.00]"}},
	{`spec.sizes[={"a":1,"b":[2]}]`, `{"a":1,"b":[2]}`, []string{`spec.sizes[={"b":[2.0], "a":1}]`}},
	{"spec.sizes[=null]", "null", nil},
	{`spec.pairs["a b"=null,c=true].n`, "1", []string{`spec.pairs[c=true,"a b"=null].n`}},
	{`spec.pairs["a b"=2,c=true].n`, "2", []string{`spec.pairs[c=true , "a b" = 2].n`}},
	{`spec.pairs[c="true "]`, "", nil},
	{"spec[0]", "", nil},
	{`spec.containers["0"]`, "", nil},
	{"spec.replicas.x", "", nil},
	{"none.at.all[0]", "", nil},
}

func TestParseAndIn(t *testing.T) {
	object := value(t, pod)
	for _, test := range canonical {
		for _, text := range append(test.also, test.path) {
			p, err := fieldpath.Parse(text)
			if err != nil || string(p) != test.path {
				t.Errorf("%s is %s, %v; want %s", text, p, err, test.path)
			}
			for _, p := range []fieldpath.Path{p, fieldpath.Path(text)} { // what is not canonical works as well
				if got := p.In(object); test.value == "" && got.Exists() || test.value != "" && string(got.Bytes()) != test.value {
					t.Errorf("at %s there is %s, want %s", p, got.Bytes(), test.value)
				}
			}
		}
	}
	for _, text := range []string{"", "."} {
		if p, err := fieldpath.Parse(text); p != "" || err != nil || p.In(object) != object {
			t.Errorf("%q: %q, %v", text, p, err)
		}
	}
}

// What is no path is refused, with the place, and finds nothing.
func TestBadPaths(t *testing.T) {
	for text, at := range map[string]int{
		"..": 1, "a.": 2, "a..b": 2, "a b": 1, "0": 0, "a.0": 2, "a/b": 1, "$.a": 0, "a[": 2, "a[]": 2, "a[*]": 2, "a[0": 3, "a[0]b": 4,
		"a[-]": 2, "a[99999999999999999999]": 2, `a["x]`: 2, `a["\q"]`: 2, "a[name]": 6, "a[name=]": 7, "a[name=x": 8, `a[name="x"y]`: 10,
		"a[name=x,]": 9, "a[name=x,name=y]": 13, "a[=]": 3, "a[={]": 3, "a[x=1}": 6, `a["b","c"]`: 5, `a['b']`: 2, "ü": 0, "a\xff": -1,
		"a[={\"a\":1,\"a\":2}]": 3, "a[=" + strings.Repeat("[", 2000) + "]": 3,
	} {
		p, err := fieldpath.Parse(text)
		var bad *rest.ArgumentError
		if !errors.As(err, &bad) || p != "" || bad.Value != text || at >= 0 && !strings.HasPrefix(bad.Reason, fmt.Sprintf("at byte %d: ", at)) {
			t.Errorf("%s: %q, %v; want an error at byte %d", text, p, err, at)
		}
		if at < 0 {
			continue
		}
		if q := fieldpath.Path(text); q.In(value(t, `{"a":{"b":1},"ü":{}}`)).Exists() {
			t.Errorf("something is at %s", text)
		}
	}
}

func TestBuild(t *testing.T) {
	port := value(t, `{"containerPort":80.0,"name":"http","protocol":null}`)
	root := fieldpath.Path("")
	containers := root.Field("spec").Field("containers")
	for _, test := range []struct{ got, want fieldpath.Path }{
		{containers.Index(2).Field("image"), "spec.containers[2].image"},
		{containers.Key(value(t, `{"name":"web"}`), "name"), `spec.containers[name="web"]`},
		{containers.Key(port, "protocol", "containerPort"), `spec.containers[containerPort=80,protocol="TCP"]`},
		{containers.Key(port, "name", "name", "none"), `spec.containers[name="http"]`},
		{containers.Key(value(t, `{"b":1,"a":null}`), "a"), `spec.containers[a=null]`},
		{containers.Key(value(t, `{"b":1,"a":2}`), "none"), `spec.containers[={"a":2,"b":1}]`},
		{containers.Key(value(t, `7`), "protocol"), `spec.containers[=7]`},
		{containers.Key(raw.Value{}, "name"), `spec.containers[=null]`},
		{root.Field("metadata").Field("finalizers").Value(value(t, `"a/b"`)), `metadata.finalizers[="a/b"]`},
		{root.Field("a.b").Field("c").Field("").Field("x y"), `["a.b"].c[""]["x y"]`},
		{root.Index(0).Field("c"), "[0].c"},
		{root.Value(raw.Value{}), "[=null]"},
	} {
		if test.got != test.want {
			t.Errorf("got %s, want %s", test.got, test.want)
		}
		if p, err := fieldpath.Parse(test.got.String()); p != test.got || err != nil {
			t.Errorf("%s is parsed as %s, %v", test.got, p, err)
		}
	}
}

// Numbers that are equal have one form.
func TestNumbers(t *testing.T) {
	for want, texts := range map[string][]string{
		"0":                       {"0", "-0", "0.00", "0e9", "-0.0e-99999999999999999999"},
		"1":                       {"1", "1.0", "10e-1", "0.1e1"},
		"-15":                     {"-15", "-1.5e1", "-150.0e-1"},
		"1500000":                 {"1500000", "1.5e6"},
		"15e20":                   {"15e20", "1.5E+21", "1500000000000000000000"},
		"0.0015":                  {"0.0015", "15e-4", "1.50e-3"},
		"15e-20":                  {"15e-20", "0.00000000000000000015"},
		"12.5":                    {"12.5", "1.25e1", "12.500"},
		"9007199254740993":        {"9007199254740993", "9007199254740993.0"},
		"1e99999999999999999999":  {"1e99999999999999999999"},
		"-1.0e-9999999999999":     {"-1.0e-9999999999999"},
		"12345678901234567890123": {"12345678901234567890123"},
	} {
		for _, text := range texts {
			if got := fieldpath.Path("").Value(value(t, text)).String(); got != "[="+want+"]" {
				t.Errorf("%s is %s, want %s", text, got, want)
			}
		}
	}
}

func TestParents(t *testing.T) {
	p := fieldpath.Path(`spec.ports[port=80,protocol="TCP"]["a.b"][0]`)
	for _, want := range []fieldpath.Path{`spec.ports[port=80,protocol="TCP"]["a.b"]`, `spec.ports[port=80,protocol="TCP"]`, "spec.ports", "spec", "", ""} {
		if p = p.Parent(); p != want {
			t.Errorf("got %s, want %s", p, want)
		}
	}
	for _, bad := range []fieldpath.Path{"a.b[", "a..", "."} {
		if got := bad.Parent(); got != "" {
			t.Errorf("the parent of %s is %s", bad, got)
		}
	}
}

func TestElements(t *testing.T) {
	p := fieldpath.Path(`spec["a b"].ports[port=80,protocol="TCP"][3][="x"]`)
	want := []string{"1 spec", `1 ["a b"]`, "1 ports", `3 [port=80,protocol="TCP"]`, "2 [3]", `4 [="x"]`}
	for range 2 {
		var got []string
		for e := range p.Elements() {
			got = append(got, fmt.Sprint(e.Kind(), " ", e))
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
	}
	all := slices.Collect(p.Elements())
	if all[1].Name() != "a b" || all[4].Index() != 3 || string(all[5].Value().Bytes()) != `"x"` {
		t.Error(all)
	}
	for range 2 {
		keys := ""
		for name, v := range all[3].Keys() {
			keys += name + string(v.Bytes()) + " "
			if name == "protocol" {
				break
			}
		}
		if keys != `port80 protocol"TCP" ` {
			t.Error(keys)
		}
	}
	if got := slices.Collect(fieldpath.Path("a.b[x.c").Elements()); len(got) != 2 {
		t.Errorf("got %v", got)
	}
	var none fieldpath.Element
	if none.In(value(t, `{"":1}`)).Exists() || none.In(value(t, `[1]`)).Exists() || none.String() != "" || none.Kind() != 0 {
		t.Error("the zero element is something")
	}
}

// A path from the outside is refused, or has one canonical form, which finds the same
// and is what its elements build.
func FuzzParse(f *testing.F) {
	for _, test := range canonical {
		f.Add(test.path)
		for _, text := range test.also {
			f.Add(text)
		}
	}
	object := value(f, pod)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := fieldpath.Parse(text)
		if err != nil {
			if !errors.As(err, new(*rest.ArgumentError)) || p != "" {
				t.Fatalf("%q: %q, %v", text, p, err)
			}
			fieldpath.Path(text).In(object)
			fieldpath.Path(text).Parent()
			for e := range fieldpath.Path(text).Elements() {
				_ = e.String()
			}
			return
		}
		if again, err := fieldpath.Parse(p.String()); again != p || err != nil {
			t.Fatalf("%q is %q, which is %q, %v", text, p, again, err)
		}
		if got := rebuilt(t, p); got != p {
			t.Fatalf("%q is built as %q", p, got)
		}
		if a, b := p.In(object), fieldpath.Path(text).In(object); a != b {
			t.Fatalf("%q finds %s, %q %s", p, a.Bytes(), text, b.Bytes())
		}
		if parent := p.Parent(); p != "" && (len(parent) >= len(p) || p[:len(parent)] != parent) {
			t.Fatalf("the parent of %q is %q", p, parent)
		}
	})
}

// rebuilt makes the path of its elements.
func rebuilt(t *testing.T, p fieldpath.Path) (built fieldpath.Path) {
	for e := range p.Elements() {
		switch e.Kind() {
		case fieldpath.Field:
			built = built.Field(e.Name())
		case fieldpath.Index:
			built = built.Index(e.Index())
		case fieldpath.Value:
			built = built.Value(e.Value())
		case fieldpath.Key:
			var element raw.Object
			var names []string
			for name, v := range e.Keys() {
				if name == "protocol" && !v.IsSet() {
					t.Skip("no element is known by that")
				}
				var err error
				if element, err = element.With(v, name); err != nil {
					t.Skip(err) // too deep
				}
				names = append(names, name)
			}
			built = built.Key(element.Value(), names...)
		}
	}
	return built
}
