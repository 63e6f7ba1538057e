package raw

import (
	"errors"
	"io"
)

// stream scans values off a reader, through a window that holds at least the
// value at hand. It keeps 0 ≤ pos ≤ len(s.buf) ≤ cap(s.buf); base+pos bytes of
// the stream have been used up.
type stream struct {
	r    io.Reader
	s    scanner
	pos  int
	base int64
	max  int // the longest value, in bytes
	eof  bool
}

const window = 256 << 10

func newStream(r io.Reader, max int) *stream {
	if max <= 0 || max > maxText {
		max = maxText
	}
	return &stream{r: r, max: max, s: scanner{buf: make([]byte, 0, window)}}
}

// scan repeats a scan from pos until the window holds all of what it scans,
// and returns where that ends.
func (t *stream) scan(f func(*scanner, int) int) (int, error) {
	for {
		end := f(&t.s, t.pos)
		if end >= 0 {
			return end, nil
		}
		if t.s.msg != msgShort || t.eof {
			return 0, t.failure()
		}
		if err := t.more(); err != nil {
			return 0, err
		}
	}
}

func (t *stream) failure() error {
	err := t.s.failure(t.base)
	err.Pointer = pointerTo(t.s.buf[t.pos:max(t.pos, t.s.off)])
	return err
}

func (t *stream) fail(msg string) error {
	return &SyntaxError{t.base + int64(t.pos), "", msg}
}

// peek returns the next byte that is not whitespace; 0 at the end.
func (t *stream) peek() (byte, error) {
	for {
		t.pos = t.s.space(t.pos)
		if t.pos < len(t.s.buf) {
			return t.s.buf[t.pos], nil
		}
		if t.eof {
			return 0, nil
		}
		if err := t.more(); err != nil {
			return 0, err
		}
	}
}

// more reads on. It doubles what is pending before it returns, so that a value
// which comes in many small pieces is not scanned again for each.
func (t *stream) more() error {
	pending := len(t.s.buf) - t.pos
	if pending > t.max {
		return &SizeError{int64(t.max)}
	}
	t.room(pending)
	for want := 2*pending + 1; len(t.s.buf) < want; {
		n, err := t.r.Read(t.s.buf[len(t.s.buf):cap(t.s.buf)])
		t.s.buf = t.s.buf[:len(t.s.buf)+n]
		switch {
		case errors.Is(err, io.EOF):
			t.eof = true
			return nil
		case err != nil:
			return err
		}
	}
	return nil
}

// room moves the pending bytes to the front of a window with place for as many
// again.
func (t *stream) room(pending int) {
	to := t.s.buf[:0]
	if need := 2*pending + 1; need > cap(to) {
		to = make([]byte, 0, 2*need)
	}
	t.s.buf = append(to, t.s.buf[t.pos:]...)
	t.base += int64(t.pos)
	t.pos = 0
}
