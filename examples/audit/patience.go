package main

import (
	"context"
	"errors"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/examples/audit/store"
)

// patiently tries something until it goes well, or will not: a recorder that is
// started while the cluster is away waits for it.
func (r *recorder) patiently(ctx context.Context, what string, try func() error) error {
	for pause := 500 * time.Millisecond; ; pause = min(2*pause, 10*time.Second) {
		err := try()
		if err == nil || isFinal(err) || ctx.Err() != nil {
			return err
		}
		r.progress.note("%s: %v; trying again (^C ends)", what, err)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// isRefused reports whether the server does not let us, or has no such thing.
func isRefused(err error) bool {
	return errors.As(err, new(*kube.ForbiddenError)) || errors.As(err, new(*kube.NotFoundError)) || errors.As(err, new(*kube.KindError))
}

// isFinal reports whether trying again makes no sense.
func isFinal(err error) bool {
	return isRefused(err) || errors.As(err, new(*kube.ArgumentError)) || errors.As(err, new(*usageError)) ||
		errors.As(err, new(*otherClusterError)) || errors.As(err, new(*kube.InvalidError)) || errors.As(err, new(*store.Error)) || errors.Is(err, kube.ErrClosed)
}
