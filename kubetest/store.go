package kubetest

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// revision is one state of one object. Nothing in it changes after it was
// stored, so readers need no lock.
type revision struct {
	version uint64
	key     string // namespace/name, or name: the order of lists
	ns      string
	name    string
	doc     map[string]any
	once    sync.Once
	text    []byte // the members after kind and apiVersion, built at first use
}

// body is the encoded document without kind and apiVersion and without the
// opening brace, as it stands in lists.
func (r *revision) body() []byte {
	r.once.Do(func() {
		rest := make(map[string]any, len(r.doc))
		for k, v := range r.doc {
			if k != "kind" && k != "apiVersion" {
				rest[k] = v
			}
		}
		r.text = encode(rest)[1:]
	})
	return r.text
}

type eventType string

const (
	added    eventType = "ADDED"
	modifies eventType = "MODIFIED"
	deleted  eventType = "DELETED"
)

// event is one entry of a resource's log.
type event struct {
	typ  eventType
	prev *revision // nil when the object was added
	now  *revision // for a deletion: the last state, with the deletion's version
}

// table holds one resource's objects and what happened to them.
type table struct {
	items  []*revision // by key
	shared bool        // a reader holds items: copy before changing it
	log    []event     // oldest first
	// forgotten is the version of the newest event that the log no longer has.
	forgotten uint64
	// changed is closed and replaced at every write.
	changed chan struct{}
	closed  bool // the kind is served no longer
	limit   int  // of the log
	epoch   int  // counts restarts, which end the watches
}

// restart forgets what happened up to a version and ends the watches.
func (t *table) restart(version uint64) {
	t.log, t.forgotten = nil, version
	t.epoch++
	t.wake()
}

// close tells the watches that the kind is gone.
func (t *table) close() {
	if !t.closed {
		t.closed = true
		t.wake()
	}
}

func (t *table) wake() {
	close(t.changed)
	t.changed = make(chan struct{})
}

// defaultHistory bounds what a long-lived server remembers for watches.
const defaultHistory = 100_000

// store is everything that the server knows. One version counter runs over all
// resources, as in etcd.
type store struct {
	mu      sync.RWMutex
	version uint64
	tables  map[string]*table // by group/plural
	kinds   *registry
	history int // how many events of a kind are remembered for watches
	// compacted is the oldest version that a list can still be asked for.
	compacted uint64
	ticked    time.Time // when the next compaction's version was noted
	tickedAt  uint64    // and which it was
	changed   chan struct{}

	// For the garbage collector: who names whom as owner, which uids exist, and
	// who waits for the end of its dependents.
	owned   map[string]map[ownedPlace]struct{}
	uids    map[string]int
	waiting map[string]place
}

// firstVersion is where the counter starts: versions below it are ones that a
// server has long forgotten.
const firstVersion = 100

func newStore() *store {
	return &store{
		history: defaultHistory,
		version: firstVersion, compacted: firstVersion, tables: map[string]*table{}, kinds: newRegistry(), changed: make(chan struct{}),
		owned: map[string]map[ownedPlace]struct{}{}, uids: map[string]int{}, waiting: map[string]place{},
	}
}

func (s *store) tableOf(group, plural string) *table {
	key := group + "/" + plural
	t := s.tables[key]
	if t == nil {
		t = &table{changed: make(chan struct{}), forgotten: s.version, limit: s.history}
		s.tables[key] = t
	}
	return t
}

func objectKey(ns, name string) string {
	if ns == "" {
		return name
	}
	return ns + "/" + name
}

func (t *table) search(key string) (int, bool) {
	return slices.BinarySearchFunc(t.items, key, func(r *revision, key string) int {
		return strings.Compare(r.key, key)
	})
}

func (t *table) get(key string) *revision {
	if i, ok := t.search(key); ok {
		return t.items[i]
	}
	return nil
}

// snapshot hands out the current items; they may be read without the lock.
func (t *table) snapshot() []*revision {
	t.shared = true
	return t.items
}

// own makes items private again before a change, with room for one more.
func (t *table) own() {
	if t.shared {
		t.items = append(make([]*revision, 0, len(t.items)+1+len(t.items)/8), t.items...)
		t.shared = false
	}
}

// at rebuilds the items as they were at a version by undoing later events.
func (t *table) at(version uint64) []*revision {
	if len(t.log) == 0 || t.log[len(t.log)-1].now.version <= version {
		return t.snapshot()
	}
	byKey := make(map[string]*revision, len(t.items))
	for _, r := range t.items {
		byKey[r.key] = r
	}
	for i := len(t.log) - 1; i >= 0 && t.log[i].now.version > version; i-- {
		if prev := t.log[i].prev; prev != nil {
			byKey[prev.key] = prev
		} else {
			delete(byKey, t.log[i].now.key)
		}
	}
	items := make([]*revision, 0, len(byKey))
	for _, r := range byKey {
		items = append(items, r)
	}
	slices.SortFunc(items, func(a, b *revision) int { return strings.Compare(a.key, b.key) })
	return items
}

