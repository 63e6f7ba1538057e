package judge

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/kubeviews/kube/internal/syntax"
	"github.com/kubeviews/kube/meta"
	"k8s.io/apimachinery/pkg/api/validate/content"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

var nameParts = []string{
	"a", "b", "Z", "0", "9", "-", ".", "_", "/", "%", "..", ":", " ", "\n", "\x00", "\x7f", "\u0085", "é", "\u212a", "\xff",
	"example.com", "App.io/", long63, strings.Repeat("b", 126), strings.Repeat("b", 127), strings.Repeat("a.", 100),
}

// K14, K45: the same names, keys and values are good.
func TestValidateK14K45(t *testing.T) {
	generate(t, func(t *testing.T, random *rand.Rand) {
		parts := nameParts
		if random.IntN(2) == 0 {
			parts = nameParts[:8] // mostly good ones
		}
		checkNames(t, soup(random, parts, 6))
	})
}

func FuzzValidate(f *testing.F) {
	for _, seed := range []string{"", "a", "app.kubernetes.io/name", "system:node", "..", "A_b.c-1", "a\n", long64} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) { checkNames(t, name) })
}

func checkNames(t *testing.T, name string) {
	t.Helper()
	// Differences: what else no URL should carry is refused as a name.
	segment := len(content.IsPathSegmentName(name)) == 0 && name != "" && len(name) <= 253 &&
		utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl)
	annotation := apivalidation.ValidateAnnotations(map[string]string{name: ""}, field.NewPath("annotations"))

	for _, check := range []struct {
		what      string
		got, want bool
	}{
		{"name", meta.ValidateName(name) == nil, segment},
		{"namespace", meta.ValidateNamespace(name) == nil, len(apivalidation.ValidateNamespaceName(name, false)) == 0},
		{"subdomain", syntax.SubdomainFault(name) == "", len(validation.IsDNS1123Subdomain(name)) == 0},
		{"label key", meta.ValidateLabelKey(name) == nil, len(validation.IsQualifiedName(name)) == 0},
		{"label value", meta.ValidateLabelValue(name) == nil, len(validation.IsValidLabelValue(name)) == 0},
		{"annotation key", meta.ValidateAnnotationKey(name) == nil, len(annotation) == 0},
	} {
		if check.got != check.want {
			t.Errorf("%q as a %s: %v, theirs %v", name, check.what, check.got, check.want)
		}
	}
}

// K45: the annotations of an object have the same largest size.
func TestValidateAnnotationsK45(t *testing.T) {
	generate(t, func(t *testing.T, random *rand.Rand) {
		size := meta.MaxAnnotationBytes - 8 + random.IntN(8)
		annotations := map[string]string{"a": strings.Repeat("x", size), "b": soup(random, []string{"é"}, 4)}
		theirs := apivalidation.ValidateAnnotationsSize(annotations)
		if err := meta.ValidateAnnotations(annotations); (err == nil) != (theirs == nil) {
			t.Fatalf("%d bytes: error %v, theirs %v", size, err, theirs)
		}
	})
}
