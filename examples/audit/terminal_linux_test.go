package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// terminal is a pseudo terminal: what the command sees, and what it writes there.
func terminal(t *testing.T) (screen, tty *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("there are no pseudo terminals: ", err)
	}
	t.Cleanup(func() { screen.Close() })
	var unlock, number int32
	control(t, screen, syscall.TIOCSPTLCK, &unlock)
	control(t, screen, syscall.TIOCGPTN, &number)
	tty, err = os.OpenFile(fmt.Sprint("/dev/pts/", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	do(t, err)
	return screen, tty
}

func control(t *testing.T, f *os.File, request uintptr, value *int32) {
	t.Helper()
	if _, _, err := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), request, uintptr(unsafe.Pointer(value))); err != 0 {
		t.Fatal(err)
	}
}

// onTerminal runs the command with a terminal for its outputs, and returns what it
// wrote there.
func onTerminal(t *testing.T, env []string, args ...string) string {
	t.Helper()
	screen, tty := terminal(t)
	cmd := process(t.Context(), args...)
	cmd.Env = append(append(cmd.Env, "TERM=xterm", "NO_COLOR="), env...)
	cmd.Stdout, cmd.Stderr = tty, tty
	do(t, cmd.Start())
	tty.Close()
	out, _ := io.ReadAll(screen) // it ends with an error when nobody has the terminal
	do(t, cmd.Wait())
	return string(out)
}

// How far a recorder is, is told on one line of a terminal, which is gone in the end.
func TestTerminalProgress(t *testing.T) {
	h := newHistory(t, 10)
	for range 20 {
		h.change(t)
	}
	stop := h.churn(t)
	defer stop()
	screen, tty := terminal(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := process(ctx, "record", "configmaps", "--proxy", h.server.URL(), "--db", filepath.Join(t.TempDir(), "audit.db"))
	cmd.Env = append(cmd.Env, "TERM=xterm")
	cmd.Stdout, cmd.Stderr = tty, tty
	do(t, cmd.Start())
	tty.Close()
	const line = "\r\x1b[Krecorded "
	out, from := "", bufio.NewReader(screen)
	for !strings.Contains(out, line) {
		piece, err := from.ReadString(' ')
		if out += piece; err != nil {
			t.Fatalf("it has no line of its progress: %q", out)
		}
	}
	do(t, cmd.Process.Signal(os.Interrupt))
	rest, _ := io.ReadAll(from)
	do(t, cmd.Wait())
	shown := strings.Split(out+string(rest), "\r\x1b[K")
	for i, text := range shown {
		last, sum := i == len(shown)-1, strings.HasPrefix(text, "recorded ") // the last sum stays
		if last && !sum || sum && strings.HasSuffix(text, "\n") != last {
			t.Errorf("the lines are %q", shown)
		}
	}
}

// In a pipe there is a line now and then, and nothing that moves.
func TestPipeProgress(t *testing.T) {
	h, db := newHistory(t, 11), filepath.Join(t.TempDir(), "audit.db")
	stop := h.churn(t)
	defer stop()
	r := startRecordingOf(t, h, db, []string{"configmaps"})
	r.await(200, 20*time.Second)
	if _, err := r.end(os.Interrupt); err != nil || !strings.Contains(r.errs.String(), "recorded ") || strings.ContainsAny(r.errs.String(), "\r\x1b") {
		t.Errorf("it ended with %v: %q", err, &r.errs)
	}
}

// Colours, and lines that change, are for terminals.
func TestTerminal(t *testing.T) {
	s := shopScene(t)
	for _, row := range []struct {
		name    string
		env     []string
		args    string
		colours bool
	}{
		{"terminal", nil, "log", true},
		{"no colour", []string{"NO_COLOR=1"}, "log", false},
		{"dumb", []string{"TERM=dumb"}, "log", false},
		{"never", nil, "log --color never", false},
		{"asked for", []string{"NO_COLOR=1"}, "log --color always", true},
	} {
		out := onTerminal(t, row.env, append(strings.Fields(row.args), "--db", s.path)...)
		if !strings.Contains(out, "kubectl-edit") || strings.Contains(out, "\x1b[") != row.colours {
			t.Errorf("%s: %q", row.name, out)
		}
	}
	cmd := process(t.Context(), "log", "--db", s.path)
	out, err := cmd.Output()
	if err != nil || strings.Contains(string(out), "\x1b") {
		t.Errorf("in a pipe: %q, %v", out, err)
	}
}
