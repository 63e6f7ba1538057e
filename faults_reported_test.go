package kube

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/watch"
)

// TestReported replays what users of other clients have reported: what happened
// to them, and what happens here instead.
func TestReported(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"kubernetes kubernetes#65012":                          halfOpen,
		"kubernetes kubernetes#107457":                         restoredBackup,
		"kubernetes kubernetes#91073":                          serverBehind,
		"kubernetes kubernetes#94315":                          serverBehindWithoutCause,
		"kubernetes kubernetes#57705":                          badManifest,
		"kubernetes kubernetes#85221":                          continueWithVersion,
		"kubernetes kubernetes#87794":                          hammering,
		"kubernetes-client python#819":                         oldObjectLast,
		"apache airflow#21087":                                 watcherDiesOf410,
		"open-telemetry opentelemetry-collector-contrib#49962": relistFails,
		"open-telemetry opentelemetry-collector-contrib#24805": startsOver,
		"kube-rs kube#1524":                                    lastPageOnly,
		"kube-rs kube#1042":                                    expiredAfterTheList,
		"kubernetes kube-state-metrics#694":                    deletedInAnOutage,
		"fabric8io kubernetes-client#4369":                     givesUpAfterAFailure,
		// The texts of these two were not to be had: what is replayed is what their
		// projects were reported under other numbers.
		"kubernetes kube-state-metrics#3065": deletedInAnOutage,
		"fabric8io kubernetes-client#4388":   givesUpAfterAFailure,
	} {
		t.Run(name, test)
	}
}

// The connection died without a FIN, behind a load balancer: informers heard
// nothing until the kernel gave up, a quarter of an hour later, or until they
// were restarted. Here the watch has a deadline of its own.
func halfOpen(t *testing.T) {
	s := newScene("a").on("watch", first(later(time.Second, holds(line("ADDED", pod{"b", "b-102", 102, ""})))))
	onScene(t, s, func(p *play) {
		m := p.mirror()
		p.shows(m, "101: a@101")
		s.set("b")
		p.shows(m, "102: a@101 b@102")
		start := time.Now()
		s.set("c")
		p.shows(m, "103: a@101 b@102 c@103")
		if took := time.Since(start); took > stallBound+time.Second {
			t.Errorf("after %v", took)
		}
	})
}

// etcd was restored from a backup: kube-proxy watched on from a version that was
// ahead, was told nothing, and routed to dead servers for hours. Here the quiet
// watch is followed by a question for the server's version.
func restoredBackup(t *testing.T) {
	s := newScene("endpoints")
	onScene(t, s, func(p *play) {
		m := p.mirror()
		for range 200 {
			s.set("endpoints")
		}
		p.shows(m, "301: endpoints@301")
		s.rewind(101)
		s.set("endpoints") // the new servers
		start := time.Now()
		p.shows(m, "102: endpoints@102")
		if took := time.Since(start); took > stallBound {
			t.Errorf("after %v", took)
		}
	})
}

// After an outage the client reached a server that was behind: it listed from the
// version that it had, was told 504 'Too large resource version', and did so for
// ever. Here lists ask for no version, and the watch waits for the server.
func serverBehind(t *testing.T) { behind(t, tooLarge) }

// The same with servers up to 1.18.5, whose answer has no cause: a client that
// looked for the cause did not know it for what it is. Here the code counts.
func serverBehindWithoutCause(t *testing.T) {
	behind(t, `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Timeout: Too large resource version: 750, current: 1","reason":"Timeout","details":{"retryAfterSeconds":1},"code":504}`)
}

func behind(t *testing.T, answer string) {
	s := newScene("a", "b")
	onScene(t, s, func(p *play) {
		cut := make(chan struct{})
		s.on("watch", func(n int) http.HandlerFunc {
			switch {
			case n == 1:
				return func(w http.ResponseWriter, _ *http.Request) {
					send(w, "")
					<-cut
					panic(http.ErrAbortHandler)
				}
			case n < 6:
				return says(504, answer)
			}
			return nil
		})
		m := p.mirror()
		p.shows(m, "102: a@101 b@102")
		s.set("c")
		close(cut)
		p.shows(m, "103: a@101 b@102 c@103")
		for _, a := range s.requests() {
			if a.what != "watch" && a.version != "" {
				t.Errorf("a %s asked for version %s", a.what, a.version)
			}
		}
		if s.count("list") != 1 {
			t.Errorf("%d lists", s.count("list"))
		}
	})
}

