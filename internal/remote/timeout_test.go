package remote

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/kubeviews/kube/internal/rest"
)

// mute is a connection that answers no handshake, or only begins to.
type mute struct {
	rest.Conn
	refusal int // its code
}

func (m mute) RoundTrip(r *http.Request) (*http.Response, error) {
	if m.refusal != 0 {
		return &http.Response{StatusCode: m.refusal, Body: muteBody{r.Context()}, Request: r}, nil
	}
	<-r.Context().Done()
	return nil, rest.Unreachable(&rest.APIError{Verb: r.Method, Err: rest.Cause(r.Context())})
}

type muteBody struct{ ctx context.Context }

func (b muteBody) Close() error { return nil }
func (b muteBody) Read([]byte) (int, error) {
	<-b.ctx.Done()
	return 0, b.ctx.Err()
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// TestHandshakeTimeoutR04 asks servers that do not answer, and says so.
func TestHandshakeTimeoutR04(t *testing.T) {
	opens := map[string]func(context.Context, Target) error{
		"exec": func(ctx context.Context, t Target) error { return Exec(ctx, t, Streams{}) },
		"port forward": func(ctx context.Context, t Target) error {
			_, err := NewForward(ctx, t)
			return err
		},
	}
	for name, open := range opens {
		for _, row := range []struct {
			refusal       int
			timeout, took time.Duration
		}{{0, 0, 30 * time.Second}, {0, time.Second, time.Second}, {403, 2 * time.Minute, 2 * time.Minute}} {
			bubble(t, func(t *testing.T) {
				begun := time.Now()
				err := open(t.Context(), Target{Conn: mute{refusal: row.refusal}, Timeout: row.timeout,
					Request: rest.Request{Verb: "GET", Path: "/x"}})
				api, ok := errors.AsType[*rest.APIError](err)
				if !ok || api.Code != 0 || !isTimeout(err) || !errors.As(err, new(*rest.UnreachableError)) {
					t.Errorf("%s: %v", name, err)
				}
				if took := time.Since(begun); took != row.took {
					t.Errorf("%s: it took %v", name, took)
				}
			})
		}
	}
}

// TestHandshakeCancelledR04 ends the context in the midst of a refusal.
func TestHandshakeCancelledR04(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := Exec(ctx, Target{Conn: mute{refusal: 403}, Request: rest.Request{Verb: "GET", Path: "/x"}}, Streams{})
		api, ok := errors.AsType[*rest.APIError](err)
		if !ok || api.Code != 403 || !errors.Is(err, context.DeadlineExceeded) || kind(err) == "cut" {
			t.Error(err)
		}
	})
}

// TestExecUnendedR04 has a connection that stays when the command has ended.
func TestExecUnendedR04(t *testing.T) {
	bubble(t, func(t *testing.T) {
		begun := time.Now()
		err := Exec(t.Context(), pipedTo(protocolV5, func(s *side) {
			s.say(message(3, success))
			for {
				if _, _, err := s.next(); err != nil {
					return
				}
			}
		}), Streams{})
		if !isTimeout(err) || time.Since(begun) != silence {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
	})
}

// TestDialTimeoutR14 has a server that accepts no stream.
func TestDialTimeoutR14(t *testing.T) {
	bubble(t, func(t *testing.T) {
		target := pipedTo(protocolForward, func(s *side) {
			for {
				op, payload, err := s.next()
				if err != nil {
					return
				}
				if op == opPing {
					s.say(frame(opPong, payload...))
				}
			}
		})
		target.Timeout = 5 * time.Second
		tunnel, err := Open(t.Context(), target)
		if err != nil {
			t.Fatal(err)
		}
		defer tunnel.Close()
		begun := time.Now()
		_, err = tunnel.Dial(t.Context(), 80)
		if !isTimeout(err) || time.Since(begun) != target.Timeout {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
	})
}
