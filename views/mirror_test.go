package views_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/kubetest"
	"github.com/kubeviews/kube/raw"
	"github.com/kubeviews/kube/views"
	"github.com/kubeviews/kube/watch"
)

// fakePods is a connection to a server of pods in one namespace. It lives in the
// test's own bubble, where time is virtual. Versions count its writes, so that a
// version tells the whole state.
type fakePods struct {
	mu      sync.Mutex
	version int
	pods    map[string]fakePod
	log     []fakeEvent
	kept    int // how many events watches are served of; 0 for all
	oldest  int // watches of older versions are refused
	padding int // bytes of each document
	fault   func(rest.Request) error
	changed chan struct{}
	ends    chan struct{}
	bodies  atomic.Int64 // open answers
	lists   atomic.Int64
}

type fakePod struct {
	name, uid, app string
	version        int
}

type fakeEvent struct {
	how string
	pod fakePod
}

func newFakePods(names ...string) *fakePods {
	f := &fakePods{version: 100, pods: map[string]fakePod{}, changed: make(chan struct{}), ends: make(chan struct{})}
	for _, name := range names {
		f.set(name, "")
	}
	return f
}

func (f *fakePods) view() views.View[items.Pod] {
	kind, err := kinds.Builtin().Lookup("Pod")
	if err != nil {
		panic(err)
	}
	return views.Of[items.Pod](f, kind)
}

// set makes a pod, or changes it, and returns its version.
func (f *fakePods) set(name, app string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.version++
	how, pod := "MODIFIED", f.pods[name]
	if pod.uid == "" {
		how, pod.uid = "ADDED", fmt.Sprint("uid-", f.version)
	}
	pod.name, pod.app, pod.version = name, app, f.version
	f.pods[name] = pod
	f.tell(fakeEvent{how, pod})
	return strconv.Itoa(f.version)
}

func (f *fakePods) remove(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.version++
	pod := f.pods[name]
	pod.version = f.version
	delete(f.pods, name)
	f.tell(fakeEvent{"DELETED", pod})
}

func (f *fakePods) tell(event fakeEvent) {
	f.log = append(f.log, event)
	if f.kept > 0 && len(f.log) > f.kept {
		f.log = slices.Clone(f.log[len(f.log)-f.kept:])
	}
	close(f.changed)
	f.changed = make(chan struct{})
}

// expire ends the watches, and forgets how the present state came about.
func (f *fakePods) expire() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.version++
	f.log, f.oldest = nil, f.version
	f.endWatches()
}

// relist makes all watches begin with a list, without a write.
func (f *fakePods) relist() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log, f.oldest = nil, f.version
	f.endWatches()
}

// rewind goes back to the state at a version.
func (f *fakePods) rewind(to int, pods map[string]fakePod) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.version, f.pods, f.log = to, pods, nil
	f.endWatches()
}

func (f *fakePods) endWatches() {
	close(f.ends)
	f.ends = make(chan struct{})
}

func (f *fakePods) state() (int, map[string]fakePod) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.version, maps.Clone(f.pods)
}

func (f *fakePods) fail(fault func(rest.Request) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = fault
}

func (f *fakePods) document(p fakePod) string {
	return fmt.Sprintf(`{"kind":"Pod","apiVersion":"v1","metadata":{"namespace":"ns","name":%q,"uid":%q,"resourceVersion":"%d","labels":{"app":%q}},"spec":{"pad":%q}}`,
		p.name, p.uid, p.version, p.app, strings.Repeat("x", f.padding))
}

func (f *fakePods) Open(ctx context.Context, r rest.Request) (io.ReadCloser, error) {
	if err := rest.Cause(ctx); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fault != nil {
		if err := f.fault(r); err != nil {
			return nil, err
		}
	}
	f.bodies.Add(1)
	if r.Query.Get("watch") == "" {
		f.lists.Add(1)
		return &fakeBody{Reader: strings.NewReader(f.list()), open: &f.bodies}, nil
	}
	seen, _ := strconv.Atoi(r.Query.Get("resourceVersion"))
	return &fakeBody{Reader: &fakeStream{f: f, ctx: ctx, seen: seen, ends: f.ends}, open: &f.bodies}, nil
}

func (f *fakePods) list() string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(f.pods)) {
		all = append(all, f.document(f.pods[name]))
	}
	return fmt.Sprintf(`{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"%d"},"items":[%s]}`, f.version, strings.Join(all, ","))
}

func (f *fakePods) Send(context.Context, rest.Request) (raw.Object, error) {
	return raw.Object{}, errors.New("nobody asks")
}

func (f *fakePods) Served(_ context.Context, r rest.Resource) (string, error) {
	return r.GroupVersions[0], nil
}

func (f *fakePods) Renegotiate(_ context.Context, r rest.Resource, _ string) (string, error) {
	return r.GroupVersions[0], nil
}

func (f *fakePods) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("nobody asks")
}

func (f *fakePods) Limits() rest.Limits {
	return rest.Limits{MaxObject: 1 << 20, Watch: time.Minute}
}

type fakeBody struct {
	io.Reader
	open *atomic.Int64
	once sync.Once
}

func (b *fakeBody) Close() error {
	b.once.Do(func() { b.open.Add(-1) })
	return nil
}

// fakeStream is the answer to a watch.
type fakeStream struct {
	f    *fakePods
	ctx  context.Context
	seen int
	ends chan struct{}
	text []byte
}

func (s *fakeStream) Read(p []byte) (int, error) {
	for len(s.text) == 0 {
		s.f.mu.Lock()
		s.text = s.next()
		changed := s.f.changed
		s.f.mu.Unlock()
		if len(s.text) > 0 {
			break
		}
		select {
		case <-changed:
		case <-s.ends:
			return 0, io.EOF
		case <-s.ctx.Done():
			return 0, s.ctx.Err()
		}
	}
	n := copy(p, s.text)
	s.text = s.text[n:]
	return n, nil
}

