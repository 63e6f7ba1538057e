package kubetest

import (
	"context"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/coder/websocket"
)

// remotes are the Go functions that stand for what runs in pods.
type remotes struct {
	mu     sync.Mutex
	exec   func(Exec) int
	attach func(Exec) int
	ports  map[portKey]func(net.Conn)

	services map[serviceKey]http.Handler
	pods     map[portKey]http.Handler
}

// streamedPod finds the pod of a request for a stream, and refuses one that no node
// runs.
func (c *call) streamedPod() (*revision, error) {
	rev := c.podRevision()
	switch {
	case rev == nil:
		return nil, notFound(c.res, c.name)
	case text(rev.doc, "spec", "nodeName") == "":
		return nil, badRequest("pod %s does not have a host assigned", c.name)
	}
	return rev, nil
}

func (c *call) podRevision() *revision {
	s := c.srv.store
	s.mu.RLock()
	defer s.mu.RUnlock()
	return c.res.table.get(objectKey(c.ns, c.name))
}

// mayUpgrade refuses what is no request for an upgrade.
func (c *call) mayUpgrade() error {
	if !c.wantsWebSocket() {
		return badRequest("Upgrade request required")
	}
	return nil
}

// wantsWebSocket tells an upgrade to WebSocket from other requests.
func (c *call) wantsWebSocket() bool {
	return headerHas(c.req.Header, "Connection", "upgrade") && headerHas(c.req.Header, "Upgrade", "websocket")
}

func headerHas(h http.Header, name, word string) bool {
	return slices.ContainsFunc(headerWords(h, name), func(w string) bool { return strings.EqualFold(w, word) })
}

func headerWords(h http.Header, name string) []string {
	var words []string
	for _, value := range h.Values(name) {
		for w := range strings.SplitSeq(value, ",") {
			words = append(words, strings.TrimSpace(w))
		}
	}
	return words
}

// subprotocol picks the first of ours that the client offers.
func (c *call) subprotocol(ours ...string) (string, bool) {
	offered := headerWords(c.req.Header, "Sec-WebSocket-Protocol")
	i := slices.IndexFunc(ours, func(p string) bool { return slices.Contains(offered, p) })
	if i < 0 {
		return "", false
	}
	return ours[i], true
}

// plainText is how a kubelet answers what the API server passes on.
func (c *call) plainText(code int, message string) error {
	h := c.w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	c.w.WriteHeader(code)
	_, _ = io.WriteString(c.w, message)
	return nil
}

// socket is a connection that was upgraded to WebSocket.
type socket struct {
	*websocket.Conn
	srv  *Server
	conn net.Conn // below it
	// ctx ends when the client is gone, the connection is cut or the server stops.
	ctx    context.Context
	cancel context.CancelFunc
}

// upgrade makes the request's connection a WebSocket. The caller closes it. What
// was wrong with the request is answered already when it returns nil.
func (c *call) upgrade(subprotocol string) *socket {
	ws, err := websocket.Accept(c.w, c.req, &websocket.AcceptOptions{
		Subprotocols:       []string{subprotocol},
		InsecureSkipVerify: true, // any Origin, as the real server
	})
	if err != nil {
		return nil
	}
	ws.SetReadLimit(-1)
	s := &socket{Conn: ws, srv: c.srv}
	s.ctx, s.cancel = context.WithCancel(c.req.Context())
	s.conn = c.req.Context().Value(connKey{}).(net.Conn) // withConn put it there
	c.srv.whenCut(s.conn, s.cancel)
	select {
	case <-c.srv.stopped: // it may have cut the connections already
		s.cancel()
	default:
	}
	return s
}

// end closes the connection, with WebSocket's farewell when the client is still
// there.
func (s *socket) end() {
	if s.ctx.Err() == nil {
		_ = s.Close(websocket.StatusNormalClosure, "")
	}
	s.cancel()
	_ = s.CloseNow()
	_ = s.conn.Close()
	s.srv.untrack(s.conn)
}
