package watch

import "time"

// Status is how a watch or a mirror is getting on.
type Status struct {
	// Live: the server's changes come, as far as can be known. A connection that
	// died without a word is found dead within the bound that WithWatchTimeout
	// states.
	Live bool
	// Since is when Live became what it is.
	Since time.Time
	// LastContact is when the server was heard of last; zero for never.
	LastContact time.Time
	// Err is what went wrong last, while it is not Live; else nil.
	Err error
	// Lists counts the lists that were asked for, Streams the watches that were
	// opened, Gaps the Missed events.
	Lists, Streams, Gaps int64
}
