package items_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kubetest"
	"github.com/kubeviews/kube/views"
)

type object = map[string]any

// onNode is a pod that runs on the node n, made by a controller of the kind, or by
// nobody.
func onNode(name, controller string, more ...func(object)) object {
	pod := object{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": object{"name": name, "namespace": "default", "labels": object{"app": name}},
		"spec":     object{"nodeName": "n", "containers": []object{{"name": "main", "image": "x"}}},
		"status":   object{"phase": "Running", "conditions": []object{{"type": "Ready", "status": "True"}}},
	}
	if controller != "" {
		pod["metadata"].(object)["ownerReferences"] = []object{
			{"apiVersion": "apps/v1", "kind": controller, "name": "web", "uid": "web-uid", "controller": true}}
	}
	for _, change := range more {
		change(pod)
	}
	return pod
}

func static(pod object) {
	pod["metadata"].(object)["annotations"] = object{"kubernetes.io/config.mirror": "x"}
}

func scratch(pod object) {
	pod["spec"].(object)["volumes"] = []object{{"name": "tmp", "emptyDir": object{}}}
}

func ended(pod object) { pod["status"] = object{"phase": "Failed"} }

func ending(pod object) {
	pod["metadata"].(object)["deletionTimestamp"] = time.Now().UTC().Format(time.RFC3339)
	pod["metadata"].(object)["deletionGracePeriodSeconds"] = 30
}

// budget keeps the pods that are called app from being disrupted more than so often.
func budget(name, app string, allowed int) object {
	return object{
		"apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
		"metadata": object{"name": name, "namespace": "default", "generation": 1},
		"spec":     object{"selector": object{"matchLabels": object{"app": app}}},
		"status": object{"observedGeneration": 1, "disruptionsAllowed": allowed,
			"currentHealthy": 1, "desiredHealthy": 1, "expectedPods": 1},
	}
}

// ward is a node n with pods, whose kubelet ends them as soon as they are told to.
type ward struct {
	*testing.T
	server *kubetest.Server
	node   items.Node
	told   []string
	last   items.DrainProgress
}

func newWard(t *testing.T, objects ...any) *ward {
	t.Helper()
	node := object{"apiVersion": "v1", "kind": "Node", "metadata": object{"name": "n"}}
	server := kubetest.NewServer(t, kubetest.WithoutGarbageCollection(), kubetest.WithObjects(append(objects, node)...))
	cluster, err := kube.NewCluster(kube.WithURL(server.URL()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cluster.Close() })
	w := &ward{T: t, server: server}
	if w.node, err = cluster.Nodes().Fetch(t.Context(), "n"); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *ward) drain(ctx context.Context, how items.Drain, then ...func(items.DrainProgress)) (items.Node, error) {
	how.Progress = func(p items.DrainProgress) {
		w.told = append(w.told, string(p.Step)+" "+p.Pod.Name())
		w.last = p
		w.server.FinishPods()
		for _, f := range then {
			f(p)
		}
	}
	return w.node.Drain(ctx, how)
}

func (w *ward) pods() (names []string) {
	w.Helper()
	all, err := w.server.List("pods", "default")
	if err != nil {
		w.Fatal(err)
	}
	for _, pod := range all {
		names = append(names, pod.Text("metadata", "name"))
	}
	slices.Sort(names)
	return names
}

// evictions are the requests that ask for a pod.
func (w *ward) evictions() (n int) {
	for _, r := range w.server.Requests() {
		if strings.HasSuffix(r.Path, "/eviction") {
			n++
		}
	}
	return n
}

func (w *ward) cordoned() bool {
	node, err := w.server.Get("nodes", "", "n")
	if err != nil {
		w.Fatal(err)
	}
	return node["spec"].(object)["unschedulable"] == true
}

