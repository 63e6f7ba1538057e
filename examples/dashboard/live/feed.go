package live

import (
	"sync"
	"time"

	"github.com/kubeviews/kube/items"
	"github.com/kubeviews/kube/watch"
)

// Change is one change of an object.
type Change struct {
	Seq      int64 // counts the changes that are told, from 1
	Time     time.Time
	Type     watch.Type // Added, Modified or Deleted
	Resource *Resource
	Item     items.Item // as it is; as it was last, if it is deleted
	Old      items.Item // as it was; nil if that is not known
	Diff     items.Changes
	InGap    bool // what came between Old and Item is not known
}

// remembered is how many changes the feed holds.
const remembered = 2000

// feed remembers the latest changes of all kinds.
type feed struct {
	mu      sync.Mutex
	changes [remembered]Change // a ring
	next    int64              // the Seq of the change that comes next
	waiting chan struct{}      // closed when something is new
}

func newFeed() *feed { return &feed{next: 1, waiting: make(chan struct{})} }

// add remembers a change, unless nothing changed but heartbeats and the like.
func (f *feed) add(r *Resource, event watch.Event[items.Item]) {
	change := Change{Time: time.Now(), Type: event.Type, Resource: r, Item: event.Item, Old: event.Old, InGap: !event.Gap.IsZero()}
	if event.Type == watch.Modified {
		if change.Diff = items.Diff(event.Old, event.Item); change.Diff.IsZero() {
			return
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	change.Seq = f.next
	f.changes[f.next%remembered] = change
	f.next++
}

// notify wakes whoever waits.
func (f *feed) notify() {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.waiting)
	f.waiting = make(chan struct{})
}

// Changed is closed when something has changed since the call.
func (c *Cluster) Changed() <-chan struct{} {
	c.feed.mu.Lock()
	defer c.feed.mu.Unlock()
	return c.feed.waiting
}

// Seq is the number of changes that have been told so far.
func (c *Cluster) Seq() int64 {
	c.feed.mu.Lock()
	defer c.feed.mu.Unlock()
	return c.feed.next - 1
}

// Latest are the latest changes behind one of a number that meet a condition (nil
// meets all), newest first, at most n.
func (c *Cluster) Latest(behind int64, n int, met func(Change) bool) (found []Change) {
	f := c.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	for seq := f.next - 1; seq > max(behind, f.next-1-remembered, 0) && len(found) < n; seq-- {
		if change := f.changes[seq%remembered]; met == nil || met(change) {
			found = append(found, change)
		}
	}
	return found
}
