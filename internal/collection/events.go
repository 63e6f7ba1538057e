package collection

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// Events is the answer to one watch request.
type Events struct {
	c      Collection
	ctx    context.Context
	cancel context.CancelFunc
	r      rest.Request
	body   io.ReadCloser
	reader *raw.EventReader
	gv     string
}

// ErrSilent tells that a watch was held open for longer than the server was
// asked to hold it.
var ErrSilent = errors.New("the server has not ended the watch in time: it is taken to be dead")

// Margin is how much longer than the server was asked to hold it a watch may
// last, before its connection is taken to be dead. The server ends it at its
// time; the rest is the way there and back.
func Margin(lasts time.Duration) time.Duration { return min(lasts, 10*time.Second) }

// Watch opens a watch of the changes after a version, which the server is to end
// after the given time, in whole seconds. If it does not end then, reading fails.
// Without a version, the watch begins with the objects that there are, as events
// of type ADDED, behind which comes a bookmark that IsInitialEnd knows.
func (c Collection) Watch(ctx context.Context, version string, lasts time.Duration) (*Events, error) {
	var e *Events
	err := c.onServed(ctx, func(gv string) (err error) {
		e, err = c.watchOf(ctx, gv, version, lasts)
		return err
	})
	return e, err
}

func (c Collection) watchOf(ctx context.Context, gv, version string, lasts time.Duration) (*Events, error) {
	r := c.request(gv, "PartialObjectMetadata")
	r.Endless = true
	r.Query.Set("watch", "true")
	r.Query.Set("allowWatchBookmarks", "true")
	r.Query.Set("timeoutSeconds", strconv.Itoa(int(lasts/time.Second)))
	if version == "" {
		r.Query.Set("sendInitialEvents", "true")
		r.Query.Set("resourceVersionMatch", "NotOlderThan")
	} else {
		r.Query.Set("resourceVersion", version)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, lasts+Margin(lasts), ErrSilent)
	body, err := c.Conn.Open(ctx, r)
	if err != nil {
		defer cancel()
		return nil, orSilent(ctx, r, err)
	}
	return &Events{c, ctx, cancel, r, body, raw.NewEventReader(body, c.reading(gv)), gv}, nil
}

// orSilent is the error of a watch whose time is over, or else err.
func orSilent(ctx context.Context, r rest.Request, err error) error {
	if context.Cause(ctx) != ErrSilent {
		return err
	}
	return &rest.UnreachableError{APIError: &rest.APIError{Verb: r.Verb, URL: r.URL(), Err: ErrSilent}}
}

// GroupVersion is the one that serves the watch.
func (e *Events) GroupVersion() string { return e.gv }

// Next returns the next event, checked to be one of the collection. Possible
// errors: io.EOF when the server ended the watch as it should; *ObjectError for
// an event that cannot be understood, behind which the watch goes on; *APIError,
// with a Status, for an error that the server sent; and else for a connection
// that broke.
func (e *Events) Next() (raw.Event, error) {
	event, err := e.reader.Next()
	if err != nil {
		return raw.Event{}, e.failure(err)
	}
	if e.c.Rows != "" && event.Type != "ERROR" {
		if event, err = e.c.fromTable(event); err != nil {
			return raw.Event{}, e.c.objectError("", "", err)
		}
	}
	switch event.Type {
	case "ERROR":
		// What it does not say of itself is taken to be a fault of the server.
		return raw.Event{}, rest.FromStatus(e.r, http.StatusInternalServerError, event.Object)
	case "ADDED", "MODIFIED", "DELETED":
		return event, e.check(event.Object)
	case "BOOKMARK":
		if rest.String(event.Object, "metadata", "resourceVersion") == "" {
			return raw.Event{}, e.c.objectError("", "", errors.New("a bookmark has no version"))
		}
		return event, nil
	}
	return raw.Event{}, &rest.APIError{Verb: e.r.Verb, URL: e.r.URL(), Code: http.StatusOK,
		Message: "an event is of the unknown type " + strconv.Quote(event.Type), Err: ErrUnknownType}
}

// ErrUnknownType is wrapped by the error of an event of a type that the API does
// not have.
var ErrUnknownType = errors.New("what it says of the object cannot be known")

// IsInitialEnd reports whether an event is the bookmark behind the objects that
// were there when the watch began (KEP-3157).
func IsInitialEnd(event raw.Event) bool {
	return event.Type == "BOOKMARK" &&
		rest.String(event.Object, "metadata", "annotations", "k8s.io/initial-events-end") == "true"
}

// Ready reports whether Next returns at once.
func (e *Events) Ready() bool { return e.reader.Ready() }

func (e *Events) failure(err error) error {
	var bad *raw.EventError
	switch {
	case errors.Is(err, io.EOF):
		return io.EOF
	case errors.As(err, &bad):
		return e.c.objectError(bad.Namespace, bad.Name, bad.Err)
	}
	return orSilent(e.ctx, e.r, rest.Broken(e.ctx, e.r, err))
}

// check tells what keeps an event's object from being told apart from others.
func (e *Events) check(doc raw.Object) error {
	object, bad := e.c.known(e.gv, doc)
	namespace, name := rest.String(object, "metadata", "namespace"), rest.String(object, "metadata", "name")
	switch {
	case bad != "":
	case name == "":
		bad = "has no name"
	case rest.String(object, "metadata", "resourceVersion") == "":
		bad = "has no version"
	default:
		return nil
	}
	return e.c.objectError(namespace, name, errors.New("it "+bad))
}

func (c Collection) objectError(namespace, name string, err error) error {
	return &rest.ObjectError{Kind: string(c.Kind.Name()), Namespace: namespace, Name: name, Err: err}
}

// Close ends the watch and frees its connection.
func (e *Events) Close() {
	e.cancel()
	e.body.Close()
}
