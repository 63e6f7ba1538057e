package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every row of the parity table is named by a test.
func TestParityRowsHaveTests(t *testing.T) {
	tests := testSources(t)
	table, err := os.ReadFile("../../docs/parity.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`(?m)^\| ([KRF]\d\d[^|]*) \|`).FindAllStringSubmatch(string(table), -1)
	if len(rows) == 0 {
		t.Fatal("no rows found")
	}
	for _, row := range rows {
		for _, name := range expand(row[1]) {
			if !regexp.MustCompile(name + `([^0-9]|$)`).MatchString(tests) {
				t.Errorf("no test names %s", name)
			}
		}
	}
}

// expand lists the rows of "K05–K07" or "K14, K15".
func expand(text string) (names []string) {
	for part := range strings.SplitSeq(text, ", ") {
		from, to, isRange := strings.Cut(part, "–")
		names = append(names, from)
		for isRange && from != to {
			digits := []byte(from)
			if digits[2]++; digits[2] > '9' {
				digits[1], digits[2] = digits[1]+1, '0'
			}
			from = string(digits)
			names = append(names, from)
		}
	}
	return names
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
