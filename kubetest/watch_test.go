package kubetest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// stream is an open watch.
type stream struct {
	t      *testing.T
	resp   *http.Response
	lines  *bufio.Scanner
	cancel context.CancelFunc
}

func (c *client) watch(path string, header ...string) *stream {
	c.t.Helper()
	ctx, cancel := context.WithCancel(c.t.Context())
	resp, err := c.hc.Do(c.request("GET", path, "", header...).WithContext(ctx))
	if err != nil {
		cancel()
		c.t.Fatal(err)
	}
	s := &stream{t: c.t.(*testing.T), resp: resp, lines: bufio.NewScanner(resp.Body), cancel: cancel}
	s.lines.Buffer(nil, 1<<20)
	c.t.Cleanup(func() { cancel(); resp.Body.Close() })
	return s
}

// next reads one event as "TYPE name"; it waits for it.
func (s *stream) next() (what string, object Object) {
	s.t.Helper()
	if !s.lines.Scan() {
		s.t.Fatalf("the stream ended: %v", s.lines.Err())
	}
	event, err := decodeObject(s.lines.Bytes())
	if err != nil {
		s.t.Fatalf("%v in %s", err, s.lines.Bytes())
	}
	object = asMap(event["object"])
	return event.Text("type") + " " + object.Name(), object
}

func (s *stream) wants(want ...string) {
	s.t.Helper()
	for _, w := range want {
		if got, obj := s.next(); got != w {
			s.t.Fatalf("got event %q, want %q: %s", got, w, encode(obj))
		}
	}
}

// ends checks that the stream is over, cleanly.
func (s *stream) ends() {
	s.t.Helper()
	if s.lines.Scan() {
		s.t.Fatalf("got %s, want the end", s.lines.Text())
	}
	if err := s.lines.Err(); err != nil {
		s.t.Fatalf("the stream broke: %v", err)
	}
}

