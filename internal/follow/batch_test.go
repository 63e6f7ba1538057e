package follow

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubeviews/kube/raw"
	"github.com/kubeviews/kube/watch"
)

// handed is what a feed hands over together, as texts.
type handed struct {
	now []string
	all []string
}

func (h *handed) tell(b watch.Batch[thing]) {
	for _, told := range b.Told {
		text, _, _ := strings.Cut(shownOutputs([]output[thing]{output[thing](told)}), " kube:")
		h.now = append(h.now, text)
	}
	if !b.More {
		h.all = append(h.all, strings.Join(h.now, ", "))
		h.now = nil
	}
}

// What was read whole is handed over together, and nothing waits for what was not.
func TestEventsThatComeTogether(t *testing.T) {
	const a, b, c = "MODIFIED a:1@6", "DELETED b:2@7", "ADDED c:3@8"
	const garbled = `{"type":"ADDED","object":{"metadata":{"name":"d"},}}`
	line := lineOf(c)
	for name, test := range map[string]struct {
		writes []string
		want   []string
	}{
		"one by one":        {[]string{lineOf(a), lineOf(b)}, []string{a + " →6", b + " →7"}},
		"three":             {[]string{lineOf(a) + lineOf(b) + line}, []string{a + " →6, " + b + " →7, " + c + " →8"}},
		"two, and a half":   {[]string{lineOf(a) + lineOf(b) + line[:30], line[30:]}, []string{a + " →6, " + b + " →7", c + " →8"}},
		"an empty line":     {[]string{lineOf(a) + "\n"}, []string{a + " →6"}},
		"a bookmark":        {[]string{lineOf(a) + lineOf("BOOKMARK 9")}, []string{a + " →6, →9"}},
		"one that was told": {[]string{lineOf(a) + lineOf(a) + line}, []string{a + " →6, " + c + " →8"}},
		"one that is none":  {[]string{lineOf(a) + garbled + "\n" + line}, []string{a + " →6, ERROR, " + c + " →8"}},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, some, func(t *testing.T, s *stage) {
				plain := &feed[thing]{source: s.source(), first: initial(s.source(), FromNow(), nil)}
				other := &feed[thing]{source: s.source(), first: initial(s.source(), FromNow(), nil)}
				for _, f := range []watch.Feed[thing]{plain, converted[thing, thing]{other, func(g thing) thing { return g }}} {
					checkHandedOver(t, s, f, test.writes, test.want)
				}
			})
		})
	}
}

func checkHandedOver(t *testing.T, s *stage, f watch.Feed[thing], writes, want []string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var h handed
	go f.Run(ctx, h.tell)
	stream := <-s.streams
	synctest.Wait()
	h = handed{} // without what it began with
	for _, text := range writes {
		io.WriteString(stream, text)
		synctest.Wait()
	}
	if !slices.Equal(h.all, want) || h.now != nil {
		t.Errorf("%T: handed over is %q, and held %q, want %q", f, h.all, h.now, want)
	}
	cancel()
	synctest.Wait()
}

