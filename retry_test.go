package kube

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubeviews/kube/raw"
)

// verbs are the ways to call the API, each with whether it may be repeated when
// the server may have acted.
var verbs = []struct {
	name       string
	repeatable bool
	call       func(context.Context, *Cluster) error
}{
	{"GET", true, func(ctx context.Context, c *Cluster) error {
		_, err := c.Proxy().Get(ctx, "api/v1", "pods")
		return err
	}},
	{"PUT", true, func(ctx context.Context, c *Cluster) error {
		_, err := c.Proxy().Put(ctx, map[string]int{"n": 1}, "api/v1", "pods")
		return err
	}},
	{"DELETE", true, func(ctx context.Context, c *Cluster) error {
		_, err := c.Proxy().Delete(ctx, map[string]int{"n": 1}, "api/v1", "pods")
		return err
	}},
	{"POST", false, func(ctx context.Context, c *Cluster) error {
		_, err := c.Proxy().Post(ctx, map[string]int{"n": 1}, "api/v1", "pods")
		return err
	}},
	{"PATCH", false, func(ctx context.Context, c *Cluster) error {
		_, err := c.Proxy().Patch(ctx, map[string]int{"n": 1}, "api/v1", "pods")
		return err
	}},
}

// F05, F12: what is repeated, and what never: verb × fault.
func TestRetryMatrixF05F12(t *testing.T) {
	const status500 = `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"boom","reason":"InternalError","code":500}`
	const never, safe, always = 0, 1, 2
	for _, fault := range []struct {
		name    string
		handler http.HandlerFunc
		repeat  int
	}{
		{"cut before headers", cut(""), safe},
		{"cut in the body", cut(`{"kind":"Po`), safe},
		{"429 text", text(429, "overloaded"), always},
		{"429 Status", says(429, overloaded), always},
		{"502", text(502, "bad gateway"), safe},
		{"503", text(503, "unavailable"), safe},
		{"504", says(504, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Timeout","code":504}`), safe},
		{"500 of the proxy", text(500, "dial tcp 10.0.0.1:6443: connect: connection refused"), safe},
		{"500 of the server", says(500, status500), never},
		{"400", text(400, "bad"), never},
		{"403", text(403, "Forbidden"), never},
		{"404", text(404, "404 page not found"), never},
		{"409", says(409, `{"kind":"Status","apiVersion":"v1","status":"Failure","code":409}`), never},
		{"410", says(410, `{"kind":"Status","apiVersion":"v1","status":"Failure","code":410}`), never},
		{"501", text(501, "not implemented"), never},
	} {
		for _, verb := range verbs {
			t.Run(fault.name+"/"+verb.name, func(t *testing.T) {
				repeats := fault.repeat == always || fault.repeat == safe && verb.repeatable
				inLab(t, fault.handler, func(t *testing.T, l *lab) {
					err := verb.call(t.Context(), l.Cluster)
					want := 1
					if repeats {
						want = 3
					}
					if got := len(l.requests()); got != want {
						t.Errorf("%d requests, want %d; %v", got, want, err)
					}
					var api *APIError
					if !errors.As(err, &api) || api.Verb != verb.name || api.URL != "/api/v1/pods" {
						t.Errorf("got %#v", err)
					}
				}, WithRetries(2))
				inLab(t, answering(fault.handler, says(200, podText)), func(t *testing.T, l *lab) {
					if err := verb.call(t.Context(), l.Cluster); (err == nil) != repeats {
						t.Errorf("got %v, repeats: %v", err, repeats)
					}
					if bodies := strings.Join(l.bodies, ""); verb.name != "GET" && repeats && bodies != `{"n":1}{"n":1}` {
						t.Errorf("the bodies were %s", bodies)
					}
				}, WithRetries(2))
			})
		}
	}
}

func TestRetryRefused(t *testing.T) {
	for _, verb := range verbs {
		inLab(t, says(200, podText), func(t *testing.T, l *lab) {
			l.refused = 2
			if err := verb.call(t.Context(), l.Cluster); err != nil || l.dials != 3 {
				t.Errorf("%s: %v after %d dials", verb.name, err, l.dials)
			}
		})
		inLab(t, says(200, podText), func(t *testing.T, l *lab) {
			l.refused = -1
			err := verb.call(t.Context(), l.Cluster)
			var gone *UnreachableError
			if !errors.As(err, &gone) || gone.Code != 0 || l.dials != 3 {
				t.Errorf("%s: %v after %d dials", verb.name, err, l.dials)
			}
			if want := "kube: " + verb.name + " /api/v1/pods: dial tcp: connection refused"; err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		}, WithRetries(2))
	}
}

func TestRetryAfterIsObeyed(t *testing.T) {
	for _, test := range []struct {
		header   func() string
		code     int
		waited   time.Duration // between two attempts
		attempts int
		told     time.Duration
	}{
		{func() string { return "7" }, 429, 7 * time.Second, 3, 7 * time.Second},
		{func() string { return "7" }, 503, 7 * time.Second, 3, 7 * time.Second},
		{func() string { return "30" }, 503, 30 * time.Second, 3, 30 * time.Second},
		{func() string { return "31" }, 503, 0, 1, 31 * time.Second},
		{func() string { return "31" }, 429, 0, 1, 31 * time.Second},
		{func() string { return "99999999999" }, 503, -1, 3, 0},
		{func() string { return "-1" }, 503, -1, 3, 0},
		{func() string { return "soon" }, 503, -1, 3, 0},
		{func() string { return time.Now().UTC().Add(5 * time.Second).Format(http.TimeFormat) }, 503, 5 * time.Second, 3, 5 * time.Second},
		{func() string { return time.Now().UTC().Add(-time.Hour).Format(http.TimeFormat) }, 503, 0, 3, 0},
		{func() string { return time.Now().UTC().Add(time.Hour).Format(http.TimeFormat) }, 503, 0, 1, time.Hour},
	} {
		handler := func(w http.ResponseWriter, r *http.Request) {
			text(test.code, "busy").ServeHTTP(&headed{w, test.header()}, r)
		}
		inLab(t, handler, func(t *testing.T, l *lab) {
			start := time.Now()
			_, err := l.Proxy().Get(t.Context(), "api/v1/pods")
			name, took := fmt.Sprintf("%q", test.header()), time.Since(start)
			if got := len(l.requests()); got != test.attempts {
				t.Errorf("%s: %d attempts, want %d", name, got, test.attempts)
			}
			if want := 2 * test.waited; test.waited > 0 && took != want || test.waited == 0 && took != 0 {
				t.Errorf("%s: took %v", name, took)
			}
			if test.waited < 0 && (took < 150*time.Millisecond || took > 450*time.Millisecond) {
				t.Errorf("%s: took %v, want the usual pauses", name, took)
			}
			var api *APIError
			if errors.As(err, &api); api.RetryAfter != test.told || api.Code != test.code {
				t.Errorf("%s: got %v, %d", name, api.RetryAfter, api.Code)
			}
		}, WithRetries(2))
	}
}

// headed sets Retry-After.
type headed struct {
	http.ResponseWriter
	value string
}

func (h *headed) WriteHeader(code int) {
	h.Header().Set("Retry-After", h.value)
	h.ResponseWriter.WriteHeader(code)
}

// F12: Retry-After counts for a list too, even when it is as long as a list may
// keep silent.
func TestRetryAfterOfAList(t *testing.T) {
	inLab(t, answering(text(429, "busy"), says(200, podsText)), func(t *testing.T, l *lab) {
		start := time.Now()
		s, err := l.Pods().List(t.Context())
		if err != nil || s.Len() != 1 || time.Since(start) > 2*time.Second {
			t.Errorf("got %v, %v after %v", s.Len(), err, time.Since(start))
		}
	}, WithRetries(2))
	slow := says(503, "", "Retry-After: 25")
	inLab(t, answering(slow, slow, says(200, podsText)), func(t *testing.T, l *lab) {
		start := time.Now()
		s, err := l.Pods().List(t.Context())
		if err != nil || s.Len() != 1 || time.Since(start) != 50*time.Second {
			t.Errorf("got %v, %v after %v", s.Len(), err, time.Since(start))
		}
	}, WithTimeout(10*time.Second))
}

func TestBackoff(t *testing.T) {
	for attempt := range 40 {
		want := min(100*time.Millisecond<<min(attempt, 10), 5*time.Second)
		for range 20 {
			got := backoff(100*time.Millisecond, 5*time.Second, attempt, nil)
			if got < want/2 || got >= want/2+want {
				t.Fatalf("attempt %d: %v, want around %v", attempt, got, want)
			}
		}
	}
}

// waits are what a request may be doing when its context is done.
var waits = []struct {
	name    string
	handler http.HandlerFunc
	refused int
}{
	{"no headers", silent(""), 0},
	{"stalled body", silent(`{"kind":"Po`), 0},
	{"pause after an answer", says(503, "", "Retry-After: 20"), 0},
	{"pause after a fault", cut(""), 0},
	{"pause after a refusal", nil, -1},
	{"stalled error", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(503)
		silent("x")(w, r)
	}, 0},
}

// calls are the ways to wait for an answer.
var calls = map[string]func(context.Context, *Cluster) error{
	"Get":   func(ctx context.Context, c *Cluster) error { _, err := c.Proxy().Get(ctx, "api/v1/pods"); return err },
	"Text":  func(ctx context.Context, c *Cluster) error { _, err := c.Proxy().Text(ctx, "healthz"); return err },
	"Fetch": func(ctx context.Context, c *Cluster) error { _, err := c.Pods().In("ns").Fetch(ctx, "a"); return err },
	"List":  func(ctx context.Context, c *Cluster) error { _, err := c.Pods().List(ctx); return err },
	"negotiation": func(ctx context.Context, c *Cluster) error {
		_, err := c.Deployments().In("ns").Fetch(ctx, "a")
		return err
	},
	"Delete": func(ctx context.Context, c *Cluster) error { return aPod(c).Delete(ctx) },
	"Label": func(ctx context.Context, c *Cluster) error {
		_, err := aPod(c).Labels().Set(ctx, "a", "b")
		return err
	},
}

func TestContextWinsAtOnce(t *testing.T) {
	why := errors.New("the user has left")
	for _, wait := range waits {
		for name, call := range calls {
			t.Run(wait.name+"/"+name, func(t *testing.T) {
				inLab(t, wait.handler, func(t *testing.T, l *lab) {
					l.refused = wait.refused
					ctx, cancel := context.WithTimeout(t.Context(), 70*time.Millisecond)
					defer cancel()
					ends(t, ctx, l, call, context.DeadlineExceeded)
				})
				inLab(t, wait.handler, func(t *testing.T, l *lab) {
					l.refused = wait.refused
					ctx, cancel := context.WithCancelCause(t.Context())
					time.AfterFunc(70*time.Millisecond, func() { cancel(why) })
					err := ends(t, ctx, l, call, context.Canceled)
					if errors.Is(err, context.Canceled) && !errors.Is(err, why) {
						t.Errorf("the cause is lost: %v", err)
					}
				})
			})
		}
	}
}

// ends checks that a call ends when its context does, 70 ms after the start,
// unless it has failed before.
func ends(t *testing.T, ctx context.Context, l *lab, call func(context.Context, *Cluster) error, want error) error {
	t.Helper()
	start := time.Now()
	err := call(ctx, l.Cluster)
	if took := time.Since(start); took > 70*time.Millisecond {
		t.Errorf("took %v", took)
	}
	var api *APIError
	if !errors.As(err, &api) {
		t.Errorf("got %v", err)
	}
	if ctx.Err() != nil && !errors.Is(err, want) {
		t.Errorf("got %v, which is not %v", err, want)
	}
	return err
}

func TestContextDoneBefore(t *testing.T) {
	inLab(t, says(200, podText), func(t *testing.T, l *lab) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for name, call := range calls {
			if err := call(ctx, l.Cluster); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", name, err)
			}
			if err := call(nil, l.Cluster); !errors.As(err, new(*ArgumentError)) {
				t.Errorf("%s without a context: %v", name, err)
			}
		}
		if got := l.requests(); got != nil {
			t.Errorf("the server has seen %v", got)
		}
	})
}

