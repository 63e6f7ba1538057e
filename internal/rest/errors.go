package rest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/kubeviews/kube/raw"
)

// Error is implemented by every error type of the library, in every room, so
// that one errors.As tells its errors from all others.
type Error interface {
	error
	KubeError()
}

// mark makes the struct that embeds it an Error.
type mark struct{}

// KubeError marks the type as an error of this library.
func (mark) KubeError() {}

type sentinel struct {
	mark
	text string
}

func (e *sentinel) Error() string { return e.text }

// Sentinel is an error of the library that is known by its identity.
func Sentinel(text string) error { return &sentinel{text: text} }

// ErrClosed is met by every use of a closed cluster or proxy.
var ErrClosed error = &sentinel{text: "kube: the connection is closed"}

// ErrDeleted is met by who waits for an object to become something, and it is
// deleted.
var ErrDeleted error = &sentinel{text: "kube: the object is deleted"}

// ErrFieldsDropped is met by a reader of a field that was left out when the item
// was read: managedFields, or all but the metadata.
var ErrFieldsDropped error = &sentinel{text: "kube: the item was read without this field"}

// ArgumentError tells that a call was given something that cannot work. It is
// returned before anything is sent.
type ArgumentError struct {
	mark
	Arg    string // what was bad: "name", "namespace", "label selector", …
	Value  string // the value as given; empty when it must not be shown
	Reason string // what is wrong with it, or what it must be
	Err    error  // the cause, or nil
}

func (e *ArgumentError) Error() string {
	text := "kube: bad " + e.Arg
	if e.Value != "" {
		text += fmt.Sprintf(" %q", clip(e.Value, 253))
	}
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	if e.Err != nil {
		text += ": " + inner(e.Err)
	}
	return text
}

func (e *ArgumentError) Unwrap() error { return e.Err }

// NamespaceError tells that a namespace is missing where the resource needs
// one, is given where the resource takes none, or contradicts another.
type NamespaceError struct {
	mark
	Kind      string // the kind that was asked for
	Name      string // the object's name, if the call had one
	Namespace string // the namespace as given, if any
	Reason    string
}

func (e *NamespaceError) Error() string {
	text := "kube: " + ident(e.Kind, "", e.Name)
	if e.Namespace != "" {
		text += fmt.Sprintf(" with namespace %q", e.Namespace)
	}
	return text + ": " + e.Reason
}

// StatusError tells that an attribute of an item is absent, because the server
// has not set it (Err is nil), or is not of the form that it must have (Err is
// the cause).
type StatusError struct {
	mark
	Kind, Namespace, Name string
	Path                  string // dotted: "status.phase", "status.containerStatuses[0].image"
	Err                   error
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("kube: %s: %s ", ident(e.Kind, e.Namespace, e.Name), e.Path)
	if e.Err == nil {
		return text + "is not set"
	}
	return text + "is malformed: " + inner(e.Err)
}

func (e *StatusError) Unwrap() error { return e.Err }

// ObjectError tells that one event of a watch could not be understood, so that
// what it said of its object is not known. The watch goes on.
type ObjectError struct {
	mark
	Kind, Namespace, Name string // Namespace and Name as far as they could be read
	Err                   error  // what is wrong with the event
}

func (e *ObjectError) Error() string {
	return "kube: an event of " + ident(e.Kind, e.Namespace, e.Name) + " cannot be understood" + because(e.Err)
}

func (e *ObjectError) Unwrap() error { return e.Err }

// KindError tells that no kind has the name that was asked for.
type KindError struct {
	mark
	Kind string   // as asked
	Near []string // known names that look like it, best first
}

func (e *KindError) Error() string {
	text := fmt.Sprintf("kube: unknown kind %q", clip(e.Kind, 253))
	if len(e.Near) > 0 {
		text += "; did you mean " + strings.Join(e.Near, ", ") + "?"
	}
	return text
}

// DuplicateKindError tells that a kind was declared that the table has
// already. The first declaration stays.
type DuplicateKindError struct {
	mark
	Kind  string // the kind that was declared again
	Clash string // the name, in the form group/name, that both claim
}

func (e *DuplicateKindError) Error() string {
	return fmt.Sprintf("kube: kind %s is declared already: %s is taken; the first declaration stays", e.Kind, e.Clash)
}

