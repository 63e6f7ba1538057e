package items

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
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
// The function may be called several times; only what it returned last was stored.
// When it returns what it was given, nothing is sent.
//
// Possible errors: the function's own, as it is; those of [Object.Replace], but that
// a *ConflictError tells of another object that has taken the name, or of a server
// that refuses although nothing has changed. An *UnreachableError leaves open
// whether the change was stored.
func (o Object[T]) Edit(ctx context.Context, edit func(raw.Object) (raw.Object, error), options ...ChangeOption) (T, error) {
	return o.next(o.d.edit(ctx, edit, options))
}

func (d *data) edit(ctx context.Context, edit func(raw.Object) (raw.Object, error), options []ChangeOption) (*data, error) {
	if edit == nil {
		return nil, &rest.ArgumentError{Arg: "edit", Reason: "the function is nil"}
	}
	c, err := newChange(http.MethodPut, false, options)
	if err != nil {
		return nil, err
	}
	return d.revise(ctx, func(now *data) (*data, error) {
		next, err := edit(now.doc)
		if err != nil || next.Equal(now.doc) {
			return now, err
		}
		doc, err := now.content(next)
		if err != nil {
			return nil, err
		}
		return now.put(ctx, c, doc)
	})
}

// stubborn is how many conflicts about one and the same version are believed.
const stubborn = 3

// revise calls change with the object as it is now, again and again as long as that
// conflicts with what others do to it.
func (d *data) revise(ctx context.Context, change func(now *data) (*data, error)) (*data, error) {
	for same, seen, wait := 0, "", 5*time.Millisecond; ; wait = min(2*wait, time.Second) {
		now, err := d.present(ctx)
		if err != nil {
			return nil, err
		}
		if same++; now.version() != seen {
			same, seen = 0, now.version()
		}
		next, err := change(now)
		if conflict := (*rest.ConflictError)(nil); !errors.As(err, &conflict) || same == stubborn {
			return next, err
		}
		if err := pause(ctx, wait/2+rand.N(wait)); err != nil {
			return nil, err
		}
	}
}

// present is the latest revision of this very object.
func (d *data) present(ctx context.Context) (*data, error) {
	now, err := d.fetch(ctx)
	if err != nil || d.uid() == "" || now.uid() == d.uid() {
		return now, err
	}
	return nil, rest.Classify(&rest.APIError{Verb: http.MethodGet, URL: d.path(now.origin.groupVersion), Code: http.StatusConflict,
		Reason: "Conflict", Message: "another object has taken the name: its uid differs"})
}

// mergeRevised sends a merge patch that depends on what the object is now, and so
// must meet it unchanged. A nil patch is for nothing to do.
func (d *data) mergeRevised(ctx context.Context, patch func(now *data) (any, error)) (*data, error) {
	return d.revise(ctx, func(now *data) (*data, error) {
		p, err := patch(now)
		if err != nil || p == nil {
			return now, err
		}
		return now.patch(ctx, rest.MergePatch, p, IfUnchanged())
	})
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
