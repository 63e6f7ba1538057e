package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// beCommand makes the test's program be the command, so that it can be killed.
const beCommand = "AUDIT_TEST_COMMAND"

// dieAt ends it as kill -9 does at a point: "committed 3" is after the third commit.
const dieAt = "AUDIT_TEST_DIE_AT"

func TestMain(m *testing.M) {
	if os.Getenv(beCommand) == "" {
		os.Exit(m.Run())
	}
	passing = dying(os.Getenv(dieAt))
	main()
}

// dying returns what kills the process at a point.
func dying(at string) func(string) {
	point, text, _ := strings.Cut(at, " ")
	n, _ := strconv.ParseInt(text, 10, 64)
	var passed atomic.Int64
	return func(here string) {
		if here == point && passed.Add(1) == n {
			if self, err := os.FindProcess(os.Getpid()); err == nil {
				self.Kill()
			}
			select {}
		}
	}
}

// process is the command as a process.
func process(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), beCommand+"=1", "TZ=UTC", "NO_COLOR=", "AUDIT_DB=")
	return cmd
}

// call runs the command within the test, and returns its outputs and exit code.
func call(t *testing.T, a *app, args ...string) (out, errs string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	a.out, a.err = &o, &e
	code = a.run(t.Context(), args)
	return o.String(), e.String(), code
}

// testApp has a fixed clock, and no terminal.
func testApp() *app {
	return &app{
		out: io.Discard, err: io.Discard, zone: time.UTC, env: func(string) string { return "" },
		now: func() time.Time { return time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC) },
	}
}

func do(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
