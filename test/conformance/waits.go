package conformance

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/until"
	"github.com/kubeviews/kube/views"
	"github.com/kubeviews/kube/watch"
)

func waitTests() map[string]func(*place) {
	return map[string]func(*place){
		"R14 wait for an item":          waitForItem,
		"R14 wait for another uid":      waitForAnotherUID,
		"R14 wait in vain":              waitInVain,
		"R14 wait for any and for all":  waitInView,
		"K31 watch from now":            watchFromNow,
		"K31 watch of no namespace":     watchNoNamespace,
		"K40 watch of an item":          watchItem,
		"K34 state first, then changes": stateFirst,
		"K31 checkpoint":                resume,
		"mirror":                        mirror,
		"mirror of metadata only":       mirrorMetadata,
	}
}

// maps is the view of the test's own ConfigMaps.
func (p *place) maps() views.View[items.ConfigMap] {
	return p.configMaps().In(p.namespace).Filter(views.LabelsEqual(map[string]string{mark: p.namespace}))
}

func (p *place) configMaps() views.View[items.ConfigMap] {
	return p.cluster.ConfigMaps()
}

func (p *place) bounded() (context.Context, context.CancelFunc) {
	return context.WithTimeout(p.ctx, patience)
}

func (p *place) newMap(name string) items.ConfigMap {
	p.post(p.path("v1", "configmaps"), p.configMap(name))
	return must[items.ConfigMap](p)(p.maps().Fetch(p.ctx, name))
}

func (p *place) newSecret(name string) items.Secret {
	p.post(p.path("v1", "secrets"), p.secret(name, object{"key": "value"}))
	return must[items.Secret](p)(p.cluster.Secrets().In(p.namespace).Fetch(p.ctx, name))
}

func waitForItem(p *place) {
	ctx, cancel := p.bounded()
	defer cancel()
	one := p.newMap("one")
	done := make(chan items.ConfigMap, 1)
	go func() {
		got, err := one.Wait(ctx, until.JSONPath("{.data.key}", "later"), until.Not(until.Deleted()))
		if err != nil {
			p.Error(err)
		}
		done <- got
	}()
	p.mergePatch(p.path("v1", "configmaps", "one"), object{"data": object{"key": "now"}})
	p.mergePatch(p.path("v1", "configmaps", "one"), object{"data": object{"key": "later"}})
	got := <-done
	same(p, "the data", text(got.Raw().Get("data", "key")), "later")
	same(p, "the name", got.Name(), "one")
	again := must[items.ConfigMap](p)(one.Wait(ctx, until.Func("later", func(g items.ConfigMap) bool { return g.Version() == got.Version() })))
	same(p, "met at once", again.Equal(got), true)
	p.must(one.Delete(ctx))
	last := must[items.ConfigMap](p)(one.Wait(ctx, until.Deleted()))
	same(p, "the uid", last.UID(), one.UID())
}

func waitForAnotherUID(p *place) {
	ctx, cancel := p.bounded()
	defer cancel()
	one := p.newMap("one")
	p.send("DELETE", p.path("v1", "configmaps", "one"), "", nil)
	p.newMap("one")
	must[items.ConfigMap](p)(one.Wait(ctx, until.Deleted()))
	_, err := one.Wait(ctx, until.JSONPathExists("{.data}"))
	same(p, "told as deleted", errors.Is(err, kube.ErrDeleted), true)
	same(p, "no timeout", refused[*kube.WaitError](p, "a wait for what is deleted", err).Timeout(), false)
}

