package items

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/kubeviews/kube/internal/remote"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/meta"
	"github.com/kubeviews/kube/raw"
)

// TerminalSize is the size of a terminal, in characters.
type TerminalSize = remote.Size

// Command is a program to run in a container, and what it reads and writes.
type Command struct {
	// Args are the program and its arguments. No shell reads them.
	Args []string
	// Container may be "" in a pod that has one, or that names a default one.
	Container string
	// Stdin is what the program reads. With nil it has no input.
	Stdin io.Reader
	// Stdout and Stderr take what the program writes; with nil, nobody does. They
	// are called by the goroutine of Exec, one at a time, and what they do not
	// take holds the program up.
	Stdout, Stderr io.Writer
	// TTY gives the program a terminal: all that it writes comes in Stdout, and
	// Stderr must be nil.
	TTY bool
	// Sizes tells the sizes of the terminal, the first one first. Only with TTY.
	Sizes <-chan TerminalSize
}

// Exec runs a program in a container of the pod, and returns nil when it has
// ended with exit code 0. It needs a kubectl proxy that lets exec pass: one that
// was started with --reject-paths='^$', or by kube.Launch with kube.WithExec.
//
//	err := pod.Exec(ctx, items.Command{Args: []string{"tar", "x"}, Stdin: archive, Stderr: os.Stderr})
//
// Possible errors: *ArgumentError; *ExitError for another exit code; *APIError, of
// which *NotFoundError when the pod is gone, *InvalidError for a container that it
// does not have, and *ForbiddenError when the user may not, or kubectl proxy
// rejects exec; *UnreachableError when the connection ended before the server has
// told how the program did: it may still run. Errors of Stdin, Stdout and Stderr
// end the call and are wrapped.
//
// The server can be wrong about success. An API server of Kubernetes 1.36 that loses
// the node's kubelet in the midst of a program says that it ended well, which this
// side cannot tell from the truth. Where that matters, have the program write a mark
// as its last output, once all went well, and look whether it came.
//
// A program may be silent for as long as it likes. That
// the connection's other side stands still shows after a minute, because it answers
// no pings then: as an *UnreachableError that is a net.Error of a timeout, too.
// While there is much input that has not been taken, it is waited for 15 minutes.
//
// When ctx is done, the connection is closed at once, and the error wraps that of
// ctx. Whether the program ends then is up to it: its output has nowhere to go.
//
// When Exec returns, nothing of it runs any more. A Read of Stdin that waits is
// interrupted, by SetReadDeadline if Stdin has it, or else by Close, but that an
// *os.File is not closed. Where neither works, as on a terminal, the Read is left
// to itself, and what it reads is lost. A Write that waits is waited for.
//
// It is run in the pod of the name: also in another which took it.
func (p Pod) Exec(ctx context.Context, c Command) error {
	t, err := p.target("exec")
	if err == nil {
		t.Request.Query, err = c.query()
	}
	if err != nil {
		return err
	}
	return remote.Exec(ctx, t, remote.Streams{Stdin: c.Stdin, Stdout: c.Stdout, Stderr: c.Stderr, TTY: c.TTY, Sizes: c.Sizes})
}

// Output runs a program in the pod's only, or default, container, and returns what
// it wrote to its standard output. Errors are those of Exec; an *ExitError has the
// end of what the program wrote to its standard error. More output than
// kube.WithMaxObject allows is a *SizeError: Exec has no such bound.
func (p Pod) Output(ctx context.Context, args ...string) ([]byte, error) {
	if err := p.d.reachable(); err != nil {
		return nil, err
	}
	out := &bounded{most: p.d.origin.conn.Limits().MaxObject}
	var complaint ending
	err := p.Exec(ctx, Command{Args: args, Stdout: out, Stderr: &complaint})
	if exit, ok := errors.AsType[*rest.ExitError](err); ok {
		exit.Stderr = complaint.text()
	}
	return out.Bytes(), err
}

// target is a subresource of the pod.
func (p Pod) target(subresource string) (remote.Target, error) {
	if err := p.d.reachable(); err != nil {
		return remote.Target{}, err
	}
	return remote.Target{
		Conn:        p.d.origin.conn,
		Request:     rest.Request{Verb: http.MethodGet, Path: p.d.path(p.d.origin.groupVersion, subresource)},
		Timeout:     p.d.origin.conn.Limits().Timeout,
		Subresource: subresource, Namespace: p.Namespace(), Pod: p.Name(),
	}, nil
}

func (c Command) query() (url.Values, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	q := url.Values{"command": c.Args}
	if c.Container != "" {
		q.Set("container", c.Container)
	}
	for name, wanted := range map[string]bool{
		"stdin": c.Stdin != nil,
		// The server wants one of the three to be there.
		"stdout": c.Stdout != nil || c.Stdin == nil && c.Stderr == nil,
		"stderr": c.Stderr != nil,
		"tty":    c.TTY,
	} {
		if wanted {
			q.Set(name, strconv.FormatBool(wanted))
		}
	}
	return q, nil
}

func (c Command) check() error {
	switch {
	case len(c.Args) == 0 || c.Args[0] == "":
		return &rest.ArgumentError{Arg: "command", Reason: "it names no program"}
	case strings.ContainsRune(strings.Join(c.Args, ""), 0):
		return &rest.ArgumentError{Arg: "command", Reason: "an argument must not have a zero byte"}
	case c.TTY && c.Stderr != nil:
		return &rest.ArgumentError{Arg: "Stderr", Reason: "a terminal has one output, which comes in Stdout"}
	case !c.TTY && c.Sizes != nil:
		return &rest.ArgumentError{Arg: "Sizes", Reason: "only a terminal has a size; see TTY"}
	case c.Container != "":
		if err := meta.ValidateName(c.Container); err != nil {
			return &rest.ArgumentError{Arg: "container", Value: c.Container, Err: err}
		}
	}
	return nil
}

// bounded keeps what is written, up to a size.
type bounded struct {
	bytes.Buffer
	most int
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > b.most {
		return 0, &raw.SizeError{Limit: int64(b.most)}
	}
	return b.Buffer.Write(p)
}

// ending keeps the end of what is written.
type ending struct{ kept []byte }

// maxComplaint is how much of its standard error an ExitError has.
const maxComplaint = 64 << 10

func (e *ending) Write(p []byte) (int, error) {
	e.kept = append(e.kept, p...)
	if len(e.kept) > 2*maxComplaint {
		e.kept = append([]byte(nil), e.text()...)
	}
	return len(p), nil
}

func (e *ending) text() []byte { return e.kept[max(0, len(e.kept)-maxComplaint):] }
