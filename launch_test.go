//go:build unix

package kube_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/kubetest"
	"github.com/kubeviews/kube/watch"
)

// fakeURL makes the test program a kubectl proxy to the server at that URL.
const fakeURL = "KUBE_TEST_KUBECTL_PROXY_TO"

// TestFakeKubectl is no test, but the fake kubectl.
func TestFakeKubectl(t *testing.T) {
	to, err := url.Parse(os.Getenv(fakeURL))
	if err != nil || to.Host == "" {
		t.Skip("this is the fake kubectl")
	}
	for _, arg := range os.Args {
		if socket, ok := strings.CutPrefix(arg, "--unix-socket="); ok {
			ln, err := net.Listen("unix", socket)
			if err != nil {
				t.Fatal(err)
			}
			proxy := httputil.NewSingleHostReverseProxy(to)
			proxy.FlushInterval = -1
			t.Fatal(http.Serve(ln, proxy))
		}
	}
}

// script is a kubectl that is a shell script, in a folder of its own.
func script(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubectl")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+strings.Join(lines, "\n")+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// fakeKubectl serves the server at a URL, and notes its pid and its arguments.
func fakeKubectl(t *testing.T, to string) (path, notes string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	notes = filepath.Join(t.TempDir(), "notes")
	return script(t,
		`echo $$ "$@" >>`+notes,
		`echo noise; echo noise >&2`,
		fakeURL+"="+to+" exec "+self+" -test.run='^TestFakeKubectl$' -test.timeout=0 -- \"$@\"",
	), notes
}

type note struct {
	pid   int
	flags string
}

func notesOf(t *testing.T, path string) (all []note) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		pid, flags, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, err := strconv.Atoi(pid)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, note{n, flags})
	}
	return all
}

// shortTemp has folders for sockets made where the test can look.
func shortTemp(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "k")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	t.Setenv("TMPDIR", dir)
	return dir
}

