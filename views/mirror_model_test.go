package views_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kubetest"
	"github.com/kubeviews/kube/meta"
	"github.com/kubeviews/kube/views"
	"github.com/kubeviews/kube/watch"
)

// history is every snapshot that was seen, with its text at that time.
type history struct {
	mu    sync.Mutex
	all   []views.Snapshot[items.Pod]
	texts [][]byte
}

// textOf is all that a snapshot shows.
func textOf(s views.Snapshot[items.Pod]) []byte {
	text := fmt.Appendf(nil, "%s %d", s.Version(), s.Len())
	for pod := range s.All() {
		text = append(append(text, '\n'), pod.Raw().Bytes()...)
	}
	return text
}

func (h *history) keep(s views.Snapshot[items.Pod]) {
	text := textOf(s)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all, h.texts = append(h.all, s), append(h.texts, text)
}

// check compares all that was kept with what it is now.
func (h *history) check(t *testing.T, random *rand.Rand, index views.Index[items.Pod]) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, s := range h.all {
		if !bytes.Equal(textOf(s), h.texts[i]) {
			t.Errorf("snapshot %d of %d, at %s, has changed", i, len(h.all), s.Version())
		}
		if i%5 > 0 {
			continue
		}
		if got, want := grouped(s, index), recomputed(s, lettersOf); !slices.Equal(got, want) {
			t.Errorf("snapshot %d: the index shows %q, not %q", i, got, want)
		}
	}
	for range 40 {
		old, now := h.all[random.IntN(len(h.all))], h.all[random.IntN(len(h.all))]
		if got, want := differenceText(now.Diff(old)), naiveDifference(old, now); got != want {
			t.Errorf("from %s to %s: got %s, want %s", old.Version(), now.Version(), got, want)
		}
	}
}

func lettersOf(p items.Pod) []string {
	app, _ := p.Labels().Get("app")
	return strings.Split(app, "")
}

func differenceText(d views.Difference[items.Pod]) string {
	text := fmt.Sprintln("added", d.Added, "removed", d.Removed)
	for _, c := range d.Changed {
		text += fmt.Sprintln(c.Old, c.New)
	}
	return text
}

func naiveDifference(old, now views.Snapshot[items.Pod]) string {
	var d views.Difference[items.Pod]
	for pod := range old.All() {
		if is, ok := now.Get(pod.Namespace(), pod.Name()); !ok || is.UID() != pod.UID() {
			d.Removed = append(d.Removed, pod)
		} else if is.Version() != pod.Version() {
			d.Changed = append(d.Changed, views.Change[items.Pod]{Old: pod, New: is})
		}
	}
	for pod := range now.All() {
		if was, ok := old.Get(pod.Namespace(), pod.Name()); !ok || was.UID() != pod.UID() {
			d.Added = append(d.Added, pod)
		}
	}
	return differenceText(d)
}

// rebuilt is what a subscriber makes of the events that it is told.
type rebuilt struct {
	t    *testing.T
	who  string
	pods map[string]items.Pod
	seen map[string]string // the latest version of each uid that was told
	gone map[string]bool   // uids whose end was told
	gaps int64             // the mirror's own
	told int               // how many events
	mark chan string       // the versions of ns/marker, if somebody waits for them
}

func newRebuilt(t *testing.T, who string) *rebuilt {
	return &rebuilt{t: t, who: who, pods: map[string]items.Pod{}, seen: map[string]string{}, gone: map[string]bool{}}
}

func (r *rebuilt) fault(event watch.Event[items.Pod], text string) {
	r.t.Errorf("%s: %v, which %s", r.who, event, text)
}

// tell applies an event, and checks that it may come there.
func (r *rebuilt) tell(event watch.Event[items.Pod]) {
	r.told++
	pod := event.Item
	var key string
	if !pod.IsZero() {
		key = pod.Namespace() + "/" + pod.Name()
	}
	was, there := r.pods[key]
	switch event.Type {
	case watch.Added:
		if there {
			r.fault(event, "is there already")
		}
		r.pods[key] = pod
	case watch.Modified:
		if !there || was.UID() != pod.UID() {
			r.fault(event, "is not there")
		}
		r.pods[key] = pod
	case watch.Deleted:
		if !there || was.UID() != pod.UID() {
			r.fault(event, "is not there")
		}
		delete(r.pods, key)
		r.gone[pod.UID()] = true
	case watch.Missed:
		if !errors.Is(event.Gap.Err, views.ErrSlow) {
			r.gaps++
		}
	}
	if pod.IsZero() {
		return
	}
	if last := r.seen[pod.UID()]; last != "" {
		order, err := meta.CompareVersions(pod.Version(), last)
		// What is gone may be told by its last revision, within a gap.
		if err != nil || order < 0 || order == 0 && event.Type != watch.Deleted {
			r.fault(event, "comes behind "+last)
		}
	}
	r.seen[pod.UID()] = pod.Version()
}

