package cluster_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/test/cluster"
)

func connected(t *testing.T, url string, options ...kube.Option) *kube.Cluster {
	t.Helper()
	k, err := kube.NewCluster(append([]kube.Option{kube.WithURL(url)}, options...)...)
	do(t, err)
	t.Cleanup(func() { k.Close() })
	return k
}

// podAt is a pod as it is seen through a proxy.
func podAt(t *testing.T, url, ns, name string, options ...kube.Option) items.Pod {
	t.Helper()
	pod, err := connected(t, url, options...).Pods().In(ns).Fetch(t.Context(), name)
	do(t, err)
	return pod
}

// openProxy lets exec pass.
func openProxy(t *testing.T, c *cluster.Cluster, flags ...string) *cluster.Proxy {
	t.Helper()
	p := proxy(t, c, append([]string{"--reject-paths=^$"}, flags...)...)
	t.Cleanup(func() { _ = p.Stop() })
	return p
}

// leavesNothing calls f, and waits until no goroutine is left that it has started,
// and so no socket that one of them has.
func leavesNothing(t *testing.T, f func()) {
	t.Helper()
	pprof.Do(t.Context(), pprof.Labels("left by", t.Name()), func(context.Context) { f() })
	eventually(t, func() error {
		var all strings.Builder
		if err := pprof.Lookup("goroutine").WriteTo(&all, 1); err != nil {
			return err
		}
		if strings.Contains(all.String(), fmt.Sprintf("%q:%q", "left by", t.Name())) {
			return errors.New("goroutines are left:\n" + all.String())
		}
		return nil
	})
}

// whenTold calls a function with the first output.
type whenTold struct {
	bytes.Buffer
	once sync.Once
	then func()
}

func (w *whenTold) Write(p []byte) (int, error) {
	w.once.Do(w.then)
	return w.Buffer.Write(p)
}

func shell(script string) []string { return []string{"sh", "-c", script} }

// R04: exec through a real kubectl proxy, API server and kubelet's streaming code.
func TestRemoteExecR04(t *testing.T) {
	t.Parallel()
	c := shared(t)
	ns, name := runningPod(t, c)
	do(t, c.Apply(t.Context(), pod(ns, "gone")))
	gone := podAt(t, c.ProxyURL(), ns, "gone")
	kubectl(t, c, "-n", ns, "delete", "pod", "gone", "--grace-period=0", "--force")
	socket := filepath.Join(t.TempDir(), "proxy")
	openProxy(t, c, "--unix-socket="+socket)
	for way, url := range map[string]string{"tcp": openProxy(t, c).URL(), "unix": "unix://" + socket} {
		t.Run(way, func(t *testing.T) {
			pod := podAt(t, url, ns, name)
			t.Run("streams and exit code", func(t *testing.T) { execStreams(t, pod) })
			t.Run("talk", func(t *testing.T) { leavesNothing(t, func() { execTalk(t, pod) }) })
			t.Run("cancelled", func(t *testing.T) { leavesNothing(t, func() { execCancelled(t, pod) }) })
			t.Run("refused", func(t *testing.T) {
				execRefused(t, c, pod, kube.Bind(connected(t, url), gone))
			})
		})
	}
}

func execStreams(t *testing.T, pod items.Pod) {
	var out, complaint bytes.Buffer
	err := pod.Exec(t.Context(), items.Command{Args: shell("echo out; echo err >&2; exit 3"), Stdout: &out, Stderr: &complaint})
	exit, ok := errors.AsType[*kube.ExitError](err)
	if !ok || exit.Code != 3 || exit.Pod != pod.Name() || exit.Command != "sh" || out.String() != "out\n" || complaint.String() != "err\n" {
		t.Errorf("%q, %q, %v", &out, &complaint, err)
	}
	_, err = pod.Output(t.Context(), shell("echo why >&2; exit 4")...)
	if exit, ok := errors.AsType[*kube.ExitError](err); !ok || exit.Code != 4 || string(exit.Stderr) != "why\n" {
		t.Errorf("its own words: %v", err)
	}
	err = pod.Exec(t.Context(), items.Command{Args: shell("exit 5"), Stdout: io.Discard})
	if exit, ok := errors.AsType[*kube.ExitError](err); !ok || exit.Code != 5 {
		t.Errorf("without stderr: %v", err)
	}
	do(t, pod.Exec(t.Context(), items.Command{Args: []string{"true"}, TTY: true, Stdout: io.Discard}))
}

