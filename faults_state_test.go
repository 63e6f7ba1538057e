package kube

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubeviews/kube/views"
	"github.com/kubeviews/kube/watch"
)

// F13: a consumer that reads nothing costs no more than what a watcher reads ahead,
// and is told all when it reads on, although the server did not wait.
func TestSlowConsumerF13(t *testing.T) {
	const changes, size, ahead = 200, 50 << 10, 40
	var sent atomic.Int64
	s := newScene("a")
	s.on("list", first(says(200, s.list(0, 0))))
	s.version = 101 + changes
	drip := func(w http.ResponseWriter, r *http.Request) {
		at, _ := strconv.Atoi(r.URL.Query().Get("resourceVersion"))
		send(w, "")
		for v := max(at+1, 102); v <= 101+changes && r.Context().Err() == nil; v++ {
			send(w, line("MODIFIED", pod{"a", "a-101", v, `,"spec":{"nodeName":"` + strings.Repeat("n", size) + `"}`}))
			sent.Add(1)
		}
	}
	onScene(t, s.on("watch", always(drip)), func(p *play) {
		w := p.watch()
		time.Sleep(10 * time.Minute) // virtual
		if n := sent.Load(); n > ahead {
			t.Errorf("%d events of %d were taken", n, changes)
		}
		for v := 102; v <= 101+changes; v++ {
			w.expect(fmt.Sprintf("MODIFIED a@%d", v))
		}
		if n := s.count("list"); n != 1 || w.w.Status().Gaps != 0 {
			t.Errorf("%d lists, %+v", n, w.w.Status())
		}
	})
}

// F13: a mirror waits for nobody who follows it, and loses nothing for the others.
func TestSlowFollowerOfAMirrorF13(t *testing.T) {
	const changes = 1000
	s := newScene("a")
	onScene(t, s, func(p *play) {
		m := p.mirror()
		p.shows(m, "101: a@101")
		ctx, cancel := context.WithCancel(p.Context())
		stuck, done := make(chan struct{}), make(chan struct{})
		var last string
		go func() {
			defer close(done)
			for e, err := range m.Changes(ctx) {
				if err != nil {
					return
				}
				<-stuck
				if e.Type == watch.Modified {
					last = short(e)
				}
			}
		}()
		quick := p.told(m)
		synctest.Wait() // it has begun
		for range changes {
			s.set("a")
			synctest.Wait()
		}
		p.shows(m, fmt.Sprintf("%d: a@%d", 101+changes, 101+changes))
		if n := len(quick()); n != changes+2 {
			t.Errorf("the quick one was told %d", n)
		}
		close(stuck)
		synctest.Wait()
		cancel()
		<-done
		if want := fmt.Sprintf("MODIFIED a@%d", 101+changes); last != want {
			t.Errorf("the slow one was told %s last", last)
		}
	})
}

// F14: silence within the time that the server was asked for is not death, for hours.
func TestIdleF14(t *testing.T) {
	s := newScene("a")
	onScene(t, s, func(p *play) {
		m, w := p.mirror(), p.watch()
		p.shows(m, "101: a@101")
		for range 3 * 60 {
			time.Sleep(time.Minute) // virtual
			if st := m.Status(); !st.Live || st.Err != nil || time.Since(st.LastContact) > 2*time.Minute {
				t.Fatalf("%+v", st)
			}
		}
		for _, v := range s.versions() {
			if v != "101" {
				t.Errorf("asked from %s", v)
			}
		}
		if s.count("list") != 2 || s.busiest(time.Minute) > 6 {
			t.Errorf("%d lists, %d requests a minute", s.count("list"), s.busiest(time.Minute))
		}
		s.set("b")
		w.expect("ADDED b@102")
		p.shows(m, "102: a@101 b@102")
		if w.w.Status().Gaps+m.Status().Gaps != 0 {
			t.Errorf("%+v", m.Status())
		}
	})
}

// F14: a bookmark moves the place from which an idle watch is opened again.
func TestBookmarkF14(t *testing.T) {
	s := newScene("a").on("watch", first(sends(bookmark(140)), sends(bookmark(130)), holds()))
	s.version = 150
	s.on("list", first(says(200, listOf(101, "", s.pods["a"].String()))))
	onScene(t, s, func(p *play) {
		w := p.watch()
		w.quiet(30 * time.Second)
		if got := fmt.Sprint(s.versions()); got != "[101 140 140]" || w.w.Version() != "140" {
			t.Errorf("asked from %s, at %s", got, w.w.Version())
		}
	})
}

