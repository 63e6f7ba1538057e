package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kubeviews/kube/kubetest"
	"github.com/kubeviews/kube/meta"
)

// history is what happened to the config maps of a server, told by its writer.
type history struct {
	server *kubetest.Server
	random *rand.Rand

	mu       sync.Mutex
	versions map[string][]string // by uid, oldest first; of what there was
	count    int
}

func newHistory(t *testing.T, seed uint64) *history {
	return &history{server: kubetest.NewServer(t), random: rand.New(rand.NewPCG(seed, 1)), versions: make(map[string][]string)}
}

// change makes one change: mostly it sets a value, at times it makes or deletes one.
func (h *history) change(t *testing.T) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	name := fmt.Sprintf("map-%02d", h.random.IntN(30))
	h.count++
	if h.random.IntN(12) == 0 {
		if err := h.server.Remove("configmaps", "default", name); err == nil || errors.Is(err, kubetest.ErrNotFound) {
			return
		}
	}
	obj, err := h.server.Update("configmaps", "default", name, func(o kubetest.Object) { o.Put(fmt.Sprint(h.count), "data", "count") })
	if errors.Is(err, kubetest.ErrNotFound) {
		obj, err = h.server.Put(map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name, "namespace": "default"}})
	}
	do(t, err)
	h.versions[obj.UID()] = append(h.versions[obj.UID()], obj.Version())
}

// churn makes changes until it is told to stop.
func (h *history) churn(t *testing.T) (stop func()) {
	end, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				h.change(t)
			case <-end:
				return
			}
		}
	}()
	return func() { close(end); <-done }
}

// recording is a recorder that runs.
type recording struct {
	cmd   *exec.Cmd
	out   bytes.Buffer  // what it printed
	lines chan struct{} // one for each line
	done  chan struct{}
	errs  bytes.Buffer
}

func startRecording(t *testing.T, h *history, db string, env ...string) *recording {
	t.Helper()
	return startRecordingOf(t, h, db, []string{"configmaps", "pods"}, env...)
}

func startRecordingOf(t *testing.T, h *history, db string, args []string, env ...string) *recording {
	t.Helper()
	r := &recording{lines: make(chan struct{}, 1<<20), done: make(chan struct{})}
	r.cmd = process(t.Context(), append([]string{"record", "-v", "--proxy", h.server.URL(), "--db", db}, args...)...)
	r.cmd.Env = append(r.cmd.Env, env...)
	r.cmd.Stderr = &r.errs
	out, err := r.cmd.StdoutPipe()
	do(t, err)
	do(t, r.cmd.Start())
	go func() {
		defer close(r.done)
		from := bufio.NewReader(out)
		for {
			line, err := from.ReadBytes('\n')
			if err != nil {
				return // what is left was not printed in full
			}
			r.out.Write(line)
			r.lines <- struct{}{}
		}
	}()
	return r
}

// await waits for so many more lines, or a little while.
func (r *recording) await(n int, patience time.Duration) {
	late := time.After(patience)
	for range n {
		select {
		case <-r.lines:
		case <-r.done:
			return
		case <-late:
			return
		}
	}
}

// end sends a signal, and returns the exit error and what was printed.
func (r *recording) end(signal os.Signal) (string, error) {
	r.cmd.Process.Signal(signal)
	<-r.done
	return r.out.String(), r.cmd.Wait()
}

// TestRecordKilled kills the recorder at random, forgets versions, cuts connections.
func TestRecordKilled(t *testing.T) {
	for _, seed := range []uint64{1, 2} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			h, db := newHistory(t, seed), filepath.Join(t.TempDir(), "audit.db")
			random := rand.New(rand.NewPCG(seed, 2))
			stop := h.churn(t)
			var printed strings.Builder
			for range 6 {
				r := startRecording(t, h, db)
				r.await(random.IntN(300), time.Duration(random.IntN(1500))*time.Millisecond)
				if random.IntN(2) == 0 {
					h.server.CutConnections()
					r.await(random.IntN(300), time.Second)
				}
				out, _ := r.end(syscall.SIGKILL)
				printed.WriteString(out)
				if random.IntN(2) == 0 {
					h.server.Compact()
				}
			}
			stop()
			r := startRecording(t, h, db)
			h.caughtUp(t, db)
			out, err := r.end(os.Interrupt)
			if err != nil || !strings.Contains(r.errs.String(), "recorded ") {
				t.Errorf("an interrupt ended it with %v:\n%s", err, &r.errs)
			}
			h.judge(t, db, printed.String()+out)
		})
	}
}

// exported is a line of an export, as somebody else would read it.
type exported struct {
	Type, Change, Resource, UID, Name, Version string
	Seq                                        int64
	Gap                                        int64
	From, To                                   string
	Stopped                                    bool
	Document                                   struct {
		Metadata struct{ ResourceVersion string }
		Data     map[string]string
	}
}

