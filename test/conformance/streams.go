package conformance

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
)

// Streams are what the tests of logs, exec and port forwards need to know.
type Streams struct {
	// ExecURL is where exec passes, as kube.WithURL takes it; "" where it passes
	// nowhere. At the URL of the Environment it does not pass, unless both are one.
	ExecURL string
	// SetUp prepares a pod that runs: its log is any text with several lines, and
	// port 80 is an echo. Nil where all pods are so.
	SetUp func(namespace, pod, container string)
}

func streamTests() map[string]func(*place) {
	return map[string]func(*place){
		"R04 logs":                    logs,
		"R04 logs that there are not": noLogs,
		"R04 logs followed":           followed,
		"R04 exec":                    executed,
		"R04 exec is rejected":        rejected,
		"R04 exec is cancelled":       cancelled,
		"R14 port forward":            forwarded,
		"R14 port forward, no pod":    forwardedNowhere,
		"R14 port forward, listen":    listening,
	}
}

// live makes a pod that runs, or seems to.
func (p *place) live(name string) items.Pod {
	p.Helper()
	spec := running()
	if !p.env.Lives {
		spec["nodeName"] = "node-0"
	}
	pod := must[items.Pod](p)(p.cluster.Pods().In(p.namespace).Create(p.ctx, p.pod(name, spec)))
	if p.env.Streams.SetUp != nil {
		p.env.Streams.SetUp(p.namespace, name, "main")
	}
	if !p.env.Lives {
		return pod
	}
	p.eventually(func() error {
		pod = must[items.Pod](p)(pod.Fetch(p.ctx))
		if phase, err := pod.Phase(); err != nil || phase != kinds.PodRunning {
			return unexpected("the phase", phase)
		}
		return nil
	})
	return pod
}

