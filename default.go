package kube

import (
	"slices"
	"strings"
	"sync"
	"unsafe"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
)

// defaults are the clusters that Default knows, the first one first.
var defaults struct {
	mu       sync.Mutex
	clusters []*Cluster
}

// Default returns a cluster for programs that do not hand one around. Without
// options it is the first one that Default has made, or that [SetDefault] has set;
// with options, the one that was made with the same. Where there is none, it makes
// one, as [NewCluster] does, with the same possible errors. It is never closed: one
// that has been closed is replaced.
//
// Options are the same when they set the same, in whatever order: kinds by their
// content, a logger by its pointer, a function of [WithWarnings] by its identity.
// A function that is made anew for each call is another one each time.
func Default(options ...Option) (*Cluster, error) {
	defaults.mu.Lock()
	defer defaults.mu.Unlock()
	defaults.clusters = slices.DeleteFunc(defaults.clusters, (*Cluster).isClosed)
	if len(options) == 0 && len(defaults.clusters) > 0 {
		return defaults.clusters[0], nil
	}
	wanted, err := newConfig(options)
	if err != nil {
		return nil, err
	}
	for _, c := range defaults.clusters {
		if c.conn.t.config.equal(wanted) {
			return c, nil
		}
	}
	c, err := NewCluster(options...)
	if err != nil {
		return nil, err
	}
	defaults.clusters = append(defaults.clusters, c)
	return c, nil
}

// SetDefault makes a cluster the one that [Default] returns without options, until
// it is closed: one of [Launch], or of a test. Possible errors: *[ArgumentError]
// for no cluster, [ErrClosed] for a closed one.
func SetDefault(c *Cluster) error {
	if c == nil || c.conn == nil {
		return &rest.ArgumentError{Arg: "cluster", Reason: "the zero Cluster leads nowhere"}
	}
	defaults.mu.Lock()
	defer defaults.mu.Unlock()
	if c.isClosed() {
		return rest.ErrClosed
	}
	others := slices.DeleteFunc(defaults.clusters, func(other *Cluster) bool { return other == c })
	defaults.clusters = slices.Insert(others, 0, c)
	return nil
}

func (c *Cluster) isClosed() bool {
	select {
	case <-c.conn.t.done:
		return true
	default:
		return false
	}
}

// equal reports whether two clusters would be set up in the same way.
func (c *config) equal(other *config) bool {
	return c.address() == other.address() && c.remote == other.remote && c.userAgent == other.userAgent &&
		c.header == other.header && c.watch == other.watch && c.retries == other.retries &&
		c.pageSize == other.pageSize && c.maxObject == other.maxObject && c.logger == other.logger &&
		sameKinds(c.table, other.table) && c.as.equal(other.as) && identity(c.warn) == identity(other.warn) &&
		c.gzip == other.gzip && c.gzipSet == other.gzipSet
}

// address is the URL as requests are made from it: a slash at its end makes no
// difference.
func (c *config) address() string {
	base, _, err := parseURL(c)
	if err != nil || strings.HasPrefix(c.url, "unix:") {
		return c.url
	}
	return base.String()
}

func sameKinds(a, b kinds.Table) bool {
	return a == b || slices.Equal(slices.Collect(a.All()), slices.Collect(b.All()))
}

// identity tells functions apart, which Go does not compare: two that share their
// code and not their variables differ.
func identity(f func(Warning)) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&f)) }
