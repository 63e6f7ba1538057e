package until_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
	"github.com/kubeviews/kube/until"
)

type pod struct{ doc raw.Object }

func (p pod) Raw() raw.Object { return p.doc }

type node struct{ pod }

func parse(t testing.TB, text string) pod {
	t.Helper()
	doc, err := raw.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return pod{doc}
}

const podText = `{
	"metadata": {"name": "web", "generation": 2, "labels": {"app.io/name": "web", "a=b": "c"}},
	"spec": {"replicas": 3, "weight": 1.50, "paused": false, "note": " spaced ", "none": null, "huge": 1e999, "list": ["a", "b"]},
	"status": {
		"phase": "Pending", "empty": "",
		"conditions": [
			{"type": "Ready", "status": "False", "reason": "ContainersNotReady"},
			{"type": "Initialized", "status": "True"},
			{"type": "Old", "status": "True", "observedGeneration": 1},
			{"type": "Current", "status": "True", "observedGeneration": 2},
			{"type": "Twice", "status": 1}, {"type": "Twice", "status": "Unknown"}, {"type": "Twice", "status": "True"},
			{"type": "Odd", "status": "Maybe", "reason": "two words"},
			{"type": "Null", "status": null}, {"type": 7}, {}, [], "text", null
		],
		"containers": [{"name": "a", "ready": true}, {"name": "b", "ready": true}, {"name": "c", "ready": true, "count": 1}]
	}
}`

type given struct {
	goal   until.Goal
	met    bool
	text   string // String
	saw    string
	hidden string // Saw of the same document when it is sensitive
}

func (g given) check(t *testing.T, obj pod) {
	t.Helper()
	if err := g.goal.Err(); err != nil {
		t.Fatal(err)
	}
	for _, obj := range []pod{obj, {obj.doc.Sensitive()}} {
		if met, err := g.goal.Met(obj); met != g.met || err != nil {
			t.Errorf("%v: met %v, %v, want %v", g.goal, met, err, g.met)
		}
	}
	if got := g.goal.String(); got != g.text {
		t.Errorf("String is %s, want %s", got, g.text)
	}
	if got := g.goal.Saw(obj); got != g.saw {
		t.Errorf("%v: Saw is %s, want %s", g.goal, got, g.saw)
	}
	if got := g.goal.Saw(pod{obj.doc.Sensitive()}); got != g.hidden {
		t.Errorf("%v: Saw of a sensitive document is %s, want %s", g.goal, got, g.hidden)
	}
	if got := g.goal.Saw(nil); got != "it does not exist" {
		t.Errorf("%v: Saw of nothing is %s", g.goal, got)
	}
}

func TestConditions(t *testing.T) {
	obj := parse(t, podText)
	is := func(kind string) string { return "condition " + kind + " is " }
	for _, g := range []given{
		{until.Condition("Ready"), false, `condition Ready`, is("Ready") + `"False" (ContainersNotReady)`, is("Ready") + "set"},
		{until.ConditionIs("ready", "false"), true, `condition ready = "False"`, is("ready") + `"False" (ContainersNotReady)`, is("ready") + "set"},
		{until.Condition("Initialized"), true, `condition Initialized`, is("Initialized") + `"True"`, is("Initialized") + "set"},
		{until.ConditionIs("Initialized", "UNKNOWN"), false, `condition Initialized = "Unknown"`, is("Initialized") + `"True"`, is("Initialized") + "set"},
		{until.Condition("Absent"), false, `condition Absent`, is("Absent") + "not there", is("Absent") + "not there"},
		{until.ConditionIs("Absent", "Unknown"), false, `condition Absent = "Unknown"`, is("Absent") + "not there", is("Absent") + "not there"},
		{until.Condition("Old"), false, `condition Old`, is("Old") + `"True", which is about generation 1, not 2`, is("Old") + "set"},
		{until.Condition("Current"), true, `condition Current`, is("Current") + `"True"`, is("Current") + "set"},
		{until.Condition("Twice"), false, `condition Twice`, is("Twice") + `"Unknown"`, is("Twice") + "set"},
		{until.ConditionIs("Twice", "Unknown"), true, `condition Twice = "Unknown"`, is("Twice") + `"Unknown"`, is("Twice") + "set"},
		{until.ConditionIs("Odd", "maybe"), true, `condition Odd = "maybe"`, is("Odd") + `"Maybe" ("two words")`, is("Odd") + "set"},
		{until.Condition("Null"), false, `condition Null`, is("Null") + "not there", is("Null") + "not there"},
	} {
		g.check(t, obj)
		if met, err := g.goal.Met(nil); met || err != nil {
			t.Errorf("%v is met by nothing: %v, %v", g.goal, met, err)
		}
	}
}

