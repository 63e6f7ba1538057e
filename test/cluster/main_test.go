package cluster_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kubeviews/kube/test/cluster"
)

// Most tests share one cluster, which the first of them starts.
var (
	sharedOnce    sync.Once
	sharedCluster *cluster.Cluster
	sharedErr     error
)

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		log.Fatal(child())
	}
	code := m.Run()
	if sharedCluster != nil {
		if err := sharedCluster.Stop(); err != nil {
			log.Print(err)
			code = 1
		}
	}
	os.Exit(code)
}

func shared(t *testing.T) *cluster.Cluster {
	t.Helper()
	sharedOnce.Do(func() {
		begun := time.Now()
		sharedCluster, sharedErr = cluster.Start(t.Context(), cluster.Options{Logf: log.Printf})
		log.Printf("the shared cluster was ready after %s", time.Since(begun).Round(time.Millisecond))
	})
	if sharedErr != nil {
		t.Fatal(sharedErr)
	}
	return sharedCluster
}

// start makes a cluster for one test.
func start(t *testing.T, options cluster.Options) *cluster.Cluster {
	t.Helper()
	options.Logf = t.Logf
	c, err := cluster.Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// patience is for what takes a second or two on an idle machine.
const patience = time.Minute

// eventually polls until try succeeds.
func eventually(t *testing.T, try func() error) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("after %s still: %v", patience, err)
		}
	}
}

func kubectl(t *testing.T, c *cluster.Cluster, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, err := c.Kubectl(ctx, args...)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return out
}

// namespace makes a namespace that is the test's own.
func namespace(t *testing.T, c *cluster.Cluster) string {
	t.Helper()
	name := strings.ToLower(strings.ReplaceAll(t.Name(), "_", "-"))
	kubectl(t, c, "create", "namespace", name)
	return name
}

// get asks a URL, over a unix socket when one is given, and returns code and body.
func get(ctx context.Context, url, socket string) (int, string, error) {
	transport := &http.Transport{DisableKeepAlives: true}
	if socket != "" {
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		}
	}
	request, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		return 0, "", err
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}

// mustGet expects 200.
func mustGet(t *testing.T, url, socket string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	code, body, err := get(ctx, url, socket)
	if err != nil || code != http.StatusOK {
		t.Fatalf("GET %s: %d, %v\n%s", url, code, err, body)
	}
	return body
}

func contains(text, part string) error {
	if !strings.Contains(text, part) {
		return fmt.Errorf("%q is not in:\n%s", part, text)
	}
	return nil
}
