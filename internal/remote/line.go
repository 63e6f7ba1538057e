package remote

import (
	"context"
	"io"
	"net"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// socket is a WebSocket on a line.
type socket struct {
	*websocket.Conn
	line *line
}

// end closes the socket, and waits until nothing of it runs.
func (s *socket) end() {
	_ = s.CloseNow()
	s.line.wait.Wait()
}

// send sends a message when there is room for it.
func (s *socket) send(ctx context.Context, message []byte) error {
	s.line.admit(len(message))
	return s.Write(ctx, websocket.MessageBinary, message)
}

// pulse asks the other side for a sign of life, until the socket is closed.
func (s *socket) pulse(ctx context.Context) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.line.done:
			return
		case <-tick.C:
		}
		n := s.line.ear.said()
		if s.Ping(ctx) != nil {
			return // it is closed
		}
		s.line.ear.answered(n)
	}
}

// line is the connection below a WebSocket. Its Write does not wait for the other
// side: a ping must not be held up by input that nobody reads, for websocket ends a
// connection whose pings and pongs cannot be written. Who sends much waits in admit.
// Its Read ends when the other side is silent.
type line struct {
	io.ReadWriteCloser
	cancel context.CancelCauseFunc // ends the context that it was made under
	done   chan struct{}           // closed with the line
	ear    *hearing                // listens while Read waits
	wait   sync.WaitGroup          // for pulse and flush

	mu       sync.Mutex
	room     sync.Cond
	fault    error  // of writing, or that it is closed
	pending  []byte // to be written
	spare    []byte // the buffer that is not pending
	flushing bool   // flush runs
}

func newLine(rwc io.ReadWriteCloser, cancel context.CancelCauseFunc) *line {
	l := &line{ReadWriteCloser: rwc, cancel: cancel, done: make(chan struct{})}
	l.room.L = &l.mu
	l.ear = newHearing(func() { _ = rwc.Close() })
	return l
}

// Close ends the line, with what is still to be written, and does not wait for flush.
func (l *line) Close() error {
	l.mu.Lock()
	if !isDone(l.done) {
		close(l.done)
		l.fault = net.ErrClosed
		l.room.Broadcast()
	}
	l.mu.Unlock()
	l.ear.rest()
	err := l.ReadWriteCloser.Close()
	l.cancel(nil)
	return err
}

func (l *line) Read(p []byte) (int, error) {
	l.ear.listen()
	n, err := l.ReadWriteCloser.Read(p)
	if silent := l.ear.rest(); err != nil && silent {
		err = errNoAnswer
	}
	return n, err
}

// ahead is how much may wait to be written when more is admitted.
const ahead = 64 << 10

// admit waits until there is room for n bytes, or none will be sent any more.
func (l *line) admit(n int) {
	l.ear.says(n)
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.fault == nil && len(l.pending) > ahead {
		l.room.Wait()
	}
}

func (l *line) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fault != nil {
		return 0, l.fault
	}
	l.pending = append(l.pending, p...)
	if !l.flushing {
		l.flushing = true
		l.wait.Go(l.flush)
	}
	return len(p), nil
}

// flush writes what is pending, until nothing is.
func (l *line) flush() {
	for {
		part := l.take()
		if part == nil {
			return
		}
		_, err := l.ReadWriteCloser.Write(part)
		l.taken(part, err)
	}
}

func (l *line) take() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fault != nil || len(l.pending) == 0 {
		l.flushing = false
		return nil
	}
	part := l.pending
	l.pending, l.spare = l.spare[:0], nil
	l.room.Broadcast()
	return part
}

func (l *line) taken(part []byte, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spare = part
	if l.fault == nil && err != nil {
		l.fault = err
		l.room.Broadcast()
	}
}