func (s *fakeStream) next() []byte {
	if s.seen < s.f.oldest {
		s.seen = s.f.version
		return []byte(`{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Expired","code":410}}` + "\n")
	}
	i, _ := slices.BinarySearchFunc(s.f.log, s.seen+1, func(e fakeEvent, v int) int { return e.pod.version - v })
	if i == len(s.f.log) {
		return nil
	}
	event := s.f.log[i]
	s.seen = event.pod.version
	return []byte(fmt.Sprintf(`{"type":%q,"object":%s}`+"\n", event.how, s.f.document(event.pod)))
}

// unreachable is what a request meets that finds nobody.
func unreachable(r rest.Request) error {
	return &rest.UnreachableError{APIError: &rest.APIError{Verb: r.Verb, URL: r.URL(), Err: errors.New("connection refused")}}
}

// answers is what a request meets that is refused.
func answers(code int, reason string) func(rest.Request) error {
	return func(r rest.Request) error {
		status, err := raw.Parse(fmt.Appendf(nil, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":%q,"code":%d}`, reason, code))
		if err != nil {
			return err
		}
		return rest.FromStatus(r, code, status)
	}
}

// inBubble runs a test on a mirror of some pods. The bubble fails it when
// anything of the mirror is left.
func inBubble(t *testing.T, f *fakePods, test func(*testing.T, *views.Mirror[items.Pod]), indexes ...views.Index[items.Pod]) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f.changed, f.ends = make(chan struct{}), make(chan struct{}) // the bubble's own
		m, err := f.view().Mirror(t.Context(), indexes...)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		test(t, m)
		m.Close()
		if n := f.bodies.Load(); n != 0 {
			t.Errorf("%d answers are left open", n)
		}
	})
}

func versions(s views.Snapshot[items.Pod]) (all []string) {
	for pod := range s.All() {
		all = append(all, pod.Name()+"@"+pod.Version())
	}
	return all
}

// told is an event on one line.
func told(e watch.Event[items.Pod], err error) string {
	switch {
	case err != nil:
		return "end: " + err.Error()
	case e.Type == watch.Missed:
		return fmt.Sprintf("MISSED %s-%s %v %v", e.Gap.From, e.Gap.To, e.Gap.Rewound, e.Gap.Err)
	case e.Type == watch.Synced:
		return "SYNCED"
	case e.Type == watch.Error:
		return "ERROR"
	}
	return fmt.Sprintf("%s %s@%s", e.Type, e.Item.Name(), e.Item.Version())
}

// follow collects what a sequence tells until the function's end.
func follow(seq iter.Seq2[watch.Event[items.Pod], error]) (got func() []string) {
	var mu sync.Mutex
	var all []string
	go func() {
		for event, err := range seq {
			mu.Lock()
			all = append(all, told(event, err))
			mu.Unlock()
		}
	}()
	return func() []string {
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		now := all
		all = nil
		return now
	}
}

func checkTold(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: told %q, want %q", what, got, want)
	}
}

func TestMirrorIsEmptyUntilSynced(t *testing.T) {
	f := newFakePods("a", "b")
	f.fault = unreachable
	inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
		begin := time.Now()
		s := m.Snapshot()
		if s.Len() != 0 || s.Version() != "" || !s.LastContact().IsZero() || !s.Equal(views.Snapshot[items.Pod]{}) {
			t.Errorf("not synced, it shows %v of %v", s, s.LastContact())
		}
		synced := make(chan error)
		go func() {
			s, err := m.Wait(t.Context(), func(views.Snapshot[items.Pod]) bool { return true })
			if s.Version() == "" {
				t.Errorf("waited for %v", s)
			}
			synced <- errors.Join(err, m.Synced(t.Context()))
		}()
		time.Sleep(10 * time.Minute) // the server is away
		select {
		case err := <-synced:
			t.Fatalf("synced with nobody: %v", err)
		default:
		}
		f.fail(nil)
		if err := <-synced; err != nil {
			t.Fatal(err)
		}
		now := m.Snapshot()
		if got := versions(now); !slices.Equal(got, []string{"a@101", "b@102"}) || now.Version() != "102" {
			t.Errorf("shows %v at %s", got, now.Version())
		}
		if now.LastContact().Sub(begin) < 10*time.Minute || now.LastContact().After(time.Now()) {
			t.Errorf("the last contact was at %v, and it is %v", now.LastContact(), time.Now())
		}
		if s.Len() != 0 || s.Version() != "" {
			t.Errorf("the old snapshot has changed: %v", s)
		}
	})
}

func TestMirrorSyncedTellsARefusalF24(t *testing.T) {
	for code, reason := range map[int]string{403: "Forbidden", 404: "NotFound", 400: "BadRequest"} {
		f := newFakePods("a")
		f.fault = answers(code, reason)
		inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
			begin := time.Now()
			for range 2 {
				err := m.Synced(t.Context())
				if refusal := (*rest.APIError)(nil); !errors.As(err, &refusal) || refusal.Code != code {
					t.Errorf("%d: got %v", code, err)
				} else {
					refusal.Code = 0 // the caller's own
				}
			}
			if time.Since(begin) > 0 {
				t.Errorf("%d: it took %v to tell", code, time.Since(begin))
			}
			if s := m.Status(); s.Live || s.Err == nil || s.Lists == 0 || m.Snapshot().Version() != "" {
				t.Errorf("%d: the status is %+v", code, s)
			}
			f.fail(nil)
			if _, err := m.Wait(t.Context(), func(s views.Snapshot[items.Pod]) bool { return s.Len() == 1 }); err != nil {
				t.Errorf("%d: it did not go on: %v", code, err)
			}
			if err := m.Synced(t.Context()); err != nil {
				t.Errorf("%d: synced, it says %v", code, err)
			}
			synctest.Wait()
			if s := m.Status(); !s.Live || s.Err != nil || s.Streams != 1 || s.Gaps != 0 {
				t.Errorf("%d: the status is %+v", code, s)
			}
		})
	}
}