// execTalk writes a line when the one before it has come back.
func execTalk(t *testing.T, pod items.Pod) {
	in, typing := io.Pipe()
	read, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- pod.Exec(t.Context(), items.Command{Args: []string{"cat"}, Stdin: in, Stdout: out})
		out.Close()
	}()
	for _, line := range []string{"one\n", "two\n", strings.Repeat("three", 20_000) + "\n"} {
		go func() { _, _ = io.WriteString(typing, line) }()
		back := make([]byte, len(line))
		if _, err := io.ReadFull(read, back); err != nil || string(back) != line {
			t.Fatalf("%.20q came back as %.20q, %v", line, back, err)
		}
	}
	do(t, typing.Close())
	if rest, err := io.ReadAll(read); len(rest) > 0 || err != nil {
		t.Errorf("then came %q, %v", rest, err)
	}
	do(t, <-ended)
}

func execCancelled(t *testing.T, pod items.Pod) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	in, typing := io.Pipe()
	go func() { _, _ = typing.Write([]byte("x")) }()
	err := pod.Exec(ctx, items.Command{Args: []string{"cat"}, Stdin: in, Stdout: &whenTold{then: cancel}})
	if !errors.Is(err, context.Canceled) || !errors.As(err, new(kube.Error)) {
		t.Errorf("got %v", err)
	}
}

func execRefused(t *testing.T, c *cluster.Cluster, pod, gone items.Pod) {
	_, err := pod.Output(t.Context(), "no-such-program")
	if !errors.As(err, new(*kube.APIError)) || errors.As(err, new(*kube.ExitError)) || !strings.Contains(err.Error(), "executable file not found") {
		t.Errorf("no such program: %v", err)
	}
	err = pod.Exec(t.Context(), items.Command{Args: []string{"true"}, Container: "none"})
	is[*kube.InvalidError](t, "no such container", 400, err)
	is[*kube.NotFoundError](t, "no such pod", 404, gone.Exec(t.Context(), items.Command{Args: []string{"true"}}))
	closed := podAt(t, c.ProxyURL(), pod.Namespace(), pod.Name())
	err = closed.Exec(t.Context(), items.Command{Args: []string{"true"}})
	is[*kube.ForbiddenError](t, "a proxy without the flag", 403, err)
	if !strings.Contains(err.Error(), "--reject-paths='^$'") {
		t.Errorf("the flag is not named: %v", err)
	}
}

// R04: an exec whose connection is cut is an error, whatever cuts it.
func TestRemoteExecCutR04(t *testing.T) {
	t.Parallel()
	c := shared(t)
	ns, name := runningPod(t, c)
	for how, cut := range map[string]func(*cluster.Proxy, *cluster.Wire){
		"killed proxy": func(p *cluster.Proxy, _ *cluster.Wire) { do(t, c.Kill(p.Part())) },
		"FIN":          func(_ *cluster.Proxy, w *cluster.Wire) { w.Cut(cluster.FIN) },
		"RST":          func(_ *cluster.Proxy, w *cluster.Wire) { w.Cut(cluster.RST) },
	} {
		t.Run(how, func(t *testing.T) {
			proxy := openProxy(t, c)
			w := newWire(t, proxy.URL())
			pod := podAt(t, w.URL(), ns, name)
			leavesNothing(t, func() {
				in, _ := io.Pipe()
				out := &whenTold{then: func() { cut(proxy, w) }}
				err := pod.Exec(t.Context(), items.Command{Args: shell("echo begun; cat; echo ended"), Stdin: in, Stdout: out})
				if !errors.As(err, new(*kube.UnreachableError)) || errors.As(err, new(*kube.ExitError)) || out.String() != "begun\n" {
					t.Errorf("%q, %v", out.String(), err)
				}
			})
		})
	}
}

// R04: of a log that is cut, what came is told, and then that it was cut.
func TestRemoteLogCutR04(t *testing.T) {
	c := shared(t)
	ns, name := runningPod(t, c)
	w := newWire(t, c.ProxyURL())
	read := func() (text string, err error) {
		pod := podAt(t, c.ProxyURL(), ns, name)
		log := connected(t, w.URL(), kube.WithRetries(0)) // on a connection of its own
		for line, e := range kube.Bind(log, pod).Logs(t.Context()) {
			if e != nil {
				return text, e
			}
			if text += line.Text; !line.Partial {
				text += "\n"
			}
		}
		return text, nil
	}
	whole, err := read()
	do(t, err)
	size, middles := w.Counts().Down, 0
	for n := int64(0); n < size; n += 3 {
		w.CutNext(n, cluster.FIN)
		text, err := read()
		if !errors.As(err, new(*kube.UnreachableError)) || !strings.HasPrefix(whole, text) {
			t.Fatalf("cut behind %d bytes of %d: %q, %v", n, size, text, err)
		}
		if text != "" && !strings.HasSuffix(text, "\n") {
			middles++
		}
	}
	if middles == 0 {
		t.Error("no cut was in the middle of a line")
	}
}

