package main

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"

	"github.com/kubeviews/kube/bench/data"
	"github.com/kubeviews/kube/bench/replay"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/views"
)

// both is a mirror and an informer of the same pods, at rest.
type both struct {
	mirror   *views.Mirror[items.Pod]
	byApp    views.Index[items.Pod]
	informer cache.SharedIndexInformer
	indexer  cache.Indexer
	lister   listers.PodLister
	keys     []key
	n        int
	at       string
}

type key struct{ namespace, name, app string }

func hold(ctx context.Context, url string, n int) (*both, error) {
	return holdSet(ctx, url, replay.Set{Order: data.Small, Pods: n, Seed: 4})
}

func holdSet(ctx context.Context, url string, set replay.Set) (*both, error) {
	at := url + set.Path()
	b := &both{n: set.Pods, at: at, byApp: views.ByLabel[items.Pod](appLabel)}
	mirror, err := connect(at).Pods().Mirror(ctx, b.byApp)
	if err != nil {
		return nil, err
	}
	if err := mirror.Synced(ctx); err != nil {
		return nil, err
	}
	b.mirror = mirror
	for pod := range mirror.Snapshot().All() {
		app, _ := pod.Labels().Get(appLabel)
		b.keys = append(b.keys, key{pod.Namespace(), pod.Name(), app})
	}
	i, err := informer(at, typedProtobuf)
	if err != nil {
		return nil, err
	}
	if err := i.AddIndexers(cache.Indexers{"app": func(o any) ([]string, error) { return []string{o.(*corev1.Pod).Labels[appLabel]}, nil }}); err != nil {
		return nil, err
	}
	go i.RunWithContext(ctx)
	if !cache.WaitForCacheSync(ctx.Done(), i.HasSynced) {
		return nil, fmt.Errorf("the informer does not sync")
	}
	b.informer, b.indexer, b.lister = i, i.GetIndexer(), listers.NewPodLister(i.GetIndexer())
	return b, nil
}

func (b *both) key(i int) key { return b.keys[i*7919%b.n] }

// each calls f for each of what is found, and says how many there are.
func each[V any](all iter.Seq[V]) (n int) {
	for range all {
		n++
	}
	return n
}

// operation is something that is done with what is in memory.
type operation struct {
	title, peer  string
	ours, theirs func(b *both, i int) (found int)
}

func list(b *both, selector labels.Selector) []*corev1.Pod {
	all, err := b.lister.List(selector)
	if err != nil {
		panic(err)
	}
	return all
}

func byLabel(b *both, i int) labels.Selector {
	return labels.SelectorFromSet(labels.Set{appLabel: b.key(i).app})
}

var selecting = operation{title: "select", peer: "lister",
	ours:   func(b *both, i int) int { return selected(b.mirror.Snapshot(), b.key(i).app) },
	theirs: func(b *both, i int) int { return len(list(b, byLabel(b, i))) }}

func selected(all views.Snapshot[items.Pod], app string) int {
	return must(all.Filter(views.LabelsEqual(map[string]string{appLabel: app}))).Len()
}

var operations = []operation{
	{title: "snapshot", peer: "lister",
		ours:   func(b *both, _ int) int { return b.mirror.Snapshot().Len() },
		theirs: func(b *both, _ int) int { return len(list(b, labels.Everything())) }},
	{title: "get", peer: "indexer",
		ours: func(b *both, i int) int {
			pod, _ := b.mirror.Snapshot().Get(b.key(i).namespace, b.key(i).name)
			return len(pod.Name())
		},
		theirs: func(b *both, i int) int {
			o, _, _ := b.indexer.GetByKey(b.key(i).namespace + "/" + b.key(i).name)
			return len(o.(*corev1.Pod).Name)
		}},
	selecting,
	{title: "select-indexed", peer: "lister",
		ours:   func(b *both, i int) int { return b.mirror.Snapshot().By(b.byApp, b.key(i).app).Len() },
		theirs: func(b *both, i int) int { return len(list(b, byLabel(b, i))) }},
	{title: "select-indexed", peer: "indexer",
		ours:   func(b *both, i int) int { return each(b.mirror.Snapshot().By(b.byApp, b.key(i).app).All()) },
		theirs: func(b *both, i int) int { return len(must(b.indexer.ByIndex("app", b.key(i).app))) }},
	{title: "filter", peer: "lister",
		ours: func(b *both, _ int) (n int) {
			for pod := range b.mirror.Snapshot().All() {
				if phase, _ := pod.Phase(); phase == kinds.PodPending {
					n++
				}
			}
			return n
		},
		theirs: func(b *both, _ int) (n int) {
			for _, pod := range list(b, labels.Everything()) {
				if pod.Status.Phase == corev1.PodPending {
					n++
				}
			}
			return n
		}},
}