func waitInVain(p *place) {
	one := p.newMap("one")
	short, cancel := context.WithTimeout(p.ctx, 300*time.Millisecond)
	defer cancel()
	_, err := one.Wait(short, until.JSONPath("{.data.key}", "never"))
	late := refused[*kube.WaitError](p, "a wait in vain", err)
	same(p, "a timeout", late.Timeout() && errors.Is(err, context.DeadlineExceeded), true)
	same(p, "says what was seen", strings.Contains(late.Last, `at version `+one.Version()+`, {.data.key} is "value"`), true)
	_, err = p.maps().WaitAny(p.ctx, until.Deleted())
	refused[*kube.ArgumentError](p, "any that is deleted", err)
	secret := p.newSecret("one")
	again, stop := context.WithTimeout(p.ctx, 300*time.Millisecond)
	defer stop()
	_, err = secret.Wait(again, until.JSONPath("{.data.key}", "hunter2"))
	late = refused[*kube.WaitError](p, "a wait for a secret", err)
	same(p, "keeps the secret", strings.Contains(late.Error(), "hunter2"), false)
	_, err = one.Wait(p.ctx)
	refused[*kube.ArgumentError](p, "no goal", err)
	_, err = one.Wait(p.ctx, until.Goal{})
	refused[*kube.ArgumentError](p, "the zero goal", err)
}

func waitInView(p *place) {
	ctx, cancel := p.bounded()
	defer cancel()
	found := make(chan items.ConfigMap, 1)
	go func() {
		got, err := p.maps().WaitAny(ctx, until.JSONPath("{.data.key}", "yes"))
		if err != nil {
			p.Error(err)
		}
		found <- got
	}()
	p.newMap("a")
	p.newMap("b")
	p.mergePatch(p.path("v1", "configmaps", "b"), object{"data": object{"key": "yes"}})
	same(p, "the first", (<-found).Name(), "b")

	short, stop := context.WithTimeout(p.ctx, 300*time.Millisecond)
	defer stop()
	_, err := p.maps().WaitAll(short, until.JSONPath("{.data.key}", "yes"))
	late := refused[*kube.WaitError](p, "a wait for all", err)
	same(p, "says who is left", strings.Contains(late.Last, "1 of 2 do not"), true)
	p.mergePatch(p.path("v1", "configmaps", "a"), object{"data": object{"key": "yes"}})
	all := must[views.Snapshot[items.ConfigMap]](p)(p.maps().WaitAll(ctx, until.JSONPath("{.data.key}", "yes")))
	same(p, "all", all.Len(), 2)

	gone := make(chan error, 1)
	go func() {
		_, err := p.maps().WaitAll(ctx, until.Deleted())
		gone <- err
	}()
	p.send("DELETE", p.path("v1", "configmaps", "a"), "", nil)
	p.send("DELETE", p.path("v1", "configmaps", "b"), "", nil)
	p.must(<-gone)
}

// change reads the next event of a watcher.
func change[T items.Typed[T]](p *place, w *watch.Watcher[T], how watch.Type, name string) T {
	p.Helper()
	ctx, cancel := p.bounded()
	defer cancel()
	event, err := w.Next(ctx)
	if err != nil {
		p.Fatal(err)
	}
	got := ""
	if !event.Item.IsZero() {
		got = event.Item.Name()
	}
	if event.Type != how || got != name {
		p.Fatalf("the event is %v, not %s %s", event, how, name)
	}
	return event.Item
}

func (p *place) watcher(start ...watch.Start) *watch.Watcher[items.ConfigMap] {
	p.Helper()
	w := must[*watch.Watcher[items.ConfigMap]](p)(p.maps().Watch(p.ctx, start...))
	p.Cleanup(func() { p.must(w.Close()) })
	return w
}

func watchFromNow(p *place) {
	before := p.newMap("before")
	w := p.watcher()
	now := w.Version()
	same(p, "now is behind what was", newer(now, before.Version()) || now == before.Version(), true)
	one := p.newMap("one")
	added := change(p, w, watch.Added, "one")
	same(p, "the same revision", added.Equal(one), true)
	same(p, "its version", w.Version(), one.Version())
	p.mergePatch(p.path("v1", "configmaps", "before"), object{"metadata": object{"labels": object{mark: nil}}})
	change(p, w, watch.Deleted, "before") // it left the selection
	p.send("DELETE", p.path("v1", "configmaps", "one"), "", nil)
	change(p, w, watch.Deleted, "one")
	again := p.watcher(watch.FromVersion(now))
	change(p, again, watch.Added, "one")
	change(p, again, watch.Deleted, "before")
	change(p, again, watch.Deleted, "one")
}

