package views_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/views"
)

// holds is how many items a snapshot has, and what they take.
func holds(s views.Snapshot[items.Pod]) (n int, bytes int64) {
	for pod := range s.All() {
		n++
		bytes += int64(pod.Raw().Footprint())
	}
	return n, bytes
}

// What the status says of a mirror's memory is the sum of its items', whatever
// happens: changes, deletions, lists, a server that is set back. These are too small
// to share anything.
func TestMirrorTellsWhatItHolds(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 9))
			f := newFakePods("a", "b")
			inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
				stop := readsStatus(m)
				defer stop()
				most := int64(0)
				for i := range 400 {
					step := stepOf(f, random)
					time.Sleep(time.Minute) // virtual: pauses pass
					synctest.Wait()
					n, bytes := holds(m.Snapshot())
					if s := m.Status(); s.Items != n || s.Bytes != bytes || n > 0 && bytes == 0 {
						t.Fatalf("step %d, %s: %d items of %d bytes are told, and there are %d of %d", i, step, s.Items, s.Bytes, n, bytes)
					}
					most = max(most, bytes)
				}
				if s := m.Status(); most < 4_000 || s.Gaps == 0 {
					t.Errorf("%d bytes and %d gaps show nothing", most, s.Gaps)
				}
			})
		})
	}
}

// stepOf makes something happen.
func stepOf(f *fakePods, random *rand.Rand) string {
	name := fmt.Sprint("p", random.IntN(15))
	f.mu.Lock()
	_, there := f.pods[name]
	f.padding = random.IntN(250) // of what is sent from now on
	f.mu.Unlock()
	switch what := random.IntN(12); {
	case what == 0:
		f.expire()
		return "expired"
	case what == 1:
		f.relist()
		return "listed"
	case what == 2:
		version, pods := f.state()
		f.set(name, "lost")
		synctest.Wait()
		f.rewind(version, pods)
		return "rewound"
	case what == 3:
		f.remove(name)
		f.set(name, "anew")
		return "recreated " + name
	case what < 7 && there:
		f.remove(name)
		return "removed " + name
	}
	f.set(name, fmt.Sprint(random.IntN(5)))
	return "set " + name
}

// readsStatus asks for the status all the time, for the race detector to see.
func readsStatus(m *views.Mirror[items.Pod]) (stop func()) {
	end := make(chan struct{})
	var reader sync.WaitGroup
	reader.Go(func() {
		for {
			select {
			case <-end:
				return
			case <-time.After(time.Second):
				_ = m.Status()
			}
		}
	})
	return func() { close(end); reader.Wait() }
}

// A mirror that is not synced yet, and one of nothing, hold nothing.
func TestMirrorHoldsNothing(t *testing.T) {
	f := newFakePods()
	inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
		if s := m.Status(); s.Items != 0 || s.Bytes != 0 {
			t.Errorf("%d items, %d bytes", s.Items, s.Bytes)
		}
		f.set("a", "")
		synctest.Wait()
		if s := m.Status(); s.Items != 1 || s.Bytes == 0 {
			t.Errorf("%d items, %d bytes", s.Items, s.Bytes)
		}
		f.remove("a")
		synctest.Wait()
		if s := m.Status(); s.Items != 0 || s.Bytes != 0 {
			t.Errorf("%d items, %d bytes", s.Items, s.Bytes)
		}
	})
}

// Pods that are alike share their text, which is told once.
func TestMirrorOfTheAlikeIsSmall(t *testing.T) {
	f := newFakePods()
	f.padding = 3000
	inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
		for i := range 100 {
			f.set(fmt.Sprint("p", i), "")
		}
		synctest.Wait()
		n, bytes := holds(m.Snapshot())
		if s := m.Status(); s.Items != n || s.Bytes < bytes+3000 || s.Bytes > 100*3000/4 {
			t.Errorf("%d items of %d bytes are told, and there are %d of %d", s.Items, s.Bytes, n, bytes)
		}
	})
}
