package kube

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/views"
	"github.com/kubeviews/kube/watch"
)

// scene is an API server of pods in the namespace ns. What a script does not
// answer, it answers as a server should.
type scene struct {
	mu      sync.Mutex
	version int            // of the last change
	floor   int            // versions before it are forgotten
	pods    map[string]pod // by name
	log     []change
	changed chan struct{} // closed with the next change
	asked   []asked
	active  int // requests under way
	scripts map[string]script
}

type pod struct {
	name, uid string
	version   int
	more      string // further members of the document, with a comma in front
}

func (p pod) String() string {
	return fmt.Sprintf(`{"kind":"Pod","apiVersion":"v1","metadata":{"name":%q,"namespace":"ns","uid":%q,"resourceVersion":"%d"}%s}`,
		p.name, p.uid, p.version, p.more)
}

type change struct {
	how string
	pod pod
}

// asked is a request. What it asks for is a list, a page behind the first, a
// probe, a watch, a stream (of a list), or a namespace.
type asked struct {
	what, version string
	at            time.Time
	query         string
}

// script says which handler answers the n-th request of its sort, from 1; nil is
// for the scene itself.
type script func(n int) http.HandlerFunc

// first answers the first requests by the handlers.
func first(handlers ...http.HandlerFunc) script {
	return func(n int) http.HandlerFunc {
		if n <= len(handlers) {
			return handlers[n-1]
		}
		return nil
	}
}

func always(h http.HandlerFunc) script { return func(int) http.HandlerFunc { return h } }

// newScene has pods from version 101 on; 100 is that of nothing.
func newScene(pods ...string) *scene {
	s := &scene{version: 100, pods: map[string]pod{}, changed: make(chan struct{}), scripts: map[string]script{}}
	for _, name := range pods {
		s.set(name)
	}
	s.floor = s.version
	return s
}

func (s *scene) on(what string, answers script) *scene {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scripts[what] = answers
	return s
}

// set makes or changes a pod.
func (s *scene) set(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	was, ok := s.pods[name]
	now, how := pod{name: name, uid: was.uid, version: s.version + 1}, "MODIFIED"
	if !ok {
		now.uid, how = fmt.Sprintf("%s-%d", name, now.version), "ADDED"
	}
	s.happen(change{how, now})
}

func (s *scene) delete(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	gone := s.pods[name]
	gone.version = s.version + 1
	s.happen(change{"DELETED", gone})
}

func (s *scene) happen(c change) {
	s.apply(c)
	s.log = append(s.log, c)
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *scene) apply(c change) {
	s.version = c.pod.version
	s.pods[c.pod.name] = c.pod
	if c.how == "DELETED" {
		delete(s.pods, c.pod.name)
	}
}

// forget makes all versions before this one expire.
func (s *scene) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.floor = s.version
}

// rewind sets the server back, as a backup of etcd does.
func (s *scene) rewind(version int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	log := s.log
	s.version, s.floor, s.pods, s.log = 100, 100, map[string]pod{}, nil
	for _, c := range log {
		if c.pod.version <= version {
			s.apply(c)
			s.log = append(s.log, c)
		}
	}
}

func (s *scene) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := asked{whatOf(r), r.URL.Query().Get("resourceVersion"), time.Now(), r.URL.RawQuery}
	s.mu.Lock()
	s.asked = append(s.asked, a)
	s.active++
	answers := s.scripts[a.what]
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.active--
	}()
	if answers != nil {
		if h := answers(s.count(a.what)); h != nil {
			h(w, r)
			return
		}
	}
	s.answer(w, r, a.what)
}

func whatOf(r *http.Request) string {
	q := r.URL.Query()
	switch {
	case !strings.HasSuffix(r.URL.Path, "/pods"):
		return "namespace"
	case q.Get("sendInitialEvents") != "":
		return "stream"
	case q.Get("watch") != "":
		return "watch"
	case q.Get("continue") != "":
		return "page"
	case q.Get("limit") == "1":
		return "probe"
	}
	return "list"
}

func (s *scene) answer(w http.ResponseWriter, r *http.Request, what string) {
	switch what {
	case "namespace":
		says(200, `{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"ns","resourceVersion":"1"}}`)(w, r)
	case "watch", "stream":
		s.watch(w, r)
	default:
		limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		from, _ := strconv.Atoi(r.URL.Query().Get("continue"))
		says(200, s.list(from, limit))(w, r)
	}
}

func (s *scene) list(from, limit int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var texts []string
	for _, name := range slices.Sorted(maps.Keys(s.pods)) {
		texts = append(texts, s.pods[name].String())
	}
	texts, more := texts[from:], ""
	if limit > 0 && limit < len(texts) {
		texts, more = texts[:limit], strconv.Itoa(from+limit)
	}
	return listOf(s.version, more, texts...)
}

