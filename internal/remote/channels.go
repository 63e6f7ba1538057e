package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// The first byte of each message says what the others are. Their numbers are
// those of every version of the protocol; closing is of version 5 only.
//
// See https://pkg.go.dev/k8s.io/apimachinery/pkg/util/remotecommand.
const (
	chanStdin = iota
	chanStdout
	chanStderr
	chanStatus
	chanResize
	chanClose = 255
)

const (
	protocolV5 = "v5.channel.k8s.io"
	protocolV4 = "v4.channel.k8s.io"
)

const (
	chunk     = 32 << 10 // bytes of input a message
	maxStatus = 1 << 20  // bytes of the Status
)

// Size is that of a terminal, in characters.
type Size struct {
	Width, Height uint16
}

// Streams are what a command reads and writes. Nil is nothing.
type Streams struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	TTY            bool
	Sizes          <-chan Size
}

// Exec runs a command, whose arguments are in the target's query, and returns
// when it has ended and nothing of this call runs any more. Its error is nil only
// if the server has said so: see [rest.ExitError] for a command that failed.
func Exec(ctx context.Context, t Target, s Streams) error {
	socket, err := t.dial(ctx, protocolV5, protocolV4)
	if err != nil {
		return err
	}
	e := &execution{Target: t, Streams: s, socket: socket, ended: make(chan struct{})}
	return e.run(ctx)
}

// execution is one command that runs.
type execution struct {
	Target
	Streams
	socket *socket
	ended  chan struct{} // closed when nothing is sent any more
	send   sync.WaitGroup

	mu    sync.Mutex
	fault error // of what sends: it ended the socket

	status []byte
	buffer [chunk]byte
}

// run uses contexts only to end the socket: reading and writing then fail.
func (e *execution) run(ctx context.Context) error {
	defer e.socket.end()
	if e.Stdin != nil && !e.TTY && e.socket.Subprotocol() != protocolV5 {
		return e.local(errors.New("the server speaks " + protocolV4 + " at most, which cannot say where the input ends"))
	}
	var closing sync.WaitGroup
	closing.Add(1)
	stop := context.AfterFunc(ctx, func() {
		defer closing.Done()
		_ = e.socket.CloseNow()
	})
	e.start(context.WithoutCancel(ctx))
	err := e.receive(context.WithoutCancel(ctx))
	_ = e.socket.CloseNow()
	if stop() {
		closing.Done()
	}
	closing.Wait()
	e.finish()
	return e.outcome(ctx, err)
}

// start begins to send.
func (e *execution) start(ctx context.Context) {
	if e.Sizes != nil {
		e.send.Go(func() { e.resize(ctx) })
	}
	if e.Stdin != nil {
		e.send.Go(func() { e.feed(ctx) })
	}
}

// stdinPatience is how long a Read of the input is waited for at the end.
const stdinPatience = 100 * time.Millisecond

// finish ends what sends. A Read of the input that waits is interrupted, if there
// is a way to; where there is none, it is left to itself.
func (e *execution) finish() {
	close(e.ended)
	quiet := make(chan struct{})
	go func() {
		e.send.Wait()
		close(quiet)
	}()
	restore := interrupt(e.Stdin, quiet)
	defer restore()
	timer := time.NewTimer(stdinPatience)
	defer timer.Stop()
	select {
	case <-quiet:
	case <-timer.C:
	}
}

// fail ends the execution for a fault on this side.
func (e *execution) fail(what string, err error) {
	e.mu.Lock()
	if e.fault == nil {
		e.fault = fmt.Errorf("%s: %w", what, err)
	}
	e.mu.Unlock()
	_ = e.socket.CloseNow()
}

// feed sends the input, and its end.
func (e *execution) feed(ctx context.Context) {
	message := make([]byte, 1+chunk)
	message[0] = chanStdin
	for {
		n, err := e.Stdin.Read(message[1:])
		if isDone(e.ended) {
			return // what it read is lost: the command does not read any more
		}
		if n > 0 && e.socket.send(ctx, message[:1+n]) != nil {
			return // receive tells why
		}
		switch {
		case err == io.EOF && e.socket.Subprotocol() == protocolV5:
			_ = e.socket.send(ctx, []byte{chanClose, chanStdin})
			return
		case err == io.EOF:
			return
		case err != nil:
			e.fail("reading the input", err)
			return
		}
	}
}

// resize tells the sizes of the terminal as they come.
func (e *execution) resize(ctx context.Context) {
	for {
		select {
		case <-e.ended:
			return
		case size, ok := <-e.Sizes:
			if !ok {
				return
			}
			text, err := json.Marshal(size)
			if err != nil || e.socket.send(ctx, append([]byte{chanResize}, text...)) != nil {
				return
			}
		}
	}
}

// silence is how long a server may say nothing between the command's Status and
// the end of the connection.
const silence = 10 * time.Second

const errSilent rest.Timeout = "the command has ended, and the connection did not"

