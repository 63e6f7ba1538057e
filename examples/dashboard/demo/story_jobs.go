package demo

import (
	"slices"
	"time"
)

// runCrons has every CronJob run whose time has come.
func (w *World) runCrons() {
	now := w.now()
	for _, c := range w.crons {
		at := now.Truncate(time.Duration(c.every) * time.Minute)
		if at.After(c.last) && !c.running() {
			c.last = at
			w.after(0, func() error { return w.startJob(c, at) })
		}
	}
}

func (c *cronJob) running() bool {
	return slices.ContainsFunc(c.jobs, func(j *job) bool { return j.ended.IsZero() })
}

func (c *cronJob) target() target {
	return target{apiVersion: "batch/v1", kind: "CronJob", ns: c.app.ns, name: c.app.name}
}

func (j *job) target() target {
	return target{apiVersion: "batch/v1", kind: "Job", ns: j.of.app.ns, name: j.name}
}

func (w *World) startJob(c *cronJob, at time.Time) error {
	j := w.newJob(c, at)
	if _, err := w.server.Put(j.object()); err != nil { // its selector names its uid, which a POST would choose
		return err
	}
	j.pod.born = w.now()
	if err := w.create(j.pod); err != nil {
		return err
	}
	w.after(2, func() error { return w.runJob(j) })
	if err := w.syncJob(j); err != nil {
		return err
	}
	return w.emit(happening{kind: "CronJob", apiVersion: "batch/v1", ns: c.app.ns, name: c.app.name, uid: c.uid,
		by: "cronjob-controller", reason: "SuccessfulCreate", message: "Created job " + j.name})
}

// runJob takes a run through its stages.
func (w *World) runJob(j *job) error {
	if j.pod.stage() == serving && !j.pod.node.down {
		return w.endJob(j)
	}
	if err := w.advance(j.pod); err != nil {
		return err
	}
	wait := 2
	if j.pod.stage() == serving {
		wait = 15 + w.dice.IntN(40)
	}
	w.after(wait, func() error { return w.runJob(j) })
	return w.syncJob(j)
}

func (w *World) endJob(j *job) error {
	w.finish(j, w.now(), w.dice.chance(0.1))
	if err := w.publish(j.pod, kubelet); err != nil {
		return err
	}
	if err := w.syncJob(j); err != nil {
		return err
	}
	if err := w.prune(j.of); err != nil {
		return err
	}
	about := happening{kind: "Job", apiVersion: "batch/v1", ns: j.of.app.ns, name: j.name, uid: j.uid, by: "job-controller",
		reason: "Completed", message: "Job completed"}
	if j.failed {
		about.reason, about.message, about.warning = "BackoffLimitExceeded", "Job has reached the specified backoff limit", true
	}
	return w.emit(about)
}

func (w *World) syncJob(j *job) error {
	if err := w.patchStatus(controller, j.target(), j.status(), "active", "succeeded", "failed"); err != nil {
		return err
	}
	return w.patchStatus(controller, j.of.target(), j.of.status(), "active")
}

// prune deletes the runs that are beyond a CronJob's history.
func (w *World) prune(c *cronJob) error {
	good, bad := 0, 0
	for _, j := range slices.Backward(slices.Clone(c.jobs)) {
		switch {
		case j.ended.IsZero():
			continue
		case j.failed:
			bad++
		default:
			good++
		}
		if good <= keptJobs && bad <= keptFailures || j.failed && bad <= keptFailures || !j.failed && good <= keptJobs {
			continue
		}
		if err := w.remove(j.pod.target(), 0); err != nil {
			return err
		}
		if err := w.remove(j.target(), 0); err != nil {
			return err
		}
		c.jobs = slices.DeleteFunc(c.jobs, func(o *job) bool { return o == j })
	}
	return nil
}
