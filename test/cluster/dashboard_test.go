package cluster_test

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kubeviews/kube/test/cluster"
)

// TestDashboard has the dashboard of examples show 10,000 pods (1,000 with -short) that
// change 50 times a second, to ten readers: their streams must not add a watch to the
// server's, all of them must be told what goes on, and pages must stay current. How long
// pages take and how much memory the dashboard has is told.
func TestDashboard(t *testing.T) {
	pods := 10_000
	if testing.Short() {
		pods = 1_000
	}
	c := start(t, cluster.Options{Bare: true})
	s := newTruth(t, c)
	s.must(t, http.MethodPost, "/api/v1/namespaces", map[string]any{"metadata": map[string]any{"name": "crowd"}}, 201, 409)
	s.must(t, http.MethodPost, "/api/v1/namespaces/crowd/serviceaccounts", map[string]any{"metadata": map[string]any{"name": "default"}}, 201, 409)
	crowd(t, s, pods)
	page := startDashboard(t, c.ProxyURL())
	eventually(t, func() error {
		return contains(page.get(t, "/pods?ns=crowd"), fmt.Sprintf("<h1>Pods <small id=\"matched\" data-live>%s</small>", thousands(pods)))
	})
	alone := settled(t, s)

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var running sync.WaitGroup
	var readers [10]reader
	for i := range readers {
		readers[i].page = page
		if i%2 == 0 { // the others are as tabs whose page is not about what changes
			readers[i].path = []string{"/", "/pods", "/changes", "/pods?sort=-age", "/pods/crowd/pod-00037"}[i/2]
		}
		running.Go(func() { readers[i].read(ctx) })
	}
	var writers [4]patcher
	for i := range writers {
		running.Go(func() { writers[i].write(ctx, s, i, len(writers), pods) })
	}
	took, most, counted, began := map[string][]time.Duration{}, 0, time.Time{}, time.Now()
	for time.Since(began) < 15*time.Second {
		for _, path := range []string{"/pods", "/pods?page=100", "/pods?sort=-age", "/pods?q=99&labels=team+in+(a,b)", "/"} {
			at := time.Now()
			page.get(t, path)
			took[path] = append(took[path], time.Since(at))
		}
		if time.Since(counted) > 3*time.Second { // it takes the server a while
			most, counted = max(most, watches(t, s)), time.Now()
		}
	}
	lasted := time.Since(began)
	stop()
	running.Wait()
	t.Logf("%d watches without readers, %d at most with ten", alone, most)
	if most > alone {
		t.Errorf("ten readers made %d watches of %d", most, alone)
	}
	for i := range readers {
		readers[i].check(t, i, lasted)
	}
	checkWritten(t, writers[:], lasted)
	for path, all := range took {
		slices.Sort(all)
		median := all[len(all)/2]
		t.Logf("%-34s median %v of %d", path, median.Round(100*time.Microsecond), len(all))
		// What is promised is 50 ms. Here the server, etcd and the readers share the
		// machine, perhaps with other tests: this guards against another order of size.
		if median > 500*time.Millisecond {
			t.Errorf("%s takes %v at the median", path, median)
		}
	}
	memory := page.memory(t)
	t.Logf("%d pods, 50 changes a second: the dashboard takes %d MB", pods, memory>>20)
	if memory > 200<<20 { // several times what it takes, of which the changes may be 64
		t.Errorf("the dashboard takes %d bytes", memory)
	}
	page.showsAChange(t, s)
}

// showsAChange changes a pod, and waits until a stream tells to look and the page of the
// pod shows it.
func (d *dashboard) showsAChange(t *testing.T, s *truth) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	before, changed := int64(-1), false
	err := d.listen(ctx, func(tick tick) bool {
		if before < 0 {
			before = tick.Seq
			s.must(t, http.MethodPatch, "/api/v1/namespaces/crowd/pods/pod-00007", map[string]any{"metadata": map[string]any{"labels": map[string]string{"last": "seen"}}}, 200)
			return true
		}
		changed = tick.Seq > before && strings.Contains(d.get(t, "/pods/crowd/pod-00007"), "last=seen")
		return !changed
	})
	if !changed {
		t.Errorf("the stream does not tell of the last change: %v", err)
	}
}

