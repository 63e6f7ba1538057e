package cluster_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/moby/spdystream"

	"github.com/kubeviews/kube/test/cluster"
)

func TestDeploymentBecomesRunningPods(t *testing.T) {
	c := shared(t)
	ns := namespace(t, c)
	kubectl(t, c, "-n", ns, "create", "deployment", "web", "--image=example.com/web", "--replicas=3")
	kubectl(t, c, "-n", ns, "wait", "--for=condition=Available", "deployment/web", "--timeout=30s")
	got := kubectl(t, c, "-n", ns, "get", "pods", "-l", "app=web", "-o", "jsonpath={.items[*].status.phase}")
	if got != "Running Running Running" {
		t.Errorf("pods are %q", got)
	}
	kubectl(t, c, "-n", ns, "delete", "deployment", "web")
	kubectl(t, c, "-n", ns, "wait", "--for=delete", "pods", "-l", "app=web", "--timeout=30s")
}

func TestJobCompletes(t *testing.T) {
	c := shared(t)
	ns := namespace(t, c)
	kubectl(t, c, "-n", ns, "create", "job", "once", "--image=example.com/once")
	kubectl(t, c, "-n", ns, "wait", "--for=condition=Complete", "job/once", "--timeout=30s")
}

// runningPod makes a Pod in a namespace of the test's own.
func runningPod(t *testing.T, c *cluster.Cluster) (ns, name string) {
	t.Helper()
	ns, name = namespace(t, c), "main"
	if err := c.Apply(t.Context(), pod(ns, name)); err != nil {
		t.Fatal(err)
	}
	kubectl(t, c, "-n", ns, "wait", "--for=condition=Ready", "pod/"+name, "--timeout=30s")
	return ns, name
}

func TestLogs(t *testing.T) {
	c := shared(t)
	ns, name := runningPod(t, c)
	if got := kubectl(t, c, "-n", ns, "logs", name, "--tail=1"); got != "serving\n" {
		t.Errorf("last line is %q", got)
	}
	if got := kubectl(t, c, "-n", ns, "logs", name, "--previous"); got != "stopped\n" {
		t.Errorf("previous log is %q", got)
	}
}

func TestFollowedLogGrowsThroughTheProxy(t *testing.T) {
	c := shared(t)
	ns, name := runningPod(t, c)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	url := fmt.Sprintf("%s/api/v1/namespaces/%s/pods/%s/log?follow=true&tailLines=1", c.ProxyURL(), ns, name)
	request, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	if !lines.Scan() || lines.Text() != "serving" {
		t.Fatalf("first line is %q, %v", lines.Text(), lines.Err())
	}
	appendLine(t, c.PodLog(), time.Now().UTC().Format(time.RFC3339Nano)+" stdout F "+t.Name())
	if !lines.Scan() || lines.Text() != t.Name() {
		t.Fatalf("second line is %q, %v", lines.Text(), lines.Err())
	}
}

func appendLine(t *testing.T, path, line string) {
	t.Helper()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// The next test expects the log as it was.
	t.Cleanup(func() {
		if err := os.WriteFile(path, before, 0o600); err != nil {
			t.Error(err)
		}
	})
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := fmt.Fprintln(file, line); err != nil {
		t.Fatal(err)
	}
}

func TestExec(t *testing.T) {
	c := shared(t)
	ns, name := runningPod(t, c)
	if got := kubectl(t, c, "-n", ns, "exec", name, "--", "echo", "hello"); got != "hello\n" {
		t.Errorf("exec prints %q", got)
	}
	out, err := c.Kubectl(t.Context(), "-n", ns, "exec", name, "--", "sh", "-c", "echo out; echo err >&2; exit 3")
	if out != "out\n" || err == nil {
		t.Fatalf("exec prints %q, %v", out, err)
	}
	for _, want := range []string{"err\n", "exit code 3"} {
		if err := contains(err.Error(), want); err != nil {
			t.Error(err)
		}
	}
}

func TestExecThroughProxy(t *testing.T) {
	c := shared(t)
	ns, name := runningPod(t, c)
	exec := func(server string) (string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		return c.Kubectl(ctx, "--server="+server, "-n", ns, "exec", name, "--", "echo", "hello")
	}
	if out, err := exec(c.ProxyURL()); err == nil || out != "" {
		t.Errorf("a proxy without flags lets exec pass: %q, %v", out, err)
	}
	proxy, err := c.StartProxy(t.Context(), "--reject-paths=^$")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec(proxy.URL()); err != nil || out != "hello\n" {
		t.Errorf("exec through %s prints %q, %v", proxy.URL(), out, err)
	}
	if err := proxy.Stop(); err != nil {
		t.Error(err)
	}
	if pid := c.PID(proxy.Part()); pid != 0 {
		t.Errorf("the stopped proxy runs as %d", pid)
	}
}

