package store

import (
	"errors"
	"syscall"
)

// errLocked is met by who is not the first.
var errLocked = errors.New("it is locked")

// lock is held until it is released, or the process ends in whatever way.
type lock struct{ handle syscall.Handle }

// lockFile opens a file that nobody else can open meanwhile.
func lockFile(path string) (*lock, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	const sharingViolation = syscall.Errno(32)
	handle, err := syscall.CreateFile(name, syscall.GENERIC_WRITE, 0, nil, syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if err == sharingViolation {
		err = errLocked
	}
	if err != nil {
		return nil, err
	}
	return &lock{handle}, nil
}

// release lets go. The file stays: who removed it could remove another's.
func (l *lock) release() error {
	if l == nil {
		return nil
	}
	return syscall.CloseHandle(l.handle)
}