func put1(t *testing.T, s *Server, obj any) Object {
	t.Helper()
	out, err := s.Put(obj)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWatchTellsWhatHappensAfterAVersion(t *testing.T) {
	c := start(t, WithObjects(pod("old")))
	w := c.watch(pods + "?watch=1&resourceVersion=" + c.srv.Version())
	put1(t, c.srv, pod("new"))
	put1(t, c.srv, pod("new", "app", "web"))
	if err := c.srv.Remove("pods", "default", "new"); err != nil {
		t.Fatal(err)
	}
	w.wants("ADDED new", "MODIFIED new")
	what, last := w.next()
	if what != "DELETED new" || last.Text("metadata", "labels", "app") != "web" {
		t.Errorf("got %s %v", what, last)
	}
	if last.Version() != c.srv.Version() {
		t.Errorf("a deletion has the version of the deletion: got %s, want %s", last.Version(), c.srv.Version())
	}
}

func TestWatchWithoutVersionBeginsWithWhatIsThere(t *testing.T) {
	c := start(t, WithObjects(pod("a"), pod("b")))
	for _, query := range []string{"?watch=1", "?watch=1&resourceVersion=0"} {
		w := c.watch(pods + query)
		w.wants("ADDED a", "ADDED b")
	}
}

func TestWatchListEndsItsFirstEventsWithAMarkedBookmark(t *testing.T) {
	c := start(t, WithObjects(pod("a")))
	w := c.watch(pods + "?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true")
	w.wants("ADDED a")
	what, mark := w.next()
	if what != "BOOKMARK " || mark.Text("metadata", "annotations", "k8s.io/initial-events-end") != "true" || mark.Kind() != "Pod" {
		t.Errorf("got %s %v", what, mark)
	}
	if mark.Version() != c.srv.Version() {
		t.Errorf("got version %s, want %s", mark.Version(), c.srv.Version())
	}
}

func TestWatchSelectsObjectsThatEnterAndLeave(t *testing.T) {
	c := start(t)
	w := c.watch(pods + "?watch=1&labelSelector=app%3Dweb&resourceVersion=" + c.srv.Version())
	put1(t, c.srv, pod("p"))
	put1(t, c.srv, pod("p", "app", "web"))
	put1(t, c.srv, pod("p", "app", "web", "x", "y"))
	put1(t, c.srv, pod("p", "app", "db"))
	w.wants("ADDED p", "MODIFIED p")
	what, left := w.next()
	if what != "DELETED p" || left.Text("metadata", "labels", "app") != "web" || left.Version() != c.srv.Version() {
		t.Errorf("leaving shows the old labels and the new version: got %s %v", what, left.At("metadata"))
	}
}

func TestWatchFromACompactedVersionIsExpiredInTheStream(t *testing.T) {
	c := start(t, WithObjects(pod("a")))
	old := c.srv.Version()
	put1(t, c.srv, pod("b"))
	c.srv.Compact()
	w := c.watch(pods + "?watch=1&resourceVersion=" + old)
	what, status := w.next()
	if what != "ERROR " || status.Text("reason") != "Expired" || jsonOf(status["code"]) != "410" {
		t.Errorf("got %s %v", what, status)
	}
	w.ends()
}

func TestWatchOfAVersionAheadStaysSilent(t *testing.T) {
	c := start(t)
	w := c.watch(pods + "?watch=1&resourceVersion=999999")
	put1(t, c.srv, pod("a"))
	c.srv.EndWatches()
	w.ends()
}

func TestWatchSendsBookmarksWhenToldTo(t *testing.T) {
	c := start(t)
	w := c.watch(pods + "?watch=1&allowWatchBookmarks=true&resourceVersion=" + c.srv.Version())
	put1(t, c.srv, pod("a"))
	w.wants("ADDED a")
	c.srv.Bookmark()
	what, mark := w.next()
	if what != "BOOKMARK " || mark.Version() != c.srv.Version() {
		t.Errorf("got %s %v", what, mark)
	}
}

func TestWatchEndsCleanlyAtItsTimeout(t *testing.T) {
	c := start(t)
	c.watch(pods + "?watch=1&timeoutSeconds=1&resourceVersion=" + c.srv.Version()).ends()
}

func TestWatchBreaksWhenConnectionsAreCut(t *testing.T) {
	c := start(t, WithObjects(pod("a")))
	w := c.watch(pods + "?watch=1")
	w.wants("ADDED a")
	c.srv.CutConnections()
	if w.lines.Scan() || !errors.Is(w.lines.Err(), io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want an unexpected end", w.lines.Err())
	}
}

func TestWatchEndsWithItsCustomKind(t *testing.T) {
	c := start(t)
	c.do("POST", crdPath, widgetCRD).must(201)
	c.do("POST", widgets, widget("a")).must(201)
	w := c.watch(widgets + "?watch=1&resourceVersion=0")
	w.wants("ADDED a")
	c.do("DELETE", crdPath+"/widgets.example.com", "").must(200)
	w.wants("DELETED a")
	w.ends()
	c.get(widgets).must(404)
}

func TestWatchAsTableNamesItsColumnsOnce(t *testing.T) {
	c := start(t, WithObjects(pod("a"), pod("b")))
	w := c.watch(pods+"?watch=1", "Accept", "application/json;as=Table;g=meta.k8s.io;v=v1")
	_, first := w.next()
	_, second := w.next()
	if len(listAt(first, "columnDefinitions")) == 0 || second["columnDefinitions"] != nil {
		t.Errorf("got %v and %v", first["columnDefinitions"], second["columnDefinitions"])
	}
}

func TestWatchRefusesOptionsThatDoNotGoTogether(t *testing.T) {
	c := start(t)
	for query, message := range map[string]string{
		"sendInitialEvents=true":            "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
		"resourceVersionMatch=NotOlderThan": "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
	} {
		c.get(pods+"?watch=1&"+query).fails(422, "Invalid", `ListOptions.meta.k8s.io "" is invalid: `+message)
	}
	c.get(pods + "?watch=1&resourceVersion=abc").must(500)
	c.get(pods+"?watch=1", "Accept", "application/yaml").must(406)
}

func TestWatchAheadWithFirstEventsIsToldInTheStream(t *testing.T) {
	c := start(t)
	w := c.watch(pods + "?watch=1&resourceVersion=999999&sendInitialEvents=true&resourceVersionMatch=NotOlderThan")
	what, status := w.next()
	if what != "ERROR " || !strings.HasPrefix(status.Text("message"), "Timeout: Too large resource version: 999999") {
		t.Errorf("got %s %v", what, status)
	}
	w.ends()
}

func TestAChangedDefinitionEndsWatchesAndForgetsVersions(t *testing.T) {
	c := start(t)
	c.do("POST", crdPath, widgetCRD).must(201)
	old := c.do("POST", widgets, widget("a")).must(201).doc.Version()
	w := c.watch(widgets + "?watch=1&resourceVersion=0")
	w.wants("ADDED a")
	c.patch("merge", crdPath+"/widgets.example.com", `{"spec":{"names":{"shortNames":["wg"]}}}`).must(200)
	w.ends()
	if what, status := c.watch(widgets + "?watch=1&resourceVersion=" + old).next(); what != "ERROR " || status.Text("reason") != "Expired" {
		t.Errorf("got %s %v", what, status)
	}
	c.patch("merge", crdPath+"/widgets.example.com", `{"metadata":{"labels":{"a":"b"}}}`).must(200)
	if got := c.get(widgets).names(); got != "a" {
		t.Errorf("got %q", got)
	}
}

// TestHistory: a watch behind a version gets at least as many changes as the server
// was told to remember, or 410.
func TestHistory(t *testing.T) {
	srv := NewServer(t, WithHistory(10))
	first, err := srv.Put(Object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "a", "namespace": "default"}})
	if err != nil {
		t.Fatal(err)
	}
	versions := []string{first.Version()}
	for i := range 100 {
		next, err := srv.Put(Object{"apiVersion": "v1", "kind": "ConfigMap", "data": map[string]any{"n": fmt.Sprint(i)},
			"metadata": map[string]any{"name": "a", "namespace": "default"}})
		if err != nil {
			t.Fatal(err)
		}
		versions = append(versions, next.Version())
	}
	told := func(version string) string {
		resp, err := http.Get(srv.URL() + "api/v1/configmaps?watch=1&timeoutSeconds=1&resourceVersion=" + version)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		line, err := bufio.NewReader(resp.Body).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		return line
	}
	if line := told(versions[len(versions)-11]); !strings.Contains(line, `"MODIFIED"`) {
		t.Errorf("ten changes ago: %s", line)
	}
	if line := told(versions[len(versions)-30]); !strings.Contains(line, `410`) {
		t.Errorf("thirty changes ago: %s", line)
	}
	if _, err := Start(WithHistory(0)); err == nil {
		t.Error("a server without a history has started")
	}
}
