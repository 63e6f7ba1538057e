package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kubeviews/kube"
	"github.com/kubeviews/kube/examples/audit/store"
	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/views"
	"github.com/kubeviews/kube/watch"
)

const (
	// batchSize bounds how many changes wait for one commit.
	batchSize = 500
	// tick is how long a kind is waited for in which nothing happens, before its
	// checkpoint is stored, if it has moved: by a bookmark, which API servers send about
	// once a minute. So long, at most, does a recorder that is killed lose of what it
	// knows of the server's progress, and with it of when it was heard of last; a gap may
	// begin as much earlier than it did. No change is lost by it.
	tick = 5 * time.Second
)

// follower records one kind.
//
// What leads from one state to another, without an order, is committed as a whole: the
// first list, and what follows a gap. So each checkpoint in the store is of a place at
// which a watch can go on without telling something twice or leaving it out.
type follower struct {
	*recorder
	name     string // as it was asked for
	chosen   bool   // by who started the recorder
	resolved bool   // the view is known
	view     views.View[items.Item]
	resource string

	watcher *watch.Watcher[items.Item]
	known   store.Watch     // how far it is recorded
	told    map[string]bool // the uids of the objects that the watcher has told of, and that are there
	pending []store.Event
	gap     *store.Gap // that what is pending lies behind of
	state   bool       // what is pending is a part of a state
	resumed bool       // this process has recorded something
}

