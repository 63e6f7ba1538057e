package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // zones, also where the machine has none

	"github.com/kubeviews/kube/examples/audit/store"
)

// The time that is printed with a change finds that change, in each question.
func TestPrintedTimes(t *testing.T) {
	s := newScene(t, watches...)
	conf := s.object(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"n","uid":"u"},"data":{"n":"0"}}`)
	s.at("10:00:00.000")
	s.state("configmaps", "90", nil, added(s.write(conf, 90)))
	var revisions []store.Revision
	for n := range 20 {
		s.now = s.now.Add(300*time.Microsecond + 7)
		version := 100 + n
		revisions = append(revisions, s.commit("configmaps", fmt.Sprint(version), s.write(s.with("ConfigMap/c", fmt.Sprint(n+1), "data", "n"), version))...)
	}
	for _, r := range revisions {
		var line bytes.Buffer
		a := testApp()
		a.out = &line
		p := printer{app: a}
		p.revision(r)
		do(t, p.flush())
		printed, _, _ := strings.Cut(line.String(), "  ")
		for _, row := range []struct {
			args []string
			says string
		}{
			{[]string{"show", "cm/c", "--at", printed}, "at version " + r.Version + ":"},
			{[]string{"diff", "cm/c", printed, "now"}, "@" + r.Version + " → @119,"},
			{[]string{"diff", "cm/c", "10:00:00", printed}, "@90 → @" + r.Version + ","},
			{[]string{"log", "cm/c", "--since", printed, "--until", printed}, line.String()},
		} {
			out, errs, _ := call(t, testApp(), append(row.args, "--db", s.path)...)
			isLast := r.Version == "119" && row.args[0] == "diff" && row.args[3] == "now"
			if !strings.Contains(out, row.says) && !isLast || row.args[0] == "log" && strings.Count(out, "\n") != 1 {
				t.Errorf("%q of version %s: %s%s", row.args, r.Version, out, errs)
			}
		}
	}
}

// A clock that was set back spoils no printed time, and no order.
func TestPrintedTimesAfterClockSetBack(t *testing.T) {
	s := newScene(t, watches...)
	conf := s.object(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"n","uid":"u"},"data":{"n":"0"}}`)
	s.state("configmaps", "90", nil, added(s.write(conf, 90)))
	for n, clock := range []string{"11:00:00.000", "11:00:01.000", "10:01:00.000", "10:02:00.000"} {
		version := 100 + n
		s.at(clock).commit("configmaps", fmt.Sprint(version), s.write(s.with("ConfigMap/c", fmt.Sprint(n+1), "data", "n"), version))
	}
	for _, row := range []struct{ args, says string }{
		{"show cm/c --at 11:00:00.000000", "at version 100:"},
		{"show cm/c --at 11:00:01.000000", "at version 101:"},
		{"show cm/c --at 10:01:00.000000", "at version 102:"},
		{"show cm/c --at 10:02:00.000000", "at version 103:"},
		{"show cm/c --at 11:00:00.500000", "at version 103:"},
		{"diff cm/c 11:00:00.000000 now", "@100 → @103,"},
		{"diff 11:00:00.000000 11:00:01.000000", "@100 → @101,"},
		{"diff cm/c 0 11:00:01.000000", "+ ConfigMap n/c@101,"},
	} {
		out, errs, _ := call(t, testApp(), append(strings.Fields(row.args), "--db", s.path)...)
		if !strings.Contains(out, row.says) {
			t.Errorf("%s: %s%s", row.args, out, errs)
		}
	}
}

// At version 0 there is nothing.
func TestVersion0(t *testing.T) {
	s := shopScene(t)
	for _, row := range []struct {
		args, says string
		code       int
	}{
		{"diff deploy/web 0 now", "+ Deployment shop/web@133,", exitDone},
		{"diff deploy/web 101 000", "- Deployment shop/web@101,", exitDone},
		{"diff 0 now", "+ Pod shop/web-1@95,", exitDone},
		{"show deploy/web --at 0", "no deploy/web is recorded by then", exitNothing},
		{"diff deploy/web 0 00", "no deploy/web is recorded at one of the two", exitNothing},
	} {
		out, errs, code := call(t, testApp(), append(strings.Fields(row.args), "--db", s.path)...)
		if code != row.code || !strings.Contains(out+errs, row.says) {
			t.Errorf("%s: %d %s%s", row.args, code, out, errs)
		}
	}
}

