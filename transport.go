package kube

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/raw"
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

	mu     sync.Mutex
	closed bool
	live   map[*context.CancelCauseFunc]struct{} // requests under way
}

func newTransport(c *config) (*transport, error) {
	base, dial, err := parseURL(c)
	if err != nil {
		return nil, err
	}
	t := &transport{base: base, shown: shownURL(c, base), config: c, live: make(map[*context.CancelCauseFunc]struct{})}
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

// parseURL reads where the proxy is, and how it is dialed.
func parseURL(c *config) (*url.URL, func(context.Context, string, string) (net.Conn, error), error) {
	u, err := url.Parse(c.url)
	bad := func(reason string) error {
		e := &rest.ArgumentError{Arg: "URL", Reason: reason}
		if u != nil {
			e.Value = withoutUser(u)
		}
		return e
	}
	if err != nil {
		return nil, nil, bad("it cannot be parsed")
	}
	switch {
	case u.RawQuery != "" || u.Fragment != "":
		return nil, nil, bad("a query or fragment makes no sense here")
	case u.Scheme == "unix" && u.Host == "" && strings.HasPrefix(u.Path, "/"):
		return &url.URL{Scheme: "http", Host: "localhost"}, dialSocket(u.Path), nil
	case u.Scheme == "unix":
		return nil, nil, bad("a socket has an absolute path: unix:///run/kube.sock")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, nil, bad("the scheme must be http, https or unix")
	case u.Hostname() == "":
		return nil, nil, bad("the host is missing")
	case u.Scheme == "http" && !c.remote && !isLoopback(u.Hostname()):
		return nil, nil, bad("plain HTTP goes to this machine only; see WithInsecureRemote")
	}
	setPath(u, strings.TrimSuffix(strings.TrimRight(u.EscapedPath(), "/"), "/api"))
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	if u.Scheme == "http" && !c.remote {
		dialer.ControlContext = onlyLoopback
	}
	return u, dialer.DialContext, nil
}

// setPath gives u a path that is encoded already.
func setPath(u *url.URL, encoded string) {
	u.Path, _ = url.PathUnescape(encoded) // it was parsed before
	u.RawPath = encoded
}

// withoutUser shows a URL without what only its user should know.
func withoutUser(u *url.URL) string {
	shown := *u
	shown.User, shown.RawQuery, shown.ForceQuery, shown.Fragment, shown.RawFragment = nil, "", false, "", ""
	return shown.String()
}

// shownURL is where the proxy is, for people.
func shownURL(c *config, base *url.URL) string {
	if strings.HasPrefix(c.url, "unix:") {
		return c.url
	}
	return withoutUser(base)
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// onlyLoopback refuses to dial another machine, whatever the name localhost has
// been made to mean.
func onlyLoopback(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !at.Addr().Unmap().IsLoopback() {
		return &rest.ArgumentError{Arg: "URL", Reason: "the host is not this machine; plain HTTP goes to this machine only"}
	}
	return nil
}

func dialSocket(path string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
}

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
	t.closed = true
	for cancel := range t.live {
		(*cancel)(rest.ErrClosed)
	}
	t.mu.Unlock()
	t.pool.CloseIdleConnections()
}

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

// open makes a request whose answer the caller reads. While it is read, it may
// stop for as long as idle, if that is not 0.
func (t *transport) open(ctx context.Context, r rest.Request, idle time.Duration) (io.ReadCloser, error) {
	ctx, end, err := t.begin(ctx)
	if err != nil {
		return nil, err
	}
	resp, err := t.send(context.WithValue(ctx, idleKey{}, idle), t.stream, r)
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
	req, err := t.request(context.WithValue(ctx, verbKey{}, r.Verb), r)
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

func transportFault(ctx context.Context, r rest.Request, err error) error {
	err = orCause(ctx, err)
	if errors.Is(err, rest.ErrClosed) {
		return rest.ErrClosed
	}
	if bad := (*rest.ArgumentError)(nil); errors.As(err, &bad) {
		return bad // from onlyLoopback
	}
	// The url.Error that net/http makes repeats the URL, with its host.
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	e := &rest.APIError{Verb: r.Verb, URL: r.URL(), Err: err}
	if size := (*raw.SizeError)(nil); errors.As(err, &size) {
		e.Code = http.StatusOK
		return e
	}
	if r.Sensitive {
		e.Err = rest.Unquoted(err)
	}
	return rest.Unreachable(e)
}

// answerError is the error that an answer tells of, or nil.
func answerError(r rest.Request, resp *http.Response, body []byte) error {
	if resp.StatusCode/100 == 2 {
		return nil
	}
	if status, err := raw.Parse(body); err == nil && rest.IsStatus(status) {
		return withRetryAfter(rest.FromStatus(r, resp.StatusCode, status), resp)
	}
	e := &rest.APIError{Verb: r.Verb, URL: r.URL(), Code: resp.StatusCode, Message: textOf(resp, body)}
	if r.Sensitive {
		e.Message = ""
	}
	if resp.StatusCode/100 == 3 {
		e.Message = "the answer is a redirect, which is not followed"
		if to, err := url.Parse(resp.Header.Get("Location")); err == nil && to.Host != "" {
			e.Message += ": it leads to " + to.Host
		}
	}
	return withRetryAfter(rest.Classify(e), resp)
}

func withRetryAfter(err error, resp *http.Response) error {
	var e *rest.APIError
	if d, ok := retryAfter(resp); ok && errors.As(err, &e) && e.RetryAfter < d {
		e.RetryAfter = d
	}
	return err
}

// textOf is what an error shows of an answer that is not a Status: text as it
// is, of anything else only what it claims to be.
func textOf(resp *http.Response, body []byte) string {
	kind := resp.Header.Get("Content-Type")
	if len(body) == 0 {
		return ""
	}
	if strings.HasPrefix(kind, "text/plain") {
		return strings.ToValidUTF8(strings.TrimSpace(string(body)), "\uFFFD")
	}
	return fmt.Sprintf("%d bytes of %q", len(body), kind)
}

type verbKey struct{}

// maxRetryAfter is the longest wait that a server is granted before a request
// is tried again. A longer one is the caller's to decide: the error tells it.
const maxRetryAfter = 30 * time.Second

// shouldRetry decides by what is safe. What reads may be repeated, and what
// replaces or deletes, whose repetition changes no more. Everything else is
// repeated only where the server surely has not acted: the connection was
// refused, or it said 429.
func shouldRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, rest.Cause(ctx)
	}
	verb, _ := ctx.Value(verbKey{}).(string)
	repeatable := verb == http.MethodGet || verb == http.MethodHead || verb == http.MethodPut || verb == http.MethodDelete
	if err != nil {
		var size *raw.SizeError
		var bad *rest.ArgumentError
		if errors.As(err, &size) || errors.As(err, &bad) {
			return false, nil
		}
		return repeatable || errors.Is(err, syscall.ECONNREFUSED), nil
	}
	if wait, ok := retryAfter(resp); ok && wait > maxRetryAfter {
		return false, nil
	}
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		return true, nil
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return repeatable, nil
	case http.StatusInternalServerError:
		// kubectl proxy says so, in plain text, when it cannot reach the server.
		return repeatable && strings.HasPrefix(resp.Header.Get("Content-Type"), "text/plain"), nil
	}
	return false, nil
}