func exportOf(t *testing.T, db string) (all []exported) {
	t.Helper()
	out, errs, code := call(t, testApp(), "export", "--db", db)
	if code != exitDone {
		t.Fatalf("export ended with %d: %s", code, errs)
	}
	for line := range strings.Lines(out) {
		var e exported
		do(t, json.Unmarshal([]byte(line), &e))
		all = append(all, e)
	}
	return all
}

// latest is the last version of each config map that is there.
func latest(all []exported) map[string]string {
	last := make(map[string]string)
	for _, e := range all {
		switch {
		case e.Resource != "configmaps" || e.Type != "change":
		case e.Change == "DELETED":
			delete(last, e.UID)
		default:
			last[e.UID] = e.Version
		}
	}
	return last
}

// differs compares the store's last revisions with the server's.
func (h *history) differs(t *testing.T, all []exported) error {
	objects, err := h.server.List("configmaps", "")
	do(t, err)
	last := latest(all)
	if len(last) != len(objects) {
		return fmt.Errorf("%d objects in the store, %d on the server", len(last), len(objects))
	}
	for _, o := range objects {
		if last[o.UID()] != o.Version() {
			return fmt.Errorf("%s is at %q in the store, at %q on the server", o.Name(), last[o.UID()], o.Version())
		}
	}
	return nil
}

// caughtUp waits until the store is where the server is.
func (h *history) caughtUp(t *testing.T, db string) {
	t.Helper()
	eventually(t, func() error { return h.differs(t, exportOf(t, db)) })
}

// eventually waits until something is so.
func eventually(t *testing.T, so func() error) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	late := time.After(20 * time.Second)
	for {
		err := so()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatal(err)
		}
	}
}

// judge holds the store to its promises.
func (h *history) judge(t *testing.T, db, printed string) {
	t.Helper()
	all := exportOf(t, db)
	if err := h.differs(t, all); err != nil {
		t.Error(err)
	}
	once := make(map[string]bool)
	var gaps []exported
	for _, e := range all {
		if e.Type == "gap" {
			gaps = append(gaps, e)
			continue
		}
		key := e.UID + " " + e.Version
		if e.Change == "DELETED" {
			key = e.UID + " deleted"
		}
		if once[key] {
			t.Errorf("twice: %+v", e)
		}
		once[key] = true
	}
	h.complete(t, once, gaps, all)
	h.truthful(t, db, printed)
	if out, errs, code := call(t, testApp(), "status", "--check", "--db", db); code != exitDone {
		t.Errorf("the file is damaged: %s%s", out, errs)
	}
}

// complete checks that every version is recorded, unless a gap tells that it may not be.
func (h *history) complete(t *testing.T, once map[string]bool, gaps, all []exported) {
	t.Helper()
	missing := 0
	for uid, versions := range h.versions {
		for _, version := range versions {
			if once[uid+" "+version] || beforeRecording(version, all) {
				continue
			}
			missing++
			if !within(version, gaps) {
				t.Errorf("version %s of %s is missing, and no gap tells of it", version, uid)
			}
		}
	}
	t.Logf("%d changes, %d recorded, %d missing in %d gaps", h.count, len(once), missing, len(gaps))
}

// beforeRecording reports whether a version is older than the first list.
func beforeRecording(version string, all []exported) bool {
	first := "0"
	for _, e := range all {
		if e.Change == "FOUND" && newer(e.Version, first) {
			first = e.Version
		}
	}
	return !newer(version, first)
}

func within(version string, gaps []exported) bool {
	for _, g := range gaps {
		if g.Resource == "configmaps" && newer(version, g.From) && !newer(version, g.To) {
			return true
		}
	}
	return false
}

func newer(a, b string) bool {
	order, err := meta.CompareVersions(a, b)
	return err != nil || order > 0
}

// truthful checks that all that was printed is in the log.
func (h *history) truthful(t *testing.T, db, printed string) {
	t.Helper()
	out, errs, code := call(t, testApp(), "log", "--db", db)
	if code != exitDone {
		t.Fatalf("log ended with %d: %s", code, errs)
	}
	logged := make(map[string]bool)
	for line := range strings.Lines(out) {
		logged[line] = true
	}
	for line := range strings.Lines(printed) {
		if !logged[line] {
			t.Errorf("printed, and not in the log: %s", line)
		}
	}
}

// TestRecordDies ends the recorder between all that may come apart.
func TestRecordDies(t *testing.T) {
	for _, at := range []string{"committed 1", "committed 2", "committed 3", "writing 1", "writing 17", "writing 150"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			h, db := newHistory(t, 7), filepath.Join(t.TempDir(), "audit.db")
			for range 100 {
				h.change(t)
			}
			stop := h.churn(t)
			r := startRecording(t, h, db, dieAt+"="+at)
			<-r.done
			printed, err := r.end(syscall.SIGKILL)
			if err == nil || !strings.Contains(err.Error(), "killed") {
				t.Fatalf("it ended with %v:\n%s", err, &r.errs)
			}
			stop()
			r = startRecording(t, h, db)
			h.caughtUp(t, db)
			out, err := r.end(syscall.SIGTERM)
			do(t, err)
			h.judge(t, db, printed+out)
		})
	}
}
