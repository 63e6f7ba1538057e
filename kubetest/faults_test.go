package kubetest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

// try sends a GET and gives its body and how it ended.
func (c *client) try(ctx context.Context, path string) (int, string, error) {
	c.t.Helper()
	resp, err := c.hc.Do(c.request("GET", path, "").WithContext(ctx))
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(data), err
}

func TestAFaultAnswersInPlaceOfTheServer(t *testing.T) {
	c := start(t, WithObjects(configMap("a")))
	f := c.srv.Inject(Fault{Path: configMaps, Times: 2, Status: 503, Body: []byte("down"), Header: http.Header{"Retry-After": {"1"}}})
	for range 2 {
		a := c.get(configMaps).must(503)
		if a.text != "down" || a.header.Get("Retry-After") != "1" || !strings.HasPrefix(a.header.Get("Content-Type"), "text/plain") {
			t.Errorf("got %q, %v", a.text, a.header)
		}
	}
	c.get(configMaps).must(200)
	if f.Fired() != 2 {
		t.Errorf("fired %d times, want 2", f.Fired())
	}
}

func TestAFaultCanComeLater(t *testing.T) {
	c := start(t)
	c.srv.Inject(Fault{Path: configMaps, After: 1, Times: 1, Status: 500})
	c.get(configMaps).must(200)
	c.get(configMaps).must(500)
	c.get(configMaps).must(200)
}

func TestFaultsTellVerbsApart(t *testing.T) {
	c := start(t, WithObjects(configMap("a")))
	for verb, want := range map[string][4]int{
		"list":  {500, 200, 200, 200},
		"get":   {200, 500, 200, 200},
		"watch": {200, 200, 500, 200},
		"PATCH": {200, 200, 200, 500},
		"GET":   {500, 500, 500, 200},
		"":      {500, 500, 500, 500},
	} {
		f := c.srv.Inject(Fault{Verb: verb, Path: "/api/v1/namespaces/*/configmaps*", Status: 500})
		g := c.srv.Inject(Fault{Verb: verb, Path: configMaps + "/", Status: 500})
		got := [4]int{
			c.get(configMaps).code, c.get(configMaps + "/a").code, c.get(configMaps + "?watch=1&timeoutSeconds=1").code,
			c.patch("merge", configMaps+"/a", "{}").code,
		}
		if got != want {
			t.Errorf("%q: got %v, want %v", verb, got, want)
		}
		f.Remove()
		g.Remove()
	}
	c.get(configMaps).must(200)
}

func TestABodyIsCutAtEveryByte(t *testing.T) {
	c := start(t, WithObjects(configMap("a")))
	_, whole, err := c.try(t.Context(), configMaps)
	if err != nil {
		t.Fatal(err)
	}
	for _, reset := range []bool{false, true} {
		for at := 1; at < len(whole); at += 13 {
			f := c.srv.Inject(Fault{Path: configMaps, Cut: true, CutAt: at, Reset: reset})
			_, got, err := c.try(t.Context(), configMaps)
			if err == nil || !reset && got != whole[:at] {
				t.Errorf("cut at %d: got %q, %v", at, got, err)
			}
			f.Remove()
		}
	}
}

func TestAConnectionIsCutBeforeAnything(t *testing.T) {
	c := start(t)
	c.srv.Inject(Fault{Path: configMaps, Cut: true})
	if code, _, err := c.try(t.Context(), configMaps); err == nil {
		t.Errorf("got an answer: %d", code)
	}
}

func TestAFrozenRequestIsReleased(t *testing.T) {
	c := start(t)
	f := c.srv.Inject(Fault{Path: configMaps, Freeze: true})
	done := make(chan int, 1)
	go func() {
		code, _, _ := c.try(context.Background(), configMaps)
		done <- code
	}()
	<-f.Held()
	if f.Waiting() != 1 {
		t.Errorf("%d requests wait, want 1", f.Waiting())
	}
	f.Release()
	if code := <-done; code != 200 {
		t.Errorf("got %d", code)
	}
}

