//go:build unix && !linux

package kube

import "syscall"

// ties keeps kubectl from signals of the terminal. Nothing here ends it with a
// program that is killed.
func ties() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
