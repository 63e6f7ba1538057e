//go:build !unix

package kube

import (
	"os"
	"syscall"
)

func ties() *syscall.SysProcAttr { return nil }

func stop(p *os.Process) error { return p.Kill() }