// R04, R14: who may look at pods may not run programs in them, or reach their ports.
func TestRemoteForbiddenR04(t *testing.T) {
	t.Parallel()
	c := shared(t)
	ns, name := runningPod(t, c)
	grant(t, c, cluster.Rule{Namespace: ns, Resource: "pods", Verbs: []string{"get"}})
	pod := podAt(t, openProxy(t, c, "--context="+cluster.Developer).URL(), ns, name)
	_, err := pod.Output(t.Context(), "true")
	_, forward := pod.PortForward(t.Context())
	_, log := pod.LogStream(t.Context())
	for what, err := range map[string]error{"pods/exec": err, "pods/portforward": forward, "pods/log": log} {
		is[*kube.ForbiddenError](t, what, 403, err)
		if !strings.Contains(err.Error(), what) || strings.Contains(err.Error(), "--reject-paths") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// R14: half-close, and cuts, through a forward to an echo.
func TestRemoteForwardR14(t *testing.T) {
	t.Parallel()
	c := shared(t)
	ns, name := runningPod(t, c)
	w := newWire(t, c.ProxyURL())
	pod := podAt(t, w.URL(), ns, name)
	opened := func() (*items.PortForward, net.Conn) {
		f, err := pod.PortForward(t.Context())
		do(t, err)
		conn, err := f.DialContext(t.Context(), "tcp", "pod:80")
		do(t, err)
		return f, conn
	}
	t.Run("half-close", func(t *testing.T) {
		leavesNothing(t, func() {
			f, conn := opened()
			defer f.Close()
			text := strings.Repeat("x\x00\xff\n", 50_000)
			go func() {
				_, _ = io.WriteString(conn, text)
				_ = conn.(interface{ CloseWrite() error }).CloseWrite()
			}()
			if back, err := io.ReadAll(conn); string(back) != text || err != nil {
				t.Errorf("%d bytes, %v", len(back), err)
			}
		})
	})
	for how, end := range map[string]cluster.End{"FIN": cluster.FIN, "RST": cluster.RST} {
		t.Run(how, func(t *testing.T) {
			leavesNothing(t, func() {
				f, conn := opened()
				defer f.Close()
				do(t, echoOf(conn, "hello"))
				w.Cut(end)
				if n, err := conn.Read(make([]byte, 1)); n != 0 || !errors.As(err, new(*kube.UnreachableError)) {
					t.Errorf("%d bytes, %v", n, err)
				}
				again, err := f.DialContext(t.Context(), "tcp", "pod:80")
				do(t, err)
				do(t, echoOf(again, "hello again"))
			})
		})
	}
	t.Run("listener", func(t *testing.T) {
		leavesNothing(t, func() { listenerCut(t, pod, w) })
	})
}

// listenerCut wants a client not to take a cut for an end.
func listenerCut(t *testing.T, pod items.Pod, w *cluster.Wire) {
	f, err := pod.PortForward(t.Context())
	do(t, err)
	defer f.Close()
	told := make(chan error, 1)
	l, err := f.Listen("127.0.0.1:0", 80, items.OnError(func(err error) { told <- err }))
	do(t, err)
	client, err := net.Dial("tcp", l.Addr().String())
	do(t, err)
	defer client.Close()
	do(t, echoOf(client, "hello"))
	w.Cut(cluster.FIN)
	if n, err := client.Read(make([]byte, 1)); n != 0 || err == nil || err == io.EOF {
		t.Errorf("the client reads %d bytes, %v", n, err)
	}
	if err := <-told; !errors.As(err, new(*kube.UnreachableError)) {
		t.Errorf("told: %v", err)
	}
	do(t, l.Close())
}

// R14: a connection whose node is gone ends, though the API server still answers.
func TestRemoteForwardNodeGoneR14(t *testing.T) {
	t.Parallel()
	c := start(t, cluster.Options{Nodes: 1})
	ns, name := runningPod(t, c)
	f, err := podAt(t, c.ProxyURL(), ns, name).PortForward(t.Context())
	do(t, err)
	defer f.Close()
	conn, err := f.DialContext(t.Context(), "tcp", "pod:80")
	do(t, err)
	do(t, echoOf(conn, "hello"))
	do(t, c.Kill(cluster.Kwok))
	begun := time.Now()
	do(t, conn.SetReadDeadline(begun.Add(time.Minute)))
	if n, err := conn.Read(make([]byte, 1)); n != 0 || !errors.As(err, new(*kube.UnreachableError)) {
		t.Errorf("%d bytes, %v after %v", n, err, time.Since(begun))
	}
	t.Logf("it ended after %v", time.Since(begun))
}

func echoOf(conn net.Conn, text string) error {
	if _, err := io.WriteString(conn, text); err != nil {
		return err
	}
	back := make([]byte, len(text))
	if _, err := io.ReadFull(conn, back); err != nil {
		return err
	}
	return contains(string(back), text)
}
