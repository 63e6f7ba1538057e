package watch_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
	"github.com/kubeviews/kube/watch"
)

const (
	added    = `{"type":"ADDED","object":{"kind":"Pod","metadata":{"name":"a"}}}` + "\n"
	bookmark = `{"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"9"}}}` + "\n"
	expired  = `{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure","message":"too old","reason":"Expired","code":410}}` + "\n"
)

var request = rest.Request{Verb: "GET", Path: "/api/v1/pods"}

// over is a stream of a body that is sent in the given pieces and then ends
// with err; when that is nil, it stays open.
func over(ctx context.Context, err error, pieces ...string) *watch.Stream {
	return watch.NewStream(ctx, request, 1000, func(ctx context.Context) (io.ReadCloser, error) {
		r, w := io.Pipe()
		go func() {
			for _, piece := range pieces {
				io.WriteString(w, piece)
			}
			if err != nil {
				w.CloseWithError(err)
				return
			}
			<-ctx.Done()
			w.CloseWithError(ctx.Err())
		}()
		return r, nil
	})
}

// types reads a stream to its end.
func types(ctx context.Context, s *watch.Stream) (got string, last error) {
	for {
		n, err := s.Next(ctx)
		if err != nil {
			return strings.TrimSpace(got), err
		}
		got += n.Type + " "
	}
}

func TestEndsOfAStreamK34(t *testing.T) {
	broken := errors.New("connection reset")
	for name, test := range map[string]struct {
		pieces []string
		end    error
		want   string
		text   string // of the last error; "" for io.EOF
		gone   bool
	}{
		"clean":             {[]string{added, bookmark}, io.EOF, "ADDED BOOKMARK", "", false},
		"empty":             {nil, io.EOF, "", "", false},
		"in small pieces":   {strings.Split(added+bookmark, ""), io.EOF, "ADDED BOOKMARK", "", false},
		"blank lines":       {[]string{"\n \n" + added + "\r\n", "\n"}, io.EOF, "ADDED", "", false},
		"broken between":    {[]string{added}, broken, "ADDED", "200 OK: connection reset", true},
		"cut in a line":     {[]string{added, added[:30]}, io.ErrUnexpectedEOF, "ADDED", "200 OK: unexpected EOF", true},
		"cut before its \n": {[]string{added, added[:len(added)-1]}, io.ErrUnexpectedEOF, "ADDED", "200 OK: unexpected EOF", true},
		"ended in a line":   {[]string{added, added[:30]}, io.EOF, "ADDED", "200 OK: unexpected EOF", true},
		"error":             {[]string{added, expired, added}, io.EOF, "ADDED", "410 Expired: too old", false},
		"broken JSON":       {[]string{added, "{\n", added}, io.EOF, "ADDED", "200 OK: bad JSON at offset 1: unexpected end of the text", false},
		"HTML":              {[]string{"<html>\n"}, io.EOF, "", "200 OK: bad JSON at offset 0: expected an object", false},
		"no type":           {[]string{`{"object":{}}` + "\n"}, io.EOF, "", "200 OK: bad JSON at offset 0: expected an event, with a type and an object", false},
		"no object":         {[]string{`{"type":"ADDED"}` + "\n"}, io.EOF, "", "200 OK: bad JSON at offset 0: expected an event, with a type and an object", false},
		"a list":            {[]string{`{"kind":"PodList","items":[]}` + "\n"}, io.EOF, "", "200 OK: bad JSON at offset 0: expected an event, with a type and an object", false},
		"unknown type":      {[]string{`{"type":"TOUCHED","object":{}}` + "\n"}, io.EOF, "TOUCHED", "", false},
		"oversized":         {[]string{added, `{"type":"ADDED","object":{"a":"` + strings.Repeat("x", 1000) + `"}}` + "\n"}, io.EOF, "ADDED", "200 OK: larger than the limit of 1000 bytes", false},
		"endless":           {[]string{added, strings.Repeat("x", 300<<10)}, io.EOF, "ADDED", "200 OK: larger than the limit of 1000 bytes", false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := over(t.Context(), test.end, test.pieces...)
				got, err := types(t.Context(), s)
				if got != test.want {
					t.Errorf("got %s, want %s", got, test.want)
				}
				if again, same := types(t.Context(), s); again != "" || same != err {
					t.Errorf("then %q, %v", again, same)
				}
				for range 2 {
					if err := s.Close(); err != nil {
						t.Error(err)
					}
				}
				if _, same := s.Next(t.Context()); same != err {
					t.Errorf("after Close %v", same)
				}
				if test.text == "" {
					if err != io.EOF {
						t.Errorf("got %v, want EOF", err)
					}
					return
				}
				if err.Error() != "kube: GET /api/v1/pods: "+test.text || errors.As(err, new(*rest.UnreachableError)) != test.gone || !errors.As(err, new(*rest.APIError)) {
					t.Errorf("got %T %v", err, err)
				}
			})
		})
	}
}