// run records until ctx is done, or the kind cannot be recorded.
func (f *follower) run(ctx context.Context) error {
	pause := time.Second
	for {
		err := f.record(ctx)
		switch {
		case ctx.Err() != nil:
			return unasked(ctx, err)
		case isRefused(err) && f.mayLack():
			if err := f.lack(f, err); err != nil {
				return err
			}
			pause = min(2*pause, time.Minute)
		case isFinal(err):
			return err
		default:
			f.progress.note("%s: %v; beginning again", f.resource, err)
			pause = time.Second
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
	}
}

// mayLack reports whether the others go on while the kind is not there, or not allowed:
// one that was not asked for by name, or that was there before. Any other may be a
// mistake of who asks for it.
func (f *follower) mayLack() bool { return !f.chosen || f.known.Checkpoint != "" }

// record goes on where the store is, until something is in the way.
func (f *follower) record(ctx context.Context) (err error) {
	if !f.resolved {
		if err := f.resolve(ctx); err != nil {
			return err
		}
	}
	f.known, err = f.store.Begin(ctx, store.Watch{
		Resource: f.resource, Kind: string(f.view.Kind().Name()), Names: namesOf(f.view.Kind()), Namespace: f.view.Namespace(),
	})
	if err == nil {
		err = f.open(ctx)
	}
	if err != nil {
		return err
	}
	defer f.watcher.Close()
	f.found(f)
	return f.follow(ctx)
}

// open begins a watch where the store is.
func (f *follower) open(ctx context.Context) error {
	checkpoint, err := watch.ParseCheckpoint(f.known.Checkpoint)
	if err != nil {
		return err
	}
	f.told, f.pending, f.gap, f.state = make(map[string]bool), nil, nil, checkpoint.IsZero()
	if f.state {
		f.progress.say(func() string { return f.resource + ": asking for all there are" })
	}
	err = f.patiently(ctx, f.resource, func() (err error) {
		f.watcher, err = f.view.Watch(ctx, watch.FromCheckpoint(checkpoint))
		return err
	})
	if err == nil && !f.resumed && !f.state {
		f.progress.note("%s: going on behind version %s, of %s", f.resource, checkpoint.Version(), f.app.clock(f.known.Contact))
	}
	return err
}

// follow takes what the watcher tells, and commits when nothing more waits.
func (f *follower) follow(ctx context.Context) error {
	for {
		event, err := f.next(ctx)
		if err != nil {
			return errors.Join(f.commit(ctx), err)
		}
		if err := f.take(ctx, event); err != nil {
			return err // the watcher's checkpoint is behind what was not taken
		}
		if len(f.pending) < batchSize {
			continue
		}
		if err := f.commit(ctx); err != nil {
			return err
		}
	}
}

// next returns the next event. Whenever none waits, it commits first.
func (f *follower) next(ctx context.Context) (watch.Event[items.Item], error) {
	none, cancel := context.WithCancel(ctx)
	cancel()
	event, err := f.watcher.Next(none)
	for ctx.Err() == nil && errors.As(err, new(*kube.WaitError)) {
		if err := f.commit(ctx); err != nil {
			return event, err
		}
		event, err = f.wait(ctx)
	}
	return event, err
}

func (f *follower) wait(ctx context.Context) (watch.Event[items.Item], error) {
	ctx, cancel := context.WithTimeout(ctx, tick)
	defer cancel()
	return f.watcher.Next(ctx)
}

// take notes an event.
func (f *follower) take(ctx context.Context, e watch.Event[items.Item]) error {
	switch e.Type {
	case watch.Error:
		f.progress.note("%s: %v", f.resource, e.Err)
		return f.unread(ctx, e.Err)
	case watch.Missed:
		return f.begin(ctx, e.Gap)
	case watch.Synced:
		return f.write(ctx)
	case watch.Deleted:
		delete(f.told, e.Item.UID())
	default:
		f.told[strings.Clone(e.Item.UID())] = true
	}
	event, err := f.event(e)
	if err != nil {
		return err
	}
	f.pending = append(f.pending, event)
	if f.gap != nil && !f.state {
		return f.write(ctx) // the gap ends with it
	}
	return nil
}

// unread begins a gap where a change was told that cannot be read. It is stored with
// what is told next, with which the checkpoint moves on behind it. How the objects
// differ, the watcher tells later, with a gap of its own.
func (f *follower) unread(ctx context.Context, why error) error {
	if f.state || f.gap != nil || !errors.As(why, new(*kube.ObjectError)) {
		return nil
	}
	err := f.commit(ctx)
	f.gap = &store.Gap{Resource: f.resource, From: f.watcher.Checkpoint().Version(), Since: f.known.Contact, Reason: why.Error()}
	return err
}

// event is what is stored of one.
func (f *follower) event(e watch.Event[items.Item]) (store.Event, error) {
	i := e.Item
	doc, err := f.seal.document(i.Raw())
	if err != nil {
		return store.Event{}, fmt.Errorf("%v: %w", i, err)
	}
	managed := doc.Get("metadata", "managedFields")
	doc, err = doc.Without("metadata", "managedFields")
	return store.Event{
		Type: string(e.Type), Version: i.Version(), Document: doc, Managed: managed,
		Object: store.Object{Resource: f.resource, Kind: string(i.Kind()), Namespace: i.Namespace(), Name: i.Name(), UID: i.UID()},
	}, err
}

// begin notes a gap. What was told before it is complete. Behind it may be another
// cluster, to which the context or the proxy leads by now.
func (f *follower) begin(ctx context.Context, g watch.Gap) error {
	err := f.commit(ctx)
	if err == nil {
		err = f.sameCluster(ctx)
	}
	f.gap = &store.Gap{
		Resource: f.resource, From: g.From, To: g.To, Rewound: g.Rewound,
		Since: f.known.Contact, Stopped: !f.resumed, Reason: reason(g),
	}
	f.state = true
	return err
}

func reason(g watch.Gap) string {
	switch {
	case g.Rewound:
		return "the server was set back to an earlier version, as from a backup"
	case errors.As(g.Err, new(*kube.ExpiredError)):
		return "the server has forgotten the changes"
	case g.Err != nil:
		return g.Err.Error()
	}
	return "the changes were lost"
}

// commit stores what is pending, unless it is the half of a state. Without anything,
// it stores how far the watch is.
func (f *follower) commit(ctx context.Context) error {
	if f.state {
		return nil
	}
	if len(f.pending) == 0 && f.watcher.Checkpoint().String() == f.known.Checkpoint {
		return nil // whether the watch goes on there is not even known
	}
	return f.write(ctx)
}

// write stores what is pending, with the checkpoint that it leads to. It is not
// given up half way when the recorder is told to end.
func (f *follower) write(ctx context.Context) error {
	if f.gap != nil && !f.state {
		f.gap.To = f.watcher.Checkpoint().Version()
	}
	batch := store.Batch{
		Resource: f.resource, Checkpoint: f.watcher.Checkpoint().String(), Contact: f.watcher.Status().LastContact,
		Events: f.pending, State: f.state, Alive: func(uid string) bool { return f.told[uid] }, Gap: f.gap,
	}
	revisions, err := f.store.Commit(context.WithoutCancel(ctx), batch, authors, f.writing(len(f.pending)))
	if err != nil {
		return err
	}
	passing("committed")
	if f.known.Checkpoint == "" {
		f.progress.note("%s: found %s", f.resource, number(len(revisions)))
	}
	f.recorded(revisions, f.gap)
	f.known.Checkpoint, f.known.Contact = batch.Checkpoint, batch.Contact
	f.pending, f.gap, f.state, f.resumed = f.pending[:0], nil, false, true
	clear(f.pending[:cap(f.pending)]) // documents must not live on here
	return nil
}

// writing tells how a long commit is getting on.
func (f *follower) writing(total int) func(int) {
	return func(done int) {
		passing("writing")
		f.progress.say(func() string { return fmt.Sprintf("%s: storing %s of %s", f.resource, number(done), number(total)) })
	}
}
