package items

import (
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
)

// CronJob makes Jobs at certain times.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/cron-job-v1/.
type CronJob struct{ object }

// Schedule tells at which times, in the form of cron: "*/5 * * * *". Possible
// error: *StatusError.
func (c CronJob) Schedule() (string, error) { return rest.Text(c.doc(), "spec", "schedule") }

// TimeZone is the time zone of the schedule: "Europe/Berlin". It is "" when the
// spec does not tell: then it is that of the controller manager's machine.
// Possible error: *StatusError when the attribute is malformed.
func (c CronJob) TimeZone() (string, error) {
	return whenUnset("")(rest.Text(c.doc(), "spec", "timeZone"))
}

// Suspended reports whether no more Jobs are made: false when the spec does not
// tell. Possible error: *StatusError when it is malformed.
func (c CronJob) Suspended() (bool, error) {
	return whenUnset(false)(rest.Bool(c.doc(), "spec", "suspend"))
}

// ConcurrencyPolicy tells what happens when the last Job still runs: Allow when
// the spec does not tell. Possible error: *StatusError when it is malformed.
func (c CronJob) ConcurrencyPolicy() (kinds.ConcurrencyPolicy, error) {
	return whenUnset(kinds.ConcurrencyAllow)(
		enum[kinds.ConcurrencyPolicy](rest.Text(c.doc(), "spec", "concurrencyPolicy")))
}

// StartingDeadline is how late a Job may be made that has missed its time.
// Possible error: *StatusError when there is no limit.
func (c CronJob) StartingDeadline() (time.Duration, error) {
	return seconds(rest.Int(c.doc(), "spec", "startingDeadlineSeconds"))
}

// SuccessfulJobsHistoryLimit is how many Jobs that have succeeded are kept: 3 when
// the spec does not tell. Possible error: *StatusError when it is malformed.
func (c CronJob) SuccessfulJobsHistoryLimit() (int64, error) {
	return whenUnset(int64(3))(rest.Int(c.doc(), "spec", "successfulJobsHistoryLimit"))
}

// FailedJobsHistoryLimit is how many Jobs that have failed are kept: 1 when the
// spec does not tell. Possible error: *StatusError when it is malformed.
func (c CronJob) FailedJobsHistoryLimit() (int64, error) {
	return whenUnset(int64(1))(rest.Int(c.doc(), "spec", "failedJobsHistoryLimit"))
}

// Active are the Jobs that run. The slice is the caller's; it is empty when there
// are none. Possible error: *StatusError when they are malformed.
func (c CronJob) Active() ([]ObjectReference, error) {
	return list[ObjectReference](c.doc(), "status", "active")
}

// LastSchedule is when a Job was made last. Possible error: *StatusError, as long
// as none was.
func (c CronJob) LastSchedule() (time.Time, error) {
	return rest.Time(c.doc(), "status", "lastScheduleTime")
}

// LastSuccess is when a Job succeeded last. Possible error: *StatusError, as long
// as none has.
func (c CronJob) LastSuccess() (time.Time, error) {
	return rest.Time(c.doc(), "status", "lastSuccessfulTime")
}

// Containers are the containers of the template of the Jobs' pods. The slice is
// the caller's. Possible error: *StatusError when they are malformed.
func (c CronJob) Containers() ([]TemplateContainer, error) {
	return templateContainers(c.doc(), "spec", "jobTemplate", "spec", "template")
}
