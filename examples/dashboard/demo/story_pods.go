package demo

import (
	"fmt"

	"github.com/kubeviews/kube/kubetest"
)

func (p *pod) target() target {
	return target{apiVersion: "v1", kind: "Pod", ns: p.app.ns, name: p.name}
}

// publish writes the pod's status.
func (w *World) publish(p *pod, by string) error {
	return w.patchStatus(by, p.target(), p.status(), "podIP", "podIPs")
}

// create makes the pod in the API, where it waits for a node.
func (w *World) create(p *pod) error {
	identity := object{"apiVersion": "v1", "kind": "Pod", "metadata": object{"name": p.name, "namespace": p.app.ns}}
	doc, err := w.client.create(controller, join(identity, p.desired()))
	p.uid = uidOf(doc)
	return err
}

// schedule finds a node for the pod; without one it stays pending.
func (w *World) schedule(p *pod) error {
	n := w.place(p.app.request())
	if n == nil {
		return w.leavePending(p)
	}
	p.assign(n)
	p.pending = ""
	if err := w.bind(p); err != nil {
		return err
	}
	p.readySince = w.now()
	p.wait("ContainerCreating", "")
	if err := w.publish(p, kubelet); err != nil {
		return err
	}
	return w.emit(aboutPod(p, "default-scheduler", "Scheduled", fmt.Sprintf("Successfully assigned %s/%s to %s", p.app.ns, p.name, n.name)))
}

// bind goes past the API's checks, as the pod's binding would.
func (w *World) bind(p *pod) error {
	_, err := w.server.Update("pods", p.app.ns, p.name, func(doc kubetest.Object) { doc.Put(p.node.name, "spec", "nodeName") })
	return err
}

func (w *World) leavePending(p *pod) error {
	p.pending = w.unplaced()
	if err := w.publish(p, scheduler); err != nil {
		return err
	}
	return w.emit(aboutPod(p, "default-scheduler", "FailedScheduling", p.pending).warns())
}

// launch starts the pod's containers, which are not ready yet.
func (w *World) launch(p *pod) error {
	p.run(w.now())
	for _, c := range p.containers {
		c.ready = false
	}
	if err := w.publish(p, kubelet); err != nil {
		return err
	}
	return w.emit(aboutPod(p, kubelet, "Started", "Started container "+p.containers[0].name))
}

// admit makes the pod ready.
func (w *World) admit(p *pod) error {
	p.readySince = w.now()
	for _, c := range p.containers {
		c.ready = true
	}
	return w.publish(p, kubelet)
}

// kill asks the pod to end.
func (w *World) kill(p *pod) error {
	p.deleted = true
	if err := w.remove(p.target(), 30); err != nil {
		return err
	}
	if p.node == nil {
		return nil
	}
	return w.emit(aboutPod(p, kubelet, "Killing", "Stopping container "+p.containers[0].name))
}

// bury takes the pod out of the API.
func (w *World) bury(p *pod) error {
	p.gone = true
	p.release()
	return w.remove(p.target(), 0)
}

// stage is how far a pod has come.
type stage int

const (
	unplaced stage = iota
	creating
	starting
	serving
	ending
)

func (p *pod) stage() stage {
	switch {
	case p.deleted:
		return ending
	case p.node == nil:
		return unplaced
	case p.phase == "Pending":
		return creating
	case !p.containers[0].ready:
		return starting
	}
	return serving
}

// advance takes a pod to its next stage; nothing happens on a node that is down.
func (w *World) advance(p *pod) error {
	if p.node != nil && p.node.down {
		return nil
	}
	switch p.stage() {
	case unplaced:
		return w.schedule(p)
	case creating:
		return w.launch(p)
	case starting:
		return w.admit(p)
	}
	return nil
}
