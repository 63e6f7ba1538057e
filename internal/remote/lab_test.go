package remote

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube/internal/rest"
)

// wire is a connection to a server of the test's own, which manages bodies as the
// library's does.
type wire struct {
	rest.Conn
	server string
	pool   *http.Transport
	done   chan struct{}
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	out.URL.Host, out.Host = w.server, ""
	resp, err := w.pool.RoundTrip(out)
	if err != nil {
		return nil, rest.Unreachable(&rest.APIError{Verb: r.Method, URL: r.URL.Path, Err: err})
	}
	if rw, ok := resp.Body.(io.ReadWriteCloser); ok {
		context.AfterFunc(r.Context(), func() { _ = rw.Close() })
	}
	return resp, nil
}

func (w *wire) Done() <-chan struct{} { return w.done }

// serve returns a target that handler answers for.
func serve(t testing.TB, handler http.HandlerFunc) Target {
	t.Helper()
	srv := httptest.NewServer(handler)
	conn := &wire{server: strings.TrimPrefix(srv.URL, "http://"), pool: &http.Transport{}, done: make(chan struct{})}
	t.Cleanup(func() {
		conn.pool.CloseIdleConnections()
		srv.CloseClientConnections()
		srv.Close()
	})
	return Target{Conn: conn, Subresource: "exec", Namespace: "shop", Pod: "web-0",
		Request: rest.Request{Verb: "GET", Path: "/api/v1/namespaces/shop/pods/web-0/exec",
			Query: url.Values{"command": {"run", "secret"}}}}
}

// raw is a server that switches to a protocol, and then does as the script says
// with the bare connection.
func scripted(t testing.TB, protocol string, script func(net.Conn, io.Reader)) Target {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		c, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
			"Sec-WebSocket-Accept: "+base64.StdEncoding.EncodeToString(sum[:])+"\r\nSec-WebSocket-Protocol: "+protocol+"\r\n\r\n")
		script(c, buffered)
	})
}

// saying is a server that says some bytes and ends, without a reset.
func saying(t testing.TB, protocol string, text []byte) Target {
	return scripted(t, protocol, func(c net.Conn, r io.Reader) {
		_, _ = c.Write(text)
		_ = c.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, r)
	})
}

const (
	opText   = 1
	opBinary = 2
	opClose  = 8
)

// frame is one of a server's.
func frame(op byte, payload ...byte) []byte {
	head := []byte{0x80 | op}
	switch n := len(payload); {
	case n < 126:
		head = append(head, byte(n))
	case n < 1<<16:
		head = binary.BigEndian.AppendUint16(append(head, 126), uint16(n))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 127), uint64(n))
	}
	return append(head, payload...)
}

func message(channel byte, text string) []byte {
	return frame(opBinary, append([]byte{channel}, text...)...)
}

// normal is the close frame of a good end.
var normal = frame(opClose, 0x03, 0xE8)

const success = `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success"}`

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// quiet waits until nothing of the package runs.
func quiet(t testing.TB) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	buffer := make([]byte, 1<<20)
	for {
		stacks := string(buffer[:runtime.Stack(buffer, true)])
		left := ""
		for _, g := range strings.Split(stacks, "\n\n")[1:] { // the first is this one
			if strings.Contains(g, "internal/remote.(*Tunnel)") || strings.Contains(g, "internal/remote.(*execution)") ||
				strings.Contains(g, "internal/remote.(*line)") || strings.Contains(g, "internal/remote.(*socket)") ||
				strings.Contains(g, "internal/remote.(*Conn)") || strings.Contains(g, "internal/remote.(*Forward)") {
				left = g
			}
		}
		if left == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("a goroutine is left:\n%s", left)
		}
		runtime.Gosched()
	}
}
