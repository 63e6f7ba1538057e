package kinds

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// maxNear is how many suggestions an unknown name gets.
const maxNear = 3

// near returns the known names that name, in lower case, could be a slip of,
// best first: at most one for each kind.
func (t *table) near(name string) []string {
	best := map[Kind]candidate{}
	for _, names := range []map[string]Kind{t.names, t.aliases} {
		for known, k := range names {
			c := candidate{known, distance(name, known), max(len(name)-len(known), len(known)-len(name))}
			if old, ok := best[k]; c.isNear(name) && (!ok || compareCandidates(c, old) < 0) {
				best[k] = c
			}
		}
	}
	var texts []string
	for _, c := range slices.SortedFunc(maps.Values(best), compareCandidates) {
		texts = append(texts, c.text)
	}
	if word, _, dotted := strings.Cut(name, "."); dotted && len(texts) == 0 {
		// The name is known, but not in that group.
		if k, ok := t.find(word); ok {
			return []string{strings.ToLower(k.String())}
		}
	}
	return texts[:min(len(texts), maxNear)]
}

// candidate is a known name, how many slips it is away, and how much its length
// differs.
type candidate struct {
	text  string
	slips int
	gap   int
}

// isNear tells whether so few slips are likely in a name of that length. A
// candidate must have a group if the name has one, and none otherwise.
func (c candidate) isNear(name string) bool {
	allowed := 1 + len(name)/5
	return c.slips <= min(allowed, 3) && c.slips < len(name) &&
		strings.Contains(c.text, ".") == strings.Contains(name, ".") && !strings.HasSuffix(c.text, ".")
}

func compareCandidates(a, b candidate) int {
	return cmp.Or(
		cmp.Compare(a.slips, b.slips),
		cmp.Compare(a.gap, b.gap),
		cmp.Compare(a.text, b.text),
	)
}

// distance counts how many bytes must be inserted, removed, replaced or
// swapped with their neighbour to make b out of a. It answers more than 3 early
// for texts of very different length.
func distance(a, b string) int {
	if difference := len(a) - len(b); difference > 3 || difference < -3 {
		return len(a) + len(b)
	}
	// Row i holds the distances between a[:i] and each b[:j].
	var before, above []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, above, row = above, row, make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			substitution := above[j-1]
			if a[i-1] != b[j-1] {
				substitution++
			}
			row[j] = min(above[j]+1, row[j-1]+1, substitution)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
