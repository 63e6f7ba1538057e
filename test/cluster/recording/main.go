// Command recording starts a control plane of its own, and ends it again.
//
//	recording record FOLDER     write there what it answers, for bench/ to replay
//	recording run COMMAND ARGS  run a command with the URL of its kubectl proxy as $PROXY
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/kubeviews/kube/test/cluster"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := start(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "recording:", err)
		os.Exit(1)
	}
}

func start(ctx context.Context, args []string) error {
	switch {
	case len(args) == 2 && args[0] == "record":
		return with(ctx, cluster.Options{Logf: say}, func(c *cluster.Cluster) error { return record(ctx, c, args[1]) })
	case len(args) > 1 && args[0] == "run":
		return with(ctx, cluster.Options{Bare: true, Logf: say}, func(c *cluster.Cluster) error { return run(ctx, c, args[1:]) })
	}
	return errors.New("usage: recording record FOLDER | run COMMAND [ARGUMENT]")
}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

func with(ctx context.Context, options cluster.Options, do func(*cluster.Cluster) error) error {
	c, err := cluster.Start(ctx, options)
	if err != nil {
		return err
	}
	return errors.Join(do(c), c.Stop())
}

func run(ctx context.Context, c *cluster.Cluster, command []string) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), "PROXY="+c.ProxyURL())
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd.Run()
}
