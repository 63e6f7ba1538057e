package kube

import "syscall"

// ties has the kernel kill kubectl when the thread that started it ends, and with
// it the program; and keeps it from signals of the terminal, which go to the
// program's own process group.
func ties() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
