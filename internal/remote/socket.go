package remote

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"github.com/kubeviews/kube/internal/rest"
)

// Target is what a protocol is spoken to: a subresource of a pod.
type Target struct {
	Conn           rest.Conn
	Request        rest.Request  // GET; the query may hold anything
	Subresource    string        // "exec", "portforward"
	Timeout        time.Duration // until the server has answered; 0 for the default
	Namespace, Pod string
}

// maxRefusal is how much of a refusal is read.
const maxRefusal = 1 << 20

// timeout is how long the server may take to answer the handshake, and to accept a
// stream.
func (t Target) timeout() time.Duration { return cmp.Or(t.Timeout, 30*time.Second) }

// dial opens a WebSocket that lives as long as ctx. Frames of any size are read:
// whoever reads, reads them as a stream.
func (t Target) dial(ctx context.Context, protocols ...string) (*socket, error) {
	if ctx == nil {
		return nil, &rest.ArgumentError{Arg: "context", Reason: "it is nil"}
	}
	life, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(t.timeout(), func() { cancel(rest.ErrTimeout) })
	hands := &handshake{target: t, cancel: cancel}
	url := "http://cluster" + t.Request.Path + "?" + t.Request.Query.Encode()
	ws, _, err := websocket.Dial(life, url, &websocket.DialOptions{
		HTTPClient:      &http.Client{Transport: hands, CheckRedirect: refuseRedirect},
		Subprotocols:    protocols,
		CompressionMode: websocket.CompressionDisabled,
	})
	late := !timer.Stop()
	if err == nil && !late && ws.Subprotocol() != "" {
		ws.SetReadLimit(-1)
		s := &socket{ws, hands.line}
		s.line.wait.Go(func() { s.pulse(context.WithoutCancel(ctx)) })
		return s, nil
	}
	if err == nil {
		_ = ws.CloseNow()
		err = errNoProtocol
	}
	cancel(nil)
	switch {
	case late:
		return nil, t.fault(ctx, 0, "", rest.ErrTimeout)
	case hands.err != nil:
		return nil, hands.err
	}
	return nil, t.broken(ctx, "the answer is no WebSocket of the protocol", errors.Unwrap(err))
}

var errNoProtocol = fmt.Errorf("dialing: %w", errors.New("it names no protocol"))

func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// handshake passes the upgrade on, and keeps the error of its answer: websocket
// keeps a part of the answer's text only.
type handshake struct {
	target Target
	cancel context.CancelCauseFunc
	line   *line // once the protocol has been switched
	err    error
}

func (h *handshake) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := h.target.Conn.RoundTrip(r)
	if err != nil {
		h.err = h.fault(err)
		return nil, err
	}
	if resp.StatusCode == http.StatusSwitchingProtocols {
		if rw, ok := resp.Body.(io.ReadWriteCloser); ok {
			h.line = newLine(rw, h.cancel)
			resp.Body = h.line
		}
		return resp, nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxRefusal))
	h.err = rest.Refused(h.target.Request, h.target.Subresource, resp, body)
	if err != nil {
		h.err = h.target.fault(r.Context(), resp.StatusCode, "", err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(nil))
	return resp, nil
}

// fault is the connection's error, with a URL that shows what may be shown of
// the query, and without what has only made the request end.
func (h *handshake) fault(err error) error {
	var e *rest.APIError
	if !errors.As(err, &e) {
		return err
	}
	e.URL = h.target.Request.URL()
	return err
}

// broken is the error of a connection that had been made.
func (t Target) broken(ctx context.Context, what string, err error) error {
	return t.fault(ctx, http.StatusSwitchingProtocols, what, err)
}

// fault is that of a connection to which the server answered with code, or 0. The
// cause of ctx being done counts instead of err.
func (t Target) fault(ctx context.Context, code int, what string, err error) error {
	if c, ok := t.Conn.(interface{ Done() <-chan struct{} }); ok && isDone(c.Done()) {
		return rest.ErrClosed
	}
	e := &rest.APIError{Verb: t.Request.Verb, URL: t.Request.URL(), Code: code, Message: what, Err: err}
	if ctx.Err() != nil {
		e.Err = rest.Cause(ctx)
	}
	return rest.Unreachable(e)
}

func isDone(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
