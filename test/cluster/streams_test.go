package cluster_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"syscall"
	"testing"

	"github.com/kubeviews/kube/test/cluster"
)

// A stream is the answer to one watch, as its lines come.
type stream struct {
	code int
	body *bufio.Reader
}

// openWatch waits for the headers, which kubectl proxy passes on at once.
func openWatch(t *testing.T, url string) *stream {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return &stream{response.StatusCode, bufio.NewReader(response.Body)}
}

// next is the next line.
func (s *stream) next(t *testing.T) (m message) {
	t.Helper()
	line, err := s.body.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &m)
	}
	if err != nil {
		t.Fatalf("%v, after %q", err, line)
	}
	return m
}

func (s *stream) rest() (string, error) {
	text, err := io.ReadAll(s.body)
	return string(text), err
}

// TestWireCutsAnswer reads with no HTTP client in between, and compares nothing but the
// number of bytes: two answers differ in a date and an id, of one length.
func TestWireCutsAnswer(t *testing.T) {
	t.Parallel()
	w := newWire(t, shared(t).ProxyURL())
	request := "GET /api/v1/namespaces/default HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
	answer := func() string {
		conn := dial(t, w)
		send(t, conn, request)
		text, err := ended(conn)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	whole := answer()
	for n := 0; n <= len(whole); n += 17 {
		w.CutNext(int64(n), cluster.FIN)
		if got := answer(); len(got) != n {
			t.Errorf("cut at %d: received %d bytes", n, len(got))
		}
	}
	if got := answer(); len(got) != len(whole) {
		t.Errorf("received %d bytes, and before %d", len(got), len(whole))
	}
}

func TestWireCutsWatch(t *testing.T) {
	t.Parallel()
	c := shared(t)
	ns := namespace(t, c)
	w := newWire(t, c.ProxyURL())
	for how, want := range map[cluster.End]error{cluster.FIN: io.ErrUnexpectedEOF, cluster.RST: syscall.ECONNRESET} {
		name := fmt.Sprintf("cut-%d", how)
		watch := openWatch(t, w.URL()+"/api/v1/namespaces/"+ns+"/configmaps?watch=1&fieldSelector=metadata.name="+name)
		w.Freeze()
		kubectl(t, c, "-n", ns, "create", "configmap", name)
		w.Thaw()
		if event := watch.next(t); event.Type != "ADDED" || event.Object.Metadata.Name != name {
			t.Errorf("received %+v", event)
		}
		w.Cut(how)
		if text, err := watch.rest(); text != "" || !errors.Is(err, want) {
			t.Errorf("the end is %q, %v, want %v", text, err, want)
		}
	}
}
