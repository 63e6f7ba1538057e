package docs

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Each promise names tests, and those are there.
func TestPromisesHaveTests(t *testing.T) {
	text, err := os.ReadFile("../../docs/promises.md")
	if err != nil {
		t.Fatal(err)
	}
	held, _, _ := strings.Cut(string(text), "## What they do not promise")
	promises := regexp.MustCompile(`(?m)^- (?:.+\n)(?:  .+\n)*`).FindAllString(held, -1)
	if len(promises) < 20 {
		t.Fatalf("%d promises found", len(promises))
	}
	tests := testSources(t)
	name := regexp.MustCompile("`(Test[A-Za-z0-9]+)`")
	for _, promise := range promises {
		named := name.FindAllStringSubmatch(promise, -1)
		if len(named) == 0 {
			t.Errorf("no test is named by: %s", promise)
		}
		for _, n := range named {
			if !strings.Contains(tests, "func "+n[1]+"(t *testing.T)") {
				t.Errorf("%s is not there", n[1])
			}
		}
	}
	for _, n := range name.FindAllStringSubmatch(string(text), -1) {
		if !strings.Contains(tests, "func "+n[1]+"(") {
			t.Errorf("%s is not there", n[1])
		}
	}
}
