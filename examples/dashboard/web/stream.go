package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// tick is what a page is told: enough to know whether to look again.
type tick struct {
	Seq      int64             `json:"seq"`
	Contact  contact           `json:"contact"`
	Versions map[string]string `json:"versions"` // of the snapshots, by resource
}

// A page is told of changes at most this often, and of the contact at least so often.
const (
	quickest = 500 * time.Millisecond
	slowest  = 2 * time.Second
	// patient is for how long a page may read nothing, until its stream is ended.
	patient = 10 * time.Second
)

// stream tells a page when to look again, as server-sent events
// (https://html.spec.whatwg.org/multipage/server-sent-events.html). It holds nothing
// for who is slow: each tick is of the moment in which it is written.
func (s *Server) stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	if r.Method == http.MethodHead {
		return // it has no end, and nobody reads it
	}
	beat(w, r, s.cluster.Changed, s.tick)
}

// beat writes ticks until the reader is gone, or has not read for too long.
func beat(w http.ResponseWriter, r *http.Request, change func() <-chan struct{}, now func() tick) {
	control := http.NewResponseController(w)
	for {
		changed := change()
		data, err := json.Marshal(now())
		if err != nil {
			return
		}
		_ = control.SetWriteDeadline(time.Now().Add(patient)) // where there is a connection
		if _, err := fmt.Fprintf(w, "event: tick\ndata: %s\n\n", data); err != nil || control.Flush() != nil {
			return
		}
		if !pause(r, quickest, nil) || !pause(r, slowest-quickest, changed) {
			return
		}
	}
}

// pause waits for a time, or a change, and reports whether the reader is still there.
func pause(r *http.Request, d time.Duration, changed <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-changed:
	case <-r.Context().Done():
		return false
	}
	return true
}

func (s *Server) tick() tick {
	t := tick{Seq: s.cluster.Seq(), Contact: s.contact(), Versions: map[string]string{}}
	for _, r := range s.cluster.Resources() {
		t.Versions[r.Name()] = r.Snapshot().Version()
	}
	return t
}
