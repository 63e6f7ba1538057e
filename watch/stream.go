// Package watch follows the changes of objects.
package watch

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// Stream is the answer to one watch request, as it comes: it ends when the
// server or the connection ends it, and nothing is resumed.
type Stream struct {
	frames chan frame
	cancel context.CancelCauseFunc
	done   chan struct{}
}

// Notice is one event as the server sends it.
type Notice struct {
	Type   string // ADDED, MODIFIED, DELETED or BOOKMARK
	Object raw.Object
}

type frame struct {
	notice Notice
	err    error
}

// NewStream opens a watch, in the background: a proxy may hold the answer's
// header back until the first event. It is for the root package.
func NewStream(ctx context.Context, r rest.Request, maxEvent int, open func(context.Context) (io.ReadCloser, error)) *Stream {
	ctx, cancel := context.WithCancelCause(ctx)
	s := &Stream{make(chan frame), cancel, make(chan struct{})}
	go func() {
		defer close(s.done)
		s.read(ctx, r, maxEvent, open)
	}()
	return s
}

func (s *Stream) read(ctx context.Context, r rest.Request, maxEvent int, open func(context.Context) (io.ReadCloser, error)) {
	body, err := open(ctx)
	if err != nil {
		s.end(ctx, err)
		return
	}
	defer body.Close()
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, maxEvent)
	for lines.Scan() {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		notice, err := decode(r, lines.Bytes())
		if err != nil {
			s.end(ctx, err)
			return
		}
		if !s.deliver(ctx, frame{notice: notice}) {
			return
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		s.end(ctx, rest.Broken(ctx, r, &raw.SizeError{Limit: int64(maxEvent)}))
	case err != nil:
		s.end(ctx, rest.Broken(ctx, r, err))
	default:
		s.end(ctx, io.EOF)
	}
}

func decode(r rest.Request, line []byte) (Notice, error) {
	event, err := raw.Parse(line)
	if err != nil {
		return Notice{}, &rest.APIError{Verb: r.Verb, URL: r.URL(), Code: http.StatusOK, Err: err}
	}
	object, err := raw.Parse(event.Get("object").Bytes())
	if err != nil {
		return Notice{}, &rest.APIError{Verb: r.Verb, URL: r.URL(), Code: http.StatusOK, Err: err}
	}
	if r.Sensitive {
		object = object.Sensitive()
	}
	kind := rest.String(event, "type")
	if kind == "ERROR" {
		return Notice{}, rest.FromStatus(r, http.StatusOK, object)
	}
	return Notice{kind, object}, nil
}

// deliver hands a frame to Next; false when the stream was closed instead.
func (s *Stream) deliver(ctx context.Context, f frame) bool {
	select {
	case s.frames <- f:
		return true
	case <-ctx.Done():
		return false
	}
}

// end makes every further Next return err.
func (s *Stream) end(ctx context.Context, err error) {
	for s.deliver(ctx, frame{err: err}) {
	}
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
	case f := <-s.frames:
		return f.notice, f.err
	case <-s.done:
		return Notice{}, rest.ErrClosed
	default:
	}
	select {
	case f := <-s.frames:
		return f.notice, f.err
	case <-s.done:
		return Notice{}, rest.ErrClosed
	case <-ctx.Done():
		return Notice{}, &rest.WaitError{Err: context.Cause(ctx)}
	}
}

// Close ends the stream, frees its connection, and waits until that is done.
// Closing twice is fine.
func (s *Stream) Close() error {
	s.cancel(rest.ErrClosed)
	<-s.done
	return nil
}
