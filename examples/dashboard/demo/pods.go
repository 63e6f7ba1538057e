package demo

import (
	"fmt"
	"time"
)

// pod is one that exists in the API.
type pod struct {
	app            *app
	name, uid, ip  string
	tag            string
	owner          list // its ownerReferences
	labels         labels
	node           *node
	phase          string // as status.phase
	pending        string // why it is not scheduled, or empty
	born, started  time.Time
	readySince     time.Time
	containers     []*container
	deleted        bool // asked to end
	ordinal        int
	stable         bool // named after its ordinal, in a StatefulSet
	nodeWentSilent bool
	gone           bool // no longer in the API
}

// container is the state of one of a pod's containers.
type container struct {
	name, image string
	ready       bool
	restarts    int
	state, last object
}

// newPod makes a pod that is nowhere yet.
func (w *World) newPod(a *app, name, tag string, owner list, l labels, born time.Time) *pod {
	p := &pod{app: a, name: name, tag: tag, owner: owner, labels: l, born: born, phase: "Pending", uid: w.dice.uid()}
	for _, c := range a.containers(tag) {
		c := c.(object)
		p.containers = append(p.containers, &container{name: c["name"].(string), image: c["image"].(string)})
	}
	return p
}

// assign takes room on a node.
func (p *pod) assign(n *node) {
	cpu, memory := p.app.request()
	n.usedCPU, n.usedMemory, n.pods = n.usedCPU+cpu, n.usedMemory+memory, n.pods+1
	p.node = n
}

// release gives back what the pod takes on its node.
func (p *pod) release() {
	if p.node == nil {
		return
	}
	cpu, memory := p.app.request()
	n := p.node
	n.usedCPU, n.usedMemory, n.pods = n.usedCPU-cpu, n.usedMemory-memory, n.pods-1
	if !p.app.hostNetwork {
		delete(n.ips, p.ip)
	}
}

// wait leaves the containers waiting.
func (p *pod) wait(reason, message string) {
	for _, c := range p.containers {
		c.ready = false
		c.state = waiting(reason, message)
	}
}

// run starts every container; they are ready at once.
func (p *pod) run(at time.Time) {
	if p.app.hostNetwork {
		p.ip = p.node.address()
	} else if p.ip == "" {
		p.ip = p.node.takeIP()
	}
	p.phase, p.readySince = "Running", at
	if p.started.IsZero() {
		p.started = at
	}
	for _, c := range p.containers {
		c.ready = true
		c.state = running(at)
	}
}

// end lets every container exit with a code.
func (p *pod) end(at time.Time, code int) {
	p.phase = "Succeeded"
	reason := "Completed"
	if code != 0 {
		p.phase, reason = "Failed", "Error"
	}
	for _, c := range p.containers {
		c.ready = false
		c.state = terminated(reason, code, p.started, at)
	}
	p.readySince = at
}

// active is false for a pod that has ended or is about to: those are not counted
// by controllers.
func (p *pod) active() bool { return !p.deleted && p.phase != "Succeeded" && p.phase != "Failed" }

// ready says whether the pod serves.
func (p *pod) ready() bool {
	if p.phase != "Running" || p.nodeWentSilent {
		return false
	}
	for _, c := range p.containers {
		if !c.ready {
			return false
		}
	}
	return true
}

func waiting(reason, message string) object {
	state := object{"reason": reason}
	if message != "" {
		state["message"] = message
	}
	return object{"waiting": state}
}

func running(at time.Time) object { return object{"running": object{"startedAt": stamp(at)}} }

func terminated(reason string, code int, from, to time.Time) object {
	return object{"terminated": object{"exitCode": code, "reason": reason, "startedAt": stamp(from), "finishedAt": stamp(to)}}
}

// identity is what names the pod.
func (p *pod) identity() object {
	return object{"apiVersion": "v1", "kind": "Pod", "metadata": object{"name": p.name, "namespace": p.app.ns,
		"uid": p.uid, "creationTimestamp": stamp(p.born), "generation": 1}}
}

