package store

import (
	"fmt"
	"time"

	"github.com/kubeviews/kube/raw"
)

// The types of revisions.
const (
	Found    = "FOUND" // it was there when the recording began
	Added    = "ADDED"
	Modified = "MODIFIED"
	Deleted  = "DELETED"
)

// Author is who made a change, as the server noted in metadata.managedFields.
type Author struct {
	Manager     string    `json:"manager"`
	Operation   string    `json:"operation"` // Apply or Update
	Subresource string    `json:"subresource,omitempty"`
	Time        time.Time `json:"time,omitzero"` // to the second
}

func (a Author) String() string {
	if a.Subresource != "" {
		return a.Manager + "/" + a.Subresource
	}
	return a.Manager
}

// Object says which object a revision is of.
type Object struct {
	Resource  string `json:"resource"` // deployments.apps
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	UID       string `json:"uid"`
}

// Path is the namespace and name.
func (o Object) Path() string {
	if o.Namespace == "" {
		return o.Name
	}
	return o.Namespace + "/" + o.Name
}

func (o Object) String() string { return o.Kind + " " + o.Path() }

// Revision is a change as it was recorded.
type Revision struct {
	Seq  int64     `json:"seq"`
	Time time.Time `json:"time"` // when the recorder saw it
	Type string    `json:"change"`
	Object
	Version  string     `json:"version"`
	By       []Author   `json:"by"`
	Gap      int64      `json:"gap,omitempty"` // what lies between it and the one before is not known
	Document raw.Object `json:"-"`             // without managedFields
	Previous raw.Object `json:"-"`             // that of the revision before; zero for none
}

// Gap is a time of which not every change is known.
type Gap struct {
	ID       int64     `json:"id"`
	Behind   int64     `json:"behind"` // the seq of the last revision before it
	Resource string    `json:"resource"`
	From     string    `json:"from"` // resource versions
	To       string    `json:"to"`
	Since    time.Time `json:"since"`
	Until    time.Time `json:"until"`
	Stopped  bool      `json:"stopped"` // no recorder was running
	Rewound  bool      `json:"rewound"` // the server was set back to an earlier version
	Reason   string    `json:"reason"`
}

// Watch is how far a kind is recorded.
type Watch struct {
	Resource   string
	Kind       string
	Names      []string // what people call it, in lower case
	Namespace  string
	Checkpoint string
	Contact    time.Time // when the server was heard of last
	Last       time.Time // the time of the last revision
	Live, Gone int       // objects
	Revisions  int
	Gaps       int
}

// Run is a time during which a recorder ran.
type Run struct {
	Started, Ended time.Time // no end: it runs, or was killed
}

// layout is that of all times: it sorts as text.
const layout = "2006-01-02T15:04:05.000000Z"

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(layout)
}

func unstamp(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(layout, text)
	if err != nil {
		return t, fmt.Errorf("a time in the store: %w", err)
	}
	return t, nil
}
