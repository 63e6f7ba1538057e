package demo

import (
	"fmt"
	"time"
)

// happening is what an Event tells.
type happening struct {
	kind, apiVersion string // of the object that it is about
	ns, name, uid    string
	field            string
	warning          bool
	reason, message  string
	by               string // the component
	host             string
}

// note is an Event that the API holds.
type note struct {
	happening
	object      string // its own name
	first, last time.Time
	count       int
}

// aboutPod is a happening to a pod.
func aboutPod(p *pod, by, reason, message string) happening {
	h := happening{kind: "Pod", apiVersion: "v1", ns: p.app.ns, name: p.name, uid: p.uid, reason: reason, message: message, by: by}
	if by == kubelet {
		h.host = p.node.name
		h.field = "spec.containers{" + p.app.container() + "}"
	}
	return h
}

func aboutWorkload(w *workload, reason, message string) happening {
	by := map[string]string{"": "deployment-controller", "StatefulSet": "statefulset-controller", "DaemonSet": "daemonset-controller"}[w.kind]
	return happening{kind: w.kindName(), apiVersion: "apps/v1", ns: w.ns, name: w.name, uid: w.uid, reason: reason, message: message, by: by}
}

func aboutNode(n *node, by, reason, message string) happening {
	return happening{kind: "Node", apiVersion: "v1", name: n.name, uid: n.name, reason: reason, message: message, by: by}
}

func (h happening) warns() happening { h.warning = true; return h }

// namespace of the Event: that of the object, and default for nodes.
func (h happening) namespace() string {
	if h.ns == "" {
		return "default"
	}
	return h.ns
}

func (n *note) document() object {
	kind := "Normal"
	if n.warning {
		kind = "Warning"
	}
	involved := object{"kind": n.kind, "apiVersion": n.apiVersion, "name": n.name, "uid": n.uid}
	if n.ns != "" {
		involved["namespace"] = n.ns
	}
	if n.field != "" {
		involved["fieldPath"] = n.field
	}
	source := object{"component": n.by}
	if n.host != "" {
		source["host"] = n.host
	}
	return object{
		"apiVersion": "v1", "kind": "Event", "metadata": object{"name": n.object, "namespace": n.namespace(), "creationTimestamp": stamp(n.first)},
		"involvedObject": involved, "type": kind, "reason": n.reason, "message": n.message, "source": source,
		"firstTimestamp": stamp(n.first), "lastTimestamp": stamp(n.last), "count": n.count, "reportingComponent": n.by, "reportingInstance": n.host,
	}
}

// newNote names an Event as clients do: by its object and a time.
func (w *World) newNote(h happening, first, last time.Time, count int) *note {
	w.noted++
	return &note{happening: h, object: fmt.Sprintf("%s.%x", h.name, first.UnixNano()+int64(w.noted)), first: first, last: last, count: count}
}

// seen makes the Event of something that has happened some times in the past.
func (w *World) seen(h happening, ago, over time.Duration, count int) {
	last := w.start.Add(-ago)
	w.notes = append(w.notes, w.newNote(h, last.Add(-over), last, count))
}
