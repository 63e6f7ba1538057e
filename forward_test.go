package kube

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// A request that switches protocols uses HTTP/1.1, whatever it switches to, also
// where all others use HTTP/2.
func TestUpgradeUsesHTTP1(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			w.Header().Set("Protocol", r.Proto)
			return
		}
		conn, buf, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Errorf("%s: %v", r.Proto, err)
			return
		}
		defer conn.Close()
		fmt.Fprintf(buf, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\nProtocol: %s\r\n\r\n", r.Header.Get("Upgrade"), r.Proto)
		buf.Flush()
		io.Copy(conn, buf)
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	c, err := NewCluster(WithURL(srv.URL))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, pool := range []*http.Transport{c.conn.t.pool, c.conn.t.upgrades} {
		pool.TLSClientConfig = srv.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
		pool.TLSClientConfig.NextProtos = nil
	}
	for _, to := range []string{"", "SPDY/3.1", "websocket", ""} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", "http://x/api", nil)
		if err != nil {
			t.Fatal(err)
		}
		want := "HTTP/2.0"
		if to != "" {
			req.Header.Set("Connection", "Upgrade")
			req.Header.Set("Upgrade", to)
			want = "HTTP/1.1"
		}
		resp, err := c.conn.RoundTrip(req)
		if err != nil {
			t.Fatalf("%s: %v", to, err)
		}
		if got := resp.Header.Get("Protocol"); got != want {
			t.Errorf("%q goes over %s", to, got)
		}
		if to != "" {
			tunnel := resp.Body.(io.ReadWriteCloser)
			fmt.Fprintln(tunnel, "hello")
			if line, err := bufio.NewReader(tunnel).ReadString('\n'); line != "hello\n" {
				t.Errorf("%s: got %q, %v", to, line, err)
			}
		}
		resp.Body.Close()
	}
}

// closing is a body that tells when it is closed.
type closing struct{ closed bool }

func (*closing) Read([]byte) (int, error) { return 0, io.EOF }
func (c *closing) Close() error           { c.closed = true; return nil }

// A request's body is closed also when the cluster is: http.RoundTripper promises it.
func TestForwardClosesTheBody(t *testing.T) {
	c, err := NewCluster()
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	body := new(closing)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/x", body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.conn.RoundTrip(req); !errors.Is(err, ErrClosed) || !body.closed {
		t.Errorf("got %v, and the body closed: %t", err, body.closed)
	}
}
