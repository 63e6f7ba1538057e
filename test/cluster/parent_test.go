package cluster_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/kubeviews/kube/test/cluster"
)

// childVariable makes the test program do what child says instead.
const childVariable = "KUBE_TEST_CLUSTER_CHILD"

// child starts a cluster, and in it what is hardest to end: a command that a container
// runs, one that it left behind, and one that setsid has cut loose besides.
// Then it tells which processes there are, and waits to be killed.
func child() error {
	ctx := context.Background()
	c, err := cluster.Start(ctx, cluster.Options{Nodes: 1})
	if err != nil {
		return err
	}
	processes, err := processesOf(c)
	if err != nil {
		return err
	}
	if err := c.Apply(ctx, pod("default", "sleeper")); err != nil {
		return err
	}
	if _, err := c.Kubectl(ctx, "wait", "--for=condition=Ready", "pod/sleeper"); err != nil {
		return err
	}
	for _, command := range []string{
		"sleep 600 </dev/null >/dev/null 2>&1 & echo $!",
		"setsid sleep 600 </dev/null >/dev/null 2>&1 & echo $!",
	} {
		out, err := c.Kubectl(ctx, "exec", "sleeper", "--", "sh", "-c", command)
		if err != nil {
			return err
		}
		pid, err := strconv.Atoi(strings.TrimSpace(out))
		if err != nil {
			return err
		}
		id, err := identify(pid)
		if err != nil {
			return err
		}
		processes = append(processes, id)
	}
	if err := json.NewEncoder(os.Stdout).Encode(processes); err != nil {
		return err
	}
	_, err = c.Kubectl(ctx, "exec", "sleeper", "--", "sleep", "600")
	return fmt.Errorf("was not killed: %w", err)
}

func TestDiesWithItsParent(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	parent := exec.Command(self)
	parent.Env = append(os.Environ(), childVariable+"=1")
	parent.Stderr = os.Stderr
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	defer parent.Wait()
	defer parent.Process.Kill()
	var processes []processID
	if err := json.NewDecoder(out).Decode(&processes); err != nil {
		t.Fatal(err)
	}
	// Seven parts with a leash each, and two commands.
	if len(processes) != 16 {
		t.Errorf("the parent tells of %d processes", len(processes))
	}
	for _, p := range processes {
		if p.gone() == nil {
			t.Errorf("process %d has ended before its parent", p.PID)
		}
	}
	if err := parent.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error { return allGone(processes) })
}

func TestPartDiesWithItsLeash(t *testing.T) {
	c := shared(t)
	part, err := identify(c.PID(cluster.Scheduler))
	if err != nil {
		t.Fatal(err)
	}
	// Our own child, which only the harness asks how it ended; nobody else has its pid.
	leash, err := parentOf(part.PID)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(leash, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, part.gone)
	if err := c.Restart(t.Context(), cluster.Scheduler); err != nil {
		t.Fatal(err)
	}
}

func pod(namespace, name string) string {
	return fmt.Sprintf(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": %q, "name": %q},
		"spec": {"containers": [{"name": "main", "image": "example.com/main"}]}}`, namespace, name)
}
