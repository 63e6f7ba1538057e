package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// flags are those of one command. They may stand before, between and behind its
// arguments.
type flags struct {
	*flag.FlagSet
	app       *app
	command   command
	arguments []string

	db, color string
	utc       bool

	// Of the commands that read.
	kinds, namespace, manager, since, until, output, at string
	limit                                               int
	after                                               int64
	gaps, check                                         bool
	formats                                             []string // for output

	// Of record.
	proxy, context, kubeconfig, kubectl string
	secrets, verbose                    bool
}

func newFlags(a *app, c command) *flags {
	f := &flags{FlagSet: flag.NewFlagSet(c.name, flag.ContinueOnError), app: a, command: c}
	f.SetOutput(a.err)
	f.Usage = func() {} // explain is for those who ask
	f.StringVar(&f.db, "db", cmp.Or(a.env("AUDIT_DB"), "audit.db"), "the `FILE` of the recording; $AUDIT_DB is the default, else audit.db")
	f.BoolVar(&f.utc, "utc", false, "show and read times in UTC, not in local time")
	f.StringVar(&f.color, "color", "auto", "`WHEN` to colour: auto (on a terminal, without NO_COLOR), always or never")
	if c.setup != nil {
		c.setup(f)
	}
	return f
}

func (f *flags) explain() {
	fmt.Fprintf(f.app.out, "audit %s %s\n\n%s\n\nFlags:\n", f.command.name, f.command.args, f.command.long)
	f.SetOutput(f.app.out)
	f.PrintDefaults()
}

// parse reads flags and arguments, in any order.
func (f *flags) parse(args []string) error {
	args = joined(args)
	for len(args) > 0 {
		if err := f.parseFlags(args); err != nil {
			return err
		}
		rest := f.Args()
		if used := len(args) - len(rest); used > 0 && args[used-1] == "--" {
			f.arguments = append(f.arguments, rest...)
			break
		}
		if len(rest) == 0 {
			break
		}
		f.arguments, args = append(f.arguments, rest[0]), rest[1:]
	}
	return f.apply()
}

// parseFlags leaves telling what is wrong to the caller.
func (f *flags) parseFlags(args []string) error {
	f.SetOutput(io.Discard)
	err := f.FlagSet.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		f.explain()
	case err != nil:
		return misuse("%v", err)
	}
	return err
}

// apply is what the common flags do.
func (f *flags) apply() error {
	if f.utc {
		f.app.zone = time.UTC
	}
	f.app.db = f.db
	switch f.color {
	case "always":
		f.app.paint = colours
	case "never":
	case "auto":
		if f.app.outIsTerminal && f.app.env("NO_COLOR") == "" && f.app.env("TERM") != "dumb" {
			f.app.paint = colours
		}
	default:
		return misuse("--color is auto, always or never, not %q", f.color)
	}
	if f.formats != nil && !slices.Contains(f.formats, f.output) {
		return misuse("-o is %s, not %q", strings.Join(f.formats, " or "), f.output)
	}
	return nil
}

// scope adds the flags that narrow what is read.
func (f *flags) scope() {
	f.StringVar(&f.kinds, "kind", "", "only these `KINDS`: pods,deployments.apps,…")
	f.StringVar(&f.namespace, "n", "", "only this `NAMESPACE`")
	f.StringVar(&f.manager, "manager", "", "only what this field `MANAGER` changed: kubectl-edit, kube-controller-manager, …")
}

// period adds the flags of a time.
func (f *flags) period() {
	f.StringVar(&f.since, "since", "", "only from this `TIME` on: 2h, 3d, 10:30, 2026-05-01, 2026-05-01T10:30:00Z")
	f.StringVar(&f.until, "until", "", "only up to this `TIME`, and with it")
}

// format adds the flag of the formats that the command has, of which the first is the
// default.
func (f *flags) format(formats ...string) {
	f.formats = formats
	f.StringVar(&f.output, "o", formats[0], "the `FORMAT`: "+strings.Join(formats, " or "))
}
