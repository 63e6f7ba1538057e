package kube

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

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

// answerError is the error that an answer tells of, or nil.
func answerError(r rest.Request, resp *http.Response, body []byte) error {
	if resp.StatusCode/100 == 2 {
		return nil
	}
	if status, err := raw.Parse(body); err == nil && tellsFailure(status) {
		return withRetryAfter(rest.FromStatus(r, resp.StatusCode, status), resp)
	}
	e := &rest.APIError{Verb: r.Verb, URL: r.URL(), Code: resp.StatusCode, Message: textOf(resp, body)}
	if r.Sensitive {
		e.Message = ""
	}
	if resp.StatusCode/100 == 3 {
		e.Message = "the answer is a redirect, which is not followed"
		if to, err := url.Parse(resp.Header.Get("Location")); err == nil && to.Host != "" {
			e.Message += ": it leads to " + to.Host
		}
	}
	return withRetryAfter(rest.Classify(e), resp)
}

// tellsFailure reports whether the body of a failed request is a Status. That of
// a request that timed out in the API server's filters names no kind.
func tellsFailure(doc raw.Object) bool {
	return rest.IsStatus(doc) || rest.String(doc, "kind") == "" && rest.String(doc, "status") == "Failure"
}

func withRetryAfter(err error, resp *http.Response) error {
	var e *rest.APIError
	if d, ok := retryAfter(resp); ok && errors.As(err, &e) && e.RetryAfter < d {
		e.RetryAfter = d
	}
	return err
}

// textOf is what an error shows of an answer that is not a Status: text as it
// is, of anything else only what it claims to be.
func textOf(resp *http.Response, body []byte) string {
	kind := resp.Header.Get("Content-Type")
	if len(body) == 0 {
		return ""
	}
	if strings.HasPrefix(kind, "text/plain") {
		return strings.ToValidUTF8(strings.TrimSpace(string(body)), "\uFFFD")
	}
	return fmt.Sprintf("%d bytes of %q", len(body), kind)
}
