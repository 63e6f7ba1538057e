package live

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/kubetest"
	"github.com/kubeviews/kube/watch"
)

// recount is the sums from scratch.
func recount(c *Cluster) Sums {
	pods, _ := c.BuiltIn(kinds.Pod)
	sums := newTally()
	for pod := range pods.Snapshot().All() {
		sums.count(watch.Event[items.Item]{Type: watch.Added, Item: pod})
	}
	return sums.Sums
}

// What is counted is held to numbers that were counted by hand.
func TestTallyOfAFew(t *testing.T) {
	with := func(name, node, phase, ready string, restarts int) map[string]any {
		return pod("default", name,
			"spec", map[string]any{"nodeName": node, "containers": []any{map[string]any{"name": "main",
				"resources": map[string]any{"requests": map[string]any{"cpu": "0.1", "memory": "1Mi"}}}}},
			"status", map[string]any{"phase": phase, "conditions": []any{map[string]any{"type": "Ready", "status": ready}},
				"containerStatuses": []any{map[string]any{"name": "main", "restartCount": restarts}}})
	}
	server := kubetest.NewServer(t)
	put(t, server, with("a", "n1", "Running", "True", 2), with("b", "n1", "Running", "False", 1), with("c", "n2", "Running", "True", 0),
		with("d", "n2", "Succeeded", "False", 0), pod("default", "e"))
	c := start(t, server, "pods")
	until(t, c, "all pods", func() bool { return c.Pods().Pods == 5 })
	want := Sums{Pods: 5, Ready: 2, Restarts: 3,
		Phases: map[kinds.PodPhase]int{"Running": 3, "Succeeded": 1, "Pending": 1},
		Nodes:  map[string]Use{"n1": {2, 200, 2 << 20}, "n2": {1, 100, 1 << 20}, "": {Pods: 1}}}
	if got := c.Pods(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if cpu := c.Pods().Nodes["n1"].CPU(); cpu != 0.2 {
		t.Errorf("%v cores", cpu)
	}
}

// chance is a random life of pods.
type chance struct {
	*rand.Rand
	t      *testing.T
	server *kubetest.Server
	names  []string
}

func (r *chance) pick(all ...any) any { return all[r.IntN(len(all))] }

// pod is a random pod, now and then one that is not what a server would store.
func (r *chance) pod(name string) map[string]any {
	requests := map[string]any{"cpu": r.pick("100m", "1", "0.1", "333m", "2.5", 3), "memory": r.pick("64Mi", "1Gi", "100M", 12345)}
	spec := map[string]any{"containers": []any{map[string]any{"name": "main", "resources": map[string]any{"requests": requests}}}}
	if node := r.IntN(6); node > 0 {
		spec["nodeName"] = "n" + strconv.Itoa(node)
	}
	status := map[string]any{"phase": r.pick("Pending", "Running", "Running", "Succeeded", "Failed", "Unknown", "Strange", 7),
		"conditions":        []any{map[string]any{"type": "Ready", "status": r.pick("True", "True", "False", "Unknown")}},
		"containerStatuses": []any{map[string]any{"name": "main", "restartCount": r.pick(0, 1, 5, "many"), "ready": true}}}
	switch r.IntN(20) {
	case 0:
		return pod("default", name, "spec", spec)
	case 1:
		return pod("default", name, "spec", spec, "status", nil)
	case 2:
		spec["containers"] = "none"
	}
	return pod("default", name, "spec", spec, "status", status)
}

// step changes a pod.
func (r *chance) step() {
	name := r.names[r.IntN(len(r.names))]
	if r.IntN(5) == 0 {
		_ = r.server.Remove("pods", "default", name) // it may not be there
	}
	if r.IntN(8) > 0 {
		put(r.t, r.server, r.pod(name))
	}
}

// fault is something between the server and its readers. One a round: more of them
// have the mirror pause for long.
func (r *chance) fault() {
	switch r.IntN(4) {
	case 0:
		r.server.CutConnections()
	case 1:
		r.server.EndWatches()
	case 2:
		r.server.CutConnections()
		r.server.Compact() // the watches that follow are told 410
	case 3:
		outage := r.server.Inject(kubetest.Fault{Cut: true, Times: 2})
		r.t.Cleanup(outage.Remove)
		r.server.CutConnections()
	}
}

func TestTallyEqualsARecount(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel() // it mostly waits for pauses between attempts to end
			server := kubetest.NewServer(t, kubetest.WithHistory(150))
			r := &chance{rand.New(rand.NewPCG(seed, 1)), t, server, nil}
			for i := range 60 {
				r.names = append(r.names, "p"+strconv.Itoa(i))
			}
			c := start(t, server, "pods")
			synced(t, c, "pods")
			for range 6 {
				for i := range 200 {
					if i == 100 {
						r.fault()
					}
					r.step()
				}
				settle(t, c, server)
			}
		})
	}
}

// settle waits until the mirror shows what the server has, and then compares.
func settle(t *testing.T, c *Cluster, server *kubetest.Server) {
	t.Helper()
	put(t, server, pod("default", "last", "metadata", map[string]any{"name": "last", "namespace": "default", "labels": map[string]any{
		"at": strconv.FormatInt(time.Now().UnixNano(), 10)}}))
	last, err := server.Get("pods", "default", "last")
	if err != nil {
		t.Fatal(err)
	}
	pods, _ := c.Resource("pods")
	until(t, c, "the last change", func() bool {
		item, ok := pods.Snapshot().Get("default", "last")
		return ok && item.Version() == last.Version()
	})
	docs, err := server.List("pods", "")
	if err != nil {
		t.Fatal(err)
	}
	if len(docs) != pods.Snapshot().Len() {
		t.Fatalf("the mirror has %d of %d", pods.Snapshot().Len(), len(docs))
	}
	until(t, c, "the sums to be those of a recount", func() bool {
		return c.Pods().Pods == len(docs) && reflect.DeepEqual(c.Pods(), recount(c))
	})
}

// The maps that are given out are the reader's.
func TestSumsAreTheReaders(t *testing.T) {
	server := kubetest.NewServer(t, kubetest.WithObjects(pod("default", "a")))
	c := start(t, server, "pods")
	until(t, c, "the pod", func() bool { return c.Pods().Pods == 1 })
	sums := c.Pods()
	clear(sums.Phases)
	clear(sums.Nodes)
	if again := c.Pods(); len(again.Phases) != 1 || len(again.Nodes) != 1 {
		t.Errorf("%+v", again)
	}
}