// written puts a log together again.
func written(p *place, pod items.Pod, options ...items.LogOption) string {
	p.Helper()
	var b strings.Builder
	for line, err := range pod.Logs(p.ctx, options...) {
		p.must(err)
		b.WriteString(line.Text)
		if !line.Partial {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func logs(p *place) {
	pod := p.live("one")
	judge := func(query string) string {
		return string(p.send("GET", p.path("v1", "pods", "one", "log")+query, "", nil))
	}
	whole := judge("")
	if strings.Count(whole, "\n") < 2 {
		p.Fatalf("the log is %q", whole)
	}
	same(p, "the log", written(p, pod), whole)
	same(p, "of the container", written(p, pod, items.InContainer("main")), whole)
	same(p, "the tail", written(p, pod, items.Tail(1)), judge("?tailLines=1"))
	same(p, "no tail", written(p, pod, items.Tail(0)), "")
	same(p, "limited", written(p, pod, items.LimitBytes(3)), whole[:3])
	same(p, "of the last hour", written(p, pod, items.Since(time.Hour)), judge("?sinceSeconds=3600"))
	same(p, "since then", written(p, pod, items.SinceTime(time.Now().Add(-time.Hour))), whole)
	all := pod.Logs(p.ctx)
	for range 2 {
		n := 0
		for range all {
			n++
		}
		same(p, "lines", n, strings.Count(whole, "\n"))
	}
	for line, err := range pod.Logs(p.ctx, items.Timestamps(), items.Tail(1)) {
		p.must(err)
		stamp, text, _ := strings.Cut(strings.TrimSuffix(judge("?tailLines=1&timestamps=true"), "\n"), " ")
		at := must[time.Time](p)(time.Parse(time.RFC3339Nano, stamp))
		same(p, "the time", line.Time, at)
		same(p, "the text", line.Text, text)
	}
	stream := must[io.ReadCloser](p)(pod.LogStream(p.ctx))
	text, err := io.ReadAll(stream)
	p.must(errors.Join(err, stream.Close()))
	same(p, "the stream", string(text), whole)
}

func noLogs(p *place) {
	pod := p.live("one")
	first := func(pod items.Pod, options ...items.LogOption) error {
		for _, err := range pod.Logs(p.ctx, options...) {
			return err
		}
		return nil
	}
	refused[*kube.InvalidError](p, "no such container", first(pod, items.InContainer("none")))
	for what, option := range map[string]items.LogOption{
		"tail": items.Tail(-1), "limit": items.LimitBytes(0), "since": items.Since(-time.Second),
		"since when": items.SinceTime(time.Time{}), "container": items.InContainer("../x"), "none": nil,
	} {
		refused[*kube.ArgumentError](p, what, first(pod, option))
	}
	refused[*kube.ArgumentError](p, "two starts", first(pod, items.Since(time.Hour), items.SinceTime(time.Now())))
	refused[*kube.ArgumentError](p, "the zero item", first(items.Pod{}))
	p.send("DELETE", p.path("v1", "pods", "one")+"?gracePeriodSeconds=0", "", nil)
	p.eventually(func() error { return p.gone(p.path("v1", "pods", "one")) })
	refused[*kube.NotFoundError](p, "a pod that is gone", first(pod))
}

// followed breaks out of a log that has no end, and cancels one.
func followed(p *place) {
	pod := p.live("one")
	for line, err := range pod.Logs(p.ctx, items.Follow()) {
		p.must(err)
		if line.Text != "" {
			break
		}
	}
	ctx, cancel := context.WithCancel(p.ctx)
	var last error
	for _, err := range pod.Logs(ctx, items.Follow()) {
		cancel()
		last = err
	}
	same(p, "cancelled", errors.Is(last, context.Canceled), true)
	refused[kube.Error](p, "cancelled", last)
	cancel()
}

// execPod is a pod at a place where exec passes.
func (p *place) execPod() items.Pod {
	p.Helper()
	if p.env.Streams.ExecURL == "" {
		p.Skip("exec does not pass anywhere")
	}
	return kube.Bind(p.open(kube.WithURL(p.env.Streams.ExecURL)), p.live("one"))
}

func executed(p *place) {
	pod := p.execPod()
	out := must[[]byte](p)(pod.Output(p.ctx, "echo", "a b", "$c"))
	same(p, "the output", string(out), "a b $c\n")
	text := strings.Repeat("binary\x00\xff\r\n", 50_000)
	var back bytes.Buffer
	p.must(pod.Exec(p.ctx, items.Command{Args: []string{"cat"}, Container: "main", Stdin: strings.NewReader(text), Stdout: &back}))
	same(p, "what came back", back.String() == text, true)
	p.must(pod.Exec(p.ctx, items.Command{Args: []string{"true"}}))
	_, err := pod.Output(p.ctx, "false")
	exit := refused[*kube.ExitError](p, "false", err)
	same(p, "the exit code", exit.Code, 1)
	same(p, "the pod", exit.Pod, "one")
	refused[*kube.InvalidError](p, "no such container", pod.Exec(p.ctx, items.Command{Args: []string{"true"}, Container: "none"}))
	for what, bad := range map[string]items.Command{
		"no program": {}, "an empty one": {Args: []string{""}}, "zero": {Args: []string{"a\x00"}},
		"a terminal's errors": {Args: []string{"cat"}, TTY: true, Stderr: io.Discard},
		"a size of nothing":   {Args: []string{"cat"}, Sizes: make(chan items.TerminalSize)},
	} {
		refused[*kube.ArgumentError](p, what, pod.Exec(p.ctx, bad))
	}
	if _, err := pod.Output(p.ctx, "no-such-program"); err == nil {
		p.Error("a program that is not there has run")
	} else {
		refused[kube.Error](p, "no such program", err)
	}
}

func rejected(p *place) {
	if p.env.Streams.ExecURL == p.env.URL {
		p.Skip("exec passes")
	}
	_, err := p.live("one").Output(p.ctx, "true")
	e := refused[*kube.ForbiddenError](p, "exec", err)
	if !strings.Contains(e.Error(), "--reject-paths='^$'") {
		p.Errorf("the error names no way out: %v", e)
	}
}

// cancelled has an input that never ends.
func cancelled(p *place) {
	pod := p.execPod()
	ctx, cancel := context.WithCancel(p.ctx)
	input, write := io.Pipe()
	go func() { _, _ = write.Write([]byte("hello")) }()
	err := pod.Exec(ctx, items.Command{Args: []string{"cat"}, Stdin: input, Stdout: onWrite(cancel)})
	same(p, "cancelled", errors.Is(err, context.Canceled), true)
	refused[kube.Error](p, "cancelled", err)
}

type onWrite func()

func (f onWrite) Write(b []byte) (int, error) {
	f()
	return len(b), nil
}

// echoed sends a text through a connection.
func echoed(p *place, c io.ReadWriteCloser, text string) {
	p.Helper()
	defer c.Close()
	go func() { _, _ = io.WriteString(c, text) }()
	back := make([]byte, len(text))
	_, err := io.ReadFull(c, back)
	p.must(err)
	same(p, "the echo", string(back) == text, true)
}

func forwarded(p *place) {
	f := must[*items.PortForward](p)(p.live("one").PortForward(p.ctx))
	defer f.Close()
	for range 3 {
		c, err := f.DialContext(p.ctx, "tcp", "pod:80")
		p.must(err)
		echoed(p, c, strings.Repeat("x\x00\xff\n", 20_000))
	}
	for _, address := range []string{"pod", "pod:", "pod:http", "pod:0", "pod:65536", "pod:-1"} {
		_, err := f.DialContext(p.ctx, "tcp", address)
		refused[*kube.ArgumentError](p, address, err)
	}
	_, err := f.DialContext(p.ctx, "udp", "pod:80")
	refused[*kube.ArgumentError](p, "udp", err)
	c, err := f.DialContext(p.ctx, "tcp", "pod:80")
	p.must(err)
	p.must(f.Close())
	if _, err := c.Read(make([]byte, 1)); err == nil || err == io.EOF {
		p.Errorf("a closed forward is read: %v", err)
	}
	p.must(f.Close())
	_, err = f.DialContext(p.ctx, "tcp", "pod:80")
	refused[kube.Error](p, "a closed forward", err)
}

func forwardedNowhere(p *place) {
	pod := p.live("one")
	p.send("DELETE", p.path("v1", "pods", "one")+"?gracePeriodSeconds=0", "", nil)
	p.eventually(func() error { return p.gone(p.path("v1", "pods", "one")) })
	_, err := pod.PortForward(p.ctx)
	refused[*kube.NotFoundError](p, "a pod that is gone", err)
	same(p, "the code", must404(err), http.StatusNotFound)
}

func must404(err error) int {
	if e, ok := errors.AsType[*kube.APIError](err); ok {
		return e.Code
	}
	return 0
}

func listening(p *place) {
	f := must[*items.PortForward](p)(p.live("one").PortForward(p.ctx))
	defer f.Close()
	_, err := f.Listen("0.0.0.0:0", 80)
	refused[*kube.ArgumentError](p, "all addresses", err)
	_, err = f.Listen("127.0.0.1:0", 0)
	refused[*kube.ArgumentError](p, "no port", err)
	l, err := f.Listen("127.0.0.1:0", 80)
	p.must(err)
	for range 3 {
		c := must[io.ReadWriteCloser](p)(dialed(p.ctx, l.Addr().String()))
		echoed(p, c, strings.Repeat("x\x00\xff\n", 20_000))
	}
	p.must(l.Close())
	if _, err := dialed(p.ctx, l.Addr().String()); err == nil {
		p.Error("a closed listener listens")
	}
}

func dialed(ctx context.Context, address string) (io.ReadWriteCloser, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", address)
}