// desired is what its controller writes.
func (p *pod) desired() object {
	meta := object{"labels": p.labels, "annotations": p.app.podAnnotations(), "ownerReferences": p.owner}
	spec := p.app.podSpec(p.tag)
	if p.stable {
		spec["hostname"], spec["subdomain"] = p.name, p.app.name
	}
	if p.app.disk > 0 {
		volumes, _ := spec["volumes"].(list)
		spec["volumes"] = append(volumes, object{"name": p.app.claimName(),
			"persistentVolumeClaim": object{"claimName": p.app.claimName() + "-" + p.name}})
	}
	return object{"metadata": meta, "spec": spec}
}

// object is the pod as it stands in a cluster that has run for a while.
func (p *pod) object() object {
	parts := []part{{by: controller, at: p.born, body: p.desired()}}
	identity := p.identity()
	if p.node == nil {
		return assemble(identity, append(parts, part{by: scheduler, sub: "status", at: p.born, body: object{"status": p.status()}})...)
	}
	identity["spec"] = object{"nodeName": p.node.name}
	at := p.readySince
	if at.IsZero() {
		at = p.born
	}
	return assemble(identity, append(parts, part{by: kubelet, sub: "status", at: at, body: object{"status": p.status()}})...)
}

// status is the pod's status as scheduler and kubelet write it.
func (p *pod) status() object {
	s := object{"phase": p.phase, "conditions": p.conditions(), "qosClass": "Burstable", "observedGeneration": 1}
	if p.node == nil {
		return s
	}
	s["hostIP"], s["hostIPs"] = p.node.address(), list{object{"ip": p.node.address()}}
	s["startTime"] = stamp(p.born)
	s["containerStatuses"] = p.containerStatuses()
	if p.ip != "" {
		s["podIP"], s["podIPs"] = p.ip, list{object{"ip": p.ip}}
	}
	return s
}

func (p *pod) containerStatuses() list {
	var out list
	for i, c := range p.containers {
		_, up := c.state["running"]
		s := object{"name": c.name, "image": c.image, "ready": c.ready, "started": up, "restartCount": c.restarts, "state": c.state, "lastState": object{}}
		if c.last != nil {
			s["lastState"] = c.last
		}
		s["imageID"], s["containerID"] = "", ""
		if c.state["waiting"] == nil || c.last != nil {
			s["imageID"] = c.image + "@" + digest(c.image)
			s["containerID"] = "containerd://" + digest(fmt.Sprint(p.uid, i, c.restarts))[7:]
		}
		out = append(out, s)
	}
	return out
}

func (p *pod) conditions() list {
	scheduled := condition("PodScheduled", p.node != nil, "", "", p.born)
	if p.node == nil {
		scheduled["reason"], scheduled["message"] = "Unschedulable", p.pending
		return list{scheduled}
	}
	sandbox := p.ip != "" && p.phase != "Succeeded" && p.phase != "Failed"
	out := list{
		condition("PodReadyToStartContainers", sandbox, "", "", p.since()),
		condition("Initialized", true, "", "", p.born),
		condition("Ready", p.ready(), p.unreadyReason(), p.unreadyMessage(), p.since()),
		condition("ContainersReady", p.ready() || p.nodeWentSilent && p.phase == "Running", p.unreadyReason(), p.unreadyMessage(), p.since()),
		scheduled,
	}
	return out
}

// since is when the pod last became ready, or ceased to be.
func (p *pod) since() time.Time {
	if p.readySince.IsZero() {
		return p.born
	}
	return p.readySince
}

func (p *pod) unreadyReason() string {
	switch {
	case p.phase == "Succeeded":
		return "PodCompleted"
	case p.phase == "Failed":
		return "PodFailed"
	case p.ready(), p.nodeWentSilent:
		return ""
	}
	return "ContainersNotReady"
}

func (p *pod) unreadyMessage() string {
	if p.unreadyReason() != "ContainersNotReady" {
		return ""
	}
	names := ""
	for _, c := range p.containers {
		if !c.ready {
			names += " " + c.name
		}
	}
	if names == "" {
		return ""
	}
	return "containers with unready status: [" + names[1:] + "]"
}