// run follows until a pod named end is there.
func (r *rebuilt) run(m *views.Mirror[items.Pod], pause func()) {
	for event, err := range m.ChangesSince(r.t.Context(), views.Snapshot[items.Pod]{}) {
		if err != nil {
			r.t.Errorf("%s: %v", r.who, err)
			return
		}
		r.tell(event)
		if r.mark != nil && event.Item.Name() == "marker" {
			r.mark <- event.Item.Version()
		}
		if !r.pods["ns/end"].IsZero() && (event.Gap.IsZero() || event.Type == watch.Synced) {
			return
		}
		pause()
	}
}

func (r *rebuilt) check(want views.Snapshot[items.Pod]) {
	r.t.Helper()
	if len(r.pods) != want.Len() {
		r.t.Errorf("%s: %d pods, not %d", r.who, len(r.pods), want.Len())
	}
	there := map[string]bool{}
	for pod := range want.All() {
		there[pod.UID()] = true
		if got := r.pods[pod.Namespace()+"/"+pod.Name()]; !got.Equal(pod) {
			r.t.Errorf("%s: %v, not %v", r.who, got, pod)
		}
	}
	for uid := range r.seen {
		if !there[uid] && !r.gone[uid] {
			r.t.Errorf("%s: the end of %s was not told", r.who, uid)
		}
	}
}