// F24, F05: the mirror serves what it has, and says how old that is.
func TestMirrorGoesStaleAndRecoversF24F05(t *testing.T) {
	for name, fault := range map[string]func(rest.Request) error{"F24 revoked": answers(403, "Forbidden"), "F05 down": unreachable} {
		f := newFakePods("a", "b")
		inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
			live := m.Status()
			time.Sleep(time.Second)
			f.fail(fault)
			f.mu.Lock()
			f.endWatches()
			f.mu.Unlock()
			time.Sleep(30 * time.Second)
			s := m.Status()
			if !live.Live || s.Live || s.Err == nil || !s.Since.After(live.Since) || !s.LastContact.Before(s.Since) {
				t.Errorf("%s: the status is %+v, and was %+v", name, s, live)
			}
			if m.Snapshot().Len() != 2 || !m.Snapshot().LastContact().Equal(s.LastContact) {
				t.Errorf("%s: it shows %v of %v", name, m.Snapshot(), m.Snapshot().LastContact())
			}
			f.set("c", "")
			f.fail(nil)
			if _, err := m.Wait(t.Context(), func(s views.Snapshot[items.Pod]) bool { return s.Len() == 3 }); err != nil {
				t.Fatal(err)
			}
			if s := m.Status(); !s.Live || s.Err != nil || s.Gaps != 0 || f.lists.Load() > 3 {
				t.Errorf("%s: the status is %+v after %d lists", name, s, f.lists.Load())
			}
		})
	}
}

func TestMirrorWaitsAreGivenUp(t *testing.T) {
	f := newFakePods("a")
	f.fault = unreachable
	inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
		never := func(views.Snapshot[items.Pod]) bool { return false }
		given := func(what, want string, wait func(context.Context) error) {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			err := wait(ctx)
			var given *rest.WaitError
			if !errors.As(err, &given) || !given.Timeout() || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(fmt.Sprint(err), want) {
				t.Errorf("%s: got %v, want %s", what, err, want)
			}
		}
		given("not synced", "kube: waited in vain for the mirror of Pod to be synced; last, the mirror is not synced: kube: GET /api/v1/pods: connection refused: context deadline exceeded", m.Synced)
		f.fail(nil)
		if err := m.Synced(t.Context()); err != nil {
			t.Fatal(err)
		}
		given("condition", "for a snapshot of Pod that meets the condition; last, the mirror is at version 101: context", func(ctx context.Context) error {
			_, err := m.Wait(ctx, never)
			return err
		})
		f.set("a", "x")
		pod, err := m.Wait(t.Context(), func(s views.Snapshot[items.Pod]) bool { return s.Version() == "102" })
		if err != nil {
			t.Fatal(err)
		}
		ahead := pod.At(0)
		f.rewind(101, map[string]fakePod{"a": {name: "a", uid: ahead.UID(), version: 101}})
		if _, err := m.Wait(t.Context(), func(s views.Snapshot[items.Pod]) bool { return s.Version() == "101" }); err != nil {
			t.Fatal(err)
		}
		f.fail(unreachable)
		f.mu.Lock()
		f.endWatches()
		f.mu.Unlock()
		given("revision", "for the mirror of Pod to reach Pod ns/a@102; last, the mirror is at version 101, stale since ", func(ctx context.Context) error {
			_, err := m.WaitFor(ctx, ahead)
			return err
		})
		gone, cancel := context.WithCancelCause(t.Context())
		cancel(errors.New("enough"))
		if _, err := m.Wait(gone, never); err == nil || !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "enough") {
			t.Errorf("cancelled: %v", err)
		}
		if s, err := m.Wait(gone, func(views.Snapshot[items.Pod]) bool { return true }); err != nil || s.Len() != 1 {
			t.Errorf("a condition that is met needs no wait: %v, %v", s, err)
		}
	})
}

func TestMirrorArguments(t *testing.T) {
	f := newFakePods("a")
	bad := func(what string, err error) {
		t.Helper()
		if argument := (*rest.ArgumentError)(nil); !errors.As(err, &argument) {
			t.Errorf("%s: got %v", what, err)
		}
	}
	_, err := views.View[items.Pod]{}.Mirror(t.Context())
	bad("zero view", err)
	var none context.Context
	_, err = f.view().Mirror(none)
	bad("no context", err)
	_, err = f.view().Mirror(t.Context(), views.Index[items.Pod]{})
	bad("zero index", err)
	_, err = f.view().Mirror(t.Context(), views.IndexBy[items.Pod]("none", nil))
	bad("index without function", err)
	inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
		_, err := m.Wait(t.Context(), nil)
		bad("no condition", err)
		_, err = m.WaitFor(t.Context(), items.Pod{})
		bad("no item", err)
		_, err = m.WaitFor(none, m.Snapshot().At(0))
		bad("no context", err)
		for _, err := range m.Changes(none) {
			bad("no context", err)
		}
	})
}

func TestMirrorChanges(t *testing.T) {
	f := newFakePods("a", "b")
	inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
		ctx, cancel := context.WithCancel(t.Context())
		first := m.Snapshot()
		now := follow(m.Changes(ctx))
		synctest.Wait()
		f.set("c", "")
		f.set("a", "x")
		f.remove("b")
		changes := []string{"ADDED c@103", "MODIFIED a@104", "DELETED b@105"}
		checkTold(t, "from now on", now(), changes...)
		since, zero := follow(m.ChangesSince(ctx, first)), follow(m.ChangesSince(ctx, views.Snapshot[items.Pod]{}))
		checkTold(t, "from the snapshot on", since(), changes...)
		checkTold(t, "from nothing on", zero(), "ADDED a@104", "ADDED c@103", "SYNCED")
		f.set("b", "again")
		for what, got := range map[string]func() []string{"now": now, "since": since, "zero": zero} {
			checkTold(t, what, got(), "ADDED b@106")
		}
		for range m.ChangesSince(ctx, first) {
			break // left early
		}
		cancel()
		for what, got := range map[string]func() []string{"now": now, "since": since, "zero": zero} {
			checkTold(t, what, got(), "end: context canceled")
		}
	})
}

