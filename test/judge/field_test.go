package judge

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/kubeviews/kube/meta"
	"k8s.io/apimachinery/pkg/fields"
)

var fieldPaths = []string{"metadata.name", "status.phase", "a", "b"}

var fieldValues = []string{"", "Running", "x y", "!", "é", `\,`, `\=`, `\\`, `a\,b\=c\\d`}

var fieldParts = []string{"=", "==", "!=", "!", ",", `\`, `\,`, `\=`, `\\`, " ", "\t", "a", "metadata.name", "é", "\xff", "\x00"}

// K30: the same expressions are accepted, and match the same objects.
func TestFieldSelectorK30(t *testing.T) {
	generate(t, func(t *testing.T, random *rand.Rand) {
		expr := spoil(random, goodFields(random), fieldParts)
		if random.IntN(4) == 0 {
			expr = soup(random, fieldParts, 8)
		}
		checkFields(t, expr)
	})
}

func FuzzFieldSelector(f *testing.F) {
	f.Add(`status.phase==Running,metadata.name!=a\,b\=c\\d`)
	f.Add(",a=,,b!=,")
	f.Fuzz(func(t *testing.T, expr string) { checkFields(t, expr) })
}

func goodFields(random *rand.Rand) string {
	var terms []string
	for range 1 + random.IntN(3) {
		terms = append(terms, pick(random, fieldPaths)+pick(random, []string{"=", "==", "!="})+pick(random, fieldValues))
	}
	return strings.Join(terms, ",")
}

func checkFields(t *testing.T, expr string) {
	t.Helper()
	good, terms := utf8.ValidString(expr), 0
	theirs, err := fields.ParseAndTransformSelector(expr, func(path, value string) (string, string, error) {
		terms++
		// Difference: a path that is empty, or has blanks around it, is refused at
		// once. No object has such a field; "=" would even match everything.
		good = good && path != "" && strings.Trim(path, " \t\r\n") == path
		return path, value, nil
	})
	ours := meta.FieldSelector(expr)

	// Differences: an expression without a requirement is refused, not match-all;
	// and so is invalid UTF-8, which no object has.
	want := err == nil && good && terms > 0
	if got := ours.Err() == nil; got != want {
		t.Fatalf("%q: error %v, theirs %v", expr, ours.Err(), err)
	}
	if !want {
		if ours.FieldQuery() != "" || ours.MatchesFields(fields.Set{}.Get) {
			t.Fatalf("%q is refused, and still selects", expr)
		}
		return
	}
	query := ours.FieldQuery()
	server, err := fields.ParseSelector(query)
	if err != nil {
		t.Fatalf("%q: the query %q is refused: %v", expr, query, err)
	}
	if again := meta.FieldSelector(query); !again.Equal(ours) || again.FieldQuery() != query {
		t.Fatalf("%q: the query %q reads back as %v", expr, query, again)
	}
	if again := meta.FieldSelector(theirs.String()); !again.Equal(ours) {
		t.Fatalf("%q: their text %q reads as %v", expr, theirs, again)
	}
	for _, set := range fieldSets(theirs) {
		want := theirs.Matches(set)
		if got := ours.MatchesFields(set.Get); got != want || server.Matches(set) != want {
			t.Fatalf("%q on %q: %v, theirs %v, theirs of the query %q %v", expr, set, got, want, query, server.Matches(set))
		}
	}
}

// fieldSets makes objects that the selector nearly matches.
func fieldSets(selector fields.Selector) []fields.Set {
	exact := fields.Set{}
	for _, r := range selector.Requirements() {
		exact[r.Field] = r.Value
	}
	sets := []fields.Set{nil, exact}
	for _, r := range selector.Requirements()[:min(len(exact), 4)] {
		path, value := r.Field, r.Value
		for _, other := range []string{"", value + "x", `\` + value, "Running"} {
			near := fields.Set{}
			for p, v := range exact {
				near[p] = v
			}
			near[path] = other
			sets = append(sets, near, fields.Set{path: value}, fields.Set{path: other})
		}
	}
	return sets
}

// K30: exact maps match alike, whatever is in their values.
func TestFieldsEqualK30(t *testing.T) {
	generate(t, func(t *testing.T, random *rand.Rand) {
		set := fields.Set{}
		for range 1 + random.IntN(3) {
			set[spoil(random, pick(random, fieldPaths), fieldParts)] = soup(random, fieldParts, 4)
		}
		ours := meta.FieldsEqual(set)
		if ours.Err() != nil {
			checkRefusedFields(t, set)
			return
		}
		server, err := fields.ParseSelector(ours.FieldQuery())
		if err != nil {
			t.Fatalf("%q: the query %q is refused: %v", set, ours.FieldQuery(), err)
		}
		theirs := fields.SelectorFromSet(set)
		for _, other := range fieldSets(theirs) {
			want := theirs.Matches(other)
			if got := ours.MatchesFields(other.Get); got != want || server.Matches(other) != want {
				t.Fatalf("%q on %q: %v, theirs %v, theirs of the query %q %v", set, other, got, want, ours.FieldQuery(), server.Matches(other))
			}
		}
	})
}

// checkRefusedFields allows an error only for what cannot be sent: a path that
// reads back as another, or invalid UTF-8.
func checkRefusedFields(t *testing.T, set fields.Set) {
	t.Helper()
	for path, value := range set {
		if !utf8.ValidString(path+value) || path == "" || strings.ContainsAny(path, "=!,\\ \t") {
			return
		}
	}
	t.Fatalf("%q is refused: %v", set, meta.FieldsEqual(set).Err())
}
