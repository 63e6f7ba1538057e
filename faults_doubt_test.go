package kube

import (
	"net/http"
	"testing"
	"time"
)

// F19: what an event that cannot be understood has told is found by a list, in the end.
func TestUnreadableDeleteF19(t *testing.T) {
	broken := line("DELETED", `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"b","namespace":"ns","uid":"b-102","resourceVersion":"103"},"spec":}`)
	s := newScene("a", "b").on("watch", first(later(time.Second, sends(broken, line("MODIFIED", pod{"a", "a-101", 104, ""})))))
	onScene(t, s, func(p *play) {
		m := p.mirror()
		p.shows(m, "102: a@101 b@102")
		s.delete("b")
		s.set("a")
		time.Sleep(10 * time.Minute) // virtual
		if got := shown(m.Snapshot()); got != "104: a@104" {
			t.Errorf("it shows %s", got)
		}
	})
}

// An old event does not bring an object back.
func TestOldEventOfADeletedObject(t *testing.T) {
	s := newScene("a")
	add := line("ADDED", pod{"b", "b-102", 102, ""})
	s.on("watch", first(holds(add, line("DELETED", pod{"b", "b-102", 104, ""}), add, bookmark(105))))
	onScene(t, s, func(p *play) {
		w := p.watch()
		w.expect("ADDED b@102", "DELETED b@104")
		w.quiet(time.Second)
	})
}

// F12: a server that has no time does not refuse.
func TestSyncedOverloadedF12(t *testing.T) {
	s := newScene("a").on("list", first(says(429, overloaded)))
	onScene(t, s, func(p *play) {
		if err := p.mirror().Synced(p.Context()); err != nil {
			t.Errorf("got %v", err)
		}
	})
}

func TestOlderBookmarkF10(t *testing.T) {
	s := newScene("a", "b", "c")
	onScene(t, s, func(p *play) {
		m := p.mirror()
		p.shows(m, "103: a@101 b@102 c@103")
		s.on("watch", always(func(w http.ResponseWriter, r *http.Request) {
			send(w, bookmark(101))
			select {
			case <-r.Context().Done():
			case <-time.After(time.Minute):
			}
		}))
		s.rewind(101)
		p.shows(m, "101: a@101")
	})
}
