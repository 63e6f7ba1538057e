package cluster_test

import (
	"bufio"
	"context"
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
// server's, and pages must stay current. How long pages take and how much memory the
// dashboard has is told, not tested.
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
	alone := watches(t, s)

	ctx, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for range 10 {
		readers.Go(func() { page.listen(ctx) })
	}
	readers.Go(func() { churn(ctx, t, s, pods) })
	took := map[string][]time.Duration{}
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); {
		for _, path := range []string{"/pods", "/pods?page=100", "/pods?sort=-age", "/pods?q=99&labels=team+in+(a,b)", "/"} {
			at := time.Now()
			page.get(t, path)
			took[path] = append(took[path], time.Since(at))
		}
	}
	if n := watches(t, s); n > alone {
		t.Errorf("ten readers made %d watches of %d", n, alone)
	}
	stop()
	readers.Wait()
	for path, all := range took {
		slices.Sort(all)
		t.Logf("%-34s median %v of %d", path, all[len(all)/2].Round(100*time.Microsecond), len(all))
	}
	t.Logf("%d pods, 50 changes a second: the dashboard takes %s", pods, page.memory(t))
	s.must(t, http.MethodPatch, "/api/v1/namespaces/crowd/pods/pod-00007", map[string]any{"metadata": map[string]any{"labels": map[string]string{"last": "seen"}}}, 200)
	eventually(t, func() error { return contains(page.get(t, "/pods/crowd/pod-00007"), "last=seen") })
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

// churn changes 50 pods a second.
func churn(ctx context.Context, t *testing.T, s *truth, pods int) {
	tick := time.NewTicker(time.Second / 50)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		path := fmt.Sprintf("/api/v1/namespaces/crowd/pods/pod-%05d", i*37%pods)
		_, err := s.ask(ctx, http.MethodPatch, path, map[string]any{"metadata": map[string]any{"annotations": map[string]string{"n": strconv.Itoa(i)}}})
		if err != nil && ctx.Err() == nil {
			t.Log(err)
		}
	}
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

// listen reads the stream of events, as a page does.
func (d *dashboard) listen(ctx context.Context) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url+"/stream", nil)
	if err != nil {
		return
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
}

// memory is what the process takes.
func (d *dashboard) memory(t *testing.T) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid))
	if err != nil {
		return "memory that this system does not tell"
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			return strings.TrimSpace(rest)
		}
	}
	return "?"
}
