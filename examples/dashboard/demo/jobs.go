package demo

import (
	"fmt"
	"time"
)

// cronJob runs an app by the clock.
type cronJob struct {
	*schedule
	app  *app
	uid  string
	born time.Time
	last time.Time // when it last started a Job
	good time.Time // when one last succeeded
	jobs []*job    // oldest first
}

// job is one run.
type job struct {
	of     *cronJob
	name   string
	uid    string
	born   time.Time
	ended  time.Time // zero while it runs
	failed bool
	pod    *pod
}

const keptJobs, keptFailures = 3, 1

func (c *cronJob) identity() object {
	return object{"apiVersion": "batch/v1", "kind": "CronJob", "metadata": object{
		"name": c.app.name, "namespace": c.app.ns, "uid": c.uid, "creationTimestamp": stamp(c.born)}}
}

func (c *cronJob) written() object {
	return c.app.manifest("CronJob", "batch/v1", c.app.name, object{"spec": object{
		"schedule": c.cron, "concurrencyPolicy": "Forbid", "suspend": false,
		"successfulJobsHistoryLimit": keptJobs, "failedJobsHistoryLimit": keptFailures,
		"jobTemplate": object{"spec": c.jobSpec()},
	}})
}

func (c *cronJob) jobSpec() object {
	return object{"backoffLimit": 0, "template": c.app.template(c.app.tag, nil)}
}

func (c *cronJob) status() object {
	s := object{"lastScheduleTime": stamp(c.last)}
	if !c.good.IsZero() {
		s["lastSuccessfulTime"] = stamp(c.good)
	}
	var active list
	for _, j := range c.jobs {
		if j.ended.IsZero() {
			active = append(active, object{"apiVersion": "batch/v1", "kind": "Job", "namespace": c.app.ns, "name": j.name, "uid": j.uid})
		}
	}
	if len(active) > 0 {
		s["active"] = active
	}
	return s
}

func (c *cronJob) object() object {
	return assemble(c.identity(), part{by: c.app.by, at: c.born, body: c.written()},
		part{by: controller, sub: "status", at: c.last, body: object{"status": c.status()}})
}

// name is the name of the run that is due at a time.
func (c *cronJob) jobName(at time.Time) string { return fmt.Sprintf("%s-%d", c.app.name, at.Unix()/60) }

func (j *job) labels() labels {
	return labels{"batch.kubernetes.io/job-name": j.name, "batch.kubernetes.io/controller-uid": j.uid, "job-name": j.name, "controller-uid": j.uid}
}

func (j *job) written() object {
	a := j.of.app
	return object{
		"metadata": object{
			"labels": j.labels(), "annotations": labels{"batch.kubernetes.io/cronjob-scheduled-timestamp": stamp(j.born)},
			"ownerReferences": reference("batch/v1", "CronJob", a.name, j.of.uid),
		},
		"spec": object{
			"backoffLimit": 0, "completions": 1, "parallelism": 1, "completionMode": "NonIndexed", "suspend": false,
			"selector": object{"matchLabels": labels{"batch.kubernetes.io/controller-uid": j.uid}},
			"template": a.template(a.tag, j.labels()),
		},
	}
}

func (j *job) status() object {
	s := object{"startTime": stamp(j.born), "terminating": 0, "uncountedTerminatedPods": object{}}
	switch {
	case j.ended.IsZero():
		_, ready := count([]*pod{j.pod})
		s["active"], s["ready"] = 1, ready
	case j.failed:
		s["failed"], s["ready"] = 1, 0
		s["conditions"] = list{
			j.condition("FailureTarget", "BackoffLimitExceeded", "Job has reached the specified backoff limit"),
			j.condition("Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit")}
	default:
		s["succeeded"], s["ready"], s["completionTime"] = 1, 0, stamp(j.ended)
		s["conditions"] = list{
			j.condition("SuccessCriteriaMet", "CompletionsReached", "Reached expected number of succeeded pods"),
			j.condition("Complete", "CompletionsReached", "Reached expected number of succeeded pods")}
	}
	return s
}

func (j *job) condition(name, reason, message string) object {
	c := condition(name, true, reason, message, j.ended)
	c["lastProbeTime"] = stamp(j.ended)
	return c
}

func (j *job) identity() object {
	return object{"apiVersion": "batch/v1", "kind": "Job", "metadata": object{
		"name": j.name, "namespace": j.of.app.ns, "uid": j.uid, "creationTimestamp": stamp(j.born)}}
}

func (j *job) object() object {
	at := j.ended
	if at.IsZero() {
		at = j.born
	}
	return assemble(j.identity(), part{by: controller, at: j.born, body: j.written()},
		part{by: controller, sub: "status", at: at, body: object{"status": j.status()}})
}

func (j *job) owner() list { return reference("batch/v1", "Job", j.name, j.uid) }

// podLabels are those of the run's only pod.
func (j *job) podLabels() labels { return merged(j.of.app.podLabels(), j.labels()) }
