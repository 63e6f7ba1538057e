package raw

import "io"

// stream scans values off a reader, through a window that holds at least the
// value at hand. It keeps 0 ≤ pos ≤ len(s.buf) ≤ cap(s.buf); base+pos bytes of
// the stream have been used up.
type stream struct {
	r    io.Reader
	s    scanner
	pos  int
	base int64
	max  int   // the longest value, in bytes
	err  error // what the reader ended with: no more is read, what came before counts
}

// The window is small at first, because many lists are. It grows while it is full.
const (
	firstWindow = 16 << 10
	window      = 256 << 10
)

// maxSpace bounds the whitespace between two tokens: it counts for no value, and
// a text of nothing else must end too.
const maxSpace = 1 << 20

func newStream(r io.Reader, max int) *stream {
	if max <= 0 || max > maxText {
		max = maxText
	}
	return &stream{r: r, max: max, s: scanner{buf: make([]byte, 0, firstWindow)}}
}

// scan repeats a scan from pos until the window holds all of what it scans,
// and returns where that ends.
func (t *stream) scan(f func(*scanner, int) int) (int, error) {
	for {
		end := t.bounded(f)
		switch short := end < 0 && t.s.msg == msgShort; {
		case end-t.pos > t.max, short && len(t.s.buf)-t.pos > t.max:
			return 0, &SizeError{int64(t.max)}
		case end >= 0:
			return end, nil
		case !short || t.err == io.EOF:
			return 0, t.s.failure(t.base, t.pos)
		case t.err != nil:
			return 0, t.err
		}
		t.more()
	}
}

// bounded scans no further than one byte beyond the limit: else it would
// depend on how the text arrives whether a fault there is found before the
// value is too large.
func (t *stream) bounded(f func(*scanner, int) int) int {
	whole := t.s.buf
	if len(whole)-t.pos > t.max {
		t.s.buf = whole[:t.pos+t.max+1]
	}
	end := f(&t.s, t.pos)
	t.s.buf = whole
	return end
}

// peek returns the next byte that is not whitespace, or what the reader ended
// with.
func (t *stream) peek() (byte, error) {
	for start := t.base + int64(t.pos); ; {
		t.pos = t.s.space(t.pos)
		if t.base+int64(t.pos)-start > maxSpace {
			return 0, &SizeError{maxSpace}
		}
		if t.pos < len(t.s.buf) {
			return t.s.buf[t.pos], nil
		}
		if t.err != nil {
			return 0, t.err
		}
		t.more()
	}
}

// more reads on. It doubles what is pending before it returns, so that a value
// which comes in many small pieces is not scanned again for each.
func (t *stream) more() {
	pending := len(t.s.buf) - t.pos
	t.room(pending)
	for want := 2*pending + 1; len(t.s.buf) < want && t.err == nil; {
		t.read()
	}
}

// maxEmptyReads is after how many reads without a byte or an error the reader
// is taken to be broken, as in bufio.
const maxEmptyReads = 100

func (t *stream) read() {
	for range maxEmptyReads {
		n, err := t.r.Read(t.s.buf[len(t.s.buf):cap(t.s.buf)])
		t.s.buf = t.s.buf[:len(t.s.buf)+n]
		if t.err = err; n > 0 || err != nil {
			return
		}
	}
	t.err = io.ErrNoProgress
}

// room moves the pending bytes to the front of a window with place for as many
// again.
func (t *stream) room(pending int) {
	to := t.s.buf[:0]
	full := len(t.s.buf) == cap(t.s.buf)
	if need := 2*pending + 1; need > cap(to) {
		to = make([]byte, 0, max(2*need, firstWindow))
	} else if full && cap(to) < window {
		to = make([]byte, 0, 4*cap(to))
	}
	t.s.buf = append(to, t.s.buf[t.pos:]...)
	t.base += int64(t.pos)
	t.pos = 0
}