// The hour that comes twice is printed so that each of its two times is found.
func TestPrintedTimesOfHourTwice(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	do(t, err)
	s := newScene(t, watches...)
	conf := s.object(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"n","uid":"u"},"data":{"n":"0"}}`)
	s.now = time.Date(2026, 10, 24, 23, 20, 0, 0, time.UTC)
	s.state("configmaps", "99", nil, added(s.write(conf, 99)))
	for n, printed := range []string{"2026-10-25 02:20:00.000000+02:00", "2026-10-25 02:20:00.000000+01:00", "2026-10-25 03:20:00.000000+01:00"} {
		version := 100 + n
		s.now = s.now.Add(time.Hour)
		s.commit("configmaps", fmt.Sprint(version), s.write(s.with("ConfigMap/c", fmt.Sprint(n+1), "data", "n"), version))
		says := fmt.Sprintf("at version %d: MODIFIED, seen %s,", version, printed)
		day, clock, _ := strings.Cut(printed, " ")
		for _, row := range []struct {
			args []string
			says string
		}{
			{[]string{"show", "cm/c"}, says},
			{[]string{"show", "cm/c", "--at", printed}, says},
			{[]string{"show", "cm/c", "--at", day, clock}, says},
			{[]string{"show", "--at=" + day, clock, "cm/c"}, says},
			{[]string{"show", "cm/c", "--at", clock}, says},
			{[]string{"show", "cm/c", "--at", day + "T" + clock}, says},
			{[]string{"log", "--since", printed}, printed + "  MODIFIED"},
			{[]string{"diff", "cm/c", "99", day, clock}, ", seen " + printed},
			{[]string{"diff", "cm/c", day, clock, day, clock}, "nothing differs"},
		} {
			a := testApp()
			a.zone, a.now = berlin, func() time.Time { return s.now.Add(time.Minute) }
			out, errs, _ := call(t, a, append(row.args, "--db", s.path)...)
			if !strings.Contains(out+errs, row.says) {
				t.Errorf("%q: %s%s", row.args, out, errs)
			}
		}
	}
}

// What is printed is UTC's, or has an offset, also where that is none today.
func TestClock(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	do(t, err)
	winter := time.Date(2026, 1, 2, 3, 4, 5, 600_000, time.UTC)
	for want, zone := range map[string]*time.Location{
		"2026-01-02 03:04:05.000600Z":      time.UTC,
		"2026-01-02 03:04:05.000600+00:00": london,
		"2026-01-01 23:34:05.000600-03:30": time.FixedZone("there", -3.5*3600),
	} {
		a := testApp()
		a.zone = zone
		if got := a.clock(winter); got != want {
			t.Errorf("%s is printed as %s", want, got)
		}
		if got, err := a.when(want); err != nil || !got.Equal(winter) {
			t.Errorf("%s is read as %s, %v", want, got, err)
		}
	}
}

// Now is not a time: it is what was recorded last, also by a clock that was ahead.
func TestNowAfterClockAhead(t *testing.T) {
	s := newScene(t, watches...)
	conf := s.object(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"n","uid":"u"},"data":{"n":"0"}}`)
	s.state("configmaps", "90", nil, added(s.write(conf, 90)))
	s.at("23:00:00.000").commit("configmaps", "91", s.write(s.with("ConfigMap/c", "1", "data", "n"), 91)) // it is noon
	for _, row := range []struct{ args, says string }{
		{"show cm/c", "at version 91:"},
		{"show cm/c --at 91", "at version 91:"},
		{"show cm/c --at 23:00", "at version 91:"},
		{"diff cm/c 10:00 now", "@90 → @91,"},
		{"log", "2026-05-01 23:00:00.000000Z  MODIFIED"},
		{"status", "at 2026-05-01 23:00:00.000000Z, which is to come"},
	} {
		out, errs, _ := call(t, testApp(), append(strings.Fields(row.args), "--db", s.path)...)
		if !strings.Contains(out, row.says) {
			t.Errorf("%s: %s%s", row.args, out, errs)
		}
	}
	for _, args := range [][]string{{"show", "cm/c", "--at", ""}, {"diff", "", "now"}} {
		if _, errs, code := call(t, testApp(), append(args, "--db", s.path)...); code != exitUsage {
			t.Errorf("%q: %d %s", args, code, errs)
		}
	}
}
