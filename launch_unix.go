//go:build unix

package kube

import (
	"os"
	"syscall"
)

// stop asks kubectl to end, and what it has started: a plugin that gets
// credentials.
func stop(p *os.Process) error { return syscall.Kill(-p.Pid, syscall.SIGTERM) }
