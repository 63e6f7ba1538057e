package demo

import (
	"fmt"
	"time"
)

// afflict gives a Deployment the trouble that it has.
func (w *World) afflict(load *workload) {
	switch load.trouble {
	case crashLoop:
		p := load.newest().pods[0]
		p.crash(w.start.Add(-3*time.Minute), 37)
		w.seen(aboutPod(p, kubelet, "BackOff", p.backOff()).warns(), 2*time.Minute, 6*time.Hour, 412)
	case imagePull:
		w.failPull(load)
	case unschedulable:
		p := load.newest().pods[0]
		p.born = w.start.Add(-52 * time.Minute)
		load.newest().born, load.settled = p.born.Add(-time.Second), p.born
		w.seen(aboutPod(p, "default-scheduler", "FailedScheduling", p.pending).warns(), 90*time.Second, 50*time.Minute, 11)
	case oomKilled:
		w.killForMemory(load)
	case stuck:
		w.stick(load)
	}
}

// crash ends the main container once more; the kubelet waits before the next
// attempt.
func (p *pod) crash(at time.Time, restarts int) {
	c := p.containers[0]
	c.ready, c.restarts = false, restarts
	c.last = terminated("Error", 1, at.Add(-4*time.Second), at)
	c.state = waiting("CrashLoopBackOff", p.backOff())
	p.readySince = at
}

func (p *pod) backOff() string {
	return fmt.Sprintf("back-off 5m0s restarting failed container=%s pod=%s_%s(%s)", p.containers[0].name, p.name, p.app.ns, p.uid)
}

func (w *World) failPull(load *workload) {
	p := load.newest().pods[0]
	p.born = w.start.Add(-38 * time.Minute)
	load.newest().born, load.settled = p.born.Add(-time.Second), p.born
	p.phase, p.readySince = "Pending", p.born
	image := p.containers[0].image
	p.wait("ImagePullBackOff", fmt.Sprintf("Back-off pulling image %q: ErrImagePull: failed to resolve reference %q: not found", image, image))
	w.seen(aboutPod(p, kubelet, "Failed", fmt.Sprintf("Failed to pull image %q: not found", image)).warns(), 4*time.Minute, 33*time.Minute, 9)
	w.seen(aboutPod(p, kubelet, "BackOff", fmt.Sprintf("Back-off pulling image %q", image)).warns(), time.Minute, 36*time.Minute, 148)
}

func (w *World) killForMemory(load *workload) {
	p := load.newest().pods[0]
	at := w.start.Add(-41 * time.Minute)
	p.born = later(w.start.Add(-50*time.Hour), load.newest().born.Add(2*time.Second))
	p.started = p.born.Add(9 * time.Second)
	c := p.containers[0]
	c.restarts = 4
	c.last = terminated("OOMKilled", 137, later(p.started, at.Add(-7*time.Hour)), at)
	c.state = running(at.Add(2 * time.Second))
	p.readySince = at.Add(11 * time.Second)
	w.seen(aboutPod(p, kubelet, "Unhealthy", "Readiness probe failed: Get \"http://"+p.ip+":8080/health\": context deadline exceeded").warns(), 41*time.Minute, 50*time.Second, 6)
}

// stick leaves a rollout half done: the new pods never become ready.
func (w *World) stick(load *workload) {
	began := w.start.Add(-23 * time.Minute)
	old := load.newest()
	load.revision++
	load.generation++
	load.tag = newerTag(load.tag)
	next := w.newSet(load, load.tag, load.revision, began)
	load.sets = append(load.sets, next)
	surplus := old.pods[load.desired-load.unavailable():]
	old.pods = old.pods[:load.desired-load.unavailable()]
	old.desired = len(old.pods)
	for _, p := range surplus {
		p.release()
	}
	w.fill(load, next, load.unavailable()+load.surge())
	for _, p := range next.pods {
		p.born = began.Add(3 * time.Second)
		p.started = p.born.Add(8 * time.Second)
		p.readySince = p.born
		c := p.containers[0]
		c.ready, c.restarts, c.last, c.state = false, 0, nil, running(p.started)
		w.seen(aboutPod(p, kubelet, "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503").warns(), 20*time.Second, 22*time.Minute, 262)
	}
	load.late, load.settled = true, began.Add(10*time.Minute)
	w.seen(aboutWorkload(load, "ScalingReplicaSet", fmt.Sprintf("Scaled up replica set %s from 0 to %d", next.name, next.desired)), 23*time.Minute, 0, 1)
}