// A sequence may be ranged over twice, and each time is from the snapshot on.
func TestMirrorChangesRangedTwice(t *testing.T) {
	f := newFakePods("a")
	inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
		changes := m.ChangesSince(t.Context(), m.Snapshot())
		f.set("b", "")
		for range 2 {
			for event, err := range changes {
				checkTold(t, "each time", []string{told(event, err)}, "ADDED b@102")
				break
			}
		}
	})
}

func TestMirrorChangesBeforeItIsSynced(t *testing.T) {
	f := newFakePods("a")
	f.fault = answers(403, "Forbidden")
	inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
		early := m.Snapshot()
		list, err := newFakePods("a", "b").view().List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		now, zero := follow(m.Changes(t.Context())), follow(m.ChangesSince(t.Context(), views.Snapshot[items.Pod]{}))
		from, listed := follow(m.ChangesSince(t.Context(), early)), follow(m.ChangesSince(t.Context(), list))
		checkTold(t, "refused", now())
		checkTold(t, "refused before", from())
		f.fail(unreachable) // a refusal is told once, and so is the next one
		time.Sleep(time.Minute)
		f.fail(nil)
		time.Sleep(time.Minute)
		checkTold(t, "now", now(), "ADDED a@101", "SYNCED")
		checkTold(t, "zero", zero(), "ADDED a@101", "SYNCED")
		checkTold(t, "early", from(), "ADDED a@101", "SYNCED")
		checkTold(t, "a list that is ahead", listed())
		f.set("b", "")
		checkTold(t, "a list, when it is reached", listed(), "MISSED 102-102 false "+views.ErrSlow.Error(), "SYNCED")
		f.set("b", "x")
		checkTold(t, "a list, and then", listed(), "MODIFIED b@103")
	})
}

// A list that is newer than the mirror is not undone: its changes are told when
// the mirror comes there.
func TestMirrorChangesSinceAListThatIsAhead(t *testing.T) {
	f := newFakePods("a", "b")
	inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
		behind := m.Snapshot()
		f.fail(func(r rest.Request) error { // the mirror falls behind
			if r.Query.Get("watch") != "" || r.Query.Get("limit") != "" {
				return unreachable(r)
			}
			return nil
		})
		f.mu.Lock()
		f.endWatches()
		f.mu.Unlock()
		synctest.Wait()
		f.set("a", "x")
		f.remove("b")
		f.set("c", "")
		list, err := f.view().List(t.Context())
		if err != nil || list.Version() != "105" || !m.Snapshot().Equal(behind) {
			t.Fatalf("listed %v, %v; the mirror shows %v", list, err, m.Snapshot())
		}
		got := follow(m.ChangesSince(t.Context(), list))
		checkTold(t, "behind", got())
		f.fail(nil)
		time.Sleep(time.Minute)
		f.set("c", "y")
		checkTold(t, "caught up", got(), "MISSED 105-105 false "+views.ErrSlow.Error(), "SYNCED", "MODIFIED c@106")
		older := follow(m.ChangesSince(t.Context(), list)) // the mirror is ahead by now
		checkTold(t, "ahead", older(), "MISSED 105-106 false "+views.ErrSlow.Error(), "MODIFIED c@106", "SYNCED")
	})
}

func TestMirrorChangesSinceAnothersSnapshot(t *testing.T) {
	f := newFakePods("a", "b")
	inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
		other, err := f.view().Mirror(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		s := other.Snapshot()
		other.Close()
		f.set("a", "x")
		synctest.Wait()
		want := []string{"MISSED 102-103 false " + views.ErrSlow.Error(), "MODIFIED a@103", "SYNCED"}
		checkTold(t, "another mirror's", follow(m.ChangesSince(t.Context(), s))(), want...)
		part, err := m.Snapshot().Filter(views.Labels("app=x"))
		if err != nil {
			t.Fatal(err)
		}
		elsewhere, err := f.view().Filter(views.Labels("app=x")).List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for what, s := range map[string]views.Snapshot[items.Pod]{"a part of its own": part, "another view's": elsewhere} {
			for _, err := range m.ChangesSince(t.Context(), s) {
				var bad *rest.ArgumentError
				if !errors.As(err, &bad) || bad.Arg != "snapshot" {
					t.Errorf("%s: got %v", what, err)
				}
			}
			if _, err := f.view().Watch(t.Context(), watch.From(s)); !errors.As(err, new(*rest.ArgumentError)) {
				t.Errorf("a watch from %s: got %v", what, err)
			}
		}
	})
}

// Nobody can write into the errors that others are handed.
func TestMirrorErrorsAreCopies(t *testing.T) {
	f := newFakePods("a")
	inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
		s := m.Snapshot()
		f.expire()
		time.Sleep(10 * time.Second)
		for range 2 {
			n := 0
			for event := range m.ChangesSince(t.Context(), s) {
				var old *rest.ExpiredError
				if n++; !errors.As(event.Gap.Err, &old) || old.Message == "overwritten" {
					t.Fatalf("got %v", event)
				}
				old.Message = "overwritten"
				if event.Type == watch.Synced {
					break
				}
			}
			if n < 2 {
				t.Errorf("%d events", n)
			}
		}
		f.fail(func(r rest.Request) error { return unreachable(r) })
		f.mu.Lock()
		f.endWatches()
		f.mu.Unlock()
		time.Sleep(10 * time.Second)
		for range 2 {
			var away *rest.UnreachableError
			if !errors.As(m.Status().Err, &away) || away.Message == "overwritten" {
				t.Fatalf("got %v", m.Status())
			}
			away.Message = "overwritten"
		}
	})
}

// WaitGone does not take another object of the name for the one that is gone, nor
// a mirror that has not seen the object yet for one that has seen its end.
func TestMirrorWaitGone(t *testing.T) {
	f := newFakePods("a")
	inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
		a, _ := m.Snapshot().Get("ns", "a")
		soon, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := m.WaitGone(soon, a)
		var late *rest.WaitError
		if !errors.As(err, &late) || !strings.Contains(late.For, "to be gone") {
			t.Errorf("got %v", err)
		}
		f.remove("a")
		f.set("a", "anew")
		if s, err := m.WaitGone(t.Context(), a); err != nil || s.Version() < "102" {
			t.Errorf("got %v, %v", s, err)
		}
		if _, err := m.WaitGone(t.Context(), items.Pod{}); !errors.As(err, new(*rest.ArgumentError)) {
			t.Errorf("got %v", err)
		}
	})
}

