package judge

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/kubeviews/kube/manifests"
)

const head = "apiVersion: v1\nkind: X\n"

// ours is what the library reads of one document; ok is false when it refuses it.
func ours(t *testing.T, text string) (got any, ok bool) {
	t.Helper()
	n := 0
	for doc, err := range manifests.Read(strings.NewReader(text), "") {
		if err != nil {
			return nil, false
		}
		if err := json.Unmarshal(doc.Object.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		n++
	}
	return got, n == 1
}

// checkYAML: what both read means the same to both. Only the tag ! alone is passed
// over: it makes a text of a number to Kubernetes, and our parser does not tell it.
func checkYAML(t *testing.T, text string) (both bool) {
	t.Helper()
	if strings.Contains(strings.ReplaceAll(text, "!!", ""), "!") {
		return false
	}
	var theirs any
	if yaml.Unmarshal([]byte(text), &theirs) != nil {
		return false
	}
	got, ok := ours(t, text)
	if !ok {
		return false
	}
	if !reflect.DeepEqual(got, theirs) {
		t.Errorf("%q is\n%v to us, and\n%v to Kubernetes", text, got, theirs)
	}
	return true
}

var yamlParts = []string{"a", "b", ": ", ":", "\n", "\n  ", "\n- ", "- ", "[", "]", "{", "}", ", ", "yes", "y", "on", "N", "true", "null", "~", "0", "7", "08", "0o7", "0x1F", "0b1", "-1", "+1", "1_0",
	"1.5", ".5", "1e3", "1.", ".inf", ".nan", "12:30", "2001-01-01", "2001-01-01T00:00:00Z", "'", "\"", "\\n", "\\x41", "|\n", ">-\n", "  x", "&a ", "*a", "<<: ", "!!str ", "!!int ", "!!float ", "!!binary ",
	"#c", " #c", "? ", "\t", "é", "99999999999999999999", "18446744073709551615", "9223372036854775808", "0777", "-0", "1e999"}

// R07: YAML means to us what it means to Kubernetes' own tools.
func TestYAMLR07(t *testing.T) {
	both := 0
	generate(t, func(t *testing.T, random *rand.Rand) {
		if checkYAML(t, head+"a: "+soup(random, yamlParts, 6)+"\nb:"+soup(random, yamlParts, 4)+"\n") {
			both++
		}
	})
	if both < rounds/10 {
		t.Errorf("both have read only %d texts", both)
	}
	for _, text := range yamlParts {
		checkYAML(t, head+"a: "+text+"\n")
		checkYAML(t, head+text+": a\n")
	}
}

// R16: what we write, Kubernetes reads as the same.
func TestWrittenYAMLR16(t *testing.T) {
	generate(t, func(t *testing.T, random *rand.Rand) {
		word := func() string { return soup(random, yamlParts, 4) }
		object := map[string]any{"apiVersion": "v1", "kind": word(), word(): word(),
			"list": []any{word(), []any{word()}, map[string]any{word(): word(), word(): []any{}}, 1.5, nil, true}}
		text, err := manifests.YAML(object)
		if err != nil {
			t.Fatal(err)
		}
		var theirs any
		if err := yaml.Unmarshal(text, &theirs); err != nil || !reflect.DeepEqual(theirs, any(object)) {
			t.Errorf("%v\nas\n%s\nis, to Kubernetes,\n%v, %v", object, text, theirs, err)
		}
	})
}

func FuzzYAML(f *testing.F) {
	for _, part := range yamlParts {
		f.Add(head + "a: " + part)
	}
	f.Fuzz(func(t *testing.T, text string) { checkYAML(t, text) })
}
