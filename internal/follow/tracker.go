package follow

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/watch"
)

// Tracker keeps a status for readers of any goroutine. What every event touches
// is atomic.
type Tracker struct {
	last                 atomic.Int64 // contact, in Unix nanoseconds
	lists, streams, gaps atomic.Int64
	up                   atomic.Bool

	mu    sync.Mutex
	since time.Time // of up
	err   error
}

// contact notes that the server was heard of.
func (t *Tracker) contact() {
	now := time.Now()
	t.last.Store(now.UnixNano())
	if !t.up.Load() {
		t.set(true, now, nil)
	}
}

func (t *Tracker) opened() {
	t.streams.Add(1)
	t.contact()
}

// fault notes what went wrong. Since stays when it was so before.
func (t *Tracker) fault(err error) { t.set(false, time.Now(), err) }

func (t *Tracker) set(up bool, now time.Time, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.up.Load() != up || t.since.IsZero() {
		t.since = now
	}
	t.up.Store(up)
	t.err = err
}

// Status is the status now.
func (t *Tracker) Status() watch.Status {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := watch.Status{
		Live: t.up.Load(), Since: t.since, Err: rest.Copy(t.err),
		Lists: t.lists.Load(), Streams: t.streams.Load(), Gaps: t.gaps.Load(),
	}
	s.LastContact = t.LastContact()
	return s
}

// LastContact is the time of the status's.
func (t *Tracker) LastContact() time.Time {
	if last := t.last.Load(); last != 0 {
		return time.Unix(0, last)
	}
	return time.Time{}
}
