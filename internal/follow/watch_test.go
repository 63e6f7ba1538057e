package follow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubeviews/kube/internal/collection"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
)

// stage is a connection to nothing: the test says what comes of each request.
type stage struct {
	mu       sync.Mutex
	requests []string // "list", "probe", "watch 5", "stream", "namespace"
	bodies   int      // that are open
	shut     bool     // the connection is closed

	list      func(ctx context.Context) (string, error)
	namespace error
	refuse    func(r string) error // of a watch
	streams   chan *scene
}

// scene is a stream that was opened: the test is its server.
type scene struct {
	*io.PipeWriter
	request string
}

func newStage(list ...string) *stage {
	s := &stage{streams: make(chan *scene, 1000)}
	s.lists(list...)
	return s
}

// lists answers each list, and each probe, with the objects, the first of which
// is the version.
func (s *stage) lists(list ...string) {
	text := strings.Join(list, " ")
	version, all, _ := strings.Cut(text, " ")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = func(context.Context) (string, error) { return listOf(version, all), nil }
}

func (s *stage) fails(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = func(context.Context) (string, error) { return "", err }
}

// hangs lets each list wait for ever.
func (s *stage) hangs() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = func(ctx context.Context) (string, error) {
		<-ctx.Done()
		return "", rest.Unreachable(&rest.APIError{Err: ctx.Err()})
	}
}

func listOf(version, things string) string {
	var all []string
	for _, g := range thingsOf(things) {
		all = append(all, document(g))
	}
	return fmt.Sprintf(`{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":%q},"items":[%s]}`, version, strings.Join(all, ","))
}

func document(g thing) string {
	return fmt.Sprintf(`{"kind":"Pod","apiVersion":"v1","metadata":{"namespace":"ns","name":%q,"uid":%q,"resourceVersion":%q},"text":%q}`, g.name, g.uid, g.version, g.text)
}

func thingIn(doc raw.Object) thing {
	return thing{rest.String(doc, "metadata", "name"), rest.String(doc, "metadata", "uid"), rest.String(doc, "metadata", "resourceVersion"), rest.String(doc, "text")}
}

func (s *stage) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("nobody asks")
}

func (s *stage) Limits() rest.Limits {
	return rest.Limits{MaxObject: 1 << 20, Watch: time.Minute}
}

func (s *stage) Served(context.Context, rest.Resource) (string, error) { return "v1", nil }

func (s *stage) Renegotiate(context.Context, rest.Resource, string) (string, error) { return "v1", nil }

func (s *stage) note(request string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, request)
	if s.shut {
		return rest.ErrClosed
	}
	return nil
}

