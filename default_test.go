package kube

import (
	"errors"
	"io"
	"log/slog"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/kubeviews/kube/kinds"
)

func mustDefault(t *testing.T, options ...Option) *Cluster {
	t.Helper()
	c, err := Default(options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// R06: the same arguments, the same cluster; none, the first one.
func TestDefaultR06(t *testing.T) {
	kind, err := kinds.New(kinds.Definition{Name: "Widget", Plural: "widgets", GroupVersions: []string{"example.com/v1"}})
	if err != nil {
		t.Fatal(err)
	}
	log, other := slog.New(slog.NewTextHandler(io.Discard, nil)), slog.New(slog.NewTextHandler(io.Discard, nil))
	tells := make([]func(Warning), 2)
	var told int
	for i := range tells {
		tells[i] = func(Warning) { told += i }
	}
	all := map[*Cluster]string{}
	for name, options := range map[string]func() []Option{
		"url":            func() []Option { return []Option{WithURL("http://localhost:1")} },
		"remote":         func() []Option { return []Option{WithInsecureRemote()} },
		"agent":          func() []Option { return []Option{WithUserAgent("x")} },
		"agent and url":  func() []Option { return []Option{WithURL("http://localhost:1"), WithUserAgent("x")} },
		"timeout":        func() []Option { return []Option{WithTimeout(time.Second)} },
		"watch timeout":  func() []Option { return []Option{WithWatchTimeout(time.Second)} },
		"retries":        func() []Option { return []Option{WithRetries(9)} },
		"page size":      func() []Option { return []Option{WithPageSize(9)} },
		"max object":     func() []Option { return []Option{WithMaxObject(9)} },
		"logger":         func() []Option { return []Option{WithLogger(log)} },
		"other logger":   func() []Option { return []Option{WithLogger(other)} },
		"kinds":          func() []Option { return []Option{WithKinds(kind)} },
		"user":           func() []Option { return []Option{WithImpersonation(Impersonation{User: "jane"})} },
		"whole user":     func() []Option { return []Option{WithImpersonation(jane)} },
		"warnings":       func() []Option { return []Option{WithWarnings(tells[0])} },
		"other warnings": func() []Option { return []Option{WithWarnings(tells[1])} },
		"compression":    func() []Option { return []Option{WithCompression(true)} },
		"no compression": func() []Option { return []Option{WithCompression(false)} },
		"none":           func() []Option { return []Option{nil} },
	} {
		c := mustDefault(t, options()...)
		if before, ok := all[c]; ok {
			t.Errorf("%s and %s are one", name, before)
		}
		all[c] = name
		if mustDefault(t, options()...) != c {
			t.Errorf("%s is made again", name)
		}
	}
	if mustDefault(t, WithURL("http://localhost:1/")) != mustDefault(t, WithURL("http://localhost:1/api")) || all[mustDefault(t, WithURL("http://localhost:1//"))] != "url" {
		t.Error("one place, written otherwise, is made again")
	}
	if n := reflect.TypeFor[config]().NumField(); n != 18 {
		t.Errorf("a config has %d fields: are all compared?", n)
	}
	reversed := mustDefault(t, WithUserAgent("x"), WithURL("http://localhost:1"))
	if all[reversed] != "agent and url" {
		t.Error("the order counts")
	}
	first := mustDefault(t)
	if all[first] == "" || mustDefault(t) != first {
		t.Error("another is the first")
	}
	for c := range all {
		c.Close()
	}
	fresh := mustDefault(t)
	if all[fresh] != "" || mustDefault(t) != fresh || mustDefault(t, WithURL(DefaultURL)) != fresh {
		t.Error("the closed are not replaced")
	}
}

func TestDefaultRefuses(t *testing.T) {
	for _, option := range []Option{WithContext("x"), WithRetries(-1), WithURL("ftp://x")} {
		if c, err := Default(option); c != nil || !errors.As(err, new(*ArgumentError)) {
			t.Errorf("got %v", err)
		}
	}
	closed := at(t, says(200, ""))
	closed.Close()
	if err := SetDefault(closed); err != ErrClosed {
		t.Errorf("got %v", err)
	}
	for _, zero := range []*Cluster{nil, {}} {
		if err := SetDefault(zero); !errors.As(err, new(*ArgumentError)) {
			t.Errorf("got %v", err)
		}
	}
}

func TestSetDefault(t *testing.T) {
	mustDefault(t)
	one, two := at(t, says(200, "")), at(t, says(200, ""))
	for _, c := range []*Cluster{one, two, one} {
		if err := SetDefault(c); err != nil || mustDefault(t) != c {
			t.Errorf("got %v", err)
		}
	}
	one.Close()
	if mustDefault(t) != two {
		t.Error("the one before is not back")
	}
}

func TestDefaultAmidMany(t *testing.T) {
	var all sync.WaitGroup
	var met sync.Map
	for range 8 {
		all.Go(func() {
			for range 100 {
				c, err := Default(WithRetries(7))
				if err != nil {
					t.Error(err)
				}
				met.Store(c, true)
			}
		})
	}
	all.Wait()
	n := 0
	met.Range(func(c, _ any) bool { n++; c.(*Cluster).Close(); return true })
	if n != 1 {
		t.Errorf("%d clusters", n)
	}
}
