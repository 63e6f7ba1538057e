package items_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
)

// R02: a selector in the form of the API means what its expression does, and no
// value in it can pass for another requirement.
func TestLabelSelectorsOfObjects(t *testing.T) {
	pod := item[items.Pod](t, kinds.Pod, `{"metadata":{"labels":{"app":"web","tier":"a"}}}`)
	for text, want := range map[string]string{
		`null`: "absent",
		`{}`:   "all",
		`{"matchLabels":{},"matchExpressions":[]}`:                                              "all",
		`{"matchLabels":{"tier":"a","app":"web"}}`:                                              "matches app=web,tier=a",
		`{"matchLabels":{"app":""}}`:                                                            "misses app=",
		`{"matchExpressions":[{"key":"tier","operator":"In","values":["b","a"]}]}`:              "matches tier in (a,b)",
		`{"matchExpressions":[{"key":"tier","operator":"In","values":["a"]}]}`:                  "matches tier=a",
		`{"matchExpressions":[{"key":"tier","operator":"NotIn","values":["a","c"]}]}`:           "misses tier notin (a,c)",
		`{"matchExpressions":[{"key":"tier","operator":"Exists"}],"matchLabels":{"app":"web"}}`: "matches app=web,tier",
		`{"matchExpressions":[{"key":"example.com/x","operator":"DoesNotExist","values":[]}]}`:  "matches !example.com/x",
		`{"matchLabels":{"in":"notin"}}`:                                                        "misses in=notin",
		`{"matchExpressions":[{"key":"notin","operator":"NotIn","values":["in"]}]}`:             "matches notin!=in",
		`{"matchLabels":{"app":"web,tier"}}`:                                                    "error",
		`{"matchLabels":{"app":"a b"}}`:                                                         "error",
		`{"matchLabels":{"!app":"web"}}`:                                                        "error",
		`{"matchLabels":{"":""}}`:                                                               "error",
		`{"matchExpressions":[{"key":"tier","operator":"In"}]}`:                                 "error",
		`{"matchExpressions":[{"key":"tier","operator":"NotIn","values":[]}]}`:                  "error",
		`{"matchExpressions":[{"key":"tier","operator":"Exists","values":["a"]}]}`:              "error",
		`{"matchExpressions":[{"key":"tier","operator":"Gt","values":["1"]}]}`:                  "error",
		`{"matchExpressions":[{"key":"tier"}]}`:                                                 "error",
		`{"matchExpressions":[{"key":"tier","values":["a","b"]}]}`:                              "error",
		`{"matchExpressions":[{"key":"tier","operator":"In","values":["a) , (b"]}]}`:            "error",
		`[]`: "error",
	} {
		var s items.LabelSelector
		err := json.Unmarshal([]byte(text), &s)
		got := "misses " + s.String()
		switch {
		case err != nil:
			got = "error"
		case s.IsZero():
			got = "absent"
		case s.MatchesAll():
			got = "all"
		case s.Matches(pod):
			got = "matches " + s.String()
		}
		if got != want {
			t.Errorf("%s: got %s (%v), want %s", text, got, err, want)
		}
		if matches := got == "all" || strings.HasPrefix(got, "matches"); s.Matches(pod) != matches || s.Matches(nil) {
			t.Errorf("%s: matches: %v", text, s.Matches(pod))
		}
		if err == nil && !s.IsZero() && !s.MatchesAll() && s.Selector().Err() != nil {
			t.Errorf("%s: %v", text, s.Selector().Err())
		}
	}
	// An encoded selector cannot be taken for an empty one, which matches all.
	some := items.LabelSelector{}
	if err := json.Unmarshal([]byte(`{"matchLabels":{"a":"b"}}`), &some); err != nil {
		t.Fatal(err)
	}
	if text, err := json.Marshal([]items.LabelSelector{some, {}}); err != nil || string(text) != `["a=b",null]` {
		t.Errorf("got %s, %v", text, err)
	}
}

// R02: numbers, percentages and names.
func TestIntOrString(t *testing.T) {
	for text, want := range map[string]struct {
		n       int64
		isInt   bool
		percent int64
		isShare bool
	}{
		`0`: {0, true, 0, false}, `-7`: {-7, true, 0, false}, `"25%"`: {0, false, 25, true}, `"http"`: {0, false, 0, false},
		`"%"`: {0, false, 0, false}, `"80"`: {0, false, 0, false}, `null`: {}, `"a%"`: {},
	} {
		var i items.IntOrString
		if err := json.Unmarshal([]byte(text), &i); err != nil {
			t.Fatal(text, err)
		}
		n, isInt := i.Int()
		percent, isShare := i.Percent()
		if n != want.n || isInt != want.isInt || percent != want.percent || isShare != want.isShare || i.IsZero() != (text == "null") {
			t.Errorf("%s: got %d, %v, %d, %v", text, n, isInt, percent, isShare)
		}
		if back, err := json.Marshal(i); err != nil || string(back) != text {
			t.Errorf("%s: becomes %s, %v", text, back, err)
		}
	}
	for _, text := range []string{`1.5`, `true`, `{}`, `[]`, `1e3`, `9223372036854775808`} {
		var i items.IntOrString
		if err := json.Unmarshal([]byte(text), &i); err == nil || !i.IsZero() {
			t.Errorf("%s is read as %v", text, i)
		}
	}
}

// R02: the three forms of a metric's value.
func TestMetricValue(t *testing.T) {
	h := item[items.HorizontalPodAutoscaler](t, kinds.HorizontalPodAutoscaler, `{"status":{"currentMetrics":[{"type":"Resource","resource":{"name":"cpu","current":{"averageUtilization":91,"averageValue":"455m"}}},{"type":"External","external":{"metric":{"name":"q"},"current":{"value":"0"}}}]}}`)
	all, err := h.CurrentMetrics()
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	percent, ok := all[0].Value.Utilization()
	average, okay := all[0].Value.AverageValue()
	if !ok || !okay || percent != 91 || average.MilliValue() != 455 {
		t.Errorf("got %d, %v", percent, average)
	}
	if _, ok := all[0].Value.Value(); ok {
		t.Error("there is a value that nobody told")
	}
	if zero, ok := all[1].Value.Value(); !ok || !zero.IsZero() || all[1].Value.Equal(items.MetricValue{}) || !all[1].Value.Equal(all[1].Value) {
		t.Errorf("got %v", all[1].Value)
	}
}
