package rest

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/kubeviews/kube/raw"
)

// URL is how error texts show the request: without a host, whose name may hold
// credentials, and without continue tokens, which are long.
func (r Request) URL() string {
	q := url.Values{}
	for key, values := range r.Query {
		if key != "continue" {
			q[key] = values
		}
	}
	if len(q) == 0 {
		return r.Path
	}
	return r.Path + "?" + q.Encode()
}

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
	return &UnreachableError{e}
}
