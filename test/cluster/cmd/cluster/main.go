// Command cluster keeps one real Kubernetes control plane running on this machine.
//
//	cluster build            build the programs, if they are not built yet
//	cluster start [-nodes N] start it in the background, and print where it is
//	cluster status           print where it is, and its parts
//	cluster stop             end it
//
// It goes on after the terminal is closed, until stop. What it is about is in the folder
// "running" of the cache: see package cluster.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/kubeviews/kube/test/cluster"
)

const usage = "usage: cluster build | start [-nodes N] | status | stop"

// Exit codes; notRunning is what service managers use for it.
const (
	exitFailed     = 1
	exitUsage      = 2
	exitNotRunning = 3
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	err := run(ctx, os.Args[1:])
	switch {
	case err == nil:
		return
	case errors.Is(err, flag.ErrHelp):
		os.Exit(exitUsage)
	case errors.Is(err, errNotRunning):
		fmt.Println(err)
		os.Exit(exitNotRunning)
	}
	fmt.Fprintln(os.Stderr, "cluster:", err)
	os.Exit(exitFailed)
}

func run(ctx context.Context, arguments []string) error {
	if len(arguments) == 0 {
		fmt.Fprintln(os.Stderr, usage)
		return flag.ErrHelp
	}
	flags := flag.NewFlagSet("cluster "+arguments[0], flag.ContinueOnError)
	nodes := flags.Int("nodes", 2, "how many nodes; only for start")
	if err := flags.Parse(arguments[1:]); err != nil {
		return flag.ErrHelp // flags has said what was wrong
	}
	switch arguments[0] {
	case "build":
		return build(ctx)
	case "start":
		return start(ctx, *nodes)
	case serveCommand:
		return serve(ctx, *nodes)
	case "status":
		return status()
	case "stop":
		return stop()
	}
	fmt.Fprintln(os.Stderr, usage)
	return flag.ErrHelp
}

func build(ctx context.Context) error {
	binaries, err := cluster.Build(ctx, say)
	if err == nil {
		fmt.Println("built; kubectl is", binaries.Kubectl)
	}
	return err
}

// say is for progress: the answers themselves go to standard output.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
