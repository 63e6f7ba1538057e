package kube

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube/watch"
)

// F01: a watch that ends at once, however it is said, costs few requests and no list,
// and loses nothing. The pause grows until something comes: the 200 alone is not
// progress.
func TestCleanEndF01(t *testing.T) {
	s := newScene("a").on("watch", func(n int) http.HandlerFunc {
		if n <= 1000 {
			return sends()
		}
		return nil
	})
	onScene(t, s, func(p *play) {
		m, w := p.mirror(), p.watch()
		for s.count("watch") < 1000 {
			time.Sleep(time.Minute) // virtual
		}
		if most := s.busiest(10 * time.Second); most > 40 {
			t.Errorf("%d requests in 10 s", most)
		}
		// Two of each, for there are two that watch.
		if most := s.busiest(time.Second); most > 24 {
			t.Errorf("%d requests in 1 s", most)
		}
		all := s.requests()
		if pause := all[len(all)-1].at.Sub(all[len(all)-5].at); pause < 5*time.Second {
			t.Errorf("four requests after only %v in the end", pause)
		}
		s.set("b")
		w.expect("ADDED b@102")
		p.shows(m, "102: a@101 b@102")
		if s.count("list") != 2 || w.w.Status().Gaps != 0 {
			t.Errorf("%d lists, %+v", s.count("list"), w.w.Status())
		}
		// What comes is progress: the next end is followed by a short pause.
		s.on("watch", first())
	})
}

// F01: a bookmark that says nothing new is no progress either.
func TestEndAfterTheSameBookmarkF01(t *testing.T) {
	ends := map[string]http.HandlerFunc{
		"clean":   sends(bookmark(101)),
		"cut":     breaks(bookmark(101)),
		"expired": sends(bookmark(101), wrong(410, "Expired")),
		"failed":  sends(bookmark(101), wrong(500, "InternalError")),
	}
	for name, h := range ends {
		t.Run(name, func(t *testing.T) {
			s := newScene("a").on("watch", always(h))
			onScene(t, s, func(p *play) {
				m := p.mirror()
				p.shows(m, "101: a@101")
				time.Sleep(time.Minute) // virtual
				if n := len(s.requests()); n > 2*60 {
					t.Errorf("%d requests in a minute", n)
				}
			})
		})
	}
}

// F01: progress makes the pauses short again.
func TestPausesResetF01(t *testing.T) {
	s := newScene("a").on("watch", func(n int) http.HandlerFunc {
		switch {
		case n <= 20:
			return sends()
		case n == 21:
			return sends(line("ADDED", pod{name: "b", uid: "b-102", version: 102}))
		case n == 22:
			return sends()
		}
		return holds()
	})
	onScene(t, s, func(p *play) {
		p.watch().expect("ADDED b@102")
		for s.count("watch") < 23 {
			time.Sleep(time.Second) // virtual
		}
		var at []time.Time
		for _, a := range s.requests() {
			if a.what == "watch" {
				at = append(at, a.at)
			}
		}
		if slow, quick := at[19].Sub(at[18]), at[22].Sub(at[21]); slow < 5*time.Second || quick > 3*time.Second {
			t.Errorf("a pause of %v before, and of %v after", slow, quick)
		}
	})
}

// F02: the answer to a watch is cut behind each of its bytes, those of HTTP included,
// and the rest never comes on that connection.
func TestCutAtEveryByteF02(t *testing.T) {
	whole := wire(t)
	for at := range len(whole) + 1 {
		s := newScene("a", "b")
		was, cutting := later(time.Second, says(200, s.list(0, 0))), later(time.Second, cutWire(whole, at))
		s.on("list", first(was, was)).on("watch", first(cutting, cutting))
		events(s)
		onScene(t, s, func(p *play) {
			m := p.mirror()
			told := p.told(m)
			w := p.watch()
			got := w.expect("ADDED c@103", "MODIFIED a@104", "DELETED b@105", "ADDED b@106")
			if got[3].Item.UID() != "b-106" {
				t.Errorf("cut at %d: %v", at, got[3])
			}
			w.quiet(time.Minute)
			p.shows(m, "106: a@104 b@106 c@103")
			const all = "[ADDED a@101 ADDED b@102 SYNCED ADDED c@103 MODIFIED a@104 DELETED b@105 ADDED b@106]"
			if got := fmt.Sprint(told()); got != all || s.count("list") != 2 {
				t.Errorf("cut at %d: %s, %d lists", at, got, s.count("list"))
			}
		})
		if t.Failed() {
			t.Fatalf("cut at %d: …%q", at, whole[max(0, at-60):at])
		}
	}
}

func events(s *scene) {
	s.set("c")
	s.set("a")
	s.delete("b")
	s.set("b")
}

// wire is what goes over the wire for those events, chunked.
func wire(t *testing.T) string {
	s := newScene("a", "b")
	events(s)
	lines, _, _ := s.since(102)
	text := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
	for l := range strings.Lines(lines) {
		text += fmt.Sprintf("%x\r\n%s\r\n", len(l), l)
	}
	return text + "0\r\n\r\n"
}

