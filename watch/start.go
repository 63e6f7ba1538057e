package watch

import (
	"strings"

	"github.com/kubeviews/kube/internal/rest"
)

// Start is where a watch begins. The zero Start is that of [FromNow].
type Start struct {
	state      bool
	version    string
	checkpoint Checkpoint
	base       Versioned
	err        error
}

// Versioned is anything of a resource version: an item, a snapshot.
type Versioned interface{ Version() string }

// FromNow begins with the first change after the call. The objects that are
// there are listed and kept, so that what happens in a gap can be told; which
// version 'now' was is the watcher's Version before its first event.
func FromNow() Start { return Start{} }

// StateFirst begins with the objects that there are, as Added, behind which comes
// a Synced. They come as a stream where the server can do that (KEP-3157), else
// as a list.
func StateFirst() Start { return Start{state: true} }

// FromVersion begins behind a resource version: that of a list, a watcher or an
// item of the same kind. The watch knows of no objects but those that it tells
// of, so a gap is a partial one: see [Gap]. Better is [From], with a snapshot.
func FromVersion(version string) Start {
	return Start{version: version, err: checkVersion(version)}
}

// From begins behind the version of a snapshot or an item. A snapshot of the view
// that is watched also tells what there was, so that a gap is told in full.
func From(base Versioned) Start {
	if base == nil {
		return Start{err: &rest.ArgumentError{Arg: "start of a watch", Reason: "it is nil"}}
	}
	s := FromVersion(base.Version())
	s.base = base
	return s
}

// FromCheckpoint begins behind a checkpoint of a watcher of the same view. Its
// gaps are partial ones, as with [FromVersion].
func FromCheckpoint(c Checkpoint) Start {
	if c.IsZero() {
		return StateFirst()
	}
	return Start{version: c.version, checkpoint: c, err: checkVersion(c.version)}
}

// State reports whether the watch begins with the objects that there are.
func (s Start) State() bool { return s.state }

// Version is the resource version behind which the watch begins; "" for now, or
// for the state.
func (s Start) Version() string { return s.version }

// Base is what From was given; else nil.
func (s Start) Base() Versioned { return s.base }

// checkVersion refuses what is no version, or stands for any: from "0", the
// server would send objects as it finds them, which is no place to resume from.
func checkVersion(version string) error {
	bad := func(reason string) error {
		return &rest.ArgumentError{Arg: "resource version", Value: version, Reason: reason}
	}
	switch {
	case version == "":
		return bad("it is empty")
	case version == "0":
		return bad("it stands for any version; use FromNow or StateFirst")
	case len(version) > 128 || strings.ContainsFunc(version, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return bad("no server makes such versions")
	}
	return nil
}
