package items

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// Edit changes the object as a function says, and returns the revision that came of
// it: it fetches the object, calls the function, replaces the object by what that
// returns, and starts over when somebody else has changed it meanwhile. So no change
// is lost, neither theirs nor this one.
//
//	pod, err := pod.Edit(ctx, func(now raw.Object) (raw.Object, error) {
//		return now.With("yes", "metadata", "annotations", "audited")
//	})
//
// The function may be called several times; only what it returned for one of them is
// stored. When it returns what it was given, nothing is sent.
//
// No edit is made twice. When the answer to the replacement is lost, Edit looks what
// has become of the object. At the same version, nothing was stored: the replacement is
// sent again, which the server can take only once. At another version, the edit is done
// if the function has nothing more to change. If it has, nobody can tell whether this
// edit is among what happened to the object, and the error leaves that open.
//
// With [IfUnchanged], it gives up instead of starting over. With [Subresource], what is
// replaced is that part, and the function is given what it is replaced by: the object,
// or the Scale of it.
//
// Possible errors: the function's own, as it is; those of [Object.Replace], but that
// a *ConflictError tells of another object that has taken the name, of a server that
// refuses although nothing has changed, or of one that has, with IfUnchanged. An *UnreachableError leaves open
// whether the change was stored, and so does the end of ctx.
func (o Object[T]) Edit(ctx context.Context, edit func(raw.Object) (raw.Object, error), options ...ChangeOption) (T, error) {
	return o.next(o.d.edit(ctx, edit, options))
}

func (d *data) edit(ctx context.Context, edit func(raw.Object) (raw.Object, error), options []ChangeOption) (*data, error) {
	if edit == nil {
		return nil, &rest.ArgumentError{Arg: "edit", Reason: "the function is nil"}
	}
	c, err := d.heed(http.MethodPut, false, options)
	if err != nil {
		return nil, err
	}
	r := revising{change: c, plan: func(now *data) (func() (*data, error), error) {
		next, err := edit(now.doc)
		if err != nil || next.Equal(now.doc) {
			return nil, err
		}
		doc, err := now.content(c, next)
		return func() (*data, error) { return now.put(ctx, c, doc) }, err
	}}
	return r.run(ctx, d)
}

// mergeRevised sends a merge patch that depends on what the object is now, and so
// must meet it unchanged. A nil patch is for nothing to do. To make it twice must be
// the same as to make it once.
func (d *data) mergeRevised(ctx context.Context, patch func(now *data) (any, error), options ...ChangeOption) (*data, error) {
	c, err := d.heedWhole(options)
	if err != nil {
		return nil, err
	}
	r := revising{change: c, repeatable: true, plan: func(now *data) (func() (*data, error), error) {
		p, err := patch(now)
		if err != nil || p == nil {
			return nil, err
		}
		return func() (*data, error) {
			return now.patch(ctx, rest.MergePatch, p, append(slices.Clip(options), IfUnchanged())...)
		}, nil
	}}
	return r.run(ctx, d)
}

// revising changes an object on the condition that nobody else does.
type revising struct {
	change *change
	// plan returns what sends the change of the object as it is now, or nil when there
	// is nothing to do.
	plan       func(now *data) (send func() (*data, error), err error)
	repeatable bool // to make the change twice is the same as to make it once

	version string // that the last change was sent for
	same    int    // how often it was
	lost    error  // of a change that may have been stored
}

// stubborn is how many failures about one and the same version are believed.
const stubborn = 3

// run sends the change again and again as long as it conflicts with what others do.
func (r *revising) run(ctx context.Context, d *data) (*data, error) {
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		now, err := d.revised(ctx, r.change)
		if err != nil {
			return nil, r.doubtful(ctx, err)
		}
		if err := r.overtaken(d, now); err != nil {
			return nil, err
		}
		send, err := r.plan(now)
		moved := now.version() != r.version
		switch {
		case r.lost != nil && moved && r.once() && (err != nil || send != nil):
			return nil, r.lost
		case err != nil:
			return nil, err
		case send == nil && r.change.scales():
			return d.present(ctx)
		case send == nil:
			return now, nil
		}
		if r.same++; moved {
			r.version, r.same = now.version(), 0
		}
		next, err := send()
		if !r.again(err) {
			return next, err
		}
		if err := pause(ctx, wait/2+rand.N(wait)); err != nil {
			return nil, err
		}
	}
}

// once reports whether the change must not be made again of another version than that
// which it was sent for.
func (r *revising) once() bool { return !r.repeatable || r.change.unchanged }

// overtaken is the conflict of a change that is only for the item's own version, before
// anything was sent that may itself have changed it.
func (r *revising) overtaken(d, now *data) error {
	if !r.change.unchanged || r.lost != nil || now.version() == d.version() {
		return nil
	}
	return now.conflict("it has changed: it is not at version " + d.version() + " any more")
}

// again reports whether the change is to be tried anew.
func (r *revising) again(err error) bool {
	var conflict *rest.ConflictError
	switch {
	case r.same == stubborn:
		return false
	case mayBeDone(err):
		r.lost = err
		return true
	}
	return errors.As(err, &conflict)
}

// doubtful is the error of a look at the object, or what it was to find out.
func (r *revising) doubtful(ctx context.Context, err error) error {
	if r.lost != nil && ctx.Err() == nil && !isOutdated(err) {
		return r.lost
	}
	return err
}

// mayBeDone reports whether a request that failed may have been carried out: its answer
// is lost. One that found no connection was not.
func mayBeDone(err error) bool {
	var away *rest.UnreachableError
	var api *rest.APIError
	if errors.As(err, &away) {
		return away.InDoubt()
	}
	return errors.As(err, &api) && api.Code >= http.StatusBadGateway && api.Code <= http.StatusGatewayTimeout
}

// present is the latest revision of this very object.
func (d *data) present(ctx context.Context) (*data, error) {
	now, err := d.fetch(ctx)
	if err != nil {
		return nil, err
	}
	return d.same(now)
}

// same is what was found of the object, if it is of this very one.
func (d *data) same(now *data) (*data, error) {
	if d.uid() == "" || now.uid() == d.uid() {
		return now, nil
	}
	return nil, d.conflict("another object has taken the name: its uid differs")
}

// conflict is what the server says when an object is another than it should be.
func (d *data) conflict(message string) error {
	return rest.Classify(&rest.APIError{Verb: http.MethodGet, URL: d.path(d.origin.groupVersion), Code: http.StatusConflict,
		Reason: "Conflict", Message: message})
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return &rest.WaitError{For: "the object to be left alone", Err: rest.Cause(ctx)}
	}
}
