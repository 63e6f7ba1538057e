package remote

import (
	"fmt"
	"sync"
	"time"

	"github.com/kubeviews/kube/internal/rest"
)

// A connection whose other side has vanished, or stands still, looks like one that
// has nothing to say. Pings tell the two apart: they are answered by who reads.
const (
	pingEvery = 10 * time.Second
	// patience is how long the other side may say nothing, not even that.
	patience = time.Minute
	// excused is how long it may do so while it has input that it has not answered
	// for: it reads no pings before somebody has taken the input, which a program
	// may do when it likes. The first bytes need no taker: so much fits in between.
	excused = 15 * time.Minute
	fits    = 32 << 10
)

// errNoAnswer is the fault of a connection whose other side does not answer.
var errNoAnswer = rest.Timeout(fmt.Sprintf(
	"the other side has said nothing for %v or longer, and does not answer pings", patience))

// hearing ends a connection whose other side is silent while we listen.
type hearing struct {
	end   func()
	watch *time.Timer // runs while we listen

	mu     sync.Mutex
	sent   int       // bytes that the other side is to take
	heard  int       // of these, the ones before a ping that was answered
	since  time.Time // when listening began; zero for not now
	silent bool
}

func newHearing(end func()) *hearing {
	h := &hearing{end: end}
	h.watch = time.AfterFunc(patience, h.suspect)
	h.watch.Stop()
	return h
}

// listen begins to wait for the other side.
func (h *hearing) listen() {
	h.begin(time.Now())
	h.watch.Reset(patience)
}

// rest says that something has come, and whether it is the end that silence had.
func (h *hearing) rest() (silent bool) {
	h.watch.Stop()
	return h.begin(time.Time{})
}

func (h *hearing) begin(since time.Time) (silent bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.since = since
	return h.silent
}

// suspect is called when nothing has come for long.
func (h *hearing) suspect() {
	if h.overdue() {
		h.end() // which may wait for who listens
	}
}

func (h *hearing) overdue() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	limit := patience
	if h.sent != h.heard && h.sent > fits {
		limit = excused
	}
	switch {
	case h.since.IsZero():
	case time.Since(h.since) < limit:
		h.watch.Reset(patience)
	default:
		h.silent = true
	}
	return h.silent
}

// says counts n bytes that the other side is to take.
func (h *hearing) says(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sent += n
}

// said is how many there were.
func (h *hearing) said() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sent
}

// answered says that the other side has taken the first n bytes.
func (h *hearing) answered(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.heard = max(h.heard, n)
}

// taken is how many it has, and whether these are all.
func (h *hearing) taken() (n int, all bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.heard, h.heard == h.sent
}
