package watch

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/kubeviews/kube/internal/rest"
)

// Status is how a watch or a mirror is getting on.
type Status struct {
	// Live: the server's changes come, as far as can be known. A connection that
	// died without a word is found dead within the bound that WithWatchTimeout
	// states.
	Live bool
	// Since is when Live became what it is.
	Since time.Time
	// LastContact is when the server was heard of last; zero for never.
	LastContact time.Time
	// Err is what went wrong last, while it is not Live; else nil.
	Err error
	// Lists counts the lists that were asked for, Streams the watches that were
	// opened, Gaps the Missed events.
	Lists, Streams, Gaps int64
}

// Tracker keeps a Status. It is for mirrors.
type Tracker struct{ box statusBox }

// Status is the status now.
func (t *Tracker) Status() Status { return t.box.status() }

// LastContact is the time of the Status's.
func (t *Tracker) LastContact() time.Time { return t.box.lastContact() }

// statusBox keeps a status for readers of any goroutine. What every event
// touches is atomic.
type statusBox struct {
	last                 atomic.Int64 // contact, in Unix nanoseconds
	lists, streams, gaps atomic.Int64
	up                   atomic.Bool

	mu    sync.Mutex
	since time.Time // of up
	err   error
}

// contact notes that the server was heard of.
func (b *statusBox) contact() {
	now := time.Now()
	b.last.Store(now.UnixNano())
	if !b.up.Load() {
		b.set(true, now, nil)
	}
}

func (b *statusBox) opened() {
	b.streams.Add(1)
	b.contact()
}

// fault notes what went wrong. Since stays when it was so before.
func (b *statusBox) fault(err error) { b.set(false, time.Now(), err) }

func (b *statusBox) set(up bool, now time.Time, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.up.Load() != up || b.since.IsZero() {
		b.since = now
	}
	b.up.Store(up)
	b.err = err
}

func (b *statusBox) status() Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := Status{
		Live: b.up.Load(), Since: b.since, Err: rest.Copy(b.err),
		Lists: b.lists.Load(), Streams: b.streams.Load(), Gaps: b.gaps.Load(),
	}
	s.LastContact = b.lastContact()
	return s
}

func (b *statusBox) lastContact() time.Time {
	if last := b.last.Load(); last != 0 {
		return time.Unix(0, last)
	}
	return time.Time{}
}
