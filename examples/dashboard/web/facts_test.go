package web

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube/examples/dashboard/live"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/kubetest"
)

// The chain of owners goes all the way up.
func TestOwnersOfOwners(t *testing.T) {
	server := kubetest.NewServer(t, kubetest.WithoutGarbageCollection())
	owner := []any(nil)
	for i := range 4 {
		name := fmt.Sprintf("c%d", i)
		put(t, server, map[string]any{"apiVersion": "v1", "kind": "ConfigMap",
			"metadata": map[string]any{"name": name, "namespace": "default", "uid": name, "ownerReferences": owner}})
		owner = []any{map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": name, "controller": true}}
	}
	s := serve(t, server.URL(), "configmaps")
	r, _ := s.cluster.Resource("configmaps")
	item, _ := r.Snapshot().Get("default", "c3")
	var chain []string
	for _, o := range s.owners(item) {
		chain = append(chain, o.Name)
	}
	if want := []string{"c0", "c1", "c2", "c3"}; !slices.Equal(chain, want) {
		t.Errorf("the chain is %v", chain)
	}
}

// Warnings are those of the last hour, the newest first.
func TestWarnings(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Second)
	server := kubetest.NewServer(t)
	for name, ago := range map[string]time.Duration{"old": 61 * time.Minute, "older": 59 * time.Minute, "newest": time.Minute, "newer": 2 * time.Minute} {
		put(t, server, map[string]any{"apiVersion": "v1", "kind": "Event", "metadata": map[string]any{"name": name, "namespace": "default"},
			"type": "Warning", "reason": name, "lastTimestamp": now.Add(-ago).Format(time.RFC3339),
			"involvedObject": map[string]any{"kind": "Pod", "name": "p", "namespace": "default"}})
	}
	s := serve(t, server.URL(), "events")
	var reasons []string
	for _, w := range s.warnings(now) {
		reasons = append(reasons, w.Reason)
	}
	if want := []string{"newest", "newer", "older"}; !slices.Equal(reasons, want) {
		t.Errorf("warned of %v", reasons)
	}
}

// What is said to be changes a minute is of a minute.
func TestChangesPerMinute(t *testing.T) {
	var samples []live.Sample
	for i := range 3 * int(time.Minute/live.Interval) {
		samples = append(samples, live.Sample{Time: time.Unix(0, 0).Add(time.Duration(i) * live.Interval), Changes: int64(i * i)})
	}
	last, n := len(samples)-1, int(time.Minute/live.Interval)
	if got, want := perMinute(samples), int64(last*last-(last-n)*(last-n)); got != want {
		t.Errorf("%d, want %d", got, want)
	}
	if got := perMinute(samples[:3]); got != 4 {
		t.Errorf("of the first moments: %d", got)
	}
	late := samples[last]
	late.Time = late.Time.Add(time.Hour)
	late.Changes += 7
	if got := perMinute(append(samples, late)); got != 0 {
		t.Errorf("after an hour without contact: %d", got)
	}
}

// A change behind a gap says so, and how many of its differences are not shown.
func TestChangeBehindGap(t *testing.T) {
	server := kubetest.NewServer(t, kubetest.WithObjects(configMap("default", "a")))
	s := serve(t, server.URL(), "configmaps")
	r, _ := s.cluster.Resource("configmaps")
	of := func(data ...any) items.Item {
		all := map[string]any{}
		for i, v := range data {
			all[fmt.Sprint(i)] = v
		}
		item, err := items.From[items.ConfigMap](map[string]any{"metadata": map[string]any{"name": "a"}, "data": all})
		if err != nil {
			t.Fatal(err)
		}
		return item
	}
	old, now := of("a", "b", "c", "d", "e"), of("1", "2", "3", "4", "5")
	for _, gap := range []bool{true, false} {
		row := changeOf(live.Change{Type: "MODIFIED", Resource: r, Item: now, Old: old, Diff: items.Diff(old, now), InGap: gap}, 3)
		var page strings.Builder
		if err := s.pages["changes"].ExecuteTemplate(&page, "change", row); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(page.String(), "behind a gap") != gap || len(row.Lines) != 3 || row.More != 2 {
			t.Errorf("%+v: %s", row, page.String())
		}
	}
}

// The YAML of an object leaves out what repeats the rest of it.
func TestYAMLHasNoCopies(t *testing.T) {
	item, err := items.From[items.ConfigMap](map[string]any{"metadata": map[string]any{"name": "a",
		"annotations": map[string]any{lastApplied: `{"data":{}}`, "kept": "yes"}, "managedFields": []any{map[string]any{"manager": "m"}}}})
	if err != nil {
		t.Fatal(err)
	}
	lines, err := yamlOf(item)
	text := fmt.Sprint(lines)
	if err != nil || strings.Contains(text, "last-applied") || strings.Contains(text, "managedFields") || !strings.Contains(text, "kept") {
		t.Errorf("%s, %v", text, err)
	}
}

