package kubetest

import (
	"errors"
	"net/http"
	"time"
)

// maxWatch ends a watch that names no timeout of its own.
const maxWatch = 30 * time.Minute

// lastBookmark is how long before its timeout a watch gets a bookmark, so that
// the next one can start from there.
const lastBookmark = 2 * time.Second

var streamTypes = []string{"application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch"}

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
	titled    bool // the columns of a table were sent
	epoch     int  // of the table when the watch began
}

const endOfInitial = "k8s.io/initial-events-end"

// watch streams changes until the timeout, the client's end or the server's.
func (c *call) watch(o listOptions, sel *selection, f form) error {
	if f.yaml {
		return notAcceptable(streamTypes...)
	}
	asked, err := parseVersionParam(o.version)
	if err != nil {
		return &statusError{code: http.StatusInternalServerError, message: err.Error()}
	}
	w := &watcher{c: c, sel: sel, form: f, bookmarks: o.bookmarks, flush: flusher(c.w)}
	if f.as == "PartialObjectMetadataList" {
		c.watchHeaders() // no event is a list: the stream is empty
		return nil
	}
	if o.initial != nil && *o.initial {
		if err := c.waitFor(asked); err != nil {
			return w.ahead(err)
		}
	}
	w.begin(o, asked)
	c.watchHeaders()
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

// ahead tells, in the stream, of a version that the server has not reached.
func (w *watcher) ahead(err error) error {
	var status *statusError
	if !errors.As(err, &status) {
		return err
	}
	w.c.watchHeaders()
	w.line("ERROR", encodeStatus(status.document()))
	return nil
}

// begin finds the place in the log to start from.
func (w *watcher) begin(o listOptions, asked uint64) {
	s, t := w.c.srv.store, w.c.res.table
	s.mu.Lock()
	defer s.mu.Unlock()
	w.epoch = t.epoch
	if o.initial != nil && *o.initial {
		w.first, w.seen = t.snapshot(), s.version
		w.initial = o.bookmarks
		return
	}
	if asked == 0 {
		asked = s.version
	}
	w.seen = asked
}

// run sends the first state, then what happens.
func (w *watcher) run(timeout time.Duration) {
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	last := time.NewTimer(max(timeout-lastBookmark, 0))
	defer last.Stop()
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
		case <-last.C:
			if timeout > lastBookmark && w.bookmarks && !w.bookmark(nil) {
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
	restarted := t.epoch != w.epoch
	s.mu.RUnlock()
	if restarted {
		return nil, false
	}
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
	if w.form.as == "Table" {
		return w.sendTable(kind, rev)
	}
	body, err := w.c.presentRevision(rev, w.form)
	if err != nil {
		return false
	}
	return w.line(kind, body)
}

// sendTable sends an event as a table of one row; only the first names the
// columns.
func (w *watcher) sendTable(kind string, rev *revision) bool {
	doc, err := w.c.tableOf([]*revision{rev}, nil, w.form, true)
	if err != nil {
		return false
	}
	if w.titled {
		doc["columnDefinitions"] = nil
	}
	w.titled = true
	return w.line(kind, encodeTable(doc))
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
	ok := w.send("BOOKMARK", &revision{version: w.seen, doc: doc})
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
