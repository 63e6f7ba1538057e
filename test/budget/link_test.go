package budget

import (
	"strings"
	"testing"
)

// Who does not ask for differences does not link what finds them.
func TestHelloWorldLinksNoDiff(t *testing.T) {
	binary := build(t, "ours", ours)
	for line := range strings.Lines(goTool(t, "tool", "nm", binary)) {
		for _, unwanted := range []string{"go-cmp/cmp.Equal", "go-cmp/cmp.(*state)", module + "/items.Diff", module + "/internal/listkeys.Of"} {
			if strings.Contains(line, unwanted) {
				t.Errorf("a program that lists pods links %s", line)
			}
		}
	}
}

// What names the Cluster names all kinds, and the compiler makes all that is generic
// anew in each package that does: for each kind where their types are unlike, which
// took it 20 seconds and 32,000 functions for a program of ten lines.
func TestHelloWorldCompilesToFew(t *testing.T) {
	const most = 8000
	archive := strings.TrimSpace(goTool(t, "list", "-export", "-f", "{{.Export}}", source(t, "ours", ours)))
	functions := strings.Count(goTool(t, "tool", "nm", archive), " T ")
	t.Logf("a program that lists pods: the compiler makes %d functions of it", functions)
	if functions > most || functions < 100 {
		t.Errorf("the compiler makes %d functions of a program that lists pods, want at most %d", functions, most)
	}
}
