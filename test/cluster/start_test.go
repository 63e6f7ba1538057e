package cluster_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube/test/cluster"
)

func TestBothProxiesServe(t *testing.T) {
	c := shared(t)
	for name, body := range map[string]string{
		"TCP":         mustGet(t, c.ProxyURL()+"/version", ""),
		"unix socket": mustGet(t, "http://localhost/version", c.ProxySocket()),
	} {
		if err := contains(body, `"gitVersion": "v1.36.`); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNodesAreReady(t *testing.T) {
	got := kubectl(t, shared(t), "get", "nodes", "-o", `jsonpath={range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status} {.spec.taints}{"\n"}{end}`)
	if want := "node-0 True \nnode-1 True \n"; got != want {
		t.Errorf("nodes are\n%swant\n%s", got, want)
	}
}

func TestTwoClustersSideBySide(t *testing.T) {
	one, two := shared(t), start(t, cluster.Options{Nodes: -1})
	kubectl(t, one, "create", "namespace", "only-one")
	if got := kubectl(t, one, "get", "namespace", "only-one", "-o", "name"); got != "namespace/only-one\n" {
		t.Errorf("the first cluster says %q", got)
	}
	_, err := two.Kubectl(t.Context(), "get", "namespace", "only-one")
	if err == nil || !strings.Contains(err.Error(), "NotFound") {
		t.Errorf("the second cluster says %v, want NotFound", err)
	}
	if got := kubectl(t, two, "get", "nodes", "-o", "name"); got != "" {
		t.Errorf("the second cluster has nodes: %s", got)
	}
}

func TestStopLeavesNothing(t *testing.T) {
	c := start(t, cluster.Options{})
	processes, err := processesOf(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := allGone(processes); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(c.Dir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is left: %v", err)
	}
	if err := c.Stop(); err != nil {
		t.Errorf("second Stop: %v", err)
	}
	if err := c.Restart(t.Context(), cluster.Etcd); err == nil {
		t.Error("a stopped cluster restarts its etcd")
	}
}

func TestNothingBeyondLoopback(t *testing.T) {
	c := shared(t)
	processes, err := processesOf(c)
	if err != nil {
		t.Fatal(err)
	}
	listening := 0
	for _, p := range processes {
		for _, s := range socketsOf(t, p.PID) {
			if !s.local.Addr().IsLoopback() || !s.listens && !s.remote.Addr().IsLoopback() {
				t.Errorf("process %d has a %s socket %v to %v", p.PID, s.table, s.local, s.remote)
			}
			if s.listens {
				listening++
			}
		}
	}
	// etcd has two; apiserver, controllers, scheduler, kwok and a proxy have one each.
	if listening < 7 {
		t.Errorf("found only %d listening sockets: the test does not see them all", listening)
	}
}

func TestNobodyElseReadsTheFolder(t *testing.T) {
	dir := shared(t).Dir()
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o700 {
		t.Errorf("mode of %s is %o", dir, mode)
	}
}

func TestPartThatFailsIsNamedWithItsLog(t *testing.T) {
	_, err := cluster.Start(t.Context(), cluster.Options{
		Flags: map[cluster.Part][]string{cluster.APIServer: {"--no-such-flag"}},
	})
	failed, ok := errors.AsType[*cluster.PartError](err)
	if !ok {
		t.Fatalf("error is %v", err)
	}
	if failed.Part != cluster.APIServer {
		t.Errorf("part is %s", failed.Part)
	}
	for _, want := range []string{"kube-apiserver", "exit status 1", "unknown flag: --no-such-flag"} {
		if err := contains(err.Error(), want); err != nil {
			t.Error(err)
		}
	}
}

func TestStartThatIsGivenUpLeavesNothing(t *testing.T) {
	if _, err := cluster.Build(t.Context(), t.Logf); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", t.TempDir())
	// Some time within the start of etcd or the API server.
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if _, err := cluster.Start(ctx, cluster.Options{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v", err)
	}
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v, %v", left, err)
	}
}

func TestBareClusterStoresAndServes(t *testing.T) {
	t.Parallel()
	c := start(t, cluster.Options{Bare: true, Nodes: 3})
	if got, want := c.Parts(), []cluster.Part{cluster.Etcd, cluster.APIServer, cluster.ProxyTCP}; !slices.Equal(got, want) {
		t.Errorf("parts are %v, want %v", got, want)
	}
	if socket := c.ProxySocket(); socket != "" {
		t.Errorf("it has a socket %s", socket)
	}
	if err := c.Kill(cluster.Kwok); err == nil {
		t.Error("what never ran is killed")
	}
	kubectl(t, c, "create", "configmap", "one", "--from-literal=a=b")
	body := mustGet(t, c.ProxyURL()+"/api/v1/namespaces/default/configmaps/one", "")
	if err := contains(body, `"a": "b"`); err != nil && contains(body, `"a":"b"`) != nil {
		t.Error(err)
	}
}
