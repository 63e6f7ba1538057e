package kubetest

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"
)

// following is a request that follows a log; its answer may come late.
type following struct {
	t    *testing.T
	resp chan *http.Response
	body io.ReadCloser
}

func followLog(t *testing.T, c *client, query string) *following {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	f := &following{t: t, resp: make(chan *http.Response, 1)}
	req := c.request("GET", pods+"/a/log?follow=true"+query, "").WithContext(ctx)
	go func() {
		resp, err := c.hc.Do(req)
		if err != nil {
			t.Error(err)
			close(f.resp)
			return
		}
		f.resp <- resp
	}()
	return f
}

// reads checks the next bytes.
func (f *following) reads(want string) {
	f.t.Helper()
	if f.body == nil {
		resp := <-f.resp
		if resp == nil {
			f.t.FailNow()
		}
		f.body = resp.Body
		f.t.Cleanup(func() { _ = resp.Body.Close() })
	}
	got := make([]byte, len(want))
	if n, err := io.ReadFull(f.body, got); err != nil || string(got) != want {
		f.t.Fatalf("got %q, %v, want %q", got[:n], err, want)
	}
}

func (f *following) ends() {
	f.t.Helper()
	f.reads("")
	if rest, err := io.ReadAll(f.body); err != nil || len(rest) > 0 {
		f.t.Errorf("got %q, %v, want the end", rest, err)
	}
}

// R04: a followed log delivers what is appended, until its end.
func TestAFollowedLogGrows(t *testing.T) {
	c := start(t, WithObjects(bound("a")))
	more := func(text string) { c.srv.AppendLog("default", "a", "main", text) }
	more("one\nhalf")
	f := followLog(t, c, "")
	f.reads("one\nhalf")
	more(" two\n")
	f.reads(" two\n")
	more("\x00\xff\r\nend")
	f.reads("\x00\xff\r\nend")
	c.srv.EndLog("default", "a", "main")
	f.ends()
	// A container that starts again writes into the same log.
	more("\nagain\n")
	f = followLog(t, c, "&tailLines=1")
	f.reads("again\n")
	c.srv.SetLog("default", "a", "main", "rotated\n")
	f.reads("rotated\n")
	f = followLog(t, c, "&limitBytes=9")
	f.reads("rotated\n")
	more("xyz\n")
	f.reads("x")
	f.ends()
}

func TestAFollowedLogEndsWithItsPod(t *testing.T) {
	c := start(t, WithObjects(bound("a")))
	for name, end := range map[string]func(){
		"removed": func() { _ = c.srv.Remove("pods", "default", "a") },
		"ended":   func() { _, _ = c.srv.SetStatus("pods", "default", "a", map[string]any{"phase": "Succeeded"}) },
	} {
		t.Run(name, func(t *testing.T) {
			put1(t, c.srv, bound("a"))
			if _, err := c.srv.SetStatus("pods", "default", "a", map[string]any{"phase": "Running"}); err != nil {
				t.Fatal(err)
			}
			c.srv.SetLog("default", "a", "main", "first\n")
			f := followLog(t, c, "")
			f.reads("first\n")
			c.srv.AppendLog("default", "a", "main", "last\n")
			end()
			f.reads("last\n")
			f.ends()
		})
	}
}

func TestLogsBeginWhereTheyAreAskedTo(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC)
	c := start(t, WithObjects(bound("a")), WithClock(func() time.Time { return now }))
	for _, line := range []string{"one\n", "two\n", "three\n"} {
		c.srv.AppendLog("default", "a", "main", line)
		now = now.Add(time.Minute)
	}
	for query, want := range map[string]string{
		"":                                       "one\ntwo\nthree\n",
		"?tailLines=2":                           "two\nthree\n",
		"?tailLines=0":                           "",
		"?tailLines=9":                           "one\ntwo\nthree\n",
		"?sinceSeconds=60":                       "three\n",
		"?sinceSeconds=100000":                   "one\ntwo\nthree\n",
		"?sinceTime=2026-01-02T03:05:05Z":        "two\nthree\n",
		"?sinceTime=2026-01-02T03:05:05.9Z":      "two\nthree\n", // to the second
		"?sinceTime=2030-01-01T00:00:00Z":        "",
		"?limitBytes=5":                          "one\nt",
		"?tailLines=1&limitBytes=3":              "thr",
		"?tailLines=1&timestamps=true":           "2026-01-02T03:06:05.000000600Z three\n",
		"?tailLines=1&timestamps=1&limitBytes=4": "2026",
	} {
		if a := c.get(pods + "/a/log" + query).must(200); a.text != want || a.header.Get("Content-Type") != "text/plain" {
			t.Errorf("%s: got %q, %v", query, a.text, a.header)
		}
	}
}

func TestLogsAreRefusedAsByTheServer(t *testing.T) {
	waiting := bound("w")
	waiting["status"] = map[string]any{"containerStatuses": []any{map[string]any{
		"name": "main", "state": map[string]any{"waiting": map[string]any{"reason": "ContainerCreating"}}}}}
	c := start(t, WithObjects(bound("a"), waiting))
	wrong := `PodLogOptions "a" is invalid: `
	for query, want := range map[string]string{
		"tailLines=-1":              "tailLines: Invalid value: -1: must be greater than or equal to 0",
		"limitBytes=0":              "limitBytes: Invalid value: 0: must be greater than 0",
		"sinceSeconds=0":            "sinceSeconds: Invalid value: 0: must be greater than 0",
		"tailLines=-1&limitBytes=0": "[tailLines: Invalid value: -1: must be greater than or equal to 0, limitBytes: Invalid value: 0: must be greater than 0]",
		"stream=Stdout":             "stream: Forbidden: may not be specified",
		"sinceSeconds=1&sinceTime=2020-01-01T00:00:00Z": "[]: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified",
	} {
		c.get(pods+"/a/log?"+query).fails(422, "Invalid", wrong+want)
	}
	c.get(pods+"/a/log?tailLines=x").fails(400, "BadRequest", `strconv.ParseInt: parsing "x": invalid syntax`)
	c.get(pods+"/a/log?sinceTime=2020").fails(400, "BadRequest", `parsing time "2020" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "-"`)
	c.get(pods+"/a/log?previous=true").fails(400, "BadRequest", `previous terminated container "main" in pod "a" not found`)
	c.srv.SetPreviousLog("default", "a", "main", "")
	if a := c.get(pods + "/a/log?previous=true").must(200); a.text != "" {
		t.Errorf("got %q", a.text)
	}
	c.srv.SetPreviousLog("default", "a", "main", "before\n")
	if a := c.get(pods + "/a/log?previous=true&follow=true").must(200); a.text != "before\n" {
		t.Errorf("got %q", a.text)
	}
	c.get(pods+"/w/log").fails(400, "BadRequest", `container "main" in pod "w" is waiting to start: ContainerCreating`)
	c.get(pods+"/a/log", "Accept", "text/html").must(406)
	c.get(pods+"/a/log", "Accept", "text/plain").must(200)
}

// A log that is followed and silent ends with its client and with the server.
func TestCloseEndsASilentLog(t *testing.T) {
	before := running()
	c := start(t, WithObjects(bound("a")))
	c.srv.AppendLog("default", "a", "main", "one\n")
	f := followLog(t, c, "")
	f.reads("one\n")
	if err := c.srv.Close(); err != nil {
		t.Error(err)
	}
	if _, err := io.ReadAll(f.body); err == nil {
		t.Error("the log seems to have ended in order")
	}
	settles(t, before)
}