// after returns the events that are newer than a version; ok is false when the
// log no longer reaches back that far.
func (t *table) after(version uint64) (events []event, ok bool) {
	if version < t.forgotten {
		return nil, false
	}
	i, _ := slices.BinarySearchFunc(t.log, version+1, func(e event, v uint64) int {
		switch {
		case e.now.version < v:
			return -1
		case e.now.version > v:
			return 1
		}
		return 0
	})
	// The log only grows at its end, and a cut makes a new one, so that this
	// view stays good without the lock.
	return t.log[i:len(t.log):len(t.log)], true
}

// record appends to the log and forgets the oldest half when it is full.
func (t *table) record(e event) {
	if len(t.log) >= t.limit {
		t.forget(t.log[(len(t.log)-1)/2].now.version)
	}
	t.log = append(t.log, e)
	t.wake()
}

// forget drops the events up to and including a version.
func (t *table) forget(version uint64) {
	i := 0
	for i < len(t.log) && t.log[i].now.version <= version {
		i++
	}
	t.log = slices.Clone(t.log[i:])
	t.forgotten = max(t.forgotten, version)
}

// next gives the version of the coming write and wakes whoever waits for one.
func (s *store) next() uint64 {
	s.version++
	close(s.changed)
	s.changed = make(chan struct{})
	return s.version
}

// write stores a new state of an object and returns it. The store owns the
// document from here on. The caller holds the lock.
func (s *store) write(t *table, doc map[string]any) *revision {
	version := s.next()
	put(doc, strconv.FormatUint(version, 10), "metadata", "resourceVersion")
	ns, name := text(doc, "metadata", "namespace"), text(doc, "metadata", "name")
	rev := &revision{version: version, key: objectKey(ns, name), ns: ns, name: name, doc: doc}
	t.own()
	i, found := t.search(rev.key)
	if !found {
		t.items = slices.Insert(t.items, i, rev)
		s.track(t, nil, rev)
		t.record(event{typ: added, now: rev})
		return rev
	}
	prev := t.items[i]
	t.items[i] = rev
	s.track(t, prev, rev)
	t.record(event{typ: modifies, prev: prev, now: rev})
	return rev
}

// erase removes an object. The event shows its last state under the version of
// the removal.
func (s *store) erase(t *table, key string) *revision {
	i, found := t.search(key)
	if !found {
		return nil
	}
	t.own()
	prev := t.items[i]
	t.items = slices.Delete(t.items, i, i+1)
	s.track(t, prev, nil)
	version := s.next()
	doc := withVersion(prev.doc, version)
	rev := &revision{version: version, key: prev.key, ns: prev.ns, name: prev.name, doc: doc}
	t.record(event{typ: deleted, prev: prev, now: rev})
	return rev
}

// track keeps the garbage collector's books.
func (s *store) track(t *table, old, now *revision) {
	s.reindex(t, old, now)
	if old != nil {
		uid := text(old.doc, "metadata", "uid")
		if s.uids[uid]--; s.uids[uid] <= 0 {
			delete(s.uids, uid)
		}
	}
	if now != nil {
		s.uids[text(now.doc, "metadata", "uid")]++
	}
}

// withVersion is a document with another resourceVersion; the rest is shared.
func withVersion(doc map[string]any, version uint64) map[string]any {
	out := make(map[string]any, len(doc))
	for k, v := range doc {
		out[k] = v
	}
	meta := map[string]any{}
	for k, v := range mapAt(doc, "metadata") {
		meta[k] = v
	}
	meta["resourceVersion"] = strconv.FormatUint(version, 10)
	out["metadata"] = meta
	return out
}

// compactionPeriod is how often the server forgets old versions: lists and
// continue tokens of versions older than that expire.
const compactionPeriod = 5 * time.Minute

// tick compacts by the clock: every period, what was current a period ago
// becomes the oldest readable version. Watches are not touched, since the real
// server keeps their events in memory.
func (s *store) tick(now time.Time) {
	if s.ticked.IsZero() {
		s.ticked, s.tickedAt = now, s.version
		return
	}
	if now.Sub(s.ticked) < compactionPeriod {
		return
	}
	s.compacted = max(s.compacted, s.tickedAt)
	s.ticked, s.tickedAt = now, s.version
}

// compact expires every version before the current one, for lists and watches.
// The counter moves on, as it does in a cluster where something is always
// written: the version that a client holds is then an expired one.
func (s *store) compact() {
	s.compacted = s.next()
	for _, t := range s.tables {
		t.forget(s.compacted)
	}
}
