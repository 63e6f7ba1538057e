package watch

import (
	"fmt"
	"log/slog"

	"github.com/kubeviews/kube/internal/rest"
)

// Type says what an event tells.
type Type string

// The types of events. The first four are the API's own:
// https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
const (
	// Added: the object is new, or has entered the selection.
	Added Type = "ADDED"
	// Modified: the item is another revision of an object that was told before.
	Modified Type = "MODIFIED"
	// Deleted: the object is gone, or has left the selection: a fetch tells
	// which. The item is the last that is known of it. An object that was made
	// anew under the same name is a Deleted, then an Added.
	Deleted Type = "DELETED"
	// Error: Err tells what happened. The watch goes on.
	Error Type = "ERROR"
	// Missed: from here on to the next Synced, what changed is told, and not in
	// which order, nor what came between: see Gap.
	Missed Type = "MISSED"
	// Synced: all that was there at the watcher's version has been told.
	Synced Type = "SYNCED"
)

// Event is one change, or one thing to know about the changes.
//
// With Old, a change is a comparison: items.Diff(event.Old, event.Item). Of a
// Deleted, Item is the object as the server last had it, and Old as it was told. Old
// is zero where nothing was known: behind a checkpoint or a version, for the first
// event of each object. Of a Modified without Old it is not known what has changed: a
// comparison would take all of Item to be new.
type Event[T any] struct {
	Type Type
	Item T     // of Added, Modified and Deleted; else zero
	Old  T     // what was known of the object of a Modified or Deleted before; see above
	Gap  Gap   // of Missed, and of all events behind it up to Synced; else zero
	Err  error // of Error; else nil
}

// Convert is the event of an item as another type. It is for the rooms that make
// watchers.
func Convert[T, U any](e Event[T], as func(T) U) Event[U] {
	c := Event[U]{Type: e.Type, Gap: e.Gap, Err: e.Err}
	switch e.Type {
	case Added, Modified, Deleted:
		c.Item, c.Old = as(e.Item), as(e.Old)
	}
	return c
}

// String is the event on one line: "MODIFIED Pod default/web-0 …".
func (e Event[T]) String() string {
	switch e.Type {
	case Added, Modified, Deleted:
		return fmt.Sprintf("%s %v", e.Type, e.Item)
	case Error:
		return fmt.Sprintf("%s %v", e.Type, e.Err)
	case Missed:
		return fmt.Sprintf("%s %v", e.Type, e.Gap)
	}
	return string(e.Type)
}

// LogValue shows the event as printing does.
func (e Event[T]) LogValue() slog.Value { return slog.StringValue(e.String()) }

// Gap tells that changes between two versions were not seen one by one. What
// follows a Missed event, up to Synced, is how the objects differ between the
// two: nothing is missing there but the order, and what was undone in between.
// The zero Gap is none.
type Gap struct {
	From, To string // resource versions
	// Rewound: the server went back in time, as one does that is restored from a
	// backup. Mostly, To is then the older version.
	Rewound bool
	// Partial: what there was at From is not known, because the watch began at
	// a version whose objects it was not given. Objects that it has not told of
	// are all told as Added; of those which are gone, only those that it had
	// told of are told as Deleted.
	Partial bool
	// Err is why the changes could not be told one by one.
	Err error
}

// IsZero reports whether there is no gap.
func (g Gap) IsZero() bool { return g.Err == nil }

// LogValue shows the gap as printing does.
func (g Gap) LogValue() slog.Value { return slog.StringValue(g.String()) }

// String tells the gap in a few words.
func (g Gap) String() string {
	if g.IsZero() {
		return "no gap"
	}
	text := "changes from " + g.From + " to " + g.To
	if g.Rewound {
		text += " (the server went back)"
	}
	if g.Partial {
		text += " (of what there was, not all is known)"
	}
	return text + ": " + g.Err.Error()
}

// ErrRewound is the reason of a gap: the server's versions went back, as they do
// when it is restored from a backup.
var ErrRewound = rest.Sentinel("kube: the server was set back to an earlier version")
