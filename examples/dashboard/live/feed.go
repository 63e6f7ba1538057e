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

	texts [quickTexts]func() (old, new string)
}

// quickTexts is of how many differences of a change the texts are found once, however
// many readers look: of a large value, that takes a while.
const quickTexts = 3

// Texts is what [items.FieldChange.Texts] says of the i-th difference.
func (c Change) Texts(i int, difference items.FieldChange) (old, new string) {
	if i < quickTexts && c.texts[i] != nil {
		return c.texts[i]()
	}
	return difference.Texts()
}

// What the feed holds: at most so many changes, and of the objects in them, which the
// mirrors may no longer have, so many bytes; but one change in any case.
const (
	remembered      = 2000
	rememberedBytes = 64 << 20
)

// feed remembers the latest changes of all kinds.
type feed struct {
	mu      sync.Mutex
	changes [remembered]Change // a ring
	first   int64              // the Seq of the oldest change that is remembered
	next    int64              // the Seq of the change that comes next
	bytes   int64              // that the objects in them take
	waiting chan struct{}      // closed when something is new
}

func newFeed() *feed { return &feed{first: 1, next: 1, waiting: make(chan struct{})} }

// add remembers a change, unless nothing changed but heartbeats and the like.
func (f *feed) add(r *Resource, event watch.Event[items.Item]) {
	change := Change{Time: time.Now(), Type: event.Type, Resource: r, Item: event.Item, Old: event.Old, InGap: !event.Gap.IsZero()}
	if event.Type == watch.Modified {
		if change.Diff = items.Diff(event.Old, event.Item); change.Diff.IsZero() {
			return
		}
	}
	i := 0
	for difference := range change.Diff.All() {
		if i == quickTexts {
			break
		}
		change.texts[i] = sync.OnceValues(difference.Texts)
		i++
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bytes += change.footprint()
	for f.first < f.next && (f.bytes > rememberedBytes || f.next-f.first == remembered) {
		f.forgetLocked()
	}
	change.Seq = f.next
	f.changes[f.next%remembered] = change
	f.next++
}

func (f *feed) forgetLocked() {
	oldest := &f.changes[f.first%remembered]
	f.bytes -= oldest.footprint()
	*oldest = Change{}
	f.first++
}

// footprint is how many bytes the objects of a change take. One that is the new one of
// this change and the old one of the next is counted twice.
func (c Change) footprint() (bytes int64) {
	for _, item := range []items.Item{c.Item, c.Old} {
		if item != nil {
			bytes += int64(item.Raw().Footprint())
		}
	}
	return bytes
}

// footprint is how many bytes the objects of all changes take.
func (f *feed) footprint() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.bytes
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
	for seq := f.next - 1; seq > max(behind, f.first-1) && len(found) < n; seq-- {
		if change := f.changes[seq%remembered]; met == nil || met(change) {
			found = append(found, change)
		}
	}
	return found
}