// F13: who is slow is told a Missed and the difference, and nobody waits for it.
func TestMirrorSlowSubscriberF13(t *testing.T) {
	f := newFakePods("a", "b", "c")
	inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
		slow, stop := iter.Pull2(m.ChangesSince(t.Context(), m.Snapshot())) // Changes begins only when it is ranged over
		defer stop()
		var fast [5]func() []string
		for i := range fast {
			fast[i] = follow(m.Changes(t.Context()))
		}
		synctest.Wait()
		f.set("a", "0")
		checkTold(t, "slow", []string{told2(slow())}, "MODIFIED a@104")
		for i := range 1000 {
			f.set("a", strconv.Itoa(i))
			f.set("d", strconv.Itoa(i))
			f.remove("d")
			synctest.Wait()
		}
		f.remove("b")
		synctest.Wait()
		if v := m.Snapshot().Version(); v != "3105" {
			t.Errorf("the mirror waits at %s", v)
		}
		for _, fast := range fast {
			got := fast()
			if len(got) != 3002 || got[0] != "MODIFIED a@104" || got[1] != "MODIFIED a@105" || got[2] != "ADDED d@106" || got[3001] != "DELETED b@3105" {
				t.Errorf("the fast were told %d: %v …", len(got), got[:min(3, len(got))])
			}
		}
		for _, want := range []string{"MISSED 104-3105 false " + views.ErrSlow.Error(), "MODIFIED a@3102", "DELETED b@102", "SYNCED"} {
			checkTold(t, "slow", []string{told2(slow())}, want)
		}
		f.set("c", "x")
		synctest.Wait()
		checkTold(t, "slow", []string{told2(slow())}, "MODIFIED c@3106")
		if s := m.Status(); s.Gaps != 0 {
			t.Errorf("a gap of one who is slow is none of the mirror's: %+v", s)
		}
	})
}

// A mirror remembers its 256 latest events, and no more.
func TestMirrorRemembersF13(t *testing.T) {
	f := newFakePods("a")
	inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
		s := m.Snapshot()
		for i := range 256 {
			f.set("a", strconv.Itoa(i))
		}
		synctest.Wait()
		got := follow(m.ChangesSince(t.Context(), s))()
		if len(got) != 256 || got[0] != "MODIFIED a@102" || got[255] != "MODIFIED a@357" {
			t.Errorf("told %d: %q …", len(got), got[:min(2, len(got))])
		}
		f.set("a", "")
		synctest.Wait()
		checkTold(t, "one more", follow(m.ChangesSince(t.Context(), s))(), "MISSED 101-358 false "+views.ErrSlow.Error(), "MODIFIED a@358", "SYNCED")
	})
}

func told2(e watch.Event[items.Pod], err error, ok bool) string {
	if !ok {
		return "over"
	}
	return told(e, err)
}

// A difference is told from two snapshots: whoever is slow to take it holds no
// lock meanwhile.
func TestMirrorSlowInTheMidstOfADifference(t *testing.T) {
	f := newFakePods("a", "b")
	inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
		slow, stop := iter.Pull2(m.ChangesSince(t.Context(), views.Snapshot[items.Pod]{}))
		defer stop()
		checkTold(t, "first", []string{told2(slow())}, "ADDED a@101")
		f.remove("b")
		if _, err := m.Wait(t.Context(), func(s views.Snapshot[items.Pod]) bool { return s.Len() == 1 }); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"ADDED b@102", "SYNCED", "DELETED b@103"} {
			checkTold(t, "then", []string{told2(slow())}, want)
		}
	})
}

// What keeps memory is the latest events and the snapshots, however slow
// somebody is.
func TestMirrorMemoryIsBoundedF13(t *testing.T) {
	f := newFakePods("a")
	f.padding, f.kept = 20_000, 10
	inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
		slow, stop := iter.Pull2(m.ChangesSince(t.Context(), m.Snapshot())) // Changes begins only when it is ranged over
		defer stop()
		f.set("a", "")
		slow()
		before := heapInUse()
		for range 3000 { // 60 MB
			f.set("a", "")
			synctest.Wait()
		}
		if v := m.Snapshot().Version(); v != "3102" {
			t.Fatalf("the mirror is at %s", v)
		}
		if grown := int64(heapInUse()) - int64(before); grown > 15<<20 {
			t.Errorf("the heap has grown by %d MB", grown>>20)
		}
		checkTold(t, "slow", []string{told2(slow())}, "MISSED 102-3102 false "+views.ErrSlow.Error())
	})
}

func heapInUse() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// F07: a relist that differs in more than the mirror remembers is told with its
// own reason, to those who were not slow.
func TestMirrorLargeGapF07(t *testing.T) {
	for _, changes := range []int{3, 1000} {
		f := newFakePods("a")
		inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
			got := follow(m.Changes(t.Context()))
			synctest.Wait()
			away := f.away(t)
			for i := range changes {
				f.set(fmt.Sprintf("p%04d", i), "")
			}
			f.remove("a")
			f.expire()
			away()
			time.Sleep(time.Minute)
			all := got()
			if len(all) != changes+3 || !strings.HasPrefix(all[0], "MISSED 101-") || !strings.Contains(all[0], "410 Expired") || all[1] != "DELETED a@101" ||
				all[2] != "ADDED p0000@102" || all[len(all)-1] != "SYNCED" {
				t.Errorf("told %d: %v …", len(all), all[:min(3, len(all))])
			}
			if s := m.Status(); s.Gaps != 1 || s.Lists != 2 {
				t.Errorf("the status is %+v", s)
			}
		})
	}
}

// away keeps the mirror from the server until the returned function is called.
func (f *fakePods) away(t *testing.T) (back func()) {
	f.fail(unreachable)
	f.mu.Lock()
	f.endWatches()
	f.mu.Unlock()
	synctest.Wait()
	return func() { f.fail(nil) }
}