func (s *stage) Send(ctx context.Context, r rest.Request) (raw.Object, error) {
	if r.Path != "/api/v1/namespaces/ns" {
		panic(r.Path)
	}
	if err := s.note("namespace"); err != nil {
		return raw.Object{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return raw.Object{}, s.namespace
}

func (s *stage) Open(ctx context.Context, r rest.Request) (io.ReadCloser, error) {
	version := r.Query.Get("resourceVersion")
	request := "list"
	switch {
	case r.Query.Get("sendInitialEvents") == "true":
		request = "stream"
	case r.Query.Get("watch") == "true":
		request = "watch " + version
	case r.Query.Get("limit") == "1":
		request = "probe"
	}
	if err := s.note(request); err != nil {
		return nil, err
	}
	if !r.Endless {
		s.mu.Lock()
		list := s.list
		s.mu.Unlock()
		text, err := list(ctx)
		if err != nil {
			return nil, err
		}
		return s.body(ctx, io.NopCloser(strings.NewReader(text))), nil
	}
	s.mu.Lock()
	refuse := s.refuse
	s.mu.Unlock()
	if refuse != nil {
		if err := refuse(request); err != nil {
			return nil, err
		}
	}
	reader, writer := io.Pipe()
	s.streams <- &scene{writer, request}
	return s.body(ctx, reader), nil
}

// body is an answer that ends with its context, and is counted.
func (s *stage) body(ctx context.Context, r io.ReadCloser) io.ReadCloser {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bodies++
	b := &body{ReadCloser: r, stage: s}
	if pipe, ok := r.(*io.PipeReader); ok {
		b.stop = context.AfterFunc(ctx, func() { pipe.CloseWithError(context.Cause(ctx)) })
	}
	return b
}

type body struct {
	io.ReadCloser
	stage *stage
	stop  func() bool
	once  sync.Once
}

func (b *body) Close() error {
	b.once.Do(func() {
		if b.stop != nil {
			b.stop()
		}
		b.stage.mu.Lock()
		defer b.stage.mu.Unlock()
		b.stage.bodies--
	})
	return b.ReadCloser.Close()
}

// asked is what was asked for since the last call.
func (s *stage) asked() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := strings.Join(s.requests, ", ")
	s.requests = nil
	return text
}

func (s *stage) set(change func(*stage)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

// say sends events, each in the form "ADDED a:1@3", "BOOKMARK 9", or as it is.
func (s *scene) say(events ...string) {
	for _, event := range events {
		io.WriteString(s, lineOf(event))
	}
}

// together sends events with one write.
func (s *scene) together(events ...string) {
	var text string
	for _, event := range events {
		text += lineOf(event)
	}
	io.WriteString(s, text)
}

func lineOf(event string) string {
	how, what, _ := strings.Cut(event, " ")
	switch how {
	case "ADDED", "MODIFIED", "DELETED":
		event = fmt.Sprintf(`{"type":%q,"object":%s}`, how, document(thingOf(what)))
	case "BOOKMARK":
		version, end, _ := strings.Cut(what, " ")
		event = fmt.Sprintf(`{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":%q,"annotations":{"k8s.io/initial-events-end":%q}}}}`, version, fmt.Sprint(end == "end"))
	}
	return event + "\n"
}

var pods = func() kinds.Kind {
	pods, err := kinds.Builtin().Lookup("Pod")
	if err != nil {
		panic(err)
	}
	return pods
}()

func (s *stage) source() Source[thing] {
	return Source[thing]{
		Collection: collection.Collection{Conn: s, Kind: pods, Namespace: "ns"},
		Make:       func(string) func(raw.Object) thing { return thingIn },
		MustExist:  true,
	}
}

func (s *stage) watch(t *testing.T, start Start) *Watcher[thing] {
	t.Helper()
	w, err := Watch(t.Context(), s.source(), start, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// onStage runs a test in a bubble of its own time, that no goroutine outlives, and
// checks that each answer was closed.
func onStage(t *testing.T, s func() *stage, test func(t *testing.T, s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := s()
		t.Cleanup(func() {
			if s.bodies != 0 {
				t.Errorf("%d answers are still open", s.bodies)
			}
		})
		test(t, s)
	})
}

func empty() *stage { return newStage("5") }
func some() *stage  { return newStage("5", "a:1@3 b:2@4") }

// done is a context that is done.
func done() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// poll is what Next has, without a wait.
func poll(t *testing.T, w *Watcher[thing]) string {
	t.Helper()
	synctest.Wait()
	return textOf(w.Next(done()))
}

func textOf(event Event[thing], err error) string {
	switch {
	case errors.As(err, new(*rest.WaitError)):
		return "nothing"
	case err != nil:
		return nameOf(err)
	}
	return strings.TrimSuffix(shownOutputs([]output[thing]{{Event: event}}), " →-")
}

// checkTold checks all that is told, and that no more is.
func checkTold(t *testing.T, w *Watcher[thing], want ...string) {
	t.Helper()
	for _, want := range append(want, "nothing") {
		if got := poll(t, w); got != want {
			t.Errorf("told is %s, want %s", got, want)
		}
	}
}

func checkAsked(t *testing.T, s *stage, want string) {
	t.Helper()
	synctest.Wait()
	if got := s.asked(); got != want {
		t.Errorf("asked is %q, want %q", got, want)
	}
}

func checkPosition(t *testing.T, w *Watcher[thing], want string) {
	t.Helper()
	if got, point := w.Version(), w.Checkpoint(); got != want || point.Version() != want || point.IsZero() != (want == "") {
		t.Errorf("the version is %q, the checkpoint %q, want %q", got, point, want)
	}
}

// K31: a watch begins now, at a version that can be read before anything happens.
func TestWatcherFromNowK31(t *testing.T) {
	onStage(t, some, func(t *testing.T, s *stage) {
		w := s.watch(t, FromNow())
		checkPosition(t, w, "5")
		checkTold(t, w)
		checkAsked(t, s, "list, watch 5")
		stream := <-s.streams
		stream.say("MODIFIED a:1@6", "DELETED b:2@7", "ADDED c:3@8")
		checkPosition(t, w, "5")
		checkTold(t, w, "MODIFIED a:1@6", "DELETED b:2@7", "ADDED c:3@8")
		checkPosition(t, w, "8")
	})
}

// Where each start begins, and what it asks for.
func TestWatcherStarts(t *testing.T) {
	initial := []string{"ADDED b:2@4", "ADDED a:1@3", "BOOKMARK 5 end"}
	for name, test := range map[string]struct {
		start   Start
		asked   string
		version string // before the first event
		begin   []string
		told    []string
	}{
		"now":             {FromNow(), "list, watch 5", "5", nil, nil},
		"the zero start":  {Start{}, "list, watch 5", "5", nil, nil},
		"version":         {FromVersion("3"), "probe, watch 3", "3", nil, nil},
		"K40 item":        {From(thingOf("a:1@4")), "probe, watch 4", "4", nil, nil},
		"checkpoint":      {FromCheckpoint(checkpointOf("pods in ns", "4")), "probe, watch 4", "4", nil, nil},
		"state":           {StateFirst(), "stream", "", initial, []string{"ADDED a:1@3", "ADDED b:2@4", "SYNCED"}},
		"zero checkpoint": {FromCheckpoint(Checkpoint{}), "stream", "", initial, []string{"ADDED a:1@3", "ADDED b:2@4", "SYNCED"}},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, some, func(t *testing.T, s *stage) {
				go func() {
					stream := <-s.streams
					stream.say(test.begin...)
					stream.say("ADDED c:3@6")
				}()
				w := s.watch(t, test.start)
				checkPosition(t, w, test.version)
				checkTold(t, w, append(test.told, "ADDED c:3@6")...)
				checkPosition(t, w, "6")
				checkAsked(t, s, test.asked)
			})
		})
	}
}

