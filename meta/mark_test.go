package meta_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/kubeviews/kube/meta"
	"github.com/kubeviews/kube/raw"
)

// oddLabels are what may stand for labels in a document.
var oddLabels = []string{
	``, `{}`, `null`, `[]`, `7`, `true`, `"app"`, `["web","app",{"app":"web"}]`,
	`{"app":"web"}`, `{"app":"web","tier":"front"}`, `{"app":"","x":"web"}`,
	`{"\u0061pp":"w\u0065b"}`, `{"a\/b":"\u0077eb","ap\u0070":"\u0000"}`, `{"app":"\ud800web"}`, `{"\udfffapp":"web"}`,
	`{"app":7}`, `{"app":null}`, `{"app":{"app":"web"}}`, `{"app":["web"],"tier":"front"}`,
	`{"app":"web","app":"api"}`, `{"app":"api","app":"web"}`, `{"app":"web","app":null}`, `{"app":null,"app":"web"}`, `{"app":"web","\u0061pp":"api"}`,
	`{"app":"12","tier":"-3"}`, `{"web":"app"}`, `{"appweb":"","a":"ppweb"}`, `{"0":"web","1":"app"}`,
}

var markSelectors = []string{
	"app=web", "app=api", "app=", "app", "!app", "app!=web", "app in (web,api)", "app in (,api,x)", "app notin (web)", "app in ()",
	"app>11", "app<11", "app=web,tier=front", "app=web,tier", "app,!tier", "tier in (front,back),app notin (api)", "a/b=web", "web=app", "x", "0=web", "1=app", "0", "a=ppweb",
}

func labelled(labels string) (raw.Object, error) {
	if labels == "" {
		return raw.Parse([]byte(`{"metadata":{}}`))
	}
	return raw.Parse([]byte(`{"metadata":{"name":"x","labels":` + labels + `}}`))
}

// checkMark fails when a mark would hide what the selector matches.
func checkMark(t *testing.T, labels string, s meta.Selector) (may bool) {
	t.Helper()
	o, err := labelled(labels)
	if err != nil {
		return false
	}
	mark := meta.MarkLabels(o)
	if may = s.MayMatch(mark); s.Matches(o) && !may {
		t.Errorf("%v matches labels %s, and is said not to", s, labels)
	}
	return may
}

func TestMarksHideNothing(t *testing.T) {
	fields := meta.FieldSelector("metadata.name=x")
	for _, labels := range oddLabels {
		if _, err := labelled(labels); err != nil && !strings.Contains(labels, `\u`) { // lone surrogates may be refused
			t.Error(labels, err)
		}
		checkMark(t, labels, fields)
		for _, expr := range markSelectors {
			s := meta.LabelSelector(expr)
			if s.Err() != nil {
				t.Fatal(s.Err())
			}
			checkMark(t, labels, s)
			checkMark(t, labels, fields.And(s))
			for _, other := range markSelectors {
				checkMark(t, labels, s.And(meta.LabelSelector(other)))
			}
		}
	}
}

func TestMarkOfNothing(t *testing.T) {
	o, err := labelled("")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []raw.Object{o, {}} {
		if got := meta.MarkLabels(o); got != (meta.LabelMark{}) {
			t.Errorf("no labels have the mark %v", got)
		}
	}
	for expr, want := range map[string]bool{"app=": false, "app": false, "app in (a,)": false, "app>1": false, "!app": true, "app!=a": true, "app notin (a,b)": true, "!app,x": false} {
		if got := meta.LabelSelector(expr).MayMatch(meta.LabelMark{}); got != want {
			t.Errorf("%s may match no labels: %t", expr, got)
		}
	}
	full := meta.LabelMark{^uint64(0), ^uint64(0)}
	if (meta.Selector{}).MayMatch(full) || meta.LabelSelector("").MayMatch(full) || !meta.FieldSelector("a=b").MayMatch(meta.LabelMark{}) {
		t.Error("a broken selector may match, or one of fields may not")
	}
}

// Of objects with as many labels as charts give, few pass that do not match.
func TestMarksTellLabelsApart(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	passed, all := 0, 0
	for range 300 {
		labels := []string{`"app.kubernetes.io/managed-by":"Helm"`}
		for j := range 7 {
			labels = append(labels, fmt.Sprintf(`"label-%d":"value-%d"`, j, random.IntN(1000)))
		}
		text := "{" + strings.Join(labels, ",") + "}"
		for j := range 7 {
			for _, expr := range []string{"label-%d=other", "label-%d in (other,another)", "other-%d=value"} {
				all++
				if checkMark(t, text, meta.LabelSelector(fmt.Sprintf(expr, j))) {
					passed++
				}
			}
		}
		for _, expr := range []string{"app.kubernetes.io/managed-by=Helm", "app.kubernetes.io/managed-by", "label-1,label-2", "label-3,x!=y"} {
			if !checkMark(t, text, meta.LabelSelector(expr)) {
				t.Errorf("%s does not pass", expr)
			}
		}
	}
	if passed*20 > all {
		t.Errorf("%d of %d pass", passed, all)
	}
}

func TestMarksTakeNoMemory(t *testing.T) {
	o, err := labelled(`{"app":"web","tier":"front"}`)
	if err != nil {
		t.Fatal(err)
	}
	s, found := meta.LabelSelector("app=web,tier in (front,back)"), true
	if n := testing.AllocsPerRun(100, func() { found = found && s.MayMatch(meta.MarkLabels(o)) }); n != 0 || !found {
		t.Errorf("%v allocations, found %t", n, found)
	}
}

func FuzzMarksHideNothing(f *testing.F) {
	for i, labels := range oddLabels {
		f.Add(labels, markSelectors[i%len(markSelectors)])
	}
	f.Fuzz(func(t *testing.T, labels, expr string) { checkMark(t, labels, meta.LabelSelector(expr)) })
}

func BenchmarkMarkLabels(b *testing.B) {
	o, err := labelled(`{"app.kubernetes.io/name":"web","pod-template-hash":"5d4f8c7b9","tier":"front","team":"shop"}`)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		meta.MarkLabels(o)
	}
}
