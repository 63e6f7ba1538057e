package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// A Part names one program of a cluster, and its log.
type Part string

// The parts of a cluster. A bare one has fewer, StartProxy adds more.
const (
	Etcd              Part = "etcd"
	APIServer         Part = "kube-apiserver"
	ControllerManager Part = "kube-controller-manager"
	Scheduler         Part = "kube-scheduler"
	Kwok              Part = "kwok"
	ProxyTCP          Part = "kubectl-proxy-tcp"
	ProxyUnix         Part = "kubectl-proxy-unix"
)

// A PartError says which part did not come up, why, and what it said last.
//
//	if failed, ok := errors.AsType[*cluster.PartError](err); ok {
//		fmt.Println(failed.Part, failed.Log)
//	}
type PartError struct {
	Part Part
	Err  error  // what Start was waiting for, or how the part ended
	Log  string // its last lines
}

func (e *PartError) Error() string {
	return fmt.Sprintf("%s: %v; its last lines:\n%s", e.Part, e.Err, e.Log)
}

func (e *PartError) Unwrap() error { return e.Err }

// A part is one program: how to run it, and how to tell that it is ready. Its fields
// stay as they are for its life, so that it can be run again just as it was.
type part struct {
	name      Part
	path      string
	arguments []string
	logFile   string
	ready     func(ctx context.Context, log []byte) error // nil when it is; log is of this run

	process *process // the latest; nil before the first. Guarded by Cluster.mu
}

// logLines bounds the log that an error carries.
const logLines = 20

// failure is err with the part's name and last words.
func (p *part) failure(err error, run []byte) error {
	lines := strings.Split(strings.TrimRight(string(run), "\n"), "\n")
	return &PartError{p.name, err, strings.Join(lines[max(0, len(lines)-logLines):], "\n")}
}

// errPortTaken says that trying again with another port is worth it.
var errPortTaken = errors.New("its port was taken by somebody else")

// await returns when the part is ready. from is where its log began.
func (p *part) await(ctx context.Context, proc *process, from int64) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	asking, stop := whileRunning(ctx, proc)
	defer stop()
	for {
		run := readFrom(p.logFile, from)
		err := p.ready(asking, run)
		if err == nil && proc.alive() {
			return nil
		}
		select {
		case <-tick.C:
		case <-proc.done:
			return p.failure(howItEnded(proc, readFrom(p.logFile, from)), readFrom(p.logFile, from))
		case <-ctx.Done():
			return p.failure(fmt.Errorf("%w: %w", context.Cause(ctx), err), run)
		}
	}
}

// whileRunning is ctx, but ends with the process too: when ours has ended because its
// port was taken, whoever has the port may keep us waiting for an answer.
func whileRunning(ctx context.Context, proc *process) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-proc.done:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

func howItEnded(proc *process, run []byte) error {
	err := fmt.Errorf("ended while starting: %s", proc.ended)
	if bytes.Contains(run, []byte("address already in use")) {
		err = fmt.Errorf("%w: %w", errPortTaken, err)
	}
	return err
}

// readFrom is what a log holds beyond an offset; a log that cannot be read is empty.
func readFrom(path string, offset int64) []byte {
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	text, err := io.ReadAll(io.NewSectionReader(file, offset, 1<<30))
	if err != nil {
		return nil
	}
	return text
}

func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
