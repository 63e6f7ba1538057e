package demo

import "time"

// seedCron makes a CronJob with its last runs.
func (w *World) seedCron(s *schedule) {
	a := s.app
	a.kind = "Job"
	c := &cronJob{schedule: s, app: &a, uid: w.dice.uid(), born: w.start.Add(-w.days(30, 80))}
	w.crons = append(w.crons, c)
	if a.secret {
		w.add(secret(&a, c.born, w.dice))
	}
	if a.config {
		w.add(configMap(&a, c.born))
	}
	if account := a.account(); account != "default" {
		w.add(serviceAccount(a.ns, account, a.by, c.born))
	}
	period := time.Duration(s.every) * time.Minute
	last := w.start.Truncate(period)
	for back := keptJobs - 1; back >= 0; back-- {
		w.seedRun(c, last.Add(-time.Duration(back)*period), s.failed && back == 1)
	}
}

// seedRun is one that has ended.
func (w *World) seedRun(c *cronJob, at time.Time, failed bool) {
	j := w.newJob(c, at)
	j.pod.assign(w.roomFor(c.app))
	j.pod.run(at.Add(4 * time.Second))
	end := at.Add(time.Duration(8+w.dice.IntN(50)) * time.Second)
	if end.After(w.start) {
		end = w.start
	}
	w.finish(j, end, failed)
	c.last = at
}

// roomFor finds a node for a pod that must have one.
func (w *World) roomFor(a *app) *node {
	if n := w.place(a.request()); n != nil {
		return n
	}
	return w.nodes[1]
}

func (w *World) newJob(c *cronJob, at time.Time) *job {
	j := &job{of: c, name: c.jobName(at), uid: w.dice.uid(), born: at}
	j.pod = w.newPod(c.app, j.name+"-"+w.dice.suffix(), c.app.tag, j.owner(), j.podLabels(), at)
	c.jobs = append(c.jobs, j)
	return j
}

// finish ends a run; its pod's room is free again.
func (w *World) finish(j *job, at time.Time, failed bool) {
	code := 0
	if failed {
		code = 1
	}
	j.pod.end(at, code)
	j.pod.release()
	j.ended, j.failed = at, failed
	if !failed {
		j.of.good = at
	}
}
