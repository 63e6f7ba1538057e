package remote

import (
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moby/spdystream"

	"github.com/kubeviews/kube/internal/rest"
)

// tunnelEnd is the server's end of a tunnel, as a connection of bytes.
type tunnelEnd struct {
	*side
	unread []byte
}

func (e *tunnelEnd) Read(p []byte) (int, error) {
	for len(e.unread) == 0 {
		op, payload, err := e.next()
		switch {
		case err != nil:
			return 0, err
		case op == opPing:
			e.say(frame(opPong, payload...))
		case op == opBinary:
			e.unread = payload
		}
	}
	n := copy(p, e.unread)
	e.unread = e.unread[n:]
	return n, nil
}

func (e *tunnelEnd) Write(p []byte) (int, error) {
	e.say(frame(opBinary, p...))
	return len(p), nil
}

// kubelet serves the first connection of each tunnel in virtual time.
func kubelet(t *testing.T, pod func(data, errs *spdystream.Stream)) Target {
	return pipedTo(protocolForward, func(s *side) {
		conn, err := spdystream.NewConnection(&tunnelEnd{side: s}, true)
		if err != nil {
			t.Error(err)
			return
		}
		streams := make(chan *spdystream.Stream, 2)
		go func() {
			defer conn.Close()
			errs, ok := <-streams
			if data, more := <-streams; ok && more {
				if errs.Headers().Get("streamType") == kindData {
					errs, data = data, errs
				}
				pod(data, errs)
				_, _ = data.Reset(), errs.Reset() // what nobody reads holds up spdystream's end
			}
		}()
		conn.Serve(func(s *spdystream.Stream) {
			_ = s.SendReply(http.Header{}, false)
			streams <- s
		})
		close(streams)
	})
}

func bubbled(t *testing.T, pod func(data, errs *spdystream.Stream)) (*Forward, *Conn) {
	t.Helper()
	f, err := NewForward(t.Context(), kubelet(t, pod))
	if err != nil {
		t.Fatal(err)
	}
	c, err := f.Dial(t.Context(), 80)
	if err != nil {
		t.Fatal(err)
	}
	return f, c
}

// TestForwardClosedIsTakenR14 has all that was written before Close arrive, at pods
// that take it late, and slowly.
func TestForwardClosedIsTakenR14(t *testing.T) {
	for name, row := range map[string]struct {
		size   int
		late   time.Duration // the pod begins to read
		slow   time.Duration // between its reads
		closed time.Duration // until the forward is
	}{
		"at once":               {60_000, 0, 0, 0},
		"late":                  {300_000, 7 * time.Second, 0, time.Hour},
		"very late":             {300_000, excused - time.Minute, 0, time.Hour},
		"slowly":                {3_000_000, 0, time.Minute, 2 * time.Hour},
		"late, and f is closed": {300_000, goodbye - 2*time.Second, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				got := make(chan int, 1)
				f, c := bubbled(t, func(data, errs *spdystream.Stream) {
					time.Sleep(row.late)
					n := 0
					for part := make([]byte, chunk); ; time.Sleep(row.slow) {
						m, err := data.Read(part)
						if n += m; err != nil {
							break
						}
					}
					got <- n
					_, _ = errs.Close(), data.Close()
				})
				written := make(chan error, 1)
				go func() {
					_, err := c.Write(make([]byte, row.size))
					written <- errors.Join(err, c.Close())
				}()
				if err := <-written; err != nil {
					t.Error(err)
				}
				time.Sleep(row.closed)
				if err := f.Close(); err != nil {
					t.Error(err)
				}
				if n := <-got; n != row.size {
					t.Errorf("%d bytes of %d arrived", n, row.size)
				}
			})
		})
	}
}

// TestForwardCloseR14 has pods that do not end a closed connection.
func TestForwardCloseR14(t *testing.T) {
	for name, row := range map[string]struct {
		pod  func(data, errs *spdystream.Stream)
		took time.Duration
		lost bool
	}{
		"reads nothing": {func(data, errs *spdystream.Stream) { time.Sleep(time.Minute) }, goodbye, true},
		"does not end":  {func(data, errs *spdystream.Stream) { _, _ = io.Copy(io.Discard, data); time.Sleep(time.Minute) }, linger, false},
		"speaks for ever": {func(data, errs *spdystream.Stream) {
			go func() { _, _ = io.Copy(io.Discard, data) }()
			for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(time.Second) {
				_, _ = data.Write([]byte("x"))
			}
		}, linger, false},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				f, c := bubbled(t, row.pod)
				if _, err := c.Write(make([]byte, 60_000)); err != nil {
					t.Error(err)
				}
				_ = c.Close()
				begun := time.Now()
				err := f.Close()
				if _, told := errors.AsType[*rest.PortForwardError](err); told != row.lost || !row.lost && err != nil {
					t.Error(err)
				}
				if took := time.Since(begun); took > row.took+time.Second || took < row.took-time.Second {
					t.Errorf("it took %v, want %v", took, row.took)
				}
			})
		})
	}
	t.Run("is not closed", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			f, c := bubbled(t, func(data, errs *spdystream.Stream) { _, _ = io.Copy(io.Discard, data) })
			begun := time.Now()
			if err := f.Close(); err != nil || time.Since(begun) > 0 {
				t.Error(err, time.Since(begun))
			}
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
				t.Error(err)
			}
		})
	})
}

// TestForwardTakesNothingR14 gives a pod up that takes nothing.
func TestForwardTakesNothingR14(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f, c := bubbled(t, func(data, errs *spdystream.Stream) { time.Sleep(time.Hour) })
		_, _ = c.Write(make([]byte, 60_000))
		_ = c.Close()
		begun := time.Now()
		f.wait.Wait()
		if took := time.Since(begun); took < excused || took > excused+2*time.Second {
			t.Errorf("it was waited for %v", took)
		}
		if err := f.Close(); !errors.As(err, new(*rest.PortForwardError)) {
			t.Error(err)
		}
		time.Sleep(time.Hour)
	})
}

// TestForwardWriteToNobodyR14 tells a connection that is over from one of which the
// pod reads on.
func TestForwardWriteToNobodyR14(t *testing.T) {
	for name, row := range map[string]struct {
		end  func(data, errs *spdystream.Stream)
		want error // as
	}{
		"closed":      {func(data, errs *spdystream.Stream) { _, _ = errs.Close(), data.Close() }, syscall.EPIPE},
		"half-closed": {func(data, errs *spdystream.Stream) { _ = data.Close() }, nil},
		"reset":       {func(data, errs *spdystream.Stream) { _ = data.Reset() }, &rest.PortForwardError{}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				f, c := bubbled(t, func(data, errs *spdystream.Stream) {
					row.end(data, errs)
					_, _ = io.Copy(io.Discard, data)
				})
				defer f.Close()
				defer c.Close()
				synctest.Wait()
				for range 3 {
					_, err := c.Write([]byte("x"))
					_, reset := errors.AsType[*rest.PortForwardError](err)
					switch _, wantReset := row.want.(*rest.PortForwardError); {
					case reset != wantReset, !reset && !errors.Is(err, row.want):
						t.Errorf("got %v", err)
					}
				}
			})
		})
	}
}
