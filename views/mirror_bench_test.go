package views

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/kubeviews/kube/internal/follow"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
	"github.com/kubeviews/kube/watch"
)

// churn is a mirror of pods, to which steps are applied without a server.
type churn struct {
	Mirror[items.Pod]
	maker items.Maker[items.Pod]
	all   objects
	pods  []items.Item // two revisions of each
	keys  []follow.Key
	n     int
}

func newChurn(tb testing.TB, n int, indexes ...Index[items.Pod]) *churn {
	kind, err := kinds.Builtin().Lookup("Pod")
	if err != nil {
		tb.Fatal(err)
	}
	c := &churn{Mirror: Mirror[items.Pod]{new(mirror)}, n: n, maker: items.NewMaker[items.Pod](items.NewOrigin(nil, kind, "v1"))}
	for _, x := range indexes {
		c.m.indexes = append(c.m.indexes, x.index)
	}
	for i := range 2 * n {
		doc, err := raw.Parse(fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"ns-%d","name":"pod-%05d","uid":"uid-%d","resourceVersion":"%d",`+
			`"labels":{"app":"app-%d"}},"spec":{"nodeName":"node-%d"}}`, i%n%10, i%n, i%n, i+1, i%100, i%n%500))
		if err != nil {
			tb.Fatal(err)
		}
		c.pods = append(c.pods, c.maker.Make(doc))
		c.keys = append(c.keys, follow.KeyOf(c.pods[i]))
	}
	c.all = follow.Objects(c.pods[:n])
	c.m.log.current.Store(&snapshot{mirror: new(identity)})
	c.m.apply(follow.Step[items.Item]{Objects: c.all, Version: "1", Events: make([]event, n)})
	return c
}

// step applies the i-th change: every pod goes to its other revision in turn.
func (c *churn) step(i int) {
	pod := c.pods[(i+c.n)%(2*c.n)]
	c.all = c.all.Set(follow.KeyOf(pod), pod)
	c.m.apply(follow.Step[items.Item]{Objects: c.all, Version: pod.Version(), Events: []event{{Type: watch.Modified, Item: pod}}})
}

// Whoever asks for the changes since a snapshot may have got it in the very
// instant in which it was published.
func TestMirrorSnapshotIsNeverAheadOfItsEvents(t *testing.T) {
	c := newChurn(t, 100)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var readers sync.WaitGroup
	var stop atomic.Bool
	for range 2 {
		readers.Go(func() {
			for !stop.Load() {
				s := c.Snapshot()
				if _, now := c.m.log.since(s.s); now.at < s.s.at {
					t.Errorf("the events lead to %d, and the snapshot is at %d", now.at, s.s.at)
					return
				}
				for range c.ChangesSince(ctx, s) {
				}
			}
		})
	}
	for i := range 20_000 {
		c.step(i)
	}
	stop.Store(true)
	readers.Wait()
}

// What is allocated while a writer is at work is the writer's.
func BenchmarkMirrorRead(b *testing.B) {
	for _, writing := range []bool{false, true} {
		b.Run(fmt.Sprintf("writing=%v", writing), func(b *testing.B) {
			c := newChurn(b, 10_000)
			stop := make(chan struct{})
			var writer sync.WaitGroup
			writes := 0
			if writing {
				writer.Go(func() {
					for ; ; writes++ {
						select {
						case <-stop:
							return
						default:
							c.step(writes)
						}
					}
				})
			}
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for i := 0; pb.Next(); i += 7919 {
					key := c.keys[i%c.n]
					if _, ok := c.Snapshot().Get(key.Namespace, key.Name); !ok {
						b.Error("a pod is missing")
					}
				}
			})
			b.StopTimer()
			close(stop)
			writer.Wait()
			if writing {
				b.ReportMetric(float64(writes)/b.Elapsed().Seconds(), "writes/s")
			}
		})
	}
}

func BenchmarkMirrorApply(b *testing.B) {
	all := []Index[items.Pod]{ByLabel[items.Pod]("app"), ByField[items.Pod]("spec", "nodeName")}
	for _, n := range []int{0, 2} {
		b.Run(fmt.Sprintf("indexes=%d", n), func(b *testing.B) {
			c := newChurn(b, 10_000, all[:n]...)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				c.step(i)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