// F19: one event that cannot be understood is told, with the name where that can be
// read, and the rest goes on.
func TestUndecodableF19(t *testing.T) {
	whole := pod{"bad", "bad-103", 103, ""}.String()
	for _, test := range []struct{ name, line, who, why string }{
		{"broken JSON", line("MODIFIED", whole[:len(whole)-1]+`,"spec":{"a":}}`), "ns/bad", "expected a value"},
		{"not JSON", "<html>\n", "", "expected an object"},
		{"twice the same name", line("MODIFIED", whole[:len(whole)-1]+`,"spec":1,"spec":2}`), "ns/bad", "spec"},
		{"no name", line("MODIFIED", `{"kind":"Pod","apiVersion":"v1","metadata":{"namespace":"ns","resourceVersion":"103"}}`), "ns/", "has no name"},
		{"no version", line("MODIFIED", `{"kind":"Pod","apiVersion":"v1","metadata":{"namespace":"ns","name":"bad"}}`), "ns/bad", "has no version"},
		{"another kind", line("MODIFIED", strings.Replace(whole, `"Pod"`, `"Node"`, 1)), "ns/bad", `kind "Node"`},
		{"another namespace", line("MODIFIED", strings.Replace(whole, `"ns"`, `"other"`, 1)), "other/bad", `namespace "other"`},
		{"too large", line("MODIFIED", pod{"bad", "bad-103", 103, `,"spec":{"a":"` + strings.Repeat("x", 9000) + `"}`}), "ns/bad", "4096"},
		{"no object", `{"type":"MODIFIED"}` + "\n", "", "expected an event"},
		{"a bookmark of nothing", line("BOOKMARK", `{"kind":"Pod","metadata":{}}`), "", "no version"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene("a")
			answer := later(time.Second, holds(line("ADDED", pod{"b", "b-102", 102, ""}), test.line, line("ADDED", pod{"c", "c-104", 104, ""})))
			s.on("watch", first(answer, answer))
			onScene(t, s, func(p *play) {
				m, w := p.mirrorOf(p.c.Pods().In("ns")), p.watchOf(p.c.Pods().In("ns"))
				told := p.told(m)
				w.expect("ADDED b@102")
				e := w.expect("ERROR")[0]
				var bad *ObjectError
				if !errors.As(e.Err, &bad) || bad.Kind != "Pod" || !strings.Contains(bad.Error(), test.why) {
					t.Fatalf("got %v", e.Err)
				}
				if who := strings.TrimSuffix(bad.Namespace+"/"+bad.Name, "/"); who != strings.TrimSuffix(test.who, "/") {
					t.Errorf("it is of %q", who)
				}
				if w.w.Version() != "102" {
					t.Errorf("version %s", w.w.Version())
				}
				w.expect("ADDED c@104")
				p.shows(m, "104: a@101 b@102 c@104")
				if got := fmt.Sprint(told()); got != "[ADDED a@101 SYNCED ADDED b@102 ERROR ADDED c@104]" {
					t.Errorf("the mirror told %s", got)
				}
				if s.count("list") != 2 || len(s.versions()) != 2 || !m.Status().Live {
					t.Errorf("%d lists, %d watches, %+v", s.count("list"), len(s.versions()), m.Status())
				}
			}, WithMaxObject(4096))
		})
	}
}

const noPage = "404 page not found\n"

// F22: a resource that is gone for moments, as while its server starts, is told as
// unavailable once, and nothing is lost.
func TestFlapping404F22(t *testing.T) {
	gone := text(404, noPage)
	s := newScene("a")
	s.floor = 101
	onScene(t, s, func(p *play) {
		s.on("watch", first(gone, gone))
		w := p.watch()
		s.set("b")
		if e := w.expect("ERROR")[0]; !errors.As(e.Err, new(*NotFoundError)) {
			t.Errorf("got %v", e)
		}
		w.expect("ADDED b@102")
		if s.count("list") != 1 {
			t.Errorf("%d lists", s.count("list"))
		}
	})
}

