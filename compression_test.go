package kube

import (
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// farAway is a server of many pods that stands for whatever place it is asked for at,
// and counts what it sends there.
type farAway struct {
	*httptest.Server
	asked atomic.Value // for which encoding
	bytes atomic.Int64 // of answers, as they leave
}

func newFarAway(t *testing.T, secure bool) *farAway {
	w := new(farAway)
	w.Server = httptest.NewUnstartedServer(http.HandlerFunc(w.serve))
	if secure {
		w.StartTLS()
	} else {
		w.Start()
	}
	t.Cleanup(w.Close)
	return w
}

const manyPods = 1000

func (w *farAway) serve(to http.ResponseWriter, r *http.Request) {
	encoding := r.Header.Get("Accept-Encoding")
	w.asked.Store(encoding)
	var body io.Writer = &tally{to, &w.bytes}
	if encoding == "gzip" {
		to.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(body)
		defer z.Close()
		body = z
	}
	io.WriteString(body, `{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[`)
	for i := range manyPods {
		if i > 0 {
			io.WriteString(body, ",")
		}
		io.WriteString(body, `{"metadata":{"namespace":"ns","name":"`+strconv.Itoa(i)+`"}}`)
	}
	io.WriteString(body, "]}")
}

type tally struct {
	io.Writer
	n *atomic.Int64
}

func (c *tally) Write(p []byte) (int, error) {
	c.n.Add(int64(len(p)))
	return c.Writer.Write(p)
}

// cluster is one at any place, all of which are the server.
func (w *farAway) cluster(t *testing.T, options ...Option) *Cluster {
	t.Helper()
	c, err := NewCluster(options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.conn.t.pool.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", w.Listener.Addr().String())
	}
	if w.TLS != nil {
		trusting := w.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
		trusting.ServerName = "example.com" // that the test's certificate is of
		c.conn.t.pool.TLSClientConfig = trusting
	}
	return c
}

// Gzip is asked for across a network, and not on this machine, unless the caller
// knows better.
func TestCompression(t *testing.T) {
	for _, test := range []struct {
		url     string
		options []Option
		gzip    bool
	}{
		{url: "http://localhost:8001"},
		{url: "http://LOCALHOST:8001"},
		{url: "http://127.0.0.1:8001"},
		{url: "http://[::1]:8001", options: []Option{WithInsecureRemote()}},
		{url: "unix:///run/kube.sock"},
		{url: "https://localhost:8443"},
		{url: "https://127.0.0.1:8443"},
		{url: "https://cluster.example", gzip: true},
		{url: "https://10.0.0.1", gzip: true},
		{url: "http://cluster.example", options: []Option{WithInsecureRemote()}, gzip: true},
		{url: "http://localhost:8001", options: []Option{WithCompression(true)}, gzip: true},
		{url: "unix:///run/kube.sock", options: []Option{WithCompression(true)}, gzip: true},
		{url: "https://cluster.example", options: []Option{WithCompression(false)}},
		{url: "http://cluster.example", options: []Option{WithInsecureRemote(), WithCompression(true), WithCompression(false)}},
	} {
		t.Run(test.url, func(t *testing.T) {
			w := newFarAway(t, strings.HasPrefix(test.url, "https"))
			c := w.cluster(t, append(test.options, WithURL(test.url))...)
			list, err := c.Pods().List(t.Context())
			if err != nil || list.Len() != manyPods {
				t.Fatalf("%d pods, %v", list.Len(), err)
			}
			want, sent := "", w.bytes.Load()
			if test.gzip {
				want = "gzip"
			}
			if w.asked.Load() != want || (sent < 20_000) != test.gzip {
				t.Errorf("asked for %q, sent %d bytes", w.asked.Load(), sent)
			}
		})
	}
}