// F03: a frozen proxy is given up, within a bound that the options state.
func TestTimeoutOfEachAttemptF03(t *testing.T) {
	for _, test := range []struct {
		call     string
		handler  http.HandlerFunc
		attempts int
	}{
		{"Get", silent(""), 3},
		{"Get", silent(`{"kind`), 3},
		{"List", silent(""), 3},
		{"List", silent(`{"kind":"PodList",`), 4}, // begins anew
		{"Label", silent(""), 1},
	} {
		inLab(t, test.handler, func(t *testing.T, l *lab) {
			start := time.Now()
			err := calls[test.call](t.Context(), l.Cluster)
			least := time.Duration(test.attempts) * 30 * time.Second
			if took := time.Since(start); took < least || took > least+time.Second {
				t.Errorf("%s: took %v, want %v and the pauses", test.call, took, least)
			}
			if got := len(l.requests()); got != test.attempts {
				t.Errorf("%s: %d attempts, want %d", test.call, got, test.attempts)
			}
			var gone *UnreachableError
			if !errors.As(err, &gone) || !strings.Contains(err.Error(), ": no answer in time") {
				t.Errorf("%s: %v", test.call, err)
			}
		}, WithRetries(2))
	}
}

// F13: a program that takes long for each item does not lose the list.
func TestSlowReaderOfAList(t *testing.T) {
	item := `{"metadata":{"name":"a","namespace":"ns","annotations":{"x":"` + strings.Repeat("y", 200<<10) + `"}}}`
	list := `{"apiVersion":"v1","kind":"PodList","metadata":{"resourceVersion":"7"},"items":[` +
		strings.Repeat(item+",", 19) + item + `]}`
	inLab(t, says(200, list), func(t *testing.T, l *lab) {
		n := 0
		for _, err := range l.Pods().All(t.Context()) {
			if err != nil {
				t.Fatalf("after %d items: %v", n, err)
			}
			time.Sleep(10 * time.Minute) // virtual
			n++
		}
		if n != 20 {
			t.Errorf("%d items", n)
		}
	})
}

