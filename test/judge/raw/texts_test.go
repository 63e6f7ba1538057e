// Package raw_test compares package raw with other readers of JSON.
package raw_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// objects returns the texts of the example objects and Lists of package raw.
func objects(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("../../../raw/testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no objects", err)
	}
	texts := map[string][]byte{}
	for _, file := range files {
		if texts[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	return texts
}

// fragments are texts that make good JSON bad, or bad in another way.
var fragments = []string{
	`"`, `\`, `{`, `}`, `[`, `]`, `,`, `:`, ` `, "\n", "\x00", "\x1f", "\x7f", "\xff", "\xc3", "\xe2\x82", "\xed\xa0\x80", "\xef\xbb\xbf",
	`\u0041`, `\ud800`, `\udc00`, `\ud83d\ude00`, `\uD83D\u0041`, `\u00`, `\x`, `\/`, "é", "\u2028", "😀",
	`-`, `0`, `00`, `-0`, `.`, `1e`, `1E+400`, `0.1`, `18446744073709551616`, `true`, `nul`, `null`, `{}`, `[]`, `""`,
	`"a":1`, `"a":1,"a":2`, `{"a":1,"a":2}`, `"kind":"X",`, `"name":"x",`, `"\u006eame":"x",`, `"metadata":{},`,
}

// damage changes a text in a few places.
func damage(r *rand.Rand, text []byte) []byte {
	s := string(text)
	for range 1 + r.IntN(3) {
		at := r.IntN(len(s) + 1)
		to := min(len(s), at+r.IntN(4))
		switch r.IntN(4) {
		case 0:
			s = s[:at] + s[to:]
		case 1:
			s = s[:at] + fragments[r.IntN(len(fragments))] + s[to:]
		case 2:
			s = s[:at] + fragments[r.IntN(len(fragments))] + s[at:]
		default:
			s = moveLine(r, s)
		}
	}
	return []byte(s)
}

// moveLine copies a line of the text to another place: often a member that is
// then there twice.
func moveLine(r *rand.Rand, s string) string {
	lines := strings.SplitAfter(s, "\n")
	from, to := r.IntN(len(lines)), r.IntN(len(lines))
	lines[to] = lines[from] + lines[to]
	return strings.Join(lines, "")
}
