package cluster_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kubeviews/kube/meta"
	"github.com/kubeviews/kube/test/cluster"
)

// audit is the command of examples/audit, and the file that it records into.
type audit struct {
	t       *testing.T
	cluster *cluster.Cluster
	program string
	kubectl string
	db      string
	proxy   *cluster.Proxy
	random  *rand.Rand
	printed bytes.Buffer // by recorders, as recorded
	kills   map[string]int
}

func newAudit(t *testing.T, c *cluster.Cluster, seed uint64) *audit {
	t.Helper()
	dir := t.TempDir()
	a := &audit{t: t, cluster: c, program: filepath.Join(dir, "audit"), kubectl: kubectlPath(t), db: filepath.Join(dir, "audit.db"),
		proxy: proxy(t, c), random: rand.New(rand.NewPCG(seed, seed)), kills: make(map[string]int)}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", a.program, ".")
	build.Dir = filepath.Join("..", "..", "examples", "audit")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return a
}

func (a *audit) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, a.program, append(args, "--db", a.db)...)
	cmd.Env = append(os.Environ(), "TZ=UTC")
	return cmd
}

// ask runs a command that reads.
func (a *audit) ask(args ...string) []byte {
	a.t.Helper()
	cmd := a.command(a.t.Context(), args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		a.t.Fatalf("audit %v: %v\n%s", args, err, &errs)
	}
	return out
}

// auditor is a recorder that runs.
type auditor struct {
	*audit
	cmd  *exec.Cmd
	errs bytes.Buffer
	done chan struct{}
}

// record starts a recorder: behind the proxy that is there, or with one of its own.
func (a *audit) record(own bool) *auditor {
	a.t.Helper()
	how := []string{"--proxy", a.proxy.URL()}
	if own {
		how = []string{"--kubeconfig", a.cluster.Kubeconfig(), "--kubectl", a.kubectl}
	}
	r := &auditor{audit: a, done: make(chan struct{})}
	r.cmd = a.command(context.WithoutCancel(a.t.Context()), append([]string{"record", "-v", "-n", "default", "configmaps"}, how...)...)
	r.cmd.Stderr = &r.errs
	out, err := r.cmd.StdoutPipe()
	do(a.t, err)
	do(a.t, r.cmd.Start())
	go func() {
		defer close(r.done)
		lines := bufio.NewReader(out)
		for {
			line, err := lines.ReadBytes('\n')
			if err != nil {
				return // the rest of a line that was not printed in full
			}
			a.printed.Write(line) // one recorder at a time
		}
	}()
	return r
}

// end sends a signal, and waits.
func (r *auditor) end(signal os.Signal) error {
	r.cmd.Process.Signal(signal)
	<-r.done
	return r.cmd.Wait()
}

// killProxy kills the kubectl proxy behind which the recorder is.
func (r *auditor) killProxy(own bool) {
	r.t.Helper()
	if !own {
		do(r.t, r.cluster.Kill(r.proxy.Part()))
		r.pause(1000)
		do(r.t, r.cluster.Restart(r.t.Context(), r.proxy.Part()))
		r.kills["proxy"]++
		return
	}
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", r.cmd.Process.Pid))
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		for _, child := range strings.Fields(string(text)) {
			pid, err := strconv.Atoi(child)
			do(r.t, err)
			if syscall.Kill(pid, syscall.SIGKILL) == nil {
				r.kills["own proxy"]++
			}
		}
	}
}

// pause lets some time pass, of which a test of kills at random is made.
func (a *audit) pause(most int) {
	time.Sleep(time.Duration(a.random.IntN(most)) * time.Millisecond)
}

// quota is how many changes the writers may make by now. They wait for more of it.
type quota struct {
	mu             sync.Mutex
	more           sync.Cond
	taken, allowed int64
	closed         bool
}

func newQuota(t *testing.T) *quota {
	q := &quota{}
	q.more.L = &q.mu
	t.Cleanup(q.close)
	return q
}

// take waits for a change to be allowed, and reports whether there is one.
func (q *quota) take() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.taken == q.allowed && !q.closed {
		q.more.Wait()
	}
	q.taken++
	return !q.closed
}

func (q *quota) allow(n int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.allowed += n
	q.more.Broadcast()
}

func (q *quota) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.more.Broadcast()
}

// used reports whether all changes have been begun that are allowed.
func (q *quota) used() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.taken >= q.allowed
}