func listOf(version int, more string, pods ...string) string {
	return fmt.Sprintf(`{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"%d","continue":%q},"items":[%s]}`,
		version, more, strings.Join(pods, ","))
}

func (s *scene) watch(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	seconds, _ := strconv.Atoi(q.Get("timeoutSeconds"))
	over := time.After(time.Duration(seconds) * time.Second)
	at, _ := strconv.Atoi(q.Get("resourceVersion"))
	s.mu.Lock()
	floor, state := s.floor, ""
	if q.Get("sendInitialEvents") != "" {
		for _, p := range s.pods {
			state += line("ADDED", p)
		}
		at = s.version
		state += initialEnd(at)
	}
	s.mu.Unlock()
	if at < floor {
		send(w, wrong(410, "Expired"))
		return
	}
	send(w, state)
	for {
		lines, next, changed := s.since(at)
		send(w, lines)
		at = next
		select {
		case <-changed:
		case <-over:
			return
		case <-r.Context().Done():
			return
		}
	}
}

func (s *scene) since(at int) (lines string, next int, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.log {
		if c.pod.version > at {
			lines += line(c.how, c.pod)
		}
	}
	return lines, max(at, s.version), s.changed
}

// send sends what there is, and the headers before it.
func send(w http.ResponseWriter, text string) {
	io.WriteString(w, text)
	http.NewResponseController(w).Flush()
}

func line(how string, object any) string {
	return fmt.Sprintf(`{"type":%q,"object":%v}`, how, object) + "\n"
}

func bookmark(version int) string {
	return line("BOOKMARK", fmt.Sprintf(`{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"%d"}}`, version))
}

func initialEnd(version int) string {
	return line("BOOKMARK", fmt.Sprintf(`{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"%d","annotations":{"k8s.io/initial-events-end":"true"}}}`, version))
}

// statusText is a Status; details may be "".
func statusText(code int, reason, details string) string {
	if details != "" {
		details = `,"details":` + details
	}
	return fmt.Sprintf(`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"m","reason":%q%s,"code":%d}`, reason, details, code)
}

func wrong(code int, reason string) string { return line("ERROR", statusText(code, reason, "")) }

// refuses answers with a Status.
func refuses(code int, reason string) http.HandlerFunc {
	return says(code, statusText(code, reason, ""))
}

// sends answers a watch with these lines, and ends it as it should.
func sends(lines ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { send(w, strings.Join(lines, "")) }
}

// holds sends the lines, and then nothing.
func holds(lines ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		send(w, strings.Join(lines, ""))
		<-r.Context().Done()
	}
}

// breaks sends the lines, and breaks the connection.
func breaks(lines ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		send(w, strings.Join(lines, ""))
		panic(http.ErrAbortHandler)
	}
}

// later answers when that time has passed.
func later(d time.Duration, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(d) // virtual
		h(w, r)
	}
}

// count is how many requests of a sort there were.
func (s *scene) count(what string) (n int) {
	for _, a := range s.requests() {
		if a.what == what {
			n++
		}
	}
	return n
}

func (s *scene) requests() []asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// busiest is the largest number of requests within any such time.
func (s *scene) busiest(within time.Duration) (most int) {
	all := s.requests()
	for i, j := 0, 0; j < len(all); j++ {
		for all[j].at.Sub(all[i].at) >= within {
			i++
		}
		most = max(most, j-i+1)
	}
	return most
}

// versions are those from which watches were asked for.
func (s *scene) versions() (all []string) {
	for _, a := range s.requests() {
		if a.what == "watch" {
			all = append(all, a.version)
		}
	}
	return all
}

// play is a test on a scene.
type play struct {
	*testing.T
	*scene
	c    *Cluster
	ends []io.Closer
}

// onScene runs a test in a bubble of virtual time. When it is over, what it has
// opened is closed, and nothing may be left: no request on either side, and no
// goroutine, which the bubble would fail for.
func onScene(t *testing.T, s *scene, test func(*play), options ...Option) {
	t.Helper()
	inLab(t, s.ServeHTTP, func(t *testing.T, l *lab) {
		p := &play{t, s, l.Cluster, nil}
		s.mu.Lock()
		s.changed = make(chan struct{}) // of the bubble
		s.mu.Unlock()
		defer p.over()
		test(p)
	}, options...)
}

func (p *play) over() {
	for _, end := range p.ends {
		if err := end.Close(); err != nil {
			p.Error(err)
		}
	}
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.c.conn.t.live); n != 0 || p.active != 0 {
		p.Errorf("%d requests are left here, %d at the server", n, p.active)
	}
}

// reader is a watcher whose events a test expects.
type reader struct {
	*play
	w *watch.Watcher[items.Pod]
}