// As in kubectl, the condition's own generation goes before the status's.
func TestConditionGenerations(t *testing.T) {
	for _, tt := range []struct {
		generation, status, condition string
		met, notMet                   bool
	}{
		{`2`, `2`, `2`, true, false},
		{`2`, `2`, ``, true, false},
		{`2`, `3`, ``, true, false},
		{`2`, `1`, ``, false, false},
		{`2`, `1`, `2`, true, false},
		{`2`, `2`, `1`, false, false},
		{`2`, `1`, `null`, false, false},
		{`2`, ``, ``, true, false},
		{``, `1`, `1`, true, false},
		{`"2"`, `1`, `1`, true, false},
		{`2`, `"1"`, `1.5`, true, false},
	} {
		member := func(name, value string) string {
			if value == "" {
				return ""
			}
			return `"` + name + `": ` + value + `,`
		}
		obj := parse(t, `{"metadata": {`+member("generation", tt.generation)+`"name": "a"}, "status": {`+
			member("observedGeneration", tt.status)+`"conditions": [{`+member("observedGeneration", tt.condition)+
			`"type": "Ready", "status": "True"}]}}`)
		check(t, until.Condition("Ready"), obj, tt.met)
		check(t, until.Not(until.Condition("Ready")), obj, tt.notMet)
		if !tt.met {
			check(t, until.Not(until.ConditionIs("Ready", "False")), obj, false)
		}
	}
}

func check(t *testing.T, g until.Goal, obj until.Object, want bool) {
	t.Helper()
	if met, err := g.Met(obj); met != want || err != nil {
		t.Errorf("%v: met %v, %v, want %v", g, met, err, want)
	}
}

func TestJSONPathGoals(t *testing.T) {
	obj := parse(t, podText)
	long := strings.Repeat("é", 60)
	for _, g := range []given{
		{until.JSONPath("status.phase", "Pending"), true, `{.status.phase} = "Pending"`, `{.status.phase} is "Pending"`, `{.status.phase} is set`},
		{until.JSONPath("{.status.phase}", "pending"), false, `{.status.phase} = "pending"`, `{.status.phase} is "Pending"`, `{.status.phase} is set`},
		{until.JSONPath(".status.podIP", ""), false, `{.status.podIP} = ""`, `{.status.podIP} is not there`, `{.status.podIP} is not there`},
		{until.JSONPath(".status.empty", ""), true, `{.status.empty} = ""`, `{.status.empty} is ""`, `{.status.empty} is set`},
		{until.JSONPath(".spec.replicas", "3"), true, `{.spec.replicas} = "3"`, `{.spec.replicas} is 3`, `{.spec.replicas} is set`},
		{until.JSONPath(".spec.weight", "1.5"), true, `{.spec.weight} = "1.5"`, `{.spec.weight} is 1.50`, `{.spec.weight} is set`},
		{until.JSONPath(".spec.huge", "1e999"), true, `{.spec.huge} = "1e999"`, `{.spec.huge} is 1e999`, `{.spec.huge} is set`},
		{until.JSONPath(".spec.paused", "false"), true, `{.spec.paused} = "false"`, `{.spec.paused} is false`, `{.spec.paused} is set`},
		{until.JSONPath(".spec.note", "spaced\n"), true, `{.spec.note} = "spaced"`, `{.spec.note} is " spaced "`, `{.spec.note} is set`},
		{until.JSONPath(".spec.none", "null"), true, `{.spec.none} = "null"`, `{.spec.none} is null`, `{.spec.none} is set`},
		{until.JSONPathExists(".spec.none"), true, `{.spec.none} exists`, `{.spec.none} is null`, `{.spec.none} is set`},
		{until.JSONPathExists(".spec.some"), false, `{.spec.some} exists`, `{.spec.some} is not there`, `{.spec.some} is not there`},
		{until.JSONPath(".spec.list", ` [ "a", "\u0062" ] `), true, `{.spec.list} = "[ \"a\", \"\\u0062\" ]"`, `{.spec.list} is ["a","b"]`, `{.spec.list} is set`},
		{until.JSONPath(".spec.list", `["b","a"]`), false, `{.spec.list} = "[\"b\",\"a\"]"`, `{.spec.list} is ["a","b"]`, `{.spec.list} is set`},
		{until.JSONPath(".spec.list", `[map`), false, `{.spec.list} = "[map"`, `{.spec.list} is ["a","b"]`, `{.spec.list} is set`},
		{until.JSONPath(".spec.list[*]", `a`), false, `{.spec.list[*]} = "a"`, `{.spec.list[*]} is 2 values: "a", "b"`, `{.spec.list[*]} is set`},
		{until.JSONPath(".status.containers[*].ready", "true"), true, `{.status.containers[*].ready} = "true"`,
			`{.status.containers[*].ready} is 3 values: true, true, true`, `{.status.containers[*].ready} is set`},
		{until.JSONPath(`metadata.labels.app\.io/name`, long), false, `{.metadata.labels.app\.io/name} = "` + long + `"`,
			`{.metadata.labels.app\.io/name} is "web"`, `{.metadata.labels.app\.io/name} is set`},
		{until.JSONPath(`{.status.conditions[?(@.type=="Initialized")].status}`, "True"), true,
			`{.status.conditions[?(@.type=="Initialized")].status} = "True"`,
			`{.status.conditions[?(@.type=="Initialized")].status} is "True"`,
			`{.status.conditions[?(@.type=="Initialized")].status} is set`},
	} {
		g.check(t, obj)
		check(t, g.goal, nil, false)
		check(t, until.Not(g.goal), obj, !g.met)
		check(t, until.Not(g.goal), nil, false)
	}
}

