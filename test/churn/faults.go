package churn

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/kubeviews/kube/test/cluster"
	"github.com/kubeviews/kube/watch"
)

// fault breaks something for a while, and mends it.
type fault struct {
	name string
	make func(ctx context.Context, b *breaker) error
}

// breaker is what faults are made with.
type breaker struct {
	cluster *cluster.Cluster
	wire    *cluster.Wire
	random  *rand.Rand
	watched map[string]func() watch.Status // who must notice that the line is dead
	stale   []Violation
}

// between is a random time.
func (b *breaker) between(least, most time.Duration) time.Duration {
	return least + time.Duration(b.random.Int64N(int64(most-least)))
}

// faults is the deck from which a run draws.
var faults = []fault{
	{"proxy killed", func(ctx context.Context, b *breaker) error { return b.kill(ctx, cluster.ProxyTCP) }},
	{"proxy frozen", func(ctx context.Context, b *breaker) error { return b.freeze(ctx, cluster.ProxyTCP, true) }},
	{"proxy frozen shortly", func(ctx context.Context, b *breaker) error { return b.freeze(ctx, cluster.ProxyTCP, false) }},
	{"apiserver killed", func(ctx context.Context, b *breaker) error { return b.kill(ctx, cluster.APIServer) }},
	{"apiserver frozen shortly", func(ctx context.Context, b *breaker) error { return b.freeze(ctx, cluster.APIServer, false) }},
	{"etcd frozen shortly", func(ctx context.Context, b *breaker) error { return b.freeze(ctx, cluster.Etcd, false) }},
	{"compaction", func(ctx context.Context, b *breaker) error { return b.cluster.Compact(ctx) }},
	{"all forgotten", func(ctx context.Context, b *breaker) error { return b.cluster.Forget(ctx) }},
	{"forgotten meanwhile", forgottenMeanwhile},
	{"wire cut", func(ctx context.Context, b *breaker) error { b.wire.Cut(cluster.FIN); return nil }},
	{"wire reset", func(ctx context.Context, b *breaker) error { b.wire.Cut(cluster.RST); return nil }},
	{"wire cut after bytes", cutAfterBytes},
	{"wire frozen", wireFrozen},
	{"wire throttled", wireThrottled},
	{"wire refuses", wireRefuses},
}

func (b *breaker) kill(ctx context.Context, part cluster.Part) error {
	if err := b.cluster.Kill(part); err != nil {
		return err
	}
	pause(ctx, b.between(0, time.Second))
	return b.cluster.Restart(ctx, part)
}

// freeze holds a part for a while: long means until all have noticed.
func (b *breaker) freeze(ctx context.Context, part cluster.Part, long bool) error {
	if long {
		b.recover(ctx)
	}
	begun := time.Now()
	if err := b.cluster.Freeze(part); err != nil {
		return err
	}
	if long {
		b.notice(ctx, begun)
	} else {
		pause(ctx, b.between(200*time.Millisecond, 2*time.Second))
	}
	return b.cluster.Thaw(part)
}

// For watchTimeout a watch is held open, and it is taken to be dead after as long
// again: the bound that the library states. noticing adds what a busy machine may
// take.
const (
	watchTimeout = 2 * time.Second
	deadAfter    = 2 * watchTimeout
	noticing     = 2 * time.Second
)

// recover waits until all that are watched live: else they would know of a dead line
// before there is one.
func (b *breaker) recover(ctx context.Context) {
	begun := time.Now()
	for name := range b.watched {
		for !b.watched[name]().Live && time.Since(begun) < stallLimit && pause(ctx, 20*time.Millisecond) {
		}
	}
}

// notice waits until all that are watched have noticed that nothing comes any more,
// or ought to have.
func (b *breaker) notice(ctx context.Context, begun time.Time) {
	waiting := make(map[string]bool)
	for name := range b.watched {
		waiting[name] = true
	}
	for len(waiting) > 0 && time.Since(begun) < deadAfter+noticing && pause(ctx, 20*time.Millisecond) {
		for name := range waiting {
			if !b.watched[name]().Live {
				delete(waiting, name)
			}
		}
	}
	for name := range waiting {
		b.stale = append(b.stale, Violation{Consumer: name, Promise: Stale,
			Text: fmt.Sprintf("nothing came for %s, and it says that it is live: %+v", time.Since(begun), b.watched[name]())})
	}
}

func cutAfterBytes(ctx context.Context, b *breaker) error {
	for range 4 {
		b.wire.CutEach(int64(b.random.IntN(1<<b.random.IntN(18)+1)), cluster.End(b.random.IntN(2)))
		b.wire.Cut(cluster.FIN)
		pause(ctx, b.between(100*time.Millisecond, 700*time.Millisecond))
	}
	b.wire.CutNone()
	b.wire.Cut(cluster.RST)
	return nil
}

func wireFrozen(ctx context.Context, b *breaker) error {
	b.recover(ctx)
	begun := time.Now()
	b.wire.Freeze()
	defer b.wire.Thaw()
	b.notice(ctx, begun)
	return nil
}

// forgottenMeanwhile makes the server forget what has not come through: nobody can
// resume without a gap.
func forgottenMeanwhile(ctx context.Context, b *breaker) error {
	if err := b.wire.Refuse(); err != nil {
		return err
	}
	b.wire.Cut(cluster.RST)
	pause(ctx, b.between(200*time.Millisecond, time.Second))
	return errors.Join(b.cluster.Forget(ctx), b.wire.Accept())
}

func wireThrottled(ctx context.Context, b *breaker) error {
	b.wire.Throttle(32_000 << b.random.IntN(4))
	pause(ctx, b.between(time.Second, 3*time.Second))
	b.wire.Throttle(0)
	return nil
}

func wireRefuses(ctx context.Context, b *breaker) error {
	if err := b.wire.Refuse(); err != nil {
		return err
	}
	b.wire.Cut(cluster.RST)
	pause(ctx, b.between(100*time.Millisecond, time.Second))
	return b.wire.Accept()
}
