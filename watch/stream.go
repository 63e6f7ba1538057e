// Package watch follows the changes of objects.
//
// A [Watcher] tells each change of a view's objects, or of one item's, once, in
// order per object. It resumes by itself when a connection breaks or a server goes
// away, and where it could not keep the order, it says so: see [Gap]. Views and
// items make them:
//
//	w, err := cluster.Pods().Watch(ctx)                          // from now on
//	w, err := cluster.Pods().Watch(ctx, watch.StateFirst())      // what there is, then changes
//	w, err := cluster.Pods().Watch(ctx, watch.FromCheckpoint(c)) // where another has stopped
//	w, err := pod.Watch(ctx)                                     // one object
//
// A [Stream] is what is below that: one request, and what comes of it.
//
// See https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes.
package watch

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// Stream is the answer to one watch request, as it comes: it ends when the
// server or the connection ends it, and nothing is resumed.
type Stream struct {
	notices chan Notice
	cancel  context.CancelCauseFunc
	done    chan struct{} // closed when nothing comes any more
	err     error         // why; written before done is closed
}

// Notice is one event as the server sends it.
type Notice struct {
	Type   string // ADDED, MODIFIED, DELETED or BOOKMARK
	Object raw.Object
}

// LogValue shows the object as printing does: slog's JSON would else marshal it,
// and so show the content of a Secret.
func (n Notice) LogValue() slog.Value {
	return slog.GroupValue(slog.String("type", n.Type), slog.Any("object", n.Object))
}

// NewStream opens a watch, in the background: a proxy may hold the answer's
// header back until the first event. It is for the root package.
func NewStream(ctx context.Context, r rest.Request, maxEvent int, open func(context.Context) (io.ReadCloser, error)) *Stream {
	ctx, cancel := context.WithCancelCause(ctx)
	s := &Stream{notices: make(chan Notice), cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		defer cancel(nil)
		s.err = s.read(ctx, r, maxEvent, open)
	}()
	return s
}

// read delivers notices until something ends the stream.
func (s *Stream) read(ctx context.Context, r rest.Request, maxEvent int, open func(context.Context) (io.ReadCloser, error)) error {
	body, err := open(ctx)
	if err != nil {
		return closedOr(ctx, err)
	}
	defer body.Close()
	events := raw.NewEventReader(body, raw.ReadOptions{MaxItem: maxEvent, Sensitive: r.Sensitive})
	for {
		event, err := events.Next()
		if err != nil {
			return failure(ctx, r, err)
		}
		if event.Type == "ERROR" {
			return rest.FromStatus(r, http.StatusOK, event.Object)
		}
		select {
		case s.notices <- Notice(event):
		case <-ctx.Done():
			return rest.Broken(ctx, r, rest.Cause(ctx))
		}
	}
}

// failure is why no more can be read of a stream.
func failure(ctx context.Context, r rest.Request, err error) error {
	var bad *raw.EventError
	switch {
	case errors.Is(err, io.EOF):
		return io.EOF
	case errors.As(err, &bad):
		return &rest.APIError{Verb: r.Verb, URL: r.URL(), Code: http.StatusOK, Err: bad.Err}
	}
	return closedOr(ctx, rest.Broken(ctx, r, err))
}

// closedOr is what Close has done, or else err.
func closedOr(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), rest.ErrClosed) {
		return rest.ErrClosed
	}
	return err
}

// Next returns the next event. It blocks until there is one, or ctx is done:
// then the error wraps ctx's, and the stream lives on. With a ctx that is done
// already, Next returns an event that waits, if there is one.
//
// Possible errors: io.EOF when the server ended the stream as it should,
// *APIError when it sent an error or the connection failed, ErrClosed after
// Close; after these three every Next returns the same.
func (s *Stream) Next(ctx context.Context) (Notice, error) {
	if ctx == nil {
		return Notice{}, &rest.ArgumentError{Arg: "context", Reason: "it is nil"}
	}
	select {
	case n := <-s.notices:
		return n, nil
	case <-s.done:
		return Notice{}, s.err
	default:
	}
	select {
	case n := <-s.notices:
		return n, nil
	case <-s.done:
		return Notice{}, s.err
	case <-ctx.Done():
		return Notice{}, &rest.WaitError{Err: rest.Cause(ctx)}
	}
}

// Close ends the stream, frees its connection, and waits until that is done.
// Closing twice is fine.
func (s *Stream) Close() error {
	s.cancel(rest.ErrClosed)
	<-s.done
	return nil
}
