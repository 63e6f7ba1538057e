package kubetest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// Server is a running API server. Its methods may be called from any goroutine.
type Server struct {
	opts     options
	store    *store
	requests requestLog
	faults   faultList
	held     holds
	logs     podLogs
	remote   remotes
	access   accessRules

	http     *http.Server
	listener net.Listener
	stopped  chan struct{} // closed first: ends waits and watches
	stop     sync.Once
	served   chan struct{} // closed when the accept loop is gone
	handlers gate

	connMu sync.Mutex
	conns  map[net.Conn]func() // what else to do when it is cut, or nil
	// streams is closed and replaced to end the watches that are open, marks to
	// make them send a bookmark.
	streams chan struct{}
	marks   chan struct{}
}

// NewServer starts a Server that stops when the test ends. It fails the test
// when an option is wrong.
func NewServer(t testing.TB, opts ...Option) *Server {
	t.Helper()
	s, err := Start(opts...)
	if err != nil {
		t.Fatalf("kubetest: %v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// Start starts a Server for programs that are no tests. Close stops it.
func Start(opts ...Option) (*Server, error) {
	s := &Server{
		opts:     defaultOptions(),
		store:    newStore(),
		stopped:  make(chan struct{}),
		handlers: gate{idle: make(chan struct{})},
		served:   make(chan struct{}),
		streams:  make(chan struct{}),
		marks:    make(chan struct{}),
		conns:    map[net.Conn]func(){},
	}
	for _, opt := range opts {
		if err := opt(&s.opts); err != nil {
			return nil, err
		}
	}
	if err := s.populate(); err != nil {
		return nil, err
	}
	if err := s.listen(); err != nil {
		return nil, err
	}
	return s, nil
}

// populate fills the store with the kinds and objects that the options ask for.
func (s *Server) populate() error {
	s.store.history = s.opts.history
	s.store.tick(s.opts.clock())
	for _, r := range builtins() {
		if s.opts.leaves(r.Group, r.Version) {
			continue
		}
		s.addResource(r)
	}
	for _, r := range s.opts.resources {
		s.addResource(resource{Resource: r.complete(), manners: customManners()})
	}
	if err := s.startingNamespaces(); err != nil {
		return err
	}
	return s.Seed(s.opts.seeds...)
}

func (s *Server) addResource(r resource) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	r.table = s.store.tableOf(r.Group, r.Plural)
	s.store.kinds.add(&r)
}

// startingNamespaces are those that every cluster has.
func (s *Server) startingNamespaces() error {
	if s.opts.leaves("", "v1") {
		return nil
	}
	for _, name := range []string{"default", "kube-node-lease", "kube-public", "kube-system"} {
		ns := Object{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name}}
		if _, err := s.Put(ns); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) listen() error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("kubetest: %w", err)
	}
	s.listener = ln
	s.http = &http.Server{
		Handler:           http.HandlerFunc(s.serve),
		ReadHeaderTimeout: time.Minute,
		ConnState:         s.track,
		ConnContext:       withConn,
	}
	go func() {
		defer close(s.served)
		_ = s.http.Serve(ln)
	}()
	return nil
}

// URL is the address of the server, with a slash at its end, as that of
// "kubectl proxy".
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() + "/" }

// Close stops the server, cuts every connection and waits until nothing of it
// runs any more. Closing twice is fine.
func (s *Server) Close() error {
	var err error
	s.stop.Do(func() {
		close(s.stopped)
		if cerr := s.http.Close(); cerr != nil && !errors.Is(cerr, net.ErrClosed) {
			err = cerr
		}
		s.CutConnections() // those that were upgraded too
	})
	<-s.served
	s.handlers.close()
	return err
}

// gate counts the handlers that run. A WaitGroup would not do: a request may
// still come in while Close waits.
type gate struct {
	mu     sync.Mutex
	n      int
	closed bool
	idle   chan struct{}
}

func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.n++
	return true
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.n--
	if g.n == 0 && g.closed {
		close(g.idle)
	}
}

// close refuses new handlers and waits for those that run.
func (g *gate) close() {
	g.mu.Lock()
	if !g.closed {
		g.closed = true
		if g.n == 0 {
			close(g.idle)
		}
	}
	g.mu.Unlock()
	<-g.idle
}

// CutConnections breaks every open connection without a word, as a proxy does
// that is killed: also those that carry an exec or a port forward. The server
// goes on and takes new ones.
func (s *Server) CutConnections() {
	s.connMu.Lock()
	defer s.connMu.Unlock()
	for c, cut := range s.conns {
		_ = c.Close()
		if cut != nil {
			cut()
		}
	}
}

// EndWatches ends every open watch cleanly, as the server does when its timeout
// is reached.
func (s *Server) EndWatches() {
	s.connMu.Lock()
	defer s.connMu.Unlock()
	close(s.streams)
	s.streams = make(chan struct{})
}

func (s *Server) streamsEnd() <-chan struct{} {
	s.connMu.Lock()
	defer s.connMu.Unlock()
	return s.streams
}

func (s *Server) track(c net.Conn, state http.ConnState) {
	s.connMu.Lock()
	defer s.connMu.Unlock()
	switch state {
	case http.StateNew:
		s.conns[c] = nil
	case http.StateClosed: // a hijacked one stays, to be cut, until its handler is done
		delete(s.conns, c)
	}
}

// whenCut has cut called when a connection is cut that HTTP no longer has.
func (s *Server) whenCut(c net.Conn, cut func()) {
	s.connMu.Lock()
	defer s.connMu.Unlock()
	s.conns[c] = cut
}

// untrack forgets a connection that HTTP no longer has.
func (s *Server) untrack(c net.Conn) {
	s.connMu.Lock()
	defer s.connMu.Unlock()
	delete(s.conns, c)
}

type connKey struct{}

func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// Version returns the server's current resourceVersion.
func (s *Server) Version() string {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	return versionText(s.store.version)
}

// Compact makes the server forget every version before now: lists at an older
// version, continue tokens and watches that were handed out before are answered
// with 410 Expired.
func (s *Server) Compact() {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.store.compact()
}

// now is the server's clock.
func (s *Server) now() time.Time { return s.opts.clock() }