// One manifest with a list where the type has a text: the informer could not
// decode it, listed anew, could not decode that, and so on, as fast as it could;
// no other object was seen any more. Here an object is decoded where it is read.
func badManifest(t *testing.T) {
	const spec = `,"spec":{"nodeName":["not","a","text"],"containers":7}`
	s := newScene("a").on("watch", first(holds(line("ADDED", pod{"bad", "bad-102", 102, spec}), line("ADDED", pod{"c", "c-103", 103, ""}))))
	onScene(t, s, func(p *play) {
		w := p.watch()
		bad := w.expect("ADDED bad@102", "ADDED c@103")[0].Item
		if node, err := bad.Raw().Get("spec", "nodeName").Text(); err == nil {
			t.Errorf("the node is %q", node)
		}
		if phase, err := bad.Phase(); err == nil {
			t.Errorf("the phase is %v, of %v", phase, kinds.PodPhase(""))
		}
		w.quiet(10 * time.Second)
		if n := len(s.requests()); n != 2 {
			t.Errorf("%d requests", n)
		}
		s.pods["bad"] = pod{"bad", "bad-102", 104, spec} // and lists have it, too
		s.version = 104
		p.shows(p.mirror(), "104: a@101 bad@104")
	})
}

// The pager sent the version along with the continue token, which servers refuse:
// every list of more than one page failed. Here pages carry the token alone.
func continueWithVersion(t *testing.T) {
	s := newScene("a", "b", "c", "d", "e")
	onScene(t, s, func(p *play) {
		p.shows(p.mirrorOf(p.c.Pods().PageSize(2)), "105: a@101 b@102 c@103 d@104 e@105")
		for _, a := range s.requests() {
			if strings.Contains(a.query, "continue=") && strings.Contains(a.query, "resourceVersion") {
				t.Errorf("asked for %s", a.query)
			}
		}
		if s.count("page") != 2 {
			t.Errorf("%d pages", s.count("page"))
		}
	})
}

// All reflectors came back each second to a server that ran out of memory, until
// it did so again. Here the pauses grow, and differ between clients.
func hammering(t *testing.T) {
	s := newScene("a")
	down := func(n int) http.HandlerFunc { return breaks() }
	onScene(t, s, func(p *play) {
		const clients = 10
		for range clients {
			p.shows(p.mirror(), "101: a@101")
		}
		for _, what := range []string{"watch", "list", "probe"} {
			s.on(what, down)
		}
		s.mu.Lock()
		s.floor = 200
		close(s.changed)
		s.changed = make(chan struct{})
		s.mu.Unlock()
		time.Sleep(10 * time.Minute) // virtual
		before := len(s.requests())
		time.Sleep(10 * time.Minute) // virtual
		late := s.requests()[before:]
		if rate := float64(len(late)) / clients / 10; rate > 10 {
			t.Errorf("each comes %v times a minute", rate)
		}
		crowd := map[time.Time]int{}
		for _, a := range late {
			crowd[a.at.Truncate(time.Second)]++
		}
		for at, n := range crowd {
			if n > clients {
				t.Errorf("%d requests within the second %v", n, at)
			}
		}
	})
}

// A list has the objects in any order; the client resumed from the version of the
// last one, which could be a month old, and was told all that had happened since
// once more. Here the list's own version counts.
func oldObjectLast(t *testing.T) {
	s := newScene("a", "b", "c")
	list := listOf(103, "", s.pods["c"].String(), s.pods["b"].String(), s.pods["a"].String())
	s.on("list", first(says(200, list))).on("watch", first(sends()))
	onScene(t, s, func(p *play) {
		w := p.watch()
		w.quiet(time.Minute)
		s.set("d")
		w.expect("ADDED d@104")
		if got := fmt.Sprint(s.versions()[:2]); got != "[103 103]" {
			t.Errorf("asked from %s", got)
		}
	})
}

// The watch of a quiet cluster expired: the watcher process died of the 410, was
// started again with the same version, and died; tasks stayed queued. Here the
// watch goes on, and what was missed is told.
func watcherDiesOf410(t *testing.T) {
	s := newScene("task")
	onScene(t, s, func(p *play) {
		w := p.watch()
		w.quiet(10 * time.Minute)
		s.on("watch", first()) // the version is forgotten when it is asked from next
		s.mu.Lock()
		s.version, s.floor = 5000, 5000 // others were busy
		s.pods["task"] = pod{"task", "task-101", 4000, `,"status":{"phase":"Succeeded"}`}
		s.mu.Unlock()
		w.expect("MISSED 101>5000", "MODIFIED task@4000", "SYNCED")
		w.quiet(30 * time.Second)
		if asked := s.versions(); asked[len(asked)-1] != "5000" {
			t.Errorf("asked from %v", asked)
		}
	})
}

// The list behind a 410 failed, once, when etcd changed its leader: the receiver
// gave up without a word, and was silent until it was restarted. Here a list is
// tried until it goes well.
func relistFails(t *testing.T) {
	const reset = `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"rpc error: code = Internal desc = stream terminated by RST_STREAM","code":500}`
	s := newScene("a")
	onScene(t, s, func(p *play) {
		w := p.watch()
		s.on("list", first(nil, says(500, reset), says(500, reset)))
		s.set("b")
		w.expect("ADDED b@102")
		s.mu.Lock()
		s.pods["c"] = pod{"c", "c-103", 103, ""}
		s.version, s.floor = 103, 103
		s.mu.Unlock()
		w.expect("MISSED 102>103", "ADDED c@103", "SYNCED")
		if s.count("list") != 4 {
			t.Errorf("%d lists", s.count("list"))
		}
	})
}