func TestSawIsShort(t *testing.T) {
	long := strings.Repeat(`é`, 1000)
	obj := parse(t, `{"a": "`+long+`", "b": ["`+long+`", 1], "c": [`+strings.Repeat(`"0123456789",`, 100)+`1],
		"status": {"conditions": [{"type": "Ready", "status": "`+long+`", "reason": "`+long+`"}]}}`)
	for _, g := range []until.Goal{
		until.JSONPathExists(".a"), until.JSONPathExists(".b"), until.JSONPathExists(".b[*]"), until.JSONPathExists(".c[*]"),
		until.JSONPathExists(".c"), until.Condition("Ready"),
	} {
		if saw := g.Saw(obj); len(saw) > 300 || !strings.Contains(saw, "…") {
			t.Errorf("%v: %d bytes: %s", g, len(saw), saw)
		}
	}
}

func TestDeletedAndCombinations(t *testing.T) {
	obj := parse(t, podText)
	running, pending := until.JSONPath(".status.phase", "Running"), until.JSONPath(".status.phase", "Pending")
	deleted, ready, stale := until.Deleted(), until.Condition("Ready"), until.Condition("Old")
	for _, tt := range []struct {
		goal        until.Goal
		there, gone bool
		text        string
		saw         string
	}{
		{deleted, false, true, "deleted", "it exists"},
		{until.Not(deleted), true, false, "not deleted", "it exists"},
		{until.Not(until.Not(deleted)), false, true, "deleted", "it exists"},
		{until.Not(ready), true, false, "not condition Ready", `condition Ready is "False" (ContainersNotReady)`},
		{until.Not(stale), false, false, "not condition Old", `condition Old is "True", which is about generation 1, not 2`},
		{until.Any(running, deleted), false, true, `any of ({.status.phase} = "Running", deleted)`, `{.status.phase} is "Pending"; it exists`},
		{until.Any(deleted, pending), true, true, `any of (deleted, {.status.phase} = "Pending")`, `it exists; {.status.phase} is "Pending"`},
		{until.All(running, deleted), false, false, `all of ({.status.phase} = "Running", deleted)`, `{.status.phase} is "Pending"; it exists`},
		{until.All(until.Not(deleted), pending), true, false, `all of (not deleted, {.status.phase} = "Pending")`, `it exists; {.status.phase} is "Pending"`},
		{until.All(pending, pending), true, false, `all of ({.status.phase} = "Pending", {.status.phase} = "Pending")`, `{.status.phase} is "Pending"`},
		{until.Not(until.Any(running, deleted)), true, false, `not any of ({.status.phase} = "Running", deleted)`, `{.status.phase} is "Pending"; it exists`},
		{until.Not(until.All(running, deleted)), true, false, `not all of ({.status.phase} = "Running", deleted)`, `{.status.phase} is "Pending"; it exists`},
		{until.Not(until.All(running, until.Not(deleted))), true, true, `not all of ({.status.phase} = "Running", not deleted)`, `{.status.phase} is "Pending"; it exists`},
		{until.Any(stale, pending), true, false, `any of (condition Old, {.status.phase} = "Pending")`,
			`condition Old is "True", which is about generation 1, not 2; {.status.phase} is "Pending"`},
		{until.Not(until.Any(stale, running)), false, false, `not any of (condition Old, {.status.phase} = "Running")`,
			`condition Old is "True", which is about generation 1, not 2; {.status.phase} is "Pending"`},
		{until.Not(until.All(stale, running)), true, false, `not all of (condition Old, {.status.phase} = "Running")`,
			`condition Old is "True", which is about generation 1, not 2; {.status.phase} is "Pending"`},
	} {
		check(t, tt.goal, obj, tt.there)
		check(t, tt.goal, nil, tt.gone)
		if got := tt.goal.String(); got != tt.text {
			t.Errorf("String is %s, want %s", got, tt.text)
		}
		if got := tt.goal.Saw(obj); got != tt.saw {
			t.Errorf("%v: Saw is %s, want %s", tt.goal, got, tt.saw)
		}
	}
}

