package collection

import (
	"context"
	"io"
	"maps"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
)

// answer is what comes of a request that is made while another answer is read:
// its body, which is read when its turn has come.
type answer struct {
	cancel context.CancelFunc
	done   chan struct{} // closed when body and err are what they will be
	body   io.ReadCloser
	err    error
}

// ask makes a request in the background. The answer must be closed.
func ask(ctx context.Context, conn rest.Conn, r rest.Request) *answer {
	ctx, cancel := context.WithCancel(ctx)
	a := &answer{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(a.done)
		a.body, a.err = conn.Open(ctx, r)
	}()
	return a
}

// opened waits until the answer has begun, and returns it as its body.
func (a *answer) opened() (io.ReadCloser, error) {
	<-a.done
	if a.err != nil {
		a.cancel()
		return nil, a.err
	}
	return a, nil
}

func (a *answer) Read(p []byte) (int, error) { return a.body.Read(p) }

// Close ends the request, wherever it is, and waits until nothing of it is left.
func (a *answer) Close() error {
	a.cancel()
	<-a.done
	if a.body == nil {
		return nil
	}
	return a.body.Close()
}

// lookAhead asks for the next page when the n-th item of this one is at hand,
// counted from 0, and that is the time for it: early, so that the server makes one
// page while the other is read, and not so early that nothing is known of the
// reader's pace.
//
// The body is left unread until its turn comes. Its beginning waits in the buffers
// of the sockets, or in the window of the HTTP/2 stream; the rest waits with the
// server, which gives an answer up that it cannot get rid of (the API server after
// a minute). So who is slow gets no page ahead: to him the time of a request is
// nothing. The transport's own time runs only while a body is being read.
func (l *lister) lookAhead(ctx context.Context, n int, list pages) {
	if n == 0 {
		l.begun = time.Now()
	}
	if l.limit == 0 || n != early(l.limit) || time.Since(l.begun) > quick {
		return
	}
	// Lists of custom resources tell their token behind the items: they have no
	// page ahead.
	if token := continuation(list.Head()); token != "" && token != continuationOf(l.r) {
		l.ahead = ask(ctx, l.c.Conn, l.following(token))
	}
}

// early is which item of a page of that many is a tenth of the way.
func early(limit int) int { return min(max(limit/10, 1), limit-1) }

// quick is how long a tenth of a page may take: the page ahead then waits for some
// ten seconds.
const quick = time.Second

// following is the request of the page that a token leads to.
func (l *lister) following(token string) rest.Request {
	r := l.r
	r.Query = maps.Clone(r.Query)
	r.Query.Set("continue", token)
	return r
}

func continuation(head raw.Object) string { return rest.String(head, "metadata", "continue") }

func continuationOf(r rest.Request) string { return r.Query.Get("continue") }

// open opens the page at hand, which may be under way already.
func (l *lister) open(ctx context.Context) (io.ReadCloser, error) {
	a := l.ahead
	if a == nil {
		return l.c.Conn.Open(ctx, l.r)
	}
	l.ahead = nil
	return a.opened()
}

// close ends the request for the page ahead, if there is one.
func (l *lister) close() {
	if l.ahead != nil {
		l.ahead.Close()
	}
}
