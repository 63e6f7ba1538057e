package demo

import (
	"fmt"
	"time"
)

// node is a machine of the cluster.
type node struct {
	name, uid           string
	zone, machine       string
	index               int
	cpu, memory         int     // allocatable: millicores, Mi
	share               float64 // how much of it the scheduler fills at most
	eager               bool    // filled first
	control, cordoned   bool
	spot                bool
	down                bool      // its kubelet is silent
	born, turned, heard time.Time // heard: its last heartbeat
	ips                 map[string]bool
	usedCPU, usedMemory int
	pods                int
}

// machines are the cloud's types: cores and GiB.
var machines = map[string][2]int{
	"c6i.xlarge": {4, 8}, "m6i.8xlarge": {32, 128}, "m6i.4xlarge": {16, 64}, "r6i.2xlarge": {8, 64}, "m6i.2xlarge": {8, 32}, "c6i.2xlarge": {8, 16},
}

const region = "eu-central-1"

// firstNodes are the six of the small cluster.
func firstNodes() []*node {
	return []*node{
		{name: "control-a1", zone: "a", machine: "c6i.xlarge", control: true, share: 1},
		{name: "worker-a1", zone: "a", machine: "m6i.8xlarge", share: 0.95},
		{name: "worker-b1", zone: "b", machine: "m6i.4xlarge", share: 0.95},
		{name: "worker-c1", zone: "c", machine: "r6i.2xlarge", share: 0.995, eager: true},
		{name: "worker-b2", zone: "b", machine: "m6i.2xlarge", share: 0.3},
		{name: "worker-c2", zone: "c", machine: "c6i.2xlarge", share: 0.4, spot: true},
	}
}

// daemons is what the pods that run everywhere take of each node: millicores.
const daemons = 300

// makeNodes gives the machines for what the apps ask for, with some room to move.
func (w *World) makeNodes(apps []app) {
	wanted, has := 0, 0
	for _, a := range apps {
		cpu, _ := a.request()
		wanted += a.replicas * cpu
	}
	w.nodes = firstNodes()
	for _, n := range w.nodes[1:] {
		has += n.room()
	}
	for n := 2; has < wanted*23/20; n++ {
		zone := string("abc"[n%3])
		extra := &node{name: fmt.Sprintf("worker-%s%d", zone, 1+n), zone: zone, machine: "m6i.4xlarge", share: 0.95}
		w.nodes = append(w.nodes, extra)
		has += extra.room()
	}
	for i, n := range w.nodes {
		size := machines[n.machine]
		n.uid = w.dice.uid()
		n.index, n.cpu, n.memory = i, size[0]*1000-80, size[1]*1024-900
		n.born = w.start.Add(-w.days(60, 90))
		n.turned = n.born.Add(40 * time.Second)
		n.ips = map[string]bool{}
	}
}

// room is what a node of this kind has for apps: millicores.
func (n *node) room() int { return int(float64(machines[n.machine][0]*1000)*n.share) - daemons }

func (n *node) address() string { return fmt.Sprintf("10.0.%d.%d", n.index/200, 10+n.index%200) }

// takeIP gives a pod an address that no other on the node has.
func (n *node) takeIP() string {
	for i := 2; ; i++ {
		ip := fmt.Sprintf("10.244.%d.%d", n.index, i)
		if !n.ips[ip] {
			n.ips[ip] = true
			return ip
		}
	}
}

func (n *node) labels() labels {
	l := labels{
		"kubernetes.io/hostname": n.name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
		"node.kubernetes.io/instance-type": n.machine, "topology.kubernetes.io/region": region,
		"topology.kubernetes.io/zone": region + n.zone,
	}
	switch {
	case n.control:
		l["node-role.kubernetes.io/control-plane"] = ""
	case n.spot:
		l["node.example.com/capacity"] = "spot"
	}
	return l
}