// F22: one that stays away has no objects any more; when it is back, its objects are
// told as what they are: others.
func TestLasting404F22(t *testing.T) {
	s := newScene("a", "b")
	s.floor = 102
	onScene(t, s, func(p *play) {
		m, w := p.mirror(), p.watch()
		told := p.told(m)
		p.shows(m, "102: a@101 b@102")
		w.quiet(time.Second)
		for _, what := range []string{"list", "probe", "watch"} {
			s.on(what, always(text(404, noPage)))
		}
		w.expect("ERROR", "MISSED 102>102", "DELETED a@101", "DELETED b@102", "SYNCED")
		p.shows(m, "102: ")
		time.Sleep(time.Hour) // virtual
		if st := m.Status(); st.Live || !errors.As(st.Err, new(*NotFoundError)) {
			t.Errorf("%+v", st)
		}
		w.quiet(0)
		s.delete("a")
		s.delete("b")
		s.set("c")
		s.on("watch", first()).on("probe", first())
		s.on("list", func(n int) http.HandlerFunc { // as an apiserver does that just got the CRD
			return []http.HandlerFunc{text(404, noPage), says(429, overloaded), nil}[n%3]
		})
		p.shows(m, "105: c@105")
		p.live(m.Status)
		w.expect("MISSED 102>105", "ADDED c@105", "SYNCED")
		const all = "[ADDED a@101 ADDED b@102 SYNCED ERROR MISSED 102>102 DELETED a@101 DELETED b@102 SYNCED MISSED 102>105 ADDED c@105 SYNCED]"
		if got := fmt.Sprint(told()); got != all {
			t.Errorf("the mirror told %s", got)
		}
	})
}

// F23: a namespace that is not there is told by who names it to a watch; a mirror of
// it is empty, and sees it come.
func TestMissingNamespaceF23(t *testing.T) {
	s := newScene()
	s.on("namespace", always(refuses(404, "NotFound")))
	onScene(t, s, func(p *play) {
		view := p.c.Pods().In("ns")
		for name, start := range map[string]watch.Start{"now": watch.FromNow(), "state": watch.StateFirst(), "version": watch.FromVersion("100")} {
			var absent *NamespaceError
			if _, err := view.Watch(p.Context(), start); !errors.As(err, &absent) || absent.Namespace != "ns" || absent.Kind != "Pod" {
				t.Errorf("from %s: %v", name, err)
			}
		}
		m := p.mirrorOf(view)
		if err := m.Synced(p.Context()); err != nil || m.Snapshot().Len() != 0 || !m.Status().Live {
			t.Errorf("got %v, %+v", err, m.Status())
		}
		s.set("a")
		p.shows(m, "101: a@101")
	})
}

// F23: a namespace that vanishes takes its objects along, one by one, and then there
// is silence: the watcher asks why.
func TestVanishingNamespaceF23(t *testing.T) {
	for _, how := range []string{"objects first", "without a word"} {
		t.Run(how, func(t *testing.T) {
			s := newScene("a", "b")
			onScene(t, s, func(p *play) {
				view := p.c.Pods().In("ns")
				m, w := p.mirrorOf(view), p.watchOf(view)
				p.shows(m, "102: a@101 b@102")
				start := time.Now()
				s.on("namespace", always(refuses(404, "NotFound")))
				if how == "objects first" {
					s.delete("a")
					s.delete("b")
					w.expect("DELETED a@103", "DELETED b@104")
				} else {
					s.on("watch", always(sends(wrong(410, "Expired"))))
					s.mu.Lock()
					s.pods, s.version = map[string]pod{}, 104
					s.mu.Unlock()
				}
				if err := w.last(); !errors.As(err, new(*NamespaceError)) || time.Since(start) > 2*time.Minute {
					t.Errorf("after %v: %v", time.Since(start), err)
				}
				p.shows(m, "104: ")
				if how == "objects first" && !m.Status().Live {
					t.Errorf("%+v", m.Status())
				}
			})
		})
	}
}

// F23: an empty namespace, and an empty selection, are no missing namespace; nor is
// one that the user may not look at.
func TestEmptyNamespaceF23(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{"there": nil, "forbidden": refuses(403, "Forbidden"), "away": text(500, refusedText)} {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			if h != nil {
				s.on("namespace", always(h))
			}
			onScene(t, s, func(p *play) {
				w := p.watchOf(p.c.Pods().In("ns").Filter(views.Labels("app=web")))
				w.quiet(10 * time.Minute)
				s.set("a")
				w.expect("ADDED a@101")
			}, WithRetries(0))
		})
	}
}

