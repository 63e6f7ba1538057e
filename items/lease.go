package items

import (
	"time"

	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
)

// Lease tells who holds something for now: which process leads, or that a node is
// alive. All of it may be absent.
//
// See https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/.
type Lease struct{ object }

// Holder is who holds the lease, or held it last. Possible error: *StatusError,
// also when it was given back.
func (l Lease) Holder() (string, error) { return filled(l.doc(), "spec", "holderIdentity") }

// PreferredHolder is who should get it. Possible error: *StatusError, also when
// there is none.
func (l Lease) PreferredHolder() (string, error) { return filled(l.doc(), "spec", "preferredHolder") }

// Strategy tells how the API server chooses the holder. Possible error:
// *StatusError, also when it does not.
func (l Lease) Strategy() (kinds.LeaseStrategy, error) {
	return enum[kinds.LeaseStrategy](rest.Text(l.doc(), "spec", "strategy"))
}

// AcquireTime is when the holder got the lease. Possible error: *StatusError.
func (l Lease) AcquireTime() (time.Time, error) { return rest.Time(l.doc(), "spec", "acquireTime") }

// RenewTime is when the holder renewed it last, by the holder's own clock.
// Possible error: *StatusError.
func (l Lease) RenewTime() (time.Time, error) { return rest.Time(l.doc(), "spec", "renewTime") }

// Duration is how long others leave the lease alone after it was renewed. Possible
// error: *StatusError.
func (l Lease) Duration() (time.Duration, error) {
	return seconds(rest.Int(l.doc(), "spec", "leaseDurationSeconds"))
}

// Expires is when the lease ends unless it is renewed, by the holder's own clock.
// Possible error: *StatusError.
func (l Lease) Expires() (time.Time, error) {
	renewed, err := l.RenewTime()
	if err != nil {
		return time.Time{}, err
	}
	d, err := l.Duration()
	if err != nil {
		return time.Time{}, err
	}
	return renewed.Add(d), nil
}

// Transitions is how often the lease has changed hands: 0 when nothing tells.
// Possible error: *StatusError when it is malformed.
func (l Lease) Transitions() (int64, error) {
	return whenUnset(int64(0))(rest.Int(l.doc(), "spec", "leaseTransitions"))
}