// chaos lets recorders come and go until the writers have made all changes. After each
// quarter but the last the server forgets, the second time under a recorder that runs.
// Before it forgets again, a recorder has told of that.
func (a *audit) chaos(q *quota, total int64) {
	trail := newAuditTrail()
	for gaps := range 4 {
		q.allow(total / 4)
		a.lives(func() bool {
			if !q.used() || a.printed.Len() == 0 {
				return false
			}
			a.more(trail)
			return len(trail.gaps) >= gaps
		})
		switch gaps {
		case 0, 2:
			a.write(q)
			do(a.t, a.cluster.Forget(a.t.Context()))
		case 1:
			a.forgetUnder(q, trail)
		}
	}
	a.t.Logf("killed: %v", a.kills)
}

// lives lets recorders live for random times, until something is so when none does.
func (a *audit) lives(met func() bool) {
	for run := 0; !met(); run++ {
		own := run%2 == 1
		r := a.record(own)
		a.pause(900)
		if a.random.IntN(3) > 0 {
			r.killProxy(own)
			a.pause(900)
		}
		r.kill()
		a.pause(200)
	}
}

func (r *auditor) kill() {
	r.end(syscall.SIGKILL)
	r.kills["recorder"]++
}

// forgetUnder has the server forget what a recorder that runs has not seen, and waits
// until that has told so.
func (a *audit) forgetUnder(q *quota, trail *auditTrail) {
	a.t.Helper()
	r := a.record(false)
	defer r.kill()
	a.write(q)
	before := len(trail.lines)
	eventually(a.t, func() error {
		if a.more(trail); len(trail.lines) == before {
			return errors.New("the recorder has recorded nothing")
		}
		return nil
	})
	do(a.t, r.cluster.Kill(r.proxy.Part()))
	a.write(q)
	do(a.t, a.cluster.Forget(a.t.Context()))
	do(a.t, r.cluster.Restart(r.t.Context(), r.proxy.Part()))
	eventually(a.t, func() error {
		a.more(trail)
		for _, gap := range trail.gaps {
			if !gap.Stopped {
				return nil
			}
		}
		return errors.New("the recorder has told of no gap")
	})
}

// write has the writers go on for a little.
func (a *audit) write(q *quota) {
	a.t.Helper()
	q.allow(100)
	eventually(a.t, func() error {
		if !q.used() {
			return errors.New("the writers are slow")
		}
		return nil
	})
}

// auditLine is a line of an export.
type auditLine struct {
	Type, Change, UID, Name, Version string
	Seq, ID, Gap                     int64
	From, To                         string
	Stopped                          bool
	By                               []struct{ Manager string }
}

// auditTrail is what has been exported so far.
type auditTrail struct {
	lines []auditLine
	gaps  map[int64]auditLine
	last  map[string]auditLine // by uid, of what is there
}

func newAuditTrail() *auditTrail {
	return &auditTrail{gaps: make(map[int64]auditLine), last: make(map[string]auditLine)}
}

// more reads what was recorded since.
func (a *audit) more(trail *auditTrail) {
	a.t.Helper()
	after := "0"
	if n := len(trail.lines); n > 0 {
		after = fmt.Sprint(trail.lines[n-1].Seq)
	}
	for text := range bytes.Lines(a.ask("export", "--after", after)) {
		var line auditLine
		do(a.t, json.Unmarshal(text, &line))
		if line.Type == "gap" {
			trail.gaps[line.ID] = line
			continue
		}
		trail.lines = append(trail.lines, line)
		trail.last[line.UID] = line
		if line.Change == "DELETED" {
			delete(trail.last, line.UID)
		}
	}
}

// differs compares the store's last revisions with the server's.
func (trail *auditTrail) differs(there state) error {
	for uid, was := range trail.last {
		if there[was.Name].uid != uid {
			return fmt.Errorf("%+v is in the store, and not on the server", was)
		}
	}
	for name, is := range there {
		if was := trail.last[is.uid]; was.Name != name || was.Version != is.version {
			return fmt.Errorf("%s is %+v in the store, and %+v on the server", name, was, is)
		}
	}
	return nil
}

