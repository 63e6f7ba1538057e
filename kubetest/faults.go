package kubetest

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Fault is something that goes wrong with the requests it matches. What it does
// not say stays as it is: a Fault with only a Delay delays the real answer, one
// with only CutAt cuts it.
type Fault struct {
	// Verb matches the method, or "watch" for a GET that watches, "list" for
	// one on a collection that does not, "get" for one on an object. Empty
	// matches all.
	Verb string
	// Path matches the path, by the rules of [path.Match] where it holds a
	// "*", "?" or "[", and otherwise by its beginning. Empty matches all.
	Path string
	// Match narrows further; nil matches all.
	Match func(*http.Request) bool

	// After lets so many matching requests pass first.
	After int
	// Times is how often the fault happens; 0 means always.
	Times int

	// Delay passes before anything is answered.
	Delay time.Duration
	// Freeze takes the request and never answers, until the Injection is
	// released or removed; then the rest of the fault happens.
	Freeze bool

	// Status answers in place of the server: with Header and Body.
	Status int
	Header http.Header
	Body   []byte
	// Hang keeps the answer that Status and Body made open until the
	// Injection is released or removed, as a watch that has gone silent.
	Hang bool

	// Cut breaks the connection after CutAt bytes of the body, the server's
	// own or Body, without the end that HTTP asks for. With CutAt 0, not even
	// headers are sent. What follows an upgrade to WebSocket counts as body.
	Cut   bool
	CutAt int
	// Reset breaks it with a TCP reset where Cut ends it with a plain close.
	Reset bool

	// LateHeaders keeps the headers of the answer back until its first byte,
	// as some proxies do with a watch on which nothing happens.
	LateHeaders bool

	// Warnings are sent along with the answer, as warnings of the API: in Warning
	// headers of code 299.
	Warnings []string

	// Edit changes the server's own answer: it is called with every piece of the
	// body, which is one event of a watch and otherwise the whole, and what it
	// returns is sent instead. It sees nothing of what follows an upgrade.
	Edit func(piece []byte) []byte

	// Do runs when the fault happens, before anything is answered.
	Do func(*http.Request)
}

// Injection is a Fault at work.
type Injection struct {
	fault    Fault
	list     *faultList
	seen     int // under the list's lock
	fired    atomic.Int64
	released chan struct{}
	release  sync.Once
	waiting  atomic.Int64
	arrived  chan struct{} // gets a token for each request that is frozen
}

// Inject makes a fault happen. Faults are tried in the order of their injection,
// and the first that matches happens.
func (s *Server) Inject(f Fault) *Injection {
	i := &Injection{fault: f, list: &s.faults, released: make(chan struct{}), arrived: make(chan struct{}, 1024)}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = append(s.faults.list, i)
	return i
}

// Fired returns how often the fault has happened.
func (i *Injection) Fired() int { return int(i.fired.Load()) }

// Waiting returns how many requests the fault holds frozen or hanging now.
func (i *Injection) Waiting() int { return int(i.waiting.Load()) }

// Held receives once for each request that the fault freezes or hangs, when it
// does: a test waits on it.
func (i *Injection) Held() <-chan struct{} { return i.arrived }

// Release lets go the requests that the fault holds, those to come too.
func (i *Injection) Release() { i.release.Do(func() { close(i.released) }) }

// Remove ends the fault and releases what it holds.
func (i *Injection) Remove() {
	i.list.mu.Lock()
	i.list.list = slices.DeleteFunc(slices.Clone(i.list.list), func(o *Injection) bool { return o == i })
	i.list.mu.Unlock()
	i.Release()
}

type faultList struct {
	mu   sync.Mutex
	list []*Injection
}

// next takes the fault that happens to a request, or nil.
func (l *faultList) next(req *http.Request) *Injection {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, i := range l.list {
		if !i.fault.matches(req) {
			continue
		}
		i.seen++
		turn := i.seen - i.fault.After
		if turn < 1 || i.fault.Times > 0 && turn > i.fault.Times {
			continue
		}
		return i
	}
	return nil
}

func (f *Fault) matches(req *http.Request) bool {
	return f.matchesVerb(req) && f.matchesPath(req.URL.Path) && (f.Match == nil || f.Match(req))
}

func (f *Fault) matchesVerb(req *http.Request) bool {
	verb := strings.ToLower(f.Verb)
	if verb == "" || strings.EqualFold(verb, req.Method) && verb != "get" {
		return true
	}
	if req.Method != http.MethodGet {
		return false
	}
	watching := truthy(req.URL.Query(), "watch")
	switch verb {
	case "watch":
		return watching
	case "list":
		return !watching && isCollection(req.URL.EscapedPath())
	case "get":
		return f.Verb == http.MethodGet || !watching && !isCollection(req.URL.EscapedPath())
	}
	return false
}

// isCollection tells a list's path from an object's by the number of its parts.
func isCollection(escaped string) bool {
	parts := splitPath(escaped)
	switch {
	case len(parts) > 2 && parts[0] == "api":
		parts = parts[2:]
	case len(parts) > 3 && parts[0] == "apis":
		parts = parts[3:]
	default:
		return false
	}
	if parts[0] == "namespaces" && len(parts) > 2 {
		parts = parts[2:]
	}
	return len(parts) == 1
}

func (f *Fault) matchesPath(p string) bool {
	if f.Path == "" {
		return true
	}
	if strings.ContainsAny(f.Path, "*?[") {
		ok, err := path.Match(f.Path, p)
		return err == nil && ok
	}
	return strings.HasPrefix(p, f.Path)
}

