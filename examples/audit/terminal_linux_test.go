package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
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