// F24: a right that is taken away is met by the next watch: what is known stays, is
// said to be stale, and why; nothing is to be done when the right is back.
func TestForbiddenF24(t *testing.T) {
	for _, all := range []bool{false, true} {
		t.Run(fmt.Sprintf("lists too is %v", all), func(t *testing.T) {
			s := newScene("a")
			s.floor = 101
			onScene(t, s, func(p *play) {
				m, w := p.mirror(), p.watch()
				p.shows(m, "101: a@101")
				w.quiet(time.Second)
				start := time.Now()
				s.on("watch", always(refuses(403, "Forbidden")))
				if all {
					s.on("list", always(refuses(403, "Forbidden"))).on("probe", always(refuses(403, "Forbidden")))
				}
				s.set("b") // the old watch goes on
				w.expect("ADDED b@102")
				if e := w.expect("ERROR")[0]; !errors.As(e.Err, new(*ForbiddenError)) {
					t.Errorf("got %v", e)
				}
				st := p.stale(m.Status)
				if !errors.As(st.Err, new(*ForbiddenError)) || shown(m.Snapshot()) != "102: a@101 b@102" {
					t.Errorf("%+v, %s", st, shown(m.Snapshot()))
				}
				s.set("c")
				time.Sleep(10 * time.Minute) // virtual
				if st := m.Status(); st.Live || st.Since.Sub(start) > 2*time.Minute || shown(m.Snapshot()) != "102: a@101 b@102" {
					t.Errorf("%+v, %s", st, shown(m.Snapshot()))
				}
				w.quiet(0) // the fault is told once
				s.on("watch", first()).on("list", first()).on("probe", first())
				w.expect("ADDED c@103")
				p.shows(m, "103: a@101 b@102 c@103")
				p.live(m.Status)
				if s.count("list") != 2 || m.Status().Gaps != 0 {
					t.Errorf("%d lists, %+v", s.count("list"), m.Status())
				}
			})
		})
	}
}

// F24: a watch that is refused from the beginning says so itself.
func TestForbiddenFromTheBeginningF24(t *testing.T) {
	s := newScene("a").on("list", always(refuses(403, "Forbidden"))).on("stream", always(refuses(403, "Forbidden")))
	onScene(t, s, func(p *play) {
		for _, start := range []watch.Start{watch.FromNow(), watch.StateFirst()} {
			if _, err := p.c.Pods().Watch(p.Context(), start); !errors.As(err, new(*ForbiddenError)) {
				t.Errorf("got %v", err)
			}
		}
		m := p.mirror()
		if err := m.Synced(p.Context()); !errors.As(err, new(*ForbiddenError)) {
			t.Errorf("got %v", err)
		}
		s.on("list", first())
		p.shows(m, "101: a@101")
	})
}

// F25: a list that hangs, as when etcd is frozen, is given up in its time and asked
// for anew: at its headers, and in the midst of it.
func TestHangingListF25(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{"no headers": silent(""), "half a list": silent(listOf(101, "", `{"metadata":{"name":"a","namespace":"ns"}}`)[:100])} {
		t.Run(name, func(t *testing.T) {
			s := newScene("a").on("list", first(h, h))
			onScene(t, s, func(p *play) {
				start := time.Now()
				m := p.mirror()
				st := p.stale(m.Status)
				if took := time.Since(start); took > 31*time.Second || !errors.As(st.Err, new(*UnreachableError)) {
					t.Errorf("after %v: %v", took, st.Err)
				}
				p.shows(m, "101: a@101")
				if took := time.Since(start); took > 62*time.Second || s.count("list") != 3 {
					t.Errorf("after %v, %d lists", took, s.count("list"))
				}
			})
		})
	}
}

// F25: one page of a list that hangs costs the list, and a relist that hangs does not
// touch what is shown.
func TestHangingRelistF25(t *testing.T) {
	s := newScene("a", "b", "c", "d")
	onScene(t, s, func(p *play) {
		s.on("watch", first(later(time.Second, sends(wrong(410, "Expired")))))
		m := p.mirrorOf(p.c.Pods().PageSize(2))
		p.shows(m, "104: a@101 b@102 c@103 d@104")
		s.delete("a")
		s.forget()
		s.on("page", func(n int) http.HandlerFunc {
			if n <= 3 {
				return silent("")
			}
			return nil
		})
		st := p.stale(m.Status)
		time.Sleep(45 * time.Second) // virtual
		if shown(m.Snapshot()) != "104: a@101 b@102 c@103 d@104" {
			t.Errorf("%s, %+v", shown(m.Snapshot()), st)
		}
		p.shows(m, "105: b@102 c@103 d@104")
	})
}
