package remote

import (
	"io"
	"os"
	"time"
)

// interrupt makes a Read that waits return, unless it has by itself: by a deadline
// if r takes one, or else by closing r. Files are not closed: most are the
// program's own standard input. What it returns takes the deadline back.
func interrupt(r io.Reader, quiet <-chan struct{}) (restore func()) {
	restore = func() {}
	if r == nil || isDone(quiet) {
		return restore
	}
	if d, ok := r.(interface{ SetReadDeadline(time.Time) error }); ok {
		if d.SetReadDeadline(time.Unix(1, 0)) == nil {
			return func() { _ = d.SetReadDeadline(time.Time{}) }
		}
	}
	if c, ok := r.(io.Closer); ok && !isFile(r) {
		_ = c.Close()
	}
	return restore
}

func isFile(r io.Reader) bool {
	_, ok := r.(*os.File)
	return ok
}
