package items

import (
	"context"
	"fmt"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
	"github.com/kubeviews/kube/until"
)

// Rollout is how far a workload has come with its newest template, by the rules of
// kubectl rollout status. It is a value.
type Rollout struct {
	Done    bool   // all replicas are of the newest template, and available
	Failed  bool   // the deadline of its progress has passed
	Message string // what it waits for: "2 of 3 updated replicas are available"
}

// String is the message.
func (r Rollout) String() string { return r.Message }

func waiting(format string, args ...any) (Rollout, error) {
	return Rollout{Message: fmt.Sprintf(format, args...)}, nil
}

func rolledOut() (Rollout, error) { return Rollout{Done: true, Message: "rolled out"}, nil }

// unobserved reports whether the status is about an older spec.
func unobserved(doc raw.Object) (bool, error) {
	if doc.IsZero() || doc.MetadataOnly() {
		return false, rest.NotSet(doc, "status")
	}
	if !doc.Get("status", "observedGeneration").IsSet() {
		return true, nil
	}
	generation, none := rest.Int(doc, "metadata", "generation")
	observed, err := rest.Int(doc, "status", "observedGeneration")
	return none == nil && observed < generation, err
}

// counts reads several numbers; those that are absent are 0. The first that is
// malformed is an error.
func counts(doc raw.Object, into map[string]*int64) error {
	for name, n := range into {
		v, err := counter(doc, name)
		if err != nil {
			return err
		}
		*n = v
	}
	return nil
}

// replicasWanted is spec.replicas, which is 1 when it is absent.
func replicasWanted(doc raw.Object) (int64, error) {
	if !doc.Get("spec", "replicas").IsSet() {
		return 1, nil
	}
	return rest.Int(doc, "spec", "replicas")
}

// Rollout tells how far the deployment has come with its newest template. Possible
// error: *StatusError when a number is malformed, or for the zero item.
func (d Deployment) Rollout() (Rollout, error) {
	doc := d.doc()
	if stale, err := unobserved(doc); err != nil {
		return Rollout{}, err
	} else if stale {
		return waiting("the controller has not seen the newest spec yet")
	}
	if c, err := d.Condition("Progressing"); err == nil && c.Reason == "ProgressDeadlineExceeded" {
		return Rollout{Failed: true, Message: "the deployment exceeded its progress deadline"}, nil
	}
	var all, updated, available int64
	wanted, err := replicasWanted(doc)
	if err == nil {
		err = counts(doc, map[string]*int64{"replicas": &all, "updatedReplicas": &updated, "availableReplicas": &available})
	}
	switch {
	case err != nil:
		return Rollout{}, err
	case updated < wanted:
		return waiting("%d of %d replicas are updated", updated, wanted)
	case all > updated:
		return waiting("%d old replicas are still to end", all-updated)
	case available < updated:
		return waiting("%d of %d updated replicas are available", available, updated)
	}
	return rolledOut()
}

// Rollout tells how far the stateful set has come with its newest template. With
// the strategy OnDelete it does nothing by itself, and counts as done. Possible
// error: *StatusError when a number is malformed, or for the zero item.
func (s StatefulSet) Rollout() (Rollout, error) {
	doc := s.doc()
	if rest.String(doc, "spec", "updateStrategy", "type") == "OnDelete" {
		return rolledOut()
	}
	if stale, err := unobserved(doc); err != nil {
		return Rollout{}, err
	} else if stale {
		return waiting("the controller has not seen the newest spec yet")
	}
	var ready, updated int64
	wanted, err := replicasWanted(doc)
	if err == nil {
		err = counts(doc, map[string]*int64{"readyReplicas": &ready, "updatedReplicas": &updated})
	}
	partition, _ := rest.Int(doc, "spec", "updateStrategy", "rollingUpdate", "partition")
	switch {
	case err != nil:
		return Rollout{}, err
	case ready < wanted:
		return waiting("%d of %d replicas are ready", ready, wanted)
	case partition > 0 && updated < wanted-partition:
		return waiting("%d of %d replicas are updated", updated, wanted-partition)
	case partition > 0:
		return rolledOut()
	case rest.String(doc, "status", "updateRevision") != rest.String(doc, "status", "currentRevision"):
		return waiting("%d replicas are at the newest revision", updated)
	}
	return rolledOut()
}

