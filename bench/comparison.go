package main

import (
	"context"
	"slices"

	"github.com/kubeviews/kube/bench/data"
	"github.com/kubeviews/kube/bench/replay"
)

// comparison is one case with one peer.
type comparison struct {
	title, peer string
	long        bool // not run when it is to be short
	real        bool // asks a real cluster
	metrics     []metric
	run         func(ctx context.Context, url string, s scale) (pair, error)
}

func (c comparison) name() string { return c.title + "/" + c.peer }

// metric is something of the costs that is compared.
type metric struct {
	suffix, unit string
	of           func(cost) float64
	least        float64 // what is less counts as this much: zero is no divisor
}

var (
	cpu    = metric{"", "cpu", func(c cost) float64 { return c.CPU.Seconds() }, 1e-9}
	wall   = metric{"-wall", "wall", func(c cost) float64 { return c.Wall.Seconds() }, 1e-9}
	allocs = metric{"-allocs", "allocs", func(c cost) float64 { return float64(c.Allocs) }, 1}
	size   = metric{"-bytes", "bytes", func(c cost) float64 { return float64(c.Bytes) }, 1}
	heap   = metric{"-heap", "kept", func(c cost) float64 { return float64(c.Kept) }, 1}

	work   = []metric{cpu, wall, allocs, size}
	keeps  = append(slices.Clone(work), heap)
	timing = []metric{wall, allocs}
)

// against makes a comparison of requests with each of some peers.
func against(title string, metrics []metric, set func(scale) replay.Set, ours func(url string) side, theirs map[string]func(url string) side) (all []comparison) {
	for _, peer := range peers {
		their, ok := theirs[peer]
		if !ok {
			continue
		}
		all = append(all, comparison{title: title, peer: peer, long: slow(title, peer), metrics: metrics, run: func(ctx context.Context, url string, s scale) (pair, error) {
			at := url + set(s).Path()
			return alternate(ctx, s.rounds, ours(at), their(at))
		}})
	}
	return all
}

// slow tells whether a comparison is left out of a short run.
func slow(title, peer string) bool {
	return !brief[title] || peer == dynamicJSON && title != "list-read"
}

var brief = map[string]bool{"list-keep-lean": true, "list-read": true, "adversarial-keep-lean": true, "watch": true}

func listed(order data.Order) func(scale) replay.Set {
	return func(s scale) replay.Set { return replay.Set{Order: order, Pods: s.pods, Seed: 1} }
}

var comparisons = slices.Concat(listCases, transferCases, kindCases, watchCases, mirrorCases, memoryCases, recordedCases, programCases, realCases)
