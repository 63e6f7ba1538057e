package kube

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
)

func variantOf(t *testing.T, c *Cluster, options ...Option) *Cluster {
	t.Helper()
	v, err := c.With(options...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// isTimeout tells a net.Error of a timeout.
func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// What a variant changes counts for it, and for nobody else.
func TestVariant(t *testing.T) {
	inLab(t, silent(""), func(t *testing.T, l *lab) {
		hasty := variantOf(t, l.Cluster, WithTimeout(time.Second), WithRetries(0))
		for _, test := range []struct {
			c    *Cluster
			took time.Duration
		}{{hasty, time.Second}, {l.Cluster, 10 * time.Second}, {variantOf(t, hasty, WithTimeout(2*time.Second)), 2 * time.Second}} {
			begun := time.Now()
			_, err := test.c.Proxy().Get(t.Context(), "version")
			if took := time.Since(begun); took != test.took || !errors.Is(err, errTimeout) || !isTimeout(err) {
				t.Errorf("after %v: %v", took, err)
			}
		}
	}, WithTimeout(10*time.Second), WithRetries(0))

	var agents []string
	inLab(t, func(w http.ResponseWriter, r *http.Request) {
		agents = append(agents, r.UserAgent())
		says(200, podText)(w, r)
	}, func(t *testing.T, l *lab) {
		v := variantOf(t, l.Cluster, WithUserAgent("other"), nil)
		pod, err := v.Pods().In("ns").Fetch(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		pod.Fetch(t.Context())
		Bind(l.Cluster, pod).Fetch(t.Context())
		if l.dials != 1 || len(agents) != 3 || agents[0] != "other" || agents[1] != "other" || agents[2] != "kube-go" {
			t.Errorf("%d dials; %v", l.dials, agents)
		}
		if v.Proxy().URL() != l.Proxy().URL() {
			t.Error("it is elsewhere")
		}
	})
}

func TestVariantRefuses(t *testing.T) {
	c := at(t, says(200, podText))
	for text, option := range map[string]Option{
		`kube: bad option "WithURL": a variant is where its cluster is`:            WithURL("http://localhost:1"),
		`kube: bad option "WithInsecureRemote": a variant is where its cluster is`: WithInsecureRemote(),
		`kube: bad option "WithCompression": a variant is where its cluster is`:    WithCompression(true),
		`kube: bad option "WithContext": a variant is where its cluster is`:        WithContext("x"),
		`kube: bad option "WithExec": a variant is where its cluster is`:           WithExec(),
		`kube: bad timeout "0s": must be positive`:                                 WithTimeout(0),
	} {
		if _, err := c.With(option); err == nil || err.Error() != text {
			t.Errorf("got  %v\nwant %s", err, text)
		}
	}
	if _, err := c.With(WithURL("")); err != nil {
		t.Error(err)
	}
	c.Close()
	if _, err := c.With(); err != ErrClosed {
		t.Errorf("got %v", err)
	}
	for _, zero := range []*Cluster{nil, {}} {
		if _, err := zero.With(); !errors.As(err, new(*ArgumentError)) {
			t.Errorf("got %v", err)
		}
	}
}

// K02: a cluster takes its variants with it; a variant takes those that are made
// of it, and leaves all else alone.
func TestVariantCloseK02(t *testing.T) {
	inLab(t, silent(""), func(t *testing.T, l *lab) {
		one := variantOf(t, l.Cluster)
		of := variantOf(t, one)
		other := variantOf(t, l.Cluster)
		met := map[*Cluster]chan error{}
		for _, c := range []*Cluster{l.Cluster, one, of, other} {
			met[c] = make(chan error, 1)
			go func() {
				_, err := c.Proxy().Get(t.Context(), "version")
				met[c] <- err
			}()
		}
		synctest.Wait()
		one.Close()
		one.Close()
		synctest.Wait()
		for _, c := range []*Cluster{one, of} {
			if err := <-met[c]; err != ErrClosed {
				t.Errorf("got %v", err)
			}
			if _, err := c.Proxy().Get(t.Context(), "version"); err != ErrClosed {
				t.Errorf("got %v", err)
			}
		}
		for _, c := range []*Cluster{l.Cluster, other} {
			select {
			case err := <-met[c]:
				t.Errorf("got %v", err)
			default:
			}
		}
		l.Cluster.Close()
		for _, c := range []*Cluster{l.Cluster, other} {
			if err := <-met[c]; err != ErrClosed {
				t.Errorf("got %v", err)
			}
		}
		other.Close()
	})
}

// A pause of a watcher ends with its variant's cluster, too.
func TestVariantWatchEnds(t *testing.T) {
	inLab(t, text(503, "x"), func(t *testing.T, l *lab) {
		m, err := variantOf(t, l.Cluster).Pods().Mirror(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		l.Cluster.Close()
		synctest.Wait()
		if status := m.Status(); status.Err != ErrClosed {
			t.Errorf("got %+v", status)
		}
		m.Close()
	})
}

// A variant that nobody holds leaves nothing behind, and one that a request
// holds stays attached.
func TestVariantIsForgotten(t *testing.T) {
	c := at(t, silent(podsText))
	body, err := variantOf(t, variantOf(t, c)).conn.Open(t.Context(), rest.Request{Verb: "GET", Path: "/api/v1/pods", Endless: true})
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		variantOf(t, c)
	}
	attached := func() int {
		runtime.GC()
		c.conn.t.mu.Lock()
		defer c.conn.t.mu.Unlock()
		return len(c.conn.t.variants)
	}
	for attached() > 1 {
	}
	for range 5 {
		if attached() != 1 {
			t.Fatal("the variant that is in use is gone")
		}
	}
	c.Close()
	if _, err := io.ReadAll(body); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
	body.Close()
}

// R08: a variant knows what its cluster knew.
func TestVariantKinds(t *testing.T) {
	c := at(t, says(200, podText))
	define := func(name kinds.Name) kinds.Kind {
		kind, err := kinds.New(kinds.Definition{Name: name, Plural: strings.ToLower(string(name)), GroupVersions: []string{"example.com/v1"}})
		if err != nil {
			t.Fatal(err)
		}
		return kind
	}
	before, after, own := define("Before"), define("After"), define("Own")
	declare := func(c *Cluster, kind kinds.Kind) {
		if _, err := Declare[items.Generic](c, kind); err != nil {
			t.Error(err)
		}
	}
	declare(c, before)
	v := variantOf(t, c, WithKinds(own))
	declare(c, after)
	for _, test := range []struct {
		c     *Cluster
		name  string
		known bool
	}{{v, "before", true}, {v, "after", false}, {v, "own", true}, {c, "after", true}, {c, "own", false}} {
		if _, err := test.c.Lookup(test.name); (err == nil) != test.known {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if _, err := c.With(WithKinds(before)); !errors.As(err, new(*DuplicateKindError)) {
		t.Errorf("got %v", err)
	}
}

// K24: what the cluster has learned of the server need not be asked again.
func TestVariantDiscoveryK24(t *testing.T) {
	var asked int
	c := at(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		io.WriteString(w, `{"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"apps"},"versions":[{"version":"v1","resources":[{"resource":"deployments"}]}]}]}`)
	})
	resource := rest.Resource{Plural: "deployments", GroupVersions: []string{"apps/v9", "apps/v1"}}
	for _, c := range []*Cluster{c, variantOf(t, c)} {
		if gv, err := c.conn.Served(t.Context(), resource); gv != "apps/v1" || err != nil {
			t.Errorf("got %s, %v", gv, err)
		}
	}
	before := asked
	if gv, err := variantOf(t, c).conn.Served(context.Background(), resource); gv != "apps/v1" || err != nil || asked != before {
		t.Errorf("got %s, %v after %d more requests", gv, err, asked-before)
	}
}
