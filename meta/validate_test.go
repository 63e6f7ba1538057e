package meta_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/meta"
)

// K14, K45: what would leave its URL segment, or what no object can have, is
// refused before any request.
func TestValidateK14K45(t *testing.T) {
	for _, test := range []struct {
		name      string
		validate  func(string) error
		good, bad []string
	}{
		{"name", meta.ValidateName,
			[]string{"web-0", "a.b", "system:node", "My Role", "...", "é", strings.Repeat("a", 253)},
			[]string{"", ".", "..", "a/b", "/", "a%2Fb", "a\x00", "a\nb", "\x7f", "\u0085", "\xff", strings.Repeat("a", 254)}},
		{"namespace", meta.ValidateNamespace,
			[]string{"default", "kube-system", "0", strings.Repeat("a", 63)},
			[]string{"", ".", "..", "a/b", "a.b", "A", "-a", "a-", "a b", "a\n", strings.Repeat("a", 64)}},
		{"label key", meta.ValidateLabelKey,
			[]string{"app", "app.kubernetes.io/name", "A_b.c"},
			[]string{"", "/", "a/", "/a", "a/b/c", "App.io/x", "-a", "a b"}},
		{"label value", meta.ValidateLabelValue,
			[]string{"", "web", "V_1.2-3"},
			[]string{"-", "a b", "a/b", "é", strings.Repeat("a", 64)}},
		{"annotation key", meta.ValidateAnnotationKey,
			[]string{"note", "App.io/Note"},
			[]string{"", "a/b/c", "a b", "/a"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, text := range test.good {
				if err := test.validate(text); err != nil {
					t.Errorf("%q: %v", text, err)
				}
			}
			for _, text := range test.bad {
				checkArgument(t, test.name, test.validate(text))
			}
		})
	}
}

func checkArgument(t *testing.T, arg string, err error) {
	t.Helper()
	var bad *rest.ArgumentError
	if !errors.As(err, &bad) || bad.Arg != arg || !strings.Contains(bad.Reason, "must") {
		t.Errorf("error %v, want an ArgumentError about the %s that says what it must be", err, arg)
	}
}

// K45: all labels, all annotations at once.
func TestValidateMapsK45(t *testing.T) {
	if err := meta.ValidateLabels(map[string]string{"a": "b", "c.io/d": ""}); err != nil {
		t.Error(err)
	}
	checkArgument(t, "label key", meta.ValidateLabels(map[string]string{"a": "b", "z z": "", "zz": "- "}))
	checkArgument(t, "label value", meta.ValidateLabels(map[string]string{"a": "b b"}))

	// The limit counts keys and values, and is itself allowed.
	full := map[string]string{"key": strings.Repeat("x", meta.MaxAnnotationBytes-3)}
	if err := meta.ValidateAnnotations(full); err != nil {
		t.Error(err)
	}
	full["k"] = ""
	checkArgument(t, "annotations", meta.ValidateAnnotations(full))

	err := meta.ValidateAnnotations(map[string]string{"a b": "hush"})
	checkArgument(t, "annotation key", err)
	if strings.Contains(err.Error(), "hush") {
		t.Errorf("the error shows an annotation's value: %v", err)
	}
}

func TestValidateDoesNotAllocate(t *testing.T) {
	allocs := testing.AllocsPerRun(100, func() {
		_ = meta.ValidateName("system:node")
		_ = meta.ValidateNamespace("kube-system")
		_ = meta.ValidateLabelKey("app.kubernetes.io/name")
		_ = meta.ValidateLabelValue("web")
	})
	if allocs != 0 {
		t.Errorf("%v allocations for good names", allocs)
	}
}

func ExampleValidateName() {
	fmt.Println(meta.ValidateName("system:node"))
	fmt.Println(meta.ValidateName("../secrets/token"))
	// Output:
	// <nil>
	// kube: bad name "../secrets/token": must not contain '/' or '%'
}

func ExampleValidateNamespace() {
	fmt.Println(meta.ValidateNamespace("Team A"))
	// Output:
	// kube: bad namespace "Team A": must consist of lower case letters, digits and '-', and start and end with a letter or digit
}
