package demo

import (
	"fmt"
	"time"
)

// tell adds what has happened in the last hour.
func (w *World) tell() {
	for range 40 {
		w.tellOfPod()
	}
	for _, c := range w.crons {
		j := c.jobs[len(c.jobs)-1]
		ago := w.start.Sub(j.ended)
		w.seen(happening{kind: "CronJob", apiVersion: "batch/v1", ns: c.app.ns, name: c.app.name, uid: c.uid, by: "cronjob-controller",
			reason: "SuccessfulCreate", message: "Created job " + j.name}, ago+30*time.Second, 0, 1)
		w.seen(happening{kind: "Job", apiVersion: "batch/v1", ns: c.app.ns, name: j.name, uid: j.uid, by: "job-controller",
			reason: "Completed", message: "Job completed"}, ago, 0, 1)
	}
	n := w.nodes[4]
	w.seen(aboutNode(n, kubelet, "NodeNotSchedulable", fmt.Sprintf("Node %s status is now: NodeNotSchedulable", n.name)), 5*time.Hour, 0, 1)
}

// tellOfPod tells how some young pod came to life.
func (w *World) tellOfPod() {
	pods := pick(w.dice, w.workloads).all()
	if len(pods) == 0 {
		return
	}
	p := pick(w.dice, pods)
	if p.node == nil || p.app.trouble != "" {
		return
	}
	ago := time.Duration(2+w.dice.IntN(55)) * time.Minute
	switch w.dice.IntN(4) {
	case 0:
		w.seen(aboutPod(p, kubelet, "Unhealthy", fmt.Sprintf("Liveness probe failed: Get \"http://%s:%d%s\": context deadline exceeded", p.ip, p.app.port, p.app.probe)).warns(), ago, time.Minute, 1+w.dice.IntN(4))
	case 1:
		w.seen(aboutPod(p, kubelet, "Pulled", fmt.Sprintf("Container image %q already present on machine", p.containers[0].image)), ago, 0, 1)
	case 2:
		w.seen(aboutPod(p, kubelet, "Started", "Started container "+p.containers[0].name), ago, 0, 1)
	case 3:
		w.seen(aboutPod(p, kubelet, "Created", "Created container: "+p.containers[0].name), ago, 0, 1)
	}
}
