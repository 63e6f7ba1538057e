package kube

import (
	"log/slog"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
)

// Option sets up a [Cluster].
type Option func(*config) error

type config struct {
	url       string
	remote    bool
	userAgent string
	header    time.Duration
	watch     time.Duration
	retries   int
	pageSize  int
	maxObject int
	logger    *slog.Logger
	table     kinds.Table
	as        Impersonation
	warn      func(Warning)
	gzip      bool // if gzipSet
	gzipSet   bool

	proxy  proxySettings
	placed []string // the options given that say where the proxy is
	// Of a cluster whose proxy Launch has started:
	because func(error) error // tells more about a failed dial
	leave   func()            // ends the proxy
}

// manager is the field manager that the server would take the program for: the
// first part of its user agent.
func (c *config) manager() string {
	name, _, _ := strings.Cut(c.userAgent, "/")
	return name
}

// DefaultURL is where kubectl proxy serves when it is not told otherwise.
const DefaultURL = "http://localhost:8001/"

func newConfig(options []Option) (*config, error) {
	c, err := settings(options)
	if err != nil {
		return nil, err
	}
	return c, refuse(c.proxy.given, "only Launch takes it")
}

// settings are the defaults as the options change them.
func settings(options []Option) (*config, error) {
	c := &config{
		url:       DefaultURL,
		userAgent: "kube-go",
		header:    30 * time.Second,
		watch:     time.Minute,
		retries:   4,
		maxObject: 16 << 20,
		table:     kinds.Builtin(),
	}
	return c, c.set(options)
}

func (c *config) set(options []Option) error {
	for _, set := range options {
		if set == nil {
			continue
		}
		if err := set(c); err != nil {
			return err
		}
	}
	return nil
}

// refuse is the error of options that have no place in a call.
func refuse(given []string, reason string) error {
	if len(given) == 0 {
		return nil
	}
	return &rest.ArgumentError{Arg: "option", Value: given[0], Reason: reason}
}

// WithURL sets where kubectl proxy is: "http://localhost:8001/", or
// "unix:///run/kube.sock" for a socket. A URL that ends in /api is taken as the
// one without. An empty URL leaves the default.
func WithURL(url string) Option {
	return func(c *config) error {
		if url != "" {
			c.url, c.placed = url, append(c.placed, "WithURL")
		}
		return nil
	}
}

// WithInsecureRemote lifts the rule that plain HTTP is spoken only to this
// machine. Whoever is on the way can then read, and change, all that is sent,
// Secrets included, and act in the cluster as the proxy's user.
func WithInsecureRemote() Option {
	return func(c *config) error {
		c.remote, c.placed = true, append(c.placed, "WithInsecureRemote")
		return nil
	}
}

// WithCompression says whether answers are asked for in gzip. Without it they are
// from another machine, over TLS or after [WithInsecureRemote], and not from this
// one: gzip costs more time than it saves where nothing is saved on the way. It
// makes sense where a port of this machine leads to another one, through a tunnel,
// say; not before kubectl proxy, which asks the API server for gzip on its own. The
// server decides, and compresses only what is large. [WithMaxObject] bounds what
// comes out of it.
func WithCompression(on bool) Option {
	return func(c *config) error {
		c.gzip, c.gzipSet, c.placed = on, true, append(c.placed, "WithCompression")
		return nil
	}
}

// WithTimeout sets how long each attempt at a request may take: until all of the
// answer is there for a single object; for a list, until it begins, and without
// any progress after that. The default is 30 s. A server that never answers is
// so given up after the attempts that [WithRetries] allows, five by default; a
// context with a deadline bounds the whole.
func WithTimeout(d time.Duration) Option {
	return func(c *config) error {
		if d <= 0 {
			return &rest.ArgumentError{Arg: "timeout", Value: d.String(), Reason: "must be positive"}
		}
		c.header = d
		return nil
	}
}