func TestPortForwardEchoes(t *testing.T) {
	c := shared(t)
	ns, name := runningPod(t, c)
	ctx, cancel := context.WithCancel(t.Context())
	forward := make(chan error, 1)
	port := freePort(t)
	go func() {
		_, err := c.Kubectl(ctx, "-n", ns, "port-forward", "--address=127.0.0.1", "pod/"+name, port+":80")
		forward <- err
	}()
	eventually(t, func() error { return echo("127.0.0.1:" + port) })
	cancel()
	if err := <-forward; err != nil && ctx.Err() == nil {
		t.Error(err)
	}
}

// dialPod opens a WebSocket below a Pod through a proxy that lets everything pass.
func dialPod(t *testing.T, c *cluster.Cluster, below, subprotocol string) (*websocket.Conn, context.Context) {
	t.Helper()
	proxy, err := c.StartProxy(t.Context(), "--reject-paths=^$")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = proxy.Stop() })
	ns, name := runningPod(t, c)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	url := fmt.Sprintf("%s/api/v1/namespaces/%s/pods/%s/%s", proxy.URL(), ns, name, below)
	ws, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{Subprotocols: []string{subprotocol}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.CloseNow() })
	return ws, ctx
}

// Without stderr, kwok would lose the exit code.
func TestExecReadsStdinToItsEnd(t *testing.T) {
	ws, ctx := dialPod(t, shared(t), "exec?command=sh&command=-c&command=cat%3Bexit%203&stdin=1&stdout=1&stderr=1", "v5.channel.k8s.io")
	for _, message := range []string{"\x00hello", "\xff\x00"} { // the second closes stdin
		if err := ws.Write(ctx, websocket.MessageBinary, []byte(message)); err != nil {
			t.Fatal(err)
		}
	}
	var got string
	for {
		_, message, err := ws.Read(ctx)
		if websocket.CloseStatus(err) == websocket.StatusNormalClosure {
			break
		}
		if err != nil {
			t.Fatalf("after %q: %v", got, err)
		}
		got += string(message)
	}
	if !strings.HasPrefix(got, "\x01\x01hello\x03") || !strings.Contains(got, `{"reason":"ExitCode","message":"3"}`) {
		t.Errorf("exec says %q", got)
	}
}

func TestPortForwardTunnelsInWebSocket(t *testing.T) {
	ws, ctx := dialPod(t, shared(t), "portforward", "SPDY/3.1+portforward.k8s.io")
	connection, err := spdystream.NewConnection(websocket.NetConn(ctx, ws, websocket.MessageBinary), false)
	if err != nil {
		t.Fatal(err)
	}
	go connection.Serve(spdystream.NoOpStreamHandler)
	defer connection.Close()
	stream := func(kind string) *spdystream.Stream {
		headers := http.Header{}
		for name, value := range map[string]string{"streamType": kind, "port": "80", "requestID": "0"} {
			headers.Set(name, value)
		}
		s, err := connection.CreateStream(headers, nil, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.WaitTimeout(patience); err != nil {
			t.Fatal(err)
		}
		return s
	}
	wrong := stream("error")
	data := stream("data")
	defer wrong.Reset()
	defer data.Reset()
	if _, err := io.WriteString(data, "hello\n"); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(data).ReadString('\n')
	if err != nil || line != "hello\n" {
		t.Errorf("echo is %q, %v", line, err)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func echo(address string) error {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	if _, err := io.WriteString(connection, "hello\n"); err != nil {
		return err
	}
	line, err := bufio.NewReader(connection).ReadString('\n')
	if err != nil || line != "hello\n" {
		return fmt.Errorf("echo is %q, %w", line, err)
	}
	return nil
}

func TestDeveloperMayDoWhatIsGranted(t *testing.T) {
	c := shared(t)
	ns := namespace(t, c)
	proxy, err := c.StartProxy(t.Context(), "--context="+cluster.Developer)
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Stop()
	pods := proxy.URL() + "/api/v1/namespaces/" + ns + "/pods"
	code, body, err := get(t.Context(), pods, "")
	if err != nil || code != http.StatusForbidden || !strings.Contains(body, `User \"developer\" cannot list`) {
		t.Errorf("without a role: %d, %v\n%s", code, err, body)
	}
	kubectl(t, c, "-n", ns, "create", "rolebinding", "view", "--clusterrole=view", "--user="+cluster.Developer)
	eventually(t, func() error {
		code, body, err := get(t.Context(), pods, "")
		if code != http.StatusOK {
			return fmt.Errorf("with a role: %d, %w\n%s", code, err, body)
		}
		return nil
	})
}
