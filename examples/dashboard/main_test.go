package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asCommand makes the test's own binary the command.
const asCommand = "DASHBOARD_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func process(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	c := exec.CommandContext(ctx, os.Args[0], args...)
	c.Env = append(os.Environ(), asCommand+"=1")
	return c
}

func TestMistakes(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	for name, test := range map[string]struct {
		args []string
		env  string
		says string
	}{
		"two ways":      {args: []string{"-proxy", "http://localhost:1", "-context", "x"}, says: "choose one"},
		"no option":     {args: []string{"pods"}, says: `"pods" is no option`},
		"fewer pods":    {args: []string{"-pods", "-1"}, says: "fewer than none"},
		"no URL":        {args: []string{"-proxy", "nonsense://x"}, says: "nonsense"},
		"far proxy":     {args: []string{"-proxy", "http://example.com:8001"}, says: "example.com"},
		"port in use":   {args: []string{"-addr", taken.Addr().String()}, says: "address already in use: choose another by -addr"},
		"no address":    {args: []string{"-addr", "nowhere"}, says: "-addr: listen tcp: address nowhere"},
		"no kubectl":    {args: []string{"-context", "x"}, env: "PATH=/nowhere", says: "kubectl"},
		"other context": {args: []string{"-context", "there-is-none-of-that-name"}, env: "KUBECONFIG=/dev/null", says: "there-is-none-of-that-name"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := test.args
			if !strings.Contains(strings.Join(args, " "), "-addr") {
				args = append([]string{"-addr", "127.0.0.1:0"}, args...)
			}
			c := process(t, args...)
			c.Env = append(c.Env, test.env)
			var out, says strings.Builder
			c.Stdout, c.Stderr = &out, &says
			err := c.Run()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 1 {
				t.Errorf("it ends with %v", err)
			}
			if !strings.HasPrefix(says.String(), "dashboard: ") || !strings.Contains(says.String(), test.says) || strings.Count(says.String(), "\n") != 1 || out.Len() > 0 {
				t.Errorf("it says %q, %q", out.String(), says.String())
			}
		})
	}
}

// Ctrl-C ends it at once, also while pages are open, and that is no fault.
func TestCtrlC(t *testing.T) {
	c := process(t, "-addr", "127.0.0.1:0", "-changes", "20")
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, address, _ := strings.Cut(strings.TrimSpace(line), ": ")
	var streams []*http.Response
	for range 5 {
		stream, err := http.Get(address + "stream")
		if err != nil {
			t.Fatal(err)
		}
		defer stream.Body.Close()
		if _, err := stream.Body.Read(make([]byte, 10)); err != nil {
			t.Fatal(err)
		}
		streams = append(streams, stream)
	}
	began := time.Now()
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	for _, stream := range streams {
		if _, err := io.Copy(io.Discard, stream.Body); err != nil {
			t.Errorf("a stream is broken off: %v", err)
		}
	}
	if err := c.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("it takes %v to end", took)
	}
}
