//go:build !linux

package main

import "syscall"

// Only Linux ties a child to its parent and hands orphans to a chosen ancestor.
// Elsewhere the program ends with its owner, but what it left behind does not.

func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func adoptOrphans() {}

func killOrphans() {}
