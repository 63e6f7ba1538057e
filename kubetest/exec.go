package kubetest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Exec is one run of a program in a container, as a client asked for it.
type Exec struct {
	Namespace, Pod, Container string

	Command []string // empty for an attach
	TTY     bool

	// Stdin ends when the client closes it; a client that sends none has an empty
	// one. It fails with [io.ErrUnexpectedEOF] when the client is gone.
	Stdin io.Reader
	// Stdout and Stderr go to the client, or nowhere when it did not ask. With a
	// TTY they are the same. Writing fails when the client is gone.
	Stdout, Stderr io.Writer
	// Sizes are those of the client's terminal. It is closed from the start
	// without a TTY, and otherwise at the end.
	Sizes <-chan Size

	ctx context.Context
}

// Size is that of a terminal, in characters.
type Size struct{ Width, Height uint16 }

// Context ends when the client is gone, the connection is cut or the server
// stops. The program shall end then: [Server.Close] waits for it.
func (e Exec) Context() context.Context { return e.ctx }

// SetExec sets what every exec runs. The function's result is the exit code of
// the program; a negative one says that it could not be started, as one that is
// not in the image. Without a function, or with nil, there are echo, cat, true
// and false, and no other program.
//
// The filter of "kubectl proxy" refuses exec: see [WithOpenProxy]. The protocols
// are v5.channel.k8s.io and v4.channel.k8s.io over WebSocket.
func (s *Server) SetExec(program func(Exec) int) {
	s.remote.mu.Lock()
	defer s.remote.mu.Unlock()
	s.remote.exec = program
}

// SetAttach sets what a client meets that attaches to a container. Without a
// function, or with nil, it sees what is appended to the container's log, until
// that ends.
func (s *Server) SetAttach(program func(Exec) int) {
	s.remote.mu.Lock()
	defer s.remote.mu.Unlock()
	s.remote.attach = program
}

func (c *call) exec() error {
	c.srv.remote.mu.Lock()
	program := c.srv.remote.exec
	c.srv.remote.mu.Unlock()
	if program == nil {
		program = runBuiltin
	}
	return c.runRemote(func(string) func(Exec) int { return program })
}

func (c *call) attach() error {
	c.srv.remote.mu.Lock()
	program := c.srv.remote.attach
	c.srv.remote.mu.Unlock()
	return c.runRemote(func(container string) func(Exec) int {
		if program == nil {
			return c.srv.showLog(c.srv.logs.end(c.ns, c.name, container))
		}
		return program
	})
}

const (
	channelsV5 = "v5.channel.k8s.io"
	channelsV4 = "v4.channel.k8s.io"
)

// runRemote checks the request as the API server does, upgrades it and runs the
// program, which is found before the client is answered.
func (c *call) runRemote(find func(container string) func(Exec) int) error {
	if err := c.mayConnect(); err != nil {
		return err
	}
	rev, container, err := c.remoteContainer()
	if err != nil {
		return err
	}
	if err := c.mayUpgrade(); err != nil {
		return err
	}
	protocol, ok := c.subprotocol(channelsV5, channelsV4)
	if !ok {
		c.w.WriteHeader(http.StatusForbidden)
		return nil
	}
	refusal := c.refusal(rev.doc, container)
	if protocol == channelsV4 && refusal != nil {
		return c.plainText(refusal.code, refusal.text)
	}
	program := find(container)
	ws := c.upgrade(protocol)
	if ws == nil {
		return nil
	}
	defer ws.end()
	ch := c.openChannels(ws, protocol)
	defer ch.done()
	if refusal != nil {
		ch.fail("unable to upgrade connection: " + strings.TrimSpace(refusal.text))
		return nil
	}
	e := c.execution(container, ch)
	ch.exit(program(e), e.Command)
	return nil
}

func (c *call) remoteContainer() (*revision, string, error) {
	rev := c.podRevision()
	if rev == nil {
		return nil, "", notFound(c.res, c.name)
	}
	container, err := c.container(rev.doc)
	if err != nil {
		return nil, "", err
	}
	rev, err = c.streamedPod()
	return rev, container, err
}

// refused is a kubelet's answer in place of an upgrade.
type refused struct {
	code int
	text string
}

func (c *call) refusal(doc map[string]any, container string) *refused {
	if status := containerStatus(doc, container); status != nil && mapAt(status, "state", "running") == nil && len(mapAt(status, "state")) > 0 {
		return &refused{http.StatusInternalServerError, fmt.Sprintf("container not found (%q)", container)}
	}
	for _, stream := range []string{"stdin", "stdout", "stderr"} {
		if truthy(c.query, stream) && !(stream == "stderr" && truthy(c.query, "tty")) {
			return nil
		}
	}
	return &refused{http.StatusBadRequest, "you must specify at least 1 of stdin, stdout, stderr\n"}
}

// containerStatus finds what the kubelet says about a container, or nil.
func containerStatus(doc map[string]any, container string) map[string]any {
	for _, list := range []string{"containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"} {
		for _, e := range listAt(doc, "status", list) {
			if status := asMap(e); text(status, "name") == container {
				return status
			}
		}
	}
	return nil
}

func (c *call) execution(container string, ch *channels) Exec {
	e := Exec{
		Namespace: c.ns, Pod: c.name, Container: container, TTY: ch.tty,
		Stdin: ch.stdin, Stdout: ch.output(stdoutChannel, "stdout"), Stderr: ch.output(stderrChannel, "stderr"),
		Sizes: ch.sizes, ctx: ch.ws.ctx,
	}
	if c.sub == "exec" {
		e.Command = slices.Clone(c.query["command"])
	}
	if ch.tty {
		e.Stderr = e.Stdout
	}
	return e
}
