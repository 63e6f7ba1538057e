package cluster

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// errEnded says that a signal came too late.
var errEnded = errors.New("has ended")

// A process is one running program on its leash. The leash is our child, the program is
// the leash's: see cmd/leash.
type process struct {
	pid     int           // of the program
	leash   *exec.Cmd     // ends after the program
	done    chan struct{} // closed when both have ended
	ended   string        // how; to be read once done is closed
	acks    chan string   // the leash's answer to each signal; closed with its reports
	mu      sync.Mutex    // guards control, and pairs signals with their answers
	control *os.File      // nil once let go
}

// startProcess runs a program in a folder, with its output added to a log. It lasts
// until it ends by itself, stop is called, or we die.
func startProcess(leash, path string, arguments, env []string, dir, logFile string) (*process, error) {
	log, err := os.OpenFile(logFile, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()

	cmd := exec.Command(leash, append([]string{path}, arguments...)...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, log, log
	control, report, err := startLeash(cmd)
	if err != nil {
		return nil, err
	}
	p := &process{leash: cmd, control: control, acks: make(chan string, 1), done: make(chan struct{})}
	lines := bufio.NewScanner(report)
	if p.pid, err = firstReport(lines); err != nil {
		control.Close()
		report.Close()
		_ = cmd.Wait() // the report said more than its exit code
		return nil, err
	}
	go p.listen(lines, report)
	return p, nil
}

// startLeash starts a leash and returns our ends of its two pipes.
func startLeash(cmd *exec.Cmd) (control, report *os.File, err error) {
	controlEnd, control, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	defer controlEnd.Close()
	report, reportEnd, err := os.Pipe()
	if err != nil {
		control.Close()
		return nil, nil, err
	}
	defer reportEnd.Close()

	cmd.ExtraFiles = []*os.File{controlEnd, reportEnd} // descriptors 3 and 4
	// A terminal's ^C is for us; it must not reach the leash first.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		control.Close()
		report.Close()
		return nil, nil, err
	}
	return control, report, nil
}

func firstReport(lines *bufio.Scanner) (pid int, err error) {
	if !lines.Scan() {
		return 0, errors.New("its leash ended without a word")
	}
	verb, rest, _ := strings.Cut(lines.Text(), " ")
	if verb != "started" {
		return 0, errors.New(rest)
	}
	return strconv.Atoi(rest)
}

// listen reads reports until the leash has ended.
func (p *process) listen(lines *bufio.Scanner, report *os.File) {
	ended := ""
	for lines.Scan() {
		verb, rest, _ := strings.Cut(lines.Text(), " ")
		switch verb {
		case "ok", "error":
			p.acks <- rest
		case "exited":
			ended = rest
		}
	}
	close(p.acks)
	report.Close()
	err := p.leash.Wait()
	if ended == "" { // the leash was killed, and the kernel ended the program with it
		ended = fmt.Sprintf("its leash ended: %v", err)
	}
	p.ended = ended
	p.letGo()
	close(p.done)
}

// signal returns when the program has been sent it.
func (p *process) signal(signal syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.control == nil {
		return errEnded
	}
	if _, err := p.control.Write([]byte{byte(signal)}); err != nil {
		return errEnded // nobody reads: the leash is gone
	}
	switch why, ok := <-p.acks; {
	case !ok:
		return errEnded
	case why != "":
		return errors.New(why)
	}
	return nil
}

// alive tells whether the program runs; a frozen one does.
func (p *process) alive() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// letGo makes the leash kill the program. It does not wait.
func (p *process) letGo() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.control != nil {
		p.control.Close()
		p.control = nil
	}
}

// stop kills the program, and all that it started, and waits until they are gone.
func (p *process) stop() error {
	p.letGo()
	select {
	case <-p.done:
		return nil
	case <-time.After(10 * time.Second):
		return fmt.Errorf("process %d does not end", p.pid)
	}
}