// cutWire sends so many bytes of an answer, and closes the connection.
func cutWire(text string, at int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		conn.Write([]byte(text[:at]))
		conn.Close()
	}
}

// F02: a line that the stream ends within is none, though it may look whole, and the
// end be a clean one.
func TestCutLineIsNotDecodedF02(t *testing.T) {
	whole := strings.TrimSuffix(line("ADDED", pod{name: "z", uid: "z-900", version: 900}), "\n")
	for name, h := range map[string]http.HandlerFunc{"clean end": sends(whole), "cut": breaks(whole)} {
		t.Run(name, func(t *testing.T) {
			s := newScene("a").on("watch", first(h))
			onScene(t, s, func(p *play) {
				w := p.watch()
				w.quiet(time.Minute)
				s.set("b")
				w.expect("ADDED b@102")
				if got := s.versions(); got[1] != "101" {
					t.Errorf("versions %v", got)
				}
			})
		})
	}
}

// stallBound is what WithWatchTimeout promises by default.
const stallBound = 70 * time.Second

// F03: a connection that died without a word is found dead within the bound, told so,
// and replaced.
func TestFrozenF03(t *testing.T) {
	frozen := map[string]http.HandlerFunc{
		"no headers":           silent(""),
		"headers and silence":  holds(),
		"silence in midstream": holds(line("ADDED", pod{name: "b", uid: "b-102", version: 102})),
		"half a line":          holds(line("ADDED", pod{name: "b", uid: "b-102", version: 102})[:50]),
	}
	for name, h := range frozen {
		t.Run(name, func(t *testing.T) {
			s := newScene("a")
			s.floor = 101
			onScene(t, s, func(p *play) {
				s.on("watch", first(later(time.Second, h), later(time.Second, h)))
				m, w := p.mirror(), p.watch()
				p.shows(m, "101: a@101")
				start := time.Now()
				s.set("b")
				for name, status := range map[string]func() watch.Status{"mirror": m.Status, "watcher": w.w.Status} {
					st := p.stale(status)
					if took := time.Since(start); took > stallBound+time.Second {
						t.Errorf("%s: noticed after %v", name, took)
					}
					if !errors.As(st.Err, new(*UnreachableError)) || !strings.Contains(st.Err.Error(), "taken to be dead") {
						t.Errorf("%s: %v", name, st.Err)
					}
				}
				p.live(m.Status)
				w.expect("ADDED b@102")
				p.shows(m, "102: a@101 b@102")
				if took := time.Since(start); took > stallBound+time.Second || s.count("list") != 2 {
					t.Errorf("recovered after %v, with %d lists", took, s.count("list"))
				}
			})
		})
	}
}

// F03: all is frozen: each request is given up in its time, and the last contact
// stays what it was.
func TestAllFrozenF03(t *testing.T) {
	s := newScene("a")
	onScene(t, s, func(p *play) {
		m, w := p.mirror(), p.watch()
		p.shows(m, "101: a@101")
		contact := m.Snapshot().LastContact()
		for _, what := range []string{"list", "probe", "watch", "stream", "namespace"} {
			s.on(what, always(silent("")))
		}
		time.Sleep(time.Hour) // virtual
		for _, status := range []watch.Status{m.Status(), w.w.Status()} {
			if status.Live || status.Err == nil || status.LastContact.Sub(contact) > time.Minute {
				t.Errorf("%+v", status)
			}
		}
		if n := s.count("probe"); n < 100 {
			t.Errorf("it was tried %d times in an hour", n)
		}
		for _, what := range []string{"list", "probe", "watch", "stream", "namespace"} {
			s.on(what, first())
		}
		s.set("b")
		start := time.Now()
		w.expect("ADDED b@102")
		p.shows(m, "102: a@101 b@102")
		if took := time.Since(start); took > 46*time.Second {
			t.Errorf("recovered after %v", took)
		}
	})
}

// F03: a frozen server is noticed within the bound for other watch timeouts, too.
func TestStallBoundF03(t *testing.T) {
	for d, bound := range map[time.Duration]time.Duration{time.Second: 2 * time.Second, 5 * time.Second: 10 * time.Second, 300 * time.Second: 310 * time.Second} {
		t.Run(d.String(), func(t *testing.T) {
			s := newScene("a").on("watch", always(holds()))
			onScene(t, s, func(p *play) {
				w := p.watch()
				start := time.Now()
				p.stale(w.w.Status)
				if took := time.Since(start); took > bound+100*time.Millisecond || took < d {
					t.Errorf("noticed after %v", took)
				}
			}, WithWatchTimeout(d))
		})
	}
}

