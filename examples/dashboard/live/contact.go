package live

import (
	"errors"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/watch"
)

// Contact is how the connection to the cluster is.
type Contact struct {
	// Live: changes come, of one kind at least. One that fails alone says nothing of
	// the cluster; a cut connection ends them all.
	Live bool
	// Behind are the kinds that are not current while others are, but for those that
	// the server has never shown.
	Behind []*Resource
	// Last is when the server told something last; zero for never.
	Last time.Time
	// Err is what went wrong last, while it is not Live; nil while it has just begun.
	Err error
}

// Contact sums up the status of all mirrors.
func (c *Cluster) Contact() Contact {
	var sum Contact
	var last watch.Status // of the kinds that something went wrong with
	for _, r := range c.Resources() {
		status := r.Status()
		sum.Live = sum.Live || status.Live
		sum.Last = latest(sum.Last, status.LastContact)
		if status.Live || status.Err == nil {
			continue
		}
		if !refused(status.Err) || !status.LastContact.IsZero() {
			sum.Behind = append(sum.Behind, r)
		}
		if tellsMore(status, last) {
			last = status
		}
	}
	if sum.Live {
		return sum
	}
	return Contact{Last: sum.Last, Err: last.Err}
}

// tellsMore reports whether what went wrong with a kind tells more about the cluster
// than what went wrong with another: a refusal is of one kind, and what came last ended
// the contact.
func tellsMore(status, than watch.Status) bool {
	if a, b := refused(status.Err), refused(than.Err); than.Err != nil && a != b {
		return b
	}
	return than.Err == nil || status.Since.After(than.Since)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// refused reports whether the server answers, and does not show a kind.
func refused(err error) bool {
	var forbidden *kube.ForbiddenError
	var absent *kube.NotFoundError
	return errors.As(err, &forbidden) || errors.As(err, &absent)
}

// Fault is what keeps a kind from being current. refused: the server answers, and does
// not show it. nil while it is current, and while it is first being read.
func (r *Resource) Fault() (err error, refusal bool) {
	status := r.Status()
	if status.Live || status.Err == nil {
		return nil, false
	}
	return status.Err, refused(status.Err)
}