// applyFaults lets a fault happen; done means that it answered. Otherwise the
// server answers through the returned writer.
func (s *Server) applyFaults(w http.ResponseWriter, req *http.Request) (out http.ResponseWriter, done bool) {
	i := s.faults.next(req)
	if i == nil {
		return w, false
	}
	i.fired.Add(1)
	f := &i.fault
	if f.Do != nil {
		f.Do(req)
	}
	for _, warning := range f.Warnings {
		addWarning(w.Header(), warning)
	}
	if !s.pause(req, f.Delay) || f.Freeze && !s.hold(i, req) {
		abort(req, false)
	}
	if f.Cut {
		w = &cutter{ResponseWriter: w, req: req, left: f.CutAt, reset: f.Reset}
		if f.CutAt == 0 {
			abort(req, f.Reset)
		}
	}
	if f.LateHeaders {
		w = &late{ResponseWriter: w}
	}
	if f.Status == 0 {
		if f.Edit != nil {
			w = &editing{ResponseWriter: w, edit: f.Edit}
		}
		return w, false
	}
	f.answer(w)
	if f.Hang {
		_ = http.NewResponseController(w).Flush()
		if !s.hold(i, req) {
			abort(req, false)
		}
	}
	return w, true
}

func (f *Fault) answer(w http.ResponseWriter) {
	for name, values := range f.Header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", contentOf(f.Body))
	}
	w.WriteHeader(f.Status)
	_, _ = w.Write(f.Body)
}

func contentOf(body []byte) string {
	if len(body) > 0 && body[0] == '{' {
		return "application/json"
	}
	return "text/plain; charset=utf-8"
}

// pause waits; false means that nobody is left to answer.
func (s *Server) pause(req *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-req.Context().Done():
	case <-s.stopped:
	}
	return false
}

// hold keeps a request until the injection is released.
func (s *Server) hold(i *Injection, req *http.Request) bool {
	i.waiting.Add(1)
	defer i.waiting.Add(-1)
	select {
	case i.arrived <- struct{}{}:
	default:
	}
	select {
	case <-i.released:
		return true
	case <-req.Context().Done():
	case <-s.stopped:
	}
	return false
}

// abort breaks the connection from inside a handler.
func abort(req *http.Request, reset bool) {
	if c, ok := req.Context().Value(connKey{}).(*net.TCPConn); ok && reset {
		_ = c.SetLinger(0)
	}
	panic(http.ErrAbortHandler)
}

// late ignores what would send the headers alone.
type late struct {
	http.ResponseWriter
	code    int
	written bool
}

func (l *late) WriteHeader(code int) { l.code = code }

func (l *late) Write(b []byte) (int, error) {
	if !l.written {
		l.written = true
		if l.code != 0 {
			l.ResponseWriter.WriteHeader(l.code)
		}
	}
	return l.ResponseWriter.Write(b)
}

// FlushError is what a ResponseController calls.
func (l *late) FlushError() error {
	if !l.written {
		return nil
	}
	return http.NewResponseController(l.ResponseWriter).Flush()
}

// Hijack sends the headers of an upgrade, which no body follows.
func (l *late) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	l.written = true
	if l.code != 0 {
		l.ResponseWriter.WriteHeader(l.code)
	}
	return http.NewResponseController(l.ResponseWriter).Hijack()
}

// StatusBody is the Status document that a server sends for a failure, for the
// Body of a Fault.
func StatusBody(code int, reason, message string) []byte {
	return encodeStatus((&statusError{code: code, reason: reason, message: message}).document())
}

// cutter passes so many bytes of a body and then breaks the connection.
type cutter struct {
	http.ResponseWriter
	req   *http.Request
	left  int
	reset bool
}

func (c *cutter) Write(b []byte) (int, error) {
	if len(b) < c.left {
		c.left -= len(b)
		return c.ResponseWriter.Write(b)
	}
	_, _ = c.ResponseWriter.Write(b[:c.left])
	_ = http.NewResponseController(c.ResponseWriter).Flush()
	abort(c.req, c.reset)
	return 0, io.ErrClosedPipe
}

// Unwrap lets a ResponseController find the real writer.
func (c *cutter) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// Hijack gives a connection that breaks after as many bytes.
func (c *cutter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(c.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	cut := &cutConn{Conn: conn, left: c.left, reset: c.reset}
	return cut, bufio.NewReadWriter(rw.Reader, bufio.NewWriter(cut)), nil
}

// cutConn passes so many bytes and then closes.
type cutConn struct {
	net.Conn
	mu    sync.Mutex
	left  int
	reset bool
}

func (c *cutConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(b) < c.left {
		c.left -= len(b)
		return c.Conn.Write(b)
	}
	n, _ := c.Conn.Write(b[:c.left])
	c.left = 0
	if tcp, ok := c.Conn.(*net.TCPConn); ok && c.reset {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
	return n, io.ErrClosedPipe
}

// editing lets a fault rewrite the body.
type editing struct {
	http.ResponseWriter
	edit func([]byte) []byte
}

func (e *editing) WriteHeader(code int) {
	e.Header().Del("Content-Length")
	e.ResponseWriter.WriteHeader(code)
}

func (e *editing) Write(b []byte) (int, error) {
	if out := e.edit(b); len(out) > 0 {
		if _, err := e.ResponseWriter.Write(out); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

// Unwrap lets a ResponseController find the real writer.
func (e *editing) Unwrap() http.ResponseWriter { return e.ResponseWriter }
