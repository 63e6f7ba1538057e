package web

import (
	"time"

	"github.com/kubeviews/kube/examples/dashboard/live"
)

// contact tells in words how current a page is.
type contact struct {
	State string // "live", "stale" or "waiting", of which the style knows
	Text  string
	Why   string
}

func (s *Server) contact() contact { return describe(s.cluster.Contact(), s.now()) }

func describe(c live.Contact, now time.Time) contact {
	switch {
	case c.Live:
		return contact{State: "live", Text: "live"}
	case c.Last.IsZero():
		return contact{State: "waiting", Text: "connecting", Why: reason(c.Err)}
	case c.Err == nil: // nothing has gone wrong: it has just begun
		return contact{State: "waiting", Text: "reading"}
	}
	return contact{State: "stale", Why: reason(c.Err),
		Text: "as of " + c.Last.Local().Format("15:04:05") + ", " + age(now.Sub(c.Last)) + " ago"}
}

func reason(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