// F03: the first watch says so itself when nothing answers: there is nobody yet who
// could read a status.
func TestFrozenFromTheBeginningF03(t *testing.T) {
	s := newScene("a").on("list", always(silent("")))
	onScene(t, s, func(p *play) {
		ctx, cancel := context.WithTimeout(p.Context(), 10*time.Minute)
		defer cancel()
		if _, err := p.c.Pods().Watch(ctx); !errors.As(err, new(*UnreachableError)) {
			t.Errorf("got %v", err)
		}
	})
}

const refusedText = "dial tcp 127.0.0.1:6443: connect: connection refused"

// F05: kubectl proxy answers a text of its own when the server is away: the version
// is kept, and nothing is listed anew.
func TestServerAwayF05(t *testing.T) {
	s := newScene("a")
	s.floor = 101
	onScene(t, s, func(p *play) {
		m, w := p.mirror(), p.watch()
		p.shows(m, "101: a@101")
		w.quiet(time.Second)
		for _, what := range []string{"list", "probe", "watch"} {
			s.on(what, always(text(500, refusedText)))
		}
		st := p.stale(m.Status)
		if !errors.As(st.Err, new(*UnreachableError)) || !strings.Contains(st.Err.Error(), "refused") {
			t.Errorf("got %v", st.Err)
		}
		time.Sleep(10 * time.Minute) // virtual
		if n := s.busiest(time.Minute); n > 40 {
			t.Errorf("%d requests a minute", n)
		}
		if shown(m.Snapshot()) != "101: a@101" {
			t.Errorf("it shows %s", shown(m.Snapshot()))
		}
		for _, what := range []string{"list", "probe", "watch"} {
			s.on(what, first())
		}
		s.set("b")
		w.expect("ADDED b@102")
		p.shows(m, "102: a@101 b@102")
		if s.count("list") != 2 || m.Status().Gaps != 0 || !m.Status().Live {
			t.Errorf("%d lists, %+v", s.count("list"), m.Status())
		}
	})
}

// F06: a server that stops goes on with its old watches, and refuses new requests.
func TestOldWatchLivesOnF06(t *testing.T) {
	s := newScene("a")
	s.floor = 101
	onScene(t, s, func(p *play) {
		m, w := p.mirror(), p.watch()
		p.shows(m, "101: a@101")
		w.quiet(time.Second)
		for _, what := range []string{"list", "probe", "watch"} {
			s.on(what, always(text(500, refusedText)))
		}
		s.set("b")
		w.expect("ADDED b@102")
		p.shows(m, "102: a@101 b@102")
		if !m.Status().Live || m.Status().Err != nil {
			t.Errorf("%+v", m.Status())
		}
		p.stale(m.Status) // when the old watch has ended
		s.set("c")
		for _, what := range []string{"list", "probe", "watch"} {
			s.on(what, first())
		}
		w.expect("ADDED c@103")
		p.shows(m, "103: a@101 b@102 c@103")
		if s.count("list") != 2 {
			t.Errorf("%d lists", s.count("list"))
		}
	})
}

// F05: a connection that cannot be made is a fault like others.
func TestRefusedConnectionsF05(t *testing.T) {
	s := newScene("a")
	s.floor = 101
	onScene(t, s, func(p *play) {
		dial := p.c.conn.t.pool.DialContext
		m := p.mirror()
		p.shows(m, "101: a@101")
		p.c.conn.t.pool.DialContext = func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("refused")}
		}
		s.on("watch", always(breaks()))
		s.set("b")
		p.stale(m.Status)
		s.on("watch", first())
		p.c.conn.t.pool.DialContext = dial
		p.shows(m, "102: a@101 b@102")
	})
}

// F03: a server that ends no watch is left in time; nothing is lost.
func TestEndlessWatchF03(t *testing.T) {
	s := newScene("a")
	onScene(t, s, func(p *play) {
		s.on("watch", always(func(w http.ResponseWriter, r *http.Request) {
			q := r.URL.Query()
			q.Set("timeoutSeconds", "100000")
			r.URL.RawQuery = q.Encode()
			s.watch(w, r)
		}))
		w := p.watch()
		for v := 102; v < 402; v++ {
			time.Sleep(3 * time.Second) // virtual
			s.set("b")
			if e := w.next(); e.Item.Version() != fmt.Sprint(v) {
				t.Fatalf("got %v", e)
			}
		}
		if s.count("list") != 1 {
			t.Errorf("%d lists", s.count("list"))
		}
	})
}

// A cluster that is closed ends what waits for a pause to be over, at once.
func TestCloseInAPauseK02(t *testing.T) {
	s := newScene("a")
	onScene(t, s, func(p *play) {
		m, w := p.mirror(), p.watch()
		p.shows(m, "101: a@101")
		busy := says(429, "busy", "Retry-After: 200")
		for _, what := range []string{"list", "probe", "watch"} {
			s.on(what, always(busy))
		}
		p.stale(m.Status)
		p.stale(w.w.Status)
		start := time.Now()
		p.c.Close()
		if err := w.last(); err != ErrClosed || time.Since(start) > time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}