// tick is what a stream tells.
type tick struct {
	Seq      int64             `json:"seq"`
	Versions map[string]string `json:"versions"`
}

// reader is a browser that looks at the dashboard.
type reader struct {
	page *dashboard
	path string // of the page that it fetches when it is told to; "" for none

	ticks, news, fetched int
	err                  error
}

// read listens, and looks again as static/app.js does: when something has changed, and
// not more than once a second.
func (r *reader) read(ctx context.Context) {
	var seq int64
	var last time.Time
	err := r.page.listen(ctx, func(tick tick) bool {
		r.ticks++
		if tick.Seq == seq {
			return true
		}
		seq = tick.Seq
		r.news++
		if r.path != "" && time.Since(last) > time.Second {
			r.look(ctx)
			last = time.Now()
		}
		return r.err == nil
	})
	if r.err == nil && ctx.Err() == nil {
		r.err = fmt.Errorf("its stream ends: %w", err)
	}
}

func (r *reader) look(ctx context.Context) {
	code, text, err := get(ctx, r.page.url+r.path, "")
	switch {
	case ctx.Err() != nil:
	case err != nil:
		r.err = err
	case code != http.StatusOK || !strings.Contains(text, "data-live"):
		r.err = fmt.Errorf("%s: %d: %.200s", r.path, code, text)
	default:
		r.fetched++
	}
}

// check expects half of what a stream tells on a quiet machine: twice a second that
// something has changed.
func (r *reader) check(t *testing.T, n int, lasted time.Duration) {
	t.Helper()
	t.Logf("reader %d of %q: %d ticks, %d with news, %d pages", n, r.path, r.ticks, r.news, r.fetched)
	seconds := int(lasted.Seconds())
	if r.err != nil || r.ticks < seconds || r.news < seconds || r.path != "" && r.fetched < seconds/4 {
		t.Errorf("reader %d of %q has %d ticks, %d with news and %d pages in %v: %v", n, r.path, r.ticks, r.news, r.fetched, lasted, r.err)
	}
}

// thousands is how the page writes numbers.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d\u202f%03d", n/1000, n%1000)
}

// crowd creates pods that nobody schedules.
func crowd(t *testing.T, s *truth, n int) {
	t.Helper()
	var all sync.WaitGroup
	for w := range 8 {
		all.Go(func() {
			for i := w; i < n; i += 8 {
				s.must(t, http.MethodPost, "/api/v1/namespaces/crowd/pods", podOf(i), 201, 409)
			}
		})
	}
	all.Wait()
}

func podOf(i int) map[string]any {
	team := string(rune('a' + i%5))
	var env []map[string]string
	for v := range 12 {
		env = append(env, map[string]string{"name": fmt.Sprintf("SETTING_%d", v), "value": fmt.Sprintf("value %d of %d", v, i%400)})
	}
	return map[string]any{
		"metadata": map[string]any{"name": fmt.Sprintf("pod-%05d", i), "labels": map[string]string{"app": fmt.Sprintf("app-%d", i%400), "team": team}},
		"spec": map[string]any{"schedulerName": "nobody", "containers": []map[string]any{{"name": "main", "image": "example.com/app:v1", "env": env,
			"resources": map[string]any{"requests": map[string]string{"cpu": "100m", "memory": "64Mi"}}}}},
	}
}

// patcher changes pods, at its part of 50 a second.
type patcher struct {
	done, refused int
	took          time.Duration // of all
	last          error         // of those that were refused
}

