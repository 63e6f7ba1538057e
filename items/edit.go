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
	var zero T
	if edit == nil {
		return zero, &rest.ArgumentError{Arg: "edit", Reason: "the function is nil"}
	}
	c, err := newChange(http.MethodPut, false, options)
	if err != nil {
		return zero, err
	}
	return o.revise(ctx, func(now Object[T]) (T, error) {
		next, err := edit(now.doc())
		if err != nil || next.Equal(now.doc()) {
			return now.self(), err
		}
		doc, err := now.content(next)
		if err != nil {
			return zero, err
		}
		return now.put(ctx, c, doc)
	})
}

// stubborn is how many conflicts about one and the same version are believed.
const stubborn = 3

// revise calls change with the object as it is now, again and again as long as that
// conflicts with what others do to it.
func (o Object[T]) revise(ctx context.Context, change func(now Object[T]) (T, error)) (T, error) {
	var zero T
	for same, seen, wait := 0, "", 5*time.Millisecond; ; wait = min(2*wait, time.Second) {
		now, err := o.present(ctx)
		if err != nil {
			return zero, err
		}
		if same++; now.Version() != seen {
			same, seen = 0, now.Version()
		}
		next, err := change(now)
		if conflict := (*rest.ConflictError)(nil); !errors.As(err, &conflict) || same == stubborn {
			if err != nil {
				return zero, err
			}
			return next, nil
		}
		if err := pause(ctx, wait/2+rand.N(wait)); err != nil {
			return zero, err
		}
	}
}

// present is the latest revision of this very object.
func (o Object[T]) present(ctx context.Context) (now Object[T], err error) {
	latest, err := o.Fetch(ctx)
	if err != nil {
		return now, err
	}
	now.d = asItem(latest).inner()
	if o.UID() != "" && now.UID() != o.UID() {
		return now, rest.Classify(&rest.APIError{Verb: http.MethodGet, URL: o.Link(), Code: http.StatusConflict,
			Reason: "Conflict", Message: "another object has taken the name: its uid differs"})
	}
	return now, nil
}

// mergeRevised sends a merge patch that depends on what the object is now, and so
// must meet it unchanged. A nil patch is for nothing to do.
func (o Object[T]) mergeRevised(ctx context.Context, patch func(now Object[T]) (any, error)) (T, error) {
	return o.revise(ctx, func(now Object[T]) (T, error) {
		p, err := patch(now)
		if err != nil || p == nil {
			return now.self(), err
		}
		return now.Patch(ctx, rest.MergePatch, p, IfUnchanged())
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
