package replay

import (
	"context"
	"net/http"
	"sync"
)

// hold keeps events back until they are released, if they are to be held.
type hold struct {
	mu       sync.Mutex
	more     chan struct{} // closed when more are released; nil when none is held
	released int
}

// Hold makes watches send no event before it is released. It is called before the
// server is asked for anything.
func (s *Server) Hold() { s.hold.more = make(chan struct{}) }

// Release lets all watches send the first n events.
func (s *Server) Release(n int) {
	s.hold.mu.Lock()
	defer s.hold.mu.Unlock()
	close(s.hold.more)
	s.hold.more, s.hold.released = make(chan struct{}), n
}

func (h *hold) state() (released int, more <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.released, h.more
}

// wait waits until the i-th event, counted from 0, may be sent, and reports whether
// events are held, and so sent one by one; and false when nobody listens any more.
func (h *hold) wait(ctx context.Context, out *http.ResponseController, i int) (held, ok bool) {
	for {
		released, more := h.state()
		if more == nil || i < released {
			return more != nil, true
		}
		if out.Flush() != nil { // what was sent must arrive
			return true, false
		}
		select {
		case <-more:
		case <-ctx.Done():
			return true, false
		}
	}
}
