package live

import (
	"context"
	"sync"
	"time"

	"github.com/kubeviews/kube/kinds"
)

// Interval is the time between two samples, and span how many there are.
const (
	Interval = 2 * time.Second
	span     = 300
)

// Sample is what was counted at one time.
type Sample struct {
	Time     time.Time
	Pods     int
	Ready    int
	Restarts int64
	Changes  int64 // since the start
}

// history holds the latest samples.
type history struct {
	mu      sync.Mutex
	samples []Sample
}

func (c *Cluster) sample(ctx context.Context) {
	tick := time.NewTicker(Interval)
	defer tick.Stop()
	for {
		if r, ok := c.BuiltIn(kinds.Pod); ok && r.Snapshot().Version() != "" {
			sums := c.Pods()
			c.history.add(Sample{time.Now(), sums.Pods, sums.Ready, sums.Restarts, c.Seq()})
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (h *history) add(s Sample) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.samples = append(h.samples, s); len(h.samples) > span {
		h.samples = append([]Sample{}, h.samples[len(h.samples)-span:]...)
	}
}

func (h *history) all() []Sample {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]Sample{}, h.samples...)
}
