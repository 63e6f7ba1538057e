package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/kubeviews/kube/raw"
)

// URL is how error texts show the request: without a host, whose name may hold
// credentials, and with those parameters only that are known to hold none.
func (r Request) URL() string {
	q := url.Values{}
	for key, values := range r.Query {
		if strings.Contains(shownParameters, " "+key+" ") {
			q[key] = values
		}
	}
	if len(q) == 0 {
		return r.Path
	}
	return r.Path + "?" + q.Encode()
}

// shownParameters are query parameters of the API. A continue token is left out
// for its length.
const shownParameters = " labelSelector fieldSelector limit resourceVersion resourceVersionMatch" +
	" watch allowWatchBookmarks sendInitialEvents timeoutSeconds dryRun fieldManager fieldValidation" +
	" force propagationPolicy gracePeriodSeconds orphanDependents container follow previous" +
	" sinceSeconds sinceTime tailLines limitBytes timestamps pretty "

// FromStatus is the error that a Status tells of. The Status may come with any
// HTTP code: its own counts, where it has one.
func FromStatus(r Request, code int, status raw.Object) error {
	e := &APIError{Verb: r.Verb, URL: r.URL(), Code: code, Status: status}
	if n, err := status.Get("code").Int(); err == nil && n >= 400 && n < 600 {
		e.Code = int(n)
	}
	e.Reason = String(status, "reason")
	e.Message = String(status, "message")
	if n, err := status.Get("details", "retryAfterSeconds").Int(); err == nil && n > 0 && n < 1<<31 {
		e.RetryAfter = time.Duration(n) * time.Second
	}
	if r.Sensitive {
		// The server's text may quote what it was sent.
		e.Status, e.Message = status.Sensitive(), ""
	}
	if uidChanged(status) {
		e.Code, e.Reason = http.StatusConflict, "Conflict"
		e.Message = "another object has taken the name: its uid differs"
	}
	return Classify(e)
}

// uidChanged reports whether the server refused a patch because the object has
// another uid than the patch says: it answers that a uid is immutable.
func uidChanged(status raw.Object) bool {
	for cause := range status.Get("details", "causes").Elements() {
		if field, _ := cause.Get("field").Text(); field == "metadata.uid" {
			return true
		}
	}
	return false
}

// CheckObject tells whether an answer is the object that was asked for. An empty
// name is one that the server was to choose.
func CheckObject(r Request, doc raw.Object, kind, namespace, name string) error {
	bad := func(what, got, want string) error {
		return &APIError{Verb: r.Verb, URL: r.URL(), Code: http.StatusOK,
			Message: fmt.Sprintf("the answer is of %s %q, not %s", what, got, want)}
	}
	if got := String(doc, "kind"); got != kind {
		return bad("kind", got, kind)
	}
	if got := String(doc, "metadata", "namespace"); got != namespace {
		return bad("namespace", got, namespace)
	}
	if got := String(doc, "metadata", "name"); got == "" || name != "" && got != name {
		return bad("name", got, name)
	}
	return nil
}

// IsStatus reports whether a document is a Status of the API.
func IsStatus(doc raw.Object) bool {
	return String(doc, "kind") == "Status" && !strings.Contains(String(doc, "apiVersion"), "/")
}

// Broken is the error of an answer that began well and could not be read to
// its end, or not be understood.
func Broken(ctx context.Context, r Request, err error) error {
	if errors.Is(err, ErrClosed) {
		return ErrClosed
	}
	if cause := Cause(ctx); cause != nil {
		err = cause
	}
	e := &APIError{Verb: r.Verb, URL: r.URL(), Code: http.StatusOK, Err: err}
	var syntax *raw.SyntaxError
	var size *raw.SizeError
	if errors.As(err, &syntax) || errors.As(err, &size) {
		return e
	}
	return Unreachable(e)
}

// Unreachable wraps e as the fault of a connection, unless the caller's own
// context ended the request: that is nobody's fault.
func Unreachable(e *APIError) error {
	if errors.Is(e.Err, context.Canceled) || errors.Is(e.Err, context.DeadlineExceeded) {
		return e
	}
	return &UnreachableError{e}
}

// Unquoted is a transport's error without what it may quote of an answer that
// is not HTTP. The faults of networks and contexts quote nothing.
func Unquoted(err error) error {
	if text := err.Error(); strings.Contains(text, "malformed") || strings.Contains(text, "invalid") {
		return errors.New("the answer is not HTTP")
	}
	return err
}