// backoff doubles from attempt to attempt, up to max, and spreads by half, so
// that many clients do not come back at once. Retry-After counts instead.
func backoff(min, max time.Duration, attempt int, resp *http.Response) time.Duration {
	if wait, ok := retryAfter(resp); ok {
		return wait
	}
	wait := max
	if attempt < 16 {
		wait = min << attempt
	}
	if wait > max {
		wait = max
	}
	return wait/2 + rand.N(wait)
}

// retryAfter reads the header Retry-After (RFC 9110, section 10.2.3).
func retryAfter(resp *http.Response) (time.Duration, bool) {
	if resp == nil {
		return 0, false
	}
	text := resp.Header.Get("Retry-After")
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, time.Until(at)), true
	}
	return 0, false
}

// wholeAnswers reads each answer to its end, within a time and size, before it
// counts as one: a connection that breaks half-way is then tried again like one
// that breaks before.
type wholeAnswers struct {
	next    http.RoundTripper
	timeout time.Duration
	limit   int
}

var errTimeout = errors.New("no answer in time")

func (w wholeAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeoutCause(r.Context(), w.timeout, errTimeout)
	defer cancel()
	resp, err := w.next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		return nil, orCause(ctx, err)
	}
	if resp.StatusCode/100 != 2 {
		return failure(ctx, resp)
	}
	defer resp.Body.Close()
	text, err := readAll(resp, w.limit)
	if err != nil {
		return nil, orCause(ctx, err)
	}
	return whole(resp, text), nil
}

