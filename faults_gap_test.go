package kube

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/views"
	"github.com/kubeviews/kube/watch"
)

// bare is an ERROR line whose Status says no more than this.
func bare(members string) string {
	return line("ERROR", `{"kind":"Status","apiVersion":"v1","status":"Failure",`+members+`}`)
}

// F07, F08: an expired version is followed by one list, whose difference is told within
// one gap, whichever way the server says it: F07 within the stream, F08 when it
// opens.
func TestExpiredF07F08(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"F07 both":                     sends(wrong(410, "Expired")),
		"F07 Gone":                     sends(wrong(410, "Gone")),
		"F07 code only":                sends(bare(`"code":410`)),
		"F07 reason only":              sends(bare(`"reason":"Expired"`)),
		"F07 reason with another code": sends(bare(`"reason":"Expired","code":400`)),
		"F07 behind a bookmark":        sends(bookmark(103), wrong(410, "Expired")),
		"F08 both":                     refuses(410, "Expired"),
		"F08 Gone":                     refuses(410, "Gone"),
		"F08 code only":                says(410, statusText(410, "", "")),
		"F08 text":                     text(410, "too old resource version: 1 (2)"),
		"F08 reason with another code": refuses(400, "Expired"),
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene("a", "b", "c").on("watch", first(later(time.Second, h), later(time.Second, h)))
			onScene(t, s, func(p *play) {
				m, w := p.mirror(), p.watch()
				told := p.told(m)
				p.shows(m, "103: a@101 b@102 c@103")
				s.set("a")
				s.delete("b")
				s.set("d")
				s.forget()
				w.expect("MISSED 103>106", "MODIFIED a@104", "DELETED b@102", "ADDED d@106", "SYNCED")
				p.shows(m, "106: a@104 c@103 d@106")
				w.quiet(time.Hour)
				s.set("e")
				w.expect("ADDED e@107")
				p.shows(m, "107: a@104 c@103 d@106 e@107")
				const all = "[ADDED a@101 ADDED b@102 ADDED c@103 SYNCED" +
					" MISSED 103>106 MODIFIED a@104 DELETED b@102 ADDED d@106 SYNCED ADDED e@107]"
				if got := fmt.Sprint(told()); got != all {
					t.Errorf("the mirror told %s", got)
				}
				if s.count("list") != 4 || w.w.Status().Gaps != 1 || m.Status().Gaps != 1 {
					t.Errorf("%d lists, %+v", s.count("list"), w.w.Status())
				}
			})
		})
	}
}

// F07: the gap says why, and the events in it carry it.
func TestGapSaysWhyF07(t *testing.T) {
	s := newScene("a").on("watch", first(sends(wrong(410, "Expired"))))
	onScene(t, s, func(p *play) {
		for _, e := range p.watch().expect("MISSED 101>101", "SYNCED") {
			if !errors.As(e.Gap.Err, new(*ExpiredError)) {
				t.Errorf("got %v", e.Gap)
			}
		}
	})
}

// F08: a server that finds every version too old is asked ever more slowly, and never
// from the same version.
func TestAlwaysExpiredF08(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{"F08 at open": refuses(410, "Expired"), "F07 in-stream": sends(wrong(410, "Expired"))} {
		t.Run(name, func(t *testing.T) {
			s := newScene("a").on("watch", always(h))
			onScene(t, s, func(p *play) {
				m := p.mirror()
				time.Sleep(time.Hour) // virtual
				if n := s.count("list"); n < 200 || n > 500 {
					t.Errorf("%d lists in an hour", n)
				}
				if n := s.busiest(10 * time.Second); n > 16 {
					t.Errorf("%d requests in 10 s", n)
				}
				s.set("b")
				p.shows(m, "102: a@101 b@102")
				s.on("watch", first())
				s.set("c")
				p.shows(m, "103: a@101 b@102 c@103")
			})
		})
	}
}

