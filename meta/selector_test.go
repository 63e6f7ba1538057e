package meta_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/meta"
)

// K30: every form of the server's label selector language.
func TestLabelSelectorCanonicalK30(t *testing.T) {
	for _, test := range []struct{ expr, want string }{
		{"a=b", "a=b"},
		{"a==b", "a=b"},
		{"a!=b", "a!=b"},
		{"a", "a"},
		{"!a", "!a"},
		{"! a", "!a"},
		{"a in (x)", "a=x"},
		{"a in (y,x,y)", "a in (x,y)"},
		{"a in ()", "a="},
		{"a in (,x)", "a in (,x)"},
		{"a in (x,,y)", "a in (,x,y)"},
		{"a in (x,)", "a in (,x)"},
		{"a notin (x)", "a!=x"},
		{"a notin (y,x)", "a notin (x,y)"},
		{"a in(x,y)", "a in (x,y)"},
		{"a>1,a<5", "a>1,a<5"},
		{"a>007", "a>7"},
		{"a=", "a="},
		{"a=,b=c", "a=,b=c"},
		{"a!=", "a!="},
		{"b,a,b", "a,b"},
		{" a = b , c ", "a=b,c"},
		{"a\t=\r\nb", "a=b"},
		{"in in (in,notin)", "in in (in,notin)"},
		{"notin", "notin"},
		{"!in", "!in"},
		{"a=in", "a=in"},
		{"example.com/App_1.x=V-1", "example.com/App_1.x=V-1"},
		{"a=b,c==d,e!=f,g in (x,y),h notin (z),i,!j,k>1,k<5", "a=b,c=d,e!=f,g in (x,y),h!=z,i,!j,k>1,k<5"},
	} {
		s := meta.LabelSelector(test.expr)
		if err := s.Err(); err != nil {
			t.Errorf("%q: %v", test.expr, err)
			continue
		}
		if got := s.LabelQuery(); got != test.want {
			t.Errorf("%q: query %q, want %q", test.expr, got, test.want)
		}
		if again := meta.LabelSelector(s.LabelQuery()); !again.Equal(s) {
			t.Errorf("%q: %q reads back as %v", test.expr, s.LabelQuery(), again)
		}
	}
}

// K30: a selector that is malformed or empty is an error that says where, and
// matches nothing.
func TestLabelSelectorErrorsK30(t *testing.T) {
	long := strings.Repeat("x", 64)
	for _, test := range []struct{ expr, want string }{
		{"", "is empty"},
		{" \t\r\n", "is empty"},
		{",", `at byte 0: expected a label key, found ","`},
		{"a,", "at byte 2: expected a label key, found the end"},
		{"a,,b", `at byte 2: expected a label key, found ","`},
		{"a b", `at byte 2: expected an operator`},
		{"a)", `at byte 1: expected an operator`},
		{"!", "at byte 1: expected a label key, found the end"},
		{"!!a", `at byte 1: expected a label key, found "!"`},
		{"!a=b", `at byte 2: expected ',' or the end, found "="`},
		{"!a in (b)", `at byte 3: expected ',' or the end, found "in"`},
		{"=b", `at byte 0: expected a label key, found "="`},
		{"a=b c", `at byte 4: expected ',' or the end, found "c"`},
		{"a=!b", `at byte 2: expected a value, found "!"`},
		{"a===b", `at byte 3: expected a value, found "="`},
		{"a in", "at byte 4: expected '(', found the end"},
		{"a in x", `at byte 5: expected '(', found "x"`},
		{"a in (", "at byte 6: expected a value, found the end"},
		{"a in (x", "at byte 7: expected ',' or ')', found the end"},
		{"a in (x y)", `at byte 8: expected ',' or ')', found "y"`},
		{"a in (x=y)", `at byte 7: expected ',' or ')', found "="`},
		{"a in (x))", `at byte 8: expected ',' or the end, found ")"`},
		{"a>", "at byte 2: expected a value, found the end"},
		{"a>x", `at byte 2: "x" must be an integer of 64 bits`},
		{"a>-1", `at byte 2: the value "-1" must consist of`},
		{"a<9223372036854775808", `at byte 2: "9223372036854775808" must be an integer`},
		{"a=-b", `at byte 2: the value "-b" must consist of`},
		{"a=" + long, "must be at most 63 bytes long"},
		{long, "must be at most 63 bytes long"},
		{"-a", `at byte 0: the key "-a" must consist of`},
		{"ok,x/y/z", "at most one '/'"},
		{"/a", "the part before '/' must"},
		{"A.com/a", "the part before '/' must"},
		{"a.com/", "the part after '/' must"},
		{"a=é", "must consist of"},
		{"a=b\x00,c=d", "must consist of"},
	} {
		s := meta.LabelSelector(test.expr)
		checkBroken(t, test.expr, s, test.want)
	}
}

