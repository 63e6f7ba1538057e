package demo

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// seedling is an object to plant, and how old it is.
type seedling struct {
	born string
	make func() object
}

// add has objects planted, oldest first, so that versions grow as in life.
func (w *World) add(docs ...object) {
	for _, doc := range docs {
		meta := doc["metadata"].(object)
		if meta["uid"] == nil {
			meta["uid"] = w.dice.uid()
		}
		w.seedlings = append(w.seedlings, seedling{meta["creationTimestamp"].(string), func() object { return doc }})
	}
}

// addPods has pods planted, which are made only then: they are many.
func (w *World) addPods(pods ...*pod) {
	for _, p := range pods {
		w.seedlings = append(w.seedlings, seedling{stamp(p.born), p.object})
	}
}

// plant puts the objects into the server, while the next ones are written.
func (w *World) plant(ctx context.Context) error {
	slices.SortStableFunc(w.seedlings, func(a, b seedling) int { return strings.Compare(a.born, b.born) })
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	texts := make(chan json.RawMessage, 64)
	go writeAll(ctx, end, w.seedlings, texts)
	w.seedlings = nil
	for text := range texts {
		if _, err := w.server.Put(text); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// writeAll gives the text of each object, until ctx is done.
func writeAll(ctx context.Context, fail context.CancelCauseFunc, from []seedling, to chan<- json.RawMessage) {
	defer close(to)
	for _, s := range from {
		text, err := json.Marshal(s.make())
		if err != nil {
			fail(err)
			return
		}
		select {
		case to <- text:
		case <-ctx.Done():
			return
		}
	}
}

// seed makes the cluster as it is after three months.
func (w *World) seed(ctx context.Context) error {
	apps := w.apps()
	w.makeNodes(apps)
	w.seedCluster()
	w.seedStatic()
	for i := range apps {
		w.found(&apps[i])
	}
	w.populate()
	w.nodes[4].cordoned = true
	for i := range schedules {
		w.seedCron(&schedules[i])
	}
	w.tell()
	w.write()
	return w.plant(ctx)
}

// apps are those of the small shop, and copies of them in as many regions as the
// wanted pods need.
func (w *World) apps() []app {
	apps := slices.Concat(platform, teams)
	total := 60 // daemons, jobs and the like
	for _, a := range apps {
		total += a.replicas
	}
	wanted := w.options.Pods * 15 / 16 // daemons grow along with the nodes
	for n := 0; total < wanted; n++ {
		for _, a := range teams {
			if total >= wanted {
				break
			}
			a.ns += "-" + regionOf(n)
			a.host, a.trouble = "", ""
			a.replicas, a.high = min(a.replicas*abroad, wanted-total), 0
			total += a.replicas
			apps = append(apps, a)
		}
	}
	return apps
}

// abroad is how many times the pods each app has in other regions, where it does
// not scale by itself.
const abroad = 3

// regionOf names the shops elsewhere: us1, ap1, sa1, us2 …
func regionOf(n int) string {
	return []string{"us", "ap", "sa"}[n%3] + string(rune('0'+1+n/3%9)) + strings.Repeat("x", n/27)
}

var purposes = map[string]string{
	"ingress": "what the world reaches", "shop": "the shop itself", "payments": "money in and out", "search": "finding things",
	"data": "databases and streams", "monitoring": "metrics, logs and alerts", "ci": "building and delivering",
}

// seedCluster is what belongs to no app.
func (w *World) seedCluster() {
	old := w.start.Add(-w.days(89, 90))
	w.add(storageClass(old), ingressClass(old), campaignKind(w.start.Add(-w.days(60, 70))))
	w.add(clusterAccess(old)...)
	w.add(priorities(old)...)
	w.add(campaigns(w.start)...)
}

// enter makes a namespace with what each has, once.
func (w *World) enter(ns string) {
	if slices.Contains(w.namespaces, ns) {
		return
	}
	w.namespaces = append(w.namespaces, ns)
	born := w.start.Add(-w.days(88, 89))
	team, _, _ := strings.Cut(ns, "-")
	if ns != "kube-system" {
		w.add(namespace(ns, purposes[team], born))
		w.add(networkPolicies(ns, born.Add(time.Minute))...)
		w.add(access(ns, born.Add(time.Minute))...)
	}
	w.add(serviceAccount(ns, "default", controller, born.Add(time.Second)))
}

// found makes a workload and everything around it but its pods.
func (w *World) found(a *app) {
	w.enter(a.ns)
	load := &workload{app: a, uid: w.dice.uid(), born: w.start.Add(-w.days(30, 87)), desired: a.replicas, tag: a.tag}
	if a.kind == "DaemonSet" {
		load.desired = len(w.nodes)
	}
	w.workloads = append(w.workloads, load)
	born := load.born.Add(-time.Minute)
	if a.config {
		w.add(configMap(a, born))
	}
	if a.secret {
		w.add(secret(a, born, w.dice))
	}
	if account := a.account(); account != "default" {
		w.add(serviceAccount(a.ns, account, a.by, born))
	}
	if a.host != "" {
		w.add(load.ingress(), certificate(a, born, w.dice))
	}
	if a.port > 0 {
		load.slice = w.newSlice(a.name)
	}
	if a.high > 0 {
		load.hpa = &autoscaler{of: load, load: 45 + w.dice.IntN(35)}
	}
}

// write adds what depends on the pods: the workloads' own objects.
func (w *World) write() {
	for _, n := range w.nodes {
		w.add(n.object(w.start))
	}
	w.add(w.leases()...)
	for _, load := range w.workloads {
		w.writeWorkload(load)
	}
	for _, c := range w.crons {
		w.add(c.object())
		for _, j := range c.jobs {
			w.add(j.object())
			w.addPods(j.pod)
		}
	}
	for _, n := range w.notes {
		w.add(n.document())
	}
}

func (w *World) writeWorkload(load *workload) {
	load.judge(load.settled)
	w.add(load.object())
	for _, s := range load.sets {
		w.add(s.object())
	}
	w.addPods(load.all()...)
	if load.slice != nil {
		service := load.service()
		service["metadata"].(object)["uid"] = load.slice.service
		w.add(service, load.sliceObject())
	}
	if load.hpa != nil {
		w.add(load.hpa.object())
	}
	if load.guarded {
		w.add(load.budget())
	}
}