// F02: wherever a stream is cut, each event that came whole is delivered once,
// and nothing else.
func TestCutAtEveryByteF02(t *testing.T) {
	whole := added + bookmark + added
	for at := range len(whole) {
		synctest.Test(t, func(t *testing.T) {
			s := over(t.Context(), io.ErrUnexpectedEOF, whole[:at])
			got, err := types(t.Context(), s)
			if n := len(strings.Fields(got)); n != strings.Count(whole[:at], "\n") {
				t.Errorf("%d events of %q", n, whole[:at])
			}
			if !errors.As(err, new(*rest.UnreachableError)) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// K33: Next blocks, a deadline leaves the stream as it is, and one that has
// passed polls.
func TestNextK33(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		s := watch.NewStream(t.Context(), request, 1000, func(context.Context) (io.ReadCloser, error) { return r, nil })
		defer s.Close()
		past, cancel := context.WithCancel(t.Context())
		cancel()
		var late *rest.WaitError
		if _, err := s.Next(past); !errors.As(err, &late) || !errors.Is(err, context.Canceled) || late.Timeout() {
			t.Errorf("got %v", err)
		}
		soon, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := s.Next(soon)
		if !errors.As(err, &late) || !errors.Is(err, context.DeadlineExceeded) || !late.Timeout() || time.Since(start) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
		if want := "kube: nothing happened: context deadline exceeded"; err.Error() != want {
			t.Errorf("got %v", err)
		}
		go io.WriteString(w, added+bookmark)
		synctest.Wait()
		if n, err := s.Next(past); err != nil || n.Type != "ADDED" || n.Object.Get("metadata", "name").String() != `"a"` {
			t.Errorf("got %v, %v", n, err)
		}
		synctest.Wait()
		if n, err := s.Next(past); err != nil || n.Type != "BOOKMARK" {
			t.Errorf("got %v, %v", n, err)
		}
		time.AfterFunc(time.Minute, func() { w.Close() })
		if _, err := s.Next(t.Context()); err != io.EOF || time.Since(start) != time.Second+time.Minute {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
		//lint:ignore SA1012 the point of the test
		if _, err := s.Next(nil); !errors.As(err, new(*rest.ArgumentError)) { //nolint:staticcheck
			t.Errorf("got %v", err)
		}
	})
}

// K32: Close ends a stream at once, from any goroutine, whatever it is doing.
func TestCloseAtOnceK32(t *testing.T) {
	for name, start := range map[string]func(context.Context) *watch.Stream{
		"waiting":     func(ctx context.Context) *watch.Stream { return over(ctx, nil) },
		"mid-line":    func(ctx context.Context) *watch.Stream { return over(ctx, nil, added[:20]) },
		"undelivered": func(ctx context.Context) *watch.Stream { return over(ctx, nil, added, added, added) },
		"opening": func(ctx context.Context) *watch.Stream {
			return watch.NewStream(ctx, request, 1000, func(ctx context.Context) (io.ReadCloser, error) {
				<-ctx.Done() // the proxy holds the headers back
				return nil, ctx.Err()
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := start(t.Context())
				began := time.Now()
				time.AfterFunc(time.Second, func() { s.Close() })
				_, err := types(t.Context(), s)
				if err != rest.ErrClosed || time.Since(began) != time.Second {
					t.Errorf("got %v after %v", err, time.Since(began))
				}
			})
			synctest.Test(t, func(t *testing.T) {
				s := start(t.Context())
				synctest.Wait()
				s.Close()
				if _, err := s.Next(t.Context()); err != rest.ErrClosed {
					t.Errorf("got %v", err)
				}
			})
			synctest.Test(t, func(t *testing.T) { // its context ends it, too
				ctx, cancel := context.WithCancel(t.Context())
				s := start(ctx)
				synctest.Wait()
				cancel()
				synctest.Wait()
				if _, err := types(t.Context(), s); !errors.Is(err, context.Canceled) || errors.Is(err, rest.ErrClosed) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// What the server says to the request itself is told by Next, as it is.
func TestRefusedWatch(t *testing.T) {
	no := &rest.ForbiddenError{APIError: &rest.APIError{Verb: "GET", URL: "/api/v1/pods", Code: http.StatusForbidden}}
	s := watch.NewStream(t.Context(), request, 1000, func(context.Context) (io.ReadCloser, error) { return nil, no })
	for range 2 {
		if _, err := s.Next(t.Context()); err != no {
			t.Errorf("got %v", err)
		}
	}
	s.Close()
}

// Events of Secrets do not print.
func TestSensitiveNotice(t *testing.T) {
	r := request
	r.Sensitive = true
	body := `{"type":"ADDED","object":{"data":{"p":"aHVudGVyMg"}}}` + "\n" +
		`{"type":"ERROR","object":{"kind":"Status","code":500,"message":"aHVudGVyMg"}}` + "\n"
	s := watch.NewStream(t.Context(), r, 1000, func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(body)), nil
	})
	defer s.Close()
	n, err := s.Next(t.Context())
	if err != nil || strings.Contains(n.Object.String(), "aHVudGVyMg") {
		t.Errorf("got %v, %v", n, err)
	}
	_, err = s.Next(t.Context())
	var api *rest.APIError
	if !errors.As(err, &api) || strings.Contains(err.Error()+api.Status.String(), "aHVudGVyMg") {
		t.Errorf("got %v", err)
	}
	var size *raw.SizeError
	if errors.As(err, &size) {
		t.Errorf("got %v", err)
	}
}
