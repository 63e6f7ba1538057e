package main

import (
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube/examples/audit/store"
)

// TestHoles asks for moments in gaps, beside them, and behind all that is recorded.
func TestHoles(t *testing.T) {
	s := shopScene(t)
	ended, err := s.store.Started(t.Context())
	do(t, err)
	const gap, end = " is in a gap of deployments.apps from 2026-05-01 11:10:00.000000Z to 2026-05-01 11:30:00.000000Z", ": not heard of the server since "
	ask := func(args string, says ...string) {
		t.Helper()
		out, errs, code := call(t, testApp(), append(strings.Fields(args), "--db", s.path)...)
		lines := strings.Count(strings.TrimSuffix(errs, "nothing differs\n"), "\n")
		if code != exitDone || lines != len(says) {
			t.Errorf("%s: ended with %d, and said\n%s%s", args, code, errs, out)
		}
		for _, text := range says {
			if !strings.Contains(errs, text) {
				t.Errorf("%s: it does not say %q, but\n%s", args, text, errs)
			}
		}
	}
	ask("show deploy/web --at 11:10")
	ask("show deploy/web --at 11:20", "11:20"+gap)
	ask("show deploy/web --at 11:30")
	ask("show deploy/web --at 105")
	ask("show deploy/web --at 120", "120"+gap)
	ask("show deploy/web --at 133") // as it was at the end of the gap
	ask("show deploy/web --at 140")
	ask("show pod/web-1 --at 11:00")
	ask("diff deploy/web 11:00 11:20", "11:20"+gap)
	ask("diff deploy/web 11:20 11:25", "11:20"+gap, "11:25"+gap)
	ask("diff 10:00 11:20", "11:20"+gap, "11:20"+end+"2026-05-01 10:55:10.900000Z, of secrets and 1 more kind")
	ask("diff 133 140", "133"+gap)       // there may have been others
	ask("show deploy/web --at 11:31:29") // a recorder runs, and a bookmark is to come
	ask("show deploy/web --at 11:31:31", "11:31:31"+end+"2026-05-01 11:30:00.000000Z, of deployments.apps")
	ask("show deploy/web", "now"+end)
	do(t, ended(t.Context()))
	ask("show deploy/web --at 11:30:01", "11:30:01"+end)
	s.state("deployments.apps", "kube1:0123456789abcdef:150", nil, s.write(s.last["Deployment/web"], 133))
	ask("show deploy/web --at 150")
	ask("show deploy/web --at 151", "151"+end)
}

// The last change is known, though the server was heard of a moment before it was stored.
func TestLastChangeIsNoHole(t *testing.T) {
	s := newScene(t, watches...)
	conf := s.object(`{"kind":"ConfigMap","metadata":{"name":"conf","namespace":"shop","uid":"u-conf"}}`)
	s.at("11:00:00.005")
	b := store.Batch{Resource: "configmaps", Checkpoint: "1", Contact: s.now.Add(-5 * time.Millisecond), Events: []store.Event{added(s.write(conf, 1))}}
	_, err := s.store.Commit(t.Context(), b, authors, nil)
	do(t, err)
	s.at("11:10:00.000").state("configmaps", "3", &store.Gap{From: "1", To: "3", Since: b.Contact}, s.write(s.last["ConfigMap/conf"], 2))
	b.Checkpoint, b.Contact, b.Events = "4", s.now, []store.Event{s.write(s.last["ConfigMap/conf"], 4)}
	s.at("11:10:00.005")
	_, err = s.store.Commit(t.Context(), b, authors, nil)
	do(t, err)
	for _, at := range []string{"11:00:00.005", "11:10:00.005"} {
		if _, errs, code := call(t, testApp(), "show", "cm/conf", "--at", at, "--db", s.path); code != exitDone || errs != "" {
			t.Errorf("%s: %d, %s", at, code, errs)
		}
	}
}
