package items

import (
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
)

// Event is the kind Event of the core group: something that a controller has to
// tell about an object. The events of a watch are something else. Components write
// Events in an older and in a newer form; the accessors read both.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/.
type Event struct{ object }

// Type tells whether the Event is a warning. Possible error: *StatusError.
func (e Event) Type() (kinds.EventType, error) {
	return enum[kinds.EventType](filled(e.doc(), "type"))
}

// Reason tells in one word why the Event was made: "FailedScheduling". Possible
// error: *StatusError.
func (e Event) Reason() (string, error) { return filled(e.doc(), "reason") }

// Message tells what has happened. Possible error: *StatusError.
func (e Event) Message() (string, error) { return filled(e.doc(), "message") }

// Action tells in one word what was done or tried: "Binding". Possible error:
// *StatusError; Events of the older form have none.
func (e Event) Action() (string, error) { return filled(e.doc(), "action") }

// InvolvedObject is what the Event is about. Possible error: *StatusError.
func (e Event) InvolvedObject() (ObjectReference, error) {
	return needed[ObjectReference](e.doc(), "involvedObject")
}

// Related is another object that has to do with it. Possible error: *StatusError,
// also when there is none.
func (e Event) Related() (ObjectReference, error) {
	return needed[ObjectReference](e.doc(), "related")
}

// Count is how often it happened: of the series, if the Event is one, else what
// the Event tells, and 1 when it does not. Possible error: *StatusError when the
// number is malformed.
func (e Event) Count() (int64, error) {
	if e.series().IsSet() {
		return whenUnset(int64(0))(rest.Int(e.doc(), "series", "count"))
	}
	n, err := whenUnset(int64(1))(rest.Int(e.doc(), "count"))
	if err == nil && n == 0 {
		n = 1 // the newer form has no count
	}
	return n, err
}

func (e Event) series() raw.Value { return e.doc().Get("series") }

// FirstSeen is when it happened first. Possible error: *StatusError.
func (e Event) FirstSeen() (time.Time, error) {
	return e.time([]string{"firstTimestamp"}, []string{"eventTime"})
}

// LastSeen is when it happened last. Possible error: *StatusError.
func (e Event) LastSeen() (time.Time, error) {
	return e.time([]string{"series", "lastObservedTime"}, []string{"lastTimestamp"}, []string{"firstTimestamp"}, []string{"eventTime"})
}

// time is the first of the times that the Event has.
func (e Event) time(paths ...[]string) (t time.Time, err error) {
	for _, path := range paths {
		if t, err = rest.Time(e.doc(), path...); !isUnset(err) {
			return t, err
		}
	}
	return t, err
}

// EventSource is who made an Event.
type EventSource struct {
	Component string // "kubelet"
	Host      string // its node or instance; may be ""
}

// Source is who made the Event. Possible error: *StatusError.
func (e Event) Source() (EventSource, error) {
	for _, form := range [][2][]string{
		{{"source", "component"}, {"source", "host"}},
		{{"reportingComponent"}, {"reportingInstance"}},
	} {
		component, err := filled(e.doc(), form[0]...)
		if isUnset(err) {
			continue
		}
		return EventSource{component, rest.String(e.doc(), form[1]...)}, err
	}
	return EventSource{}, rest.NotSet(e.doc(), "source", "component")
}