// receive reads messages to the end of the connection. It returns nil if that is
// a good end.
func (e *execution) receive(ctx context.Context) error {
	var silent *time.Timer
	for {
		if len(e.status) > 0 {
			if silent == nil {
				silent = time.AfterFunc(silence, func() { _ = e.socket.CloseNow() })
				defer silent.Stop()
			}
			silent.Reset(silence)
		}
		kind, r, err := e.socket.Reader(ctx)
		if silent != nil && !silent.Stop() {
			return errSilent
		}
		if err != nil {
			return goodEnd(err)
		}
		if kind != websocket.MessageBinary {
			return errors.New("a message of text came")
		}
		if err := e.message(r); err != nil {
			return err
		}
	}
}

// goodEnd is nil for the end that the other side has said.
func goodEnd(err error) error {
	switch websocket.CloseStatus(err) {
	case websocket.StatusNormalClosure, websocket.StatusNoStatusRcvd:
		return nil
	}
	return err
}

// message passes on what one message holds, through a buffer of fixed size.
func (e *execution) message(r io.Reader) error {
	var channel [1]byte
	if _, err := io.ReadFull(r, channel[:]); err != nil {
		if err == io.EOF {
			return nil // nothing came, so nothing is lost
		}
		return err
	}
	switch channel[0] {
	case chanStdout:
		return e.pass(e.Stdout, r)
	case chanStderr:
		return e.pass(e.Stderr, r)
	case chanStatus:
		text, err := io.ReadAll(io.LimitReader(r, int64(maxStatus+1-len(e.status))))
		e.status = append(e.status, text...)
		if err == nil && len(e.status) > maxStatus {
			err = &raw.SizeError{Limit: maxStatus}
		}
		return err
	case chanClose:
		return e.pass(nil, r) // an output has ended
	}
	return fmt.Errorf("a message of channel %d came", channel[0])
}

// writeFault is the error of a Writer, not of the connection.
type writeFault struct{ error }

// pass copies one message. A nil Writer takes everything: the server then sends
// nothing anyway.
func (e *execution) pass(w io.Writer, r io.Reader) error {
	for {
		n, err := r.Read(e.buffer[:])
		if n > 0 && w != nil {
			m, fault := w.Write(e.buffer[:n])
			if fault == nil && m < n {
				fault = io.ErrShortWrite
			}
			if fault != nil {
				return writeFault{fmt.Errorf("writing the output: %w", fault)}
			}
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// outcome is what the command, or what went wrong first, makes of the call.
func (e *execution) outcome(ctx context.Context, err error) error {
	e.mu.Lock()
	fault := e.fault
	e.mu.Unlock()
	var write writeFault
	switch told := e.told(); {
	case errors.As(err, &write):
		return e.local(write.error)
	case fault != nil:
		return e.local(fault)
	case err != nil && told.err != nil:
		return e.broken(ctx, "the connection was cut after the command had ended", fmt.Errorf("%w; %w", err, told.err))
	case err != nil && told.known:
		return e.broken(ctx, "the connection was cut after the command had ended", err)
	case err != nil:
		return e.broken(ctx, "the connection was cut before the command's end was told", err)
	case !told.known:
		return e.broken(ctx, "the connection ended without the command's Status", told.err)
	default:
		return told.err
	}
}

// local is the error of a Reader or Writer of the caller's own.
func (e *execution) local(err error) error {
	return &rest.APIError{Verb: e.Request.Verb, URL: e.Request.URL(), Code: http.StatusSwitchingProtocols, Err: err}
}

// verdict is what the server has said of the command's end.
type verdict struct {
	known bool
	err   error
}

func (e *execution) told() verdict {
	if len(e.status) == 0 {
		return verdict{}
	}
	status, err := raw.Parse(e.status)
	if err != nil {
		return verdict{err: err}
	}
	switch rest.String(status, "status") {
	case "Success":
		return verdict{known: true}
	case "Failure":
		return verdict{true, e.failure(status)}
	}
	return verdict{err: errors.New("the Status says neither Success nor Failure")}
}

// failure is the error of a Status: a command's exit code, or why there is none.
func (e *execution) failure(status raw.Object) error {
	code, ok := exitCode(status)
	if rest.String(status, "reason") != "NonZeroExitCode" || !ok {
		return rest.FromStatus(e.Request, http.StatusInternalServerError, status)
	}
	return &rest.ExitError{Namespace: e.Namespace, Pod: e.Pod, Code: code,
		Command: e.Request.Query.Get("command"), Message: rest.String(status, "message")}
}

func exitCode(status raw.Object) (int, bool) {
	for cause := range status.Get("details", "causes").Elements() {
		if reason, _ := cause.Get("reason").Text(); reason != "ExitCode" {
			continue
		}
		text, _ := cause.Get("message").Text()
		code, err := strconv.Atoi(text)
		return code, err == nil && code != 0
	}
	return 0, false
}
