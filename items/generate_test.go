package items_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/kubeviews/kube/items"
)

// The methods that are generated must be those that generate.go makes now, for all
// types that there are now.
func TestGeneratedMethodsAreCurrent(t *testing.T) {
	out := filepath.Join(t.TempDir(), "typed.go")
	if text, err := exec.Command("go", "run", "generate.go", "-o", out).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	want, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile("typed_generated.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want) {
		t.Error("typed_generated.go is out of date: go generate ./items")
	}
}

// To the compiler, all types of items must be one, so that what is generic is made
// once for all of them.
func TestItemTypesAreOfOneForm(t *testing.T) {
	pod := reflect.TypeFor[items.Pod]()
	for _, other := range []reflect.Type{reflect.TypeFor[items.Generic](), reflect.TypeFor[items.Secret]()} {
		if !other.ConvertibleTo(pod) {
			t.Errorf("%v is of another form than %v", other, pod)
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	own := regexp.MustCompile(`(?m)^(type \w+ struct)?\s*\{?\s*Object\[\w+\]`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if found := own.Find(text); found != nil && !strings.HasSuffix(file, "_test.go") {
			t.Errorf("%s: %s: embed object, and go generate", file, found)
		}
	}
}