// A snapshot tells what there was, so that a gap is told in full.
func TestWatcherFromSnapshot(t *testing.T) {
	onStage(t, func() *stage { return newStage("9", "b:2@8") }, func(t *testing.T, s *stage) {
		s.refuse = func(r string) error {
			if r == "watch 5" {
				return gone410
			}
			return nil
		}
		known := Objects(thingsOf("a:1@3 b:2@4"))
		w, err := Watch(t.Context(), s.source(), FromVersion("5"), &known)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		time.Sleep(time.Second)
		gap := " [5-9 " + gone410.Error() + "]"
		checkTold(t, w, "MISSED"+gap, "DELETED a:1@3"+gap, "MODIFIED b:2@8"+gap, "SYNCED"+gap)
		checkAsked(t, s, "probe, watch 5, list, watch 9")
	})
}

// A server that cannot stream a list is asked for a plain one, and so is one whose
// stream breaks: nothing of that is told.
func TestWatcherStateFallsBackF16(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		play func(*scene)
	}{
		"refused": {bad400, nil},
		"away":    {away, nil},
		"cut":     {nil, func(s *scene) { s.say("ADDED x:9@1"); s.CloseWithError(io.ErrUnexpectedEOF) }},
		"ended":   {nil, func(s *scene) { s.say("ADDED x:9@1", "BOOKMARK 3"); s.Close() }},
		"expired": {nil, func(s *scene) {
			s.say("ADDED x:9@1", `{"type":"ERROR","object":{"kind":"Status","code":410}}`)
		}},
		"broken": {nil, func(s *scene) { s.say(`{"type":"ADDED","object":{`) }},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, some, func(t *testing.T, s *stage) {
				s.refuse = func(r string) error {
					if r == "stream" {
						return test.err
					}
					return nil
				}
				if test.play != nil {
					go func() { test.play(<-s.streams) }()
				}
				w := s.watch(t, StateFirst())
				checkPosition(t, w, "")
				checkTold(t, w, "ADDED a:1@3", "ADDED b:2@4", "SYNCED")
				checkPosition(t, w, "5")
				checkAsked(t, s, "stream, list, watch 5")
			})
		})
	}
}