// The continue token expires with page 2, and the server offers one that goes on
// at another version.
func expiredPage(w http.ResponseWriter, r *http.Request) {
	says(410, `{"kind":"Status","apiVersion":"v1","metadata":{"continue":"2"},"status":"Failure","message":"too old","reason":"Expired","code":410}`)(w, r)
}

// F09: nothing partial is ever published: a list is started over, a mirror's too.
func TestExpiredPageF09(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"expired": expiredPage, "reason only": refuses(400, "Expired"), "text": text(410, "gone"),
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene("a", "b", "c", "d", "e")
			onScene(t, s, func(p *play) {
				view := p.c.Pods().PageSize(2)
				s.on("page", first(later(time.Second, h)))
				list, err := view.List(p.Context())
				if want := "105: a@101 b@102 c@103 d@104 e@105"; err != nil || shown(list) != want {
					t.Errorf("got %q, %v", shown(list), err)
				}
				s.on("page", always(later(time.Second, h))) // until it is asked for in one piece
				m := p.mirrorOf(view)
				time.Sleep(1500 * time.Millisecond) // virtual
				if got := shown(m.Snapshot()); got != ": " {
					t.Errorf("it shows %q already", got)
				}
				p.shows(m, "105: a@101 b@102 c@103 d@104 e@105")
			})
		})
	}
}

// F09: an iterator has handed out objects of the version that is lost: it says so.
func TestExpiredPageOfAnIteratorF09(t *testing.T) {
	s := newScene("a", "b", "c").on("page", always(expiredPage))
	onScene(t, s, func(p *play) {
		var got []string
		var last error
		for pod, err := range p.c.Pods().PageSize(2).All(p.Context()) {
			if last != nil {
				t.Errorf("%v, %v behind an error", pod, err)
			}
			if last = err; err == nil {
				got = append(got, revision(pod))
			}
		}
		if !errors.As(last, new(*ExpiredError)) || fmt.Sprint(got) != "[a@101 b@102]" {
			t.Errorf("got %v, %v", got, last)
		}
	})
}

// F09: a page of another version is none of the list.
func TestMixedPagesF09(t *testing.T) {
	s := newScene("a", "b", "c").on("page", always(says(200, listOf(109, "", pod{name: "z", uid: "z-109", version: 109}.String()))))
	onScene(t, s, func(p *play) {
		view := p.c.Pods().PageSize(2)
		if list, err := view.List(p.Context()); err == nil || list.Len() != 0 {
			t.Errorf("got %q, %v", shown(list), err)
		}
		m := p.mirrorOf(view)
		p.stale(m.Status)
		if got := shown(m.Snapshot()); got != ": " {
			t.Errorf("it shows %q", got)
		}
		s.on("page", first())
		p.shows(m, "103: a@101 b@102 c@103")
	})
}

// F10: a server that was set back is silent, where nobody knows the versions that it
// is asked from. It is asked for its own: a quiet end is followed by a probe.
func TestRewoundF10(t *testing.T) {
	s := newScene("a", "b")
	onScene(t, s, func(p *play) {
		m, w := p.mirror(), p.watch()
		told := p.told(m)
		p.shows(m, "102: a@101 b@102")
		s.set("c")
		s.set("a")
		s.delete("b")
		w.expect("ADDED c@103", "MODIFIED a@104", "DELETED b@105")
		p.shows(m, "105: a@104 c@103")
		s.rewind(102)
		got := w.expect("MISSED 105>102 rewound", "MODIFIED a@101", "ADDED b@102", "DELETED c@103", "SYNCED")
		if !errors.Is(got[0].Gap.Err, watch.ErrRewound) {
			t.Errorf("got %v", got[0].Gap)
		}
		p.shows(m, "102: a@101 b@102")
		s.set("d")
		w.expect("ADDED d@103")
		p.shows(m, "103: a@101 b@102 d@103")
		const tail = " MISSED 105>102 rewound MODIFIED a@101 ADDED b@102 DELETED c@103 SYNCED ADDED d@103]"
		if got := fmt.Sprint(told()); !strings.HasSuffix(got, tail) {
			t.Errorf("the mirror told %s", got)
		}
		if s.count("list") != 4 {
			t.Errorf("%d lists", s.count("list"))
		}
	})
}

