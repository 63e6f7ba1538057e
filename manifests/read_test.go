package manifests_test

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/manifests"
	"github.com/kubeviews/kube/raw"
)

// told are documents and errors, one a line.
func told(docs iter.Seq2[manifests.Document, error]) string {
	var b strings.Builder
	for doc, err := range docs {
		if err != nil {
			fmt.Fprintln(&b, "error:", err)
			continue
		}
		fmt.Fprintf(&b, "%v %s\n", doc, doc.Object.Bytes())
	}
	return b.String()
}

func read(text string) string { return told(manifests.Read(strings.NewReader(text), "f")) }

// pod is a document with one more member.
const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"

func podWith(member string) string {
	return `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},` + member + "}"
}

// R07: several documents, in YAML and JSON, and where they begin.
func TestReadR07(t *testing.T) {
	const a, b = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}`, `{"apiVersion":"v1","kind":"Node","metadata":{"name":"b"}}`
	const node = "apiVersion: v1\nkind: Node\nmetadata: {name: b}\n"
	for name, test := range map[string]struct{ text, want string }{
		"nothing":       {"", ""},
		"comments":      {"# nothing\n\n---\n# here\n---\n...\n---\nnull\n--- ~\n", ""},
		"two":           {pod + "---\n" + node, "f:1: Pod a " + a + "\nf:5: Node b " + b + "\n"},
		"no newline":    {pod + "---\n" + strings.TrimSuffix(node, "\n"), "f:1: Pod a " + a + "\nf:5: Node b " + b + "\n"},
		"comments too":  {"# one\n\n---  # two\n" + pod + "...\n# three\n---\n\n" + node, "f:4: Pod a " + a + "\nf:11: Node b " + b + "\n"},
		"directives":    {"%YAML 1.1\n# here\n---\n" + pod + "...\n%YAML 1.1\n---\n" + node, "f:4: Pod a " + a + "\nf:10: Node b " + b + "\n"},
		"on the marker": {"--- {apiVersion: v1, kind: Node, metadata: {name: b}}\n--- {apiVersion: v1, kind: Node, metadata: {name: b}}", "f:1: Node b " + b + "\nf:2: Node b " + b + "\n"},
		"CRLF":          {strings.ReplaceAll(pod+"---\n"+node, "\n", "\r\n"), "f:1: Pod a " + a + "\nf:5: Node b " + b + "\n"},
		"a mark":        {"\ufeff" + pod, "f:1: Pod a " + a + "\n"},
		"UTF-16":        {"\xff\xfea\x00", "error: kube: f:1: the text is UTF-16; it must be UTF-8\n"},
		"JSON":          {a, "f:1: Pod a " + a + "\n"},
		"JSON, spaced":  {"\n {\n\"apiVersion\":\"v1\",\t\"kind\":\"Pod\",\n\"metadata\":{\"name\":\"a\"}}\n", "f:2: Pod a " + a + "\n"},
		"JSON values":   {a + "\n" + b + a + "\n---\n" + b, "f:1: Pod a " + a + "\nf:2: Node b " + b + "\nf:2: Pod a " + a + "\nf:4: Node b " + b + "\n"},
		"JSON, then":    {a + "\n---\n" + node, "f:1: Pod a " + a + "\nf:3: Node b " + b + "\n"},
		"a flow":        {"{apiVersion: v1,\n kind: Pod, metadata: {name: a}}\n---\n" + node, "f:1: Pod a " + a + "\nf:4: Node b " + b + "\n"},
		"escapes":       {strings.Replace(a, `"a"`, `"\/\ud83d\ude00"`, 1), "f:1: Pod /😀 " + strings.Replace(a, `"a"`, `"\/\ud83d\ude00"`, 1) + "\n"},
		"no object":     {"- a\n---\ntext\n---\n" + pod, "error: kube: f:1: the document is an array, not an object\nerror: kube: f:3: the document is a scalar, not an object\nf:5: Pod a " + a + "\n"},
		"no kind":       {"apiVersion: v1\n---\nkind: Pod\n---\n" + `{"kind":7}`, "error: kube: f:1: kind is missing\nerror: kube: f:3: apiVersion is missing\nerror: kube: f:5: apiVersion is missing\n"},
		"broken":        {"a: [\n---\n" + pod, "error: kube: f:1: bad YAML: did not find expected node content\nf:3: Pod a " + a + "\n"},
		"broken JSON":   {"{\"a\":1,\n\"b\":tru}\n---\n" + pod, ""},
		"twice":         {pod + "spec:\n  a: 1\n  a: 2\n---\n" + pod, "error: kube: f:6: the name a is there twice\nf:8: Pod a " + a + "\n"},
		"twice in JSON": {"{\"a\":{\"b\":{\"c\":{},\n\"c\":1}}}\n", "error: kube: f:1: the name c is there twice\n"},
	} {
		if name == "broken JSON" {
			if got := read(test.text); !strings.Contains(got, "error: kube: f:") || !strings.Contains(got, "\nf:4: Pod a "+a) {
				t.Errorf("%s:\n%s", name, got)
			}
			continue
		}
		if got := read(test.text); got != test.want {
			t.Errorf("%s:\n%swant\n%s", name, got, test.want)
		}
	}
}

// R07: Lists are spread into their items.
func TestReadListsR07(t *testing.T) {
	const a = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}`
	for name, test := range map[string]struct{ text, want string }{
		"a List": {"apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n",
			"f:4: Pod a " + a + "\nf:7: Pod a " + a + "\n"},
		"JSON": {"{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\n" + a + ",\n" + a + "\n]}\n{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[]}\n",
			"f:2: Pod a " + a + "\nf:3: Pod a " + a + "\n"},
		"a PodList": {"apiVersion: v1\nkind: PodList\nmetadata: {resourceVersion: '7'}\nitems:\n- metadata: {name: a}\n", ""},
		"a bad one": {"apiVersion: v1\nkind: List\nitems:\n- 7\n- {kind: Pod}\n- " + a + "\n",
			"error: kube: f:4: an item of the List is a number, not an object\nerror: kube: f:5: apiVersion is missing\nf:6: Pod a " + a + "\n"},
		"no items":    {"apiVersion: v1\nkind: List\nitems: null\n", ""},
		"a named one": {"apiVersion: example.com/v1\nkind: AllowList\nmetadata: {name: l}\nitems: [a]\n", "f:1: AllowList l {\"apiVersion\":\"example.com/v1\",\"kind\":\"AllowList\",\"metadata\":{\"name\":\"l\"},\"items\":[\"a\"]}\n"},
	} {
		got := read(test.text)
		if name == "a PodList" {
			if !strings.HasPrefix(got, "f:5: Pod a ") || !strings.Contains(got, `"kind":"Pod"`) || !strings.Contains(got, `"apiVersion":"v1"`) {
				t.Errorf("%s: %s", name, got)
			}
			continue
		}
		if got != test.want {
			t.Errorf("%s:\n%swant\n%s", name, got, test.want)
		}
	}
	deep := strings.Repeat(`{"apiVersion":"v1","kind":"List","items":[`, 400) + strings.Repeat("]}", 400)
	if got := read(deep); !strings.Contains(got, "too deeply") {
		t.Error(got)
	}
}

