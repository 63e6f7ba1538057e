package budget

import (
	"strings"
	"testing"
)

// Who does not ask for differences does not link what finds them: go-cmp.
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
