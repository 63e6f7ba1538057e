package syntax

import (
	"strings"
	"testing"
)

func TestFaults(t *testing.T) {
	long63, long253 := strings.Repeat("a", 63), strings.Repeat("a", 253)
	for _, test := range []struct {
		name      string
		fault     func(string) string
		good, bad []string
	}{
		{"label", LabelFault,
			[]string{"a", "0", "a-b", "a--0", long63},
			[]string{"", "-a", "a-", "A", "a.b", "a_b", "é", "a\n", long63 + "a"}},
		{"subdomain", SubdomainFault,
			[]string{"a", "a.b", "0.a-b", long253},
			[]string{"", ".", "a.", ".a", "a..b", "a.-b", "A.b", "a\n", long253 + "a"}},
		{"qualified name", QualifiedNameFault,
			[]string{"a", "A_b.c-9", "a.com/A", long63, long253 + "/" + long63},
			[]string{"", "/", "a/", "/a", "a/b/c", "A/b", "_a", "a_", "a b", long63 + "a", long253 + "a/a"}},
		{"label value", LabelValueFault,
			[]string{"", "a", "A_b.c-9", long63},
			[]string{"-", "a.", "a/b", "a b", "é", "a\n", long63 + "a"}},
	} {
		for _, s := range test.good {
			if fault := test.fault(s); fault != "" {
				t.Errorf("%s %q: %s", test.name, s, fault)
			}
		}
		for _, s := range test.bad {
			if test.fault(s) == "" {
				t.Errorf("%s %q is accepted", test.name, s)
			}
		}
	}
}