// APIError tells that a request failed: the server answered with an error, or
// with something that is not an answer, or not at all.
type APIError struct {
	mark
	Verb       string        // the HTTP method
	URL        string        // path and query, without credentials
	Code       int           // the HTTP status; 0 when there was no answer
	Reason     string        // the Status's reason: "NotFound", "Conflict", …; may be empty
	Message    string        // the Status's message, or the start of a text answer
	RetryAfter time.Duration // how long the server asks to wait; 0 when it does not
	Status     raw.Object    // the server's Status; zero when it sent none
	Err        error         // the transport's or parser's fault, or nil
}

// Error says what was asked, and what came of it. Zero errors of the types that wrap
// an APIError have none; they say at least that.
func (e *APIError) Error() string {
	if e == nil {
		return "kube: an error of the API"
	}
	parts := []string{"kube: " + e.Verb + " " + e.URL}
	if e.Code != 0 {
		answer := strconv.Itoa(e.Code) + " " + cmp.Or(e.Reason, http.StatusText(e.Code))
		parts = append(parts, strings.TrimSpace(answer))
	}
	if e.Message != "" {
		parts = append(parts, clip(e.Message, 1000))
	}
	if e.Err != nil {
		parts = append(parts, inner(e.Err))
	}
	return strings.Join(parts, ": ")
}

func (e *APIError) Unwrap() error { return e.Err }

// The faults that callers tell apart. Each is an APIError too: errors.As finds
// both.
type (
	// NotFoundError: the object, its namespace or the resource is not there (404).
	NotFoundError struct{ *APIError }
	// AlreadyExistsError: the name to be created is taken (409 AlreadyExists).
	AlreadyExistsError struct{ *APIError }
	// ConflictError: the object has changed since, or its state forbids the call (409).
	ConflictError struct{ *APIError }
	// InvalidError: the server refused the content (400 or 422).
	InvalidError struct{ *APIError }
	// ForbiddenError: the user may not do this, or is not known (401, 403).
	ForbiddenError struct{ *APIError }
	// TooManyRequestsError: the server is overloaded, or refuses an eviction (429).
	TooManyRequestsError struct{ *APIError }
	// ExpiredError: the version or continue token is too old (410).
	ExpiredError struct{ *APIError }
	// UnreachableError: there was no usable answer: the connection failed, or
	// the proxy or server answered that what stands behind it is gone.
	UnreachableError struct{ *APIError }
)

func (e *NotFoundError) Unwrap() error        { return e.APIError }
func (e *AlreadyExistsError) Unwrap() error   { return e.APIError }
func (e *ConflictError) Unwrap() error        { return e.APIError }
func (e *InvalidError) Unwrap() error         { return e.APIError }
func (e *ForbiddenError) Unwrap() error       { return e.APIError }
func (e *TooManyRequestsError) Unwrap() error { return e.APIError }
func (e *ExpiredError) Unwrap() error         { return e.APIError }
func (e *UnreachableError) Unwrap() error     { return e.APIError }

// Error says of a change, whose answer is what is missing, that it may be done.
func (e *UnreachableError) Error() string {
	text := e.APIError.Error()
	if e.APIError != nil && e.InDoubt() {
		text += ": it is not known whether it was done"
	}
	return text
}

// InDoubt reports whether the request may have changed something all the same: it
// was one that changes, and a connection had come about.
func (e *UnreachableError) InDoubt() bool {
	var op *net.OpError
	reads := e.Verb == http.MethodGet || e.Verb == http.MethodHead
	return !reads && !(errors.As(e.Err, &op) && op.Op == "dial")
}

// Classify wraps e in the type of its own that callers tell it apart by, if it
// has one.
func Classify(e *APIError) error {
	switch e.Code {
	case 0:
		return &UnreachableError{e}
	case http.StatusNotFound:
		return &NotFoundError{e}
	case http.StatusConflict:
		if e.Reason == "AlreadyExists" {
			return &AlreadyExistsError{e}
		}
		return &ConflictError{e}
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return &InvalidError{e}
	case http.StatusUnauthorized, http.StatusForbidden:
		return &ForbiddenError{e}
	case http.StatusTooManyRequests:
		return &TooManyRequestsError{e}
	case http.StatusGone:
		return &ExpiredError{e}
	}
	// A 5xx without a Status did not come from the API: kubectl proxy answers
	// 500 text/plain when it cannot reach the server.
	if e.Code >= 500 && e.Status.IsZero() {
		return &UnreachableError{e}
	}
	return e
}

