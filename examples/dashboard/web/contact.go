package web

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/examples/dashboard/live"
	"github.com/kubeviews/kube/kinds"
)

// contact tells in words how current a page is.
type contact struct {
	State  string // "live", "partly", "stale" or "waiting", of which the style knows
	Text   string
	Age    string // of what is known: apart, since it never rests, and Text is read out whenever it changes
	Why    string
	Behind []lagging `json:"-"` // the kinds that are not current, while others are

	refused bool // the cluster answers, and shows nothing
}

func (s *Server) contact() contact { return describe(s.cluster.Contact(), s.now()) }

func describe(c live.Contact, now time.Time) contact {
	switch {
	case c.Live && len(c.Behind) > 0:
		return partly(c.Behind)
	case c.Live:
		return contact{State: "live", Text: "live"}
	case c.Last.IsZero():
		return contact{State: "waiting", Text: "connecting", Why: reason(c.Err), refused: refused(c.Err)}
	case c.Err == nil: // nothing has gone wrong: it has just begun
		return contact{State: "waiting", Text: "reading"}
	}
	return contact{State: "stale", Why: reason(c.Err), refused: refused(c.Err),
		Text: asOf(c.Last, now), Age: age(now.Sub(c.Last)) + " ago"}
}

func asOf(last, now time.Time) string { return "as of " + moment(last, now) }

// refused reports whether the cluster answers, and does not let itself be read, as when
// a token has expired.
func refused(err error) bool {
	var forbidden *kube.ForbiddenError
	return errors.As(err, &forbidden)
}

func partly(behind []*live.Resource) contact {
	c := contact{State: "partly", Text: "live, but for " + howMany(len(behind))}
	var names []string
	for _, r := range behind {
		c.Behind = append(c.Behind, lagging{Title: plural(r.Kind()), Link: "/" + r.Name()})
		names = append(names, r.Name())
	}
	c.Why = strings.Join(names, ", ")
	return c
}

// howMany counts kinds: "1 kind", "3 kinds".
func howMany(kinds int) string {
	if kinds == 1 {
		return "1 kind"
	}
	return fmt.Sprintf("%d kinds", kinds)
}

// BehindText is what the banner begins with.
func (c contact) BehindText() string {
	if len(c.Behind) == 1 {
		return "1 kind is not current:"
	}
	return howMany(len(c.Behind)) + " are not current:"
}

// lagging is a kind that is not current.
type lagging struct{ Title, Link string }

// lag tells in words how a kind is not current: in a few, and in a sentence with the
// reason. Both are "" for one that is, and for one that is no worse than all others are.
func (c contact) lag(r *live.Resource) (short, long string) {
	err, refusal := r.Fault()
	last := r.Status().LastContact
	switch {
	case err == nil:
		return "", ""
	case last.IsZero():
		return notShown, "Cannot be shown: " + err.Error()
	case c.State == "stale" && !refusal:
		return "", ""
	}
	short, long = asOf(last, time.Now()), "not current: "
	if refusal {
		long = "cannot be shown any more: "
	}
	return short, "As" + short[2:] + ", " + long + err.Error()
}

// What is said of kinds of which nothing is known, in place of figures.
const (
	unknown  = "–"
	notShown = "not shown"
)

// gap is what to say instead of the objects of a kind that has not been read: "Pods
// cannot be shown." It is "" for one that has been.
func (s *Server) gap(kind kinds.Name, c contact) string {
	r, ok := s.cluster.BuiltIn(kind)
	if !ok {
		known, _ := kinds.Builtin().Lookup(string(kind))
		return plural(known) + " are not followed."
	}
	return gapOf(r, c)
}

func gapOf(r *live.Resource, c contact) string {
	if r.Known() {
		return ""
	}
	if short, _ := c.lag(r); short != "" {
		return plural(r.Kind()) + " cannot be shown."
	}
	return plural(r.Kind()) + " are being read."
}

// Banner is what all pages begin with while nothing comes of the cluster.
type banner struct{ Head, Text, Why string }

func (c contact) Banner() banner {
	known := "This is what was known " + c.Text + ". "
	switch {
	case c.State == "stale" && c.refused:
		return banner{"The cluster does not let itself be read any more.", known + "It goes on by itself when that is allowed again.", c.Why}
	case c.State == "stale":
		return banner{"The cluster does not answer.", known + "It goes on by itself when the cluster is back.", c.Why}
	case c.State == "waiting" && c.refused:
		return banner{"The cluster does not let itself be read.", "It goes on by itself when that is allowed.", c.Why}
	case c.State == "waiting" && c.Why != "":
		return banner{"Nothing can be shown of the cluster yet.", "It goes on by itself when the cluster answers.", c.Why}
	}
	return banner{}
}

func reason(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
