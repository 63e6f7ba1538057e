package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/examples/audit/store"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/kinds"
	"github.com/kubeviews/kube/views"
)

// defaultKinds are recorded when none are named: what people and controllers set up,
// without what changes by itself all the time, such as events and leases.
var defaultKinds = []string{
	"pods", "deployments.apps", "statefulsets.apps", "daemonsets.apps", "jobs.batch", "cronjobs.batch",
	"services", "ingresses.networking.k8s.io", "networkpolicies.networking.k8s.io", "configmaps", "secrets",
	"persistentvolumeclaims", "serviceaccounts", "horizontalpodautoscalers.autoscaling",
	"roles.rbac.authorization.k8s.io", "rolebindings.rbac.authorization.k8s.io",
	"clusterroles.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io", "namespaces",
}

func recordCommand() command {
	return command{
		name: "record", args: "[flags] [KIND…]", short: "record every change of some kinds, until it is ended",
		long: `Records every change of the kinds: pods, deployments.apps, widgets.example.com. Without
any, those that people and controllers set up. It goes on where the last recorder of
the file has stopped, whatever ended that. Where the server no longer knows what
happened in between, a gap is recorded that says from when to when. A kind that was there
before, and is not now, is tried again now and then.

Without --proxy it starts a kubectl proxy of its own, for kubectl's current context or
the one of --context. ^C ends it.

Examples:
  audit record
  audit record -v -n shop deployments.apps configmaps
  audit record --context staging --db staging.db
  kubectl proxy & audit record --proxy http://localhost:8001/ pods`,
		run: record,
		setup: func(f *flags) {
			f.StringVar(&f.namespace, "n", "", "only this `NAMESPACE`")
			f.StringVar(&f.proxy, "proxy", "", "the `URL` of a kubectl proxy that runs: http://localhost:8001/ or unix:///PATH")
			f.StringVar(&f.context, "context", "", "the `CONTEXT` of the kubeconfig for a kubectl proxy of its own")
			f.StringVar(&f.kubeconfig, "kubeconfig", "", "the `FILE` that this kubectl reads")
			f.StringVar(&f.kubectl, "kubectl", "", "the `PROGRAM` to start; kubectl by default")
			f.BoolVar(&f.secrets, "secrets", false, "store the content of Secrets, and not only fingerprints of it")
			f.BoolVar(&f.verbose, "v", false, "print each change once it is recorded")
		},
	}
}

// recorder is one run of audit record.
type recorder struct {
	app      *app
	flags    *flags
	store    *store.Store
	cluster  *kube.Cluster
	seal     seal
	progress *progress
	unsure   sync.Once // has told that the cluster cannot be told apart from others

	mu      sync.Mutex
	total   tally
	kinds   int                // to be recorded
	lacking map[*follower]bool // those that are not there, or not allowed
}

// tally is what was recorded in this run.
type tally struct {
	revisions, gaps int
	kinds           map[*follower]bool
}

