package demo

import "fmt"

// scale lets the load of some workload change, and its autoscaler with it.
func (w *World) scale() error {
	w.after(35+w.dice.IntN(20), w.scale)
	load := w.choose(func(l *workload) bool { return l.hpa != nil && !l.busy })
	if load == nil {
		return nil
	}
	was, next := load.desired, load.desired+1+w.dice.IntN(2)
	if w.dice.chance(0.5) {
		next = load.desired - 1 - w.dice.IntN(2)
	}
	next = min(max(next, load.low), load.high)
	if next == was {
		return w.shift(load.hpa)
	}
	return w.rescale(load, next)
}

// shift is a change of load that needs no other size.
func (w *World) shift(h *autoscaler) error {
	h.load = min(max(h.load+w.dice.IntN(17)-8, 30), 90)
	return w.patchStatus(controller, h.target(), h.status())
}

func (w *World) rescale(load *workload, next int) error {
	why := "cpu resource utilization (percentage of request) above target"
	load.hpa.load = 84 + w.dice.IntN(20)
	if next < load.desired {
		why = "All metrics below target"
		load.hpa.load = 31 + w.dice.IntN(20)
	}
	load.desired, load.hpa.last = next, w.now()
	t := load.target()
	t.sub = "scale"
	if _, err := w.client.patch(controller, mergePatch, t, object{"spec": object{"replicas": next}}); err != nil {
		return err
	}
	doc, err := w.client.get(load.target())
	if err != nil {
		return err
	}
	load.generation = generation(doc, load.generation)
	w.pursue(load)
	if err := w.sync(load); err != nil {
		return err
	}
	return w.emit(happening{kind: "HorizontalPodAutoscaler", apiVersion: "autoscaling/v2", ns: load.ns, name: load.name, uid: load.hpa.uid,
		by: "horizontal-pod-autoscaler", reason: "SuccessfulRescale", message: fmt.Sprintf("New size: %d; reason: %s", next, why)})
}
