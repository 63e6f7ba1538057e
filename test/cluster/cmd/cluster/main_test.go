package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/kubeviews/kube/test/cluster"
)

// commandVariable makes the test program be the command itself, and its server too.
const commandVariable = "KUBE_TEST_CLUSTER_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(commandVariable) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// command runs the command with a state of its own, and returns what it printed.
func command(t *testing.T, cache string, args ...string) (out string, code int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), commandVariable+"=1", "KUBE_TEST_CACHE="+cache)
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		t.Error(err)
		return "", -1
	}
	return string(text), cmd.ProcessState.ExitCode()
}

// borrowedCache has the programs of the real cache, but not the cluster that somebody
// may have running there.
func borrowedCache(t *testing.T) string {
	t.Helper()
	if _, err := cluster.Build(t.Context(), t.Logf); err != nil {
		t.Fatal(err)
	}
	whole, err := cluster.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	sets, err := filepath.Glob(filepath.Join(whole, "*-*"))
	if err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir()
	for _, set := range sets {
		if err := os.Symlink(set, filepath.Join(cache, filepath.Base(set))); err != nil {
			t.Fatal(err)
		}
	}
	return cache
}

// addresses are what a user copies from the output.
func addresses(t *testing.T, out string) (proxyURL, kubeconfig string) {
	t.Helper()
	found := regexp.MustCompile(`(?s)proxy URL: +(\S+)\n.*unix socket: +\S+\n.*kubeconfig: +(\S+)\n`).FindStringSubmatch(out)
	if found == nil {
		t.Fatalf("no addresses in:\n%s", out)
	}
	return found[1], found[2]
}

func version(proxyURL string) error {
	response, err := http.Get(proxyURL + "/version")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("GET /version: %s", response.Status)
	}
	return nil
}

func TestLifeOfACluster(t *testing.T) {
	cache := borrowedCache(t)
	if out, code := command(t, cache, "status"); code != exitNotRunning {
		t.Errorf("status before: %d\n%s", code, out)
	}
	out, code := command(t, cache, "start", "-nodes=1")
	t.Cleanup(func() { command(t, cache, "stop") })
	if code != 0 || !strings.Contains(out, "cluster stop") {
		t.Fatalf("start: %d\n%s", code, out)
	}
	proxyURL, kubeconfig := addresses(t, out)
	// start has ended; its cluster has not.
	if err := version(proxyURL); err != nil {
		t.Error(err)
	}

	out, code = command(t, cache, "start")
	again, _ := addresses(t, out)
	if code != 0 || again != proxyURL || !strings.Contains(out, "running already") {
		t.Errorf("second start: %d\n%s", code, out)
	}
	out, code = command(t, cache, "status")
	if code != 0 || !strings.Contains(out, "kube-apiserver") || strings.Contains(out, "ended") {
		t.Errorf("status: %d\n%s", code, out)
	}

	if out, code := command(t, cache, "stop"); code != 0 || out != "stopped\n" {
		t.Errorf("stop: %d\n%s", code, out)
	}
	if err := version(proxyURL); err == nil {
		t.Error("the proxy serves after stop")
	}
	if _, err := os.Stat(filepath.Dir(kubeconfig)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is left: %v", err)
	}
	if out, code := command(t, cache, "stop"); code != 0 {
		t.Errorf("second stop: %d\n%s", code, out)
	}
}

func TestTwoStartsAtOnceMakeOneCluster(t *testing.T) {
	cache := borrowedCache(t)
	t.Cleanup(func() { command(t, cache, "stop") })
	outs := make(chan string, 2)
	for range 2 {
		go func() {
			out, code := command(t, cache, "start", "-nodes=-1")
			if code != 0 {
				t.Errorf("start: %d", code)
			}
			outs <- out
		}()
	}
	one, _ := addresses(t, <-outs)
	two, _ := addresses(t, <-outs)
	if one != two {
		t.Errorf("there are two clusters: %s and %s", one, two)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"begin"}, {"start", "-pods=3"}} {
		if out, code := command(t, t.TempDir(), args...); code != exitUsage {
			t.Errorf("cluster %v: %d\n%s", args, code, out)
		}
	}
}
