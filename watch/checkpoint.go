package watch

import (
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/kubeviews/kube/internal/rest"
)

// Checkpoint is a place in the changes of one view, from which another watcher,
// also of another process, can go on: see [FromCheckpoint]. It is a short text
// without secrets; MarshalText and UnmarshalText, and so JSON, take it along.
//
// Who resumes from the checkpoint that a watcher had after an event is told all
// that came behind that event at least once, in order per object, or a Missed.
// A checkpoint knows its view, and not its cluster.
//
// The zero Checkpoint is from before anything was told: a watch from it begins
// with the state.
type Checkpoint struct {
	place   string // a hash of what is watched
	version string
}

// placeOf condenses what a watch watches.
func placeOf(what string) string {
	h := fnv.New64a()
	h.Write([]byte(what))
	return fmt.Sprintf("%016x", h.Sum64())
}

// Version is the resource version of the checkpoint.
func (c Checkpoint) Version() string { return c.version }

// IsZero reports whether c is the zero Checkpoint.
func (c Checkpoint) IsZero() bool { return c.version == "" }

const checkpointMark = "kube1"

// String is the checkpoint's text. That of the zero Checkpoint is empty.
func (c Checkpoint) String() string {
	if c.IsZero() {
		return ""
	}
	return checkpointMark + ":" + c.place + ":" + c.version
}

// MarshalText returns the checkpoint's text. It does not fail.
func (c Checkpoint) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what MarshalText has written. Possible error:
// *ArgumentError.
func (c *Checkpoint) UnmarshalText(text []byte) error {
	read, err := ParseCheckpoint(string(text))
	if err == nil {
		*c = read
	}
	return err
}

// ParseCheckpoint reads a checkpoint's text. Possible error: *ArgumentError.
func ParseCheckpoint(text string) (Checkpoint, error) {
	if text == "" {
		return Checkpoint{}, nil
	}
	parts := strings.SplitN(text, ":", 3)
	if len(parts) != 3 || parts[0] != checkpointMark || !isPlace(parts[1]) {
		return Checkpoint{}, &rest.ArgumentError{Arg: "checkpoint", Value: text, Reason: "it is none of a watcher's"}
	}
	if err := checkVersion(parts[2]); err != nil {
		return Checkpoint{}, &rest.ArgumentError{Arg: "checkpoint", Value: text, Err: err}
	}
	return Checkpoint{parts[1], parts[2]}, nil
}

// isPlace reports whether placeOf makes such texts.
func isPlace(text string) bool {
	return len(text) == 16 && strings.Trim(text, "0123456789abcdef") == ""
}
