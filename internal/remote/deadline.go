package remote

import (
	"sync"
	"time"
)

// deadline is a time that may be moved while it is waited for. Its zero value is
// none.
type deadline struct {
	mu    sync.Mutex
	timer *time.Timer
	over  chan struct{} // closed when the time has come
}

// passed returns a channel that is closed when the time comes. It is good until
// the deadline is set anew.
func (d *deadline) passed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over == nil {
		d.over = make(chan struct{})
	}
	return d.over
}

// set moves the deadline; the zero time takes it away. Whoever waits for one that
// has not come yet waits for the new one.
func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil && !d.timer.Stop() {
		<-d.over // the timer's function is about to close it, or has
	}
	d.timer = nil
	if d.over == nil || isDone(d.over) {
		d.over = make(chan struct{})
	}
	switch wait := time.Until(t); {
	case t.IsZero():
	case wait <= 0:
		close(d.over)
	default:
		over := d.over
		d.timer = time.AfterFunc(wait, func() { close(over) })
	}
}
