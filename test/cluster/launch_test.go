package cluster_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/test/cluster"
)

// kubectlPath is the kubectl that the harness has built.
func kubectlPath(t *testing.T) string {
	t.Helper()
	binaries, err := cluster.Build(t.Context(), t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	return binaries.Kubectl
}

func launch(t *testing.T, c *cluster.Cluster, options ...kube.Option) *kube.Cluster {
	t.Helper()
	own, err := kube.Launch(t.Context(), append([]kube.Option{
		kube.WithKubectl(kubectlPath(t)), kube.WithKubeconfig(c.Kubeconfig()),
	}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { own.Close() })
	return own
}

// proxyOf is the process behind the socket of a cluster that was launched.
func proxyOf(t *testing.T, url string) processID {
	t.Helper()
	socket := strings.TrimPrefix(url, "unix://")
	commands, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range commands {
		command, _ := os.ReadFile(file)
		if !strings.Contains(string(command), "\x00--unix-socket="+socket+"\x00") {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			t.Fatal(err)
		}
		if id, err := identify(pid); err == nil && id.gone() != nil {
			return id
		}
	}
	t.Fatal("no process serves " + socket)
	return processID{}
}

// TestLaunch has real kubectls: the harness's, and the one in PATH, if there is one.
func TestLaunch(t *testing.T) {
	c := shared(t)
	kubectls := []string{kubectlPath(t)}
	if path, err := exec.LookPath("kubectl"); err == nil {
		kubectls = append(kubectls, path)
	}
	for _, path := range kubectls {
		own := launch(t, c, kube.WithKubectl(path))
		for context, name := range map[string]string{"": cluster.Admin, cluster.Developer: cluster.Developer} {
			own := launch(t, c, kube.WithKubectl(path), kube.WithContext(context))
			user, err := own.WhoAmI(t.Context())
			if err != nil || user.Name() != name || !slices.Contains(user.Groups(), "system:authenticated") {
				t.Errorf("context %q is %q in %v, %v", context, user.Name(), user.Groups(), err)
			}
		}
		process, folder := proxyOf(t, own.Proxy().URL()), filepath.Dir(strings.TrimPrefix(own.Proxy().URL(), "unix://"))
		if err := own.Close(); err != nil {
			t.Error(err)
		}
		if _, err := stat(process.PID); err == nil {
			t.Errorf("%s is there after Close", path)
		}
		if _, err := os.Stat(folder); !os.IsNotExist(err) {
			t.Errorf("%s: %v", folder, err)
		}
	}
}

// Without a flag, kubectl proxy refuses exec.
func TestLaunchWithExec(t *testing.T) {
	c := shared(t)
	path := "/api/v1/namespaces/default/pods/none/exec"
	_, err := launch(t, c).Proxy().Post(t.Context(), nil, path)
	if !errors.As(err, new(*kube.ForbiddenError)) {
		t.Errorf("got %v", err)
	}
	if _, err = launch(t, c, kube.WithExec()).Proxy().Post(t.Context(), nil, path); !errors.As(err, new(*kube.NotFoundError)) {
		t.Errorf("got %v", err)
	}
}

func TestLaunchRefused(t *testing.T) {
	for text, option := range map[string]kube.Option{
		`error: context "nobody's" does not exist`:        kube.WithContext("nobody's"),
		`error: stat /nowhere: no such file or directory`: kube.WithKubeconfig("/nowhere"),
	} {
		_, err := kube.Launch(t.Context(), kube.WithKubectl(kubectlPath(t)), option)
		if want := "kube: kubectl proxy does not run: exit status 1: " + text; err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

// A proxy that is killed comes back: reading goes on, and so does a watch.
func TestLaunchSurvives(t *testing.T) {
	t.Parallel()
	c := shared(t)
	own := launch(t, c, kube.WithRetries(10))
	ns := namespace(t, c)
	mirror, err := own.Secrets().In(ns).Mirror(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer mirror.Close()
	do(t, mirror.Synced(t.Context()))
	for i := range 3 {
		before := proxyOf(t, own.Proxy().URL())
		do(t, syscall.Kill(before.PID, syscall.SIGKILL))
		eventually(t, before.gone)
		// Not through the proxy: a POST may meet a connection of the one that was
		// killed, and is rightly not sent twice.
		name := fmt.Sprintf("after-%d", i)
		kubectl(t, c, "-n", ns, "create", "secret", "generic", name)
		_, err := own.Proxy().Get(t.Context(), "api/v1/namespaces", ns, "secrets", name)
		do(t, err)
		eventually(t, func() error {
			if _, ok := mirror.Snapshot().Get(ns, name); !ok {
				return fmt.Errorf("the mirror lacks %s: %+v", name, mirror.Status())
			}
			return nil
		})
	}
}

// launchVariable makes the test program launch a proxy and wait to be killed.
const launchVariable = "KUBE_TEST_LAUNCH"

func TestLaunchChild(t *testing.T) {
	options := strings.Split(os.Getenv(launchVariable), "|")
	if len(options) != 2 {
		t.Skip("this is a program to be killed")
	}
	c, err := kube.Launch(context.Background(), kube.WithKubectl(options[0]), kube.WithKubeconfig(options[1]))
	if err != nil {
		t.Fatal(err)
	}
	// Threads that start a process, and end, must not take the proxy with them.
	fmt.Println(c.Proxy().URL())
	for {
		if _, err := c.Version(context.Background()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
	}
}

// A program that is killed takes its proxy with it; an interrupt from a terminal,
// which goes to its process group, does not reach the proxy before.
func TestLaunchDiesWithItsProgram(t *testing.T) {
	t.Parallel()
	c := shared(t)
	self, err := os.Executable()
	do(t, err)
	kubectls := []string{kubectlPath(t)}
	if path, err := exec.LookPath("kubectl"); err == nil {
		kubectls = append(kubectls, path)
	}
	for _, kubectl := range kubectls {
		program := exec.Command(self, "-test.run=^TestLaunchChild$")
		program.Env = append(os.Environ(), launchVariable+"="+kubectl+"|"+c.Kubeconfig())
		program.Stderr = os.Stderr
		program.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		out, err := program.StdoutPipe()
		do(t, err)
		do(t, program.Start())
		line, err := bufio.NewReader(out).ReadString('\n')
		do(t, err)
		url := strings.TrimSpace(line)
		proxy := proxyOf(t, url)
		group, err := syscall.Getpgid(proxy.PID)
		do(t, err)
		if group == program.Process.Pid {
			t.Error("the proxy is in the group of the program")
		}
		do(t, program.Process.Signal(syscall.SIGKILL))
		eventually(t, proxy.gone)
		_ = program.Wait()
		os.RemoveAll(filepath.Dir(strings.TrimPrefix(url, "unix://"))) // what a killed program leaves
	}
}