func watchNoNamespace(p *place) {
	_, err := p.configMaps().In("none-" + p.namespace).Watch(p.ctx)
	refused[*kube.NamespaceError](p, "no namespace", err)
}

func watchItem(p *place) {
	one := p.newMap("one")
	p.newMap("two")
	p.mergePatch(p.path("v1", "configmaps", "one"), object{"data": object{"key": "next"}})
	w := must[*watch.Watcher[items.ConfigMap]](p)(one.Watch(p.ctx))
	defer w.Close()
	next := change(p, w, watch.Modified, "one")
	same(p, "the data", text(next.Raw().Get("data", "key")), "next")
	p.send("DELETE", p.path("v1", "configmaps", "one"), "", nil)
	change(p, w, watch.Deleted, "one")
	other := p.newMap("one")
	same(p, "another", change(p, w, watch.Added, "one").UID(), other.UID())
}

func stateFirst(p *place) {
	p.newMap("b")
	p.newMap("a")
	w := p.watcher(watch.StateFirst())
	change(p, w, watch.Added, "a")
	same(p, "no checkpoint in the midst", w.Checkpoint().IsZero(), true)
	change(p, w, watch.Added, "b")
	change(p, w, watch.Synced, "")
	p.newMap("c")
	change(p, w, watch.Added, "c")
}

func resume(p *place) {
	w := p.watcher(watch.StateFirst())
	change(p, w, watch.Synced, "")
	p.newMap("a")
	change(p, w, watch.Added, "a")
	token := must[[]byte](p)(w.Checkpoint().MarshalText())
	p.newMap("b")
	var at watch.Checkpoint
	p.must(at.UnmarshalText(token))
	change(p, p.watcher(watch.FromCheckpoint(at)), watch.Added, "b")
	_, err := p.configMaps().Watch(p.ctx, watch.FromCheckpoint(at))
	refused[*kube.ArgumentError](p, "a checkpoint of another view", err)
}

func mirror(p *place) {
	ctx, cancel := p.bounded()
	defer cancel()
	a := p.newMap("a")
	byKey := views.ByField[items.ConfigMap]("data", "key")
	m := must[*views.Mirror[items.ConfigMap]](p)(p.maps().Mirror(p.ctx, byKey))
	defer m.Close()
	p.must(m.Synced(ctx))
	before := m.Snapshot()
	same(p, "len", before.Len(), 1)
	next := must[items.ConfigMap](p)(a.Labels().Set(ctx, "seen", "yes"))
	after := must[views.Snapshot[items.ConfigMap]](p)(m.WaitFor(ctx, next))
	got, _ := after.Get(p.namespace, "a")
	same(p, "read your writes", got.Equal(next), true)
	diff := after.Diff(before)
	same(p, "the difference", len(diff.Changed) == 1 && len(diff.Added)+len(diff.Removed) == 0, true)
	same(p, "by index", after.By(byKey, "value").Len(), 1)
	p.must(next.Delete(ctx))
	gone := must[views.Snapshot[items.ConfigMap]](p)(m.Wait(ctx, func(s views.Snapshot[items.ConfigMap]) bool { return s.Len() == 0 }))
	same(p, "by index, gone", gone.By(byKey, "value").Len(), 0)
	same(p, "the older is what it was", after.Len(), 1)
	same(p, "live", m.Status().Live, true)
}

func mirrorMetadata(p *place) {
	ctx, cancel := p.bounded()
	defer cancel()
	p.newMap("a")
	m := must[*views.Mirror[items.ConfigMap]](p)(p.maps().Metadata().Mirror(p.ctx))
	defer m.Close()
	p.must(m.Synced(ctx))
	b := p.newMap("b")
	s := must[views.Snapshot[items.ConfigMap]](p)(m.WaitFor(ctx, b))
	for item := range s.All() {
		same(p, "the kind", string(item.Kind())+" "+item.APIVersion(), "ConfigMap v1")
		same(p, "nothing but metadata", item.Raw().Has("data") || !item.Raw().MetadataOnly(), false)
		same(p, "the labels", item.Labels().Has(mark), true)
	}
	same(p, "len", s.Len(), 2)
}