func TestFunc(t *testing.T) {
	obj, calls := parse(t, podText), 0
	called := until.Func("called", func(p pod) bool { calls++; return p.doc.Has("spec") })
	check(t, called, obj, true)
	check(t, called, nil, false)
	check(t, until.Not(called), nil, false)
	check(t, until.Not(called), obj, false)
	if calls != 2 || called.String() != "called" || called.Saw(obj) != "it exists" || called.Saw(nil) != "it does not exist" {
		t.Error(calls, called, called.Saw(obj), called.Saw(nil))
	}
	whatever := until.Func("whatever", func(until.Object) bool { return true })
	check(t, whatever, obj, true)
	check(t, whatever, node{obj}, true)

	// Both stop as soon as the answer is known.
	calls = 0
	check(t, until.All(until.Deleted(), called), obj, false)
	check(t, until.Any(until.Not(until.Deleted()), called), obj, true)
	if calls != 0 {
		t.Error("a goal was asked though the answer was known")
	}
}

func TestFuncOfAnotherType(t *testing.T) {
	goal := until.Func("cordoned", func(node) bool { return true })
	obj := parse(t, podText)
	for _, g := range []until.Goal{
		goal, until.Not(goal), until.Any(until.Not(until.Deleted()), goal), until.All(until.Deleted(), until.Not(goal)),
	} {
		met, err := g.Met(obj)
		fault, ok := errors.AsType[*rest.ArgumentError](err)
		if met || !ok || fault.Value != "cordoned" || fault.Reason != "it is for items of type until_test.node, not until_test.pod" {
			t.Errorf("%v: %v, %v", g, met, err)
		}
	}
	check(t, goal, node{obj}, true)
	check(t, until.Any(until.Deleted(), goal), nil, true)
}

func TestBadGoals(t *testing.T) {
	obj := parse(t, podText)
	zero := until.Goal{}
	for text, g := range map[string]until.Goal{
		`kube: bad goal: is empty; say what to wait for`:                                        zero,
		`kube: bad goal: Any needs at least one goal`:                                           until.Any(),
		`kube: bad goal: All needs at least one goal`:                                           until.All(),
		`kube: bad goal: a Func needs a text that names it`:                                     until.Func("", func(pod) bool { return true }),
		`kube: bad goal "x": its function is nil`:                                               until.Func[pod]("x", nil),
		`kube: bad condition: the type is empty`:                                                until.Condition(""),
		`kube: bad condition "Ready=": the status is empty`:                                     until.ConditionIs("Ready", ""),
		`kube: bad condition "Ready=False": the type holds a "="; Parse reads such a text`:      until.Condition("Ready=False"),
		`kube: bad condition "Ready ": the type holds a blank or a control character`:           until.Condition("Ready "),
		`kube: bad condition "Ready=Tr\x00ue": the status holds a blank or a control character`: until.ConditionIs("Ready", "Tr\x00ue"),
		`kube: bad JSONPath "{.a": at byte 3: expected '.', '[' or '}', found the end`:          until.JSONPath("{.a", "b"),
		`kube: bad JSONPath "{.a}=b": at byte 4: expected '.', '[' or the end, found '='`:       until.JSONPathExists("{.a}=b"),
	} {
		for _, g := range []until.Goal{g, until.Not(g), until.Any(until.Deleted(), g), until.All(g, until.Any())} {
			_, metErr := g.Met(obj)
			_, goneErr := g.Met(nil)
			for _, err := range []error{g.Err(), metErr, goneErr} {
				if _, ok := errors.AsType[*rest.ArgumentError](err); !ok || err.Error() != text {
					t.Errorf("error is %v, want %s", err, text)
				}
			}
			if g.String() != text || g.Saw(obj) != "it exists" || g.Saw(nil) != "it does not exist" {
				t.Error(g.String(), g.Saw(obj))
			}
		}
	}
	first := until.Any()
	fault, _ := errors.AsType[*rest.ArgumentError](first.Err())
	fault.Reason = "changed"
	if strings.Contains(first.String(), "changed") {
		t.Error("a caller can change a goal's error")
	}
}

