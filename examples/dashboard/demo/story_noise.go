package demo

import "fmt"

// noise is one of the small things that happen all the time.
func (w *World) noise() error {
	switch n := w.dice.IntN(100); {
	case n < 34:
		return w.heartbeat()
	case n < 58:
		return w.renew()
	case n < 72:
		return w.measure()
	case n < 82:
		return w.mutter()
	case n < 90:
		return w.configure()
	case n < 96:
		return w.label()
	}
	return w.stumble()
}

func (w *World) heartbeat() error {
	n := pick(w.dice, w.nodes)
	if n.down {
		return nil
	}
	return w.beat(n, kubelet)
}

func (w *World) renew() error {
	t := target{apiVersion: "coordination.k8s.io/v1", kind: "Lease", ns: "kube-system"}
	if t.name = pick(w.dice, leaders); w.dice.chance(0.7) {
		n := pick(w.dice, w.nodes)
		if n.down {
			return nil
		}
		t.ns, t.name = "kube-node-lease", n.name
	}
	_, err := w.client.patch(kubelet, mergePatch, t, object{"spec": object{"renewTime": microStamp(w.options.Clock())}})
	return err
}

// measure is an autoscaler that looks at the load.
func (w *World) measure() error {
	load := w.choose(func(l *workload) bool { return l.hpa != nil && !l.busy })
	if load == nil {
		return nil
	}
	return w.shift(load.hpa)
}

// mutter is an Event that says little.
func (w *World) mutter() error {
	load := w.choose(func(l *workload) bool { return l.port > 0 && l.trouble == "" })
	p := pick(w.dice, load.all())
	if p.stage() != serving || p.node.down {
		return nil
	}
	return w.emit(aboutPod(p, kubelet, "Unhealthy", fmt.Sprintf("Readiness probe failed: Get \"http://%s:%d%s\": context deadline exceeded", p.ip, p.app.port, p.app.probe)).warns())
}

// configure is somebody who edits a ConfigMap.
func (w *World) configure() error {
	load := w.choose(func(l *workload) bool { return l.config })
	data := labels{"max-connections": pick(w.dice, []string{"32", "64", "96", "128"})}
	if w.dice.chance(0.4) {
		data = labels{"features": "new-header=" + pick(w.dice, []string{"on", "off"}) + ",fast-checkout=" + pick(w.dice, []string{"on", "off"})}
	}
	_, err := w.client.patch("kubectl-edit", mergePatch, target{apiVersion: "v1", kind: "ConfigMap", ns: load.ns, name: load.configName()}, object{"data": data})
	return err
}

// label is somebody who labels or annotates something.
func (w *World) label() error {
	load := w.choose(func(l *workload) bool { return l.port > 0 })
	who := pick(w.dice, []string{"ada", "grace", "linus", "margaret", "ken"})
	if w.dice.chance(0.5) {
		_, err := w.client.patch("kubectl-label", mergePatch, load.target(), object{"metadata": object{"labels": labels{"shop.example/on-call": who}}})
		return err
	}
	t := target{apiVersion: "v1", kind: "Service", ns: load.ns, name: load.name}
	_, err := w.client.patch("kubectl-annotate", mergePatch, t, object{"metadata": object{"annotations": labels{
		"shop.example/reviewed": fmt.Sprintf("%s by %s", w.now().Format("2006-01-02 15:04"), who)}}})
	return err
}