// Cause is why ctx is done, or nil. It wraps both the context's error and the
// cause that was given when it was cancelled.
func Cause(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if err == nil || errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// WaitError tells that a wait was given up, because its context was done,
// before what it waited for happened. It wraps the context's error.
type WaitError struct {
	mark
	For  string // what was waited for; "" for anything at all
	Last string // what was seen last, or ""
	Err  error
}

func (e *WaitError) Error() string {
	text := "kube: nothing happened"
	if e.For != "" {
		text = "kube: waited in vain for " + e.For
	}
	if e.Last != "" {
		text += "; last, " + e.Last
	}
	return text + because(e.Err)
}

func (e *WaitError) Unwrap() error { return e.Err }

// Timeout reports whether a deadline passed, as net.Error does.
func (e *WaitError) Timeout() bool { return errors.Is(e.Err, context.DeadlineExceeded) }

// Copy returns an error that may be handed out while it is kept: nobody can write
// into the one that others get.
func Copy(err error) error {
	switch e := err.(type) {
	case *ArgumentError:
		return clone(e)
	case *NamespaceError:
		return clone(e)
	case *ObjectError:
		c := clone(e)
		c.Err = Copy(e.Err)
		return c
	case *raw.SyntaxError:
		return clone(e)
	case *raw.SizeError:
		return clone(e)
	case *APIError:
		return copyOf(e)
	case *NotFoundError:
		return &NotFoundError{copyOf(e.APIError)}
	case *AlreadyExistsError:
		return &AlreadyExistsError{copyOf(e.APIError)}
	case *ConflictError:
		return &ConflictError{copyOf(e.APIError)}
	case *InvalidError:
		return &InvalidError{copyOf(e.APIError)}
	case *ForbiddenError:
		return &ForbiddenError{copyOf(e.APIError)}
	case *TooManyRequestsError:
		return &TooManyRequestsError{copyOf(e.APIError)}
	case *ExpiredError:
		return &ExpiredError{copyOf(e.APIError)}
	case *UnreachableError:
		return &UnreachableError{copyOf(e.APIError)}
	}
	return err
}

func copyOf(e *APIError) *APIError {
	c := clone(e)
	c.Err = Copy(e.Err)
	return c
}

func clone[E any](e *E) *E {
	c := *e
	return &c
}

// ident names an object the way an error text does: Pod default/web-0.
func ident(kind, namespace, name string) string {
	text := kind
	if text == "" {
		text = "object"
	}
	switch {
	case name == "":
	case namespace == "":
		text += " " + name
	default:
		text += " " + namespace + "/" + name
	}
	return text
}

// because is the cause of an error, to be put behind what it caused.
func because(err error) string {
	if err == nil {
		return ""
	}
	return ": " + inner(err)
}

// inner is the text of an error inside another of the library's, which names
// the library once already.
func inner(err error) string { return strings.TrimPrefix(err.Error(), "kube: ") }

// clip keeps the first n bytes of a text that came from elsewhere, so that an
// error never carries a document.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

// NotServed reports whether err says that a resource is not served at the
// requested path, rather than that one object of it is missing: the server's
// answer to that is plain text, or a Status that names no object.
func NotServed(err error) bool {
	var e *NotFoundError
	if !errors.As(err, &e) {
		return false
	}
	return e.Status.IsZero() || !e.Status.Get("details", "name").Exists()
}

// DrainError tells that a node was not drained, because there are pods on it that
// must not be evicted. It is cordoned.
type DrainError struct {
	mark
	Node    string
	Refused []string // "namespace/name: why", sorted
}

func (e *DrainError) Error() string {
	return "kube: Node " + e.Node + " is not drained: " + clip(strings.Join(e.Refused, "; "), 1000)
}

// RolloutError tells that a workload has given up rolling out its newest template.
type RolloutError struct {
	mark
	Kind, Namespace, Name string
	Reason                string
}

func (e *RolloutError) Error() string {
	return "kube: " + ident(e.Kind, e.Namespace, e.Name) + " is not rolled out: " + e.Reason
}
