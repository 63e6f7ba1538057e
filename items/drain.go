package items

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kubeviews/kube/internal/follow"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/meta"
	"github.com/kubeviews/kube/watch"
)

// Drain says how a node is to be drained. The zero Drain evicts only pods that
// something else makes anew, or that have ended, and refuses to begin when there are
// others, as kubectl drain does.
type Drain struct {
	// IgnoreDaemonSets leaves the pods of daemon sets where they are. Without it,
	// they are a reason to refuse: their daemon set would make them anew at once.
	IgnoreDaemonSets bool
	// DeleteEmptyDirData evicts pods with emptyDir volumes, too, whose data is lost.
	DeleteEmptyDirData bool
	// Unmanaged evicts pods without a controller, too, which nothing makes anew.
	Unmanaged bool
	// Pods selects which pods to evict; the zero Selector is for all.
	Pods meta.Selector
	// Options are those of the evictions: GracePeriod, DryRun.
	Options []DeleteOption
	// Progress is told of each pod, if it is not nil, on the goroutine that drains.
	Progress func(DrainProgress)
}

// DrainProgress is something that has happened to a pod while its node was drained.
type DrainProgress struct {
	Pod  Pod
	Step DrainStep
	Err  error // why the pod is blocked or refused
	Left int   // how many pods are still to go
}

// DrainStep is what has happened to a pod.
type DrainStep string

// The steps of a pod that has to go are Evicted and Gone, with Blocked before them
// as often as it has to wait; one that somebody else has ended is only Gone. One that
// stays is Skipped, once. One that the server refuses for good is Refused, and so is
// one that must not be evicted and came when others were evicted already.
const (
	DrainSkipped DrainStep = "Skipped" // it stays: a static pod, that of a daemon set, or not selected
	DrainBlocked DrainStep = "Blocked" // a disruption budget forbids it for now, or the server is out of reach; it is asked again
	DrainEvicted DrainStep = "Evicted" // it has begun to end
	DrainGone    DrainStep = "Gone"    // it has ended
	DrainRefused DrainStep = "Refused" // it is left; the others go, and the drain ends with an error
)

// evictAgain is how long a pod is left alone whose eviction was refused, unless the
// server says longer.
const evictAgain = 5 * time.Second

// Drain cordons the node, evicts its pods as disruption budgets allow, in the order of
// their namespaces and names, and waits until they are gone. It returns the node as it
// was after it was cordoned.
//
//	node, err := node.Drain(ctx, items.Drain{IgnoreDaemonSets: true})
//
// It follows kubectl drain, but that a pod that is being deleted already is waited for,
// whatever it is, and that pods that come meanwhile have to go, too. What is blocked is
// asked again after five seconds, or when the server says, for as long as ctx allows;
// so is what could not be sent. With [DryRun], nothing changes, not even the node, which
// is returned as it would be: the server is asked once for each pod, and Progress is told
// what it says.
//
// Possible errors: *DrainError, before anything is evicted, when there are pods that it
// must not evict; it names them all. *DrainError when all others are gone, for pods that
// the server refuses to evict for good, as when two budgets claim one; it wraps the
// server's *APIErrors. *WaitError when ctx is done before: it names what is left, and
// what blocks it. Otherwise those of [Object.Patch]. The node stays cordoned.
func (n Node) Drain(ctx context.Context, how Drain) (Node, error) {
	deletion, err := newDeletion("", "", how.Options)
	if err != nil {
		return Node{}, err
	}
	if how.selects() && how.Pods.Err() != nil {
		return Node{}, how.Pods.Err()
	}
	d := &drain{Drain: how, dry: deletion.DryRun != nil, pods: map[string]*leaving{}}
	if d.node, err = n.cordon(ctx, d.dry); err != nil {
		return Node{}, err
	}
	if err := d.run(ctx); err != nil {
		return Node{}, err
	}
	return d.node, nil
}

func (n Node) cordon(ctx context.Context, dry bool) (Node, error) {
	if !dry {
		return n.Cordon(ctx)
	}
	return n.Patch(ctx, rest.MergePatch, map[string]any{"spec": map[string]any{"unschedulable": true}}, DryRun())
}

// drain is a node while it is drained.
type drain struct {
	Drain
	node   Node
	dry    bool
	pods   map[string]*leaving // by uid
	synced bool                // all pods have been seen
}

func (d *drain) run(ctx context.Context) error {
	source, err := d.node.pods()
	if err != nil {
		return err
	}
	source.PlainList = true
	changes, err := follow.Watch(ctx, source, watch.StateFirst(), nil)
	if err != nil {
		return d.late(ctx, err)
	}
	defer changes.Close()
	for !d.synced || !d.dry && d.left() > 0 {
		event, err := d.next(ctx, changes)
		if err == nil {
			err = d.meet(event)
		}
		if err == nil && d.synced {
			err = d.evict(ctx)
		}
		if err != nil {
			return d.late(ctx, err)
		}
	}
	return d.refusal()
}

// next waits for a change, but no longer than until a pod may be asked again: then
// the event is none.
func (d *drain) next(ctx context.Context, changes *watch.Watcher[Item]) (watch.Event[Item], error) {
	soon, ok := d.soonest()
	if !ok {
		return changes.Next(ctx)
	}
	limited, cancel := context.WithDeadline(ctx, soon)
	defer cancel()
	event, err := changes.Next(limited)
	if late := (*rest.WaitError)(nil); errors.As(err, &late) && ctx.Err() == nil {
		return watch.Event[Item]{}, nil
	}
	return event, err
}