// The version was not remembered: every reset of the connection told all objects
// again. Here it is, and nothing is told twice.
func startsOver(t *testing.T) {
	s := newScene("a", "b")
	s.floor = 102
	s.on("watch", first(breaks(), breaks(), breaks()))
	onScene(t, s, func(p *play) {
		w := p.watch(watch.StateFirst())
		w.expect("ADDED a@101", "ADDED b@102", "SYNCED")
		s.set("c")
		w.expect("ADDED c@103")
		w.quiet(10 * time.Minute)
		if n := s.count("list"); n != 0 {
			t.Errorf("%d lists", n)
		}
	})
}

// Each page began the state anew, so that the store had the objects of the last
// page only. Here all pages are one state.
func lastPageOnly(t *testing.T) {
	s := newScene("a", "b", "c", "d", "e").on("stream", always(refuses(422, "Invalid")))
	onScene(t, s, func(p *play) {
		view := p.c.Pods().PageSize(2)
		p.watchOf(view, watch.StateFirst()).expect("ADDED a@101", "ADDED b@102", "ADDED c@103", "ADDED d@104", "ADDED e@105", "SYNCED")
		m := p.mirrorOf(view)
		told := p.told(m)
		p.shows(m, "105: a@101 b@102 c@103 d@104 e@105")
		if got := fmt.Sprint(told()); strings.Count(got, "SYNCED") != 1 {
			t.Errorf("the mirror told %s", got)
		}
	})
}

// The version of the list was too old by the time that the watch asked from it:
// the watch was asked for from there again and again. Here another list comes.
func expiredAfterTheList(t *testing.T) {
	s := newScene("a").on("watch", func(n int) http.HandlerFunc {
		if n <= 5 {
			return refuses(410, "Expired")
		}
		return nil
	})
	onScene(t, s, func(p *play) {
		s.on("list", func(n int) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				s.set("a") // a busy server
				says(200, s.list(0, 0))(w, r)
			}
		})
		m := p.mirror()
		p.shows(m, "107: a@107")
		time.Sleep(30 * time.Second) // virtual
		if got := fmt.Sprint(s.versions()); got != "[102 103 104 105 106 107]" {
			t.Errorf("asked from %s", got)
		}
	})
}

// What was deleted in a long outage stayed in the metrics for weeks. Here it is
// gone with the first list behind the gap, and told as Deleted; until then, the
// age of what is shown can be read.
func deletedInAnOutage(t *testing.T) {
	s := newScene("a", "b")
	onScene(t, s, func(p *play) {
		m := p.mirror()
		told := p.told(m)
		p.shows(m, "102: a@101 b@102")
		for _, what := range []string{"list", "probe", "watch"} {
			s.on(what, always(text(500, refusedText)))
		}
		time.Sleep(3 * time.Hour) // virtual
		if age := time.Since(m.Snapshot().LastContact()); age < 2*time.Hour || m.Status().Live {
			t.Errorf("its age is %v, %+v", age, m.Status())
		}
		s.delete("b")
		s.forget()
		for _, what := range []string{"list", "probe", "watch"} {
			s.on(what, first())
		}
		p.shows(m, "103: a@101")
		if got := fmt.Sprint(told()); !strings.HasSuffix(got, "MISSED 102>103 DELETED b@102 SYNCED]") {
			t.Errorf("the mirror told %s", got)
		}
	})
}

// An informer whose list or watch failed once, for whatever reason, did not try
// again. Here none of them is the end of a mirror.
func givesUpAfterAFailure(t *testing.T) {
	s := newScene("a")
	faults := []http.HandlerFunc{
		breaks(), text(500, refusedText), text(502, "bad gateway"), refuses(500, "InternalError"), refuses(401, "Unauthorized"),
		refuses(403, "Forbidden"), refuses(400, "BadRequest"), refuses(422, "Invalid"), says(200, "{"), says(200, `{"kind":"NodeList","items":[]}`),
		says(200, ""), text(200, "<html>"), says(302, "", "Location: http://example.com/"), refuses(409, "Conflict"), text(418, "teapot"),
	}
	s.on("list", first(faults...))
	onScene(t, s, func(p *play) {
		m := p.mirror()
		p.shows(m, "101: a@101")
		s.on("watch", func(n int) http.HandlerFunc {
			if n <= 1+len(faults) {
				return faults[max(0, n-2)]
			}
			return nil
		})
		s.mu.Lock()
		s.pods["b"] = pod{"b", "b-102", 102, ""}
		s.version, s.floor = 102, 102
		s.mu.Unlock()
		p.shows(m, "102: a@101 b@102")
		s.set("c")
		p.shows(m, "103: a@101 b@102 c@103")
		p.live(m.Status)
	})
}
