package kinds_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/kubeviews/kube/kinds"
)

// K42: the constant of each kind, and of its list, has the value of its own name,
// and the table has the kind.
func TestNameConstantsK42(t *testing.T) {
	names := constants(t, "Name")
	for name, value := range names {
		if name != value {
			t.Errorf("%s is %q", name, value)
		}
		single, isList := strings.CutSuffix(name, "List")
		if isList == (names[name+"List"] != "") || isList && names[single] == "" {
			t.Errorf("%s stands alone", name)
		}
		if isList {
			continue
		}
		if k, err := kinds.Builtin().Lookup(name); err != nil || string(k.Name()) != name || string(k.ListName()) != name+"List" {
			t.Errorf("%s is %v in the table, error %v", name, k, err)
		}
	}
	if len(names) < 58 {
		t.Errorf("there are only %d names", len(names))
	}
}

// K41: no two constants of an enumeration have the same value, and each one's name
// ends with it.
func TestEnumConstantsK41(t *testing.T) {
	for _, enum := range []string{
		"StatefulSetUpdateStrategy", "PodManagementPolicy", "JobState", "CompletionMode", "ConcurrencyPolicy", "PathType",
		"PersistentVolumePhase", "PersistentVolumeClaimPhase", "ReclaimPolicy", "AccessMode", "VolumeMode", "VolumeBindingMode",
		"EventType", "AddressType", "MetricSourceType", "PolicyType", "UnhealthyPodEvictionPolicy", "SubjectKind", "Scope", "LeaseStrategy",
	} {
		seen := make(map[string]bool)
		for name, value := range constants(t, enum) {
			if seen[value] || !strings.HasSuffix(name, value) {
				t.Errorf("%s.%s is %q", enum, name, value)
			}
			seen[value] = true
		}
		if len(seen) == 0 {
			t.Errorf("%s has no values", enum)
		}
	}
}

// constants are those of a type in enums.go, with their values.
func constants(t *testing.T, ofType string) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "enums.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string)
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == ofType {
			all[spec.Names[0].Name], _ = strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		}
		return true
	})
	return all
}
