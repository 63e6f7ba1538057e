package kube

import (
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// Error is implemented by every error type of the library, in every room. One
// check tells its errors from all others:
//
//	var kerr kube.Error
//	if errors.As(err, &kerr) { … }
//
// Which type it is, says where the fault lies:
//
//   - in the call, and nothing was sent: [ArgumentError], [NamespaceError], [KindError],
//     [DuplicateKindError], [ErrClosed];
//   - in a request: [APIError] and those that are one, such as [NotFoundError];
//     [DiscoveryError] beside lists of what the server serves, that lack a part;
//   - in an object: [StatusError], [ObjectError], [ErrFieldsDropped], [ErrSensitive], and
//     the errors of documents, [SyntaxError], [TypeError], [SizeError];
//   - in what was waited for: [WaitError], [ErrDeleted], [DrainError], [RolloutError];
//   - in a container: [ExitError], [PortForwardError];
//   - in kubectl: [LaunchError];
//   - in a file: manifests.ManifestError.
//
// They wrap their causes: errors.Is(err, context.DeadlineExceeded) works on each that
// came of a deadline.
type Error = rest.Error

// ErrClosed is met by every use of a closed cluster or proxy:
//
//	if errors.Is(err, kube.ErrClosed) { … }
var ErrClosed = rest.ErrClosed

// ErrDeleted is met by who waits for an object to become something, and it is
// deleted.
var ErrDeleted = rest.ErrDeleted

// ErrFieldsDropped is met by a reader of what was left out when an item was read:
// its managedFields, or all but its metadata.
var ErrFieldsDropped = rest.ErrFieldsDropped

// ErrSensitive is what json.Marshal meets in a Secret, or in anything that holds
// one: a log handler must not show it. Raw().Bytes() is the explicit way.
var ErrSensitive = raw.ErrSensitive

// ArgumentError tells that a call was given something that cannot work: a name
// that no object can have, an empty selector, an incomplete manifest. It is
// returned before anything is sent.
//
//	var bad *kube.ArgumentError
//	if errors.As(err, &bad) {
//		fmt.Println(bad.Arg, bad.Value, bad.Reason, bad.Err)
//	}
//
// Its fields are Arg, what was bad ("name", "namespace", "label selector", …);
// Value, as given, or "" when it must not be shown; Reason, what is wrong with
// it; Err, the cause or nil.
type ArgumentError = rest.ArgumentError

// NamespaceError tells that a namespace is missing where the resource needs
// one, is given where the resource takes none, or contradicts another.
//
//	var ns *kube.NamespaceError
//	if errors.As(err, &ns) {
//		fmt.Println(ns.Kind, ns.Name, ns.Namespace, ns.Reason)
//	}
type NamespaceError = rest.NamespaceError

// StatusError tells that an attribute of an item is absent, because the server
// has not set it (Err is nil), or is not of the form that it must have (Err is
// the cause).
//
//	var unset *kube.StatusError
//	if errors.As(err, &unset) && unset.Err == nil {
//		fmt.Println(unset.Kind, unset.Namespace, unset.Name, "has no", unset.Path)
//	}
type StatusError = rest.StatusError

// KindError tells that no kind has the name that was asked for. Near holds the
// known names that look like it, best first.
//
//	var unknown *kube.KindError
//	if errors.As(err, &unknown) {
//		fmt.Println(unknown.Kind, unknown.Near)
//	}
type KindError = rest.KindError

// DuplicateKindError tells that a kind was declared that the cluster knows
// already. The first declaration stays.
//
//	var duplicate *kube.DuplicateKindError
//	if errors.As(err, &duplicate) {
//		fmt.Println(duplicate.Kind, duplicate.Clash)
//	}
type DuplicateKindError = rest.DuplicateKindError

// APIError tells that a request failed: the server answered with an error, or
// with something that is not an answer, or not at all.
//
//	var api *kube.APIError
//	if errors.As(err, &api) {
//		fmt.Println(api.Verb, api.URL, api.Code, api.Reason, api.Message)
//	}
//
// Its fields are Verb and URL, of the request, without credentials; Code, the
// HTTP status, 0 when there was no answer; Reason and Message, of the server's
// Status, or the start of a text answer; RetryAfter, how long the server asks
// to wait; Status, the whole Status; Err, the transport's or parser's fault.
//
// For a Secret, Message is empty and Status does not print, because a server
// may quote what it was sent.
//
// Errors that callers tell apart are of a type of their own, each of which is
// an *APIError too: [NotFoundError], [AlreadyExistsError], [ConflictError],
// [InvalidError], [ForbiddenError], [TooManyRequestsError], [ExpiredError],
// [UnreachableError].
type APIError = rest.APIError

// NotFoundError is the [APIError] of an object, namespace or resource that is
// not there (404).
//
//	var missing *kube.NotFoundError
//	if errors.As(err, &missing) { … }
type NotFoundError = rest.NotFoundError

// AlreadyExistsError is the [APIError] of a name that is taken (409).
type AlreadyExistsError = rest.AlreadyExistsError

// ConflictError is the [APIError] of an object that has changed since, that is
// another of the same name, or whose state forbids the call (409).
type ConflictError = rest.ConflictError

// InvalidError is the [APIError] of content that the server refuses (400, 422).
type InvalidError = rest.InvalidError

// ForbiddenError is the [APIError] of a user who may not do this, or is not
// known (401, 403).
type ForbiddenError = rest.ForbiddenError

// TooManyRequestsError is the [APIError] of an overloaded server, or of an
// eviction that would break a disruption budget (429).
type TooManyRequestsError = rest.TooManyRequestsError

// ExpiredError is the [APIError] of a version, or a page of a list, that the
// server has forgotten (410).
type ExpiredError = rest.ExpiredError

// UnreachableError is the [APIError] of a request without a usable answer: the
// connection failed, or what answered could not reach the API server.
type UnreachableError = rest.UnreachableError

// WaitError tells that a wait was given up, because its context was done,
// before what it waited for happened. It wraps the context's error. For says what
// was waited for, Last what was seen last.
//
//	var late *kube.WaitError
//	if errors.As(err, &late) {
//		fmt.Println(late.For, late.Last, late.Timeout())
//	}
type WaitError = rest.WaitError

// ObjectError tells that one event of a watch could not be understood, so that
// what it said of its object is not known. The watch goes on.
//
//	var bad *kube.ObjectError
//	if errors.As(event.Err, &bad) {
//		fmt.Println(bad.Kind, bad.Namespace, bad.Name, bad.Err)
//	}
type ObjectError = rest.ObjectError

// SyntaxError tells why and where an answer or a manifest is not an acceptable
// JSON document. It is mostly found inside an [APIError] or [ArgumentError].
type SyntaxError = raw.SyntaxError

// SizeError tells that an answer is larger than [WithMaxObject] allows.
type SizeError = raw.SizeError

// TypeError tells that a value of a document is not of the type asked for.
type TypeError = raw.TypeError

// DrainError tells that a node was not drained, because there are pods on it that
// must not be evicted. It is cordoned. Refused says which pods, and why.
//
//	var refused *kube.DrainError
//	if errors.As(err, &refused) {
//		fmt.Println(refused.Node, refused.Refused)
//	}
type DrainError = rest.DrainError

// RolloutError tells that a workload has given up rolling out its newest template:
// Kind, Namespace and Name say which one, and Reason why.
//
//	var failed *kube.RolloutError
//	if errors.As(err, &failed) {
//		fmt.Println(failed.Kind, failed.Name, failed.Reason)
//	}
type RolloutError = rest.RolloutError
