package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kubeviews/kube/test/cluster"
)

func TestKillAndRestart(t *testing.T) {
	c := start(t, cluster.Options{Nodes: 1})
	for _, name := range []cluster.Part{cluster.Etcd, cluster.APIServer, cluster.Kwok, cluster.ProxyTCP, cluster.ProxyUnix} {
		t.Run(string(name), func(t *testing.T) {
			ns := strings.ToLower(string(name))
			kubectl(t, c, "create", "namespace", ns)
			before, err := identify(c.PID(name))
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Kill(name); err != nil {
				t.Fatal(err)
			}
			if err := before.gone(); err != nil {
				t.Error(err)
			}
			if pid := c.PID(name); pid != 0 {
				t.Errorf("a killed part has pid %d", pid)
			}
			if err := c.Kill(name); err == nil {
				t.Error("it is killed twice")
			}
			if err := c.Restart(t.Context(), name); err != nil {
				t.Fatal(err)
			}
			// The same addresses, and nothing lost.
			path := "/api/v1/namespaces/" + ns
			eventually(t, func() error { return gotten(t, c.ProxyURL()+path, "") })
			eventually(t, func() error { return gotten(t, "http://localhost"+path, c.ProxySocket()) })
		})
	}
}

func gotten(t *testing.T, url, socket string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	code, body, err := get(ctx, url, socket)
	if err != nil {
		return err
	}
	if code != http.StatusOK {
		return fmt.Errorf("GET %s: %d\n%s", url, code, body)
	}
	return nil
}

func TestAPIServerDown(t *testing.T) {
	c := start(t, cluster.Options{Nodes: -1})
	if err := c.Kill(cluster.APIServer); err != nil {
		t.Fatal(err)
	}
	code, body, err := get(t.Context(), c.ProxyURL()+"/version", "")
	if err != nil || code != http.StatusInternalServerError || !strings.Contains(body, "connection refused") {
		t.Errorf("the proxy answers %d, %v\n%s", code, err, body)
	}
}

func TestFreezeAndThaw(t *testing.T) {
	c := shared(t)
	consistent := c.ProxyURL() + "/api/v1/secrets"
	for _, name := range []cluster.Part{cluster.Etcd, cluster.APIServer, cluster.ProxyTCP} {
		t.Run(string(name), func(t *testing.T) {
			if err := c.Freeze(name); err != nil {
				t.Fatal(err)
			}
			defer c.Thaw(name)
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			if code, _, err := get(ctx, consistent, ""); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("frozen, it answers %d, %v", code, err)
			}
			if c.PID(name) == 0 {
				t.Error("a frozen part counts as ended")
			}
			if err := c.Thaw(name); err != nil {
				t.Fatal(err)
			}
			eventually(t, func() error { return gotten(t, consistent, "") })
		})
	}
}

func TestTerminate(t *testing.T) {
	c := shared(t)
	if err := c.Terminate(cluster.Scheduler); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := c.Wait(ctx, cluster.Scheduler); err != nil {
		t.Fatal(err)
	}
	if err := c.Freeze(cluster.Scheduler); err == nil {
		t.Error("a part that has ended is frozen")
	}
	if err := c.Restart(t.Context(), cluster.Scheduler); err != nil {
		t.Fatal(err)
	}
}

func TestUnknownPart(t *testing.T) {
	if err := shared(t).Kill("kube-proxy"); err == nil {
		t.Error("a part that does not exist is killed")
	}
}