// F10: two histories may give one version to two contents of an object. A rewind is
// where that is met.
func TestRewoundToOtherContentF10(t *testing.T) {
	s := newScene("a", "b")
	onScene(t, s, func(p *play) {
		m, w := p.mirror(), p.watch()
		p.shows(m, "102: a@101 b@102")
		s.set("a") // 103
		s.set("b") // 104
		w.expect("MODIFIED a@103", "MODIFIED b@104")
		s.rewind(102)
		s.mu.Lock()
		s.happen(change{"MODIFIED", pod{name: "a", uid: "a-101", version: 103, more: `,"spec":{"nodeName":"other"}`}})
		s.mu.Unlock()
		got := w.expect("MISSED 104>103 rewound", "MODIFIED a@103", "MODIFIED b@102", "SYNCED")
		p.shows(m, "103: a@103 b@102")
		mirrored, _ := m.Snapshot().Get("ns", "a")
		for _, pod := range []items.Pod{got[1].Item, mirrored} {
			if node, _ := pod.Raw().Get("spec", "nodeName").Text(); node != "other" {
				t.Errorf("it still shows %s", pod.Raw())
			}
		}
	})
}

// F10: a stream that was cut may lead to another server, or to one that was set back.
func TestRewoundBehindACutF10(t *testing.T) {
	s := newScene("a", "b", "c")
	onScene(t, s, func(p *play) {
		s.on("watch", first(later(time.Second, breaks())))
		w := p.watch()
		s.rewind(101)
		w.expect("MISSED 103>101 rewound", "DELETED b@102", "DELETED c@103", "SYNCED")
	})
}

// F10: a watch that is resumed from a version which the server does not know of yet
// is a rewind, too: it would be silent for ever.
func TestStartAheadF10(t *testing.T) {
	s := newScene("a")
	onScene(t, s, func(p *play) {
		w := p.watch(watch.FromVersion("900"))
		w.expect("MISSED 900>101 rewound partial", "ADDED a@101", "SYNCED")
		s.set("b")
		w.expect("ADDED b@102")
	})
}

// tooLarge is what a server says to a version that it has not reached; what asks
// to come back after 7 s.
const tooLarge = `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Timeout: Too large resource version: 105, current: 101",` +
	`"reason":"Timeout","details":{"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}],"retryAfterSeconds":7},"code":504}`

