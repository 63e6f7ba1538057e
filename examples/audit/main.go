// Command audit records every change of a cluster's objects in one file, and answers
// who changed what, and when:
//
//	audit record pods deployments.apps
//	audit log deploy/web --since 1h
//	audit diff deploy/web 10:00 now
//	audit show deploy/web --at 10:00
//	audit export > changes.ndjson
//
// See README.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/mattn/go-isatty"
)

// The exit codes.
const (
	exitDone    = 0
	exitFailed  = 1 // the cluster or the file could not be used
	exitUsage   = 2 // the command line makes no sense
	exitNothing = 3 // there is nothing of what was asked for
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second ^C ends it at once
	a := &app{
		out: os.Stdout, err: os.Stderr, now: time.Now, zone: time.Local, env: os.Getenv,
		outIsTerminal: isatty.IsTerminal(os.Stdout.Fd()), errIsTerminal: isatty.IsTerminal(os.Stderr.Fd()),
	}
	os.Exit(a.run(ctx, os.Args[1:]))
}

// app is one run of the command, and what it has of the world.
type app struct {
	out, err                     io.Writer
	outIsTerminal, errIsTerminal bool
	now                          func() time.Time
	zone                         *time.Location
	env                          func(string) string

	db    string
	paint palette
}

// command is one of the things to do.
type command struct {
	name, args, short string
	long              string // with examples
	run               func(context.Context, *app, *flags) error
	setup             func(*flags)
}

func commands() []command {
	return []command{recordCommand(), logCommand(), diffCommand(), showCommand(), exportCommand(), statusCommand()}
}

// run does what the arguments say, and returns the exit code.
func (a *app) run(ctx context.Context, args []string) int {
	if len(args) == 0 {
		a.usage(a.err)
		return exitUsage
	}
	if args[0] == "help" && len(args) > 1 {
		args = []string{args[1], "-h"}
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return a.code(c, a.do(ctx, c, args[1:]))
		}
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		a.usage(a.out)
		return exitDone
	}
	fmt.Fprintf(a.err, "audit: there is no command %q; audit help lists them\n", args[0])
	return exitUsage
}

func (a *app) do(ctx context.Context, c command, args []string) error {
	f := newFlags(a, c)
	if err := f.parse(args); err != nil {
		return err
	}
	return c.run(ctx, a, f)
}

// code tells an error, and what it means to a script.
func (a *app) code(c command, err error) int {
	var usage *usageError
	var nothing *nothingError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, flag.ErrHelp):
		return exitDone
	case errors.As(err, &usage):
		fmt.Fprintf(a.err, "audit %s: %v\naudit %s -h explains it\n", c.name, err, c.name)
		return exitUsage
	case errors.As(err, &nothing):
		fmt.Fprintf(a.err, "audit %s: %v\n", c.name, err)
		return exitNothing
	}
	fmt.Fprintf(a.err, "audit %s: %v\n", c.name, err)
	return exitFailed
}

func (a *app) usage(to io.Writer) {
	fmt.Fprint(to, "audit records what changes in a Kubernetes cluster, and tells who changed what, and when.\n\nCommands:\n")
	for _, c := range commands() {
		fmt.Fprintf(to, "  %-8s%s\n", c.name, c.short)
	}
	fmt.Fprint(to, `
audit COMMAND -h explains a command. Start with:

  audit record -v pods deployments    # in one terminal; it takes the current context of kubectl
  audit log                           # in another one

Exit codes: 0 done, 1 the cluster or the file could not be used, 2 the command line
makes no sense, 3 there is nothing of what was asked for.
`)
}

// usageError tells that the command line makes no sense.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func misuse(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// nothingError tells that there is nothing of what was asked for.
type nothingError struct{ text string }

func (e *nothingError) Error() string { return e.text }

func nothing(format string, args ...any) error { return &nothingError{fmt.Sprintf(format, args...)} }

// passing is called at points of interest. Tests die there.
var passing = func(point string) {}