// R07: YAML means what it means to Kubernetes' own tools.
func TestReadYAMLR07(t *testing.T) {
	for text, want := range map[string]string{
		"a: yes":                                   `"a":true`,
		"a: [on, Off, y, N, 'no', ~]":              `"a":[true,false,true,false,"no",null]`,
		"a: [0777, 0o17, 0x1f, 08, 1_0]":           `"a":[511,15,31,8,10]`,
		"a: [1.0, 1e3, .5, -0, +7]":                `"a":[1,1000,0.5,0,7]`,
		"a: 123456789012345678901234567":           `"a":123456789012345678901234567`,
		"a: 18446744073709551615":                  `"a":18446744073709551615`,
		"a: 2001-12-14":                            `"a":"2001-12-14"`,
		"a: 12:30:45":                              `"a":"12:30:45"`,
		"a: !!str 12":                              `"a":"12"`,
		"a: !!binary aGVsbG8=":                     `"a":"hello"`,
		"a: !!float 1":                             `"a":1`,
		"a: |\n  x\n  y\n":                         `"a":"x\ny\n"`,
		"1: a\nyes: b\n1.5: c":                     `"1":"a","true":"b","1.5":"c"`,
		"a: &x {b: 1}\nc: *x":                      `"a":{"b":1},"c":{"b":1}`,
		"a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  b: 3": `"a":{"b":1,"c":2},"d":{"b":3,"c":2}`,
		"a: &x {b: 1}\nc: &y {b: 2}\nd: {<<: [*x, *y], e: 1}": `"a":{"b":1},"c":{"b":2},"d":{"b":1,"e":1}`,
		"? a\n: b": `"a":"b"`,
	} {
		if got := read(pod + text); got != "f:1: Pod a "+podWith(want)+"\n" {
			t.Errorf("%s: %s", text, got)
		}
	}
	for text, want := range map[string]string{
		"a: .nan":               "JSON has no number .nan",
		"a: -.INF":              "JSON has no number",
		"a: !!binary /w==":      "UTF-8",
		"a: !!binary '*'":       "base64",
		"a: !Ref b":             "the tag !Ref is not known here",
		"a: !!set {b}":          "the tag !!set",
		"a: !!int x":            "its tag",
		"~: a":                  "a name is null",
		"[a]: b":                "a name is not a text",
		"a: 1\n'a': 2":          "the name a is there twice",
		"1: a\n'1': b":          "the name 1 is there twice",
		"<<: [a]":               "merge",
		"<<: 7":                 "merge",
		"a: *nobody":            "unknown anchor",
		"a: &x [*x]":            "", // refused, whoever does it
		"a: &x {<<: *x}":        "",
		"a: \"\\ud800\"":        "",
		"a:\tb: c":              "",
		"a: \x00":               "",
		"a: \"" + "\xff" + "\"": "",
	} {
		if got := read(pod + text); !strings.HasPrefix(got, "error: kube: f:") || !strings.Contains(got, want) {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// A fault of which the parser does not say where it is has a line all the same.
func TestUnreadableLineR07(t *testing.T) {
	for what, line := range map[string]string{"\xff": "  name: é\xff", "NUL": "  name: é\x00", "C1": "  name: \u0081"} {
		for before := range 3 {
			text := strings.Repeat("# é\n", before) + "apiVersion: v1\nmetadata:\n" + line + "\nkind: Pod\n"
			got := told(manifests.Read(strings.NewReader(text), "f"))
			if want := fmt.Sprintf("error: kube: f:%d: bad YAML", before+3); !strings.HasPrefix(got, want) {
				t.Errorf("%s: got %s, want %s", what, got, want)
			}
		}
	}
}

// A text that would grow without bounds is refused, soon.
func TestReadBoundsR07(t *testing.T) {
	bomb := pod + "a: &a [x,x,x,x,x,x,x,x,x]\n"
	merges := pod + "a: &a {}\n"
	for c := 'b'; c <= 'z'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.Repeat("*"+string(c-1)+",", 9))
		merges += fmt.Sprintf("%c: &%c {<<: [%s]}\n", c, c, strings.Repeat("*"+string(c-1)+",", 9))
	}
	small := manifests.Reader{MaxDocument: 1 << 16}
	long := pod + "a: " + strings.Repeat("x", 1<<16) + "\n"
	for name, text := range map[string]string{
		"aliases":    bomb,
		"merges":     merges,
		"long ones":  pod + "a: &a " + strings.Repeat("x", 1000) + "\nb: [" + strings.Repeat("*a,", 1000) + "]\n",
		"a line":     long,
		"lines":      pod + "a:\n" + strings.Repeat("- x\n", 1<<15),
		"a JSON":     podWith(`"a":"`+strings.Repeat("x", 1<<16)+`"`) + "\n",
		"depth":      pod + "a: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "\n",
		"JSON depth": podWith(`"a":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)) + "\n",
		"YAML depth": pod + "a:\n" + strings.Repeat("- ", 5000) + "\n",
	} {
		began := time.Now()
		got := told(small.Read(strings.NewReader(text+"---\n"+pod), "f"))
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
		lines := strings.Split(got, "\n")
		if len(lines) != 3 || !strings.HasPrefix(lines[0], "error: ") || !strings.Contains(lines[1], ": Pod a ") {
			t.Errorf("%s: %.300s", name, got)
		}
	}
	for _, err := range small.Read(strings.NewReader(long), "f") {
		if e, ok := errors.AsType[*raw.SizeError](err); !ok || e.Limit != 1<<16 {
			t.Error(err)
		}
	}
}

// Documents come while the text is read, and a cut one does not come.
func TestReadStreamsR07(t *testing.T) {
	r, w := io.Pipe()
	next, stop := iter.Pull2(manifests.Read(r, "f"))
	defer stop()
	write := func(text string) {
		go func() { _, _ = io.WriteString(w, text) }()
	}
	write(pod + "---\n" + pod)
	if doc, err, ok := next(); err != nil || !ok || doc.Line != 1 {
		t.Error(doc, err, ok)
	}
	broken := errors.New("the line is down")
	_ = w.CloseWithError(broken)
	if doc, err, ok := next(); !errors.Is(err, broken) || !ok {
		t.Error(doc, err, ok)
	}
	if doc, err, ok := next(); ok {
		t.Error(doc, err)
	}
	for _, r := range []io.Reader{iotest.OneByteReader(strings.NewReader(pod + "---\n" + pod)), iotest.DataErrReader(strings.NewReader(pod + "---\n" + pod))} {
		if got := told(manifests.Read(r, "f")); strings.Count(got, "Pod a") != 2 {
			t.Error(got)
		}
	}
}

func TestReadOnce(t *testing.T) {
	docs := manifests.Read(strings.NewReader(pod), "f")
	if got := told(docs); strings.Contains(got, "error") {
		t.Error(got)
	}
	if got := told(docs); got != "error: kube: f: bad reader: it has been read already\n" {
		t.Error(got)
	}
}

// R07: files, and directories of them.
func TestFilesR07(t *testing.T) {
	dir := t.TempDir()
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"b.yaml": pod, "a.yml": "a: b\n", "c.json": podWith(`"c":1`), "README.md": "no manifest", "sub.yaml/d.yaml": pod,
	} {
		files["x/"+name] = &fstest.MapFile{Data: []byte(text)}
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const want = "error: kube: %[1]s/a.yml:1: apiVersion is missing\n" +
		"%[1]s/b.yaml:1: Pod a {\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"}}\n" +
		"%[1]s/c.json:1: Pod a {\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"},\"c\":1}\n"
	docs := manifests.Files(dir, filepath.Join(dir, "none.yaml"))
	for range 2 { // ranging again reads again
		got, missing, _ := strings.Cut(told(docs), "error: kube: "+filepath.Join(dir, "none.yaml"))
		if got != fmt.Sprintf(want, dir) || !strings.Contains(missing, "no such file") {
			t.Errorf("%s%s", got, missing)
		}
	}
	if got := told(manifests.FS(files, "x")); got != fmt.Sprintf(want, "x") {
		t.Error(got)
	}
	for range docs {
		break // nothing stays open: the race detector and TempDir would not tell, but Close is deferred
	}
}

// The content of a Secret is not printed, neither by documents nor by errors.
func TestSecretsR07(t *testing.T) {
	const secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: hunter2%s}\n"
	for doc, err := range manifests.Read(strings.NewReader(fmt.Sprintf(secret, "")), "f") {
		if shown := fmt.Sprintf("%v %+v %v", doc, doc, doc.Object); err != nil || strings.Contains(shown, "hunter2") {
			t.Error(shown, err)
		}
		text, err := manifests.YAML(doc)
		if err != nil || !strings.Contains(string(text), "hunter2") {
			t.Error("the explicit call does not give the content", err)
		}
	}
	for _, end := range []string{", a: hunter3", ": [", "\x01", ", b: !!int hunter3", ", c: \"hunter3"} {
		if got := read(fmt.Sprintf(secret, end)); !strings.Contains(got, "error") || strings.Contains(got, "hunter") {
			t.Error(got)
		}
	}
}

func TestErrorsAreOfTheLibraryK09(t *testing.T) {
	for _, err := range manifests.Read(strings.NewReader("a"), "f") {
		if _, ok := errors.AsType[rest.Error](err); !ok {
			t.Errorf("%T", err)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{pod, pod + "---\n" + pod, podWith(`"a":[1,{}]`), "a: &x [*x]\n", "{a: b}\n", "%YAML 1.1\n---\n? |\n  a\n: - b", "<<: [{a: b}]\n...\n",
		"apiVersion: v1\nkind: List\nitems: [{a: 1}]", "\xef\xbb\xbfa: \"\\x41\"\r---\r b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var whole, pieces []string
		r := manifests.Reader{MaxDocument: 1 << 12}
		for doc, err := range r.Read(strings.NewReader(text), "f") {
			whole = append(whole, fmt.Sprint(doc, err))
			if err != nil {
				continue
			}
			// What is written reads back the same.
			again, err := manifests.YAML(doc)
			if err != nil {
				t.Fatal(err)
			}
			back := told(manifests.Read(strings.NewReader(string(again)), ""))
			n := 0
			for got, err := range manifests.Read(strings.NewReader(string(again)), "") {
				n++
				if err != nil || !got.Object.Equal(doc.Object) {
					t.Fatalf("%s\nas\n%s\nreads back as\n%s", doc.Object.Bytes(), again, back)
				}
			}
			if n != 1 {
				t.Fatalf("%s\nas\n%s\nreads back as\n%s", doc.Object.Bytes(), again, back)
			}
		}
		for doc, err := range r.Read(iotest.OneByteReader(strings.NewReader(text)), "f") {
			pieces = append(pieces, fmt.Sprint(doc, err))
		}
		if fmt.Sprint(whole) != fmt.Sprint(pieces) {
			t.Fatalf("%q in one piece, %q byte by byte", whole, pieces)
		}
	})
}