func TestWatcherBadStarts(t *testing.T) {
	s := empty()
	for name, start := range map[string]Start{
		"empty":                     FromVersion(""),
		"any":                       FromVersion("0"),
		"blank":                     FromVersion("5 6"),
		"line":                      FromVersion("5\n"),
		"not ASCII":                 FromVersion("五"),
		"not printable":             FromVersion("5\x7f"),
		"endless":                   FromVersion(strings.Repeat("5", 129)),
		"nothing":                   From(nil),
		"zero item":                 From(thing{}),
		"another view's checkpoint": FromCheckpoint(checkpointOf("pods in other", "5")),
	} {
		_, err := Watch(t.Context(), s.source(), start, nil)
		var bad *rest.ArgumentError
		if !errors.As(err, &bad) || bad.Arg == "" || bad.Reason == "" {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		bad.Reason = "overwritten"
		if _, again := Watch(t.Context(), s.source(), start, nil); again.Error() == err.Error() {
			t.Errorf("%s: who has the error has the start's own", name)
		}
	}
	//lint:ignore SA1012 the point of the test
	if _, err := Watch(nil, s.source(), FromNow(), nil); !errors.As(err, new(*rest.ArgumentError)) { //nolint:staticcheck
		t.Errorf("got %v", err)
	}
	checkAskedNow(t, s, "")
}

func checkAskedNow(t *testing.T, s *stage, want string) {
	t.Helper()
	if got := s.asked(); got != want {
		t.Errorf("asked is %q, want %q", got, want)
	}
}

// The answer to the first request is the caller's to know.
func TestWatcherRefusedAtOnce(t *testing.T) {
	for name, err := range map[string]error{"403": forbidden, "404": notServed, "away": away, "closed": rest.ErrClosed} {
		for _, start := range []Start{FromNow(), StateFirst()} {
			t.Run(name, func(t *testing.T) {
				onStage(t, empty, func(t *testing.T, s *stage) {
					s.fails(err)
					s.refuse = func(string) error { return err }
					if w, got := Watch(t.Context(), s.source(), start, nil); got != err || w != nil {
						t.Errorf("got %v, %v", w, got)
					}
				})
			})
		}
	}
}

// K31: a namespace that is not there is told at once, and so is one that goes away.
func TestWatcherNamespaceF23K31(t *testing.T) {
	missing := func() *stage {
		s := newStage("5")
		s.namespace = notFoundNamespace
		return s
	}
	for name, start := range map[string]Start{"now": FromNow(), "state": StateFirst(), "version": FromVersion("3")} {
		t.Run("missing, from "+name, func(t *testing.T) {
			onStage(t, missing, func(t *testing.T, s *stage) {
				go func() {
					if name == "state" {
						(<-s.streams).say("BOOKMARK 5 end")
					}
				}()
				_, err := Watch(t.Context(), s.source(), start, nil)
				var absent *rest.NamespaceError
				if !errors.As(err, &absent) || absent.Namespace != "ns" {
					t.Errorf("got %v", err)
				}
			})
		})
	}
	t.Run("vanishes", func(t *testing.T) {
		onStage(t, some, func(t *testing.T, s *stage) {
			w := s.watch(t, FromNow())
			stream := <-s.streams
			stream.say("DELETED a:1@6", "DELETED b:2@7")
			checkTold(t, w, "DELETED a:1@6", "DELETED b:2@7")
			s.lists("8")
			s.set(func(s *stage) { s.namespace = notFoundNamespace })
			time.Sleep(time.Minute)
			stream.Close()
			checkAsked(t, s, "list, watch 5, probe, namespace")
			for range 2 {
				var absent *rest.NamespaceError
				_, err := w.Next(t.Context())
				if !errors.As(err, &absent) || absent.Namespace != "ns" {
					t.Fatalf("got %v", err)
				}
				absent.Namespace = "overwritten"
			}
			checkPosition(t, w, "7")
		})
	})
	t.Run("cannot be known", func(t *testing.T) {
		onStage(t, empty, func(t *testing.T, s *stage) {
			s.namespace = forbidden
			w := s.watch(t, FromNow())
			checkTold(t, w)
		})
	})
	t.Run("all namespaces", func(t *testing.T) {
		onStage(t, missing, func(t *testing.T, s *stage) {
			source := s.source()
			source.Collection.Namespace = ""
			w, err := Watch(t.Context(), source, FromNow(), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			checkAsked(t, s, "list, watch 5")
		})
	})
}

var notFoundNamespace = rest.Classify(&rest.APIError{Code: 404, Reason: "NotFound", Message: `namespaces "ns" not found`})

// K32: Close ends a watcher at once, from any goroutine, whatever it is doing, and
// frees its connection. Next returns ErrClosed then, wherever it is.
func TestWatcherCloseK32(t *testing.T) {
	for name, bring := range map[string]func(t *testing.T, s *stage){
		"streaming": func(t *testing.T, s *stage) {},
		"mid-line":  func(t *testing.T, s *stage) { io.WriteString(<-s.streams, `{"type":`) },
		"nobody calls Next": func(t *testing.T, s *stage) {
			stream := <-s.streams
			go func() {
				for i := range 100 {
					stream.say(fmt.Sprintf("MODIFIED a:1@%d", 6+i))
				}
			}()
		},
		"telling a difference": func(t *testing.T, s *stage) {
			var all []string
			for i := range 50 {
				all = append(all, fmt.Sprintf("x%d:1@8", i))
			}
			s.lists("9", strings.Join(all, " "))
			(<-s.streams).say(`{"type":"ERROR","object":{"kind":"Status","reason":"Expired"}}`)
			time.Sleep(time.Second)
		},
		"listing": func(t *testing.T, s *stage) {
			s.hangs()
			(<-s.streams).say(`{"type":"ERROR","object":{"kind":"Status","reason":"Expired"}}`)
			time.Sleep(time.Second)
		},
		"probing": func(t *testing.T, s *stage) {
			s.hangs()
			(<-s.streams).Close()
			time.Sleep(time.Second)
		},
		"waiting": func(t *testing.T, s *stage) {
			s.fails(rest.Classify(&rest.APIError{Code: 429, RetryAfter: time.Hour}))
			(<-s.streams).Close()
			time.Sleep(time.Second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			// Next is blocked, or there is something for it, or nobody calls it.
			for _, next := range []bool{false, true} {
				onStage(t, some, func(t *testing.T, s *stage) {
					w := s.watch(t, FromNow())
					synctest.Wait()
					bring(t, s)
					synctest.Wait()
					began := time.Now()
					if next {
						go func() {
							for {
								if _, err := w.Next(context.Background()); err != nil {
									if err != rest.ErrClosed {
										t.Errorf("got %v", err)
									}
									return
								}
							}
						}()
						synctest.Wait()
					}
					var group sync.WaitGroup
					for range 3 {
						group.Go(func() {
							if err := w.Close(); err != nil {
								t.Error(err)
							}
							s.set(func(s *stage) {
								if s.bodies != 0 {
									t.Errorf("%d answers are open", s.bodies)
								}
							})
						})
					}
					group.Wait()
					if time.Since(began) != 0 {
						t.Errorf("it took %v", time.Since(began))
					}
					if _, err := w.Next(context.Background()); err != rest.ErrClosed {
						t.Errorf("got %v", err)
					}
					if _, err := w.Next(done()); err != rest.ErrClosed {
						t.Errorf("got %v", err)
					}
					for range w.All() {
						t.Error("there is something")
					}
					if w.Status().Live {
						t.Error("it is live")
					}
					w.Close()
				})
			}
		})
	}
}

// K32: a proxy may hold the head of an answer back.
func TestWatcherCloseWhileOpeningK32(t *testing.T) {
	held := func(ctx context.Context) error {
		<-ctx.Done()
		return rest.Unreachable(&rest.APIError{Err: ctx.Err()})
	}
	onStage(t, some, func(t *testing.T, s *stage) {
		source := s.source()
		source.Collection.Conn = holding{s, held}
		w, err := Watch(t.Context(), source, FromNow(), nil)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		began := time.Now()
		time.AfterFunc(time.Second, func() { w.Close() })
		if _, err := w.Next(t.Context()); err != rest.ErrClosed || time.Since(began) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
	})
}

// holding holds the answer to a watch back, and then it is empty.
type holding struct {
	*stage
	hold func(context.Context) error
}

func (h holding) Open(ctx context.Context, r rest.Request) (io.ReadCloser, error) {
	if r.Endless {
		if err := h.hold(ctx); err != nil {
			return nil, err
		}
		return io.NopCloser(strings.NewReader("")), nil
	}
	return h.stage.Open(ctx, r)
}

// The context that a watcher was made with ends it, also before it has begun.
func TestWatcherContext(t *testing.T) {
	onStage(t, some, func(t *testing.T, s *stage) {
		s.hangs()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := Watch(ctx, s.source(), FromNow(), nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
	onStage(t, some, func(t *testing.T, s *stage) {
		errMine := errors.New("mine")
		ctx, cancel := context.WithCancelCause(t.Context())
		w, err := Watch(ctx, s.source(), FromNow(), nil)
		if err != nil {
			t.Fatal(err)
		}
		(<-s.streams).say("MODIFIED a:1@6")
		synctest.Wait()
		cancel(errMine)
		synctest.Wait()
		if event, err := w.Next(t.Context()); err != nil || event.Type != Modified {
			t.Errorf("what came before is %v, %v", event, err)
		}
		for range 2 {
			if _, err := w.Next(t.Context()); !errors.Is(err, context.Canceled) || !errors.Is(err, errMine) || errors.As(err, new(*rest.WaitError)) {
				t.Errorf("got %v", err)
			}
		}
		var last error
		for _, err := range w.All() {
			last = err
		}
		if !errors.Is(last, errMine) {
			t.Errorf("the sequence ends with %v", last)
		}
		w.Close()
		if _, err := w.Next(t.Context()); err != rest.ErrClosed {
			t.Errorf("got %v", err)
		}
	})
}

// A connection that is closed ends the watcher, and its sequence with an error: it
// was not the watcher that was closed.
func TestWatcherOnAClosedConnection(t *testing.T) {
	onStage(t, some, func(t *testing.T, s *stage) {
		w := s.watch(t, FromNow())
		stream := <-s.streams
		stream.say("MODIFIED a:1@6")
		s.set(func(s *stage) { s.shut = true })
		stream.CloseWithError(rest.ErrClosed)
		var got []string
		for event, err := range w.All() {
			if err != nil {
				got = append(got, err.Error())
				continue
			}
			got = append(got, event.String())
		}
		if want := []string{"MODIFIED a:1@6", rest.ErrClosed.Error()}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if _, err := w.Next(t.Context()); err != rest.ErrClosed {
			t.Errorf("got %v", err)
		}
		if status := w.Status(); status.Live || status.Err != rest.ErrClosed {
			t.Errorf("got %+v", status)
		}
	})
}

// K33: Next blocks; a deadline leaves the watcher as it is; one that has passed
// polls.
func TestWatcherNextK33(t *testing.T) {
	onStage(t, some, func(t *testing.T, s *stage) {
		w := s.watch(t, FromNow())
		stream := <-s.streams
		start := time.Now()
		soon, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var late *rest.WaitError
		_, err := w.Next(soon)
		if !errors.As(err, &late) || !late.Timeout() || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
		if _, err = w.Next(done()); !errors.As(err, &late) || late.Timeout() || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		stream.say("MODIFIED a:1@6")
		synctest.Wait()
		for range 2 {
			if got := textOf(w.Next(soon)); got != "MODIFIED a:1@6" && got != "nothing" {
				t.Errorf("got %v", got)
			}
		}
		time.AfterFunc(time.Second, func() { stream.say("BOOKMARK 7", "BOOKMARK 8", "MODIFIED a:1@9") })
		if got := textOf(w.Next(t.Context())); got != "MODIFIED a:1@9" || time.Since(start) != 2*time.Second {
			t.Errorf("got %v after %v", got, time.Since(start))
		}
		// A poll sees behind bookmarks.
		stream.say("BOOKMARK 10", "BOOKMARK 11", "MODIFIED a:1@12")
		synctest.Wait()
		if got := textOf(w.Next(done())); got != "MODIFIED a:1@12" {
			t.Errorf("got %v", got)
		}
		//lint:ignore SA1012 the point of the test
		if _, err := w.Next(nil); !errors.As(err, new(*rest.ArgumentError)) { //nolint:staticcheck
			t.Errorf("got %v", err)
		}
	})
}

// K34: an event is a type and an item; what is no object is an error.
func TestWatcherEventsK34(t *testing.T) {
	onStage(t, some, func(t *testing.T, s *stage) {
		w := s.watch(t, FromNow())
		stream := <-s.streams
		stream.say("ADDED c:3@6", "MODIFIED c:3@7", "DELETED c:3@8", `{"type":"ADDED","object":{"metadata":{"name":"d"},}}`)
		checkNext(t, w, "ADDED c:3@6", "MODIFIED c:3@7", "DELETED c:3@8")
		event, err := w.Next(t.Context())
		var bad *rest.ObjectError
		if err != nil || event.Type != Error || !errors.As(event.Err, &bad) || bad.Name != "d" || event.Item != (thing{}) {
			t.Errorf("F19: got %v, %v", event, err)
		}
		s.set(func(s *stage) { s.refuse = func(string) error { return forbidden } })
		stream.Close()
		for _, want := range []Type{Missed, Synced} { // what could not be understood is settled by a list
			if event, err = w.Next(t.Context()); err != nil || event.Type != want {
				t.Errorf("F19: got %v, %v", event, err)
			}
		}
		event, err = w.Next(t.Context())
		var refusal *rest.ForbiddenError
		if err != nil || event.Type != Error || !errors.As(event.Err, &refusal) || refusal.Code != 403 || refusal.Status.IsZero() {
			t.Errorf("F24: got %v, %v", event, err)
		}
		checkPosition(t, w, "5")
		s.set(func(s *stage) { s.refuse = nil })
		(<-s.streams).say(`{"type":"TOUCHED","object":{}}`)
		event, err = w.Next(t.Context())
		var unknown *rest.APIError
		if err != nil || event.Type != Error || !errors.As(event.Err, &unknown) || !errors.Is(event.Err, collection.ErrUnknownType) {
			t.Errorf("F20: got %v, %v", event, err)
		}
	})
}

// checkNext checks what is told next.
func checkNext(t *testing.T, w *Watcher[thing], want ...string) {
	t.Helper()
	for _, want := range want {
		if got := textOf(w.Next(t.Context())); got != want {
			t.Errorf("told is %s, want %s", got, want)
		}
	}
}

// Nobody can write into the error that another gets.
func TestWatcherErrorsAreCopies(t *testing.T) {
	onStage(t, some, func(t *testing.T, s *stage) {
		w := s.watch(t, FromNow())
		stream := <-s.streams
		s.lists("9", "a:1@8")
		stream.say(`{"type":"ERROR","object":{"kind":"Status","code":410,"message":"too old"}}`)
		for range 4 { // MISSED, MODIFIED, DELETED, SYNCED
			event, err := w.Next(t.Context())
			var old *rest.ExpiredError
			if err != nil || !errors.As(event.Gap.Err, &old) || old.Message != "too old" {
				t.Fatalf("got %v, %v", event, err)
			}
			old.Message = "overwritten"
		}
		stream = <-s.streams // before the next one is refused
		s.fails(forbidden)
		s.set(func(s *stage) { s.refuse = func(string) error { return forbidden } })
		stream.Close()
		event, err := w.Next(t.Context())
		var refusal *rest.ForbiddenError
		if err != nil || !errors.As(event.Err, &refusal) {
			t.Fatalf("got %v, %v", event, err)
		}
		refusal.Code = 0
		synctest.Wait()
		if err := w.Status().Err; err == nil || err.Error() != forbidden.Error() {
			t.Errorf("got %v", err)
		}
		if code := forbidden.(*rest.ForbiddenError).Code; code != 403 {
			t.Errorf("got %v", code)
		}
	})
}

// All yields what Next returns, may be left and gone on with, and ends with Close.
func TestWatcherAll(t *testing.T) {
	onStage(t, some, func(t *testing.T, s *stage) {
		w := s.watch(t, FromNow())
		(<-s.streams).say("MODIFIED a:1@6", "MODIFIED a:1@7", "MODIFIED a:1@8")
		for event, err := range w.All() {
			if err != nil || event.Item.version != "6" {
				t.Errorf("got %v, %v", event, err)
			}
			break
		}
		time.AfterFunc(time.Second, func() { w.Close() })
		want := 7
		for event, err := range w.All() {
			if err != nil || event.Item.version != fmt.Sprint(want) {
				t.Errorf("got %v, %v", event, err)
			}
			want++
		}
		if want != 9 {
			t.Errorf("it ends at %d", want)
		}
	})
}

// F13: who is slow costs no memory, and is told all of it, also when the stream
// does not live as long.
func TestSlowWatcherF13(t *testing.T) {
	const n = 1000
	onStage(t, some, func(t *testing.T, s *stage) {
		t.Cleanup(func() { close(s.streams) })
		w := s.watch(t, FromNow())
		s.lists("5000")
		sent := make(chan int, 10*n)
		go func() { // a server that begins where it is asked to
			for stream := range s.streams {
				var from int
				fmt.Sscanf(stream.request, "watch %d", &from)
				for i := from + 1; i <= 5+n; i++ {
					if _, err := io.WriteString(stream, fmt.Sprintf(`{"type":"MODIFIED","object":%s}`+"\n", document(thing{"a", "1", fmt.Sprint(i), strings.Repeat("x", 4000)}))); err != nil {
						break
					}
					sent <- i
				}
			}
		}()
		time.Sleep(time.Hour)
		if got := len(sent); got > 40 {
			t.Errorf("%d events were read though nobody has asked for them", got)
		}
		if got := s.asked(); strings.Count(got, "watch") > 5 {
			t.Errorf("asked is %s", got)
		}
		for i := 6; i <= 5+n; i++ {
			event, err := w.Next(t.Context())
			if err != nil || event.Type != Modified || event.Item.version != fmt.Sprint(i) {
				t.Fatalf("%d: got %v, %v", i, event.Type, err)
			}
			if i%100 == 0 {
				time.Sleep(5 * time.Minute)
			}
		}
	})
}

// Goroutines may share a watcher: each event goes to one of them.
func TestWatcherIsShared(t *testing.T) {
	const n = 500
	onStage(t, some, func(t *testing.T, s *stage) {
		w := s.watch(t, FromNow())
		var mu sync.Mutex
		seen := map[string]int{}
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				for {
					event, err := w.Next(t.Context())
					if err != nil {
						return
					}
					w.Version()
					w.Status()
					mu.Lock()
					seen[event.Item.version]++
					mu.Unlock()
				}
			})
		}
		stream := <-s.streams
		for i := range n {
			stream.say(fmt.Sprintf("MODIFIED a:1@%d", 6+i))
		}
		synctest.Wait()
		checkPosition(t, w, fmt.Sprint(5+n))
		w.Close()
		group.Wait()
		for i := range n {
			if version := fmt.Sprint(6 + i); seen[version] != 1 {
				t.Errorf("%s was told %d times", version, seen[version])
			}
		}
	})
}

// The checkpoint is that of what Next has returned, not of what was read ahead.
func TestWatcherCheckpoints(t *testing.T) {
	onStage(t, some, func(t *testing.T, s *stage) {
		first := make(chan *scene, 1)
		go func() {
			stream := <-s.streams
			stream.say("ADDED a:1@3", "ADDED b:2@4", "BOOKMARK 5 end")
			first <- stream
		}()
		w := s.watch(t, StateFirst())
		stream := <-first
		check := func(told, version string) {
			t.Helper()
			checkNext(t, w, told)
			checkPosition(t, w, version)
		}
		stream.say("MODIFIED a:1@6", "MODIFIED a:1@7", "BOOKMARK 9")
		synctest.Wait()
		checkPosition(t, w, "")
		check("ADDED a:1@3", "")
		check("ADDED b:2@4", "")
		check("SYNCED", "5")
		check("MODIFIED a:1@6", "6")
		check("MODIFIED a:1@7", "7")
		synctest.Wait()
		checkPosition(t, w, "7")
		checkTold(t, w)
		checkPosition(t, w, "9")

		stream.say(`{"type":"ERROR","object":{"kind":"Status","code":500}}`)
		stream = <-s.streams
		stream.say("ADDED a:2@12", "ADDED c:3@14", "BOOKMARK 20 end")
		gap := " [9-20 kube: GET /api/v1/namespaces/ns/pods"
		for _, want := range []struct{ told, version string }{
			{"MISSED" + gap, "9"}, {"DELETED a:1@7" + gap, "9"}, {"ADDED a:2@12" + gap, "9"},
			{"DELETED b:2@4" + gap, "9"}, {"ADDED c:3@14" + gap, "9"}, {"SYNCED" + gap, "20"},
		} {
			if got := textOf(w.Next(t.Context())); !strings.HasPrefix(got, want.told) {
				t.Errorf("told is %s, want %s", got, want.told)
			}
			checkPosition(t, w, want.version)
		}
		stream.say("ADDED c:4@22") // its own end could not be read
		check("DELETED c:3@14", "20")
		check("ADDED c:4@22", "22")
		stream.Close()
		time.Sleep(time.Second)
		checkAsked(t, s, "stream, stream, watch 22")
	})
}

// A checkpoint goes to another process as text, and the watch goes on there.
func TestWatcherGoesOnElsewhere(t *testing.T) {
	onStage(t, some, func(t *testing.T, s *stage) {
		w := s.watch(t, FromNow())
		(<-s.streams).say("MODIFIED a:1@6", "MODIFIED a:1@7")
		checkNext(t, w, "MODIFIED a:1@6")
		text := w.Checkpoint().String()
		w.Close()
		if w.Checkpoint().String() != text {
			t.Error("Close has moved the checkpoint")
		}
		point, err := ParseCheckpoint(text)
		if err != nil {
			t.Fatal(err)
		}
		s.lists("7", "a:1@7 b:2@4")
		other := s.watch(t, FromCheckpoint(point))
		stream := <-s.streams
		if stream.request != "watch 6" {
			t.Errorf("asked for %s", stream.request)
		}
		stream.say("MODIFIED a:1@7")
		checkTold(t, other, "MODIFIED a:1@7")
	})
}

// A version that makes no sense to the server is the end of the watch.
func TestWatcherOfAVersionThatIsNone(t *testing.T) {
	onStage(t, some, func(t *testing.T, s *stage) {
		s.refuse = func(string) error { return bad400 }
		w := s.watch(t, FromVersion("garbage"))
		for range 2 {
			_, err := w.Next(t.Context())
			if err == nil || err.Error() != bad400.Error() || err == bad400 {
				t.Errorf("got %v", err)
			}
		}
		checkPosition(t, w, "garbage")
		checkAsked(t, s, "probe, watch garbage")
	})
}

// Who is told a refusal, or the end of the watcher, once it was handed over, was
// handed it over: that is not left to chance.
func TestWatcherThatEndsAsItBegins(t *testing.T) {
	for range 50 {
		onStage(t, some, func(t *testing.T, s *stage) {
			s.refuse = func(string) error { return forbidden }
			s.fails(forbidden)
			w := s.watch(t, FromVersion("3")) // it may not be probed, and so it begins
			if got := textOf(w.Next(t.Context())); got != forbidden.Error() {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestWatcherStatus(t *testing.T) {
	onStage(t, some, func(t *testing.T, s *stage) {
		began := time.Now()
		w := s.watch(t, FromNow())
		stream := <-s.streams
		synctest.Wait()
		if got := w.Status(); !got.Live || !got.Since.Equal(began) || !got.LastContact.Equal(began) || got.Err != nil || got.Lists != 1 || got.Streams != 1 || got.Gaps != 0 {
			t.Errorf("got %+v", got)
		}
		time.Sleep(20 * time.Second)
		stream.say("BOOKMARK 9")
		synctest.Wait()
		if got := w.Status(); !got.Live || !got.Since.Equal(began) || !got.LastContact.Equal(began.Add(20*time.Second)) {
			t.Errorf("got %+v", got)
		}
		s.fails(away)
		stream.CloseWithError(io.ErrUnexpectedEOF)
		time.Sleep(10 * time.Second)
		got := w.Status()
		if got.Live || !got.Since.Equal(began.Add(20*time.Second)) || got.Err == nil || got.Err.Error() != away.Error() {
			t.Errorf("got %+v", got)
		}
		s.lists("9", "a:1@3 b:2@4")
		s.set(func(s *stage) {
			s.refuse = func(r string) error {
				if r == "watch 9" {
					return gone410
				}
				return nil
			}
		})
		go func() {
			time.Sleep(time.Minute)
			s.lists("12", "a:1@3 b:2@4")
		}()
		time.Sleep(5 * time.Minute)
		if got := w.Status(); !got.Live || got.Err != nil || got.Gaps == 0 || got.Lists != 1+got.Gaps {
			t.Errorf("got %+v", got)
		}
	})
}

// Without a call of Next, a watcher that is idle stays so: what it reads ahead is
// only where it has come to.
func TestIdleWatcherF14(t *testing.T) {
	onStage(t, some, func(t *testing.T, s *stage) {
		t.Cleanup(func() { close(s.streams) })
		w := s.watch(t, FromNow())
		go func() {
			for stream := range s.streams {
				time.AfterFunc(time.Minute, func() { stream.Close() })
			}
		}()
		time.Sleep(10*time.Minute + time.Second)
		if got := s.asked(); strings.Count(got, "watch 5") != 11 || strings.Count(got, "probe") != 10 || strings.Count(got, "list") != 1 {
			t.Errorf("asked is %s", got)
		}
		checkTold(t, w)
	})
}

// F01: however a server ends what it is asked for, it is asked for a bounded number
// of times, and the less often the longer that lasts; unless there is progress.
func TestWatcherDoesNotStorm(t *testing.T) {
	stream := func(what ...string) func(*scene) {
		return func(s *scene) { s.say(what...); s.Close() }
	}
	for name, test := range map[string]struct {
		refuse error
		play   func(*scene)
		most   int // requests in ten minutes, of which a pause of 15 s allows 80 times 1 to 3
	}{
		"F01 empty":        {nil, stream(), 160},
		"F02 cut":          {nil, func(s *scene) { s.CloseWithError(io.ErrUnexpectedEOF) }, 160},
		"F01 bookmark":     {nil, stream("BOOKMARK 5"), 610},
		"F02 bookmark cut": {nil, func(s *scene) { s.say("BOOKMARK 5"); s.CloseWithError(io.ErrUnexpectedEOF) }, 1220},
		"F05 away":         {away, nil, 160},
		"F07 in-stream":    {nil, stream(`{"type":"ERROR","object":{"kind":"Status","code":410}}`), 160},
		"F07 bookmark":     {nil, stream("BOOKMARK 5", `{"type":"ERROR","object":{"kind":"Status","code":410}}`), 160},
		"F08 at open":      {gone410, nil, 160},
		"F12 busy":         {busyText, nil, 160},
		"F19 unreadable":   {nil, stream(`{"type":"ADDED"}`), 160},
		"F07 bookmark later": {nil, func(s *scene) {
			s.say("BOOKMARK 5")
			time.AfterFunc(2*time.Second, func() { stream(`{"type":"ERROR","object":{"kind":"Status","code":410}}`)(s) })
		}, 160},
		"F20 unknown type": {nil, stream(`{"type":"TOUCHED","object":{}}`), 160},
		"F21 in-stream":    {nil, stream(`{"type":"ERROR","object":{"kind":"Status","code":500}}`), 160},
		"F22 not served":   {notServed, nil, 160},
		"F24 forbidden":    {forbidden, nil, 160},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, some, func(t *testing.T, s *stage) {
				t.Cleanup(func() { close(s.streams) })
				s.refuse = func(string) error { return test.refuse }
				w := s.watch(t, FromNow())
				go func() {
					for stream := range s.streams {
						test.play(stream)
					}
				}()
				go func() {
					for range w.All() {
					}
				}()
				time.Sleep(10 * time.Minute)
				if got := len(strings.Split(s.asked(), ", ")); got > test.most || got < 40 {
					t.Errorf("%d requests in ten minutes", got)
				}
			})
		})
	}
}

// A proxy that holds the head back until something comes makes no short streams
// of long ones.
func TestIdleWatcherBehindHeldHeadsF14(t *testing.T) {
	onStage(t, some, func(t *testing.T, s *stage) {
		source := s.source()
		source.Collection.Conn = holding{s, func(ctx context.Context) error {
			select {
			case <-ctx.Done():
			case <-time.After(time.Minute):
			}
			return nil
		}}
		w, err := Watch(t.Context(), source, FromNow(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		time.Sleep(10*time.Minute + time.Second)
		if got := w.Status().Streams; got != 10 {
			t.Errorf("%d streams in ten minutes", got)
		}
	})
}
