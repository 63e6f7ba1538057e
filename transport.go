package kube

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"github.com/kubeviews/kube/internal/rest"
)

// transport is the one place that speaks HTTP. It makes requests, tries again
// what may be, bounds how long and how large answers are, and ends all of it
// when it is closed.
type transport struct {
	*place
	*life
	of     *transport // that this one is a variant of, or nil
	config *config
	whole  *retryablehttp.Client // answers are read to their end in each attempt
	stream *retryablehttp.Client // answers are read by the caller
}

// place is what a cluster shares with its variants: where the proxy is, and the
// connections to it.
type place struct {
	base     *url.URL
	shown    string // base without credentials, or the socket's URL
	pool     *http.Transport
	upgrades *http.Transport // speaks HTTP/1.1, which alone can switch protocols
}

func newTransport(c *config) (*transport, error) {
	base, dial, err := parseURL(c)
	if err != nil {
		return nil, err
	}
	if c.because != nil {
		dial = explained(dial, c.because)
	}
	at := &place{base: base, shown: shownURL(c, base)}
	at.pool = newPool(c, base, dial)
	at.upgrades = at.pool
	if base.Scheme == "https" {
		at.upgrades = newPool(c, base, dial)
		at.upgrades.Protocols = new(http.Protocols)
		at.upgrades.Protocols.SetHTTP1(true)
	}
	return transportAt(at, newLife(), c), nil
}

// dialer connects to an address of a network.
type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

func explained(dial dialer, because func(error) error) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, because(err)
		}
		return conn, nil
	}
}

func newPool(c *config, base *url.URL, dial dialer) *http.Transport {
	pool := &http.Transport{
		DialContext:         dial,
		MaxIdleConnsPerHost: 16,
		IdleConnTimeout:     90 * time.Second,
		// Where it is not wanted, nothing is said of it: kubectl proxy then asks
		// for it on its own way to the server, and undoes it.
		DisableCompression: !c.compresses(base),
		ForceAttemptHTTP2:  base.Scheme == "https",
	}
	if base.Scheme == "https" {
		pool.Proxy = http.ProxyFromEnvironment
	}
	return pool
}

// compresses reports whether answers from a place are asked for in gzip.
func (c *config) compresses(at *url.URL) bool {
	if c.gzipSet {
		return c.gzip
	}
	return !isLoopback(at.Hostname())
}

func transportAt(at *place, until *life, c *config) *transport {
	t := &transport{place: at, life: until, config: c}
	t.whole = t.retrying(wholeAnswers{t.attempt, c.header, c.maxObject})
	t.stream = t.retrying(streamedAnswers{t.attempt, c.header})
	return t
}

// variant returns a transport on the same connections with other settings.
func (t *transport) variant(c *config) (*transport, error) {
	l, err := t.life.variant()
	if err != nil {
		return nil, err
	}
	v := transportAt(t.place, l, c)
	v.of = t // which stays reachable, and so attached, as long as a variant of it is
	// A variant for one call need not be closed: nothing of it stays.
	runtime.AddCleanup(v, t.life.forget, l)
	return v, nil
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
	ctx, cancel, err := t.life.begin(ctx)
	if err != nil {
		return nil, nil, err
	}
	return ctx, func(cause error) {
		(*cancel)(cause)
		t.over(cancel) // also keeps t reachable while the request is under way
	}, nil
}

func (t *transport) close() {
	if t == nil {
		return
	}
	t.end()
	if t.of != nil {
		t.of.forget(t.life)
		return
	}
	t.pool.CloseIdleConnections()
	t.upgrades.CloseIdleConnections()
	if t.config.leave != nil {
		t.config.leave()
	}
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
	if err := rest.AnswerError(r, resp, body); err != nil {
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
		return nil, rest.AnswerError(r, resp, failed.text)
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
	req.Header.Set("Accept", "application/json")
	if r.Accept != "" {
		req.Header.Set("Accept", r.Accept)
	}
	if r.ContentType != "" {
		req.Header.Set("Content-Type", r.ContentType)
	}
	t.present(req.Header)
	return req, nil
}

// present says who asks.
func (t *transport) present(h http.Header) {
	if h.Get("User-Agent") == "" {
		h.Set("User-Agent", t.config.userAgent)
	}
	t.config.as.apply(h)
}

// attempt makes a request once.
func (t *transport) attempt(req *http.Request) (*http.Response, error) {
	pool := t.pool
	if req.Header.Get("Upgrade") != "" {
		pool = t.upgrades
	}
	resp, err := pool.RoundTrip(req)
	if err == nil && t.config.warn != nil {
		r, _ := req.Context().Value(requestKey{}).(rest.Request)
		warn(t.config.warn, r, resp.Header.Values("Warning"))
	}
	return resp, err
}
