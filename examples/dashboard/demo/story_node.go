package demo

import "fmt"

// loseNode lets a machine go silent, and come back half a minute later.
func (w *World) loseNode() error {
	w.after(1000+w.dice.IntN(400), w.loseNode)
	n := w.flaky()
	w.after(60, func() error { return w.turn(n, false) })
	return w.turn(n, true)
}

// flaky is the node on cheap capacity.
func (w *World) flaky() *node {
	for _, n := range w.nodes {
		if n.spot {
			return n
		}
	}
	return w.nodes[len(w.nodes)-1]
}

// turn makes a node silent, or heard again, with all that follows.
func (w *World) turn(n *node, down bool) error {
	n.down, n.turned = down, w.now()
	by := kubelet
	if down {
		by = controller
	}
	var taints any
	if down {
		taints = list{object{"key": "node.kubernetes.io/unreachable", "effect": "NoSchedule", "timeAdded": stamp(w.now())}}
	}
	if _, err := w.client.patch(controller, mergePatch, n.target(), object{"spec": object{"taints": taints}}); err != nil {
		return err
	}
	if err := w.beat(n, by); err != nil {
		return err
	}
	if err := w.turnPods(n, down); err != nil {
		return err
	}
	about := aboutNode(n, kubelet, "NodeReady", fmt.Sprintf("Node %s status is now: NodeReady", n.name))
	if down {
		about = aboutNode(n, "node-controller", "NodeNotReady", fmt.Sprintf("Node %s status is now: NodeNotReady", n.name)).warns()
	}
	return w.emit(about)
}

// turnPods makes what runs on a node unready, or ready again.
func (w *World) turnPods(n *node, down bool) error {
	for _, load := range w.workloads {
		touched := false
		for _, p := range load.all() {
			did, err := w.turnPod(p, n, down)
			if err != nil {
				return err
			}
			touched = touched || did
		}
		if touched {
			if err := w.sync(load); err != nil {
				return err
			}
		}
	}
	return w.turnJobs(n, down)
}

func (w *World) turnJobs(n *node, down bool) error {
	for _, c := range w.crons {
		for _, j := range c.jobs {
			did, err := w.turnPod(j.pod, n, down)
			if err == nil && did {
				err = w.syncJob(j)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *World) turnPod(p *pod, n *node, down bool) (did bool, err error) {
	if p.node != n || p.phase != "Running" || p.nodeWentSilent == down {
		return false, nil
	}
	p.nodeWentSilent, p.readySince = down, w.now()
	return true, w.publish(p, controller)
}

func (n *node) target() target { return target{apiVersion: "v1", kind: "Node", name: n.name} }

// beat is what a kubelet reports now and then.
func (w *World) beat(n *node, by string) error {
	return w.patchStatus(by, n.target(), object{"conditions": n.conditions(w.now())})
}
