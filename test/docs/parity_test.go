package docs

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var quoted = regexp.MustCompile("`([^`]+)`")

// Every row of the parity table is there, says how it reads on both sides, and names
// tests that there are; tests name it, too.
func TestParityRowsHaveTests(t *testing.T) {
	tests := testSources(t)
	rows := parityRows(t)
	for _, name := range slices.Concat(numbered("K", 55), numbered("R", 16), numbered("F", 25)) {
		if !regexp.MustCompile(name + `([^0-9]|$)`).MatchString(tests) {
			t.Errorf("no test names %s", name)
		}
		cells := rows[name]
		if cells == nil {
			t.Errorf("there is no row %s", name)
			continue
		}
		for i, cell := range cells {
			if cell == "" || i == len(cells)-1 && !quoted.MatchString(cell) {
				t.Errorf("%s: cell %d says nothing", name, i+2)
			}
		}
		for _, test := range quoted.FindAllStringSubmatch(cells[len(cells)-1], -1) {
			if !isTest(tests, test[1]) {
				t.Errorf("%s: there is no test %q", name, test[1])
			}
		}
	}
}

// parityRows are the cells of each row, behind its number.
func parityRows(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/parity.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		for i, cell := range cells {
			cells[i] = strings.TrimSpace(cell)
		}
		if name := cells[0]; regexp.MustCompile(`^[KRF]\d\d$`).MatchString(name) {
			if want := map[byte]int{'K': 5, 'R': 5, 'F': 4}[name[0]]; len(cells) != want || rows[name] != nil {
				t.Errorf("%s has %d cells, want %d, once", name, len(cells), want)
			}
			rows[name] = cells[1:]
		}
	}
	return rows
}

// numbered are the names of n rows: K01, K02, …
func numbered(letter string, n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("%s%02d", letter, i+1))
	}
	return names
}

// isTest reports whether there is a function of that name, or a step.
func isTest(tests, name string) bool {
	if strings.HasPrefix(name, "Test") || strings.HasPrefix(name, "Example") {
		return strings.Contains(tests, "func "+name+"(")
	}
	return strings.Contains(tests, strconv.Quote(name))
}

// testSources is the text of all tests, and of the suite of behaviours.
func testSources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		suite := strings.Contains(filepath.ToSlash(path), "test/conformance/")
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || !suite && !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
