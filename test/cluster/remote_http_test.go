package cluster_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/test/cluster"
)

// leadTo has kwok forward ports of a pod, which need not exist yet, to ports of this
// machine.
func leadTo(t *testing.T, c *cluster.Cluster, ns, name string, ports map[int]int) {
	t.Helper()
	type object = map[string]any
	var forwards []object
	for from, to := range ports {
		forwards = append(forwards, object{"ports": []int{from}, "target": object{"port": to, "address": "127.0.0.1"}})
	}
	text, err := json.Marshal(object{"apiVersion": "kwok.x-k8s.io/v1alpha1", "kind": "PortForward",
		"metadata": object{"namespace": ns, "name": name}, "spec": object{"forwards": forwards}})
	do(t, err)
	file, err := os.OpenFile(filepath.Join(c.Dir(), "kwok.yaml"), os.O_APPEND|os.O_WRONLY, 0)
	do(t, err)
	_, err = fmt.Fprintf(file, "\n---\n%s\n", text)
	do(t, errors.Join(err, file.Close()))
	do(t, c.Restart(t.Context(), cluster.Kwok))
}

// R14: a hundred requests to an HTTP server behind a pod's port, some at a time.
func TestRemoteHTTPR14(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
		fmt.Fprint(w, " to ", r.URL.Path)
	}))
	t.Cleanup(server.Close)
	closed, err := strconv.Atoi(freePort(t))
	do(t, err)
	c := start(t, cluster.Options{Nodes: 1})
	ns := "testremotehttpr14"
	leadTo(t, c, ns, "main", map[int]int{80: server.Listener.Addr().(*net.TCPAddr).Port, 81: closed})
	if made, name := runningPod(t, c); made != ns || name != "main" {
		t.Fatal(made, name)
	}
	pod := podAt(t, c.ProxyURL(), ns, "main")

	t.Run("DialContext", func(t *testing.T) {
		leavesNothing(t, func() {
			f, err := pod.PortForward(t.Context())
			do(t, err)
			defer f.Close()
			hundred(t, "http://pod:80", &http.Transport{DialContext: f.DialContext})
		})
	})
	t.Run("Listen", func(t *testing.T) {
		leavesNothing(t, func() {
			f, err := pod.PortForward(t.Context())
			do(t, err)
			defer f.Close()
			l, err := f.Listen("127.0.0.1:0", 80)
			do(t, err)
			hundred(t, "http://"+l.Addr().String(), &http.Transport{})
			do(t, l.Close())
		})
	})
	t.Run("nothing listens", func(t *testing.T) {
		leavesNothing(t, func() { nothingListens(t, pod) })
	})
}

// hundred sends as many requests, from four clients.
func hundred(t *testing.T, url string, transport *http.Transport) {
	t.Helper()
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: patience}
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for j := range 25 {
				path := fmt.Sprintf("/%d/%d", i, j)
				if got, err := posted(client, url+path, "hello"); err != nil || got != "hello to "+path {
					t.Errorf("%s: %q, %v", path, got, err)
				}
			}
		})
	}
	all.Wait()
}

func posted(client *http.Client, url, text string) (string, error) {
	resp, err := client.Post(url, "text/plain", io.LimitReader(constant(text), int64(len(text))))
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

type constant string

func (c constant) Read(p []byte) (int, error) { return copy(p, c), nil }

func nothingListens(t *testing.T, pod items.Pod) {
	f, err := pod.PortForward(t.Context())
	do(t, err)
	defer f.Close()
	conn, err := f.DialContext(t.Context(), "tcp", "pod:81")
	do(t, err)
	refused := func(what string, err error) {
		t.Helper()
		if told, ok := errors.AsType[*kube.PortForwardError](err); !ok || told.Port != 81 || told.Pod != "main" {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err = conn.Read(make([]byte, 1))
	refused("dialled", err)
	l, err := f.Listen("127.0.0.1:0", 81)
	do(t, err)
	client, err := net.Dial("tcp", l.Addr().String())
	do(t, err)
	defer client.Close()
	if _, err := client.Read(make([]byte, 1)); err == nil || err == io.EOF {
		t.Errorf("the client reads %v", err)
	}
	refused("listened", l.Close())
}

// The library takes a server that answers no pings to be dead.
func TestPingsAreAnswered(t *testing.T) {
	t.Parallel()
	ws, ctx := dialPod(t, shared(t), "exec?command=cat&stdin=1&stdout=1", "v5.channel.k8s.io")
	answersPings(t, ctx, ws)
}

func TestPingsAreAnsweredInForwards(t *testing.T) {
	t.Parallel()
	ws, ctx := dialPod(t, shared(t), "portforward", "SPDY/3.1+portforward.k8s.io")
	answersPings(t, ctx, ws)
}

func answersPings(t *testing.T, ctx context.Context, ws *websocket.Conn) {
	t.Helper()
	ctx = discard(ctx, ws)
	for range 3 {
		do(t, ws.Ping(ctx))
	}
}

// discard reads, which pongs need.
func discard(ctx context.Context, ws *websocket.Conn) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		for {
			if _, _, err := ws.Read(ctx); err != nil {
				return
			}
		}
	}()
	return ctx
}

// R04, R14: a proxy that stands still is found out after a minute, by who reads.
func TestRemoteFrozenR04(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a minute")
	}
	t.Parallel()
	c := shared(t)
	ns, name := runningPod(t, c)
	proxy := openProxy(t, c)
	pod := podAt(t, proxy.URL(), ns, name)
	f, err := pod.PortForward(t.Context())
	do(t, err)
	defer f.Close()
	conn, err := f.DialContext(t.Context(), "tcp", "pod:80")
	do(t, err)
	do(t, echoOf(conn, "hello"))
	frozen := make(chan time.Time, 1)
	in, _ := io.Pipe()
	var exec error
	var both sync.WaitGroup
	both.Go(func() {
		exec = pod.Exec(t.Context(), items.Command{Args: shell("echo begun; cat"), Stdin: in, Stdout: &whenTold{then: func() {
			do(t, c.Freeze(proxy.Part()))
			frozen <- time.Now()
		}}})
	})
	_, read := conn.Read(make([]byte, 1))
	both.Wait()
	for what, err := range map[string]error{"exec": exec, "port forward": read} {
		timeout, ok := errors.AsType[net.Error](err)
		if !errors.As(err, new(*kube.UnreachableError)) || !ok || !timeout.Timeout() {
			t.Errorf("%s: %v", what, err)
		}
	}
	if took := time.Since(<-frozen); took < 40*time.Second || took > 90*time.Second {
		t.Errorf("it took %v", took)
	}
}
