package kube

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// dialed is a cluster whose server counts the connections to it.
func dialed(t *testing.T, handler http.HandlerFunc, options ...Option) (*Cluster, *atomic.Int32) {
	t.Helper()
	var conns atomic.Int32
	srv := httptest.NewUnstartedServer(handler)
	srv.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns.Add(1)
		}
	}
	srv.Start()
	t.Cleanup(srv.Close)
	c, err := NewCluster(append([]Option{WithURL(srv.URL), WithRetries(0)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, &conns
}

// Requests that follow one another go over one connection, also after answers that
// are errors, of up to a mebibyte, and after lists of nonsense that came whole.
func TestOneConnection(t *testing.T) {
	refusal := `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403,"message":"%s"}`
	for name, handler := range map[string]http.HandlerFunc{
		"object":          says(200, podText),
		"list":            says(200, podsText),
		"not found":       text(404, "404 page not found"),
		"forbidden":       says(403, fmt.Sprintf(refusal, "no")),
		"long error":      says(403, fmt.Sprintf(refusal, strings.Repeat("x", maxFailure/2))),
		"proxy's error":   text(502, "bad gateway"),
		"too many":        says(429, overloaded, "Retry-After: 600"),
		"no content":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) },
		"not JSON":        says(200, "{"),
		"redirect":        says(302, "", "Location: /elsewhere"),
		"in pieces":       inPieces(podsText),
		"error in pieces": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500); inPieces("oh")(w, r) },
	} {
		t.Run(name, func(t *testing.T) {
			c, conns := dialed(t, handler)
			for range 5 {
				for _, call := range []string{"Get", "Fetch", "List"} {
					_ = calls[call](t.Context(), c) // whatever comes of it
				}
			}
			if n := conns.Load(); n != 1 {
				t.Errorf("%d connections", n)
			}
		})
	}
}

func inPieces(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, r := range text {
			io.WriteString(w, string(r))
			http.NewResponseController(w).Flush()
		}
	}
}

// An error that does not end is not read to its end.
func TestEndlessErrorIsLeft(t *testing.T) {
	c, _ := dialed(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(403)
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, strings.Repeat("x", 1<<16)); err != nil {
				return
			}
		}
	})
	for _, call := range []string{"Get", "List"} {
		if err := calls[call](t.Context(), c); err == nil || !strings.Contains(err.Error(), "403") {
			t.Errorf("%s: %v", call, err)
		}
	}
}

// The pages of a list take two connections, as two of them are under way at once,
// and no more, however many pages and lists there are.
func TestPagesReuseConnections(t *testing.T) {
	page := func(w http.ResponseWriter, r *http.Request) {
		next := map[string]string{"": "1", "1": "2", "2": "3"}[r.URL.Query().Get("continue")]
		item := `{"metadata":{"namespace":"ns","name":"a` + next + `"}}`
		io.WriteString(w, `{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"`+next+`"},"items":[`+item+"]}")
	}
	c, conns := dialed(t, page)
	for range 10 {
		list, err := c.Pods().PageSize(1).List(t.Context())
		if err != nil || list.Len() != 4 {
			t.Fatalf("%d pods, %v", list.Len(), err)
		}
	}
	if n := conns.Load(); n > 2 {
		t.Errorf("%d connections", n)
	}
}
