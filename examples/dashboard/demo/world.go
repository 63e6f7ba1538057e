package demo

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/kubeviews/kube/kubetest"
)

// Options say what the world is like.
type Options struct {
	// Seed makes another cluster and another story.
	Seed uint64
	// Pods is how many there are, about: 0, and what is less than the small
	// shop's, means the small shop. More of them are shops in other regions.
	Pods int
	// ChangesPerSecond is how fast the world lives: 0 means 2, less means that
	// nothing happens but what Step does.
	ChangesPerSecond float64
	// Clock is the time; nil means the computer's.
	Clock func() time.Time
}

// remembered is how many changes of each kind watchers can ask for: with whole pods,
// some ten megabytes.
const remembered = 1000

// World is a cluster that lives in memory. Its methods may be called from any
// goroutine.
type World struct {
	options Options
	server  *kubetest.Server
	client  *client
	dice    dice
	start   time.Time

	end  context.CancelFunc
	done chan struct{}

	mu     sync.Mutex // guards what follows, and lets one change happen at a time
	outage *kubetest.Injection
	failed error // what first went wrong
	steps  int
	tasks  []task
	kept   map[string][sha256.Size]byte // what controllers have written last, by path

	nodes      []*node
	namespaces []string
	workloads  []*workload
	crons      []*cronJob
	notes      []*note
	noted      int
	seedlings  []seedling // to be planted
}

// Start starts an API server in memory, seeded with the cluster of a small shop,
// and lives it until ctx is done or Close is called.
func Start(ctx context.Context, options Options) (*World, error) {
	w := &World{options: options, dice: newDice(options.Seed), done: make(chan struct{}), kept: map[string][sha256.Size]byte{}}
	if w.options.Clock == nil {
		w.options.Clock = time.Now
	}
	if options.ChangesPerSecond == 0 {
		w.options.ChangesPerSecond = 2
	}
	w.start = w.now()
	server, err := kubetest.Start(kubetest.WithClock(w.options.Clock), kubetest.WithRequestLimit(0), kubetest.WithHistory(remembered))
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	w.server, w.client = server, newClient(server.URL())
	if err := w.seed(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("demo: %w", err), server.Close())
	}
	ctx, w.end = context.WithCancel(ctx)
	w.client.ctx = ctx
	go w.live(ctx)
	return w, nil
}

// live lets the world change at its pace, and closes it when ctx is done.
func (w *World) live(ctx context.Context) {
	defer close(w.done)
	if w.options.ChangesPerSecond > 0 {
		w.tick(ctx)
	}
	<-ctx.Done()
	w.client.http.CloseIdleConnections()
	_ = w.server.Close() // it only fails when it is closed already
}

func (w *World) tick(ctx context.Context) {
	pace := time.NewTicker(max(time.Duration(float64(time.Second)/w.options.ChangesPerSecond), time.Microsecond))
	defer pace.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pace.C:
			_ = w.Step() // Err keeps it
		}
	}
}

// Close ends the world, its server included, and waits until nothing of it runs.
// Closing twice is fine.
func (w *World) Close() {
	w.end()
	<-w.done
}

// URL is the address of the server, as that of "kubectl proxy".
func (w *World) URL() string { return w.server.URL() }

// Server is what the world runs on.
func (w *World) Server() *kubetest.Server { return w.server }

// Err is the first thing that went wrong in the world, or nil: a write that the
// server refused.
func (w *World) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failed
}

// Outage makes the server unreachable for all others, and reachable again: their
// connections break, and so do new ones. Life goes on behind it.
func (w *World) Outage(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case on && w.outage == nil:
		w.outage = w.server.Inject(kubetest.Fault{Match: w.client.isOther, Cut: true})
		w.server.CutConnections()
		w.client.http.CloseIdleConnections()
	case !on && w.outage != nil:
		w.outage.Remove()
		w.outage = nil
	}
}

// now is the world's time, in whole seconds as the API has it.
func (w *World) now() time.Time { return w.options.Clock().UTC().Truncate(time.Second) }

// days is a random span between so many days.
func (w *World) days(least, most float64) time.Duration {
	return time.Duration((least + (most-least)*w.dice.Float64()) * 24 * float64(time.Hour)).Truncate(time.Second)
}