// A consumer gets nothing of what has come together before the last of it was read.
func TestWatcherHandsOverTogether(t *testing.T) {
	onStage(t, some, func(t *testing.T, s *stage) {
		var w *Watcher[thing]
		source, early := s.source(), ""
		source.Make = func(string) func(raw.Object) thing {
			return func(doc raw.Object) thing {
				if g := thingIn(doc); g.version != "8" {
					return g
				}
				early = textOf(w.Next(done()))
				return thingIn(doc)
			}
		}
		w, err := Watch(t.Context(), source, FromNow(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		(<-s.streams).together("MODIFIED a:1@6", "DELETED b:2@7", "ADDED c:3@8")
		checkTold(t, w, "MODIFIED a:1@6", "DELETED b:2@7", "ADDED c:3@8")
		if early != "nothing" {
			t.Errorf("told is %s, and more was there", early)
		}
	})
}

// Events wait for no pause and for no answer: what came before the end of a stream is
// told at once, whatever came with it.
func TestEventsBeforeAnEndAreToldBeforeThePause(t *testing.T) {
	const gone, more = `{"type":"ERROR","object":{"kind":"Status","code":410}}`, "ADDED x:9@9"
	missed := []string{"MISSED [7-10", "DELETED b:2@4 [7-10", "MODIFIED c:3@9 [7-10", "SYNCED [7-10"}
	for name, test := range map[string]struct {
		behind []string // with the same write
		end    func(*scene)
		told   []string // behind the two, at once
		asked  string
		later  []string // once that is answered
		next   string
	}{
		"F07 410":                   {[]string{gone}, nil, nil, "list", missed, "watch 10"},
		"F07 410, and more":         {[]string{gone, more, more}, nil, nil, "list", missed, "watch 10"},
		"an internal error":         {[]string{`{"type":"ERROR","object":{"kind":"Status","code":500}}`, more}, nil, nil, "list", missed, "watch 10"},
		"F20 an unknown type":       {[]string{`{"type":"TOUCHED","object":{}}`, more}, nil, []string{"ERROR"}, "list", missed, "watch 10"},
		"an old bookmark":           {[]string{"BOOKMARK 3", more}, nil, nil, "probe", nil, "watch 7"},
		"an end":                    {nil, func(s *scene) { s.Close() }, nil, "", nil, "watch 7"},
		"an end behind an error":    {[]string{gone}, func(s *scene) { s.Close() }, nil, "list", missed, "watch 10"},
		"a cut":                     {nil, func(s *scene) { s.CloseWithError(io.ErrUnexpectedEOF) }, nil, "probe", nil, "watch 7"},
		"a cut within a line":       {nil, func(s *scene) { io.WriteString(s, lineOf(more)[:30]); s.Close() }, nil, "probe", nil, "watch 7"},
		"F19 one that is none":      {[]string{`{"type":"ADDED","object":{]}`}, func(s *scene) { s.Close() }, []string{"ERROR"}, "list", missed, "watch 10"},
		"F19 no event":              {[]string{"<html>"}, func(s *scene) { s.Close() }, []string{"ERROR"}, "list", missed, "watch 10"},
		"F19 one that is none, 410": {[]string{`{"type":"ADDED","object":{]}`, gone, more}, nil, []string{"ERROR"}, "list", missed, "watch 10"},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, some, func(t *testing.T, s *stage) {
				w := s.watch(t, FromNow())
				stream, answer := <-s.streams, s.holds("10", "a:1@3 c:3@9")
				synctest.Wait()
				s.asked()
				stream.together(append([]string{"ADDED c:3@6", "MODIFIED c:3@7"}, test.behind...)...)
				if test.end != nil {
					test.end(stream)
				}
				checkBegins(t, w, append([]string{"ADDED c:3@6", "MODIFIED c:3@7"}, test.told...)...)
				checkPosition(t, w, "7")
				checkAsked(t, s, "")
				time.Sleep(20 * time.Second)
				if test.asked != "" {
					checkAsked(t, s, test.asked)
				}
				checkBegins(t, w)
				close(answer)
				checkBegins(t, w, test.later...)
				if next := <-s.streams; next.request != test.next {
					t.Errorf("asked is %q, want %q", next.request, test.next)
				}
			})
		})
	}
}

// holds lets each list, and each probe, wait until the channel is closed.
func (s *stage) holds(list ...string) chan struct{} {
	answer := make(chan struct{})
	s.lists(list...)
	s.set(func(s *stage) {
		then := s.list
		s.list = func(ctx context.Context) (string, error) {
			select {
			case <-answer:
			case <-ctx.Done():
			}
			return then(ctx)
		}
	})
	return answer
}

// checkBegins checks how all that is told begins, and that no more is.
func checkBegins(t *testing.T, w *Watcher[thing], want ...string) {
	t.Helper()
	for _, want := range append(want, "nothing") {
		if got := poll(t, w); !strings.HasPrefix(got, want) {
			t.Errorf("told is %s, want %s", got, want)
		}
	}
}
