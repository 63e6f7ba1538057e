// Package flock is a lock that a file carries between processes.
//
// The kernel drops it when its holder ends, however it ends, so that a killed
// process never leaves a lock behind.
package flock

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"
)

// ErrHeld says that another process, or another Lock of this one, holds the lock.
var ErrHeld = errors.New("lock is held by another process")

// A Lock is held until Unlock, or until this process ends.
type Lock struct{ file *os.File }

// Try takes the lock of the file at path, which it creates when it is missing.
//
// Possible errors: ErrHeld, and those of opening the file.
func Try(path string) (*Lock, error) { return try(path, os.O_CREATE) }

// TryExisting is Try, except that a missing file is an error.
func TryExisting(path string) (*Lock, error) { return try(path, 0) }

func try(path string, flags int) (*Lock, error) {
	file, err := os.OpenFile(path, os.O_RDWR|flags, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrHeld
		}
		return nil, &os.PathError{Op: "flock", Path: path, Err: err}
	}
	return &Lock{file}, nil
}

// Take is Try, again and again until ctx ends. It calls waiting once, when the
// lock was not free at first.
func Take(ctx context.Context, path string, waiting func()) (*Lock, error) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for told := false; ; told = true {
		lock, err := Try(path)
		if !errors.Is(err, ErrHeld) {
			return lock, err
		}
		if !told {
			waiting()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// Unlock gives the lock up. The file stays: removing it would let two processes
// hold locks on two files of one name.
func (l *Lock) Unlock() error { return l.file.Close() }