func folders(t *testing.T, dir string) int {
	t.Helper()
	all, err := filepath.Glob(dir + "/kube-*")
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

func launched(t *testing.T, options ...kube.Option) *kube.Cluster {
	t.Helper()
	c, err := kube.Launch(t.Context(), options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestLaunch(t *testing.T) {
	srv := kubetest.NewServer(t)
	temp := shortTemp(t)
	kubectl, notes := fakeKubectl(t, srv.URL())
	c := launched(t, kube.WithKubectl(kubectl), kube.WithKubeconfig("/a b"), kube.WithContext("x"), kube.WithExec(), kube.WithUserAgent("me"))
	if _, err := c.Namespaces().Fetch(t.Context(), "default"); err != nil {
		t.Error(err)
	}
	if agent := srv.Requests()[0].Header.Get("User-Agent"); agent != "me" {
		t.Errorf("the server saw %s", agent)
	}
	socket := strings.TrimPrefix(c.Proxy().URL(), "unix://")
	proxy := notesOf(t, notes)[0]
	if want := "proxy --unix-socket=" + socket + " --kubeconfig=/a b --context=x --reject-paths=^$"; proxy.flags != want {
		t.Errorf("got  %s\nwant %s", proxy.flags, want)
	}
	info, err := os.Stat(filepath.Dir(socket))
	if err != nil || info.Mode().Perm() != 0o700 || filepath.Dir(filepath.Dir(socket)) != temp {
		t.Errorf("got %v, %v", info, err)
	}
	if group, err := syscall.Getpgid(proxy.pid); err != nil || group != proxy.pid {
		t.Errorf("an interrupt goes to %d, %v", group, err)
	}
	variant, err := c.With(kube.WithRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	variant.Close()
	if _, err := c.Version(t.Context()); err != nil {
		t.Errorf("closing a variant ends the proxy: %v", err)
	}
	for range 2 {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		// Signal 0 finds a zombie, too.
		if err := syscall.Kill(proxy.pid, 0); err != syscall.ESRCH {
			t.Errorf("the proxy is there: %v", err)
		}
		if n := folders(t, temp); n != 0 {
			t.Errorf("%d folders are left", n)
		}
	}
	if _, err := c.Version(t.Context()); err != kube.ErrClosed {
		t.Errorf("got %v", err)
	}
}

// What the caller's context bounds is the start.
func TestLaunchOutlivesItsContext(t *testing.T) {
	srv := kubetest.NewServer(t)
	kubectl, _ := fakeKubectl(t, srv.URL())
	ctx, cancel := context.WithCancel(t.Context())
	c, err := kube.Launch(ctx, kube.WithKubectl(kubectl))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	cancel()
	if _, err := c.Version(t.Context()); err != nil {
		t.Error(err)
	}
}

// A proxy that is killed is started again, for requests that wait meanwhile, also
// those that change something, and for a watch.
func TestLaunchRestarts(t *testing.T) {
	srv := kubetest.NewServer(t)
	shortTemp(t)
	kubectl, notes := fakeKubectl(t, srv.URL())
	c := launched(t, kube.WithKubectl(kubectl), kube.WithRetries(20))
	w, err := c.Namespaces().Watch(t.Context(), watch.StateFirst())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	appears := func(name string) {
		t.Helper()
		for {
			e, err := w.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if e.Item.Name() == name {
				return
			}
		}
	}
	appears("default")
	for i := range 2 {
		if err := syscall.Kill(notesOf(t, notes)[i].pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("n%d", i)
		manifest := map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name}}
		for {
			// One that was on its way when the proxy died is nobody's to repeat.
			_, err := c.Create(t.Context(), "", manifest)
			if err == nil || errors.As(err, new(*kube.AlreadyExistsError)) {
				break
			}
			if !errors.As(err, new(*kube.UnreachableError)) {
				t.Fatal(err)
			}
		}
		appears(name)
	}
	if n := len(notesOf(t, notes)); n != 3 {
		t.Errorf("%d proxies", n)
	}
}

// Why a proxy does not come back is in the errors.
func TestLaunchKeepsDying(t *testing.T) {
	srv := kubetest.NewServer(t)
	shortTemp(t)
	kubectl, notes := fakeKubectl(t, srv.URL())
	c := launched(t, kube.WithKubectl(kubectl), kube.WithRetries(0))
	if err := os.WriteFile(kubectl+".new", []byte("#!/bin/sh\necho 'the fuel is gone' >&2; exit 3\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(kubectl+".new", kubectl); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(notesOf(t, notes)[0].pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	var failed *kube.LaunchError
	for failed == nil || failed.Stderr != "the fuel is gone" {
		_, err := c.Version(t.Context())
		if err == nil {
			continue // it is dying
		}
		if !errors.As(err, new(*kube.UnreachableError)) {
			t.Fatal(err)
		}
		if errors.As(err, &failed) && !strings.HasSuffix(err.Error(), failed.Err.Error()+": "+failed.Stderr) {
			t.Errorf("got %v", err)
		}
	}
	if exit := (*exec.ExitError)(nil); !errors.As(failed, &exit) || exit.ExitCode() != 3 {
		t.Errorf("got %v", failed)
	}
	failed.Stderr = "overwritten"
	if _, err := c.Version(t.Context()); strings.Contains(err.Error(), "overwritten") {
		t.Errorf("got %v", err)
	}
	c.Close()
}

func TestLaunchFails(t *testing.T) {
	temp := shortTemp(t)
	for name, test := range map[string]struct {
		kubectl string
		want    string // after "kube: kubectl proxy does not run: "
	}{
		"absent":    {"/nowhere/kubectl", "exec: \"/nowhere/kubectl\": stat /nowhere/kubectl: no such file or directory"},
		"refuses":   {script(t, `echo "error: context \"x\" does not exist" >&2`, `exit 1`), "exit status 1: error: context \"x\" does not exist"},
		"is fine":   {script(t, `exit 0`), "it has ended"},
		"is silent": {script(t, `echo hm >&2`, `exec sleep 600`), "no answer in time: hm"},
		"disobeys":  {script(t, `trap "" TERM`, `while :; do sleep 600; done`), "no answer in time"},
		"chatters": {script(t, `i=0; while [ $i -lt 3000 ]; do echo "line $i" >&2; i=$((i+1)); done`, `exit 1`),
			"exit status 1: line 2990\nline 2991\nline 2992\nline 2993\nline 2994\nline 2995\nline 2996\nline 2997\nline 2998\nline 2999"},
		"quotes": {script(t, `printf 'GET https://me:pw@host: Bearer abc, "token": "t", \033[1mred\377\n' >&2; exit 1`),
			`exit status 1: GET https://***host: Bearer *** "token": ***  [1mred` + "\uFFFD"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := kube.Launch(t.Context(), kube.WithKubectl(test.kubectl), kube.WithTimeout(300*time.Millisecond))
			var failed *kube.LaunchError
			if c != nil || !errors.As(err, &failed) || !errors.As(err, new(kube.Error)) {
				t.Fatalf("got %v", err)
			}
			if got := strings.TrimPrefix(err.Error(), "kube: kubectl proxy does not run: "); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if failed.Kubectl != test.kubectl {
				t.Errorf("got %+v", failed)
			}
			if n := folders(t, temp); n != 0 {
				t.Errorf("%d folders are left", n)
			}
		})
	}
	t.Setenv("PATH", temp)
	if _, err := kube.Launch(t.Context()); !errors.Is(err, exec.ErrNotFound) ||
		err.Error() != `kube: kubectl proxy does not run: exec: "kubectl": executable file not found in $PATH` {
		t.Errorf("got %v", err)
	}
}

func TestLaunchCancelled(t *testing.T) {
	temp := shortTemp(t)
	ctx, cancel := context.WithCancel(t.Context())
	kubectl := script(t, `exec sleep 600`)
	time.AfterFunc(50*time.Millisecond, cancel)
	for range 2 { // meanwhile, and before
		var failed *kube.LaunchError
		if _, err := kube.Launch(ctx, kube.WithKubectl(kubectl)); !errors.As(err, &failed) || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	if n := folders(t, temp); n != 0 {
		t.Errorf("%d folders are left", n)
	}
}

func TestLaunchArguments(t *testing.T) {
	for text, option := range map[string]kube.Option{
		`kube: bad option "WithURL": Launch starts a proxy, and knows where it is`:            kube.WithURL("http://localhost:1"),
		`kube: bad option "WithInsecureRemote": Launch starts a proxy, and knows where it is`: kube.WithInsecureRemote(),
		`kube: bad option "WithCompression": Launch starts a proxy, and knows where it is`:    kube.WithCompression(true),
		`kube: bad context name "a\x00": must not have zero bytes`:                            kube.WithContext("a\x00"),
		`kube: bad kubeconfig "a\x00": must not have zero bytes`:                              kube.WithKubeconfig("a\x00"),
		`kube: bad kubectl "\x00": must not have zero bytes`:                                  kube.WithKubectl("\x00"),
		`kube: bad timeout "0s": must be positive`:                                            kube.WithTimeout(0),
	} {
		if c, err := kube.Launch(t.Context(), option); c != nil || err == nil || err.Error() != text {
			t.Errorf("got  %v\nwant %s", err, text)
		}
	}
	//lint:ignore SA1012 a nil context is what is tested
	if _, err := kube.Launch(nil); !errors.As(err, new(*kube.ArgumentError)) {
		t.Errorf("got %v", err)
	}
	for name, option := range map[string]kube.Option{
		"WithContext": kube.WithContext("x"), "WithKubeconfig": kube.WithKubeconfig("x"), "WithKubectl": kube.WithKubectl("x"), "WithExec": kube.WithExec(),
	} {
		if _, err := kube.NewCluster(option); err == nil || err.Error() != fmt.Sprintf("kube: bad option %q: only Launch takes it", name) {
			t.Errorf("got %v", err)
		}
	}
}

// Where the folder for temporary files has a long name, the socket is elsewhere.
func TestLaunchFarDown(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	kubectl, _ := fakeKubectl(t, srv.URL)
	deep := filepath.Join(t.TempDir(), strings.Repeat("x", 100))
	if err := os.Mkdir(deep, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", deep)
	c := launched(t, kube.WithKubectl(kubectl))
	if _, err := c.Version(t.Context()); !errors.As(err, new(*kube.NotFoundError)) {
		t.Errorf("got %v", err)
	}
	if n := folders(t, deep); n != 0 {
		t.Errorf("%d folders are there", n)
	}
}
