package judge

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kubeviews/kube/raw"
	"github.com/kubeviews/kube/until"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/util/jsonpath"
)

type item struct{ doc raw.Object }

func (i item) Raw() raw.Object { return i.doc }

// find has kubectl's library find values, as kubectl wait calls it.
func find(t *testing.T, path, document string) (found []any, err error) {
	t.Helper()
	p := jsonpath.New("judge").AllowMissingKeys(true)
	if err := p.Parse(path); err != nil {
		return nil, err
	}
	var data map[string]any
	if err := utiljson.Unmarshal([]byte(document), &data); err != nil {
		t.Fatal(err)
	}
	results, err := p.FindResults(data)
	if err != nil {
		return nil, err
	}
	for _, list := range results {
		for _, value := range list {
			// Difference: .* and .. go into the bytes of strings.
			if value.Kind() != reflect.Uint8 {
				found = append(found, value.Interface())
			}
		}
	}
	return found, nil
}

func texts(t *testing.T, values []any) (all []string) {
	t.Helper()
	for _, v := range values {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	slices.Sort(all) // their order is that of a map
	return all
}

// seen reads what a goal tells of an object: how many values, and, unless some
// are left out, which.
func seen(t *testing.T, path string, obj until.Object) (count int, all []string) {
	t.Helper()
	goal := until.JSONPathExists(path)
	if err := goal.Err(); err != nil {
		t.Fatal(err)
	}
	text, ok := strings.CutPrefix(goal.Saw(obj), printed(goal)+" is ")
	if !ok {
		t.Fatal(goal.Saw(obj))
	}
	if text == "not there" {
		return 0, nil
	}
	count = 1
	if list := strings.SplitN(text, " values: ", 2); len(list) == 2 {
		if _, err := fmt.Sscan(list[0], &count); err != nil {
			t.Fatal(err)
		}
		text = list[1]
	}
	if strings.Contains(text, "…") {
		return count, nil
	}
	all = strings.Split(text, ", ")
	slices.Sort(all)
	return count, all
}

// printed is the path in the form in which goals print it.
func printed(goal until.Goal) string { return strings.TrimSuffix(goal.String(), " exists") }

// checkFound compares what both find, and the goals about it.
func checkFound(t *testing.T, path, document string, theirs []any) {
	t.Helper()
	doc, err := raw.Parse([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	obj := item{doc}
	want := texts(t, theirs)
	if count, got := seen(t, path, obj); count != len(want) || got != nil && !slices.Equal(got, want) {
		t.Fatalf("%s in %s: %d: %q, theirs %q", path, document, count, got, want)
	}
	checkMet(t, until.JSONPathExists(path), obj, len(want) > 0)
	for _, value := range theirs {
		if text, ok := textOf(value); ok {
			same := !slices.ContainsFunc(theirs, func(other any) bool { t, ok := textOf(other); return !ok || t != text })
			checkMet(t, until.JSONPath(path, text), obj, same)
			checkMet(t, until.JSONPath(path, text+"x"), obj, false)
		}
	}
}

// textOf gives the text that kubectl wait compares.
func textOf(value any) (text string, ok bool) {
	switch value.(type) {
	case map[string]any, []any:
		return "", false
	case nil:
		return "null", true // difference: not <nil>
	}
	return fmt.Sprint(value), true
}

func checkMet(t *testing.T, goal until.Goal, obj until.Object, want bool) {
	t.Helper()
	if met, err := goal.Met(obj); met != want || err != nil {
		t.Fatalf("%v: met %v, %v; want %v", goal, met, err, want)
	}
}

// What people write, each form once.
func TestJSONPathsOfKubectl(t *testing.T) {
	const document = `{
		"kind": "Pod", "metadata": {"name": "web", "labels": {"app.io/name": "web", "tier": "front"}, "finalizers": ["a", "b", "c"]},
		"status": {
			"phase": "Running", "replicas": 3, "weight": 1.5, "small": 1e-8, "large": 1e+30, "ready": true, "none": null, "empty": [],
			"conditions": [{"type": "Ready", "status": "True", "n": 1}, {"type": "Other", "status": "False", "n": 2}],
			"containers": [{"name": "x", "image": "i"}, {"name": "y", "image": "j", "state": {"running": {}}}]
		}
	}`
	for _, path := range []string{
		"{.kind}", "{$.kind}", "{@.kind}", "{.status.phase}", "{.status['phase']}", "{['status']['phase']}", "{.status.replicas}",
		"{.status.weight}", "{.status.small}", "{.status.large}", "{.status.ready}", "{.status.none}", "{.status.none.x}", "{.status.empty}", "{.status.empty[*]}",
		"{.status.absent}", "{.status.absent[0].x}", "{.status.phase.x}", "{.metadata.labels}", "{.metadata.labels.*}",
		`{.metadata.labels.app\.io/name}`, `{.metadata.labels['app\.io/name']}`, `{.metadata['labels'].tier}`,
		"{.metadata.finalizers}", "{.metadata.finalizers[*]}", "{.metadata.finalizers.*}", "{.metadata.finalizers[:]}", "{.metadata.finalizers[0]}",
		"{.metadata.finalizers[-1]}", "{.metadata.finalizers[-3]}", "{.metadata.finalizers[0:2]}", "{.metadata.finalizers[1:]}",
		"{.metadata.finalizers[:2]}", "{.metadata.finalizers[-2:]}", "{.metadata.finalizers[:-1]}", "{.metadata.finalizers[1:1]}", "{.metadata.finalizers[-2:-1]}",
		`{.metadata.finalizers[?(@=="b")]}`, `{.metadata.finalizers[?(@!="b")]}`, `{.metadata.finalizers[?(@>='b')]}`,
		`{.status.conditions[?(@.type=="Ready")].status}`, `{.status.conditions[?(@.type=='Ready')].status}`,
		`{.status.conditions[?( @.type == "Ready" )].status}`, `{.status.conditions[?(.type=="Ready")].status}`,
		`{.status.conditions[?(@['type']=="Ready")].status}`, `{.status.conditions[?("Ready"==@.type)].status}`,
		`{.status.conditions[?(@.n<2)].type}`, `{.status.conditions[?(@.n<=2)].type}`, `{.status.conditions[?(@.n>1)].type}`,
		`{.status.conditions[?(@.n>=-1)].type}`, `{.status.conditions[?(@.n!=+1)].type}`, `{.status.conditions[?(@.n==@.n)].type}`,
		`{.status.conditions[?(@.absent=="x")].type}`, `{.status.conditions[?(@.absent!="x")].type}`, `{.status.conditions[?(@.type==@.absent)].type}`,
		`{.status.containers[?(@.state)].name}`, `{.status.containers[?(@.state.running)].name}`, `{.status.containers[?(@.absent)].name}`,
		"{.status.containers[*].image}", "{..image}", "{.status..name}", "{..name}", "{..['name']}", "{..conditions[0].type}", "{..containers[*].name}",
		`{..conditions[?(@.type=="Ready")].status}`, "{.status.*}", "{.status.containers[*].*}", "{..absent}",
	} {
		t.Run(path, func(t *testing.T) {
			theirs, err := find(t, path, document)
			if err != nil {
				t.Fatal(err)
			}
			checkFound(t, path, document, theirs)
		})
	}
}

// Differences: what kubectl ends with an error for, or finds otherwise.
func TestJSONPathDifferences(t *testing.T) {
	const document = `{"a": {"b": {"c": 1}}, "a.b": 2, "s": "text", "l": [1, 2.5, "x", null, {"k": [1]}], "ll": [[], [1], [2]], "objects": [{"k": []}, {"k": [3]}]}`
	for _, tt := range []struct{ path, ours, theirs string }{
		{"{.l[9]}", "", "out of bounds"},
		{"{.l[-9]}", "", "out of bounds"},
		{"{.l[3:9]}", `null {"k":[1]}`, "out of bounds"},
		{"{.l[2:1]}", "", "greater than"},
		{"{.s[0]}", "", "is not array or slice"},
		{"{.a[*]}", "", "is not array or slice"},
		{"{.a[?(@.b)]}", "", "is not array or slice"},
		{"{.ll[*][0]}", "1 2", "out of bounds"},
		{`{.l[?(@==1)]}`, "1", "incompatible types"},
		{`{.l[?(@>1)]}`, "2.5", "incompatible types"},
		{`{.l[4:][?(@.k=="x")]}`, "", "is not array or slice"},
		{`{.objects[?(@.k==3)].k}`, "", "invalid type"},
		{`{.objects[?(@.k[*]==3)].k}`, "[3]", ""},
		{`{.l[?(@.k[*]==1)].k}`, "[1]", ""},
		{"{..*}", "", "unrecognized character"},
		{`{["a"]}`, `{"b":{"c":1}}`, "invalid array index"},
		{"{['a.b']}", "2", `{"c":1}`},
		{"{.ll[*][*]}", "1 2", "nothing"},
		{"{.objects[?(@.k[0])].k}", "[3]", "[3] []"},
	} {
		theirs, err := find(t, tt.path, document)
		found := strings.Join(texts(t, theirs), " ")
		if found == "" {
			found = "nothing"
		}
		if err != nil {
			found = err.Error()
		}
		if !strings.Contains(found, tt.theirs) {
			t.Errorf("%s: theirs is %s, not %s", tt.path, found, tt.theirs)
		}
		doc, err := raw.Parse([]byte(document))
		if err != nil {
			t.Fatal(err)
		}
		if _, got := seen(t, tt.path, item{doc}); tt.path != "{..*}" && strings.Join(got, " ") != tt.ours {
			t.Errorf("%s: %q, not %s", tt.path, got, tt.ours)
		}
	}
	// Difference: what is not one path from the root is refused.
	for _, path := range []string{
		"text", "{.a}{.a}", "x{.a}", "{.a} ", "{}", "{@}", "{.}", "{.a .b}", "{.a$.b}", "{...a}", "{.l[]}", "{.l[0,1]}", "{['a','s']}", "{.l[::2]}",
		"{range .l[*]}{@}{end}", `{"text"}`, `{.l[?($.k)]}`, `{.l[?(1)]}`, `{.l[?(k)]}`, `{.l[?(@.k=1)]}`, "{.a=b}", "{.a(b)}", "{.a*b}",
	} {
		if err := jsonpath.New("judge").Parse(path); err != nil {
			t.Errorf("%s: theirs is %v", path, err)
		}
		trimmed := path == "text" || path == "{.a} " // names and blanks are fine without the braces
		if err := until.JSONPathExists(path).Err(); (err == nil) != trimmed {
			t.Errorf("%s: %v", path, err)
		}
	}
}

var memberNames = []string{"a", "b", "c", "a.b"}

// Difference: an empty list hides those behind it, so there is none.
func randomValue(random *rand.Rand, depth int) any {
	kinds := 8
	if depth == 0 {
		kinds = 6
	}
	switch random.IntN(kinds) {
	case 0:
		return nil
	case 1:
		return random.IntN(2) == 0
	case 2, 3:
		return random.IntN(4)
	case 4:
		return float64(random.IntN(8)) + 0.5
	case 5:
		return pick(random, []string{"", "x", "y", "1"})
	case 6:
		var list []any
		for range 1 + random.IntN(3) {
			list = append(list, randomValue(random, depth-1))
		}
		return list
	}
	return randomObject(random, depth-1)
}

func randomObject(random *rand.Rand, depth int) map[string]any {
	object := map[string]any{}
	for range random.IntN(4) {
		object[pick(random, memberNames)] = randomValue(random, max(depth, 0))
	}
	return object
}

func randomMember(random *rand.Rand) string {
	name := strings.ReplaceAll(pick(random, memberNames), ".", `\.`)
	if random.IntN(3) == 0 {
		return "['" + name + "']"
	}
	return "." + name
}

// Spans are never empty: to theirs those are empty lists.
var (
	randomSteps     = []string{"[0]", "[1]", "[-1]", "[*]", "[:]", "[0:1]", "[:1]", "[-1:]", ".*"}
	randomOperators = []string{"==", "!=", "<", "<=", ">", ">="}
	randomLiterals  = []string{`"x"`, `'y'`, `""`, "1", "2", "-1", "1.5", "true", "false", "@.b", "@"}
)

// randomFilter compares at random, or asks for members only: there an error of
// theirs counts as existing.
func randomFilter(random *rand.Rand) string {
	blank := pick(random, []string{"", "", " "})
	if random.IntN(3) == 0 {
		return "[?(" + blank + "@" + randomMember(random) + blank + ")]"
	}
	left := pick(random, []string{"@", "@" + randomMember(random), randomMember(random), "@.a[0]", "@.a[*]"})
	return "[?(" + blank + left + blank + pick(random, randomOperators) + blank + pick(random, randomLiterals) + blank + ")]"
}

// randomPath has at most one recursion: theirs finds a place by every way to it.
func randomPath(random *rand.Rand) string {
	var b strings.Builder
	b.WriteString(pick(random, []string{"", "", "$", "@"}))
	deep := random.IntN(8)
	for i := range 1 + random.IntN(4) {
		switch n := random.IntN(10); {
		case i == deep:
			b.WriteString(pick(random, []string{"..a", "..b", "..['c']", `..['a\.b']`}))
		case n < 6 || i == 0:
			b.WriteString(randomMember(random))
		case n < 8:
			b.WriteString(pick(random, randomSteps))
		default:
			b.WriteString(randomFilter(random))
		}
	}
	return "{" + b.String() + "}"
}

var pathParts = []string{".", "..", "a", "b", "[", "]", "0", "-1", ":", "*", "'", `"`, `\`, "?", "(", ")", "@", "$", "=", "!", "<", "{", "}", " ", ",", "1"}

// What kubectl takes as it stands is found by both, whatever the document is.
func TestJSONPath(t *testing.T) {
	compared, errors := 0, 0
	generate(t, func(t *testing.T, random *rand.Rand) {
		text, err := json.Marshal(randomObject(random, 4))
		if err != nil {
			t.Fatal(err)
		}
		path, document := randomPath(random), string(text)
		theirs, err := find(t, path, document)
		if err != nil {
			errors++
			checkTheirError(t, path, err)
			return
		}
		if len(theirs) > 0 {
			compared++
		}
		checkFound(t, path, document, theirs)
	})
	if compared < 1000 || errors < 100 {
		t.Errorf("%d found something, %d were errors: too few", compared, errors)
	}
}

// Difference: an error of theirs about the document is none of ours.
func checkTheirError(t *testing.T, path string, err error) {
	t.Helper()
	for _, known := range []string{"out of bounds", "is not array or slice", "one element at a time", "incompatible types", "invalid type", "greater than"} {
		if strings.Contains(err.Error(), known) {
			return
		}
	}
	t.Errorf("%s: theirs is %v", path, err)
}

// What is accepted after a random edit prints in a form that kubectl takes too,
// and in which both find the same.
func TestJSONPathPrints(t *testing.T) {
	good, compared := 0, 0
	generate(t, func(t *testing.T, random *rand.Rand) {
		path := spoil(random, spoil(random, randomPath(random), pathParts), pathParts)
		goal := until.JSONPathExists(path)
		if goal.Err() != nil {
			return
		}
		text, err := json.Marshal(randomObject(random, 4))
		if err != nil {
			t.Fatal(err)
		}
		if again := printed(until.JSONPathExists(printed(goal))); again != printed(goal) {
			t.Fatalf("%s prints as %s, and that as %s", path, printed(goal), again)
		}
		good++
		if differs.MatchString(printed(goal)) {
			return
		}
		theirs, err := find(t, printed(goal), string(text))
		if err != nil {
			checkTheirError(t, printed(goal), err)
			return
		}
		compared++
		checkFound(t, path, string(text), theirs)
	})
	if good < 5000 || compared < 2000 {
		t.Errorf("%d good paths, %d compared: too few", good, compared)
	}
}

// differs finds what kubectl reads in another way: a second recursion, which
// finds a place twice; a backslash as part of a name; behind two dots, a name
// that starts with no letter or digit; in a filter, a name with a quote or a sign
// of an operator, the bytes of strings, or, as above, an element that must exist.
var differs = regexp.MustCompile(`\.\..*\.\.|\\\\|\.\.[^\w\[]|\?\(.*\\[=!<>()'"]|\?\(.*\.\*|\?\([^=!<>]*\[-?\d[^=!<>]*\)\]`)