// judge holds the recording to its promises.
func (a *audit) judge(trail *auditTrail, writers []*writer) {
	a.t.Helper()
	once, began := make(map[string]bool), make(map[string]bool)
	for _, line := range trail.lines {
		began[line.UID] = true
		key := line.UID + "@" + line.Version
		if line.Change == "DELETED" {
			key = line.UID + " is gone"
		}
		if once[key] {
			a.t.Errorf("twice: %+v", line)
		}
		once[key] = true
		if line.Change == "MODIFIED" && (len(line.By) != 1 || line.By[0].Manager != "Go-http-client") {
			a.t.Errorf("by whom is wrong: %+v", line)
		}
	}
	missing := 0
	for _, w := range writers {
		for _, done := range w.writes {
			// Behind a gap, too, it is told what is gone, if it was known.
			if done.deleted && began[done.made.uid] && !once[done.made.uid+" is gone"] {
				a.t.Errorf("the deletion of %s, %s, is missing", done.name, done.made.uid)
			}
			if done.deleted || once[done.made.uid+"@"+done.made.version] {
				continue
			}
			missing++
			if !trail.isOlder(done.made.version) && !trail.untold(done.made.version) {
				a.t.Errorf("%s@%s is missing, and no gap tells of it", done.name, done.made.version)
			}
		}
	}
	stopped := 0
	for _, gap := range trail.gaps {
		if gap.Stopped {
			stopped++
		}
	}
	if len(trail.gaps) < 3 || stopped == 0 || stopped == len(trail.gaps) {
		a.t.Errorf("the server has forgotten three times, once under a recorder; the gaps are %+v", trail.gaps)
	}
	a.t.Logf("%d revisions recorded; %d missing, in %d gaps or from before, %d of these without a recorder; %d lines shown",
		len(trail.lines), missing, len(trail.gaps), stopped, bytes.Count(a.printed.Bytes(), []byte("\n")))
}

// isOlder reports whether a version is from before the recording: the first list had a
// later one.
func (trail *auditTrail) isOlder(version string) bool {
	for _, line := range trail.lines {
		if order, err := meta.CompareVersions(version, line.Version); line.Change == "FOUND" && err == nil && order <= 0 {
			return true
		}
	}
	return false
}

// untold reports whether a gap tells that a version may be missing.
func (trail *auditTrail) untold(version string) bool {
	for _, gap := range trail.gaps {
		from, errFrom := meta.CompareVersions(version, gap.From)
		to, errTo := meta.CompareVersions(version, gap.To)
		if errFrom == nil && errTo == nil && from > 0 && to <= 0 {
			return true
		}
	}
	return false
}

// truthful checks that all that was shown is in the store.
func (a *audit) truthful() {
	a.t.Helper()
	logged := make(map[string]bool)
	for line := range bytes.Lines(a.ask("log")) {
		logged[string(line)] = true
	}
	for line := range bytes.Lines(a.printed.Bytes()) {
		if !logged[string(line)] {
			a.t.Errorf("shown, and not in the store: %s", line)
		}
	}
}

// TestAudit has the recorder of examples/audit and its kubectl proxies killed at random,
// while several writers change config maps, and the server forgets versions.
func TestAudit(t *testing.T) {
	t.Parallel()
	total, writers := int64(20_000), 4
	if testing.Short() {
		total = 3_000
	}
	c := start(t, cluster.Options{Bare: true})
	a := newAudit(t, c, 6)
	to := newTruth(t, c)
	var all []*writer
	q := newQuota(t)
	var wait sync.WaitGroup
	for n := range writers {
		w := &writer{t: t, to: to, path: "/api/v1/namespaces/default/configmaps", there: state{}}
		all = append(all, w)
		random := rand.New(rand.NewPCG(6, uint64(n)))
		wait.Go(func() {
			for q.take() {
				name := fmt.Sprintf("map-%d-%02d", n, random.IntN(50))
				if random.IntN(40) == 0 && w.has(name) {
					w.delete(name)
				} else {
					w.put(name, 300)
				}
			}
		})
	}
	begun := time.Now()
	a.chaos(q, total)
	q.close()
	wait.Wait()
	t.Logf("%d changes took %s", total, time.Since(begun).Round(time.Second))

	r := a.record(false)
	there, _ := to.list(t, all[0].path)
	trail := newAuditTrail()
	eventually(t, func() error {
		a.more(trail)
		return trail.differs(there)
	})
	if err := r.end(os.Interrupt); err != nil {
		t.Errorf("an interrupt ended it with %v:\n%s", err, &r.errs)
	}
	a.judge(trail, all)
	a.truthful()
	a.ask("status", "--check")
}
