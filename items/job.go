package items

import (
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
)

// Job runs pods until enough of them have succeeded. Its counters are in pods,
// and each returns a *StatusError as long as the controller has not written its
// status.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/.
type Job struct{ object }

// counter reads a number of the status. A Job's status knows no generation: the
// controller has written it when it holds anything.
func (j Job) counter(name string) (int64, error) {
	n, err := rest.Int(j.doc(), "status", name)
	if isUnset(err) && j.Status().Len() > 0 {
		return 0, nil
	}
	return n, err
}

// Active is how many pods are pending or running and not on their way out.
func (j Job) Active() (int64, error) { return j.counter("active") }

// Ready is how many are ready.
func (j Job) Ready() (int64, error) { return j.counter("ready") }

// Terminating is how many are being deleted.
func (j Job) Terminating() (int64, error) { return j.counter("terminating") }

// Succeeded is how many have succeeded.
func (j Job) Succeeded() (int64, error) { return j.counter("succeeded") }

// Failed is how many have failed.
func (j Job) Failed() (int64, error) { return j.counter("failed") }

// CompletedIndexes are the indexes that have succeeded, as ranges: "1,3-5,7". It
// is "" when there are none, or the Job is not indexed. Possible error:
// *StatusError when the attribute is malformed.
func (j Job) CompletedIndexes() (string, error) {
	return whenUnset("")(rest.Text(j.doc(), "status", "completedIndexes"))
}

// FailedIndexes are the indexes that have failed, in the form of
// CompletedIndexes. Possible error: *StatusError when the attribute is malformed.
func (j Job) FailedIndexes() (string, error) {
	return whenUnset("")(rest.Text(j.doc(), "status", "failedIndexes"))
}

// StartTime is when the Job was started, or resumed. Possible error:
// *StatusError, as long as it is not started, or is suspended.
func (j Job) StartTime() (time.Time, error) { return rest.Time(j.doc(), "status", "startTime") }

// CompletionTime is when the Job succeeded. Possible error: *StatusError; a Job
// that has failed has none.
func (j Job) CompletionTime() (time.Time, error) {
	return rest.Time(j.doc(), "status", "completionTime")
}

// State sums up the conditions in one word, as kubectl does. Possible error:
// *StatusError when they are malformed.
func (j Job) State() (kinds.JobState, error) {
	all, err := j.Conditions()
	if err != nil {
		return "", err
	}
	is := make(map[kinds.JobState]bool)
	for _, c := range all {
		is[kinds.JobState(c.Type)] = c.Status == kinds.ConditionTrue
	}
	is[kinds.JobTerminating] = j.Meta().Deleting()
	for _, state := range []kinds.JobState{kinds.JobComplete, kinds.JobFailed, kinds.JobTerminating,
		kinds.JobSuspended, kinds.JobFailureTarget, kinds.JobSuccessCriteriaMet} {
		if is[state] {
			return state, nil
		}
	}
	return kinds.JobRunning, nil
}

// Completions is how many pods must succeed. Possible error: *StatusError when the
// spec does not tell: then the Job is done when one pod has succeeded and all have
// ended.
func (j Job) Completions() (int64, error) { return rest.Int(j.doc(), "spec", "completions") }

// Parallelism is how many pods may run at a time: 1 when the spec does not tell.
// Possible error: *StatusError when it is malformed.
func (j Job) Parallelism() (int64, error) {
	return whenUnset(int64(1))(rest.Int(j.doc(), "spec", "parallelism"))
}

// CompletionMode tells whether pods have indexes: NonIndexed when the spec does
// not tell. Possible error: *StatusError when it is malformed.
func (j Job) CompletionMode() (kinds.CompletionMode, error) {
	return whenUnset(kinds.CompletionNonIndexed)(
		enum[kinds.CompletionMode](rest.Text(j.doc(), "spec", "completionMode")))
}

// BackoffLimit is how many failures the Job takes before it fails. Possible error:
// *StatusError; a Job that counts them by index may have none.
func (j Job) BackoffLimit() (int64, error) { return rest.Int(j.doc(), "spec", "backoffLimit") }

// ActiveDeadline is for how long the Job may run. Possible error: *StatusError
// when there is no limit.
func (j Job) ActiveDeadline() (time.Duration, error) {
	return seconds(rest.Int(j.doc(), "spec", "activeDeadlineSeconds"))
}

// TTLAfterFinished is after what time a Job that has ended is deleted. Possible
// error: *StatusError when it is kept.
func (j Job) TTLAfterFinished() (time.Duration, error) {
	return seconds(rest.Int(j.doc(), "spec", "ttlSecondsAfterFinished"))
}

// Suspended reports whether the Job is told not to run pods: false when the spec
// does not tell. Possible error: *StatusError when it is malformed.
func (j Job) Suspended() (bool, error) {
	return whenUnset(false)(rest.Bool(j.doc(), "spec", "suspend"))
}

// Selector picks the pods. Possible error: *StatusError.
func (j Job) Selector() (LabelSelector, error) {
	return needed[LabelSelector](j.doc(), "spec", "selector")
}

// Containers are the containers of the pods' template. The slice is the caller's.
// Possible error: *StatusError when they are malformed.
func (j Job) Containers() ([]TemplateContainer, error) {
	return templateContainers(j.doc(), "spec", "template")
}
