package items

import (
	"context"
	"errors"
	"net/http"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/until"
)

// Delete deletes the object, if it is still the one of this item's uid. Options:
// [Propagation], [GracePeriod], [Force], [IfUnchanged], [DryRun]. Possible errors:
// *ArgumentError; *APIError, of which *NotFoundError when it is gone already, and
// *ConflictError when another object has taken its name, or it has changed.
//
// When the answer is lost, the request is made again, unless with IfUnchanged, for
// an item without a uid, or for a connection without retries: then an *UnreachableError leaves open whether the object was
// deleted. Once it is made again, an object that is gone is no error.
//
// The object may stay for a while after Delete returns: until its grace period
// is over and its finalizers are done. DeleteAndWait waits for that.
func (o object) Delete(ctx context.Context, options ...DeleteOption) error {
	return o.d.delete(ctx, options)
}

func (d *data) delete(ctx context.Context, options []DeleteOption) error {
	if err := d.reachable(); err != nil {
		return err
	}
	deletion, err := newDeletion(d.uid(), d.version(), options)
	if err != nil {
		return err
	}
	r := rest.Request{Verb: http.MethodDelete, Body: deletion.body(), ContentType: "application/json", Conditional: true}
	_, err = d.request(ctx, r)
	if !mayBeDone(err) || deletion.unchanged || d.uid() == "" || d.origin.conn.Limits().Retries == 0 {
		return err
	}
	// The uid sees to it that nothing else is deleted; to say it twice does no harm.
	r.Conditional = false
	if _, err = d.request(ctx, r); isOutdated(err) && !rest.NotServed(err) {
		return nil // by the first one
	}
	return err
}

// DeleteAndWait deletes the object and waits until it is gone. Errors are those of
// Delete, and *WaitError when ctx is done before. A dry run is not waited for.
func (o Object[T]) DeleteAndWait(ctx context.Context, options ...DeleteOption) error {
	return o.d.deleteAndWait(ctx, options, o.as)
}

func (d *data) deleteAndWait(ctx context.Context, options []DeleteOption, as func(*data) Item) error {
	item := as(d)
	deletion, err := newDeletion(item.UID(), item.Version(), options)
	if err != nil {
		return err
	}
	// The item's own type may have a Delete of its own.
	if err := item.Delete(ctx, options...); err != nil || deletion.DryRun != nil {
		return err
	}
	_, err = d.wait(ctx, []until.Goal{until.Deleted()}, as)
	return err
}

// Exists asks whether the object is still there. Another that has taken its name is
// not it. Possible errors: those of [Object.Fetch], but *NotFoundError.
func (o object) Exists(ctx context.Context) (bool, error) {
	now, err := o.d.fetch(ctx)
	if missing := (*rest.NotFoundError)(nil); errors.As(err, &missing) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return o.UID() == "" || now.uid() == o.UID(), nil
}