func checkBroken(t *testing.T, expr string, s meta.Selector, want string) {
	t.Helper()
	err := s.Err()
	var bad *rest.ArgumentError
	if !errors.As(err, &bad) {
		t.Errorf("%q: error %v, want an ArgumentError", expr, err)
		return
	}
	if !strings.Contains(err.Error(), want) {
		t.Errorf("%q: error %q, want it to contain %q", expr, err, want)
	}
	if s.MatchesLabels(func(string) (string, bool) { return "b", true }) || s.MatchesFields(func(string) string { return "b" }) {
		t.Errorf("%q matches although it is an error", expr)
	}
	if s.LabelQuery() != "" || s.FieldQuery() != "" {
		t.Errorf("%q has a query although it is an error", expr)
	}
	if s.String() != err.Error() {
		t.Errorf("%q: String is %q, want the error", expr, s)
	}
}

// K30: field selectors with their escapes.
func TestFieldSelectorCanonicalK30(t *testing.T) {
	for _, test := range []struct{ expr, want string }{
		{"status.phase=Running", "status.phase=Running"},
		{"status.phase==Running", "status.phase=Running"},
		{"spec.nodeName!=", "spec.nodeName!="},
		{"b=2,a=1", "a=1,b=2"},
		{",a=1,,a=1,", "a=1"},
		{"a!=1,a=1", "a=1,a!=1"},
		{"a=1,a!=1", "a=1,a!=1"},
		{"a=x y", "a=x y"},
		{`a=x\,y\=z\\`, `a=x\,y\=z\\`},
		{"a=b!c", "a=b!c"},
	} {
		s := meta.FieldSelector(test.expr)
		if err := s.Err(); err != nil {
			t.Errorf("%q: %v", test.expr, err)
			continue
		}
		if got := s.FieldQuery(); got != test.want {
			t.Errorf("%q: query %q, want %q", test.expr, got, test.want)
		}
		if again := meta.FieldSelector(s.FieldQuery()); !again.Equal(s) {
			t.Errorf("%q: %q reads back as %v", test.expr, s.FieldQuery(), again)
		}
	}
}

