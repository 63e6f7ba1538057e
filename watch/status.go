package watch

import (
	"log/slog"
	"time"
)

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
	// Items is how many items a mirror holds, and Bytes how much memory their
	// documents take, in bytes, as raw.Object.Footprint counts them, with what they
	// share (raw.Packer); beyond that, each takes some 100 bytes. Both are those of
	// the snapshot of the moment. They are 0 for a watcher.
	Items int
	Bytes int64
}

// String is the status in a few words: "live since …", "stale since …: why".
func (s Status) String() string {
	since := s.Since.Format(time.RFC3339)
	switch {
	case s.Live:
		return "live since " + since
	case s.Err == nil:
		return "not live yet"
	}
	return "stale since " + since + ": " + s.Err.Error()
}

// LogValue shows the status as printing does.
func (s Status) LogValue() slog.Value { return slog.StringValue(s.String()) }
