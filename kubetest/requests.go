package kubetest

import (
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Request is one request as it arrived.
type Request struct {
	Time   time.Time // by the wall clock
	Method string
	Path   string // as it was sent, still escaped
	Query  url.Values
	Header http.Header
	Body   []byte
}

// requestLog remembers the newest requests.
type requestLog struct {
	mu   sync.Mutex
	list []Request
}

func (l *requestLog) add(limit int, req *http.Request, body []byte) {
	if limit <= 0 {
		return
	}
	r := Request{
		Time: time.Now(), Method: req.Method, Path: req.URL.EscapedPath(),
		Query: req.URL.Query(), Header: req.Header.Clone(), Body: body,
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) >= limit {
		l.list = slices.Delete(l.list, 0, len(l.list)-limit+1)
	}
	l.list = append(l.list, r)
}

// Requests returns the requests that have arrived, oldest first. The log is
// bounded, see [WithRequestLimit].
func (s *Server) Requests() []Request {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	return slices.Clone(s.requests.list)
}

// ForgetRequests empties the log of requests.
func (s *Server) ForgetRequests() {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	s.requests.list = nil
}