func record(ctx context.Context, a *app, f *flags) (err error) {
	if f.proxy != "" && (f.context != "" || f.kubeconfig != "" || f.kubectl != "") {
		return misuse("--proxy is of a proxy that runs; --context, --kubeconfig and --kubectl are for one of its own")
	}
	s, err := store.Open(ctx, a.db, a.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	r := &recorder{app: a, flags: f, store: s, progress: a.progress()}
	if r.cluster, err = connect(ctx, f); err != nil {
		return fmt.Errorf("%w\nis the cluster's context right? --context names another, --proxy a proxy that runs", err)
	}
	defer r.cluster.Close()
	if !f.secrets {
		if r.seal.key, err = s.Fact(ctx, "fingerprint key"); err != nil {
			return err
		}
	}
	return r.run(ctx)
}

// connect makes no request yet.
func connect(ctx context.Context, f *flags) (*kube.Cluster, error) {
	agent := kube.WithUserAgent("kubeviews-audit")
	if f.proxy != "" {
		return kube.NewCluster(agent, kube.WithURL(f.proxy))
	}
	return kube.Launch(ctx, agent, kube.WithContext(f.context), kube.WithKubeconfig(f.kubeconfig), kube.WithKubectl(f.kubectl))
}

// run records until ctx is done, or nothing more can be recorded.
func (r *recorder) run(ctx context.Context) error {
	ended, err := r.store.Started(ctx)
	if err != nil {
		return err
	}
	err = unasked(ctx, r.all(ctx))
	r.progress.done()
	if over := ended(context.WithoutCancel(ctx)); err == nil {
		err = over
	}
	r.summary()
	return err
}

// unasked is what went wrong, of the errors with which something ended. When it was asked
// to end, that is only what the store could not keep.
func unasked(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	var failed *store.Error
	if errors.As(err, &failed) && !errors.Is(failed, ctx.Err()) && !errors.Is(failed, context.Cause(ctx)) {
		return failed
	}
	return nil
}

func (r *recorder) all(ctx context.Context) error {
	if err := r.sameCluster(ctx); err != nil {
		return err
	}
	followers, err := r.followers(ctx)
	if err != nil {
		return err
	}
	r.kinds, r.lacking, r.total.kinds = len(followers), make(map[*follower]bool), make(map[*follower]bool)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wait sync.WaitGroup
	var mu sync.Mutex
	for _, f := range followers {
		wait.Go(func() {
			if failed := f.run(ctx); failed != nil {
				mu.Lock()
				defer mu.Unlock()
				err = cmp.Or(err, failed) // the first one counts
				cancel(err)
			}
		})
	}
	wait.Wait()
	return err
}

// sameCluster refuses to record another cluster into the file: its objects and
// versions mean nothing there.
func (r *recorder) sameCluster(ctx context.Context) error {
	var uid string
	err := r.patiently(ctx, "the cluster", func() error {
		home, err := r.cluster.Namespaces().Fetch(ctx, "kube-system")
		uid = home.UID()
		return err
	})
	if isRefused(err) {
		r.unsure.Do(func() {
			r.progress.note("note: whether this is the cluster of %s is not known: %v", r.app.db, err)
		})
		return nil
	}
	if err != nil {
		return err
	}
	known, err := r.store.Fact(ctx, "cluster")
	switch {
	case err != nil:
		return err
	case known == nil:
		return r.store.SetFact(ctx, "cluster", []byte(uid))
	case string(known) != uid:
		return &otherClusterError{r.app.db, string(known), uid}
	}
	return nil
}

// otherClusterError tells that the file is of another cluster.
type otherClusterError struct{ file, known, uid string }

func (e *otherClusterError) Error() string {
	return fmt.Sprintf("%s holds another cluster, whose namespace kube-system has the uid %s, and not %s; choose another file with --db", e.file, e.known, e.uid)
}

// followers are one for each kind.
func (r *recorder) followers(ctx context.Context) (all []*follower, err error) {
	names, chosen := r.flags.arguments, true
	if len(names) == 0 {
		names, chosen = defaultKinds, false
	}
	seen := make(map[string]bool)
	for _, name := range names {
		f := &follower{recorder: r, name: name, chosen: chosen}
		if err := f.first(ctx); err != nil {
			return nil, err
		}
		outside := f.resolved && r.flags.namespace != "" && !f.view.Kind().Namespaced()
		if outside && !chosen || seen[f.resource] {
			continue
		}
		seen[f.resource] = true
		all = append(all, f)
	}
	return all, nil
}

// first resolves the kind's name. One that the server does not know is a mistake, unless
// the store has it.
func (f *follower) first(ctx context.Context) error {
	err := f.resolve(ctx)
	if !isRefused(err) {
		return err
	}
	watches, failed := f.store.Watches(ctx)
	if failed != nil {
		return failed
	}
	watches = slices.DeleteFunc(watches, func(w store.Watch) bool { return w.Checkpoint == "" })
	resource, absent := resolve(watches, f.name)
	if absent != nil && errors.As(err, new(*kube.KindError)) {
		return misuse("%v", err)
	}
	if absent != nil {
		return err
	}
	f.resource = resource
	f.known = watches[slices.IndexFunc(watches, func(w store.Watch) bool { return w.Resource == resource })]
	return nil
}

// resolve asks the server for the kind, where that is not built in.
func (f *follower) resolve(ctx context.Context) error {
	var view views.View[items.Item]
	err := f.patiently(ctx, f.name, func() (err error) {
		view, err = f.cluster.View(ctx, f.name)
		return err
	})
	if err != nil {
		return err
	}
	namespace, kind := f.flags.namespace, view.Kind()
	switch {
	case namespace != "" && kind.Namespaced():
		view = view.In(namespace)
	case namespace != "" && f.chosen:
		return misuse("%s are not in namespaces; record them without -n, into another file", resourceOf(kind))
	}
	if err := view.Err(); err != nil {
		return misuse("%v", err)
	}
	f.view, f.resource, f.resolved = view, resourceOf(kind), true
	return nil
}

// lack notes that a kind cannot be recorded for now. When no other can, that is the end.
func (r *recorder) lack(f *follower, why error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.lacking[f] {
		r.progress.note("%s are NOT recorded: %v; trying again now and then", f.resource, why)
	}
	r.lacking[f] = true
	if len(r.lacking) == r.kinds {
		return fmt.Errorf("nothing can be recorded; of %s: %w", f.resource, why)
	}
	return nil
}

// found notes that a kind can be recorded.
func (r *recorder) found(f *follower) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lacking[f] {
		r.progress.note("%s are recorded now", f.resource)
	}
	delete(r.lacking, f)
	r.total.kinds[f] = true
}

// resourceOf is a kind's name in the store: deployments.apps.
func resourceOf(k kinds.Kind) string {
	if k.Group() == "" {
		return k.Resource()
	}
	return k.Resource() + "." + k.Group()
}

// namesOf is what people call a kind, in lower case.
func namesOf(k kinds.Kind) []string {
	names := append([]string{k.Resource(), k.Singular(), string(k.Name()), resourceOf(k), k.Singular() + "." + k.Group()}, k.ShortNames()...)
	for i, name := range names {
		names[i] = strings.ToLower(name)
	}
	return names
}

// recorded counts and prints what has been committed.
func (r *recorder) recorded(revisions []store.Revision, gap *store.Gap) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.total.revisions += len(revisions)
	if gap != nil {
		r.total.gaps++
	}
	if r.flags.verbose {
		r.progress.around(func() { r.print(revisions, gap) })
	}
	r.progress.say(func() string { return r.total.String(r.store) })
}

func (r *recorder) print(revisions []store.Revision, gap *store.Gap) {
	p := printer{app: r.app}
	if gap != nil {
		p.gap(*gap)
	}
	for _, rev := range revisions {
		if rev.Type != store.Found {
			p.revision(rev)
		}
	}
	p.flush()
}

func (t tally) String(s *store.Store) string {
	return fmt.Sprintf("recorded %s of %s, %s; %s is %s", plural(t.revisions, "revision"), plural(len(t.kinds), "kind"), plural(t.gaps, "gap"), s.Path(), size(s.Size()))
}

func (r *recorder) summary() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress.note("%s", r.total.String(r.store))
}