// F10: that the server went back is told to those, too, who were slow.
func TestMirrorRewindF10(t *testing.T) {
	f := newFakePods("a")
	inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
		slow := m.Snapshot()
		version, then := f.state()
		f.set("a", "x")
		f.set("b", "")
		synctest.Wait()
		ahead := m.Snapshot()
		got := follow(m.Changes(t.Context()))
		synctest.Wait()
		f.rewind(version, then)
		if _, err := m.Wait(t.Context(), func(s views.Snapshot[items.Pod]) bool { return s.Version() == "101" }); err != nil {
			t.Fatal(err)
		}
		checkTold(t, "live", got(), "MISSED 103-101 true "+watch.ErrRewound.Error(), "MODIFIED a@101", "DELETED b@103", "SYNCED")
		list, err := f.view().List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for i := range 300 {
			f.set("a", strconv.Itoa(i))
			synctest.Wait() // nobody who is live lags
		}
		checkTold(t, "live", got()[:1], "MODIFIED a@102")
		for what, s := range map[string]views.Snapshot[items.Pod]{"before": slow, "ahead": ahead} {
			want := "MISSED " + s.Version() + "-401 true " + watch.ErrRewound.Error()
			if told := follow(m.ChangesSince(t.Context(), s))(); len(told) == 0 || told[0] != want {
				t.Errorf("%s: told %q, want %s", what, told, want)
			}
		}
		checkTold(t, "a list since", follow(m.ChangesSince(t.Context(), list))()[:1], "MISSED 101-401 false "+views.ErrSlow.Error())
	})
}

// F10: a server that went back gives a version once more, for other content.
func TestMirrorVersionsGivenTwiceF10(t *testing.T) {
	f := newFakePods("a")
	app := views.ByLabel[items.Pod]("app")
	inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
		other, err := f.view().Mirror(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		version, then := f.state()
		f.set("a", "before") // 102
		f.set("b", "")
		synctest.Wait()
		before, elsewhere := m.Snapshot(), other.Snapshot()
		other.Close()
		away := f.away(t)
		f.rewind(version, then)
		f.set("a", "after") // 102, too
		away()
		s, err := m.Wait(t.Context(), func(s views.Snapshot[items.Pod]) bool { return s.Version() == "102" })
		if err != nil {
			t.Fatal(err)
		}
		if s.By(app, "after").Len() != 1 || s.By(app, "before").Len() != 0 {
			t.Errorf("it shows %s", grouped(s, app))
		}
		if d := s.Diff(before); len(d.Changed) != 1 || len(d.Removed) != 1 || len(d.Added) != 0 {
			t.Errorf("it differs in %v", d)
		}
		for what, since := range map[string]views.Snapshot[items.Pod]{"own": before, "another mirror's": elsewhere} {
			got := follow(m.ChangesSince(t.Context(), since))()
			if len(got) != 4 || !strings.HasPrefix(got[0], "MISSED 103-102 true") || got[1] != "MODIFIED a@102" {
				t.Errorf("%s: told %q", what, got)
			}
		}
	}, app)
}

// A snapshot from before a rewind is of another mirror: its version may be one
// that will not come again.
func TestMirrorChangesSinceAListFromBeforeARewindF10(t *testing.T) {
	f := newFakePods("a")
	inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
		version, then := f.state()
		f.set("b", "")
		synctest.Wait()
		list, err := f.view().List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		f.rewind(version, then)
		if _, err := m.Wait(t.Context(), func(s views.Snapshot[items.Pod]) bool { return s.Version() == "101" }); err != nil {
			t.Fatal(err)
		}
		checkTold(t, "list", follow(m.ChangesSince(t.Context(), list))(), "MISSED 102-101 true "+views.ErrSlow.Error(), "DELETED b@102", "SYNCED")
	})
}

func TestMirrorChangesEndWithTheMirror(t *testing.T) {
	f := newFakePods("a")
	inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
		slow, stop := iter.Pull2(m.ChangesSince(t.Context(), m.Snapshot())) // Changes begins only when it is ranged over
		defer stop()
		f.set("a", "1")
		checkTold(t, "slow", []string{told2(slow())}, "MODIFIED a@102")
		f.set("a", "2")
		f.set("a", "3")
		synctest.Wait()
		m.Close()
		for _, want := range []string{"MODIFIED a@103", "MODIFIED a@104", "end: " + kube.ErrClosed.Error(), "over"} {
			checkTold(t, "after Close", []string{told2(slow())}, want)
		}
		if err := m.Synced(t.Context()); err != nil {
			t.Errorf("it stays synced: %v", err)
		}
		if _, err := m.Wait(t.Context(), func(views.Snapshot[items.Pod]) bool { return false }); !errors.Is(err, kube.ErrClosed) {
			t.Errorf("got %v", err)
		}
		if got := versions(m.Snapshot()); !slices.Equal(got, []string{"a@104"}) {
			t.Errorf("the last snapshot shows %v", got)
		}
	})
}

// Changes that do not cease do not keep a sequence from its end.
func TestMirrorChangesEndWithTheirContext(t *testing.T) {
	f := newFakePods("a")
	inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
		s := m.Snapshot()
		for i := range 10 {
			f.set("a", strconv.Itoa(i))
		}
		synctest.Wait()
		for what, since := range map[string]views.Snapshot[items.Pod]{"events": s, "state": {}} {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			n := 0
			var last error
			for _, err := range m.ChangesSince(ctx, since) {
				n++
				last = err
				cancel(errors.New("enough"))
			}
			if n != 2 || !errors.Is(last, context.Canceled) || !strings.Contains(last.Error(), "enough") {
				t.Errorf("%s: %d pairs, the last with %v", what, n, last)
			}
		}
	})
}