// disturb makes something go wrong.
func disturb(server *kubetest.Server, random *rand.Rand) {
	once := kubetest.Fault{Path: "/api/v1/", Times: 1, Match: func(r *http.Request) bool { return r.Header.Get("User-Agent") == "mirror" }}
	switch random.IntN(9) {
	case 0:
		server.CutConnections()
	case 1:
		server.EndWatches()
	case 2:
		server.Compact()
		server.CutConnections()
	case 3:
		server.Compact()
		server.EndWatches()
	case 4:
		once.Cut, once.CutAt, once.Reset = true, random.IntN(3000), random.IntN(2) == 0
		server.Inject(once)
		server.CutConnections()
	case 5:
		once.Status, once.Body = http.StatusInternalServerError, []byte("dial tcp: connection refused")
		server.Inject(once)
		server.CutConnections()
	case 6:
		once.Status = http.StatusGone
		once.Body = []byte(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Expired","code":410}`)
		server.Inject(once)
		server.CutConnections()
	case 7:
		server.Bookmark()
	case 8:
		once.Status = http.StatusTooManyRequests
		once.Body = []byte(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"TooManyRequests","code":429}`)
		server.Inject(once)
		server.EndWatches()
	}
}

// scene is a cluster that a seed is played on.
type scene struct {
	*testing.T
	random *rand.Rand
	server *kubetest.Server
	m      *views.Mirror[items.Pod]
	list   func() views.Snapshot[items.Pod]
	kept   history
}

// write changes something, at random.
func (s *scene) write() {
	namespace, name := []string{"ns", "other"}[s.random.IntN(2)], fmt.Sprint("p", s.random.IntN(12))
	labels := map[string]any{
		"app":  []string{"a", "ab", "bca", "cc", ""}[s.random.IntN(5)],
		"tier": []string{"front", "back"}[s.random.IntN(2)],
	}
	remove := func() { _ = s.server.Remove("pods", namespace, name) } // it may not be there
	switch s.random.IntN(6) {
	case 0:
		remove()
		return
	case 1:
		remove() // and made anew
	}
	if _, err := s.server.Put(podManifest(namespace, name, labels)); err != nil {
		s.Error(err)
	}
}

// settle writes one more pod, waits until the mirror shows it, and compares.
func (s *scene) settle(name string) (version string) {
	pod, err := s.server.Put(podManifest("ns", name, map[string]any{"tier": "front"}))
	if err != nil {
		s.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(s.Context(), 30*time.Second)
	defer cancel()
	now, err := s.m.Wait(ctx, func(now views.Snapshot[items.Pod]) bool {
		have, _ := now.Get("ns", name)
		return have.Version() == pod.Version()
	})
	if err != nil {
		s.Fatal(err)
	}
	if want := s.list(); !now.Equal(want) {
		s.Errorf("the mirror shows %v, not %v: %v", now, want, want.Diff(now))
	}
	s.kept.keep(now)
	return pod.Version()
}

// A mirror is compared with the server through whatever happens, and all that
// was ever seen of it with what it was then.
func TestMirrorModel(t *testing.T) {
	var gaps, lags atomic.Int64
	var seeds sync.WaitGroup // all at once: they mostly wait for pauses to pass
	for seed := range 30 {
		seeds.Go(func() {
			t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
				fast, slow := playModel(t, uint64(seed))
				gaps.Add(fast.gaps)
				lags.Add(int64(fast.told - slow.told))
			})
		})
	}
	seeds.Wait()
	if gaps.Load() == 0 || lags.Load() == 0 {
		t.Errorf("%d gaps and %d changes that were told together show nothing", gaps.Load(), lags.Load())
	}
}

func playModel(t *testing.T, seed uint64) (fast, slow *rebuilt) {
	random := rand.New(rand.NewPCG(seed, 3))
	server, cluster := newCluster(t, kubetest.WithObjects(podManifest("ns", "p0", nil), podManifest("other", "p0", nil)))
	mirrored, err := kube.NewCluster(kube.WithURL(server.URL()), kube.WithUserAgent("mirror"), kube.WithRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	defer mirrored.Close()
	narrow := []func(views.View[items.Pod]) views.View[items.Pod]{
		func(v views.View[items.Pod]) views.View[items.Pod] { return v },
		func(v views.View[items.Pod]) views.View[items.Pod] { return v.Filter(views.Labels("tier=front")) },
		func(v views.View[items.Pod]) views.View[items.Pod] { return v.In("ns").PageSize(3) },
	}[seed%3]
	index := views.IndexBy("letters", lettersOf)
	m := syncedMirror(t, narrow(mirrored.Pods()), index)
	s := &scene{T: t, random: random, server: server, m: m, list: func() views.Snapshot[items.Pod] { return listOf(t, narrow(cluster.Pods())) }}

	fast, slow = newRebuilt(t, "fast"), newRebuilt(t, "slow")
	const marks = 4
	fast.mark = make(chan string, marks)
	var subscribers, watching sync.WaitGroup
	subscribers.Go(func() { fast.run(m, func() {}) })
	subscribers.Go(func() {
		slow.run(m, func() {
			if slow.told == 1 { // in a large scene, this is more than the mirror remembers
				_, _ = m.Wait(t.Context(), hasEnd)
			}
		})
	})
	ctx, stop := context.WithCancel(t.Context())
	watching.Go(func() { // each snapshot that can be caught
		_, _ = m.Wait(ctx, func(now views.Snapshot[items.Pod]) bool {
			s.kept.keep(now)
			return false
		})
	})
	writes := 15
	if seed == 0 {
		writes = 150 // more than the mirror remembers
	}
	for range marks {
		disturbed := random.IntN(writes)
		for i := range writes {
			s.write()
			if i == disturbed {
				disturb(server, random)
			}
		}
		version := s.settle("marker")
		for got := ""; got != version; { // then the fast one surely does not lag
			select {
			case got = <-fast.mark:
			case <-time.After(30 * time.Second):
				t.Fatalf("the fast one was not told of %s", version)
			}
		}
	}
	s.settle("end")
	subscribers.Wait()
	stop()
	watching.Wait()
	fast.check(m.Snapshot())
	slow.check(m.Snapshot())
	if n := m.Status().Gaps; fast.gaps != n {
		t.Errorf("%d gaps were told, and %d counted", fast.gaps, n)
	}
	s.kept.check(t, random, index)
	return fast, slow
}

func hasEnd(s views.Snapshot[items.Pod]) bool {
	_, ok := s.Get("ns", "end")
	return ok
}

// 1,000 readers of one mirror, while it changes as fast as it can: each snapshot
// is one state, which its version tells.
func TestMirrorReadersUnderChurn(t *testing.T) {
	const pods, readers = 20, 1000
	f := newFakePods()
	name := func(i int) string { return fmt.Sprintf("p%02d", i%pods) }
	for i := range pods {
		f.set(name(i), name(i)) // pod i is at version 101 + i, and at every 20th behind it
	}
	app := views.ByLabel[items.Pod]("app")
	m := syncedMirror(t, f.view(), app)
	check := func(s views.Snapshot[items.Pod], from int) error {
		version, _ := strconv.Atoi(s.Version())
		if s.Len() != pods {
			return fmt.Errorf("%d pods at %d", s.Len(), version)
		}
		for i := range 4 { // of which two are neighbours in time
			i = (from + i*(pods+1)/2) % pods
			pod, latest := s.At(i), version-(version-101-i+pods)%pods
			if got := pod.Version(); got != strconv.Itoa(latest) {
				return fmt.Errorf("%s is at %s in the state of %d, not at %d", pod.Name(), got, version, latest)
			}
			if by := s.By(app, name(i)); by.Len() != 1 || by.At(0) != pod {
				return fmt.Errorf("the index shows %v in the state of %d", by, version)
			}
		}
		return nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer cancel()
	var all sync.WaitGroup
	all.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			f.set(name(i), name(i))
			switch i % 1000 {
			case 500:
				f.relist()
			case 250, 750:
				runtime.Gosched()
			}
		}
	})
	var reads, states atomic.Int64
	over, end := context.WithCancel(t.Context())
	end()
	for i := range readers {
		all.Go(func() {
			last := ""
			for ; ctx.Err() == nil; i++ {
				s := m.Snapshot()
				if err := check(s, i); err != nil {
					t.Error(err)
					return
				}
				for range m.ChangesSince(over, s) { // it may have been published this instant
				}
				if order, err := meta.CompareVersions(s.Version(), cmp.Or(last, s.Version())); err != nil || order < 0 {
					t.Errorf("%s behind %s, %v", s.Version(), last, err)
				}
				if s.Version() != last {
					states.Add(1)
				}
				last = s.Version()
				reads.Add(1)
				runtime.Gosched()
			}
		})
	}
	all.Wait()
	if states.Load() <= readers {
		t.Errorf("%d reads of %d states: too few to tell", reads.Load(), states.Load())
	}
	t.Logf("%d reads of %d states, up to version %s, with %d lists", reads.Load(), states.Load(), m.Snapshot().Version(), m.Status().Lists)
}