// R14: which pods go, which stay, and which are a reason to refuse, by the rules of
// kubectl drain.
func TestDrainDecidesR14(t *testing.T) {
	daemons := items.Drain{IgnoreDaemonSets: true}
	for name, test := range map[string]struct {
		pod     object
		how     items.Drain
		told    string // the first step; "" for a refusal
		refusal string
	}{
		"replicated":                {onNode("a", "ReplicaSet"), items.Drain{}, "Evicted a", ""},
		"bare":                      {onNode("a", ""), items.Drain{}, "", "default/a: nothing would make it anew; see Unmanaged"},
		"bare, wanted":              {onNode("a", ""), items.Drain{Unmanaged: true}, "Evicted a", ""},
		"bare, ended":               {onNode("a", "", ended), items.Drain{}, "Evicted a", ""},
		"bare, ending":              {onNode("a", "", ending), items.Drain{}, "Gone a", ""},
		"of a daemon set":           {onNode("a", "DaemonSet"), items.Drain{Unmanaged: true}, "", "default/a: its daemon set would make it anew; see IgnoreDaemonSets"},
		"of a daemon set, ending":   {onNode("a", "DaemonSet", ending), items.Drain{}, "", "default/a: its daemon set would make it anew; see IgnoreDaemonSets"},
		"of a daemon set, ignored":  {onNode("a", "DaemonSet", scratch), daemons, "Skipped a", ""},
		"of a daemon set, ended":    {onNode("a", "DaemonSet", ended), daemons, "Evicted a", ""},
		"static":                    {onNode("a", "Node", static), items.Drain{}, "Skipped a", ""},
		"static, ended":             {onNode("a", "", static, ended), items.Drain{}, "Skipped a", ""},
		"with an emptyDir":          {onNode("a", "ReplicaSet", scratch), items.Drain{}, "", "default/a: it would lose the data of an emptyDir volume; see DeleteEmptyDirData"},
		"with an emptyDir, wanted":  {onNode("a", "ReplicaSet", scratch), items.Drain{DeleteEmptyDirData: true}, "Evicted a", ""},
		"with an emptyDir, ended":   {onNode("a", "ReplicaSet", scratch, ended), items.Drain{}, "Evicted a", ""},
		"with an emptyDir, ending":  {onNode("a", "ReplicaSet", scratch, ending), items.Drain{}, "Gone a", ""},
		"not selected":              {onNode("a", ""), items.Drain{Pods: views.Labels("app=b")}, "Skipped a", ""},
		"selected":                  {onNode("a", "Job"), items.Drain{Pods: views.Labels("app=a")}, "Evicted a", ""},
		"of another's elsewhere":    {onNode("a", "", func(p object) { p["spec"].(object)["nodeName"] = "other" }), items.Drain{}, "-", ""},
		"bare with an empty volume": {onNode("a", "", scratch), items.Drain{DeleteEmptyDirData: true}, "", "default/a: nothing would make it anew; see Unmanaged"},
	} {
		t.Run(name, func(t *testing.T) {
			// b could go, but must not as long as a is a reason to refuse.
			w := newWard(t, test.pod, onNode("b", "ReplicaSet"))
			if name == "not selected" {
				test.how.Unmanaged = true
			}
			if strings.HasSuffix(name, "ending") && test.told != "" {
				finish := func(*http.Request) { w.server.FinishPods() } // when the drain can see it
				w.server.Inject(kubetest.Fault{Verb: "watch", Do: finish})
			}
			node, err := w.drain(t.Context(), test.how)
			if !w.cordoned() {
				t.Error("the node is not cordoned")
			}
			if test.refusal != "" {
				w.refused(err, test.refusal)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if on, err := node.Unschedulable(); !on || err != nil {
				t.Errorf("the node that it returns is cordoned: %t, %v", on, err)
			}
			if test.told != "-" && !slices.Contains(w.told, test.told) || test.told == "-" && slices.Contains(w.told, "Evicted a") {
				t.Errorf("it was told %v", w.told)
			}
			stays := strings.HasPrefix(test.told, "Skipped") || test.told == "-"
			if slices.Contains(w.pods(), "a") != stays {
				t.Errorf("the pods are %v", w.pods())
			}
		})
	}
}

// refused is a drain that has not begun.
func (w *ward) refused(err error, why ...string) {
	w.Helper()
	var refused *kube.DrainError
	if !errors.As(err, &refused) || refused.Node != "n" || !slices.Equal(refused.Refused, why) {
		w.Fatalf("got %v, want %v", err, why)
	}
	if n := w.evictions(); n != 0 || w.told != nil {
		w.Errorf("%d pods were asked for, and told was %v", n, w.told)
	}
}

// All that is in the way is named at once.
func TestDrainNamesAllR14(t *testing.T) {
	w := newWard(t, onNode("c", ""), onNode("a", "DaemonSet"), onNode("b", "ReplicaSet", scratch), onNode("d", "ReplicaSet"))
	_, err := w.drain(t.Context(), items.Drain{})
	w.refused(err,
		"default/a: its daemon set would make it anew; see IgnoreDaemonSets",
		"default/b: it would lose the data of an emptyDir volume; see DeleteEmptyDirData",
		"default/c: nothing would make it anew; see Unmanaged")
}

// The node is cordoned before anybody looks for pods, and pods go in their order.
func TestDrainOrderR14(t *testing.T) {
	w := newWard(t, onNode("c", "ReplicaSet"), onNode("a", "ReplicaSet"), onNode("b", "DaemonSet"))
	if _, err := w.drain(t.Context(), items.Drain{IgnoreDaemonSets: true}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"Skipped b", "Evicted a", "Evicted c", "Gone a", "Gone c"}; !slices.Equal(w.told, want) {
		t.Errorf("it was told %v, not %v", w.told, want)
	}
	if w.last.Left != 0 {
		t.Errorf("in the end, %d are left", w.last.Left)
	}
	var verbs []string
	for _, r := range w.server.Requests()[1:] {
		verbs = append(verbs, r.Method)
	}
	if len(verbs) < 2 || verbs[0] != "PATCH" || verbs[1] != "GET" {
		t.Errorf("it asked %v", verbs)
	}
}

// A pod of a daemon set that changes is not told of again; one that must not go, and
// comes late, is told in the end.
func TestDrainNewcomersR14(t *testing.T) {
	w := newWard(t, onNode("a", "ReplicaSet"), onNode("b", "DaemonSet"))
	put := func(pod object) {
		if _, err := w.server.Put(pod); err != nil {
			t.Error(err)
		}
	}
	_, err := w.drain(t.Context(), items.Drain{IgnoreDaemonSets: true}, func(p items.DrainProgress) {
		switch string(p.Step) + p.Pod.Name() {
		case "Skippedb":
			changed := onNode("b", "DaemonSet")
			changed["status"].(object)["message"] = "changed"
			put(changed)
			put(onNode("late", ""))
			put(onNode("later", "DaemonSet"))
			put(onNode("latest", "ReplicaSet"))
		}
	})
	var refused *kube.DrainError
	if !errors.As(err, &refused) || len(refused.Refused) != 1 || !strings.HasPrefix(refused.Refused[0], "default/late: ") {
		t.Errorf("got %v", err)
	}
	slices.Sort(w.told)
	want := []string{"Evicted a", "Evicted latest", "Gone a", "Gone latest", "Refused late", "Skipped b", "Skipped later"}
	if !slices.Equal(w.told, want) {
		t.Errorf("it was told %v", w.told)
	}
}

// The budgets of a real API server: one that allows, one that does not, and two for
// one pod.
func TestDrainBudgetsR14(t *testing.T) {
	w := newWard(t, onNode("free", "ReplicaSet"), onNode("kept", "ReplicaSet"), onNode("torn", "ReplicaSet"),
		budget("free", "free", 1), budget("none", "kept", 0), budget("one", "torn", 1), budget("two", "torn", 1))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := w.drain(ctx, items.Drain{}, func(p items.DrainProgress) {
		if p.Step == items.DrainGone {
			cancel() // what may go has gone
		}
	})
	var late *kube.WaitError
	if !errors.As(err, &late) || !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	for _, part := range []string{"default/kept (The disruption budget none ", "default/torn (", "more than one PodDisruptionBudget"} {
		if !strings.Contains(late.Last, part) {
			t.Errorf("%q lacks %q", late.Last, part)
		}
	}
	if want := []string{"Evicted free", "Blocked kept", "Refused torn", "Gone free"}; !slices.Equal(w.told, want) {
		t.Errorf("it was told %v", w.told)
	}
}

// Who may not cordon gets to know before a pod is asked for; who may not evict gets
// the names of the pods.
func TestDrainForbiddenR14(t *testing.T) {
	w := newWard(t, onNode("a", "ReplicaSet"), onNode("b", "ReplicaSet"))
	var no *kube.ForbiddenError
	allow := w.server.Forbid(kubetest.Access{Verb: "patch", Resource: "nodes"})
	for _, options := range [][]items.DeleteOption{nil, {items.DryRun()}} {
		if _, err := w.drain(t.Context(), items.Drain{Options: options}); !errors.As(err, &no) || w.evictions() != 0 || w.cordoned() {
			t.Errorf("got %v", err)
		}
	}
	allow()
	allow = w.server.Forbid(kubetest.Access{Verb: "list", Resource: "pods"})
	if _, err := w.drain(t.Context(), items.Drain{}); !errors.As(err, &no) || w.evictions() != 0 {
		t.Errorf("got %v", err)
	}
	allow()
	w.server.Forbid(kubetest.Access{Verb: "create", Resource: "pods/eviction"})
	_, err := w.drain(t.Context(), items.Drain{})
	var refused *kube.DrainError
	if !errors.As(err, &no) || !errors.As(err, &refused) || len(refused.Refused) != 2 {
		t.Errorf("got %v", err)
	}
}

// A dry run leaves all as it is, but has the server say what it would do.
func TestDrainDryRunOfAServerR14(t *testing.T) {
	w := newWard(t, onNode("a", "ReplicaSet"), onNode("b", "ReplicaSet"), budget("none", "b", 0))
	node, err := w.drain(t.Context(), items.Drain{Options: []items.DeleteOption{items.DryRun()}})
	if err != nil {
		t.Fatal(err)
	}
	if would, err := node.Unschedulable(); !would || err != nil {
		t.Errorf("the node would be cordoned: %t, %v", would, err)
	}
	if w.cordoned() || len(w.pods()) != 2 || !slices.Equal(w.told, []string{"Evicted a", "Blocked b"}) {
		t.Errorf("cordoned: %t, pods: %v, told: %v", w.cordoned(), w.pods(), w.told)
	}
}

// What cannot work is refused before anything is sent.
func TestDrainBadArgumentsR14(t *testing.T) {
	w := newWard(t)
	w.server.ForgetRequests()
	var bad *kube.ArgumentError
	for name, how := range map[string]items.Drain{
		"selector": {Pods: views.Labels("a in")},
		"grace":    {Options: []items.DeleteOption{items.GracePeriod(time.Millisecond)}},
	} {
		if _, err := w.node.Drain(t.Context(), how); !errors.As(err, &bad) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := (items.Node{}).Drain(t.Context(), items.Drain{}); !errors.As(err, &bad) {
		t.Errorf("the zero node: got %v", err)
	}
	for _, options := range [][]items.DeleteOption{nil, {items.DryRun()}} {
		//lint:ignore SA1012 that is what is tested
		if _, err := w.node.Drain(nil, items.Drain{Options: options}); !errors.As(err, &bad) {
			t.Errorf("no context: got %v", err)
		}
	}
	if asked := w.server.Requests(); len(asked) != 0 {
		t.Errorf("it asked %v", asked)
	}
}