func TestMirrorCloses(t *testing.T) {
	for name, fault := range map[string]func(rest.Request) error{"live": nil, "away": unreachable, "refused": answers(403, "Forbidden")} {
		t.Run(name, func(t *testing.T) {
			f := newFakePods("a")
			f.fault = fault
			inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
				var waits sync.WaitGroup
				for range 4 {
					waits.Go(func() {
						if _, err := m.Wait(t.Context(), func(views.Snapshot[items.Pod]) bool { return false }); !errors.Is(err, kube.ErrClosed) {
							t.Errorf("got %v", err)
						}
					})
				}
				synctest.Wait()
				begin := time.Now()
				for range 4 {
					waits.Go(func() {
						if err := m.Close(); err != nil {
							t.Error(err)
						}
					})
				}
				waits.Wait()
				if err := m.Close(); err != nil || time.Since(begin) > 0 || f.bodies.Load() > 0 {
					t.Errorf("%v after %v, %d answers open", err, time.Since(begin), f.bodies.Load())
				}
				if s := m.Status(); s.Live || !errors.Is(s.Err, kube.ErrClosed) {
					t.Errorf("the status is %+v", s)
				}
			})
		})
	}
	t.Run("at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := newFakePods("a")
			for range 100 {
				m, err := f.view().Mirror(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				m.Close()
				if err := m.Synced(t.Context()); m.Snapshot().Version() == "" && !errors.Is(err, kube.ErrClosed) {
					t.Fatalf("got %v", err)
				}
			}
			if n := f.bodies.Load(); n != 0 {
				t.Errorf("%d answers are left open", n)
			}
		})
	})
	t.Run("from within", func(t *testing.T) {
		f := newFakePods("a")
		inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
			var all []string
			for event, err := range m.ChangesSince(t.Context(), views.Snapshot[items.Pod]{}) {
				m.Close()
				all = append(all, told(event, err))
			}
			checkTold(t, "closed within", all, "ADDED a@101", "SYNCED", "end: "+kube.ErrClosed.Error())
		})
	})
	t.Run("with its context", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			m, err := newFakePods("a").view().Mirror(ctx)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			got := follow(m.Changes(t.Context()))
			synctest.Wait()
			cancel()
			checkTold(t, "cancelled", got(), "end: context canceled")
		})
	})
}

// The old snapshots stay as they were, whatever happens to the mirror.
func TestMirrorSnapshotIsOneAtomicLoad(t *testing.T) {
	f := newFakePods()
	for i := range 1000 {
		f.set(fmt.Sprintf("p%04d", i), "")
	}
	inBubble(t, f, func(t *testing.T, m *views.Mirror[items.Pod]) {
		if n := testing.AllocsPerRun(100, func() { m.Snapshot() }); n != 0 {
			t.Errorf("a snapshot of 1000 costs %v allocations", n)
		}
		s := m.Snapshot()
		if n := testing.AllocsPerRun(100, func() { s.Get("ns", "p0500") }); n != 0 {
			t.Errorf("a look costs %v allocations", n)
		}
	})
}