// soonest is when the next pod is to be asked.
func (d *drain) soonest() (soon time.Time, ok bool) {
	for _, p := range d.pods {
		if p.waits() && d.synced && (!ok || p.again.Before(soon)) {
			soon, ok = p.again, true
		}
	}
	return soon, ok
}

// meet takes a change of the node's pods in.
func (d *drain) meet(event watch.Event[Item]) error {
	switch event.Type {
	case watch.Added, watch.Modified:
		d.look(As[Pod](event.Item))
	case watch.Deleted:
		d.gone(event.Item.UID())
	case watch.Error:
		if follow.IsRefusal(event.Err) {
			return event.Err
		}
	case watch.Synced:
		return d.begin()
	}
	return nil
}

// begin is when all pods have been seen: nothing is evicted before.
func (d *drain) begin() error {
	if d.synced {
		return nil // it is the end of a gap
	}
	if err := d.refusal(); err != nil {
		return err
	}
	d.synced = true
	for _, p := range d.sorted() {
		if p.fate == stays {
			d.tell(p, DrainSkipped, nil)
		}
	}
	return nil
}

// look takes in a pod that is new, or has changed.
func (d *drain) look(pod Pod) {
	p, known := d.pods[pod.UID()]
	if known && p.fate != mustNot {
		p.pod = pod
		return
	}
	p = &leaving{pod: pod}
	p.fate, p.why = d.decide(pod)
	d.pods[pod.UID()] = p
	switch {
	case !d.synced || known:
	case p.fate == stays:
		d.tell(p, DrainSkipped, nil)
	case p.fate == mustNot:
		d.tell(p, DrainRefused, &rest.DrainError{Node: d.node.Name(), Refused: []string{p.refused()}})
	}
}

func (d *drain) gone(uid string) {
	p := d.pods[uid]
	delete(d.pods, uid)
	if p != nil && p.fate == goes {
		d.tell(p, DrainGone, nil)
	}
}

// evict asks for the pods whose turn it is.
func (d *drain) evict(ctx context.Context) error {
	now := time.Now()
	for _, p := range d.sorted() {
		if !p.waits() || now.Before(p.again) {
			continue
		}
		if err := d.ask(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// ask asks for one pod. Its error ends the drain.
func (d *drain) ask(ctx context.Context, p *leaving) error {
	err := p.pod.Evict(ctx, d.Options...)
	var api *rest.APIError
	switch {
	case err == nil:
		p.evicted, p.blocked = true, nil
		d.tell(p, DrainEvicted, nil)
	case ctx.Err() != nil || !errors.As(err, &api):
		return err
	case isOutdated(err):
		p.again = time.Now().Add(evictAgain) // what has become of it comes with the next change
	case isForNow(err):
		p.again, p.blocked = time.Now().Add(max(evictAgain, api.RetryAfter)), err
		d.tell(p, DrainBlocked, err)
	default:
		p.fate, p.blocked = fails, err
		d.tell(p, DrainRefused, err)
	}
	return nil
}

func (d *drain) tell(p *leaving, step DrainStep, err error) {
	if d.Progress != nil {
		d.Progress(DrainProgress{p.pod, step, err, d.left()})
	}
}

// left is how many pods are still to go.
func (d *drain) left() (n int) {
	for _, p := range d.pods {
		if p.fate == goes {
			n++
		}
	}
	return n
}

func (d *drain) sorted() []*leaving {
	return slices.SortedFunc(maps.Values(d.pods), func(a, b *leaving) int {
		return follow.KeyOf[Item](a.pod).Compare(follow.KeyOf[Item](b.pod))
	})
}

// refusal is the error about the pods that must not, or could not, be evicted.
func (d *drain) refusal() error {
	e := undrained{DrainError: &rest.DrainError{Node: d.node.Name()}}
	for _, p := range d.sorted() {
		if p.fate == mustNot || p.fate == fails {
			e.Refused = append(e.Refused, p.refused())
		}
		if p.fate == fails {
			e.causes = append(e.causes, p.blocked)
		}
	}
	switch {
	case e.Refused == nil:
		return nil
	case e.causes == nil:
		return e.DrainError
	}
	return e
}

// undrained is a DrainError that wraps what the server has said of each pod.
type undrained struct {
	*rest.DrainError
	causes []error
}

func (e undrained) Unwrap() []error { return append([]error{e.DrainError}, e.causes...) }

// late is the error of a drain that did not come to its end.
func (d *drain) late(ctx context.Context, err error) error {
	if ctx == nil || ctx.Err() == nil {
		return err
	}
	var left []string
	for _, p := range d.sorted() {
		if p.fate != stays {
			left = append(left, p.String())
		}
	}
	if more := len(left) - 10; more > 0 {
		left = append(left[:10], fmt.Sprintf("and %d more", more))
	}
	late := &rest.WaitError{For: fmt.Sprintf("%v to be drained", d.node), Err: rest.Cause(ctx)}
	if len(left) > 0 {
		late.Last = "these are left: " + strings.Join(left, ", ")
	}
	return late
}
