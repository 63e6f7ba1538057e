package rest

import "net"

// Timeout is the fault of what has taken too long, in words. It is a net.Error of a
// timeout.
type Timeout string

// ErrTimeout is that of a request that has not been answered in time.
const ErrTimeout Timeout = "no answer in time"

var _ net.Error = ErrTimeout

func (t Timeout) Error() string { return string(t) }

// Timeout is true.
func (Timeout) Timeout() bool { return true }

// Temporary is false: nothing says that it would not happen again.
func (Timeout) Temporary() bool { return false }
