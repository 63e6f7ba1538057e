package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube/raw"
)

func do(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// clock is one that the test sets.
type clock struct{ now time.Time }

func open(t *testing.T, path string) (*Store, *clock) {
	t.Helper()
	c := &clock{time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	s, err := Open(t.Context(), path, func() time.Time { return c.now })
	do(t, err)
	t.Cleanup(func() { s.Close() })
	return s, c
}

// pods is a new store of pods.
func pods(t *testing.T) (*Store, *clock) {
	t.Helper()
	s, c := open(t, filepath.Join(t.TempDir(), "audit.db"))
	_, err := s.Begin(t.Context(), Watch{Resource: "pods", Kind: "Pod", Names: []string{"pods"}})
	do(t, err)
	return s, c
}

// pod is an event of one.
func pod(how, name, uid string, version int, content ...string) Event {
	doc, err := raw.From(map[string]any{"kind": "Pod", "metadata": map[string]any{"name": name, "uid": uid}, "content": content})
	if err != nil {
		panic(err)
	}
	return Event{Type: how, Version: fmt.Sprint(version), Document: doc, Object: Object{Resource: "pods", Kind: "Pod", Namespace: "default", Name: name, UID: uid}}
}

func nobody(old, new Side) []Author { return nil }

// told makes a batch of changes, one after the other.
func told(checkpoint int, events ...Event) Batch {
	return Batch{Resource: "pods", Checkpoint: fmt.Sprint(checkpoint), Events: events}
}

// listed makes one that leads to all there is.
func listed(checkpoint int, gap *Gap, events ...Event) Batch {
	b := told(checkpoint, events...)
	b.State, b.Gap = true, gap
	b.Alive = func(uid string) bool {
		for _, e := range events {
			if e.Object.UID == uid {
				return e.Type != Deleted
			}
		}
		return false
	}
	return b
}

// commit returns what was new: "MODIFIED a@3".
func commit(t *testing.T, s *Store, b Batch) (lines []string) {
	t.Helper()
	out, err := s.Commit(t.Context(), b, nobody, nil)
	do(t, err)
	for _, r := range out {
		line := r.Type + " " + r.Name + "@" + r.Version
		if r.Gap != 0 {
			line += "~"
		}
		lines = append(lines, line)
	}
	return lines
}

func want(t *testing.T, got []string, want string) {
	t.Helper()
	if text := strings.Join(got, ", "); text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

func TestCommit(t *testing.T) {
	s, _ := pods(t)
	want(t, commit(t, s, listed(10, nil, pod(Added, "a", "1", 3), pod(Added, "b", "2", 4))), "FOUND a@3, FOUND b@4")
	want(t, commit(t, s, told(12, pod(Modified, "a", "1", 11), pod(Added, "c", "3", 12))), "MODIFIED a@11, ADDED c@12")
	want(t, commit(t, s, told(12, pod(Modified, "a", "1", 11), pod(Modified, "a", "1", 3))), "")
	want(t, commit(t, s, told(13, pod(Deleted, "a", "1", 13), pod(Deleted, "a", "1", 13))), "DELETED a@13")
	want(t, commit(t, s, told(14, pod(Added, "a", "4", 14))), "ADDED a@14")
}

// What a watch does not tell behind a gap, because it does not know of it, is told.
func TestCommitGap(t *testing.T) {
	s, c := pods(t)
	commit(t, s, listed(10, nil, pod(Added, "a", "1", 3), pod(Added, "b", "2", 4), pod(Added, "c", "3", 5)))
	c.now = c.now.Add(time.Hour)
	gap := &Gap{From: "10", To: "30", Since: c.now.Add(-time.Minute), Stopped: true, Reason: "it is a test"}
	got := commit(t, s, listed(30, gap, pod(Added, "a", "9", 20), pod(Added, "b", "2", 4), pod(Added, "c", "3", 21)))
	want(t, got, "DELETED a@3~, ADDED a@20~, MODIFIED c@21~")
	gaps, err := s.Gaps(t.Context(), Filter{})
	do(t, err)
	if len(gaps) != 1 || gaps[0].From != "10" || gaps[0].To != "30" || gaps[0].Behind != 3 || !gaps[0].Stopped || !gaps[0].Until.Equal(c.now) || gaps[0].ID != gap.ID {
		t.Errorf("%+v", gaps)
	}
	// By version 25 a is another one, and by 9 the first one.
	for version, uid := range map[string]string{"9": "1", "25": "9"} {
		for r, err := range s.At(t.Context(), Filter{Name: "a"}, Moment{Version: version}) {
			do(t, err)
			if r.Type == Deleted || r.UID != uid {
				t.Errorf("at %s a is %+v", version, r)
			}
		}
	}
}

// A server that was set back to a backup gives the same versions to other content.
func TestCommitRewound(t *testing.T) {
	s, _ := pods(t)
	commit(t, s, listed(10, nil, pod(Added, "a", "1", 3, "old"), pod(Added, "b", "2", 4), pod(Added, "gone", "5", 5)))
	commit(t, s, told(12, pod(Modified, "a", "1", 11, "lost"), pod(Deleted, "gone", "5", 12)))
	gap := &Gap{From: "12", To: "10", Rewound: true}
	got := commit(t, s, listed(10, gap, pod(Added, "a", "1", 3, "old"), pod(Added, "b", "2", 4), pod(Added, "gone", "5", 5)))
	want(t, got, "MODIFIED a@3~, ADDED gone@5~")
	want(t, commit(t, s, told(11, pod(Modified, "a", "1", 11, "new"))), "MODIFIED a@11")
	want(t, commit(t, s, told(12, pod(Deleted, "gone", "5", 12))), "DELETED gone@12")
}

// An object whose kind was not served for a while comes back as it was.
func TestCommitReturned(t *testing.T) {
	s, _ := pods(t)
	commit(t, s, listed(10, nil, pod(Added, "a", "1", 3)))
	want(t, commit(t, s, listed(10, &Gap{From: "10", To: "10"})), "DELETED a@3~")
	want(t, commit(t, s, listed(11, &Gap{From: "10", To: "11"}, pod(Added, "a", "1", 3))), "ADDED a@3~")
	want(t, commit(t, s, told(12, pod(Deleted, "a", "1", 12))), "DELETED a@12")
}

// Nothing of a batch is stored that cannot be stored whole.
func TestCommitFull(t *testing.T) {
	s, _ := pods(t)
	commit(t, s, listed(10, nil, pod(Added, "a", "1", 3)))
	pages, err := s.pragma(t.Context(), "page_count")
	do(t, err)
	_, err = s.db.Exec(fmt.Sprintf("PRAGMA max_page_count=%d", pages+2))
	do(t, err)
	large := strings.Repeat("x", 100_000)
	_, err = s.Commit(t.Context(), told(12, pod(Modified, "a", "1", 11), pod(Modified, "a", "1", 12, large)), nobody, nil)
	var failed *Error
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), "make room on the disk") {
		t.Errorf("got %v", err)
	}
	watch, err := s.Begin(t.Context(), Watch{Resource: "pods", Kind: "Pod"})
	do(t, err)
	if n, _ := s.Count(t.Context(), Filter{}); n != 1 || watch.Checkpoint != "10" {
		t.Errorf("%d revisions, at checkpoint %s", n, watch.Checkpoint)
	}
	do(t, s.Check(t.Context()))
}

// A clock that was ahead for a while spoils nothing: the order stays, times are what
// the clock said, and each question by time has an answer.
func TestClockSetBack(t *testing.T) {
	s, c := pods(t)
	at := c.now
	step := func(after time.Duration, b Batch) {
		t.Helper()
		c.now = at.Add(after)
		commit(t, s, b)
	}
	step(0, listed(10, nil, pod(Added, "a", "1", 3), pod(Added, "b", "2", 4)))
	step(time.Hour, told(11, pod(Modified, "a", "1", 11)))
	step(time.Hour+1e6, told(12, pod(Modified, "b", "2", 12)))
	step(time.Minute, told(13, pod(Modified, "a", "1", 13)))
	order := ""
	for e, err := range s.All(t.Context(), Filter{}) {
		do(t, err)
		order += fmt.Sprintf("%s@%s %s, ", e.Revision.Name, e.Revision.Version, e.Revision.Time.Sub(at))
	}
	want(t, []string{order}, "a@3 0s, b@4 0s, a@11 1h0m0s, b@12 1h0m0.001s, a@13 1m0s, ")
	for _, row := range []struct {
		at   Moment
		want string
	}{
		{Moment{Time: at.Add(-1)}, ""},
		{Moment{Time: at}, "a@3 b@4 "},
		{Moment{Time: at.Add(time.Minute)}, "a@13 b@12 "}, // it was that late, in truth
		{Moment{Time: at.Add(2 * time.Hour)}, "a@13 b@12 "},
		{Moment{Time: at.Add(time.Hour)}, "a@11 b@4 "}, // the very time of a change finds it
		{Moment{Time: at.Add(time.Hour + 1e6)}, "a@11 b@12 "},
		{Moment{Time: at.Add(time.Hour + 1e3)}, "a@13 b@12 "},
		{Moment{Version: "0"}, ""},
		{Moment{}, "a@13 b@12 "},
		{Moment{Version: "11"}, "a@11 b@4 "},
		{Moment{Version: "12"}, "a@11 b@12 "},
	} {
		if got := there(t, s, row.at); got != row.want {
			t.Errorf("at %+v there are %s, not %s", row.at, got, row.want)
		}
	}
	// What was seen by the clock that was ahead is found by what it said.
	for e, err := range s.All(t.Context(), Filter{Since: at.Add(time.Hour), Until: at.Add(time.Hour)}) {
		do(t, err)
		want(t, []string{e.Revision.Version}, "11")
	}
}

// Of a clock that shows the very time of a change twice, it is the last one with it; what
// has that time and is not asked for is another matter.
func TestClockRepeats(t *testing.T) {
	s, c := pods(t)
	at := c.now
	for n, after := range []time.Duration{0, time.Hour, time.Minute, time.Hour, 2 * time.Minute} {
		c.now = at.Add(after)
		commit(t, s, told(10+n, pod(Modified, "a", "1", 10+n)))
	}
	c.now = at.Add(90 * time.Minute)
	commit(t, s, told(20, pod(Modified, "b", "2", 20)))
	c.now = at.Add(3 * time.Minute)
	commit(t, s, told(21, pod(Modified, "a", "1", 21)))
	for _, row := range []struct {
		after time.Duration
		name  string
		want  string
	}{
		{time.Hour, "a", "a@13 "},
		{time.Hour, "", "a@13 "},
		{90 * time.Minute, "", "a@14 b@20 "},
		{90 * time.Minute, "a", "a@21 "},
		{time.Minute, "a", "a@12 "},
	} {
		if got := there(t, s, Moment{Time: at.Add(row.after)}, row.name); got != row.want {
			t.Errorf("after %s there are %s, not %s", row.after, got, row.want)
		}
	}
}

// there is what was there at a moment, or who of one name.
func there(t *testing.T, s *Store, at Moment, name ...string) (all string) {
	t.Helper()
	for r, err := range s.At(t.Context(), Filter{Name: strings.Join(name, "")}, at) {
		do(t, err)
		all += r.Name + "@" + r.Version + " "
	}
	return all
}

// Now is what was recorded last, also when that was by a clock that was ahead; and so
// is when the server was heard of.
func TestClockAhead(t *testing.T) {
	s, c := pods(t)
	now := c.now
	commit(t, s, listed(10, nil, pod(Added, "a", "1", 3)))
	c.now = now.Add(time.Hour)
	late := told(11, pod(Modified, "a", "1", 11))
	late.Contact = c.now
	commit(t, s, late)
	want(t, []string{there(t, s, Moment{})}, "a@11 ")
	c.now = now.Add(time.Minute)
	gap := listed(20, &Gap{From: "11", To: "20", Since: late.Contact}, pod(Added, "a", "1", 11))
	gap.Contact = c.now
	commit(t, s, gap)
	for _, f := range []Filter{{Since: now, Until: c.now}, {Since: c.now.Add(time.Second), Until: late.Contact}} {
		if gaps, err := s.Gaps(t.Context(), f); err != nil || len(gaps) != 1 {
			t.Errorf("in %v: %v, %v", f, gaps, err)
		}
	}
	watches, err := s.Watches(t.Context())
	do(t, err)
	if !watches[0].Contact.Equal(c.now) {
		t.Errorf("heard of at %s", watches[0].Contact)
	}
}

// Changes of one batch have times of their own, so that each can be found by its time;
// a state has one.
func TestTimesWithinBatch(t *testing.T) {
	s, c := pods(t)
	s.now = func() time.Time { c.now = c.now.Add(time.Microsecond); return c.now }
	commit(t, s, listed(10, nil, pod(Added, "a", "1", 3), pod(Added, "b", "2", 4)))
	commit(t, s, told(12, pod(Modified, "a", "1", 11), pod(Modified, "a", "1", 12)))
	times := make(map[string]time.Time)
	for e, err := range s.All(t.Context(), Filter{}) {
		do(t, err)
		times[e.Revision.Version] = e.Revision.Time
	}
	if !times["3"].Equal(times["4"]) {
		t.Error("half a state has a time")
	}
	want(t, []string{there(t, s, Moment{Time: times["11"]})}, "a@11 b@4 ")
	want(t, []string{there(t, s, Moment{Time: times["12"]})}, "a@12 b@4 ")
}

func TestOpenTwice(t *testing.T) {
	s, _ := pods(t)
	link := filepath.Join(t.TempDir(), "link.db")
	do(t, os.Symlink(s.Path(), link))
	for _, path := range []string{s.Path(), link} {
		if _, err := Open(t.Context(), path, time.Now); err == nil || !strings.Contains(err.Error(), "another recorder") {
			t.Errorf("%s: %v", path, err)
		}
	}
	reader, err := Read(t.Context(), s.Path())
	do(t, err)
	defer reader.Close()
	if _, err := reader.Watches(t.Context()); err != nil {
		t.Error(err)
	}
	do(t, s.Close())
	again, err := Open(t.Context(), s.Path(), time.Now)
	do(t, err)
	do(t, again.Close())
}

func TestOtherScope(t *testing.T) {
	s, _ := pods(t)
	_, err := s.Begin(t.Context(), Watch{Resource: "pods", Namespace: "shop"})
	if err == nil || !strings.Contains(err.Error(), "it holds pods of all namespaces, and you ask for namespace shop") {
		t.Error(err)
	}
}

func TestGuard(t *testing.T) {
	for _, row := range []struct{ sql, says string }{
		{"CREATE TABLE x (y)", "another program"},
		{"PRAGMA user_version = 3", "another program"},
		{fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = 99", application), "a newer audit"},
	} {
		path := filepath.Join(t.TempDir(), "audit.db")
		db, err := sql.Open("sqlite", path)
		do(t, err)
		_, err = db.Exec(row.sql)
		do(t, err)
		do(t, db.Close())
		for name, open := range map[string]func() (*Store, error){
			"Open": func() (*Store, error) { return Open(t.Context(), path, time.Now) },
			"Read": func() (*Store, error) { return Read(t.Context(), path) },
		} {
			if _, err := open(); err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("%s after %s: %v", name, row.sql, err)
			}
		}
	}
}

// A recorder that is killed while it makes the file leaves one that the next one makes.
func TestUnfinished(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.db")
	do(t, os.WriteFile(path, nil, 0o600))
	if _, err := Read(t.Context(), path); err == nil || !strings.Contains(err.Error(), "no recorder has finished making it") {
		t.Error(err)
	}
	open(t, path)
}

// Whatever is in its path, a file is found.
func TestPaths(t *testing.T) {
	for _, name := range []string{"a b.db", "a?b#c%20.db", "ü&x=y.db"} {
		path := filepath.Join(t.TempDir(), name)
		s, _ := open(t, path)
		do(t, s.SetFact(t.Context(), "cluster", []byte("x")))
		do(t, s.Close())
		info, err := os.Stat(path)
		if err != nil || info.Size() == 0 || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info, err)
		}
		r, err := Read(t.Context(), path)
		do(t, err)
		if fact, err := r.Fact(t.Context(), "cluster"); string(fact) != "x" {
			t.Errorf("%s: %q, %v", name, fact, err)
		}
		do(t, r.Close())
	}
}

// What a reader is told is of one moment, though a recorder goes on.
func TestReadOneMoment(t *testing.T) {
	s, _ := pods(t)
	commit(t, s, listed(10, nil, pod(Added, "a", "1", 3), pod(Added, "b", "2", 4)))
	r, err := Read(t.Context(), s.Path())
	do(t, err)
	defer r.Close()
	n := 0
	for _, err := range r.All(t.Context(), Filter{WithGaps: true}) {
		do(t, err)
		n++
		commit(t, s, told(20+n, pod(Modified, "a", "1", 20+n)))
	}
	if n != 2 {
		t.Errorf("%d entries", n)
	}
}

func TestCancelled(t *testing.T) {
	s, _ := pods(t)
	commit(t, s, listed(10, nil, pod(Added, "a", "1", 3)))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range s.All(ctx, Filter{}) {
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}
