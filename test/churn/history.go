package churn

import (
	"fmt"
	"strings"

	"github.com/kubeviews/kube/watch"
)

// Key names an object.
type Key struct{ Namespace, Name string }

func (k Key) String() string { return k.Namespace + "/" + k.Name }

// Revision is what matters here of one revision of an object.
type Revision struct {
	Key      Key
	UID      string
	Version  int64  // the server gives each version to one change of one object
	Mark     string // no two writes leave the same
	Selected bool   // it carries the label that is selected by
}

func (r Revision) String() string {
	text := fmt.Sprintf("%s uid %.8s version %d mark %q", r.Key, r.UID, r.Version, r.Mark)
	if r.Selected {
		text += " selected"
	}
	return text
}

// Ack is a write that the server has acknowledged. Of a deletion only Key and UID
// are known: the server does not tell its version.
type Ack struct {
	Revision
	Deleted bool
}

// Gap is what a Missed event tells.
type Gap struct {
	From, To         int64
	Rewound, Partial bool
	Why              string
}

// Resumed is put into a log where another watcher goes on.
const Resumed watch.Type = "RESUMED"

// Told is one event as a consumer has received it.
type Told struct {
	Type     watch.Type
	Revision Revision // of Added, Modified and Deleted
	Gap      *Gap     // of Missed, and what follows up to Synced
	Err      string   // of Error
	At       int64    // the watcher's version behind the event; 0 for none
}

func (t Told) String() string {
	text := string(t.Type)
	switch t.Type {
	case watch.Added, watch.Modified, watch.Deleted:
		text += " " + t.Revision.String()
	case watch.Error:
		text += " " + t.Err
	}
	if t.Gap != nil {
		text += fmt.Sprintf(" in the gap %+v", *t.Gap)
	}
	return fmt.Sprintf("%s at %d", text, t.At)
}

// Violation is a promise that was not kept.
type Violation struct {
	Consumer string
	Promise  string
	Text     string
	Events   []Told // what the consumer was told of it
}

func (v Violation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s: %s", v.Consumer, v.Promise, v.Text)
	for _, t := range v.Events {
		fmt.Fprintf(&b, "\n\t%v", t)
	}
	return b.String()
}
