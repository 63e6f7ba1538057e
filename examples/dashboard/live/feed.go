package live

import (
	"container/list"
	"slices"
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

	texts *texts
}

// texts are those of the differences of a change that somebody has looked at, from the
// first on: of a large value, to find them takes a while.
type texts struct {
	mu    sync.Mutex
	found [][2]string
}

// Texts is what [items.FieldChange.Texts] says of the i-th difference.
func (c Change) Texts(i int, difference items.FieldChange) (old, new string) {
	if c.texts == nil {
		return difference.Texts()
	}
	c.texts.mu.Lock()
	defer c.texts.mu.Unlock()
	if i < len(c.texts.found) {
		return c.texts.found[i][0], c.texts.found[i][1]
	}
	old, new = difference.Texts()
	if i == len(c.texts.found) {
		c.texts.found = append(c.texts.found, [2]string{old, new})
	}
	return old, new
}

// What the feed holds: so many of the latest changes, and the last few of each object,
// however much others have changed since. It holds less where the objects in them, which
// the mirrors may no longer have, take too many bytes; but one change in any case.
const (
	Remembered      = 2000
	RememberedEach  = 5
	rememberedBytes = 64 << 20
	changeBytes     = 512 // of a change, besides its objects
)

// feed remembers changes of all kinds.
type feed struct {
	mu      sync.Mutex
	changes list.List                 // of *Change, the oldest first
	latest  [Remembered]*list.Element // a ring
	objects map[string]*past          // by uid
	next    int64                     // the Seq of the change that comes next
	bytes   int64                     // that all changes take
	since   time.Time                 // see Since
	waiting chan struct{}             // closed when something is new
}

// past is what is remembered of one object, the oldest first.
type past struct {
	changes   []*list.Element
	forgotten bool // there was more
}

func newFeed() *feed {
	return &feed{next: 1, objects: map[string]*past{}, waiting: make(chan struct{})}
}

// add remembers a change, unless nothing changed but heartbeats and the like.
func (f *feed) add(r *Resource, event watch.Event[items.Item]) {
	change := &Change{Time: time.Now(), Type: event.Type, Resource: r, Item: event.Item, Old: event.Old, InGap: !event.Gap.IsZero(), texts: new(texts)}
	if event.Type == watch.Modified {
		if change.Diff = items.Diff(event.Old, event.Item); change.Diff.IsZero() {
			return
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	change.Seq = f.next
	f.next++
	f.bytes += change.footprint()
	e := f.changes.PushBack(change)
	own := f.objects[change.uid()]
	if own == nil {
		own = &past{}
		f.objects[change.uid()] = own
	}
	own.changes = append(own.changes, e)
	before := f.latest[change.Seq%Remembered]
	f.latest[change.Seq%Remembered] = e
	f.dropLocked(before)
	if n := len(own.changes) - 1 - RememberedEach; n >= 0 {
		f.dropLocked(own.changes[n])
	}
	for f.bytes > rememberedBytes && f.changes.Len() > 1 {
		oldest := f.changes.Front()
		f.since = oldest.Value.(*Change).Time
		f.forgetLocked(oldest)
	}
}

// dropLocked forgets a change that is neither among the latest of all, nor among the last
// few of its object.
func (f *feed) dropLocked(e *list.Element) {
	if e == nil {
		return
	}
	change := e.Value.(*Change)
	own := f.objects[change.uid()].changes
	if f.next-change.Seq > Remembered && !slices.Contains(own[max(0, len(own)-RememberedEach):], e) {
		f.forgetLocked(e)
	}
}

// forgetLocked forgets a change: the oldest one of its object.
func (f *feed) forgetLocked(e *list.Element) {
	change := f.changes.Remove(e).(*Change)
	f.bytes -= change.footprint()
	if at := &f.latest[change.Seq%Remembered]; *at == e {
		*at = nil
	}
	own := f.objects[change.uid()]
	own.changes, own.forgotten = own.changes[1:], true
	if len(own.changes) == 0 {
		delete(f.objects, change.uid())
	}
}

// uid is that of the object.
func (c *Change) uid() string {
	if c.Item == nil {
		return ""
	}
	return c.Item.UID()
}

// footprint is how many bytes a change takes. An object that is the new one of this
// change and the old one of the next is counted twice.
func (c *Change) footprint() (bytes int64) {
	bytes = changeBytes
	for _, item := range []items.Item{c.Item, c.Old} {
		if item != nil {
			bytes += int64(item.Raw().Footprint())
		}
	}
	return bytes
}

// footprint is how many bytes all changes take.
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
// meets all), newest first, at most n. Of changes before the last [Remembered], it has
// the last [RememberedEach] of each object.
func (c *Cluster) Latest(behind int64, n int, met func(Change) bool) (found []Change) {
	f := c.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	for e := f.changes.Back(); e != nil && len(found) < n; e = e.Prev() {
		change := e.Value.(*Change)
		if change.Seq <= behind {
			break
		}
		if met == nil || met(*change) {
			found = append(found, *change)
		}
	}
	return found
}

// ChangesOf are the latest changes of the object with a uid, newest first, at most n. more
// says that there were others before.
func (c *Cluster) ChangesOf(uid string, n int) (found []Change, more bool) {
	f := c.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	own := f.objects[uid]
	if own == nil {
		return nil, false
	}
	for _, e := range slices.Backward(own.changes) {
		if len(found) == n {
			return found, true
		}
		found = append(found, *e.Value.(*Change))
	}
	return found, own.forgotten
}

// Since is when the last change was made that was forgotten because those behind it take
// so much memory: of an object without changes, it is not known what came before. It is
// zero when there is none.
func (c *Cluster) Since() time.Time {
	c.feed.mu.Lock()
	defer c.feed.mu.Unlock()
	return c.feed.since
}
