package kube

import (
	"cmp"
	"context"
	"net"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"github.com/kubeviews/kube/internal/rest"
)

// Launch starts a kubectl proxy of the program's own, and returns its cluster:
//
//	cluster, err := kube.Launch(ctx, kube.WithContext("staging"))
//	defer cluster.Close()
//
// The proxy serves on a unix socket in a folder that only this user can enter, so
// that nobody else on the machine can use it; a proxy on a port serves all who can
// reach it. Besides the options of [NewCluster], but not [WithURL] and
// [WithInsecureRemote], it takes [WithKubeconfig], [WithContext], [WithKubectl]
// and [WithExec]. kubectl gets the program's environment, and no terminal.
//
// Launch returns when the proxy serves, which takes kubectl about a tenth of a
// second; no request is made of the server. ctx bounds the start only, and so does
// [WithTimeout].
//
// A proxy that ends is started again, with growing pauses, up to 10 s; requests
// meanwhile are tried again as any are that find no connection. When it keeps
// ending, their errors wrap a *[LaunchError], which tells why.
//
// [Cluster.Close] ends the proxy, waits for that, and removes the folder. On Linux
// the kernel ends kubectl when the program ends in any other way, by SIGKILL too;
// what is left then is the folder, with a dead socket in it. (A kubectl that is a
// script should exec the true one.) On other systems a program that ends without
// Close leaves the proxy running. An interrupt from the terminal (^C) reaches the
// program only, not kubectl, so that the program can finish what it does.
//
// Possible errors: *[ArgumentError] for an option that cannot work here;
// *[DuplicateKindError]; *[LaunchError] when kubectl is not there, or ends, or does
// not serve in time.
func Launch(ctx context.Context, options ...Option) (*Cluster, error) {
	if ctx == nil {
		return nil, &rest.ArgumentError{Arg: "context", Reason: "it is nil"}
	}
	c, err := settings(options)
	if err != nil {
		return nil, err
	}
	if err := refuse(c.placed, "Launch starts a proxy, and knows where it is"); err != nil {
		return nil, err
	}
	p, err := launch(ctx, c.proxy, c.header)
	if err != nil {
		return nil, err
	}
	cluster, err := NewCluster(append(options[:len(options):len(options)], servedBy(p))...)
	if err != nil {
		p.close()
	}
	return cluster, err
}

// servedBy is the option, after all others, of a cluster behind a proxy that was
// launched.
func servedBy(p *launched) Option {
	return func(c *config) error {
		c.url = (&url.URL{Scheme: "unix", Path: p.socket}).String()
		c.because, c.leave = p.because, p.close
		c.proxy.given = nil // their work is done
		return nil
	}
}

// launched is a kubectl proxy that is kept running.
type launched struct {
	settings proxySettings
	program  string // the path of kubectl
	dir      string // holds the socket, and is removed at the end
	socket   string

	kill  context.CancelFunc
	done  chan struct{}     // closed when nothing runs any more
	first chan *LaunchError // gets how the proxy ended first

	mu    sync.Mutex
	ended *LaunchError // how the proxy ended last
}

func launch(ctx context.Context, s proxySettings, within time.Duration) (*launched, error) {
	name := cmp.Or(s.kubectl, "kubectl")
	program, err := exec.LookPath(name)
	if err != nil {
		return nil, &LaunchError{Kubectl: name, Err: err}
	}
	dir, socket, err := socketFolder()
	if err != nil {
		return nil, &LaunchError{Kubectl: program, Err: err}
	}
	// The proxy outlives the call, whose context bounds the start only.
	life, kill := context.WithCancel(context.WithoutCancel(ctx))
	p := &launched{settings: s, program: program, dir: dir, socket: socket, kill: kill,
		done: make(chan struct{}), first: make(chan *LaunchError, 1)}
	go p.keep(life)
	ctx, cancel := context.WithTimeoutCause(ctx, within, errTimeout)
	defer cancel()
	if err := p.await(ctx); err != nil {
		p.close()
		if p.ended != nil {
			err.Stderr = p.ended.Stderr // of one that was too slow
		}
		return nil, err
	}
	return p, nil
}

// await returns when the proxy accepts connections.
func (p *launched) await(ctx context.Context) *LaunchError {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return &LaunchError{Kubectl: p.program, Err: orCause(ctx, ctx.Err())}
		case end := <-p.first:
			return end
		case <-tick.C:
			if conn, err := new(net.Dialer).DialContext(ctx, "unix", p.socket); err == nil {
				conn.Close()
				return nil
			}
		}
	}
}

// close ends the proxy, and waits until it is gone.
func (p *launched) close() {
	p.kill()
	<-p.done
}

// The pauses between a proxy's end and its next start.
const (
	minPause = 100 * time.Millisecond
	maxPause = 10 * time.Second
)

// keep runs the proxy until ctx is done, again and again.
func (p *launched) keep(ctx context.Context) {
	// The kernel ties a process to the thread that started it: see ties. This one
	// runs nothing else, and ends with the goroutine, as it is never unlocked.
	runtime.LockOSThread()
	defer close(p.done)
	defer os.RemoveAll(p.dir)
	for pause := minPause; ctx.Err() == nil; pause = min(2*pause, maxPause) {
		begun := time.Now()
		p.note(p.run(ctx))
		if time.Since(begun) > maxPause {
			pause = minPause
		}
		sleep(ctx, pause)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// run runs the proxy once, and tells how it ended.
func (p *launched) run(ctx context.Context) *LaunchError {
	os.Remove(p.socket) // that of the one before
	var stderr tail
	cmd := exec.CommandContext(ctx, p.program, p.settings.flags(p.socket)...)
	cmd.Stderr = &stderr
	cmd.SysProcAttr = ties()
	cmd.Cancel = func() error { return stop(cmd.Process) }
	cmd.WaitDelay = 2 * time.Second // for one that does not obey
	err := cmd.Run()
	if err == nil {
		err = errEnded
	}
	return &LaunchError{Kubectl: p.program, Stderr: stderr.text(), Err: err}
}

func (p *launched) note(end *LaunchError) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = end
	select {
	case p.first <- end:
	default:
	}
}

// because adds to the error of a failed dial why nobody serves.
func (p *launched) because(err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended == nil {
		return err
	}
	end := *p.ended
	return &unserved{err, &end}
}