func TestEndlessAnswers(t *testing.T) {
	endless := func(code int, kind, start, more string) (http.HandlerFunc, *int) {
		sent := new(int)
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(code)
			fmt.Fprint(w, start)
			for r.Context().Err() == nil {
				n, err := fmt.Fprint(w, strings.Repeat(more, 1000))
				if *sent += n; err != nil {
					return
				}
			}
		}, sent
	}
	for _, test := range []struct {
		call, start, more string
		code, most        int
		size              bool
	}{
		{"Get", `{"a":"`, "x", 200, 2 << 20, true},
		{"Text", ``, "x", 200, 2 << 20, true},
		{"List", `{"kind":"PodList","a":"`, "x", 200, 4 << 20, true},
		{"List", `{"kind":"PodList","items":[{"a":"`, "x", 200, 4 << 20, true},
		{"Get", ``, "x", 404, 3 << 20, false},
		{"List", ``, "x", 404, 3 << 20, false},
	} {
		handler, sent := endless(test.code, "application/json", test.start, test.more)
		inLab(t, handler, func(t *testing.T, l *lab) {
			err := calls[test.call](t.Context(), l.Cluster)
			synctest.Wait()
			var api *APIError
			var size *raw.SizeError
			if !errors.As(err, &api) || api.Code != test.code || errors.As(err, &size) != test.size {
				t.Errorf("%s: %v", test.call, err)
			}
			if test.size && size.Limit != 1<<20 {
				t.Errorf("%s: the limit was %d", test.call, size.Limit)
			}
			if *sent > test.most || len(l.requests()) != 1 {
				t.Errorf("%s: read %d bytes in %d requests", test.call, *sent, len(l.requests()))
			}
		}, WithMaxObject(1<<20))
	}
}

// A server that changes to another protocol, which nobody asked for, holds
// nothing up: net/http leaves such a body to its reader.
func TestSwitchedProtocol(t *testing.T) {
	switching := func(w http.ResponseWriter, r *http.Request) {
		conn, buf, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		buf.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		buf.Flush()
		buf.ReadByte()
	}
	for _, name := range []string{"Get", "List"} {
		inLab(t, switching, func(t *testing.T, l *lab) {
			err := calls[name](t.Context(), l.Cluster)
			var api *APIError
			if !errors.As(err, &api) || api.Code != 101 {
				t.Errorf("got %v", err)
			}
		})
	}
}
