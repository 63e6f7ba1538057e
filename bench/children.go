package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/pprof"
	"strings"

	"github.com/kubeviews/kube/bench/replay"
)

// runAll runs each comparison in a process of its own, and prints what it shows.
func runAll(ctx context.Context, match *regexp.Regexp, s scale) error {
	server, url, err := startServer(ctx)
	if err != nil {
		return err
	}
	defer server.Wait()
	defer server.Process.Kill()
	r := newReport(os.Stdout, s)
	for _, c := range comparisons {
		if !match.MatchString(c.name()) || s.short && c.long || c.real != (s.proxy != "") {
			continue
		}
		p, err := spawn(ctx, c, url, s)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name(), err)
		}
		r.add(c, p)
	}
	r.end()
	return nil
}

// startServer starts the replay server, which ends when its input does.
func startServer(ctx context.Context) (*exec.Cmd, string, error) {
	cmd, err := self(ctx, "-child=serve")
	if err != nil {
		return nil, "", err
	}
	if _, err := cmd.StdinPipe(); err != nil {
		return nil, "", err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	url, err := bufio.NewReader(out).ReadString('\n')
	return cmd, strings.TrimSpace(url), err
}

func serve(ctx context.Context) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + l.Addr().String())
	server := &http.Server{Handler: replay.NewServer(recordings)}
	go func() {
		os.Stdin.Read(make([]byte, 1)) // its end is that of the parent
		server.Close()
	}()
	context.AfterFunc(ctx, func() { server.Close() })
	if err := server.Serve(l); err != http.ErrServerClosed {
		return err
	}
	return nil
}

// spawn runs one comparison in a process of its own.
func spawn(ctx context.Context, c comparison, url string, s scale) (p pair, err error) {
	cmd, err := self(ctx, "-child="+c.name(), "-url="+url, fmt.Sprintf("-short=%t", s.short), "-profile="+s.profiles, "-proxy="+s.proxy)
	if err != nil {
		return p, err
	}
	out, err := cmd.Output()
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal(out, &p)
}

func self(ctx context.Context, args ...string) (*exec.Cmd, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stderr = os.Stderr
	return cmd, nil
}

func runChild(ctx context.Context, name, url string, s scale) error {
	for _, c := range comparisons {
		if c.name() != name {
			continue
		}
		end, err := profiled(c, s.profiles)
		if err != nil {
			return err
		}
		p, err := c.run(ctx, url, s)
		if err := errors.Join(err, end()); err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(p)
	}
	return fmt.Errorf("there is no comparison %q", name)
}

// profiled begins the profile of a case, which end writes.
func profiled(c comparison, directory string) (end func() error, err error) {
	if directory == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(filepath.Join(directory, strings.ReplaceAll(c.name(), "/", "-")+".cpu"))
	if err != nil {
		return nil, err
	}
	end = func() error { pprof.StopCPUProfile(); return f.Close() }
	return end, pprof.StartCPUProfile(f)
}