// Rollout tells how far the daemon set has come with its newest template. With the
// strategy OnDelete it does nothing by itself, and counts as done. Possible error:
// *StatusError when a number is malformed, or for the zero item.
func (d DaemonSet) Rollout() (Rollout, error) {
	doc := d.doc()
	if rest.String(doc, "spec", "updateStrategy", "type") == "OnDelete" {
		return rolledOut()
	}
	if stale, err := unobserved(doc); err != nil {
		return Rollout{}, err
	} else if stale {
		return waiting("the controller has not seen the newest spec yet")
	}
	var desired, updated, available int64
	err := counts(doc, map[string]*int64{
		"desiredNumberScheduled": &desired, "updatedNumberScheduled": &updated, "numberAvailable": &available,
	})
	switch {
	case err != nil:
		return Rollout{}, err
	case updated < desired:
		return waiting("%d of %d pods are updated", updated, desired)
	case available < desired:
		return waiting("%d of %d updated pods are available", available, desired)
	}
	return rolledOut()
}

// WaitRollout waits until the newest template is rolled out, and returns the
// revision that says so. Possible errors: *RolloutError when it has failed; those
// of [Object.Wait].
func (d Deployment) WaitRollout(ctx context.Context) (Deployment, error) {
	return waitRollout[Deployment](ctx, d)
}

// WaitRollout waits until the newest template is rolled out, as
// [Deployment.WaitRollout].
func (s StatefulSet) WaitRollout(ctx context.Context) (StatefulSet, error) {
	return waitRollout[StatefulSet](ctx, s)
}

// WaitRollout waits until the newest template is rolled out, as
// [Deployment.WaitRollout].
func (d DaemonSet) WaitRollout(ctx context.Context) (DaemonSet, error) {
	return waitRollout[DaemonSet](ctx, d)
}

// roller is a workload that rolls out.
type roller[T any] interface {
	Typed[T]
	Rollout() (Rollout, error)
	Wait(ctx context.Context, goals ...until.Goal) (T, error)
}

func waitRollout[T roller[T]](ctx context.Context, workload T) (T, error) {
	settled := until.Func("the rollout to end", func(t T) bool {
		r, err := t.Rollout()
		return err == nil && (r.Done || r.Failed)
	})
	last, err := workload.Wait(ctx, settled)
	if err != nil {
		var zero T
		return zero, err
	}
	if r, _ := last.Rollout(); r.Failed {
		var zero T
		return zero, &rest.RolloutError{Kind: string(last.Kind()), Namespace: last.Namespace(), Name: last.Name(), Reason: r.Message}
	}
	return last, nil
}

// restartedAt is the annotation by which kubectl rollout restart changes a template.
const restartedAt = "kubectl.kubernetes.io/restartedAt"

// Restart has the deployment replace all its pods, as its strategy says, and returns
// its next revision; WaitRollout waits for the end. Possible errors: *ArgumentError for
// one that is paused, as of this revision: it would restart when it is resumed only;
// those of [Object.Patch].
func (d Deployment) Restart(ctx context.Context) (Deployment, error) {
	if paused, _ := d.doc().Get("spec", "paused").Bool(); paused {
		return Deployment{}, &rest.ArgumentError{Arg: "deployment", Value: d.Name(), Reason: "it is paused; resume it first"}
	}
	return d.next(d.d.restart(ctx))
}

// Restart has the stateful set replace all its pods, as [Deployment.Restart].
func (s StatefulSet) Restart(ctx context.Context) (StatefulSet, error) {
	return s.next(s.d.restart(ctx))
}

// Restart has the daemon set replace all its pods, as [Deployment.Restart].
func (d DaemonSet) Restart(ctx context.Context) (DaemonSet, error) { return d.next(d.d.restart(ctx)) }

func (d *data) restart(ctx context.Context) (*data, error) {
	// To the nanosecond: two restarts in a second are two.
	now := time.Now().UTC().Format(time.RFC3339Nano)
	return d.patch(ctx, rest.MergePatch, nested(now, []string{"spec", "template", "metadata", "annotations", restartedAt}))
}