// F11, F12: the server says when to come back. Nothing is listed for that.
func TestAskedToWaitF11F12(t *testing.T) {
	const busy = `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"storage is (re)initializing","reason":"TooManyRequests","details":{"retryAfterSeconds":7},"code":429}`
	for name, h := range map[string]http.HandlerFunc{
		"F11 at open":                 says(504, tooLarge),
		"F11 in-stream":               sends(line("ERROR", tooLarge)),
		"F11 without a cause":         says(504, strings.Replace(tooLarge, `"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}],`, "", 1)),
		"F12 text and header":         says(429, "Too many requests, please try again later.\n", "Content-Type: text/plain", "Retry-After: 7"),
		"F12 Status":                  says(429, busy),
		"F12 Status and header":       says(429, busy, "Retry-After: 1"),
		"F12 in-stream":               sends(line("ERROR", busy)),
		"F12 503 with header":         says(503, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"ServiceUnavailable","code":503}`, "Retry-After: 7"),
		"F12 a text of 503, a header": says(503, "apiserver is shutting down", "Content-Type: text/plain", "Retry-After: 7"),
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene("a")
			s.on("watch", first(h, h, h, h))
			onScene(t, s, func(p *play) {
				m, w := p.mirror(), p.watch()
				p.shows(m, "101: a@101")
				s.set("b")
				w.expect("ADDED b@102")
				p.shows(m, "102: a@101 b@102")
				if s.count("list") != 2 || m.Status().Gaps+w.w.Status().Gaps != 0 {
					t.Errorf("%d lists", s.count("list"))
				}
				var at []time.Time
				for _, a := range s.requests() {
					if a.what == "watch" {
						at = append(at, a.at)
					}
				}
				// Each of the two was turned away twice.
				if wait := at[len(at)-1].Sub(at[0]); wait < 14*time.Second || wait > 20*time.Second {
					t.Errorf("back after %v", wait)
				}
			})
		})
	}
}

// F12: the list that a relist needs is turned away: it is waited for as long as the
// server asks, and then it comes.
func TestListAskedToWaitF12(t *testing.T) {
	busy := says(429, "busy", "Content-Type: text/plain", "Retry-After: 7")
	s := newScene("a").on("watch", first(sends(wrong(410, "Expired"))))
	onScene(t, s, func(p *play) {
		m := p.mirror()
		p.shows(m, "101: a@101")
		s.on("list", first(nil, busy, busy))
		start := time.Now()
		s.set("b")
		p.shows(m, "102: a@101 b@102")
		if took := time.Since(start); took < 14*time.Second || took > 20*time.Second {
			t.Errorf("after %v", took)
		}
	})
}

// F15: the objects that a stream begins with come in any order. Until all are told,
// there is no place to resume from.
func TestNoCheckpointInTheStateF15(t *testing.T) {
	shuffled := []int{3, 1, 4, 2}
	for _, form := range []string{"stream", "list"} {
		t.Run(form, func(t *testing.T) {
			s := newScene("a", "b", "c", "d")
			if form == "list" {
				s.on("stream", always(refuses(422, "Invalid")))
			} else {
				var lines []string
				for _, i := range shuffled {
					name := string(rune('a' + i - 1))
					lines = append(lines, line("ADDED", s.pods[name]))
				}
				s.on("stream", first(holds(append(lines, initialEnd(104))...)))
			}
			onScene(t, s, func(p *play) {
				w := p.watch(watch.StateFirst())
				for range 4 {
					if e := w.next(); e.Type != watch.Added {
						t.Errorf("got %v", e)
					}
					if c := w.w.Checkpoint(); !c.IsZero() || w.w.Version() != "" {
						t.Errorf("it could be resumed from %v", c)
					}
				}
				w.expect("SYNCED")
				if got := w.w.Checkpoint().Version(); got != "104" {
					t.Errorf("it would be resumed from %s", got)
				}
			})
		})
	}
}

// F15: a server that is behind while the stream begins sends changes before it says
// that all is told: they are of the state, too.
func TestChangesWithinTheStateF15(t *testing.T) {
	s := newScene("a", "b", "c").on("stream", first(holds(
		line("ADDED", pod{"b", "b-102", 102, ""}), line("ADDED", pod{"a", "a-101", 101, ""}), line("ADDED", pod{"c", "c-103", 103, ""}),
		line("MODIFIED", pod{"a", "a-101", 104, ""}), line("DELETED", pod{"b", "b-102", 105, ""}),
		line("DELETED", pod{"c", "c-103", 106, ""}), line("ADDED", pod{"c", "c-107", 107, ""}), initialEnd(107),
		line("ADDED", pod{"d", "d-108", 108, ""}),
	)))
	onScene(t, s, func(p *play) {
		w := p.watch(watch.StateFirst())
		w.expect("ADDED a@104", "ADDED c@107", "SYNCED", "ADDED d@108")
		if s.count("list") != 0 {
			t.Errorf("%d lists", s.count("list"))
		}
	})
}

// F16: a stream that ends before it has told all has told nothing; a list does then.
func TestCutWithinTheStateF16(t *testing.T) {
	part := line("ADDED", pod{"z", "z-100", 100, ""})
	for name, h := range map[string]http.HandlerFunc{
		"cut": breaks(part), "clean end": sends(part), "error": sends(part, wrong(500, "InternalError")), "expired": sends(part, wrong(410, "Expired")),
		"unreadable": holds(part, "{\"type\"\n"), "unknown type": holds(part, line("NEW", pod{"y", "y", 100, ""})),
		"frozen": holds(part), "cut line": breaks(part, initialEnd(104)[:80]),
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene("a", "b").on("stream", first(h))
			onScene(t, s, func(p *play) {
				w := p.watch(watch.StateFirst())
				w.expect("ADDED a@101", "ADDED b@102", "SYNCED")
				s.set("c")
				w.expect("ADDED c@103")
			})
		})
	}
}

// F17: an object that leaves the selection is told as Deleted, at the version where it
// did so; the fetched one is still there.
func TestLeavesTheSelectionF17(t *testing.T) {
	s := newScene("a", "b")
	s.on("watch", always(holds(
		line("DELETED", pod{"a", "a-101", 103, ""}), // with the old labels
		line("MODIFIED", pod{"b", "b-102", 104, ""}),
		line("ADDED", pod{"a", "a-101", 105, ""}),
	)))
	onScene(t, s, func(p *play) {
		view := p.c.Pods().Filter(views.Labels("app=web"))
		m, w := p.mirrorOf(view), p.watchOf(view)
		w.expect("DELETED a@103", "MODIFIED b@104", "ADDED a@105")
		p.shows(m, "105: a@105 b@104")
		for _, a := range s.requests() {
			if !strings.Contains(a.query, "labelSelector=app%3Dweb") {
				t.Errorf("asked for %s", a.query)
			}
		}
	})
}

// F18: deleted and made anew within a gap is another object.
func TestRecreatedF18(t *testing.T) {
	s := newScene("a", "b")
	s.on("watch", first(later(time.Second, sends(wrong(410, "Expired"))), later(time.Second, sends(wrong(410, "Expired")))))
	onScene(t, s, func(p *play) {
		m, w := p.mirror(), p.watch()
		told := p.told(m)
		p.shows(m, "102: a@101 b@102")
		w.quiet(0)
		s.delete("b")
		s.set("b")
		got := w.expect("MISSED 102>104", "DELETED b@102", "ADDED b@104", "SYNCED")
		if got[1].Item.UID() == got[2].Item.UID() {
			t.Error("both are one object")
		}
		p.shows(m, "104: a@101 b@104")
		const tail = " MISSED 102>104 DELETED b@102 ADDED b@104 SYNCED]"
		if got := fmt.Sprint(told()); !strings.HasSuffix(got, tail) {
			t.Errorf("the mirror told %s", got)
		}
	})
}

// F18: the end of an object that was not told is told with the beginning of the next;
// who resumes in between is told that one.
func TestCheckpointBetweenTwoLivesF18(t *testing.T) {
	s := newScene("a").on("watch", first(holds(line("ADDED", pod{"a", "a-103", 103, ""}))))
	s.delete("a")
	s.set("a")
	s.on("list", first(says(200, listOf(101, "", pod{"a", "a-101", 101, ""}.String()))))
	onScene(t, s, func(p *play) {
		w := p.watch()
		w.expect("DELETED a@101")
		checkpoint := w.w.Checkpoint()
		w.expect("ADDED a@103")
		again := p.watch(watch.FromCheckpoint(checkpoint))
		for {
			if e := again.next(); e.Type == watch.Added && e.Item.UID() == "a-103" {
				return
			}
		}
	})
}

// F20: an event of a type that nobody knows is told, and never stepped over: what it
// says of the object is found out by a list.
func TestUnknownTypeF20(t *testing.T) {
	s := newScene("a")
	strange := later(time.Second, holds(line("MODIFIED", pod{"a", "a-101", 102, ""}), line("RENAMED", pod{"b", "b-103", 103, ""})))
	s.on("watch", first(strange, strange))
	onScene(t, s, func(p *play) {
		m, w := p.mirror(), p.watch()
		p.shows(m, "101: a@101")
		s.set("a")
		s.set("b")
		w.expect("MODIFIED a@102")
		if e := w.expect("ERROR")[0]; !strings.Contains(e.Err.Error(), `"RENAMED"`) || w.w.Version() != "102" {
			t.Errorf("%v, at version %s", e, w.w.Version())
		}
		w.expect("MISSED 102>103", "ADDED b@103", "SYNCED")
		p.shows(m, "103: a@102 b@103")
	})
}

// F21: a server that fails within the stream may have lost a delete.
func TestFailureInStreamF21(t *testing.T) {
	for name, text := range map[string]string{
		"InternalError": wrong(500, "InternalError"),
		"bare":          bare(`"message":"etcd event received with PrevKv=nil"`),
		"no Status":     line("ERROR", `{}`),
		"forbidden":     wrong(403, "Forbidden"),
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene("a", "b")
			fails := later(time.Second, sends(text))
			s.on("watch", first(fails, fails))
			onScene(t, s, func(p *play) {
				m, w := p.mirror(), p.watch()
				p.shows(m, "102: a@101 b@102")
				s.mu.Lock()
				delete(s.pods, "b") // without a word
				s.version = 103
				s.mu.Unlock()
				w.expect("MISSED 102>103", "DELETED b@102", "SYNCED")
				p.shows(m, "103: a@101")
			})
		})
	}
}

// F02: nothing is told twice when a server repeats itself behind a cut.
func TestRepeatsF02(t *testing.T) {
	s := newScene("a")
	lines := line("ADDED", pod{"b", "b-102", 102, ""}) + line("MODIFIED", pod{"a", "a-101", 103, ""})
	s.on("watch", first(sends(lines), sends(lines), sends(lines, line("DELETED", pod{"b", "b-102", 104, ""})), holds()))
	onScene(t, s, func(p *play) {
		w := p.watch()
		w.expect("ADDED b@102", "MODIFIED a@103", "DELETED b@104")
		w.quiet(30 * time.Second)
		if got := s.versions(); !slices.Equal(got, []string{"101", "103", "103", "104"}) {
			t.Errorf("asked from %v", got)
		}
	})
}

// F12: a wish to come back in a day is heeded within reason.
func TestLongRetryAfterF12(t *testing.T) {
	s := newScene("a").on("watch", first(says(429, "busy", "Retry-After: 86400")))
	onScene(t, s, func(p *play) {
		w := p.watch()
		s.set("b")
		start := time.Now()
		w.expect("ADDED b@102")
		if took := time.Since(start); took < 4*time.Minute || took > 6*time.Minute {
			t.Errorf("after %v", took)
		}
	})
}

// F15: a server that does not know how to stream the state sends the objects, and then
// waits for changes: that is not waited for.
func TestServerWithoutStreamsF15(t *testing.T) {
	s := newScene("a").on("stream", always(holds(line("ADDED", pod{"a", "a-101", 101, ""}))))
	onScene(t, s, func(p *play) {
		start := time.Now()
		p.watch(watch.StateFirst()).expect("ADDED a@101", "SYNCED")
		if took := time.Since(start); took > 11*time.Second {
			t.Errorf("after %v", took)
		}
	})
}

// F16: one that streams slowly, and then is silent as it may be, is left alone.
func TestSlowStreamF16(t *testing.T) {
	s := newScene("a", "b")
	s.on("stream", first(func(w http.ResponseWriter, r *http.Request) {
		for _, text := range []string{"", line("ADDED", s.pods["a"]), line("ADDED", s.pods["b"]), initialEnd(102)} {
			time.Sleep(8 * time.Second) // virtual
			send(w, text)
		}
		time.Sleep(25 * time.Second) // virtual
		holds(line("ADDED", pod{"c", "c-103", 103, ""}))(w, r)
	}))
	onScene(t, s, func(p *play) {
		w := p.watch(watch.StateFirst())
		w.expect("ADDED a@101", "ADDED b@102", "SYNCED", "ADDED c@103")
		if s.count("list") != 0 || s.count("watch") != 0 {
			t.Errorf("%d lists, %d watches", s.count("list"), s.count("watch"))
		}
	})
}
