package kube

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

func transportFault(ctx context.Context, r rest.Request, err error) error {
	err = orCause(ctx, err)
	if errors.Is(err, rest.ErrClosed) {
		return rest.ErrClosed
	}
	if bad := (*rest.ArgumentError)(nil); errors.As(err, &bad) {
		return bad // from onlyLoopback
	}
	// The url.Error that net/http makes repeats the URL, with its host.
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	e := &rest.APIError{Verb: r.Verb, URL: r.URL(), Err: err}
	if size := (*raw.SizeError)(nil); errors.As(err, &size) {
		e.Code = http.StatusOK
		return e
	}
	if r.Sensitive {
		e.Err = rest.Unquoted(err)
	}
	return rest.Unreachable(e)
}