func (p *play) watch(start ...watch.Start) reader {
	p.Helper()
	return p.watchOf(p.c.Pods(), start...)
}

func (p *play) watchOf(view views.View[items.Pod], start ...watch.Start) reader {
	p.Helper()
	w, err := view.Watch(p.Context(), start...)
	if err != nil {
		p.Fatal(err)
	}
	p.ends = append(p.ends, w)
	return reader{p, w}
}

// patience is how long a test waits, in virtual time, for what must come.
const patience = time.Hour

func (r reader) next() watch.Event[items.Pod] {
	r.Helper()
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	event, err := r.w.Next(ctx)
	if err != nil {
		r.Fatalf("%v; status %+v", err, r.w.Status())
	}
	return event
}

// expect takes as many events as are wanted, and compares them.
func (r reader) expect(want ...string) []watch.Event[items.Pod] {
	r.Helper()
	var events []watch.Event[items.Pod]
	for _, text := range want {
		e := r.next()
		if got := short(e); got != text {
			r.Fatalf("got %s, not %s; %v", got, text, e)
		}
		events = append(events, e)
	}
	return events
}

// quiet is for nothing to come in that time.
func (r reader) quiet(d time.Duration) {
	r.Helper()
	time.Sleep(d) // virtual
	synctest.Wait()
	done, cancel := context.WithCancel(r.Context())
	cancel()
	if event, err := r.w.Next(done); !errors.As(err, new(*WaitError)) {
		r.Fatalf("got %v, %v", event, err)
	}
}

// last is the error that ends the watcher.
func (r reader) last() error {
	r.Helper()
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	event, err := r.w.Next(ctx)
	if err == nil || errors.As(err, new(*WaitError)) {
		r.Fatalf("got %v, %v", event, err)
	}
	return err
}

// short is an event in a few letters: "ADDED a@101", "MISSED 101>103".
func short(e watch.Event[items.Pod]) string {
	switch e.Type {
	case watch.Added, watch.Modified, watch.Deleted:
		return string(e.Type) + " " + revision(e.Item)
	case watch.Missed:
		text := "MISSED " + e.Gap.From + ">" + e.Gap.To
		if e.Gap.Rewound {
			text += " rewound"
		}
		if e.Gap.Partial {
			text += " partial"
		}
		return text
	}
	return string(e.Type)
}

func revision(p items.Pod) string { return p.Name() + "@" + p.Version() }

func (p *play) mirror() *views.Mirror[items.Pod] {
	p.Helper()
	return p.mirrorOf(p.c.Pods())
}

func (p *play) mirrorOf(view views.View[items.Pod]) *views.Mirror[items.Pod] {
	p.Helper()
	m, err := view.Mirror(p.Context())
	if err != nil {
		p.Fatal(err)
	}
	p.ends = append(p.ends, m)
	return m
}

// shown is what a snapshot shows: "101: a@101 b@100".
func shown(s views.Snapshot[items.Pod]) string {
	var all []string
	for pod := range s.All() {
		all = append(all, revision(pod))
	}
	return s.Version() + ": " + strings.Join(all, " ")
}

// shows waits for the mirror to show this.
func (p *play) shows(m *views.Mirror[items.Pod], want string) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), patience)
	defer cancel()
	if _, err := m.Wait(ctx, func(s views.Snapshot[items.Pod]) bool { return shown(s) == want }); err != nil {
		p.Fatalf("%q, not %q: %v", shown(m.Snapshot()), want, err)
	}
}

// stale waits for the mirror to say that it is not live, and returns why.
func (p *play) stale(status func() watch.Status) watch.Status {
	p.Helper()
	return p.until(status, false)
}

func (p *play) live(status func() watch.Status) { p.Helper(); p.until(status, true) }

func (p *play) until(status func() watch.Status, live bool) watch.Status {
	p.Helper()
	for start := time.Now(); ; time.Sleep(10 * time.Millisecond) { // virtual
		s := status()
		if s.Live == live && (live || s.Err != nil) {
			return s
		}
		if time.Since(start) > patience {
			p.Fatalf("live is not %v: %+v", live, s)
		}
	}
}

// told collects what a mirror tells of its changes, until it is asked.
func (p *play) told(m *views.Mirror[items.Pod]) func() []string {
	var mu sync.Mutex
	var all []string
	ctx, cancel := context.WithCancel(p.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for event, err := range m.ChangesSince(ctx, views.Snapshot[items.Pod]{}) {
			if err != nil {
				return
			}
			mu.Lock()
			all = append(all, short(event))
			mu.Unlock()
		}
	}()
	p.ends = append(p.ends, closer(func() { cancel(); <-done }))
	return func() []string {
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(all)
	}
}

type closer func()

func (c closer) Close() error { c(); return nil }