func TestFieldSelectorErrorsK30(t *testing.T) {
	for _, test := range []struct{ expr, want string }{
		{"", "is empty"},
		{",,", "is empty"},
		{"a", `at byte 0: "a" has no operator`},
		{"a=b,c", `at byte 4: "c" has no operator`},
		{"=", "at byte 0: the path before the operator is empty"},
		{"!=x", "at byte 0: the path before the operator is empty"},
		{"a = b", `at byte 0: the path "a " must not`},
		{"a=b, c=d", `at byte 4: the path " c" must not`},
		{"a=b=c", `at byte 3: a value's '='`},
		{"a===b", `at byte 3: a value's '='`},
		{`a=b\`, `at byte 3: after '\'`},
		{`a=b\x`, `at byte 3: after '\'`},
		{"a=\xff", "valid UTF-8"},
	} {
		checkBroken(t, test.expr, meta.FieldSelector(test.expr), test.want)
	}
}

// K30: exact maps are taken literally, or refused.
func TestEqualMapsK30(t *testing.T) {
	labels := map[string]string{"b": "2", "a": ""}
	s := meta.LabelsEqual(labels)
	labels["c"] = "3" // not kept
	if got, want := s.LabelQuery(), "a=,b=2"; got != want || s.Err() != nil {
		t.Errorf("LabelsEqual: query %q, error %v; want %q", got, s.Err(), want)
	}
	fields := map[string]string{"metadata.name": `x,y=\`}
	if got, want := meta.FieldsEqual(fields).FieldQuery(), `metadata.name=x\,y\=\\`; got != want {
		t.Errorf("FieldsEqual: query %q, want %q", got, want)
	}
	checkBroken(t, "no labels", meta.LabelsEqual(nil), "is empty")
	checkBroken(t, "no fields", meta.FieldsEqual(map[string]string{}), "is empty")
	checkBroken(t, "bad key", meta.LabelsEqual(map[string]string{"a b": "x"}), "the key must")
	checkBroken(t, "bad value", meta.LabelsEqual(map[string]string{"a": "x y"}), "the value must")
	for _, path := range []string{"", "a=", "a!", "a,b", `a\`, " a", "\xff"} {
		checkBroken(t, path, meta.FieldsEqual(map[string]string{path: "x"}), "bad field selector")
	}
	checkBroken(t, "value", meta.FieldsEqual(map[string]string{"a": "\xff"}), "valid UTF-8")
}

func lookup(labels map[string]string) func(string) (string, bool) {
	return func(key string) (string, bool) {
		value, ok := labels[key]
		return value, ok
	}
}

func TestMatchesLabelsK30(t *testing.T) {
	labels := map[string]string{"app": "web", "tier": "", "size": "3", "word": "3x"}
	for _, test := range []struct {
		expr string
		want bool
	}{
		{"app=web", true},
		{"app=api", false},
		{"none=", false},
		{"tier=", true},
		{"app!=web", false},
		{"app!=api", true},
		{"none!=web", true},
		{"app in (api,web)", true},
		{"none in (api,web)", false},
		{"app notin (api,web)", false},
		{"none notin (api,web)", true},
		{"tier", true},
		{"none", false},
		{"!none", true},
		{"!tier", false},
		{"size>2", true},
		{"size>3", false},
		{"size<4", true},
		{"size<3", false},
		{"none>0", false},
		{"none<9", false},
		{"word>0", false},
		{"tier<9", false},
		{"app=web,size>2,!none", true},
		{"app=web,size>2,none", false},
	} {
		if got := meta.LabelSelector(test.expr).MatchesLabels(lookup(labels)); got != test.want {
			t.Errorf("%q matches %v: %v, want %v", test.expr, labels, got, test.want)
		}
	}
}

func TestMatchesFieldsK30(t *testing.T) {
	get := func(path string) string { return map[string]string{"status.phase": "Running"}[path] }
	for expr, want := range map[string]bool{
		"status.phase=Running":                 true,
		"status.phase!=Running":                false,
		"status.phase!=Failed":                 true,
		"spec.nodeName=":                       true,
		"spec.nodeName!=":                      false,
		"status.phase=Running,spec.nodeName=":  true,
		"status.phase=Running,spec.nodeName=x": false,
	} {
		if got := meta.FieldSelector(expr).MatchesFields(get); got != want {
			t.Errorf("%q matches: %v, want %v", expr, got, want)
		}
	}
}

func TestSelectorZero(t *testing.T) {
	var zero meta.Selector
	checkBroken(t, "zero", zero, "is empty")
	if !zero.Equal(meta.Selector{}) || zero.Equal(meta.LabelSelector("a")) {
		t.Error("the zero Selector equals itself only")
	}
}

func TestSelectorAnd(t *testing.T) {
	labels, fields := meta.LabelSelector("b=2"), meta.FieldSelector("x=1")
	both := labels.And(fields, meta.LabelSelector("a=1"), labels)
	if got, want := both.String(), "labels a=1,b=2; fields x=1"; got != want {
		t.Errorf("And: %q, want %q", got, want)
	}
	if labels.LabelQuery() != "b=2" || fields.FieldQuery() != "x=1" || fields.LabelQuery() != "" {
		t.Error("And changed its operands")
	}
	if !both.Equal(meta.LabelSelector("a in (1),b==2").And(meta.FieldSelector("x==1"))) {
		t.Error("the order and form of the requirements matter to Equal")
	}
	if !labels.And().Equal(labels) || labels.Equal(both) || fields.Equal(both) {
		t.Error("Equal is wrong")
	}

	bad := meta.LabelSelector("a=b c")
	for _, s := range []meta.Selector{bad.And(labels), labels.And(bad), labels.And(fields, bad, meta.Selector{})} {
		if !s.Equal(bad) {
			t.Errorf("And lost the error: %v", s)
		}
	}
	checkBroken(t, "and zero", labels.And(meta.Selector{}), "is empty")
}

func TestSelectorErrIsACopy(t *testing.T) {
	s := meta.LabelSelector("a=b c")
	var bad *rest.ArgumentError
	if !errors.As(s.Err(), &bad) {
		t.Fatal(s.Err())
	}
	before := s.Err().Error()
	bad.Reason = "changed"
	if s.Err().Error() != before {
		t.Error("a caller can write into a Selector")
	}
}

func TestSelectorMatchDoesNotAllocate(t *testing.T) {
	labels := map[string]string{"app": "web", "tier": "front", "size": "3"}
	s := meta.LabelSelector("app=web,tier!=back,size>2").And(meta.FieldSelector("status.phase=Running"))
	matched := true
	allocs := testing.AllocsPerRun(100, func() {
		matched = matched && s.MatchesLabels(func(key string) (string, bool) {
			value, ok := labels[key]
			return value, ok
		})
		matched = matched && s.MatchesFields(func(string) string { return "Running" })
	})
	if allocs != 0 || !matched {
		t.Errorf("%v allocations, matched %v", allocs, matched)
	}
}

func BenchmarkMatchesLabels(b *testing.B) {
	labels := map[string]string{"app": "web", "tier": "front"}
	s := meta.LabelSelector("app=web,tier in (front,back)")
	b.ReportAllocs()
	for b.Loop() {
		s.MatchesLabels(lookup(labels))
	}
}

func ExampleLabelSelector() {
	s := meta.LabelSelector("tier in (front, back), app==web, !canary")
	fmt.Println(s.LabelQuery())

	labels := map[string]string{"app": "web", "tier": "front"}
	fmt.Println(s.MatchesLabels(func(key string) (string, bool) {
		value, ok := labels[key]
		return value, ok
	}))
	// Output:
	// app=web,!canary,tier in (back,front)
	// true
}

func ExampleSelector_Err() {
	team := "" // not set
	fmt.Println(meta.LabelSelector(team).Err())
	fmt.Println(meta.LabelSelector("app in (web").Err())
	// Output:
	// kube: bad label selector: is empty; leave the selector out to match every object
	// kube: bad label selector "app in (web": at byte 11: expected ',' or ')', found the end
}

func ExampleSelector_And() {
	s := meta.LabelsEqual(map[string]string{"app": "web"}).And(meta.FieldSelector("spec.nodeName!="))
	fmt.Println(s)
	// Output:
	// labels app=web; fields spec.nodeName!=
}