func TestParse(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{`condition=Ready`, `condition Ready`},
		{`condition=Ready=true`, `condition Ready`},
		{`condition=Ready=False`, `condition Ready = "False"`},
		{`delete`, `deleted`},
		{`Delete`, `deleted`},
		{`CREATE`, `not deleted`},
		{`jsonpath={.status.phase}=Running`, `{.status.phase} = "Running"`},
		{`jsonpath='{.status.phase}'=Running`, `{.status.phase} = "Running"`},
		{`jsonpath="{.status.phase}"='Running'`, `{.status.phase} = "Running"`},
		{`jsonpath=.status.phase=Running`, `{.status.phase} = "Running"`},
		{`jsonpath=status.phase=Running`, `{.status.phase} = "Running"`},
		{`jsonpath={.a}=b=c`, `{.a} = "b=c"`},
		{`jsonpath={.a\=b}=c`, `{.a\=b} = "c"`},
		{`jsonpath={.a}`, `{.a} exists`},
		{`jsonpath='{.a}'`, `{.a} exists`},
		{`jsonpath='['a'].b'`, `{.a.b} exists`},
		{`jsonpath={.a[?(@.b=='c')].d}=e`, `{.a[?(@.b=="c")].d} = "e"`},
		{`jsonpath={.a[?(@.b!="c")].d}=e`, `{.a[?(@.b!="c")].d} = "e"`},
	} {
		g, err := until.Parse(tt.text)
		if err != nil || g.String() != tt.want {
			t.Errorf("%s: %v, %v", tt.text, g, err)
		}
	}
	how := "must be condition=TYPE, condition=TYPE=STATUS, jsonpath={PATH}, jsonpath={PATH}=VALUE, delete or create"
	for text, reason := range map[string]string{
		``:                    how,
		`Ready`:               how,
		`condition`:           how,
		`jsonpath`:            how,
		`Condition=Ready`:     how,
		` delete`:             how,
		`condition=`:          "the type is empty",
		`condition=Ready=`:    "the status is empty",
		`condition=Ready=a=b`: `the status holds a "="; Parse reads such a text`,
		`jsonpath=`:           "at byte 9: expected a name, found the end",
		`jsonpath={.a}=`:      "at byte 14: expected a value, found the end",
		`jsonpath={.a}=''`:    `at byte 14: expected a value, found '\''`,
		`jsonpath={.a}==b`:    "at byte 14: expected '=' and a value, or the end, found '='",
		`jsonpath={.a}b`:      "at byte 13: expected '=' and a value, or the end, found 'b'",
		`jsonpath='{.a}`:      "at byte 14: expected a closing ', found the end",
		`jsonpath={.a}{.b}`:   "at byte 13: expected '=' and a value, or the end, found '{'",
		"jsonpath={.\xff}=b":  "is not valid UTF-8",
	} {
		g, err := until.Parse(text)
		fault, ok := errors.AsType[*rest.ArgumentError](err)
		if !ok || fault.Reason != reason || g.String() != err.Error() || g.Err() == nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestGoalsAreShared(t *testing.T) {
	obj := parse(t, podText)
	parts := []until.Goal{until.Not(until.Deleted()), until.JSONPath("..phase", "Pending"), until.ConditionIs("Ready", "False")}
	goal := until.All(parts...)
	clear(parts)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				check(t, goal, obj, true)
				_ = goal.Saw(obj) + goal.String()
			}
		})
	}
	group.Wait()
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`condition=Ready=False`, `delete`, `jsonpath='{.a["b"][?(@.c >= -1.5)]..d[-1:].*}'="e"`, `jsonpath=.a\.b[1:2]=x`,
	} {
		f.Add(seed, podText)
	}
	f.Fuzz(func(t *testing.T, text, document string) {
		goal, err := until.Parse(text)
		if (err == nil) != (goal.Err() == nil) {
			t.Fatal(err, goal.Err())
		}
		doc, _ := raw.Parse([]byte(document))
		for _, obj := range []until.Object{nil, pod{doc}, pod{doc.Sensitive()}} {
			met, metErr := goal.Met(obj)
			not, _ := until.Not(goal).Met(obj)
			if met && not || (metErr == nil) != (err == nil) {
				t.Fatal(met, not, metErr)
			}
			_ = goal.Saw(obj) + goal.String()
		}
	})
}
