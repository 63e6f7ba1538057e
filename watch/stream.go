// Package watch follows the changes of objects.
package watch

import (
	"bufio"
	"bytes"
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
	events := lines{bufio.NewReaderSize(body, 64<<10), maxEvent, nil}
	for {
		line, err := events.next()
		if errors.Is(err, io.EOF) {
			return io.EOF
		}
		if err != nil {
			return closedOr(ctx, rest.Broken(ctx, r, err))
		}
		notice, err := decode(r, line)
		if err != nil {
			return err
		}
		select {
		case s.notices <- notice:
		case <-ctx.Done():
			return rest.Broken(ctx, r, rest.Cause(ctx))
		}
	}
}

// closedOr is what Close has done, or else err.
func closedOr(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), rest.ErrClosed) {
		return rest.ErrClosed
	}
	return err
}

// lines splits what a watch sends into its events, one a line.
type lines struct {
	r    *bufio.Reader
	max  int
	line []byte
}

// next returns a whole line that is not empty, good until the next call. A line
// that was cut off is none: it may look whole and not be.
func (l *lines) next() ([]byte, error) {
	for l.line = l.line[:0]; ; {
		piece, err := l.r.ReadSlice('\n')
		l.line = append(l.line, piece...)
		switch {
		case len(l.line) > l.max:
			return nil, &raw.SizeError{Limit: int64(l.max)}
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(bytes.TrimSpace(l.line)) > 0:
			return nil, io.ErrUnexpectedEOF
		case err != nil:
			return nil, err
		case len(bytes.TrimSpace(l.line)) > 0:
			return l.line, nil
		default:
			l.line = l.line[:0]
		}
	}
}

func decode(r rest.Request, line []byte) (Notice, error) {
	event, err := raw.Parse(line)
	if err != nil {
		return Notice{}, &rest.APIError{Verb: r.Verb, URL: r.URL(), Code: http.StatusOK, Err: err}
	}
	kind := rest.String(event, "type")
	if kind == "" || event.Get("object").Kind() != raw.KindObject {
		return Notice{}, &rest.APIError{Verb: r.Verb, URL: r.URL(), Code: http.StatusOK,
			Message: "the answer is not a stream of events, each with a type and an object"}
	}
	object, err := raw.Parse(event.Get("object").Bytes())
	if err != nil {
		return Notice{}, &rest.APIError{Verb: r.Verb, URL: r.URL(), Code: http.StatusOK, Err: err}
	}
	if r.Sensitive {
		object = object.Sensitive()
	}
	if kind == "ERROR" {
		return Notice{}, rest.FromStatus(r, http.StatusOK, object)
	}
	return Notice{kind, object}, nil
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
