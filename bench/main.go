// Bench compares package kube with client-go, side by side: each comparison is a
// process of its own, in which both run in turns on the same answers, which
// another process replays. It prints a table, and for machines lines
//
//	ratio CASE PEER VALUE
//
// that say how many times cheaper ours is than the peer.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"time"
)

func main() {
	short := flag.Bool("short", os.Getenv("SHORT") == "1", "less data and fewer rounds: done within a minute")
	only := flag.String("run", "", "run the cases that match the `expression`, as CASE/PEER")
	child := flag.String("child", "", "what the process is to do for its parent")
	url := flag.String("url", "", "where the replay server is")
	proxy := flag.String("proxy", os.Getenv("PROXY"), "the `URL` of kubectl proxy to a cluster that is to be filled with pods, and no other cases")
	profile := flag.String("profile", "", "write a profile of each case into the `directory`; its label side is ours or theirs")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	s := sizes(*short)
	s.profiles, s.proxy = *profile, *proxy
	err := start(ctx, *child, *url, *only, s)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func start(ctx context.Context, child, url, only string, s scale) error {
	switch child {
	case "":
		match, err := regexp.Compile(only)
		if err != nil {
			return err
		}
		return runAll(ctx, match, s)
	case "serve":
		return serve(ctx)
	}
	return runChild(ctx, child, url, s)
}

// scale is how much is measured.
type scale struct {
	pods, events, rounds int
	most                 int           // for what is of one size in all scales
	loop                 time.Duration // of calls that take little time
	short                bool
	proxy                string // the URL of a real cluster's kubectl proxy, or ""
	profiles             string // the directory for them, or ""
}

// some is a number of items, or what is at most allowed.
func (s scale) some(n int) int { return min(n, s.most) }

func sizes(short bool) scale {
	if short {
		return scale{pods: 1000, events: 1500, rounds: 2, most: 10_000, loop: 20 * time.Millisecond, short: true}
	}
	return scale{pods: 8700, events: 100_000, rounds: 5, most: 100_000, loop: 100 * time.Millisecond}
}
