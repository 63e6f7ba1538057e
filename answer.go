package kube

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// attempt makes a request once.
type attempt func(*http.Request) (*http.Response, error)

// wholeAnswers reads each answer to its end, within a time and size, before it
// counts as one: a connection that breaks half-way is then tried again like one
// that breaks before.
type wholeAnswers struct {
	next    attempt
	timeout time.Duration
	limit   int
}

var errTimeout error = rest.ErrTimeout

func (w wholeAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeoutCause(r.Context(), w.timeout, errTimeout)
	defer cancel()
	resp, err := w.next(r.WithContext(ctx))
	if err != nil {
		return nil, orCause(ctx, err)
	}
	if resp.StatusCode/100 != 2 {
		return failure(ctx, resp)
	}
	defer resp.Body.Close()
	text, err := readAll(resp, w.limit)
	if err != nil {
		return nil, orCause(ctx, err)
	}
	return whole(resp, text), nil
}

// maxFailure is how much is read of an answer that is an error.
const maxFailure = 1 << 20

// failure reads the answer that says what went wrong, as far as it matters.
func failure(ctx context.Context, resp *http.Response) (*http.Response, error) {
	defer resp.Body.Close()
	if resp.StatusCode/100 == 1 {
		return whole(resp, nil), nil // another protocol, without an end
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxFailure))
	if err != nil {
		return nil, orCause(ctx, err)
	}
	return whole(resp, text), nil
}

// orCause is why a request ended: what ended ctx, or else err.
func orCause(ctx context.Context, err error) error {
	switch cause := context.Cause(ctx); cause {
	case nil:
		return err
	case errTimeout, rest.ErrClosed:
		return cause
	}
	return rest.Cause(ctx)
}

func readAll(resp *http.Response, limit int) ([]byte, error) {
	if resp.ContentLength > int64(limit) {
		return nil, &raw.SizeError{Limit: int64(limit)}
	}
	var b bytes.Buffer
	if resp.ContentLength > 0 {
		b.Grow(int(resp.ContentLength) + bytes.MinRead)
	}
	n, err := b.ReadFrom(io.LimitReader(resp.Body, int64(limit)+1))
	if n > int64(limit) {
		return nil, &raw.SizeError{Limit: int64(limit)}
	}
	return b.Bytes(), err
}

// wholeBody is an answer that has been read.
type wholeBody struct {
	*bytes.Reader
	text []byte
}

func whole(resp *http.Response, text []byte) *http.Response {
	resp.Body = &wholeBody{bytes.NewReader(text), text}
	return resp
}

func (*wholeBody) Close() error { return nil }

// streamedAnswers leaves good answers to the caller to read, and reads bad ones
// to their end.
type streamedAnswers struct {
	next    attempt
	timeout time.Duration // without progress
}

func (s streamedAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	of, _ := r.Context().Value(requestKey{}).(rest.Request)
	begin, idle := s.timeout, s.timeout
	if of.Endless {
		idle = 0
	}
	if of.Endless && !of.Prompt {
		begin = 0
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	stall := newStall(begin, cancel)
	stall.start()
	resp, err := s.next(r.WithContext(ctx))
	stall.stop()
	if err != nil {
		defer cancel(nil)
		return nil, orCause(ctx, err)
	}
	if resp.StatusCode/100 == 2 {
		resp.Body = &streamBody{resp.Body, ctx, cancel, newStall(idle, cancel)}
		return resp, nil
	}
	defer cancel(nil)
	stall = newStall(s.timeout, cancel)
	stall.start()
	defer stall.stop()
	return failure(ctx, resp)
}

// streamBody is an answer that the caller reads. Its time runs only while the
// caller waits for it.
type streamBody struct {
	body   io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	stall  *stall
}

func (s *streamBody) Read(p []byte) (int, error) {
	s.stall.start()
	n, err := s.body.Read(p)
	s.stall.stop()
	if err != nil && !errors.Is(err, io.EOF) {
		err = orCause(s.ctx, err)
	}
	return n, err
}

func (s *streamBody) Close() error {
	err := s.body.Close()
	s.cancel(nil)
	return err
}

// stall ends a request that makes no progress between start and stop.
type stall struct {
	after time.Duration
	timer *time.Timer
}

func newStall(after time.Duration, end context.CancelCauseFunc) *stall {
	if after <= 0 {
		return &stall{}
	}
	t := time.AfterFunc(after, func() { end(errTimeout) })
	t.Stop()
	return &stall{after, t}
}

func (s *stall) start() {
	if s.timer != nil {
		s.timer.Reset(s.after)
	}
}

func (s *stall) stop() {
	if s.timer != nil {
		s.timer.Stop()
	}
}
