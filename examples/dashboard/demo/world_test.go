package demo

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

// clock is a time that tests move.
type clock struct{ seconds atomic.Int64 }

func (c *clock) now() time.Time {
	return time.Date(2030, 5, 14, 9, 0, 0, 0, time.UTC).Add(time.Duration(c.seconds.Load()) * time.Second)
}

// still is a world in which nothing happens but by Step, a second each.
func still(t *testing.T, seed uint64, pods int) (*World, func() error) {
	t.Helper()
	c := &clock{}
	w, err := Start(t.Context(), Options{Seed: seed, Pods: pods, ChangesPerSecond: -1, Clock: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w, func() error {
		c.seconds.Add(1)
		return w.Step()
	}
}

// names are the names of all objects of some resources.
func names(t *testing.T, w *World, resources ...string) []string {
	t.Helper()
	var out []string
	for _, r := range resources {
		docs, err := w.Server().List(r, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range docs {
			out = append(out, r+" "+doc.Namespace()+"/"+doc.Name())
		}
	}
	return out
}

func TestOutage(t *testing.T) {
	t.Parallel()
	w, step := still(t, 1, 0)
	ctx, end := context.WithTimeout(t.Context(), 20*time.Second)
	defer end()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL()+"api/v1/pods?watch=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	watch, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Body.Close()
	w.Outage(true)
	w.Outage(true)
	if _, err := io.Copy(io.Discard, watch.Body); err == nil || ctx.Err() != nil {
		t.Errorf("the watch was not cut: %v", err)
	}
	if resp, err := http.Get(w.URL() + "version"); err == nil {
		resp.Body.Close()
		t.Error("the server answers during its outage")
	}
	for range 20 {
		if err := step(); err != nil {
			t.Fatalf("life stopped: %v", err)
		}
	}
	w.Outage(false)
	resp, err := http.Get(w.URL() + "version")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

// The world lives by itself until its context ends, and then nothing answers.
func TestLives(t *testing.T) {
	t.Parallel()
	ctx, end := context.WithCancel(t.Context())
	w, err := Start(ctx, Options{ChangesPerSecond: 500})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(w.URL() + "api/v1/events?watch=1&resourceVersion=" + w.Server().Version())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := resp.Body.Read(make([]byte, 1)); err != nil {
		t.Errorf("nothing happens: %v", err)
	}
	resp.Body.Close()
	end()
	w.Close()
	w.Close()
	if err := w.Err(); err != nil {
		t.Error(err)
	}
	if _, err := http.Get(w.URL() + "version"); err == nil {
		t.Error("the server answers after its end")
	}
	if err := w.Step(); !errors.Is(err, context.Canceled) {
		t.Errorf("a step after the end: %v", err)
	}
}

func TestStartOfACancelledContext(t *testing.T) {
	t.Parallel()
	ctx, end := context.WithCancel(t.Context())
	end()
	if w, err := Start(ctx, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", w, err)
	}
}

// BenchmarkStart is how long a large cluster takes.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		w, err := Start(b.Context(), Options{Pods: 10_000, ChangesPerSecond: -1})
		if err != nil {
			b.Fatal(err)
		}
		w.Close()
	}
}
