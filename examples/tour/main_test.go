package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestTour(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), &out, ""); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"node-c", "CrashLoopBackOff", "Secret shop/payment@", "audited", "ADDED", "MODIFIED", "DELETED", "did you mean deployments?"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the tour does not show %q:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "never-shown") || strings.Contains(out.String(), "dGhpcy1pcy1uZXZlci1zaG93bg") {
		t.Errorf("the tour shows a secret:\n%s", out.String())
	}
}

func TestTourOfNothing(t *testing.T) {
	if err := run(t.Context(), new(bytes.Buffer), "http://example.com/"); err == nil {
		t.Error("a proxy on another machine was taken")
	}
}
