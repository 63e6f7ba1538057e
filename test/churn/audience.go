package churn

import (
	"context"
	"math/rand/v2"
	"sync"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/views"
	"github.com/kubeviews/kube/watch"
)

// audience is all who follow, through the library.
type audience struct {
	consumers []*consumer
	witness   *consumer // begins with the state, and is told all
	resumer   *resumer
	watchers  map[string]*watch.Watcher[ConfigMap]
	mirror    *views.Mirror[ConfigMap]
	byTeam    views.Index[ConfigMap]
	byGroup   views.Index[ConfigMap]
	keeper    keeper
	itemKeys  []Key
	running   sync.WaitGroup
}

// still is an object that changes only when all others rest.
var still = Key{"default", "still"}

func (r *run) open(ctx context.Context, keys []Key) (err error) {
	r.kube, err = kube.NewCluster(kube.WithURL(r.wire.URL()), kube.WithWatchTimeout(watchTimeout), kube.WithTimeout(deadAfter))
	if err != nil {
		return err
	}
	kind, err := kinds.Builtin().Lookup("ConfigMap")
	if err != nil {
		return err
	}
	view := kube.ViewOf[ConfigMap](r.kube, kind)
	r.watchers = map[string]*watch.Watcher[ConfigMap]{}
	r.byTeam, r.byGroup = views.ByLabel[ConfigMap](teamLabel), views.ByField[ConfigMap]("data", groupField)

	r.witness = r.consumer("watcher", Scope{})
	if r.watchers["watcher"], err = watched(ctx, r.witness, view); err != nil {
		return err
	}
	selected := r.consumer("selection", Scope{Selected: true})
	if r.watchers["selection"], err = watched(ctx, selected, view.Filter(views.Labels(selection))); err != nil {
		return err
	}
	r.resumer = &resumer{consumer: r.consumer("resumed", Scope{}), view: view, random: rand.New(rand.NewPCG(r.Seed, 200))}
	r.running.Go(func() { r.resumer.run(ctx) })
	if err := r.openMirror(ctx, view); err != nil {
		return err
	}
	return r.openItems(ctx, view, keys)
}

func (r *run) consumer(name string, scope Scope) *consumer {
	c := &consumer{name: name, log: NewPlayer(name, scope)}
	r.consumers = append(r.consumers, c)
	return c
}

func (r *run) openMirror(ctx context.Context, view views.View[ConfigMap]) (err error) {
	if r.mirror, err = view.Mirror(ctx, r.byTeam, r.byGroup); err != nil {
		return err
	}
	if err := r.mirror.Synced(ctx); err != nil {
		return err
	}
	subscribed(ctx, r.consumer("subscriber", Scope{}), r.mirror, nil)
	subscribed(ctx, r.consumer("slow subscriber", Scope{}), r.mirror, &r.slow)
	r.running.Go(func() { r.keeper.run(ctx, r.mirror) })
	return nil
}

// openItems watches some objects that change much, and one that hardly does.
func (r *run) openItems(ctx context.Context, view views.View[ConfigMap], keys []Key) error {
	r.itemKeys = []Key{keys[0], keys[1], still}
	for _, key := range r.itemKeys {
		if _, err := r.herald.put(ctx, key, false); err != nil {
			return err
		}
		item, err := view.In(key.Namespace).Fetch(ctx, key.Name)
		if err != nil {
			return err
		}
		c := r.consumer("item "+key.Name, Scope{})
		if r.watchers[c.name], err = itemWatched(ctx, c, item); err != nil {
			return err
		}
	}
	return nil
}

// statuses are those that must show a dead line.
func (r *run) statuses() map[string]func() watch.Status {
	all := map[string]func() watch.Status{"mirror": r.mirror.Status}
	for name, w := range r.watchers {
		all[name] = w.Status
	}
	return all
}