// Whoever keeps a snapshot keeps what it shows, and not the mirror.
func TestMirrorIsFreedWhileItsSnapshotsAreKept(t *testing.T) {
	m, err := newFakePods("a").view().Mirror(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Synced(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, left := m.Snapshot(), weak.Make(m)
	m.Close()
	m = nil
	for range 10 {
		runtime.GC()
	}
	if left.Value() != nil {
		t.Error("the mirror is still there")
	}
	if s.Len() != 1 {
		t.Errorf("it shows %v", s)
	}
}

// newCluster is a cluster in memory, and a client of it.
func newCluster(t testing.TB, options ...kubetest.Option) (*kubetest.Server, *kube.Cluster) {
	t.Helper()
	server := kubetest.NewServer(t, options...)
	cluster, err := kube.NewCluster(kube.WithURL(server.URL()), kube.WithRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cluster.Close() })
	return server, cluster
}

func syncedMirror[T items.Typed[T]](t testing.TB, v views.View[T], indexes ...views.Index[T]) *views.Mirror[T] {
	t.Helper()
	m, err := v.Mirror(t.Context(), indexes...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	if err := m.Synced(t.Context()); err != nil {
		t.Fatal(err)
	}
	return m
}

func podManifest(namespace, name string, labels map[string]any) map[string]any {
	return map[string]any{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": map[string]any{"namespace": namespace, "name": name, "labels": labels},
		"spec":     map[string]any{"containers": []any{map[string]any{"name": "main", "image": "busybox"}}},
	}
}

// A program reads its own writes.
func TestMirrorWaitForOwnWrites(t *testing.T) {
	server, cluster := newCluster(t)
	pods := cluster.Pods().In("default")
	m := syncedMirror(t, pods)
	web := syncedMirror(t, pods.Filter(views.Labels("app=web")))
	reads := func(what string, pod items.Pod, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		s, err := m.WaitFor(t.Context(), pod)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if got, ok := s.Get("default", "a"); !ok || !got.Equal(pod) {
			t.Errorf("%s: it shows %v, not %v", what, got, pod)
		}
		if s, err := m.WaitFor(t.Context(), pod); err != nil || s.Version() != pod.Version() {
			t.Errorf("%s: again, it shows %v, %v", what, s, err)
		}
	}
	pod, err := pods.Create(t.Context(), podManifest("default", "a", nil))
	reads("create", pod, err)
	first := pod
	pod, err = pod.Labels().Set(t.Context(), "app", "web")
	reads("label", pod, err)
	if s, err := web.WaitFor(t.Context(), pod); err != nil || s.Len() != 1 {
		t.Errorf("entered: %v, %v", s, err)
	}
	pod, err = pod.Patch(t.Context(), kube.MergePatch, map[string]any{"metadata": map[string]any{"annotations": map[string]any{"a": "b"}}})
	reads("patch", pod, err)
	if err := server.Remove("pods", "default", "a"); err != nil {
		t.Fatal(err)
	}
	pod, err = pods.Create(t.Context(), podManifest("default", "a", nil))
	reads("recreate", pod, err)
	if pod.UID() == first.UID() {
		t.Errorf("it is the same object")
	}
	if s, err := m.WaitFor(t.Context(), first); err != nil || s.Version() != pod.Version() {
		t.Errorf("a revision that is past: %v, %v", s, err)
	}

	// Outside of the selection, only a bookmark tells.
	short, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	other, err := pods.Create(t.Context(), podManifest("default", "b", map[string]any{"app": "db"}))
	if err != nil {
		t.Fatal(err)
	}
	if s, err := web.WaitFor(short, other); err == nil {
		t.Errorf("nothing can have told of it: %v", s)
	}
	server.Bookmark()
	if s, err := web.WaitFor(t.Context(), other); err != nil || s.Len() != 0 || s.Version() != other.Version() {
		t.Errorf("outside: %v, %v", s, err)
	}
}

func TestMirrorViewOptions(t *testing.T) {
	server, cluster := newCluster(t, kubetest.WithYAMLFiles("../examples/tour/cluster.yaml"))
	requests := func() (lists, watches []kubetest.Request) {
		for _, r := range server.Requests() {
			switch {
			case r.Path != "/api/v1/pods" || r.Method != http.MethodGet:
			case r.Query.Get("watch") != "":
				watches = append(watches, r)
			default:
				lists = append(lists, r)
			}
		}
		return lists, watches
	}
	web := cluster.Pods().In("shop")
	if _, err := web.Create(t.Context(), podManifest("shop", "new", map[string]any{"app": "web"})); err != nil {
		t.Fatal(err)
	}
	// touched is the pod as a list and as an event of a watch gives it.
	touched := func(t *testing.T, v views.View[items.Pod]) []items.Pod {
		server.ForgetRequests()
		m := syncedMirror(t, v)
		listed, ok := m.Snapshot().Get("shop", "new")
		if !ok {
			t.Fatal("it does not show the pod")
		}
		whole, err := web.Fetch(t.Context(), "new")
		if err != nil {
			t.Fatal(err)
		}
		if whole, err = whole.Annotations().Set(t.Context(), "by", t.Name()[len("TestMirrorViewOptions/"):]); err != nil {
			t.Fatal(err)
		}
		s, err := m.WaitFor(t.Context(), whole)
		if err != nil {
			t.Fatal(err)
		}
		watched, _ := s.Get("shop", "new")
		m.Close()
		return []items.Pod{listed, watched}
	}
	t.Run("whole", func(t *testing.T) {
		for _, pod := range touched(t, cluster.Pods()) {
			if managers, err := pod.Meta().Managers(); err != nil || pod.Raw().ManagedFieldsDropped() {
				t.Errorf("%v, %v", managers, err)
			}
			if _, err := pod.Phase(); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("WithoutManagedFields", func(t *testing.T) {
		for _, pod := range touched(t, cluster.Pods().WithoutManagedFields()) {
			if _, err := pod.Meta().Managers(); !errors.Is(err, kube.ErrFieldsDropped) || pod.Raw().Has("metadata", "managedFields") {
				t.Errorf("got %v", err)
			}
			if _, err := pod.Phase(); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("MetadataOnly", func(t *testing.T) {
		for _, pod := range touched(t, cluster.Pods().Metadata()) {
			if pod.Kind() != kinds.Pod || pod.APIVersion() != "v1" || pod.Labels().Len() == 0 {
				t.Errorf("it is %s %s with %v", pod.APIVersion(), pod.Kind(), pod.Labels())
			}
			if _, err := pod.Phase(); !errors.Is(err, kube.ErrFieldsDropped) {
				t.Errorf("got %v", err)
			}
			if pod.Spec().Exists() || pod.Status().Exists() {
				t.Errorf("it has more than metadata: %s", pod.Raw().Bytes())
			}
		}
		lists, watches := requests()
		if len(lists) != 1 || len(watches) != 1 ||
			!strings.HasPrefix(lists[0].Header.Get("Accept"), "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1") ||
			!strings.HasPrefix(watches[0].Header.Get("Accept"), "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1") {
			t.Errorf("asked with %v and %v", lists, watches)
		}
	})
	t.Run("PageSize", func(t *testing.T) {
		touched(t, cluster.Pods().PageSize(3))
		lists, _ := requests()
		if len(lists) < 3 {
			t.Fatalf("%d lists of 8 pods", len(lists))
		}
		for _, r := range lists {
			if r.Query.Get("limit") != "3" {
				t.Errorf("asked %v", r.Query)
			}
		}
	})
}

// F23, F22: a mirror of a namespace that is not there is empty.
func TestMirrorOfAMissingNamespaceF23(t *testing.T) {
	server, cluster := newCluster(t)
	m := syncedMirror(t, cluster.Pods().In("later"))
	if s := m.Snapshot(); s.Len() != 0 || s.Version() == "" {
		t.Errorf("it shows %v", s)
	}
	if err := server.Seed(podManifest("later", "a", nil)); err != nil {
		t.Fatal(err)
	}
	if s, err := m.Wait(t.Context(), func(s views.Snapshot[items.Pod]) bool { return s.Len() == 1 }); err != nil {
		t.Errorf("%v, %v", s, err)
	}
}

// A closed cluster closes its mirrors' requests, and so the mirrors.
func TestMirrorOfAClosedCluster(t *testing.T) {
	_, cluster := newCluster(t)
	m := syncedMirror(t, cluster.Pods())
	cluster.Close()
	if _, err := m.Wait(t.Context(), func(views.Snapshot[items.Pod]) bool { return false }); !errors.Is(err, kube.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

// Closed mirrors leave no goroutine behind.
func TestMirrorLeavesNothingBehind(t *testing.T) {
	server, cluster := newCluster(t)
	before := runtime.NumGoroutine()
	for i := range 20 {
		m := syncedMirror(t, cluster.Pods())
		if i%2 == 0 {
			server.CutConnections()
		}
		m.Close()
	}
	cluster.Close()
	deadline := time.Now().Add(5 * time.Second)
	for runtime.NumGoroutine() > before && time.Now().Before(deadline) {
		runtime.Gosched()
	}
	if n := runtime.NumGoroutine(); n > before {
		text := make([]byte, 1<<16)
		t.Errorf("%d goroutines, of %d before:\n%s", n, before, text[:runtime.Stack(text, true)])
	}
}
