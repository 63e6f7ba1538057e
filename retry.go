package kube

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// requestKey is where a request's context has the rest.Request.
type requestKey struct{}

// maxRetryAfter is the longest wait that a server is granted before a request
// is tried again. A longer one is the caller's to decide: the error tells it.
const maxRetryAfter = 30 * time.Second

// shouldRetry decides by what is safe. What reads may be repeated, and what
// replaces or deletes, whose repetition changes no more. Everything else is
// repeated only where the server surely has not acted: there was no connection, or
// it said 429.
func shouldRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, rest.Cause(ctx)
	}
	r, _ := ctx.Value(requestKey{}).(rest.Request)
	if r.Once {
		return false, nil
	}
	verb := r.Verb
	repeatable := verb == http.MethodGet || verb == http.MethodHead || verb == http.MethodPut || verb == http.MethodDelete
	repeatable = repeatable && !r.Conditional
	if err != nil {
		var size *raw.SizeError
		var bad *rest.ArgumentError
		var distrust *tls.CertificateVerificationError
		if errors.As(err, &size) || errors.As(err, &bad) || errors.As(err, &distrust) {
			return false, nil
		}
		return retryFault(err, repeatable), nil
	}
	if wait, ok := rest.RetryAfter(resp); ok && wait > maxRetryAfter {
		return false, nil
	}
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		return true, nil
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return repeatable, nil
	case http.StatusInternalServerError:
		// kubectl proxy says so, in plain text, when it cannot reach the server.
		return repeatable && strings.HasPrefix(resp.Header.Get("Content-Type"), "text/plain"), nil
	}
	return false, nil
}

// retryFault decides about a request without an answer. Where no connection came
// about, as with a proxy that is being started again, the server has not acted. A
// socket that the user may not open stays so.
func retryFault(err error, repeatable bool) bool {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "dial" {
		return repeatable
	}
	return !errors.Is(op, syscall.EACCES) && !errors.Is(op, syscall.EPERM)
}

// backoff doubles from attempt to attempt, up to max, and spreads by half, so
// that many clients do not come back at once. Retry-After counts instead.
func backoff(min, max time.Duration, attempt int, resp *http.Response) time.Duration {
	if wait, ok := rest.RetryAfter(resp); ok {
		return wait
	}
	wait := max
	if attempt < 16 {
		wait = min << attempt
	}
	if wait > max {
		wait = max
	}
	return wait/2 + rand.N(wait)
}
