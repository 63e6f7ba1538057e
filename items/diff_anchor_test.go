package items

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/kubeviews/kube/raw"
)

func generic(t *testing.T, text string) Generic {
	t.Helper()
	doc, err := raw.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return New[Generic](nil, doc)
}

// Three changes of a long list are three, wherever they are.
func TestDiffOfLongLists(t *testing.T) {
	const n = 3 * maxAligned
	var words []string
	for i := range n {
		words = append(words, fmt.Sprintf("word-%d", i))
	}
	old := strings.Join(words, " ")
	words[0], words[n-1] = "first", "last"
	words = append(words[:n/2], append([]string{"more", "word-7"}, words[n/2+1:]...)...)
	changed := strings.Join(words, " ")
	list := func(text string) string { return `{"a":["` + strings.ReplaceAll(text, " ", `","`) + `"]}` }
	changes := Diff(generic(t, list(old)), generic(t, list(changed)))
	if changes.Len() != 4 {
		t.Errorf("%d changes, the first being %s", changes.Len(), strings.SplitN(changes.String(), "\n", 5))
	}
	lines := diffLines(strings.ReplaceAll(old, " ", "\n"), strings.ReplaceAll(changed, " ", "\n"))
	if lines.removed != 3 || lines.added != 4 {
		t.Errorf("%d lines removed, %d added", lines.removed, lines.added)
	}
}

// Lists of which nothing is there once are compared by position, and no other way costs
// so little.
func TestDiffOfLongListsOfTheSame(t *testing.T) {
	list := func(of string, n int) string { return `{"a":[` + strings.Repeat(of+",", n) + `0]}` }
	if got := Diff(generic(t, list("1,2", maxAligned)), generic(t, list("2,1", maxAligned))).Len(); got != 2*maxAligned {
		t.Errorf("%d changes", got)
	}
}

func TestLongestAscent(t *testing.T) {
	for seed := range 300 {
		r := rand.New(rand.NewPCG(uint64(seed), 1))
		var pairs []step
		for old, now := range r.Perm(1 + r.IntN(8)) {
			pairs = append(pairs, step{old, now})
		}
		got, most := longestAscent(pairs), 0
		for chosen := range 1 << len(pairs) {
			if n, ok := ascends(pairs, chosen); ok {
				most = max(most, n)
			}
		}
		if len(got) != most {
			t.Errorf("%v of %v, where %d ascend", got, pairs, most)
		}
		for i := range got[1:] {
			if got[i].old >= got[i+1].old || got[i].new >= got[i+1].new {
				t.Errorf("%v of %v does not ascend", got, pairs)
			}
		}
	}
	if got := longestAscent(nil); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}

// ascends reports whether those pairs ascend whose bits are set, and how many they are.
func ascends(pairs []step, chosen int) (n int, ok bool) {
	last := -1
	for i, p := range pairs {
		if chosen>>i&1 == 0 {
			continue
		}
		if p.new < last {
			return 0, false
		}
		last = p.new
		n++
	}
	return n, true
}
