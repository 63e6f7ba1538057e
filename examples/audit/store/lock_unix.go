//go:build unix

package store

import (
	"errors"
	"os"
	"syscall"
)

// errLocked is met by who is not the first.
var errLocked = errors.New("it is locked")

// lock is held until it is released, or the process ends in whatever way.
type lock struct{ file *os.File }

func lockFile(path string) (*lock, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return &lock{file}, nil
	}
	file.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errLocked
	}
	return nil, err
}

// release lets go. The file stays: who removed it could remove another's.
func (l *lock) release() error {
	if l == nil {
		return nil
	}
	return l.file.Close()
}
