package rest

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/kubeviews/kube/raw"
)

// AnswerError is the error that an answer tells of, or nil. The body may be the
// beginning of the answer's, when that suffices to tell.
func AnswerError(r Request, resp *http.Response, body []byte) error {
	if resp.StatusCode/100 == 2 {
		return nil
	}
	if status, err := raw.Parse(body); err == nil && tellsFailure(status) {
		return withRetryAfter(FromStatus(r, resp.StatusCode, status), resp)
	}
	e := &APIError{Verb: r.Verb, URL: r.URL(), Code: resp.StatusCode, Message: textOf(resp, body)}
	if r.Sensitive {
		e.Message = ""
	}
	if resp.StatusCode/100 == 3 {
		e.Message = "the answer is a redirect, which is not followed"
		if to, err := url.Parse(resp.Header.Get("Location")); err == nil && to.Host != "" {
			e.Message += ": it leads to " + to.Host
		}
	}
	return withRetryAfter(Classify(e), resp)
}

// Refused is the error of an upgrade that was answered with something else than
// another protocol. What is the subresource: "exec", "portforward".
func Refused(r Request, what string, resp *http.Response, body []byte) error {
	err := AnswerError(r, resp, body)
	if err == nil {
		return &APIError{Verb: r.Verb, URL: r.URL(), Code: resp.StatusCode, Message: "the server did not switch to another protocol"}
	}
	if e, ok := errors.AsType[*APIError](err); ok && e.Code == http.StatusForbidden && e.Message == "Forbidden" {
		e.Message = rejected(what)
	}
	return err
}

// rejected explains the bare word of kubectl proxy, which names neither itself
// nor the way out. The API server's own refusal is a Status.
func rejected(what string) string {
	if what == "exec" || what == "attach" {
		return "kubectl proxy rejects " + what + " by default: start it with --reject-paths='^$', or use kube.Launch with kube.WithExec"
	}
	return "kubectl proxy rejects " + what + " by its flag --reject-paths"
}

// tellsFailure reports whether the body of a failed request is a Status. That of
// a request that timed out in the API server's filters names no kind.
func tellsFailure(doc raw.Object) bool {
	return IsStatus(doc) || String(doc, "kind") == "" && String(doc, "status") == "Failure"
}

func withRetryAfter(err error, resp *http.Response) error {
	var e *APIError
	if d, ok := RetryAfter(resp); ok && errors.As(err, &e) && e.RetryAfter < d {
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

// RetryAfter reads the header of that name (RFC 9110, section 10.2.3) of an answer
// that may be nil.
func RetryAfter(resp *http.Response) (time.Duration, bool) {
	if resp == nil {
		return 0, false
	}
	text := resp.Header.Get("Retry-After")
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, time.Until(at)), true
	}
	return 0, false
}
