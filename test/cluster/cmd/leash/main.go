// Command leash runs one program that must not outlive the process that asked for it.
//
// It is started by package cluster, not by people:
//
//	leash PROGRAM [ARGUMENT...]
//
// Descriptor 3 is the reading end of a pipe that nobody but the owner can write to.
// When it ends, because the owner closed it or is dead, by whatever signal, leash
// kills the program and everything that the program started. Until then each byte on
// it is the number of a signal for the program.
//
// Descriptor 4 takes reports, a line each: "started PID" or "failed WHY" first, then
// "ok" or "error WHY" for each signal, and "exited HOW" at the end.
//
// leash is the program's parent, so the process that it signals is always the one that
// it started: a pid is not used again before its parent has asked how the child ended.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

func main() {
	// Where the kernel ties the program to its parent, it means the thread. The main
	// thread is the one that lasts as long as the process.
	runtime.LockOSThread()
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: leash PROGRAM [ARGUMENT...]  (started by package cluster)")
		os.Exit(2)
	}
	os.Exit(run(os.Args[1:]))
}

func run(command []string) int {
	control, report := inherit(3, "control"), inherit(4, "report")
	adoptOrphans()

	child := exec.Command(command[0], command[1:]...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	child.SysProcAttr = dieWithParent()
	if err := child.Start(); err != nil {
		fmt.Fprintf(report, "failed %v\n", err)
		return 1
	}
	fmt.Fprintf(report, "started %d\n", child.Process.Pid)
	go obey(control, report, child.Process)

	// How it ended is in ProcessState; Wait's error only repeats it.
	_ = child.Wait()
	killOrphans()
	fmt.Fprintf(report, "exited %v\n", child.ProcessState)
	return exitCode(child.ProcessState)
}

// exitCode is the program's own, or what a shell says of one that a signal ended.
func exitCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}

// inherit opens a descriptor that the owner passed, and keeps it from the program: a
// program that held the report pipe would keep the owner waiting for its end.
func inherit(fd uintptr, name string) *os.File {
	syscall.CloseOnExec(int(fd))
	return os.NewFile(fd, name)
}

// obey passes signals on until the owner lets go, then kills.
func obey(control, report *os.File, child *os.Process) {
	var signal [1]byte
	for {
		if n, err := control.Read(signal[:]); n == 0 || err != nil {
			_ = child.Kill() // fails only when it is dead already
			return
		}
		if err := child.Signal(syscall.Signal(signal[0])); err != nil {
			fmt.Fprintf(report, "error %v\n", err)
			continue
		}
		fmt.Fprintln(report, "ok")
	}
}
