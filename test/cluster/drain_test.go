package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/test/cluster"
	"github.com/kubeviews/kube/views"
)

// TestDrainR14 has a cluster of its own, because it cordons nodes.
func TestDrainR14(t *testing.T) {
	t.Parallel()
	c := start(t, cluster.Options{})
	library, err := kube.NewCluster(kube.WithURL(c.ProxyURL()))
	do(t, err)
	defer library.Close()
	t.Run("MovesADeployment", func(t *testing.T) { drainMoves(t, c, library) })
	t.Run("BlockedByABudget", func(t *testing.T) { drainBlocked(t, c, library) })
}

// deploy runs replicas of web, of which a budget keeps so many. A drain may begin
// when the budget's controller has counted them.
func deploy(t *testing.T, c *cluster.Cluster, ns string, replicas, keep int) {
	t.Helper()
	kubectl(t, c, "-n", ns, "create", "deployment", "web", "--image=example.com/web", fmt.Sprintf("--replicas=%d", replicas))
	kubectl(t, c, "-n", ns, "create", "pdb", "web", "--selector=app=web", fmt.Sprintf("--min-available=%d", keep))
	kubectl(t, c, "-n", ns, "wait", "--for=condition=Available", "deployment/web", "--timeout=30s")
	kubectl(t, c, "-n", ns, "wait", fmt.Sprintf("--for=jsonpath={.status.currentHealthy}=%d", replicas), "pdb/web", "--timeout=30s")
}

// podsOn are the names of the pods of web on a node.
func podsOn(t *testing.T, c *cluster.Cluster, ns, node string) []string {
	t.Helper()
	return strings.Fields(kubectl(t, c, "-n", ns, "get", "pods", "-l", "app=web", "--field-selector=spec.nodeName="+node, "-o", "jsonpath={.items[*].metadata.name}"))
}

// drainMoves drains a node of all pods of a deployment, of which only one may be away
// at a time: the next may go when the one before is ready elsewhere, which it cannot be
// before the drain has told that it is blocked.
func drainMoves(t *testing.T, c *cluster.Cluster, library *kube.Cluster) {
	const ns = "moves"
	kubectl(t, c, "create", "namespace", ns)
	kubectl(t, c, "cordon", "node-1")
	deploy(t, c, ns, 3, 2)
	free := sync.OnceFunc(func() { kubectl(t, c, "uncordon", "node-1") })
	defer free()
	node, err := library.Nodes().Fetch(t.Context(), "node-0")
	do(t, err)
	defer kubectl(t, c, "uncordon", "node-0")
	before := podsOn(t, c, ns, "node-0")
	if len(before) != 3 {
		t.Fatalf("on the node are %v", before)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var evicted []string
	blocked := 0
	how := items.Drain{Pods: views.Labels("app=web"), Progress: func(p items.DrainProgress) {
		switch p.Step {
		case items.DrainEvicted:
			evicted = append(evicted, p.Pod.Name())
		case items.DrainBlocked:
			if blocked++; !strings.Contains(fmt.Sprint(p.Err), "disruption budget") {
				t.Errorf("%v is blocked by %v", p.Pod, p.Err)
			}
			free()
		}
	}}
	next, err := node.Drain(ctx, how)
	do(t, err)
	if on, err := next.Unschedulable(); !on || err != nil {
		t.Errorf("it is cordoned: %t, %v", on, err)
	}
	if left := podsOn(t, c, ns, "node-0"); len(left) != 0 {
		t.Errorf("these are left: %v", left)
	}
	slices.Sort(evicted)
	if !slices.Equal(evicted, before) || blocked == 0 {
		t.Errorf("evicted are %v of %v, blocked was %d times", evicted, before, blocked)
	}
	kubectl(t, c, "-n", ns, "rollout", "status", "deployment/web", "--timeout=30s")
	if moved := podsOn(t, c, ns, "node-1"); len(moved) != 3 {
		t.Errorf("on the other node are %v", moved)
	}
}

// drainBlocked is ended while the budget lets none go, and says so.
func drainBlocked(t *testing.T, c *cluster.Cluster, library *kube.Cluster) {
	const ns = "blocked"
	kubectl(t, c, "create", "namespace", ns)
	kubectl(t, c, "cordon", "node-0")
	defer kubectl(t, c, "uncordon", "node-0")
	deploy(t, c, ns, 1, 1)
	pods := podsOn(t, c, ns, "node-1")
	if len(pods) != 1 {
		t.Fatalf("on the node are %v", pods)
	}
	node, err := library.Nodes().Fetch(t.Context(), "node-1")
	do(t, err)
	defer kubectl(t, c, "uncordon", "node-1")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err = node.Drain(ctx, items.Drain{Pods: views.Labels("app=web"), Progress: func(p items.DrainProgress) {
		var busy *kube.TooManyRequestsError
		if p.Step == items.DrainBlocked && errors.As(p.Err, &busy) {
			cancel()
		}
	}})
	var late *kube.WaitError
	if !errors.As(err, &late) || !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if want := ns + "/" + pods[0] + " (The disruption budget web "; !strings.Contains(late.Last, want) {
		t.Errorf("got %q, not %q", late.Last, want)
	}
	if left := podsOn(t, c, ns, "node-1"); !slices.Equal(left, pods) {
		t.Errorf("these are left: %v", left)
	}
}