// memoryCase measures an operation on n items. The costs are those of one.
func memoryCase(o operation, n int) comparison {
	return comparison{title: fmt.Sprintf("%s-%dk", o.title, n/1000), peer: o.peer, long: n > 10_000, metrics: timing,
		run: func(ctx context.Context, url string, s scale) (pair, error) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			b, err := hold(ctx, url, s.some(n))
			if err != nil {
				return pair{}, err
			}
			defer b.mirror.Close()
			return loops(ctx, s, func(i int) int { return o.ours(b, i) }, func(i int) int { return o.theirs(b, i) })
		}}
}

// loops measures what takes little time: as many calls as take some time together.
// What is found is compared of as many calls as both sides make.
func loops(ctx context.Context, s scale, ours, theirs func(i int) (found int)) (pair, error) {
	n, m := calls(ours, s.loop), calls(theirs, s.loop)
	both := min(n, m)
	repeat := func(f func(int) int, n int) side {
		return func(context.Context) (any, error) {
			found := 0
			for i := range both {
				found += f(i)
			}
			for i := both; i < n; i++ {
				f(i)
			}
			return found, nil
		}
	}
	p, err := alternate(ctx, s.rounds, repeat(ours, n), repeat(theirs, m))
	share(p.Ours, n)
	share(p.Theirs, m)
	return p, err
}

// calls is how many calls take about so long.
func calls(f func(int) int, long time.Duration) int {
	for n := 1; ; n *= 2 {
		start := time.Now()
		for i := range n {
			f(i)
		}
		if d := time.Since(start); d > long/10 {
			return 1 + int(float64(n)*float64(long)/float64(d))
		}
	}
}

// share makes costs of n calls those of one, in nanoseconds and rounded down.
func share(all []cost, n int) {
	for i, c := range all {
		all[i] = cost{CPU: c.CPU / time.Duration(n), Wall: c.Wall / time.Duration(n), Allocs: c.Allocs / uint64(n), Bytes: c.Bytes / uint64(n)}
	}
}

// crowd lets a thousand goroutines read at once.
func crowd(read func(i int) (found int)) side {
	return func(context.Context) (any, error) {
		var all sync.WaitGroup
		var found atomic.Int64
		for r := range 1000 {
			all.Go(func() {
				n := 0
				for i := range 200 {
					n += read(r*200 + i)
				}
				found.Add(int64(n))
			})
		}
		all.Wait()
		return int(found.Load()), nil
	}
}

var readers = comparison{title: "readers-1000", peer: "indexer", metrics: timing, run: func(ctx context.Context, url string, s scale) (pair, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	b, err := hold(ctx, url, s.some(10_000))
	if err != nil {
		return pair{}, err
	}
	defer b.mirror.Close()
	get := operations[1]
	return alternate(ctx, s.rounds, crowd(func(i int) int { return get.ours(b, i) }), crowd(func(i int) int { return get.theirs(b, i) }))
}}

// inList and inMirror are two ways to hold pods.
func inList(ctx context.Context, at string) (views.Snapshot[items.Pod], error) {
	return connect(at).Pods().List(ctx)
}

func inMirror(ctx context.Context, at string) (views.Snapshot[items.Pod], error) {
	m, err := connect(at).Pods().Mirror(ctx)
	if err != nil {
		return views.Snapshot[items.Pod]{}, err
	}
	defer m.Close()
	err = m.Synced(ctx)
	return m.Snapshot(), err
}

// fieldCase reads one field of two levels from pods in turns.
func fieldCase(title, peer string, hold func(context.Context, string) (views.Snapshot[items.Pod], error)) comparison {
	return comparison{title: title, peer: peer, metrics: timing, run: func(ctx context.Context, url string, s scale) (pair, error) {
		count := s.some(1000)
		at := url + replay.Set{Order: data.Served, Pods: count, Seed: 1}.Path()
		mine, err := hold(ctx, at)
		if err != nil {
			return pair{}, err
		}
		pods := mine.Page(0, mine.Len())
		theirs, err := typed(at, typedJSON).CoreV1().Pods("").List(ctx, everything)
		if err != nil {
			return pair{}, err
		}
		read := func(i int) int { return len(theirs.Items[i%count].Status.Phase) }
		if peer == dynamicJSON {
			maps := make([]map[string]any, count)
			for i := range theirs.Items {
				maps[i] = must(runtime.DefaultUnstructuredConverter.ToUnstructured(&theirs.Items[i]))
			}
			read = func(i int) int {
				phase, _, _ := unstructured.NestedString(maps[i%count], "status", "phase")
				return len(phase)
			}
		}
		return loops(ctx, s, func(i int) int {
			phase, _ := pods[i%count].Raw().Get("status", "phase").Text()
			return len(phase)
		}, read)
	}}
}

func everyMemoryCase() (all []comparison) {
	for _, n := range []int{10_000, 100_000} {
		for _, o := range operations {
			all = append(all, memoryCase(o, n))
		}
		all = append(all, diffCase(n))
	}
	return append(all, selectFirst(10_000), selectChurn(10_000), readers, fieldCase("field", dynamicJSON, inList), fieldCase("field", typedJSON, inList), fieldCase("field-mirror", dynamicJSON, inMirror))
}

var memoryCases = everyMemoryCase()
