package live

import (
	"context"
	"slices"
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
	Changes  int64 // since the start
	OfPods   bool  // the pods are known, which the rest is about
	Pods     int
	Ready    int
	Restarts int64
}

// history holds the latest samples.
type history struct {
	mu      sync.Mutex
	samples []Sample
	waiting chan struct{} // closed with the next sample; nil when nobody waits
}

func (c *Cluster) sample(ctx context.Context) {
	tick := time.NewTicker(Interval)
	defer tick.Stop()
	for {
		if c.isCurrent() {
			c.history.add(c.count())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// isCurrent reports whether there is something to count. What happens without contact is
// not known, and no sample is made up of what was known before.
func (c *Cluster) isCurrent() bool {
	return slices.ContainsFunc(c.Resources(), (*Resource).Known) && c.Contact().Live
}

// count takes a sample. Changes are counted also where pods are not shown.
func (c *Cluster) count() Sample {
	s := Sample{Time: time.Now(), Changes: c.Seq()}
	if pods, ok := c.BuiltIn(kinds.Pod); ok && pods.Known() {
		sums := c.Pods()
		s.OfPods, s.Pods, s.Ready, s.Restarts = true, sums.Pods, sums.Ready, sums.Restarts
	}
	return s
}

// Known reports whether the objects have been read, be they current or not.
func (r *Resource) Known() bool { return r.Snapshot().Version() != "" }

func (h *history) add(s Sample) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.samples = append(h.samples, s); len(h.samples) > span {
		h.samples = append([]Sample{}, h.samples[len(h.samples)-span:]...)
	}
	if h.waiting != nil {
		close(h.waiting)
		h.waiting = nil
	}
}

// sampled is closed with the next sample.
func (h *history) sampled() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.waiting == nil {
		h.waiting = make(chan struct{})
	}
	return h.waiting
}

func (h *history) all() []Sample {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]Sample{}, h.samples...)
}
