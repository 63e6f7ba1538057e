package demo

import "fmt"

// crashAgain starts the container that always ends, and lets it end.
func (w *World) crashAgain() error {
	load := w.choose(func(l *workload) bool { return l.trouble == crashLoop })
	if load == nil {
		return nil
	}
	p := load.newest().pods[0]
	w.after(14, func() error { return w.fall(load, p) })
	if p.node.down {
		return nil
	}
	p.run(w.now())
	if err := w.publish(p, kubelet); err != nil {
		return err
	}
	return w.sync(load)
}

func (w *World) fall(load *workload, p *pod) error {
	w.after(60+w.dice.IntN(40), w.crashAgain)
	if p.node.down || !p.containers[0].ready {
		return nil
	}
	p.crash(w.now(), p.containers[0].restarts+1)
	if err := w.publish(p, kubelet); err != nil {
		return err
	}
	if err := w.sync(load); err != nil {
		return err
	}
	return w.emit(aboutPod(p, kubelet, "BackOff", p.backOff()).warns())
}

// pullAgain fails to fetch an image that is not there.
func (w *World) pullAgain(load *workload) error {
	w.after(50+w.dice.IntN(30), func() error { return w.pullAgain(load) })
	p := load.newest().pods[0]
	return w.emit(aboutPod(p, kubelet, "BackOff", fmt.Sprintf("Back-off pulling image %q", p.containers[0].image)).warns())
}

// stumble restarts a container of some pod that serves.
func (w *World) stumble() error {
	load := w.choose(func(l *workload) bool { return l.trouble == "" && !l.busy && l.ns != "kube-system" })
	if load == nil {
		return nil
	}
	p := pick(w.dice, load.all())
	if p.stage() != serving || p.node.down {
		return nil
	}
	c := p.containers[0]
	c.last = terminated("Error", 137, p.started, w.now())
	c.restarts++
	p.started = w.now()
	c.state, c.ready, p.readySince = running(w.now()), false, w.now()
	w.after(3, func() error { return w.recover(load, p) })
	if err := w.publish(p, kubelet); err != nil {
		return err
	}
	if err := w.sync(load); err != nil {
		return err
	}
	return w.emit(aboutPod(p, kubelet, "Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 500").warns())
}

// recover makes a pod ready again, if it is still there.
func (w *World) recover(load *workload, p *pod) error {
	if p.stage() != starting || p.gone {
		return nil
	}
	if p.node.down {
		w.after(20, func() error { return w.recover(load, p) })
		return nil
	}
	if err := w.admit(p); err != nil {
		return err
	}
	return w.sync(load)
}