func (n *node) object(now time.Time) object {
	identity := object{"apiVersion": "v1", "kind": "Node", "metadata": object{"name": n.name, "uid": n.uid, "creationTimestamp": stamp(n.born)}}
	kubeletPart := object{
		"metadata": object{"labels": n.labels(), "annotations": labels{"volumes.kubernetes.io/controller-managed-attach-detach": "true"}},
		"spec":     object{"providerID": fmt.Sprintf("aws:///%s%s/i-0%015x", region, n.zone, n.index*7919+4096)},
	}
	parts := []part{
		{by: kubelet, at: n.born, body: kubeletPart},
		{by: controller, at: n.born.Add(time.Second), body: object{"spec": object{
			"podCIDR": fmt.Sprintf("10.244.%d.0/24", n.index), "podCIDRs": texts(fmt.Sprintf("10.244.%d.0/24", n.index))}}},
	}
	if n.control {
		parts = append(parts, part{by: kubeadm, at: n.born.Add(time.Minute), body: object{"spec": object{
			"taints": list{object{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}}}}})
	}
	if n.cordoned {
		parts = append(parts, part{by: "kubectl-cordon", at: now.Add(-5 * time.Hour), body: object{"spec": cordon(now.Add(-5 * time.Hour))}})
	}
	return assemble(identity, append(parts, part{by: kubelet, sub: "status", at: now, body: object{"status": n.status(now)}})...)
}

func cordon(at time.Time) object {
	return object{"unschedulable": true, "taints": list{
		object{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule", "timeAdded": stamp(at)}}}
}

func (n *node) status(now time.Time) object {
	size := machines[n.machine]
	return object{
		"capacity": object{"cpu": fmt.Sprint(size[0]), "memory": fmt.Sprintf("%dMi", size[1]*1024-260), "pods": "110",
			"ephemeral-storage": "104845292Ki", "hugepages-1Gi": "0", "hugepages-2Mi": "0"},
		"allocatable": object{"cpu": fmt.Sprintf("%dm", n.cpu), "memory": fmt.Sprintf("%dMi", n.memory), "pods": "110",
			"ephemeral-storage": "95551679124", "hugepages-1Gi": "0", "hugepages-2Mi": "0"},
		"addresses":       list{object{"type": "InternalIP", "address": n.address()}, object{"type": "Hostname", "address": n.name}},
		"conditions":      n.conditions(now),
		"daemonEndpoints": object{"kubeletEndpoint": object{"Port": 10250}},
		"nodeInfo": object{"architecture": "amd64", "operatingSystem": "linux", "osImage": "Debian GNU/Linux 13 (trixie)",
			"kernelVersion": "6.12.41-cloud-amd64", "kubeletVersion": "v1.36.3", "kubeProxyVersion": "",
			"containerRuntimeVersion": "containerd://2.1.4", "machineID": digest(n.name)[7:39],
			"systemUUID": digest(n.name + "s")[7:39], "bootID": digest(n.name + "b")[7:39], "swap": object{"capacity": 0}},
	}
}

// conditions are those of a kubelet that reports, or of one that has gone silent.
func (n *node) conditions(now time.Time) list {
	if !n.down {
		n.heard = now
	}
	var out list
	for _, c := range [][3]string{
		{"MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"},
		{"DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"},
		{"PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"},
		{"Ready", "KubeletReady", "kubelet is posting ready status"},
	} {
		entry := condition(c[0], c[0] == "Ready", c[1], c[2], n.turned)
		entry["lastHeartbeatTime"] = stamp(n.heard)
		if n.down {
			entry["status"], entry["reason"], entry["message"] = "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status."
		}
		out = append(out, entry)
	}
	return out
}

// fits says whether the node has room, as the scheduler reckons.
func (n *node) fits(cpu, memory int) bool {
	return !n.control && !n.cordoned && !n.down && n.pods < 110 &&
		float64(n.usedCPU+cpu) <= float64(n.cpu)*n.share && float64(n.usedMemory+memory) <= float64(n.memory)*n.share
}

func (n *node) load() float64 { return float64(n.usedCPU) / (float64(n.cpu) * n.share) }

// place finds the node for a pod: an eager one, else the one with the least on
// it. It is nil when no node has room.
func (w *World) place(cpu, memory int) *node {
	var best *node
	for _, n := range w.nodes {
		switch {
		case !n.fits(cpu, memory):
		case n.eager:
			return n
		case best == nil || n.load() < best.load():
			best = n
		}
	}
	return best
}
