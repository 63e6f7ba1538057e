package judge

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/kubeviews/kube/meta"
	"k8s.io/apimachinery/pkg/labels"
)

var labelKeys = []string{"a", "b", "in", "notin", "x.io/a", "A_1", long63}

var labelValues = []string{"", "x", "y", "in", "1", "007", "42", long63}

var labelParts = []string{
	"=", "==", "!=", "!", ",", "(", ")", "<", ">", " ", "\t", "\r\n", "in", "notin", "a", "b", "x.io/a", "1", "007",
	"-1", "+1", "9223372036854775807", "9223372036854775808", "a.b/c/d", "/", "-", "_", "é", "\x00", "\xff", "\u00a0", long64,
}

// K30: the same expressions are accepted, and match the same objects.
func TestLabelSelectorK30(t *testing.T) {
	generate(t, func(t *testing.T, random *rand.Rand) {
		expr := spoil(random, goodLabels(random), labelParts)
		if random.IntN(4) == 0 {
			expr = soup(random, labelParts, 8)
		}
		checkLabels(t, expr)
	})
}

func FuzzLabelSelector(f *testing.F) {
	f.Add("a=b,c==d,e!=f,g in (x,y),h notin (z),i,!j,k>1,k<5")
	f.Add("in in (,in),notin notin()")
	f.Add("a = , b")
	f.Fuzz(func(t *testing.T, expr string) { checkLabels(t, expr) })
}

// goodLabels makes an expression of one to three requirements.
func goodLabels(random *rand.Rand) string {
	blank := func() string { return pick(random, []string{"", "", " ", "\t\n"}) }
	var requirements []string
	for range 1 + random.IntN(3) {
		key, value := pick(random, labelKeys), pick(random, labelValues)
		requirement := key
		switch random.IntN(5) {
		case 0:
			requirement = "!" + blank() + key
		case 1:
			requirement += blank() + pick(random, []string{"=", "==", "!="}) + blank() + value
		case 2:
			requirement += blank() + pick(random, []string{"<", ">"}) + blank() + pick(random, []string{"1", "007", "42"})
		case 3:
			list := value + blank() + "," + pick(random, labelValues)
			requirement += " " + pick(random, []string{"in", "notin"}) + blank() + "(" + pick(random, []string{"", value, list}) + ")"
		}
		requirements = append(requirements, blank()+requirement+blank())
	}
	return strings.Join(requirements, ",")
}

func checkLabels(t *testing.T, expr string) {
	t.Helper()
	theirs, err := labels.Parse(expr)
	ours := meta.LabelSelector(expr)

	// Differences: an expression without a requirement is refused, not match-all;
	// and a NUL is refused, behind which the server reads no further at times.
	want := err == nil && !theirs.Empty() && !strings.Contains(expr, "\x00")
	if got := ours.Err() == nil; got != want {
		t.Fatalf("%q: error %v, theirs %v", expr, ours.Err(), err)
	}
	if !want {
		if ours.LabelQuery() != "" || ours.MatchesLabels(labels.Set{}.Lookup) {
			t.Fatalf("%q is refused, and still selects", expr)
		}
		return
	}
	query := ours.LabelQuery()
	server, err := labels.Parse(query)
	if err != nil {
		t.Fatalf("%q: the query %q is refused: %v", expr, query, err)
	}
	if again := meta.LabelSelector(query); !again.Equal(ours) || again.LabelQuery() != query {
		t.Fatalf("%q: the query %q reads back as %v", expr, query, again)
	}
	if again := meta.LabelSelector(theirs.String()); !again.Equal(ours) {
		t.Fatalf("%q: their text %q reads as %v", expr, theirs, again)
	}
	for _, set := range labelSets(expr) {
		want := theirs.Matches(set)
		if got := ours.MatchesLabels(set.Lookup); got != want || server.Matches(set) != want {
			t.Fatalf("%q on %v: %v, theirs %v, theirs of the query %q %v", expr, set, got, want, query, server.Matches(set))
		}
	}
}

// labelSets makes labels out of the words of an expression, so that many of
// them match.
func labelSets(expr string) []labels.Set {
	words := strings.FieldsFunc(expr, func(r rune) bool { return strings.ContainsRune("=!(),<> \t\r\n", r) })
	words = words[:min(len(words), 6)]
	values := append([]string{"", "5", "-3", "x", "9223372036854775808"}, words...)
	sets := []labels.Set{nil}
	all := labels.Set{}
	for i, key := range words {
		for _, value := range values {
			sets = append(sets, labels.Set{key: value})
		}
		for _, other := range words[:i] {
			for _, value := range values {
				sets = append(sets, labels.Set{other: "x", key: value}, labels.Set{other: value, key: "5"})
			}
		}
		all[key] = values[(i*7)%len(values)]
		sets = append(sets, labels.Set(labels.Merge(all, nil)))
	}
	return sets
}

// K30: exact maps are accepted and match alike.
func TestLabelsEqualK30(t *testing.T) {
	generate(t, func(t *testing.T, random *rand.Rand) {
		set := labels.Set{}
		for range random.IntN(3) {
			set[spoil(random, pick(random, labelKeys), labelParts)] = spoil(random, pick(random, labelValues), labelParts)
		}
		theirs, err := labels.ValidatedSelectorFromSet(set)
		ours := meta.LabelsEqual(set)
		if got, want := ours.Err() == nil, err == nil && len(set) > 0; got != want {
			t.Fatalf("%q: error %v, theirs %v", set, ours.Err(), err)
		}
		if ours.Err() != nil {
			return
		}
		if !ours.MatchesLabels(set.Lookup) || ours.LabelQuery() != theirs.String() {
			t.Fatalf("%q: the query is %q, theirs %q", set, ours.LabelQuery(), theirs)
		}
		for _, other := range labelSets(theirs.String()) {
			if got, want := ours.MatchesLabels(other.Lookup), theirs.Matches(other); got != want {
				t.Fatalf("%v on %v: %v, theirs %v", set, other, got, want)
			}
		}
	})
}

// Both of two selectors must match.
func TestAndK30(t *testing.T) {
	generate(t, func(t *testing.T, random *rand.Rand) {
		a, b := goodLabels(random), goodLabels(random)
		both := meta.LabelSelector(a).And(meta.LabelSelector(b))
		theirs, err := labels.Parse(a + "," + b)
		if err != nil || both.Err() != nil {
			t.Fatalf("%q and %q: error %v, theirs %v", a, b, both.Err(), err)
		}
		for _, set := range labelSets(a + "," + b) {
			if got, want := both.MatchesLabels(set.Lookup), theirs.Matches(set); got != want {
				t.Fatalf("%v on %v: %v, theirs %v", both, set, got, want)
			}
		}
	})
}
