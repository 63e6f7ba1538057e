package kube

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"github.com/kubeviews/kube/internal/rest"
)

// transport is the one place that speaks HTTP. It makes requests, tries again
// what may be, bounds how long and how large answers are, and ends all of it
// when it is closed.
type transport struct {
	base   *url.URL
	shown  string // base without credentials, or the socket's URL
	config *config
	pool   *http.Transport
	whole  *retryablehttp.Client // answers are read to their end in each attempt
	stream *retryablehttp.Client // answers are read by the caller

	done chan struct{} // closed when the transport is

	mu     sync.Mutex
	closed bool
	live   map[*context.CancelCauseFunc]struct{} // requests under way
}

func newTransport(c *config) (*transport, error) {
	base, dial, err := parseURL(c)
	if err != nil {
		return nil, err
	}
	t := &transport{base: base, shown: shownURL(c, base), config: c,
		done: make(chan struct{}), live: make(map[*context.CancelCauseFunc]struct{})}
	t.pool = &http.Transport{
		DialContext:         dial,
		MaxIdleConnsPerHost: 16,
		IdleConnTimeout:     90 * time.Second,
		// To this machine, gzip costs more time than it saves.
		DisableCompression: base.Scheme != "https",
		ForceAttemptHTTP2:  base.Scheme == "https",
	}
	if base.Scheme == "https" {
		t.pool.Proxy = http.ProxyFromEnvironment
	}
	t.whole = t.retrying(wholeAnswers{t.pool, c.header, c.maxObject})
	t.stream = t.retrying(streamedAnswers{t.pool, c.header})
	return t, nil
}

func (t *transport) retrying(over http.RoundTripper) *retryablehttp.Client {
	client := retryablehttp.NewClient()
	client.HTTPClient = &http.Client{Transport: over, CheckRedirect: refuseRedirect}
	client.Logger = nil
	client.RetryMax = t.config.retries
	client.RetryWaitMin, client.RetryWaitMax = 100*time.Millisecond, 5*time.Second
	client.CheckRetry = shouldRetry
	client.Backoff = backoff
	client.ErrorHandler = retryablehttp.PassthroughErrorHandler
	if log := t.config.logger; log != nil {
		client.RequestLogHook = func(_ retryablehttp.Logger, r *http.Request, attempt int) {
			if attempt > 0 {
				log.Debug("kube: trying again", "verb", r.Method, "path", r.URL.Path, "attempt", attempt+1)
			}
		}
	}
	return client
}

// refuseRedirect leaves a redirect as the answer: the API has none, and another
// host must not see the request.
func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// begin ties a request to the life of the transport. The function that it
// returns must be called when the request is over.
func (t *transport) begin(ctx context.Context) (context.Context, context.CancelCauseFunc, error) {
	if t == nil {
		return nil, nil, &rest.ArgumentError{Arg: "proxy", Reason: "the zero APIServerProxy leads nowhere"}
	}
	if ctx == nil {
		return nil, nil, &rest.ArgumentError{Arg: "context", Reason: "it is nil"}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, nil, rest.ErrClosed
	}
	ctx, cancel := context.WithCancelCause(ctx)
	t.live[&cancel] = struct{}{}
	return ctx, func(cause error) {
		cancel(cause)
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.live, &cancel)
	}, nil
}

func (t *transport) close() {
	if t == nil {
		return
	}
	t.mu.Lock()
	if !t.closed {
		t.closed = true
		close(t.done)
	}
	for cancel := range t.live {
		(*cancel)(rest.ErrClosed)
	}
	t.mu.Unlock()
	t.pool.CloseIdleConnections()
}

// Done is closed with the connection: what pauses between two requests must not
// sleep on.
func (c *connection) Done() <-chan struct{} { return c.t.done }

// do makes a request whose answer is small, and returns it whole.
func (t *transport) do(ctx context.Context, r rest.Request) (*http.Response, []byte, error) {
	ctx, end, err := t.begin(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer end(nil)
	resp, err := t.send(ctx, t.whole, r)
	if err != nil {
		return nil, nil, err
	}
	body := resp.Body.(*wholeBody).text
	if err := answerError(r, resp, body); err != nil {
		return nil, nil, err
	}
	return resp, body, nil
}

// open makes a request whose answer the caller reads. Unless the request is
// endless, the answer may stop for no longer than the timeout.
func (t *transport) open(ctx context.Context, r rest.Request) (io.ReadCloser, error) {
	ctx, end, err := t.begin(ctx)
	if err != nil {
		return nil, err
	}
	resp, err := t.send(ctx, t.stream, r)
	if err != nil {
		end(nil)
		return nil, err
	}
	if failed, ok := resp.Body.(*wholeBody); ok {
		end(nil)
		return nil, answerError(r, resp, failed.text)
	}
	return &openBody{resp.Body, end}, nil
}

// openBody is an answer that keeps its request under way until it is closed.
type openBody struct {
	io.ReadCloser
	end context.CancelCauseFunc
}

func (b *openBody) Close() error {
	err := b.ReadCloser.Close()
	b.end(nil)
	return err
}

// send makes a request, with retries. Its error is the transport's fault.
func (t *transport) send(ctx context.Context, client *retryablehttp.Client, r rest.Request) (*http.Response, error) {
	req, err := t.request(context.WithValue(ctx, requestKey{}, r), r)
	if err != nil {
		return nil, &rest.ArgumentError{Arg: "request", Err: err}
	}
	resp, err := client.Do(req)
	if err == nil {
		return resp, nil
	}
	if resp != nil {
		resp.Body.Close() // the context was done while it came
	}
	return nil, transportFault(ctx, r, err)
}

func (t *transport) request(ctx context.Context, r rest.Request) (*retryablehttp.Request, error) {
	u := *t.base
	u.RawQuery = r.Query.Encode()
	setPath(&u, u.EscapedPath()+r.Path)
	var body any
	if r.Body != nil {
		body = r.Body
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, r.Verb, u.String(), body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", t.config.userAgent)
	req.Header.Set("Accept", "application/json")
	if r.Accept != "" {
		req.Header.Set("Accept", r.Accept)
	}
	if r.ContentType != "" {
		req.Header.Set("Content-Type", r.ContentType)
	}
	return req, nil
}
