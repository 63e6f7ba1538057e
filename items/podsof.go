package items

import (
	"context"
	"iter"
	"net/url"

	"github.com/kubeviews/kube/internal/collection"
	"github.com/kubeviews/kube/internal/follow"
	"github.com/kubeviews/kube/internal/rest"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/raw"
)

// Pods yields the pods that the deployment's selector picks, of all its replica
// sets, in the order in which the server sends them. Ranging again lists again.
// Possible errors, as the last pair: *StatusError when it has no selector;
// *ArgumentError; *APIError.
func (d Deployment) Pods(ctx context.Context) iter.Seq2[Pod, error] { return d.d.selected(ctx) }

// ReadyPods yields those of Pods that are ready and not being deleted.
func (d Deployment) ReadyPods(ctx context.Context) iter.Seq2[Pod, error] { return ready(d.Pods(ctx)) }

// Pods yields the pods that the replica set's selector picks, as [Deployment.Pods].
func (r ReplicaSet) Pods(ctx context.Context) iter.Seq2[Pod, error] { return r.d.selected(ctx) }

// Pods yields the pods that the daemon set's selector picks, as [Deployment.Pods].
func (d DaemonSet) Pods(ctx context.Context) iter.Seq2[Pod, error] { return d.d.selected(ctx) }

// Pods yields the pods that the stateful set's selector picks, as [Deployment.Pods].
func (s StatefulSet) Pods(ctx context.Context) iter.Seq2[Pod, error] { return s.d.selected(ctx) }

// Pods yields the pods that the job's selector picks, as [Deployment.Pods].
func (j Job) Pods(ctx context.Context) iter.Seq2[Pod, error] { return j.d.selected(ctx) }

// Pods yields the pods that the controller's selector picks, as [Deployment.Pods].
func (r ReplicationController) Pods(ctx context.Context) iter.Seq2[Pod, error] {
	return r.d.equalled(ctx)
}

// Pods yields the pods that the service's selector picks, as [Deployment.Pods]. A
// service without a selector has none of its own: that is a *StatusError.
func (s Service) Pods(ctx context.Context) iter.Seq2[Pod, error] { return s.d.equalled(ctx) }

// ReadyPods yields those of Pods that are ready and not being deleted.
func (s Service) ReadyPods(ctx context.Context) iter.Seq2[Pod, error] { return ready(s.Pods(ctx)) }

// Pods yields the pods of all namespaces that are on the node, as [Deployment.Pods].
func (n Node) Pods(ctx context.Context) iter.Seq2[Pod, error] {
	return podsOf(ctx, func() (follow.Source[Item], error) { return n.pods() })
}

func (n Node) pods() (follow.Source[Item], error) {
	return n.d.podSource("", url.Values{"fieldSelector": {"spec.nodeName=" + n.Name()}})
}

// selected are the pods that spec.selector picks, as workloads have it.
func (d *data) selected(ctx context.Context) iter.Seq2[Pod, error] {
	return podsOf(ctx, func() (s follow.Source[Item], err error) {
		if err := d.reachable(); err != nil {
			return s, err
		}
		selector, err := part[LabelSelector](d.doc, "spec", "selector")
		if err != nil {
			return s, err
		}
		return d.picked(selector)
	})
}

// equalled are the pods that spec.selector picks, which is a plain map there.
func (d *data) equalled(ctx context.Context) iter.Seq2[Pod, error] {
	return podsOf(ctx, func() (s follow.Source[Item], err error) {
		if err := d.reachable(); err != nil {
			return s, err
		}
		labels, err := part[map[string]string](d.doc, "spec", "selector")
		if err != nil {
			return s, err
		}
		var all []labelRequirement
		for key, value := range labels {
			all = append(all, labelRequirement{key, "", []string{value}})
		}
		expr, err := expression(all)
		if err != nil {
			return s, rest.Malformed(d.doc, err, "spec", "selector")
		}
		return d.picked(LabelSelector{expr, len(all) > 0})
	})
}

// picked is where the pods of a selector come from. One that is absent picks none,
// which nobody who asks for them means.
func (d *data) picked(selector LabelSelector) (follow.Source[Item], error) {
	if selector.IsZero() {
		return follow.Source[Item]{}, rest.NotSet(d.doc, "spec", "selector")
	}
	query := url.Values{}
	if text := selector.String(); text != "" {
		query.Set("labelSelector", text)
	}
	return d.podSource(d.namespace(), query)
}

// podSource is where pods come from, on the object's connection.
func (d *data) podSource(namespace string, selector url.Values) (s follow.Source[Item], err error) {
	if err := d.reachable(); err != nil {
		return s, err
	}
	kind, err := kinds.Builtin().LookupObject("v1", "Pod")
	if err != nil {
		return s, err
	}
	conn := d.origin.conn
	return follow.Source[Item]{
		Collection: collection.Collection{Conn: conn, Kind: kind, Namespace: namespace, Selector: selector},
		Make: func(gv string) func(raw.Object) Item {
			pod := NewMaker[Pod](NewOrigin(conn, kind, gv))
			return func(doc raw.Object) Item { return pod.Make(doc) }
		},
	}, nil
}

// podsOf lists the pods of a source while they arrive.
func podsOf(ctx context.Context, source func() (follow.Source[Item], error)) iter.Seq2[Pod, error] {
	return func(yield func(Pod, error) bool) {
		stopped := false
		s, err := source()
		if err == nil {
			_, err = s.Collection.Each(ctx, 0, func(gv string) func(raw.Object) bool {
				pod := s.Make(gv)
				return func(doc raw.Object) bool {
					stopped = !yield(As[Pod](pod(doc)), nil)
					return !stopped
				}
			})
		}
		if err != nil && !stopped {
			yield(Pod{}, err)
		}
	}
}

// ready keeps the pods that serve.
func ready(pods iter.Seq2[Pod, error]) iter.Seq2[Pod, error] {
	return func(yield func(Pod, error) bool) {
		for pod, err := range pods {
			if (err != nil || pod.serves()) && !yield(pod, err) {
				return
			}
		}
	}
}

// serves reports whether the pod is ready, and is to stay.
func (p Pod) serves() bool {
	ready, err := p.Ready()
	return err == nil && ready && !p.Meta().Deleting()
}
