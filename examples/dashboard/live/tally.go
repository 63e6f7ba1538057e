package live

import (
	"maps"
	"sync"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/watch"
)

// Sums are what is counted over all pods. The maps are the reader's.
type Sums struct {
	Pods     int
	Ready    int
	Restarts int64
	Phases   map[kinds.PodPhase]int
	Nodes    map[string]Use // by the name of the node; "" for pods without one
}

// Use is what pods ask for, in whole numbers: sums of fractions drift.
type Use struct {
	Pods   int
	Milli  int64 // thousandths of a core
	Memory int64 // bytes
}

// CPU is the use of CPU in cores.
func (u Use) CPU() float64 { return float64(u.Milli) / 1000 }

// tally keeps the sums current at the cost of what changes: an event tells both what
// a pod is and what it was.
type tally struct {
	mu sync.Mutex
	Sums
}

func newTally() *tally {
	return &tally{Sums: Sums{Phases: map[kinds.PodPhase]int{}, Nodes: map[string]Use{}}}
}

func (t *tally) count(event watch.Event[items.Item]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if was, ok := event.Old.(items.Pod); ok {
		t.add(was, -1)
	}
	if is, ok := event.Item.(items.Pod); ok && event.Type != watch.Deleted {
		t.add(is, 1)
	}
}

// add adds a pod's part n times.
func (t *tally) add(pod items.Pod, n int) {
	phase := kube.Or(kinds.PodUnknown)(pod.Phase())
	t.Pods += n
	if t.Phases[phase] += n; t.Phases[phase] == 0 {
		delete(t.Phases, phase)
	}
	t.Restarts += int64(n) * kube.Or(int64(0))(pod.Restarts())
	if kube.Or(false)(pod.Ready()) {
		t.Ready += n
	}
	if phase == kinds.PodSucceeded || phase == kinds.PodFailed {
		return // they ask for nothing any more
	}
	requests, _ := pod.Requests()
	cpu, _ := requests.Get("cpu")
	node := kube.Or("")(pod.NodeName())
	use := t.Nodes[node]
	use.Pods += n
	use.Milli += int64(n) * cpu.MilliValue()
	use.Memory += int64(n) * requests.Memory()
	if t.Nodes[node] = use; use.Pods == 0 {
		delete(t.Nodes, node)
	}
}

func (t *tally) sums() Sums {
	t.mu.Lock()
	defer t.mu.Unlock()
	sums := t.Sums
	sums.Phases, sums.Nodes = maps.Clone(t.Phases), maps.Clone(t.Nodes)
	return sums
}
