package churn

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/test/cluster"
)

// Config says how much a run does.
type Config struct {
	Seed    uint64
	Objects int // ConfigMaps that are created at first
	Rounds  int // each ends with all faults healed, and a check
	Faults  int // a round
	Logf    func(format string, args ...any)
}

// writers is how many there are, and pace how often each makes a change: more than
// that two busy cores cannot carry through seven consumers.
const (
	writers    = 4
	pace       = 15 * time.Millisecond
	hotKeys    = 100
	namespaces = 3
)

// run is one seed at work.
type run struct {
	Config
	random  *rand.Rand
	cluster *cluster.Cluster
	wire    *cluster.Wire
	server  *server
	kube    *kube.Cluster
	oracle  *oracle
	ledger  ledger
	writers []*writer
	herald  *writer // writes when the others rest
	breaker *breaker
	deck    []fault
	audience
	slow   atomic.Bool
	report Report
}

// Run brings a control plane up, churns it, and checks. An error is of what the test
// needs, not of the library: what that does wrong is in the report.
func Run(ctx context.Context, config Config) (Report, error) {
	begun := time.Now()
	r := &run{Config: config, random: rand.New(rand.NewPCG(config.Seed, 0))}
	r.report = Report{Seed: config.Seed, Faults: map[string]int{}, Gaps: map[string]int{}}
	err := r.run(ctx)
	r.report.Took = time.Since(begun)
	if err != nil {
		err = fmt.Errorf("seed %d: %w", config.Seed, err)
	}
	return r.report, err
}

func (r *run) run(ctx context.Context) (err error) {
	if r.cluster, err = cluster.Start(ctx, cluster.Options{Bare: true}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.cluster.Stop()) }()
	if r.wire, err = cluster.NewWire(r.cluster.ProxyURL()); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.wire.Close()) }()

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := r.prepare(ctx); err != nil {
		return err
	}
	for round := range r.Rounds {
		if err := r.round(ctx, round); err != nil {
			return err
		}
	}
	r.finish(cancel)
	return nil
}

// prepare starts the writers and the consumers, and fills the cluster meanwhile.
func (r *run) prepare(ctx context.Context) error {
	server, config, err := newServer(r.cluster.Kubeconfig())
	if err != nil {
		return err
	}
	r.server = server
	var keys []Key
	for n := range namespaces {
		name := fmt.Sprintf("churn-%d", n)
		namespace := map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]string{"name": name}}
		if err := server.do(ctx, "POST", "/api/v1/namespaces", jsonType, namespace, nil); err != nil {
			return err
		}
		for i := range r.Objects / namespaces {
			keys = append(keys, Key{name, fmt.Sprintf("object-%04d", i)})
		}
	}
	r.random.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	for i := range writers {
		r.writers = append(r.writers, r.writer(fmt.Sprintf("writer-%d", i), uint64(i+1), keys))
	}
	r.herald = r.writer("herald", writers+1, keys)
	if r.oracle, err = newOracle(ctx, config); err != nil {
		return err
	}
	filled := r.fill(ctx, keys)
	if err := r.open(ctx, keys); err != nil {
		return err
	}
	r.breaker = &breaker{cluster: r.cluster, wire: r.wire, random: rand.New(rand.NewPCG(r.Seed, 100)), watched: r.statuses()}
	return <-filled
}

func (r *run) writer(name string, stream uint64, keys []Key) *writer {
	random := rand.New(rand.NewPCG(r.Seed, stream))
	return &writer{name: name, server: r.server, ledger: &r.ledger, random: random, keys: keys, hot: keys[:hotKeys]}
}

// fill creates all objects, as fast as the server can.
func (r *run) fill(ctx context.Context, keys []Key) <-chan error {
	begun, errs := time.Now(), make([]error, writers)
	var group sync.WaitGroup
	for i, w := range r.writers {
		share := keys[i*len(keys)/writers : (i+1)*len(keys)/writers]
		group.Go(func() { errs[i] = w.fill(ctx, share) })
	}
	done := make(chan error, 1)
	go func() {
		group.Wait()
		r.Logf("%d objects were created in %s", len(keys), time.Since(begun).Round(time.Millisecond))
		done <- errors.Join(errs...)
	}()
	return done
}

// round makes faults while the writers write, then lets all come to rest, and checks.
func (r *run) round(ctx context.Context, n int) error {
	writing, rest := context.WithCancel(ctx)
	defer rest()
	var group sync.WaitGroup
	defer group.Wait()
	defer rest()
	for _, w := range r.writers {
		group.Go(func() { w.run(writing, pace) })
	}
	r.slow.Store(true)
	for range r.Faults {
		f := r.draw()
		begun := time.Now()
		if err := f.make(ctx, r.breaker); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		r.report.Faults[f.name]++
		r.Logf("%s, for %s", f.name, time.Since(begun).Round(10*time.Millisecond))
		pause(ctx, r.breaker.between(100*time.Millisecond, time.Second))
	}
	rest()
	group.Wait()
	r.slow.Store(false)
	return r.check(ctx, n)
}

// draw takes the next fault off the deck.
func (r *run) draw() fault {
	if len(r.deck) == 0 {
		for _, i := range r.random.Perm(len(faults)) {
			r.deck = append(r.deck, faults[i])
		}
	}
	f := r.deck[0]
	r.deck = r.deck[1:]
	return f
}