// maxFailure is how much is read of an answer that is an error.
const maxFailure = 1 << 20

// failure reads the answer that says what went wrong, as far as it matters.
func failure(ctx context.Context, resp *http.Response) (*http.Response, error) {
	defer resp.Body.Close()
	if resp.StatusCode/100 == 1 {
		return whole(resp, nil), nil // another protocol, without an end
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxFailure))
	if err != nil {
		return nil, orCause(ctx, err)
	}
	return whole(resp, text), nil
}

// orCause is why a request ended: what ended ctx, or else err.
func orCause(ctx context.Context, err error) error {
	switch cause := context.Cause(ctx); cause {
	case nil:
		return err
	case errTimeout, rest.ErrClosed:
		return cause
	}
	return rest.Cause(ctx)
}

func readAll(resp *http.Response, limit int) ([]byte, error) {
	if resp.ContentLength > int64(limit) {
		return nil, &raw.SizeError{Limit: int64(limit)}
	}
	var b bytes.Buffer
	if resp.ContentLength > 0 {
		b.Grow(int(resp.ContentLength) + bytes.MinRead)
	}
	n, err := b.ReadFrom(io.LimitReader(resp.Body, int64(limit)+1))
	if n > int64(limit) {
		return nil, &raw.SizeError{Limit: int64(limit)}
	}
	return b.Bytes(), err
}

// wholeBody is an answer that has been read.
type wholeBody struct {
	*bytes.Reader
	text []byte
}

func whole(resp *http.Response, text []byte) *http.Response {
	resp.Body = &wholeBody{bytes.NewReader(text), text}
	return resp
}

func (*wholeBody) Close() error { return nil }

// streamedAnswers leaves good answers to the caller to read, and reads bad ones
// to their end.
type streamedAnswers struct {
	next    http.RoundTripper
	timeout time.Duration // of bad answers
}

// idleKey is where a request's context has for how long an attempt may make no
// progress; 0 is for ever.
type idleKey struct{}

func (s streamedAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	idle, _ := r.Context().Value(idleKey{}).(time.Duration)
	ctx, cancel := context.WithCancelCause(r.Context())
	stall := newStall(idle, cancel)
	stall.start()
	resp, err := s.next.RoundTrip(r.WithContext(ctx))
	stall.stop()
	if err != nil {
		defer cancel(nil)
		return nil, orCause(ctx, err)
	}
	if resp.StatusCode/100 == 2 {
		resp.Body = &streamBody{resp.Body, ctx, cancel, stall}
		return resp, nil
	}
	defer cancel(nil)
	stall = newStall(s.timeout, cancel)
	stall.start()
	defer stall.stop()
	return failure(ctx, resp)
}

// streamBody is an answer that the caller reads. Its time runs only while the
// caller waits for it.
type streamBody struct {
	body   io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	stall  *stall
}

func (s *streamBody) Read(p []byte) (int, error) {
	s.stall.start()
	n, err := s.body.Read(p)
	s.stall.stop()
	if err != nil && !errors.Is(err, io.EOF) {
		err = orCause(s.ctx, err)
	}
	return n, err
}

func (s *streamBody) Close() error {
	err := s.body.Close()
	s.cancel(nil)
	return err
}

// stall ends a request that makes no progress between start and stop.
type stall struct {
	after time.Duration
	timer *time.Timer
}

func newStall(after time.Duration, end context.CancelCauseFunc) *stall {
	if after <= 0 {
		return &stall{}
	}
	t := time.AfterFunc(after, func() { end(errTimeout) })
	t.Stop()
	return &stall{after, t}
}

func (s *stall) start() {
	if s.timer != nil {
		s.timer.Reset(s.after)
	}
}

func (s *stall) stop() {
	if s.timer != nil {
		s.timer.Stop()
	}
}
