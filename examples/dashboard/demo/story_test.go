package demo

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"
)

// worlds and steps are for long runs: go test -run Consistent -worlds 4 -steps 20000
var (
	worlds = flag.Uint64("worlds", 1, "how many worlds live")
	steps  = flag.Int("steps", 350, "how many steps each world lives")
)

func TestWorldStaysConsistent(t *testing.T) {
	t.Parallel()
	for seed := range *worlds {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			t.Parallel()
			w, step := still(t, seed, 0)
			first := takeCensus(t, w)
			first.check()
			for n := range *steps {
				if err := step(); err != nil {
					t.Fatalf("step %d: %v", n, err)
				}
				if n%80 == 79 {
					takeCensus(t, w).check()
				}
				if t.Failed() {
					t.Fatalf("at step %d", n)
				}
			}
			if last := takeCensus(t, w); last.size() > first.size()+keptNotes+120 {
				t.Errorf("from %d objects to %d", first.size(), last.size())
			}
		})
	}
}

// The same seed tells the same story.
func TestStoryIsSeeded(t *testing.T) {
	t.Parallel()
	var stories [2][]string
	for i := range stories {
		w, step := still(t, 7, 0)
		for range 25 {
			if err := step(); err != nil {
				t.Fatal(err)
			}
		}
		stories[i] = names(t, w, "pods", "replicasets", "jobs", "events")
	}
	if !slices.Equal(stories[0], stories[1]) {
		t.Errorf("%v\n%v", stories[0], stories[1])
	}
}

// Each story has its end.
func TestStories(t *testing.T) {
	t.Parallel()
	w, _ := still(t, 1, 0)
	t.Run("node", func(t *testing.T) { testLostNode(t, w) })
	t.Run("rollout", func(t *testing.T) { testRollout(t, w) })
	t.Run("scale", func(t *testing.T) { testScale(t, w) })
	t.Run("jobs", func(t *testing.T) { testJobs(t, w) })
	t.Run("events", func(t *testing.T) { testEvents(t, w) })
}

// A node that is lost takes its pods along, and brings them back.
func testLostNode(t *testing.T, w *World) {
	n := w.flaky()
	served := map[string]bool{}
	for _, p := range takeCensus(t, w).all["pods"] {
		served[p.Name()] = isReady(p) && str(p, "spec", "nodeName") == n.name
	}
	for _, down := range []bool{true, false} {
		if err := w.turn(n, down); err != nil {
			t.Fatal(err)
		}
		c := takeCensus(t, w)
		c.check()
		for _, p := range c.all["pods"] {
			if served[p.Name()] && isReady(p) == down {
				t.Errorf("down %v: %s is ready: %v", down, p.Name(), isReady(p))
			}
		}
	}
}

// A rollout ends with pods of the new version only, and no more ReplicaSets than
// are kept.
func testRollout(t *testing.T, w *World) {
	load := w.choose(func(l *workload) bool { return l.name == "storefront" })
	for n := range keptSets + 2 {
		load.tag = newerTag(load.tag)
		load.revision++
		if err := w.release(load); err != nil {
			t.Fatal(err)
		}
		if err := w.newRevision(load); err != nil {
			t.Fatal(err)
		}
		finish(t, w, load)
		for _, p := range load.all() {
			if p.tag != load.tag || !p.ready() {
				t.Errorf("rollout %d: %s runs %s", n, p.name, p.tag)
			}
		}
	}
	takeCensus(t, w).check()
	if got := len(load.sets); got != keptSets+1 {
		t.Errorf("%d ReplicaSets are left", got)
	}
}

// finish lets the deployment controller work until it has nothing to do.
func finish(t *testing.T, w *World, load *workload) {
	t.Helper()
	for range 100 {
		done, err := w.approach(load)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.forget(load, w.sync(load)); err != nil {
			t.Fatal(err)
		}
		if done {
			return
		}
	}
	t.Fatalf("%s never ends its rollout", load.name)
}

// An autoscaler reaches the size that it wants, within its bounds.
func testScale(t *testing.T, w *World) {
	load := w.choose(func(l *workload) bool { return l.name == "storefront" })
	for _, size := range []int{load.high, load.low} {
		load.busy = false
		if err := w.rescale(load, size); err != nil {
			t.Fatal(err)
		}
		if _, err := w.approach(load); err != nil {
			t.Fatal(err)
		}
		if err := w.sync(load); err != nil {
			t.Fatal(err)
		}
		takeCensus(t, w).check() // some pods are new, or end
		finish(t, w, load)
		if active, ready := count(load.all()); active != size || ready != size {
			t.Errorf("%d pods, %d ready, want %d", active, ready, size)
		}
		takeCensus(t, w).check()
	}
}

// Events that repeat are counted, and old ones expire.
func testEvents(t *testing.T, w *World) {
	n := w.nodes[1]
	for i := range keptNotes + 20 {
		if err := w.emit(aboutNode(n, kubelet, "Tested", fmt.Sprint("for the time ", i))); err != nil {
			t.Fatal(err)
		}
	}
	last := w.notes[len(w.notes)-1]
	if err := w.emit(last.happening); err != nil {
		t.Fatal(err)
	}
	events, err := w.Server().List("events", "")
	if err != nil {
		t.Fatal(err)
	}
	if len(events) != keptNotes {
		t.Errorf("%d events are kept", len(events))
	}
	doc, err := w.Server().Get("events", last.namespace(), last.object)
	if err != nil || num(doc, "count") != 2 {
		t.Errorf("the event is counted %d times: %v", num(doc, "count"), err)
	}
}

// A CronJob keeps as many of its runs as its history allows.
func testJobs(t *testing.T, w *World) {
	c := w.crons[0]
	for n := range 3 * keptJobs {
		if err := w.startJob(c, w.now().Add(time.Duration(n+1)*time.Minute)); err != nil {
			t.Fatal(err)
		}
		for j := c.jobs[len(c.jobs)-1]; j.ended.IsZero(); {
			if err := w.runJob(j); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := len(c.jobs); n < keptJobs || n > keptJobs+keptFailures {
		t.Errorf("%d runs are kept", n)
	}
	census := takeCensus(t, w)
	census.check()
	kept := 0
	for _, j := range census.all["jobs"] {
		if str(arr(j, "metadata", "ownerReferences")[0], "uid") == c.uid {
			kept++
		}
	}
	if kept != len(c.jobs) {
		t.Errorf("the server has %d runs, the world %d", kept, len(c.jobs))
	}
}