func (w *patcher) write(ctx context.Context, s *truth, first, writers, pods int) {
	tick := time.NewTicker(time.Duration(writers) * time.Second / 50)
	defer tick.Stop()
	for i := first; ; i += writers {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		at, path := time.Now(), fmt.Sprintf("/api/v1/namespaces/crowd/pods/pod-%05d", i*37%pods)
		a, err := s.ask(ctx, http.MethodPatch, path, map[string]any{"metadata": map[string]any{"annotations": map[string]string{"n": strconv.Itoa(i)}}})
		switch {
		case ctx.Err() != nil:
			return
		case err != nil || a.code != http.StatusOK:
			w.refused++
			w.last = errors.Join(err, fmt.Errorf("%s: %d: %.200s", path, a.code, a.text))
		default:
			w.done++
			w.took += time.Since(at)
		}
	}
}

// checkWritten expects 80 of 100 changes that were to be made. A server that takes
// longer for each than a writer has time is not the dashboard's fault, but what has been
// measured means less then.
func checkWritten(t *testing.T, writers []patcher, lasted time.Duration) {
	t.Helper()
	var sum patcher
	for _, w := range writers {
		sum.done, sum.refused, sum.took, sum.last = sum.done+w.done, sum.refused+w.refused, sum.took+w.took, errors.Join(sum.last, w.last)
	}
	each := sum.took / time.Duration(max(1, sum.done))
	t.Logf("%d changes in %v, each in %v", sum.done, lasted.Round(time.Second), each.Round(100*time.Microsecond))
	if sum.refused > 0 || sum.done == 0 {
		t.Errorf("%d changes are refused: %v", sum.refused, sum.last)
	}
	if wanted := int(50 * lasted.Seconds()); sum.done >= wanted*8/10 {
		return
	} else if each > time.Duration(len(writers))*time.Second/50 {
		t.Logf("the machine is too slow for 50 changes a second")
	} else {
		t.Errorf("%d changes of %d are made", sum.done, wanted)
	}
}

// settled is how many watches there are once no more are opened.
func settled(t *testing.T, s *truth) (n int) {
	t.Helper()
	same := 0
	eventually(t, func() error {
		now := watches(t, s)
		if same++; now != n {
			n, same = now, 0
		}
		if same < 2 {
			return fmt.Errorf("%d watches are not yet all", n)
		}
		return nil
	})
	return n
}

// watches is how many watches the API server serves.
func watches(t *testing.T, s *truth) (sum int) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.base+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+s.token)
	response, err := s.http.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range longRunning.FindAllStringSubmatch(string(text), -1) {
		n, err := strconv.Atoi(line[1])
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	if sum == 0 {
		t.Fatal("the metrics tell of no watch")
	}
	return sum
}

var longRunning = regexp.MustCompile(`(?m)^apiserver_longrunning_requests\{.*verb="WATCH".*\} (\d+)$`)

// dashboard is the program, as a process.
type dashboard struct {
	cmd *exec.Cmd
	url string
}

func startDashboard(t *testing.T, proxy string) *dashboard {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "dashboard")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir = "../../examples/dashboard"
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	cmd := exec.Command(binary, "-addr", "127.0.0.1:0", "-proxy", proxy)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the dashboard's end: %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, url, _ := strings.Cut(strings.TrimSpace(line), ": ")
	return &dashboard{cmd, strings.TrimSuffix(url, "/")}
}

func (d *dashboard) get(t *testing.T, path string) string {
	t.Helper()
	code, text, err := get(t.Context(), d.url+path, "")
	if err != nil || code != http.StatusOK {
		t.Fatalf("%s: %d, %v", path, code, err)
	}
	return text
}

// listen reads the stream of events as long as it wants more, and returns why it ends.
func (d *dashboard) listen(ctx context.Context, more func(tick) bool) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url+"/stream", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var t tick
		if err := json.Unmarshal([]byte(data), &t); err != nil {
			return err
		}
		if !more(t) {
			return nil
		}
	}
	return cmp.Or(lines.Err(), io.ErrUnexpectedEOF)
}

// memory is how many bytes the process takes; 0 on a system that does not tell.
func (d *dashboard) memory(t *testing.T) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kilobytes << 10
		}
	}
	t.Fatalf("it does not say how much it takes: %s", text)
	return 0
}
