package items

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kubeviews/kube/internal/follow"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/meta"
	"github.com/kubeviews/kube/watch"
)

// Drain says how a node is to be drained. The zero Drain evicts only pods that
// something else makes anew, and refuses to begin when there are others, as kubectl
// drain does.
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
	Err  error // why the pod is blocked
	Left int   // how many pods are still to go
}

// DrainStep is what has happened to a pod.
type DrainStep string

// The steps of a pod that has to go are Evicted and Gone, with Blocked before them
// as often as it is refused. One that stays is Skipped.
const (
	DrainSkipped DrainStep = "Skipped" // it stays: a static pod, or that of a daemon set
	DrainBlocked DrainStep = "Blocked" // a disruption budget forbids it for now; it is asked again
	DrainEvicted DrainStep = "Evicted" // it has begun to end
	DrainGone    DrainStep = "Gone"    // it has ended
)

// evictAgain is how long a pod is left alone whose eviction was refused, unless the
// server says longer.
const evictAgain = 5 * time.Second

// Drain cordons the node, evicts its pods as disruption budgets allow, and waits until
// they are gone. It returns the node as it was after it was cordoned.
//
//	node, err := node.Drain(ctx, items.Drain{IgnoreDaemonSets: true})
//
// Possible errors: *DrainError, before anything is evicted, when there are pods that it
// must not evict; it names them all. *WaitError when ctx is done before the pods are
// gone: it names what is left. Otherwise those of [Object.Patch] and [Pod.Evict]. The
// node stays cordoned.
func (n Node) Drain(ctx context.Context, how Drain) (Node, error) {
	deletion, err := newDeletion("", "", how.Options)
	if err != nil {
		return Node{}, err
	}
	selector := how.Pods
	if selector != (meta.Selector{}) && selector.Err() != nil {
		return Node{}, selector.Err()
	}
	node, err := n, error(nil)
	if deletion.DryRun == nil {
		node, err = n.Cordon(ctx)
	}
	if err != nil {
		return Node{}, err
	}
	d := &drain{Drain: how, node: node, dry: deletion.DryRun != nil, pods: map[string]*leaving{}}
	if err := d.run(ctx); err != nil {
		return Node{}, err
	}
	return node, nil
}

// drain is a node while it is drained.
type drain struct {
	Drain
	node    Node
	dry     bool
	pods    map[string]*leaving // by uid: those that have to go
	refused []string            // those that must not
	synced  bool                // all pods have been seen
}

// leaving is a pod that has to go.
type leaving struct {
	pod     Pod
	evicted bool
	again   time.Time // not to be asked again before
}

func (d *drain) run(ctx context.Context) error {
	source, err := d.node.pods()
	if err != nil {
		return err
	}
	source.PlainList = true
	changes, err := follow.Watch(ctx, source, watch.StateFirst(), nil)
	if err != nil {
		return err
	}
	defer changes.Close()
	for !d.synced || len(d.pods) > 0 {
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
		if d.synced && d.dry {
			return nil
		}
	}
	return nil
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
		if !p.evicted && d.synced && (!ok || p.again.Before(soon)) {
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
		if p, ok := d.pods[event.Item.UID()]; ok {
			d.gone(p)
		}
	case watch.Error:
		if follow.IsRefusal(event.Err) {
			return event.Err
		}
	case watch.Synced:
		d.synced = true
	}
	if d.synced && len(d.refused) > 0 {
		slices.Sort(d.refused)
		return &rest.DrainError{Node: d.node.Name(), Refused: d.refused}
	}
	return nil
}

// look decides about a pod that is new, or has changed.
func (d *drain) look(pod Pod) {
	if p, ok := d.pods[pod.UID()]; ok {
		p.pod = pod
		return
	}
	stays, refusal := d.decide(pod)
	switch {
	case refusal != "":
		d.refused = append(d.refused, pod.Namespace()+"/"+pod.Name()+": "+refusal)
	case stays:
		d.tell(pod, DrainSkipped, nil)
	default:
		d.pods[pod.UID()] = &leaving{pod: pod}
	}
}

// decide follows kubectl: what has ended can go, what nobody makes anew cannot.
func (d *drain) decide(pod Pod) (stays bool, refusal string) {
	if d.Pods != (meta.Selector{}) && !d.Pods.Matches(pod.Raw()) || pod.Annotations().Has("kubernetes.io/config.mirror") {
		return true, ""
	}
	if phase, err := pod.Phase(); err == nil && (phase == kinds.PodSucceeded || phase == kinds.PodFailed) {
		return false, ""
	}
	controller, managed := pod.Meta().Controller()
	switch {
	case managed && controller.Kind == "DaemonSet" && d.IgnoreDaemonSets:
		return true, ""
	case managed && controller.Kind == "DaemonSet":
		return false, "its daemon set would make it anew; see IgnoreDaemonSets"
	case !managed && !d.Unmanaged:
		return false, "nothing would make it anew; see Unmanaged"
	case !d.DeleteEmptyDirData && hasEmptyDir(pod):
		return false, "it would lose the data of an emptyDir volume; see DeleteEmptyDirData"
	}
	return false, ""
}

func hasEmptyDir(pod Pod) bool {
	for volume := range pod.Spec().Get("volumes").Elements() {
		if volume.Get("emptyDir").IsSet() {
			return true
		}
	}
	return false
}

// evict asks for the pods whose turn it is.
func (d *drain) evict(ctx context.Context) error {
	now := time.Now()
	for _, p := range d.pods {
		if p.evicted || now.Before(p.again) {
			continue
		}
		if p.pod.Meta().Deleting() {
			p.evicted = true // by somebody else
			continue
		}
		if err := d.ask(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// ask asks for one pod.
func (d *drain) ask(ctx context.Context, p *leaving) error {
	err := p.pod.Evict(ctx, d.Options...)
	var missing *rest.NotFoundError
	var other *rest.ConflictError
	var busy *rest.TooManyRequestsError
	switch {
	case err == nil:
		p.evicted = true
		d.tell(p.pod, DrainEvicted, nil)
	case errors.As(err, &missing), errors.As(err, &other):
		d.gone(p)
	case errors.As(err, &busy):
		p.again = time.Now().Add(max(evictAgain, busy.RetryAfter))
		d.tell(p.pod, DrainBlocked, err)
	default:
		return err
	}
	return nil
}

func (d *drain) gone(p *leaving) {
	delete(d.pods, p.pod.UID())
	d.tell(p.pod, DrainGone, nil)
}

func (d *drain) tell(pod Pod, step DrainStep, err error) {
	if d.Progress != nil {
		d.Progress(DrainProgress{pod, step, err, len(d.pods)})
	}
}

// late is the error of a drain that did not come to its end.
func (d *drain) late(ctx context.Context, err error) error {
	if ctx == nil || ctx.Err() == nil {
		return err
	}
	var left []string
	for _, p := range d.pods {
		left = append(left, p.pod.Namespace()+"/"+p.pod.Name())
	}
	slices.Sort(left)
	if more := len(left) - 10; more > 0 {
		left = append(left[:10], fmt.Sprintf("and %d more", more))
	}
	return &rest.WaitError{For: fmt.Sprintf("%v to be drained", d.node), Last: "these are left: " + strings.Join(left, ", "), Err: rest.Cause(ctx)}
}
