package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"github.com/kubeviews/kube/test/cluster"
)

// start prints a running cluster, or makes a server and waits for its cluster.
func start(ctx context.Context, nodes int) error {
	paths, err := findPaths()
	if err != nil {
		return err
	}
	switch s, err := paths.current(); {
	case err == nil:
		fmt.Println("a cluster is running already")
		s.print()
		return nil
	case !errors.Is(err, errNotRunning):
		return err
	}
	// Built here, where somebody reads how it goes.
	if _, err := cluster.Build(ctx, say); err != nil {
		return err
	}
	server, err := startServer(paths, nodes)
	if err != nil {
		return err
	}
	s, err := await(ctx, paths, server)
	if err != nil {
		return err
	}
	fmt.Println("a cluster is running; end it with: cluster stop (or make cluster-stop)")
	s.print()
	return nil
}

// startServer runs this program once more, away from the terminal.
func startServer(paths paths, nodes int) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(paths.log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	keepInherited()
	server := exec.Command(self, serveCommand, "-nodes="+strconv.Itoa(nodes))
	server.Stdout, server.Stderr = log, log
	server.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return server, server.Start()
}

// keepInherited keeps from the server what we got from whoever started us: a pipe that
// somebody reads to its end would not end before the cluster does.
func keepInherited() {
	for fd := 3; fd < 1024; fd++ {
		syscall.CloseOnExec(fd)
	}
}

// await polls until a cluster is there. It may be another server's, which was faster;
// then ours, which waits for that one's end, is told to go.
func await(ctx context.Context, paths paths, server *exec.Cmd) (state, error) {
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		s, err := paths.current()
		if err == nil && s.PID != server.Process.Pid {
			_ = server.Process.Signal(syscall.SIGTERM) // fails only when it has ended
		}
		if !errors.Is(err, errNotRunning) {
			return s, err
		}
		select {
		case <-tick.C:
		case err := <-ended:
			return state{}, fmt.Errorf("the server ended (%w); see %s:\n%s", err, paths.log, tail(paths.log))
		case <-ctx.Done():
			_ = server.Process.Signal(syscall.SIGTERM) // it stops what it has started
			return state{}, context.Cause(ctx)
		}
	}
}

func tail(path string) string {
	const most = 4096
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-most):])
}

func status() error {
	paths, err := findPaths()
	if err != nil {
		return err
	}
	s, err := paths.current()
	if err != nil {
		return err
	}
	fmt.Printf("a cluster is running (server pid %d)\n", s.PID)
	s.print()
	s.printParts()
	return nil
}

func stop() error {
	paths, err := findPaths()
	if err != nil {
		return err
	}
	trouble, err := paths.ask(askStop, time.Minute)
	if errors.Is(err, errNotRunning) {
		fmt.Println(err)
		return nil // stopped is what was wanted
	}
	if err != nil {
		return err
	}
	if trouble != "" {
		return errors.New(trouble)
	}
	fmt.Println("stopped")
	return nil
}