// WithWatchTimeout sets how long watches and mirrors ask the server to hold a
// watch open, before they open it again where it was: one minute by default, in
// whole seconds. It bounds for how long a connection that died without a word,
// as when kubectl proxy hangs, goes unnoticed: for this time and as much again,
// or 10 s, whichever is less. Once the server is back, a watch is, too, after a
// pause of 15 s at most, or as long as the server has asked for.
func WithWatchTimeout(d time.Duration) Option {
	return func(c *config) error {
		if d < time.Second || d%time.Second != 0 {
			return &rest.ArgumentError{Arg: "watch timeout", Value: d.String(), Reason: "must be a number of whole seconds"}
		}
		c.watch = d
		return nil
	}
}

// WithRetries sets how often a failed request is tried again, 4 by default. See
// [Cluster] for which requests are.
func WithRetries(n int) Option {
	return func(c *config) error {
		if n < 0 {
			return &rest.ArgumentError{Arg: "number of retries", Value: strconv.Itoa(n), Reason: "must not be negative"}
		}
		c.retries = n
		return nil
	}
}

// WithPageSize sets how many items a list asks for at a time. The default, 0,
// asks for all in one answer, which is read while it comes: pages cost the
// server and the wire more in all. While one page is read, the next is asked for.
func WithPageSize(n int) Option {
	return func(c *config) error {
		if n < 0 {
			return &rest.ArgumentError{Arg: "page size", Value: strconv.Itoa(n), Reason: "must not be negative"}
		}
		c.pageSize = n
		return nil
	}
}

// WithMaxObject sets how many bytes one object, or one answer that is not a
// list, may have: 16 MiB by default. Kubernetes itself stores up to about 1.5.
func WithMaxObject(bytes int) Option {
	return func(c *config) error {
		if bytes <= 0 {
			return &rest.ArgumentError{Arg: "size limit", Value: strconv.Itoa(bytes), Reason: "must be positive"}
		}
		c.maxObject = bytes
		return nil
	}
}

// WithUserAgent sets the name by which the API server's logs know the program.
// The server pretty-prints, at twice the bytes, for names that start with
// "curl" or "Mozilla".
func WithUserAgent(name string) Option {
	return func(c *config) error {
		if strings.ContainsFunc(name, unicode.IsControl) {
			return &rest.ArgumentError{Arg: "user agent", Value: name, Reason: "must not have control characters"}
		}
		c.userAgent = name
		return nil
	}
}

// WithImpersonation makes every request act as another user, as far as the user
// of kubectl proxy may impersonate that one: the server checks it with each
// request, and answers a *[ForbiddenError] where it may not. The zero
// Impersonation acts as nobody else. Possible error, from NewCluster:
// *[ArgumentError], when anything is impersonated without a user, or something
// has no form in a header.
func WithImpersonation(as Impersonation) Option {
	as = as.clone()
	return func(c *config) error {
		c.as = as
		return as.check()
	}
}

// WithWarnings makes the cluster tell each [Warning] that an answer carries: of
// failures, of attempts that are made again, and of watches too. It calls tell on
// the goroutine that makes the request (for a watcher, a mirror, or the next page of
// a list, one of the library's), and the request goes on, and its time runs, only
// after: tell must be quick, and safe for concurrent use. nil tells nobody, as by default.
func WithWarnings(tell func(Warning)) Option {
	return func(c *config) error {
		c.warn = tell
		return nil
	}
}

// WithLogger makes the cluster log requests that are tried again, at level
// Debug. Nothing is logged by default, and no content of objects ever.
func WithLogger(l *slog.Logger) Option {
	return func(c *config) error {
		c.logger = l
		return nil
	}
}

// WithKinds makes the cluster know further kinds by name. Possible error, from
// NewCluster: *DuplicateKindError.
func WithKinds(more ...kinds.Kind) Option {
	return func(c *config) (err error) {
		c.table, err = c.table.With(more...)
		return err
	}
}
