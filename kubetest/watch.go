package kubetest

import (
	"net/http"
	"time"
)

// maxWatch ends a watch that names no timeout of its own.
const maxWatch = 30 * time.Minute

// watcher is one open watch. It reads the log of its table at its own pace.
type watcher struct {
	c         *call
	sel       *selection
	form      form
	bookmarks bool
	seen      uint64 // the version up to which everything was sent
	marked    uint64 // the version of the last bookmark
	first     []*revision
	initial   bool // the first items end with a marked bookmark
	flush     func()
}

const endOfInitial = "k8s.io/initial-events-end"

// watch streams changes until the timeout, the client's end or the server's.
func (c *call) watch(o listOptions, sel *selection, f form) error {
	if f.yaml {
		return notAcceptable("application/json", "application/vnd.kubernetes.protobuf", "application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch")
	}
	asked, err := parseVersionParam(o.version)
	if err != nil {
		return badRequest("%v", err)
	}
	w := &watcher{c: c, sel: sel, form: f, bookmarks: o.bookmarks, flush: flusher(c.w)}
	if o.initial != nil && *o.initial {
		if err := c.waitFor(asked); err != nil {
			return err
		}
	}
	ok := w.begin(o, asked)
	c.watchHeaders()
	if !ok {
		return nil
	}
	timeout := maxWatch
	if o.timeout > 0 {
		timeout = time.Duration(o.timeout) * time.Second
	}
	w.run(timeout)
	return nil
}

func flusher(w http.ResponseWriter) func() {
	return func() { _ = http.NewResponseController(w).Flush() }
}

func (c *call) watchHeaders() {
	c.commonHeaders()
	c.w.Header().Set("Content-Type", "application/json")
	c.w.WriteHeader(http.StatusOK)
}

// begin finds the place in the log to start from. A place that the log has lost
// is told as an error in the stream, and ok is false.
func (w *watcher) begin(o listOptions, asked uint64) (ok bool) {
	s, t := w.c.srv.store, w.c.res.table
	s.mu.Lock()
	defer s.mu.Unlock()
	list := o.initial != nil && *o.initial
	if list || o.initial == nil && asked == 0 {
		w.first, w.seen = t.snapshot(), s.version
		w.initial = list && o.bookmarks
		return true
	}
	if asked == 0 {
		asked = s.version
	}
	w.seen = asked
	return true
}

// run sends the first state, then what happens.
func (w *watcher) run(timeout time.Duration) {
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	idle := time.NewTicker(w.c.srv.opts.bookmarks)
	defer idle.Stop()
	ends := w.c.srv.streamsEnd()
	if !w.sendFirst() {
		return
	}
	for {
		marks := w.c.srv.nextMark()
		changed, ok := w.catchUp()
		if !ok {
			return
		}
		select {
		case <-changed:
		case <-marks:
			if w.bookmarks && !w.bookmark(nil) {
				return
			}
		case <-idle.C:
			if w.bookmarks && !w.bookmark(nil) {
				return
			}
		case <-deadline.C:
			return
		case <-ends:
			return
		case <-w.c.req.Context().Done():
			return
		case <-w.c.srv.stopped:
			return
		}
	}
}

func (w *watcher) sendFirst() bool {
	w.flush()
	for _, rev := range w.first {
		if w.sel.selects(w.c.res, rev) && !w.send(string(added), rev) {
			return false
		}
	}
	w.first = nil
	if w.initial && !w.bookmark(map[string]any{endOfInitial: "true"}) {
		return false
	}
	w.flush()
	return true
}

// catchUp sends the events that are new and returns the channel that tells of
// the next one.
func (w *watcher) catchUp() (changed <-chan struct{}, ok bool) {
	s, t := w.c.srv.store, w.c.res.table
	s.mu.RLock()
	events, reaches := t.after(w.seen)
	oldest, now, closed := t.forgotten, s.version, t.closed
	changed = t.changed
	s.mu.RUnlock()
	if !reaches {
		w.tooOld(oldest)
		return nil, false
	}
	for _, e := range events {
		if !w.sendEvent(e) {
			return nil, false
		}
	}
	w.seen = max(w.seen, now)
	if len(events) > 0 {
		w.flush()
	}
	return changed, !closed
}

func (w *watcher) tooOld(oldest uint64) {
	err := expired("too old resource version: "+versionText(w.seen)+" ("+versionText(oldest)+")", "")
	w.line("ERROR", encodeStatus(err.document()))
	w.flush()
}

// sendEvent turns an event of the log into one of the selection: an object can
// enter and leave it.
func (w *watcher) sendEvent(e event) bool {
	if e.now.version <= w.seen {
		return true
	}
	before := e.prev != nil && w.sel.selects(w.c.res, e.prev)
	after := e.typ != deleted && w.sel.selects(w.c.res, e.now)
	switch {
	case before && after:
		return w.send(string(modifies), e.now)
	case after:
		return w.send(string(added), e.now)
	case before && e.typ == deleted:
		return w.send(string(deleted), e.now)
	case before:
		// It left the selection: the old state under the new version.
		left := &revision{
			version: e.now.version, key: e.prev.key, ns: e.prev.ns, name: e.prev.name,
			doc: withVersion(e.prev.doc, e.now.version),
		}
		return w.send(string(deleted), left)
	}
	return true
}

func (w *watcher) send(kind string, rev *revision) bool {
	body, err := w.c.presentRevision(rev, w.form)
	if err != nil {
		return false
	}
	return w.line(kind, body)
}

// bookmark tells the version up to which the client has everything.
func (w *watcher) bookmark(annotations map[string]any) bool {
	if annotations == nil && w.marked == w.seen {
		return true
	}
	w.marked = w.seen
	meta := map[string]any{"resourceVersion": versionText(w.seen)}
	if annotations != nil {
		meta["annotations"] = annotations
	}
	doc := map[string]any{"metadata": meta}
	body := w.c.res.encode(w.c.res.dress(doc))
	if w.form.as != "" {
		body = w.c.bookmarkAs(doc, w.form)
	}
	ok := w.line("BOOKMARK", body)
	w.flush()
	return ok
}

// line writes one event; false means that the client has gone.
func (w *watcher) line(kind string, object []byte) bool {
	b := make([]byte, 0, len(object)+32)
	b = append(b, `{"type":"`...)
	b = append(b, kind...)
	b = append(b, `","object":`...)
	b = append(b, object...)
	b = append(b, "}\n"...)
	_, err := w.c.w.Write(b)
	return err == nil
}

// Bookmark sends a bookmark to every open watch that asked for them, at once.
func (s *Server) Bookmark() {
	s.connMu.Lock()
	defer s.connMu.Unlock()
	close(s.marks)
	s.marks = make(chan struct{})
}

func (s *Server) nextMark() <-chan struct{} {
	s.connMu.Lock()
	defer s.connMu.Unlock()
	return s.marks
}
