package demo

import (
	"fmt"
	"strconv"
	"time"
)

// populate gives every workload its history and its pods, in a mixed order, so
// that nodes hold a bit of everything.
func (w *World) populate() {
	for _, load := range w.workloads {
		if load.kind == "DaemonSet" {
			w.seedDaemons(load)
		}
	}
	for _, i := range w.dice.Perm(len(w.workloads)) {
		switch load := w.workloads[i]; load.kind {
		case "":
			w.seedDeployment(load)
		case "StatefulSet":
			w.seedStateful(load)
		}
	}
}

func (w *World) seedDaemons(load *workload) {
	load.generation, load.settled = 2+w.dice.IntN(4), load.born.Add(w.days(1, 20))
	for _, n := range w.nodes {
		born := later(n.born, load.born).Add(w.days(0, 3))
		p := w.newPod(load.app, load.name+"-"+w.dice.suffix(), load.tag, load.owner(), load.podLabels(), born)
		p.assign(n)
		p.run(born.Add(12 * time.Second))
		w.age(p)
		load.pods = append(load.pods, p)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// owner is the reference of the pods that a workload has without ReplicaSets.
func (w *workload) owner() list { return reference("apps/v1", w.kindName(), w.name, w.uid) }

func (w *World) seedStateful(load *workload) {
	load.generation = 1 + w.dice.IntN(4)
	for i := range load.desired {
		born := load.born.Add(w.days(0, 25))
		p := w.newPod(load.app, fmt.Sprintf("%s-%d", load.name, i), load.tag, load.owner(), load.ordinalLabels(i), born)
		p.ordinal, p.stable = i, true
		w.settle(p)
		load.settled = later(load.settled, p.readySince)
		load.pods = append(load.pods, p)
		if load.disk > 0 && p.node != nil {
			volume := "pvc-" + w.dice.uid()
			w.add(p.claim(volume), p.volume(volume))
		}
	}
}

func (w *workload) ordinalLabels(i int) labels {
	return merged(w.podLabels(), labels{"statefulset.kubernetes.io/pod-name": fmt.Sprintf("%s-%d", w.name, i),
		"apps.kubernetes.io/pod-index": strconv.Itoa(i), "controller-revision-hash": w.name + "-" + templateHash(w.name, w.tag)})
}

// seedDeployment makes some old ReplicaSets and the current one.
func (w *World) seedDeployment(load *workload) {
	load.revision = 2 + w.dice.IntN(20)
	load.generation = load.revision + w.dice.IntN(5)
	old := min(1+w.dice.IntN(keptSets), load.revision-1)
	born := load.born
	span := w.start.Add(-3 * time.Hour).Sub(born)
	for back := old; back >= 0; back-- {
		tag, ok := olderTag(load.tag, back)
		if !ok {
			continue
		}
		load.sets = append(load.sets, w.newSet(load, tag, load.revision-back, born))
		born = born.Add(time.Duration((0.2 + 0.5*w.dice.Float64()) * float64(span) / float64(old+1)).Truncate(time.Second))
	}
	load.sets[0].born = later(load.sets[0].born, load.born)
	w.fill(load, load.newest(), load.desired)
	w.afflict(load)
}

// newSet makes an empty ReplicaSet.
func (w *World) newSet(load *workload, tag string, revision int, born time.Time) *replicaSet {
	hash := templateHash(load.ns, load.name, tag, fmt.Sprint(revision))
	return &replicaSet{of: load, name: load.name + "-" + hash, hash: hash, uid: w.dice.uid(), tag: tag,
		revision: revision, generation: 2, born: born}
}

// fill gives a ReplicaSet its pods, long settled.
func (w *World) fill(load *workload, s *replicaSet, n int) {
	s.desired = n
	for range n {
		born := s.born.Add(time.Duration(2+w.dice.IntN(40)) * time.Second)
		if w.dice.chance(0.3) { // moved since, when its node was drained
			born = born.Add(time.Duration(w.dice.Float64() * float64(w.start.Add(-time.Hour).Sub(born)))).Truncate(time.Second)
		}
		p := w.newPod(load.app, s.name+"-"+w.dice.suffix(), s.tag, s.owner(), s.podLabels(), born)
		w.settle(p)
		s.pods = append(s.pods, p)
		load.settled = later(load.settled, p.readySince)
	}
	load.settled = later(load.settled, s.born)
}

// settle finds a node for a pod and lets it run there.
func (w *World) settle(p *pod) {
	n := w.place(p.app.request())
	if n == nil {
		p.pending = w.unplaced()
		return
	}
	p.assign(n)
	p.born = later(p.born, n.born.Add(time.Minute))
	p.run(p.born.Add(time.Duration(4+w.dice.IntN(25)) * time.Second))
	w.age(p)
}

// unplaced is the scheduler's reason.
func (w *World) unplaced() string {
	return fmt.Sprintf("0/%d nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, "+
		"1 node(s) were unschedulable, %d Insufficient memory. preemption: 0/%d nodes are available: "+
		"%d Preemption is not helpful for scheduling.", len(w.nodes), len(w.nodes)-2, len(w.nodes), len(w.nodes))
}

// age gives some pods the scars of a long life.
func (w *World) age(p *pod) {
	if !w.dice.chance(0.07) {
		return
	}
	c := p.containers[0]
	c.restarts = 1 + w.dice.IntN(3)
	at := p.born.Add(time.Duration(w.dice.Float64() * float64(w.start.Sub(p.born)))).Truncate(time.Second)
	c.last = terminated("Error", 1, p.started, at)
	c.state = running(at.Add(2 * time.Second))
	p.readySince = at.Add(8 * time.Second)
}

// staticPods are those that the control plane's kubelet runs from files.
var staticPods = []app{
	{name: "etcd", image: "registry.k8s.io/etcd", tag: "3.6.5-0", cpu: 100, memory: 100, port: 2379},
	{name: "kube-apiserver", image: "registry.k8s.io/kube-apiserver", tag: "v1.36.3", cpu: 250, memory: 512, port: 6443, probe: "/livez"},
	{name: "kube-controller-manager", image: "registry.k8s.io/kube-controller-manager", tag: "v1.36.3", cpu: 200, memory: 128, port: 10257, probe: "/healthz"},
	{name: "kube-scheduler", image: "registry.k8s.io/kube-scheduler", tag: "v1.36.3", cpu: 100, memory: 64, port: 10259, probe: "/healthz"},
}

func (w *World) seedStatic() {
	w.enter("kube-system")
	n := w.nodes[0]
	for _, a := range staticPods {
		a.ns, a.tier, a.hostNetwork, a.by, a.priority = "kube-system", "control-plane", true, kubeadm, "system-node-critical"
		a.kind = "Static"
		owner := reference("v1", "Node", n.name, n.uid)
		p := w.newPod(&a, a.name+"-"+n.name, a.tag, owner, labels{"component": a.name, "tier": "control-plane"}, n.born.Add(20*time.Second))
		p.assign(n)
		p.run(p.born.Add(15 * time.Second))
		w.addPods(p)
	}
}