// A part is of the colour of what it counts, and seen however small; all together they
// are the whole.
func TestPhasesTell(t *testing.T) {
	sums := live.Sums{Pods: 1000, Phases: map[kinds.PodPhase]int{
		kinds.PodRunning: 989, kinds.PodPending: 5, kinds.PodSucceeded: 3, kinds.PodFailed: 2, kinds.PodUnknown: 1}}
	want := []phasePart{{"Running", 989, 96, "good"}, {"Pending", 5, 1, "warn"}, {"Succeeded", 3, 1, "quiet"}, {"Failed", 2, 1, "bad"}, {"Unknown", 1, 1, "bad"}}
	if got := phases(sums); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

// Conditions are coloured by what is good of them, and not at all where that is not
// known.
func TestConditionTones(t *testing.T) {
	for condition, want := range map[string]string{
		"Pod Ready=True": "good", "Pod Ready=False": "warn", "Pod Ready=Unknown": "warn", "Pod Ready=False PodCompleted": "",
		"Pod DisruptionTarget=True": "warn", "Pod PodReadyToStartContainers=False": "",
		"Node MemoryPressure=False": "good", "Node MemoryPressure=Unknown": "warn", "Node NetworkUnavailable=True": "warn",
		"Deployment Progressing=True": "good", "Deployment Progressing=False": "warn", "Deployment ReplicaFailure=True": "warn", "Operator Progressing=False": "",
		"Job Complete=True": "good", "Job Failed=True": "warn", "Job Suspended=True": "",
		"HorizontalPodAutoscaler ScalingLimited=False": "", "HorizontalPodAutoscaler ScalingLimited=True": "", "HorizontalPodAutoscaler ScalingActive=False": "warn",
		"Namespace NamespaceDeletionContentFailure=False": "good", "Widget Novel=True": "", "Widget Novel=False": "",
	} {
		kind, condition, _ := strings.Cut(condition, " ")
		doc := object{"metadata": object{"name": "a"}, "status": object{"conditions": isSo(condition)}}
		item, err := items.Item(nil), error(nil)
		if kind == "Deployment" {
			item, err = items.From[items.Deployment](doc)
		} else {
			item, err = items.From[items.ConfigMap](doc)
		}
		if err != nil {
			t.Fatal(err)
		}
		rows := conditions(item, time.Now())
		if len(rows) != 1 || rows[0].Tone != want {
			t.Errorf("%s %s: %+v, not %q", kind, condition, rows, want)
		}
	}
}

// That a Job is not done is no fault while it runs.
func TestCompletions(t *testing.T) {
	for _, test := range []struct {
		want, state string
		succeeded   int
	}{{"0/2 ", "", 0}, {"1/2 ", "", 1}, {"2/2 good", "Complete=True", 2}, {"0/2 bad", "Failed=True", 0}, {"1/2 warn", "Failed=True", 1}, {"1/2 ", "Suspended=True", 1}} {
		status := object{"succeeded": test.succeeded}
		if test.state != "" {
			status["conditions"] = isSo(test.state)
		}
		job, err := items.From[items.Job](object{"metadata": object{"name": "a"}, "spec": object{"completions": 2}, "status": status})
		if err != nil {
			t.Fatal(err)
		}
		if c := completions(job); c.Text+" "+c.Tone != test.want {
			t.Errorf("%s: %+v, not %s", test.state, c, test.want)
		}
	}
	server := kubetest.NewServer(t, kubetest.WithObjects(object{"apiVersion": "batch/v1", "kind": "Job", "metadata": object{"name": "a", "namespace": "default"}}))
	shows(t, serve(t, server.URL(), "jobs"), 200, "/jobs", []string{">Completions</a>", "<td>0/1</td>"}, []string{">Ready</a>"})
}

// A chart of what was known last says when that was, and shows no line where nothing was.
func TestChartsOfAnOutage(t *testing.T) {
	now := time.Date(2030, 1, 2, 12, 0, 0, 0, time.Local)
	var samples []live.Sample
	for _, ago := range []time.Duration{100, 98, 96, 20, 18} {
		samples = append(samples, live.Sample{Time: now.Add(-ago * time.Hour / 100), OfPods: true, Ready: 7, Changes: 100 - int64(ago)})
	}
	c := charts(samples, now)[0]
	if want := "Ready pods: 7 at 11:49:12, between 7 and 7 in the last 49m"; c.Label() != want || c.Until != "11:49:12" || c.Since() != "49m before" {
		t.Errorf("%q, from %s to %s", c.Label(), c.Since(), c.Until)
	}
	if parts := strings.Count(c.Line, "M"); parts != len(samples) || strings.Count(c.Area, "Z") != parts {
		t.Errorf("%d parts: %s and %s", parts, c.Line, c.Area)
	}
	if c := charts(samples, now.AddDate(0, 0, 1))[0]; c.Until != "2 Jan 11:49:12" {
		t.Errorf("a day later: %s", c.Until)
	}
	whole := charts([]live.Sample{{Time: now}, {Time: now.Add(live.Interval)}, {Time: now.Add(2 * live.Interval)}}, now)[1]
	if strings.Count(whole.Line, "M") != 1 || !strings.Contains(whole.Line, "L150.0 ") || whole.Until != "now" {
		t.Errorf("%+v", whole)
	}
}

// While the cluster does not answer, the figures are those that were known, of the time
// when they were: no warnings of the last hour is not good news then.
func TestFiguresOfAnOutage(t *testing.T) {
	now := time.Now()
	server := kubetest.NewServer(t)
	put(t, server, map[string]any{"apiVersion": "v1", "kind": "Event", "metadata": map[string]any{"name": "e", "namespace": "default"},
		"type": "Warning", "reason": "Smoke", "lastTimestamp": now.Add(-time.Minute).UTC().Format(time.RFC3339),
		"involvedObject": map[string]any{"kind": "Pod", "name": "p", "namespace": "default"}})
	s := serve(t, server.URL(), "events", "configmaps")
	until(t, s.cluster, func() bool { return len(s.cluster.Samples()) > 0 })
	shows(t, s, 200, "/", []string{"in the last hour", "in the last minute"}, nil)
	defer server.Inject(kubetest.Fault{Cut: true}).Remove()
	server.CutConnections()
	until(t, s.cluster, func() bool { return !s.cluster.Contact().Live })
	s.now = func() time.Time { return now.Add(2 * time.Hour) }
	shows(t, s, 200, "/", []string{`<p class="figure warn">1</p>`, "in the hour before ", "in the minute before ", ">Smoke<"},
		[]string{"in the last hour", "in the last minute", "<span>now</span>"})
}

// The page of an object shows its last revisions, however much others have changed since.
func TestChangesAreKeptForTheirObject(t *testing.T) {
	server := kubetest.NewServer(t)
	put(t, server, configMap("default", "rare"), configMap("default", "busy"))
	s := serve(t, server.URL(), "configmaps")
	set := func(name string, n int) {
		if _, err := server.Update("configmaps", "default", name, func(o kubetest.Object) { o["data"] = map[string]any{"n": fmt.Sprint(n)} }); err != nil {
			t.Fatal(err)
		}
	}
	set("rare", 1)
	for n := range live.Remembered + 1 {
		set("busy", n)
		if n%100 == 0 { // before the server forgets what has not been told
			until(t, s.cluster, func() bool { return s.cluster.Seq() == int64(n+2) })
		}
	}
	shows(t, s, 200, "/configmaps/default/rare", []string{"<code>data</code>", "<ins>"}, []string{"None yet", "Earlier ones"})
	shows(t, s, 200, "/configmaps/default/busy", []string{"Earlier ones are not shown."}, nil)
}

// The page of an item looks again when something of a kind changes that it tells of, and
// not for others.
func TestItemsWatchWhatTheyShow(t *testing.T) {
	of := func(kind, name, ownerKind, owner string) object {
		meta := object{"name": name, "namespace": "default", "uid": "u-" + name}
		if owner != "" {
			meta["ownerReferences"] = []any{object{"apiVersion": "apps/v1", "kind": ownerKind, "name": owner, "uid": "u-" + owner, "controller": true}}
		}
		return object{"apiVersion": "apps/v1", "kind": kind, "metadata": meta}
	}
	pod := of("Pod", "web-1-a", "ReplicaSet", "web-1")
	pod["apiVersion"] = "v1"
	server := kubetest.NewServer(t, kubetest.WithoutGarbageCollection(), kubetest.WithObjects(of("Deployment", "web", "Widget", "w"), of("ReplicaSet", "web-1", "Deployment", "web"), pod,
		object{"apiVersion": "v1", "kind": "Node", "metadata": object{"name": "n1", "uid": "u-n1"}}, configMap("default", "c")))
	s := serve(t, server.URL(), "pods", "replicasets", "deployments", "nodes", "events", "configmaps", "jobs")
	for target, want := range map[string]string{
		"/deployments/default/web": "deployments events replicasets", "/replicasets/default/web-1": "deployments events pods replicasets",
		"/pods/default/web-1-a": "deployments events pods replicasets", "/nodes/n1": "events nodes pods", "/configmaps/default/c": "configmaps events",
	} {
		shows(t, s, 200, target, []string{`<body data-watch="` + want + `">`}, nil)
	}
}