func TestAFrozenRequestEndsWithItsClient(t *testing.T) {
	c := start(t)
	f := c.srv.Inject(Fault{Path: configMaps, Freeze: true})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-f.Held()
		cancel()
	}()
	if _, _, err := c.try(ctx, configMaps); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestCloseEndsWhatIsFrozen(t *testing.T) {
	c := start(t)
	f := c.srv.Inject(Fault{Path: configMaps, Freeze: true})
	g := c.srv.Inject(Fault{Path: pods, Status: 200, Body: []byte("{"), Hang: true})
	done := make(chan error, 2)
	for _, path := range []string{configMaps, pods} {
		go func() {
			_, _, err := c.try(context.Background(), path)
			done <- err
		}()
	}
	<-f.Held()
	<-g.Held()
	if err := c.srv.Close(); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := <-done; err == nil {
			t.Error("got an answer from a closed server")
		}
	}
}

func TestADelayPassesBeforeTheAnswer(t *testing.T) {
	c := start(t)
	c.srv.Inject(Fault{Path: configMaps, Delay: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, _, err := c.try(ctx, configMaps); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestAFaultRewritesEvents(t *testing.T) {
	c := start(t, WithObjects(configMap("a"), configMap("b")))
	c.srv.Inject(Fault{Verb: "watch", Edit: func(event []byte) []byte {
		if strings.Contains(string(event), `"name":"a"`) {
			return nil
		}
		return append([]byte(`{"type":"ODD","object":{}}`+"\n"), event...)
	}})
	c.watch(configMaps+"?watch=1").wants("ODD ", "ADDED b")
}

func TestAWatchIsCutInAnEvent(t *testing.T) {
	c := start(t, WithObjects(configMap("a"), configMap("b")))
	w := c.watch(configMaps + "?watch=1")
	_, first := w.next()
	line := len(`{"type":"ADDED","object":`) + len(encode(first)) + len("}\n")
	c.srv.Inject(Fault{Verb: "watch", Cut: true, CutAt: line + 10})
	cut := c.watch(configMaps + "?watch=1")
	cut.wants("ADDED a")
	if cut.lines.Scan() && len(cut.lines.Bytes()) != 10 {
		t.Errorf("got %q after the cut", cut.lines.Text())
	}
}

func TestAFaultRunsWhatItIsTold(t *testing.T) {
	c := start(t, WithObjects(configMap("a"), configMap("b")))
	next := c.get(configMaps+"?limit=1").must(200).doc.Text("metadata", "continue")
	c.srv.Inject(Fault{Verb: "list", Match: func(r *http.Request) bool { return r.URL.Query().Has("continue") }, Times: 1,
		Do: func(*http.Request) { c.srv.Compact() }})
	c.get(configMaps + "?limit=1&continue=" + next).must(410)
}

func TestHeadersOfAWatchComeLate(t *testing.T) {
	c := start(t)
	c.srv.Inject(Fault{Verb: "watch", LateHeaders: true})
	opened := make(chan int, 1)
	go func() {
		resp, err := c.hc.Do(c.request("GET", configMaps+"?watch=1&resourceVersion="+c.srv.Version(), ""))
		if err != nil {
			opened <- 0
			return
		}
		resp.Body.Close()
		opened <- resp.StatusCode
	}()
	for len(c.srv.Requests()) == 0 {
		runtime.Gosched()
	}
	select {
	case code := <-opened:
		t.Fatalf("the headers came before any event: %d", code)
	default:
	}
	put1(t, c.srv, configMap("a"))
	put1(t, c.srv, configMap("b"))
	if code := <-opened; code != 200 {
		t.Errorf("got %d", code)
	}
}

func TestAFaultAnswersWithAStatus(t *testing.T) {
	c := start(t)
	c.srv.Inject(Fault{Status: 403, Body: StatusBody(403, "Forbidden", "no")})
	c.get(configMaps).fails(403, "Forbidden", "no")
}
